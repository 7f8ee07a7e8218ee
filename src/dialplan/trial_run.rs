//! Running the tests of a flow file, on the production walk, in virtual time.

use crate::double::{Double, Seen};
use crate::errand::Errand;
use crate::event::{Facts, Trace};
use crate::explore::{hear_out, watch};
use crate::limits::TRIAL_LONGEST;
use crate::plan::Plan;
use crate::trial::{Given, Line, Trial, What};
use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How one test went.
#[derive(Clone, PartialEq, Debug)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// `None`: passed. Else the line that failed and what happened instead.
    pub failure: Option<String>,
    /// What was heard, a prompt a line: `12.4 s  balance: Numer sprawy …`.
    pub heard: Vec<String>,
    /// How long the call was, in virtual time.
    pub lasted: Duration,
    /// The steps it passed through, as `flow/step`.
    pub visited: BTreeSet<String>,
}

/// Runs every test of the plan, in the order of the file.
pub fn run_tests(plan: &Arc<Plan>) -> Vec<TestResult> {
    plan.trials.iter().map(|trial| run(plan, trial)).collect()
}

fn run(plan: &Arc<Plan>, trial: &Trial) -> TestResult {
    let mut run = Run { double: begin(plan, trial, &trial.lines), read: 0 };
    let failed = trial.lines.iter().find_map(|line| {
        let why = run.line(&line.what).err()?;
        Some(format!("{}\n    {why}", line.text))
    });
    TestResult {
        name: trial.name.clone(),
        failure: failed,
        heard: run.double.seen.iter().filter_map(|(at, seen)| heard_line(*at, seen)).collect(),
        lasted: run.double.now.since(ids::Moment::START),
        visited: run.double.seen.iter().filter_map(|(_, seen)| visited(seen)).collect(),
    }
}

/// Begins the call. What the first lines say of services holds before a step can ask one; they are acted
/// on once more in their turn, which changes nothing.
pub(crate) fn begin<L: Borrow<Line>>(plan: &Arc<Plan>, trial: &Trial, lines: &[L]) -> Double {
    let mut given = trial.given.clone();
    for line in lines {
        if !given.hear_of(line.borrow()) {
            break;
        }
    }
    let Given { facts, world, today } = given;
    Double::begin(plan.clone(), Facts { lang: trial.lang, ..facts }, world, today)
}

fn visited(seen: &Seen) -> Option<String> {
    match seen {
        Seen::Trace(Trace::StepEntered { flow, step, .. }) => Some(format!("{flow}/{step}")),
        _ => None,
    }
}

fn heard_line(at: ids::Moment, seen: &Seen) -> Option<String> {
    let seconds = at.micros() as f64 / 1e6;
    match seen {
        Seen::Heard { prompt, text } => Some(format!("{seconds:6.1} s  {prompt}: {text}")),
        Seen::Ended(reason) => Some(format!("{seconds:6.1} s  ended: {reason}")),
        Seen::Errand(errand) => Some(format!("{seconds:6.1} s  ({})", told(errand))),
        Seen::Trace(Trace::PromptMissing { prompt, why, .. }) => {
            Some(format!("{seconds:6.1} s  {prompt} is left out: {why}"))
        }
        Seen::Interrupted | Seen::Trace(_) | Seen::Language(_) => None,
    }
}

/// Does what a line says, if it does anything.
pub(crate) fn act(double: &mut Double, what: &What) {
    match what {
        What::Press(keys) => {
            let mut keys = keys.clone();
            while let Some(key) = keys.pop_front() {
                double.press(key);
            }
        }
        What::Wait(span) => double.wait(*span),
        What::HangUp => double.hang_up(),
        What::Store { down, stalled } => {
            (double.world.down, double.world.stalled) = (*down, *stalled);
        }
        What::Services(goes) => double.world.let_go(goes),
        What::Hear { .. }
        | What::Did { .. }
        | What::Left(_)
        | What::Ended { .. }
        | What::Step(_)
        | What::Language(_)
        | What::Verified(_)
        | What::Sound => {}
    }
}

/// `promise amount="22.00 PLN" by="2026-12-01"`
pub(crate) fn told(errand: &Errand) -> String {
    let details = errand.details();
    let details = details.iter().map(|(name, value)| format!(" {name}=\"{value}\""));
    format!("{}{}", errand.verb(), details.collect::<String>())
}

struct Run {
    double: Double,
    /// How much of what was seen is accounted for by `hear` lines.
    read: usize,
}

impl Run {
    fn line(&mut self, what: &What) -> Result<(), String> {
        match what {
            What::Hear { prompt, text } => self.hear(prompt, text.as_deref()),
            What::Press(_)
            | What::Wait(_)
            | What::HangUp
            | What::Store { .. }
            | What::Services(_) => {
                act(&mut self.double, what);
                Ok(())
            }
            What::Did { verb, details } => self.did(verb, details),
            What::Left(outcome) => self.left(outcome),
            What::Ended { reason } => self.ended(reason.as_deref()),
            What::Step(step) => self.entered(step),
            What::Language(lang) if self.double.walk.lang() == *lang => Ok(()),
            What::Language(_) => Err(format!("the call is in {}", self.double.walk.lang())),
            What::Verified(wanted) => self.verified(*wanted),
            What::Sound => self.sound(),
        }
    }

    /// Lets time pass until this is seen, or the call is over, or an hour has passed.
    fn until<T>(&mut self, mut find: impl FnMut(usize, &Seen) -> Option<T>) -> Option<T> {
        let latest = self.double.now + TRIAL_LONGEST;
        let mut from = self.read;
        loop {
            for (index, (_, seen)) in self.double.seen.iter().enumerate().skip(from) {
                if let Some(found) = find(index, seen) {
                    return Some(found);
                }
            }
            from = self.double.seen.len();
            if self.double.now > latest || !self.double.happen() {
                return None;
            }
        }
    }

    fn hear(&mut self, wanted: &str, part: Option<&str>) -> Result<(), String> {
        let mut heard: Vec<String> = Vec::new();
        let found = self.until(|index, seen| match seen {
            Seen::Heard { prompt, text } if prompt == wanted => Some((index, text.clone())),
            Seen::Heard { prompt, .. } => {
                heard.push(prompt.clone());
                None
            }
            Seen::Ended(reason) => {
                heard.push(format!("the end of the call ({reason})"));
                None
            }
            Seen::Interrupted | Seen::Trace(_) | Seen::Language(_) | Seen::Errand(_) => None,
        });
        let Some((index, text)) = found else {
            let heard = if heard.is_empty() { "nothing".to_owned() } else { heard.join(", ") };
            return Err(format!("it was not heard; heard instead: {heard}"));
        };
        self.read = index + 1;
        match part {
            Some(part) if !text.contains(part) => Err(format!("it said: {text}")),
            _ => Ok(()),
        }
    }

    fn ended(&mut self, wanted: Option<&str>) -> Result<(), String> {
        let reason = self.until(|_, seen| match seen {
            Seen::Ended(reason) => Some(reason.clone()),
            _ => None,
        });
        match (reason, wanted) {
            (None, _) => Err("the call went on for an hour".to_owned()),
            (Some(reason), Some(wanted)) if reason != wanted => Err(format!("it ended: {reason}")),
            (Some(_), _) => Ok(()),
        }
    }

    /// An errand like this was done, at any time so far or later.
    fn did(&mut self, verb: &str, wanted: &[(String, String)]) -> Result<(), String> {
        let mut done = Vec::new();
        let read = std::mem::take(&mut self.read);
        let found = self.until(|_, seen| {
            let Seen::Errand(errand) = seen else { return None };
            let known = errand.details();
            done.push(told(errand));
            let fits =
                |(name, text): &(String, String)| known.iter().any(|(n, t)| n == name && t == text);
            (errand.verb() == verb && wanted.iter().all(fits)).then_some(())
        });
        self.read = read;
        let done = if done.is_empty() { "nothing".to_owned() } else { done.join("; ") };
        found.ok_or_else(|| format!("this was done: {done}"))
    }

    /// A step was left by this outcome, at any time so far or later.
    fn left(&mut self, wanted: &str) -> Result<(), String> {
        let mut left = Vec::new();
        let read = std::mem::take(&mut self.read);
        let found = self.until(|_, seen| {
            let Seen::Trace(Trace::StepLeft { step, outcome }) = seen else { return None };
            left.push(format!("{step} —{outcome}→"));
            (outcome == wanted).then_some(())
        });
        self.read = read;
        found.ok_or_else(|| format!("the steps were left so: {}", left.join(" ")))
    }

    /// The step was entered at any time so far.
    fn entered(&mut self, wanted: &str) -> Result<(), String> {
        let mut steps = Vec::new();
        for (_, seen) in &self.double.seen {
            if let Seen::Trace(Trace::StepEntered { step, .. }) = seen {
                steps.push(step.as_str());
            }
        }
        match steps.contains(&wanted) {
            true => Ok(()),
            false => Err(format!("the steps were: {}", steps.join(", "))),
        }
    }

    fn verified(&mut self, wanted: bool) -> Result<(), String> {
        let proved = |(_, seen): &(_, Seen)| matches!(seen, Seen::Trace(Trace::Verified { .. }));
        match (self.double.seen.iter().any(proved), wanted) {
            (true, true) | (false, false) => Ok(()),
            (true, false) => Err("the caller was verified".to_owned()),
            (false, true) => Err("the caller was not verified".to_owned()),
        }
    }

    /// Heard out to its end, nothing is amiss that must not be amiss in any call.
    fn sound(&mut self) -> Result<(), String> {
        hear_out(&mut self.double);
        watch::fault(&self.double).map_or(Ok(()), |fault| Err(fault.message))
    }
}
