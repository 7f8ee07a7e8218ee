//! The one history: append-only events, each chained to its predecessor by a hash.

use crate::payment::{CardEnd, PaymentNote, PaymentState};
use ids::{CallId, CaseId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// SHA-256 over the predecessor's hash and this event's canonical bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ChainHash(pub [u8; 32]);

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One thing that happened. `(call, seq)` names it: written twice it is kept once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// In which call.
    pub call: CallId,
    /// 0, 1, 2 … within the call; from [`Event::BESIDE`] on beside it.
    pub seq: u32,
    /// Whose history it belongs to, once known.
    pub case: Option<CaseId>,
    /// Unix time in µs.
    pub at_us: i64,
    /// What happened.
    pub kind: EventKind,
}

/// What happened. Never a key, a PIN or a birth date: keys are counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum EventKind {
    /// A call came in.
    CallCame {
        from: String,
        to: String,
        transport: String,
    },
    /// It was sent on to us by somebody who had been called first.
    CallDiverted {
        by: String,
        why: Option<String>,
    },
    /// The caller asked to be connected elsewhere (SIP REFER) and was refused.
    TransferRefused {
        to: String,
        why: String,
    },
    /// We call somebody; by whose leave.
    CallPlaced {
        to: String,
        by: String,
    },
    /// One way of a call of ours and how it ended: a trunk, one address of it.
    TrunkTried {
        trunk: String,
        target: String,
        status: u16,
        why: String,
    },
    /// One phone of a user of ours that was rung, and how that ended.
    PhoneTried {
        user: String,
        target: String,
        status: u16,
        why: String,
    },
    /// The call is to be connected with somebody: who is called, in which call of ours (empty where the
    /// caller's own phone was asked to call).
    TransferBegun {
        to: String,
        call: String,
    },
    /// Somebody of ours who talks in this call wants it to go on elsewhere (SIP REFER).
    TransferAsked {
        to: String,
        by: String,
    },
    /// It was not connected.
    TransferFailed {
        to: String,
        why: String,
    },
    /// Both sides hear each other: the other one's call.
    Bridged {
        with: String,
    },
    /// They do not any more.
    Unbridged {
        with: String,
        why: String,
    },
    /// It rings at the other end, or something is heard before the answer.
    Ringing {
        status: u16,
        early_media: bool,
    },
    /// We answered it, or they did.
    CallAnswered,
    /// We refused it, with this SIP status.
    CallRefused {
        status: u16,
        why: String,
    },
    /// The dialplan entered a step.
    StepEntered {
        flow: String,
        version: String,
        step: String,
        verb: String,
    },
    /// The step ended with this outcome.
    StepLeft {
        step: String,
        outcome: String,
    },
    /// A condition decided where to go.
    BranchTaken {
        step: String,
        because: String,
    },
    /// A sentence began to play (prompt id, language).
    PromptStarted {
        prompt: String,
        lang: String,
    },
    /// An entry of this many keys was made.
    KeysEntered {
        count: u32,
    },
    /// A case was matched, by caller number or by keyed number.
    CaseFound {
        by: String,
    },
    CaseNotFound {
        by: String,
    },
    /// A try to prove the right party.
    Verified {
        factors: Vec<String>,
    },
    VerifyFailed {
        tries: u32,
    },
    VerifyLocked,
    /// Who has answered our call: `human`, `machine` or `unknown`, how sure that is, and how long after
    /// the answer it was found. A machine may still follow another verdict.
    AnswererJudged {
        who: String,
        sure_percent: u8,
        after_ms: u32,
    },
    /// An answering machine has beeped.
    BeepHeard,
    /// Something that should work did not; the call went on.
    ServiceFailed {
        service: String,
        why: String,
    },
    /// The call is recorded from here on; the caller was told.
    RecordingBegan,
    /// The caller was told and does not want it.
    RecordingDeclined,
    /// It ended before the call did, or could not begin.
    RecordingStopped {
        why: String,
    },
    /// It is on disk.
    RecordingKept {
        file: String,
        sha256: String,
        ms: u64,
        masked_ms: u64,
    },
    /// Somebody heard it or took a copy: who, why, and how (`play`, `export`).
    RecordingHeard {
        by: String,
        why: String,
        how: String,
    },
    /// It was removed: by whom, and why (`keep-days` too).
    RecordingRemoved {
        by: String,
        why: String,
    },
    /// A step of a card payment, written with it in one transaction.
    PaymentStep(Box<PaymentNote>),
    /// Money moved, or came back: what the person gets in writing. `what` is `posted`, `voided` or
    /// `refunded`, `left` what the case owes from then on.
    Receipt {
        payment: String,
        what: PaymentState,
        amount: String,
        left: String,
        card: Option<CardEnd>,
    },
    /// Somebody wants money to be given back (`void`, `refund`), or approves that somebody else does.
    PaymentWish {
        payment: String,
        attempt: u8,
        what: String,
        amount: String,
        by: String,
        approved: bool,
    },
    /// A card was not asked for: a word why.
    PaymentRefused {
        why: String,
    },
    /// A card is going to be asked for: the payment's name in the journal, how much.
    PaymentBegun {
        payment: String,
        amount: String,
    },
    /// The caller's audio is at the vault: what is keyed from here on reaches nobody else.
    PaymentMoved,
    /// What became of a field of the card entry, after so many keys.
    PaymentField {
        field: String,
        state: String,
        keys: u8,
    },
    /// The caller has heard amount, brand and last four, and wants to pay.
    PaymentConsented {
        payment: String,
        attempt: u8,
        brand: String,
        last_four: String,
    },
    /// What the gateway said; a word why, where there is one.
    PaymentOutcome {
        payment: String,
        attempt: u8,
        outcome: String,
        reason: Option<String>,
    },
    /// The caller's audio is here again.
    PaymentMovedBack,
    /// The flow goes on: a word how the payment ended.
    PaymentEnded {
        payment: String,
        result: String,
    },
    /// The leg fell silent, or was heard again.
    LegSilent,
    LegHeard,
    /// The call is over: who ended it and why.
    CallEnded {
        by: String,
        why: String,
    },
}

impl EventKind {
    /// The name in the `kind` column.
    pub fn name(&self) -> String {
        Self::named_in(&serde_json::to_string(self).unwrap_or_default()).to_owned()
    }

    /// The same from the body that it stands in.
    pub fn named_in(body: &str) -> &str {
        let name = body.strip_prefix(r#"{"kind":""#).and_then(|rest| rest.split_once('"'));
        name.map_or("unknown", |(name, _)| name)
    }
}

impl Event {
    /// Numbers from here on are given by who writes beside the call and does not know how far it has
    /// counted, or writes when it is long over.
    pub const BESIDE: u32 = 1 << 31;

    /// The body as JSON, as it is stored.
    pub fn body(&self) -> String {
        serde_json::to_string(&self.kind).unwrap_or_default()
    }

    /// The hash that chains this event behind `predecessor`.
    pub fn chain(&self, predecessor: ChainHash) -> ChainHash {
        predecessor.next(self.call, self.seq, self.case, self.at_us, &self.body())
    }
}

impl ChainHash {
    /// The hash that chains an event behind this one, from the event's parts with the body as it is
    /// stored: a body that another version of the program wrote is checked as it was written.
    pub fn next(
        self,
        call: CallId,
        seq: u32,
        case: Option<CaseId>,
        at_us: i64,
        body: &str,
    ) -> ChainHash {
        let mut sha = Sha256::new();
        sha.update(self.0);
        sha.update(call.0.to_be_bytes());
        sha.update(seq.to_be_bytes());
        sha.update(case.map_or(0, |c| c.0).to_be_bytes());
        sha.update(at_us.to_be_bytes());
        sha.update(body.as_bytes());
        ChainHash(sha.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        let kind = EventKind::KeysEntered { count: 6 };
        Event { call: CallId(7), seq: 1, case: Some(CaseId(3)), at_us: 1_700_000_000_000_000, kind }
    }

    #[test]
    fn the_body_is_json_that_names_its_kind() {
        assert_eq!(event().body(), r#"{"kind":"keys-entered","count":6}"#);
        assert_eq!(EventKind::named_in(&event().body()), "keys-entered");
    }

    #[test]
    fn a_changed_event_breaks_the_chain() {
        let honest = event().chain(ChainHash::default());
        let forged = Event { at_us: 1, ..event() }.chain(ChainHash::default());
        assert_ne!(honest, forged);
        assert_ne!(honest, event().chain(honest));
    }
}
