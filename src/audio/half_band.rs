//! Between 8,000 and 16,000 samples a second: a half-band filter, whose every other tap is zero.
//!
//! ```text
//!  gain  0 dB ────────────╮ 3.4 kHz
//!       -6 dB             │ 4.0 kHz, where the two rates meet
//!      -60 dB             ╰──────── 4.6 kHz
//! ```
//! 47 taps, 1.5 ms of delay. What lies between 4.0 and 4.6 kHz folds back above 3.4 kHz, where a telephone
//! has nothing to say.
//!
//! Owns: both directions, a few samples at a time. Never: other ratios; those are made at import.

/// The odd taps of one side (Kaiser, beta 5.6), times 32,768; the middle one is 16,384.
const TAPS: [i32; 12] = [10_388, -3_343, 1_868, -1_196, 802, -542, 361, -232, 143, -81, 41, -17];
const MIDDLE: i32 = 16_384;
/// Half of what is shifted away, so that it rounds.
const HALF: i32 = 1 << 14;

/// 16,000 to 8,000.
#[derive(Clone, Debug)]
pub struct Halver {
    past: [i16; 48],
}

/// 8,000 to 16,000.
#[derive(Clone, Default, Debug)]
pub struct Doubler {
    past: [i16; 24],
}

impl Default for Halver {
    fn default() -> Self {
        Self { past: [0; 48] }
    }
}

impl Halver {
    /// Two samples become one.
    pub fn halve(&mut self, pair: [i16; 2]) -> i16 {
        self.past.copy_within(2.., 0);
        self.past[46..].copy_from_slice(&pair);
        let at = |n: usize| i32::from(self.past[n]);
        let sides = TAPS.iter().zip((0..).step_by(2));
        let sum: i32 = sides.map(|(tap, n)| tap * (at(23 - n) + at(25 + n))).sum();
        saturated((sum + MIDDLE * at(24) + HALF) >> 15)
    }

    /// Halves as many pairs as `out` has room for; returns how many.
    pub fn halve_into(&mut self, samples: &[i16], out: &mut [i16]) -> usize {
        let pairs = samples.chunks_exact(2).zip(out.iter_mut());
        pairs.map(|(pair, out)| *out = self.halve([pair[0], pair[1]])).count()
    }
}

impl Doubler {
    /// One sample becomes two.
    pub fn double(&mut self, sample: i16) -> [i16; 2] {
        self.past.copy_within(1.., 0);
        self.past[23] = sample;
        let at = |n: usize| i32::from(self.past[n]);
        let between: i32 =
            TAPS.iter().zip(0..).map(|(tap, n)| tap * (at(11 - n) + at(12 + n))).sum();
        [self.past[11], saturated((2 * between + HALF) >> 15)]
    }

    /// Doubles as many samples as `out` has room for twice; returns how many came out.
    pub fn double_into(&mut self, samples: &[i16], out: &mut [i16]) -> usize {
        let pairs = samples.iter().zip(out.chunks_exact_mut(2));
        2 * pairs.map(|(sample, pair)| pair.copy_from_slice(&self.double(*sample))).count()
    }
}

fn saturated(value: i32) -> i16 {
    value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rms_dbfs;

    fn tone(hz: f64, rate_hz: f64) -> Vec<i16> {
        let step = std::f64::consts::TAU * hz / rate_hz;
        (0..8_000).map(|n| ((step * f64::from(n)).sin() * 8_000.0) as i16).collect()
    }

    fn halved_db(hz: f64) -> f32 {
        let (wide, mut narrow) = (tone(hz, 16_000.0), [0; 4_000]);
        assert_eq!(Halver::default().halve_into(&wide, &mut narrow), 4_000);
        rms_dbfs(&narrow[100..]) - rms_dbfs(&wide)
    }

    #[test]
    fn speech_passes_downwards_and_what_would_fold_into_it_does_not() {
        for hz in [100.0, 1_000.0, 2_500.0, 3_400.0] {
            assert!(halved_db(hz).abs() < 0.1, "{hz} Hz: {} dB", halved_db(hz));
        }
        for hz in [4_600.0, 5_500.0, 7_900.0] {
            assert!(halved_db(hz) < -55.0, "{hz} Hz: {} dB", halved_db(hz));
        }
    }

    #[test]
    fn up_and_down_again_is_the_same_but_for_the_delay() {
        let narrow = tone(900.0, 8_000.0);
        let mut wide = vec![0; 16_000];
        assert_eq!(Doubler::default().double_into(&narrow, &mut wide), 16_000);
        let mut back = vec![0; 8_000];
        Halver::default().halve_into(&wide, &mut back);
        // 12 samples on the way up, 22 of the double rate on the way down
        let error: Vec<i16> = back[23..].iter().zip(&narrow).map(|(b, a)| b - a).collect();
        assert!(rms_dbfs(&error[100..]) < -70.0, "{}", rms_dbfs(&error[100..]));
    }

    #[test]
    fn the_loudest_samples_do_not_wrap() {
        let (mut halver, mut doubler) = (Halver::default(), Doubler::default());
        for n in 0..200 {
            let loud = if n / 3 % 2 == 0 { i16::MAX } else { i16::MIN };
            halver.halve(doubler.double(loud));
            halver.halve([loud; 2]);
        }
    }
}
