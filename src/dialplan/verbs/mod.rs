//! The verbs: one file each, with its words, its documentation line, its reading, its step, its tests.

mod ask;
mod ask_value;
mod call;
mod callback;
pub(crate) mod contract;
mod detect;
mod dispute;
mod find_case;
mod hangup;
mod hardship;
pub(crate) mod http;
pub(crate) mod language;
mod menu;
mod message;
mod opt_out;
mod pay;
mod plan;
mod promise;
pub(crate) mod queue;
mod reason;
pub(crate) mod record;
mod say;
pub(crate) mod send;
pub(crate) mod set;
mod sum;
mod survey;
mod transfer;
pub(crate) mod verify;
pub(crate) mod when;
mod wrong_number;

use crate::asking::{Answer, Asking};
use crate::event::{CaseFacts, VerifyAnswer};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{Extra, Talk};
use crate::walk::Walk;
use contract::Contract;
use std::ops::Range;

/// What a verb is, for the reader, the checker and the reference page.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// One sentence: what the caller gets.
    pub(crate) does: &'static str,
    pub(crate) words: &'static [Word],
    pub(crate) outcomes: &'static [Way],
    /// A step as it stands in a flow.
    pub(crate) example: &'static str,
    /// What the publish gate may rely on.
    pub(crate) contract: Contract,
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
pub(crate) const ALL: [&Spec; 27] = [
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
    &pay::SPEC,
    &promise::SPEC,
    &plan::SPEC,
    &reason::SPEC,
    &dispute::SPEC,
    &hardship::SPEC,
    &opt_out::SPEC,
    &wrong_number::SPEC,
    &send::SPEC,
    &queue::SPEC,
    &transfer::SPEC,
    &callback::SPEC,
    &survey::SPEC,
    &record::SPEC,
    &message::SPEC,
    &detect::SPEC,
    &http::SPEC,
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
    Pay(pay::Pay),
    Promise(promise::Promise),
    Plan(plan::Plan),
    Reason(reason::Why),
    Dispute(dispute::Dispute),
    Hardship(hardship::Hardship),
    OptOut(opt_out::OptOut),
    WrongNumber(wrong_number::WrongNumber),
    Send(send::Send),
    Queue(queue::Queue),
    Transfer(transfer::Transfer),
    Callback(callback::Callback),
    Survey(survey::Survey),
    Record(record::Record),
    Message(message::Message),
    Detect(detect::Detect),
    Http(http::Http),
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
            "pay" => Verb::Pay(pay::Pay::read(reader)),
            "promise" => Verb::Promise(promise::Promise::read(reader)),
            "plan" => Verb::Plan(plan::Plan::read(reader)),
            "reason" => Verb::Reason(reason::Why::read(reader)),
            "dispute" => Verb::Dispute(dispute::Dispute::read(reader)),
            "hardship" => Verb::Hardship(hardship::Hardship::read(reader)),
            "opt-out" => Verb::OptOut(opt_out::OptOut::read(reader)),
            "wrong-number" => Verb::WrongNumber(wrong_number::WrongNumber::read(reader)),
            "send" => Verb::Send(send::Send::read(reader)),
            "queue" => Verb::Queue(queue::Queue::read(reader)),
            "transfer" => Verb::Transfer(transfer::Transfer::read(reader)),
            "callback" => Verb::Callback(callback::Callback::read(reader)),
            "survey" => Verb::Survey(survey::Survey::read(reader)),
            "record" => Verb::Record(record::Record::read(reader)),
            "message" => Verb::Message(message::Message::read(reader)),
            "detect" => Verb::Detect(detect::Detect::read(reader)),
            "http" => Verb::Http(http::Http::read(reader)),
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
            Verb::Pay(_) => &pay::SPEC,
            Verb::Promise(_) => &promise::SPEC,
            Verb::Plan(_) => &plan::SPEC,
            Verb::Reason(_) => &reason::SPEC,
            Verb::Dispute(_) => &dispute::SPEC,
            Verb::Hardship(_) => &hardship::SPEC,
            Verb::OptOut(_) => &opt_out::SPEC,
            Verb::WrongNumber(_) => &wrong_number::SPEC,
            Verb::Send(_) => &send::SPEC,
            Verb::Queue(_) => &queue::SPEC,
            Verb::Transfer(_) => &transfer::SPEC,
            Verb::Callback(_) => &callback::SPEC,
            Verb::Survey(_) => &survey::SPEC,
            Verb::Record(_) => &record::SPEC,
            Verb::Message(_) => &message::SPEC,
            Verb::Detect(_) => &detect::SPEC,
            Verb::Http(_) => &http::SPEC,
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
            Verb::Pay(pay) => pay.plays(),
            Verb::Promise(promise) => promise.plays(),
            Verb::Plan(plan) => plan.plays(),
            Verb::Reason(reason) => reason.plays(),
            Verb::Dispute(dispute) => dispute.plays(),
            Verb::Hardship(hardship) => hardship.plays(),
            Verb::OptOut(opt_out) => opt_out.plays(),
            Verb::WrongNumber(wrong) => wrong.plays(),
            Verb::Send(send) => send.plays(),
            Verb::Queue(queue) => queue.plays(),
            Verb::Transfer(transfer) => transfer.plays(),
            Verb::Callback(callback) => callback.plays(),
            Verb::Survey(survey) => survey.plays(),
            Verb::Record(record) => record.plays(),
            Verb::Message(message) => message.plays(),
            Verb::Http(http) => http.plays(),
            Verb::When(_) | Verb::Set(_) | Verb::Language(_) | Verb::Call(_) | Verb::Detect(_) => {
                Vec::new()
            }
        }
    }

    /// The written text that the step sends, and where it stands.
    pub(crate) fn template(&self) -> Option<(&str, Range<usize>)> {
        match self {
            Verb::Send(send) => Some((&send.template, send.span.clone())),
            _ => None,
        }
    }

    /// The outcomes this very step has: the verb's, its keys and its branches.
    pub(crate) fn ways(&self) -> Vec<(Outcome, Need)> {
        match self {
            Verb::When(when) => when.ways(),
            Verb::Ask(ask) => ask.ways(),
            _ => self.spec().outcomes.iter().map(|w| (w.outcome, w.need)).collect(),
        }
    }

    /// Whether this outcome needs a key of the caller: such a circle ends when the caller stops.
    pub(crate) fn by_key(&self, outcome: Outcome) -> bool {
        let way = self.spec().outcomes.iter().find(|w| w.outcome == outcome);
        matches!(outcome, Outcome::Key(_)) || way.is_some_and(|w| w.by_key)
    }

    /// What the gate may rely on in this very step.
    pub(crate) fn contract(&self) -> Contract {
        let spec = self.spec().contract;
        match self {
            Verb::Send(send) => Contract { verified: send.confidential(), ..spec },
            Verb::Record(record) => {
                let gives_notice = record.gives_notice();
                let waits = record.longest + crate::limits::RECORD_GRACE;
                // a message has no place to be kept yet
                let live = gives_notice;
                Contract { gives_notice, notice: !gives_notice, waits, live, ..spec }
            }
            Verb::Queue(queue) => {
                Contract { waits: queue.max_wait + crate::limits::QUEUE_GRACE, ..spec }
            }
            Verb::Transfer(transfer) => {
                Contract { waits: transfer.ring + crate::limits::QUEUE_GRACE, ..spec }
            }
            Verb::Http(http) => Contract { waits: http.within, ..spec },
            _ => spec,
        }
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
            Verb::Pay(pay) => pay.enter(walk),
            Verb::Promise(promise) => promise.enter(walk),
            Verb::Plan(plan) => plan.enter(walk),
            Verb::Reason(reason) => reason.enter(walk),
            Verb::Dispute(dispute) => dispute.enter(walk),
            Verb::Hardship(hardship) => hardship.enter(walk),
            Verb::OptOut(opt_out) => opt_out.enter(walk),
            Verb::WrongNumber(wrong) => wrong.enter(walk),
            Verb::Send(send) => send.enter(walk),
            Verb::Queue(queue) => queue.enter(walk),
            Verb::Transfer(transfer) => transfer.enter(walk),
            Verb::Callback(callback) => callback.enter(walk),
            Verb::Survey(survey) => survey.enter(walk),
            Verb::Record(record) => record.enter(walk),
            Verb::Message(message) => message.enter(walk),
            Verb::Detect(detect) => detect.enter(walk),
            Verb::Http(http) => http.enter(walk),
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
    /// A conversation of another verb.
    Talk(Box<dyn Talk>, Extra),
}

impl Receiver {
    /// The service it would ask, for records.
    pub(crate) fn service(&self) -> &'static str {
        match self {
            Receiver::Menu | Receiver::CallerNumber | Receiver::CaseNumber(_) => "find-case",
            Receiver::Factor(_) => "verify",
            Receiver::Talk(..) => "errand",
        }
    }

    /// What is said to an answer that does not fit.
    pub(crate) fn no_match_prompt(&self) -> &'static str {
        match self {
            Receiver::Menu | Receiver::CallerNumber => "invalid_input",
            Receiver::CaseNumber(_) => "case_not_found",
            Receiver::Factor(_) => "verify_retry",
            Receiver::Talk(talk, _) => talk.no_match_prompt(),
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
        Receiver::Talk(talk, extra) => walk.talked(talk, extra, asking, answer),
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
        Receiver::Menu | Receiver::Factor(_) | Receiver::Talk(..) => {
            walk.leave(Outcome::Error);
        }
    }
}

/// The store has compared the answers.
pub(crate) fn judged(walk: &mut Walk, receiver: Receiver, answer: VerifyAnswer) {
    match receiver {
        Receiver::Factor(proving) => verify::judged(walk, &proving, answer),
        Receiver::Menu | Receiver::CallerNumber | Receiver::CaseNumber(_) | Receiver::Talk(..) => {
            walk.leave(Outcome::Error);
        }
    }
}
