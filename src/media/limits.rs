//! Every limit of this room: unit, reason, and what happens when it is reached.

use std::time::Duration;

/// Largest packet we send: one Ethernet frame. Of our own we build at most 60 ms of G.711 or a compound
/// RTCP packet; a bridged packet that is larger is dropped and counted as malformed.
pub const PACKET_BYTES_MAX: usize = 1_472;
/// Packet times we send, in ms; an agreed value outside is moved to the nearer end.
pub const PTIME_MS: std::ops::RangeInclusive<u8> = 10..=60;

/// Legs in one shard; the next `Start` is dropped and counted (the engine refuses it earlier).
pub const LEGS_MAX: usize = 8_192;
/// Events that wait for the control plane; when full, further ones are dropped and counted.
pub const EVENTS_MAX: usize = 16_384;

/// How much earlier than due a packet may leave so that one wake-up serves several legs: half of the
/// 0.2 ms that spacing may be off.
pub const TURN_SLACK: Duration = Duration::from_micros(100);

/// Prompts leave on whole ms, so that one wake-up serves all that are due in it. A prompt begins when it is asked
/// for, and moves there by [`GLIDE`] a packet: nobody's spacing is off by more.
pub const SEND_GRID: Duration = Duration::from_millis(1);
/// How far a packet may leave from its 20 ms for that: half of the 0.2 ms that spacing may be off.
pub const GLIDE: Duration = Duration::from_micros(100);

/// Packets on end from one strange address (another IP than the SDP named) before it is believed.
pub const STRANGER_PACKETS: u8 = 3;
/// Without a packet from the locked source for so long, another may take its place.
pub const LOCK_LOOSENS: Duration = Duration::from_secs(1);

/// The play-out buffer of an ordinary telephone: what comes later than this after the fastest packets is
/// counted as late.
pub const PLAYOUT: Duration = Duration::from_millis(60);
/// How long the fastest packet is remembered for that: one to two times this.
pub const PLAYOUT_WINDOW: Duration = Duration::from_secs(10);
/// Packets sent (5 s) before a leg that hears nothing is called one-way.
pub const ONE_WAY_PACKETS: u64 = 250;
/// Packets sent between two reports of the peer (2 s) so that the second must speak of them.
pub const ONE_WAY_REPORT_PACKETS: u64 = 100;
/// Reports on end that know nothing of them: the peer does not hear us.
pub const ONE_WAY_REPORTS: u32 = 2;

/// Frames (1/8,000 s) handed to the recorder at once: 0.2 s.
pub const TAPE_BLOCK_FRAMES: usize = 1_600;
/// How far behind the clock they are handed over, so that late packets find their place: 0.2 s. What is
/// later is left out.
pub const TAPE_LAG_FRAMES: u64 = 1_600;
/// What a tape holds: the lag, a block, and as much again for a thread that was held up. 26 kB a recorded leg.
pub const TAPE_WINDOW_FRAMES: usize = 6_400;
/// A mask lasts so much longer than it was ordered: the audio of a key may come behind its event.
pub const TAPE_MASK_TAIL: Duration = Duration::from_millis(200);

/// What a room of several legs is summed in: 20 ms.
pub const MIX_PERIOD: Duration = Duration::from_millis(20);
/// Samples of that.
pub const MIX_FRAME: usize = 160;
/// Legs in one room; the next `Sit` is refused and counted. A conversation of four has room twice over.
pub const ROOM_SEATS_MAX: usize = 8;
/// Samples that a source may be ahead of the mix, 0.2 s; one that is further begins anew.
pub const MIX_RING_SAMPLES: usize = 1_600;
/// Samples that a source is put ahead at first, 40 ms: so late may its packets come.
pub const MIX_AHEAD_SAMPLES: usize = 320;
/// Frames made up where packets are missing; then silence.
pub const MIX_CONCEAL_FRAMES: u32 = 3;

/// Keys from two sources within this are one key.
pub const KEY_MERGE: Duration = Duration::from_millis(120);
/// A key told by SIP INFO with a shorter duration than this (ms) never was; 0 means unknown and counts.
pub const INFO_KEY_MS_MIN: u16 = 40;
/// In-band tones end when the audio stops for so long.
pub const INBAND_ENDS: Duration = Duration::from_millis(150);

/// Without a packet for so long the peer is silent, for whoever listens to it: six packets of 20 ms.
pub const DETECT_GAP: Duration = Duration::from_millis(120);
/// Silence told at once; the thread was held up if it is more, and nobody knows what was said.
pub const DETECTED_SILENCE: Duration = Duration::from_millis(400);

/// Without RTP and RTCP for so long the leg is flagged.
pub const SILENT_AFTER: Duration = Duration::from_secs(30);
/// And for so long it is dead.
pub const DEAD_AFTER: Duration = Duration::from_secs(60);
/// On hold a leg is dead only after half an hour.
pub const DEAD_ON_HOLD_AFTER: Duration = Duration::from_secs(1_800);

/// How long sound waits for its turn where it is decoded, in ms: from one packet to what people notice in a
/// talk. What would need more comes too late and is concealed.
pub const PLAYOUT_DELAY_MS: std::ops::RangeInclusive<u32> = 20..=200;
/// That delay shrinks by 10 ms in silence, and not more often than this: 5 % of the time.
pub const PLAYOUT_SHRINK_EVERY: Duration = Duration::from_millis(200);

/// Bytes of what one packet of Opus becomes: 120 ms, and 60 ms of the packet before that it tells of.
pub const OPUS_HEARD_BYTES_MAX: usize = 1_440;
/// Packets of Opus lost on end that its decoder goes on over; a longer gap is a pause.
pub const OPUS_LOST_MAX: u16 = 5;
