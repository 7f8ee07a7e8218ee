//! What is kept: cases, call records, the one history of events, the payments' journal, and who may still
//! try to verify or to pay.
//!
//! ```text
//!   control thread --------> Writer --batch--> Store (SQLite | PostgreSQL)
//!                             |  database gone        ^
//!                             +------> Spool ---------+ replayed in order
//!   cases.csv --> csv_import --staged--> Store, all of it at once or nothing
//! ```
//!
//! Owns: tables, migrations, idempotent durable writes, the hash chain's order, attempt counting,
//! that a payment's steps follow each other as they may and its money is booked once.
//! Never: a decision about a call; a PIN, a birth date or a key in the clear.

mod cases;
mod contract;
mod csv_file;
pub mod csv_import;
mod csv_row;
mod database;
mod errors;
mod history;
mod import;
pub mod limits;
mod open;
mod payments;
mod postgres;
mod spool;
mod sqlite;
mod tables;
mod verify;
mod writer;

pub use contract::{
    ChainFault, ChainReport, JournalFault, JournalReport, KeptEvent, NewCase, PaymentFilter,
    PaymentWish, Staging, Store, VerifyAttempt, VerifyOutcome, WishKind, WishWord,
};
pub use errors::{OpenError, PaymentRefused, SpoolError, StoreError};
pub use ids::phone::{Home, normalise};
pub use open::{Options, open, open_with};
pub use spool::{Batch, Spool};
pub use writer::{Writer, WriterState, WriterTuning};
