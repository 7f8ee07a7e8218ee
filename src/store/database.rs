//! The narrow door to a database: positional values in, rows of values out.
//!
//! Both databases stand behind it with their own pools (`sqlite.rs`, `postgres.rs`); all statements
//! above it are written once, in SQL that both understand.

use crate::errors::StoreError;
use crate::limits::STATEMENT_ROWS;
use async_trait::async_trait;

/// A value of the three types that our tables use. A null knows its type: PostgreSQL asks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    pub table: &'static str,
    pub values: Vec<Value>,
}

/// Rows to insert, all of one width.
pub(crate) struct Rows {
    /// `INSERT INTO table (columns)`.
    pub into: &'static str,
    /// What follows the values: `ON CONFLICT …`, or nothing.
    pub rest: &'static str,
    /// Values of one row.
    pub width: usize,
    /// Row after row.
    pub values: Vec<Value>,
}

/// How places of values are written in a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Places {
    /// `?`: SQLite counts them. It would look each name up in a list, so that a statement with
    /// thousands of named places takes quadratic time.
    Unnamed,
    /// `$1`, `$2` …
    Numbered,
}

impl Rows {
    /// One statement for this many of the rows.
    fn statement(&self, count: usize, places: Places) -> String {
        let mut sql = format!("{} VALUES ", self.into);
        for place in 0..count * self.width {
            sql.push_str(match place % self.width {
                0 if place == 0 => "(",
                0 => "), (",
                _ => ", ",
            });
            match places {
                Places::Unnamed => sql.push('?'),
                Places::Numbered => sql.push_str(&format!("${}", place + 1)),
            }
        }
        sql.push_str(") ");
        sql.push_str(self.rest);
        sql
    }
}

/// The largest power of two that fits: few statements for any number of rows, and few different ones,
/// so that the database has them prepared.
fn rows_of_next_statement(left: usize) -> usize {
    1 << left.clamp(1, STATEMENT_ROWS).ilog2()
}

/// A database of ours.
#[async_trait]
pub(crate) trait Database: Send + Sync {
    /// Reads outside a transaction. `table` is named when a value is damaged.
    async fn read(
        &self,
        table: &'static str,
        sql: &str,
        with: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError>;
    /// A transaction that may write; on SQLite it is the only one.
    async fn write(&self) -> Result<Box<dyn Transaction>, StoreError>;
    /// Ends all connections.
    async fn close(&self);
}

/// A transaction; dropped without [`commit`](Transaction::commit) it never was.
#[async_trait]
pub(crate) trait Transaction: Send {
    async fn read(
        &mut self,
        table: &'static str,
        sql: &str,
        with: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError>;
    /// Returns how many rows it changed.
    async fn execute(&mut self, sql: &str, with: Vec<Value>) -> Result<u64, StoreError>;
    /// Inserts many rows by few statements. Returns how many were new.
    async fn insert(&mut self, mut rows: Rows) -> Result<u64, StoreError> {
        let mut new = 0;
        let mut values = std::mem::take(&mut rows.values).into_iter();
        while values.len() > 0 {
            let count = rows_of_next_statement(values.len() / rows.width);
            let sql = rows.statement(count, self.places());
            new += self.execute(&sql, values.by_ref().take(count * rows.width).collect()).await?;
        }
        Ok(new)
    }
    /// The commit is answered when it is on disk, whatever the database is set to.
    async fn make_durable(&mut self) -> Result<(), StoreError>;
    /// How this database writes the place of a value.
    fn places(&self) -> Places;
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Value::Text(value.map(str::to_owned))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(Some(value))
    }
}

impl From<[u8; 32]> for Value {
    fn from(value: [u8; 32]) -> Self {
        Value::Bytes(Some(value.to_vec()))
    }
}

impl From<Option<[u8; 32]>> for Value {
    fn from(value: Option<[u8; 32]>) -> Self {
        Value::Bytes(value.map(|v| v.to_vec()))
    }
}

impl Row {
    /// The integer in this column, named `name` in errors.
    pub fn int(&self, column: usize, name: &'static str) -> Result<i64, StoreError> {
        self.int_or_null(column, name)?.ok_or_else(|| self.damaged(name))
    }

    /// The same where null is allowed.
    pub fn int_or_null(
        &self,
        column: usize,
        name: &'static str,
    ) -> Result<Option<i64>, StoreError> {
        match self.values.get(column) {
            Some(Value::Int(value)) => Ok(*value),
            Some(Value::Text(None) | Value::Bytes(None)) => Ok(None),
            _ => Err(self.damaged(name)),
        }
    }

    /// The text in this column.
    pub fn text(&self, column: usize, name: &'static str) -> Result<&str, StoreError> {
        match self.values.get(column) {
            Some(Value::Text(Some(value))) => Ok(value),
            _ => Err(self.damaged(name)),
        }
    }

    /// The same where null is allowed.
    pub fn text_or_null(
        &self,
        column: usize,
        name: &'static str,
    ) -> Result<Option<&str>, StoreError> {
        match self.values.get(column) {
            Some(Value::Text(value)) => Ok(value.as_deref()),
            Some(Value::Int(None) | Value::Bytes(None)) => Ok(None),
            _ => Err(self.damaged(name)),
        }
    }

    /// The 32 bytes in this column, or null.
    pub fn hash(&self, column: usize, name: &'static str) -> Result<Option<[u8; 32]>, StoreError> {
        match self.values.get(column) {
            Some(Value::Bytes(Some(value))) => {
                value.as_slice().try_into().map(Some).map_err(|_| self.damaged(name))
            }
            Some(Value::Bytes(None) | Value::Int(None) | Value::Text(None)) => Ok(None),
            _ => Err(self.damaged(name)),
        }
    }

    /// The error for a value that we did not write.
    pub const fn damaged(&self, column: &'static str) -> StoreError {
        StoreError::Damaged { table: self.table, column }
    }
}

/// Values of mixed types in order: `values![1, "a", None::<i64>]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::database::Value::from($value)),*] };
}
pub(crate) use values;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_rows_takes_few_statements_of_few_kinds() {
        let mut left = STATEMENT_ROWS + 43;
        let mut taken = Vec::new();
        while left > 0 {
            taken.push(rows_of_next_statement(left));
            left -= taken[taken.len() - 1];
        }
        assert_eq!(taken, [STATEMENT_ROWS, 32, 8, 2, 1]);
    }

    #[test]
    fn each_database_reads_its_own_places() {
        let rows = Rows { into: "INSERT INTO t (a, b)", rest: "", width: 2, values: vec![] };
        let sql = |places| rows.statement(2, places);
        assert_eq!(sql(Places::Unnamed), "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ");
        assert_eq!(sql(Places::Numbered), "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ");
    }
}
