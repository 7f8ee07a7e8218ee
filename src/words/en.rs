//! English numbers, dates and times, British and American.

use crate::phrase::Phrase;
use ids::Lang;
use jiff::civil::{Date, Time, Weekday};

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS: [&str; 20] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const ORDINAL_TENS: [&str; 10] = [
    "",
    "tenth",
    "twentieth",
    "thirtieth",
    "fortieth",
    "fiftieth",
    "sixtieth",
    "seventieth",
    "eightieth",
    "ninetieth",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A number up to 999,999,999; the British say "and" before tens and ones.
pub(crate) fn cardinal(lang: Lang, n: u64) -> Phrase {
    let (millions, thousands, rest) = (n / 1_000_000, n / 1_000 % 1_000, n % 1_000);
    let mut out = Phrase::new();
    for (count, noun) in [(millions, "million"), (thousands, "thousand")] {
        if count > 0 {
            out = out.then(below_thousand(lang, count)).say(noun);
        }
    }
    match rest {
        0 if n > 0 => out,
        1..100 if n >= 1_000 => link(lang, out).say(below_hundred(rest)),
        _ => out.then(below_thousand(lang, rest)),
    }
}

fn below_thousand(lang: Lang, n: u64) -> Phrase {
    let (hundreds, rest) = (n / 100, n % 100);
    if hundreds == 0 {
        return Phrase::of(below_hundred(rest));
    }
    let out = whole_hundreds(hundreds);
    if rest == 0 { out } else { link(lang, out).say(below_hundred(rest)) }
}

fn whole_hundreds(hundreds: u64) -> Phrase {
    Phrase::of(format!("{} hundred", ONES[hundreds as usize]))
}

fn link(lang: Lang, number: Phrase) -> Phrase {
    if lang == Lang::EnUs { number } else { number.tie("and") }
}

fn below_hundred(n: u64) -> String {
    let tens = TENS[(n / 10) as usize];
    match n {
        0..20 => ONES[n as usize].to_owned(),
        _ if n.is_multiple_of(10) => tens.to_owned(),
        _ => format!("{tens}-{}", ONES[(n % 10) as usize]),
    }
}

fn ordinal_below_hundred(n: u64) -> String {
    match n {
        0..20 => ORDINALS[n as usize].to_owned(),
        _ if n.is_multiple_of(10) => ORDINAL_TENS[(n / 10) as usize].to_owned(),
        _ => format!("{}-{}", TENS[(n / 10) as usize], ORDINALS[(n % 10) as usize]),
    }
}

/// `first`, `one hundred and second`, `one thousandth`: 1–1,000.
pub(crate) fn ordinal(lang: Lang, n: u64) -> Phrase {
    let (hundreds, rest) = (n / 100, n % 100);
    match (hundreds, rest) {
        (10.., _) => Phrase::of("one thousandth"),
        (0, _) => Phrase::of(ordinal_below_hundred(rest)),
        (_, 0) => Phrase::of(format!("{} hundredth", ONES[hundreds as usize])),
        _ => link(lang, whole_hundreds(hundreds)).say(ordinal_below_hundred(rest)),
    }
}

/// `the second of February` is one unit; American `February second` is two, so that one voice can
/// serve both countries without 366 more clips (English words can be joined and still be understood).
pub(crate) fn day_month(lang: Lang, date: Date) -> Phrase {
    let day = ordinal_below_hundred(date.day() as u64);
    let month = MONTHS[date.month() as usize - 1];
    match lang {
        Lang::EnUs => Phrase::of(month).say(day),
        _ => Phrase::of(format!("the {day} of {month}")),
    }
}

/// `nineteen oh five`, `two thousand and one`, `twenty twenty-six`. 1900–2199.
pub(crate) fn year(lang: Lang, year: i16) -> Phrase {
    let (century, rest) = ((year / 100) as u64, (year % 100) as u64);
    match (century, rest) {
        (20, 0..10) => cardinal(lang, year as u64),
        (_, 0) => Phrase::of(below_hundred(century)).say("hundred"),
        (_, 1..10) => Phrase::of(below_hundred(century)).say(oh(rest)),
        _ => Phrase::of(below_hundred(century)).say(below_hundred(rest)),
    }
}

fn oh(digit: u64) -> String {
    format!("oh {}", ONES[digit as usize])
}

/// `Monday`.
pub(crate) const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// Twelve hours with the part of the day: `two forty-five in the afternoon`; midnight and noon by name.
pub(crate) fn time(time: Time) -> Phrase {
    let (hour, minute) = (time.hour() as u64, time.minute() as u64);
    let part = match (hour, minute) {
        (0, 0) => return Phrase::of("midnight"),
        (12, 0) => return Phrase::of("noon"),
        (0..12, _) => "in the morning",
        (12..18, _) => "in the afternoon",
        _ => "in the evening",
    };
    let dial = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    let out = Phrase::of(ONES[dial as usize]);
    let out = match minute {
        0 => out,
        1..10 => out.say(oh(minute)),
        _ => out.say(below_hundred(minute)),
    };
    out.say(part)
}
