//! L09: who is reached is asked first. A flow of `kind outbound` says nothing before `detect` has told a person
//! from a machine; a machine hears a `message` and nothing else; a verb that reaches somebody outside the
//! call asks the contact ledger itself and has a way for its refusal.
//!
//! That an outbound call is placed at all is the ledger's decision before the flow begins.

use super::gate::Gate;
use super::proof::{Change, Left, Proof};
use crate::plan::Outcome;
use crate::verbs::Verb;

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    let (bound, ways) = (gate.bound, gate.ways);
    let outbound = bound.flows.first().is_some_and(|flow| flow.outbound);
    let detects = |step: usize| bound.steps[step].verb.name() == "detect";
    if outbound {
        let person = Proof::of(bound, ways, |step, outcome| match outcome {
            Outcome::Machine if detects(step) => Change::Takes,
            _ if detects(step) => Change::Gives,
            _ => Change::Keeps,
        });
        for (step, way) in person.lacking() {
            let verb = &bound.steps[step].verb;
            let silent = matches!(verb, Verb::Hangup(_)) && verb.plays().is_empty();
            if verb.contract().speaks && !silent && verb.name() != "message" {
                speaks_to_anybody(gate, step, &way);
            }
        }
    }
    let machine = Proof::of(bound, ways, |step, outcome| match outcome {
        Outcome::Machine if detects(step) => Change::Gives,
        _ if detects(step) => Change::Takes,
        _ => Change::Keeps,
    });
    for (step, way) in machine.lacking() {
        if bound.steps[step].verb.name() == "message" {
            leaves_a_message(gate, step, &way);
        }
    }
}

fn speaks_to_anybody(gate: &mut Gate<'_, '_>, step: usize, way: &[Left]) {
    let here = &gate.bound.steps[step];
    let machine = way.iter().any(|(_, outcome)| *outcome == Outcome::Machine);
    let text = match machine {
        true => format!("'{}' would speak to a machine", here.name),
        false => format!("'{}' speaks before it is known who has answered", here.name),
    };
    let way = gate.hops(way, step);
    let fault = gate.error("L09", here.span.clone(), text);
    fault.help = Some(match machine {
        true => "a machine hears a 'message' and nothing else: lead 'machine' to one, or to a 'hangup' without words".to_owned(),
        false => "begin an outbound flow with a 'detect'".to_owned(),
    });
    fault.way = way;
}

fn leaves_a_message(gate: &mut Gate<'_, '_>, step: usize, way: &[Left]) {
    let here = &gate.bound.steps[step];
    let text = format!("'{}' leaves a message though no machine has answered", here.name);
    let way = gate.hops(way, step);
    let fault = gate.error("L09", here.span.clone(), text);
    fault.help = Some("lead to it only by the 'machine' of a 'detect'".to_owned());
    fault.way = way;
}
