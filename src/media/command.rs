//! What the control plane tells a media shard, and what the shard tells back: closed enums, no sockets.

use ids::{LegId, PlayId};
use keypad::Key;
use std::net::SocketAddr;
use std::sync::Arc;

/// A codec a leg can carry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Codec {
    /// G.711 A-law, RTP clock 8,000 Hz, static payload type 8 (RFC 3551 section 6).
    Pcma,
    /// G.711 µ-law, RTP clock 8,000 Hz, static payload type 0 (RFC 3551 section 6).
    Pcmu,
}

/// Which ways audio flows, seen from us (RFC 3264 section 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// We only send.
    SendOnly,
    /// We only receive.
    RecvOnly,
    /// Neither way: on hold.
    Inactive,
}

/// What offer and answer agreed for one leg's audio.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LegParams {
    /// Where the peer said it wants RTP; symmetric RTP may replace it after the first packet.
    pub remote_rtp: SocketAddr,
    /// Where the peer wants RTCP (RFC 3605, else RTP port + 1; equal to `remote_rtp` with rtcp-mux).
    pub remote_rtcp: SocketAddr,
    /// The codec both ways.
    pub codec: Codec,
    /// Its payload type as agreed.
    pub payload_type: u8,
    /// Payload type and clock rate (Hz) of telephone-event, if agreed (RFC 4733).
    pub telephone_event: Option<(u8, u32)>,
    /// Payload types of the codec and of telephone-event as the peer sends them, where its answer to
    /// our offer gave other numbers for the way back (RFC 3264 section 6.1); `None`: the same.
    pub received_as: Option<(u8, Option<u8>)>,
    /// Listen for in-band tones although telephone-event was agreed (trunk setting `inband = "always"`).
    pub inband_always: bool,
    /// Milliseconds of audio in each packet we send: 10–60.
    pub ptime_ms: u8,
    /// Which ways audio flows.
    pub direction: Direction,
    /// Our RTCP CNAME (RFC 7022), shared by all legs of a call's endpoint.
    pub cname: Arc<str>,
}

/// One thing to play: parts joined sample by sample.
#[derive(Clone, Debug)]
pub struct Playlist {
    /// The parts in order.
    pub parts: Vec<Part>,
}

/// One part of a playlist, already encoded in the leg's codec and shared by all legs.
#[derive(Clone, Debug)]
pub enum Part {
    /// Encoded samples (G.711: one byte each, 8,000 a second): `bytes[start..end]`.
    Audio {
        /// The shared encoded bytes.
        bytes: Arc<[u8]>,
        /// First byte.
        start: u32,
        /// One past the last byte.
        end: u32,
    },
    /// Silence of this many milliseconds.
    Silence(u16),
}

/// What a shard is told. A command for a leg that is gone is dropped without a word.
#[derive(Debug)]
pub enum Command {
    /// The leg's sockets are in place: begin with these parameters.
    Start(LegId, Box<LegParams>),
    /// A later offer/answer changed something; a changed remote address frees the source lock.
    Update(LegId, Box<LegParams>),
    /// Replace whatever plays by this, at once.
    Play {
        /// On which leg.
        leg: LegId,
        /// Named in [`Event::PlayEnded`].
        play: PlayId,
        /// What.
        list: Arc<Playlist>,
        /// The first packet of any key stops it.
        barge_in: bool,
        /// Start again from the beginning when it ends (hold music).
        repeat: bool,
    },
    /// Stop this play if it still runs; it then ends with `completed: false`.
    Stop(LegId, PlayId),
    /// Send keys to the peer (RFC 4733, or nothing when not agreed): 100 ms each, 50 ms apart.
    SendKeys(LegId, keypad::Keys),
    /// Start or stop handing the decoded audio both ways to the recorder of the leg.
    Record(LegId, bool),
    /// A key the peer sent by SIP INFO; it joins the same de-duplication as all others.
    InfoKey(LegId, Key, u16),
    /// The leg is over: send RTCP BYE, report figures, forget it.
    Close(LegId),
}

/// Where a key came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// RFC 4733 telephone-event.
    Rtp,
    /// Tones in the audio.
    Inband,
    /// SIP INFO.
    Info,
}

/// What a shard reports.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A key began: barge in now. Followed by `KeyUp` or `KeyVoid`.
    KeyDown {
        /// On which leg.
        leg: LegId,
        /// The play that the key stopped, if one was stopped.
        stopped: Option<PlayId>,
    },
    /// The key ended and counts (≥ 40 ms).
    KeyUp {
        /// On which leg.
        leg: LegId,
        /// Which key.
        key: Key,
        /// How long it was held, in ms.
        held_ms: u16,
        /// How it arrived.
        source: KeySource,
    },
    /// The key was too short: as if it never was; a play it stopped should start again.
    KeyVoid(LegId),
    /// A play is over. Sent when its last packet has left.
    PlayEnded {
        /// On which leg.
        leg: LegId,
        /// Which play.
        play: PlayId,
        /// False when it was stopped or replaced.
        completed: bool,
    },
    /// 30 s without RTP and RTCP.
    Silent(LegId),
    /// Packets came again after `Silent`.
    Heard(LegId),
    /// 60 s without RTP and RTCP (1,800 s on hold): release the call.
    Dead(LegId),
    /// The answer to `Close`: figures of the whole leg.
    Closed(LegId, Box<LegStats>),
}

/// Figures of one leg, for the call record.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LegStats {
    /// RTP packets sent.
    pub sent: u64,
    /// RTP packets received and accepted.
    pub received: u64,
    /// Packets lost on the way to us (RFC 3550 appendix A.3).
    pub lost: u64,
    /// Packets that came out of order.
    pub reordered: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// Packets dropped because they came from a wrong source.
    pub wrong_source: u64,
    /// Packets dropped because they were no RTP or of an unknown payload type.
    pub malformed: u64,
    /// Sends that were late by more than one packet time and were dropped.
    pub dropped_late: u64,
    /// Highest interarrival jitter seen, in µs (RFC 3550 section 6.4.1).
    pub jitter_us_max: u32,
    /// What the peer last reported as lost, if it reported.
    pub remote_lost: Option<u32>,
    /// Round trip by RTCP, in µs, if known (RFC 3550 section 6.4.1).
    pub round_trip_us: Option<u32>,
    /// Keys by source: RTP, in-band, INFO.
    pub keys: [u32; 3],
    /// Key anomalies: too short, missing end, duplicate over two sources.
    pub key_anomalies: [u32; 3],
}

impl Command {
    /// Which leg it is for.
    pub fn leg(&self) -> LegId {
        match self {
            Command::Start(leg, _)
            | Command::Update(leg, _)
            | Command::Play { leg, .. }
            | Command::Stop(leg, _)
            | Command::SendKeys(leg, _)
            | Command::Record(leg, _)
            | Command::InfoKey(leg, _, _)
            | Command::Close(leg) => *leg,
        }
    }
}

impl Event {
    /// Which leg it is about.
    pub fn leg(&self) -> LegId {
        match self {
            Event::KeyDown { leg, .. }
            | Event::KeyUp { leg, .. }
            | Event::KeyVoid(leg)
            | Event::PlayEnded { leg, .. }
            | Event::Silent(leg)
            | Event::Heard(leg)
            | Event::Dead(leg)
            | Event::Closed(leg, _) => *leg,
        }
    }
}
