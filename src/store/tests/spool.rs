//! Records outlive the database and the power: spool file and writer.
#![allow(clippy::unwrap_used)]

mod suite;

use sqlx::Connection;
use std::path::Path;
use std::time::Duration;
use store::{Batch, Options, Spool, SpoolError, Writer, WriterTuning};
use suite::{Bed, NOW_US, Scratch, event, record};
use tokio::runtime::Handle;

const LIMIT: u64 = 1 << 20;

fn batch(call: u64) -> Batch {
    Batch { events: vec![event(call, 0), event(call, 2)], calls: vec![record(call, NOW_US)] }
}

fn replay(spool: &mut Spool) -> Vec<Batch> {
    let mut all = Vec::new();
    while let Some(batch) = spool.first().unwrap() {
        all.push(batch);
        spool.done().unwrap();
    }
    all
}

fn filled(path: &Path) {
    let mut spool = Spool::open(path, LIMIT).unwrap();
    for call in 1..=3 {
        spool.append(&batch(call)).unwrap();
    }
}

#[test]
fn batches_come_back_in_order_after_a_restart() {
    let scratch = Scratch::new();
    let path = scratch.0.join("spool");
    filled(&path);
    let mut spool = Spool::open(&path, LIMIT).unwrap();
    assert!(spool.waiting_bytes() > 0);
    assert_eq!(replay(&mut spool), [batch(1), batch(2), batch(3)]);
    assert_eq!(spool.waiting_bytes(), 0);
    spool.append(&batch(4)).unwrap();
    drop(spool);
    assert_eq!(replay(&mut Spool::open(&path, LIMIT).unwrap()), [batch(4)]);
}

#[test]
fn a_tail_cut_anywhere_costs_the_last_batch_at_most() {
    let scratch = Scratch::new();
    let path = scratch.0.join("spool");
    filled(&path);
    let whole = std::fs::read(&path).unwrap();
    let frame = (whole.len() - 15) / 3;
    for cut in (0..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut spool = Spool::open(&path, LIMIT).unwrap();
        let expected = cut.saturating_sub(15) / frame;
        assert_eq!(replay(&mut spool).len(), expected, "cut at {cut}");
        spool.append(&batch(9)).unwrap();
        assert_eq!(replay(&mut spool), [batch(9)]);
    }
}

#[test]
fn a_flipped_bit_is_never_replayed_and_the_damage_is_kept() {
    let scratch = Scratch::new();
    let path = scratch.0.join("spool");
    filled(&path);
    let whole = std::fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        std::fs::write(&path, &bytes).unwrap();
        let _ = std::fs::remove_file(scratch.0.join("spool.damaged"));
        let batches = replay(&mut Spool::open(&path, LIMIT).unwrap());
        let honest = [batch(1), batch(2), batch(3)];
        assert!(batches.len() < 3 && honest.starts_with(&batches), "flipped at {place}");
        assert!(scratch.0.join("spool.damaged").exists());
    }
}

#[test]
fn a_full_spool_says_so_and_takes_again_when_emptied() {
    let scratch = Scratch::new();
    let mut spool = Spool::open(&scratch.0.join("spool"), 2_000).unwrap();
    let mut taken = 0;
    let error = loop {
        match spool.append(&batch(taken)) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SpoolError::Full { limit: 2_000, .. }), "{error:?}");
    assert_eq!(replay(&mut spool).len() as u64, taken);
    spool.append(&batch(1)).unwrap();
}

#[test]
fn two_processes_never_share_a_spool() {
    let scratch = Scratch::new();
    let path = scratch.0.join("spool");
    let _held = Spool::open(&path, LIMIT).unwrap();
    assert!(matches!(Spool::open(&path, LIMIT), Err(SpoolError::InUse(_))));
}

#[test]
fn a_batch_that_the_store_will_never_take_is_kept_aside() {
    let scratch = Scratch::new();
    let path = scratch.0.join("spool");
    filled(&path);
    let mut spool = Spool::open(&path, LIMIT).unwrap();
    spool.set_aside().unwrap();
    assert_eq!(replay(&mut spool), [batch(2), batch(3)]);
    assert!(std::fs::metadata(scratch.0.join("spool.refused")).unwrap().len() > 100);
}

fn quick() -> WriterTuning {
    let pause = (Duration::from_millis(5), Duration::from_millis(20));
    WriterTuning { pause, ..WriterTuning::default() }
}

async fn fresh(scratch: &Scratch) -> Bed {
    let url = format!("sqlite:{}/parley.db", scratch.0.display());
    let options = Options { busy_timeout: Duration::from_millis(1), ..Options::default() };
    Bed { store: store::open_with(&url, options).await.unwrap(), url }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_flushed_is_in_the_store() {
    let scratch = Scratch::new();
    let bed = fresh(&scratch).await;
    let spool = scratch.0.join("spool");
    let writer = Writer::start(&Handle::current(), bed.store.clone(), &spool).unwrap();
    for seq in 0..5_000 {
        writer.event(event(1, seq));
    }
    writer.call(record(1, NOW_US));
    writer.flush().await;
    let (_, events) = bed.store.call(ids::CallId(1)).await.unwrap().unwrap();
    assert_eq!(events.len(), 5_000);
    assert_eq!(writer.state(), store::WriterState::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_does_not_wait_for_the_writers_rest() {
    let scratch = Scratch::new();
    let bed = fresh(&scratch).await;
    let tuning = WriterTuning { rest: Duration::from_secs(86_400), ..quick() };
    let spool = scratch.0.join("spool");
    let writer = Writer::start_with(&Handle::current(), bed.store.clone(), &spool, tuning).unwrap();
    for seq in 0..10 {
        writer.event(event(1, 2 * seq));
        writer.event(event(1, 2 * seq + 1));
        writer.flush().await;
        assert_eq!(bed.store.verify_chain().await.unwrap().events, u64::from(2 * seq + 2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_wait_in_the_spool_while_the_database_is_held_and_arrive_in_order() {
    let scratch = Scratch::new();
    let bed = fresh(&scratch).await;
    let spool = scratch.0.join("spool");
    let writer =
        Writer::start_with(&Handle::current(), bed.store.clone(), &spool, quick()).unwrap();
    let path = bed.url.strip_prefix("sqlite:").unwrap();
    let mut other = sqlx::SqliteConnection::connect(path).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    for seq in 0..50 {
        writer.event(event(1, seq));
        writer.flush().await;
    }
    assert!(writer.state().spooling && writer.state().spooled_bytes > 0);
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    writer.watch().wait_for(|state| !state.spooling).await.unwrap();
    assert_eq!(writer.state(), store::WriterState::default());
    writer.call(record(1, NOW_US));
    writer.flush().await;
    let (_, events) = bed.store.call(ids::CallId(1)).await.unwrap().unwrap();
    let in_order = events.iter().enumerate().all(|(n, kept)| kept.position == n as i64 + 1);
    assert_eq!((events.len(), in_order), (50, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_run_spooled_comes_first() {
    let scratch = Scratch::new();
    let path = scratch.0.join("spool");
    filled(&path);
    let bed = fresh(&scratch).await;
    let writer = Writer::start_with(&Handle::current(), bed.store.clone(), &path, quick()).unwrap();
    assert!(writer.state().spooling);
    writer.watch().wait_for(|state| !state.spooling).await.unwrap();
    assert_eq!(bed.store.calls(10, None).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_the_store_refuses_does_not_hold_up_the_others() {
    let scratch = Scratch::new();
    let bed = fresh(&scratch).await;
    let path = bed.url.strip_prefix("sqlite:").unwrap();
    let mut other = sqlx::SqliteConnection::connect(path).await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON calls WHEN NEW.id = 2 BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::raw_sql(refuse).execute(&mut other).await.unwrap();
    let spool = scratch.0.join("spool");
    let writer =
        Writer::start_with(&Handle::current(), bed.store.clone(), &spool, quick()).unwrap();
    for call in 1..=3 {
        writer.call(record(call, NOW_US));
    }
    writer.flush().await;
    writer.watch().wait_for(|state| state.refused == 1 && !state.spooling).await.unwrap();
    let kept: Vec<_> =
        bed.store.calls(10, None).await.unwrap().iter().map(|call| call.id.0).collect();
    assert_eq!(kept, [3, 1]);
    assert!(scratch.0.join("spool.refused").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_anywhere_the_loss_is_counted() {
    let scratch = Scratch::new();
    let bed = fresh(&scratch).await;
    let tuning = WriterTuning { spool_bytes_max: 400, ..quick() };
    let spool = scratch.0.join("spool");
    let writer = Writer::start_with(&Handle::current(), bed.store.clone(), &spool, tuning).unwrap();
    let path = bed.url.strip_prefix("sqlite:").unwrap();
    let mut other = sqlx::SqliteConnection::connect(path).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    for seq in 0..20 {
        writer.event(event(1, seq));
        writer.flush().await;
    }
    let lost = writer.state().lost;
    assert!((1..20).contains(&lost), "{lost} lost");
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    writer.watch().wait_for(|state| !state.spooling).await.unwrap();
    let report = bed.store.verify_chain().await.unwrap();
    assert_eq!((report.events + lost, report.fault), (20, None));
}
