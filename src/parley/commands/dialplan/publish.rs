//! `parley dialplan publish | promote | rollback | versions | emergency`: which version calls run on.

use super::super::{Failure, say};
use super::{Desk, exit, sources, test_page, told};
use crate::Outcome;
use crate::clock::Clock;
use crate::commands::table::{Column, render};
use crate::published::{About, Alias, Draft, Shelf, ShelfError, short};
use crate::reload::not_live;
use dialplan::Plan;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

const COLUMNS: [Column; 5] = [
    Column::text("version", 12),
    Column::text("in use", 16),
    Column::text("published", 20),
    Column::text("by", 16),
    Column::text("note", 60),
];

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error(
        "there is no folder for published versions; set dialplans.published = \"published\" in parley.toml and name it with --config"
    )]
    NoShelf,
    #[error("'{0}' is no share of calls; write --canary 10%, from 1% to 99%")]
    Share(String),
    #[error("say in a word or two what is different: --note \"key 4 offers a plan\"")]
    NoNote,
    #[error(
        "{label} has no emergency step; add a line such as 'emergency closed-today' to the flow and publish it"
    )]
    NoEmergencyStep { label: String },
    #[error(
        "{flow} is not published; publish it first: parley dialplan publish {flow}.kdl --note …"
    )]
    NotPublished { flow: String },
}

/// Who does it, when, and why.
pub struct Deed {
    pub author: String,
    pub note: String,
}

impl Deed {
    /// The author is who is logged in, unless named.
    pub fn of(author: Option<String>, note: Option<String>) -> Self {
        Self { author: super::author(author), note: note.unwrap_or_default() }
    }
}

fn share(text: &str) -> Result<u8, PublishError> {
    let number = text.trim().trim_end_matches('%').trim_end().parse::<u8>().ok();
    number.filter(|n| (1..=99).contains(n)).ok_or_else(|| PublishError::Share(text.to_owned()))
}

impl Desk {
    pub(super) fn shelf(&self) -> Result<Shelf, PublishError> {
        let dir = self.published.clone().ok_or(PublishError::NoShelf)?;
        Ok(Shelf::at(dir))
    }

    /// Checks, tests, puts the version on the shelf, moves the alias.
    pub(super) fn publish(&self, file: PathBuf, deed: &Deed, canary: Option<&str>) -> Outcome {
        let shelf = self.shelf()?;
        let percent = canary.map(share).transpose()?;
        if deed.note.trim().is_empty() {
            return Err(PublishError::NoNote.into());
        }
        let source = sources::read(file)?;
        let (plan, warnings) = match self.read(&source) {
            Ok(good) => good,
            Err(faults) => return refused(&faults),
        };
        say(&warnings)?;
        if let Some(later) = not_live(&plan) {
            return refused(&later);
        }
        let results = dialplan::run_tests(&plan);
        if results.iter().any(|result| result.failure.is_some()) {
            return refused(&test_page(&source.path, &results));
        }
        let name = source.path.display().to_string();
        // The flows of other files that it calls are part of the version.
        let whole = sources::around(&source.path).bundle(&source.bytes, &name);
        let laid_out = match dialplan::format(&whole, &name) {
            Ok(text) => text,
            Err(faults) => {
                return refused(&faults.iter().map(|f| format!("{f}\n")).collect::<String>());
            }
        };
        let at = Clock::start().stamp();
        let draft = Draft {
            plan: &plan,
            source: &laid_out,
            author: &deed.author,
            note: deed.note.trim(),
            at: &at,
        };
        shelf.put(&draft)?;
        let before = shelf.change(&plan.name, |alias| {
            let before = alias.current.clone();
            match percent {
                Some(percent) => alias.try_out(&plan.version, percent, &at)?,
                None => alias.publish(&plan.version),
            }
            let what = match percent {
                Some(percent) => {
                    format!("{} to {percent} % of the calls: {}", plan.label(), deed.note)
                }
                None => format!("{} to all calls: {}", plan.label(), deed.note),
            };
            alias.note(&at, &deed.author, what);
            Ok(before)
        })?;
        say(&published(&plan, percent, before.as_deref(), results.len()))?;
        Ok(ExitCode::SUCCESS)
    }

    pub(super) fn promote(&self, flow: &str, deed: &Deed) -> Outcome {
        let at = Clock::start().stamp();
        let version = self.shelf()?.change(flow, |alias| {
            let version = alias.promote()?;
            alias.note(&at, &deed.author, format!("promoted {}", short(&version)));
            Ok(version)
        })?;
        let version = short(&version);
        say(&format!(
            "{flow}@{version} takes all new calls; back with: parley dialplan rollback {flow}\n"
        ))?;
        Ok(ExitCode::SUCCESS)
    }

    pub(super) fn roll_back(&self, flow: &str, to: Option<&str>, deed: &Deed) -> Outcome {
        let shelf = self.shelf()?;
        let to = to.map(|digits| shelf.find(flow, digits)).transpose()?;
        if let Some(about) = &to {
            // A version that cannot be used any more must not become current.
            shelf.open(flow, &about.version, &self.texts, &self.environment)?;
        }
        let at = Clock::start().stamp();
        let now = shelf.change(flow, |alias| {
            let now = alias.roll_back(to.as_ref().map(|about| about.version.as_str()))?;
            let why = if deed.note.is_empty() { "" } else { ": " };
            let what = format!("rolled back to {}{why}{}", short(&now), deed.note);
            alias.note(&at, &deed.author, what);
            Ok(now)
        })?;
        let now = short(&now);
        say(&format!(
            "{flow}@{now} takes all new calls; running calls keep the version they began with\n"
        ))?;
        Ok(ExitCode::SUCCESS)
    }

    pub(super) fn versions(&self, flow: Option<&str>) -> Outcome {
        let shelf = self.shelf()?;
        let flows = match flow {
            Some(flow) => vec![flow.to_owned()],
            None => shelf.flows()?,
        };
        if flows.is_empty() {
            say("nothing is published yet; begin with: parley dialplan publish FILE --note …\n")?;
        }
        for flow in flows {
            let (alias, versions) = (shelf.alias(&flow)?, shelf.versions(&flow)?);
            if versions.is_empty() {
                return Err(PublishError::NotPublished { flow }.into());
            }
            say(&versions_page(&flow, &alias, &versions))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// In a directory of drafts the switch is a file beside the flow; else it stands in the alias.
    pub(super) fn emergency(&self, flow: &str, on: bool, deed: &Deed) -> Outcome {
        match self.published {
            Some(_) => self.published_emergency(flow, on, deed)?,
            None => self.draft_emergency(flow, on)?,
        }
        say(&match on {
            true => format!(
                "{flow}: new calls begin at the emergency step, running ones go there between two steps\n"
            ),
            false => format!("{flow}: calls go their usual way again\n"),
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn published_emergency(&self, flow: &str, on: bool, deed: &Deed) -> Result<(), Failure> {
        let shelf = self.shelf()?;
        let current = shelf.alias(flow)?.current;
        let Some(current) = current else {
            return Err(PublishError::NotPublished { flow: flow.to_owned() }.into());
        };
        if on {
            let plan = shelf.open(flow, &current, &self.texts, &self.environment)?;
            must_have_step(&plan)?;
        }
        let at = Clock::start().stamp();
        shelf.change(flow, |alias| {
            alias.emergency = on;
            let what = if on { "emergency switch on" } else { "emergency switch off" };
            alias.note(&at, &deed.author, what.to_owned());
            Ok(())
        })?;
        Ok(())
    }

    fn draft_emergency(&self, flow: &str, on: bool) -> Result<(), Failure> {
        let switch = self.dir.join(format!("{flow}.emergency"));
        if !on {
            return match std::fs::remove_file(&switch) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(format!("cannot remove {}: {error}", switch.display()).into())
                }
                _ => Ok(()),
            };
        }
        for source in sources::find(std::slice::from_ref(&self.dir))? {
            if let Ok((plan, _)) = self.read(&source)
                && plan.name == flow
            {
                must_have_step(&plan)?;
                return std::fs::write(&switch, "")
                    .map_err(|error| format!("cannot write {}: {error}", switch.display()).into());
            }
        }
        Err(format!("there is no good flow '{flow}' in {}", self.dir.display()).into())
    }

    /// `hotline@3f2a`, `hotline@current`, `hotline@previous`, `hotline@canary`.
    pub(super) fn version(&self, flow: &str, which: &str) -> Result<Arc<Plan>, Failure> {
        let shelf = self.shelf()?;
        let alias = shelf.alias(flow)?;
        let named = match which {
            "current" => alias.current,
            "previous" => alias.previous,
            "canary" => alias.canary.map(|canary| canary.version),
            digits => Some(shelf.find(flow, digits)?.version),
        };
        let missing = || ShelfError::NoVersion { flow: flow.to_owned(), version: which.to_owned() };
        let version = named.ok_or_else(missing)?;
        Ok(shelf.open(flow, &version, &self.texts, &self.environment)?)
    }
}

fn must_have_step(plan: &Plan) -> Result<(), PublishError> {
    match plan.emergency_step() {
        Some(_) => Ok(()),
        None => Err(PublishError::NoEmergencyStep { label: plan.label() }),
    }
}

fn refused(why: &str) -> Outcome {
    told(why)?;
    say("not published; the versions in use stay as they are\n")?;
    Ok(exit(false))
}

fn published(plan: &Plan, percent: Option<u8>, before: Option<&str>, tests: usize) -> String {
    let (label, flow) = (plan.label(), &plan.name);
    let tests = match tests {
        0 => "it has no tests".to_owned(),
        many => format!("{} passed", super::counted(many, "test")),
    };
    let before = before.map_or_else(|| "none".to_owned(), |version| short(version).to_owned());
    match percent {
        Some(percent) => format!(
            "{label} is on trial with {percent} % of the new calls ({tests}); all others run on {before}.\n\
             It stops by itself when calls end otherwise. All calls: parley dialplan promote {flow}; none: \
             parley dialplan rollback {flow}\n"
        ),
        None => format!(
            "{label} takes all new calls ({tests}); before: {before}. Back with: parley dialplan rollback {flow}\n"
        ),
    }
}

fn versions_page(flow: &str, alias: &Alias, versions: &[About]) -> String {
    let used = |version: &String| {
        let mut used = Vec::new();
        if alias.current.as_ref() == Some(version) {
            used.push("current".to_owned());
        }
        if let Some(canary) = alias.canary.as_ref().filter(|canary| canary.version == *version) {
            used.push(format!("on trial, {} %", canary.percent));
        }
        if alias.previous.as_ref() == Some(version) {
            used.push("previous".to_owned());
        }
        used.join(", ")
    };
    let row = |about: &About| {
        vec![
            short(&about.version).to_owned(),
            used(&about.version),
            about.at.clone(),
            about.author.clone(),
            about.note.clone(),
        ]
    };
    let switch = if alias.emergency { ", EMERGENCY SWITCH ON" } else { "" };
    let rows: Vec<_> = versions.iter().map(row).collect();
    let mut page = format!("{flow}{switch}\n{}", render(&COLUMNS, &rows));
    for step in alias.moves.iter().rev().take(MOVES_SHOWN) {
        page.push_str(&format!("  {} {}: {}\n", step.at, step.by, step.what));
    }
    page
}

/// Moves shown under a list of versions, the last first.
const MOVES_SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_that_leaves_some_calls_on_either_side() {
        assert_eq!(share("10%").unwrap(), 10);
        assert_eq!(share("5").unwrap(), 5);
        assert_eq!(share(" 99 % ").unwrap(), 99);
        for wrong in ["0%", "100%", "ten", "", "-3", "10%%x"] {
            assert!(share(wrong).unwrap_err().to_string().contains("--canary 10%"), "{wrong}");
        }
    }
}
