//! What can go wrong with a database or a spool, and who can mend it.

use ids::CaseId;
use records::{PaymentId, PaymentLimit, PaymentState};
use std::path::PathBuf;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a URL of ours.
    #[error(
        "'{0}' is no store; write sqlite:<path of a file> or postgres://<user>@<host>/<database>"
    )]
    Url(String),
    /// The file or the server could not be reached.
    #[error("the store at {place} cannot be opened; check that {check}")]
    Unreachable {
        /// Path, or host and database; never a password.
        place: String,
        /// What to check.
        check: &'static str,
        /// What the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Its tables are not of this program, or of a newer one.
    #[error(
        "the tables at {place} do not fit this version of the program; start the version that last used them, or restore the copy made before"
    )]
    Migration {
        /// Path, or host and database.
        place: String,
        /// Which migration and why.
        #[source]
        source: Box<sqlx::migrate::MigrateError>,
    },
}

/// Why an operation on an open store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Gone, restarting, or out of connections: try again later; records are spooled meanwhile.
    #[error("the database cannot be reached; check that it runs")]
    Unreachable(#[source] sqlx::Error),
    /// Another program holds the file: try again.
    #[error(
        "the database is held by another program; end what holds it, such as a copy or a shell"
    )]
    Busy(#[source] sqlx::Error),
    /// No room on the disk.
    #[error("the database's disk is full; make room")]
    Full(#[source] sqlx::Error),
    /// The database refused what we asked: a fault of ours or a changed table.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
    /// A row that this program cannot have written.
    #[error(
        "table {table} holds a value that this program does not write, in {column}; compare with a backup"
    )]
    Damaged {
        /// Which table.
        table: &'static str,
        /// Which column or field.
        column: &'static str,
    },
    /// The payments' journal does not take this step.
    #[error(transparent)]
    Payment(#[from] PaymentRefused),
}

/// Why a step of a payment, or a wish about one, is not taken. Nothing was written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PaymentRefused {
    /// [`PaymentState::may_follow`] forbids it.
    #[error(
        "payment {payment}, try {attempt}: '{wanted}' cannot follow {}; see: parley payments show {payment}",
        before.map_or("nothing".to_owned(), |state| format!("'{state}'"))
    )]
    OutOfTurn {
        /// Which payment.
        payment: PaymentId,
        /// Which attempt.
        attempt: u8,
        /// Where it stands.
        before: Option<PaymentState>,
        /// What was to be written.
        wanted: PaymentState,
    },
    /// The attempt before it is not over, or took money.
    #[error(
        "payment {payment} cannot be tried again: try {attempt} is '{state}'; see: parley payments show {payment}"
    )]
    NotOver {
        /// Which payment.
        payment: PaymentId,
        /// The attempt that stands in the way.
        attempt: u8,
        /// Where it stands.
        state: PaymentState,
    },
    /// The step, or the one before it, says something else in a field that never changes.
    #[error(
        "payment {payment}, try {attempt}: the journal has another {field}; see: parley payments show {payment}"
    )]
    Differs {
        /// Which payment.
        payment: PaymentId,
        /// Which attempt.
        attempt: u8,
        /// Which field.
        field: &'static str,
    },
    /// A field is missing or cannot be what it is said to be: a fault of the program.
    #[error("payment {payment}: a step '{state}' with this {field} is not written")]
    Malformed {
        /// Which payment.
        payment: PaymentId,
        /// Which step.
        state: PaymentState,
        /// Which field.
        field: &'static str,
    },
    /// Another payment of the case is not settled.
    #[error("{case} has a payment that is not settled yet, {by}; see: parley payments show {by}")]
    CaseLocked {
        /// Which case.
        case: CaseId,
        /// The other payment.
        by: PaymentId,
    },
    /// Too many declines or cards of late.
    #[error("no card may be used now ({}); it opens by itself within 24 hours", .0.name())]
    Limit(PaymentLimit),
    /// The case is closed, owes less, or owes in another currency.
    #[error("{0} does not owe this amount; see: parley cases show")]
    AmountWrong(CaseId),
    /// There is no such payment.
    #[error("there is no payment {0}; see: parley payments list")]
    NoSuchPayment(PaymentId),
    /// No money of it can be given back that way.
    #[error(
        "payment {payment} is '{state}': {what} is not possible; see: parley payments show {payment}"
    )]
    NothingToGiveBack {
        /// Which payment.
        payment: PaymentId,
        /// Where it stands.
        state: PaymentState,
        /// `void` or `refund`.
        what: &'static str,
    },
    /// More than was taken, or nothing.
    #[error("payment {0}: give back more than nothing and at most what was taken")]
    TooMuch(PaymentId),
    /// It is approved already: only its end is waited for.
    #[error("payment {0}: a wish is approved already; see: parley payments show {0}")]
    Approved(PaymentId),
    /// Nobody has asked for that.
    #[error("payment {0}: nobody has asked for that; ask first, without --approve")]
    NotAsked(PaymentId),
    /// Who asks may not approve.
    #[error("payment {0}: who asked cannot approve; another person does")]
    SamePerson(PaymentId),
}

impl StoreError {
    /// True when the same request may succeed later without any change.
    pub const fn is_temporary(&self) -> bool {
        match self {
            StoreError::Unreachable(_) | StoreError::Busy(_) | StoreError::Full(_) => true,
            StoreError::Refused(_) | StoreError::Damaged { .. } | StoreError::Payment(_) => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
        match (&error, &*code) {
            (sqlx::Error::Database(_), code) => match sort_of(code) {
                Sort::Busy => StoreError::Busy(error),
                Sort::Full => StoreError::Full(error),
                Sort::Gone => StoreError::Unreachable(error),
                Sort::Other => StoreError::Refused(error),
            },
            (sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_), _) => {
                StoreError::Refused(error)
            }
            (sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_), _) => {
                StoreError::Refused(error)
            }
            _ => StoreError::Unreachable(error),
        }
    }
}

enum Sort {
    Busy,
    Full,
    Gone,
    Other,
}

/// SQLite's result codes are numbers whose low byte is the kind; PostgreSQL's SQLSTATEs have five
/// characters (its manual, appendix A).
fn sort_of(code: &str) -> Sort {
    if code.len() == 5 {
        return match code {
            "40001" | "40P01" | "55P03" | "57014" => Sort::Busy,
            "53100" | "53200" => Sort::Full,
            "53300" | "57P01" | "57P02" | "57P03" | "25006" => Sort::Gone,
            _ if code.starts_with("08") || code.starts_with("58") => Sort::Gone,
            _ => Sort::Other,
        };
    }
    match code.parse::<u32>().map(|number| number & 0xff) {
        Ok(5 | 6) => Sort::Busy,       // SQLITE_BUSY, SQLITE_LOCKED
        Ok(13) => Sort::Full,          // SQLITE_FULL
        Ok(8 | 10 | 14) => Sort::Gone, // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
        _ => Sort::Other,
    }
}

/// Why the spool could not take or give a batch.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Over its limit.
    #[error(
        "the spool {path} is full at {limit} bytes; bring the database back, then it empties itself"
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// Bytes.
        limit: u64,
    },
    /// Another process uses it.
    #[error("the spool {0} is used by another process; end it, or give each its own directory")]
    InUse(PathBuf),
    /// The batch is longer than a frame may be.
    #[error("a batch of {0} bytes is too large for the spool; write smaller ones")]
    TooLarge(usize),
    /// The disk refused.
    #[error("the spool {path} cannot be {what}; check the disk and its permissions")]
    Disk {
        /// The file.
        path: PathBuf,
        /// `opened`, `written` …
        what: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
