//! Every phase of a capture × everything the vault can say about it, printed and compared.

use super::choreography::{AMOUNT, ONE, approval, at, consented, reference};
use crate::session_line::{SessionLine, Verdict};
use crate::*;
use expect_test::expect_file;
use std::fmt::Write;

fn phases() -> Vec<(&'static str, Phase)> {
    vec![
        ("Opening", Phase::Opening),
        ("Open", Phase::Open),
        ("Agreed", Phase::Agreed),
        ("Capturing", Phase::Capturing),
        ("Consented", Phase::Consented),
        ("Preparing", Phase::Preparing),
        ("Prepared", Phase::Prepared(reference())),
        ("Authorising", Phase::Authorising(reference())),
        ("Ending", Phase::Ending),
        ("Ended", Phase::Ended),
        ("Gone", Phase::Gone),
    ]
}

fn messages() -> Vec<(&'static str, FromVault)> {
    let media = "127.0.0.1:9000".parse().unwrap();
    let last_four = LastFour::new([1, 1, 1, 1]).unwrap();
    vec![
        ("MediaOpened", FromVault::MediaOpened(ONE, media, None)),
        ("MediaOpened two sockets", FromVault::MediaOpened(ONE, media, Some(media))),
        ("MediaRefused", FromVault::MediaRefused(ONE, Refusal::Full)),
        ("Speaking", FromVault::Speaking(ONE)),
        ("Progress", FromVault::Progress(ONE, Field::Number, 1)),
        ("Field", FromVault::Field(ONE, Field::Code, FieldState::Armed)),
        ("CardSeen", FromVault::CardSeen(ONE, Brand::Amex, last_four)),
        ("Consented next", consented(2)),
        ("Consented again", consented(1)),
        ("Prepared", FromVault::Prepared(ONE, 1, reference())),
        ("Prepared other attempt", FromVault::Prepared(ONE, 2, reference())),
        ("Outcome approved", FromVault::Outcome(ONE, 1, approval(AMOUNT))),
        ("Outcome unknown", FromVault::Outcome(ONE, 1, Outcome::Unknown)),
        ("Outcome other attempt", FromVault::Outcome(ONE, 3, Outcome::Unknown)),
        ("Ended", FromVault::Ended(ONE, End::Left)),
    ]
}

#[test]
fn every_phase_has_an_answer_to_everything_the_vault_says() {
    let mut table = String::new();
    for (phase_name, phase) in phases() {
        for (message_name, message) in messages() {
            let mut line = SessionLine::opening(at(0));
            (line.amount, line.attempt) = (Some(AMOUNT), 1);
            line.enter(at(0), phase.clone());
            let verdict = line.hear(at(1), &message);
            let name = format!("{:?}", line.phase);
            let after = name.split('(').next().unwrap_or_default();
            let told = match verdict {
                Verdict::OutOfTurn => "link down".to_owned(),
                Verdict::Ignore => "ignored".to_owned(),
                Verdict::Tell => format!("told -> {after}"),
                Verdict::TellAndForget => "told, forgotten".to_owned(),
                Verdict::Forget => "forgotten".to_owned(),
            };
            writeln!(table, "{phase_name:<12} {message_name:<23} {told}").unwrap();
        }
    }
    expect_file!["table.txt"].assert_eq(&table);
}
