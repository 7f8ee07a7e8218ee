//! The values a text can hold, and how each is said.

use crate::digits::{DigitsError, Kind};
use crate::grammar::{Gender, cardinal, ordinal};
use crate::limits::{NUMBER_MAX, ORDINAL_MAX, SPOKEN_YEAR_MAX, SPOKEN_YEAR_MIN};
use crate::noun::{Noun, count};
use crate::phrase::Phrase;
use crate::{amount, calendar, digits};
use ids::{Lang, Money};
use jiff::civil::{Date, Time};
use std::collections::BTreeMap;

/// One value for a placeable of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Money: `dwadzieścia dwa złote`.
    Amount(Money),
    /// Day and month.
    Date(Date),
    /// Day, month and year, 1900–2199.
    DateWithYear(Date),
    /// The day of the week of a date.
    Weekday(Date),
    /// Hour and minute; seconds are not said.
    Time(Time),
    /// A number of things.
    Count {
        /// Of what.
        noun: Noun,
        /// How many, at most [`NUMBER_MAX`].
        n: u64,
    },
    /// A plain number, at most [`NUMBER_MAX`].
    Number(u64),
    /// The n-th, masculine, 1–[`ORDINAL_MAX`].
    Ordinal(u64),
    /// Read digit by digit; without spaces it is grouped in threes and fours.
    Digits(String),
    /// A telephone number: as `Digits`, with `meia` for 6 in Brazil.
    Phone(String),
    /// A name, for the names engine.
    Name(String),
    /// Days from today, -2 to 2.
    RelativeDay(i8),
    /// Any other text, for the names engine.
    Text(String),
    /// Minutes to wait, said as a band.
    WaitBand(u32),
    /// Month (1–12) and year (00–99) of a card.
    CardExpiry(u8, u8),
}

/// Why a value cannot be said.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ValueError {
    /// Not a string of digits.
    #[error(transparent)]
    Digits(#[from] DigitsError),
    /// A year we do not speak.
    #[error(
        "the year {0} is not spoken; use {SPOKEN_YEAR_MIN} to {SPOKEN_YEAR_MAX}, or the date without year"
    )]
    Year(i16),
    /// Too large a number.
    #[error("{0} is too large to be spoken; the largest number is {NUMBER_MAX}")]
    TooLarge(u64),
    /// No such ordinal.
    #[error("there is no ordinal for {0}; use 1 to {ORDINAL_MAX}")]
    Ordinal(u64),
    /// Not near today.
    #[error("{0} days from today has no word of its own; use -2 to 2, or say the date")]
    RelativeDay(i8),
    /// Not a month.
    #[error("{0} is not a month; a card expires in month 01 to 12")]
    Month(u8),
}

/// What a value says: words from clips, or text for the names engine.
pub(crate) enum Said<'v> {
    Phrase(Phrase),
    Name(&'v str),
}

impl Value {
    /// How this value is said in `lang`.
    pub(crate) fn said(&self, lang: Lang) -> Result<Said<'_>, ValueError> {
        Ok(Said::Phrase(match self {
            Value::Name(text) | Value::Text(text) => return Ok(Said::Name(text)),
            Value::Amount(money) if money.major() > NUMBER_MAX => {
                return Err(ValueError::TooLarge(money.major()));
            }
            Value::Amount(money) => amount::amount(lang, *money),
            Value::Date(date) => calendar::day_month(lang, *date),
            Value::DateWithYear(date) => {
                calendar::with_year(lang, *date).ok_or(ValueError::Year(date.year()))?
            }
            Value::Weekday(date) => calendar::weekday(lang, date.weekday()),
            Value::Time(time) => calendar::time(lang, *time),
            Value::Count { noun, n } => count(lang, *noun, bounded(*n)?),
            Value::Number(n) => cardinal(lang, bounded(*n)?, Gender::Masculine),
            Value::Ordinal(n) => spoken_ordinal(lang, *n, Gender::Masculine)?,
            Value::Digits(text) => {
                digits::digits(lang, &digits::regroup(digits::groups(text)?), Kind::Any)
            }
            Value::Phone(text) => {
                digits::digits(lang, &digits::regroup(digits::groups(text)?), Kind::Telephone)
            }
            Value::RelativeDay(days) => {
                calendar::relative_day(lang, *days).ok_or(ValueError::RelativeDay(*days))?
            }
            Value::WaitBand(minutes) => calendar::waiting(lang, *minutes),
            Value::CardExpiry(month, year) => spoken_expiry(lang, *month, *year)?,
        }))
    }
}

/// `n` if it can be spoken.
pub(crate) fn bounded(n: u64) -> Result<u64, ValueError> {
    if n > NUMBER_MAX { Err(ValueError::TooLarge(n)) } else { Ok(n) }
}

/// The ordinal of `n` if there is one.
pub(crate) fn spoken_ordinal(lang: Lang, n: u64, gender: Gender) -> Result<Phrase, ValueError> {
    match n {
        1..=ORDINAL_MAX => Ok(ordinal(lang, n, gender)),
        _ => Err(ValueError::Ordinal(n)),
    }
}

fn spoken_expiry(lang: Lang, month: u8, year: u8) -> Result<Phrase, ValueError> {
    match month {
        1..=12 => Ok(digits::card_expiry(lang, month, year % 100)),
        _ => Err(ValueError::Month(month)),
    }
}

/// Values by the name of their placeable.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Args(BTreeMap<String, Value>);

impl Args {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more value; a later one of the same name replaces the earlier.
    pub fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        self.insert(name, value);
        self
    }

    /// Adds a value; a later one of the same name replaces the earlier.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.0.insert(name.into(), value);
    }

    /// The value of a placeable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Names and values in order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}
