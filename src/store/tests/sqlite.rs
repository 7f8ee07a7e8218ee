//! The store's promises on SQLite, and what only a file can suffer.
#![allow(clippy::unwrap_used)]

mod suite;

use sqlx::Connection;
use std::time::Duration;
use store::{OpenError, Options, StoreError};
use suite::{BEN, Bed, NOW_US, Scratch, event, record};

async fn fresh() -> (Scratch, Bed) {
    let scratch = Scratch::new();
    let bed = Bed::open(format!("sqlite:{}/parley.db", scratch.0.display())).await;
    (scratch, bed)
}

test_each_promise!(fresh());

#[tokio::test]
async fn a_held_file_is_busy_and_then_free_again() {
    let (scratch, bed) = fresh().await;
    bed.store.close().await;
    let options = Options { busy_timeout: Duration::from_millis(1), ..Options::default() };
    let store = store::open_with(&bed.url, options).await.unwrap();
    let path = scratch.0.join("parley.db");
    let mut other = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let error = store.append(&[event(1, 0)], &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)) && error.is_temporary(), "{error:?}");
    assert!(store.calls(1, None).await.is_ok(), "reading goes on");
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    store.append(&[event(1, 0)], &[record(1, NOW_US)]).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_half_written() {
    let (_scratch, bed) = fresh().await;
    bed.import(&[BEN]).await;
    // The limit of pages stands for the disk's: the database file cannot grow. It belongs to the
    // connection, so the other store is opened by hand here.
    let path = bed.url.strip_prefix("sqlite:").unwrap();
    let mut db = sqlx::SqliteConnection::connect(path).await.unwrap();
    sqlx::raw_sql("PRAGMA max_page_count = 1").execute(&mut db).await.unwrap();
    let big = "INSERT INTO calls (id, created_us, body) VALUES (1, 1, hex(zeroblob(1000000)))";
    let error = sqlx::raw_sql(big).execute(&mut db).await.unwrap_err();
    assert!(matches!(StoreError::from(error), StoreError::Full(_)));
    assert_eq!(bed.store.calls(10, None).await.unwrap(), []);
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_says_what_to_do() {
    let said = |result: Result<_, OpenError>| result.err().unwrap().to_string();
    assert_eq!(
        said(store::open("mysql://root:secret@db/x").await),
        "'mysql://…@db/x' is no store; write sqlite:<path of a file> or postgres://<user>@<host>/<database>"
    );
    assert_eq!(
        said(store::open("sqlite:/no/such/directory/parley.db").await),
        "the store at /no/such/directory/parley.db cannot be opened; check that its directory exists and this user may write there"
    );
    let scratch = Scratch::new();
    let path = scratch.0.join("other.db");
    std::fs::write(&path, "this is no database, but long enough to be looked at as one").unwrap();
    let error = said(store::open(&format!("sqlite:{}", path.display())).await);
    assert!(error.contains("cannot be opened") || error.contains("do not fit"), "{error}");
}

#[tokio::test]
async fn the_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (scratch, bed) = fresh().await;
    bed.import(&[BEN]).await;
    for entry in std::fs::read_dir(&scratch.0).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}

#[tokio::test]
async fn no_secret_stands_in_the_file() {
    let (scratch, bed) = fresh().await;
    bed.import(&[BEN, suite::ANNA]).await;
    bed.store.close().await;
    for entry in std::fs::read_dir(&scratch.0).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in ["314159", "271828", "17031985", "1985-03-17", "4711"] {
            let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!found, "a secret is in the file in the clear");
        }
    }
}
