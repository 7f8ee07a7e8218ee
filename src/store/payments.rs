//! The journal of card payments: every step on disk before what depends on it.
//!
//! ```text
//!   one transaction:  hold the case ─ what stands? ─ may it follow? ─ step ─ balance ─ history ─ commit
//!                                       │ the same: kept once                                      │
//!                                       ▼                                            only now: Ok ─┘
//! ```
//!
//! Owns: that steps follow each other as [`PaymentState::may_follow`] says, one open attempt a case, the
//! balance's change in the same transaction, limits on cards and declines.
//! Never: more of a card than brand and last four; an update or a removal of a step.

mod audit;
mod gate;
mod listing;
mod rows;
mod wishes;

pub(crate) use audit::verify;
pub(crate) use gate::ask as gate;
pub(crate) use listing::{list, open, steps};
pub(crate) use wishes::{approve_back, ask_back, wishes};

use crate::database::{Database, Transaction, values};
use crate::errors::{PaymentRefused, StoreError};
use crate::history;
use crate::limits::{ATTEMPTS_MAX, PAYMENT_TEXT_CHARS_MAX};
use gate::{Who, hold_case};
use ids::{CaseId, Money};
use records::{EventKind, PaymentGate, PaymentState, PaymentStep};

/// What a case owes, if there is such a case.
type Owed = Option<Money>;

pub(crate) async fn journal(
    db: &dyn Database,
    step: &PaymentStep,
    caller: Option<String>,
) -> Result<(), StoreError> {
    well_formed(step)?;
    let mut tx = db.write().await?;
    tx.make_durable().await?;
    // Whoever writes about a payment holds its case first: two at once come one after the other.
    let owed = hold_case(&mut *tx, step.case).await?;
    let so_far = rows::of_attempt(&mut *tx, step.payment, step.attempt).await?;
    if let Some(kept) = so_far.iter().find(|kept| kept.state == step.state) {
        return same(kept, step).map_err(StoreError::from);
    }
    let before = so_far.last();
    if !step.state.may_follow(before.map(|before| before.state)) {
        return Err(out_of_turn(step, before.map(|before| before.state)).into());
    }
    match before {
        None => admit(&mut *tx, step, caller, owed).await?,
        Some(before) => continues(before, step)?,
    }
    rows::add_step(&mut *tx, step, so_far.len()).await?;
    rows::move_attempt(&mut *tx, step).await?;
    let left = book(&mut *tx, step, before.map(|before| before.state), owed).await?;
    let told = told(step, before.map(|before| before.state), left);
    history::append_beside(&mut *tx, (step.call, step.case), step.at_us, told).await?;
    tx.commit().await
}

/// A fault of the program, found before anything is written.
fn well_formed(step: &PaymentStep) -> Result<(), PaymentRefused> {
    let PaymentStep { payment, state, .. } = *step;
    let wrong = |field| Err(PaymentRefused::Malformed { payment, state, field });
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let needs_reference = !matches!(state, PaymentState::Intent | PaymentState::Abandoned);
    let texts = [&step.caller, &step.reference, &step.reason, &step.code, &step.funding];
    let mut texts = texts.into_iter().flatten().chain([&step.gateway, &step.by]);
    if !(1..=ATTEMPTS_MAX).contains(&step.attempt) {
        return wrong("number of tries");
    }
    if step.amount.minor == 0 || step.amount.minor > Money::MINOR_MAX {
        return wrong("amount");
    }
    match &step.card {
        Some(card) if card.last_four.len() != 4 || !digits(&card.last_four) => {
            return wrong("end of a card");
        }
        Some(card) if card.brand.is_empty() || card.brand.bytes().any(|b| b.is_ascii_digit()) => {
            return wrong("brand of a card");
        }
        None if state == PaymentState::Intent => return wrong("missing card"),
        _ => {}
    }
    if needs_reference && step.reference.as_deref().is_none_or(str::is_empty) {
        return wrong("missing reference");
    }
    match texts.any(|text| text.chars().count() > PAYMENT_TEXT_CHARS_MAX) {
        true => wrong("long text"),
        false => Ok(()),
    }
}

/// Written before: kept once, if it is the same.
fn same(kept: &PaymentStep, step: &PaymentStep) -> Result<(), PaymentRefused> {
    if kept.amount != step.amount {
        return Err(differs(step, "amount"));
    }
    if kept.reference != step.reference {
        return Err(differs(step, "reference"));
    }
    match kept.case == step.case {
        true => Ok(()),
        false => Err(differs(step, "case")),
    }
}

/// What never changes from one step to the next.
fn continues(before: &PaymentStep, step: &PaymentStep) -> Result<(), PaymentRefused> {
    let some = step.state == PaymentState::Refunded
        && step.amount.currency == before.amount.currency
        && step.amount.minor <= before.amount.minor;
    if step.amount != before.amount && !some {
        return Err(differs(step, "amount"));
    }
    if step.case != before.case {
        return Err(differs(step, "case"));
    }
    if step.gateway != before.gateway {
        return Err(differs(step, "gateway"));
    }
    match before.reference.is_none() || before.reference == step.reference {
        true => Ok(()),
        false => Err(differs(step, "reference")),
    }
}

fn differs(step: &PaymentStep, field: &'static str) -> PaymentRefused {
    PaymentRefused::Differs { payment: step.payment, attempt: step.attempt, field }
}

fn out_of_turn(step: &PaymentStep, before: Option<PaymentState>) -> PaymentRefused {
    let PaymentStep { payment, attempt, state: wanted, .. } = *step;
    PaymentRefused::OutOfTurn { payment, attempt, before, wanted }
}

/// A new attempt: the ones before it came to nothing, and the gate is open still.
async fn admit(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
    caller: Option<String>,
    owed: Owed,
) -> Result<(), StoreError> {
    for (attempt, state) in rows::attempts(tx, step.payment).await? {
        if !state.came_to_nothing() {
            return Err(PaymentRefused::NotOver { payment: step.payment, attempt, state }.into());
        }
    }
    let card = step.card.as_ref().map(rows::card_name);
    let who = Who { case: step.case, caller: caller.as_deref(), card: card.as_deref() };
    match gate::look(tx, &who, step.amount, step.at_us, owed).await? {
        PaymentGate::Open => rows::begin_attempt(tx, step, &who).await,
        PaymentGate::CaseLocked => match rows::open_payment_of(tx, step.case).await? {
            Some(by) => Err(PaymentRefused::CaseLocked { case: step.case, by }.into()),
            None => Err(StoreError::Damaged { table: "payment_attempts", column: "is_open" }),
        },
        PaymentGate::Limit(limit) => Err(PaymentRefused::Limit(limit).into()),
        PaymentGate::AmountWrong => Err(PaymentRefused::AmountWrong(step.case).into()),
    }
}

/// Books what the step changes in what the case owes; returns what it owes from then on.
///
/// An import may have changed the balance since the caller consented. Money that moved is booked all
/// the same: as much as is owed, and what was booked is what comes back.
async fn book(
    tx: &mut dyn Transaction,
    step: &PaymentStep,
    before: Option<PaymentState>,
    owed: Owed,
) -> Result<Owed, StoreError> {
    let same_currency = owed.filter(|owed| owed.currency == step.amount.currency);
    let Some(owed) = same_currency else {
        if step.state == PaymentState::Posted {
            tracing::error!(alarm = true, payment = %step.payment, case = %step.case, "a payment was posted and its case owes in another currency: correct its balance by hand");
        }
        return Ok(owed);
    };
    let left = match (before, step.state) {
        (_, PaymentState::Posted) => {
            let deducted = owed.minor.min(step.amount.minor);
            rows::set_deducted(tx, step, deducted).await?;
            owed.minor - deducted
        }
        (Some(PaymentState::Posted), PaymentState::Voided | PaymentState::Refunded) => {
            let deducted = rows::deducted(tx, step).await?;
            (owed.minor + deducted.min(step.amount.minor)).min(Money::MINOR_MAX)
        }
        _ => return Ok(Some(owed)),
    };
    set_owed(tx, step.case, left).await?;
    Ok(Some(Money::new(left, owed.currency)))
}

async fn set_owed(tx: &mut dyn Transaction, case: CaseId, minor: u64) -> Result<(), StoreError> {
    let sql = "UPDATE cases SET outstanding_minor = $2 WHERE id = $1";
    tx.execute(sql, values![case.0 as i64, minor as i64]).await.map(drop)
}

/// What the history says: the step, and a receipt when money was booked.
fn told(step: &PaymentStep, before: Option<PaymentState>, left: Owed) -> Vec<EventKind> {
    let mut told = vec![EventKind::PaymentStep(Box::new(step.note(env!("CARGO_PKG_VERSION"))))];
    let back = before == Some(PaymentState::Posted);
    if step.state == PaymentState::Posted || back {
        told.push(EventKind::Receipt {
            payment: step.payment.to_string(),
            what: step.state,
            amount: step.amount.to_string(),
            left: left.map(|left| left.to_string()).unwrap_or_default(),
            card: step.card.clone(),
        });
    }
    told
}
