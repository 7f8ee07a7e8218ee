//! Every limit of this room: unit, reason, and what the peer is told.

/// Bytes of the RTP header that we write: no CSRC, no extension (RFC 3550 section 5.1).
pub const HEADER_BYTES: usize = 12;
/// Largest compound RTCP packet we write, in bytes; a CNAME is cut to fit. The peer never sees more.
pub const RTCP_BYTES_MAX: usize = 400;
/// Bytes of a CNAME that are sent (RFC 3550 section 6.5: one length byte; we stay under it).
pub const CNAME_BYTES_MAX: usize = 200;
/// Packets looked at in one compound RTCP packet; the rest is not read. Bounds a turn.
pub const RTCP_PACKETS_MAX: usize = 32;

/// Forward jump in sequence numbers that is still loss (RFC 3550 appendix A.1).
pub const DROPOUT_MAX: u16 = 3_000;
/// Backward jump that is still reordering (RFC 3550 appendix A.1).
pub const MISORDER_MAX: u16 = 100;

/// A key shorter than this never was (µs): Q.24 lets a receiver refuse under 40 ms.
pub const KEY_US_MIN: u64 = 40_000;
/// A key whose end never came ends so long after its last packet (µs).
pub const KEY_END_MISSING_US: u64 = 150_000;
/// How far back (in event clock ticks, 10 s at 8 kHz) a late packet of an older key is recognised.
pub const KEY_STALE_TICKS: u32 = 80_000;
/// How many whole segments of 0xFFFF ticks may be lost within one long key (RFC 4733 2.5.1.3).
pub const KEY_SEGMENTS_LOST_MAX: u32 = 4;

/// Between updates of a key that we send (µs).
pub const KEY_UPDATE_US: u64 = 20_000;
/// How long a key that we send sounds (µs).
pub const KEY_TONE_US: u64 = 100_000;
/// Pause after it (µs).
pub const KEY_GAP_US: u64 = 50_000;
/// How often its end is sent (RFC 4733 section 2.5.1.4).
pub const KEY_END_PACKETS: u32 = 3;
/// Keys waiting to be sent; one more is refused to whoever asked.
pub const KEYS_WAITING_MAX: usize = 64;

/// Mean time between RTCP reports before randomising (µs; RFC 3550 section 6.2).
pub const REPORT_INTERVAL_US: u64 = 5_000_000;

/// SSRCs of one peer whose roll-over counters are kept; a further one that proves the key takes the
/// oldest one's place.
pub const SRTP_SOURCES_MAX: usize = 4;
