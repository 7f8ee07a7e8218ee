//! A file of cases to rows: separator, byte order mark, header, and a bound on the length of a row.

use crate::contract::NewCase;
use crate::csv_import::{ImportError, RowFault, names};
use crate::csv_row::{Column, Fault, RowReader};
use crate::limits::CSV_ROW_BYTES_MAX;
use csv::ByteRecord;
use std::io::{BufRead, BufReader, Read};

/// One row's fields by column.
pub(crate) struct Fields<'r> {
    record: &'r ByteRecord,
    places: &'r [(Column, usize)],
}

impl Fields<'_> {
    /// The case that stands in the row, or what is wrong with it.
    pub fn case(&self, rules: &RowReader<'_>) -> Result<NewCase, RowFault> {
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
pub(crate) struct Rows<R: Read> {
    csv: csv::Reader<Guard<BufReader<R>>>,
    record: ByteRecord,
    places: Vec<(Column, usize)>,
    width: usize,
}

impl<R: Read> Rows<R> {
    /// Finds the separator and reads the header.
    pub fn open(file: R) -> Result<Self, ImportError> {
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
    pub fn next(&mut self) -> Result<Option<(u64, Result<Fields<'_>, RowFault>)>, ImportError> {
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

    /// Bytes of the file read so far.
    pub fn bytes(&self) -> u64 {
        self.csv.get_ref().read
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
