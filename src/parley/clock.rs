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

    /// The calendar's time.
    pub fn timestamp(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.unix_us()).unwrap_or_default()
    }

    /// Today's date in an IANA zone; UTC when there is no such zone.
    pub fn today(&self, zone: &str) -> jiff::civil::Date {
        let stamp = jiff::Timestamp::from_microsecond(self.unix_us()).unwrap_or_default();
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        stamp.to_zoned(zone).date()
    }

    /// The time now as RFC 3339 has it, in seconds and UTC: `2026-11-22T01:17:19Z`.
    pub fn stamp(&self) -> String {
        let stamp = jiff::Timestamp::from_microsecond(self.unix_us()).unwrap_or_default();
        stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The instant at which `moment` comes, for timers of the runtime.
    pub fn instant(&self, moment: Moment) -> Instant {
        self.start + (moment - Moment::START)
    }
}
