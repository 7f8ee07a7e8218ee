//! Cases on their way in: staged in tables of their own in short transactions, so that calls go on
//! meanwhile, then taken over in one.

use crate::contract::{NewCase, Staging};
use crate::database::{Database, Rows, Value, values};
use crate::errors::StoreError;
use crate::limits::DAY_US;
use async_trait::async_trait;
use records::Digest;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

struct Import<'d> {
    db: &'d dyn Database,
    id: i64,
}

/// Begins, and clears away what imports left that were cut off more than a day before.
pub(crate) async fn begin<'d>(db: &'d dyn Database) -> Result<Box<dyn Staging + 'd>, StoreError> {
    // Randomly keyed: several programs may import at once, and each must find its own row.
    let token = format!("{:016x}", RandomState::new().hash_one("import"));
    let mut tx = db.write().await?;
    tx.execute("INSERT INTO imports (token) VALUES ($1)", values![token.as_str()]).await?;
    let sql = "SELECT id, started_us FROM imports WHERE token = $1";
    let rows = tx.read("imports", sql, values![token]).await?;
    let row = rows.first().ok_or(StoreError::Damaged { table: "imports", column: "token" })?;
    let (id, started_us) = (row.int(0, "id")?, row.int(1, "started_us")?);
    let sql = "SELECT id FROM imports WHERE started_us < $1";
    for row in tx.read("imports", sql, values![started_us - DAY_US]).await? {
        for sql in FORGET {
            tx.execute(sql, vec![row.int(0, "id")?.into()]).await?;
        }
    }
    tx.commit().await?;
    Ok(Box::new(Import { db, id }))
}

const FORGET: [&str; 3] = [
    "DELETE FROM import_phones WHERE import_id = $1",
    "DELETE FROM import_cases WHERE import_id = $1",
    "DELETE FROM imports WHERE id = $1",
];

/// New rows are inserted, known ones changed; a secret that did not come stays. A new PIN brings its
/// own date of issue, known or not.
const TAKE_CASES: &str = "INSERT INTO cases (number, name, lang, creditor, outstanding_minor, \
    currency, due_date, pin, pin_issued_us, birth_date, id_last4) \
    SELECT number, name, lang, creditor, outstanding_minor, currency, due_date, pin, pin_issued_us, \
    birth_date, id_last4 FROM import_cases WHERE import_id = $1 ORDER BY number \
    ON CONFLICT (number) DO UPDATE SET name = excluded.name, lang = excluded.lang, \
    creditor = excluded.creditor, outstanding_minor = excluded.outstanding_minor, \
    currency = excluded.currency, due_date = excluded.due_date, \
    pin_issued_us = CASE WHEN excluded.pin IS NULL THEN cases.pin_issued_us \
    ELSE excluded.pin_issued_us END, \
    pin = COALESCE(excluded.pin, cases.pin), \
    birth_date = COALESCE(excluded.birth_date, cases.birth_date), \
    id_last4 = COALESCE(excluded.id_last4, cases.id_last4)";

const DROP_OLD_PHONES: &str = "DELETE FROM case_phones WHERE case_id IN (SELECT c.id FROM cases c \
    JOIN import_cases i ON i.number = c.number WHERE i.import_id = $1)";

const TAKE_PHONES: &str = "INSERT INTO case_phones (phone, case_id, position) \
    SELECT p.phone, c.id, p.position FROM import_phones p \
    JOIN cases c ON c.number = p.number WHERE p.import_id = $1";

#[async_trait]
impl Staging for Import<'_> {
    async fn put(&mut self, rows: Vec<NewCase>) -> Result<(), StoreError> {
        let phones = rows.iter().flat_map(|case| self.phone_values(case)).flatten().collect();
        let cases = rows.into_iter().flat_map(|case| self.case_values(case)).collect();
        let mut tx = self.db.write().await?;
        let into = "INSERT INTO import_cases (import_id, number, name, lang, creditor, \
                    outstanding_minor, currency, due_date, pin, pin_issued_us, birth_date, id_last4)";
        tx.insert(Rows { into, rest: "", width: 12, values: cases }).await?;
        let into = "INSERT INTO import_phones (import_id, number, position, phone)";
        tx.insert(Rows { into, rest: "", width: 4, values: phones }).await?;
        tx.commit().await
    }

    async fn commit(self: Box<Self>) -> Result<(u64, u64), StoreError> {
        let mut tx = self.db.write().await?;
        let known = "SELECT count(*) FROM cases c JOIN import_cases i ON i.number = c.number \
                     WHERE i.import_id = $1";
        let rows = tx.read("cases", known, vec![self.id.into()]).await?;
        let changed = rows.first().map_or(Ok(0), |row| row.int(0, "count"))?;
        let all = tx.execute(TAKE_CASES, vec![self.id.into()]).await?;
        for sql in [DROP_OLD_PHONES, TAKE_PHONES].into_iter().chain(FORGET) {
            tx.execute(sql, vec![self.id.into()]).await?;
        }
        tx.commit().await?;
        let changed = u64::try_from(changed).unwrap_or(0);
        Ok((all.saturating_sub(changed), changed))
    }

    async fn discard(self: Box<Self>) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for sql in FORGET {
            tx.execute(sql, vec![self.id.into()]).await?;
        }
        tx.commit().await
    }
}

impl Import<'_> {
    fn case_values(&self, case: NewCase) -> Vec<Value> {
        let digest = |digest: Option<Digest>| digest.map(|d| d.0);
        values![
            self.id,
            case.number,
            case.name,
            case.lang.tag(),
            case.creditor,
            case.outstanding.minor as i64,
            case.outstanding.currency.code(),
            case.due_date.to_string(),
            digest(case.pin),
            case.pin_issued_us,
            digest(case.birth_date),
            digest(case.id_last4),
        ]
    }

    fn phone_values(&self, case: &NewCase) -> Vec<Vec<Value>> {
        let phones = case.phones.iter().zip(0i64..);
        phones
            .map(|(phone, place)| values![self.id, case.number.as_str(), place, phone.as_str()])
            .collect()
    }
}
