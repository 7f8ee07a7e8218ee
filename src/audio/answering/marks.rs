//! The thresholds. Not chosen by hand: `tune_answering` tries many on the tuning part of the corpus.

/// What decides between a person and a machine.
#[derive(Clone, PartialEq, Debug)]
pub struct Marks {
    /// A voice is so many dB over the line's noise.
    pub over_noise_db: f32,
    /// A voice is so much like itself a pitch period ago (0 to 1).
    pub voicing: f32,
    /// Steps of 10 ms like a voice, of the last 80 ms, with which speech begins.
    pub voiced_steps: u32,
    /// And no more than so many dB under the loudest moment of its utterance.
    pub under_peak_db: f32,
    /// A first utterance up to this length, in ms, is a short one: "hello?".
    pub short_ms: u32,
    /// After a short one so much silence, in ms, means that an answer is expected.
    pub short_pause_ms: u32,
    /// After a longer one so much.
    pub long_pause_ms: u32,
    /// A first utterance longer than this, in ms, is a machine's.
    pub machine_ms: u32,
    /// But only where the voice stands so many dB over the noise: a room full of people never pauses.
    pub machine_contrast_db: f32,
    /// How sure each kind of verdict is, in percent.
    pub sure: Sure,
}

/// How often each kind of verdict was right, in percent, with as many people as machines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sure {
    /// A short utterance, then silence.
    pub short: u8,
    /// A longer one, then silence.
    pub long: u8,
    /// Speech that does not stop.
    pub talk: u8,
    /// A beep.
    pub beep: u8,
}

/// The thresholds in use: found by `cargo run --release -p acceptance --example tune_answering`.
pub const MARKS: Marks = Marks {
    over_noise_db: 11.0,
    voicing: 0.45,
    voiced_steps: 2,
    under_peak_db: 8.0,
    short_ms: 590,
    short_pause_ms: 200,
    long_pause_ms: 410,
    machine_ms: 1_700,
    machine_contrast_db: 19.0,
    sure: Sure { short: 61, long: 79, talk: 99, beep: 99 },
};
