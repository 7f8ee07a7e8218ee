//! The folder of published flows: versions put on it, aliases moved on it.

use super::alias::{Alias, MoveError};
use super::disk;
use super::version::{self, About, Draft};
use dialplan::{Environment, Plan, Texts};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Flows on one shelf. More: a sentence says so.
const FLOWS_MAX: usize = 256;
/// Versions listed of one flow, the newest first.
const VERSIONS_MAX: usize = 1_000;
/// Bytes of an alias; a longer file is none of ours.
const ALIAS_BYTES_MAX: u64 = 1 << 20;
const ALIAS: &str = "alias.toml";

/// Why something on the shelf cannot be read or written, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    #[error("cannot read {path}; check that it is there and who may read it", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {path}: nothing was published and nothing is half there; make room, or check who may write", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{path}: {why}", path = path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("{label} does not pass the check of this server any more:{faults}")]
    Refused { label: String, faults: String },
    #[error(
        "'{0}' cannot be the name of a folder; a flow that is published has a name of letters, digits, - and _"
    )]
    Name(String),
    #[error("{flow} has no version '{version}'; see: parley dialplan versions {flow}")]
    NoVersion { flow: String, version: String },
    #[error("'{version}' is the beginning of several versions of {flow}; give more digits")]
    Ambiguous { flow: String, version: String },
    #[error("{dir} holds more than {FLOWS_MAX} flows; move some away", dir = dir.display())]
    TooMany { dir: PathBuf },
    #[error(transparent)]
    Move(#[from] MoveError),
}

/// The folder of published flows.
#[derive(Clone, Debug)]
pub struct Shelf {
    dir: PathBuf,
}

/// The digits of a version that name its folder.
pub fn short(version: &str) -> &str {
    version.get(..12).unwrap_or(version)
}

impl Shelf {
    /// This folder; it need not be there yet.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    fn folder(&self, flow: &str) -> Result<PathBuf, ShelfError> {
        let letter = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let good = !flow.is_empty() && flow.len() <= 100 && flow.chars().all(letter);
        if good { Ok(self.dir.join(flow)) } else { Err(ShelfError::Name(flow.to_owned())) }
    }

    /// Where a flow's alias stands.
    pub fn alias_file(&self, flow: &str) -> Result<PathBuf, ShelfError> {
        Ok(self.folder(flow)?.join(ALIAS))
    }

    /// The names of published flows, in order; none where the folder is not there yet.
    pub fn flows(&self) -> Result<Vec<String>, ShelfError> {
        let mut names = Vec::new();
        for name in listed(&self.dir)? {
            if self.dir.join(&name).join(ALIAS).is_file() {
                names.push(name);
            }
            if names.len() > FLOWS_MAX {
                return Err(ShelfError::TooMany { dir: self.dir.clone() });
            }
        }
        names.sort();
        Ok(names)
    }

    /// Puts a version on the shelf; one that is there already is left as it is. True: it is new.
    pub fn put(&self, draft: &Draft<'_>) -> Result<bool, ShelfError> {
        let flow = self.folder(&draft.plan.name)?;
        let folder = flow.join(short(&draft.plan.version));
        let failed = |source| ShelfError::Write { path: folder.clone(), source };
        let _alone = disk::lock(&flow).map_err(failed)?;
        if folder.is_dir() {
            let there = version::about(&folder)?;
            return match there.version == draft.plan.version {
                true => Ok(false),
                false => Err(ShelfError::Damaged {
                    path: folder,
                    why: "another version has the same first digits; change a word".to_owned(),
                }),
            };
        }
        disk::place(&folder, &draft.files()).map_err(failed)?;
        Ok(true)
    }

    /// A flow's alias; an empty one before its first publication.
    pub fn alias(&self, flow: &str) -> Result<Alias, ShelfError> {
        let path = self.alias_file(flow)?;
        let length = match std::fs::metadata(&path) {
            Ok(about) => about.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Alias::default()),
            Err(source) => return Err(ShelfError::Read { path, source }),
        };
        if length > ALIAS_BYTES_MAX {
            let why = "it is too long for an alias; restore it".to_owned();
            return Err(ShelfError::Damaged { path, why });
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ShelfError::Read { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|error| ShelfError::Damaged { path, why: error.to_string() })
    }

    /// Changes a flow's alias as a whole, or not at all; nobody else changes it meanwhile.
    pub fn change<T>(
        &self,
        flow: &str,
        change: impl FnOnce(&mut Alias) -> Result<T, MoveError>,
    ) -> Result<T, ShelfError> {
        let folder = self.folder(flow)?;
        let path = folder.join(ALIAS);
        let failed = |source| ShelfError::Write { path: path.clone(), source };
        let _alone = disk::lock(&folder).map_err(failed)?;
        let mut alias = self.alias(flow)?;
        let done = change(&mut alias)?;
        let text = toml::to_string(&alias)
            .map_err(|error| ShelfError::Damaged { path: path.clone(), why: error.to_string() })?;
        disk::replace(&path, text.as_bytes()).map_err(failed)?;
        Ok(done)
    }

    /// The versions of a flow, the newest first.
    pub fn versions(&self, flow: &str) -> Result<Vec<About>, ShelfError> {
        let folder = self.folder(flow)?;
        let mut versions = Vec::new();
        for name in listed(&folder)? {
            let inside = folder.join(&name);
            if inside.is_dir() && !name.starts_with('.') {
                versions.extend(version::about(&inside).ok());
            }
        }
        versions.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.version.cmp(&b.version)));
        versions.truncate(VERSIONS_MAX);
        Ok(versions)
    }

    /// The one version that begins with these digits.
    pub fn find(&self, flow: &str, digits: &str) -> Result<About, ShelfError> {
        let named = || (flow.to_owned(), digits.to_owned());
        let all = self.versions(flow)?;
        let mut found = all.into_iter().filter(|about| about.version.starts_with(digits));
        match (found.next(), found.next()) {
            (Some(about), None) if !digits.is_empty() => Ok(about),
            (Some(_), Some(_)) => {
                let (flow, version) = named();
                Err(ShelfError::Ambiguous { flow, version })
            }
            _ => {
                let (flow, version) = named();
                Err(ShelfError::NoVersion { flow, version })
            }
        }
    }

    /// Reads a version back as a plan.
    pub fn open(
        &self,
        flow: &str,
        version: &str,
        live: &Arc<dyn Texts>,
        environment: &Environment,
    ) -> Result<Arc<Plan>, ShelfError> {
        version::open(&self.folder(flow)?.join(short(version)), live, environment)
    }
}

/// The names in a folder; none where it is not there.
fn listed(dir: &Path) -> Result<Vec<String>, ShelfError> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(ShelfError::Read { path: dir.to_owned(), source }),
    };
    Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialplan::{Catalogues, CheckDigit};
    use ids::Lang;
    use std::fs;
    use words::Catalogue;

    const FLOW: &str = "flow hello {\n    languages en\n    entry hi\n\n    hangup hi {\n        prompt hi\n    }\n}\n";

    fn texts(words: &str) -> Arc<dyn Texts> {
        let ftl = format!("hi = {words}\ntech_error = Sorry.\n");
        Arc::new(Catalogues::new(vec![Catalogue::parse(Lang::EnGb, &ftl).unwrap()]))
    }

    fn plan(words: &str) -> Arc<Plan> {
        let checked = Plan::check(FLOW.as_bytes(), "f.kdl", &texts(words), &Environment::default());
        checked.unwrap_or_else(|faults| panic!("{}", faults[0]))
    }

    fn put(shelf: &Shelf, words: &str, at: &str) -> Result<String, ShelfError> {
        let plan = plan(words);
        let draft = Draft { plan: &plan, source: FLOW, author: "Anna", note: "why", at };
        shelf.put(&draft).map(|_| plan.version.clone())
    }

    fn shelf(name: &str) -> (Shelf, PathBuf) {
        let dir = std::env::temp_dir().join(format!("parley-shelf-{}-{name}", std::process::id()));
        (Shelf::at(dir.clone()), dir)
    }

    #[test]
    fn a_version_keeps_its_words_when_the_catalogue_goes_on() {
        let (shelf, dir) = shelf("words");
        let first = put(&shelf, "Good day.", "2026-11-22T01:00:00Z").unwrap();
        let second = put(&shelf, "Hello.", "2026-11-22T02:00:00Z").unwrap();
        assert_ne!(first, second, "other words are another version");
        put(&shelf, "Hello.", "2026-11-22T03:00:00Z").unwrap();
        let kept = shelf.versions("hello").unwrap();
        assert_eq!(kept.iter().map(|a| &a.version).collect::<Vec<_>>(), [&second, &first]);
        let old = shelf.open("hello", &first, &texts("Hello."), &Environment::default()).unwrap();
        assert_eq!(old.version, first);
        assert!(old.used_texts().iter().any(|text| text.source.contains("Good day.")));
        let damm = Environment { check_digit: CheckDigit::Damm };
        let other = shelf.open("hello", &first, &texts("Hello."), &damm).unwrap();
        assert_eq!(other.version, first, "it goes by the name it was published under");
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_file_that_was_changed_by_hand_is_not_used() {
        let (shelf, dir) = shelf("damage");
        let version = put(&shelf, "Good day.", "now").unwrap();
        let flow = dir.join("hello").join(short(&version)).join("flow.kdl");
        fs::write(&flow, FLOW.replace("hi", "ho")).unwrap();
        let error = shelf
            .open("hello", &version, &texts("Good day."), &Environment::default())
            .map(drop)
            .unwrap_err();
        assert!(error.to_string().contains("not as it was published"), "{error}");
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_half_there() {
        let (shelf, dir) = shelf("full");
        put(&shelf, "Good day.", "now").unwrap();
        let flow = dir.join("hello");
        // A file stands where the folder would be: the write fails whoever runs the test.
        let other = plan("Hello.").version.clone();
        let place = flow.join(short(&other));
        fs::write(&place, "").unwrap();
        let error = put(&shelf, "Hello.", "now").unwrap_err();
        assert!(error.to_string().contains("nothing is half there"), "{error}");
        assert!(!place.is_dir());
        let names = listed(&flow).unwrap();
        assert!(!names.iter().any(|name| name.starts_with('.') && name != ".lock"), "{names:?}");
        assert_eq!(shelf.versions("hello").unwrap().len(), 1);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_version_is_found_by_its_first_digits_and_a_strange_name_is_refused() {
        let (shelf, dir) = shelf("find");
        let version = put(&shelf, "Good day.", "now").unwrap();
        assert_eq!(shelf.find("hello", &version[..4]).unwrap().version, version);
        assert!(matches!(shelf.find("hello", ""), Err(ShelfError::NoVersion { .. })));
        assert!(matches!(shelf.find("hello", "zz"), Err(ShelfError::NoVersion { .. })));
        assert!(matches!(shelf.alias("../etc"), Err(ShelfError::Name(_))));
        assert_eq!(shelf.flows().unwrap(), Vec::<String>::new(), "no alias yet");
        shelf
            .change("hello", |alias| {
                alias.publish(&version);
                Ok(())
            })
            .unwrap();
        assert_eq!(shelf.flows().unwrap(), ["hello"]);
        fs::remove_dir_all(dir).unwrap();
    }
}
