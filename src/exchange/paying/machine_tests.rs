//! Every stage of a payment × every news as a checked-in table, and what holds on every way through it.

use super::machine::{Deed, Entry, News, Stage, TRIES_MAX};
use expect_test::expect_file;
use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write;

const STAGES: [Stage; 16] = [
    Stage::Asked,
    Stage::Opening,
    Stage::Moving,
    Stage::Withdrawing { over: false },
    Stage::Withdrawing { over: true },
    Stage::Capturing,
    Stage::Storing,
    Stage::Preparing,
    Stage::Noting,
    Stage::Authorising,
    Stage::Plugging { over: false, tries: 0 },
    Stage::Plugging { over: true, tries: TRIES_MAX - 1 },
    Stage::Returning { over: false, tries: 0 },
    Stage::Returning { over: true, tries: TRIES_MAX - 1 },
    Stage::Finishing,
    Stage::Over,
];
const ALL: [News; 20] = [
    News::Allowed,
    News::NotAllowed,
    News::Opened,
    News::NotOpened,
    News::MoveTaken,
    News::MoveRefused,
    News::MoveUnusable,
    News::Consented,
    News::Prepared,
    News::Written,
    News::NotWritten,
    News::Outcome,
    News::Ended,
    News::LostUncharged,
    News::LostMaybeCharged,
    News::StrayDigit,
    News::Unwanted,
    News::HungUp,
    News::Ports,
    News::Late,
];

#[test]
fn every_stage_answers_every_news_as_the_table_says() {
    let mut table = String::new();
    for stage in STAGES {
        for news in ALL {
            let (next, deeds) = stage.handle(news);
            let _ = writeln!(table, "{stage:?} × {news:?} -> {next:?} {deeds:?}");
        }
    }
    expect_file!["../tests/paying.txt"].assert_eq(&table);
}

/// All ways of at most so many news, whatever their order: what holds on each of them.
fn every_way(mut hold: impl FnMut(Stage, News, Stage, &[Deed])) {
    let mut seen = BTreeSet::new();
    let mut open = VecDeque::from([Stage::Asked]);
    while let Some(stage) = open.pop_front() {
        if !seen.insert(format!("{stage:?}")) {
            continue;
        }
        for news in ALL {
            let (next, deeds) = stage.handle(news);
            hold(stage, news, next, &deeds);
            open.push_back(next);
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
}

#[test]
fn money_is_let_go_of_once_the_reference_is_on_disk_and_never_otherwise() {
    every_way(|stage, news, next, deeds| {
        let told = deeds.contains(&Deed::TellJournalled);
        assert_eq!(told, (stage, news) == (Stage::Noting, News::Written));
        assert_eq!(told, next == Stage::Authorising && stage != Stage::Authorising);
    });
}

#[test]
fn an_outcome_is_journalled_wherever_it_may_come_and_what_may_be_charged_is_never_abandoned() {
    every_way(|stage, news, _, deeds| {
        let journals = |entry| deeds.contains(&Deed::Journal(entry));
        let may_move = matches!(
            stage,
            Stage::Authorising
                | Stage::Finishing
                | Stage::Plugging { .. }
                | Stage::Returning { .. }
        );
        assert_eq!(journals(Entry::Outcome), news == News::Outcome && may_move, "{stage:?}");
        assert_eq!(
            journals(Entry::Unknown),
            news == News::LostMaybeCharged && may_move,
            "{stage:?}"
        );
        assert!(!(may_move && journals(Entry::Abandoned)), "{stage:?} {news:?}");
    });
}

#[test]
fn a_caller_who_is_there_always_gets_an_answer_or_a_bye_and_who_is_gone_gets_nothing() {
    every_way(|stage, news, next, deeds| {
        let owed = |stage| !matches!(stage, Stage::Finishing | Stage::Over);
        let settles = owed(stage) && !owed(next);
        let told = deeds.contains(&Deed::Reply) || deeds.contains(&Deed::HangUp);
        let gone = matches!(news, News::HungUp | News::Unwanted);
        assert!(!told || settles, "{stage:?} {news:?}");
        assert!(!settles || told || gone, "{stage:?} {news:?}");
        assert!(!(told && news == News::HungUp), "{stage:?} {news:?}");
    });
}

#[test]
fn the_vaults_socket_is_given_free_only_once_nobody_is_led_there() {
    every_way(|stage, news, next, deeds| {
        if deeds.contains(&Deed::CloseMedia) {
            assert_eq!(next, Stage::Over);
            let away = stage.is_away() || matches!(stage, Stage::Withdrawing { .. });
            let home = matches!(
                news,
                News::MoveTaken
                    | News::MoveRefused
                    | News::MoveUnusable
                    | News::HungUp
                    | News::Late
            );
            assert!(!away || home, "{stage:?} {news:?}");
        }
    });
}

#[test]
fn nothing_is_left_out_of_sight_without_the_vault_being_told() {
    every_way(|stage, news, next, deeds| {
        // from a stage in which the vault serves us, to one in which we only wait for it
        let serves = |stage| {
            matches!(
                stage,
                Stage::Opening
                    | Stage::Moving
                    | Stage::Capturing
                    | Stage::Storing
                    | Stage::Preparing
                    | Stage::Noting
                    | Stage::Authorising
            )
        };
        let ended = matches!(
            news,
            News::Ended | News::LostUncharged | News::LostMaybeCharged | News::NotOpened
        );
        if serves(stage) && !serves(next) && !ended {
            assert!(deeds.iter().any(|deed| matches!(deed, Deed::Abort(_))), "{stage:?} {news:?}");
        }
    });
}
