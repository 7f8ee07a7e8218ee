//! L04: nobody is put into a queue that nobody answers. A queue stands behind opening hours, or says itself
//! where a closed and a full one lead.
//!
//! Behind opening hours: on every way to it a `when` was left by an outcome that can only be taken while
//! `hours.open` holds.

use super::gate::Gate;
use super::proof::{Change, Proof};
use crate::condition::{Comparison, Condition, Literal, VARIABLES};
use crate::plan::Outcome;
use crate::verbs::Verb;
use crate::verbs::when::When;

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    let (bound, ways) = (gate.bound, gate.ways);
    let queue = |step: usize| bound.steps[step].verb.queues();
    if !(0..bound.steps.len()).any(queue) {
        return;
    }
    let open = Proof::of(bound, ways, |step, outcome| match &bound.steps[step].verb {
        Verb::When(when) if only_when(when, outcome, "hours.open") => Change::Gives,
        _ => Change::Keeps,
    });
    for (step, way) in open.lacking().into_iter().filter(|(step, _)| queue(*step)) {
        let here = &bound.steps[step];
        let unbound: Vec<&str> = ["closed", "full"]
            .into_iter()
            .filter(|name| {
                !Outcome::named(name).is_some_and(|outcome| here.exits.contains_key(&outcome))
            })
            .collect();
        if unbound.is_empty() {
            continue;
        }
        let text = format!(
            "'{}' queues callers though nobody may be there: it stands behind no opening hours, and \
             does not say where '{}' leads",
            here.name,
            unbound.join("' and '")
        );
        let way = gate.hops(&way, step);
        let fault = gate.error("L04", here.span.clone(), text);
        fault.help =
            Some("ask before it: when open { is \"hours.open\"; yes …; no … }; or add closed STEP and full STEP".to_owned());
        fault.way = way;
    }
}

/// Whether this outcome is only taken while this variable holds: `hours.open`, `caller.verified`.
pub(super) fn only_when(when: &When, outcome: Outcome, variable: &str) -> bool {
    let held = |index: usize| {
        when.branches.get(index).is_some_and(|b| means(&b.condition, true, variable))
    };
    let failed = |index: usize| {
        when.branches.get(index).is_some_and(|b| means(&b.condition, false, variable))
    };
    match outcome {
        Outcome::Yes => held(0),
        Outcome::No => failed(0),
        Outcome::If(index) => held(index.into()) || (0..usize::from(index)).any(failed),
        Outcome::Else => (0..when.branches.len()).any(failed),
        _ => false,
    }
}

/// Whether the variable must hold where this condition holds (or fails, if `holds` is false).
fn means(condition: &Condition, holds: bool, variable: &str) -> bool {
    match (condition, holds) {
        (Condition::Variable(index), true) => VARIABLES[*index].0 == variable,
        (Condition::Not(inner), _) => means(inner, !holds, variable),
        (Condition::And(a, b), true) | (Condition::Or(a, b), false) => {
            means(a, holds, variable) || means(b, holds, variable)
        }
        (Condition::And(a, b), false) | (Condition::Or(a, b), true) => {
            means(a, holds, variable) && means(b, holds, variable)
        }
        (Condition::Compare(Comparison::Equal, a, b), _) => compared(a, b, holds, variable)
            .or_else(|| compared(b, a, holds, variable))
            .unwrap_or(false),
        (Condition::Compare(Comparison::NotEqual, a, b), _) => compared(a, b, !holds, variable)
            .or_else(|| compared(b, a, !holds, variable))
            .unwrap_or(false),
        _ => false,
    }
}

/// `hours.open == true`
fn compared(left: &Condition, right: &Condition, equal: bool, variable: &str) -> Option<bool> {
    match right {
        Condition::Value(Literal::Truth(truth)) => Some(means(left, *truth == equal, variable)),
        _ => None,
    }
}
