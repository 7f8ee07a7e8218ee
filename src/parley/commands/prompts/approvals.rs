//! Who has listened to a prompt and found it good: one small file a language.

use super::Failure;
use crate::clock::Clock;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const FILE: &str = "approved.toml";

/// Approvals by prompt.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Approvals(BTreeMap<String, Approval>);

/// One approval: it holds as long as the words do.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    /// Hash of the words.
    text: String,
    by: String,
    /// RFC 3339.
    at: String,
}

impl Approvals {
    /// The approvals of a language's folder; none where the file is not there.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()).into())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("cannot read {}: {error}", path.display()).into()),
        }
    }

    /// Whether somebody approved these words.
    pub fn holds(&self, prompt: &str, text: &str) -> bool {
        self.0.get(prompt).is_some_and(|approval| approval.text == text)
    }

    /// Notes that these words were approved.
    pub fn approve(folder: &Path, prompt: &str, text: &str, by: &str) -> Result<(), Failure> {
        let mut all = Self::read(folder)?;
        let (text, by, at) = (text.to_owned(), by.to_owned(), Clock::start().stamp());
        all.0.insert(prompt.to_owned(), Approval { text, by, at });
        let path = folder.join(FILE);
        crate::published::replace(&path, toml::to_string(&all)?.as_bytes())
            .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_holds_until_the_words_change() {
        let dir = std::env::temp_dir().join(format!("parley-approved-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        assert_eq!(Approvals::read(&dir).unwrap(), Approvals::default());
        Approvals::approve(&dir, "balance", "aa", "Anna").unwrap();
        Approvals::approve(&dir, "goodbye", "bb", "Anna").unwrap();
        let all = Approvals::read(&dir).unwrap();
        assert!(all.holds("balance", "aa") && all.holds("goodbye", "bb"));
        assert!(!all.holds("balance", "cc") && !all.holds("greeting", "aa"));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
