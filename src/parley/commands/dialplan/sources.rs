//! Flow files as named on the command line: files, or directories of `*.kdl`.

use dialplan::Library;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Files of one run; a longer list is refused.
const FILES_MAX: usize = 1_000;
/// Bytes read of a file: the checker refuses a longer one by itself, so one byte more is enough to see it.
const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// One file.
#[derive(Debug)]
pub struct Source {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// Why there is nothing to work on.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("cannot read {path}: {source}; name a flow file, or a directory of *.kdl", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} holds no *.kdl; name a directory that does", path = path.display())]
    Empty { path: PathBuf },
    #[error("more than {FILES_MAX} files are named; check them in parts")]
    TooMany,
}

/// Reads what is named, directories in the order of their file names.
pub fn find(named: &[PathBuf]) -> Result<Vec<Source>, SourceError> {
    let mut paths = Vec::new();
    for path in named {
        if path.is_dir() {
            paths.extend(listed(path)?);
        } else {
            paths.push(path.clone());
        }
    }
    if paths.len() > FILES_MAX {
        return Err(SourceError::TooMany);
    }
    paths.into_iter().map(read).collect()
}

/// The flows that a file can call: those of every `*.kdl` beside it. What cannot be read is left out; who
/// calls it is told.
pub fn around(file: &Path) -> Library {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut paths = listed(dir).unwrap_or_default();
    paths.truncate(FILES_MAX);
    library(&paths.into_iter().filter_map(|path| read(path).ok()).collect::<Vec<_>>())
}

/// The flows of these files.
pub fn library(sources: &[Source]) -> Library {
    let named: Vec<_> =
        sources.iter().map(|s| (s.path.display().to_string(), s.bytes.as_slice())).collect();
    Library::of(named.iter().map(|(name, bytes)| (name.as_str(), *bytes)))
}

/// Reads one file.
pub fn read(path: PathBuf) -> Result<Source, SourceError> {
    let mut bytes = Vec::new();
    let open = std::fs::File::open(&path);
    match open.and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Source { path, bytes }),
        Err(source) => Err(SourceError::Read { path, source }),
    }
}

fn listed(dir: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let failed = |source| SourceError::Read { path: dir.to_owned(), source };
    let entries: Vec<_> = std::fs::read_dir(dir).map_err(failed)?.flatten().collect();
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "kdl"));
    paths.sort();
    if paths.is_empty() { Err(SourceError::Empty { path: dir.to_owned() }) } else { Ok(paths) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_stands_for_its_flows_in_order_and_an_empty_one_is_told() {
        let dir = std::env::temp_dir().join(format!("parley-sources-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        assert!(
            find(std::slice::from_ref(&dir)).unwrap_err().to_string().contains("holds no *.kdl")
        );
        for name in ["b.kdl", "a.kdl", "notes.txt"] {
            std::fs::write(dir.join(name), name).unwrap();
        }
        let found = find(&[dir.clone(), dir.join("notes.txt")]).unwrap();
        let names: Vec<_> = found.iter().map(|s| String::from_utf8_lossy(&s.bytes)).collect();
        assert_eq!(names, ["a.kdl", "b.kdl", "notes.txt"]);
        std::fs::remove_dir_all(dir).unwrap();
        let gone = find(&["no/such.kdl".into()]).unwrap_err().to_string();
        assert!(gone.contains("no/such.kdl") && gone.contains("directory of *.kdl"), "{gone}");
    }
}
