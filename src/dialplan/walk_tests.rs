//! Traps of keys and waiting, each as a call in virtual time.

use crate::check::tests::texts;
use crate::double::{Double, GivenCase, Seen, World};
use crate::event::{CaseFacts, Factor, Facts, Trace, WalkEvent};
use crate::{Environment, Plan};
use ids::{CaseId, Currency, Lang, Money, PlayId};
use jiff::civil::date;
use keypad::{Key, Keys};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

const FLOW: &str = r##"
flow f {
    languages en
    entry main
    on error=trouble
    menu main {
        prompt hotline_menu
        key 5 hello; key 3 person
        no-input silent; no-match wrong
    }
    say hello { prompt in_greeting; then number; }
    ask number {
        prompt verify_case_id
        digits min=3 max=8
        into case
        found check; none wrong; empty nothing; no-input silent; no-match wrong
        back main
    }
    verify check {
        ask pin birth-date need=2
        ok owed; failed wrong; locked wrong; empty nothing
    }
    say owed { prompt balance; then after; }
    menu after {
        prompt hotline_menu
        key 9 owed; key "#" bye; key 3 person
        no-input silent; no-match wrong
    }
    hangup bye { reason hash; }
    hangup person { prompt person_later; reason person; }
    hangup nothing { prompt person_later; reason empty; }
    hangup silent { reason silence; }
    hangup wrong { reason wrong; }
    hangup trouble { reason trouble; }
}
"##;

fn plan() -> Arc<Plan> {
    Plan::check(FLOW.as_bytes(), "f.kdl", &texts(), &Environment::default()).unwrap()
}

fn world() -> World {
    let facts = CaseFacts {
        id: CaseId(7),
        number: "12345678".into(),
        name: "Anna Nowak".into(),
        creditor: "Miejska Energia".into(),
        outstanding: Money::new(2_200, Currency::GBP),
        due_date: date(2026, 12, 15),
        lang: Lang::EnGb,
        past: crate::event::Past::default(),
    };
    let keys = |text| Keys::from_text(text).unwrap();
    let secrets = vec![(Factor::Pin, keys("271828")), (Factor::BirthDate, keys("01021984"))];
    World {
        cases: vec![GivenCase { facts, phone: None, secrets, tries_left: 5 }],
        ..World::default()
    }
}

fn call() -> Double {
    let facts = Facts { callback_number: "123".into(), ..Facts::default() };
    Double::begin(plan(), facts, world(), date(2026, 11, 20).at(10, 0, 0, 0))
}

fn press(call: &mut Double, keys: &str) {
    for key in keys.chars() {
        call.press(Key::from_char(key).unwrap());
    }
}

fn seconds(call: &mut Double, seconds: u64) {
    call.wait(Duration::from_secs(seconds));
}

fn heard(call: &Double, prompt: &str) -> usize {
    let is = |(_, seen): &&(_, Seen)| matches!(seen, Seen::Heard { prompt: p, .. } if p == prompt);
    call.seen.iter().filter(is).count()
}

fn verified(call: &mut Double) {
    press(call, "5");
    seconds(call, 4);
    press(call, "12345678#");
    press(call, "271828#");
    press(call, "01021984");
}

#[test]
fn four_keys_typed_over_step_changes_are_four_keys() {
    let mut call = call();
    press(&mut call, "5123");
    seconds(&mut call, 4);
    let counts: Vec<u32> = call
        .seen
        .iter()
        .filter_map(|(_, seen)| match seen {
            Seen::Trace(Trace::KeysEntered { count }) => Some(*count),
            _ => None,
        })
        .collect();
    assert_eq!(counts, [1, 3]);
    assert_eq!(heard(&call, "case_not_found"), 1);
}

#[test]
fn hash_alone_is_empty_and_silence_is_not() {
    let mut empty = call();
    press(&mut empty, "5#");
    seconds(&mut empty, 10);
    assert_eq!(empty.ended(), Some("empty"));
    let mut silent = call();
    press(&mut silent, "5");
    seconds(&mut silent, 60);
    assert_eq!(silent.ended(), Some("silence"));
}

#[test]
fn silence_is_asked_three_times_after_ten_seconds_each() {
    let mut call = call();
    press(&mut call, "5");
    seconds(&mut call, 60);
    assert_eq!((heard(&call, "verify_case_id"), heard(&call, "no_input")), (3, 2));
    assert_eq!(call.ended(), Some("silence"));
}

#[test]
fn the_wait_begins_when_the_prompt_ends() {
    let mut call = call();
    // "A person, three." lasts 1.2 s; the menu waits 5 s after it.
    call.wait(Duration::from_millis(6_150));
    assert_eq!(heard(&call, "no_input"), 0);
    call.wait(Duration::from_millis(100));
    assert_eq!(heard(&call, "no_input"), 1);
}

#[test]
fn a_hash_behind_a_complete_number_belongs_to_it() {
    let mut call = call();
    verified(&mut call);
    press(&mut call, "#");
    seconds(&mut call, 12);
    assert!(call.walk.verified());
    assert_eq!(call.walk.step(), "after");
    press(&mut call, "#");
    seconds(&mut call, 1);
    assert_eq!(call.ended(), Some("hash"));
}

#[test]
fn a_late_hash_that_stopped_a_prompt_lets_it_begin_again() {
    let mut call = call();
    verified(&mut call);
    let before = heard(&call, "verify_ok");
    press(&mut call, "#");
    assert_eq!(heard(&call, "verify_ok"), before + 1, "it begins again");
    seconds(&mut call, 3);
    assert_eq!(call.walk.step(), "owed");
    assert_eq!(call.ended(), None);
}

#[test]
fn the_hash_behind_a_pin_of_full_length_does_not_fall_into_the_next_prompt() {
    let mut call = call();
    press(&mut call, "5");
    seconds(&mut call, 4);
    press(&mut call, "12345678#");
    press(&mut call, "271828");
    assert_eq!(heard(&call, "verify_dob"), 0, "the hash is awaited");
    press(&mut call, "#");
    assert_eq!(heard(&call, "verify_dob"), 1);
    seconds(&mut call, 1);
    assert_eq!(heard(&call, "verify_dob"), 1, "nothing stopped it");
}

#[test]
fn a_pin_of_full_length_needs_no_hash_and_the_next_digit_needs_no_pause() {
    let mut call = call();
    press(&mut call, "5");
    seconds(&mut call, 4);
    press(&mut call, "12345678#");
    press(&mut call, "271828");
    seconds(&mut call, 2);
    assert_eq!(heard(&call, "verify_dob"), 1);
    let mut call = self::call();
    press(&mut call, "5");
    seconds(&mut call, 4);
    press(&mut call, "12345678#27182801021984");
    assert!(call.walk.verified());
}

#[test]
fn keys_before_verify_do_not_count_and_keys_within_it_do() {
    let mut call = call();
    press(&mut call, "5");
    seconds(&mut call, 4);
    // All of it at once: the PIN's keys come after the step began.
    press(&mut call, "12345678#271828#01021984#");
    assert!(call.walk.verified());
}

#[test]
fn a_key_that_was_none_lets_the_prompt_begin_again() {
    let mut call = call();
    call.tell(WalkEvent::KeyDown { stopped: true });
    call.tell(WalkEvent::PlayEnded(PlayId(0)));
    call.tell(WalkEvent::KeyVoid);
    assert_eq!(heard(&call, "hotline_menu"), 2);
    assert_eq!(heard(&call, "no_input"), 0);
}

#[test]
fn a_star_begins_anew_and_two_leave_the_step() {
    let mut call = call();
    press(&mut call, "5");
    seconds(&mut call, 4);
    press(&mut call, "999*12345678#");
    assert_eq!(call.walk.step(), "check");
    let mut back = self::call();
    press(&mut back, "5");
    seconds(&mut back, 4);
    press(&mut back, "12**");
    assert_eq!(back.walk.step(), "main");
}

#[test]
fn two_stars_where_nothing_is_bound_ask_again() {
    let mut call = call();
    press(&mut call, "**");
    assert_eq!(call.walk.step(), "main");
    press(&mut call, "3");
    seconds(&mut call, 10);
    assert_eq!(call.ended(), Some("person"));
}

#[test]
fn a_number_ends_after_three_seconds_and_too_short_a_one_is_asked_again() {
    let mut call = call();
    press(&mut call, "5");
    seconds(&mut call, 4);
    press(&mut call, "12");
    seconds(&mut call, 4);
    assert_eq!(heard(&call, "case_not_found"), 1);
    seconds(&mut call, 5);
    press(&mut call, "1234567");
    call.wait(Duration::from_millis(2_700));
    assert_eq!(heard(&call, "case_not_found"), 1);
    call.wait(Duration::from_millis(400));
    assert_eq!(heard(&call, "case_not_found"), 2);
}

#[test]
fn silences_and_wrong_keys_together_are_five_at_most() {
    let mut call = call();
    press(&mut call, "8");
    seconds(&mut call, 8);
    press(&mut call, "8");
    assert_eq!(heard(&call, "invalid_input"), 2);
    seconds(&mut call, 60);
    assert_eq!(call.ended(), Some("silence"));
}

#[test]
fn a_slow_service_is_filled_once_and_given_up_after_three_seconds() {
    let mut call = call();
    call.world.slow = Some(Duration::from_secs(20));
    press(&mut call, "5");
    seconds(&mut call, 4);
    press(&mut call, "12345678#");
    call.wait(Duration::from_millis(1_300));
    assert_eq!(heard(&call, "please_wait"), 0);
    call.wait(Duration::from_millis(300));
    assert_eq!(heard(&call, "please_wait"), 1);
    seconds(&mut call, 3);
    assert_eq!(heard(&call, "please_wait"), 1);
    assert_eq!(call.ended(), Some("trouble"));
    seconds(&mut call, 30);
    assert_eq!(call.walk.case(), None, "an answer that comes too late is dropped");
}

#[test]
fn what_was_proved_holds_for_fifteen_minutes_and_no_longer() {
    let mut call = call();
    verified(&mut call);
    seconds(&mut call, 12);
    for _ in 0..90 {
        press(&mut call, "9");
        seconds(&mut call, 11);
    }
    let withheld = call.seen.iter().any(|(_, s)| matches!(s, Seen::Trace(Trace::Withheld { .. })));
    assert!(withheld);
    assert_eq!(call.ended(), Some("trouble"));
}

#[test]
fn no_trace_holds_a_key() {
    let mut call = call();
    verified(&mut call);
    let traces: Vec<&Seen> =
        call.seen.iter().map(|(_, s)| s).filter(|s| matches!(s, Seen::Trace(_))).collect();
    let text = format!("{traces:?}");
    assert!(!text.contains("271828") && !text.contains("01021984") && !text.contains("12345678"));
}

#[test]
fn the_american_birth_date_is_keyed_month_first_and_compared_day_first() {
    let flow = FLOW.replace("languages en", "languages en-US");
    let plan = Plan::check(flow.as_bytes(), "f.kdl", &texts(), &Environment::default()).unwrap();
    let wall = date(2026, 11, 20).at(10, 0, 0, 0);
    let mut call = Double::begin(plan, Facts::default(), world(), wall);
    press(&mut call, "5");
    seconds(&mut call, 4);
    press(&mut call, "12345678#");
    press(&mut call, "271828#");
    press(&mut call, "02011984");
    assert!(call.walk.verified());
}

#[derive(Clone, Debug)]
enum Poke {
    Down(bool),
    Up(char),
    Void,
    Ended(u64),
    Wait(u16),
    Fail(bool),
    Late(u64),
    HangUp,
}

fn poke() -> impl Strategy<Value = Poke> {
    prop_oneof![
        any::<bool>().prop_map(Poke::Down),
        prop::sample::select("0123456789*#A".chars().collect::<Vec<_>>()).prop_map(Poke::Up),
        Just(Poke::Void),
        (0..40_u64).prop_map(Poke::Ended),
        any::<u16>().prop_map(Poke::Wait),
        any::<bool>().prop_map(Poke::Fail),
        (0..40_u64).prop_map(Poke::Late),
        Just(Poke::HangUp),
    ]
}

fn poke_once(call: &mut Double, poke: &Poke) {
    match poke {
        Poke::Down(stopped) => call.tell(WalkEvent::KeyDown { stopped: *stopped }),
        Poke::Up(c) => call.tell(WalkEvent::KeyUp(Key::from_char(*c).unwrap())),
        Poke::Void => call.tell(WalkEvent::KeyVoid),
        Poke::Ended(id) => call.tell(WalkEvent::PlayEnded(PlayId(*id))),
        Poke::Wait(ms) => call.wait(Duration::from_millis(u64::from(*ms))),
        Poke::Fail(down) => call.world.down = *down,
        Poke::Late(id) => call.tell(WalkEvent::CasesFound(ids::RequestId(*id), Vec::new())),
        Poke::HangUp => call.hang_up(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_a_call_ends_and_nothing_comes_after_its_end(
        pokes in prop::collection::vec(poke(), 0..60)
    ) {
        let mut call = call();
        for poke in &pokes {
            let before = call.seen.len();
            poke_once(&mut call, poke);
            prop_assert!(matches!(poke, Poke::Wait(_)) || call.seen.len() - before < 80);
        }
        let mut turns = 0;
        while call.happen() {
            turns += 1;
            prop_assert!(turns < 1_000);
        }
        prop_assert!(call.ended().is_some(), "the call hangs in {}", call.walk.step());
        let end = call.seen.len();
        for poke in &pokes {
            poke_once(&mut call, poke);
        }
        prop_assert_eq!(call.seen.len(), end);
    }
}
