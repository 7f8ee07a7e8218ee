//! What a listener hears where a packet is missing: the voice goes on for a moment and fades.
//!
//! ```text
//!  heard   ∿∿∿∿∿∿∿│   missing   │∿∿∿∿∿∿
//!  made           │∿∿∿∿∿∿∿∿∿∿∿∿∿╳         the last periods of the voice again, one, two, then three of them,
//!  level   ───────┴──╲______             from 10 ms on quieter, at 60 ms silent
//! ```
//! In the manner of ITU-T G.711 Appendix I, at 8 or 16 kHz. Other than there nothing is delayed: the seam at the
//! beginning is smoothed with the mirrored end of what was heard instead of with samples held back.
//!
//! Owns: the last 49 ms and the voice's period. Never: when a packet counts as missing.

/// Shortest and longest period, in tenths of a millisecond: 66 to 200 Hz. A higher voice is met by a multiple.
const PERIOD_TENTHS: [usize; 2] = [50, 150];
/// What periods are compared over, in ms.
const COMPARED_MS: usize = 20;
/// Most periods that are repeated in a row.
const PERIODS_MAX: usize = 3;
/// After so long another period joins, and the voice begins to fade.
const STAGE_MS: usize = 10;
/// After so long there is silence.
const SILENT_MS: usize = 60;

/// Fills gaps in one stream.
#[derive(Clone, Debug)]
pub struct Concealer {
    per_ms: usize,
    /// What was heard and made last, the youngest at the end.
    past: Box<[i16]>,
    /// The same as it was when the gap began.
    kept: Box<[i16]>,
    period: usize,
    /// Samples made since the gap began; 0: no gap.
    made: usize,
}

impl Concealer {
    /// For a stream of this many samples a second: 8,000 or 16,000.
    pub fn new(rate_hz: u32) -> Self {
        let per_ms = rate_hz as usize / 1_000;
        let longest = PERIOD_TENTHS[1] * per_ms / 10;
        let past: Box<[i16]> = vec![0; PERIODS_MAX * longest + longest / 4].into();
        Self { per_ms, kept: past.clone(), past, period: longest, made: 0 }
    }

    /// Samples came; behind a gap their beginning is blended with what would have gone on.
    pub fn hear(&mut self, samples: &mut [i16]) {
        if self.made > 0 {
            let gap_ms = self.made / self.per_ms;
            let blend_ms = (gap_ms / STAGE_MS * 4).clamp(2, STAGE_MS);
            let blend = (blend_ms * self.per_ms).min(samples.len());
            for (n, sample) in samples.iter_mut().take(blend).enumerate() {
                let made = self.next();
                *sample = blended(made, *sample, n, blend);
            }
            self.made = 0;
        }
        self.remember(samples);
    }

    /// Nothing came: fills `samples` with what may have been said.
    pub fn conceal(&mut self, samples: &mut [i16]) {
        if self.made == 0 {
            self.kept.copy_from_slice(&self.past);
            self.period = self.pitch();
        }
        samples.iter_mut().for_each(|sample| *sample = self.next());
        self.remember(samples);
    }

    /// The gap has lasted so long that nothing is to be heard any more.
    pub fn is_silent(&self) -> bool {
        self.made >= SILENT_MS * self.per_ms
    }

    fn next(&mut self) -> i16 {
        let place = self.made;
        self.made = (self.made + 1).min(SILENT_MS * self.per_ms);
        let stage = STAGE_MS * self.per_ms;
        let left = (SILENT_MS * self.per_ms).saturating_sub(place.max(stage)) as i32;
        let fade = (SILENT_MS - STAGE_MS) * self.per_ms;
        let (quarter, periods) = (self.period / 4, (place / stage + 1).min(PERIODS_MAX));
        let into = place % stage;
        let sample = match place {
            _ if place < quarter => {
                let mirrored = self.kept[self.kept.len() - 1 - place];
                blended(mirrored, self.repeated(1, place), place, quarter)
            }
            _ if periods > 1 && place < PERIODS_MAX * stage && into < quarter => {
                let (before, now) =
                    (self.repeated(periods - 1, place), self.repeated(periods, place));
                blended(before, now, into, quarter)
            }
            _ => self.repeated(periods, place),
        };
        (i32::from(sample) * left / fade as i32) as i16
    }

    /// The last `periods` of what was heard, around and around, its seam blended.
    fn repeated(&self, periods: usize, place: usize) -> i16 {
        let (cycle, quarter) = (periods * self.period, self.period / 4);
        let (place, start) = (place % cycle, self.kept.len() - cycle);
        let seam = cycle - quarter;
        match place.checked_sub(seam) {
            None => self.kept[start + place],
            Some(n) => {
                blended(self.kept[start + place], self.kept[start - quarter + n], n, quarter)
            }
        }
    }

    /// The lag at which the last 20 ms are most like what was before them. Every second sample serves.
    fn pitch(&self) -> usize {
        let [shortest, longest] = PERIOD_TENTHS.map(|tenths| tenths * self.per_ms / 10);
        let compared = COMPARED_MS * self.per_ms;
        let end = &self.kept[self.kept.len() - compared..];
        let likeness = |lag: usize| {
            let from = self.kept.len() - compared - lag;
            let pairs = end.iter().zip(&self.kept[from..]).step_by(2);
            let (product, power) = pairs.fold((0_i64, 1_i64), |(product, power), (a, b)| {
                let (a, b) = (i64::from(*a), i64::from(*b));
                (product + a * b, power + b * b)
            });
            product as f64 / (power as f64).sqrt()
        };
        let mut best = (f64::MIN, longest);
        for lag in shortest..=longest {
            let like = likeness(lag);
            best = if like > best.0 { (like, lag) } else { best };
        }
        best.1
    }

    fn remember(&mut self, samples: &[i16]) {
        let length = self.past.len();
        let young = &samples[samples.len().saturating_sub(length)..];
        self.past.copy_within(young.len().., 0);
        self.past[length - young.len()..].copy_from_slice(young);
    }
}

/// From `before` to `after`, at `n` of `all`.
fn blended(before: i16, after: i16, n: usize, all: usize) -> i16 {
    let (n, all) = (n as i32, all.max(1) as i32);
    ((i32::from(before) * (all - n) + i32::from(after) * n) / all) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rms_dbfs;

    /// Something voiced: a fundamental and what lies above it.
    fn voice(rate_hz: u32, samples: usize) -> Vec<i16> {
        let step = std::f64::consts::TAU * 131.0 / f64::from(rate_hz);
        let sample = |n: usize| {
            let angle = step * n as f64;
            (angle.sin() * 5_000.0 + (3.0 * angle).sin() * 3_000.0 + (7.0 * angle).cos() * 900.0)
                as i16
        };
        (0..samples).map(sample).collect()
    }

    fn gap_of(rate_hz: u32, ms: usize) -> (Vec<i16>, Vec<i16>) {
        let per_ms = rate_hz as usize / 1_000;
        let mut sound = voice(rate_hz, 400 * per_ms);
        let wanted = sound.clone();
        let mut concealer = Concealer::new(rate_hz);
        let frame = 10 * per_ms;
        for (n, piece) in sound.chunks_mut(frame).enumerate() {
            match (200..200 + ms).contains(&(n * 10)) {
                true => concealer.conceal(piece),
                false => concealer.hear(piece),
            }
        }
        (wanted, sound)
    }

    #[test]
    fn a_voice_goes_on_over_a_lost_packet() {
        for rate_hz in [8_000, 16_000] {
            let (wanted, heard) = gap_of(rate_hz, 20);
            let gap = 200 * rate_hz as usize / 1_000..220 * rate_hz as usize / 1_000;
            let error: Vec<i16> =
                wanted[gap.clone()].iter().zip(&heard[gap.clone()]).map(|(a, b)| a - b).collect();
            let snr = rms_dbfs(&wanted[gap.clone()]) - rms_dbfs(&error);
            assert!(snr > 6.0, "{rate_hz} Hz: {snr} dB");
            let level = rms_dbfs(&heard[gap.clone()]) - rms_dbfs(&wanted[gap]);
            assert!((-3.0..=0.5).contains(&level), "{rate_hz} Hz: {level} dB");
        }
    }

    #[test]
    fn no_seam_is_steeper_than_the_voice_itself() {
        let steepest = |sound: &[i16]| {
            sound.windows(2).map(|w| i32::from(w[0]).abs_diff(i32::from(w[1]))).max().unwrap()
        };
        for ms in [10, 20, 30, 50, 100] {
            let (wanted, heard) = gap_of(8_000, ms);
            assert!(steepest(&heard) <= steepest(&wanted) * 5 / 4, "{ms} ms");
        }
    }

    #[test]
    fn a_long_gap_fades_to_silence_in_60_ms() {
        let (_, heard) = gap_of(8_000, 100);
        let at = |ms: usize| rms_dbfs(&heard[ms * 8..ms * 8 + 80]);
        assert!(at(210) > at(230) && at(230) > at(250), "quieter and quieter");
        assert_eq!(heard[260 * 8..300 * 8], [0; 320]);
        assert!(at(320) > -20.0, "and the voice is back");
    }

    #[test]
    fn loud_noise_and_nothing_at_all_do_no_harm() {
        let mut concealer = Concealer::new(16_000);
        let mut frame = [0; 160];
        concealer.conceal(&mut frame);
        assert_eq!(frame, [0; 160]);
        let mut seed = 1_u32;
        for n in 0..500 {
            let mut noise: [i16; 160] = std::array::from_fn(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if seed & 0x8000_0000 == 0 { i16::MAX } else { i16::MIN }
            });
            match seed >> 16 & 3 {
                0 => concealer.conceal(&mut noise[..1 + n % 160]),
                _ => concealer.hear(&mut noise[..1 + n % 160]),
            }
        }
    }
}
