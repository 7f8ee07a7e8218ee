//! L02, in figures: how long a call can be and how many keys it can take, flow by flow.
//!
//! ```text
//!   a ─▶ [ b ⇄ c ] ─▶ d      a circle counts each of its steps once; who goes round again by a key adds that
//!                             once more, and the walk itself ends a call after 500 steps
//! ```
//! Upper bounds for a caller who does not ask to hear things again (`*`, 9): every question is asked as often as
//! its step allows and answered at the last moment, every prompt in its longest language at 150 words a minute,
//! every service answers when its time is up. Values are made up, amounts of some hundreds: so "about". Talks
//! with people are not counted. A called flow's figures count in the step that calls it.

use super::circles;
use super::gate::Gate;
use super::person::keys_to_a_person;
use super::rounds::Silent;
use crate::limits::MISSES_TOGETHER_MAX;
use crate::plan::Target;
use crate::spoken::Spoken;
use std::time::Duration;

/// How long one flow can take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figures {
    /// The flow's name.
    pub flow: String,
    /// The longest call of somebody who presses nothing; talks with people not counted.
    pub silent: Duration,
    /// The longest call that enters no step twice and hears nothing again on its own wish.
    pub longest: Duration,
    /// The most keys of such a call.
    pub keys: u32,
    /// From the step that asks and is farthest from a person, the keys to one; `None` when nothing asks.
    pub person: Option<u32>,
}

/// What one step can take.
#[derive(Clone, Copy, Default)]
struct Cost {
    silent: Duration,
    longest: Duration,
    keys: u32,
}

pub(super) fn figures(gate: &Gate<'_, '_>) -> Vec<Figures> {
    let silent = Silent::of(gate);
    let persons = keys_to_a_person(gate);
    let mut costs: Vec<Cost> = (0..gate.bound.steps.len()).map(|step| cost(gate, step)).collect();
    let mut flows: Vec<Option<Figures>> = vec![None; gate.bound.flows.len()];
    for flow in gate.ways.called_first(gate.bound) {
        let members: Vec<usize> =
            (0..costs.len()).filter(|step| gate.bound.steps[*step].flow == flow).collect();
        for step in &members {
            let inner = gate.ways.calls[*step].and_then(|called| flows[called.flow].as_ref());
            if let Some(inner) = inner {
                costs[*step].silent += inner.silent;
                costs[*step].longest += inner.longest;
                costs[*step].keys = costs[*step].keys.saturating_add(inner.keys);
            }
        }
        let asks = members.iter().filter(|step| gate.bound.steps[**step].verb.asks());
        let person = asks.filter_map(|step| persons[*step]).max();
        flows[flow] = Some(of_flow(gate, flow, &members, &silent, &costs, person));
    }
    flows.into_iter().flatten().collect()
}

fn of_flow(
    gate: &Gate<'_, '_>,
    flow: usize,
    members: &[usize],
    silent: &Silent,
    costs: &[Cost],
    person: Option<u32>,
) -> Figures {
    let place: std::collections::BTreeMap<usize, usize> =
        members.iter().enumerate().map(|(at, step)| (*step, at)).collect();
    let local = |arrows: Vec<usize>| -> Vec<((), usize)> {
        arrows.into_iter().filter_map(|next| Some(((), *place.get(&next)?))).collect()
    };
    let quiet: Vec<Vec<((), usize)>> = members
        .iter()
        .map(|step| local(silent.arrows[*step].iter().map(|(_, next)| *next).collect()))
        .collect();
    let all: Vec<Vec<((), usize)>> =
        members.iter().map(|step| local(next_steps(gate, *step))).collect();
    let entry = place.get(&gate.bound.flows[flow].entry).copied().unwrap_or(0);
    let sum = |graph: &[Vec<((), usize)>], of: &dyn Fn(&Cost) -> u64| {
        let weights: Vec<u64> = members.iter().map(|step| of(&costs[*step])).collect();
        heaviest(graph, &weights, entry)
    };
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    Figures {
        flow: gate.bound.flows[flow].name.clone(),
        silent: Duration::from_micros(sum(&quiet, &|cost| micros(cost.silent))),
        longest: Duration::from_micros(sum(&all, &|cost| micros(cost.longest))),
        keys: u32::try_from(sum(&all, &|cost| cost.keys.into())).unwrap_or(u32::MAX),
        person,
    }
}

/// The steps of the same flow that may follow.
fn next_steps(gate: &Gate<'_, '_>, step: usize) -> Vec<usize> {
    let own = gate.ways.arrows[step].iter().map(|(_, target)| *target);
    let behind = gate.ways.calls[step].map(|called| called.then);
    let steps = own.chain(behind).filter_map(|target| match target {
        Target::Step(next) => Some(next),
        Target::End => None,
    });
    steps.collect()
}

/// The heaviest way from a node on which each node counts once; the nodes of a circle count together.
fn heaviest(graph: &[Vec<((), usize)>], weights: &[u64], entry: usize) -> u64 {
    let groups = circles::groups(graph.len(), &|node| graph[node].as_slice());
    let mut weight = vec![0_u64; graph.len()];
    for (node, own) in weights.iter().enumerate() {
        weight[groups[node]] = weight[groups[node]].saturating_add(*own);
    }
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); graph.len()];
    for (node, arrows) in graph.iter().enumerate() {
        let others = arrows.iter().map(|(_, next)| groups[*next]);
        after[groups[node]].extend(others.filter(|group| *group != groups[node]));
    }
    // Behind first, with a stack of its own: flows may be thousands of steps long.
    let mut best: Vec<Option<u64>> = vec![None; graph.len()];
    let mut open = vec![(groups.get(entry).copied().unwrap_or(0), false)];
    while let Some((group, ready)) = open.pop() {
        if best.get(group).copied().flatten().is_some() || group >= graph.len() {
            continue;
        }
        if ready {
            let behind = after[group].iter().filter_map(|next| best[*next]).max().unwrap_or(0);
            best[group] = Some(weight[group].saturating_add(behind));
        } else {
            open.push((group, true));
            open.extend(after[group].iter().map(|next| (*next, false)));
        }
    }
    groups.get(entry).and_then(|group| best[*group]).unwrap_or(0)
}

fn cost(gate: &Gate<'_, '_>, step: usize) -> Cost {
    let verb = &gate.bound.steps[step].verb;
    let contract = verb.contract();
    let plays = verb.plays();
    let (own, built_in): (Vec<_>, Vec<_>) = plays.iter().partition(|s| s.span != (0..0));
    let lasts = |spoken: &&Spoken| gate.said.longest(spoken);
    let all: Duration = plays.iter().map(|spoken| gate.said.longest(spoken)).sum();
    if !verb.asks() {
        let once = all + contract.waits;
        return Cost { silent: once, longest: once, keys: 0 };
    }
    let patience = verb.patience();
    let tries = u32::from(patience.tries);
    // As many of both kinds as may be missed: the last of one kind ends the question.
    let rounds = u32::from(MISSES_TOGETHER_MAX).min((2 * tries).saturating_sub(1)).max(1);
    let apology = built_in.iter().map(lasts).max().unwrap_or_default();
    let questions = u32::from(contract.questions);
    let said = match questions {
        // What stands in the step is the question.
        1 => own.iter().map(lasts).sum::<Duration>().max(apology) + apology,
        // Each question of a conversation is at most two of its prompts, behind an apology.
        _ => plays.iter().map(|spoken| gate.said.longest(spoken)).max().unwrap_or_default() * 3,
    };
    let keys = verb.most_keys();
    let typing = patience.inter * keys * rounds;
    // A number that does not fit a case is asked for again, and looked up again.
    let look_ups = if verb.looks_up_again() { tries } else { 1 };
    // Recording goes on when nothing was pressed.
    let unasked = if verb.records() { contract.waits } else { Duration::ZERO };
    Cost {
        silent: all + (said + patience.first) * tries + unasked,
        longest: all
            + (said + patience.first) * rounds * questions
            + typing
            + contract.waits * look_ups,
        keys: keys.saturating_mul(rounds),
    }
}
