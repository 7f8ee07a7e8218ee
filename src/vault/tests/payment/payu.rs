//! Payments by PayU, played from its public reference: the order is made, then asked about.

use crate::stage::{Account, Stage, now, order};
use gateway_sandbox::Proof;
use vault_link::{Ask, Decline, End, Found, FromVault, GatewayRef, Outcome, Session, SwitchEvent};

const ONE: Session = Session(1);
const VISA: &str = "4242424242424242";

fn stage(name: &str) -> Stage {
    Stage::with(name, Proof::Good, Account::PayU { keyed_cards: true })
}

impl Stage {
    fn last_reference(&self) -> GatewayRef {
        let prepared = |event: &SwitchEvent| match event {
            SwitchEvent::Said(FromVault::Prepared(_, _, reference)) => Some(reference.clone()),
            _ => None,
        };
        self.events.iter().filter_map(prepared).next_back().unwrap()
    }

    fn answered(&mut self) -> Found {
        self.wait_said(|said| match said {
            FromVault::Answer(_, found) => Some(*found),
            _ => None,
        })
    }
}

#[test]
fn an_order_by_telephone_is_paid_once_and_told_when_it_is_completed() {
    let mut stage = stage("payu");
    stage.begin(ONE, 12_300, false);
    stage.pay_by(VISA, "1230", "737");
    let Outcome::Approved(approval) = stage.authorise(ONE) else { panic!("it is paid") };
    assert_eq!(
        (approval.amount, approval.last_four.to_string()),
        (order(12_300).amount, "4242".to_owned())
    );
    assert_eq!(stage.end(ONE), End::Paid);
    let charges = stage.sandbox.charges();
    assert_eq!((charges.len(), charges[0].amount, charges[0].moto), (1, 12_300, true));
    assert_eq!(charges[0].intent, order(12_300).intent.to_string());
    let digits = stage.wire.windows(8).any(|w| w == b"42424242");
    assert!(!digits, "a card number was told");
}

#[test]
fn a_refused_order_leads_to_another_card_under_another_name() {
    let mut stage = stage("payu-again");
    stage.begin(ONE, 700, false);
    stage.pay_by("4000000000000002", "1230", "737");
    assert_eq!(stage.authorise(ONE), Outcome::Declined(Decline::Generic));
    let first = stage.last_reference();
    stage.press(&format!("{VISA}#12307371"));
    assert!(matches!(stage.authorise(ONE), Outcome::Approved(_)));
    assert_ne!(stage.last_reference(), first);
    assert_eq!((stage.sandbox.charges().len(), stage.sandbox.repeats()), (1, 0));
}

#[test]
fn a_cardholder_who_is_asked_for_is_led_elsewhere_and_his_order_can_be_cancelled() {
    let mut stage = stage("payu-3ds");
    stage.begin(ONE, 800, false);
    stage.pay_by("4000002500003155", "1230", "737");
    assert_eq!(stage.authorise(ONE), Outcome::NeedsCardholder);
    assert_eq!(stage.end(ONE), End::NeedsCardholder);
    let reference = stage.last_reference();
    stage.side.void(now(), Ask(1), &reference).unwrap();
    assert_eq!(stage.answered(), Found::Voided);
}

#[test]
fn an_answer_that_stumbled_or_was_lost_is_found_by_our_own_name() {
    // 500 after the charge: the order itself tells; a broken connection: asked for afterwards
    let mut stage = stage("payu-lost");
    stage.begin(ONE, 1_003, false);
    stage.pay_by(VISA, "1230", "737");
    assert!(matches!(stage.authorise(ONE), Outcome::Approved(_)));
    assert_eq!(stage.end(ONE), End::Paid);
    let two = Session(2);
    stage.begin(two, 1_104, false);
    stage.pay_by(VISA, "1230", "737");
    assert_eq!(stage.authorise(two), Outcome::Unknown);
    assert_eq!(stage.end(two), End::Unknown);
    let reference = stage.last_reference();
    let mut found = Found::NoAnswer;
    for n in 0..5 {
        stage.side.query(now(), Ask(n), &reference).unwrap();
        found = stage.answered();
        if found != Found::NoAnswer {
            break;
        }
    }
    let Found::Outcome(Outcome::Approved(approval)) = found else { panic!("{found:?}") };
    assert_eq!(approval.amount, order(1_104).amount);
    stage.side.void(now(), Ask(9), &reference).unwrap();
    let paid = stage.answered();
    assert!(
        matches!(paid, Found::Outcome(Outcome::Approved(_))),
        "a paid order is refunded: {paid:?}"
    );
    assert_eq!(stage.sandbox.charges().len(), 2, "each was charged once");
}

#[test]
fn an_account_that_takes_no_keyed_cards_says_so_before_a_key_is_asked_for() {
    let account = Account::PayU { keyed_cards: false };
    let mut stage = Stage::with("payu-off", Proof::Good, account);
    stage.begin(ONE, 900, false);
    assert_eq!(stage.end(ONE), End::FundingRefused);
    assert!(stage.phone.spoken > 0, "the caller is told");
    let asked = |e: &SwitchEvent| matches!(e, SwitchEvent::Said(FromVault::Field(..)));
    assert!(!stage.events.iter().any(asked));
}
