//! When the next RTCP report is due (RFC 3550 section 6.2 and 6.3), and the chance that it needs.
//!
//! A telephone leg has two members, so the computed interval is always under the minimum of 5 s; what
//! remains of section 6.3.1 is: half of it before the first report, a factor of 0.5–1.5, and the
//! division by e − 3/2 that makes up for reconsideration.

use crate::limits::REPORT_INTERVAL_US;

/// Seeded numbers without pattern (SplitMix64): for SSRCs, first sequence numbers and spreading. The
/// seed comes from the operating system; equal seeds give equal runs in tests.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// The timer of one member.
#[derive(Clone, Debug)]
pub struct ReportSchedule {
    random: Random,
    due_us: u64,
}

impl ReportSchedule {
    /// Joins at `now_us`: the first report comes after half an interval on average.
    pub fn new(now_us: u64, random: Random) -> Self {
        let mut schedule = Self { random, due_us: 0 };
        schedule.due_us = now_us + schedule.spread(REPORT_INTERVAL_US / 2);
        schedule
    }

    /// When the next report is due, in µs.
    pub fn due_us(&self) -> u64 {
        self.due_us
    }

    /// A report was sent: plan the next.
    pub fn sent(&mut self, now_us: u64) {
        self.due_us = now_us + self.spread(REPORT_INTERVAL_US);
    }

    fn spread(&mut self, interval_us: u64) -> u64 {
        let half_to_one_and_half = 500 + self.random.next_u64() % 1_001;
        interval_us * half_to_one_and_half / 1_218
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_come_about_every_five_seconds_and_never_in_step() {
        let mut schedule = ReportSchedule::new(0, Random::new(1));
        assert!((1_000_000..3_100_000).contains(&schedule.due_us()));
        let mut gaps = Vec::new();
        for _ in 0..200 {
            let before = schedule.due_us();
            schedule.sent(before);
            gaps.push(schedule.due_us() - before);
        }
        assert!(gaps.iter().all(|gap| (2_000_000..6_200_000).contains(gap)));
        let mean = gaps.iter().sum::<u64>() / 200;
        assert!((3_800_000..4_400_000).contains(&mean), "5 s / 1.218 is 4.1 s: {mean}");
    }
}
