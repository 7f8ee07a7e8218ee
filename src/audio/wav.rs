//! WAV files, one or two channels: recordings, listening checks, imported speech.

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use std::path::Path;

/// The longest file that is read into memory: four hours of telephone stereo; longer is refused.
pub const SAMPLES_MAX: u32 = 4 * 3_600 * 8_000 * 2;

/// A whole file: `channels[c][n]` is sample n of channel c.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sound {
    /// Samples a second.
    pub rate_hz: u32,
    /// One (mono) or two (left, right) channels of equal length.
    pub channels: Vec<Vec<i16>>,
}

/// Why a WAV file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is missing or is no WAV that is understood.
    #[error("this is not a WAV file that can be read; save it as 16-bit PCM")]
    Wav(#[source] hound::Error),
    /// Neither mono nor stereo.
    #[error("the file has {0} channels; save it with one or two")]
    Channels(u16),
    /// No samples at all.
    #[error("the file holds no sound; record it again")]
    Empty,
    /// Over [`SAMPLES_MAX`].
    #[error("the file holds {0} samples, more than {SAMPLES_MAX}; cut it into shorter files")]
    TooLong(u32),
}

/// Why a WAV file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk said no.
    #[error("the WAV file could not be written; check the path and the free space")]
    Wav(#[source] hound::Error),
    /// Zero or more than two channels, or of different lengths.
    #[error("a WAV file takes one or two channels of equal length")]
    Channels,
}

/// Reads a file of 8- to 32-bit integers or 32-bit floats as 16-bit samples.
///
/// # Errors
/// [`ReadError`], each with what to do.
pub fn read(path: &Path) -> Result<Sound, ReadError> {
    let mut reader = WavReader::open(path).map_err(ReadError::Wav)?;
    let spec = reader.spec();
    if !(1..=2).contains(&spec.channels) {
        return Err(ReadError::Channels(spec.channels));
    }
    match reader.len() {
        0 => return Err(ReadError::Empty),
        many if many > SAMPLES_MAX => return Err(ReadError::TooLong(many)),
        _ => {}
    }
    let samples = interleaved(&mut reader, spec).map_err(ReadError::Wav)?;
    let width = usize::from(spec.channels);
    let channel = |c| samples.iter().skip(c).step_by(width).copied().collect();
    Ok(Sound { rate_hz: spec.sample_rate, channels: (0..width).map(channel).collect() })
}

/// Writes one or two channels as 16-bit PCM.
///
/// # Errors
/// [`WriteError`], each with what to do.
pub fn write(path: &Path, rate_hz: u32, channels: &[&[i16]]) -> Result<(), WriteError> {
    let length = channels.first().map_or(0, |c| c.len());
    let odd = channels.iter().any(|c| c.len() != length);
    if odd || !(1..=2).contains(&channels.len()) {
        return Err(WriteError::Channels);
    }
    let width = channels.len() as u16;
    write_interleaved(path, spec(rate_hz, width), channels, length).map_err(WriteError::Wav)
}

fn spec(sample_rate: u32, channels: u16) -> WavSpec {
    WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int }
}

fn write_interleaved(
    path: &Path,
    spec: WavSpec,
    channels: &[&[i16]],
    length: usize,
) -> Result<(), hound::Error> {
    let mut writer = WavWriter::create(path, spec)?;
    for n in 0..length {
        for channel in channels {
            writer.write_sample(channel[n])?;
        }
    }
    writer.finalize()
}

fn interleaved<R: std::io::Read>(
    reader: &mut WavReader<R>,
    spec: WavSpec,
) -> Result<Vec<i16>, hound::Error> {
    match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Float, _) => {
            let scaled = |v: f32| (v * 32_768.0).clamp(-32_768.0, 32_767.0) as i16;
            reader.samples::<f32>().map(|s| s.map(scaled)).collect()
        }
        (SampleFormat::Int, bits @ 0..=16) => {
            reader.samples::<i32>().map(|s| s.map(|v| (v << (16 - bits)) as i16)).collect()
        }
        (SampleFormat::Int, bits) => {
            reader.samples::<i32>().map(|s| s.map(|v| (v >> (bits - 16)) as i16)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("parley-audio-{}-{name}.wav", std::process::id()))
    }

    #[test]
    fn stereo_comes_back_as_it_was_written() {
        let path = file("stereo");
        write(&path, 8_000, &[&[1, 2, 3], &[-1, -2, -3]]).unwrap();
        let sound = read(&path).unwrap();
        assert_eq!(sound.rate_hz, 8_000);
        assert_eq!(sound.channels, [vec![1, 2, 3], vec![-1, -2, -3]]);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn an_empty_file_and_no_file_are_refused_with_a_sentence() {
        let path = file("empty");
        write(&path, 8_000, &[&[]]).unwrap();
        assert_eq!(
            read(&path).unwrap_err().to_string(),
            "the file holds no sound; record it again"
        );
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(read(&path), Err(ReadError::Wav(_))));
    }

    #[test]
    fn channels_of_unequal_length_are_not_written() {
        assert!(matches!(write(&file("odd"), 8_000, &[&[1], &[]]), Err(WriteError::Channels)));
        assert!(matches!(write(&file("none"), 8_000, &[]), Err(WriteError::Channels)));
    }
}
