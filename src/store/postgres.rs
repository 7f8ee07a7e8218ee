//! PostgreSQL behind the narrow door. Rows that must not change under a transaction are locked by
//! updating them first, which orders transactions as SQLite's single writer does.

use crate::database::{Database, Places, Row, Transaction, Value};
use crate::errors::StoreError;
use async_trait::async_trait;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Column, Postgres, Row as _, TypeInfo, ValueRef};

/// The pool.
pub(crate) struct PostgresDatabase {
    pub pool: PgPool,
}

#[async_trait]
impl Database for PostgresDatabase {
    async fn read(
        &self,
        table: &'static str,
        sql: &str,
        with: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = query(sql, with).fetch_all(&self.pool).await?;
        rows.iter().map(|row| read_row(table, row)).collect()
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StoreError> {
        Ok(Box::new(PostgresTransaction(self.pool.begin().await?)))
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

struct PostgresTransaction(sqlx::Transaction<'static, Postgres>);

#[async_trait]
impl Transaction for PostgresTransaction {
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
        // for this transaction alone; a stronger setting (`remote_apply` …) stays
        let sql = "SELECT set_config('synchronous_commit', 'on', true) \
                   WHERE current_setting('synchronous_commit') = 'off'";
        self.execute(sql, vec![]).await.map(drop)
    }

    fn places(&self) -> Places {
        Places::Numbered
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}

/// Every statement is written in this room; what comes from outside is bound, never pasted.
fn query(sql: &str, with: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    with.into_iter().fold(query, |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

fn read_row(table: &'static str, row: &PgRow) -> Result<Row, StoreError> {
    let columns = row.columns().iter().map(|column| read_value(row, column.ordinal()));
    Ok(Row { table, values: columns.collect::<Result<_, _>>()? })
}

fn read_value(row: &PgRow, column: usize) -> Result<Value, StoreError> {
    let raw = row.try_get_raw(column)?;
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INT8" => Value::Int(row.try_get(column)?),
        "BYTEA" => Value::Bytes(row.try_get(column)?),
        _ => Value::Text(row.try_get(column)?),
    })
}
