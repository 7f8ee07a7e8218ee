//! The only place that reads a clock.

use exchange::Now;
use ids::Moment;
use std::time::Instant;

/// Monotonic time since the program started, and the calendar beside it.
#[derive(Clone, Copy)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Begins at zero now.
    #[allow(clippy::disallowed_methods)]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Monotonic time.
    #[allow(clippy::disallowed_methods)]
    pub fn moment(&self) -> Moment {
        Moment::from_micros(Instant::now().duration_since(self.start).as_micros() as u64)
    }

    /// Both times of one turn.
    pub fn now(&self) -> Now {
        Now { mono: self.moment(), unix_us: self.unix_us() }
    }

    /// Unix time in µs.
    #[allow(clippy::disallowed_methods)]
    pub fn unix_us(&self) -> i64 {
        jiff::Timestamp::now().as_microsecond()
    }

    /// The instant at which `moment` comes, for timers of the runtime.
    pub fn instant(&self, moment: Moment) -> Instant {
        self.start + (moment - Moment::START)
    }
}
