//! A conversation with a dialplan in the terminal: keys in, words out, and why each branch was taken.

use crate::double::{Double, Seen};
use crate::event::{Facts, Trace};
use crate::fields::read_duration;
use crate::plan::Plan;
use crate::services::{self, Goes};
use crate::trial::{Given, Trial};
use crate::trial_run::told as told_errand;
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
     fail card           also agent, sms, http, recording, or a verb\n\
     stall card          it takes the question and never answers; also store, or a verb\n\
     card declined       approved, cancelled, unavailable, unknown, fails, slow\n\
     agent none          answers, busy, full, closed        sms fails, http not-found, …\n\
     machine  human      who answers      closed      queue and calendar are closed\n\
     clock 2026-12-24T18:00               the firm's time from now on\n\
     hours closed        or open          language it the call goes on in Italian\n\
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
            [verb @ ("fail" | "stall" | "mend"), "store"] => {
                self.double.world.down = *verb == "fail";
                self.double.world.stalled = *verb == "stall";
                let now = match *verb {
                    "fail" => "fails",
                    "stall" => "answers nothing",
                    _ => "works",
                };
                return vec![format!("the store {now} from now on")];
            }
            ["clock", time] => match time.parse() {
                Ok(wall) => self.double.set_clock(wall),
                Err(_) => return vec!["write clock 2026-12-24T18:00".to_owned()],
            },
            ["hours", hours @ ("open" | "closed")] => {
                self.double.walk.facts.hours_open = *hours == "open";
                return vec![format!("the desks are {hours} from now on")];
            }
            ["language", tag] => match tag.parse::<Lang>() {
                Ok(lang) => self.double.walk.speak(lang),
                Err(unknown) => return vec![unknown.to_string()],
            },
            [verb @ ("fail" | "stall" | "mend"), service] => {
                let Some(verbs) = services::verbs_of(service) else {
                    return vec![format!("there is no service '{service}'; type help")];
                };
                for known in verbs {
                    self.double.world.let_go(&[(known, Goes::named(verb))]);
                }
                return vec![format!("{verb} {service}: from now on")];
            }
            [name, rest @ ..] if services::lines().any(|line| line == *name) => {
                return match services::said(name, rest.first().copied()) {
                    Ok(goes) => {
                        self.double.world.let_go(&goes);
                        vec![format!("{input}: from now on")]
                    }
                    Err(help) => vec![help],
                };
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
        Seen::Errand(errand) => format!("({})", told_errand(errand)),
        Seen::Ended(reason) => format!("the call is over: {reason}"),
        Seen::Trace(trace) => told_trace(trace)?,
    };
    Some(format!("{:7.1} s  {text}", at.micros() as f64 / 1e6))
}

/// `how-much: case.due is 22.00 PLN, so "case.due > 0" holds`
fn told_branch(step: &str, because: &str, known: &[String]) -> String {
    let holds = match (because, because.strip_prefix("not: ")) {
        _ if known.is_empty() => return format!("{step}: because {because}"),
        ("else", _) => "no 'if' holds".to_owned(),
        (_, Some(condition)) => format!("\"{condition}\" does not hold"),
        (_, None) => format!("\"{because}\" holds"),
    };
    format!("{step}: {}, so {holds}", known.join(", "))
}

fn told_trace(trace: &Trace) -> Option<String> {
    Some(match trace {
        Trace::StepEntered { .. } => return None,
        Trace::StepLeft { step, outcome } => format!("{step} —{outcome}→"),
        Trace::Branch { step, because, known } => told_branch(step, because, known),
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
