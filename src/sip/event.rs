//! What the exchange says to the stack and hears from it.

use crate::header::Cause;
use crate::limits::Limits;
use crate::name_addr::NameAddr;
use crate::path::Path;
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
    /// The address in Contact and Via instead of the local one, when we stand behind a static NAT.
    pub advertised: Option<IpAddr>,
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
            advertised: None,
        }
    }
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
    /// The offer; `None` when they want ours.
    pub offer: Option<Vec<u8>>,
    /// User-Agent, if it is text.
    pub user_agent: Option<String>,
}

/// How an offer travels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OfferVia {
    /// re-INVITE (RFC 3261 section 14).
    Reinvite,
    /// UPDATE (RFC 3311).
    Update,
}

/// Who or what ended a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EndedBy {
    /// The peer: BYE, or 481 to a request of ours.
    Peer,
    /// We: `bye`, `refuse`, or a `cancel` that came too late.
    Local,
    /// An ACK or a response that never came.
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
    /// A provisional response above 100 to our INVITE.
    Progress {
        /// Which.
        session: SessionId,
        /// 101–199.
        status: u16,
        /// Early media.
        sdp: Option<Vec<u8>>,
    },
    /// The 200 to an INVITE of ours without an offer carries one: give the answer by `answer`.
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
        /// The answer; empty when it stood in a provisional response only, or after `NeedAnswer`.
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
