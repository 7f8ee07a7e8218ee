//! How many calls a trunk carries, and how fast ours may begin.
//!
//! Owns: the count of both directions, the token bucket of calls per second.
//! Never: a refusal of a call that came in: outbound's sake is no reason (defaults.md).

use ids::Moment;

/// Which cap holds a call back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Full {
    /// All lines are taken.
    Lines,
    /// Too many calls began within this second.
    Rate,
}

/// The caps of one trunk and how far they are used.
#[derive(Clone, Debug)]
pub(crate) struct Caps {
    calls_max: u32,
    per_second: u32,
    /// Calls that came in and are not over.
    pub(crate) inbound: u32,
    /// Calls of ours that are not over.
    pub(crate) outbound: u32,
    /// Millionths of a call that may begin now.
    tokens: u64,
    filled_at: Moment,
}

/// One call in the unit of the bucket.
const ONE: u64 = 1_000_000;

impl Caps {
    pub(crate) fn new(calls_max: u32, per_second: u32) -> Caps {
        let tokens = u64::from(per_second) * ONE;
        Caps { calls_max, per_second, inbound: 0, outbound: 0, tokens, filled_at: Moment::START }
    }

    /// Why a call of ours cannot begin now, if it cannot.
    pub(crate) fn full(&mut self, now: Moment) -> Option<Full> {
        self.fill(now);
        if self.inbound.saturating_add(self.outbound) >= self.calls_max {
            Some(Full::Lines)
        } else if self.tokens < ONE {
            Some(Full::Rate)
        } else {
            None
        }
    }

    /// A call of ours begins, where nothing holds it back.
    ///
    /// # Errors
    /// The cap that does; nothing is counted then.
    pub(crate) fn begin(&mut self, now: Moment) -> Result<(), Full> {
        match self.full(now) {
            Some(full) => Err(full),
            None => {
                self.tokens -= ONE;
                self.outbound += 1;
                Ok(())
            }
        }
    }

    /// A second's worth at most is saved up.
    fn fill(&mut self, now: Moment) {
        let passed_us = now.since(self.filled_at).as_micros() as u64;
        self.filled_at = self.filled_at.max(now);
        let rate = u64::from(self.per_second);
        self.tokens = self.tokens.saturating_add(passed_us.saturating_mul(rate)).min(rate * ONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_begin_as_fast_as_the_carrier_allows_and_no_faster() {
        let mut caps = Caps::new(1_000, 5);
        let begun = |caps: &mut Caps, ms: u64| {
            (0..100).take_while(|_| caps.begin(Moment::from_millis(ms)).is_ok()).count()
        };
        assert_eq!(begun(&mut caps, 0), 5);
        assert_eq!(begun(&mut caps, 199), 0);
        assert_eq!(begun(&mut caps, 200), 1);
        assert_eq!(begun(&mut caps, 60_000), 5);
        assert_eq!(caps.full(Moment::from_millis(60_000)), Some(Full::Rate));
    }

    #[test]
    fn calls_that_came_in_take_lines_but_only_ours_are_held_back() {
        let mut caps = Caps::new(2, 100);
        caps.inbound = 1;
        assert_eq!(caps.begin(Moment::START), Ok(()));
        assert_eq!(caps.begin(Moment::START), Err(Full::Lines));
        caps.inbound += 5;
        assert_eq!(caps.begin(Moment::START), Err(Full::Lines));
        (caps.inbound, caps.outbound) = (0, 1);
        assert_eq!(caps.begin(Moment::START), Ok(()));
    }
}
