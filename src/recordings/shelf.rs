//! Where recordings stand: a folder a day (UTC), a file a call, readable by the server's own user alone.
//!
//! ```text
//!   recordings/2026-11-22/call-6434e1f2c4a1b.plr          .part while the call goes on, or after a crash
//! ```
//! Owns: names, ages, removal. Never: what is in a file.

use ids::CallId;
use jiff::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// One file of the shelf.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Whose.
    pub call: CallId,
    /// Where.
    pub path: PathBuf,
    /// False while it is written, and for ever when the program was stopped in the middle of it.
    pub finished: bool,
    /// On disk.
    pub bytes: u64,
}

/// The directory of all recordings.
#[derive(Clone, Debug)]
pub struct Shelf {
    dir: PathBuf,
}

impl Shelf {
    /// In this directory; it is made when the first recording needs it.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the file of a call that begins to be recorded.
    ///
    /// # Errors
    /// The disk's; also when the call has one already.
    pub fn create(&self, call: CallId) -> io::Result<File> {
        let path = self.place(call, "part");
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        OpenOptions::new().write(true).read(true).create_new(true).mode(0o600).open(path)
    }

    /// The recording is whole: it gets its name.
    ///
    /// # Errors
    /// The disk's.
    pub fn finish(&self, call: CallId) -> io::Result<PathBuf> {
        let path = self.place(call, "plr");
        fs::rename(self.place(call, "part"), &path)?;
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(path)
    }

    /// The file of a call, whole or not.
    pub fn find(&self, call: CallId) -> Option<Entry> {
        let whole = entry(&self.place(call, "plr"));
        whole.or_else(|| entry(&self.place(call, "part")))
    }

    /// All files, the oldest call first. What is no recording is left alone.
    ///
    /// # Errors
    /// The disk's; a shelf that is not there yet is empty.
    pub fn list(&self) -> io::Result<Vec<Entry>> {
        let mut all = Vec::new();
        let folders = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(all),
            folders => folders?,
        };
        for folder in folders.flatten().filter(|f| f.path().is_dir()) {
            all.extend(fs::read_dir(folder.path())?.flatten().filter_map(|f| entry(&f.path())));
        }
        all.sort_by_key(|entry| entry.call);
        Ok(all)
    }

    /// Files of calls that began before this moment (Unix µs).
    ///
    /// # Errors
    /// The disk's.
    pub fn older_than(&self, unix_us: i64) -> io::Result<Vec<Entry>> {
        let old = |entry: &Entry| i64::try_from(entry.call.0).is_ok_and(|born| born < unix_us);
        Ok(self.list()?.into_iter().filter(old).collect())
    }

    /// Removes a file, and its folder when it was the last in it.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove(&self, entry: &Entry) -> io::Result<()> {
        fs::remove_file(&entry.path)?;
        if let Some(folder) = entry.path.parent().filter(|folder| *folder != self.dir) {
            // others stand in it, mostly
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    /// A call's id is its birth in Unix µs: its folder follows from it.
    fn place(&self, call: CallId, ending: &str) -> PathBuf {
        let born = i64::try_from(call.0).ok().and_then(|us| Timestamp::from_microsecond(us).ok());
        let day = born.unwrap_or_default().strftime("%Y-%m-%d").to_string();
        self.dir.join(day).join(format!("{call}.{ending}"))
    }
}

fn entry(path: &Path) -> Option<Entry> {
    let finished = match path.extension()?.to_str()? {
        "plr" => true,
        "part" => false,
        _ => return None,
    };
    let id = path.file_stem()?.to_str()?.strip_prefix("call-")?;
    let call = CallId(u64::from_str_radix(id, 16).ok()?);
    let bytes = path.metadata().ok()?.len();
    Some(Entry { call, path: path.to_owned(), finished, bytes })
}
