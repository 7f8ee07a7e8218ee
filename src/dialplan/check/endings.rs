//! L03, first half: from every step an ending can be reached: a `hangup`, or the `end` of the first flow.
//!
//! Walked backwards from the endings, so that each arrow is looked at once. Where a called flow ends, the
//! call goes on behind each of its callers.

use super::gate::Gate;
use super::proof::Proof;
use crate::plan::Target;
use crate::verbs::Verb;

/// Steps named in one diagnostic; the rest are counted.
const NAMED_MAX: usize = 5;

pub(super) fn check(gate: &mut Gate<'_, '_>, proof: &Proof<'_>) {
    let ends = ends(gate);
    let mut lost: Vec<usize> = proof.reached();
    lost.retain(|step| !ends[*step]);
    lost.sort_unstable();
    let Some((first, others)) = lost.split_first() else { return };
    let step = &gate.bound.steps[*first];
    let way = gate.hops(&proof.way_to(*first), *first);
    let text = told(gate, &step.name, others);
    let fault = gate.error("L03", step.span.clone(), text);
    fault.help = Some("lead an outcome to a 'hangup', or to end".to_owned());
    fault.way = way;
}

fn told(gate: &Gate<'_, '_>, first: &str, others: &[usize]) -> String {
    let text = format!("no way leads from '{first}' to an ending");
    if others.is_empty() {
        return text;
    }
    let name = |step: &usize| gate.bound.steps[*step].name.as_str();
    let names: Vec<&str> = others.iter().take(NAMED_MAX).map(name).collect();
    let more = match others.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{text}, nor from {}{more}", names.join(", "))
}

/// For each step whether an ending can be reached from it.
///
/// Nodes are the steps and, behind them, the end of each flow.
fn ends(gate: &Gate<'_, '_>) -> Vec<bool> {
    let (steps, flows) = (gate.bound.steps.len(), gate.bound.flows.len());
    let mut before = vec![Vec::new(); steps + flows];
    let node = |flow: usize, target: Target| match target {
        Target::Step(next) => next,
        Target::End => steps + flow,
    };
    for (index, step) in gate.bound.steps.iter().enumerate() {
        for (_, target) in &gate.ways.arrows[index] {
            before[node(step.flow, *target)].push(index);
        }
        if let Some(called) = gate.ways.calls[index] {
            before[called.entry].push(index);
            before[node(step.flow, called.then)].push(steps + called.flow);
        }
    }
    let hangup = |step: &usize| matches!(gate.bound.steps[*step].verb, Verb::Hangup(_));
    let mut open: Vec<usize> = (0..steps).filter(hangup).collect();
    open.extend((flows > 0).then_some(steps));
    let mut ends = vec![false; steps + flows];
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut ends[node], true) {
            open.extend(&before[node]);
        }
    }
    ends
}
