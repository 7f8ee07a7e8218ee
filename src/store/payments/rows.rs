//! The tables of payments, row by row.

use super::gate::Who;
use crate::database::{Database, Row, Transaction, values};
use crate::errors::StoreError;
use ids::{CallId, CaseId, Money};
use records::{CardEnd, PaymentId, PaymentState, PaymentStep};

/// The columns of [`read_step`], in its order, of a table called `s`.
macro_rules! step_columns {
    () => {
        "s.payment, s.attempt, s.state, s.at_us, s.call_id, s.case_id, s.minor, s.currency, s.caller, \
         s.gateway, s.reference, s.brand, s.last_four, s.reason, s.code, s.funding, s.done_by"
    };
}
pub(super) use step_columns;

/// How many there are.
pub(super) const STEP_WIDTH: usize = 17;

pub(super) async fn of_attempt(
    tx: &mut dyn Transaction,
    payment: PaymentId,
    attempt: u8,
) -> Result<Vec<PaymentStep>, StoreError> {
    let sql = concat!(
        "SELECT ",
        step_columns!(),
        " FROM payment_steps s WHERE s.payment = $1 AND s.attempt = $2 ORDER BY s.nth"
    );
    let with = values![payment.to_string(), i64::from(attempt)];
    tx.read("payment_steps", sql, with).await?.iter().map(read_step).collect()
}

/// The step of this name.
pub(super) async fn step(
    db: &dyn Database,
    payment: PaymentId,
    attempt: u8,
    state: PaymentState,
) -> Result<Option<PaymentStep>, StoreError> {
    let sql = concat!(
        "SELECT ",
        step_columns!(),
        " FROM payment_steps s WHERE s.payment = $1 AND s.attempt = $2 AND s.state = $3"
    );
    let with = values![payment.to_string(), i64::from(attempt), state.name()];
    db.read("payment_steps", sql, with).await?.first().map(read_step).transpose()
}

/// All attempts of a payment and where they stand.
pub(super) async fn attempts(
    tx: &mut dyn Transaction,
    payment: PaymentId,
) -> Result<Vec<(u8, PaymentState)>, StoreError> {
    let sql = "SELECT attempt, state FROM payment_attempts WHERE payment = $1 ORDER BY attempt";
    let rows = tx.read("payment_attempts", sql, values![payment.to_string()]).await?;
    rows.iter().map(|row| Ok((attempt(row, 0)?, state(row, 1)?))).collect()
}

/// The payment that locks the case.
pub(super) async fn open_payment_of(
    tx: &mut dyn Transaction,
    case: CaseId,
) -> Result<Option<PaymentId>, StoreError> {
    let sql = "SELECT payment FROM payment_attempts WHERE case_id = $1 AND is_open = 1";
    let rows = tx.read("payment_attempts", sql, values![case.0 as i64]).await?;
    rows.first().map(|row| payment(row, 0)).transpose()
}

pub(super) async fn add_step(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
    nth: usize,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO payment_steps (payment, attempt, nth, state, at_us, call_id, case_id, \
               minor, currency, caller, gateway, reference, brand, last_four, reason, code, funding, \
               done_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
               $16, $17, $18)";
    let with = values![
        step.payment.to_string(),
        i64::from(step.attempt),
        nth as i64,
        step.state.name(),
        step.at_us,
        step.call.0 as i64,
        step.case.0 as i64,
        step.amount.minor as i64,
        step.amount.currency.code(),
        step.caller.as_deref(),
        step.gateway.as_str(),
        step.reference.as_deref(),
        step.card.as_ref().map(|card| card.brand.as_str()),
        step.card.as_ref().map(|card| card.last_four.as_str()),
        step.reason.as_deref(),
        step.code.as_deref(),
        step.funding.as_deref(),
        step.by.as_str(),
    ];
    tx.execute(sql, with).await.map(drop)
}

/// The card as it is told from others.
pub(super) fn card_name(card: &CardEnd) -> String {
    format!("{} {}", card.brand, card.last_four)
}

pub(super) async fn begin_attempt(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
    who: &Who<'_>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO payment_attempts (payment, attempt, case_id, caller, card, state, \
               is_open, begun_us, last_us) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)";
    let with = values![
        step.payment.to_string(),
        i64::from(step.attempt),
        step.case.0 as i64,
        who.caller,
        who.card,
        step.state.name(),
        step.at_us,
    ];
    tx.execute(sql, with).await.map(drop)
}

/// Where the attempt stands from now on. A decline counts unless no issuer was asked.
pub(super) async fn move_attempt(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
) -> Result<(), StoreError> {
    let sent = step.reason.as_deref() != Some(PaymentStep::NOT_SENT);
    let declined = step.state == PaymentState::Declined && sent;
    let approved = step.state == PaymentState::Approved;
    let sql = "UPDATE payment_attempts SET state = $3, is_open = $4, last_us = $5, \
               declined_us = coalesce($6, declined_us), approved_us = coalesce($7, approved_us) \
               WHERE payment = $1 AND attempt = $2";
    let with = values![
        step.payment.to_string(),
        i64::from(step.attempt),
        step.state.name(),
        i64::from(step.state.is_open()),
        step.at_us,
        declined.then_some(step.at_us),
        approved.then_some(step.at_us),
    ];
    tx.execute(sql, with).await.map(drop)
}

/// What the step took off the balance.
pub(super) async fn set_deducted(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
    minor: u64,
) -> Result<(), StoreError> {
    let sql = "UPDATE payment_attempts SET deducted_minor = $3 WHERE payment = $1 AND attempt = $2";
    let with = values![step.payment.to_string(), i64::from(step.attempt), minor as i64];
    tx.execute(sql, with).await.map(drop)
}

pub(super) async fn deducted(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
) -> Result<u64, StoreError> {
    let sql = "SELECT deducted_minor FROM payment_attempts WHERE payment = $1 AND attempt = $2";
    let with = values![step.payment.to_string(), i64::from(step.attempt)];
    let rows = tx.read("payment_attempts", sql, with).await?;
    rows.first().map_or(Ok(0), |row| minor(row, 0))
}

pub(super) fn read_step(row: &Row) -> Result<PaymentStep, StoreError> {
    let owned =
        |column, name| Ok::<_, StoreError>(row.text_or_null(column, name)?.map(str::to_owned));
    let card = match (owned(11, "brand")?, owned(12, "last_four")?) {
        (Some(brand), Some(last_four)) => Some(CardEnd { brand, last_four }),
        _ => None,
    };
    Ok(PaymentStep {
        payment: payment(row, 0)?,
        attempt: attempt(row, 1)?,
        state: state(row, 2)?,
        at_us: row.int(3, "at_us")?,
        call: CallId(row.int(4, "call_id")? as u64),
        case: CaseId(row.int(5, "case_id")? as u64),
        amount: money(row, 6)?,
        caller: owned(8, "caller")?,
        gateway: row.text(9, "gateway")?.to_owned(),
        reference: owned(10, "reference")?,
        card,
        reason: owned(13, "reason")?,
        code: owned(14, "code")?,
        funding: owned(15, "funding")?,
        by: row.text(16, "done_by")?.to_owned(),
    })
}

pub(super) fn payment(row: &Row, column: usize) -> Result<PaymentId, StoreError> {
    row.text(column, "payment")?.parse().map_err(|_| row.damaged("payment"))
}

pub(super) fn attempt(row: &Row, column: usize) -> Result<u8, StoreError> {
    row.int(column, "attempt")?.try_into().map_err(|_| row.damaged("attempt"))
}

pub(super) fn state(row: &Row, column: usize) -> Result<PaymentState, StoreError> {
    PaymentState::named(row.text(column, "state")?).ok_or_else(|| row.damaged("state"))
}

pub(super) fn minor(row: &Row, column: usize) -> Result<u64, StoreError> {
    row.int(column, "minor")?.try_into().map_err(|_| row.damaged("minor"))
}

/// Minor units, and the currency in the next column.
pub(super) fn money(row: &Row, column: usize) -> Result<Money, StoreError> {
    let currency = row.text(column + 1, "currency")?.parse();
    Ok(Money::new(minor(row, column)?, currency.map_err(|_| row.damaged("currency"))?))
}
