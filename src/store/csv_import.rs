//! A file of cases into the store: every refused row is reported, and nothing is half-imported.
//!
//! ```text
//!   bytes ── separator, header ── rows ──good──> staged ──end──> taken over at once
//!                                   └─refused──> report, and nothing is taken over (unless asked)
//! ```
//!
//! Memory does not grow with the file, but for 16 bytes a row to find numbers that come twice.

use crate::contract::{NewCase, Staging, Store};
use crate::csv_file::Rows;
pub use crate::csv_row::Column;
use crate::csv_row::RowReader;
use crate::errors::StoreError;
use crate::limits::{IMPORT_CHUNK, REFUSALS_MAX};
pub use ids::CheckDigit;
use records::Pepper;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::Read;

/// What to do with the good rows of a file that has refused ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Policy {
    /// Import nothing: mend the file and import it again.
    #[default]
    AllOrNothing,
    /// Import them.
    AcceptGood,
}

/// How a file is imported.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// What to do with refused rows.
    pub policy: Policy,
    /// Which check digit case numbers end in.
    pub check_digit: CheckDigit,
    /// The key for the digests of secrets.
    pub pepper: &'a Pepper,
}

/// How far an import is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Rows read.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// Bytes of the file read.
    pub bytes: u64,
}

/// What became of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Rows read, without the header.
    pub rows: u64,
    /// Cases that are new.
    pub added: u64,
    /// Cases that were there and have been changed.
    pub changed: u64,
    /// The refused rows, at most 1,000.
    pub refused: Vec<RefusedRow>,
    /// How many rows were refused.
    pub refused_total: u64,
    /// True when the good rows are in the store now.
    pub imported: bool,
}

/// A row that was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedRow {
    /// Line of the file on which the row begins; the header is line 1.
    pub row: u64,
    /// The column's name, or `row` when it is about the whole row.
    pub field: String,
    /// What is wrong, and what to do. Never a secret.
    pub problem: String,
}

impl std::fmt::Display for RefusedRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {} {}", self.row, self.field, self.problem)
    }
}

/// Why a file was not read to its end. Nothing of it is in the store.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No header.
    #[error("the file is empty; its first line must name the columns: {}", names())]
    Empty,
    /// A column that we do not know.
    #[error("the column '{found}' is unknown; {hint}")]
    UnknownColumn {
        /// What is there.
        found: String,
        /// The nearest right one, or all.
        hint: String,
    },
    /// A column that must be there.
    #[error("the column '{0}' is missing; add it to the first line and fill it")]
    MissingColumn(&'static str),
    /// A column twice.
    #[error("the column '{0}' is there twice; keep one")]
    TwiceColumn(&'static str),
    /// Bytes that are no UTF-8.
    #[error("the file is not UTF-8 ({0}); save it as 'CSV UTF-8' and import it again")]
    Encoding(&'static str),
    /// A row that never ends.
    #[error(
        "the row that begins on line {0} is longer than 64 kB; a quote is probably not closed there"
    )]
    EndlessRow(u64),
    /// The file cannot be read.
    #[error("the file cannot be read to its end; check the disk, or copy it anew")]
    Read(#[source] std::io::Error),
    /// The store failed.
    #[error("the store failed; nothing was imported, so import the file again when it works")]
    Store(#[from] StoreError),
}

pub(crate) fn names() -> String {
    Column::ALL.map(Column::name).join(",")
}

/// Imports a file. `progress` is called about every 500 rows. The reader may block: files do.
pub async fn run(
    store: &dyn Store,
    file: impl Read + Send,
    import: &Import<'_>,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Report, ImportError> {
    let mut rows = Rows::open(file)?;
    let rules =
        RowReader { pepper: import.pepper, check_digit: import.check_digit, home: store.home() };
    let mut staging = store.stage().await?;
    let outcome = stage_all(&mut rows, &rules, &mut *staging, &mut progress).await;
    let mut report = match outcome {
        Ok(report) => report,
        Err(error) => {
            // The first error is the one to tell; what is left staged is cleared by a later import.
            let _ = staging.discard().await;
            return Err(error);
        }
    };
    if report.refused_total > 0 && import.policy == Policy::AllOrNothing {
        staging.discard().await?;
        return Ok(report);
    }
    (report.added, report.changed) = staging.commit().await?;
    report.imported = true;
    Ok(report)
}

async fn stage_all<R: Read>(
    rows: &mut Rows<R>,
    rules: &RowReader<'_>,
    staging: &mut dyn Staging,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report, ImportError> {
    let mut report = Report::default();
    let mut chunk = Vec::with_capacity(IMPORT_CHUNK);
    let mut twice = Twice::default();
    while let Some((line, row)) = rows.next()? {
        report.rows += 1;
        let read =
            row.and_then(|fields| fields.case(rules)).and_then(|case| twice.check(case, line));
        match read {
            Ok(case) => chunk.push(case),
            Err(fault) => report.refuse(line, fault),
        }
        if chunk.len() == IMPORT_CHUNK {
            staging.put(std::mem::take(&mut chunk)).await?;
        }
        if report.rows.is_multiple_of(IMPORT_CHUNK as u64) {
            progress(report.progress(rows.bytes()));
        }
    }
    if !chunk.is_empty() {
        staging.put(chunk).await?;
    }
    progress(report.progress(rows.bytes()));
    Ok(report)
}

impl Report {
    const fn progress(&self, bytes: u64) -> Progress {
        Progress { rows: self.rows, refused: self.refused_total, bytes }
    }

    fn refuse(&mut self, row: u64, (field, problem): RowFault) {
        self.refused_total += 1;
        if self.refused.len() < REFUSALS_MAX {
            let field = field.map_or("row", Column::name).to_owned();
            self.refused.push(RefusedRow { row, field, problem });
        }
    }
}

/// What is wrong with a row; without a column it is the whole row.
pub(crate) type RowFault = (Option<Column>, String);

/// Finds numbers that come twice, by a keyed 64-bit hash: in a million rows a false alarm has a chance
/// of one in thirty-seven million, and then refuses a row with a wrong reason.
#[derive(Default)]
struct Twice {
    lines: HashMap<u64, u64>,
    hasher: RandomState,
}

impl Twice {
    fn check(&mut self, case: NewCase, line: u64) -> Result<NewCase, RowFault> {
        match self.lines.insert(self.hasher.hash_one(&case.number), line) {
            None => Ok(case),
            Some(before) => {
                self.lines.insert(self.hasher.hash_one(&case.number), before);
                let what = format!("is the same as on line {before}; keep one of the two rows");
                Err((Some(Column::Number), what))
            }
        }
    }
}
