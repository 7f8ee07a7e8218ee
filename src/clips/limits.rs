//! Every limit of this room: its unit, its reason, and what happens at it.

/// Samples a second of packs and of everything levelled here: wideband, so that a wideband codec can come.
pub const PACK_RATE_HZ: u32 = 16_000;

/// Speech level aimed at, in dBFS: -18 leaves room for peaks and is what telephone networks expect.
pub const SPEECH_DBFS: f32 = -18.0;

/// No sample passes this, in dBFS; a louder peak is turned down smoothly.
pub const PEAK_DBFS: f32 = -3.0;

/// Seconds in one recording. Longer: refused with a sentence (nobody listens to three minutes of prompt).
pub const RECORDING_SECONDS_MAX: u32 = 180;

/// Seconds in one language's pack. Longer: the pack is refused.
pub const PACK_SECONDS_MAX: u32 = 2 * 3_600;

/// Recordings in one language. More: the rest is left out and noted.
pub const RECORDINGS_MAX: usize = 10_000;

/// Speech quieter than this in a recording, in dBFS, is lifted so far that its noise is heard: noted.
pub const QUIET_DBFS: f32 = -38.0;

/// Share of samples at full scale above which a recording is called too hot (clipped): noted.
pub const HOT_SHARE: f32 = 0.000_5;

/// Milliseconds of silence before each clip in G.722, where no longer pause stands: what is left of the
/// clip before then lies 25 dB below the voice in half of all joins, 13 dB in nine of ten.
pub const G722_SETTLES_MS: u16 = 40;

/// Words a minute that a prompt is spoken with (140–150): what a recording's length is held against.
pub const WORDS_A_MINUTE: u32 = 145;

/// Letters in one clip rendered by a machine. Longer: refused; cut the prompt.
pub const RENDERED_LETTERS_MAX: usize = 2_000;

/// Milliseconds that rendering one clip may take before the command is killed.
pub const RENDERED_TIMEOUT_MS: u64 = 60_000;

/// Letters in one name spoken at run time. Longer: refused; the caller uses the wording without the name.
pub const NAME_LETTERS_MAX: usize = 120;

/// Milliseconds that the names engine may take before it is killed.
pub const NAME_TIMEOUT_MS: u64 = 1_500;

/// Spoken names kept in memory (about 16 kB each). Full: the one unused for longest goes.
pub const NAMES_KEPT_MAX: usize = 512;

/// Seconds of one spoken name. Longer: cut.
pub const NAME_SECONDS_MAX: u32 = 15;
