//! Payments as they are read: those with work to do, lists, one with all its steps.

use super::rows::{STEP_WIDTH, read_step, step_columns};
use crate::contract::PaymentFilter;
use crate::database::{Database, values};
use crate::errors::StoreError;
use crate::limits::LIST_MAX;
use records::{OpenPayment, PaymentId, PaymentStep};

pub(crate) async fn open(db: &dyn Database) -> Result<Vec<OpenPayment>, StoreError> {
    // A void that was approved is work as long as there is money to take back.
    let sql = concat!(
        "SELECT ",
        step_columns!(),
        ", w.asked_by, w.approved_by FROM payment_attempts a \
         JOIN payment_steps s ON s.payment = a.payment AND s.attempt = a.attempt \
         AND s.state = a.state \
         LEFT JOIN payment_wishes w ON w.payment = a.payment AND w.attempt = a.attempt \
         AND w.what = 'void' AND w.approved_by IS NOT NULL \
         WHERE a.is_open = 1 OR (a.state = 'posted' AND w.approved_by IS NOT NULL) \
         ORDER BY a.last_us, a.payment LIMIT $1"
    );
    let rows = db.read("payment_steps", sql, values![i64::from(LIST_MAX)]).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let asked = row.text_or_null(STEP_WIDTH, "asked_by")?.map(str::to_owned);
        let approved = row.text_or_null(STEP_WIDTH + 1, "approved_by")?.map(str::to_owned);
        all.push(OpenPayment { last: read_step(row)?, void: asked.zip(approved) });
    }
    Ok(all)
}

pub(crate) async fn list(
    db: &dyn Database,
    filter: &PaymentFilter,
    limit: u32,
) -> Result<Vec<PaymentStep>, StoreError> {
    let sql = concat!(
        "SELECT ",
        step_columns!(),
        " FROM payment_attempts a JOIN payment_steps s ON s.payment = a.payment \
         AND s.attempt = a.attempt AND s.state = a.state \
         WHERE a.is_open >= $1 AND a.last_us >= $2 AND a.case_id >= $3 AND a.case_id <= $4 \
         AND a.last_us < $5 \
         ORDER BY a.last_us DESC, a.payment, a.attempt DESC LIMIT $6"
    );
    let case = filter.case.map(|case| case.0 as i64);
    let with = values![
        i64::from(filter.open),
        filter.since_us.unwrap_or(i64::MIN),
        case.unwrap_or(i64::MIN),
        case.unwrap_or(i64::MAX),
        filter.until_us.unwrap_or(i64::MAX),
        i64::from(limit.min(LIST_MAX)),
    ];
    db.read("payment_steps", sql, with).await?.iter().map(read_step).collect()
}

pub(crate) async fn steps(
    db: &dyn Database,
    id: PaymentId,
) -> Result<Vec<PaymentStep>, StoreError> {
    let sql = concat!(
        "SELECT ",
        step_columns!(),
        " FROM payment_steps s WHERE s.payment = $1 ORDER BY s.attempt, s.nth LIMIT $2"
    );
    let with = values![id.to_string(), i64::from(LIST_MAX)];
    db.read("payment_steps", sql, with).await?.iter().map(read_step).collect()
}
