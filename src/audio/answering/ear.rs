//! What the line sounds like, 10 ms at a time: how loud, how much like a voice, a tone or none.
//!
//! ```text
//!  samples ─► 10 ms ─┬─ level
//!                    ├─ likeness to itself one pitch period ago (70 to 400 Hz) ─ voicing
//!                    └─ every second time: one clean tone in the last 40 ms?
//! ```
//! Owns: the last 48 ms of the line.
//! Never: what it means.

use super::tones::{Tones, WINDOW};

/// Samples of one step: 10 ms.
pub const STEP: usize = 80;
/// Samples kept: enough for the longest pitch period before the window that is compared.
const KEPT: usize = 384;
/// At half the rate, since a voice's pitch needs no more: 4,000 samples a second.
const HALVED: usize = KEPT / 2;
/// Compared: 25 ms.
const COMPARED: usize = 100;
/// Pitch periods looked for, in samples of the halved rate: 400 Hz to 70 Hz.
const PERIODS: std::ops::RangeInclusive<usize> = 10..=57;
/// Below this energy (−66 dBFS) nothing is looked for: it is the codec's own noise.
const QUIET: f32 = 32_768.0 * 32_768.0 * 2.5e-7;

/// 10 ms of the line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sound {
    /// Root mean square, in dBFS.
    pub dbfs: f32,
    /// How like itself one pitch period ago: 1.0 is a perfect repetition; voices are over 0.5.
    pub voicing: f32,
    /// The frequency of a single tone, in Hz, if that is what the last 40 ms were.
    pub tone_hz: Option<u16>,
}

/// Turns samples into [`Sound`]s.
pub struct Ear {
    kept: [f32; KEPT],
    step: [f32; STEP],
    filled: usize,
    odd: bool,
    tone_hz: Option<u16>,
    tones: Tones,
}

impl Default for Ear {
    fn default() -> Self {
        Self {
            kept: [0.0; KEPT],
            step: [0.0; STEP],
            filled: 0,
            odd: false,
            tone_hz: None,
            tones: Tones::default(),
        }
    }
}

impl Ear {
    /// Takes samples in pieces of any size; each 10 ms are told once.
    pub fn listen(&mut self, samples: &[i16], mut heard: impl FnMut(Sound)) {
        for sample in samples {
            self.step[self.filled] = f32::from(*sample);
            self.filled += 1;
            if self.filled == STEP {
                self.filled = 0;
                heard(self.turn());
            }
        }
    }

    fn turn(&mut self) -> Sound {
        self.kept.copy_within(STEP.., 0);
        self.kept[KEPT - STEP..].copy_from_slice(&self.step);
        self.odd = !self.odd;
        if self.odd {
            let window = self.kept.last_chunk::<WINDOW>();
            self.tone_hz = window.and_then(|w| self.tones.find(w));
        }
        let energy = self.step.iter().map(|s| s * s).sum::<f32>() / STEP as f32;
        let dbfs = 10.0 * (energy / (32_768.0 * 32_768.0)).max(1e-10).log10();
        let voicing = if energy > QUIET { self.voicing() } else { 0.0 };
        Sound { dbfs, voicing, tone_hz: self.tone_hz }
    }

    /// The best normalised correlation of the last 25 ms with what was one pitch period before.
    fn voicing(&self) -> f32 {
        let halved: [f32; HALVED] =
            std::array::from_fn(|n| self.kept[2 * n] + self.kept[2 * n + 1]);
        let now = &halved[HALVED - COMPARED..];
        let energy = now.iter().map(|s| s * s).sum::<f32>();
        let alike = PERIODS.map(|period| {
            let then = &halved[HALVED - COMPARED - period..HALVED - period];
            let (product, then) =
                now.iter().zip(then).fold((0.0, 0.0), |(p, e), (a, b)| (p + a * b, e + b * b));
            product / (energy * then).sqrt().max(1.0)
        });
        alike.fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{Sine, tone};

    fn heard(samples: &[i16], piece: usize) -> Vec<Sound> {
        let (mut ear, mut all) = (Ear::default(), Vec::new());
        samples.chunks(piece).for_each(|piece| ear.listen(piece, |s| all.push(s)));
        all
    }

    #[test]
    fn pieces_of_any_size_sound_the_same() {
        let hum = tone(&[Sine { hz: 140.0, dbfs: -20.0 }, Sine { hz: 280.0, dbfs: -26.0 }], 300);
        assert_eq!(heard(&hum, 80), heard(&hum, 33));
        assert_eq!(heard(&hum, 480), heard(&hum, 1));
    }

    #[test]
    fn a_humming_voice_is_like_itself_and_hiss_is_not() {
        let hum = tone(&[Sine { hz: 140.0, dbfs: -20.0 }, Sine { hz: 280.0, dbfs: -26.0 }], 300);
        assert!(heard(&hum, 80).iter().skip(5).all(|s| s.voicing > 0.8));
        let mut seed = 7_u64;
        let hiss = (0..2_400).map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 52) as i16 - 2_048
        });
        let hiss = heard(&hiss.collect::<Vec<_>>(), 80);
        assert!(hiss.iter().filter(|s| s.voicing > 0.5).count() <= 2);
    }

    #[test]
    fn a_beep_is_a_tone_and_silence_is_nothing() {
        let beep = heard(&tone(&[Sine { hz: 1_000.0, dbfs: -20.0 }], 200), 160);
        assert!(beep.iter().filter(|s| s.tone_hz.is_some()).count() >= 14);
        let quiet = heard(&[0; 800], 160);
        assert!(quiet.iter().all(|s| s.dbfs < -90.0 && s.voicing == 0.0 && s.tone_hz.is_none()));
    }
}
