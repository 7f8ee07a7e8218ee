//! Telephone numbers as a carrier wants to see them, and which number of ours a call may show.
//!
//! ```text
//!   inside   +48221234567 (E.164)
//!   e164     +48221234567      national  221234567 (abroad: 0039…)      00  0048221234567
//! ```
//!
//! Owns: the three spellings, the list of numbers a trunk may show.
//! Never: reading what a carrier sends (`ids::phone` does).

use ids::phone::Home;
use std::fmt;
use std::str::FromStr;

/// How numbers are written to a carrier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum NumberFormat {
    /// `+48221234567` (RFC 3966 global numbers).
    #[default]
    E164,
    /// As dialled at home; abroad with `00`.
    National,
    /// `0048221234567`.
    International,
}

impl NumberFormat {
    /// Writes a number that is given in E.164. What is no such number is left as it is.
    pub fn write(self, number: &str, home: &Home) -> String {
        let Some(digits) = number.strip_prefix('+') else { return number.to_owned() };
        match self {
            NumberFormat::E164 => number.to_owned(),
            NumberFormat::International => format!("00{digits}"),
            NumberFormat::National => match digits.strip_prefix(home.calling_code.as_str()) {
                Some(national) => format!("{}{national}", home.trunk_prefix),
                None => format!("00{digits}"),
            },
        }
    }
}

/// A text that names no format.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no number format; write e164, national or 00")]
pub struct UnknownFormat(pub String);

impl FromStr for NumberFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "e164" => Ok(NumberFormat::E164),
            "national" => Ok(NumberFormat::National),
            "00" => Ok(NumberFormat::International),
            _ => Err(UnknownFormat(text.to_owned())),
        }
    }
}

/// A number that a trunk may show, or all that begin alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallerId {
    /// `+48221234567`.
    Number(String),
    /// `+4822123*`: every number of a range that the carrier gave us.
    Range(String),
}

/// A text that is no caller id.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is no number to show; write it in E.164 like +48221234567, or a range like +4822123*"
)]
pub struct NoCallerId(pub String);

impl CallerId {
    fn allows(&self, number: &str) -> bool {
        match self {
            CallerId::Number(own) => own == number,
            CallerId::Range(start) => number.starts_with(start.as_str()),
        }
    }
}

impl FromStr for CallerId {
    type Err = NoCallerId;

    fn from_str(text: &str) -> Result<Self, NoCallerId> {
        let (body, range) = text.strip_suffix('*').map_or((text, false), |body| (body, true));
        let digits = body.strip_prefix('+').unwrap_or_default();
        let lengths = if range { 3..=14 } else { 7..=15 };
        if !lengths.contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NoCallerId(text.to_owned()));
        }
        let body = body.to_owned();
        Ok(if range { CallerId::Range(body) } else { CallerId::Number(body) })
    }
}

impl fmt::Display for CallerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallerId::Number(number) => f.write_str(number),
            CallerId::Range(start) => write!(f, "{start}*"),
        }
    }
}

/// The number that a call shows on a trunk: the wanted one where the trunk may show it, else the
/// first whole number of its list. `None` when the trunk has none: the call then shows the
/// registered user or `anonymous`.
pub(crate) fn shown(allowed: &[CallerId], wanted: Option<&str>) -> Option<String> {
    let may = |number: &&str| allowed.iter().any(|id| id.allows(number));
    wanted.filter(may).map(str::to_owned).or_else(|| {
        allowed.iter().find_map(|id| match id {
            CallerId::Number(number) => Some(number.clone()),
            CallerId::Range(_) => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_reaches_the_same_person() {
        use NumberFormat::{E164, International, National};
        let (pl, uk) = (Home::of("48"), Home::of("44"));
        for (format, number, home, written) in [
            (E164, "+48221234567", &pl, "+48221234567"),
            (National, "+48221234567", &pl, "221234567"),
            (National, "+442079460123", &uk, "02079460123"),
            (National, "+39061234567", &pl, "0039061234567"),
            (International, "+48221234567", &pl, "0048221234567"),
            (International, "anonymous", &pl, "anonymous"),
        ] {
            assert_eq!(format.write(number, home), written, "{format:?} {number}");
        }
        assert_eq!("00".parse(), Ok(International));
        assert!("E164".parse::<NumberFormat>().unwrap_err().to_string().contains("national or 00"));
    }

    #[test]
    fn a_call_shows_only_numbers_that_the_trunk_may_show() {
        let list: Vec<CallerId> =
            ["+4822123*", "+48221234500"].map(|text| text.parse().unwrap()).into();
        assert_eq!(shown(&list, Some("+48221239999")).as_deref(), Some("+48221239999"));
        assert_eq!(shown(&list, Some("+48600100200")).as_deref(), Some("+48221234500"));
        assert_eq!(shown(&list, None).as_deref(), Some("+48221234500"));
        assert_eq!(shown(&[], Some("+48600100200")), None);
        for bad in ["221234567", "+48", "+48x21234567", "*", "+1*"] {
            assert!(bad.parse::<CallerId>().is_err(), "{bad}");
        }
    }
}
