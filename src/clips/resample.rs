//! Changing the sample rate by a ratio of whole numbers, with a filter good enough to be heard through.
//!
//! A windowed sinc (Kaiser, about 70 dB down outside), one set of taps per phase. For 16 to 8 kHz: flat to
//! 3.4 kHz, nothing above 4 kHz that would fold back. At import only; never on the call path.

/// Half width of the filter in samples of the slower rate.
const HALF_WIDTH: f64 = 30.0;
/// Where the pass band ends, as a share of half the slower rate.
const PASS: f64 = 0.925;
const KAISER_BETA: f64 = 6.8;

/// A filter from one rate to another, reused over many clips.
pub(crate) struct Resampler {
    up: usize,
    down: usize,
    /// Samples on each side of the output's place in the input.
    reach: isize,
    /// Taps of each of the `up` phases, `2 * reach` each.
    phases: Vec<Vec<f32>>,
}

impl Resampler {
    /// From `from_hz` to `to_hz`.
    pub fn new(from_hz: u32, to_hz: u32) -> Resampler {
        let shared = greatest_common(from_hz, to_hz);
        let (up, down) = ((to_hz / shared) as usize, (from_hz / shared) as usize);
        let slower = f64::from(from_hz.min(to_hz)) / f64::from(from_hz);
        let reach = (HALF_WIDTH / slower).ceil() as isize;
        let phases = (0..up).map(|p| taps(p as f64 / up as f64, reach, slower * PASS)).collect();
        Resampler { up, down, reach, phases }
    }

    /// The samples at the new rate; silence is assumed before and after.
    pub fn run(&self, input: &[f32]) -> Vec<f32> {
        if self.up == self.down {
            return input.to_vec();
        }
        let length = (input.len() * self.up).div_ceil(self.down);
        (0..length).map(|n| self.at(input, n)).collect()
    }

    fn at(&self, input: &[f32], n: usize) -> f32 {
        let place = n * self.down;
        let (whole, phase) = ((place / self.up) as isize, place % self.up);
        let first = whole - self.reach + 1;
        let taps = &self.phases[phase];
        let skip = (-first).max(0) as usize;
        let from = first.max(0) as usize;
        let under = taps.iter().skip(skip).zip(input.iter().skip(from));
        under.map(|(tap, sample)| tap * sample).sum()
    }
}

fn greatest_common(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common(b, a % b) }
}

/// Taps for an output that lies `fraction` of a sample after its whole place; their sum is one.
fn taps(fraction: f64, reach: isize, cutoff: f64) -> Vec<f32> {
    let value = |k: isize| {
        let x = k as f64 - fraction;
        let inside = 1.0 - (x / reach as f64).powi(2);
        sinc(x * cutoff) * bessel(KAISER_BETA * inside.max(0.0).sqrt())
    };
    let raw: Vec<f64> = (1 - reach..=reach).map(value).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|tap| (tap / sum) as f32).collect()
}

fn sinc(x: f64) -> f64 {
    let angle = std::f64::consts::PI * x;
    if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle }
}

/// Modified Bessel function of order zero, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: u32) -> Vec<f32> {
        let step = std::f64::consts::TAU * hz / f64::from(rate);
        (0..rate / 2).map(|n| (step * f64::from(n)).sin() as f32 * 0.5).collect()
    }

    fn rms(x: &[f32]) -> f32 {
        let inside = &x[400..x.len() - 400];
        (inside.iter().map(|s| s * s).sum::<f32>() / inside.len() as f32).sqrt()
    }

    fn gain_db(hz: f64, from: u32, to: u32) -> f32 {
        let input = tone(hz, from);
        20.0 * (rms(&Resampler::new(from, to).run(&input)) / rms(&input)).log10()
    }

    #[test]
    fn speech_passes_unchanged_from_16_to_8_khz() {
        for hz in [100.0, 300.0, 1_000.0, 2_500.0, 3_400.0] {
            assert!(gain_db(hz, 16_000, 8_000).abs() < 0.2, "{hz} Hz");
        }
    }

    #[test]
    fn nothing_folds_back_from_above_4_khz() {
        for hz in [4_150.0, 5_000.0, 6_500.0, 7_900.0] {
            assert!(gain_db(hz, 16_000, 8_000) < -55.0, "{hz} Hz: {}", gain_db(hz, 16_000, 8_000));
        }
    }

    #[test]
    fn a_studio_rate_keeps_length_and_level() {
        for from in [8_000, 22_050, 44_100, 48_000] {
            let out = Resampler::new(from, 16_000).run(&tone(1_000.0, from));
            assert!(out.len().abs_diff(8_000) <= 1);
            assert!(gain_db(1_000.0, from, 16_000).abs() < 0.2, "from {from}");
        }
    }
}
