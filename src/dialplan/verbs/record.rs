//! `record`: the call from now on, after its notice; or a message of the caller.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Recording, Reply};
use crate::fields::name_span;
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, pressed};
use crate::walk::Walk;
use std::time::Duration;

pub(crate) const SPEC: Spec = Spec {
    name: "record",
    does: "'what call': says that the call is recorded, lets the caller decline by 2, and records \
           from then on. 'what message': plays its prompts and a tone, and keeps what is said until \
           #, or 5 s of silence.",
    words: &[
        word("what", "what call|message", "what is recorded"),
        word("prompt", "prompt dispute_message", "for a message: what to say after the tone"),
        word("longest", "longest \"120s\"", "of a message (10s–300s, habit 120s)"),
    ],
    outcomes: &[
        way(Outcome::Done, Need::Bound, false, "it is recorded"),
        way(Outcome::Declined, Need::Bound, true, "2 was pressed, or nothing was said"),
        way(Outcome::Full, Need::Bound, false, "there is no room for recordings"),
        way(Outcome::Error, Need::Bound, false, "it could not be recorded"),
    ],
    example: "record objection {\n    what message; prompt dispute_message; longest \"120s\"\n    done \
              open; declined open; full open; error open\n}",
    contract: Contract {
        waits: Duration::from_secs(305),
        questions: 1,
        keys: 1,
        notice: true,
        gives_notice: true,
        ..Contract::ERRAND
    },
};

/// After the notice: time to press 2.
const TIME_TO_DECLINE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub(crate) struct Record {
    what: Recording,
    prompts: Vec<Spoken>,
    pub(crate) longest: Duration,
}

#[derive(Debug)]
struct Taking(Record);

impl Record {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let known = [("call", Recording::Call), ("message", Recording::Message)];
        let what = reader.one_of("what", &known);
        let prompts = reader.prompts();
        let range = Duration::from_secs(10)..=Duration::from_secs(300);
        let longest = reader.time_line("longest", range).unwrap_or(Duration::from_secs(120));
        let node = name_span(reader.node);
        match (what, prompts.is_empty()) {
            (None, _) => {
                let fault = reader.faults.error(node, "this 'record' does not say what");
                fault.help = Some("write what call, or what message".to_owned());
            }
            (Some(Recording::Message), true) => {
                let fault = reader.faults.error(node, "nobody would know what to say");
                fault.help = Some("add a line such as: prompt dispute_message".to_owned());
            }
            (Some(Recording::Call), false) => {
                let fault = reader.faults.error(node, "'what call' plays recording_notice itself");
                fault.help = Some("take the prompt out, or say it in a step before".to_owned());
            }
            _ => {}
        }
        Self { what: what.unwrap_or(Recording::Call), prompts, longest }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        match self.what {
            Recording::Call => vec![notice()],
            Recording::Message => self.prompts.clone(),
        }
    }

    /// After its `done` the caller knows that the call is recorded.
    pub(crate) fn gives_notice(&self) -> bool {
        self.what == Recording::Call
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        match self.what {
            Recording::Call => {
                let mut question = choice(vec![notice()], "2");
                (question.first, question.tries) = (TIME_TO_DECLINE, 1);
                walk.flush();
                walk.choose(question, Taking(self.clone()));
            }
            Recording::Message => {
                if !self.prompts.iter().all(|prompt| walk.say(prompt, true)) {
                    return walk.leave(Outcome::Error);
                }
                self.take(walk);
            }
        }
    }

    fn take(&self, walk: &mut Walk) {
        let errand = Errand::Record { what: self.what, longest: self.longest };
        walk.errand_when_said(errand, Taking(self.clone()));
    }
}

/// Heard to its end, whatever is keyed.
fn notice() -> Spoken {
    let mut notice = Spoken::built_in("recording_notice");
    notice.barge_in = Some(false);
    notice
}

impl talk::Talk for Taking {
    fn answered(self: Box<Self>, walk: &mut Walk, _asking: Asking, answer: Answer) {
        match pressed(&answer) {
            Some('2') => walk.leave(Outcome::Declined),
            // No key, or another one: the notice was heard and not declined.
            _ => self.0.take(walk),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        walk.leave(match reply {
            Reply::Recorded => Outcome::Done,
            Reply::Silence => Outcome::Declined,
            Reply::Full => Outcome::Full,
            _ => Outcome::Error,
        });
    }
}
