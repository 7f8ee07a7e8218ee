//! Every limit of this room: unit, reason, and what the peer is told.

/// Bytes of one description. A browser's offer with video is 8 kB. Beyond: 413.
pub const BODY_BYTES_MAX: usize = 32 * 1024;
/// `m=` lines of one description. A browser's conference offer has a dozen. Beyond: 413.
pub const MEDIA_LINES_MAX: usize = 32;
/// Formats looked at on one `m=` line: payload types are 7 bits. The rest is not looked at.
pub const FORMATS_MAX: usize = 128;
/// Codecs of the peer that are named in a refusal; the rest is left out.
pub const CODECS_NAMED_MAX: usize = 8;
/// Characters of a codec's or host's name repeated in a refusal; the rest is cut.
pub const NAME_CHARS_MAX: usize = 64;
/// Milliseconds of audio in one packet: shorter wastes the wire, longer delays a key. Clamped.
pub const PTIME_MS: std::ops::RangeInclusive<u32> = 10..=60;
