//! Amounts of money in minor units: never a float.

use std::fmt;
use std::str::FromStr;

/// A currency we can speak.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[allow(missing_docs)]
pub enum Currency {
    PLN,
    EUR,
    GBP,
    USD,
    BRL,
}

impl Currency {
    /// Every currency we can speak.
    pub const ALL: [Currency; 5] =
        [Currency::PLN, Currency::EUR, Currency::GBP, Currency::USD, Currency::BRL];

    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Currency::PLN => "PLN",
            Currency::EUR => "EUR",
            Currency::GBP => "GBP",
            Currency::USD => "USD",
            Currency::BRL => "BRL",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(s: &str) -> Result<Self, MoneyError> {
        Currency::ALL
            .into_iter()
            .find(|c| c.code().eq_ignore_ascii_case(s))
            .ok_or_else(|| MoneyError::UnknownCurrency(s.to_owned()))
    }
}

/// An amount in minor units (grosz, cent, penny, centavo) of one currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Money {
    /// Minor units, never negative.
    pub minor: u64,
    /// Whose minor units.
    pub currency: Currency,
}

/// Why a text is not an amount.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MoneyError {
    /// Not a code of ours.
    #[error("'{0}' is not a currency that can be spoken; use PLN, EUR, GBP, USD or BRL")]
    UnknownCurrency(String),
    /// Not digits with at most two decimals.
    #[error("'{0}' is not an amount; write it like 1234.56")]
    NotAnAmount(String),
    /// More than 999,999,999.99.
    #[error("'{0}' is too large; the largest amount is 999999999.99")]
    TooLarge(String),
}

impl Money {
    /// The largest amount that can be spoken: 999,999,999.99.
    pub const MINOR_MAX: u64 = 99_999_999_999;

    /// An amount from minor units.
    pub const fn new(minor: u64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Whole units.
    pub const fn major(self) -> u64 {
        self.minor / 100
    }

    /// Minor units beyond the whole ones, 0–99.
    pub const fn cents(self) -> u64 {
        self.minor % 100
    }

    /// Reads `1234.56`, `1234,56`, `1234.5` or `1234` as an amount of `currency`.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let bad = || MoneyError::NotAnAmount(text.to_owned());
        let clean = text.trim();
        let (whole, part) = clean.split_once(['.', ',']).unwrap_or((clean, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(bad());
        }
        let significant = whole.trim_start_matches('0');
        if significant.len() > 9 {
            return Err(MoneyError::TooLarge(text.to_owned()));
        }
        let whole: u64 =
            if significant.is_empty() { 0 } else { significant.parse().map_err(|_| bad())? };
        let cents: u64 = part.parse().map_err(|_| bad())?;
        let cents = if part.len() == 1 { cents * 10 } else { cents };
        Ok(Self::new(whole * 100 + cents, currency))
    }
}

impl fmt::Display for Money {
    /// `1234.56 PLN`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} {}", self.major(), self.cents(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let read = |s| Money::parse(s, Currency::PLN).map(|m| m.minor);
        assert_eq!(read("1234.56"), Ok(123_456));
        assert_eq!(read("1234,5"), Ok(123_450));
        assert_eq!(read("0"), Ok(0));
        assert_eq!(read("999999999.99"), Ok(Money::MINOR_MAX));
        assert!(matches!(read("1000000000"), Err(MoneyError::TooLarge(_))));
        for bad in ["", "-1", "1.234", "1e3", "12 34", "."] {
            assert!(matches!(read(bad), Err(MoneyError::NotAnAmount(_))), "{bad}");
        }
    }
}
