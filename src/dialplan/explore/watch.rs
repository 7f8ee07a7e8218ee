//! What must hold in every call, looked over when it has ended.
//!
//! Owns: nothing; it reads what was seen.
//! Never: what the checker proved: each rule here is looked at again, on what was really heard.

use crate::double::{Double, Seen};
use crate::errand::{Errand, Recording};
use crate::event::Trace;
use crate::spoken::Spoken;
use std::time::Duration;

/// Silence that a caller takes for a broken line.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// What went wrong in a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    /// The invariant that was broken.
    pub(crate) rule: &'static str,
    /// The step where.
    pub(crate) step: String,
    /// In a sentence.
    pub(crate) message: String,
}

impl Fault {
    /// Whether both are one fault, found twice.
    pub(crate) fn same(&self, other: &Fault) -> bool {
        self.rule == other.rule && self.step == other.step
    }
}

/// The first thing that went wrong in a call that was heard out.
pub(crate) fn fault(double: &Double) -> Option<Fault> {
    let mut look = Look::default();
    for (_, seen) in &double.seen {
        if let Some(fault) = look.at(double, seen) {
            return Some(fault);
        }
    }
    let told = |rule, message: String| Some(Fault { rule, step: look.step.clone(), message });
    if double.ended().is_none() {
        return told("ends", format!("the call has not ended after an hour, in '{}'", look.step));
    }
    if double.walk.timeout().is_some() || double.speaking() {
        let message = "the call has ended, but something of it goes on".to_owned();
        return told("released", message);
    }
    let (quiet, step) = double.longest_quiet();
    if quiet > SILENCE_MAX {
        let seconds = quiet.as_secs_f64();
        let message = format!("{seconds:.1} s of silence in '{step}', and nobody knows why");
        return Some(Fault { rule: "silence", step: step.to_owned(), message });
    }
    None
}

/// A caller waits for what comes of it; a machine does not, nor does who has only been listened to.
fn heard_of(errand: &Errand) -> bool {
    let unheard = [Errand::Beep.verb(), "detect"].contains(&errand.verb());
    !unheard && !matches!(errand, Errand::Record { what: Recording::Call, .. })
}

#[derive(Default)]
struct Look {
    step: String,
    verb: &'static str,
    verified: bool,
    /// Something was said since the caller last did something, or something failed.
    said_since: bool,
    hung_up: bool,
}

impl Look {
    fn at(&mut self, double: &Double, seen: &Seen) -> Option<Fault> {
        match seen {
            Seen::Trace(trace) => return self.trace(trace),
            Seen::Heard { prompt, text } => {
                // Being asked to wait is no answer.
                self.said_since |= prompt != "please_wait";
                return self.heard(double, prompt, text);
            }
            // Whatever comes of it, the caller is told, or had a person to talk to.
            Seen::Errand(errand) if heard_of(errand) => self.said_since = false,
            Seen::Ended(reason) => {
                self.hung_up = reason == "caller hung up";
                if !self.said_since && !self.hung_up {
                    let message = format!("the call ends without a word behind '{}'", self.step);
                    return self.told("last word", message);
                }
            }
            _ => {}
        }
        None
    }

    fn told(&self, rule: &'static str, message: String) -> Option<Fault> {
        Some(Fault { rule, step: self.step.clone(), message })
    }

    fn trace(&mut self, trace: &Trace) -> Option<Fault> {
        match trace {
            Trace::StepEntered { step, verb, .. } => {
                self.step.clone_from(step);
                self.verb = verb;
            }
            Trace::CaseFound { .. } => self.verified = false,
            Trace::Verified { .. } => self.verified = true,
            Trace::KeysEntered { .. } | Trace::ServiceFailed { .. } => self.said_since = false,
            // A machine is owed no word.
            Trace::StepLeft { outcome, .. } if self.verb == "detect" && outcome == "machine" => {
                self.said_since = true;
            }
            // They say that somebody is being called, and nothing when nobody comes.
            Trace::StepLeft { step, outcome }
                if *step == self.step && ["queue", "transfer"].contains(&self.verb) =>
            {
                self.said_since = matches!(outcome.as_str(), "served" | "answered");
            }
            Trace::Withheld { step, prompt } => {
                let message = format!("'{step}' would have told a stranger '{prompt}'");
                return self.told("withheld", message);
            }
            Trace::PromptMissing { prompt, lang, why } => {
                let message = format!("'{prompt}' is left out in {lang}: {why}");
                return self.told("missing", message);
            }
            _ => {}
        }
        None
    }

    fn heard(&self, double: &Double, prompt: &str, text: &str) -> Option<Fault> {
        if prompt == "tech_error" {
            let message = format!("the walk gives up in '{}' and says tech_error", self.step);
            return self.told("gives up", message);
        }
        let stranger = !self.verified;
        let cases = &double.world.cases;
        // Whoever answers our call is asked for the person by name.
        let ours = double.walk.plan.outbound();
        let named = cases
            .iter()
            .any(|c| text.contains(&c.facts.creditor) || !ours && text.contains(&c.facts.name));
        if stranger && (named || Spoken::built_in(prompt).confidential(&[], ours)) {
            let message = format!("a stranger hears '{prompt}' in '{}'", self.step);
            return self.told("stranger", message);
        }
        None
    }
}
