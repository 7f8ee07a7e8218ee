//! Opus (RFC 6716) as a telephone leg speaks it: one voice at 16,000 samples a second.
//!
//! ```text
//!   packet n ─────────────┐
//!   packet n+1  lost      ├─► Decoder ─► samples;  n+1 from what n+2 says of it, else made up
//!   packet n+2 ─(n+1)─────┘
//! ```
//! A packet is a unit of 2.5 to 120 ms that tells its own length; its bytes cannot be cut or joined. What another
//! sends in stereo or in a wider band is heard as one voice of 8 kHz all the same.
//!
//! A room of its own, so that the vault, which uses `audio`, has none of it in its tree.
//!
//! Owns: coder and decoder of one direction, made once; a packet allocates nothing. Never: RTP.

use opus_rs::{Application, OpusDecoder, OpusEncoder};

/// Samples a second, here.
pub const RATE_HZ: u32 = 16_000;
/// Samples of the longest packet: 120 ms.
pub const SAMPLES_MAX: usize = 1_920;
/// Bits a second that we send: where speech in 8 kHz stops to gain (RFC 7587 section 3.1.1).
const BITRATE: i32 = 24_000;
/// Of 10: a quarter of the time that 9 takes, and nobody hears the difference in speech.
const COMPLEXITY: i32 = 5;
/// Losses that we prepare for, in percent: each packet then says the one before once more, in fewer bits.
const LOSS_PERCENT: i32 = 5;

/// Turns samples into packets.
pub struct Encoder(Box<OpusEncoder>);

/// Turns packets into samples.
pub struct Decoder {
    library: Box<OpusDecoder>,
    wide: Box<[f32; SAMPLES_MAX]>,
}

impl Encoder {
    /// At rest; `None` if the library refuses its own constants.
    pub fn new() -> Option<Self> {
        let mut encoder = OpusEncoder::new(RATE_HZ as i32, 1, Application::Voip).ok()?;
        encoder.bitrate_bps = BITRATE;
        encoder.complexity = COMPLEXITY;
        encoder.use_inband_fec = true;
        encoder.packet_loss_perc = LOSS_PERCENT;
        Some(Self(Box::new(encoder)))
    }

    /// Samples of 10, 20, 40 or 60 ms as one packet; its length, 0 where they are of no such length.
    pub fn encode(&mut self, samples: &[i16], packet: &mut [u8]) -> usize {
        self.0.encode_i16(samples, samples.len(), packet).unwrap_or(0)
    }
}

impl Decoder {
    /// At rest; `None` if the library refuses its own constants.
    pub fn new() -> Option<Self> {
        let library = Box::new(OpusDecoder::new(RATE_HZ as i32, 1).ok()?);
        Some(Self { library, wide: Box::new([0.0; SAMPLES_MAX]) })
    }

    /// A packet as samples; how many. 0: it is none, or there is no room.
    pub fn decode(&mut self, packet: &[u8], samples: &mut [i16]) -> usize {
        let count = samples_in(packet).filter(|count| *count <= samples.len());
        let Some(count) = count else { return 0 };
        let decoded = self.library.decode(packet, count, &mut self.wide[..count]);
        self.narrowed(decoded, samples)
    }

    /// What the packet before this one said, from what this one says of it; made up where it says nothing.
    /// Fills `samples`, which are of the lost packet's length; how many.
    pub fn recover(&mut self, next: &[u8], samples: &mut [i16]) -> usize {
        let count = samples.len().min(SAMPLES_MAX);
        let recovered = self.library.decode_fec(next, count, &mut self.wide[..count]);
        self.narrowed(recovered, samples)
    }

    /// What a lost packet of this length may have said; how many samples.
    pub fn conceal(&mut self, samples: &mut [i16]) -> usize {
        self.recover(&[], samples)
    }

    fn narrowed<E>(&self, count: Result<usize, E>, samples: &mut [i16]) -> usize {
        let wide = &self.wide[..count.unwrap_or(0).min(SAMPLES_MAX)];
        let pairs = samples.iter_mut().zip(wide);
        // `as` saturates, and makes 0 of what is no number
        pairs.map(|(sample, wide)| *sample = (wide * 32_768.0).round() as i16).count()
    }
}

/// Samples that a packet holds, at our rate; `None` where it is no packet of Opus (RFC 6716 sections 3.1 and 3.2).
pub fn samples_in(packet: &[u8]) -> Option<usize> {
    let toc = *packet.first()?;
    let (config, code) = (toc >> 3, toc & 3);
    let frame = match config {
        0..=11 => [160, 320, 640, 960][usize::from(config & 3)],
        12..=15 => [160, 320][usize::from(config & 1)],
        16.. => [40, 80, 160, 320][usize::from(config & 3)],
    };
    let frames = match code {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(packet.get(1)? & 0x3F),
    };
    (1..=SAMPLES_MAX).contains(&(frames * frame)).then_some(frames * frame)
}

/// Whether a packet of one frame says the one before once more (RFC 6716 section 4.2.4): the flag stands behind
/// the activity flags, one for each 20 ms, in the first bits of SILK's part.
pub fn says_before(packet: &[u8]) -> bool {
    let [toc, first, ..] = packet else { return false };
    let (config, stereo, one_frame) = (toc >> 3, toc & 4 != 0, toc & 3 == 0);
    let pieces = match config {
        0..=11 => [1, 1, 2, 3][usize::from(config & 3)],
        12..=15 => 1,
        16.. => return false,
    };
    !stereo && one_frame && first & (0x80 >> pieces) != 0
}

#[cfg(test)]
mod tests;
