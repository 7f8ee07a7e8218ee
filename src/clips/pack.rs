//! A language's synthetic clips: one FLAC with all of them, and a table that says where each stands.

use crate::decode::{DecodeError, decode};
use crate::limits::{PACK_RATE_HZ, PACK_SECONDS_MAX};
use std::path::{Path, PathBuf};

/// The audio's file name within a language's folder.
pub(crate) const SOUND: &str = "synthetic.flac";
/// The table's.
pub(crate) const TABLE: &str = "synthetic.tsv";

const HEADER: &str = "id\tstart\tlength\ttext_hash\tkind\tengine\tvoice\tversion\tlicence\ttext";

/// One row of the table, as far as it matters here; the rest is provenance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub id: String,
    /// First sample at 16 kHz.
    pub start: usize,
    /// Samples.
    pub length: usize,
    pub text_hash: String,
    pub text: String,
}

/// Why a pack is not used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The table cannot be read.
    #[error("{path} cannot be read: restore it, or run the render script")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line of the table.
    #[error(
        "{path} line {line} is no clip: run the render script again; the table is not written by hand"
    )]
    Line {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The audio.
    #[error("{path} gives no audio: restore it, or run the render script")]
    Sound {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// The audio is not of this table.
    #[error("{path} ends before clip {id}: table and audio are of two runs; restore both")]
    Short {
        /// Which file.
        path: PathBuf,
        /// The first clip outside.
        id: String,
    },
}

/// The table of a language's folder, in the order of the audio.
pub(crate) fn table(folder: &Path) -> Result<Vec<Row>, PackError> {
    let path = folder.join(TABLE);
    let text = std::fs::read_to_string(&path)
        .map_err(|source| PackError::Read { path: path.clone(), source })?;
    let bad = |line| PackError::Line { path: path.clone(), line };
    let mut lines = text.lines().enumerate();
    match lines.next() {
        Some((_, HEADER)) => {}
        _ => return Err(bad(1)),
    }
    lines.map(|(n, line)| row(line).ok_or_else(|| bad(n + 1))).collect()
}

fn row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, start, length, text_hash, _, _, _, _, _, text] = cells[..] else { return None };
    let (start, length) = (start.parse().ok()?, length.parse().ok()?);
    Some(Row { id: id.into(), start, length, text_hash: text_hash.into(), text: text.into() })
}

/// The whole audio of a pack, 16 kHz.
pub(crate) fn sound(folder: &Path, rows: &[Row]) -> Result<Vec<f32>, PackError> {
    let path = folder.join(SOUND);
    let decoded = decode(&path, PACK_SECONDS_MAX)
        .and_then(
            |mono| if mono.rate_hz == PACK_RATE_HZ { Ok(mono) } else { Err(DecodeError::NoTrack) },
        )
        .map_err(|source| PackError::Sound { path: path.clone(), source })?;
    let fits = |row: &&Row| row.start.saturating_add(row.length) > decoded.samples.len();
    match rows.iter().find(fits) {
        Some(row) => Err(PackError::Short { path, id: row.id.clone() }),
        None => Ok(decoded.samples),
    }
}
