//! Flows are read again when a file changes; a broken one keeps its last good version.
//!
//! ```text
//!  directory of drafts   *.kdl, FLOW.emergency ──┐
//!                                                ├─ looked at twice a second ─▶ exchange::Flow
//!  published versions    FLOW/alias.toml ────────┘    good: new calls; broken: the last good one
//! ```
//! Owns: which files changed, the last good plans, the sentences when something is broken.
//! Never: a version under a running call.

mod drafts;
mod versions;

use crate::config;
use crate::core::{Shared, turn};
use crate::published::{Shelf, ShelfError};
use dialplan::{CheckDigit, Environment, Plan, Texts};
use drafts::Drafts;
use exchange::Flow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use versions::Versions;

/// How often the directory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Files looked at; a directory with more is refused with a sentence.
const FLOWS_MAX: usize = 256;

/// Where flows come from.
#[derive(Clone, Debug)]
pub enum Place {
    /// Drafts: a file is used as soon as it changes.
    Drafts(PathBuf),
    /// Versions that were published.
    Published(Shelf),
}

impl Place {
    /// As configured.
    pub fn of(config: &config::Dialplans) -> Self {
        match &config.published {
            Some(dir) => Place::Published(Shelf::at(dir.clone())),
            None => Place::Drafts(config.dir.clone()),
        }
    }

    /// The shelf of published versions, if flows come from there.
    pub fn shelf(&self) -> Option<Shelf> {
        match self {
            Place::Drafts(_) => None,
            Place::Published(shelf) => Some(shelf.clone()),
        }
    }
}

/// Why there are no flows.
#[derive(Debug, thiserror::Error)]
pub enum FlowsError {
    #[error("cannot read the dialplan directory {dir}: {source}; set dialplans.dir to an existing one", dir = dir.display())]
    Dir { dir: PathBuf, source: std::io::Error },
    #[error("{dir} holds more than {FLOWS_MAX} flows; move some away", dir = dir.display())]
    TooMany { dir: PathBuf },
    #[error("flow '{flow}' answers a number but is not in {dir}; add {flow}.kdl or change [[numbers]]", dir = dir.display())]
    Missing { flow: String, dir: PathBuf },
    #[error("flow '{flow}' answers a number but is not published in {dir}; publish it: parley dialplan publish {flow}.kdl --note … --config …", dir = dir.display())]
    Unpublished { flow: String, dir: PathBuf },
    #[error("no flow can be used; mend the faults above and start again")]
    NoneGood,
    #[error(transparent)]
    Shelf(#[from] ShelfError),
}

/// The flows and what was last read of them.
pub enum Flows {
    Drafts(Drafts),
    Published(Versions),
}

impl Flows {
    /// Nothing read yet.
    pub fn new(place: Place, texts: Arc<dyn Texts>, check_digit: CheckDigit) -> Self {
        let environment = Environment { check_digit };
        match place {
            Place::Drafts(dir) => Flows::Drafts(Drafts::new(dir, texts, environment)),
            Place::Published(shelf) => Flows::Published(Versions::new(shelf, texts, environment)),
        }
    }

    /// Reads what changed. `Some` with all good flows when something did.
    pub fn look(&mut self) -> Result<Option<Vec<Flow>>, FlowsError> {
        match self {
            Flows::Drafts(drafts) => drafts.look(),
            Flows::Published(versions) => versions.look(),
        }
    }
}

/// Looks again and again; running calls keep the version they began with.
pub async fn keep_flows_fresh(core: Shared, mut flows: Flows) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match flows.look() {
            Ok(Some(flows)) => turn(&core, |exchange, _| exchange.flows_changed(flows)),
            Ok(None) => {}
            Err(error) => tracing::error!(alarm = true, "flows stay as they are: {error}"),
        }
    }
}

/// Verbs that callers would find without their machinery, each step named.
pub fn not_live(plan: &Plan) -> Option<String> {
    let later = plan.not_live();
    let told = later.iter().map(|(step, verb)| {
        format!("{step}: '{verb}' is not live on this server yet; lead its branch to a 'say' that tells it honestly\n")
    });
    (!later.is_empty()).then(|| told.collect())
}

/// Every flow that a number names must be there at the start.
pub fn complete(
    flows: &[Flow],
    numbers: &[exchange::Number],
    config: &config::Dialplans,
) -> Result<(), FlowsError> {
    let missing = numbers.iter().find(|n| !flows.iter().any(|f| f.current.name == n.flow));
    match (missing, &config.published) {
        (Some(number), Some(dir)) => {
            Err(FlowsError::Unpublished { flow: number.flow.clone(), dir: dir.clone() })
        }
        (_, None) if flows.is_empty() => Err(FlowsError::NoneGood),
        (Some(number), None) => {
            Err(FlowsError::Missing { flow: number.flow.clone(), dir: config.dir.clone() })
        }
        (None, _) => Ok(()),
    }
}
