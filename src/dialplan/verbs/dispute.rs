//! `dispute`: what is wrong, then a record with a clock; our calls pause.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Ground, Reply};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, pressed};
use crate::walk::Walk;
use words::{Noun, Value};

pub(crate) const SPEC: Spec = Spec {
    name: "dispute",
    does: "Asks what is wrong (paid already, wrong amount, not theirs, another reason), opens a \
           dispute, pauses our calls, and says how long an answer takes.",
    words: &[word("answer", "answer 14", "days until we answer in writing (1–60, habit 14)")],
    outcomes: &[
        way(Outcome::Opened, Need::Bound, true, "opened, and said so"),
        way(Outcome::Person, Need::Bound, true, "3 or 0 was pressed: the caller wants a person"),
        way(Outcome::NoInput, Need::Bound, false, "no key, three times"),
        way(Outcome::NoMatch, Need::Bound, true, "no such key, three times"),
        way(Outcome::Error, Need::Bound, false, "it could not be opened"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, it is asked again"),
    ],
    example: "dispute objection {\n    answer 14\n    opened goodbye; person person; no-input main; \
              no-match person; error person\n}",
    contract: Contract { questions: 1, keys: 1, verified: true, ..Contract::ERRAND },
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Dispute {
    answer_days: u16,
}

impl Dispute {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        Self { answer_days: reader.number_line("answer", 1..=60).unwrap_or(14) }
    }

    pub(crate) fn plays(self) -> Vec<Spoken> {
        let plain = ["dispute_menu", "no_input", "invalid_input", "please_wait"];
        let saved = Spoken::built_in("dispute_saved").filled(&["days_count"]);
        plain.map(Spoken::built_in).into_iter().chain([saved]).collect()
    }

    pub(crate) fn enter(self, walk: &mut Walk) {
        let prompt = Spoken::built_in("dispute_menu").menu();
        walk.choose(choice(vec![prompt], "12347"), self);
    }
}

impl talk::Talk for Dispute {
    fn answered(self: Box<Self>, walk: &mut Walk, _asking: Asking, answer: Answer) {
        let ground = match pressed(&answer) {
            Some('1') => Ground::PaidAlready,
            Some('2') => Ground::WrongAmount,
            Some('4') => Ground::NotMine,
            Some('7') => Ground::Other,
            Some('3') => return walk.leave(Outcome::Person),
            _ => return walk.unanswered(&answer),
        };
        match walk.case.as_ref().map(|c| c.id) {
            Some(case) => walk.errand(Errand::Dispute { case, ground }, *self),
            None => walk.leave(Outcome::Error),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match reply {
            Reply::Noted => {
                let days = Value::Count { noun: Noun::Day, n: u64::from(self.answer_days) };
                let said = Spoken::built_in("dispute_saved").with("days_count", days);
                walk.say_then(&[said], Outcome::Opened);
            }
            _ => walk.leave(Outcome::Error),
        }
    }
}
