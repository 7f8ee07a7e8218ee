//! Running the tests of a flow file, on the production walk, in virtual time.

use crate::double::{Double, Seen};
use crate::event::Trace;
use crate::limits::TRIAL_LONGEST;
use crate::plan::Plan;
use crate::trial::{Trial, What};
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
}

/// Runs every test of the plan, in the order of the file.
pub fn run_tests(plan: &Arc<Plan>) -> Vec<TestResult> {
    plan.trials.iter().map(|trial| run(plan, trial)).collect()
}

fn run(plan: &Arc<Plan>, trial: &Trial) -> TestResult {
    let mut facts = trial.given.facts.clone();
    facts.lang = trial.lang;
    let double = Double::begin(plan.clone(), facts, trial.given.world.clone(), trial.given.today);
    let mut run = Run { double, read: 0 };
    let failed = trial.lines.iter().find_map(|line| {
        let why = run.line(&line.what).err()?;
        Some(format!("{}\n    {why}", line.text))
    });
    TestResult {
        name: trial.name.clone(),
        failure: failed,
        heard: run.double.seen.iter().filter_map(|(at, seen)| heard_line(*at, seen)).collect(),
        lasted: run.double.now.since(ids::Moment::START),
    }
}

fn heard_line(at: ids::Moment, seen: &Seen) -> Option<String> {
    let seconds = at.micros() as f64 / 1e6;
    match seen {
        Seen::Heard { prompt, text } => Some(format!("{seconds:6.1} s  {prompt}: {text}")),
        Seen::Ended(reason) => Some(format!("{seconds:6.1} s  ended: {reason}")),
        Seen::Interrupted | Seen::Trace(_) | Seen::Language(_) => None,
    }
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
            What::Press(keys) => {
                let mut keys = keys.clone();
                while let Some(key) = keys.pop_front() {
                    self.double.press(key);
                }
                Ok(())
            }
            What::Wait(span) => {
                self.double.wait(*span);
                Ok(())
            }
            What::HangUp => {
                self.double.hang_up();
                Ok(())
            }
            What::Store { down } => {
                self.double.world.down = *down;
                Ok(())
            }
            What::Ended { reason } => self.ended(reason.as_deref()),
            What::Step(step) => self.entered(step),
            What::Language(lang) if self.double.walk.lang() == *lang => Ok(()),
            What::Language(_) => Err(format!("the call is in {}", self.double.walk.lang())),
            What::Verified(wanted) => self.verified(*wanted),
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
            Seen::Interrupted | Seen::Trace(_) | Seen::Language(_) => None,
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
}
