//! Opening hours: weekly windows in the firm's local time.

use jiff::civil::{DateTime, Time, Weekday};
use std::str::FromStr;

/// Weekly windows, each from a time up to, not including, another on the same day.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Hours {
    windows: Vec<Window>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Window {
    first: Weekday,
    last: Weekday,
    from: Time,
    to: Time,
}

/// Why a text is no window.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "'{0}' is not a window of opening hours; write it like \"Mon-Fri 08:00-18:00\" or \"Sat 09:00-13:00\""
)]
pub struct HoursError(String);

impl Hours {
    /// From windows such as `Mon-Fri 08:00-18:00`. No window at all means never open.
    pub fn parse<S: AsRef<str>>(windows: &[S]) -> Result<Self, HoursError> {
        let windows = windows.iter().map(|w| w.as_ref().parse()).collect::<Result<_, _>>()?;
        Ok(Self { windows })
    }

    /// Always open.
    pub fn always() -> Self {
        let day = Window {
            first: Weekday::Monday,
            last: Weekday::Sunday,
            from: Time::MIN,
            to: Time::MAX,
        };
        Self { windows: vec![day] }
    }

    /// Whether somebody is there at this local time.
    pub fn open_at(&self, local: DateTime) -> bool {
        self.windows.iter().any(|w| w.holds(local))
    }
}

impl Window {
    fn holds(&self, local: DateTime) -> bool {
        let day = local.weekday().to_monday_zero_offset();
        let days = self.first.to_monday_zero_offset()..=self.last.to_monday_zero_offset();
        days.contains(&day)
            && self.from <= local.time()
            && (local.time() < self.to || self.to == Time::MAX)
    }
}

impl FromStr for Window {
    type Err = HoursError;
    fn from_str(text: &str) -> Result<Self, HoursError> {
        let read = || -> Option<Window> {
            let (days, times) = text.trim().split_once(' ')?;
            let (first, last) = days.split_once('-').unwrap_or((days, days));
            let (from, to) = times.trim().split_once('-')?;
            let (first, last) = (weekday(first)?, weekday(last)?);
            let (from, to) = (clock(from)?, clock(to)?);
            let ordered = first.to_monday_zero_offset() <= last.to_monday_zero_offset();
            (ordered && from < to).then_some(Window { first, last, from, to })
        };
        read().ok_or_else(|| HoursError(text.to_owned()))
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name.trim().to_ascii_lowercase().get(..3)? {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    match (hour.parse().ok()?, minute.parse().ok()?) {
        (24, 0) => Some(Time::MAX),
        (hour, minute) => Time::new(hour, minute, 0, 0).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_window_opens_at_its_first_minute_and_closes_at_its_last() {
        let hours = Hours::parse(&["Mon-Fri 08:00-18:00", "Sat 09:00-13:00"]).unwrap();
        let open = |d: i8, h: i8, m: i8| hours.open_at(date(2026, 11, d).at(h, m, 0, 0));
        assert!(open(20, 8, 0) && open(20, 17, 59) && open(21, 12, 59));
        assert!(!open(20, 7, 59) && !open(20, 18, 0) && !open(21, 13, 0) && !open(22, 12, 0));
    }

    #[test]
    fn always_means_every_minute_and_no_window_means_never() {
        let late = date(2026, 11, 22).at(23, 59, 59, 999_000_000);
        assert!(Hours::always().open_at(late));
        assert!(!Hours::parse::<&str>(&[]).unwrap().open_at(late));
        assert!(Hours::parse(&["Sun 00:00-24:00"]).unwrap().open_at(late));
    }

    #[test]
    fn a_window_that_cannot_be_read_says_how_to_write_it() {
        for bad in
            ["", "Mon", "Mon 8-18", "Fri-Mon 08:00-18:00", "Mon 18:00-08:00", "Mon 25:00-26:00"]
        {
            let error = Hours::parse(&[bad]).unwrap_err().to_string();
            assert!(error.contains("Mon-Fri 08:00-18:00"), "{error}");
        }
    }
}
