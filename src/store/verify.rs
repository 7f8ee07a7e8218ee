//! Proving the right party, with tries counted on disk before anybody hears the answer.
//!
//! ```text
//!   one transaction:  lock case and caller number ─ locked? ─ compare ─ count or forget ─ commit
//!                                                                                           │
//!                                                                            only now: the answer
//! ```
//!
//! Owns: the limits of `decency.md` (5 a case, 10 a caller number in 24 hours, then 24 hours locked).
//! Never: an answer before the commit; less work for one kind of failure than for another. The 3 tries
//! a call are the dialplan's.

use crate::contract::{VerifyAttempt, VerifyOutcome};
use crate::database::{Database, Row, Transaction, values};
use crate::errors::StoreError;
use crate::limits::{CALLER_FAILURES_MAX, CASE_FAILURES_MAX, DAY_US, PIN_LIFE_US};
use records::{Digest, Factor};

/// Who is counted, and how many failures it may have.
struct Subject {
    name: String,
    failures_max: i64,
}

pub(crate) async fn verify(
    db: &dyn Database,
    attempt: &VerifyAttempt,
    caller: Option<String>,
) -> Result<VerifyOutcome, StoreError> {
    let mut tx = db.write().await?;
    // Every try takes the case first, then the caller: two tries can wait for each other, not deadlock.
    let case = format!("case:{}", attempt.case.0);
    let mut subjects = vec![Subject { name: case, failures_max: CASE_FAILURES_MAX }];
    // A withheld number is nobody in particular: only the case counts.
    subjects.extend(caller.map(|number| Subject {
        name: format!("caller:{number}"),
        failures_max: CALLER_FAILURES_MAX,
    }));
    let mut locked = false;
    for subject in &subjects {
        locked |= hold(&mut *tx, subject, attempt.at_us).await?;
    }
    let right = matches(&mut *tx, attempt).await?;
    let outcome = match (locked, right) {
        (true, _) => VerifyOutcome::Locked,
        (false, true) => {
            forget(&mut *tx, &subjects[0]).await?;
            VerifyOutcome::Ok
        }
        (false, false) => count_all(&mut *tx, &subjects, attempt.at_us).await?,
    };
    tx.commit().await?;
    Ok(outcome)
}

/// Holds the subject's row until the commit, so that parallel tries come one after the other; true
/// when it is locked.
async fn hold(tx: &mut dyn Transaction, who: &Subject, now_us: i64) -> Result<bool, StoreError> {
    let sql = "INSERT INTO verify_subjects (subject, tries, locked_until_us) VALUES ($1, 1, 0) \
               ON CONFLICT (subject) DO UPDATE SET tries = verify_subjects.tries + 1";
    tx.execute(sql, values![who.name.as_str()]).await?;
    let sql = "SELECT locked_until_us FROM verify_subjects WHERE subject = $1";
    let rows = tx.read("verify_subjects", sql, values![who.name.as_str()]).await?;
    match rows.first() {
        Some(row) => Ok(row.int(0, "locked_until_us")? > now_us),
        None => Err(StoreError::Damaged { table: "verify_subjects", column: "subject" }),
    }
}

async fn count_all(
    tx: &mut dyn Transaction,
    subjects: &[Subject],
    now_us: i64,
) -> Result<VerifyOutcome, StoreError> {
    let mut locks = false;
    for subject in subjects {
        locks |= count(tx, subject, now_us).await?;
    }
    Ok(if locks { VerifyOutcome::Locked } else { VerifyOutcome::Failed })
}

/// Counts one failure; true when it is the last one allowed, which locks.
async fn count(tx: &mut dyn Transaction, who: &Subject, now_us: i64) -> Result<bool, StoreError> {
    let name = who.name.as_str();
    let sql = "DELETE FROM verify_failures WHERE subject = $1 AND at_us <= $2";
    tx.execute(sql, values![name, now_us.saturating_sub(DAY_US)]).await?;
    let sql = "INSERT INTO verify_failures (subject, at_us) VALUES ($1, $2)";
    tx.execute(sql, values![name, now_us]).await?;
    let sql = "SELECT count(*) FROM verify_failures WHERE subject = $1";
    let rows = tx.read("verify_failures", sql, values![name]).await?;
    let failures = rows.first().map_or(Ok(0), |row| row.int(0, "count"))?;
    if failures < who.failures_max {
        return Ok(false);
    }
    let sql = "UPDATE verify_subjects SET locked_until_us = $2 WHERE subject = $1";
    tx.execute(sql, values![name, now_us.saturating_add(DAY_US)]).await?;
    // The lock stands for them; when it ends, counting begins anew.
    forget(tx, who).await?;
    Ok(true)
}

async fn forget(tx: &mut dyn Transaction, who: &Subject) -> Result<(), StoreError> {
    let sql = "DELETE FROM verify_failures WHERE subject = $1";
    tx.execute(sql, values![who.name.as_str()]).await.map(drop)
}

/// True when every digest keyed is the one on file. A case or factor that is not on file is compared
/// with zeros: the same work, and wrong.
async fn matches(tx: &mut dyn Transaction, attempt: &VerifyAttempt) -> Result<bool, StoreError> {
    let sql = "SELECT pin, birth_date, id_last4, pin_issued_us FROM cases WHERE id = $1";
    let rows = tx.read("cases", sql, values![attempt.case.0 as i64]).await?;
    let row = rows.first();
    let mut right = row.is_some() & !attempt.digests.is_empty();
    for (factor, keyed) in &attempt.digests {
        let on_file = row.map_or(Ok(None), |row| on_file(row, *factor))?;
        right &= equal(keyed, &on_file.unwrap_or_default()) & on_file.is_some();
        if *factor == Factor::Pin {
            let issued = row.map_or(Ok(None), |row| row.int_or_null(3, "pin_issued_us"))?;
            right &= issued.is_none_or(|at| at.saturating_add(PIN_LIFE_US) > attempt.at_us);
        }
    }
    Ok(right)
}

fn on_file(row: &Row, factor: Factor) -> Result<Option<[u8; 32]>, StoreError> {
    match factor {
        Factor::Pin => row.hash(0, "pin"),
        Factor::BirthDate => row.hash(1, "birth_date"),
        Factor::IdLast4 => row.hash(2, "id_last4"),
    }
}

/// Compares without stopping at the first difference.
fn equal(keyed: &Digest, on_file: &[u8; 32]) -> bool {
    let differing = keyed.0.iter().zip(on_file).fold(0u8, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(differing) == 0
}
