//! What was decided in a call that was: the outcomes that a replayed walk takes instead of asking.
//!
//! Owns: which recorded step answers which step of the draft.
//! Never: an answer that nobody gave.

use super::Recorded;
use super::RecordedStep;
use crate::event::{CaseFacts, Facts};
use crate::plan::{Outcome, Plan, Step};
use crate::verbs::Verb;
use crate::walk::{Doing, Walk};
use ids::{CaseId, Currency, Lang, Moment, Money};
use jiff::civil::{DateTime, date};
use std::sync::Arc;

/// The answers of one call, used up in order.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: Vec<RecordedStep>,
    /// Steps before this one are used up.
    next: usize,
    /// For each recorded `when`, by step: the conditions it asked then.
    conditions: Vec<(String, Vec<String>)>,
    /// The step of the draft that could not be answered, and why.
    stopped: Option<(String, String)>,
}

impl Script {
    pub(super) fn of(call: &Recorded, base: Option<&Plan>) -> Self {
        let asked = base
            .into_iter()
            .flat_map(|plan| &plan.steps)
            .filter_map(|step| Some((step.name.clone(), conditions(step)?)));
        Self { steps: call.steps.clone(), conditions: asked.collect(), ..Self::default() }
    }

    /// The recorded outcome of the draft's step, or why there is none.
    fn answer(&mut self, step: &Step) -> Result<Outcome, String> {
        let fits = |recorded: &RecordedStep| {
            recorded.step == step.name && recorded.verb == step.verb.name()
        };
        let found = self.steps.iter().skip(self.next).position(fits);
        let Some(found) = found.map(|at| at + self.next) else {
            return Err("nobody was asked this in that call".to_owned());
        };
        self.next = found + 1;
        let recorded = &self.steps[found];
        let Some(outcome) = &recorded.outcome else {
            return Err("the call ended there without an answer".to_owned());
        };
        if outcome == "hangup" {
            return Ok(Outcome::Hangup);
        }
        match &step.verb {
            Verb::When(_) => self.branch(step, recorded),
            _ => step
                .exits
                .keys()
                .find(|known| known.to_string() == *outcome)
                .copied()
                .ok_or_else(|| format!("it was left by '{outcome}', which leads nowhere now")),
        }
    }

    /// A branch is known by its condition, not by its number: others may have come before it.
    fn branch(&self, step: &Step, recorded: &RecordedStep) -> Result<Outcome, String> {
        let asks = conditions(step).unwrap_or_default();
        let because = recorded.because.as_deref().unwrap_or_default();
        if let Some(index) = asks.iter().position(|text| text == because) {
            let asked = self.asked(&recorded.step);
            let newcomer =
                asks[..index].iter().find(|text| asked.is_some_and(|a| !a.contains(text)));
            if let Some(text) = newcomer {
                return Err(unasked(text));
            }
            let index = u8::try_from(index).map_err(|_| "too many branches".to_owned())?;
            return Ok(match step.exits.contains_key(&Outcome::Yes) {
                true => Outcome::Yes,
                false => Outcome::If(index),
            });
        }
        let denied = because.strip_prefix("not: ");
        if let Some(text) = denied.filter(|text| asks.first().is_some_and(|asks| asks == text)) {
            let _same_condition = text;
            return Ok(Outcome::No);
        }
        let known = self.asked(&recorded.step);
        let newcomer = asks.iter().find(|text| known.is_some_and(|asked| !asked.contains(text)));
        match newcomer {
            None if because == "else" => Ok(Outcome::Else),
            Some(text) => Err(unasked(text)),
            None => Err(format!("the condition '{because}' is not asked any more")),
        }
    }

    fn asked(&self, step: &str) -> Option<&Vec<String>> {
        self.conditions.iter().find(|(name, _)| name == step).map(|(_, asked)| asked)
    }
}

fn unasked(text: &str) -> String {
    format!("whether '{text}' held was not recorded")
}

/// The conditions of a `when`, in order.
fn conditions(step: &Step) -> Option<Vec<String>> {
    match &step.verb {
        Verb::When(when) => Some(when.branches.iter().map(|b| b.text.clone()).collect()),
        _ => None,
    }
}

/// Whether a step goes on by itself: it is left by `then`, or by `error`.
fn runs(step: &Step) -> bool {
    let ways = step.verb.ways();
    ways.iter().all(|(outcome, _)| matches!(outcome, Outcome::Then | Outcome::Error))
}

impl Walk {
    /// Begins a walk that is told by a script what callers and services decided.
    pub(crate) fn scripted(
        plan: Arc<Plan>,
        facts: Facts,
        now: Moment,
        wall: DateTime,
        script: Script,
    ) -> Walk {
        Walk::begin_with(plan, facts, now, wall, Some(Box::new(script)))
    }

    /// True when the script, if there is one, has dealt with this step.
    pub(crate) fn foreseen(&mut self, step: &Step) -> bool {
        if runs(step) {
            return false;
        }
        let Some(mut script) = self.script.take() else { return false };
        match script.answer(step) {
            Ok(Outcome::Hangup) => self.hang_up("caller hung up"),
            Ok(outcome) => {
                self.believe(outcome);
                self.leave(outcome);
            }
            Err(why) => {
                script.stopped = Some((step.name.clone(), why));
                self.doing = Doing::Over;
            }
        }
        self.script = Some(script);
        true
    }

    /// What follows from an outcome for the steps behind it: a case is at hand, the right party proved.
    fn believe(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Found => self.take_case(some_case(self.lang)),
            Outcome::Ok => self.verified = self.case.as_ref().map(|case| (case.id, self.now)),
            _ => {}
        }
    }

    /// The step that the script could not answer, and why.
    pub(crate) fn unforeseen(&self) -> Option<(String, String)> {
        self.script.as_ref().and_then(|script| script.stopped.clone())
    }
}

/// Case data is not recorded; prompts that speak of it are still made, with these.
fn some_case(lang: Lang) -> CaseFacts {
    CaseFacts {
        id: CaseId(1),
        number: "0".to_owned(),
        name: String::new(),
        creditor: String::new(),
        outstanding: Money::new(0, Currency::PLN),
        due_date: date(2026, 1, 1),
        lang,
        past: Default::default(),
    }
}
