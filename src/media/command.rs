//! What the control plane tells a media shard, and what the shard tells back: closed enums, no sockets.

use audio::coding::Coding;
use audio::g711::Law;
use ids::{LegId, PlayId};
use keypad::Key;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use audio::answering::{News, Verdict, Who};
pub use rtp::srtp::{MasterKey, Suite};

/// A codec a leg can carry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Codec {
    /// G.711 A-law, RTP clock 8,000 Hz, static payload type 8 (RFC 3551 section 6).
    Pcma,
    /// G.711 µ-law, RTP clock 8,000 Hz, static payload type 0 (RFC 3551 section 6).
    Pcmu,
    /// G.722 at 64 kbit/s: 16,000 samples a second, RTP clock 8,000 Hz all the same (RFC 3551 section
    /// 4.5.2), static payload type 9.
    G722,
    /// Opus with one voice of 8 kHz bandwidth: RTP clock 48,000 Hz whatever it carries (RFC 7587 section 4.1).
    Opus,
}

impl Codec {
    /// All of them.
    pub const ALL: [Codec; 4] = [Codec::Pcma, Codec::Pcmu, Codec::G722, Codec::Opus];

    /// Its encoding name in SDP and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcma => "PCMA",
            Codec::Pcmu => "PCMU",
            Codec::G722 => "G722",
            Codec::Opus => "opus",
        }
    }

    /// The codec of this encoding name, in any case.
    pub fn of_name(name: &str) -> Option<Self> {
        Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// How its sound is written where it is kept, played from, mixed and converted. Opus, whose packets can be
    /// neither cut nor joined, is Opus on the wire alone.
    pub const fn coding(self) -> Coding {
        match self {
            Codec::Pcma => Coding::G711(Law::A),
            Codec::Pcmu => Coding::G711(Law::Mu),
            Codec::G722 | Codec::Opus => Coding::G722,
        }
    }
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

/// The two keys of a protected leg (RFC 4568): both of the same suite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SrtpKeys {
    /// What we protect with.
    pub send: MasterKey,
    /// What the peer protects with.
    pub receive: MasterKey,
}

/// How a leg gets its keys from the peer itself, by a DTLS handshake on its RTP port (RFC 5763, RFC 5764).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meeting {
    /// Where the peer's description says it is. With ICE the checks tell.
    pub remote: SocketAddr,
    /// Names and passwords of connectivity checks, where the peer does ICE.
    pub ice: Option<IceTerms>,
    /// We send the first flight: our side is `a=setup:active` (RFC 4145).
    pub we_begin: bool,
    /// The peer's certificate has one of these (RFC 8122).
    pub fingerprints: Vec<Fingerprint>,
}

/// What connectivity checks are known by (RFC 8445 section 5.3).
#[derive(Clone, PartialEq, Eq)]
pub struct IceTerms {
    /// Our `a=ice-ufrag`.
    pub local_name: String,
    /// Our `a=ice-pwd`.
    pub local_password: String,
    /// The peer's `a=ice-ufrag`.
    pub remote_name: String,
}

impl std::fmt::Debug for IceTerms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} •", self.local_name, self.remote_name)
    }
}

/// A certificate by its digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fingerprint {
    /// Made how.
    pub hash: FingerprintHash,
    /// Bytes in hexadecimal, parted by colons.
    pub digest: String,
}

/// Digests that prove a certificate; older ones (RFC 8122 section 5 names MD5 and SHA-1) prove nothing any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FingerprintHash {
    /// `sha-256`.
    Sha256,
    /// `sha-384`.
    Sha384,
    /// `sha-512`.
    Sha512,
}

/// What becomes of the keys that the peer of a bridged leg presses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BridgedKeys {
    /// They go on to the other leg and are not reported here.
    ToPeer,
    /// They are reported here; the other leg hears nothing of them.
    ToUs,
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
    /// Milliseconds of audio in each packet we send: 10–60; in Opus 10, 20, 40 or 60, others are made less.
    pub ptime_ms: u8,
    /// Which ways audio flows.
    pub direction: Direction,
    /// Keys, where RTP and RTCP are protected; then what is not protected by them is dropped.
    pub srtp: Option<Box<SrtpKeys>>,
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
    /// Encoded sound, 8,000 bytes a second in every codec: `bytes[start..end]`.
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
    /// Before `Start`: answer the peer's connectivity checks and agree on keys with it. The engine does so,
    /// beside the shard, and tells [`Event::Secured`] or [`Event::NotSecured`].
    Meet(LegId, Box<Meeting>),
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
    /// What the peer of `leg` says goes to the leg `to` of the same shard, packet by packet; a bridge is
    /// one of these each way. A play on `to` is heard there instead while it lasts.
    Bridge {
        /// Whose peer is listened to.
        leg: LegId,
        /// Which leg gets it.
        to: LegId,
        /// What becomes of keys.
        keys: BridgedKeys,
    },
    /// What the peer of this leg says stays here again.
    Unbridge(LegId),
    /// The leg takes this seat, or changes to it; what its peer says goes to the room and no longer over a
    /// bridge. A play on the leg is heard there alone, instead of the room, while it lasts.
    Sit {
        /// Who.
        leg: LegId,
        /// Where: a room begins with its first seat and ends with its last.
        room: RoomId,
        /// How.
        seat: Seat,
    },
    /// The leg leaves its room.
    Rise(LegId),
    /// Send keys to the peer (RFC 4733, or nothing when not agreed): 100 ms each, 50 ms apart.
    SendKeys(LegId, keypad::Keys),
    /// Somebody has answered our call: find out whether it is a person or a machine, wanted within this
    /// time, and listen on for a beep. A leg that does so already goes on. `None`: stop listening.
    Detect(LegId, Option<Duration>),
    /// What of the leg goes on tape, both ways, decoded.
    Record(LegId, Taping),
    /// Take the leg to the thread of another one, with its sockets and all that it holds; until
    /// [`Event::Moved`] it is bridged with nobody. The engine does so, beside the shard.
    Move {
        /// Which leg.
        leg: LegId,
        /// To whose thread.
        beside: LegId,
    },
    /// Whether the leg listens.
    Listen(LegId, Listening),
    /// A key the peer sent by SIP INFO; it joins the same de-duplication as all others.
    InfoKey(LegId, Key, u16),
    /// The leg is over: send RTCP BYE, report figures, forget it.
    Close(LegId),
}

/// A conversation of several legs on one shard, numbered by whoever begins it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RoomId(pub u64);

/// What a leg may do in a room; everybody hears all who speak, but itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seat {
    /// Heard by everybody.
    Speaker,
    /// Heard by nobody: a supervisor who listens.
    Listener,
    /// Heard by this leg alone: a supervisor who whispers.
    Whisper(LegId),
}

/// Whether anything that comes for a leg is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listening {
    /// As agreed: so begins every leg.
    Open,
    /// Whatever comes, keys by SIP INFO too, is wiped unread. What plays goes on.
    Deaf,
    /// The same, and nothing leaves either: the engine closes the leg's sockets. Ports that are opened for it
    /// again, an [`Command::Update`] and `Deaf` or `Open` bring it back.
    Away,
}

/// What goes on a leg's tape from now on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taping {
    /// Everything; the tape begins here.
    Begin,
    /// Nothing, under this number; another mask takes its place.
    Mask(u32),
    /// Everything again, a fifth of a second from now.
    Unmask,
    /// The tape ends here.
    End,
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
    /// The answer to `Meet`: the peer is proved to be who its description says.
    Secured {
        /// Which leg.
        leg: LegId,
        /// Where the peer is.
        remote: SocketAddr,
        /// Keys of both ways.
        keys: Box<SrtpKeys>,
    },
    /// The answer to `Meet`: there will be no keys, and so no media.
    NotSecured {
        /// Which leg.
        leg: LegId,
        /// Why, in words.
        why: String,
    },
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
    /// Who has answered: what [`Command::Detect`] asked for.
    Answering {
        /// On which leg.
        leg: LegId,
        /// What was heard.
        news: News,
    },
    /// 30 s without RTP and RTCP.
    Silent(LegId),
    /// Packets came again after `Silent`.
    Heard(LegId),
    /// 60 s without RTP and RTCP (1,800 s on hold): release the call.
    Dead(LegId),
    /// The recorder takes no more: the tape has ended, the leg goes on.
    TapeFull(LegId),
    /// The answer to [`Command::Move`].
    Moved {
        /// Which leg.
        leg: LegId,
        /// It is where it was wanted; else it is where it was.
        done: bool,
    },
    /// The answer to `Close`: figures of the whole leg.
    Closed(LegId, Box<LegStats>),
}

/// How one way of a leg sounded, by the E-model (ITU-T G.107).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Score {
    /// Transmission rating R, 0 to 100; 93 is a line without fault.
    pub r: u8,
    /// The mean opinion that R predicts, in hundredths: 100 to 450.
    pub mos_hundredths: u16,
}

/// Which way of a leg carried nothing although it should have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OneWay {
    /// We sent for 5 s and more, and not one packet came.
    WeHearNothing,
    /// The peer's reports say that it gets nothing of what we send.
    TheyHearNothing,
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
    /// Packets dropped because their SRTP tag did not fit.
    pub forged: u64,
    /// SRTP packets dropped because they were here before.
    pub replayed: u64,
    /// Packets dropped because they were no RTP or of an unknown payload type.
    pub malformed: u64,
    /// Sends that were late by more than one packet time and were dropped.
    pub dropped_late: u64,
    /// Packets that came too late to be played by an ordinary telephone.
    pub late: u64,
    /// In how many runs packets were lost.
    pub loss_runs: u64,
    /// Packets of the peer that is bridged to this leg that came after their turn, where they are
    /// transcoded or re-framed.
    pub came_late: u64,
    /// Highest interarrival jitter seen, in µs (RFC 3550 section 6.4.1).
    pub jitter_us_max: u32,
    /// What the peer last reported as lost, if it reported.
    pub remote_lost: Option<u32>,
    /// Round trip by RTCP, in µs, if known (RFC 3550 section 6.4.1).
    pub round_trip_us: Option<u32>,
    /// Highest jitter that the peer reported of what it got from us, in µs.
    pub remote_jitter_us: Option<u32>,
    /// How what they said sounded here; `None` when nothing came.
    pub heard: Option<Score>,
    /// How what we said sounded there, by their reports; `None` without any.
    pub delivered: Option<Score>,
    /// Sound went one way only.
    pub one_way: Option<OneWay>,
    /// Keys by source: RTP, in-band, INFO.
    pub keys: [u32; 3],
    /// Key anomalies: too short, missing end, duplicate over two sources.
    pub key_anomalies: [u32; 3],
}

impl Command {
    /// Which leg it is for.
    pub fn leg(&self) -> LegId {
        match self {
            Command::Meet(leg, _)
            | Command::Start(leg, _)
            | Command::Update(leg, _)
            | Command::Play { leg, .. }
            | Command::Bridge { leg, .. }
            | Command::Move { leg, .. }
            | Command::Unbridge(leg)
            | Command::Sit { leg, .. }
            | Command::Rise(leg)
            | Command::Stop(leg, _)
            | Command::SendKeys(leg, _)
            | Command::Record(leg, _)
            | Command::Listen(leg, _)
            | Command::Detect(leg, _)
            | Command::InfoKey(leg, _, _)
            | Command::Close(leg) => *leg,
        }
    }
}

impl Event {
    /// Which leg it is about.
    pub fn leg(&self) -> LegId {
        match self {
            Event::Secured { leg, .. }
            | Event::NotSecured { leg, .. }
            | Event::KeyDown { leg, .. }
            | Event::KeyUp { leg, .. }
            | Event::KeyVoid(leg)
            | Event::PlayEnded { leg, .. }
            | Event::Answering { leg, .. }
            | Event::Moved { leg, .. }
            | Event::Silent(leg)
            | Event::Heard(leg)
            | Event::Dead(leg)
            | Event::TapeFull(leg)
            | Event::Closed(leg, _) => *leg,
        }
    }
}
