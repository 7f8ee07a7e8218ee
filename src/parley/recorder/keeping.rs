//! How long recordings are kept: what is older than `keep-days` is removed, once an hour, and each removal
//! stands in the call's history.

use crate::clock::Clock;
use ids::CallId;
use recordings::{Entry, Shelf};
use records::{Event, EventKind};
use std::sync::Arc;
use std::time::Duration;
use store::Store;

/// How often ages are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);
/// A day in µs.
const DAY_US: i64 = 24 * 3_600 * 1_000_000;
/// Tries to find the next free number in a call's history; another process may take one meanwhile.
const TRIES_MAX: u32 = 5;

/// What the retention works with.
pub struct Keeping {
    pub shelf: Shelf,
    pub keep_days: u32,
    pub store: Arc<dyn Store>,
    pub clock: Clock,
}

/// Removes what is too old, now and every hour.
pub async fn keep_shelf(keeping: Keeping) {
    loop {
        if let Err(error) = sweep(&keeping).await {
            tracing::error!(alarm = true, "recordings could not be looked through: {error}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn sweep(keeping: &Keeping) -> std::io::Result<()> {
    let now_us = keeping.clock.unix_us();
    let oldest = now_us - i64::from(keeping.keep_days) * DAY_US;
    for entry in keeping.shelf.older_than(oldest)? {
        let why = format!("keep-days = {}", keeping.keep_days);
        let kind = EventKind::RecordingRemoved { by: "the server".to_owned(), why };
        // first the word, then the deed: nothing vanishes without a trace
        match write(&*keeping.store, entry.call, now_us, kind).await {
            Ok(()) => remove(&keeping.shelf, &entry),
            Err(error) => {
                tracing::error!(alarm = true, call = %entry.call, "a recording past its time stays: {error}");
                return Ok(());
            }
        }
    }
    Ok(())
}

fn remove(shelf: &Shelf, entry: &Entry) {
    match shelf.remove(entry) {
        Ok(()) => tracing::info!(call = %entry.call, "a recording past its time was removed"),
        Err(error) => {
            tracing::error!(alarm = true, call = %entry.call, %error, "a recording past its time stays");
        }
    }
}

/// Writes a word about a recording into the history of its call, behind all that stands there.
///
/// # Errors
/// The store's, in words.
pub async fn write(
    store: &dyn Store,
    call: CallId,
    at_us: i64,
    kind: EventKind,
) -> Result<(), String> {
    let failed = |error: store::StoreError| crate::causes::with_causes(&error);
    for _ in 0..TRIES_MAX {
        let found = store.call(call).await.map_err(failed)?;
        let (case, seq) = match &found {
            Some((record, events)) => (record.case, events.last().map_or(0, |e| e.event.seq + 1)),
            None => return Err(format!("there is no {call} on record")),
        };
        let event = Event { call, seq, case, at_us, kind: kind.clone() };
        store.append(std::slice::from_ref(&event), &[]).await.map_err(failed)?;
        let kept = store.call(call).await.map_err(failed)?;
        let is_ours =
            |(_, events): (_, Vec<store::KeptEvent>)| events.iter().any(|kept| kept.event == event);
        if kept.is_some_and(is_ours) {
            return Ok(());
        }
    }
    Err("its history is being written to by others; try again".to_owned())
}
