//! Who tries to look into a vault while a card lies in it.

use crate::stage::{Stage, USER};
use gateway_sandbox::Proof;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use vault_link::{AbortReason, End, FromVault, Outcome, Session};

const ONE: Session = Session(1);
/// A card that stands nowhere else in this program's data.
const CARD: [&str; 3] = ["5105105105105100", "0931", "826"];

/// All memory of the process that whoever is root can read through /proc.
fn readable_memory(pid: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines().filter(|l| !l.contains("[vvar") && !l.contains("[vsyscall]")) {
        let (from, rest) = line.split_once('-').unwrap();
        let to = rest.split(' ').next().unwrap();
        let [from, to] = [from, to].map(|n| u64::from_str_radix(n, 16).unwrap());
        let mut bytes = vec![0; (to - from) as usize];
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            all.extend(bytes);
        }
    }
    all
}

fn holds(memory: &[u8], needle: &[u8]) -> bool {
    memory.windows(needle.len()).any(|w| w == needle)
}

/// Number, expiry with code: as text, as digit values, in packed decimal, backwards.
fn needles() -> Vec<Vec<u8>> {
    let tail = format!("{}{}", CARD[1], CARD[2]);
    let mut all = Vec::new();
    for text in [CARD[0], &CARD[0][..12], &CARD[0][6..], &CARD[0][8..], &tail] {
        let ascii = text.as_bytes().to_vec();
        let values: Vec<u8> = ascii.iter().map(|b| b - b'0').collect();
        let packed = values.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        let wide = ascii.iter().flat_map(|b| [*b, 0]).collect();
        let backwards = |v: &[u8]| v.iter().rev().copied().collect::<Vec<u8>>();
        all.extend([backwards(&ascii), backwards(&values), ascii, values, packed, wide]);
    }
    all
}

/// The first of these that is in memory.
fn first_in<'n>(memory: &[u8], needles: &'n [Vec<u8>]) -> Option<&'n Vec<u8>> {
    let mut begins = [false; 256];
    needles.iter().for_each(|needle| begins[usize::from(needle[0])] = true);
    let at_begin = memory.iter().enumerate().filter(|(_, b)| begins[usize::from(**b)]);
    let mut found = at_begin
        .filter_map(|(at, _)| needles.iter().find(|needle| memory[at..].starts_with(needle)));
    found.next()
}

fn assert_clean(stage: &Stage, when: &str) {
    let memory = readable_memory(stage.vault.id());
    assert!(holds(&memory, b"gateway.test"), "{when}: the search itself finds what is there");
    let needles = needles();
    let found = first_in(&memory, &needles);
    assert!(found.is_none(), "{when}: {found:?} is readable");
}

#[test]
fn not_even_root_reads_a_card_in_the_vaults_memory_at_any_step() {
    let mut stage = Stage::set("canary", Proof::Good);
    stage.begin(ONE, 2_000, false);
    stage.press(&format!("1{}", CARD[0]));
    assert_clean(&stage, "after the number");
    stage.press(&format!("{}{}", CARD[1], CARD[2]));
    assert_clean(&stage, "after the code");
    stage.press("1");
    stage.wait_said(|said| matches!(said, FromVault::Consented { .. }).then_some(()));
    stage.side.intent_stored(crate::stage::now(), ONE).unwrap();
    stage.wait_said(|said| matches!(said, FromVault::Prepared(..)).then_some(()));
    assert_clean(&stage, "prepared");
    stage.side.journalled(crate::stage::now(), ONE).unwrap();
    let outcome = stage.wait_said(|said| match said {
        FromVault::Outcome(_, _, outcome) => Some(*outcome),
        _ => None,
    });
    assert!(matches!(outcome, Outcome::Approved(_)));
    assert_clean(&stage, "approved");
    assert_eq!(stage.end(ONE), End::Paid);
    assert_clean(&stage, "over");
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
    assert_clean(&stage, "in flight");
    let two = Session(2);
    stage.begin(two, 2_100, false);
    stage.press(&format!("1{}#{}{}", CARD[0], CARD[1], CARD[2]));
    stage.side.abort(crate::stage::now(), two, AbortReason::HungUp).unwrap();
    assert_eq!(stage.end(two), End::Aborted);
    assert_clean(&stage, "hung up");
}

#[test]
fn the_search_finds_a_card_that_is_not_in_secret_memory() {
    let planted = CARD[0].to_owned();
    let memory = readable_memory(std::process::id());
    assert!(first_in(&memory, &needles()).is_some());
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
    assert_ne!(of("VmLck:").as_deref(), Some("0"));
    assert_ne!(of("Uid:").as_deref(), Some("0"));
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert!(core.split_whitespace().skip(4).take(2).all(|limit| limit == "0"), "{core}");
}

#[test]
fn a_vault_whose_switch_is_gone_ends_without_a_word() {
    let mut stage = Stage::set("gone", Proof::Good);
    stage.hang_up_link();
    assert!(stage.vault.wait().unwrap().success());
    let mut said = String::new();
    stage.vault.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    stage.vault.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}
