//! The only place of the vault that reads a clock.

use ids::Moment;
use rustix::time::{ClockId, clock_gettime};

/// Monotonic time.
pub fn now() -> Moment {
    let time = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Moment::from_micros(seconds * 1_000_000 + nanos / 1_000)
}

/// Year and month of today, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// Such as 2027.
    pub year: u32,
    /// 1–12.
    pub month: u32,
}

/// This month.
pub fn this_month() -> Month {
    let days = clock_gettime(ClockId::Realtime).tv_sec / 86_400;
    month_of(u32::try_from(days).unwrap_or(0))
}

/// The month of a day since 1970-01-01, in the proleptic Gregorian calendar counted from March.
fn month_of(days: u32) -> Month {
    let since_era = days + 719_468;
    let day = since_era % 146_097;
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = since_era / 146_097 * 400 + year_of_era;
    Month { year: if month <= 2 { year + 1 } else { year }, month }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_in_its_month() {
        let month = |days| (month_of(days).year, month_of(days).month);
        assert_eq!(month(0), (1970, 1));
        assert_eq!(month(11_016), (2000, 2), "29 February 2000");
        assert_eq!(month(11_017), (2000, 3));
        assert_eq!(month(20_453), (2025, 12), "31 December 2025");
        assert_eq!(month(20_454), (2026, 1));
    }
}
