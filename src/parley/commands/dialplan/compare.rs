//! `parley dialplan diff | replay`: what is different, and which calls would have noticed.

use super::super::calls::trace;
use super::super::{Failure, say};
use super::{Desk, sources};
use crate::Outcome;
use crate::config::Config;
use dialplan::Plan;
use dialplan::replay::{Report, replay};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Calls of one replay; a longer list is refused.
const TRACES_MAX: usize = 10_000;

impl Desk {
    /// Compares two files or versions; fails when there is a difference, as `diff` does.
    pub(super) fn diff(&self, old: &str, new: &str) -> Outcome {
        let (old, new) = (self.named(old)?, self.named(new)?);
        let difference = dialplan::diff(&old, &new);
        say(&difference.to_string())?;
        Ok(super::exit(difference.is_empty()))
    }

    /// A file, or `flow@version` on the shelf.
    fn named(&self, text: &str) -> Result<Arc<Plan>, Failure> {
        match text.split_once('@') {
            Some((flow, which)) if !Path::new(text).exists() => self.version(flow, which),
            _ => self
                .read(&sources::read(PathBuf::from(text))?)
                .map(|(plan, _)| plan)
                .map_err(Into::into),
        }
    }

    /// Runs calls that were against a draft.
    pub(super) fn replay(
        &self,
        config: &Config,
        draft: &str,
        traces: &[PathBuf],
        last: Option<u32>,
    ) -> Outcome {
        let draft = self.named(draft)?;
        let mut calls = Vec::new();
        for path in traces {
            calls.extend(trace::read(path)?);
        }
        if let Some(last) = last {
            calls.extend(trace::last_of(config, &draft.name, last)?);
        }
        if calls.is_empty() || calls.len() > TRACES_MAX {
            return Err(format!(
                "there are {} calls to replay; name trace files (parley calls trace CALL > call.json), or --last 200, at most {TRACES_MAX}",
                calls.len()
            )
            .into());
        }
        let mut bases = HashMap::new();
        let mut report = Report::default();
        for call in &calls {
            let base = self.base(&call.flow, &mut bases);
            report.add(&call.call, replay(&draft, base.as_deref(), &call.recorded()));
        }
        say(&report.to_string())?;
        Ok(ExitCode::SUCCESS)
    }

    /// The version that a call ran on, if it is on the shelf.
    fn base(
        &self,
        label: &str,
        known: &mut HashMap<String, Option<Arc<Plan>>>,
    ) -> Option<Arc<Plan>> {
        let read = || {
            let (flow, version) = label.split_once('@')?;
            self.version(flow, version).ok()
        };
        known.entry(label.to_owned()).or_insert_with(read).clone()
    }
}
