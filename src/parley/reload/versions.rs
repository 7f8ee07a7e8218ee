//! Flows from published versions: each alias says which; if the newest cannot be read, the last good one.

use super::FlowsError;
use crate::causes::with_causes;
use crate::published::{Alias, Shelf};
use dialplan::{Environment, Plan, Texts};
use exchange::Flow;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

/// A file's number and time of change: an alias is replaced, never written into.
type Seen = (u64, i64, i64);

/// The shelf of versions and what was last read from it.
pub struct Versions {
    shelf: Shelf,
    texts: Arc<dyn Texts>,
    environment: Environment,
    seen: BTreeMap<String, Seen>,
    good: BTreeMap<String, Flow>,
}

impl Versions {
    pub(super) fn new(shelf: Shelf, texts: Arc<dyn Texts>, environment: Environment) -> Self {
        Self { shelf, texts, environment, seen: BTreeMap::new(), good: BTreeMap::new() }
    }

    pub(super) fn look(&mut self) -> Result<Option<Vec<Flow>>, FlowsError> {
        let mut now = BTreeMap::new();
        for flow in self.shelf.flows()? {
            let about = std::fs::metadata(self.shelf.alias_file(&flow)?);
            now.extend(about.ok().map(|m| (flow, (m.ino(), m.mtime(), m.mtime_nsec()))));
        }
        if now == self.seen {
            return Ok(None);
        }
        self.good.retain(|flow, _| now.contains_key(flow));
        for (flow, changed) in &now {
            if self.seen.get(flow) != Some(changed) {
                self.read(flow);
            }
        }
        self.seen = now;
        Ok(Some(self.good.values().cloned().collect()))
    }

    /// Reads what the alias names; what cannot be read leaves the flow as it was.
    fn read(&mut self, flow: &str) {
        let alias = match self.shelf.alias(flow) {
            Ok(alias) => alias,
            Err(error) => {
                let error = with_causes(&error);
                return tracing::error!(alarm = true, "{flow} stays as it is: {error}");
            }
        };
        let Some(current) = self.current(flow, &alias) else {
            return tracing::error!(alarm = true, "{flow}: no version of it can be used");
        };
        let canary = alias.canary.as_ref().and_then(|canary| {
            let plan = self.plan(flow, &canary.version).inspect_err(|why| {
                tracing::error!(alarm = true, "{flow}: all calls run on the current version; the one on trial cannot be used: {why}");
            });
            plan.ok().map(|plan| (plan, canary.percent))
        });
        tracing::info!(
            flow,
            version = %current.version,
            canary = canary.as_ref().map(|(plan, _)| plan.version.as_str()),
            emergency = alias.emergency,
            "flow loaded"
        );
        if alias.emergency && current.emergency_step().is_none() {
            let label = current.label();
            tracing::error!(
                alarm = true,
                "the emergency switch of {flow} is on, but {label} has no line 'emergency STEP': calls go on"
            );
        }
        let emergency = alias.emergency;
        self.good.insert(flow.to_owned(), Flow { current, canary, emergency });
    }

    /// The current version; else the one that calls run on now; else, at a start, the newest that is good.
    fn current(&self, flow: &str, alias: &Alias) -> Option<Arc<Plan>> {
        let wanted = alias.current.as_deref()?;
        let why = match self.plan(flow, wanted) {
            Ok(plan) => return Some(plan),
            Err(why) => why,
        };
        let kept = self.good.get(flow).map(|kept| kept.current.clone()).or_else(|| {
            let versions = self.shelf.versions(flow).unwrap_or_default();
            let previous = alias.previous.iter().cloned();
            let others = versions.into_iter().map(|about| about.version);
            let others = previous.chain(others).filter(|version| version != wanted);
            others.take(LAST_GOOD_TRIED_MAX).find_map(|version| self.plan(flow, &version).ok())
        });
        let on = kept.as_ref().map_or_else(
            || "there is no earlier version to go on with".to_owned(),
            |plan| format!("calls run on {}", plan.label()),
        );
        tracing::error!(alarm = true, "{flow}: the current version cannot be used; {on}: {why}");
        kept
    }

    fn plan(&self, flow: &str, version: &str) -> Result<Arc<Plan>, String> {
        let held = self.good.get(flow);
        let held =
            held.into_iter().flat_map(|f| [Some(&f.current), f.canary.as_ref().map(|c| &c.0)]);
        if let Some(plan) = held.flatten().find(|plan| plan.version == version) {
            return Ok(plan.clone());
        }
        let opened = self.shelf.open(flow, version, &self.texts, &self.environment);
        opened.map_err(|error| with_causes(&error))
    }
}

/// Earlier versions tried at a start before a flow is given up.
const LAST_GOOD_TRIED_MAX: usize = 10;
