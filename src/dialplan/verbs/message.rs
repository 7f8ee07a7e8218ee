//! `message`: words left on an answering machine, after its beep.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::errand::{Errand, Reply};
use crate::limits::BEEP_LONGEST;
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk;
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "message",
    does: "Waits for the beep of an answering machine, or for 2 s of its silence, then speaks: name and \
           number, never a word of a debt. Where neither comes within 20 s nothing is said.",
    words: &[word("prompt", "prompt voicemail_limited agent_name=\"…\"", "what is said")],
    outcomes: &[
        way(Outcome::Left, Need::Bound, false, "said to its end"),
        way(Outcome::NoBeep, Need::Bound, false, "no beep came"),
        way(Outcome::Error, Need::Bound, false, "nobody listened for it"),
    ],
    example: "message machine {\n    prompt voicemail_limited agent_name=\"Anna Nowak\"\n    left end; \
              no-beep end; error end\n}",
    contract: Contract { waits: BEEP_LONGEST, ledger: true, live: true, ..Contract::ERRAND },
};

#[derive(Clone, Debug)]
pub(crate) struct Message {
    prompts: Vec<Spoken>,
}

#[derive(Debug)]
struct Leaving(Vec<Spoken>);

impl Message {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let mut prompts = reader.needed_prompts("prompt voicemail_limited agent_name=\"…\"");
        for prompt in &mut prompts {
            // A machine presses no keys; its greeting may hold tones that sound like some.
            prompt.barge_in = Some(false);
        }
        Self { prompts }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        self.prompts.clone()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        walk.errand(Errand::Beep, Leaving(self.prompts.clone()));
    }
}

impl talk::Talk for Leaving {
    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match reply {
            Reply::Beeped => walk.say_then(&self.0, Outcome::Left),
            Reply::NoBeep => walk.leave(Outcome::NoBeep),
            _ => walk.leave(Outcome::Error),
        }
    }
}
