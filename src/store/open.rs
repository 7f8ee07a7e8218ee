//! Opening a store by its URL, with its tables brought up to date.

use crate::contract::Store;
use crate::errors::OpenError;
use crate::limits::{ACQUIRE_TIMEOUT, BUSY_TIMEOUT, POSTGRES_CONNECTIONS, SQLITE_READERS};
use crate::postgres::PostgresDatabase;
use crate::sqlite::SqliteDatabase;
use crate::tables::Tables;
use ids::phone::Home;
use sqlx::ConnectOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, SqlStr};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// What is not in the URL.
#[derive(Clone, Debug)]
pub struct Options {
    /// How numbers without a country are read.
    pub home: Home,
    /// How long a write waits for another program that holds the SQLite file.
    pub busy_timeout: Duration,
    /// How long a query waits for a connection.
    pub acquire_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { home: Home::default(), busy_timeout: BUSY_TIMEOUT, acquire_timeout: ACQUIRE_TIMEOUT }
    }
}

/// Opens `sqlite:<path>` (made when it is not there) or `postgres://…` and brings its tables up to
/// date.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, OpenError> {
    open_with(url, Options::default()).await
}

/// [`open`] with other than the usual settings.
pub async fn open_with(url: &str, options: Options) -> Result<Arc<dyn Store>, OpenError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return open_sqlite(url, Path::new(path), options).await;
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return open_postgres(url, options).await;
    }
    Err(OpenError::Url(without_password(url)))
}

async fn open_sqlite(
    url: &str,
    path: &Path,
    options: Options,
) -> Result<Arc<dyn Store>, OpenError> {
    if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
        return Err(OpenError::Url(url.to_owned()));
    }
    let place = path.display().to_string();
    let unreachable = |source: Box<dyn std::error::Error + Send + Sync>| OpenError::Unreachable {
        place: path.display().to_string(),
        check: "its directory exists and this user may write there",
        source,
    };
    make_private(path).map_err(|e| unreachable(e.into()))?;
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: a commit is on the disk before it is answered. With NORMAL a power cut could bring
        // back tries of verification that were counted already.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        .disable_statement_logging();
    let pool = |connections| {
        let pool = SqlitePoolOptions::new().acquire_timeout(options.acquire_timeout);
        // A file does not hang up: asking before each use whether it is still there costs a round trip.
        let pool = pool.test_before_acquire(false);
        pool.max_connections(connections).connect_with(connect.clone())
    };
    let writer = pool(1).await.map_err(|e| unreachable(e.into()))?;
    let migrated = migrator(SQLITE).run(&writer).await;
    migrated.map_err(|e| OpenError::Migration { place, source: Box::new(e) })?;
    let readers = pool(SQLITE_READERS).await.map_err(|e| unreachable(e.into()))?;
    Ok(Arc::new(Tables { database: SqliteDatabase { readers, writer }, home: options.home }))
}

/// The file holds names and debts: only its owner reads it. SQLite's side files take its mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

async fn open_postgres(url: &str, options: Options) -> Result<Arc<dyn Store>, OpenError> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| OpenError::Url(without_password(url)))?
        .application_name("parley")
        .disable_statement_logging();
    let database = connect.get_database().unwrap_or("its default database");
    let place = format!("{}:{}/{database}", connect.get_host(), connect.get_port());
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(options.acquire_timeout)
        .connect_with(connect)
        .await
        .map_err(|e| OpenError::Unreachable {
            place: place.clone(),
            check: "the server runs, and that user, password and database in the URL are right",
            source: e.into(),
        })?;
    let migrated = migrator(POSTGRES).run(&pool).await;
    migrated.map_err(|e| OpenError::Migration { place, source: Box::new(e) })?;
    Ok(Arc::new(Tables { database: PostgresDatabase { pool }, home: options.home }))
}

/// A refused URL is shown, but never its password.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

/// Version, what it brings, statements.
type Step = (i64, &'static str, &'static str);

const SQLITE: &[Step] = &[
    (1, "house", include_str!("migrations/sqlite/0001_house.sql")),
    (2, "cases alone", include_str!("migrations/sqlite/0002_cases_alone.sql")),
    (3, "payments", include_str!("migrations/sqlite/0003_payments.sql")),
];
const POSTGRES: &[Step] = &[
    (1, "house", include_str!("migrations/postgres/0001_house.sql")),
    (2, "cases alone", include_str!("migrations/postgres/0002_cases_alone.sql")),
    (3, "payments", include_str!("migrations/postgres/0003_payments.sql")),
];

fn migrator(steps: &[Step]) -> Migrator {
    let migration = |(version, what, sql): &Step| {
        let sql: SqlStr = (*sql).into_sql_str();
        Migration::new(*version, (*what).into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(steps.iter().map(migration).collect())
}
