//! What the exchange says to the stack and hears from it.

use crate::digest::Credentials;
use crate::guard::GuardConfig;
use crate::header::Cause;
use crate::identity::Origin;
use crate::limits::{Limits, SESSION_INTERVAL_MAX_S, SESSION_INTERVAL_MIN_S};
use crate::name_addr::NameAddr;
use crate::path::Path;
use crate::peer::PeerNames;
use crate::registrar::PhonesConfig;
use crate::replaces::Replaces;
use crate::transaction::Timers;
use crate::uri::Uri;
use ids::SessionId;
use std::net::IpAddr;

/// How a [`crate::Stack`] is set up.
#[derive(Clone)]
pub struct Config {
    /// Server and User-Agent header of what we send.
    pub user_agent: String,
    /// Secret; tags, branches and Call-IDs follow from it. The same seed gives the same run.
    pub seed: [u8; 32],
    /// Base timers.
    pub timers: Timers,
    /// Limits.
    pub limits: Limits,
    /// The user part of our Contact.
    pub contact_user: String,
    /// Whether provisional responses are sent so that they arrive (RFC 3262).
    pub reliable: Reliability,
    /// Session timers (RFC 4028); `None`: not used.
    pub session_timer: Option<SessionTimer>,
    /// Requests longer than this leave by TCP instead of UDP (RFC 3261 section 18.1.1: 1,300 bytes
    /// where the path's MTU is not known). `usize::MAX` where there is no TCP.
    pub request_datagram_bytes_max: usize,
    /// The address in Contact and Via instead of the local one, when we stand behind a static NAT.
    pub advertised: Option<IpAddr>,
    /// The realm of our own users; `None`: REGISTER gets 405 and nobody is challenged.
    pub phones: Option<PhonesConfig>,
    /// Rates, quarantine, strangers; `None`: everybody is served.
    pub guard: Option<GuardConfig>,
}

impl Config {
    /// Defaults around a seed.
    pub fn new(seed: [u8; 32]) -> Config {
        Config {
            user_agent: "Parley".to_owned(),
            seed,
            timers: Timers::default(),
            limits: Limits::default(),
            contact_user: "parley".to_owned(),
            reliable: Reliability::WhenSupported,
            session_timer: Some(SessionTimer::default()),
            request_datagram_bytes_max: usize::MAX,
            advertised: None,
            phones: None,
            guard: None,
        }
    }
}

/// How long a session may live without a sign of life from its peer (RFC 4028).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SessionTimer {
    interval_s: u32,
    min_s: u32,
}

impl SessionTimer {
    /// The interval that we ask for and the least that we take, in seconds. Both are kept between
    /// 90 s (RFC 4028 section 5) and a day.
    pub fn new(interval_s: u32, min_s: u32) -> SessionTimer {
        let range = |n: u32| n.clamp(SESSION_INTERVAL_MIN_S, SESSION_INTERVAL_MAX_S);
        let min_s = range(min_s);
        SessionTimer { interval_s: range(interval_s).max(min_s), min_s }
    }

    /// What we ask for, in seconds.
    pub fn interval_s(self) -> u32 {
        self.interval_s
    }

    /// The least that we take, in seconds.
    pub fn min_s(self) -> u32 {
        self.min_s
    }
}

impl Default for SessionTimer {
    /// 1800 s, and nothing below 90 s.
    fn default() -> SessionTimer {
        SessionTimer::new(1_800, SESSION_INTERVAL_MIN_S)
    }
}

/// When provisional responses are acknowledged by PRACK (RFC 3262).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reliability {
    /// Always: a caller who cannot gets 421, and our own INVITE requires it.
    Require,
    /// With every peer that can.
    WhenSupported,
    /// Never: a caller who requires it gets 420.
    Never,
}

/// Bytes to send, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transmit {
    /// Where to.
    pub path: Path,
    /// One message.
    pub bytes: Vec<u8>,
}

/// A call to make (RFC 3261 section 13.2).
#[derive(Clone, Debug)]
pub struct Invite {
    /// The Request-URI.
    pub target: Uri,
    /// The next hop, already resolved.
    pub path: Path,
    /// From.
    pub from: NameAddr,
    /// To, when it is not the target.
    pub to: Option<NameAddr>,
    /// Preloaded route set, first hop first.
    pub routes: Vec<Uri>,
    /// The offer; without one the peer offers in its 200.
    pub sdp: Option<Vec<u8>>,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
    /// Who we are, for a 401 or 407; also for later requests of the session.
    pub credentials: Option<Credentials>,
}

/// How to refuse a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// 300–699; anything else is sent as 500.
    pub status: u16,
    /// The reason phrase, when the customary one does not do.
    pub reason: Option<String>,
    /// Retry-After, in seconds.
    pub retry_after_s: Option<u32>,
    /// Further header fields, such as Warning or Contact.
    pub headers: Vec<(String, String)>,
}

impl Refusal {
    /// With the customary phrase and nothing else.
    pub fn new(status: u16) -> Refusal {
        Refusal { status, reason: None, retry_after_s: None, headers: Vec::new() }
    }
}

/// A call that came in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming {
    /// Call-ID; bytes that are no UTF-8 become U+FFFD.
    pub call_id: String,
    /// Who calls, as they say.
    pub from: NameAddr,
    /// The From value as sent.
    pub from_raw: Vec<u8>,
    /// Whom they call, as they say.
    pub to: NameAddr,
    /// Where the request was sent.
    pub request_uri: Uri,
    /// P-Asserted-Identity (RFC 3325): to be believed only from a trusted peer.
    pub asserted: Vec<NameAddr>,
    /// Where it came from.
    pub path: Path,
    /// Who its connection has proved to be by TLS; empty without a client certificate.
    pub peer_names: PeerNames,
    /// The offer; `None` when they want ours.
    pub offer: Option<Vec<u8>>,
    /// User-Agent, if it is text.
    pub user_agent: Option<String>,
    /// Who it is, as far as that is proved.
    pub caller: Caller,
    /// What it says about why it came, and what is to be hidden.
    pub origin: Origin,
    /// The session whose place it wants to take (RFC 3891): answer it only if this caller may; the
    /// other one is ended as soon as this one is answered.
    pub replaces: Option<SessionId>,
}

/// Who calls, by proof and not by what they say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Caller {
    /// Nobody has proved anything; the source's address may still say which trunk it is.
    Stranger,
    /// This user, by a right answer to our challenge or by the connection it registered over.
    User(String),
}

/// What a REFER asks for (RFC 3515): call somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Referral {
    /// Whom.
    pub to: NameAddr,
    /// In the place of which dialog, for an attended transfer (RFC 3891).
    pub replaces: Option<Replaces>,
    /// Who asks (Referred-By, RFC 3892), as they say.
    pub by: Option<NameAddr>,
    /// True when whoever asks wants to hear how it goes (RFC 4488).
    pub report: bool,
}

/// How an offer travels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OfferVia {
    /// re-INVITE (RFC 3261 section 14).
    Reinvite,
    /// UPDATE (RFC 3311).
    Update,
    /// PRACK (RFC 3262 section 5), theirs alone: we make no offer in one.
    Prack,
}

/// Who or what ended a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EndedBy {
    /// The peer: BYE, or 481 to a request of ours.
    Peer,
    /// We: `bye`, `refuse`, or a `cancel` that came too late.
    Local,
    /// An ACK, a PRACK, a response or a session refresh that never came.
    TimedOut,
    /// The peer cannot be reached any more.
    TransportError,
}

/// What happened. Each session has exactly one last event, one of those marked *last*.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A call came in: `progress`, `answer` or `refuse` it.
    Incoming {
        /// Its session from now on.
        session: SessionId,
        /// What is known.
        invite: Box<Incoming>,
    },
    /// *Last.* The caller gave up before the answer; 487 and 200 are sent already.
    Cancelled {
        /// Which.
        session: SessionId,
    },
    /// The ACK to our first 200 came; the session is up.
    Established {
        /// Which.
        session: SessionId,
        /// The answer, if the offer was ours and the ACK carried one.
        answer: Option<Vec<u8>>,
    },
    /// A provisional response above 100 to our INVITE. A forked call rings at several places; each
    /// says so, and the SDP of the last one is the early media to listen to.
    Progress {
        /// Which.
        session: SessionId,
        /// 101–199.
        status: u16,
        /// Early media. In a reliable response it is the answer itself; [`Event::Answered`] repeats it.
        sdp: Option<Vec<u8>>,
    },
    /// The 200, or a reliable provisional response, to an INVITE of ours without an offer carries
    /// one: give the answer by `answer`. It travels in the ACK or the PRACK.
    NeedAnswer {
        /// Which.
        session: SessionId,
        /// The peer's offer.
        offer: Vec<u8>,
    },
    /// Our call was answered and the ACK is sent; the session is up.
    Answered {
        /// Which.
        session: SessionId,
        /// The answer of whoever answered first, be it in the 200 or in a provisional response
        /// before; empty after `NeedAnswer`.
        sdp: Vec<u8>,
    },
    /// *Last.* Our call was not answered.
    Failed {
        /// Which.
        session: SessionId,
        /// 300–699.
        status: u16,
        /// The reason phrase.
        reason: String,
        /// Retry-After, in seconds.
        retry_after_s: Option<u32>,
        /// True when no peer said so: 408 for silence, 503 for a path that failed or for our own limit.
        local: bool,
    },
    /// The peer offers anew: `answer_offer` or `refuse_offer`.
    Offer {
        /// Which.
        session: SessionId,
        /// The offer.
        sdp: Vec<u8>,
        /// How it came.
        via: OfferVia,
    },
    /// The peer wants an offer (re-INVITE without one): give it by `answer_offer`.
    OfferWanted {
        /// Which.
        session: SessionId,
    },
    /// The peer asks for a transfer: `accept_refer` and then `notify_refer`, or `refuse_refer`.
    Refer {
        /// Which.
        session: SessionId,
        /// What it asks for.
        refer: Box<Referral>,
    },
    /// The call that we asked the peer for by `refer` goes on.
    ReferProgress {
        /// Which.
        session: SessionId,
        /// 100–199, of that call.
        status: u16,
    },
    /// The transfer that we asked for is over; nothing more is heard of it.
    ReferDone {
        /// Which.
        session: SessionId,
        /// The final status of that call; 202 when the peer took it on and will not tell; else how
        /// it refused the REFER. 408 also when it fell silent, 491 when another REFER is under way.
        status: u16,
    },
    /// The session timer wants a sign of life that an UPDATE cannot give: make the offer that stands
    /// once more, unchanged, by `reinvite` (RFC 4028 section 7.4).
    RefreshWanted {
        /// Which.
        session: SessionId,
    },
    /// Our offer was answered.
    OfferAnswered {
        /// Which.
        session: SessionId,
        /// The answer.
        sdp: Vec<u8>,
    },
    /// Our offer was refused or could not be made; what was agreed before holds.
    OfferFailed {
        /// Which.
        session: SessionId,
        /// The status; 491 also when another offer is under way, 488 when no answer came with a 2xx.
        status: u16,
    },
    /// The peer sent INFO; it is answered already.
    Info {
        /// Which.
        session: SessionId,
        /// Content-Type, without parameters, lower case.
        content_type: String,
        /// The body. It may hold a key: not to be logged.
        body: Vec<u8>,
    },
    /// *Last.* The session is over.
    Ended {
        /// Which.
        session: SessionId,
        /// By whom.
        by: EndedBy,
        /// The peer's Reason (RFC 3326), if it gave one.
        cause: Option<Cause>,
    },
}
