//! Files that are whole or not there: written beside, synced, renamed, and the folder synced.

use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes one file so that a reader, or a power cut, sees the old or the new one.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let written = write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What is left beside is of no use; the error that counts is the first one.
        let _ = fs::remove_file(&beside);
    }
    written.and_then(|()| sync_folder(folder))
}

/// Makes a folder of files appear whole; one that is there already is left as it is.
pub fn place(folder: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent.join(format!(".{name}.{}", std::process::id()));
    let placed = fill(&beside, files).and_then(|()| fs::rename(&beside, folder));
    if placed.is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
    placed.and_then(|()| sync_folder(parent))
}

fn fill(folder: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for (name, bytes) in files {
        write(&folder.join(name), bytes)?;
    }
    sync_folder(folder)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Held while aliases of one flow are moved; let go when dropped.
pub struct Lock {
    _file: File,
}

/// Waits until nobody else moves this flow's alias.
pub fn lock(folder: &Path) -> io::Result<Lock> {
    fs::create_dir_all(folder)?;
    let file = File::create(folder.join(".lock"))?;
    flock(&file, FlockOperation::LockExclusive)?;
    clear(folder)?;
    Ok(Lock { _file: file })
}

/// Removes what a writer that was killed left beside: whoever holds the lock is the only writer.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        if left_beside(&entry.file_name().to_string_lossy()) {
            let path = entry.path();
            // It is in nobody's way: what cannot be removed stays.
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
    Ok(())
}

/// `.NAME.PROCESS`, as `replace` and `place` name what is not whole yet.
fn left_beside(name: &str) -> bool {
    let process = name.strip_prefix('.').and_then(|rest| rest.rsplit_once('.'));
    process.is_some_and(|(_, id)| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_writer_left_is_cleared_away() {
        let folder = std::env::temp_dir().join(format!("parley-disk-{}", std::process::id()));
        let names = [".3f2a5c9b01de.4711", ".alias.toml.4711", ".git", ".notes.txt", "alias.toml"];
        for name in names {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        drop(lock(&folder).unwrap());
        let mut kept: Vec<_> =
            fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
        kept.sort();
        assert_eq!(kept, [".git", ".lock", ".notes.txt", "alias.toml"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
