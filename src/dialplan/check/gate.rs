//! What every rule of the gate looks at, and how it says what it found.

use super::bindings::Bound;
use super::proof::Left;
use super::said::Said;
use super::ways::Ways;
use crate::diagnostic::{Diagnostic, Hop};
use crate::plan::{Outcome, Step};
use crate::source::Faults;
use crate::verbs::Verb;
use std::ops::Range;

/// One file under the gate.
pub(super) struct Gate<'a, 's> {
    pub(super) bound: &'a Bound,
    pub(super) ways: &'a Ways,
    pub(super) said: &'a Said<'a>,
    pub(super) faults: &'a mut Faults<'s>,
}

impl<'s> Gate<'_, 's> {
    /// Adds an error of a rule; the caller sets its help.
    pub(super) fn error(
        &mut self,
        rule: &'static str,
        span: Range<usize>,
        message: String,
    ) -> &mut Diagnostic {
        let fault = self.faults.error(span, message);
        fault.rule = rule;
        fault
    }

    /// Adds a warning of a rule.
    pub(super) fn warn(
        &mut self,
        rule: &'static str,
        span: Range<usize>,
        message: String,
    ) -> &mut Diagnostic {
        let fault = self.faults.warn(span, message);
        fault.rule = rule;
        fault
    }

    /// A way as it is shown: each step with the outcome that leaves it, then the step it comes to.
    pub(super) fn hops(&self, way: &[Left], to: usize) -> Vec<Hop> {
        let left = way.iter().map(|(step, outcome)| self.hop(*step, Some(*outcome)));
        left.chain([self.hop(to, None)]).collect()
    }

    fn hop(&self, step: usize, outcome: Option<Outcome>) -> Hop {
        let here = &self.bound.steps[step];
        Hop {
            flow: self.bound.flows[here.flow].name.clone(),
            step: here.name.clone(),
            by: outcome.map(|o| o.to_string()).unwrap_or_default(),
            words: outcome.map(|o| in_words(here, o)).unwrap_or_default(),
        }
    }
}

/// What happens when a step is left so; empty where it goes without saying.
pub(crate) fn in_words(step: &Step, outcome: Outcome) -> String {
    match (&step.verb, outcome) {
        (_, Outcome::Key(key)) => format!("the caller presses {key}"),
        (Verb::When(when), Outcome::If(index)) => {
            let branch = when.branches.get(usize::from(index));
            branch.map_or_else(String::new, |branch| format!("{} holds", branch.text))
        }
        (Verb::When(when), Outcome::Yes | Outcome::No) => {
            let text = when.branches.first().map_or("", |branch| branch.text.as_str());
            let verb = if outcome == Outcome::Yes { "holds" } else { "does not hold" };
            format!("{text} {verb}")
        }
        (Verb::Call(call), Outcome::Then) => format!("the flow {} begins", call.flow),
        (_, Outcome::Then) => String::new(),
        (verb, _) => {
            let way = verb.spec().outcomes.iter().find(|way| way.outcome == outcome);
            way.map(|way| way.when.to_owned()).unwrap_or_default()
        }
    }
}
