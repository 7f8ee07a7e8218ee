//! Interarrival jitter (RFC 3550 section 6.4.1 and appendix A.8).

/// The running estimate for one source.
#[derive(Clone, Debug)]
pub struct Jitter {
    rate_hz: u32,
    transit: Option<u32>,
    /// Ticks times 16, as appendix A.8 keeps it.
    scaled: u32,
    ticks_max: u32,
}

impl Jitter {
    /// For a payload clock of `rate_hz` ticks a second (at least 1).
    pub fn new(rate_hz: u32) -> Self {
        Self { rate_hz: rate_hz.max(1), transit: None, scaled: 0, ticks_max: 0 }
    }

    /// A packet with this timestamp arrived at `now_us`.
    pub fn arrive(&mut self, now_us: u64, timestamp: u32) {
        let arrival = (u128::from(now_us) * u128::from(self.rate_hz) / 1_000_000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let moved = (transit.wrapping_sub(before) as i32).unsigned_abs();
            // a jump over ten seconds is a new talkspurt with a new clock, not jitter
            if moved < self.rate_hz.saturating_mul(10) {
                self.scaled = (self.scaled + moved).saturating_sub((self.scaled + 8) >> 4);
                self.ticks_max = self.ticks_max.max(self.ticks());
            }
        }
    }

    /// The estimate in ticks, as it goes into a report.
    pub fn ticks(&self) -> u32 {
        self.scaled >> 4
    }

    /// The highest estimate so far, in µs.
    pub fn max_us(&self) -> u32 {
        (u64::from(self.ticks_max) * 1_000_000 / u64::from(self.rate_hz)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_stream_has_no_jitter() {
        let mut jitter = Jitter::new(8_000);
        (0..100).for_each(|n| jitter.arrive(n * 20_000, n as u32 * 160));
        assert_eq!((jitter.ticks(), jitter.max_us()), (0, 0));
    }

    #[test]
    fn packets_early_and_late_by_5_ms_settle_near_10_ms_between_neighbours() {
        let mut jitter = Jitter::new(8_000);
        (0..400_u64).for_each(|n| jitter.arrive(n * 20_000 + (n % 2) * 10_000, n as u32 * 160));
        assert!((70..=80).contains(&jitter.ticks()), "{}", jitter.ticks());
        assert!((9_000..=10_000).contains(&jitter.max_us()));
    }
}
