//! One row of a case file to one [`NewCase`], or to what is wrong with it and what to do.
//!
//! Never: a secret in a report. A refused PIN or birth date is described, not shown.

use crate::contract::NewCase;
use crate::limits::{NAME_CHARS_MAX, NUMBER_DIGITS, PHONES_MAX};
use ids::phone::{Home, normalise};
use ids::{CheckDigit, Currency, Lang, Money};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use records::{Factor, Pepper};

/// The columns of a case file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Column {
    /// Case number: 4–20 digits.
    Number,
    /// The person's name as it is spoken.
    Name,
    /// Phone numbers, separated by `;`, `|` or `,`. May be empty.
    Phones,
    /// `pl`, `en`, `it`, `pt` …
    Language,
    /// To whom the money is owed.
    Creditor,
    /// Such as `1234.56`.
    Amount,
    /// `PLN`, `EUR`, `GBP`, `USD`, `BRL`.
    Currency,
    /// `2026-03-31` or `31.03.2026`.
    DueDate,
    /// The same; optional, kept as a digest.
    BirthDate,
    /// Six digits; optional, kept as a digest.
    Pin,
    /// Four digits; optional, kept as a digest.
    IdLast4,
    /// When the PIN was issued; optional: it is then good for 90 days.
    PinIssued,
}

impl Column {
    /// All, in the order in which a file usually has them.
    pub const ALL: [Column; 12] = [
        Column::Number,
        Column::Name,
        Column::Phones,
        Column::Language,
        Column::Creditor,
        Column::Amount,
        Column::Currency,
        Column::DueDate,
        Column::BirthDate,
        Column::Pin,
        Column::IdLast4,
        Column::PinIssued,
    ];

    /// Its name in the header.
    pub const fn name(self) -> &'static str {
        match self {
            Column::Number => "number",
            Column::Name => "name",
            Column::Phones => "phones",
            Column::Language => "language",
            Column::Creditor => "creditor",
            Column::Amount => "amount",
            Column::Currency => "currency",
            Column::DueDate => "due_date",
            Column::BirthDate => "birth_date",
            Column::Pin => "pin",
            Column::IdLast4 => "id_last4",
            Column::PinIssued => "pin_issued",
        }
    }

    /// True when a file may do without it.
    pub const fn is_optional(self) -> bool {
        matches!(self, Column::BirthDate | Column::Pin | Column::IdLast4 | Column::PinIssued)
    }
}

/// Which field is wrong, and what to do.
pub(crate) type Fault = (Column, String);

/// What rows are read with.
pub(crate) struct RowReader<'a> {
    pub pepper: &'a Pepper,
    pub check_digit: CheckDigit,
    pub home: &'a Home,
}

impl RowReader<'_> {
    /// Reads a row; `field` gives a column's text, trimmed.
    pub fn read<'f>(&self, field: impl Fn(Column) -> &'f str) -> Result<NewCase, Fault> {
        let number = self.number(field(Column::Number))?;
        let currency: Currency = at(Column::Currency, field(Column::Currency).parse())?;
        let amount = field(Column::Amount);
        let lang: Lang = at(Column::Language, field(Column::Language).parse())?;
        let secret = |factor, value: Option<String>| {
            value.map(|value| self.pepper.digest(&number, factor, &value))
        };
        let born = optional(field(Column::BirthDate), |text| date(Column::BirthDate, text, true))?;
        let pin = optional(field(Column::Pin), |text| digits(Column::Pin, text, 6))?;
        let id = optional(field(Column::IdLast4), |text| digits(Column::IdLast4, text, 4))?;
        let issued = optional(field(Column::PinIssued), |t| date(Column::PinIssued, t, false))?;
        Ok(NewCase {
            name: spoken(Column::Name, field(Column::Name))?,
            phones: self.phones(field(Column::Phones))?,
            lang,
            creditor: spoken(Column::Creditor, field(Column::Creditor))?,
            outstanding: at(Column::Amount, Money::parse(amount, currency))?,
            due_date: date(Column::DueDate, field(Column::DueDate), false)?,
            pin: secret(Factor::Pin, pin),
            pin_issued_us: issued.and_then(unix_us),
            birth_date: secret(Factor::BirthDate, born.map(as_keyed)),
            id_last4: secret(Factor::IdLast4, id),
            number,
        })
    }

    fn number(&self, text: &str) -> Result<String, Fault> {
        let wrong = |what: &str| Err((Column::Number, what.to_owned()));
        if text.is_empty() {
            return wrong("is empty; every case needs its number");
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return wrong("has other characters than digits; callers key it, so write digits only");
        }
        if !NUMBER_DIGITS.contains(&text.len()) {
            return wrong("is too short or too long; write 4 to 20 digits");
        }
        match self.check_digit.fits(text) {
            true => Ok(text.to_owned()),
            false => wrong(
                "does not end in its check digit; look for a slip, or import with the check digit that the letters use",
            ),
        }
    }

    fn phones(&self, text: &str) -> Result<Vec<String>, Fault> {
        let mut phones = Vec::new();
        for written in text.split([';', '|', ',']).map(str::trim).filter(|p| !p.is_empty()) {
            let Some(phone) = normalise(written, self.home) else {
                let shown: String = written.chars().take(24).collect();
                let what = format!(
                    "'{shown}' is no phone number; write it like +{} 600 100 200, several with ; between them",
                    self.home.calling_code
                );
                return Err((Column::Phones, what));
            };
            if !phones.contains(&phone) {
                phones.push(phone);
            }
        }
        if phones.len() > PHONES_MAX {
            return Err((
                Column::Phones,
                format!("are more than {PHONES_MAX}; keep the ones in use"),
            ));
        }
        Ok(phones)
    }
}

fn at<T, E: std::fmt::Display>(column: Column, read: Result<T, E>) -> Result<T, Fault> {
    read.map_err(|error| (column, error.to_string()))
}

fn optional<T>(text: &str, read: impl Fn(&str) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

fn spoken(column: Column, text: &str) -> Result<String, Fault> {
    if text.is_empty() {
        return Err((column, "is empty; it is spoken, so write it as it should sound".into()));
    }
    if text.chars().count() > NAME_CHARS_MAX {
        return Err((column, format!("is longer than {NAME_CHARS_MAX} characters; shorten it")));
    }
    if text.chars().any(char::is_control) {
        return Err((column, "has a line break or another control character; take it out".into()));
    }
    Ok(text.to_owned())
}

/// A secret of exactly this many digits.
fn digits(column: Column, text: &str, count: usize) -> Result<String, Fault> {
    if text.len() == count && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    let hint = "; spreadsheets drop leading zeros: format the column as text";
    let short = text.len() < count && text.bytes().all(|b| b.is_ascii_digit());
    let hint = if short { hint } else { "" };
    Err((column, format!("must be exactly {count} digits{hint}")))
}

/// `2026-03-31` or `31.03.2026`; slashes are refused, because they mean two things.
fn date(column: Column, text: &str, secret: bool) -> Result<Date, Fault> {
    let bad = || {
        let shown: String = text.chars().take(24).collect();
        let named = if secret { "is".to_owned() } else { format!("'{shown}' is") };
        (column, format!("{named} no date; write it like 2026-03-31 or 31.03.2026"))
    };
    let parts: Vec<&str> = text.split(['-', '.']).collect();
    let [first, middle, last] = parts[..] else { return Err(bad()) };
    let (year, day) = if text.contains('-') { (first, last) } else { (last, first) };
    let all_digits = parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    if year.len() != 4 || !all_digits || text.contains('-') && text.contains('.') {
        return Err(bad());
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse(), middle.parse(), day.parse()) else {
        return Err(bad());
    };
    if !(1900..=2200).contains(&year) {
        return Err(bad());
    }
    Date::new(year, month, day).map_err(|_| bad())
}

/// As a caller keys it: day, month, year.
fn as_keyed(date: Date) -> String {
    format!("{:02}{:02}{:04}", date.day(), date.month(), date.year())
}

fn unix_us(date: Date) -> Option<i64> {
    let midnight = date.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_microsecond())
}
