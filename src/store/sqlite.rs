//! SQLite behind the narrow door: one connection writes, a few read.
//!
//! Writers queue for the one connection first come, first served, instead of polling each other's lock.

use crate::database::{Database, Places, Row, Transaction, Value};
use crate::errors::StoreError;
use async_trait::async_trait;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Column, Row as _, Sqlite, TypeInfo, ValueRef};

/// The pools.
pub(crate) struct SqliteDatabase {
    pub readers: SqlitePool,
    /// Exactly one connection.
    pub writer: SqlitePool,
}

#[async_trait]
impl Database for SqliteDatabase {
    async fn read(
        &self,
        table: &'static str,
        sql: &str,
        with: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = query(sql, with).fetch_all(&self.readers).await?;
        rows.iter().map(|row| read_row(table, row)).collect()
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StoreError> {
        // IMMEDIATE takes the write lock now: a later upgrade could only fail, not wait.
        Ok(Box::new(SqliteTransaction(self.writer.begin_with("BEGIN IMMEDIATE").await?)))
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

struct SqliteTransaction(sqlx::Transaction<'static, Sqlite>);

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn read(
        &mut self,
        table: &'static str,
        sql: &str,
        with: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = query(sql, with).fetch_all(&mut *self.0).await?;
        rows.iter().map(|row| read_row(table, row)).collect()
    }

    async fn execute(&mut self, sql: &str, with: Vec<Value>) -> Result<u64, StoreError> {
        Ok(query(sql, with).execute(&mut *self.0).await?.rows_affected())
    }

    async fn make_durable(&mut self) -> Result<(), StoreError> {
        // every connection is opened with `synchronous = FULL`
        Ok(())
    }

    fn places(&self) -> Places {
        Places::Unnamed
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}

/// Every statement is written in this room; what comes from outside is bound, never pasted.
fn query(sql: &str, with: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    with.into_iter().fold(query, |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

fn read_row(table: &'static str, row: &SqliteRow) -> Result<Row, StoreError> {
    let columns = row.columns().iter().map(|column| read_value(row, column.ordinal()));
    Ok(Row { table, values: columns.collect::<Result<_, _>>()? })
}

fn read_value(row: &SqliteRow, column: usize) -> Result<Value, StoreError> {
    let raw = row.try_get_raw(column)?;
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Value::Int(row.try_get(column)?),
        "BLOB" => Value::Bytes(row.try_get(column)?),
        _ => Value::Text(row.try_get(column)?),
    })
}
