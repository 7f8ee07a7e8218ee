//! Who tries to look into a vault while a card lies in it.

use crate::canary::{Card, first_in, readable_memory};
use crate::stage::{Stage, USER};
use gateway_sandbox::Proof;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::Command;
use vault_link::{AbortReason, End, FromVault, Outcome, Session};

const ONE: Session = Session(1);
/// A card that stands nowhere else in this program's data.
const CARD: [&str; 3] = ["5105105105105100", "0931", "826"];

fn card() -> Card {
    let [number, expiry, code] = CARD.map(str::to_owned);
    Card { number, expiry, code }
}

fn assert_clean(stage: &mut Stage, when: &str) {
    // the search takes its time, and the link is kept alive meanwhile
    let pid = stage.vault.id();
    let search = std::thread::spawn(move || {
        let memory = readable_memory(pid);
        let there = [("a word", b"gateway.test".to_vec())];
        let searched = first_in(&memory, &there).is_some();
        (searched, first_in(&memory, &card().needles()))
    });
    while !search.is_finished() {
        stage.pump();
    }
    let (searched, found) = search.join().unwrap();
    assert!(searched, "{when}: the search finds what is there");
    assert!(found.is_none(), "{when}: it is readable as {found:?}");
}

#[test]
fn not_even_root_reads_a_card_in_the_vaults_memory_at_any_step() {
    let mut stage = Stage::set("canary", Proof::Good);
    stage.begin(ONE, 2_000, false);
    stage.press(&format!("1{}", CARD[0]));
    assert_clean(&mut stage, "after the number");
    stage.press(&format!("{}{}", CARD[1], CARD[2]));
    assert_clean(&mut stage, "after the code");
    stage.press("1");
    stage.wait_said(|said| matches!(said, FromVault::Consented { .. }).then_some(()));
    stage.side.intent_stored(crate::stage::now(), ONE).unwrap();
    stage.wait_said(|said| matches!(said, FromVault::Prepared(..)).then_some(()));
    assert_clean(&mut stage, "prepared");
    stage.side.journalled(crate::stage::now(), ONE).unwrap();
    let outcome = stage.wait_said(|said| match said {
        FromVault::Outcome(_, _, outcome) => Some(*outcome),
        _ => None,
    });
    assert!(matches!(outcome, Outcome::Approved(_)));
    assert_clean(&mut stage, "approved");
    assert_eq!(stage.end(ONE), End::Paid);
    assert_clean(&mut stage, "over");
}

#[test]
fn a_card_is_not_readable_in_flight_nor_after_a_hang_up() {
    let mut stage = Stage::set("flight", Proof::Good);
    // the sandbox takes the card of such an amount and never answers
    stage.begin(ONE, 2_001, false);
    stage.pay_by(CARD[0], CARD[1], CARD[2]);
    stage.wait_said(|said| matches!(said, FromVault::Consented { .. }).then_some(()));
    stage.side.intent_stored(crate::stage::now(), ONE).unwrap();
    stage.wait_said(|said| matches!(said, FromVault::Prepared(..)).then_some(()));
    stage.side.journalled(crate::stage::now(), ONE).unwrap();
    while stage.sandbox.cards_seen() == 0 {
        stage.pump();
    }
    assert_clean(&mut stage, "in flight");
    let two = Session(2);
    stage.begin(two, 2_100, false);
    stage.press(&format!("1{}#{}{}", CARD[0], CARD[1], CARD[2]));
    stage.side.abort(crate::stage::now(), two, AbortReason::HungUp).unwrap();
    assert_eq!(stage.end(two), End::Aborted);
    assert_clean(&mut stage, "hung up");
}

#[test]
fn the_search_finds_a_card_that_is_not_in_secret_memory() {
    let planted = CARD[0].to_owned();
    let needles = card().needles();
    assert!(needles.iter().map(|(name, _)| name).collect::<BTreeSet<_>>().len() >= 25);
    let memory = readable_memory(std::process::id());
    assert!(first_in(&memory, &needles).is_some());
    assert_eq!(planted.len(), 16);
}

#[test]
fn the_vaults_own_user_can_neither_read_nor_trace_it() {
    let stage = Stage::set("user", Proof::Good);
    let pid = stage.vault.id();
    for entry in ["mem", "maps", "environ", "fd/0", "auxv", "stack"] {
        let mut cat = Command::new("cat");
        cat.arg(format!("/proc/{pid}/{entry}"));
        if rustix::process::getuid().is_root() {
            cat.uid(USER).gid(USER);
        }
        let tried = cat.output().unwrap();
        assert!(!tried.status.success() && tried.stdout.is_empty(), "{entry} was read");
    }
}

#[test]
fn every_lock_is_closed_while_it_serves() {
    let stage = Stage::set("locks", Proof::Good);
    let pid = stage.vault.id();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).map(str::to_owned)
    };
    assert_eq!(of("NoNewPrivs:").as_deref(), Some("1"));
    assert_eq!(of("Seccomp:").as_deref(), Some("2"));
    assert_eq!(of("Threads:").as_deref(), Some("1"));
    // the secret page alone is locked anyway: all that is in memory has to be, but for the prompts
    let kilobytes = |name| of(name).and_then(|n| n.parse::<u64>().ok()).unwrap();
    let (locked, resident) = (kilobytes("VmLck:"), kilobytes("VmRSS:"));
    assert!(locked * 10 >= resident * 9, "{locked} of {resident} kB are locked");
    assert_ne!(of("Uid:").as_deref(), Some("0"));
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert!(core.split_whitespace().skip(4).take(2).all(|limit| limit == "0"), "{core}");
}

#[test]
fn a_vault_whose_switch_is_gone_ends_without_a_word() {
    let mut stage = Stage::set("gone", Proof::Good);
    stage.begin(ONE, 2_200, false);
    stage.press(&format!("1{}#{}{}", CARD[0], CARD[1], CARD[2]));
    stage.hang_up_link();
    assert!(stage.vault.wait().unwrap().success());
    let mut said = String::new();
    stage.vault.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    stage.vault.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}
