//! Which versions of a flow are in use: one small file, moved as a whole.

use serde::{Deserialize, Serialize};

/// Moves remembered in an alias; older ones are forgotten, the versions stay.
const MOVES_MAX: usize = 100;

/// One flow's alias.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Alias {
    /// The version for everybody; none before the first publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// The version before it: where `rollback` goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Calls go to the flow's emergency step.
    pub emergency: bool,
    /// A version on trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryShare>,
    /// What was done, the last one last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
}

/// A version on trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CanaryShare {
    pub version: String,
    /// Of the new calls, 1–100.
    pub percent: u8,
    /// RFC 3339.
    pub since: String,
}

/// One move of the alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Move {
    /// RFC 3339.
    pub at: String,
    /// Who: a person, or `parley` for a trial that stopped by itself.
    pub by: String,
    /// What, in a sentence.
    pub what: String,
}

/// Why an alias cannot be moved so.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    #[error(
        "nothing is published yet, so a share of the calls has nothing to be compared with; publish without --canary first"
    )]
    CanaryAlone,
    #[error("no version is on trial; publish one with --canary 10%")]
    NoCanary,
    #[error("there is no earlier version to go back to; see: parley dialplan versions")]
    NoPrevious,
    #[error("version {0} is the current one already")]
    AlreadyCurrent(String),
}

impl Alias {
    /// Everybody takes this version; a trial of it, or of another one, is over.
    pub fn publish(&mut self, version: &str) {
        self.canary = None;
        if self.current.as_deref() != Some(version) {
            self.previous = self.current.replace(version.to_owned());
        }
    }

    /// A share of the new calls takes this version.
    pub fn try_out(&mut self, version: &str, percent: u8, since: &str) -> Result<(), MoveError> {
        match self.current.as_deref() {
            None => Err(MoveError::CanaryAlone),
            Some(current) if current == version => Err(MoveError::AlreadyCurrent(version.into())),
            Some(_) => {
                let (version, since) = (version.to_owned(), since.to_owned());
                self.canary = Some(CanaryShare { version, percent, since });
                Ok(())
            }
        }
    }

    /// The version on trial becomes everybody's; says which it was.
    pub fn promote(&mut self) -> Result<String, MoveError> {
        let canary = self.canary.take().ok_or(MoveError::NoCanary)?;
        self.publish(&canary.version);
        Ok(canary.version)
    }

    /// The trial is over, all calls take the current version; says which was on trial.
    pub fn stop_canary(&mut self) -> Result<String, MoveError> {
        self.canary.take().map(|canary| canary.version).ok_or(MoveError::NoCanary)
    }

    /// Back to this version, or a step back: a trial is stopped first, else the version before is current
    /// again. Says which version is current now.
    pub fn roll_back(&mut self, to: Option<&str>) -> Result<String, MoveError> {
        if let (Some(_), None) = (&self.canary, to) {
            self.canary = None;
            return self.current.clone().ok_or(MoveError::NoPrevious);
        }
        let to = to.map(str::to_owned).or_else(|| self.previous.clone());
        let to = to.ok_or(MoveError::NoPrevious)?;
        if self.current.as_ref() == Some(&to) && self.canary.is_none() {
            return Err(MoveError::AlreadyCurrent(to));
        }
        self.publish(&to);
        Ok(to)
    }

    /// Remembers who did what.
    pub fn note(&mut self, at: &str, by: &str, what: String) {
        self.moves.push(Move { at: at.to_owned(), by: by.to_owned(), what });
        let forgotten = self.moves.len().saturating_sub(MOVES_MAX);
        self.moves.drain(..forgotten);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_becomes_current_and_back_is_back() {
        let mut alias = Alias::default();
        assert_eq!(alias.try_out("b", 10, "now"), Err(MoveError::CanaryAlone));
        alias.publish("a");
        assert_eq!(alias.try_out("a", 10, "now"), Err(MoveError::AlreadyCurrent("a".into())));
        alias.try_out("b", 10, "now").unwrap();
        assert_eq!(alias.promote().as_deref(), Ok("b"));
        assert_eq!((alias.current.as_deref(), alias.previous.as_deref()), (Some("b"), Some("a")));
        assert_eq!(alias.roll_back(None).as_deref(), Ok("a"));
        assert_eq!(alias.roll_back(None).as_deref(), Ok("b"), "back once more is forward");
        assert_eq!(alias.promote(), Err(MoveError::NoCanary));
    }

    #[test]
    fn a_rollback_during_a_trial_stops_the_trial_only() {
        let mut alias = Alias::default();
        alias.publish("a");
        alias.publish("b");
        alias.try_out("c", 25, "now").unwrap();
        assert_eq!(alias.roll_back(None).as_deref(), Ok("b"));
        assert_eq!(alias.canary, None);
        assert_eq!(alias.previous.as_deref(), Some("a"));
        assert_eq!(alias.roll_back(Some("b")), Err(MoveError::AlreadyCurrent("b".into())));
    }

    #[test]
    fn the_file_is_read_as_it_was_written() {
        let mut alias = Alias::default();
        alias.publish("a");
        alias.try_out("b", 10, "2026-11-22T01:00:00Z").unwrap();
        (0..200).for_each(|n| alias.note("now", "Anna", format!("move {n}")));
        let text = toml::to_string(&alias).unwrap();
        assert_eq!(toml::from_str::<Alias>(&text).unwrap(), alias);
        assert_eq!(alias.moves.len(), MOVES_MAX);
    }
}
