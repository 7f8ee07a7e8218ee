//! What a walk is told and what it asks for: closed enums, no sockets, no audio, no store.

use crate::errand::{Errand, Progress, Reply};
use ids::{CaseId, Lang, Money, PlayId, RequestId};
use jiff::civil::Date;
use keypad::{Key, Keys};
use std::fmt;
use std::str::FromStr;
use words::Sentence;

/// What is known about a call when its dialplan begins.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The calling number in E.164 (`+48600100200`), if the network gave one.
    pub caller: Option<String>,
    /// The number or user part that was called.
    pub called: String,
    /// The language that the called number fixes; `None` lets the flow's first language, then the
    /// case, decide.
    pub lang: Option<Lang>,
    /// The firm's name as it is spoken.
    pub company: String,
    /// Where a caller can reach a person, digits with an optional leading `+`.
    pub callback_number: String,
    /// Whether people are at their desks now.
    pub hours_open: bool,
    /// The segment the caller belongs to; empty when none is known.
    pub segment: String,
    /// What happened before this call.
    pub history: History,
    /// The emergency switch is on: the call begins at the emergency step.
    pub emergency: bool,
    /// Play and request ids of this walk count up from here.
    pub ids_from: u64,
}

/// What happened before this call, for conditions and for the tone of a prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// Calls with this person in the last 30 days.
    pub calls: u32,
    /// Promises that were not kept.
    pub promises_broken: u32,
    /// Promises that were kept.
    pub promises_kept: u32,
    /// Payments that came.
    pub payments: u32,
    /// How often a payment was late; 1: this is the first time.
    pub late: u32,
    /// The day of the last conversation.
    pub last_contact: Option<Date>,
}

/// What is agreed about a case and known of its past; empty where the store knows nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Past {
    /// What happened before.
    pub history: History,
    /// The segment the person belongs to; empty: none.
    pub segment: String,
    /// The last promise: how much, by when.
    pub promise: Option<(Money, Date)>,
    /// The next instalment: its number, of how many, how much, by when.
    pub instalment: Option<(u32, u32, Money, Date)>,
}

/// One debt as the dialplan may speak of it, after the right party is verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaseFacts {
    /// Row in the store.
    pub id: CaseId,
    /// The number in our letters, digits only.
    pub number: String,
    /// The person's name as it is spoken.
    pub name: String,
    /// To whom the money is owed, as it is spoken.
    pub creditor: String,
    /// What is still to pay.
    pub outstanding: Money,
    /// When it is or was due.
    pub due_date: Date,
    /// The language the person speaks.
    pub lang: Lang,
    /// What is agreed and what happened before.
    pub past: Past,
}

/// What a caller can prove.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Factor {
    /// The PIN from our letter: up to 6 digits.
    Pin,
    /// Date of birth, DDMMYYYY.
    BirthDate,
    /// The last four digits of an identity number.
    IdLast4,
}

impl Factor {
    /// Every factor.
    pub const ALL: [Factor; 3] = [Factor::Pin, Factor::BirthDate, Factor::IdLast4];

    /// Its name in dialplans: `pin`, `birth-date`, `id-last4`.
    pub const fn name(self) -> &'static str {
        match self {
            Factor::Pin => "pin",
            Factor::BirthDate => "birth-date",
            Factor::IdLast4 => "id-last4",
        }
    }

    /// The prompt that asks for it.
    pub const fn prompt(self) -> &'static str {
        match self {
            Factor::Pin => "verify_pin",
            Factor::BirthDate => "verify_dob",
            Factor::IdLast4 => "verify_id_last4",
        }
    }

    /// Fewest and most digits.
    pub const fn digits(self) -> (u8, u8) {
        match self {
            Factor::Pin => (4, 6),
            Factor::BirthDate => (8, 8),
            Factor::IdLast4 => (4, 4),
        }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Factor {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Factor::ALL.into_iter().find(|f| f.name() == s).ok_or(())
    }
}

/// How to look for a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FindBy {
    /// By the calling number, E.164.
    CallerNumber(String),
    /// By the case number that was keyed, digits only.
    CaseNumber(String),
}

/// What the store says to the answers of a caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerifyAnswer {
    /// All answers match: this is the right party.
    Ok,
    /// At least one does not match; which one is never said.
    Failed {
        /// How often the caller may still try before the case locks.
        tries_left: u8,
    },
    /// Too many tries on this case or from this number.
    Locked,
}

/// What happened, as a walk is told.
#[derive(Clone, Debug)]
pub enum WalkEvent {
    /// A key began; `stopped`: it stopped what was playing. `KeyUp` or `KeyVoid` follows.
    KeyDown {
        /// The key stopped the prompt that played.
        stopped: bool,
    },
    /// A key counts.
    KeyUp(Key),
    /// The key that began was too short: as if it never was.
    KeyVoid,
    /// A play is over, heard to its end, stopped, or impossible.
    PlayEnded(PlayId),
    /// The answer to [`Action::FindCase`].
    CasesFound(RequestId, Vec<CaseFacts>),
    /// The answer to [`Action::Verify`].
    Verified(RequestId, VerifyAnswer),
    /// What came of an [`Action::Errand`].
    Done(RequestId, Reply),
    /// News of an [`Action::Errand`] that goes on.
    Progress(RequestId, Progress),
    /// The service that was asked cannot answer.
    ServiceFailed(RequestId),
    /// The caller hung up.
    HungUp,
}

/// What a walk wants done, in this order.
#[derive(Debug)]
pub enum Action {
    /// Play this sentence now; answer with `PlayEnded`.
    Play {
        /// Its id, new for each play.
        play: PlayId,
        /// The prompt's id, for records.
        prompt: String,
        /// The words and clips.
        sentence: Sentence,
        /// Any key stops it.
        barge_in: bool,
    },
    /// Stop this play, if it still runs. Its `PlayEnded` may or may not follow.
    StopPlay(PlayId),
    /// Look for a case; answer with `CasesFound` or `ServiceFailed` within 3 s.
    FindCase {
        /// Its id, new for each request.
        request: RequestId,
        /// By what.
        by: FindBy,
    },
    /// Check these answers against the case; answer with `Verified` or `ServiceFailed` within 3 s.
    Verify {
        /// Its id.
        request: RequestId,
        /// Whose secrets.
        case: CaseId,
        /// What the caller keyed, in the order asked.
        answers: Vec<(Factor, Keys)>,
    },
    /// Have this done; answer with `Done`, or with `ServiceFailed` where it cannot be.
    Errand {
        /// Its id.
        request: RequestId,
        /// What.
        errand: Errand,
    },
    /// Nobody waits for this errand any more: stop it. No answer is expected.
    Cancel(RequestId),
    /// The call goes on in this language.
    SetLanguage(Lang),
    /// For the call's history.
    Trace(Trace),
    /// End the call. Nothing comes after it.
    Hangup {
        /// Why, in a word or two: `goodbye`, `end`, `caller hung up`.
        reason: String,
    },
}

/// What a walk did, for the call's history: never a key, never a secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trace {
    /// A step began.
    StepEntered {
        /// The flow's name.
        flow: String,
        /// The step's name.
        step: String,
        /// Its verb.
        verb: &'static str,
    },
    /// The step is over.
    StepLeft {
        /// The step's name.
        step: String,
        /// Its outcome, such as `found` or `key 3`.
        outcome: String,
    },
    /// Why a `when` went where it went: the condition in the admin's words.
    Branch {
        /// The step's name.
        step: String,
        /// The condition that held, or `else`.
        because: String,
        /// What it looked at: `case.due is 22.00 PLN`. Holds data of the case: for who tries a flow out,
        /// never for records.
        known: Vec<String>,
    },
    /// An entry of this many keys was made.
    KeysEntered {
        /// How many.
        count: u32,
    },
    /// A case was matched.
    CaseFound {
        /// Which.
        case: CaseId,
        /// `caller-number` or `case-number`.
        by: &'static str,
    },
    /// No case, or more than one, was matched.
    CaseNotFound {
        /// `caller-number` or `case-number`.
        by: &'static str,
    },
    /// The right party is proved.
    Verified {
        /// By these factors.
        factors: Vec<Factor>,
    },
    /// A try to prove the right party failed.
    VerifyFailed {
        /// How many tries this call has had.
        tries: u32,
    },
    /// The case is locked.
    VerifyLocked,
    /// A service did not answer in time, or said that it cannot.
    ServiceFailed {
        /// `find-case` or `verify`.
        service: &'static str,
        /// Why.
        why: &'static str,
    },
    /// A prompt could not be made; the call goes on without it. Raise an alarm.
    PromptMissing {
        /// The prompt's id.
        prompt: String,
        /// In which language.
        lang: Lang,
        /// What to do.
        why: String,
    },
    /// A case's data was asked for before the right party was proved: refused. A fault of ours.
    Withheld {
        /// The step's name.
        step: String,
        /// The prompt's id.
        prompt: String,
    },
}
