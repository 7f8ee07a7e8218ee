//! Levels, in dB relative to full scale.
//!
//! 0 dBFS is the root mean square of a full-scale square wave, so a full-scale sine reads −3.01 dBFS.

/// What silence reads: lower than the smallest 16-bit sample.
pub const SILENCE_DBFS: f32 = -96.4;

/// Sums squares until it is asked.
#[derive(Clone, Copy, Default, Debug)]
pub struct Meter {
    squares: u64,
    count: u64,
    peak: u16,
}

impl Meter {
    /// Adds samples.
    pub fn add(&mut self, samples: &[i16]) {
        for sample in samples {
            let size = sample.unsigned_abs();
            self.squares += u64::from(size) * u64::from(size);
            self.peak = self.peak.max(size);
        }
        self.count += samples.len() as u64;
    }

    /// Root mean square of everything added, in dBFS; [`SILENCE_DBFS`] when nothing was.
    pub fn rms_dbfs(&self) -> f32 {
        match self.count {
            0 => SILENCE_DBFS,
            count => dbfs((self.squares as f64 / count as f64).sqrt()),
        }
    }

    /// The largest sample, in dBFS.
    pub fn peak_dbfs(&self) -> f32 {
        dbfs(f64::from(self.peak))
    }
}

/// Root mean square of `samples`, in dBFS.
pub fn rms_dbfs(samples: &[i16]) -> f32 {
    let mut meter = Meter::default();
    meter.add(samples);
    meter.rms_dbfs()
}

fn dbfs(amplitude: f64) -> f32 {
    ((20.0 * (amplitude / 32_768.0).log10()) as f32).max(SILENCE_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_square_reads_zero_and_half_of_it_six_less() {
        assert!(rms_dbfs(&[i16::MIN; 80]).abs() < 0.01);
        assert!((rms_dbfs(&[16_384, -16_384]) + 6.02).abs() < 0.01);
    }

    #[test]
    fn silence_and_nothing_read_the_floor() {
        assert_eq!(rms_dbfs(&[]), SILENCE_DBFS);
        assert_eq!(rms_dbfs(&[0; 160]), SILENCE_DBFS);
    }

    #[test]
    fn the_peak_is_the_largest_of_all_that_was_added() {
        let mut meter = Meter::default();
        meter.add(&[100, -16_384]);
        meter.add(&[3]);
        assert!((meter.peak_dbfs() + 6.02).abs() < 0.01);
    }
}
