//! Payments from the first key to the ledger.

use crate::phone::Phone;
use crate::stage::{Stage, now, order};
use gateway_sandbox::Proof;
use vault_link::{
    AbortReason, Alarm, Ask, Brand, Decline, End, Field, FieldState, Found, FromVault, Outcome,
    Refusal, Session, SwitchEvent,
};

const ONE: Session = Session(1);
const VISA: &str = "4242424242424242";

#[test]
fn a_card_is_charged_once_and_no_digit_but_the_last_four_is_told() {
    let mut stage = Stage::set("once", Proof::Good);
    stage.begin(ONE, 12_300, false);
    stage.pay_by(VISA, "1230", "737");
    let outcome = stage.authorise(ONE);
    let Outcome::Approved(approval) = outcome else { panic!("{outcome:?}") };
    assert_eq!((approval.brand, approval.last_four.to_string()), (Brand::Visa, "4242".to_owned()));
    assert_eq!(approval.code.as_str(), "SBX001");
    assert_eq!(stage.end(ONE), End::Paid);
    let charges = stage.sandbox.charges();
    assert_eq!((charges.len(), charges[0].amount, charges[0].moto), (1, 12_300, true));
    assert!(stage.phone.spoken > 0, "the caller has heard the vault");
    let ascii = |digits: &str| digits.as_bytes().to_vec();
    let values = |digits: &str| digits.bytes().map(|b| b - b'0').collect::<Vec<u8>>();
    for needle in [ascii("42424242"), values("42424242"), ascii("1230737"), values("1230737")] {
        let found = stage.wire.windows(needle.len()).any(|w| w == needle);
        assert!(!found, "{needle:?} was told");
    }
}

#[test]
fn a_protected_leg_pays_like_any_other() {
    let mut stage = Stage::set("srtp", Proof::Good);
    stage.begin(ONE, 500, true);
    stage.pay_by("378282246310005", "0131", "7373");
    assert!(matches!(stage.authorise(ONE), Outcome::Approved(_)));
    assert_eq!(stage.end(ONE), End::Paid);
}

#[test]
fn a_declined_caller_may_try_another_card_and_the_keys_of_the_attempts_differ() {
    let mut stage = Stage::set("again", Proof::Good);
    stage.begin(ONE, 700, false);
    stage.pay_by("4000000000009995", "1230", "737");
    assert_eq!(stage.authorise(ONE), Outcome::Declined(Decline::Funds));
    stage.press(&format!("{VISA}#12307371"));
    assert!(matches!(stage.authorise(ONE), Outcome::Approved(_)));
    assert_eq!(stage.end(ONE), End::Paid);
    assert_eq!((stage.sandbox.charges().len(), stage.sandbox.cards_seen()), (1, 2));
}

#[test]
fn a_wrong_code_is_asked_again_alone() {
    let mut stage = Stage::set("code", Proof::Good);
    stage.begin(ONE, 800, false);
    stage.pay_by("4000000000000127", "1230", "111");
    assert_eq!(stage.authorise(ONE), Outcome::Declined(Decline::Code));
    let armed = |said: &FromVault| match said {
        FromVault::Field(_, field, FieldState::Armed) => Some(*field),
        _ => None,
    };
    assert_eq!(stage.wait_said(armed), Field::Code);
}

#[test]
fn a_lost_answer_is_unknown_and_a_query_tells_what_became_of_it() {
    let cases = [(2, false), (3, true), (4, true), (5, false), (6, false)];
    let mut stage = Stage::set("lost", Proof::Good);
    for (n, (cents, charged)) in cases.into_iter().enumerate() {
        let session = Session(n as u32 + 1);
        stage.begin(session, 1_000 + cents, false);
        stage.pay_by(VISA, "1230", "737");
        assert_eq!(stage.authorise(session), Outcome::Unknown, "{cents}");
        assert_eq!(stage.end(session), End::Unknown);
        let prepared = |event: &SwitchEvent| match event {
            SwitchEvent::Said(FromVault::Prepared(_, _, reference)) => Some(reference.clone()),
            _ => None,
        };
        let reference = stage.events.iter().filter_map(prepared).next_back().unwrap();
        stage.side.query(now(), Ask(n as u32), &reference).unwrap();
        let found = stage.wait_said(|said| match said {
            FromVault::Answer(_, found) => Some(*found),
            _ => None,
        });
        match found {
            Found::Outcome(Outcome::Approved(approval)) => {
                assert!(charged && approval.amount == order(1_000 + cents).amount);
            }
            other => assert!(!charged && other == Found::NotAuthorised, "{cents}: {other:?}"),
        }
    }
    assert_eq!(stage.sandbox.charges().len(), 2, "each was charged once at most");
}

#[test]
fn a_void_takes_the_money_back_and_only_once() {
    let mut stage = Stage::set("void", Proof::Good);
    stage.begin(ONE, 900, false);
    stage.pay_by(VISA, "1230", "737");
    stage.authorise(ONE);
    stage.end(ONE);
    let reference = stage.sandbox.charges()[0].reference.clone();
    let reference = vault_link::GatewayRef::new(&reference).unwrap();
    for n in 0..2 {
        stage.side.void(now(), Ask(n), &reference).unwrap();
        let found = stage.wait_said(|said| match said {
            FromVault::Answer(_, found) => Some(*found),
            _ => None,
        });
        assert_eq!(found, Found::Voided);
    }
    assert!(stage.sandbox.charges()[0].refunded);
}

#[test]
fn a_caller_who_hangs_up_before_the_confirming_key_is_not_charged() {
    let mut stage = Stage::set("hangup", Proof::Good);
    for (n, keys) in
        ["", "14242", "14242424242424242#1230", "14242424242424242#1230737"].into_iter().enumerate()
    {
        let session = Session(n as u32);
        stage.begin(session, 1_100, false);
        stage.press(keys);
        stage.side.abort(now(), session, AbortReason::HungUp).unwrap();
        assert_eq!(stage.end(session), End::Aborted);
    }
    assert_eq!(stage.sandbox.cards_seen(), 0);
}

#[test]
fn a_caller_who_hangs_up_while_money_moves_is_charged_once_and_it_is_told() {
    let mut stage = Stage::set("late", Proof::Good);
    stage.begin(ONE, 1_200, false);
    stage.pay_by(VISA, "1230", "737");
    stage.wait_said(|said| matches!(said, FromVault::Consented { .. }).then_some(()));
    stage.side.intent_stored(now(), ONE).unwrap();
    stage.wait_said(|said| matches!(said, FromVault::Prepared(..)).then_some(()));
    stage.side.journalled(now(), ONE).unwrap();
    stage.side.abort(now(), ONE, AbortReason::HungUp).unwrap();
    let outcome = stage.wait_said(|said| match said {
        FromVault::Outcome(_, _, outcome) => Some(*outcome),
        _ => None,
    });
    assert!(matches!(outcome, Outcome::Approved(_)), "{outcome:?}");
    assert_eq!(stage.end(ONE), End::Aborted);
    assert_eq!(stage.sandbox.charges().len(), 1);
}

#[test]
fn keys_before_the_first_prompt_are_no_digits() {
    let mut stage = Stage::set("ahead", Proof::Good);
    stage.move_audio(ONE, false);
    stage.press("14242");
    stage.side.arm(now(), ONE, order(1_300)).unwrap();
    stage.wait_said(|said| matches!(said, FromVault::Speaking(_)).then_some(()));
    stage.press("1");
    stage.press("5");
    let keys = stage.wait_said(|said| match said {
        FromVault::Progress(_, Field::Number, keys) => Some(*keys),
        _ => None,
    });
    assert_eq!(keys, 1);
}

#[test]
fn packets_of_a_stranger_are_not_keys() {
    let mut stage = Stage::set("stranger", Proof::Good);
    stage.begin(ONE, 1_400, false);
    stage.press("1");
    let mut stranger = Phone::new();
    std::mem::swap(&mut stranger, &mut stage.phone);
    let at = stage.wait_said_media();
    stage.phone.call(at, None);
    stage.press("5");
    stage.wait_said(|said| matches!(said, FromVault::Alarm(Alarm::MediaStranger, _)).then_some(()));
    let counted = |e: &SwitchEvent| matches!(e, SwitchEvent::Said(FromVault::Progress(..)));
    assert!(!stage.events.iter().any(counted));
}

#[test]
fn of_fifty_callers_at_once_no_key_is_lost_or_counted_twice() {
    let mut stage = Stage::set("fifty", Proof::Good);
    let mut phones: Vec<Phone> = (0..50).map(|n| stage.another(Session(n))).collect();
    let one_more = stage.side.open_media(now(), Session(50), None, true);
    assert_eq!(one_more, Ok(()));
    let full = |said: &FromVault| matches!(said, FromVault::MediaRefused(_, Refusal::Full));
    stage.wait_said(|said| full(said).then_some(()));
    phones.iter_mut().for_each(|phone| phone.press('1'));
    let armed = |said: &FromVault| {
        matches!(said, FromVault::Field(_, Field::Number, FieldState::Armed)).then_some(())
    };
    phones.iter().for_each(|_| stage.wait_said(armed));
    for (digit, keys) in VISA.chars().zip(1_u8..) {
        phones.iter_mut().for_each(|phone| phone.press(digit));
        for _ in &phones {
            let counted = stage.wait_said(|said| match said {
                FromVault::Progress(_, Field::Number, keys) => Some(*keys),
                _ => None,
            });
            assert_eq!(counted, keys);
        }
        stage.until_the_next_key();
    }
}

impl Stage {
    /// One more caller, who hears the vault.
    fn another(&mut self, session: Session) -> Phone {
        self.side.open_media(now(), session, None, true).unwrap();
        let at = self.wait_said(|said| match said {
            FromVault::MediaOpened(_, at, _) => Some(*at),
            _ => None,
        });
        let mut phone = Phone::new();
        phone.call(at, None);
        let agreed = self.agreed(&phone, None);
        self.side.agree(now(), session, agreed).unwrap();
        self.side.arm(now(), session, order(1_500)).unwrap();
        self.wait_said(|said| matches!(said, FromVault::Speaking(_)).then_some(()));
        phone
    }

    /// Where the last capture's socket is.
    fn wait_said_media(&self) -> std::net::SocketAddr {
        let opened = |event: &SwitchEvent| match event {
            SwitchEvent::Said(FromVault::MediaOpened(_, at, _)) => Some(*at),
            _ => None,
        };
        self.events.iter().filter_map(opened).next_back().unwrap()
    }
}
