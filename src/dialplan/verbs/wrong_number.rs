//! `wrong-number`: somebody else answers this number; it leaves the case before another word is said.

use super::contract::Contract;
use super::{Need, Spec, way};
use crate::errand::{Errand, Reply};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk;
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "wrong-number",
    does: "Takes this number off the case at once, then says so and is sorry: nobody calls it about \
           that person again.",
    words: &[],
    outcomes: &[
        way(Outcome::Noted, Need::Bound, false, "the number is off the case, and it is said so"),
        way(
            Outcome::Error,
            Need::Bound,
            false,
            "it could not be stored: say so, and lead to a person",
        ),
    ],
    example: "wrong-number not-them {\n    noted goodbye; error person\n}",
    contract: Contract::ERRAND,
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct WrongNumber;

impl WrongNumber {
    pub(crate) fn read(_reader: &mut StepReader<'_, '_, '_>) -> Self {
        Self
    }

    pub(crate) fn plays(self) -> Vec<Spoken> {
        ["wrong_person_done", "please_wait"].map(Spoken::built_in).to_vec()
    }

    pub(crate) fn enter(self, walk: &mut Walk) {
        walk.flush();
        let number = walk.facts.caller.clone();
        let case = walk.case.as_ref().map(|c| c.id);
        if number.is_none() && case.is_none() {
            return walk.leave(Outcome::Error);
        }
        walk.errand(Errand::WrongNumber { number, case }, self);
    }
}

impl talk::Talk for WrongNumber {
    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match reply {
            Reply::Noted => walk.say_then(&[Spoken::built_in("wrong_person_done")], Outcome::Noted),
            _ => walk.leave(Outcome::Error),
        }
    }
}
