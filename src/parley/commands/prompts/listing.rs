//! Each prompt of a language: its status, its words' hash, who says it, what is wrong with it.

use super::approvals::Approvals;
use super::{Failure, Language};
use crate::commands::dialplan::sources;
use crate::commands::table::{Column, render};
use crate::config::Config;
use crate::texts;
use clips::{ClipState, Source};
use dialplan::{Environment, Plan, Texts};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use words::{ClipKind, TEXT_ONLY_PREFIX};

const COLUMNS: [Column; 6] = [
    Column::text("language", 8),
    Column::text("prompt", 32),
    Column::text("status", 9),
    Column::text("words", 12),
    Column::figure("clips", 5),
    Column::text("said by", 60),
];

/// How far a prompt's sound has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Sound is missing, or says older words.
    Draft,
    /// A machine says all or part of it.
    Synthetic,
    /// A person says all of it.
    Recorded,
    /// Somebody listened to it, with these words, and found it good.
    Approved,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Draft => "draft",
            Status::Synthetic => "synthetic",
            Status::Recorded => "recorded",
            Status::Approved => "approved",
        })
    }
}

impl FromStr for Status {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Status::Draft, Status::Synthetic, Status::Recorded, Status::Approved];
        let found = all.into_iter().find(|status| status.to_string() == text);
        found.ok_or_else(|| {
            format!("'{text}' is no status; use draft, synthetic, recorded or approved")
        })
    }
}

/// One prompt in one language.
pub struct Entry {
    pub lang: &'static str,
    pub id: String,
    pub status: Status,
    /// Of its words; an approval holds for these alone.
    pub hash: String,
    clips: usize,
    missing: Vec<String>,
    stale: Vec<String>,
    plurals: Vec<&'static str>,
    said_by: BTreeSet<String>,
}

/// Something wrong with a prompt.
pub struct Fault {
    pub text: String,
    /// A caller could notice it.
    pub heard: bool,
}

/// For each prompt the steps that say it, over all flows of the firm that can be read.
pub fn used(
    config: &Config,
    prompts: &Path,
) -> Result<BTreeMap<String, BTreeSet<String>>, Failure> {
    let texts: Arc<dyn Texts> = texts::load(prompts)?;
    let environment = Environment { check_digit: config.check_digit()? };
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    if !config.dialplans.dir.is_dir() {
        return Ok(used);
    }
    let sources = sources::find(std::slice::from_ref(&config.dialplans.dir))?;
    let library = sources::library(&sources);
    for source in sources {
        let name = source.path.display().to_string();
        // A flow with faults is told by `parley dialplan check`.
        if let Ok(plan) = Plan::check_among(&source.bytes, &name, &texts, &environment, &library) {
            for (prompt, steps) in plan.prompt_steps() {
                used.entry(prompt).or_default().extend(steps);
            }
        }
    }
    Ok(used)
}

/// The prompts of a language, in the order of their ids; `states` are those of its clips.
pub fn entries(
    language: &Language,
    states: &[ClipState],
    approvals: &Approvals,
    used: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<Entry> {
    let spoken = language.catalogue.ids().filter(|id| !id.starts_with(TEXT_ONLY_PREFIX));
    let mut clips: BTreeMap<&str, Vec<&ClipState>> = spoken.map(|id| (id, Vec::new())).collect();
    for (spec, state) in language.specs.iter().zip(states) {
        if let ClipKind::Segment { prompt, .. } = &spec.kind
            && let Some(of_prompt) = clips.get_mut(prompt.as_str())
        {
            of_prompt.push(state);
        }
    }
    let entry = |(id, clips): (&str, Vec<&ClipState>)| {
        let source = language.catalogue.source(id).unwrap_or_default();
        let named = |wrong: fn(&&&ClipState) -> bool| -> Vec<String> {
            clips.iter().filter(wrong).map(|clip| clip.id.clone()).collect()
        };
        let mut entry = Entry {
            lang: language.lang.catalogue(),
            id: id.to_owned(),
            status: Status::Draft,
            hash: dialplan::fingerprint(source.as_bytes()),
            clips: clips.len(),
            missing: named(|clip| clip.source.is_none()),
            stale: named(|clip| clip.stale),
            plurals: language.catalogue.plurals_missing(id),
            said_by: said_by(id, used),
        };
        let recorded = clips.iter().all(|clip| clip.source == Some(Source::Recorded));
        entry.status = match (entry.missing.is_empty() && entry.stale.is_empty(), recorded) {
            (false, _) => Status::Draft,
            (true, _) if approvals.holds(id, &entry.hash) => Status::Approved,
            (true, true) => Status::Recorded,
            (true, false) => Status::Synthetic,
        };
        entry
    };
    clips.into_iter().map(entry).collect()
}

/// A rung of the ladder is said by who says the prompt itself.
fn said_by(id: &str, used: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let base = id.strip_suffix("_short").or_else(|| id.strip_suffix("_person")).unwrap_or(id);
    let names = [id, base].into_iter().filter_map(|id| used.get(id));
    names.flatten().cloned().collect()
}

impl Entry {
    /// What is wrong with it, each with what to do.
    pub fn faults(&self) -> Vec<Fault> {
        let (lang, id) = (self.lang, &self.id);
        let mut faults = Vec::new();
        let mut add = |heard, text: String| faults.push(Fault { text, heard });
        if !self.missing.is_empty() {
            let clips = self.missing.join(", ");
            add(
                !self.said_by.is_empty(),
                format!(
                    "{lang} {id}: no sound for {clips}; run parley prompts build, or import a recording"
                ),
            );
        }
        if !self.stale.is_empty() {
            let clips = self.stale.join(", ");
            add(
                !self.said_by.is_empty(),
                format!(
                    "{lang} {id}: {clips} says older words than the catalogue; record it again, or run parley prompts build"
                ),
            );
        }
        if !self.plurals.is_empty() {
            let plurals = self.plurals.join(", ");
            add(
                true,
                format!(
                    "{lang} {id}: its choice has no variant for {plurals}; add them to catalogue.ftl"
                ),
            );
        }
        faults
    }
}

/// A table of prompts, and how many there are of each status.
pub fn page(entries: &[Entry]) -> String {
    let row = |entry: &Entry| {
        let steps: Vec<&str> = entry.said_by.iter().map(String::as_str).collect();
        vec![
            entry.lang.to_owned(),
            entry.id.clone(),
            entry.status.to_string(),
            entry.hash.get(..12).unwrap_or_default().to_owned(),
            entry.clips.to_string(),
            if steps.is_empty() { "–".to_owned() } else { steps.join(" ") },
        ]
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    let count = |status| entries.iter().filter(|entry| entry.status == status).count();
    format!(
        "{}{} prompts: {} draft, {} synthetic, {} recorded, {} approved\n",
        render(&COLUMNS, &rows),
        entries.len(),
        count(Status::Draft),
        count(Status::Synthetic),
        count(Status::Recorded),
        count(Status::Approved)
    )
}
