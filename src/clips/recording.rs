//! A person's recording made into a clip: decoded, resampled, trimmed, levelled, or refused with a sentence.

use crate::decode::{DecodeError, decode};
use crate::level::{active_dbfs, settle, trim};
use crate::limits::{HOT_SHARE, PACK_RATE_HZ, QUIET_DBFS, RECORDING_SECONDS_MAX};
use crate::resample::Resampler;
use std::path::Path;

/// What to tell the person who recorded a clip that is used all the same.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum RecordingNote {
    /// Clipped: this share of its samples stands at full scale.
    TooHot(f32),
    /// So quiet (dBFS) that its noise was lifted with it.
    TooQuiet(f32),
    /// Spoken more than twice as fast as prompts are.
    TooShort {
        /// How long it is.
        ms: u32,
        /// How long these words take.
        expected_ms: u32,
    },
    /// Spoken less than half as fast as prompts are.
    TooLong {
        /// How long it is.
        ms: u32,
        /// How long these words take.
        expected_ms: u32,
    },
}

impl std::fmt::Display for RecordingNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RecordingNote::TooHot(share) => {
                write!(f, "clipped in {:.1} % of it: record again with less gain", share * 100.0)
            }
            RecordingNote::TooQuiet(dbfs) => {
                write!(f, "speech at {dbfs:.0} dBFS: record again, closer or with more gain")
            }
            RecordingNote::TooShort { ms, expected_ms } => write!(
                f,
                "{:.1} s for words that take {:.1} s: are they all there?",
                f64::from(*ms) / 1_000.0,
                f64::from(*expected_ms) / 1_000.0
            ),
            RecordingNote::TooLong { ms, expected_ms } => write!(
                f,
                "{:.1} s for words that take {:.1} s: cut what is not part of the prompt",
                f64::from(*ms) / 1_000.0,
                f64::from(*expected_ms) / 1_000.0
            ),
        }
    }
}

/// Why a recording is not used.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It gives no audio.
    #[error("the recording is refused")]
    Decode(#[from] DecodeError),
    /// Only silence.
    #[error("the recording is silent from end to end: record it again")]
    Silent,
}

/// A recording as a clip: 16 kHz samples, and what to say about it.
pub(crate) struct Recording {
    pub samples: Vec<f32>,
    pub notes: Vec<RecordingNote>,
}

/// Reads and levels one recording.
pub(crate) fn import(path: &Path) -> Result<Recording, RecordingError> {
    let sound = decode(path, RECORDING_SECONDS_MAX)?;
    let wide = Resampler::new(sound.rate_hz, PACK_RATE_HZ).run(&sound.samples);
    let mut samples = trim(&wide).to_vec();
    if samples.is_empty() || active_dbfs(&samples) < -75.0 {
        return Err(RecordingError::Silent);
    }
    let notes = notes(&sound.samples, active_dbfs(&samples));
    settle(&mut samples);
    Ok(Recording { samples, notes })
}

fn notes(raw: &[f32], speech_dbfs: f32) -> Vec<RecordingNote> {
    let full = raw.iter().filter(|s| s.abs() > 0.998).count() as f32 / raw.len().max(1) as f32;
    let hot = (full > HOT_SHARE).then_some(RecordingNote::TooHot(full));
    let quiet = (speech_dbfs < QUIET_DBFS).then_some(RecordingNote::TooQuiet(speech_dbfs));
    hot.into_iter().chain(quiet).collect()
}
