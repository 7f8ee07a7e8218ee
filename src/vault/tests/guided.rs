//! A negotiator guides a caller: each field by command, talk in between; every place × every input as a table.

use super::*;
use crate::entry::tests::{VISA, approved, at, lines, press, steps};
use crate::secret_page::SecretPage;
use expect_test::expect_file;
use ids::Moment;
use std::fmt::Write;
use vault_link::{Brand, LastFour, Outcome};

const NOW: Month = Month { year: 2026, month: 11 };
const NUMBER: &str = "4242424242424242#";

fn begin() -> Entry {
    let slot = SecretPage::map(1).unwrap().lend().unwrap();
    Entry::begin_guided(Moment::START, Card::new(slot), NOW, 0)
}

/// Fields as a negotiator asks for them, with what the caller keys into each.
fn led(fields: &[(Field, &str)]) -> Entry {
    let mut entry = begin();
    for (field, keys) in fields {
        entry.arm_field(*field);
        press(&mut entry, at(1), keys);
    }
    steps(&mut entry);
    entry
}

fn to_confirm() -> Entry {
    let fields = [(Field::Number, NUMBER), (Field::Expiry, "1230"), (Field::Code, "123")];
    let mut entry = led(&fields);
    entry.arm_field(Field::Confirm);
    entry
}

#[test]
fn nothing_is_asked_and_no_key_counts_before_a_command() {
    let mut entry = begin();
    press(&mut entry, at(1), VISA);
    assert_eq!((steps(&mut entry), entry.masks()), (vec![], false));
}

#[test]
fn each_field_leads_back_to_talking_and_consent_is_the_callers_own_key() {
    let mut entry = to_confirm();
    let four = LastFour::new([4, 2, 4, 2]).unwrap();
    assert_eq!(lines(&mut entry), [Line::Confirm(four)]);
    assert!(entry.masks(), "the caller's answer is keyed too");
    press(&mut entry, at(2), "1");
    assert!(steps(&mut entry).contains(&Step::Consent(1, Brand::Visa, four)));
    assert!(entry.masks(), "a caller who keys on while the bank is asked is not heard");
}

#[test]
fn sound_is_the_vaults_alone_from_the_command_to_the_fields_end() {
    let mut entry = begin();
    entry.arm_field(Field::Number);
    assert!(entry.masks());
    press(&mut entry, at(1), &NUMBER[..16]);
    assert!(entry.masks());
    press(&mut entry, at(1), "#");
    assert!(!entry.masks());
}

#[test]
fn a_field_waits_for_what_goes_before_it() {
    for field in [Field::GetCard, Field::Expiry, Field::Code, Field::Confirm] {
        let mut entry = begin();
        entry.arm_field(field);
        assert_eq!(steps(&mut entry), [Step::Field(field, FieldState::Unready)]);
        assert_eq!(entry.at(), At::Talking);
    }
    let mut entry = led(&[(Field::Number, NUMBER), (Field::Expiry, "1230")]);
    entry.arm_field(Field::Confirm);
    assert_eq!(steps(&mut entry), [Step::Field(Field::Confirm, FieldState::Unready)]);
}

#[test]
fn a_field_that_is_taken_back_is_empty() {
    let mut entry = led(&[(Field::Number, "42424242")]);
    entry.disarm();
    assert_eq!(steps(&mut entry), [Step::Field(Field::Number, FieldState::Disarmed)]);
    assert_eq!((entry.at(), entry.card.length(Part::Number)), (At::Talking, 0));
}

#[test]
fn spent_tries_and_silence_hand_the_caller_back_to_the_negotiator() {
    let mut entry = led(&[(Field::Number, "1#1#1#")]);
    assert_eq!(entry.at(), At::Talking);
    entry.arm_field(Field::Number);
    for _ in 0..3 {
        entry.handle_spoken(at(10));
        entry.handle_timeout(entry.poll_timeout());
    }
    assert_eq!(entry.at(), At::Talking);
    assert_eq!(steps(&mut entry).last(), Some(&Step::Field(Field::Number, FieldState::Disarmed)));
}

#[test]
fn after_a_declined_code_the_number_stays_and_after_another_decline_nothing_does() {
    for (why, kept) in [(Decline::Code, 16), (Decline::Expiry, 16), (Decline::Funds, 0)] {
        let mut entry = to_confirm();
        press(&mut entry, at(2), "1");
        steps(&mut entry);
        entry.handle_outcome(at(3), &Outcome::Declined(why));
        assert_eq!(lines(&mut entry), [Line::AnotherCard]);
        let lengths = (entry.card.length(Part::Number), entry.card.length(Part::Code));
        assert_eq!((entry.at(), lengths), (At::Talking, (kept, 0)), "{why:?}");
    }
}

#[test]
fn a_guided_entry_ends_after_fifteen_minutes() {
    let mut entry = begin();
    assert_eq!(entry.poll_timeout(), Moment::START + GUIDED);
    entry.handle_timeout(entry.poll_timeout());
    assert_eq!(entry.at(), At::Leaving(End::TooLong));
}

type Input = (&'static str, fn(&mut Entry));
type Place = (&'static str, fn() -> Entry);

#[test]
fn every_place_has_an_answer_to_every_command() {
    let places: [Place; 8] = [
        ("Talking", begin),
        ("Number begun", || led(&[(Field::Number, "4242")])),
        ("Number there", || led(&[(Field::Number, NUMBER)])),
        ("All there", || {
            led(&[(Field::Number, NUMBER), (Field::Expiry, "1230"), (Field::Code, "123")])
        }),
        ("Confirm", to_confirm),
        ("Waiting", || {
            let mut entry = to_confirm();
            press(&mut entry, at(2), "1");
            entry
        }),
        ("Leaving", || {
            let mut entry = to_confirm();
            press(&mut entry, at(2), "*");
            entry
        }),
        ("Over", || {
            let mut entry = begin();
            entry.stop(End::Aborted);
            entry
        }),
    ];
    let inputs: [Input; 12] = [
        ("arm Number", |e| e.arm_field(Field::Number)),
        ("arm Expiry", |e| e.arm_field(Field::Expiry)),
        ("arm Code", |e| e.arm_field(Field::Code)),
        ("arm Confirm", |e| e.arm_field(Field::Confirm)),
        ("disarm", Entry::disarm),
        ("key 1", |e| press(e, at(20), "1")),
        ("key 2", |e| press(e, at(20), "2")),
        ("key *", |e| press(e, at(20_000), "*")),
        ("spoken", |e| e.handle_spoken(at(20))),
        ("900 s", |e| e.handle_timeout(at(900_001))),
        ("approved", |e| e.handle_outcome(at(20), &approved())),
        ("declined", |e| e.handle_outcome(at(20), &Outcome::Declined(Decline::Generic))),
    ];
    let mut table = String::new();
    for (place_name, place) in places {
        for (input_name, input) in inputs {
            let mut entry = place();
            steps(&mut entry);
            input(&mut entry);
            let done: Vec<String> = steps(&mut entry).iter().map(|s| format!("{s:?}")).collect();
            let after = format!("{:?}", entry.at());
            let heard = if entry.masks() { "masked" } else { "heard" };
            writeln!(
                table,
                "{place_name:<13}{input_name:<12}{after:<20}{heard:<7}{}",
                done.join(" ")
            )
            .unwrap();
        }
    }
    expect_file!["guided.txt"].assert_eq(&table);
}
