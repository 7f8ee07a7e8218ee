//! Accounts that may not take credit: the funding is asked before money moves.

use crate::stage::{Stage, now, order};
use gateway_sandbox::Proof;
use vault_link::{
    Alarm, Decline, End, Field, FieldState, FromVault, Funding, FundingGate, Order, Outcome,
    Session,
};

const ONE: Session = Session(1);

fn without_credit(minor: u64) -> Order {
    Order { funding: FundingGate::NoCredit, ..order(minor) }
}

#[test]
fn a_credit_card_is_refused_before_it_is_charged_and_the_caller_is_told() {
    let mut stage = Stage::set("credit", Proof::Good);
    stage.begin_order(ONE, without_credit(2_500), false);
    stage.pay_by("5555555555554444", "1230", "737");
    assert_eq!(stage.authorise(ONE), Outcome::Declined(Decline::Funding));
    assert_eq!(stage.end(ONE), End::FundingRefused);
    assert_eq!((stage.sandbox.charges().len(), stage.sandbox.cards_seen()), (0, 1));
}

#[test]
fn a_debit_card_is_charged_by_the_name_that_its_screening_gave() {
    let mut stage = Stage::set("debit", Proof::Good);
    stage.begin_order(ONE, without_credit(2_600), false);
    stage.pay_by("4000056655665556", "1230", "737");
    let Outcome::Approved(approval) = stage.authorise(ONE) else { panic!("it is approved") };
    assert_eq!(
        (approval.funding, approval.last_four.to_string()),
        (Funding::Debit, "5556".to_owned())
    );
    assert_eq!(stage.end(ONE), End::Paid);
    let charges = stage.sandbox.charges();
    assert_eq!((charges.len(), charges[0].moto, stage.sandbox.cards_seen()), (1, true, 1));
}

#[test]
fn keys_faster_than_a_persons_clear_the_field_and_the_caller_is_asked_again() {
    let mut stage = Stage::set("storm", Proof::Good);
    stage.begin(ONE, 2_700, false);
    stage.press("1");
    for _ in 0..40 {
        stage.phone.press('4');
    }
    stage.wait_said(|said| matches!(said, FromVault::Alarm(Alarm::KeyStorm, _)).then_some(()));
    stage.wait_said(|said| {
        (*said == FromVault::Field(ONE, Field::Number, FieldState::Refused)).then_some(())
    });
    stage.wait_said(|said| {
        (*said == FromVault::Field(ONE, Field::Number, FieldState::Armed)).then_some(())
    });
    // the second of the storm is over
    let until = now() + std::time::Duration::from_millis(1_500);
    while now() < until {
        stage.pump();
    }
    stage.press("4");
    let keys = stage.wait_said(|said| match said {
        FromVault::Progress(_, Field::Number, keys) => Some(*keys),
        _ => None,
    });
    assert_eq!(keys, 1, "what was keyed in the storm is gone");
}
