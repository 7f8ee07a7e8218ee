//! The arrows of a file: from each step, by outcome, to a step, to the end of its flow, or into another.
//!
//! ```text
//!  flow f:  a ─then─▶ c (calls g) ─then─▶ d        arrows of c: `calls` g, and `then` to d behind it
//!                      ╲           ╱
//!  flow g:              x ─found─▶ end
//! ```
//! A call's `then` is walked only where the called flow ends; every proof keeps the two apart, so that
//! one flow may be called from many steps, and twice in a row.

use super::bindings::Bound;
use crate::plan::{Outcome, Step, Target};
use crate::verbs::{Need, Verb};

/// The arrows of one file.
pub(super) struct Ways {
    /// For each step what may happen there; a call's own `then` is not among them.
    pub(super) arrows: Vec<Vec<(Outcome, Target)>>,
    /// For each step that calls: the flow, and where it goes on behind it.
    pub(super) calls: Vec<Option<Called>>,
}

/// A step that walks another flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Called {
    /// Index of the flow.
    pub(super) flow: usize,
    /// Its first step.
    pub(super) entry: usize,
    /// Where the call goes on.
    pub(super) then: Target,
}

impl Ways {
    pub(super) fn of(bound: &Bound) -> Self {
        let mut ways = Self { arrows: Vec::new(), calls: Vec::new() };
        for step in &bound.steps {
            let called = match &step.verb {
                Verb::Call(call) => called(bound, &call.flow, step.exits.get(&Outcome::Then)),
                _ => None,
            };
            let own = matches!(&step.verb, Verb::Call(_));
            let arrows = step.ways_out().filter(|(o, _)| !(own && *o == Outcome::Then));
            ways.arrows.push(arrows.chain(by_error(step)).collect());
            ways.calls.push(called);
        }
        ways
    }

    /// The flows that each flow calls, with the calling step.
    pub(super) fn calls_of_flows(&self, bound: &Bound) -> Vec<Vec<(usize, usize)>> {
        let mut calls = vec![Vec::new(); bound.flows.len()];
        for (step, called) in self.calls.iter().enumerate() {
            calls[bound.steps[step].flow].extend(called.map(|called| (step, called.flow)));
        }
        calls
    }

    /// Flows in such an order that each stands behind those it calls. Calls make no circle.
    pub(super) fn called_first(&self, bound: &Bound) -> Vec<usize> {
        let calls = self.calls_of_flows(bound);
        let mut done = vec![false; calls.len()];
        let mut order = Vec::new();
        while order.len() < calls.len() {
            let ready = |flow: &usize| calls[*flow].iter().all(|(_, called)| done[*called]);
            let Some(next) = (0..calls.len()).filter(|f| !done[*f]).find(ready) else { break };
            done[next] = true;
            order.push(next);
        }
        order
    }
}

/// Outcomes that are not bound and take the way of `error`.
fn by_error(step: &Step) -> impl Iterator<Item = (Outcome, Target)> + '_ {
    let unbound = step
        .verb
        .ways()
        .into_iter()
        .filter(|(outcome, need)| *need == Need::OrError && !step.exits.contains_key(outcome));
    unbound.filter_map(|(outcome, _)| Some((outcome, *step.exits.get(&Outcome::Error)?)))
}

fn called(bound: &Bound, name: &str, then: Option<&Target>) -> Option<Called> {
    let flow = bound.flows.iter().position(|f| f.name == name)?;
    Some(Called { flow, entry: bound.flows[flow].entry, then: *then? })
}
