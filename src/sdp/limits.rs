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
/// `a=crypto` lines looked at in one stream; an offer of every suite there is has 8. The rest is not read.
pub const CRYPTO_LINES_MAX: usize = 16;
/// `a=fingerprint` lines that are kept: one for each hash there is. The rest is not read.
pub const FINGERPRINTS_MAX: usize = 4;
/// Characters of the longest fingerprint: SHA-512. Longer ones are not read.
pub const FINGERPRINT_CHARS_MAX: usize = 3 * 64 - 1;
/// Characters of an ICE name or password (RFC 8839 section 5.4). Longer ones are not read.
pub const ICE_CHARS_MAX: usize = 256;
/// Suites that our side may list: each needs its own piece of random bytes.
pub const SUITES_MAX: usize = 4;
/// Bytes of the longest master key with its salt: AES-256 in counter mode (RFC 6188).
pub const KEY_AND_SALT_BYTES_MAX: usize = 46;
/// Milliseconds of audio in one packet: shorter wastes the wire, longer delays a key. Clamped.
pub const PTIME_MS: std::ops::RangeInclusive<u32> = 10..=60;
