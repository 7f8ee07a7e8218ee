//! Every limit of this room: unit, reason, and what happens beyond it.

use std::time::Duration;

/// Failures a case may have in 24 hours; the last of them locks it (`decency.md`).
pub const CASE_FAILURES_MAX: i64 = 5;
/// Failures a caller number may have in 24 hours, over all cases; the last of them locks it.
pub const CALLER_FAILURES_MAX: i64 = 10;
/// µs in which failures count, and for which a lock holds: 24 hours.
pub const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
/// µs for which a PIN with a known date of issue is good: 90 days. Later it is a wrong PIN.
pub const PIN_LIFE_US: i64 = 90 * DAY_US;

/// How often a caller may consent in one payment; the dialplan offers no more, and the journal takes none.
pub const ATTEMPTS_MAX: u8 = 3;
/// Declines of a case in 24 hours, after which it takes no card.
pub const CASE_DECLINES_MAX: i64 = 5;
/// Declines of a caller's number in 24 hours, over all cases, after which it may use no card.
pub const CALLER_DECLINES_MAX: i64 = 5;
/// Different cards (brand and last four) that one case may be offered in 24 hours.
pub const CASE_CARDS_MAX: usize = 3;
/// µs over which declines and approvals of all cases are compared: 15 minutes.
pub const BREAKER_WINDOW_US: i64 = 15 * 60 * 1_000_000;
/// Fewer declines in that time say nothing.
pub const BREAKER_DECLINES_MIN: i64 = 20;
/// Declines of a hundred answers from which on nobody may use a card, until the window has passed:
/// people who pay their debts are declined now and then, a thief's list of cards nearly always.
pub const BREAKER_DECLINES_PERCENT: i64 = 80;
/// Characters of a name, a reason or a reference in the payments' journal. Beyond, the step is refused.
pub const PAYMENT_TEXT_CHARS_MAX: usize = 255;

/// Cases found by one phone number: a family's telephone. The rest is not returned.
pub const CASES_BY_PHONE_MAX: i64 = 20;
/// Rows of one listing; a larger wish is cut to this.
pub const LIST_MAX: u32 = 1_000;
/// Events of one call that are returned: a call of two hours with a key a second has fewer.
pub const EVENTS_PER_CALL_MAX: i64 = 100_000;
/// Rows of the chain that are held at a time while it is verified.
pub const CHAIN_PAGE: i64 = 5_000;

/// Rows of an import that are staged in one transaction: short, so that calls are written in between.
pub const IMPORT_CHUNK: usize = 500;
/// Rows of one statement, a power of two. Beyond, another statement follows in the same transaction.
pub const STATEMENT_ROWS: usize = 128;
/// Refused rows that a report spells out; the rest is counted.
pub const REFUSALS_MAX: usize = 1_000;
/// Bytes of one row of a CSV file: beyond, a quote was never closed and the import ends.
pub const CSV_ROW_BYTES_MAX: usize = 64 * 1024;
/// Characters of a name or a creditor: they are spoken. Beyond, the row is refused.
pub const NAME_CHARS_MAX: usize = 200;
/// Phones of one case. Beyond, the row is refused.
pub const PHONES_MAX: usize = 20;
/// Digits of a case number: it is keyed. Beyond, the row is refused.
pub const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 4..=20;

/// Connections that read SQLite at a time (one more writes). Beyond, a reader waits.
pub const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL. Beyond, a query waits.
pub const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a query waits for a connection, then the database counts as gone. A caller waits for the
/// answer and the dialplan gives up after 3 s: this is said before.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_500);
/// How long a write waits for another program that holds the SQLite file; as above.
pub const BUSY_TIMEOUT: Duration = Duration::from_millis(2_500);

/// Records that wait for the writer, about 30 MB. Beyond, a record is lost with an alarm: both the
/// database and the spool's disk have then been stuck for a long time, and waiting would stop all calls.
pub const WRITER_QUEUE: usize = 65_536;
/// Records that are written in one transaction.
pub const WRITER_RECORDS: usize = 2_000;
/// How long the writer rests after a transaction, so that what comes meanwhile shares the next one: a
/// record that comes alone is written at once. What a power cut can take is what came within this time
/// and the transaction before it. Nobody rests after a full batch, nor when somebody waits for a flush.
pub const WRITER_REST: Duration = Duration::from_millis(100);
/// How long one transaction of the writer may take, then its batches are spooled.
pub const APPEND_TIMEOUT: Duration = Duration::from_secs(15);
/// First and longest pause between two tries to reach a database that is gone.
pub const RETRY_PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Bytes of the spool file: about a million events. Beyond, a batch is refused with `Full`.
pub const SPOOL_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Bytes of one batch in the spool. A longer frame is taken for damage.
pub const SPOOL_FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;
