//! A token bucket: so many at once, so many a second.

use ids::Moment;

/// How fast a bucket fills and how much it holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Tokens a second.
    pub per_s: u32,
    /// Tokens at most.
    pub burst: u32,
}

/// One bucket; its rate is kept by whoever owns it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// Millionths of a token.
    level: u64,
    at: Moment,
}

impl Bucket {
    pub(crate) fn full(now: Moment, rate: Rate) -> Bucket {
        Bucket { level: u64::from(rate.burst) * 1_000_000, at: now }
    }

    /// Takes one token; false when there is none.
    pub(crate) fn take(&mut self, now: Moment, rate: Rate) -> bool {
        // µs × tokens a second = millionths of a token.
        let since_us = now.since(self.at).as_micros().min(3_600_000_000) as u64;
        let filled = self.level.saturating_add(since_us * u64::from(rate.per_s));
        self.level = filled.min(u64::from(rate.burst) * 1_000_000);
        self.at = now;
        let there = self.level >= 1_000_000;
        if there {
            self.level -= 1_000_000;
        }
        there
    }
}
