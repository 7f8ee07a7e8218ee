//! Exploration: calls nobody thought of, on the production walk, in virtual time.
//!
//! ```text
//!  given ─▶ run to where the caller is awaited ─▶ new place? ─▶ every choice: keys, wrong keys, silence,
//!    ▲                                              │ seen          #, *, **, a number, a failing service
//!    └── hours, segments, debts, callers, failures  ▼                        │
//!                                                 drop ◀──── run again ◀─────┘
//! ```
//! A place is the step with what was asked and missed there, who is proved, what is set, whether the store fails.
//! Every choice at every place is one call, run from its first second; each is heard out to its end and
//! looked over (`watch`). A question to a service is a fork (`forks`): every reply its errand can have, the
//! service's failure, and its silence until the time is up. Then: a hang-up at every instant of the calls that covered something new, and
//! storms of keys. What is found is cut down (`shrink`) to a `test` block that can be pasted into the file.
//! Owns: the places seen, what was covered, what was found.
//! Never: chance: the same file gives the same calls; only what limits.rs allows.

mod asked;
mod choices;
mod cover;
mod forks;
mod shrink;
#[cfg(test)]
mod tests;
pub(crate) mod watch;
mod worlds;

use crate::double::Double;
use crate::limits::{EXPLORE_FAULTS_MAX, EXPLORE_STORMS, TRIAL_LONGEST};
use crate::plan::Plan;
use crate::trial::{Line, Trial};
use crate::trial_run::{act, begin};
use choices::{choices, place};
use cover::Cover;
use forks::Forks;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use watch::Fault;

/// What exploring a plan has shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Exploration {
    /// Calls that were walked to their end.
    pub calls: usize,
    /// Places at which every choice was tried.
    pub places: usize,
    /// Places that were left alone because the calls had run out.
    pub places_left: usize,
    /// Steps entered, of all.
    pub steps: (usize, usize),
    /// Outcomes of steps taken, of all that are bound.
    pub outcomes: (usize, usize),
    /// Steps that no call entered, and outcomes of entered steps that none took: `step` or `step: outcome`.
    pub uncovered: Vec<String>,
    /// What went wrong, each once, cut down.
    pub faults: Vec<FoundFault>,
}

/// A fault that a call ran into.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundFault {
    /// What went wrong, in a sentence.
    pub message: String,
    /// A `test` block that fails until it is mended.
    pub test: String,
}

/// One call: what it meets, and what the caller does.
#[derive(Clone)]
pub(super) struct Script {
    pub(super) world: Rc<Trial>,
    pub(super) lines: Vec<Rc<Line>>,
}

/// Explores a plan with at most so many calls.
pub fn explore(plan: &Arc<Plan>, calls_max: usize) -> Exploration {
    let mut explorer = Explorer {
        plan: plan.clone(),
        calls: 0,
        calls_max,
        seen: BTreeSet::new(),
        places: 0,
        places_left: 0,
        cover: Cover::of(plan),
        forks: Forks::default(),
        compared: worlds::compared(plan),
        new_ways: Vec::new(),
        found: Vec::new(),
    };
    let worlds = worlds::worlds(plan);
    // A third for the usual world, a third for all others, a third for hang-ups and storms.
    let third = calls_max / 3;
    let share = third / worlds.len().saturating_sub(1).max(1);
    for (index, world) in worlds.into_iter().enumerate() {
        let until = if index == 0 { third } else { explorer.calls + share.max(1) };
        explorer.walk(&Rc::new(world), index, until);
    }
    explorer.hang_ups(calls_max.saturating_sub(EXPLORE_STORMS));
    explorer.storms();
    explorer.report()
}

struct Explorer {
    plan: Arc<Plan>,
    calls: usize,
    calls_max: usize,
    seen: BTreeSet<String>,
    places: usize,
    places_left: usize,
    cover: Cover,
    forks: Forks,
    /// Numbers that conditions compare keyed values with.
    compared: Vec<String>,
    /// The calls that covered something new.
    new_ways: Vec<Script>,
    found: Vec<(Fault, Script)>,
}

impl Explorer {
    /// Over the places of one world, those first that lie near the way most callers take.
    fn walk(&mut self, world: &Rc<Trial>, index: usize, until: usize) {
        let start = Script { world: world.clone(), lines: Vec::new() };
        // By how odd the calls are, then by age.
        let mut open = BTreeMap::from([((0, 0), start)]);
        let mut age = 0;
        while let Some(((odd, _), script)) = open.pop_first() {
            if self.calls >= until.min(self.calls_max) {
                self.places_left += open.len() + 1;
                return;
            }
            let (mut double, marks) = run_marked(&self.plan, &script);
            let begun = double.now;
            listen(&mut double);
            for fork in self.forks.of(&script, &double, &marks, begun) {
                age += 1;
                open.insert((odd + choices::SOME, age), fork);
            }
            let ended = double.ended().is_some();
            if !ended && self.seen.insert(format!("{index} {}", place(&double))) {
                self.places += 1;
                for choice in choices(&double, double.now.since(begun), &self.compared) {
                    let mut next = script.clone();
                    next.lines.extend(choice.lines);
                    age += 1;
                    open.insert((odd + choice.odd, age), next);
                }
            }
            self.over(script, double);
        }
    }

    /// Hears a call out and looks it over.
    fn over(&mut self, script: Script, mut double: Double) {
        hear_out(&mut double);
        self.calls += 1;
        if self.cover.add(&double) {
            self.new_ways.push(script.clone());
        }
        if let Some(fault) = watch::fault(&double) {
            let known = self.found.iter().any(|(other, _)| other.same(&fault));
            if !known && self.found.len() < EXPLORE_FAULTS_MAX {
                self.found.push((fault, script));
            }
        }
    }

    /// The caller hangs up whenever something has just happened.
    fn hang_ups(&mut self, until: usize) {
        for script in self.new_ways.clone() {
            for script in choices::hung_up(&self.plan, &script) {
                if self.calls >= until {
                    return;
                }
                let double = run(&self.plan, &script);
                self.over(script, double);
            }
        }
    }

    /// Keys at any time, in bursts: somebody's pocket, or a child.
    fn storms(&mut self) {
        let worlds: Vec<Rc<Trial>> = self.new_ways.iter().map(|s| s.world.clone()).collect();
        let mut seed = 0x5eed_u64;
        for storm in 0..EXPLORE_STORMS {
            let Some(world) = worlds.get(storm % worlds.len().max(1)) else { return };
            if self.calls >= self.calls_max {
                return;
            }
            let lines = choices::storm(&mut seed);
            let script = Script { world: world.clone(), lines };
            let double = run(&self.plan, &script);
            self.over(script, double);
        }
    }

    fn report(self) -> Exploration {
        let shrunk = self.found.iter().map(|(fault, script)| {
            let script = shrink::shrink(&self.plan, fault, script.clone());
            FoundFault { message: fault.message.clone(), test: shrink::block(fault, &script) }
        });
        Exploration {
            calls: self.calls,
            places: self.places,
            places_left: self.places_left,
            steps: self.cover.steps(),
            outcomes: self.cover.outcomes(),
            uncovered: self.cover.uncovered(&self.plan),
            faults: shrunk.collect(),
        }
    }
}

/// Runs a script; the call may go on behind it.
fn run(plan: &Arc<Plan>, script: &Script) -> Double {
    run_marked(plan, script).0
}

/// The same, with how many questions services had been asked before each line, and after the last.
fn run_marked(plan: &Arc<Plan>, script: &Script) -> (Double, Vec<usize>) {
    let mut double = begin(plan, &script.world, &script.lines);
    let mut marks = vec![double.asked.len()];
    for line in &script.lines {
        act(&mut double, &line.what);
        marks.push(double.asked.len());
    }
    (double, marks)
}

/// Lets things happen until the caller is awaited, or the call is over.
fn listen(double: &mut Double) {
    let until = double.now + TRIAL_LONGEST;
    while !double.awaits_keys() && double.now < until && double.happen() {}
}

/// Lets things happen until the call is over: the caller does nothing any more.
pub(crate) fn hear_out(double: &mut Double) {
    let until = double.now + TRIAL_LONGEST;
    while double.now < until && double.happen() {}
}

/// A wait as it stands in a test.
fn wait_line(span: Duration) -> Rc<Line> {
    Rc::new(Line::wait(span))
}
