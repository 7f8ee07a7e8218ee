//! `hangup`: a last word, then the call ends.

use super::contract::Contract;
use super::{Spec, word};
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "hangup",
    does: "Plays its prompts to their end, then ends the call.",
    words: &[
        word("prompt", "prompt goodbye", "the last words"),
        word("reason", "reason goodbye", "a word for the call record; else the step's name"),
    ],
    outcomes: &[],
    example: "hangup goodbye {\n    prompt goodbye\n}",
    contract: Contract { ends: true, ..Contract::SPEAKS },
};

pub(crate) struct Hangup {
    prompts: Vec<Spoken>,
    reason: Option<String>,
}

impl Hangup {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let prompts = reader.prompts();
        let reason = reader.line("reason").and_then(|line| {
            let mut fields = reader.fields(line);
            let word = fields.word("a word for the call record");
            fields.finish(&[]);
            word.map(|(text, _)| text)
        });
        Self { prompts, reason }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        self.prompts.clone()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        for prompt in &self.prompts {
            // Withheld or missing: the call ends without this word.
            let _said = walk.say(prompt, false);
        }
        let reason = self.reason.clone().unwrap_or_else(|| walk.step().to_owned());
        walk.close_when_said(&reason);
    }
}
