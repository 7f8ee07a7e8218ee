//! Looking up cases.

use crate::database::{Database, Row, Value, values};
use crate::errors::StoreError;
use crate::limits::{CASES_BY_PHONE_MAX, LIST_MAX};
use ids::{CaseId, Money};
use records::{Case, Factor};

/// The columns of [`read_case`], in its order.
macro_rules! select_cases {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.number, c.name, c.lang, c.creditor, c.outstanding_minor, c.currency, ",
            "c.due_date FROM cases c ",
            $rest
        )
    };
}

pub(crate) async fn by_phone(db: &dyn Database, phone: &str) -> Result<Vec<Case>, StoreError> {
    let sql = select_cases!(
        "JOIN case_phones p ON p.case_id = c.id WHERE p.phone = $1 ORDER BY c.number LIMIT $2"
    );
    let rows = db.read("cases", sql, values![phone, CASES_BY_PHONE_MAX]).await?;
    with_phones(db, rows).await
}

pub(crate) async fn by_number(db: &dyn Database, number: &str) -> Result<Option<Case>, StoreError> {
    let sql = select_cases!("WHERE c.number = $1");
    let rows = db.read("cases", sql, values![number]).await?;
    Ok(with_phones(db, rows).await?.pop())
}

pub(crate) async fn list(
    db: &dyn Database,
    limit: u32,
    after: Option<CaseId>,
) -> Result<Vec<Case>, StoreError> {
    let after = after.map_or(0, |case| case.0 as i64);
    let limit = i64::from(limit.min(LIST_MAX));
    let sql = select_cases!("WHERE c.id > $1 ORDER BY c.id LIMIT $2");
    let rows = db.read("cases", sql, values![after, limit]).await?;
    with_phones(db, rows).await
}

/// Which secrets are on file.
pub(crate) async fn factors(db: &dyn Database, case: CaseId) -> Result<Vec<Factor>, StoreError> {
    let sql = "SELECT pin, birth_date, id_last4 FROM cases WHERE id = $1";
    let rows = db.read("cases", sql, values![case.0 as i64]).await?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    let mut known = Vec::new();
    for (column, factor) in [Factor::Pin, Factor::BirthDate, Factor::IdLast4].iter().enumerate() {
        known.extend(row.hash(column, factor.name())?.map(|_| *factor));
    }
    Ok(known)
}

/// The phones of all these cases in one more question.
async fn with_phones(db: &dyn Database, rows: Vec<Row>) -> Result<Vec<Case>, StoreError> {
    let mut cases = rows.iter().map(read_case).collect::<Result<Vec<_>, _>>()?;
    if cases.is_empty() {
        return Ok(cases);
    }
    let places: Vec<_> = (1..=cases.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT case_id, phone FROM case_phones WHERE case_id IN ({}) ORDER BY case_id, position",
        places.join(", ")
    );
    let wanted = cases.iter().map(|case| Value::from(case.id.0 as i64)).collect();
    for row in db.read("case_phones", &sql, wanted).await? {
        let (id, phone) = (row.int(0, "case_id")?, row.text(1, "phone")?);
        if let Some(case) = cases.iter_mut().find(|case| case.id.0 as i64 == id) {
            case.phones.push(phone.to_owned());
        }
    }
    Ok(cases)
}

fn read_case(row: &Row) -> Result<Case, StoreError> {
    let minor = row.int(5, "outstanding_minor")?;
    let minor = u64::try_from(minor).map_err(|_| row.damaged("outstanding_minor"))?;
    let currency = row.text(6, "currency")?.parse().map_err(|_| row.damaged("currency"))?;
    Ok(Case {
        id: CaseId(row.int(0, "id")? as u64),
        number: row.text(1, "number")?.to_owned(),
        name: row.text(2, "name")?.to_owned(),
        phones: Vec::new(),
        lang: row.text(3, "lang")?.parse().map_err(|_| row.damaged("lang"))?,
        creditor: row.text(4, "creditor")?.to_owned(),
        outstanding: Money::new(minor, currency),
        due_date: row.text(7, "due_date")?.parse().map_err(|_| row.damaged("due_date"))?,
    })
}
