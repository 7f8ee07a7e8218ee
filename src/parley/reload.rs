//! Flows are read again when a file changes; a broken one keeps its last good version.

use crate::core::{Shared, turn};
use dialplan::{CheckDigit, Environment, Plan, Texts};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How often the directory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Files looked at; a directory with more is refused with a sentence.
const FLOWS_MAX: usize = 256;

/// The directory of flows and what was last read from it.
pub struct Flows {
    dir: PathBuf,
    texts: Arc<dyn Texts>,
    environment: Environment,
    seen: BTreeMap<PathBuf, Option<SystemTime>>,
    good: BTreeMap<PathBuf, Arc<Plan>>,
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
    #[error("no flow can be used; mend the faults above and start again")]
    NoneGood,
}

impl Flows {
    /// Nothing read yet.
    pub fn new(dir: PathBuf, texts: Arc<dyn Texts>, check_digit: CheckDigit) -> Self {
        let environment = Environment { check_digit };
        Self { dir, texts, environment, seen: BTreeMap::new(), good: BTreeMap::new() }
    }

    /// Reads what changed. `Some` with all good plans when something did.
    pub fn look(&mut self) -> Result<Option<Vec<Arc<Plan>>>, FlowsError> {
        let now = self.listing()?;
        if now == self.seen {
            return Ok(None);
        }
        self.good.retain(|file, _| now.contains_key(file));
        for (file, changed) in &now {
            if self.seen.get(file) != Some(changed) {
                self.read(file);
            }
        }
        self.seen = now;
        Ok(Some(self.good.values().cloned().collect()))
    }

    fn listing(&self) -> Result<BTreeMap<PathBuf, Option<SystemTime>>, FlowsError> {
        let dir = || self.dir.clone();
        let entries = std::fs::read_dir(&self.dir)
            .map_err(|source| FlowsError::Dir { dir: dir(), source })?;
        let files: BTreeMap<_, _> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "kdl"))
            .map(|path| (path.clone(), path.metadata().and_then(|m| m.modified()).ok()))
            .take(FLOWS_MAX + 1)
            .collect();
        if files.len() > FLOWS_MAX { Err(FlowsError::TooMany { dir: dir() }) } else { Ok(files) }
    }

    fn read(&mut self, file: &Path) {
        match check(file, &self.texts, &self.environment) {
            Ok(plan) => {
                tracing::info!(flow = %plan.name, version = %plan.version, "flow loaded");
                self.good.insert(file.to_owned(), plan);
            }
            Err(faults) => {
                let kept = match self.good.get(file) {
                    Some(plan) => format!("calls go on with version {}", plan.version),
                    None => "there is no earlier version to go on with".to_owned(),
                };
                tracing::error!(alarm = true, "{} is not used; {kept}:\n{faults}", file.display());
            }
        }
    }
}

/// Checks one file; the error is all its faults, each with its place and a proposal.
fn check(
    file: &Path,
    texts: &Arc<dyn Texts>,
    environment: &Environment,
) -> Result<Arc<Plan>, String> {
    let source = std::fs::read(file).map_err(|e| format!("cannot read it: {e}"))?;
    let name = file.display().to_string();
    Plan::check(&source, &name, texts, environment)
        .map_err(|faults| faults.iter().map(|f| format!("{f}\n")).collect())
}

/// Looks again and again; running calls keep the version they began with.
pub async fn keep_flows_fresh(core: Shared, mut flows: Flows) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match flows.look() {
            Ok(Some(plans)) => turn(&core, |exchange, _| exchange.plans_changed(plans)),
            Ok(None) => {}
            Err(error) => tracing::error!(alarm = true, "flows stay as they are: {error}"),
        }
    }
}

/// Every flow that a number names must be there at the start.
pub fn complete(
    plans: &[Arc<Plan>],
    numbers: &[exchange::Number],
    dir: &Path,
) -> Result<(), FlowsError> {
    if plans.is_empty() {
        return Err(FlowsError::NoneGood);
    }
    let missing = numbers.iter().find(|n| !plans.iter().any(|p| p.name == n.flow));
    match missing {
        Some(number) => Err(FlowsError::Missing { flow: number.flow.clone(), dir: dir.to_owned() }),
        None => Ok(()),
    }
}
