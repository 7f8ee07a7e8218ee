//! A gateway that cannot prove its name never sees a card, nor anything else.

use crate::stage::{Stage, now};
use gateway_sandbox::Proof;
use vault_link::{Alarm, End, FromVault, Session};

#[test]
fn a_gateway_with_a_wrong_name_root_or_date_is_refused_before_anything_is_sent() {
    for proof in [Proof::WrongName, Proof::WrongRoot, Proof::Expired] {
        let mut stage = Stage::set(&format!("{proof:?}"), proof);
        stage.begin(Session(1), 400, false);
        stage.pay_by("4242424242424242", "1230", "737");
        stage.wait_said(|said| matches!(said, FromVault::Consented { .. }).then_some(()));
        stage.side.intent_stored(now(), Session(1)).unwrap();
        let alarm = stage.wait_said(|said| match said {
            FromVault::Alarm(alarm, _) => Some(*alarm),
            _ => None,
        });
        assert_eq!(alarm, Alarm::GatewayCertificate, "{proof:?}");
        assert_eq!(stage.end(Session(1)), End::GatewayDown);
        assert_eq!((stage.sandbox.cards_seen(), stage.sandbox.charges().len()), (0, 0));
    }
}
