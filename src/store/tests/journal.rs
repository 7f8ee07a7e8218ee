//! What was answered is on disk: programs that journal payments are killed, and run out of room.
#![allow(clippy::unwrap_used)]

mod suite;

use sqlx::Connection;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use store::{Options, Store, StoreError};
use suite::payments::{Paying, pln, step};
use suite::{ANNA, Bed, Scratch};

use records::PaymentState::{Approved, Authorising, Intent, Posted, Prepared};
use records::{PaymentId, PaymentState, PaymentStep};

/// Set in a process that journals, to the database.
const ROLE: &str = "PARLEY_TEST_JOURNALS_INTO";
const WAY: [PaymentState; 5] = [Intent, Prepared, Authorising, Approved, Posted];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The nth step of a life of small payments.
fn nth(case: ids::CaseId, n: usize) -> PaymentStep {
    let (payment, state) = ((n / WAY.len()) as u64, WAY[n % WAY.len()]);
    let mut id = [0; 16];
    id[8..].copy_from_slice(&payment.to_be_bytes());
    let reference = (state != Intent).then(|| "pi_sandbox".to_owned());
    PaymentStep { payment: PaymentId(id), state, reference, ..step(0, case, pln(1)) }
}

/// Pays a grosz again and again and says what was answered, until an error or its end.
fn pay_for_ever(url: &str) {
    runtime().block_on(async {
        let store = store::open(url).await.unwrap();
        let case = store.case_by_number("20260010").await.unwrap().unwrap().id;
        let mut out = std::io::stdout();
        for n in 0.. {
            let answer = store.journal_payment(&nth(case, n)).await;
            match &answer {
                Ok(()) => writeln!(out, "\nkept {n}").unwrap(),
                Err(error) => {
                    writeln!(out, "\nrefused {n} {} {error}", error.is_temporary()).unwrap();
                    return;
                }
            }
            out.flush().unwrap();
        }
    });
}

/// This test program once more, to play that part of this one test.
fn the_other(test: &str, url: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(ROLE, url).stdout(Stdio::piped());
    command
}

fn number_behind(line: &str, word: &str) -> Option<usize> {
    line.strip_prefix(word)?.split(' ').next()?.parse().ok()
}

fn with_a_case(scratch: &Scratch, name: &str) -> String {
    let url = format!("sqlite:{}/{name}.db", scratch.0.display());
    runtime().block_on(async {
        let bed = Bed::open(url.clone()).await;
        bed.import(&[ANNA]).await;
        bed.store.close().await;
    });
    url
}

/// All that was answered is there, nothing is half there, and the next step goes on.
async fn is_whole(store: Arc<dyn Store>, kept: usize) {
    let case = store.case_by_number("20260010").await.unwrap().unwrap();
    let mut there = 0;
    while !store.payment(nth(case.id, there).payment).await.unwrap().is_empty() {
        there += store.payment(nth(case.id, there).payment).await.unwrap().len();
        if there % WAY.len() != 0 {
            break;
        }
    }
    assert!(there == kept || there == kept + 1, "{kept} were answered, {there} are there");
    let posted = (there / WAY.len()) as u64;
    assert_eq!(case.outstanding, pln(123_456 - posted));
    let report = store.verify_chain().await.unwrap();
    assert_eq!(report.fault, None);
    assert_eq!(report.events, there as u64 + posted, "a step each, a receipt each");
    store.journal_payment(&nth(case.id, there)).await.unwrap();
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    if let Ok(url) = std::env::var(ROLE) {
        return pay_for_ever(&url);
    }
    let scratch = Scratch::new();
    for (round, wanted) in [1, 4, 7, 13, 30, 42].into_iter().enumerate() {
        let url = with_a_case(&scratch, &format!("killed{round}"));
        let mut child = the_other("what_was_answered_is_there_after_a_kill", &url).spawn().unwrap();
        let mut kept = 0;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while kept < wanted {
            let line = lines.next().expect("it goes on until it is killed").unwrap();
            kept = number_behind(&line, "kept ").map_or(kept, |n| n + 1);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            kept = number_behind(&line, "kept ").map_or(kept, |n| n + 1);
        }
        runtime().block_on(async { is_whole(store::open(&url).await.unwrap(), kept).await });
    }
}

#[test]
fn a_file_that_cannot_grow_refuses_a_step_and_takes_it_when_it_can() {
    if let Ok(url) = std::env::var(ROLE) {
        return pay_for_ever(&url);
    }
    let scratch = Scratch::new();
    let url = with_a_case(&scratch, "full");
    let test = "a_file_that_cannot_grow_refuses_a_step_and_takes_it_when_it_can";
    let other = the_other(test, &url);
    // 1,024 blocks of 512 bytes a file: the system refuses the write, as a full disk does
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 1024; trap '' XFSZ; exec \"$0\" \"$@\""]);
    limited.arg(other.get_program()).args(other.get_args()).env(ROLE, &url);
    let mut child = limited.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    let kept = said.lines().filter(|line| line.starts_with("kept ")).count();
    let refused = said.lines().find(|line| line.starts_with("refused ")).expect("it refuses");
    assert!(kept > 0, "{said}");
    assert_eq!(number_behind(refused, "refused "), Some(kept));
    assert!(refused.contains(" true "), "it may be taken later: {refused}");
    runtime().block_on(async { is_whole(store::open(&url).await.unwrap(), kept).await });
}

#[tokio::test]
async fn a_held_database_refuses_a_step_and_takes_it_when_it_is_free() {
    let scratch = Scratch::new();
    let path = scratch.0.join("parley.db");
    let bed = Bed::open(format!("sqlite:{}", path.display())).await;
    bed.import(&[ANNA]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(1)).await;
    anna.through(&[Intent]).await;
    let options = Options { busy_timeout: Duration::from_millis(1), ..Options::default() };
    let hasty = store::open_with(&bed.url, options).await.unwrap();
    let mut other = held(&path).await;
    let prepared = nth_of(&anna.step, Prepared);
    let error = hasty.journal_payment(&prepared).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)) && error.is_temporary(), "{error:?}");
    assert_eq!(hasty.payment(prepared.payment).await.unwrap().len(), 1, "reading goes on");
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    hasty.journal_payment(&prepared).await.unwrap();
    assert_eq!(hasty.payment(prepared.payment).await.unwrap().len(), 2);
}

fn nth_of(step: &PaymentStep, state: PaymentState) -> PaymentStep {
    PaymentStep { state, reference: Some("pi_sandbox".into()), ..step.clone() }
}

async fn held(path: &Path) -> sqlx::SqliteConnection {
    let mut other = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    other
}
