//! A conversation with a dialplan in the terminal: keys in, words out, and why each branch was taken.

use crate::double::{Double, Seen};
use crate::event::{Facts, Trace};
use crate::fields::read_duration;
use crate::plan::Plan;
use crate::trial::{Given, Trial};
use ids::{Lang, Moment};
use keypad::Keys;
use std::sync::Arc;
use std::time::Duration;

/// One simulated call; feed it lines, print what it gives.
pub struct Session {
    double: Double,
    shown: usize,
}

/// What can be typed.
const HELP: &str = "keys such as 4711#   press them      wait 5s     let time pass\n\
     (an empty line)     let the next thing happen\n\
     fail store          the store fails  mend store  it works again\n\
     hangup              hang up          help        this";

impl Session {
    /// Begins a call with what the plan's test of this name has on file, else its first test; a
    /// plan without tests meets an empty store. Gives the first lines to print.
    ///
    /// # Errors
    /// When no test has this name: a sentence with the names there are.
    pub fn begin(
        plan: &Arc<Plan>,
        given: Option<&str>,
        lang: Option<Lang>,
    ) -> Result<(Session, Vec<String>), String> {
        let trial = match given {
            None => plan.trials.first(),
            Some(name) => {
                let found = plan.trials.iter().find(|t| t.name == name);
                Some(found.ok_or_else(|| {
                    format!(
                        "no test is called '{name}'; there are: {}",
                        plan.test_names().join("; ")
                    )
                })?)
            }
        };
        let Given { facts, world, today } =
            trial.map_or_else(|| Given::blank(lang), |t: &Trial| t.given.clone());
        let facts = Facts { lang: lang.or(trial.and_then(|t| t.lang)), ..facts };
        let mut lines = vec![format!("{}, {today}; type help for help", plan.label())];
        lines.extend(world.cases.iter().map(|case| {
            let phone = case.phone.as_deref().unwrap_or("none");
            let facts = &case.facts;
            let secrets: Vec<String> = case
                .secrets
                .iter()
                .map(|(factor, keys)| keys.reveal(|k| format!("{factor} {k}")))
                .collect();
            format!(
                "on file: case {}, {}, phone {phone}, owes {} to {}, due {}; {}",
                facts.number,
                facts.name,
                facts.outstanding,
                facts.creditor,
                facts.due_date,
                secrets.join(", ")
            )
        }));
        let double = Double::begin(plan.clone(), facts, world, today);
        let mut session = Session { double, shown: 0 };
        session.listen();
        lines.extend(session.news());
        Ok((session, lines))
    }

    /// True when the call is over.
    pub fn over(&self) -> bool {
        self.double.ended().is_some()
    }

    /// One typed line; gives the lines to print.
    pub fn line(&mut self, input: &str) -> Vec<String> {
        let words: Vec<&str> = input.split_whitespace().collect();
        match words.as_slice() {
            [] => {
                self.double.happen();
            }
            ["help"] => return HELP.lines().map(str::to_owned).collect(),
            ["wait", span] => match read_duration(span) {
                Some(span) => self.double.wait(span.min(Duration::from_secs(3_600))),
                None => return vec!["write wait 5s".to_owned()],
            },
            ["hangup"] => self.double.hang_up(),
            [verb @ ("fail" | "mend"), "store"] => {
                self.double.world.down = *verb == "fail";
                let now = if self.double.world.down { "fails" } else { "works" };
                return vec![format!("the store {now} from now on")];
            }
            typed => match Keys::from_text(&typed.concat()) {
                Some(keys) => self.press(keys),
                None => return vec![format!("'{input}' is neither keys nor a command; type help")],
            },
        }
        self.listen();
        self.news()
    }

    fn press(&mut self, mut keys: Keys) {
        while let Some(key) = keys.pop_front() {
            self.double.press(key);
        }
    }

    /// Hears everything out, until the call waits for the caller.
    fn listen(&mut self) {
        while self.double.busy() && self.double.happen() {}
    }

    fn news(&mut self) -> Vec<String> {
        let new = &self.double.seen[self.shown..];
        let lines = new.iter().filter_map(|(at, seen)| told(*at, seen)).collect();
        self.shown = self.double.seen.len();
        lines
    }
}

/// One line for what was seen.
fn told(at: Moment, seen: &Seen) -> Option<String> {
    let text = match seen {
        Seen::Heard { prompt, text } => format!("\u{201c}{text}\u{201d}  [{prompt}]"),
        Seen::Interrupted => "(a key interrupts it)".to_owned(),
        Seen::Language(lang) => format!("language {lang}"),
        Seen::Ended(reason) => format!("the call is over: {reason}"),
        Seen::Trace(trace) => told_trace(trace)?,
    };
    Some(format!("{:7.1} s  {text}", at.micros() as f64 / 1e6))
}

fn told_trace(trace: &Trace) -> Option<String> {
    Some(match trace {
        Trace::StepEntered { .. } => return None,
        Trace::StepLeft { step, outcome } => format!("{step} —{outcome}→"),
        Trace::Branch { step, because } => format!("{step}: because {because}"),
        Trace::KeysEntered { count } => format!("{count} keys"),
        Trace::CaseFound { case, by } => format!("{case} found by {by}"),
        Trace::CaseNotFound { by } => format!("no case found by {by}"),
        Trace::Verified { factors } => {
            let names: Vec<&str> = factors.iter().map(|f| f.name()).collect();
            format!("verified by {}", names.join(" and "))
        }
        Trace::VerifyFailed { tries } => format!("not verified, try {tries}"),
        Trace::VerifyLocked => "the case is locked".to_owned(),
        Trace::ServiceFailed { service, why } => format!("{service} failed: {why}"),
        Trace::PromptMissing { prompt, lang, why } => format!("{prompt} ({lang}) left out: {why}"),
        Trace::Withheld { step, prompt } => format!("{prompt} withheld in {step}"),
    })
}
