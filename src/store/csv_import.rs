//! A file of cases into the store: every refused row is reported, and nothing is half-imported.
//!
//! ```text
//!   bytes ── separator, header ── rows ──good──> staged ──end──> taken over at once
//!                                   └─refused──> report, and nothing is taken over (unless asked)
//! ```
//!
//! Memory does not grow with the file, but for 16 bytes a row to find numbers that come twice.

use crate::contract::{NewCase, Staging, Store};
pub use crate::csv_row::{CheckDigit, Column};
use crate::csv_row::{Fault, RowReader};
use crate::errors::StoreError;
use crate::limits::{CSV_ROW_BYTES_MAX, IMPORT_CHUNK, REFUSALS_MAX};
use csv::ByteRecord;
use records::Pepper;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader, Read};

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

fn names() -> String {
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
            progress(rows.progress(&report));
        }
    }
    if !chunk.is_empty() {
        staging.put(chunk).await?;
    }
    progress(rows.progress(&report));
    Ok(report)
}

impl Report {
    fn refuse(&mut self, row: u64, (field, problem): RowFault) {
        self.refused_total += 1;
        if self.refused.len() < REFUSALS_MAX {
            let field = field.map_or("row", Column::name).to_owned();
            self.refused.push(RefusedRow { row, field, problem });
        }
    }
}

/// What is wrong with a row; without a column it is the whole row.
type RowFault = (Option<Column>, String);

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

/// One row's fields by column.
struct Fields<'r> {
    record: &'r ByteRecord,
    places: &'r [(Column, usize)],
}

impl Fields<'_> {
    fn case(&self, rules: &RowReader<'_>) -> Result<NewCase, RowFault> {
        for (column, place) in self.places {
            let bytes = self.record.get(*place).unwrap_or_default();
            if std::str::from_utf8(bytes).is_err() {
                let what = "is not UTF-8 (it looks like Windows-1250 or Latin-1); save the file as 'CSV UTF-8' and import it again";
                return Err((Some(*column), what.to_owned()));
            }
        }
        let fault = |(column, what): Fault| (Some(column), what);
        rules.read(|column| self.text(column)).map_err(fault)
    }

    fn text(&self, column: Column) -> &str {
        let place = self.places.iter().find(|(c, _)| *c == column).map(|(_, place)| *place);
        let bytes = place.and_then(|place| self.record.get(place)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default().trim()
    }
}

/// The rows of a file.
struct Rows<R: Read> {
    csv: csv::Reader<Guard<BufReader<R>>>,
    record: ByteRecord,
    places: Vec<(Column, usize)>,
    width: usize,
}

impl<R: Read> Rows<R> {
    fn open(file: R) -> Result<Self, ImportError> {
        let mut file = BufReader::with_capacity(CSV_ROW_BYTES_MAX, file);
        let start = file.fill_buf().map_err(ImportError::Read)?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            return Err(ImportError::Encoding("it is UTF-16"));
        }
        if start.starts_with(&[0xef, 0xbb, 0xbf]) {
            file.consume(3);
        }
        let separator = separator(file.fill_buf().map_err(ImportError::Read)?);
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .from_reader(Guard { file, read: 0, allowed: u64::MAX });
        let mut header = ByteRecord::new();
        csv.get_mut().allow_one_row();
        match csv.read_byte_record(&mut header) {
            Ok(true) => {}
            Ok(false) => return Err(ImportError::Empty),
            Err(error) => return Err(read_error(error, 1)),
        }
        let places = places(&header)?;
        Ok(Self { csv, record: ByteRecord::new(), places, width: header.len() })
    }

    /// The next row with the line it begins on.
    #[allow(clippy::type_complexity)]
    fn next(&mut self) -> Result<Option<(u64, Result<Fields<'_>, RowFault>)>, ImportError> {
        loop {
            let line = self.csv.position().line();
            self.csv.get_mut().allow_one_row();
            match self.csv.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return Err(read_error(error, line)),
            }
            let blank = self.record.iter().all(|field| field.iter().all(u8::is_ascii_whitespace));
            if !blank {
                break;
            }
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let (found, width) = (self.record.len(), self.width);
        if found != width {
            let what = format!(
                "has {found} fields, the first line has {width}; a field that holds the separator must stand in quotes"
            );
            return Ok(Some((line, Err((None, what)))));
        }
        Ok(Some((line, Ok(Fields { record: &self.record, places: &self.places }))))
    }

    fn progress(&self, report: &Report) -> Progress {
        let bytes = self.csv.get_ref().read;
        Progress { rows: report.rows, refused: report.refused_total, bytes }
    }
}

fn read_error(error: csv::Error, line: u64) -> ImportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            ImportError::EndlessRow(line)
        }
        csv::ErrorKind::Io(error) => ImportError::Read(error),
        other => ImportError::Read(std::io::Error::other(format!("{other:?}"))),
    }
}

/// The separator that the first line has most of.
fn separator(start: &[u8]) -> u8 {
    let line = start.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |separator: &u8| line.iter().filter(|b| *b == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn places(header: &ByteRecord) -> Result<Vec<(Column, usize)>, ImportError> {
    let mut places: Vec<(Column, usize)> = Vec::new();
    for (place, name) in header.iter().enumerate() {
        let name = std::str::from_utf8(name)
            .map_err(|_| ImportError::Encoding("it looks like Windows-1250 or Latin-1"))?;
        let column = column(name)?;
        if places.iter().any(|(known, _)| *known == column) {
            return Err(ImportError::TwiceColumn(column.name()));
        }
        places.push((column, place));
    }
    let missing = Column::ALL.into_iter().find(|column| {
        !column.is_optional() && !places.iter().any(|(present, _)| present == column)
    });
    missing.map_or(Ok(places), |column| Err(ImportError::MissingColumn(column.name())))
}

/// Reads a header's name: case, spaces and hyphens do not matter.
fn column(name: &str) -> Result<Column, ImportError> {
    let plain = name.trim().to_lowercase().replace([' ', '-'], "_");
    if let Some(column) = Column::ALL.into_iter().find(|column| column.name() == plain) {
        return Ok(column);
    }
    let nearest = Column::ALL.into_iter().min_by_key(|column| distance(column.name(), &plain));
    let near = nearest.filter(|column| distance(column.name(), &plain) <= plain.len().div_ceil(3));
    let hint = match near {
        Some(column) => format!("did you mean '{}'?", column.name()),
        None => format!("the columns are {}", names()),
    };
    Err(ImportError::UnknownColumn { found: name.chars().take(40).collect(), hint })
}

/// How many single-character edits lie between two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(40).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Lets the CSV reader read only so far for one row: an open quote would take the whole file into
/// memory.
struct Guard<R> {
    file: R,
    read: u64,
    allowed: u64,
}

impl<R> Guard<R> {
    /// From where it is, one longest row and the reader's own buffer.
    fn allow_one_row(&mut self) {
        self.allowed = self.read + 2 * CSV_ROW_BYTES_MAX as u64;
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.read >= self.allowed {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "row too long"));
        }
        let count = self.file.read(into)?;
        self.read += count as u64;
        Ok(count)
    }
}
