//! Refusing new calls before running ones suffer.
//!
//! ```text
//!   Calm --turns come SHED_ABOVE late--> Shedding --below SHED_BELOW, or no lag told for a while--> Calm
//! ```
//!
//! Owns: the smoothed lag. Never: a request inside a dialog.

use crate::limits::{SHED_ABOVE, SHED_BELOW, SHED_FORGETS_AFTER};
use ids::Moment;
use std::time::Duration;

/// Whether new calls are turned away because our turns come late.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overload {
    smoothed_us: u64,
    shedding: bool,
    told_at: Moment,
}

impl Overload {
    /// A turn came this late. One late turn is noise: eight make the mean.
    pub(crate) fn handle_lag(&mut self, now: Moment, lag: Duration) {
        let lag_us = u64::try_from(lag.as_micros()).unwrap_or(u64::MAX).min(60_000_000);
        if now.since(self.told_at) > SHED_FORGETS_AFTER {
            self.smoothed_us = 0;
        }
        self.smoothed_us = (self.smoothed_us * 7 + lag_us) / 8;
        self.told_at = now;
        let mean = Duration::from_micros(self.smoothed_us);
        self.shedding = if self.shedding { mean > SHED_BELOW } else { mean > SHED_ABOVE };
    }

    pub(crate) fn sheds(&self, now: Moment) -> bool {
        self.shedding && now.since(self.told_at) <= SHED_FORGETS_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lasting_lag_sheds_and_a_single_late_turn_does_not() {
        let (mut load, ms) = (Overload::default(), Duration::from_millis);
        let at = Moment::from_millis;
        load.handle_lag(at(1_000), ms(300));
        assert!(!load.sheds(at(1_000)), "one late turn");
        for n in 0..8 {
            load.handle_lag(at(1_010 + n), ms(200));
        }
        assert!(load.sheds(at(1_020)));
        for n in 0..30 {
            load.handle_lag(at(1_030 + n), ms(0));
        }
        assert!(!load.sheds(at(1_070)));
    }

    #[test]
    fn shedding_ends_when_nobody_tells_a_lag_any_more() {
        let mut load = Overload::default();
        for n in 0..20 {
            load.handle_lag(Moment::from_millis(n), Duration::from_secs(1));
        }
        assert!(load.sheds(Moment::from_millis(20)));
        assert!(!load.sheds(Moment::from_millis(9_000)));
    }
}
