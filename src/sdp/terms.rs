//! The words of an agreement: codecs as data, directions, and what came out.

use crate::crypto::{Protection, Srtp, SuiteCap};
use crate::dtls::Dtls;
use std::net::SocketAddr;

/// A codec we can carry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodecCap {
    /// Its encoding name in `a=rtpmap`, such as `PCMA`; compared without regard to case.
    pub name: &'static str,
    /// RTP clock in Hz.
    pub clock: u32,
    /// As many as its `a=rtpmap` says: 1 where it says nothing.
    pub channels: u8,
    /// Its payload type where RFC 3551 section 6 fixes one.
    pub static_pt: Option<u8>,
    /// Our `a=fmtp` parameters: what we want to receive.
    pub fmtp: Option<&'static str>,
    /// Taken only where nothing else is common, and offered only once it is in use: every other codec
    /// reaches a telephone without being written anew.
    pub last_resort: bool,
}

impl CodecCap {
    /// One of RFC 3551, with its static payload type.
    pub const fn of_telephones(name: &'static str, static_pt: u8) -> Self {
        let static_pt = Some(static_pt);
        Self { name, clock: 8000, channels: 1, static_pt, fmtp: None, last_resort: false }
    }

    /// Opus with one voice up to 8 kHz (RFC 7587): written with the clock and the channels that it always has.
    pub const fn opus() -> Self {
        Self {
            name: "opus",
            clock: 48_000,
            channels: 2,
            static_pt: None,
            fmtp: Some(
                "maxplaybackrate=16000;sprop-maxcapturerate=16000;minptime=10;useinbandfec=1",
            ),
            last_resort: true,
        }
    }
}

/// What our side can do; the same for every session of a trunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// Codecs, the best first.
    pub codecs: Vec<CodecCap>,
    /// Keys as RFC 4733 telephone-events.
    pub telephone_event: bool,
    /// Milliseconds of audio in a packet when the peer has no wish: 10–60.
    pub ptime_ms: u8,
    /// RTP and RTCP on one port (RFC 5761), where the peer offers or accepts it.
    pub rtcp_mux: bool,
    /// Whether audio is protected. Without key material in the session it is as `Off`.
    pub protection: Protection,
    /// Suites for SRTP, the best first; at most four are used.
    pub suites: Vec<SuiteCap>,
}

impl Default for Capabilities {
    fn default() -> Self {
        Capabilities::g711()
    }
}

impl Capabilities {
    /// G.711 A-law, then µ-law, telephone-events, 20 ms, RTCP on its own port.
    pub fn g711() -> Self {
        Self {
            codecs: vec![CodecCap::of_telephones("PCMA", 8), CodecCap::of_telephones("PCMU", 0)],
            telephone_event: true,
            ptime_ms: 20,
            rtcp_mux: false,
            protection: Protection::default(),
            suites: Capabilities::sdes(),
        }
    }

    /// The same, and G.722 behind it for a peer that prefers it (RFC 3551 section 4.5.2: its clock is
    /// written as 8,000 Hz), and Opus for one that has nothing else.
    pub fn telephone() -> Self {
        let mut all = Capabilities::g711();
        all.codecs.extend([CodecCap::of_telephones("G722", 9), CodecCap::opus()]);
        all
    }

    /// The same less one codec, if another is left.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut less = self.clone();
        less.codecs.retain(|codec| codec.name != name);
        if less.codecs.is_empty() { self.clone() } else { less }
    }

    /// The same less what is taken as a last resort, if another codec is left.
    #[must_use]
    pub fn without_last_resort(&self) -> Self {
        let mut less = self.clone();
        less.codecs.retain(|codec| !codec.last_resort);
        if less.codecs.is_empty() { self.clone() } else { less }
    }

    /// The suites that phones and carriers speak (RFC 4568, RFC 7714), the ones to prefer first.
    pub fn sdes() -> Vec<SuiteCap> {
        let suite = |name, key_and_salt_bytes| SuiteCap { name, key_and_salt_bytes };
        vec![
            suite("AEAD_AES_256_GCM", 44),
            suite("AEAD_AES_128_GCM", 28),
            suite("AES_CM_128_HMAC_SHA1_80", 30),
            suite("AES_CM_128_HMAC_SHA1_32", 30),
        ]
    }

    /// The codecs as a list for people: `PCMA/8000, PCMU/8000`.
    pub(crate) fn named(&self) -> String {
        let names: Vec<_> = self.codecs.iter().map(|c| format!("{}/{}", c.name, c.clock)).collect();
        names.join(", ")
    }

    /// The suites as a list for people.
    pub(crate) fn named_suites(&self) -> String {
        let names: Vec<_> = self.suites.iter().map(|suite| suite.name).collect();
        names.join(", ")
    }

    /// Our codec that is this format: same name, clock and channels (RFC 8866 section 6.6).
    pub(crate) fn find(&self, format: &Format) -> Option<&CodecCap> {
        self.codecs.iter().find(|c| {
            c.name.eq_ignore_ascii_case(&format.name)
                && c.clock == format.clock
                && c.channels == format.channels
        })
    }
}

/// One format of an `m=` line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Format {
    /// 0–127.
    pub payload_type: u8,
    /// Encoding name, such as `PCMA`. In [`Negotiated`] it is written as in [`CodecCap`].
    pub name: String,
    /// RTP clock in Hz.
    pub clock: u32,
    /// Audio channels.
    pub channels: u8,
    /// The peer's `a=fmtp` parameters.
    pub fmtp: Option<String>,
}

/// Addresses as the peer shall see them (behind a NAT: the outer ones).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocalMedia {
    /// Where we want RTP.
    pub rtp: SocketAddr,
    /// Where we want RTCP. With rtcp-mux agreed it comes to `rtp` instead.
    pub rtcp: SocketAddr,
}

/// Which ways audio flows, seen from the side that says it (RFC 3264 section 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// This side only sends.
    SendOnly,
    /// This side only receives.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// From whether this side sends and receives.
    pub const fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// True when this side sends.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// True when this side receives.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same flow seen from the other side.
    pub const fn reversed(self) -> Self {
        Direction::of(self.receives(), self.sends())
    }

    /// What both allow.
    pub const fn and(self, other: Self) -> Self {
        Direction::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// Its attribute name.
    pub const fn attribute(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// From its attribute name, in any case.
    pub(crate) fn from_attribute(name: &str) -> Option<Self> {
        use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
        [SendRecv, SendOnly, RecvOnly, Inactive]
            .into_iter()
            .find(|d| d.attribute().eq_ignore_ascii_case(name))
    }
}

/// What one completed offer/answer agreed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Negotiated {
    /// Where the peer wants RTP. Unspecified (`0.0.0.0`, `::`) only when the peer's first description
    /// was already an old-style hold; nothing may be sent there.
    pub remote_rtp: SocketAddr,
    /// Where the peer wants RTCP: `a=rtcp` (RFC 3605), `remote_rtp` with rtcp-mux (RFC 5761 section
    /// 5.1.1), else the next port (RFC 3550 section 11).
    pub remote_rtcp: SocketAddr,
    /// RTP and RTCP share one port on both sides.
    pub rtcp_mux: bool,
    /// The codec both ways, with the payload type to send with.
    pub codec: Format,
    /// The payload type in which the codec comes to us; differs from `codec.payload_type` only when
    /// an answerer renumbered (RFC 3264 section 5.1 allows it, section 6.1 advises against).
    pub codec_received_as: u8,
    /// Payload type to send with, and clock in Hz, of telephone-events; `None` when not agreed.
    pub telephone_event: Option<(u8, u32)>,
    /// The payload type in which telephone-events come to us.
    pub telephone_event_received_as: Option<u8>,
    /// Milliseconds of audio in each packet we send: 10–60 in tens.
    pub ptime_ms: u8,
    /// Which ways audio flows, seen from us.
    pub direction: Direction,
    /// Keys, where the audio is protected.
    pub srtp: Option<Srtp>,
    /// How keys are to be agreed, where that is done by DTLS; then nothing may be sent before.
    pub dtls: Option<Dtls>,
    /// The peer does not want to hear us: on hold.
    pub held: bool,
}
