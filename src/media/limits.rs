//! Every limit of this room: unit, reason, and what happens when it is reached.

use std::time::Duration;

/// Largest packet we build: RTP header and 60 ms of G.711, or a compound RTCP packet. A longer ptime is
/// cut to 60 ms.
pub const PACKET_BYTES_MAX: usize = 512;
/// Packet times we send, in ms; an agreed value outside is moved to the nearer end.
pub const PTIME_MS: std::ops::RangeInclusive<u8> = 10..=60;

/// Legs in one shard; the next `Start` is dropped and counted (the engine refuses it earlier).
pub const LEGS_MAX: usize = 8_192;
/// Events that wait for the control plane; when full, further ones are dropped and counted.
pub const EVENTS_MAX: usize = 16_384;

/// How much earlier than due a packet may leave so that one wake-up serves several legs: half of the
/// 0.2 ms that spacing may be off.
pub const TURN_SLACK: Duration = Duration::from_micros(100);

/// Packets on end from one strange address (another IP than the SDP named) before it is believed.
pub const STRANGER_PACKETS: u8 = 3;
/// Without a packet from the locked source for so long, another may take its place.
pub const LOCK_LOOSENS: Duration = Duration::from_secs(1);

/// Keys from two sources within this are one key.
pub const KEY_MERGE: Duration = Duration::from_millis(120);
/// A key told by SIP INFO with a shorter duration than this (ms) never was; 0 means unknown and counts.
pub const INFO_KEY_MS_MIN: u16 = 40;
/// In-band tones end when the audio stops for so long.
pub const INBAND_ENDS: Duration = Duration::from_millis(150);

/// Without RTP and RTCP for so long the leg is flagged.
pub const SILENT_AFTER: Duration = Duration::from_secs(30);
/// And for so long it is dead.
pub const DEAD_AFTER: Duration = Duration::from_secs(60);
/// On hold a leg is dead only after half an hour.
pub const DEAD_ON_HOLD_AFTER: Duration = Duration::from_secs(1_800);
