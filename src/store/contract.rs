//! What a store promises, whichever database is under it. The suite in `tests/` holds both to it.

use crate::errors::StoreError;
use async_trait::async_trait;
use ids::phone::Home;
use ids::{CallId, CaseId, Lang, Money};
use jiff::civil::Date;
use records::{
    CallRecord, Case, ChainHash, Digest, Event, Factor, OpenPayment, PaymentAsk, PaymentGate,
    PaymentId, PaymentStep,
};

/// One try to prove the right party.
#[derive(Clone, Debug)]
pub struct VerifyAttempt {
    /// Which case; one that does not exist costs the same work and fails.
    pub case: CaseId,
    /// The caller's number as it came in, if shown.
    pub caller: Option<String>,
    /// What was keyed, as digests. All must match; none at all fails.
    pub digests: Vec<(Factor, Digest)>,
    /// Unix µs.
    pub at_us: i64,
}

/// The answer to a [`VerifyAttempt`]; it never says which factor was wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerifyOutcome {
    /// Right. The case's failures are forgotten; the caller number's are kept, because one number may
    /// be guessing at many cases and know one of them.
    Ok,
    /// Wrong, and more tries are left.
    Failed,
    /// Locked before, or by this failure: the 5th of the case or the 10th of the number in 24 hours.
    Locked,
}

/// One event as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptEvent {
    /// What happened.
    pub event: Event,
    /// Its place in the whole history: 1, 2, 3 …
    pub position: i64,
    /// The chain's hash at this place.
    pub hash: ChainHash,
}

/// What a walk over the whole history found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChainReport {
    /// Events that are in order, up to the fault.
    pub events: u64,
    /// The hash of the last of them: note it elsewhere to notice a history that was rewritten whole.
    pub head: ChainHash,
    /// The first fault.
    pub fault: Option<ChainFault>,
}

/// Where the history is not as it was written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChainFault {
    /// This event, or the one before it, is not what was written here.
    #[error("event {position} ({call}, number {seq}) was changed or moved; compare with a backup")]
    Changed {
        /// Place in the history.
        position: i64,
        /// Its call.
        call: CallId,
        /// Its number in the call.
        seq: i64,
    },
    /// Events are gone from here on.
    #[error("event {position} is missing; compare with a backup")]
    Missing {
        /// The first missing place.
        position: i64,
    },
    /// The hash noted as the newest is not this event's.
    #[error(
        "event {position} is the newest, but another hash is noted for it; compare with a backup"
    )]
    Head {
        /// Place of the newest event.
        position: i64,
    },
    /// There are events that were never appended.
    #[error("event {position} was added past the end of the history; compare with a backup")]
    Added {
        /// The last such place.
        position: i64,
    },
}

/// What a comparison of the payments' journal with the history found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalReport {
    /// Steps that are as the history has them, up to the fault.
    pub steps: u64,
    /// The first fault.
    pub fault: Option<JournalFault>,
}

/// Where the payments' journal is not what the history was told.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JournalFault {
    /// The step says something else than its event.
    #[error(
        "a step of payment {payment} was changed after event {position} had told of it; compare with a backup"
    )]
    Changed {
        /// Place in the history.
        position: i64,
        /// Which payment.
        payment: PaymentId,
    },
    /// The step is gone.
    #[error(
        "payment {payment} lacks the step that event {position} tells of; compare with a backup"
    )]
    Missing {
        /// Place in the history.
        position: i64,
        /// Which payment.
        payment: PaymentId,
    },
    /// There are steps that the journal never took.
    #[error(
        "{steps} steps of payments stand in the journal and not in the history; compare with a backup"
    )]
    Untold {
        /// How many.
        steps: i64,
    },
}

/// A case as an import brings it. Secrets are digests; `None` leaves what is on file.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct NewCase {
    pub number: String,
    pub name: String,
    /// E.164.
    pub phones: Vec<String>,
    pub lang: Lang,
    pub creditor: String,
    pub outstanding: Money,
    pub due_date: Date,
    pub pin: Option<Digest>,
    /// Unix µs at which the PIN was issued, if known: it is good for 90 days.
    pub pin_issued_us: Option<i64>,
    pub birth_date: Option<Digest>,
    pub id_last4: Option<Digest>,
}

/// Which payments a listing is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PaymentFilter {
    /// Those alone that are not settled.
    pub open: bool,
    /// Of this case.
    pub case: Option<CaseId>,
    /// With their newest step at or after this Unix time in µs.
    pub since_us: Option<i64>,
    /// With their newest step before this Unix time in µs.
    pub until_us: Option<i64>,
}

/// How money goes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WishKind {
    /// All of it, by the vault.
    Void,
    /// Some or all of it, by the switch.
    Refund,
}

impl WishKind {
    /// The word that it is kept under.
    pub const fn name(self) -> &'static str {
        match self {
            WishKind::Void => "void",
            WishKind::Refund => "refund",
        }
    }
}

/// Money that shall be given back: asked for by one, approved by another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentWish {
    /// Of which payment.
    pub payment: PaymentId,
    /// Of which attempt: the one that took it.
    pub attempt: u8,
    /// How.
    pub kind: WishKind,
    /// How much.
    pub amount: Money,
    /// Who asked, and when in Unix µs.
    pub asked: (String, i64),
    /// Who approved, and when.
    pub approved: Option<(String, i64)>,
}

/// A word about giving money back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WishWord<'a> {
    /// Of which payment.
    pub payment: PaymentId,
    /// How.
    pub kind: WishKind,
    /// How much; none: all that was taken.
    pub amount: Option<Money>,
    /// Whose word it is.
    pub by: &'a str,
    /// Unix µs.
    pub at_us: i64,
}

/// A store. Cheap to share; every method may be called at the same time as any other.
#[async_trait]
pub trait Store: Send + Sync {
    /// Cases of this phone number in any spelling, at most 20, by number. A number that cannot be
    /// read as one (withheld, internal) has none.
    async fn cases_by_phone(&self, phone: &str) -> Result<Vec<Case>, StoreError>;

    /// The case with this number.
    async fn case_by_number(&self, number: &str) -> Result<Option<Case>, StoreError>;

    /// What the person of a case can be asked to prove; not the secrets themselves. Empty for a case
    /// that does not exist.
    async fn factors(&self, case: CaseId) -> Result<Vec<Factor>, StoreError>;

    /// Up to `limit` cases in the order of their ids, behind `after`.
    async fn cases(&self, limit: u32, after: Option<CaseId>) -> Result<Vec<Case>, StoreError>;

    /// Tries to prove the right party. When this returns, the try is counted on disk; 5 failures a
    /// case and 10 a caller number in 24 hours lock for 24 hours. The same work is done whatever was
    /// wrong. On an error nothing was proved and the caller must be told that it does not work now.
    async fn verify(&self, attempt: &VerifyAttempt) -> Result<VerifyOutcome, StoreError>;

    /// Keeps events and calls, all or none, on disk when this returns. What is kept already (by call
    /// and number; by call) is left as it is, so repeating is safe. A call's events come in order.
    async fn append(&self, events: &[Event], calls: &[CallRecord]) -> Result<(), StoreError>;

    /// Up to `limit` calls, the latest first, behind (earlier than) `before`.
    async fn calls(
        &self,
        limit: u32,
        before: Option<CallId>,
    ) -> Result<Vec<CallRecord>, StoreError>;

    /// One call with its events in order.
    async fn call(&self, id: CallId) -> Result<Option<(CallRecord, Vec<KeptEvent>)>, StoreError>;

    /// Walks over the whole history.
    async fn verify_chain(&self) -> Result<ChainReport, StoreError>;

    /// Journals one step of a card payment: on disk when this returns, with its event in the history and
    /// what it changes in the case's balance. The same step again is kept once. What must not be
    /// ([`crate::PaymentRefused`]) changes nothing. A first step must pass what
    /// [`payment_gate`](Store::payment_gate) asks: of two at once, one is refused.
    async fn journal_payment(&self, step: &PaymentStep) -> Result<(), StoreError>;

    /// Whether a card may be asked for.
    async fn payment_gate(&self, ask: &PaymentAsk) -> Result<PaymentGate, StoreError>;

    /// Attempts that are not settled, and those whose money shall be taken back; the one that has waited
    /// longest first, 1,000 at most.
    async fn open_payments(&self) -> Result<Vec<OpenPayment>, StoreError>;

    /// The newest step of each attempt, the latest first, up to `limit` (1,000 at most).
    async fn payments(
        &self,
        filter: &PaymentFilter,
        limit: u32,
    ) -> Result<Vec<PaymentStep>, StoreError>;

    /// All steps of a payment in order; none: there is no such payment.
    async fn payment(&self, id: PaymentId) -> Result<Vec<PaymentStep>, StoreError>;

    /// What is wished about a payment.
    async fn payment_wishes(&self, id: PaymentId) -> Result<Vec<PaymentWish>, StoreError>;

    /// Asks for money to be given back. A wish that nobody has approved yet makes way for a newer one.
    async fn ask_payment_back(&self, word: &WishWord<'_>) -> Result<PaymentWish, StoreError>;

    /// Approves that wish, as a second person. Approved by the same person again it stays as it is.
    async fn approve_payment_back(&self, word: &WishWord<'_>) -> Result<PaymentWish, StoreError>;

    /// Compares the payments' journal with what the history was told of it, step by step.
    async fn verify_payments(&self) -> Result<JournalReport, StoreError>;

    /// Begins an import. For files use [`crate::csv_import::run`].
    async fn stage(&self) -> Result<Box<dyn Staging + '_>, StoreError>;

    /// How numbers without a country are read.
    fn home(&self) -> &Home;

    /// Ends all connections; for an orderly stop.
    async fn close(&self);
}

/// Cases on their way in: staged apart, then taken over in one transaction.
#[async_trait]
pub trait Staging: Send {
    /// Stages these; nobody sees them yet. A number may come once in an import.
    async fn put(&mut self, rows: Vec<NewCase>) -> Result<(), StoreError>;
    /// Takes all staged cases over, new ones and changed ones by number. Returns new and changed.
    async fn commit(self: Box<Self>) -> Result<(u64, u64), StoreError>;
    /// Forgets what was staged.
    async fn discard(self: Box<Self>) -> Result<(), StoreError>;
}
