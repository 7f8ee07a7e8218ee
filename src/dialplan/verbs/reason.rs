//! `reason`: why paying was difficult, kept on the case, each answer with its own way on.

use super::contract::Contract;
use super::{Need, Spec, way};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Reason, Reply};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, pressed};
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "reason",
    does: "Asks what made it difficult to pay (simply missed, cannot pay it all, does not agree, a \
           difficult time), keeps the answer on the case, and goes the way of it. # skips it.",
    words: &[],
    outcomes: &[
        way(Outcome::Forgot, Need::Bound, true, "1: it was simply missed"),
        way(Outcome::Cannot, Need::Bound, true, "2: the full amount is too much now"),
        way(Outcome::Disagree, Need::Bound, true, "5: the caller does not agree"),
        way(Outcome::Difficult, Need::Bound, true, "6: a difficult time"),
        way(Outcome::Skipped, Need::Bound, false, "# or silence: no answer is an answer"),
        way(Outcome::Person, Need::Bound, true, "0 was pressed: the caller wants a person"),
        way(Outcome::Error, Need::Bound, false, "it could not be kept"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, it is asked again"),
    ],
    example: "reason why {\n    forgot card; cannot instalments; disagree objection; difficult \
              hard-time\n    skipped main; person person; error main\n}",
    contract: Contract { questions: 1, keys: 1, verified: true, ..Contract::ERRAND },
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Why;

#[derive(Debug)]
struct Hearing(Option<Outcome>);

impl Why {
    pub(crate) fn read(_reader: &mut StepReader<'_, '_, '_>) -> Self {
        Self
    }

    pub(crate) fn plays(self) -> Vec<Spoken> {
        let mut menu = Spoken::built_in("reason_menu");
        menu.declared_confidential = true;
        let plain = ["no_input", "invalid_input", "please_wait"].map(Spoken::built_in);
        std::iter::once(menu).chain(plain).collect()
    }

    pub(crate) fn enter(self, walk: &mut Walk) {
        let mut prompt = Spoken::built_in("reason_menu").menu();
        prompt.declared_confidential = true;
        walk.choose(choice(vec![prompt], "1256#"), Hearing(None));
    }
}

impl talk::Talk for Hearing {
    fn answered(self: Box<Self>, walk: &mut Walk, _asking: Asking, answer: Answer) {
        let (reason, outcome) = match pressed(&answer) {
            Some('1') => (Reason::Forgot, Outcome::Forgot),
            Some('2') => (Reason::Cannot, Outcome::Cannot),
            Some('5') => (Reason::Disagree, Outcome::Disagree),
            Some('6') => (Reason::Difficult, Outcome::Difficult),
            _ if answer == Answer::Back => return walk.leave(Outcome::Back),
            _ => return walk.leave(Outcome::Skipped),
        };
        match walk.case.as_ref().map(|c| c.id) {
            Some(case) => walk.errand(Errand::Reason { case, reason }, Hearing(Some(outcome))),
            None => walk.leave(Outcome::Error),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match (self.0, reply) {
            (Some(outcome), Reply::Noted) => walk.leave(outcome),
            _ => walk.leave(Outcome::Error),
        }
    }
}
