//! The one history of events, and the record of every call.
//!
//! ```text
//!   chain_head ──> events: position 1, 2, 3 …   hash(n) = SHA-256(hash(n-1), call, seq, case, µs, body)
//! ```
//!
//! Owns: the order of the chain (whoever appends holds `chain_head` until its commit).
//! Never: an update or a removal of an event.

use crate::contract::{ChainFault, ChainReport, KeptEvent};
use crate::database::{Database, Row, Rows, Transaction, Value, values};
use crate::errors::StoreError;
use crate::limits::{CHAIN_PAGE, EVENTS_PER_CALL_MAX, LIST_MAX};
use ids::{CallId, CaseId};
use records::{CallRecord, ChainHash, Event, EventKind};

/// Takes all for new, as it nearly always is; if some are kept already, looks at each.
pub(crate) async fn append(
    db: &dyn Database,
    events: &[Event],
    calls: &[CallRecord],
) -> Result<(), StoreError> {
    let mut tx = db.write().await?;
    if !append_new(&mut *tx, events).await? {
        // What was inserted stands at wrong places of the chain: this transaction never was.
        drop(tx);
        tx = db.write().await?;
        append_missing(&mut *tx, events).await?;
    }
    let row = |call: &CallRecord| {
        let body = serde_json::to_string(call).unwrap_or_default();
        let case = call.case.map(|case| case.0 as i64);
        values![call.id.0 as i64, call.created_us, case, body]
    };
    let values = calls.iter().flat_map(row).collect();
    let into = "INSERT INTO calls (id, created_us, case_id, body)";
    tx.insert(Rows { into, rest: "ON CONFLICT (id) DO NOTHING", width: 4, values }).await?;
    tx.commit().await
}

/// Appends all of them; false when one of them was kept already.
async fn append_new(tx: &mut dyn Transaction, events: &[Event]) -> Result<bool, StoreError> {
    if events.is_empty() {
        return Ok(true);
    }
    let (mut position, mut hash) = hold_head(tx).await?;
    let mut values = Vec::with_capacity(events.len() * EVENT_WIDTH);
    for event in events {
        let row;
        (row, hash) = link(event, position + 1, hash);
        values.extend(row);
        position += 1;
    }
    if tx.insert(event_rows(values)).await? < events.len() as u64 {
        return Ok(false);
    }
    set_head(tx, position, hash).await.map(|()| true)
}

/// Appends those that are not kept yet, one by one: each one's hash covers the last that was new.
async fn append_missing(tx: &mut dyn Transaction, events: &[Event]) -> Result<(), StoreError> {
    let (mut position, mut hash) = hold_head(tx).await?;
    for event in events {
        let (row, next) = link(event, position + 1, hash);
        if tx.insert(event_rows(row.into())).await? == 1 {
            (position, hash) = (position + 1, next);
        }
    }
    set_head(tx, position, hash).await
}

const EVENT_WIDTH: usize = 8;

/// The event's row at this place of the chain, and its hash.
fn link(event: &Event, position: i64, before: ChainHash) -> ([Value; EVENT_WIDTH], ChainHash) {
    let body = event.body();
    let hash = before.next(event.call, event.seq, event.case, event.at_us, &body);
    let row = [
        Value::from(position),
        Value::from(event.call.0 as i64),
        Value::from(i64::from(event.seq)),
        Value::from(event.case.map(|case| case.0 as i64)),
        Value::from(event.at_us),
        Value::from(EventKind::named_in(&body)),
        Value::from(body),
        Value::from(hash.0),
    ];
    (row, hash)
}

fn event_rows(values: Vec<Value>) -> Rows {
    let into = "INSERT INTO events (position, call_id, seq, case_id, at_us, kind, body, hash)";
    Rows { into, rest: "ON CONFLICT (call_id, seq) DO NOTHING", width: EVENT_WIDTH, values }
}

/// Appends what is written beside a call, in the caller's own transaction: numbered from
/// [`Event::BESIDE`] on, for the call counts its own events elsewhere.
pub(crate) async fn append_beside(
    tx: &mut dyn Transaction,
    (call, case): (CallId, CaseId),
    at_us: i64,
    kinds: Vec<EventKind>,
) -> Result<(), StoreError> {
    let (mut position, mut hash) = hold_head(tx).await?;
    let sql = "SELECT coalesce(max(seq) + 1, $2) FROM events WHERE call_id = $1 AND seq >= $2";
    let rows = tx.read("events", sql, values![call.0 as i64, i64::from(Event::BESIDE)]).await?;
    let damaged = StoreError::Damaged { table: "events", column: "seq" };
    let next = rows.first().map_or(Ok(0), |row| row.int(0, "seq"))?;
    let Ok(first) = u32::try_from(next) else { return Err(damaged) };
    let (count, mut values) = (kinds.len(), Vec::new());
    for (kind, seq) in kinds.into_iter().zip(first..) {
        let row;
        (row, hash) = link(&Event { call, seq, case: Some(case), at_us, kind }, position + 1, hash);
        values.extend(row);
        position += 1;
    }
    if tx.insert(event_rows(values)).await? < count as u64 {
        return Err(damaged);
    }
    set_head(tx, position, hash).await
}

/// The chain's end. An update that changes nothing takes the row's lock: the next writer waits here.
async fn hold_head(tx: &mut dyn Transaction) -> Result<(i64, ChainHash), StoreError> {
    let sql = "UPDATE chain_head SET id = 1 WHERE id = 1 RETURNING position, hash";
    let rows = tx.read("chain_head", sql, vec![]).await?;
    read_head(rows.first())
}

async fn set_head(
    tx: &mut dyn Transaction,
    position: i64,
    hash: ChainHash,
) -> Result<(), StoreError> {
    let sql = "UPDATE chain_head SET position = $1, hash = $2 WHERE id = 1";
    tx.execute(sql, values![position, hash.0]).await.map(drop)
}

fn read_head(row: Option<&Row>) -> Result<(i64, ChainHash), StoreError> {
    let row = row.ok_or(StoreError::Damaged { table: "chain_head", column: "id" })?;
    let hash = row.hash(1, "hash")?.ok_or_else(|| row.damaged("hash"))?;
    Ok((row.int(0, "position")?, ChainHash(hash)))
}

pub(crate) async fn calls(
    db: &dyn Database,
    limit: u32,
    before: Option<CallId>,
) -> Result<Vec<CallRecord>, StoreError> {
    let limit = Value::from(i64::from(limit.min(LIST_MAX)));
    let rows = match before {
        None => {
            let sql = "SELECT body FROM calls ORDER BY created_us DESC, id DESC LIMIT $1";
            db.read("calls", sql, vec![limit]).await?
        }
        Some(call) => {
            let sql = "SELECT body FROM calls WHERE (created_us, id) < \
                       (SELECT b.created_us, b.id FROM calls b WHERE b.id = $1) \
                       ORDER BY created_us DESC, id DESC LIMIT $2";
            db.read("calls", sql, vec![Value::from(call.0 as i64), limit]).await?
        }
    };
    rows.iter().map(read_call).collect()
}

pub(crate) async fn call(
    db: &dyn Database,
    id: CallId,
) -> Result<Option<(CallRecord, Vec<KeptEvent>)>, StoreError> {
    let sql = "SELECT body FROM calls WHERE id = $1";
    let rows = db.read("calls", sql, values![id.0 as i64]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let record = read_call(row)?;
    let sql = "SELECT position, call_id, seq, case_id, at_us, kind, body, hash FROM events \
               WHERE call_id = $1 ORDER BY seq LIMIT $2";
    let rows = db.read("events", sql, values![id.0 as i64, EVENTS_PER_CALL_MAX]).await?;
    let events = rows.iter().map(read_event).collect::<Result<_, _>>()?;
    Ok(Some((record, by_time(events))))
}

/// The call's own events in their order, those written beside it between them by their time.
fn by_time(mut events: Vec<KeptEvent>) -> Vec<KeptEvent> {
    let own = events.partition_point(|kept| kept.event.seq < Event::BESIDE);
    for beside in events.split_off(own) {
        let later = |kept: &KeptEvent| kept.event.at_us > beside.event.at_us;
        let place = events.iter().position(later).unwrap_or(events.len());
        events.insert(place, beside);
    }
    events
}

fn read_call(row: &Row) -> Result<CallRecord, StoreError> {
    serde_json::from_str(row.text(0, "body")?).map_err(|_| row.damaged("body"))
}

fn read_event(row: &Row) -> Result<KeptEvent, StoreError> {
    let kind: EventKind =
        serde_json::from_str(row.text(6, "body")?).map_err(|_| row.damaged("body"))?;
    let seq = u32::try_from(row.int(2, "seq")?).map_err(|_| row.damaged("seq"))?;
    Ok(KeptEvent {
        event: Event {
            call: CallId(row.int(1, "call_id")? as u64),
            seq,
            case: row.int_or_null(3, "case_id")?.map(|case| CaseId(case as u64)),
            at_us: row.int(4, "at_us")?,
            kind,
        },
        position: row.int(0, "position")?,
        hash: ChainHash(row.hash(7, "hash")?.ok_or_else(|| row.damaged("hash"))?),
    })
}

/// Walks page by page. The head is read first: events appended meanwhile are left for the next walk.
pub(crate) async fn verify_chain(db: &dyn Database) -> Result<ChainReport, StoreError> {
    let sql = "SELECT position, hash FROM chain_head WHERE id = 1";
    let (last, head) = read_head(db.read("chain_head", sql, vec![]).await?.first())?;
    let mut report = ChainReport { events: 0, head: ChainHash::default(), fault: None };
    loop {
        let sql = "SELECT position, call_id, seq, case_id, at_us, kind, body, hash FROM events \
                   WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3";
        let page = values![report.events as i64, last, CHAIN_PAGE];
        let rows = db.read("events", sql, page).await?;
        for row in &rows {
            let place = row.int(0, "position")?;
            if let Some(fault) = step(&mut report, row, place)? {
                return Ok(ChainReport { fault: Some(fault), ..report });
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    report.fault = ending(db, &report, last, head).await?;
    Ok(report)
}

/// One event further, or what is wrong with it.
fn step(
    report: &mut ChainReport,
    row: &Row,
    position: i64,
) -> Result<Option<ChainFault>, StoreError> {
    let expected = report.events as i64 + 1;
    if position != expected {
        return Ok(Some(ChainFault::Missing { position: expected }));
    }
    let (call, seq) = (CallId(row.int(1, "call_id")? as u64), row.int(2, "seq")?);
    let case = row.int_or_null(3, "case_id")?.map(|case| CaseId(case as u64));
    let body = row.text(6, "body")?;
    let number = u32::try_from(seq).unwrap_or(u32::MAX);
    let hash = report.head.next(call, number, case, row.int(4, "at_us")?, body);
    let kind_fits = row.text(5, "kind")? == kind_of(body);
    if row.hash(7, "hash")? != Some(hash.0) || !kind_fits {
        return Ok(Some(ChainFault::Changed { position, call, seq }));
    }
    report.events += 1;
    report.head = hash;
    Ok(None)
}

/// The column `kind` repeats the body's; it is not hashed, so it is compared.
fn kind_of(body: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let kind = value.as_ref().and_then(|value| value["kind"].as_str());
    kind.unwrap_or("unknown").to_owned()
}

/// The walk came to its end: is it the end that was written?
async fn ending(
    db: &dyn Database,
    report: &ChainReport,
    last: i64,
    head: ChainHash,
) -> Result<Option<ChainFault>, StoreError> {
    let walked = report.events as i64;
    if walked < last {
        return Ok(Some(ChainFault::Missing { position: walked + 1 }));
    }
    if report.head != head {
        return Ok(Some(ChainFault::Head { position: last }));
    }
    // The newest event first, then the head: an honest append between the two moves the head further.
    let sql = "SELECT position FROM events ORDER BY position DESC LIMIT 1";
    let newest = db.read("events", sql, vec![]).await?;
    let newest = newest.first().map_or(Ok(0), |row| row.int(0, "position"))?;
    let sql = "SELECT position, hash FROM chain_head WHERE id = 1";
    let (noted, _) = read_head(db.read("chain_head", sql, vec![]).await?.first())?;
    Ok((newest > noted).then_some(ChainFault::Added { position: newest }))
}
