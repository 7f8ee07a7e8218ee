//! Every limit of this room: unit, reason, and what happens when it is reached.

/// Frames a second: telephone sound.
pub const RATE_HZ: u32 = 8_000;
/// Bytes of a frame: two samples of 16 bits, the caller's and ours.
pub const FRAME_BYTES: usize = 4;
/// Bytes of sound in one chunk: two seconds. A crash loses at most these.
pub const CHUNK_BYTES: usize = 64_000;
/// Bytes of the manifest. It must fit where a chunk of sound was: a full disk gives up the last chunk for it.
pub const MANIFEST_BYTES_MAX: usize = CHUNK_BYTES;
/// Masked spans of one recording; at the next one recording stops, and says so.
pub const SPANS_MAX: usize = 256;
/// Characters kept of a reason or a step's name.
pub const WORD_CHARS_MAX: usize = 48;
/// Frames of one recording that are read back: six hours. A longer file is refused.
pub const FRAMES_MAX: u64 = 6 * 3_600 * RATE_HZ as u64;
