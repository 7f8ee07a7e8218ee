//! "On every way to this step, X was given before": one proof for the right party, the case, the opening
//! hours, the recording notice, the contact ledger and every variable.
//!
//! ```text
//!                 found (takes)            ok (gives)
//!  greet ─▶ identify ─────────▶ verify ───────────────▶ balance      X holds on every way: proved
//!                                  └──── failed ──────▶ balance      X lacks on this way: told
//! ```
//! A state is a step, whether X holds there, and whether it held where its flow began. Breadth-first over
//! these states finds a short way to every step on which X lacks: the counter-example. A called flow is
//! walked once for X and once without, and goes back only to those who called it so: exact, and linear
//! in the arrows.
//! Owns: nothing; the answer is the set of steps that can be reached while X lacks.
//! Never: what X is.

use super::bindings::Bound;
use super::ways::{Called, Ways};
use crate::plan::{Outcome, Target};
use std::collections::VecDeque;

/// What an outcome of a step does to X.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    Gives,
    Takes,
    Keeps,
}

/// One step left by one outcome.
pub(crate) type Left = (usize, Outcome);

/// How a state was first reached.
#[derive(Clone, Copy)]
enum Before {
    Start,
    /// From this state of the same flow.
    By(usize, Outcome),
    /// The flow was called from this state.
    Called(usize),
    /// The flow called by this state came to this end.
    Back(usize, usize),
}

/// How a called flow first came to its end.
#[derive(Clone, Copy)]
enum End {
    /// From this state, by this outcome.
    By(usize, Outcome),
    /// The state called a flow that came to this end, and its own flow ends there too.
    Through(usize, usize),
}

/// What is reached in which way.
pub(super) struct Proof<'w> {
    ways: &'w Ways,
    /// States: `step * 4 + held where its flow began * 2 + held here`.
    before: Vec<Option<Before>>,
    /// In the order in which they were reached.
    order: Vec<usize>,
    open: VecDeque<usize>,
    /// `flow * 2 + held where it began`: its ends by what is held there, and who called it so.
    ends: Vec<[Option<usize>; 2]>,
    callers: Vec<Vec<usize>>,
    end_list: Vec<End>,
    flow_of: Vec<usize>,
}

const fn state(step: usize, began: bool, held: bool) -> usize {
    step * 4 + (began as usize) * 2 + held as usize
}

const fn step_of(state: usize) -> usize {
    state / 4
}

const fn began(state: usize) -> bool {
    state & 2 != 0
}

const fn held(state: usize) -> bool {
    state & 1 != 0
}

impl<'w> Proof<'w> {
    /// Walks every way from the entry of the first flow, and from its emergency step, where X lacks.
    pub(super) fn of(
        bound: &Bound,
        ways: &'w Ways,
        change: impl Fn(usize, Outcome) -> Change,
    ) -> Self {
        let mut proof = Self {
            ways,
            before: vec![None; bound.steps.len() * 4],
            order: Vec::new(),
            open: VecDeque::new(),
            ends: vec![[None; 2]; bound.flows.len() * 2],
            callers: vec![Vec::new(); bound.flows.len() * 2],
            end_list: Vec::new(),
            flow_of: bound.steps.iter().map(|s| s.flow).collect(),
        };
        if let Some(first) = bound.flows.first().filter(|_| !bound.steps.is_empty()) {
            // Where the emergency switch leads, nothing is known of a caller either.
            for start in [Some(first.entry), first.emergency].into_iter().flatten() {
                proof.reach(state(start, false, false), Before::Start);
            }
        }
        while let Some(at) = proof.open.pop_front() {
            proof.leave(at, &change);
        }
        proof
    }

    fn reach(&mut self, at: usize, before: Before) {
        if self.before[at].is_none() {
            self.before[at] = Some(before);
            self.order.push(at);
            self.open.push_back(at);
        }
    }

    fn leave(&mut self, at: usize, change: &impl Fn(usize, Outcome) -> Change) {
        if let Some(called) = self.ways.calls[step_of(at)] {
            self.call(at, called);
        }
        for index in 0..self.ways.arrows[step_of(at)].len() {
            let (outcome, target) = self.ways.arrows[step_of(at)][index];
            let holds = match change(step_of(at), outcome) {
                Change::Gives => true,
                Change::Takes => false,
                Change::Keeps => held(at),
            };
            match target {
                Target::Step(next) => {
                    self.reach(state(next, began(at), holds), Before::By(at, outcome));
                }
                Target::End => self.end(at, holds, End::By(at, outcome)),
            }
        }
    }

    fn call(&mut self, at: usize, called: Called) {
        let key = called.flow * 2 + usize::from(held(at));
        self.callers[key].push(at);
        self.reach(state(called.entry, held(at), held(at)), Before::Called(at));
        for holds in [false, true] {
            if let Some(end) = self.ends[key][usize::from(holds)] {
                self.back(at, called, end, holds);
            }
        }
    }

    /// The flow of this state can end here; whoever called it so goes on.
    fn end(&mut self, at: usize, holds: bool, end: End) {
        let key = self.flow_of[step_of(at)] * 2 + usize::from(began(at));
        if self.ends[key][usize::from(holds)].is_some() {
            return;
        }
        let id = self.end_list.len();
        self.end_list.push(end);
        self.ends[key][usize::from(holds)] = Some(id);
        for caller in self.callers[key].clone() {
            if let Some(called) = self.ways.calls[step_of(caller)] {
                self.back(caller, called, id, holds);
            }
        }
    }

    fn back(&mut self, caller: usize, called: Called, end: usize, holds: bool) {
        match called.then {
            Target::Step(next) => {
                self.reach(state(next, began(caller), holds), Before::Back(caller, end));
            }
            Target::End => self.end(caller, holds, End::Through(caller, end)),
        }
    }

    /// Every step that is reached, in the order in which it is.
    pub(super) fn reached(&self) -> Vec<usize> {
        let mut seen = vec![false; self.before.len() / 4];
        let steps = self.order.iter().map(|at| step_of(*at));
        steps.filter(|step| !std::mem::replace(&mut seen[*step], true)).collect()
    }

    /// The steps that are reached while X lacks, each with a short way to it.
    pub(super) fn lacking(&self) -> Vec<(usize, Vec<Left>)> {
        let mut seen = vec![false; self.before.len() / 4];
        let lacking = self.order.iter().copied().filter(|at| !held(*at));
        let first = lacking.filter(|at| !std::mem::replace(&mut seen[step_of(*at)], true));
        let mut list: Vec<_> = first.map(|at| (step_of(at), self.way(at))).collect();
        list.sort_by_key(|(step, _)| *step);
        list
    }

    /// A short way to a step, whatever holds there.
    pub(super) fn way_to(&self, step: usize) -> Vec<Left> {
        let at = self.order.iter().find(|at| step_of(**at) == step);
        at.map_or_else(Vec::new, |at| self.way(*at))
    }

    fn way(&self, at: usize) -> Vec<Left> {
        let (mut parts, mut at) = (Vec::new(), at);
        loop {
            let (way, head) = self.within(at);
            parts.push(way);
            let Some(Before::Called(caller)) = self.before[head] else { break };
            parts.push(vec![(step_of(caller), Outcome::Then)]);
            at = caller;
        }
        parts.reverse();
        parts.concat()
    }

    /// The way within one flow, and the state where the flow began.
    fn within(&self, at: usize) -> (Vec<Left>, usize) {
        let (mut parts, mut at) = (Vec::new(), at);
        loop {
            match self.before[at] {
                Some(Before::By(before, outcome)) => {
                    parts.push(vec![(step_of(before), outcome)]);
                    at = before;
                }
                Some(Before::Back(caller, end)) => {
                    parts.push(self.through(caller, end));
                    at = caller;
                }
                Some(Before::Start | Before::Called(_)) | None => break,
            }
        }
        parts.reverse();
        (parts.concat(), at)
    }

    /// Into the flow that was called, to its end.
    fn through(&self, caller: usize, end: usize) -> Vec<Left> {
        let mut way = vec![(step_of(caller), Outcome::Then)];
        match self.end_list[end] {
            End::By(at, outcome) => {
                way.extend(self.within(at).0);
                way.push((step_of(at), outcome));
            }
            End::Through(inner, end) => {
                way.extend(self.within(inner).0);
                way.extend(self.through(inner, end));
            }
        }
        way
    }
}
