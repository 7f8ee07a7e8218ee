//! What goes into the building and what comes out of it: closed enums, no sockets.

use crate::outbound::OutboundNews;
use crate::recording::RecorderOrder;
use crate::trunk::Question;
use dialplan::FindBy;
use ids::{CallId, CaseId, LegId, PlayId, RequestId};
use keypad::Keys;
use media::command::{Codec, Command};
use records::{CallRecord, Event, Factor, PaymentAsk, PaymentStep};
use std::net::{IpAddr, SocketAddr};
use vault_link::DownReason;
use words::Sentence;

/// The two times of one turn: monotonic for timers, calendar for records and for what is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    /// Monotonic time.
    pub mono: ids::Moment,
    /// Unix time in µs.
    pub unix_us: i64,
}

/// What the shell must do. Effects are drained after each input, in order.
#[derive(Debug)]
pub enum Effect {
    /// Send these bytes.
    Transmit(sip::Transmit),
    /// Bind an RTP and an RTCP port for this leg; answer with [`crate::Exchange::ports_opened`].
    OpenPorts {
        /// For which leg.
        leg: LegId,
        /// On which of our addresses.
        ip: IpAddr,
        /// On the media thread of this leg: only there can the two be bridged. The leg itself: fresh ports in the
        /// place of those that it had.
        beside: Option<LegId>,
    },
    /// Tell the leg's media shard.
    Media(Command),
    /// Play this sentence: the shell finds the clips and tells the leg's media shard.
    Play {
        /// On which leg.
        leg: LegId,
        /// Named when it ends.
        play: PlayId,
        /// What is said.
        sentence: Sentence,
        /// A key stops it.
        barge_in: bool,
        /// The leg's codec.
        codec: Codec,
    },
    /// Tell the recorder; answer with [`crate::Exchange::handle_recorder`].
    Recorder(RecorderOrder),
    /// Play this sound again and again, until something else plays or it is stopped.
    Sound {
        /// On which leg.
        leg: LegId,
        /// Named when it ends.
        play: PlayId,
        /// What is heard.
        sound: Sound,
        /// The leg's codec.
        codec: Codec,
    },
    /// Look for cases; answer with [`crate::Exchange::cases_found`].
    FindCases {
        /// Named in the answer.
        request: RequestId,
        /// By what.
        by: FindBy,
    },
    /// Check what a caller keyed against a case; answer with [`crate::Exchange::verified`].
    Verify(VerifyRequest),
    /// Ask DNS; answer with [`crate::Exchange::resolved`].
    Resolve {
        /// Named in the answer.
        request: RequestId,
        /// What is asked.
        question: Question,
    },
    /// What became of a call of ours.
    Outbound {
        /// Which.
        call: CallId,
        /// What.
        news: OutboundNews,
    },
    /// Ask the store whether a card may be asked for; answer with [`crate::Exchange::payment_gate`].
    PaymentGate {
        /// Named in the answer.
        request: RequestId,
        /// What is to be paid, by whom.
        ask: PaymentAsk,
    },
    /// Write one step of a payment durably; answer with [`crate::Exchange::journalled`] once it is on disk.
    Journal {
        /// Named in the answer.
        request: RequestId,
        /// The step.
        step: Box<PaymentStep>,
    },
    /// Write these bytes to the vault's link: whole messages, in this order.
    VaultWrite(Vec<u8>),
    /// The vault's link is over, or cannot be trusted any more: close its socket, start the vault anew if it is
    /// ours, connect again.
    VaultBroken(DownReason),
    /// Write one event of the history.
    WriteEvent(Event),
    /// Write the record of a call that is over.
    WriteCall(Box<CallRecord>),
    /// The trial of this flow's new version is over: move its alias back.
    StopCanary {
        /// The flow's name.
        flow: String,
        /// Why, in words.
        why: String,
    },
    /// Somebody should look at this.
    Alarm(String),
}

/// What is heard where nobody speaks. None has more than two seconds of silence in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sound {
    /// Somebody is rung (ITU-T E.182).
    Ringback,
    /// The other side holds.
    Hold,
}

/// One try to prove the right party.
#[derive(Debug)]
pub struct VerifyRequest {
    /// Named in the answer.
    pub request: RequestId,
    /// Against which case.
    pub case: CaseId,
    /// Its number, which the digests are bound to.
    pub case_number: String,
    /// Who calls, for the limit by caller number.
    pub caller: Option<String>,
    /// What was keyed; wiped when dropped.
    pub answers: Vec<(Factor, Keys)>,
}

/// The store's answer to a [`VerifyRequest`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerifyAnswer {
    /// The right party.
    Ok,
    /// Something did not match; which one is never told.
    Failed,
    /// Too many tries lately, over all calls.
    Locked,
}

/// The ports that the shell bound for a leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenPorts {
    /// Our RTP address.
    pub rtp: SocketAddr,
    /// Our RTCP address.
    pub rtcp: SocketAddr,
}

/// No media port is free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoPorts;

/// The store or another slow service did not answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceDown(pub String);
