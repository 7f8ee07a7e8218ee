//! Money that shall be given back: one user asks, another one approves. Both words stand in the history.
//!
//! ```text
//!   ─ ask ─▶ asked ─ approve (somebody else) ─▶ approved ─▶ Voided by the resolver, Refunded by the command
//!             │ ▲
//!             └─┘ ask: the newer wish stands
//! ```

use super::gate::hold_case;
use super::{listing, rows};
use crate::contract::{PaymentWish, WishKind, WishWord};
use crate::database::{Database, Row, Transaction, values};
use crate::errors::{PaymentRefused, StoreError};
use crate::history;
use crate::limits::PAYMENT_TEXT_CHARS_MAX;
use ids::Money;
use records::{EventKind, PaymentId, PaymentState, PaymentStep};

const COLUMNS: &str = "SELECT w.attempt, w.what, w.minor, s.currency, w.asked_by, w.asked_us, \
    w.approved_by, w.approved_us FROM payment_wishes w \
    JOIN payment_steps s ON s.payment = w.payment AND s.attempt = w.attempt AND s.state = 'intent' \
    WHERE w.payment = $1 ORDER BY w.attempt";

pub(crate) async fn wishes(
    db: &dyn Database,
    id: PaymentId,
) -> Result<Vec<PaymentWish>, StoreError> {
    let rows = db.read("payment_wishes", COLUMNS, values![id.to_string()]).await?;
    rows.iter().map(|row| read_wish(id, row)).collect()
}

pub(crate) async fn ask_back(
    db: &dyn Database,
    word: &WishWord<'_>,
) -> Result<PaymentWish, StoreError> {
    let (mut tx, step) = hold(db, word).await?;
    if current(&mut *tx, &step).await?.is_some_and(|wish| wish.approved.is_some()) {
        return Err(PaymentRefused::Approved(word.payment).into());
    }
    let wish = PaymentWish {
        payment: word.payment,
        attempt: step.attempt,
        kind: word.kind,
        amount: word.amount.unwrap_or(step.amount),
        asked: (name(word.by), word.at_us),
        approved: None,
    };
    let sql = "INSERT INTO payment_wishes (payment, attempt, what, minor, asked_by, asked_us) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (payment, attempt) DO UPDATE SET \
               what = excluded.what, minor = excluded.minor, asked_by = excluded.asked_by, \
               asked_us = excluded.asked_us";
    let with = values![
        wish.payment.to_string(),
        i64::from(wish.attempt),
        wish.kind.name(),
        wish.amount.minor as i64,
        wish.asked.0.as_str(),
        wish.asked.1,
    ];
    tx.execute(sql, with).await?;
    tell(&mut *tx, &step, &wish, word).await?;
    tx.commit().await?;
    Ok(wish)
}

pub(crate) async fn approve_back(
    db: &dyn Database,
    word: &WishWord<'_>,
) -> Result<PaymentWish, StoreError> {
    let (mut tx, step) = hold(db, word).await?;
    let asked = current(&mut *tx, &step).await?;
    // Who approves says the amount again: a wish that was changed meanwhile is another one.
    let amount = word.amount.unwrap_or(step.amount);
    let asked = asked.filter(|wish| wish.kind == word.kind && wish.amount == amount);
    let mut wish = asked.ok_or(PaymentRefused::NotAsked(word.payment))?;
    let by = name(word.by);
    if by.to_lowercase() == wish.asked.0.to_lowercase() {
        return Err(PaymentRefused::SamePerson(word.payment).into());
    }
    if wish.approved.is_some() {
        return Ok(wish);
    }
    let sql = "UPDATE payment_wishes SET approved_by = $3, approved_us = $4 \
               WHERE payment = $1 AND attempt = $2";
    let with = values![word.payment.to_string(), i64::from(step.attempt), by.as_str(), word.at_us];
    tx.execute(sql, with).await?;
    wish.approved = Some((by, word.at_us));
    tell(&mut *tx, &step, &wish, word).await?;
    tx.commit().await?;
    Ok(wish)
}

/// A transaction that holds the payment's case, and the newest step of the attempt that took money.
async fn hold(
    db: &dyn Database,
    word: &WishWord<'_>,
) -> Result<(Box<dyn Transaction>, PaymentStep), StoreError> {
    let unknown = || PaymentRefused::NoSuchPayment(word.payment);
    let case = listing::steps(db, word.payment).await?.first().ok_or_else(unknown)?.case;
    let mut tx = db.write().await?;
    tx.make_durable().await?;
    hold_case(&mut *tx, case).await?;
    let (attempt, _) = *rows::attempts(&mut *tx, word.payment).await?.last().ok_or_else(unknown)?;
    let steps = rows::of_attempt(&mut *tx, word.payment, attempt).await?;
    let step = steps.into_iter().last().ok_or_else(unknown)?;
    possible(&step, word)?;
    Ok((tx, step))
}

fn possible(step: &PaymentStep, word: &WishWord<'_>) -> Result<(), PaymentRefused> {
    let PaymentStep { payment, state, amount, .. } = *step;
    let after = match word.kind {
        WishKind::Void => PaymentState::Voided,
        WishKind::Refund => PaymentState::Refunded,
    };
    if !after.may_follow(Some(state)) {
        return Err(PaymentRefused::NothingToGiveBack { payment, state, what: word.kind.name() });
    }
    let wanted = word.amount.unwrap_or(amount);
    let fits = wanted.currency == amount.currency && (1..=amount.minor).contains(&wanted.minor);
    if !fits || (word.kind == WishKind::Void && wanted != amount) {
        return Err(PaymentRefused::TooMuch(payment));
    }
    match word.by.trim().is_empty() {
        true => Err(PaymentRefused::Malformed { payment, state, field: "empty name" }),
        false => Ok(()),
    }
}

async fn current(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
) -> Result<Option<PaymentWish>, StoreError> {
    let rows = tx.read("payment_wishes", COLUMNS, values![step.payment.to_string()]).await?;
    let mut all = Vec::new();
    for row in &rows {
        all.push(read_wish(step.payment, row)?);
    }
    Ok(all.into_iter().find(|wish| wish.attempt == step.attempt))
}

async fn tell(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
    wish: &PaymentWish,
    word: &WishWord<'_>,
) -> Result<(), StoreError> {
    let told = EventKind::PaymentWish {
        payment: wish.payment.to_string(),
        attempt: wish.attempt,
        what: wish.kind.name().to_owned(),
        amount: wish.amount.to_string(),
        by: name(word.by),
        approved: wish.approved.is_some(),
    };
    history::append_beside(tx, (step.call, step.case), word.at_us, vec![told]).await
}

fn name(by: &str) -> String {
    by.trim().chars().take(PAYMENT_TEXT_CHARS_MAX).collect()
}

fn read_wish(payment: PaymentId, row: &Row) -> Result<PaymentWish, StoreError> {
    let kind = match row.text(1, "what")? {
        "void" => WishKind::Void,
        "refund" => WishKind::Refund,
        _ => return Err(row.damaged("what")),
    };
    let approved = row.text_or_null(6, "approved_by")?.map(str::to_owned);
    let amount: Money = rows::money(row, 2)?;
    Ok(PaymentWish {
        payment,
        attempt: rows::attempt(row, 0)?,
        kind,
        amount,
        asked: (row.text(4, "asked_by")?.to_owned(), row.int(5, "asked_us")?),
        approved: approved.zip(row.int_or_null(7, "approved_us")?),
    })
}
