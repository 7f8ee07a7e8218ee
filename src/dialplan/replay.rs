//! Calls that were, run against a draft: which of them would have gone elsewhere?
//!
//! ```text
//!  history of a call ─▶ Recorded ─▶ draft on the production walk ─▶ Verdict ─▶ Report
//!                       steps and outcomes        └ at each question: the recorded result, never keys
//! ```
//! What a caller or a service decided (a menu's branch, a proof, a case found, a condition) is taken from
//! the record; what the flow decides by itself runs. Where the draft asks what nobody was asked, nothing
//! is made up: the verdict says so.
//!
//! Owns: the comparison and its report.
//! Never: a key, a secret, audio, a store.

mod report;
mod script;
#[cfg(test)]
mod tests;

pub use report::{Report, Shift};
pub(crate) use script::Script;

use crate::event::{Action, Facts, Trace, WalkEvent};
use crate::limits::{REPLAYED_ACTIONS_MAX, SERVICE_LONGEST};
use crate::plan::Plan;
use crate::walk::Walk;
use ids::{Lang, Moment};
use jiff::civil::date;
use std::sync::Arc;

/// One step of a call that was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RecordedStep {
    /// The flow's name.
    pub flow: String,
    /// The step's name.
    pub step: String,
    /// Its verb.
    pub verb: String,
    /// How it was left: `found`, `key 3`, `hangup`; `None`: the call ended in it.
    pub outcome: Option<String>,
    /// The condition that held, for a `when`.
    pub because: Option<String>,
}

/// A call that was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recorded {
    /// Its id, for the report.
    pub call: String,
    /// The language it ended in, if it is one of ours.
    pub lang: Option<Lang>,
    /// Its steps in order.
    pub steps: Vec<RecordedStep>,
    /// Why it ended: `goodbye`, `caller hung up` …
    pub end: String,
}

/// What the draft would have made of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The same steps, the same end.
    Same,
    /// Other steps, the same end.
    OtherWay(Parting),
    /// Another end.
    OtherEnd(Parting),
    /// The record cannot answer what the draft asks.
    Unknown {
        /// The draft's step.
        step: String,
        /// What is not known.
        why: String,
    },
}

/// Where record and draft part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Parting {
    /// The last step they share; empty: they differ from the first on.
    pub step: String,
    /// How it was left.
    pub outcome: String,
    /// Where the call went, or how it ended.
    pub was: String,
    /// Where the draft goes, or how it ends.
    pub is: String,
    /// Ends of both.
    pub ends: (String, String),
}

/// Runs one call against a draft. `base` is the version it ran on, where it is at hand: an `else` is then
/// believed only where the draft asks the same conditions.
pub fn replay(draft: &Arc<Plan>, base: Option<&Plan>, call: &Recorded) -> Verdict {
    let script = Script::of(call, base);
    let facts = Facts { lang: call.lang, hours_open: true, ..Facts::default() };
    let wall = date(2026, 1, 1).at(12, 0, 0, 0);
    let mut walk = Walk::scripted(draft.clone(), facts, Moment::START, wall, script);
    let (mut steps, mut end) = (Vec::new(), None);
    for _ in 0..REPLAYED_ACTIONS_MAX {
        let Some(action) = walk.poll() else { break };
        match action {
            Action::Play { play, .. } => {
                walk.handle(Moment::START, wall, WalkEvent::PlayEnded(play));
            }
            Action::Trace(Trace::StepEntered { step, .. }) => steps.push((step, String::new())),
            Action::Trace(Trace::StepLeft { outcome, .. }) => {
                if let Some((_, left)) = steps.last_mut() {
                    *left = outcome;
                }
            }
            Action::Hangup { reason } => end = Some(reason),
            _ => {}
        }
    }
    if let Some((step, why)) = walk.unforeseen() {
        return Verdict::Unknown { step, why };
    }
    match end {
        Some(end) => judge(call, &steps, end),
        None => Verdict::Unknown {
            step: walk.step().to_owned(),
            why: format!("the draft waits there for more than {} s", SERVICE_LONGEST.as_secs()),
        },
    }
}

fn judge(call: &Recorded, steps: &[(String, String)], end: String) -> Verdict {
    let was: Vec<&str> = call.steps.iter().map(|s| s.step.as_str()).collect();
    let is: Vec<&str> = steps.iter().map(|(step, _)| step.as_str()).collect();
    let same_end = call.end == end;
    if was == is && same_end {
        return Verdict::Same;
    }
    let shared = was.iter().zip(&is).take_while(|(was, is)| was == is).count();
    let last = shared.checked_sub(1).and_then(|at| steps.get(at));
    let there = |steps: &[&str], end: &str| {
        steps.get(shared).map_or_else(|| format!("the end ({end})"), |step| (*step).to_owned())
    };
    let parting = Parting {
        step: last.map_or_else(String::new, |(step, _)| step.clone()),
        outcome: last.map_or_else(String::new, |(_, outcome)| outcome.clone()),
        was: there(&was, &call.end),
        is: there(&is, &end),
        ends: (call.end.clone(), end),
    };
    if same_end { Verdict::OtherWay(parting) } else { Verdict::OtherEnd(parting) }
}
