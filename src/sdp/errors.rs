//! Why a description could not be used, and which SIP status says so.

use std::net::IpAddr;

/// A body that is no usable session description.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("the session description is empty; send at least v=, c= and one m= line")]
    Empty,
    /// Not SDP, or a broken line. Holds which line and what about it.
    #[error("the session description is malformed: {0}")]
    Malformed(String),
    /// An audio line without any `c=` (RFC 8866 section 5.7).
    #[error("m= line {0} has no c= line and the session has none either; add one")]
    NoConnection(usize),
    /// Over a limit.
    #[error(
        "the session description is too large; at most {bytes} bytes and {lines} m= lines are read"
    )]
    TooLarge {
        /// Most bytes.
        bytes: usize,
        /// Most `m=` lines.
        lines: usize,
    },
}

/// A readable description with no audio that we can carry.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MediaError {
    /// No `m=audio` line that is open.
    #[error("no audio stream is offered; this is a telephone: offer m=audio with a port")]
    NoAudio,
    /// Audio in other codecs than ours.
    #[error("no common codec: theirs are {theirs}; ours are {ours}")]
    NoCommonCodec {
        /// The peer's, shortened.
        theirs: String,
        /// Ours.
        ours: String,
    },
    /// Audio over another profile than plain RTP.
    #[error("the media profile {0} is not spoken here; offer RTP/AVP or RTP/SAVP")]
    Transport(String),
    /// RTP/SAVP without a key line that we can keep (RFC 4568 section 6).
    #[error("no common crypto suite; ours are {0}, one inline key each, without MKI")]
    NoCommonSuite(String),
    /// Plain RTP where our side requires protection.
    #[error("audio must be protected on this line; offer RTP/SAVP with a=crypto")]
    PlainRefused,
    /// DTLS without a certificate to expect (RFC 5763 section 5).
    #[error("no usable fingerprint; send a=fingerprint with sha-256, sha-384 or sha-512")]
    NoFingerprint,
    /// DTLS on one port alone (RFC 5761).
    #[error("DTLS-SRTP is spoken here with RTCP on the same port alone; offer a=rtcp-mux")]
    NoMux,
    /// Another certificate, other ICE names or other roles than agreed.
    #[error("a new DTLS association or an ICE restart is not taken within a call; call anew")]
    NewAssociation,
    /// A name where we need an address.
    #[error("the media address {0} is a host name; send an IP address in c=")]
    Hostname(String),
    /// An IPv4 address for our IPv6 socket, or the other way.
    #[error("the media address {0} is of the other IP version than this call's media")]
    OtherIpVersion(IpAddr),
    /// A multicast address.
    #[error("the media address {0} is multicast; send a unicast address")]
    Multicast(IpAddr),
}

/// Why an offer gets no answer. The session stays as it was.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OfferError {
    /// Could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// Could not be accepted.
    #[error(transparent)]
    NotAcceptable(#[from] MediaError),
    /// Both sides offer at once (RFC 3264 section 4).
    #[error("an offer of ours is still unanswered; answer it first")]
    Glare,
}

impl OfferError {
    /// The SIP status that refuses the request (RFC 3261 sections 13.3.1.3, 14.2, 21.4).
    pub const fn status(&self) -> u16 {
        match self {
            OfferError::Unreadable(ReadError::TooLarge { .. }) => 413,
            OfferError::Unreadable(_) => 400,
            OfferError::NotAcceptable(_) => 488,
            OfferError::Glare => 491,
        }
    }

    /// Code of the `Warning` header that goes with a 488 (RFC 3261 section 20.43); its text is the
    /// error's `Display`, which holds no quote and no line break.
    pub const fn warning(&self) -> Option<u16> {
        match self {
            OfferError::NotAcceptable(refusal) => Some(refusal.warning()),
            OfferError::Unreadable(_) | OfferError::Glare => None,
        }
    }
}

impl MediaError {
    /// Warn-code of RFC 3261 section 20.43.
    pub const fn warning(&self) -> u16 {
        match self {
            MediaError::NoAudio => 304,
            MediaError::NoCommonCodec { .. } => 305,
            MediaError::Transport(_)
            | MediaError::NoCommonSuite(_)
            | MediaError::PlainRefused
            | MediaError::NoFingerprint
            | MediaError::NoMux
            | MediaError::NewAssociation => 302,
            MediaError::Hostname(_) | MediaError::OtherIpVersion(_) => 301,
            MediaError::Multicast(_) => 330,
        }
    }
}

/// Why an answer to our offer cannot be used: the call should be ended with BYE.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AnswerError {
    /// Could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// Audio that we did not offer.
    #[error(transparent)]
    NotAcceptable(#[from] MediaError),
    /// The peer refused the audio stream (port 0, RFC 3264 section 6).
    #[error("the peer refused the audio stream")]
    Refused,
    /// Not one `m=` line for each of ours (RFC 3264 section 6).
    #[error("the answer has {answered} m= lines, the offer had {offered}")]
    LineCount {
        /// In our offer.
        offered: usize,
        /// In the answer.
        answered: usize,
    },
    /// No offer is waiting for an answer.
    #[error("an answer came although no offer of ours is waiting for one")]
    NoOffer,
}
