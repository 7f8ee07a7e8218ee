//! `parley speak`: one value from the words of a command line.

use crate::digits::{DigitsError, Kind, digits, groups, key_name};
use crate::grammar::{Gender, cardinal};
use crate::limits::NUMBER_MAX;
use crate::noun::{Noun, UnknownNoun};
use crate::phrase::{Form, Phrase};
use crate::sentence::Sentence;
use crate::value::{Said, Value, ValueError, bounded, spoken_ordinal};
use ids::{Currency, Lang, Money, MoneyError};
use jiff::civil::{Date, Time};

/// Why nothing was said, and what to write.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SpeakError {
    /// A kind of value we do not know.
    #[error(
        "'{0}' cannot be spoken; use amount, date, date-with-year, weekday, time, count, digits, phone, number, ordinal, relative-day, card-expiry, wait or key"
    )]
    UnknownKind(String),
    /// Something is missing.
    #[error("{what} needs more words; write: {example}")]
    Missing {
        /// The kind of value.
        what: &'static str,
        /// A complete example.
        example: &'static str,
    },
    /// Something is too much.
    #[error("'{0}' is one word too many; put a value with spaces between quotes")]
    TooMany(String),
    /// Not an amount.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Not digits.
    #[error(transparent)]
    Digits(#[from] DigitsError),
    /// Not a thing we count.
    #[error(transparent)]
    Noun(#[from] UnknownNoun),
    /// Understood, but not speakable.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Not a date.
    #[error("'{0}' is not a date; write it like 2026-03-02")]
    NotADate(String),
    /// Not a time.
    #[error("'{0}' is not a time; write it like 17:30, from 00:00 to 23:59")]
    NotATime(String),
    /// Not a whole number.
    #[error("'{0}' is not a whole number from 0 to {NUMBER_MAX}")]
    NotANumber(String),
    /// Not a gender.
    #[error("'{0}' is not a gender; write m, f or n")]
    NotAGender(String),
    /// Not a day near today.
    #[error(
        "'{0}' is not a day near today; write 0 for today, 1 for tomorrow, 2 for the day after"
    )]
    NotADay(String),
    /// Not a card's expiry.
    #[error("'{0}' is not an expiry date; write month and year like 07/28")]
    NotAnExpiry(String),
    /// Not a key.
    #[error("'{0}' is not a key; write 0 to 9, * or #")]
    NotAKey(String),
}

/// Says one value in `lang`, as `parley speak <lang> <what> <args…>` does.
///
/// Digits are said in the groups in which they are written; a string without spaces is one group.
pub fn speak(lang: Lang, what: &str, args: &[&str]) -> Result<Sentence, SpeakError> {
    let words: Vec<&str> = args.iter().flat_map(|a| a.split_whitespace()).collect();
    let words = words.as_slice();
    let kind = what.trim().to_ascii_lowercase().replace('_', "-");
    let value = match kind.as_str() {
        "amount" => amount(words)?,
        "date" => date(words)?,
        "date-with-year" => Value::DateWithYear(read_date(only(
            words,
            "date-with-year",
            "date-with-year 2026-03-02",
        )?)?),
        "weekday" => Value::Weekday(read_date(only(words, "weekday", "weekday 2026-03-02")?)?),
        "time" => Value::Time(read_time(only(words, "time", "time 17:30")?)?),
        "relative-day" => relative_day(only(words, "relative-day", "relative-day 1")?)?,
        "card-expiry" => card_expiry(only(words, "card-expiry", "card-expiry 07/28")?)?,
        "wait" => wait(only(words, "wait", "wait 4")?)?,
        "digits" => return Ok(sentence(lang, spoken_digits(lang, words, Kind::Any)?)),
        "phone" => return Ok(sentence(lang, spoken_digits(lang, words, Kind::Telephone)?)),
        "number" => return Ok(sentence(lang, number(lang, words)?)),
        "ordinal" => return Ok(sentence(lang, an_ordinal(lang, words)?)),
        "key" => return Ok(sentence(lang, key(lang, only(words, "key", "key 5")?)?)),
        other => match other.strip_prefix("count") {
            Some(rest) => count(rest.trim_start_matches(':'), words)?,
            None => return Err(SpeakError::UnknownKind(what.to_owned())),
        },
    };
    match value.said(lang)? {
        Said::Phrase(phrase) => Ok(sentence(lang, phrase)),
        Said::Name(_) => Err(SpeakError::UnknownKind(what.to_owned())),
    }
}

fn sentence(lang: Lang, phrase: Phrase) -> Sentence {
    Sentence { lang, pieces: phrase.pieces(Form::Final) }
}

/// The one word that is expected.
fn only<'w>(
    words: &[&'w str],
    what: &'static str,
    example: &'static str,
) -> Result<&'w str, SpeakError> {
    match words {
        [] => Err(SpeakError::Missing { what, example }),
        [word] => Ok(word),
        [_, extra, ..] => Err(SpeakError::TooMany((*extra).to_owned())),
    }
}

/// One word and perhaps a second.
fn one_or_two<'w>(
    words: &[&'w str],
    what: &'static str,
    example: &'static str,
) -> Result<(&'w str, Option<&'w str>), SpeakError> {
    match words {
        [] => Err(SpeakError::Missing { what, example }),
        [word] => Ok((word, None)),
        [word, second] => Ok((word, Some(second))),
        [_, _, extra, ..] => Err(SpeakError::TooMany((*extra).to_owned())),
    }
}

fn amount(words: &[&str]) -> Result<Value, SpeakError> {
    let example = "amount 1234.56 PLN";
    let (figure, currency) = one_or_two(words, "amount", example)?;
    let currency = currency.ok_or(SpeakError::Missing { what: "amount", example })?;
    let currency: Currency = currency.parse()?;
    Ok(Value::Amount(Money::parse(figure, currency)?))
}

fn date(words: &[&str]) -> Result<Value, SpeakError> {
    match one_or_two(words, "date", "date 2026-03-02")? {
        (day, None) => Ok(Value::Date(read_date(day)?)),
        (day, Some("year" | "--year")) => Ok(Value::DateWithYear(read_date(day)?)),
        (_, Some(extra)) => Err(SpeakError::TooMany(extra.to_owned())),
    }
}

fn read_date(text: &str) -> Result<Date, SpeakError> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| plain).ok_or_else(|| SpeakError::NotADate(text.to_owned()))
}

fn read_time(text: &str) -> Result<Time, SpeakError> {
    let digits = |s: &str| (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    text.split_once(':')
        .filter(|(hour, minute)| digits(hour) && digits(minute) && minute.len() == 2)
        .and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok())
        .ok_or_else(|| SpeakError::NotATime(text.to_owned()))
}

fn count(noun_after_colon: &str, words: &[&str]) -> Result<Value, SpeakError> {
    let example = "count instalment 5";
    let (noun, n) = match (noun_after_colon, words) {
        ("", [noun, n]) => (*noun, n),
        ("", [_, _, extra, ..]) => return Err(SpeakError::TooMany((*extra).to_owned())),
        (noun, [n]) if !noun.is_empty() => (noun, n),
        _ => return Err(SpeakError::Missing { what: "count", example }),
    };
    // "count 5 instalment" is meant as well
    if let (Ok(n), Ok(noun)) = (noun.parse::<u64>(), n.parse::<Noun>()) {
        return Ok(Value::Count { noun, n });
    }
    Ok(Value::Count { noun: noun.parse()?, n: read_number(n)? })
}

fn read_number(text: &str) -> Result<u64, SpeakError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let n = text.parse::<u64>().ok().filter(|_| digits);
    n.filter(|n| *n <= NUMBER_MAX).ok_or_else(|| SpeakError::NotANumber(text.to_owned()))
}

fn read_gender(text: Option<&str>) -> Result<Gender, SpeakError> {
    match text {
        None | Some("m" | "masculine") => Ok(Gender::Masculine),
        Some("f" | "feminine") => Ok(Gender::Feminine),
        Some("n" | "neuter") => Ok(Gender::Neuter),
        Some(other) => Err(SpeakError::NotAGender(other.to_owned())),
    }
}

fn number(lang: Lang, words: &[&str]) -> Result<Phrase, SpeakError> {
    let (n, gender) = one_or_two(words, "number", "number 22")?;
    Ok(cardinal(lang, bounded(read_number(n)?)?, read_gender(gender)?))
}

fn an_ordinal(lang: Lang, words: &[&str]) -> Result<Phrase, SpeakError> {
    let (n, gender) = one_or_two(words, "ordinal", "ordinal 3")?;
    Ok(spoken_ordinal(lang, read_number(n)?, read_gender(gender)?)?)
}

fn spoken_digits(lang: Lang, words: &[&str], kind: Kind) -> Result<Phrase, SpeakError> {
    if words.is_empty() {
        return Err(SpeakError::Missing { what: "digits", example: "digits \"0800 123 4567\"" });
    }
    Ok(digits(lang, &groups(&words.join(" "))?, kind))
}

fn relative_day(text: &str) -> Result<Value, SpeakError> {
    let days = text.parse().map_err(|_| SpeakError::NotADay(text.to_owned()))?;
    Ok(Value::RelativeDay(days))
}

fn card_expiry(text: &str) -> Result<Value, SpeakError> {
    let bad = || SpeakError::NotAnExpiry(text.to_owned());
    let (month, year) = match text.split_once('/') {
        Some(halves) => halves,
        None => text.split_at_checked(2).ok_or_else(bad)?,
    };
    let two = |s: &str| match s.len() {
        2 if s.bytes().all(|b| b.is_ascii_digit()) => s.parse().map_err(|_| bad()),
        _ => Err(bad()),
    };
    let (month, year) = (two(month)?, two(year)?);
    if (1..=12).contains(&month) { Ok(Value::CardExpiry(month, year)) } else { Err(bad()) }
}

fn wait(text: &str) -> Result<Value, SpeakError> {
    text.parse().map(Value::WaitBand).map_err(|_| SpeakError::NotANumber(text.to_owned()))
}

fn key(lang: Lang, text: &str) -> Result<Phrase, SpeakError> {
    let mut keys = text.chars();
    let name = match (keys.next(), keys.next()) {
        (Some(key), None) => key_name(lang, key),
        _ => None,
    };
    name.map(Phrase::of).ok_or_else(|| SpeakError::NotAKey(text.to_owned()))
}
