//! L03: from every step an ending can be reached: a `hangup`, or the `end` of the first flow.
//!
//! Walked backwards from the endings, so that each arrow is looked at once.

use super::bindings::Bound;
use crate::plan::{Outcome, Target};
use crate::source::Faults;
use crate::verbs::Verb;
use std::collections::BTreeSet;

/// Steps named in one diagnostic; the rest are counted.
const NAMED_MAX: usize = 5;

pub(super) fn check(
    bound: &Bound,
    edges: &[Vec<(Outcome, usize)>],
    reached: &BTreeSet<usize>,
    faults: &mut Faults<'_>,
) {
    let ends = ends(bound, edges);
    let lost: Vec<usize> = reached.iter().copied().filter(|step| !ends[*step]).collect();
    let Some((first, others)) = lost.split_first() else { return };
    let step = &bound.steps[*first];
    let fault = faults.error(step.span.clone(), told(bound, &step.name, others));
    fault.rule = "L03";
    fault.help = Some("lead an outcome to a 'hangup', or to end".to_owned());
}

fn told(bound: &Bound, first: &str, others: &[usize]) -> String {
    let text = format!("no way leads from '{first}' to an ending");
    if others.is_empty() {
        return text;
    }
    let names: Vec<&str> =
        others.iter().take(NAMED_MAX).map(|step| bound.steps[*step].name.as_str()).collect();
    let more = match others.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{text}, nor from {}{more}", names.join(", "))
}

/// For each step whether an ending can be reached from it.
fn ends(bound: &Bound, edges: &[Vec<(Outcome, usize)>]) -> Vec<bool> {
    let mut before = vec![Vec::new(); edges.len()];
    for (step, ways) in edges.iter().enumerate() {
        for (_, next) in ways {
            before[*next].push(step);
        }
    }
    let last = last_flows(bound);
    let ending = |step: &crate::plan::Step| {
        let leaves = matches!(step.verb, Verb::Hangup(_));
        // A call's own `then` is left only where the called flow ends.
        let called = matches!(step.verb, Verb::Call(_));
        let mut ways = step.ways_out().filter(|(o, _)| !(called && *o == Outcome::Then));
        leaves || (last[step.flow] && ways.any(|(_, target)| target == Target::End))
    };
    let mut open: Vec<usize> = (0..edges.len()).filter(|s| ending(&bound.steps[*s])).collect();
    let mut ends = vec![false; edges.len()];
    while let Some(step) = open.pop() {
        if !std::mem::replace(&mut ends[step], true) {
            open.extend(&before[step]);
        }
    }
    ends
}

/// The flows whose `end` ends the call: the first, and those called where such a flow then ends.
fn last_flows(bound: &Bound) -> Vec<bool> {
    let mut last = vec![false; bound.flows.len()];
    let mut open = vec![0];
    while let Some(flow) = open.pop() {
        if std::mem::replace(&mut last[flow], true) {
            continue;
        }
        for step in bound.steps.iter().filter(|step| step.flow == flow) {
            let Verb::Call(call) = &step.verb else { continue };
            if step.exits.get(&Outcome::Then) == Some(&Target::End) {
                open.extend(bound.flows.iter().position(|f| f.name == call.flow));
            }
        }
    }
    last
}
