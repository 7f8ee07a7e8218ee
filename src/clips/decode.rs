//! Audio files to mono samples: FLAC, WAV (also A-law and µ-law), MP3 and Ogg Vorbis.
//!
//! A decoder may end early without an error, or give silence for an MP3 that it cannot read: the length is
//! held against what the container promises, and nothing at all is an error.

use std::fs::File;
use std::path::Path;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// Decoded audio: one channel.
pub(crate) struct Mono {
    /// Samples a second.
    pub rate_hz: u32,
    /// Samples in -1..1.
    pub samples: Vec<f32>,
}

/// Why a file gave no audio.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file cannot be opened.
    #[error("it cannot be read: check that it exists and who may read it")]
    Open(#[source] std::io::Error),
    /// No format of ours.
    #[error("it is no audio that we read: save it as WAV, FLAC, MP3 or Ogg Vorbis")]
    Format(#[source] Error),
    /// A container without a sound track.
    #[error("there is no sound track in it: export it again as WAV or FLAC")]
    NoTrack,
    /// Damage inside.
    #[error("it is damaged after {at} samples: export it again")]
    Damaged {
        /// Samples decoded before the damage.
        at: usize,
        /// What the decoder said.
        #[source]
        source: Error,
    },
    /// The container promises another length.
    #[error(
        "it promises {promised} samples and holds {found}: it was cut off; export or copy it again"
    )]
    Length {
        /// What the container says.
        promised: u64,
        /// What was decoded.
        found: u64,
    },
    /// Nothing in it.
    #[error("it holds no sound: record it again")]
    Empty,
    /// Over the limit.
    #[error("it is longer than {0} seconds: cut it into several prompts")]
    TooLong(u32),
}

/// Decodes a whole file and mixes it to one channel.
pub(crate) fn decode(path: &Path, seconds_max: u32) -> Result<Mono, DecodeError> {
    let file = File::open(path).map_err(DecodeError::Open)?;
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let options = (FormatOptions::default(), MetadataOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, options.0, options.1)
        .map_err(DecodeError::Format)?;
    decode_track(format.as_mut(), seconds_max)
}

fn decode_track(format: &mut dyn FormatReader, seconds_max: u32) -> Result<Mono, DecodeError> {
    let track = format.default_track(TrackType::Audio).ok_or(DecodeError::NoTrack)?;
    let (id, promised) = (track.id, track.num_frames);
    let params = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or(DecodeError::NoTrack)?;
    let rate_hz = params.sample_rate.filter(|rate| *rate > 0).ok_or(DecodeError::NoTrack)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(DecodeError::Format)?;
    let most = u64::from(seconds_max) * u64::from(rate_hz);
    let (mut samples, mut packet_samples) = (Vec::new(), Vec::<f32>::new());
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(source) => return Err(DecodeError::Damaged { at: samples.len(), source }),
        };
        if packet.track_id != id {
            continue;
        }
        let sound = decoder
            .decode(&packet)
            .map_err(|source| DecodeError::Damaged { at: samples.len(), source })?;
        let channels = sound.num_planes().max(1);
        packet_samples.resize(sound.samples_interleaved(), 0.0);
        sound.copy_to_slice_interleaved(&mut packet_samples);
        mix(&packet_samples, channels, &mut samples);
        if samples.len() as u64 > most {
            return Err(DecodeError::TooLong(seconds_max));
        }
    }
    check_length(promised, samples.len() as u64, rate_hz)?;
    Ok(Mono { rate_hz, samples })
}

fn mix(interleaved: &[f32], channels: usize, out: &mut Vec<f32>) {
    let share = 1.0 / channels as f32;
    out.extend(interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() * share));
}

/// A lossy format may pad its ends; more than 100 ms of difference is a broken file.
fn check_length(promised: Option<u64>, found: u64, rate_hz: u32) -> Result<(), DecodeError> {
    if found == 0 {
        return Err(DecodeError::Empty);
    }
    match promised {
        Some(promised) if promised.abs_diff(found) > u64::from(rate_hz / 10) => {
            Err(DecodeError::Length { promised, found })
        }
        _ => Ok(()),
    }
}
