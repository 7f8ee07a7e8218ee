//! A shortest way from the beginning of a call to each changed step.

use super::steps::{name, shown};
use crate::plan::{Outcome, Plan, Target};
use crate::verbs::Verb;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Steps named; the rest are counted.
const NAMED_MAX: usize = 40;

/// One sentence for each touched step, in the new version where it is there, else in the old one.
pub(super) fn to_all(old: &Plan, new: &Plan, touched: &BTreeSet<String>) -> Vec<String> {
    let (before, now) = (first_ways(old), first_ways(new));
    let mut told = Vec::new();
    for step in touched {
        match (now.get(step), before.get(step)) {
            (Some(way), _) => told.push(way.clone()),
            (None, Some(way)) => told.push(format!("before: {way}")),
            (None, None) => told.push(format!("{}: only in an emergency", shown(new, step))),
        }
    }
    let more = told.len().saturating_sub(NAMED_MAX);
    told.truncate(NAMED_MAX);
    if more > 0 {
        told.push(format!("and {more} more steps"));
    }
    told
}

/// For each step, by its name, the way that reaches it first, in words.
fn first_ways(plan: &Plan) -> BTreeMap<String, String> {
    let mut words = BTreeMap::from([(plan.entry(), String::new())]);
    let mut open = VecDeque::from([plan.entry()]);
    while let Some(at) = open.pop_front() {
        let Some(step) = plan.steps.get(at) else { continue };
        let so_far = words.get(&at).cloned().unwrap_or_default();
        for (outcome, next) in nexts(plan, at) {
            if let Entry::Vacant(new) = words.entry(next) {
                new.insert(format!("{so_far}{} —{outcome}→ ", step.name));
                open.push_back(next);
            }
        }
    }
    let told = |(at, way): (usize, String)| {
        let step = plan.steps.get(at)?;
        Some((name(plan, step), format!("{way}{}", step.name)))
    };
    words.into_iter().filter_map(told).collect()
}

/// Where a step leads; a called flow is entered, and gone on from as if it had ended.
fn nexts(plan: &Plan, at: usize) -> Vec<(Outcome, usize)> {
    let step = &plan.steps[at];
    let called = match &step.verb {
        Verb::Call(call) => plan.flows.iter().find(|flow| flow.name == call.flow),
        _ => None,
    };
    let inside = called.map(|flow| (Outcome::Then, flow.entry));
    let ways = step.ways_out().filter_map(|(outcome, target)| match target {
        Target::Step(next) => Some((outcome, next)),
        Target::End => None,
    });
    inside.into_iter().chain(ways).collect()
}
