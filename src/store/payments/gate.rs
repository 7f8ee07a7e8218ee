//! Whether a card may be used now: the case's lock, what it owes, and the limits on declines and cards.
//!
//! Asked before a card is asked for, and again in the transaction of each attempt's first step: whatever
//! happened in between counts.

use super::{Owed, rows};
use crate::database::{Database, Transaction, Value, values};
use crate::errors::StoreError;
use crate::limits::{
    BREAKER_DECLINES_MIN, BREAKER_DECLINES_PERCENT, BREAKER_WINDOW_US, CALLER_DECLINES_MAX,
    CASE_CARDS_MAX, CASE_DECLINES_MAX, DAY_US,
};
use ids::{CaseId, Money};
use records::{PaymentAsk, PaymentGate, PaymentLimit};

/// Whose payment it is.
pub(super) struct Who<'a> {
    pub case: CaseId,
    /// A number in its one spelling; nobody in particular without it.
    pub caller: Option<&'a str>,
    /// Brand and last four, once known.
    pub card: Option<&'a str>,
}

pub(crate) async fn ask(
    db: &dyn Database,
    ask: &PaymentAsk,
    caller: Option<String>,
) -> Result<PaymentGate, StoreError> {
    let mut tx = db.write().await?;
    let owed = hold_case(&mut *tx, ask.case).await?;
    let who = Who { case: ask.case, caller: caller.as_deref(), card: None };
    look(&mut *tx, &who, ask.amount, ask.at_us, owed).await
}

/// What the case owes. An update that changes nothing takes the row's lock: the next one waits here.
pub(super) async fn hold_case(tx: &mut dyn Transaction, case: CaseId) -> Result<Owed, StoreError> {
    let sql = "UPDATE cases SET outstanding_minor = outstanding_minor WHERE id = $1 RETURNING outstanding_minor, currency";
    let rows = tx.read("cases", sql, values![case.0 as i64]).await?;
    rows.first().map(|row| rows::money(row, 0)).transpose()
}

pub(super) async fn look(
    tx: &mut dyn Transaction,
    who: &Who<'_>,
    amount: Money,
    now_us: i64,
    owed: Owed,
) -> Result<PaymentGate, StoreError> {
    if rows::open_payment_of(tx, who.case).await?.is_some() {
        return Ok(PaymentGate::CaseLocked);
    }
    let fits = |owed: &Money| owed.currency == amount.currency && amount.minor <= owed.minor;
    if amount.minor == 0 || !owed.is_some_and(|owed| fits(&owed)) {
        return Ok(PaymentGate::AmountWrong);
    }
    let limit = limit(tx, who, now_us).await?;
    Ok(limit.map_or(PaymentGate::Open, PaymentGate::Limit))
}

async fn limit(
    tx: &mut dyn Transaction,
    who: &Who<'_>,
    now_us: i64,
) -> Result<Option<PaymentLimit>, StoreError> {
    let since = now_us.saturating_sub(DAY_US);
    let sql = "SELECT count(*) FROM payment_attempts WHERE case_id = $1 AND declined_us > $2";
    let case = who.case.0 as i64;
    if count(tx, sql, values![case, since]).await? >= CASE_DECLINES_MAX {
        return Ok(Some(PaymentLimit::CaseDeclines));
    }
    if let Some(caller) = who.caller {
        let sql = "SELECT count(*) FROM payment_attempts WHERE caller = $1 AND declined_us > $2";
        if count(tx, sql, values![caller, since]).await? >= CALLER_DECLINES_MAX {
            return Ok(Some(PaymentLimit::CallerDeclines));
        }
    }
    if has_enough_cards(tx, who, since).await? {
        return Ok(Some(PaymentLimit::CaseCards));
    }
    Ok(is_broken(tx, now_us).await?.then_some(PaymentLimit::Breaker))
}

async fn count(tx: &mut dyn Transaction, sql: &str, with: Vec<Value>) -> Result<i64, StoreError> {
    let rows = tx.read("payment_attempts", sql, with).await?;
    rows.first().map_or(Ok(0), |row| row.int(0, "count"))
}

/// A card that was used before is none more.
async fn has_enough_cards(
    tx: &mut dyn Transaction,
    who: &Who<'_>,
    since: i64,
) -> Result<bool, StoreError> {
    let sql = "SELECT DISTINCT card FROM payment_attempts \
               WHERE case_id = $1 AND begun_us > $2 AND card IS NOT NULL";
    let rows = tx.read("payment_attempts", sql, values![who.case.0 as i64, since]).await?;
    let mut known = false;
    for row in &rows {
        known |= who.card == Some(row.text(0, "card")?);
    }
    Ok(rows.len() >= CASE_CARDS_MAX && !known)
}

/// Over all cases: so many declines against so few approvals are somebody who tries cards out.
async fn is_broken(tx: &mut dyn Transaction, now_us: i64) -> Result<bool, StoreError> {
    let since = now_us.saturating_sub(BREAKER_WINDOW_US);
    let sql = "SELECT count(*) FROM payment_attempts WHERE declined_us > $1";
    let declines = count(tx, sql, values![since]).await?;
    if declines < BREAKER_DECLINES_MIN {
        return Ok(false);
    }
    let sql = "SELECT count(*) FROM payment_attempts WHERE approved_us > $1";
    let approvals = count(tx, sql, values![since]).await?;
    Ok(declines * 100 >= (declines + approvals) * BREAKER_DECLINES_PERCENT)
}
