//! The key file: 32 random bytes that key the digests of PINs, made at first use.
//!
//! Owns: making it once, mode 0600, all of it or nothing of it; refusing one that cannot be right.
//! Never: the key in a message, a log, or a database.

use records::Pepper;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Length of the key.
pub const KEY_BYTES: usize = 32;

/// Why there is no key, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("cannot read the key file {path}: {source}; run parley as the user that owns it", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write a new key file {path}: {source}; name a place that parley may write to: store.key-file, recordings.key-file", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "the key file {path} holds {bytes} bytes instead of {KEY_BYTES}; put the right one back from your backup \
         (with a new key no PIN on file fits any more, until all cases are imported again, and no recording opens)",
        path = path.display()
    )]
    Length { path: PathBuf, bytes: usize },
    #[error("this system gives no random bytes: {0}; look at its kernel's getrandom")]
    Random(getrandom::Error),
}

/// Reads the key, or makes one where there is none yet.
///
/// # Errors
/// [`SecretError`]; a file that is there is never written over.
pub fn pepper(path: &Path) -> Result<Pepper, SecretError> {
    key(path).map(|key| Pepper(*key))
}

/// Reads a key, or makes one where there is none yet.
///
/// # Errors
/// [`SecretError`]; a file that is there is never written over.
pub fn key(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, SecretError> {
    match existing_key(path) {
        Err(SecretError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            make(path)?;
            existing_key(path)
        }
        other => other,
    }
}

/// 32 random bytes for one run: tags, branches and Call-IDs follow from them.
///
/// # Errors
/// [`SecretError::Random`].
pub fn seed() -> Result<[u8; 32], SecretError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(SecretError::Random)?;
    Ok(seed)
}

/// Whether others than its owner may read or write the file.
pub fn is_open_to_others(path: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

/// Reads a key that must be there.
///
/// # Errors
/// [`SecretError`].
pub fn existing_key(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, SecretError> {
    let failed = |source| SecretError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    // One byte more than a key, so that a longer file is told from a right one.
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 1));
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
    key.map(Zeroizing::new)
        .map_err(|_| SecretError::Length { path: path.to_owned(), bytes: bytes.len() })
}

/// Writes a key beside its place and links it there: of two programs that start at once one wins and
/// both use its key; a crash leaves no half of one.
fn make(path: &Path) -> Result<(), SecretError> {
    let failed = |source| SecretError::Write { path: path.to_owned(), source };
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(SecretError::Random)?;
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let beside = PathBuf::from(name);
    let linked = write_private(&beside, &key).and_then(|()| std::fs::hard_link(&beside, path));
    let removed = std::fs::remove_file(&beside);
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked.and(removed).map_err(failed),
    }
}

fn write_private(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("parley-key-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        dir
    }

    #[test]
    fn the_first_use_makes_a_key_that_only_its_owner_reads_and_later_uses_find_it() {
        let dir = place("first");
        let path = dir.join("deep/parley.key");
        let first = pepper(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!is_open_to_others(&path).unwrap());
        assert_eq!(first.0, pepper(&path).unwrap().0);
        assert_ne!(first.0, [0; KEY_BYTES]);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_file_that_is_no_key_is_refused_and_kept() {
        let dir = place("short");
        std::fs::create_dir_all(&dir).unwrap();
        for wrong in [&b"too short"[..], &[7; KEY_BYTES + 1]] {
            let path = dir.join("parley.key");
            std::fs::write(&path, wrong).unwrap();
            let error = pepper(&path).unwrap_err().to_string();
            assert!(error.contains("instead of 32") && error.contains("backup"), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), wrong);
        }
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named_with_its_setting() {
        let error = pepper(Path::new("/proc/no/parley.key")).unwrap_err().to_string();
        assert!(
            error.contains("/proc/no/parley.key") && error.contains("store.key-file"),
            "{error}"
        );
    }
}
