//! What was covered: steps entered, outcomes taken.

use crate::double::{Double, Seen};
use crate::event::Trace;
use crate::plan::{Outcome, Plan};
use crate::verbs::Verb;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A step by its flow and its name.
type Name = (String, String);

pub(super) struct Cover {
    entered: BTreeMap<Name, bool>,
    /// Outcomes that are bound, and whether one was taken.
    taken: BTreeMap<(Name, String), bool>,
    /// Steps that call, by name: they are left without having been entered just before.
    calls: BTreeSet<Name>,
}

impl Cover {
    pub(super) fn of(plan: &Arc<Plan>) -> Self {
        let mut cover =
            Self { entered: BTreeMap::new(), taken: BTreeMap::new(), calls: BTreeSet::new() };
        for step in &plan.steps {
            let name = (plan.flows[step.flow].name.clone(), step.name.clone());
            for (outcome, _) in step.ways_out().filter(|(o, _)| *o != Outcome::Hangup) {
                cover.taken.insert((name.clone(), outcome.to_string()), false);
            }
            if matches!(step.verb, Verb::Call(_)) {
                cover.calls.insert(name.clone());
            }
            cover.entered.insert(name, false);
        }
        cover
    }

    /// Adds a call; true when it covered something new.
    pub(super) fn add(&mut self, double: &Double) -> bool {
        let mut new = false;
        let mut at: Option<Name> = None;
        for (_, seen) in &double.seen {
            match seen {
                Seen::Trace(Trace::StepEntered { flow, step, .. }) => {
                    let name = (flow.clone(), step.clone());
                    new |= mark(self.entered.get_mut(&name));
                    at = Some(name);
                }
                Seen::Trace(Trace::StepLeft { step, outcome }) => {
                    let here = at.take().filter(|(_, name)| name == step);
                    let calling = || self.calls.iter().find(|(_, name)| name == step).cloned();
                    let Some(name) = here.or_else(calling) else { continue };
                    new |= mark(self.taken.get_mut(&(name, outcome.clone())));
                }
                _ => {}
            }
        }
        new
    }

    pub(super) fn steps(&self) -> (usize, usize) {
        (self.entered.values().filter(|yes| **yes).count(), self.entered.len())
    }

    pub(super) fn outcomes(&self) -> (usize, usize) {
        (self.taken.values().filter(|yes| **yes).count(), self.taken.len())
    }

    /// Steps that were not entered, and outcomes of the others that were not taken, in the file's order.
    pub(super) fn uncovered(&self, plan: &Arc<Plan>) -> Vec<String> {
        let mut list = Vec::new();
        for step in &plan.steps {
            let flow = &plan.flows[step.flow].name;
            let name = (flow.clone(), step.name.clone());
            let shown = match plan.flows.len() {
                1 => step.name.clone(),
                _ => format!("{flow}.{}", step.name),
            };
            if self.entered.get(&name) == Some(&false) {
                list.push(shown);
                continue;
            }
            for (outcome, _) in step.ways_out() {
                if self.taken.get(&(name.clone(), outcome.to_string())) == Some(&false) {
                    list.push(format!("{shown}: {outcome}"));
                }
            }
        }
        list
    }
}

fn mark(seen: Option<&mut bool>) -> bool {
    seen.is_some_and(|seen| !std::mem::replace(seen, true))
}
