//! L07, of variables: what a prompt says or a service is sent was set before, on every way.
//!
//! A condition may ask for a variable that is not set yet: the comparison does not hold then, and that is what
//! a flag means. So it is left alone; a sentence with a hole in it is not.

use super::gate::Gate;
use super::proof::{Change, Proof};
use crate::plan::Outcome;
use crate::spoken::From;
use crate::verbs::Verb;
use std::collections::BTreeMap;
use std::ops::Range;

/// The steps that use each variable, with the place.
type Uses = BTreeMap<String, Vec<(usize, Range<usize>)>>;

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    let (bound, ways) = (gate.bound, gate.ways);
    for (name, uses) in uses(gate) {
        let makes = |step: usize| bound.steps[step].verb.makes().contains(&name.as_str());
        let set = Proof::of(bound, ways, |step, outcome| match makes(step) && made(outcome) {
            true => Change::Gives,
            false => Change::Keeps,
        });
        for (step, way) in set.lacking() {
            for (_, span) in uses.iter().filter(|(user, _)| *user == step) {
                let here = &bound.steps[step];
                let way = gate.hops(&way, step);
                let text = format!("'{}' uses '{name}', which is not set yet", here.name);
                let fault = gate.error("L07", span.clone(), text);
                fault.help = Some(format!(
                    "set it on every way before: by a 'set', an 'ask' with into {name}, or an 'http'"
                ));
                fault.way = way;
            }
        }
    }
}

/// The outcomes behind which the step's variables have their values.
fn made(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Then | Outcome::Ok | Outcome::Yes | Outcome::No)
}

fn uses(gate: &Gate<'_, '_>) -> Uses {
    let mut uses = Uses::new();
    for (index, step) in gate.bound.steps.iter().enumerate() {
        for spoken in step.verb.plays() {
            for (_, from, span) in &spoken.args {
                if let From::Set(name) = from {
                    uses.entry(name.clone()).or_default().push((index, span.clone()));
                }
            }
        }
        if let Verb::Http(http) = &step.verb {
            for name in http.sends().filter_map(|from| from.strip_prefix("set.")) {
                uses.entry(name.to_owned()).or_default().push((index, step.span.clone()));
            }
        }
    }
    uses
}
