//! The verbs: one file each, with its words, its documentation line, its reading, its step, its tests.

mod ask;
mod call;
mod find_case;
mod hangup;
pub(crate) mod language;
mod menu;
mod say;
pub(crate) mod set;
pub(crate) mod verify;
pub(crate) mod when;

use crate::asking::{Answer, Asking};
use crate::event::{CaseFacts, VerifyAnswer};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::walk::Walk;

/// What a verb is, for the reader, the checker and the reference page.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// One sentence: what the caller gets.
    pub(crate) does: &'static str,
    pub(crate) words: &'static [Word],
    pub(crate) outcomes: &'static [Way],
    /// A step as it stands in a flow.
    pub(crate) example: &'static str,
}

/// A line that may stand in a step.
pub(crate) struct Word {
    pub(crate) name: &'static str,
    /// The whole line with its values.
    pub(crate) shape: &'static str,
    pub(crate) does: &'static str,
}

/// An outcome of a verb.
pub(crate) struct Way {
    pub(crate) outcome: Outcome,
    pub(crate) need: Need,
    /// The caller must press something for it.
    pub(crate) by_key: bool,
    pub(crate) when: &'static str,
}

/// Whether an outcome must be bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// By a line in the step, or by the flow's `on`.
    Bound,
    /// As `Bound`; else it takes the way of `error`.
    OrError,
    /// Need not be.
    Free,
}

pub(crate) const fn way(outcome: Outcome, need: Need, by_key: bool, when: &'static str) -> Way {
    Way { outcome, need, by_key, when }
}

pub(crate) const fn word(name: &'static str, shape: &'static str, does: &'static str) -> Word {
    Word { name, shape, does }
}

/// Every verb of this version, in the order of the reference page.
pub(crate) const ALL: [&Spec; 10] = [
    &say::SPEC,
    &menu::SPEC,
    &ask::SPEC,
    &find_case::SPEC,
    &verify::SPEC,
    &when::SPEC,
    &set::SPEC,
    &language::SPEC,
    &call::SPEC,
    &hangup::SPEC,
];

/// Verbs of the language that are not there yet.
pub(crate) const LATER: [&str; 16] = [
    "pay", "promise", "plan", "send", "queue", "transfer", "callback", "survey", "record",
    "message", "detect", "http", "opt-out", "dispute", "hardship", "publish",
];

/// What a step does, as it was read.
pub(crate) enum Verb {
    Say(say::Say),
    Menu(menu::Menu),
    Ask(ask::Ask),
    FindCase(find_case::FindCase),
    Verify(verify::Verify),
    When(when::When),
    Set(set::Set),
    Language(language::Language),
    Call(call::Call),
    Hangup(hangup::Hangup),
}

impl Verb {
    /// Reads the step of this verb; `None` when it is none of this version's.
    pub(crate) fn read(name: &str, reader: &mut StepReader<'_, '_, '_>) -> Option<Verb> {
        Some(match name {
            "say" => Verb::Say(say::Say::read(reader)),
            "menu" => Verb::Menu(menu::Menu::read(reader)),
            "ask" => Verb::Ask(ask::Ask::read(reader)),
            "find-case" => Verb::FindCase(find_case::FindCase::read(reader)),
            "verify" => Verb::Verify(verify::Verify::read(reader)),
            "when" => Verb::When(when::When::read(reader)),
            "set" => Verb::Set(set::Set::read(reader)),
            "language" => Verb::Language(language::Language::read(reader)?),
            "call" => Verb::Call(call::Call::read(reader)?),
            "hangup" => Verb::Hangup(hangup::Hangup::read(reader)),
            _ => return None,
        })
    }

    pub(crate) fn spec(&self) -> &'static Spec {
        match self {
            Verb::Say(_) => &say::SPEC,
            Verb::Menu(_) => &menu::SPEC,
            Verb::Ask(_) => &ask::SPEC,
            Verb::FindCase(_) => &find_case::SPEC,
            Verb::Verify(_) => &verify::SPEC,
            Verb::When(_) => &when::SPEC,
            Verb::Set(_) => &set::SPEC,
            Verb::Language(_) => &language::SPEC,
            Verb::Call(_) => &call::SPEC,
            Verb::Hangup(_) => &hangup::SPEC,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.spec().name
    }

    /// Every prompt the step can play.
    pub(crate) fn plays(&self) -> Vec<Spoken> {
        match self {
            Verb::Say(say) => say.plays(),
            Verb::Menu(menu) => menu.plays(),
            Verb::Ask(ask) => ask.plays(),
            Verb::FindCase(_) => vec![Spoken::built_in("please_wait")],
            Verb::Verify(verify) => verify.plays(),
            Verb::Hangup(hangup) => hangup.plays(),
            Verb::When(_) | Verb::Set(_) | Verb::Language(_) | Verb::Call(_) => Vec::new(),
        }
    }

    /// The outcomes this very step has: the verb's, its keys and its branches.
    pub(crate) fn ways(&self) -> Vec<(Outcome, Need)> {
        match self {
            Verb::When(when) => when.ways(),
            _ => self.spec().outcomes.iter().map(|w| (w.outcome, w.need)).collect(),
        }
    }

    /// Whether this outcome needs a key of the caller: such a circle ends when the caller stops.
    pub(crate) fn by_key(&self, outcome: Outcome) -> bool {
        let way = self.spec().outcomes.iter().find(|w| w.outcome == outcome);
        matches!(outcome, Outcome::Key(_)) || way.is_some_and(|w| w.by_key)
    }

    /// Begins the step.
    pub(crate) fn enter(&self, walk: &mut Walk) {
        match self {
            Verb::Say(say) => say.enter(walk),
            Verb::Menu(menu) => menu.enter(walk),
            Verb::Ask(ask) => ask.enter(walk),
            Verb::FindCase(find) => find.enter(walk),
            Verb::Verify(verify) => verify.enter(walk),
            Verb::When(when) => when.enter(walk),
            Verb::Set(set) => set.enter(walk),
            Verb::Language(language) => language.enter(walk),
            Verb::Call(call) => call.enter(walk),
            Verb::Hangup(hangup) => hangup.enter(walk),
        }
    }
}

/// Who waits for an answer, with what it needs to go on.
#[derive(Debug)]
pub(crate) enum Receiver {
    /// A menu.
    Menu,
    /// `find-case`, by this way.
    CallerNumber,
    /// `ask … into case`; the question, while the store is asked.
    CaseNumber(Option<Box<Asking>>),
    /// `verify`, with what was answered so far.
    Factor(verify::Proving),
}

impl Receiver {
    /// The service it would ask, for records.
    pub(crate) fn service(&self) -> &'static str {
        match self {
            Receiver::Menu | Receiver::CallerNumber | Receiver::CaseNumber(_) => "find-case",
            Receiver::Factor(_) => "verify",
        }
    }

    /// What is said to an answer that does not fit.
    pub(crate) fn no_match_prompt(&self) -> &'static str {
        match self {
            Receiver::Menu | Receiver::CallerNumber => "invalid_input",
            Receiver::CaseNumber(_) => "case_not_found",
            Receiver::Factor(_) => "verify_retry",
        }
    }
}

/// The caller has answered, or will not.
pub(crate) fn receive(walk: &mut Walk, asking: Asking, receiver: Receiver, answer: Answer) {
    if answer == Answer::Back {
        return back(walk, asking, receiver);
    }
    match receiver {
        Receiver::Menu | Receiver::CallerNumber => menu::receive(walk, answer),
        Receiver::CaseNumber(_) => ask::receive(walk, asking, answer),
        Receiver::Factor(proving) => verify::receive(walk, proving, answer),
    }
}

/// `**` leaves the step by `back`; where nothing is bound the question is asked again.
fn back(walk: &mut Walk, asking: Asking, receiver: Receiver) {
    if walk.here(|_, step| step.exits.contains_key(&Outcome::Back)) {
        return walk.leave(Outcome::Back);
    }
    walk.resume_asking(asking, receiver, crate::asking::Heard::Again(crate::asking::Again::Wiped));
}

/// The store has looked for a case.
pub(crate) fn cases_found(walk: &mut Walk, receiver: Receiver, cases: Vec<CaseFacts>) {
    match receiver {
        Receiver::CallerNumber => find_case::found(walk, cases),
        Receiver::CaseNumber(asking) => ask::found(walk, asking, cases),
        Receiver::Menu | Receiver::Factor(_) => walk.leave(Outcome::Error),
    }
}

/// The store has compared the answers.
pub(crate) fn judged(walk: &mut Walk, receiver: Receiver, answer: VerifyAnswer) {
    match receiver {
        Receiver::Factor(proving) => verify::judged(walk, &proving, answer),
        Receiver::Menu | Receiver::CallerNumber | Receiver::CaseNumber(_) => {
            walk.leave(Outcome::Error);
        }
    }
}
