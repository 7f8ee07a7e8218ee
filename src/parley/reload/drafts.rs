//! Flows from a directory of drafts: a file is used as soon as it is good. For small firms and for trying.

use super::{FLOWS_MAX, FlowsError};
use dialplan::{Diagnostic, Environment, Library, Plan, Texts};
use exchange::Flow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A file of this ending beside a flow turns its emergency switch on.
pub const EMERGENCY: &str = "emergency";

/// The directory of flows and what was last read from it.
pub struct Drafts {
    dir: PathBuf,
    texts: Arc<dyn Texts>,
    environment: Environment,
    seen: Listing,
    good: BTreeMap<PathBuf, Arc<Plan>>,
}

#[derive(Clone, PartialEq, Eq, Default)]
struct Listing {
    flows: BTreeMap<PathBuf, Option<SystemTime>>,
    /// Names of flows whose emergency switch is on.
    emergencies: BTreeSet<String>,
}

impl Drafts {
    pub(super) fn new(dir: PathBuf, texts: Arc<dyn Texts>, environment: Environment) -> Self {
        Self { dir, texts, environment, seen: Listing::default(), good: BTreeMap::new() }
    }

    pub(super) fn look(&mut self) -> Result<Option<Vec<Flow>>, FlowsError> {
        let now = self.listing()?;
        if now == self.seen {
            return Ok(None);
        }
        self.good.retain(|file, _| now.flows.contains_key(file));
        // A changed file can change the flows of others that call it: all are looked at.
        let sources: Vec<Draft> = now.flows.keys().map(|file| Draft::read(file)).collect();
        let library = Library::of(sources.iter().filter_map(Draft::named));
        let waiting: Vec<String> =
            sources.iter().filter_map(|draft| self.take(draft, &library)).collect();
        self.tell_waiting(&waiting, sources.len());
        self.seen = now;
        let flow = |plan: &Arc<Plan>| {
            let emergency = self.seen.emergencies.contains(&plan.name);
            Flow { emergency, ..Flow::plain(plan.clone()) }
        };
        Ok(Some(self.good.values().map(flow).collect()))
    }

    fn listing(&self) -> Result<Listing, FlowsError> {
        let dir = || self.dir.clone();
        let entries = std::fs::read_dir(&self.dir)
            .map_err(|source| FlowsError::Dir { dir: dir(), source })?;
        let mut listing = Listing::default();
        for path in entries.flatten().map(|entry| entry.path()) {
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("kdl") => {
                    let changed = path.metadata().and_then(|m| m.modified()).ok();
                    listing.flows.insert(path, changed);
                }
                Some(EMERGENCY) => {
                    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
                    listing.emergencies.extend(name);
                }
                _ => {}
            }
            if listing.flows.len() > FLOWS_MAX {
                return Err(FlowsError::TooMany { dir: dir() });
            }
        }
        Ok(listing)
    }

    /// At the start one line for all: they are shipped with verbs of tomorrow, and a number that leads to
    /// one of them is told apart. Later somebody has changed a file and wants to know.
    fn tell_waiting(&self, waiting: &[String], all: usize) {
        let at_start = self.seen.flows.is_empty();
        if at_start && !waiting.is_empty() {
            let count = waiting.len();
            tracing::info!(
                "{count} of {all} flow files wait for verbs that this server cannot do yet"
            );
        }
        for why in waiting {
            match at_start {
                true => tracing::debug!("{why}"),
                false => tracing::info!("{why}"),
            }
        }
    }

    /// Takes a file if it is good; what it says when it only waits for verbs that are not live.
    fn take(&mut self, draft: &Draft, library: &Library) -> Option<String> {
        let before = self.good.get(&draft.file);
        match draft.check(&self.texts, &self.environment, library) {
            Ok(plan) if before.is_some_and(|good| good.version == plan.version) => {}
            Ok(plan) => {
                tracing::info!(flow = %plan.name, version = %plan.version, "flow loaded");
                self.good.insert(draft.file.clone(), plan);
            }
            Err(NotUsed::NotLive(verbs)) if before.is_none() => {
                let file = draft.file.display();
                return Some(format!("{file} is not used: this server cannot do {verbs} yet"));
            }
            Err(NotUsed::NotLive(why) | NotUsed::Faulty(why)) => {
                let kept = match before {
                    Some(plan) => format!("calls go on with version {}", plan.version),
                    None => "there is no earlier version to go on with".to_owned(),
                };
                let file = draft.file.display();
                tracing::error!(alarm = true, "{file} is not used; {kept}:\n{why}");
            }
        }
        None
    }
}

/// A file as it was read.
struct Draft {
    file: PathBuf,
    name: String,
    bytes: Result<Vec<u8>, String>,
}

/// Why a draft is not used.
enum NotUsed {
    /// All its faults, each with its place and a proposal.
    Faulty(String),
    /// Verbs that have no machinery yet.
    NotLive(String),
}

impl Draft {
    fn read(file: &Path) -> Self {
        let bytes = std::fs::read(file).map_err(|error| format!("cannot read it: {error}"));
        Self { file: file.to_owned(), name: file.display().to_string(), bytes }
    }

    fn named(&self) -> Option<(&str, &[u8])> {
        Some((self.name.as_str(), self.bytes.as_deref().ok()?))
    }

    fn check(
        &self,
        texts: &Arc<dyn Texts>,
        environment: &Environment,
        library: &Library,
    ) -> Result<Arc<Plan>, NotUsed> {
        let bytes = self.bytes.as_deref().map_err(|why| NotUsed::Faulty(why.clone()))?;
        let told = |faults: Vec<Diagnostic>| faults.iter().map(|f| format!("{f}\n")).collect();
        let plan = Plan::check_among(bytes, &self.name, texts, environment, library)
            .map_err(|faults| NotUsed::Faulty(told(faults)))?;
        let verbs: BTreeSet<&str> = plan.not_live().into_iter().map(|(_, verb)| verb).collect();
        match verbs.is_empty() {
            true => Ok(plan),
            false => Err(NotUsed::NotLive(verbs.into_iter().collect::<Vec<_>>().join(", "))),
        }
    }
}
