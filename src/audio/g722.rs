//! ITU-T G.722 at 64 kbit/s (mode 1): 16,000 samples a second, one byte for two of them.
//!
//! ```text
//!                ┌─ low band,  8 kHz ─ ADPCM, 6 bits ─┐
//!  16 kHz ─ QMF ─┤                                    ├─ byte  7 6 5 4 3 2 1 0
//!                └─ high band, 8 kHz ─ ADPCM, 2 bits ─┘        high low
//! ```
//! Both sides keep the same memory, which leaks: what a lost packet or a join of two clips sets apart comes
//! together again within some 30 ms. On the wire it has 8 bytes a millisecond and a clock of 8,000 Hz, as
//! G.711 has (RFC 3551 section 4.5.2: the 8,000 is an old mistake, and kept).
//!
//! Owns: coder and decoder of one direction. Never: packets; the modes of 56 and 48 kbit/s.

mod band;

use band::Band;

/// Samples a second.
pub const RATE_HZ: u32 = 16_000;
/// The byte that says nothing: repeated, it lets the decoder come to rest.
pub const SILENCE: u8 = 0xFD;

/// Block 1L, table 11: decision levels of the low band, of the magnitude.
const LOW_LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023,
    1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// The decision level of the high band.
const HIGH_LEVEL: i32 = 564;
/// Coefficients of the two filters that part and join the bands (table 3), one half: the other is its mirror.
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
/// Samples that the filters look back on.
const QMF_REACH: usize = 24;

/// Turns samples into bytes.
#[derive(Clone, Debug)]
pub struct Encoder {
    low: Band,
    high: Band,
    past: [i32; QMF_REACH],
}

/// Turns bytes into samples.
#[derive(Clone, Debug)]
pub struct Decoder {
    low: Band,
    high: Band,
    past: [i32; QMF_REACH],
}

impl Default for Encoder {
    fn default() -> Self {
        Self { low: Band::low(), high: Band::high(), past: [0; QMF_REACH] }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self { low: Band::low(), high: Band::high(), past: [0; QMF_REACH] }
    }
}

/// Silent bytes after which nothing changes any more: the slowest memory fades within 32 ms to a third.
const SETTLING: usize = 8_000;

impl Encoder {
    /// As if [`SILENCE`] had been said for long: the place to begin at for sound that will be heard behind other
    /// sound, with some silent bytes in between. A decoder that hears those is here as well, or nearly, whatever
    /// it heard before.
    pub fn settled() -> Self {
        let mut settled = Self::default();
        for _ in 0..SETTLING {
            settled.low.adapt_low(SILENCE & 0x3F);
            settled.high.adapt_high(SILENCE >> 6);
        }
        settled
    }

    /// Two samples as one byte.
    pub fn encode(&mut self, first: i16, second: i16) -> u8 {
        let (even, odd) = filtered(&mut self.past, first.into(), second.into());
        // 16 bits come in, and the bands have 15
        let (low, high) = ((odd + even) >> 14, (odd - even) >> 14);
        let low = low_code(saturated(low - self.low.guess()), self.low.step());
        let high = high_code(saturated(high - self.high.guess()), self.high.step());
        self.low.adapt_low(low);
        self.high.adapt_high(high);
        high << 6 | low
    }

    /// Pairs of samples into as many bytes as `bytes` has room for; returns how many. An odd sample at the
    /// end is left out.
    pub fn encode_into(&mut self, samples: &[i16], bytes: &mut [u8]) -> usize {
        let pairs = samples.chunks_exact(2).zip(bytes.iter_mut());
        pairs.map(|(pair, byte)| *byte = self.encode(pair[0], pair[1])).count()
    }
}

impl Decoder {
    /// One byte as two samples.
    pub fn decode(&mut self, byte: u8) -> [i16; 2] {
        let (low_code, high_code) = (byte & 0x3F, byte >> 6);
        let low = self.low.heard_low(low_code);
        let high = self.high.heard_high(high_code);
        self.low.adapt_low(low_code);
        self.high.adapt_high(high_code);
        let (first, second) = filtered(&mut self.past, low + high, low - high);
        [second, first].map(|sum| saturated(sum >> 11) as i16)
    }

    /// Bytes into as many samples as `samples` has room for; returns how many: two of each byte.
    pub fn decode_into(&mut self, bytes: &[u8], samples: &mut [i16]) -> usize {
        let pairs = bytes.iter().zip(samples.chunks_exact_mut(2));
        2 * pairs.map(|(byte, pair)| pair.copy_from_slice(&self.decode(*byte))).count()
    }
}

/// Both halves of the filter over the last samples, of which two are new: the even and the odd ones' sums.
fn filtered(past: &mut [i32; QMF_REACH], first: i32, second: i32) -> (i32, i32) {
    past.copy_within(2.., 0);
    past[QMF_REACH - 2] = first;
    past[QMF_REACH - 1] = second;
    let pairs = past.chunks_exact(2).zip(QMF.iter().zip(QMF.iter().rev()));
    pairs.fold((0, 0), |(even, odd), (pair, (ahead, back))| {
        (even + pair[0] * ahead, odd + pair[1] * back)
    })
}

/// QUANTL: 1 to 30 for the magnitude, then the code of table 15, which counts down.
fn low_code(error: i32, step: i32) -> u8 {
    let magnitude = if error < 0 { !error } else { error };
    let above = LOW_LEVELS.partition_point(|level| magnitude >= (level * step) >> 12) as u8;
    match (error < 0, above) {
        (false, _) => 61 - above,
        (true, 0..=1) => 63 - above,
        (true, _) => 33 - above,
    }
}

/// QUANTH.
fn high_code(error: i32, step: i32) -> u8 {
    let magnitude = if error < 0 { !error } else { error };
    let far = magnitude >= (HIGH_LEVEL * step) >> 12;
    match (error < 0, far) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

fn saturated(value: i32) -> i32 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}

#[cfg(test)]
mod tests;
