//! `opt-out`: stored at once, before anything is said; then it may be taken back.

use super::contract::Contract;
use super::{Need, Spec, way};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Reply};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, pressed};
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "opt-out",
    does: "Stops automated calls to this number: stored before a word is said. Then 2 takes it back; \
           anything else, silence too, leaves it so.",
    words: &[],
    outcomes: &[
        way(Outcome::Stopped, Need::Bound, false, "no more automated calls"),
        way(Outcome::Kept, Need::Bound, true, "2: the caller wants them after all"),
        way(
            Outcome::Error,
            Need::Bound,
            false,
            "it could not be stored: say so, and lead to a person",
        ),
    ],
    example: "opt-out stop {\n    stopped goodbye; kept main; error person\n}",
    contract: Contract { questions: 1, keys: 1, ..Contract::ERRAND },
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct OptOut;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Storing,
    Offered,
    Undoing,
}

impl OptOut {
    pub(crate) fn read(_reader: &mut StepReader<'_, '_, '_>) -> Self {
        Self
    }

    pub(crate) fn plays(self) -> Vec<Spoken> {
        ["optout_confirm", "optout_done", "please_wait"].map(Spoken::built_in).to_vec()
    }

    pub(crate) fn enter(self, walk: &mut Walk) {
        walk.flush();
        store(walk, Stage::Storing);
    }
}

fn store(walk: &mut Walk, stage: Stage) {
    let number = walk.facts.caller.clone();
    let case = walk.case.as_ref().map(|c| c.id);
    if number.is_none() && case.is_none() {
        return walk.leave(Outcome::Error);
    }
    let undo = stage == Stage::Undoing;
    walk.errand(Errand::OptOut { number, case, undo }, stage);
}

impl talk::Talk for Stage {
    fn answered(self: Box<Self>, walk: &mut Walk, _asking: Asking, answer: Answer) {
        match pressed(&answer) {
            Some('2') => store(walk, Stage::Undoing),
            _ => walk.say_then(&[Spoken::built_in("optout_done")], Outcome::Stopped),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match (*self, reply) {
            (Stage::Storing, Reply::Noted) => {
                let mut question = choice(vec![Spoken::built_in("optout_confirm").menu()], "12");
                question.tries = 1;
                walk.choose(question, Stage::Offered);
            }
            (Stage::Undoing, Reply::Noted) => walk.leave(Outcome::Kept),
            _ => walk.leave(Outcome::Error),
        }
    }
}
