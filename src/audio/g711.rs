//! ITU-T G.711: A-law and µ-law, one byte a sample, 8,000 a second.
//!
//! ```text
//!   byte  7   6 5 4     3 2 1 0
//!        sign segment   step within the segment
//! ```
//! A-law (tables 1a, 1b) works on 12 bits of magnitude and inverts the even bits on the wire (`^ 0x55`);
//! µ-law (tables 2a, 2b) on 13 bits with a bias of 33 and inverts all. Decoding is a look-up in a table
//! computed at compile time; encoding counts leading zeros.

/// The byte that is silence in A-law: the smallest positive value.
pub const ALAW_SILENCE: u8 = 0xD5;
/// The byte that is silence in µ-law: positive zero.
pub const ULAW_SILENCE: u8 = 0xFF;

/// Linear value of each A-law byte.
pub static ALAW_TO_LINEAR: [i16; 256] = alaw_table();
/// Linear value of each µ-law byte.
pub static ULAW_TO_LINEAR: [i16; 256] = ulaw_table();

/// One sample to A-law.
pub const fn alaw_encode(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0, !sample) } else { (0x80, sample) };
    let magnitude = (magnitude as u16) >> 4;
    let code = if magnitude < 16 {
        magnitude as u8
    } else {
        let segment = 12 - magnitude.leading_zeros() as u16;
        (segment << 4) as u8 | ((magnitude >> (segment - 1)) & 0x0F) as u8
    };
    (sign | code) ^ 0x55
}

/// One A-law byte to a sample.
pub fn alaw_decode(byte: u8) -> i16 {
    ALAW_TO_LINEAR[byte as usize]
}

/// One sample to µ-law.
pub const fn ulaw_encode(sample: i16) -> u8 {
    const BIAS: u16 = 33;
    const TOP: u16 = 0x1FFF;
    let (sign, magnitude) = if sample < 0 { (0x80, !sample) } else { (0, sample) };
    let biased = ((magnitude as u16) >> 2) + BIAS;
    let biased = if biased > TOP { TOP } else { biased };
    let segment = 10 - biased.leading_zeros() as u16;
    let step = (biased >> (segment + 1)) & 0x0F;
    !(sign | (segment << 4) as u8 | step as u8)
}

/// One µ-law byte to a sample.
pub fn ulaw_decode(byte: u8) -> i16 {
    ULAW_TO_LINEAR[byte as usize]
}

/// Either law, where a value decides.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Law {
    /// A-law: Europe, and most of the world.
    A,
    /// µ-law: North America and Japan.
    Mu,
}

impl Law {
    /// The byte that is silence.
    pub const fn silence(self) -> u8 {
        match self {
            Law::A => ALAW_SILENCE,
            Law::Mu => ULAW_SILENCE,
        }
    }

    /// One sample to one byte.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Law::A => alaw_encode(sample),
            Law::Mu => ulaw_encode(sample),
        }
    }

    /// The linear value of every byte.
    pub fn table(self) -> &'static [i16; 256] {
        match self {
            Law::A => &ALAW_TO_LINEAR,
            Law::Mu => &ULAW_TO_LINEAR,
        }
    }

    /// Turns bytes of this law into bytes of another, in place.
    pub fn recode(self, to: Law, bytes: &mut [u8]) {
        let table = match (self, to) {
            (Law::A, Law::Mu) => &ALAW_TO_ULAW,
            (Law::Mu, Law::A) => &ULAW_TO_ALAW,
            (Law::A, Law::A) | (Law::Mu, Law::Mu) => return,
        };
        bytes.iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
    }

    /// Decodes as many bytes as `samples` has room for; returns how many.
    pub fn decode_into(self, bytes: &[u8], samples: &mut [i16]) -> usize {
        let table = self.table();
        let pairs = bytes.iter().zip(samples.iter_mut());
        pairs.map(|(byte, sample)| *sample = table[*byte as usize]).count()
    }
}

static ALAW_TO_ULAW: [u8; 256] = recoding(&alaw_table(), Law::Mu);
static ULAW_TO_ALAW: [u8; 256] = recoding(&ulaw_table(), Law::A);

const fn recoding(from: &[i16; 256], to: Law) -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = to.encode(from[byte]);
        byte += 1;
    }
    table
}

const fn alaw_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let code = (byte as u8) ^ 0x55;
        let (segment, step) = ((code >> 4) & 7, (code & 0x0F) as i16);
        let magnitude = match segment {
            0 => (step << 4) + 8,
            s => ((step << 4) + 0x108) << (s - 1),
        };
        table[byte] = if code & 0x80 != 0 { magnitude } else { -magnitude };
        byte += 1;
    }
    table
}

const fn ulaw_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let code = !(byte as u8);
        let (segment, step) = ((code >> 4) & 7, (code & 0x0F) as i32);
        let magnitude = ((((step << 1) + 33) << segment) - 33) << 2;
        table[byte] = if code & 0x80 == 0 { magnitude as i16 } else { -magnitude as i16 };
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_law_becomes_the_other_within_its_own_step() {
        for (from, to) in [(Law::A, Law::Mu), (Law::Mu, Law::A)] {
            let mut bytes: Vec<u8> = (0..=255).collect();
            from.recode(to, &mut bytes);
            for (byte, recoded) in (0..=255_u8).zip(bytes) {
                let (was, is) = (from.table()[usize::from(byte)], to.table()[usize::from(recoded)]);
                let step = 16 + i32::from(was.unsigned_abs()) / 16;
                let apart = (i32::from(was) - i32::from(is)).abs();
                assert!(apart <= step, "{byte}: {was} became {is}");
            }
        }
    }

    #[test]
    fn a_law_matches_the_corners_of_table_1() {
        assert_eq!(alaw_encode(0), 0xD5);
        assert_eq!(alaw_encode(i16::MAX), 0xAA);
        assert_eq!(alaw_encode(i16::MIN), 0x2A);
        assert_eq!(alaw_encode(-1), 0x55);
        assert_eq!((alaw_decode(0xD5), alaw_decode(0x55)), (8, -8));
        assert_eq!((alaw_decode(0xAA), alaw_decode(0x2A)), (32_256, -32_256));
    }

    #[test]
    fn mu_law_matches_the_corners_of_table_2() {
        assert_eq!(ulaw_encode(0), 0xFF);
        assert_eq!(ulaw_encode(i16::MAX), 0x80);
        assert_eq!(ulaw_encode(i16::MIN), 0x00);
        assert_eq!((ulaw_decode(0xFF), ulaw_decode(0x7F)), (0, 0));
        assert_eq!((ulaw_decode(0x80), ulaw_decode(0x00)), (32_124, -32_124));
    }

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        for byte in 0..=255_u8 {
            assert_eq!(alaw_encode(alaw_decode(byte)), byte, "A-law {byte:02x}");
            if byte != 0x7F {
                assert_eq!(ulaw_encode(ulaw_decode(byte)), byte, "mu-law {byte:02x}");
            }
        }
    }

    #[test]
    fn the_error_stays_within_half_a_step_of_its_segment() {
        for sample in i16::MIN..=i16::MAX {
            let size = i32::from(sample).abs();
            let allowed = (size / 32).max(8) + 8;
            let far = |decoded: i16| (i32::from(decoded) - i32::from(sample)).abs();
            assert!(far(alaw_decode(alaw_encode(sample))) <= allowed, "A-law {sample}");
            if size < 32_124 {
                assert!(far(ulaw_decode(ulaw_encode(sample))) <= allowed, "mu-law {sample}");
            }
        }
    }
}
