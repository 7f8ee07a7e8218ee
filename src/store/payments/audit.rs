//! Whether the journal still says what the history was told: its rows are not chained, the events are.

use super::rows;
use crate::contract::{JournalFault, JournalReport};
use crate::database::{Database, Row, values};
use crate::errors::StoreError;
use crate::limits::CHAIN_PAGE;
use records::{EventKind, PaymentId};

/// Each event against its row; then whether there are rows that no event tells of. The rows are counted
/// first: what is journalled meanwhile brings its own event.
pub(crate) async fn verify(db: &dyn Database) -> Result<JournalReport, StoreError> {
    let rows = db.read("payment_steps", "SELECT count(*) FROM payment_steps", vec![]).await?;
    let kept = rows.first().map_or(Ok(0), |row| row.int(0, "count"))?;
    let mut report = JournalReport { steps: 0, fault: None };
    let mut after = 0;
    loop {
        let sql = "SELECT position, call_id, case_id, at_us, body FROM events \
                   WHERE position > $1 AND kind = 'payment-step' ORDER BY position LIMIT $2";
        let page = db.read("events", sql, values![after, CHAIN_PAGE]).await?;
        let Some(last) = page.last() else { break };
        after = last.int(0, "position")?;
        for row in &page {
            if let Some(fault) = compare(db, row).await? {
                return Ok(JournalReport { fault: Some(fault), ..report });
            }
            report.steps += 1;
        }
    }
    let untold = kept - report.steps as i64;
    report.fault = (untold > 0).then_some(JournalFault::Untold { steps: untold });
    Ok(report)
}

async fn compare(db: &dyn Database, row: &Row) -> Result<Option<JournalFault>, StoreError> {
    let position = row.int(0, "position")?;
    let body: EventKind =
        serde_json::from_str(row.text(4, "body")?).map_err(|_| row.damaged("body"))?;
    let EventKind::PaymentStep(note) = body else { return Err(row.damaged("kind")) };
    let payment: PaymentId = note.payment.parse().map_err(|_| row.damaged("body"))?;
    let Some(step) = rows::step(db, payment, note.attempt, note.state).await? else {
        return Ok(Some(JournalFault::Missing { position, payment }));
    };
    let same = step.note(&note.program) == *note
        && row.int(1, "call_id")? as u64 == step.call.0
        && row.int_or_null(2, "case_id")?.map(|case| case as u64) == Some(step.case.0)
        && row.int(3, "at_us")? == step.at_us;
    Ok((!same).then_some(JournalFault::Changed { position, payment }))
}
