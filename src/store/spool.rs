//! Where records wait while the database is gone: one append-only file.
//!
//! ```text
//!   "parley spool 1\n" | length u32 | checksum 8 bytes | payload (JSON) | length | checksum | …
//!                        big-endian   first of SHA-256
//! ```
//!
//! Owns: durability (a batch is on the disk when `append` returns), order, the size limit.
//! Never: a frame that cannot be trusted. A damaged tail, such as a power cut leaves, is cut off at the
//! next opening and kept beside as `<spool>.damaged`.

use crate::errors::SpoolError;
use crate::limits::SPOOL_FRAME_BYTES_MAX;
use ids::{CallId, CaseId};
use records::{CallRecord, Event, EventKind};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b"parley spool 1\n";
const HEAD_BYTES: u64 = 4 + 8;

/// Records that are written together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Batch {
    /// Events, in order within each call.
    pub events: Vec<Event>,
    /// Calls.
    pub calls: Vec<CallRecord>,
}

/// An open spool, held by this process alone.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    file: File,
    /// End of the last good frame.
    end: u64,
    /// Where replaying goes on.
    next: u64,
    bytes_max: u64,
}

impl Batch {
    /// True when nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty() && self.calls.is_empty()
    }

    fn to_bytes(&self) -> Vec<u8> {
        let event = |e: &Event| json!([e.call.0, e.seq, e.case.map(|c| c.0), e.at_us, e.kind]);
        let events: Vec<_> = self.events.iter().map(event).collect();
        json!({ "events": events, "calls": self.calls }).to_string().into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut whole: Value = serde_json::from_slice(bytes).ok()?;
        let calls = serde_json::from_value(whole["calls"].take()).ok()?;
        let Value::Array(events) = whole["events"].take() else { return None };
        let events = events.into_iter().map(read_event).collect::<Option<_>>()?;
        Some(Self { events, calls })
    }
}

fn read_event(value: Value) -> Option<Event> {
    let parts: (u64, u32, Option<u64>, i64, EventKind) = serde_json::from_value(value).ok()?;
    let (call, seq, case, at_us, kind) = parts;
    Some(Event { call: CallId(call), seq, case: case.map(CaseId), at_us, kind })
}

impl Spool {
    /// Opens or makes a spool of at most `bytes_max` bytes.
    pub fn open(path: &Path, bytes_max: u64) -> Result<Self, SpoolError> {
        let failed = |what| move |source| SpoolError::Disk { path: path.to_owned(), what, source };
        let mut file = private(path).map_err(failed("opened"))?;
        file.try_lock().map_err(|_| SpoolError::InUse(path.to_owned()))?;
        let length = file.metadata().map_err(failed("opened"))?.len();
        let end = good_end(&mut file, length).map_err(failed("read"))?;
        if end < length {
            keep_tail(path, &mut file, end).map_err(failed("mended"))?;
        }
        if end == 0 {
            file.seek(SeekFrom::Start(0)).map_err(failed("written"))?;
            file.write_all(MAGIC).map_err(failed("written"))?;
        }
        file.sync_all().map_err(failed("written"))?;
        let end = end.max(MAGIC.len() as u64);
        Ok(Self { path: path.to_owned(), file, end, next: MAGIC.len() as u64, bytes_max })
    }

    /// Bytes that wait to be replayed.
    pub const fn waiting_bytes(&self) -> u64 {
        self.end - self.next
    }

    /// Writes a batch behind all others; it is on the disk when this returns.
    pub fn append(&mut self, batch: &Batch) -> Result<(), SpoolError> {
        let payload = batch.to_bytes();
        if payload.len() > SPOOL_FRAME_BYTES_MAX {
            return Err(SpoolError::TooLarge(payload.len()));
        }
        let length = HEAD_BYTES + payload.len() as u64;
        if self.end + length > self.bytes_max {
            return Err(SpoolError::Full { path: self.path.clone(), limit: self.bytes_max });
        }
        match self.write(&payload) {
            Ok(()) => {
                self.end += length;
                Ok(())
            }
            Err(source) => {
                // What was written of the frame must not stand before the next one.
                let _ = self.file.set_len(self.end);
                Err(self.failed("written", source))
            }
        }
    }

    fn write(&mut self, payload: &[u8]) -> io::Result<()> {
        let mut frame = Vec::with_capacity(payload.len() + HEAD_BYTES as usize);
        frame.extend_from_slice(&(payload.len() as u32).to_be_bytes());
        frame.extend_from_slice(&checksum(payload));
        frame.extend_from_slice(payload);
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&frame)?;
        self.file.sync_data()
    }

    /// The first batch that is not [`done`](Spool::done) yet.
    pub fn first(&mut self) -> Result<Option<Batch>, SpoolError> {
        while self.next < self.end {
            self.file.seek(SeekFrom::Start(self.next)).map_err(|e| self.failed("read", e))?;
            let payload = match read_frame(&mut self.file, self.end - self.next) {
                Ok(Some(payload)) => payload,
                // It was good when the spool was opened: the disk is failing.
                Ok(None) => return Err(self.failed("read", io::ErrorKind::InvalidData.into())),
                Err(error) => return Err(self.failed("read", error)),
            };
            if let Some(batch) = Batch::from_bytes(&payload) {
                return Ok(Some(batch));
            }
            // Whole, but not of this version: kept, out of the way of all behind it.
            self.set_aside()?;
        }
        Ok(None)
    }

    /// The first batch is in the store. When it was the last one the file becomes empty.
    pub fn done(&mut self) -> Result<(), SpoolError> {
        self.next += self.first_frame()?.len() as u64;
        if self.next >= self.end {
            self.end = MAGIC.len() as u64;
            self.next = self.end;
            self.file.set_len(self.end).map_err(|e| self.failed("emptied", e))?;
            self.file.sync_all().map_err(|e| self.failed("emptied", e))?;
        }
        Ok(())
    }

    /// The store will never take the first batch: it is kept in `<spool>.refused`, and the next one
    /// comes up.
    pub fn set_aside(&mut self) -> Result<(), SpoolError> {
        let frame = self.first_frame()?;
        let beside = beside(&self.path, "refused");
        let kept = private(&beside).and_then(|mut file| {
            file.seek(SeekFrom::End(0))?;
            file.write_all(&frame)?;
            file.sync_all()
        });
        kept.map_err(|source| SpoolError::Disk { path: beside, what: "written", source })?;
        self.done()
    }

    fn first_frame(&mut self) -> Result<Vec<u8>, SpoolError> {
        let read = |spool: &mut Self| {
            let mut head = [0; HEAD_BYTES as usize];
            spool.file.seek(SeekFrom::Start(spool.next))?;
            spool.file.read_exact(&mut head)?;
            let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
            let mut frame = head.to_vec();
            (&mut spool.file).take(u64::from(length)).read_to_end(&mut frame)?;
            Ok(frame)
        };
        read(self).map_err(|error| self.failed("read", error))
    }

    fn failed(&self, what: &'static str, source: io::Error) -> SpoolError {
        SpoolError::Disk { path: self.path.clone(), what, source }
    }
}

/// It holds names and debts: only its owner reads it.
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}"));
    path.with_file_name(name)
}

fn checksum(payload: &[u8]) -> [u8; 8] {
    let hash: [u8; 32] = Sha256::digest(payload).into();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    first
}

/// The end of the last frame that is whole; 0 when not even the beginning is a spool's.
fn good_end(file: &mut File, length: u64) -> io::Result<u64> {
    let mut magic = [0; MAGIC.len()];
    file.seek(SeekFrom::Start(0))?;
    if length < MAGIC.len() as u64 {
        return Ok(0);
    }
    file.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Ok(0);
    }
    let mut end = MAGIC.len() as u64;
    while let Some(payload) = read_frame(file, length - end)? {
        end += HEAD_BYTES + payload.len() as u64;
    }
    Ok(end)
}

/// The payload of the frame at the file's position, if it is whole.
fn read_frame(file: &mut File, left: u64) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; HEAD_BYTES as usize];
    if left < HEAD_BYTES {
        return Ok(None);
    }
    file.read_exact(&mut head)?;
    let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
    if length > SPOOL_FRAME_BYTES_MAX || length as u64 > left - HEAD_BYTES {
        return Ok(None);
    }
    let mut payload = vec![0; length];
    file.read_exact(&mut payload)?;
    Ok((checksum(&payload) == head[4..]).then_some(payload))
}

/// Moves what stands behind the last good frame to `<spool>.damaged`.
fn keep_tail(path: &Path, file: &mut File, end: u64) -> io::Result<()> {
    let mut kept = private(&beside(path, "damaged"))?;
    kept.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(end))?;
    let bytes = io::copy(file, &mut kept)?;
    kept.sync_all()?;
    tracing::warn!(alarm = true, bytes, spool = %path.display(), "the spool's end was damaged; it is kept beside as .damaged");
    file.set_len(end)
}
