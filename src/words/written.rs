//! Values as they are written in an SMS, an e-mail or a page: figures, in the order of the country.

use crate::calendar;
use crate::noun::after;
use crate::phrase::{Form, Phrase};
use crate::sentence::Sentence;
use crate::value::{Value, ValueError};
use ids::{Currency, Lang, Money};
use jiff::civil::{Date, Time};

/// The written form of a value.
pub(crate) fn written(lang: Lang, value: &Value) -> Result<String, ValueError> {
    Ok(match value {
        Value::Amount(money) => amount(lang, *money),
        Value::Date(date) | Value::DateWithYear(date) => self::date(lang, *date),
        Value::Time(time) => self::time(lang, *time),
        Value::Count { noun, n } => format!("{n} {}", after(lang, *noun, *n)),
        Value::Number(n) => n.to_string(),
        Value::Ordinal(n) => format!("{n}."),
        Value::Digits(text) | Value::Phone(text) | Value::Name(text) | Value::Text(text) => {
            text.trim().to_owned()
        }
        Value::CardExpiry(month, year) => format!("{month:02}/{:02}", year % 100),
        Value::Weekday(date) => spelled(lang, &calendar::weekday(lang, date.weekday())),
        Value::RelativeDay(days) => {
            let said = calendar::relative_day(lang, *days);
            spelled(lang, &said.ok_or(ValueError::RelativeDay(*days))?)
        }
        Value::WaitBand(minutes) => spelled(lang, &calendar::waiting(lang, *minutes)),
    })
}

fn spelled(lang: Lang, phrase: &Phrase) -> String {
    Sentence { lang, pieces: phrase.pieces(Form::Final) }.text()
}

fn amount(lang: Lang, money: Money) -> String {
    let (thousands_mark, point) = match lang {
        Lang::Pl => ('\u{a0}', ','),
        Lang::EnGb | Lang::EnUs => (',', '.'),
        Lang::It | Lang::PtBr => ('.', ','),
        Lang::PtPt => ('\u{a0}', ','),
    };
    let figure = format!("{}{point}{:02}", thousands(money.major(), thousands_mark), money.cents());
    let sign = match money.currency {
        Currency::PLN => "zł",
        Currency::EUR => "€",
        Currency::GBP => "£",
        Currency::USD => "$",
        Currency::BRL => "R$",
    };
    match (lang, money.currency) {
        (Lang::EnGb | Lang::EnUs, Currency::PLN) => format!("PLN\u{a0}{figure}"),
        (Lang::EnGb | Lang::EnUs, _) => format!("{sign}{figure}"),
        (Lang::PtBr, Currency::BRL | Currency::EUR | Currency::USD | Currency::GBP) => {
            format!("{sign}\u{a0}{figure}")
        }
        _ => format!("{figure}\u{a0}{sign}"),
    }
}

fn thousands(n: u64, mark: char) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

fn date(lang: Lang, date: Date) -> String {
    let (day, month, year) = (date.day(), date.month(), date.year());
    match lang {
        Lang::Pl => format!("{day:02}.{month:02}.{year}"),
        Lang::EnUs => format!("{month:02}/{day:02}/{year}"),
        Lang::EnGb | Lang::It | Lang::PtBr | Lang::PtPt => format!("{day:02}/{month:02}/{year}"),
    }
}

fn time(lang: Lang, time: Time) -> String {
    let (hour, minute) = (time.hour(), time.minute());
    match lang {
        Lang::EnUs => {
            let dial = if hour % 12 == 0 { 12 } else { hour % 12 };
            format!("{dial}:{minute:02} {}", if hour < 12 { "am" } else { "pm" })
        }
        Lang::Pl | Lang::EnGb | Lang::It | Lang::PtBr | Lang::PtPt => {
            format!("{hour:02}:{minute:02}")
        }
    }
}
