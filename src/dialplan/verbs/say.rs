//! `say`: prompts, one after the other.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::fields::name_span;
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "say",
    does: "Plays prompts, one after the other. A key interrupts them, unless they read values of \
           the case or say barge-in=#false; the key then counts for the next question.",
    words: &[word(
        "prompt",
        "prompt ID [barge-in=#false] [language=it] [confidential=#true] [NAME=VALUE …]",
        "what is played; the values amount, due_date, creditor, case_id_digits, full_name, company \
         and callback_number come by themselves",
    )],
    outcomes: &[way(Outcome::Then, Need::Bound, false, "all is said")],
    example: "say greet {\n    prompt in_greeting\n    then identify\n}",
    contract: Contract::SPEAKS,
};

pub(crate) struct Say {
    prompts: Vec<Spoken>,
}

impl Say {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let prompts = reader.prompts();
        if prompts.is_empty() {
            let fault = reader.faults.error(name_span(reader.node), "this 'say' says nothing");
            fault.help = Some("add a line such as: prompt in_greeting".to_owned());
        }
        Self { prompts }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        self.prompts.clone()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        let said = self.prompts.iter().all(|prompt| walk.say(prompt, true));
        walk.leave_when_said(if said { Outcome::Then } else { Outcome::Error });
    }
}
