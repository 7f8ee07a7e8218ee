//! One capture as the switch sees it: which message may come next, and what a broken link means for it.
//!
//! ```text
//!  Opening ─MediaOpened→ Open ─agree→ Agreed ─arm→ Capturing ─Consented→ Consented
//!     │MediaRefused                                   ▲ ▲                    │ intent_stored
//!     ▼                                      Outcome  │ └──Field,Progress    ▼
//!   (gone)      Authorising ──────────────────────────┘                  Preparing
//!                   ▲─────────── journalled ─────────── Prepared ◀─Prepared──┘
//!  any but Authorising ─abort→ Ending ─Ended→ Ended ─close→ (gone)
//!  any ─its time is over→ Gone ─Ended→ (gone)
//! ```
//! The money can move in `Authorising` alone; it is entered only with a reference that is journalled.

use crate::bounded::GatewayRef;
use crate::from_vault::FromVault;
use crate::limits::{
    ATTEMPTS_MAX, AUTHORISE_MAX, CAPTURE_MAX, END_MAX, FIELD_KEYS_MAX, GUIDED_CAPTURE_MAX,
    OPEN_MAX, PREPARE_MAX,
};
use crate::money_word::Outcome;
use ids::{Moment, Money};

/// How far a capture is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// A socket was asked for.
    Opening,
    /// The vault has one; the far end is being asked to send there.
    Open,
    /// The audio is at the vault.
    Agreed,
    /// The caller is asked.
    Capturing,
    /// The caller wants to pay; the intent is being stored.
    Consented,
    /// The gateway is being told, without a card.
    Preparing,
    /// The reference is being journalled.
    Prepared(GatewayRef),
    /// Money may move now.
    Authorising(GatewayRef),
    /// Abort was sent.
    Ending,
    /// The vault is done; the audio goes back.
    Ended,
    /// Given up by us after too long; whatever still comes is not heard.
    Gone,
}

/// What a capture that broke off means for the money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lost {
    /// Nothing can have been charged.
    NothingCharged,
    /// Something may have been: the state is unknown, ask the gateway by this reference.
    MaybeCharged(GatewayRef),
}

/// What to do with a message that came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// Tell it.
    Tell,
    /// It crossed an abort, or comes too late: drop it.
    Ignore,
    /// Tell it, and forget the capture.
    TellAndForget,
    /// Forget the capture quietly.
    Forget,
    /// The other side is not our vault, or broken.
    OutOfTurn,
}

pub(crate) struct SessionLine {
    pub(crate) phase: Phase,
    pub(crate) deadline: Moment,
    /// Known from `arm` on.
    pub(crate) amount: Option<Money>,
    /// The attempt that was consented to last.
    pub(crate) attempt: u8,
    /// A second socket was asked for: a negotiator stays on the line.
    pub(crate) with_negotiator: bool,
    /// The negotiator says what is asked.
    pub(crate) guided: bool,
    /// Keys in the open field, as told last.
    keys: u8,
}

impl SessionLine {
    pub(crate) fn opening(now: Moment) -> Self {
        Self {
            phase: Phase::Opening,
            deadline: now + OPEN_MAX,
            amount: None,
            attempt: 0,
            with_negotiator: false,
            guided: false,
            keys: 0,
        }
    }

    /// Moves on by our own step.
    pub(crate) fn enter(&mut self, now: Moment, phase: Phase) {
        self.deadline = match &phase {
            Phase::Opening => now + OPEN_MAX,
            // how long these last is decided by SIP, by the store and by the caller's own limit
            Phase::Open | Phase::Agreed | Phase::Ended | Phase::Gone => Moment::NEVER,
            Phase::Consented | Phase::Prepared(_) => Moment::NEVER,
            Phase::Capturing if self.guided => now + GUIDED_CAPTURE_MAX,
            Phase::Capturing => now + CAPTURE_MAX,
            Phase::Preparing => now + PREPARE_MAX,
            Phase::Authorising(_) => now + AUTHORISE_MAX,
            Phase::Ending => now + END_MAX,
        };
        self.phase = phase;
    }

    /// Takes one message of this capture.
    pub(crate) fn hear(&mut self, now: Moment, message: &FromVault) -> Verdict {
        match (&self.phase, message) {
            (Phase::Gone, FromVault::Ended(..)) => Verdict::Forget,
            (Phase::Gone, _) => Verdict::Ignore,
            (Phase::Ended, _) => Verdict::OutOfTurn,
            (Phase::Opening, FromVault::MediaOpened(_, _, second))
                if second.is_some() == self.with_negotiator =>
            {
                self.step(now, Phase::Open)
            }
            (Phase::Opening, FromVault::MediaRefused(..)) => Verdict::TellAndForget,
            (Phase::Opening, _) => Verdict::OutOfTurn,
            (Phase::Authorising(_), FromVault::Outcome(_, attempt, outcome)) => {
                self.outcome(now, *attempt, outcome)
            }
            // it gave up waiting as we said `journalled`; the outcome that follows says so, then the end again
            (Phase::Authorising(_), FromVault::Ended(..)) => Verdict::Ignore,
            (Phase::Authorising(_), _) => Verdict::OutOfTurn,
            (_, FromVault::Ended(..)) => self.step(now, Phase::Ended),
            (Phase::Ending, FromVault::MediaOpened(..) | FromVault::MediaRefused(..)) => {
                Verdict::Ignore
            }
            (Phase::Ending, FromVault::Outcome(..)) => Verdict::OutOfTurn,
            (Phase::Ending, _) => Verdict::Ignore,
            (Phase::Capturing, FromVault::Speaking(_) | FromVault::CardSeen(..)) => Verdict::Tell,
            (Phase::Capturing, FromVault::Field(..)) => {
                self.keys = 0;
                Verdict::Tell
            }
            (Phase::Capturing, FromVault::Progress(_, _, keys)) => self.count(*keys),
            (Phase::Capturing, FromVault::Consented { attempt, .. }) => self.consent(now, *attempt),
            (Phase::Preparing, FromVault::Prepared(_, attempt, reference))
                if *attempt == self.attempt =>
            {
                self.step(now, Phase::Prepared(reference.clone()))
            }
            (
                Phase::Open
                | Phase::Agreed
                | Phase::Capturing
                | Phase::Consented
                | Phase::Preparing
                | Phase::Prepared(_),
                _,
            ) => Verdict::OutOfTurn,
        }
    }

    fn step(&mut self, now: Moment, phase: Phase) -> Verdict {
        self.enter(now, phase);
        Verdict::Tell
    }

    /// Keys count up by one, from one, in each field: a count that jumps could spell the key itself.
    fn count(&mut self, keys: u8) -> Verdict {
        if keys != self.keys + 1 || keys > FIELD_KEYS_MAX {
            return Verdict::OutOfTurn;
        }
        self.keys = keys;
        Verdict::Tell
    }

    /// Attempts count up by one: a repeated number would be a second charge under one key.
    fn consent(&mut self, now: Moment, attempt: u8) -> Verdict {
        if attempt != self.attempt + 1 || attempt > ATTEMPTS_MAX {
            return Verdict::OutOfTurn;
        }
        self.attempt = attempt;
        self.step(now, Phase::Consented)
    }

    /// An approval over another amount than the one that was armed is no approval of ours.
    fn outcome(&mut self, now: Moment, attempt: u8, outcome: &Outcome) -> Verdict {
        let amount_fits = match outcome {
            Outcome::Approved(approval) => Some(approval.amount) == self.amount,
            Outcome::Declined(_) | Outcome::NeedsCardholder | Outcome::Unknown => true,
        };
        if attempt != self.attempt || !amount_fits {
            return Verdict::OutOfTurn;
        }
        self.step(now, Phase::Capturing)
    }

    /// What it means that nothing more will be heard.
    pub(crate) fn lost(&self) -> Option<Lost> {
        match &self.phase {
            Phase::Authorising(reference) => Some(Lost::MaybeCharged(reference.clone())),
            // the switch knows already: it was told the end, or that the capture was lost
            Phase::Ended | Phase::Gone => None,
            Phase::Opening
            | Phase::Open
            | Phase::Agreed
            | Phase::Capturing
            | Phase::Consented
            | Phase::Preparing
            | Phase::Prepared(_)
            | Phase::Ending => Some(Lost::NothingCharged),
        }
    }
}
