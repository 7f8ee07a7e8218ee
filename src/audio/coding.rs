//! How sound is written on a line: the codecs whose bytes are made ahead and shared.
//!
//! All of them have eight bytes a millisecond, so one place in the bytes is the same moment in each.
//!
//! Owns: which coding has which rate and silence; [`Ear`], which hears any of them at 8 kHz.
//! Never: packets.

use crate::TELEPHONE_RATE_HZ;
use crate::g711::Law;
use crate::g722;
use crate::half_band::Halver;

/// Bytes a millisecond, in every coding.
pub const BYTES_PER_MS: u32 = 8;

/// One of the codings.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Coding {
    /// G.711 of either law: a sample a byte.
    G711(Law),
    /// G.722 at 64 kbit/s: two samples a byte.
    G722,
}

impl Coding {
    /// The byte that says nothing, however often it is repeated.
    pub const fn silence(self) -> u8 {
        match self {
            Coding::G711(law) => law.silence(),
            Coding::G722 => g722::SILENCE,
        }
    }

    /// Samples a second.
    pub const fn rate_hz(self) -> u32 {
        match self {
            Coding::G711(_) => TELEPHONE_RATE_HZ,
            Coding::G722 => g722::RATE_HZ,
        }
    }

    /// Samples in a byte.
    pub const fn samples_per_byte(self) -> usize {
        match self {
            Coding::G711(_) => 1,
            Coding::G722 => 2,
        }
    }
}

impl From<Law> for Coding {
    fn from(law: Law) -> Self {
        Coding::G711(law)
    }
}

/// Bytes to samples at the coding's own rate. Its memory is made once; decoding allocates nothing.
#[derive(Clone, Debug)]
pub enum Decoder {
    /// No memory.
    G711(Law),
    /// With its memory.
    G722(Box<g722::Decoder>),
}

impl Decoder {
    /// At rest.
    pub fn new(coding: Coding) -> Self {
        match coding {
            Coding::G711(law) => Decoder::G711(law),
            Coding::G722 => Decoder::G722(Box::default()),
        }
    }

    /// Decodes as many bytes as `samples` has room for; returns how many samples came out.
    pub fn decode_into(&mut self, bytes: &[u8], samples: &mut [i16]) -> usize {
        match self {
            Decoder::G711(law) => law.decode_into(bytes, samples),
            Decoder::G722(decoder) => decoder.decode_into(bytes, samples),
        }
    }
}

/// Samples at the coding's own rate to bytes. Its memory is made once; encoding allocates nothing.
#[derive(Clone, Debug)]
pub enum Encoder {
    /// No memory.
    G711(Law),
    /// With its memory.
    G722(Box<g722::Encoder>),
}

impl Encoder {
    /// At rest.
    pub fn new(coding: Coding) -> Self {
        match coding {
            Coding::G711(law) => Encoder::G711(law),
            Coding::G722 => Encoder::G722(Box::default()),
        }
    }

    /// Encodes as many samples as `bytes` has room for; returns how many bytes came out.
    pub fn encode_into(&mut self, samples: &[i16], bytes: &mut [u8]) -> usize {
        match self {
            Encoder::G711(law) => {
                let pairs = samples.iter().zip(bytes.iter_mut());
                pairs.map(|(sample, byte)| *byte = law.encode(*sample)).count()
            }
            Encoder::G722(encoder) => encoder.encode_into(samples, bytes),
        }
    }
}

/// Hears any coding at 8,000 samples a second: one sample a byte, for whoever looks for tones and levels.
#[derive(Clone, Debug)]
pub struct Ear {
    decoder: Decoder,
    halver: Box<Halver>,
}

/// Bytes that an [`Ear`] decodes at once.
const PIECE_BYTES: usize = 80;

impl Ear {
    /// For one stream.
    pub fn new(coding: Coding) -> Self {
        Self { decoder: Decoder::new(coding), halver: Box::default() }
    }

    /// Hears as many bytes as `samples` has room for; returns how many: a sample for each.
    pub fn hear_into(&mut self, bytes: &[u8], samples: &mut [i16]) -> usize {
        match &mut self.decoder {
            Decoder::G711(law) => law.decode_into(bytes, samples),
            Decoder::G722(decoder) => {
                let mut wide = [0; 2 * PIECE_BYTES];
                let pieces = bytes.chunks(PIECE_BYTES).zip(samples.chunks_mut(PIECE_BYTES));
                let heard = pieces.map(|(bytes, samples)| {
                    let count = decoder.decode_into(bytes, &mut wide);
                    self.halver.halve_into(&wide[..count], samples)
                });
                heard.sum()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rms_dbfs;

    #[test]
    fn an_ear_hears_the_same_in_every_coding() {
        let wide: Vec<i16> =
            (0..16_000).map(|n| ((f64::from(n) * 0.4).sin() * 9_000.0) as i16).collect();
        let narrow: Vec<i16> = wide.iter().step_by(2).copied().collect();
        for coding in [Coding::G711(Law::A), Coding::G711(Law::Mu), Coding::G722] {
            let samples = if coding.samples_per_byte() == 2 { &wide } else { &narrow };
            let (mut bytes, mut heard) = ([0; 8_000], [0; 8_000]);
            assert_eq!(Encoder::new(coding).encode_into(samples, &mut bytes), 8_000);
            assert_eq!(Ear::new(coding).hear_into(&bytes, &mut heard), 8_000);
            let level = rms_dbfs(&heard[400..]) - rms_dbfs(&narrow);
            assert!(level.abs() < 0.2, "{coding:?}: {level} dB");
        }
    }
}
