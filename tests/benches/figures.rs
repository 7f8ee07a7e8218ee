//! Percentiles of measured times, printed in milliseconds.

use std::time::Duration;

/// Measured times of one kind.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that this share (0–1) of all do not exceed.
    pub fn at(&mut self, share: f64) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        self.0.get((share * last as f64).round() as usize).copied().unwrap_or_default()
    }

    /// `p50 0.12  p99 0.40  max 0.50 ms  (n = 200)`
    pub fn line(&mut self, shares: &[f64]) -> String {
        let mut line = String::new();
        for share in shares {
            let name = format!("{}", share * 100.0);
            line += &format!("p{name} {:.2}  ", self.at(*share).as_secs_f64() * 1e3);
        }
        format!("{line}max {:.2} ms  (n = {})", self.at(1.0).as_secs_f64() * 1e3, self.len())
    }
}
