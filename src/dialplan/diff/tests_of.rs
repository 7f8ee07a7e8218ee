//! What a change means for the tests in the files.

use crate::plan::Plan;
use crate::trial::Trial;
use crate::trial_run::{TestResult, run_tests};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A sentence for each test that came, went, changed, passes through a touched step, or no longer passes.
pub(super) fn compare(old: &Arc<Plan>, new: &Arc<Plan>, touched: &BTreeSet<String>) -> Vec<String> {
    let results = run_tests(new);
    let mut told = Vec::new();
    for (trial, result) in new.trials.iter().zip(&results) {
        let before = old.trials.iter().find(|other| other.name == trial.name);
        let passes = result.failure.is_none();
        let by = touched.intersection(&result.visited).count();
        let what = match (before, passes) {
            (_, false) => "fails in the new version",
            (None, true) => "new",
            (Some(before), true) if lines(before) != lines(trial) => "changed",
            (Some(_), true) if by > 0 => "passes through a changed step, and passes",
            (Some(_), true) => continue,
        };
        told.push(format!("{what}: {}", trial.name));
    }
    let gone = |trial: &&Trial| !new.trials.iter().any(|other| other.name == trial.name);
    told.extend(old.trials.iter().filter(gone).map(|trial| format!("gone: {}", trial.name)));
    told.extend(untested(new, &results, touched));
    told
}

fn lines(trial: &Trial) -> Vec<&str> {
    trial.lines.iter().map(|line| line.text.as_str()).collect()
}

/// Changed steps that no test passes through.
fn untested(new: &Plan, results: &[TestResult], touched: &BTreeSet<String>) -> Option<String> {
    let there = |name: &str| new.steps.iter().any(|step| super::steps::name(new, step) == name);
    let without =
        |step: &&String| there(step) && !results.iter().any(|r| r.visited.contains(*step));
    let steps: Vec<&str> = touched
        .iter()
        .filter(without)
        .map(|step| step.split_once('/').map_or(step.as_str(), |(_, step)| step))
        .collect();
    (!steps.is_empty()).then(|| format!("no test passes through: {}", steps.join(", ")))
}
