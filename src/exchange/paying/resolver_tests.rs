//! The resolver as scripts: what is open, what the gateway says, what is written.

use super::resolver::{Deed, Resolver};
use crate::effect::Now;
use ids::{CallId, CaseId, Currency, Moment, Money};
use records::{OpenPayment, PaymentId, PaymentState, PaymentStep};
use std::time::Duration;
use vault_link::{Approval, Ask, AuthCode, Brand, Decline, Found, Funding, LastFour, Outcome};

const BEGAN_US: i64 = 1_772_442_000_000_000;
const AMOUNT: Money = Money::new(12_345, Currency::PLN);

fn at(s: u64) -> Now {
    let mono = Moment::from_millis(1_000 + s * 1_000);
    Now { mono, unix_us: BEGAN_US + s as i64 * 1_000_000 }
}

fn open(state: PaymentState) -> OpenPayment {
    let reference = (state != PaymentState::Intent).then(|| "ref-abc".to_owned());
    let last = PaymentStep {
        payment: PaymentId([7; 16]),
        attempt: 1,
        state,
        at_us: BEGAN_US,
        call: CallId(1),
        case: CaseId(1),
        amount: AMOUNT,
        caller: None,
        gateway: "sandbox".into(),
        reference,
        card: None,
        reason: None,
        code: None,
        funding: None,
        by: "caller".into(),
    };
    OpenPayment { last, void: None }
}

fn approved(amount: Money) -> Found {
    Found::Outcome(Outcome::Approved(Approval {
        amount,
        code: AuthCode::new("A1B2C3").unwrap(),
        brand: Brand::Visa,
        last_four: LastFour::new([4, 2, 4, 2]).unwrap(),
        funding: Funding::Debit,
    }))
}

fn given(open: OpenPayment, now: Now) -> Resolver {
    let mut resolver = Resolver::default();
    resolver.handle_open(now, vec![open.clone()], |_| false);
    assert_eq!(resolver.poll_timeout(), None, "one list alone may be older than what a call did");
    resolver.handle_open(now, vec![open], |_| false);
    resolver
}

/// Asks, and gives the question.
fn asked(resolver: &mut Resolver, now: Now) -> Ask {
    match resolver.handle_timeout(now, true).as_slice() {
        [Deed::Query(ask, _) | Deed::Void(ask, _)] => *ask,
        other => panic!("{other:?}"),
    }
}

/// The states that are written one after the other, each once the one before is on disk.
fn written(resolver: &mut Resolver, now: Now, deeds: Vec<Deed>) -> Vec<PaymentState> {
    let (mut states, mut deeds) = (Vec::new(), deeds);
    while let Some(Deed::Journal(key, step)) = deeds.first().cloned() {
        assert_eq!(step.by, "resolver");
        states.push(step.state);
        deeds = resolver.written(now, key, true);
    }
    states
}

#[test]
fn an_answer_that_was_lost_is_asked_for_two_seconds_after_the_step_and_posted() {
    let mut resolver = given(open(PaymentState::Unknown), at(0));
    assert_eq!(resolver.poll_timeout(), Some(at(2).mono));
    assert!(resolver.handle_timeout(at(1), true).is_empty());
    let ask = asked(&mut resolver, at(2));
    let deeds = resolver.answered(at(3), ask, Some(approved(AMOUNT)));
    let states = written(&mut resolver, at(3), deeds);
    assert_eq!(states, [PaymentState::Approved, PaymentState::Posted]);
    assert_eq!(resolver.len(), 0);
}

#[test]
fn a_gateway_that_says_nothing_is_asked_ever_more_seldom_and_people_hear_of_it_after_an_hour() {
    let mut resolver = given(open(PaymentState::Unknown), at(0));
    let (mut times, mut alarms) = (Vec::new(), 0);
    while times.len() < 7 {
        let due = resolver.poll_timeout().unwrap();
        let s = (due - at(0).mono).as_secs();
        let ask = asked(&mut resolver, at(s));
        let lost = times.len() % 2 == 0;
        let found = (!lost).then_some(Found::NoAnswer);
        let deeds = resolver.answered(at(s), ask, found);
        alarms += deeds.iter().filter(|deed| matches!(deed, Deed::Alarm(_))).count();
        times.push(s);
    }
    assert_eq!(times, [2, 10, 60, 600, 3_600, 7_200, 10_800]);
    assert_eq!(alarms, 3, "from the hour on, once an hour");
}

#[test]
fn never_heard_of_it_is_believed_a_minute_after_the_step_and_no_sooner() {
    for never in [Found::NotAuthorised, Found::NoSuchPayment] {
        let mut resolver = given(open(PaymentState::Authorising), at(0));
        let ask = asked(&mut resolver, at(10));
        assert!(resolver.answered(at(10), ask, Some(never)).is_empty(), "it may be on its way");
        let ask = asked(&mut resolver, at(60));
        let deeds = resolver.answered(at(60), ask, Some(never));
        assert_eq!(written(&mut resolver, at(60), deeds), [PaymentState::Abandoned]);
    }
}

#[test]
fn an_authorisation_that_nobody_answers_for_becomes_unknown_so_that_people_see_it() {
    let mut resolver = given(open(PaymentState::Authorising), at(0));
    let ask = asked(&mut resolver, at(61));
    let deeds = resolver.answered(at(61), ask, None);
    assert_eq!(written(&mut resolver, at(61), deeds), [PaymentState::Unknown]);
}

#[test]
fn a_charge_that_the_journal_did_not_expect_is_written_with_the_steps_it_lacks() {
    let mut resolver = given(open(PaymentState::Prepared), at(0));
    let ask = asked(&mut resolver, at(2));
    let declined = Found::Outcome(Outcome::Declined(Decline::Funds));
    let deeds = resolver.answered(at(2), ask, Some(declined));
    let states = written(&mut resolver, at(2), deeds);
    assert_eq!(states, [PaymentState::Authorising, PaymentState::Declined]);
}

#[test]
fn an_approval_over_another_amount_is_posted_by_nobody() {
    let mut resolver = given(open(PaymentState::Unknown), at(0));
    let ask = asked(&mut resolver, at(2));
    let more = Money::new(99_999, Currency::PLN);
    let deeds = resolver.answered(at(2), ask, Some(approved(more)));
    assert!(matches!(deeds.as_slice(), [Deed::Alarm(_)]), "{deeds:?}");
}

#[test]
fn what_a_call_has_in_hand_is_left_alone() {
    let mut resolver = Resolver::default();
    let in_hand = |_| true;
    resolver.handle_open(at(0), vec![open(PaymentState::Authorising)], in_hand);
    assert_eq!((resolver.len(), resolver.poll_timeout()), (0, None));
}

#[test]
fn a_consent_that_went_no_further_is_over_after_ten_minutes_without_a_gateway() {
    let mut resolver = given(open(PaymentState::Intent), at(0));
    assert!(resolver.handle_timeout(at(599), false).is_empty());
    let deeds = resolver.handle_timeout(at(600), false);
    assert_eq!(written(&mut resolver, at(600), deeds), [PaymentState::Abandoned]);
    let mut resolver = given(open(PaymentState::Approved), at(0));
    let deeds = resolver.handle_timeout(at(2), false);
    assert_eq!(written(&mut resolver, at(2), deeds), [PaymentState::Posted]);
}

#[test]
fn a_wish_to_take_it_back_is_fulfilled_at_once_in_the_name_of_whoever_asked() {
    let mut wish = open(PaymentState::Posted);
    wish.void = Some(("anna".into(), "bob".into()));
    let mut resolver = given(wish, at(500));
    assert!(matches!(resolver.handle_timeout(at(500), false).as_slice(), []), "no vault yet");
    let late = at(510);
    let [Deed::Void(ask, _)] = resolver.handle_timeout(late, true)[..] else {
        panic!("a void is no query")
    };
    let deeds = resolver.answered(late, ask, Some(Found::Voided));
    let [Deed::Journal(key, step)] = &deeds[..] else { panic!("{deeds:?}") };
    assert_eq!((step.state, step.by.as_str()), (PaymentState::Voided, "anna"));
    assert!(resolver.written(late, *key, true).is_empty());
    assert_eq!(resolver.len(), 0);
}

#[test]
fn what_is_too_late_to_be_taken_back_is_told_to_people() {
    let mut wish = open(PaymentState::Posted);
    wish.void = Some(("anna".into(), "bob".into()));
    let mut resolver = given(wish, at(0));
    let ask = asked(&mut resolver, at(0));
    let deeds = resolver.answered(at(0), ask, Some(approved(AMOUNT)));
    assert!(
        matches!(deeds.as_slice(), [Deed::Alarm(what)] if what.contains("refund")),
        "{deeds:?}"
    );
}

#[test]
fn a_store_that_never_answers_is_asked_again() {
    let mut resolver = given(open(PaymentState::Approved), at(0));
    let deeds = resolver.handle_timeout(at(2), false);
    assert!(matches!(deeds.as_slice(), [Deed::Journal(..)]), "{deeds:?}");
    let mut times = 0;
    while times < 2 {
        let due = resolver.poll_timeout().unwrap();
        let deeds = resolver.handle_timeout(at((due - at(0).mono).as_secs()), false);
        times += deeds.len();
    }
}

#[test]
fn a_store_that_does_not_write_is_asked_again_and_the_gateway_too() {
    let mut resolver = given(open(PaymentState::Unknown), at(0));
    let ask = asked(&mut resolver, at(2));
    let deeds = resolver.answered(at(2), ask, Some(approved(AMOUNT)));
    let [Deed::Journal(key, _)] = &deeds[..] else { panic!("{deeds:?}") };
    assert!(resolver.written(at(2), *key, false).is_empty());
    let due = resolver.poll_timeout().unwrap();
    assert!(due <= at(2).mono + Duration::from_secs(10));
    let ask = asked(&mut resolver, at(12));
    let deeds = resolver.answered(at(12), ask, Some(approved(AMOUNT)));
    assert_eq!(written(&mut resolver, at(12), deeds).len(), 2);
}
