//! L03, second half: from every step that asks something, a person is within three keys.
//!
//! A person is a step whose contract says so (`queue`, `transfer`, `callback`), and, honestly, one that says
//! the call-back number. A key counts as one; so does a silence that is waited out; an answer counts as
//! the fewest keys it takes.

use super::gate::Gate;
use super::proof::Proof;
use crate::plan::Target;
use crate::spoken::From;
use std::collections::VecDeque;

/// Keys, or silences, a caller needs at most to come to a person.
pub(super) const KEYS_MAX: u32 = 3;

pub(super) fn check(gate: &mut Gate<'_, '_>, proof: &Proof<'_>) {
    let keys = keys_to_a_person(gate);
    let reached = proof.reached();
    let asks = |step: &usize| gate.bound.steps[*step].verb.asks();
    let mut far: Vec<usize> = reached.into_iter().filter(asks).collect();
    far.retain(|step| keys[*step].is_none_or(|keys| keys > KEYS_MAX));
    far.sort_unstable();
    for step in far {
        let here = &gate.bound.steps[step];
        let text = match keys[step] {
            None => format!("no way leads from '{}' to a person", here.name),
            Some(keys) => format!("a person is {keys} keys away from '{}'", here.name),
        };
        let way = gate.hops(&proof.way_to(step), step);
        let fault = gate.error("L03", here.span.clone(), text);
        fault.help = Some(format!(
            "at most {KEYS_MAX}: lead a key to a 'queue', a 'transfer', a 'callback', or to a 'say' \
             with the call-back number, such as person_later"
        ));
        fault.way = way;
    }
}

/// For each step the fewest keys from it to a person, walked backwards from the persons.
pub(super) fn keys_to_a_person(gate: &Gate<'_, '_>) -> Vec<Option<u32>> {
    let (steps, flows) = (gate.bound.steps.len(), gate.bound.flows.len());
    let mut before: Vec<Vec<(usize, u32)>> = vec![Vec::new(); steps + flows];
    let node = |flow: usize, target: Target| match target {
        Target::Step(next) => next,
        Target::End => steps + flow,
    };
    for (index, step) in gate.bound.steps.iter().enumerate() {
        for (outcome, target) in &gate.ways.arrows[index] {
            let keys = step.verb.fewest_keys(*outcome);
            before[node(step.flow, *target)].extend(keys.map(|keys| (index, keys)));
        }
        if let Some(called) = gate.ways.calls[index] {
            before[called.entry].push((index, 0));
            before[node(step.flow, called.then)].push((steps + called.flow, 0));
        }
    }
    let persons: Vec<usize> = (0..steps).filter(|step| is_person(gate, *step)).collect();
    let mut keys: Vec<Option<u32>> = vec![None; steps + flows];
    let mut open: VecDeque<(usize, u32)> = persons.into_iter().map(|step| (step, 0)).collect();
    // Few keys lie on an arrow: a step is looked at again only when fewer were found.
    while let Some((at, far)) = open.pop_front() {
        if keys[at].is_some_and(|known| known <= far) {
            continue;
        }
        keys[at] = Some(far);
        for (from, more) in &before[at] {
            let far = far + more;
            if far <= FAR && keys[*from].is_none_or(|known| known > far) {
                if *more == 0 {
                    open.push_front((*from, far));
                } else {
                    open.push_back((*from, far));
                }
            }
        }
    }
    keys
}

/// More than this is "far" and not counted out.
const FAR: u32 = 64;

/// A step that brings a person, or says where one can be called.
fn is_person(gate: &Gate<'_, '_>, step: usize) -> bool {
    let verb = &gate.bound.steps[step].verb;
    let own = verb.plays().into_iter().filter(|spoken| spoken.span != (0..0));
    verb.brings_a_person() || own.into_iter().any(|s| gate.said.says(&s, &From::CallbackNumber))
}
