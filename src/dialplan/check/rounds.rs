//! L02: nobody goes round for ever. Every circle needs a key of the caller, or counts and ends by itself.
//!
//! Walked flow by flow: a `call` is an arrow of its own flow if the called one can be walked to its end
//! without a key. So one flow may be called twice in a row, and a circle through a called flow is seen.

use super::circles;
use super::gate::Gate;
use super::proof::{Left, Proof};
use super::ways::Ways;
use crate::plan::{Outcome, Target};

/// Arrows a caller who presses nothing may be led along, and the flows such a caller comes through.
pub(super) struct Silent {
    /// For each step, the steps of its own flow that follow.
    pub(super) arrows: Vec<Vec<(Outcome, usize)>>,
    /// For each step, whether the flow can end there.
    pub(super) ends: Vec<bool>,
}

/// Flows that call each other in a circle; true when there are any: nothing else can be proved then.
pub(super) fn flows_in_circles(gate: &mut Gate<'_, '_>) -> bool {
    let calls = gate.ways.calls_of_flows(gate.bound);
    let circles = circles::find(calls.len(), &|flow| calls[flow].as_slice());
    for circle in &circles {
        let Some((first, step)) = circle.first() else { continue };
        let around = circle.iter().map(|(flow, _)| flow).chain([first]);
        let names: Vec<&str> = around.map(|flow| gate.bound.flows[*flow].name.as_str()).collect();
        let text = format!("flows call each other in a circle: {}", names.join(" → "));
        let way: Vec<Left> = circle.iter().map(|(_, step)| (*step, Outcome::Then)).collect();
        let way = gate.hops(&way, *step);
        let fault = gate.error("L02", gate.bound.steps[*step].span.clone(), text);
        fault.help = Some("lead to a step instead of calling".to_owned());
        fault.way = way;
    }
    !circles.is_empty()
}

/// Circles that need no key.
pub(super) fn check(gate: &mut Gate<'_, '_>, reached: &Proof<'_>) {
    let silent = Silent::of(gate);
    for circle in circles::find(silent.arrows.len(), &|step| silent.arrows[step].as_slice()) {
        let Some((first, _)) = circle.first().copied() else { continue };
        let step = &gate.bound.steps[first];
        let text = "a caller who presses nothing goes round for ever".to_owned();
        let mut way = reached.way_to(first);
        way.extend(circle);
        let way = gate.hops(&way, first);
        let fault = gate.error("L02", step.span.clone(), text);
        fault.help = Some("lead one of these ways to an ending".to_owned());
        fault.way = way;
    }
}

impl Silent {
    pub(super) fn of(gate: &Gate<'_, '_>) -> Self {
        let count = gate.bound.steps.len();
        let mut silent = Self { arrows: vec![Vec::new(); count], ends: vec![false; count] };
        let mut through = vec![false; gate.bound.flows.len()];
        for flow in gate.ways.called_first(gate.bound) {
            let members: Vec<usize> =
                (0..count).filter(|step| gate.bound.steps[*step].flow == flow).collect();
            for step in &members {
                silent.follow(gate, gate.ways, *step, &through);
            }
            through[flow] = silent.comes_through(gate.bound.flows[flow].entry);
        }
        silent
    }

    fn follow(&mut self, gate: &Gate<'_, '_>, ways: &Ways, step: usize, through: &[bool]) {
        let verb = &gate.bound.steps[step].verb;
        let mut add = |outcome, target| match target {
            Target::Step(next) => self.arrows[step].push((outcome, next)),
            Target::End => self.ends[step] = true,
        };
        for (outcome, target) in &ways.arrows[step] {
            if !verb.by_key(*outcome) {
                add(*outcome, *target);
            }
        }
        if let Some(called) = ways.calls[step].filter(|called| through[called.flow]) {
            add(Outcome::Then, called.then);
        }
    }

    /// Whether a caller who presses nothing is led from one step to another of the same flow.
    pub(super) fn leads(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.arrows.len()];
        let mut open = vec![from];
        while let Some(step) = open.pop() {
            if step == to {
                return true;
            }
            if !std::mem::replace(&mut seen[step], true) {
                open.extend(self.arrows[step].iter().map(|(_, next)| *next));
            }
        }
        false
    }

    /// Whether the flow's end can be reached from this step without a key.
    fn comes_through(&self, entry: usize) -> bool {
        let mut seen = vec![false; self.arrows.len()];
        let mut open = vec![entry];
        while let Some(step) = open.pop() {
            if self.ends[step] {
                return true;
            }
            if !std::mem::replace(&mut seen[step], true) {
                open.extend(self.arrows[step].iter().map(|(_, next)| *next));
            }
        }
        false
    }
}
