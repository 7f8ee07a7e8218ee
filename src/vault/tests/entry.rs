//! Callers as they are: quick, slow, wrong, gone; and every place × every input as a table.

use super::*;
use crate::secret_page::SecretPage;
use expect_test::expect_file;
use std::fmt::Write;
use vault_link::{Approval, AuthCode, Funding};

const NOW: Month = Month { year: 2026, month: 11 };

fn begin() -> Entry {
    let slot = SecretPage::map(1).unwrap().lend().unwrap();
    Entry::begin(Moment::START, Card::new(slot), NOW, 0)
}

pub(super) fn at(ms: u64) -> Moment {
    Moment::from_millis(ms)
}

pub(super) fn press(entry: &mut Entry, now: Moment, keys: &str) {
    keys.chars().for_each(|c| entry.handle_key(now, Key::from_char(c).unwrap()));
}

pub(super) fn steps(entry: &mut Entry) -> Vec<Step> {
    std::iter::from_fn(|| entry.poll()).filter(|s| *s != Step::Hush).collect()
}

pub(super) fn lines(entry: &mut Entry) -> Vec<Line> {
    let said = |s| if let Step::Say(line) = s { Some(line) } else { None };
    steps(entry).into_iter().filter_map(said).collect()
}

fn four(digits: [u8; 4]) -> LastFour {
    LastFour::new(digits).unwrap()
}

fn keyed(keys: &str) -> Entry {
    let mut entry = begin();
    press(&mut entry, at(1), keys);
    steps(&mut entry);
    entry
}

pub(super) const VISA: &str = "14242424242424242#1230123";

pub(super) fn approved() -> Outcome {
    Outcome::Approved(Approval {
        amount: ids::Money::new(100, ids::Currency::PLN),
        code: AuthCode::NONE,
        brand: Brand::Visa,
        last_four: four([4, 2, 4, 2]),
        funding: Funding::Debit,
    })
}

#[test]
fn a_card_without_a_longer_sister_needs_no_hash() {
    let mut entry = keyed("13782822463100051230");
    assert_eq!(entry.at(), At::Keying(Field::Code));
    press(&mut entry, at(2), "1234");
    assert_eq!(entry.at(), At::Confirm);
    assert!(steps(&mut entry).contains(&Step::Say(Line::Confirm(four([0, 0, 0, 5])))));
}

#[test]
fn consent_is_told_with_brand_and_last_four_and_counts_up() {
    let mut entry = keyed(VISA);
    press(&mut entry, at(2), "1");
    let consent = Step::Consent(1, Brand::Visa, four([4, 2, 4, 2]));
    assert_eq!(steps(&mut entry), [consent, Step::Say(Line::Processing)]);
    assert_eq!(entry.card_to_send().unwrap().length(Part::Code), 3);
}

#[test]
fn the_code_is_gone_with_every_answer() {
    let mut outcomes: Vec<Outcome> = Decline::ALL.iter().map(|d| Outcome::Declined(*d)).collect();
    outcomes.extend([approved(), Outcome::Unknown, Outcome::NeedsCardholder]);
    for outcome in outcomes {
        let mut entry = keyed(&format!("{VISA}1"));
        entry.handle_outcome(at(3), &outcome);
        assert_eq!(entry.card.length(Part::Code), 0, "{outcome:?}");
    }
}

#[test]
fn after_a_declined_code_only_the_code_is_asked_again() {
    let mut entry = keyed(&format!("{VISA}1"));
    entry.handle_outcome(at(3), &Outcome::Declined(Decline::Code));
    assert_eq!(lines(&mut entry), [Line::Code]);
    press(&mut entry, at(4), "321");
    press(&mut entry, at(4), "1");
    assert!(steps(&mut entry).contains(&Step::Consent(2, Brand::Visa, four([4, 2, 4, 2]))));
}

#[test]
fn after_a_declined_expiry_the_code_is_asked_too_for_it_was_wiped() {
    let mut entry = keyed(&format!("{VISA}1"));
    entry.handle_outcome(at(3), &Outcome::Declined(Decline::Expiry));
    press(&mut entry, at(4), "1129");
    assert_eq!(entry.at(), At::Keying(Field::Code));
}

#[test]
fn three_authorisations_are_all_there_are() {
    let mut entry = keyed(&format!("{VISA}1"));
    for _ in 0..2 {
        entry.handle_outcome(at(3), &Outcome::Declined(Decline::Funds));
        press(&mut entry, at(4), &format!("{}1", &VISA[1..]));
    }
    steps(&mut entry);
    entry.handle_outcome(at(5), &Outcome::Declined(Decline::Funds));
    assert_eq!(entry.at(), At::Leaving(End::Declined));
}

#[test]
fn a_wrong_number_and_a_number_of_no_brand_sound_alike() {
    let heard = |number: &str| {
        let mut entry = keyed("1");
        press(&mut entry, at(2), &format!("{number}#"));
        lines(&mut entry)
    };
    assert_eq!(heard("4242424242424241"), heard("9999999999999999"));
    assert_eq!(heard("4242424242424241"), [Line::Invalid, Line::Number]);
}

#[test]
fn a_digit_too_many_is_not_cut_off() {
    let mut entry = keyed("1");
    press(&mut entry, at(2), "12345678901234567890");
    assert_eq!(lines(&mut entry), [Line::Invalid, Line::Number]);
    assert_eq!(entry.card.length(Part::Number), 0);
}

#[test]
fn three_tries_of_a_field_then_the_end() {
    let mut entry = keyed("1");
    press(&mut entry, at(2), "1#1#1#");
    assert_eq!(entry.at(), At::Leaving(End::TriesSpent));
    entry.handle_spoken(at(9));
    assert_eq!(steps(&mut entry).last(), Some(&Step::Over(End::TriesSpent)));
}

#[test]
fn a_storm_of_keys_is_answered_with_a_sentence_and_the_field_begins_anew() {
    let mut entry = keyed("14242");
    entry.handle_storm();
    assert_eq!(lines(&mut entry), [Line::Invalid, Line::Number]);
    assert_eq!(entry.card.length(Part::Number), 0);
    entry.handle_storm();
    entry.handle_storm();
    assert_eq!(entry.at(), At::Leaving(End::TriesSpent), "who storms on is led elsewhere");
    let mut waiting = keyed(&format!("{VISA}1"));
    waiting.handle_storm();
    assert_eq!((steps(&mut waiting), waiting.at()), (vec![], At::Waiting));
}

#[test]
fn the_sentence_about_a_wrong_number_is_said_of_the_number_alone() {
    let mut entry = keyed("14242424242424242#");
    press(&mut entry, at(2), "1399");
    assert_eq!(lines(&mut entry), [Line::Expiry]);
}

#[test]
fn an_account_that_may_not_take_the_card_is_told_before_anything_is_asked() {
    let mut entry = begin();
    entry.handle_refused_account();
    assert_eq!(lines(&mut entry), [Line::Declined]);
    entry.handle_spoken(at(5));
    assert_eq!(steps(&mut entry).last(), Some(&Step::Over(End::FundingRefused)));
}

#[test]
fn one_star_clears_two_stars_leave_and_slow_stars_do_not() {
    let mut entry = keyed("14242");
    press(&mut entry, at(10), "*");
    assert_eq!((entry.at(), entry.card.length(Part::Number)), (At::Keying(Field::Number), 0));
    press(&mut entry, at(3_000), "*");
    assert_eq!(entry.at(), At::Keying(Field::Number));
    press(&mut entry, at(4_000), "*");
    assert_eq!(entry.at(), At::Leaving(End::Left));
}

#[test]
fn a_star_storm_is_one_leaving() {
    let mut entry = begin();
    for n in 0..10_000 {
        entry.handle_key(at(n), Key::STAR);
    }
    let said = lines(&mut entry);
    assert_eq!(said, [Line::GetCard, Line::GetCard, Line::Cancelled]);
}

#[test]
fn the_caller_has_a_minute_twice_to_fetch_the_card() {
    let mut entry = begin();
    steps(&mut entry);
    for repeated in [false, true] {
        assert_eq!(entry.at(), At::GetCard(repeated));
        entry.handle_spoken(at(1_000));
        assert_eq!(entry.poll_timeout() - at(1_000), GET_CARD);
        entry.handle_timeout(entry.poll_timeout());
    }
    assert_eq!(entry.at(), At::Leaving(End::Silent));
}

#[test]
fn a_visa_of_sixteen_is_taken_after_five_seconds_without_a_hash() {
    let mut entry = keyed("1");
    press(&mut entry, at(10), "4242424242424242");
    assert_eq!(entry.at(), At::Keying(Field::Number));
    entry.handle_timeout(at(10) + NEXT_KEY);
    assert_eq!(entry.at(), At::Keying(Field::Expiry));
}

#[test]
fn the_whole_entry_ends_after_three_minutes() {
    let mut entry = keyed("1");
    let mut now = at(0);
    while !matches!(entry.at(), At::Leaving(_)) {
        now = now + std::time::Duration::from_secs(4);
        press(&mut entry, now, "4");
        press(&mut entry, now, "*");
        entry.handle_timeout(now);
        assert!(now < at(200_000));
    }
    assert_eq!(entry.at(), At::Leaving(End::TooLong));
}

#[test]
fn keys_while_the_gateway_works_are_not_heard() {
    let mut entry = keyed(&format!("{VISA}1"));
    press(&mut entry, at(5), "2**123#");
    assert_eq!((steps(&mut entry), entry.at()), (vec![], At::Waiting));
}

#[test]
fn callers_who_press_anything_at_any_time_end_once_and_leave_nothing() {
    for seed in 1..400_u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut next = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let (mut entry, mut now, mut ends) = (begin(), at(0), 0);
        let script = format!("{VISA}1");
        let mut sensible = script.chars();
        for _ in 0..600 {
            now = now + std::time::Duration::from_millis(next(3_000));
            match next(12) {
                0 => entry.handle_timeout(now),
                1 => entry.handle_spoken(now),
                2 if next(4) == 0 => entry.handle_outcome(now, &Outcome::Declined(Decline::Code)),
                3 => press(&mut entry, now, ["*", "#", "9", "D"][next(4) as usize]),
                _ => {
                    let key = sensible.next().unwrap_or('1').to_string();
                    press(&mut entry, now, &key);
                }
            }
            ends += steps(&mut entry).iter().filter(|s| matches!(s, Step::Over(_))).count();
            if matches!(entry.at(), At::Leaving(_) | At::Over) {
                let kept = [Part::Number, Part::Expiry, Part::Code].map(|p| entry.card.length(p));
                assert_eq!(kept, [0, 0, 0], "seed {seed}");
            }
            assert!(entry.card_to_send().is_none() || entry.at() == At::Waiting);
            assert!(entry.attempt <= ATTEMPTS_MAX, "seed {seed}");
        }
        assert!(ends <= 1, "seed {seed}");
    }
}

/// Every place, reached as a caller reaches it.
fn places() -> Vec<(&'static str, Entry)> {
    let mut leaving = keyed("1");
    press(&mut leaving, at(2), "**");
    let mut over = keyed("1");
    over.stop(End::Aborted);
    let mut all = vec![
        ("GetCard", begin()),
        ("Number empty", keyed("1")),
        ("Number begun", keyed("14242")),
        ("Number whole", keyed("14242424242424242")),
        ("Expiry", keyed("14242424242424242#12")),
        ("Code", keyed("14242424242424242#123012")),
        ("Confirm", keyed(VISA)),
        ("Waiting", keyed(&format!("{VISA}1"))),
        ("Leaving", leaving),
        ("Over", over),
    ];
    all.iter_mut().for_each(|(_, entry)| drop(steps(entry)));
    all
}

type Input = (&'static str, fn(&mut Entry));

fn inputs() -> Vec<Input> {
    vec![
        ("key 1", |e| press(e, at(20), "1")),
        ("key 2", |e| press(e, at(20), "2")),
        ("key 3", |e| press(e, at(20), "3")),
        ("key *", |e| press(e, at(20_000), "*")),
        ("key * twice", |e| press(e, at(20_000), "**")),
        ("key #", |e| press(e, at(20), "#")),
        ("key A", |e| press(e, at(20), "A")),
        ("spoken", |e| e.handle_spoken(at(20))),
        ("field time-out", |e| {
            e.handle_spoken(at(20));
            e.handle_timeout(e.poll_timeout());
        }),
        ("180 s", |e| e.handle_timeout(at(180_001))),
        ("approved", |e| e.handle_outcome(at(20), &approved())),
        ("declined", |e| e.handle_outcome(at(20), &Outcome::Declined(Decline::Generic))),
        ("declined code", |e| e.handle_outcome(at(20), &Outcome::Declined(Decline::Code))),
        ("declined for good", |e| e.handle_outcome(at(20), &Outcome::Declined(Decline::Final))),
        ("unknown", |e| e.handle_outcome(at(20), &Outcome::Unknown)),
        ("needs cardholder", |e| e.handle_outcome(at(20), &Outcome::NeedsCardholder)),
        ("gateway down", Entry::handle_gateway_down),
        ("stop", |e| e.stop(End::Aborted)),
    ]
}

#[test]
fn every_place_has_an_answer_to_every_input() {
    let mut table = String::new();
    for place in 0..places().len() {
        for (input_name, input) in inputs() {
            let (place_name, mut entry) = places().swap_remove(place);
            input(&mut entry);
            let done: Vec<String> = steps(&mut entry).iter().map(|s| format!("{s:?}")).collect();
            let after = format!("{:?}", entry.at());
            writeln!(table, "{place_name:<13}{input_name:<18}{after:<24}{}", done.join(" "))
                .unwrap();
        }
    }
    expect_file!["entry.txt"].assert_eq(&table);
}
