//! Where recordings of calls are kept, under which key, for how long.

use crate::secrets::{self, SecretError};
use recordings::{MasterKey, Ring, Shelf};
use serde::Deserialize;
use std::path::PathBuf;

/// Without a directory nothing is recorded.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recordings {
    /// Their directory.
    pub dir: Option<PathBuf>,
    /// 32 random bytes that wrap the keys of files; made at the first start. Keep it apart from them.
    pub key_file: PathBuf,
    /// Keys of before, for recordings that they sealed.
    pub old_key_files: Vec<PathBuf>,
    /// Days until a recording is removed.
    pub keep_days: u32,
}

impl Default for Recordings {
    fn default() -> Self {
        let key_file = "recordings.key".into();
        Self { dir: None, key_file, old_key_files: Vec::new(), keep_days: 90 }
    }
}

impl Recordings {
    /// The shelf, if there is one.
    pub fn shelf(&self) -> Option<Shelf> {
        self.dir.as_ref().map(Shelf::new)
    }

    /// All keys; the newest is made where there is none yet.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn ring(&self) -> Result<Ring, SecretError> {
        let newest = MasterKey::new(*secrets::key(&self.key_file)?);
        let old = |path: &PathBuf| Ok(MasterKey::new(*secrets::existing_key(path)?));
        let older = self.old_key_files.iter().map(old).collect::<Result<_, SecretError>>()?;
        Ok(Ring::new(newest, older))
    }
}
