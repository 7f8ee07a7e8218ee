//! What is known of one payment while it runs, and its steps on their way to the journal.
//!
//! ```text
//!   push ─▶ queue ─▶ Effect::Journal ─▶ on disk ─▶ the next ─▶ … ─▶ all are: Written
//!                                        └ refused, or no answer: the rest is not written: NotWritten
//! ```
//! Owns: one step on its way at a time, in order. Never: what follows (`machine` decides).

use super::limits::JOURNAL_WAIT_MAX;
use super::machine::Stage;
use crate::effect::Now;
use ids::{CallId, CaseId, Lang, Moment, Money, RequestId};
use records::{CardEnd, PaymentId, PaymentState, PaymentStep};
use sdp::{Capabilities, KeyMaterial, LocalMedia};
use std::collections::VecDeque;
use std::sync::Arc;
use vault_link::{AbortReason, Agreed, End, GatewayRef, Outcome};

/// What is to be paid, by whom.
#[derive(Clone, Debug)]
pub(crate) struct Bill {
    pub payment: PaymentId,
    pub call: CallId,
    pub case: CaseId,
    pub amount: Money,
    pub lang: Lang,
    pub caller: Option<String>,
    pub gateway: String,
}

/// One payment.
pub(crate) struct Till {
    pub stage: Stage,
    pub bill: Bill,
    /// What the flow waits for.
    pub request: Option<RequestId>,
    /// When the stage has lasted its time.
    pub deadline: Moment,
    /// When a caller who waits is to hear that something goes on.
    pub sound_at: Moment,
    /// That is heard.
    pub sounds: bool,
    /// What was consented to last.
    pub attempt: u8,
    pub card: Option<CardEnd>,
    pub reference: Option<GatewayRef>,
    pub journal: Journal,
    pub outcome: Option<Outcome>,
    pub end: Option<End>,
    pub stopped: Option<AbortReason>,
    pub maybe_charged: bool,
    /// A word why it came to nothing.
    pub refused: Option<String>,
    pub audio: Audio,
    /// Keys of the field that is open, for the history.
    pub keys: u8,
    /// Events of fields that were written.
    pub told: u32,
}

/// What the moves of the audio need.
#[derive(Default)]
pub(crate) struct Audio {
    /// What the vault protects with is cut from this.
    pub material: Option<KeyMaterial>,
    /// Where the vault wants it.
    pub vault: Option<std::net::SocketAddr>,
    /// What the far end agreed to.
    pub agreed: Option<Agreed>,
    /// What our side can do at home.
    pub caps: Option<Arc<Capabilities>>,
    /// Fresh ports of ours.
    pub home: Option<LocalMedia>,
    /// An offer that moves nothing is out, and so none of ours can be.
    pub refreshing: bool,
    /// The one that waits for it.
    pub owed: Option<Owed>,
}

/// An offer that moves the audio and has to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owed {
    /// To the vault.
    Vault,
    /// Back to us.
    Back,
}

/// The steps of a payment on their way to disk.
#[derive(Default)]
pub(crate) struct Journal {
    queue: VecDeque<PaymentStep>,
    /// The step that is on its way, and until when it is waited for.
    pub(super) asked: Option<(RequestId, PaymentState, Moment)>,
    /// The last that is on disk, of the present attempt.
    last: Option<PaymentState>,
}

impl Till {
    /// One that begins.
    pub fn new(bill: Bill, request: RequestId, deadline: Moment, sound_at: Moment) -> Till {
        Till {
            stage: Stage::Asked,
            bill,
            request: Some(request),
            deadline,
            sound_at,
            sounds: false,
            attempt: 0,
            card: None,
            reference: None,
            journal: Journal::default(),
            outcome: None,
            end: None,
            stopped: None,
            maybe_charged: false,
            refused: None,
            audio: Audio::default(),
            keys: 0,
            told: 0,
        }
    }

    /// A step of the present attempt.
    pub fn step(&self, now: Now, state: PaymentState) -> PaymentStep {
        let bill = &self.bill;
        PaymentStep {
            payment: bill.payment,
            attempt: self.attempt,
            state,
            at_us: now.unix_us,
            call: bill.call,
            case: bill.case,
            amount: bill.amount,
            caller: bill.caller.clone(),
            gateway: bill.gateway.clone(),
            reference: self.reference.as_ref().map(|r| r.as_str().to_owned()),
            card: self.card.clone(),
            reason: None,
            code: None,
            funding: None,
            by: "caller".to_owned(),
        }
    }

    /// When it wants a turn.
    pub fn timeout(&self) -> Moment {
        let journal = self.journal.asked.as_ref().map_or(Moment::NEVER, |(_, _, until)| *until);
        self.deadline.min(self.sound_at).min(journal)
    }

    /// Nothing is left to be done or written.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over && self.journal.is_idle()
    }
}

impl Journal {
    /// One more step to write.
    pub fn push(&mut self, step: PaymentStep) {
        if step.state == PaymentState::Intent {
            self.last = None;
        }
        self.queue.push_back(step);
    }

    /// The attempt came to nothing before the gateway was asked to charge: what is not on its way yet is not
    /// written. True if something of it is, or may be, on disk.
    pub fn abandon(&mut self) -> bool {
        use PaymentState as S;
        self.queue.retain(|step| !matches!(step.state, S::Intent | S::Prepared | S::Authorising));
        let may_be = self.asked.as_ref().map(|(_, state, _)| *state).or(self.last);
        matches!(may_be, Some(S::Intent | S::Prepared | S::Authorising))
    }

    /// The next step to write, if none is on its way.
    pub fn next(&mut self, now: Moment, request: RequestId) -> Option<PaymentStep> {
        if self.asked.is_some() {
            return None;
        }
        let step = self.queue.pop_front()?;
        self.asked = Some((request, step.state, now + JOURNAL_WAIT_MAX));
        Some(step)
    }

    /// The step on its way is on disk, or is not; true if it was this one.
    pub fn answered(&mut self, request: RequestId, written: bool) -> bool {
        let Some((_, state, _)) = self.asked.take_if(|(asked, ..)| *asked == request) else {
            return false;
        };
        match written {
            true => self.last = Some(state),
            false => self.queue.clear(),
        }
        true
    }

    /// All of it is on disk, or given up.
    pub fn is_idle(&self) -> bool {
        self.asked.is_none() && self.queue.is_empty()
    }

    /// The step that was waited for too long.
    pub fn late(&self, now: Moment) -> Option<RequestId> {
        self.asked.filter(|(_, _, until)| *until <= now).map(|(request, ..)| request)
    }
}
