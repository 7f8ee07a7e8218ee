//! Polish numbers, dates and times: seven forms of a numeral, three of a noun.

use crate::grammar::{Counted, Gender};
use crate::phrase::Phrase;
use ids::Lang;
use jiff::civil::{Date, Time, Weekday};

const ONES: [&str; 20] = [
    "zero",
    "jeden",
    "dwa",
    "trzy",
    "cztery",
    "pięć",
    "sześć",
    "siedem",
    "osiem",
    "dziewięć",
    "dziesięć",
    "jedenaście",
    "dwanaście",
    "trzynaście",
    "czternaście",
    "piętnaście",
    "szesnaście",
    "siedemnaście",
    "osiemnaście",
    "dziewiętnaście",
];
const TENS: [&str; 10] = [
    "",
    "dziesięć",
    "dwadzieścia",
    "trzydzieści",
    "czterdzieści",
    "pięćdziesiąt",
    "sześćdziesiąt",
    "siedemdziesiąt",
    "osiemdziesiąt",
    "dziewięćdziesiąt",
];
const HUNDREDS: [&str; 10] = [
    "",
    "sto",
    "dwieście",
    "trzysta",
    "czterysta",
    "pięćset",
    "sześćset",
    "siedemset",
    "osiemset",
    "dziewięćset",
];
/// Stems of "first" … "nineteenth" (index 1–19); the ending follows gender and case.
const ORDINALS: [&str; 20] = [
    "zerow",
    "pierwsz",
    "drug",
    "trzec",
    "czwart",
    "piąt",
    "szóst",
    "siódm",
    "ósm",
    "dziewiąt",
    "dziesiąt",
    "jedenast",
    "dwunast",
    "trzynast",
    "czternast",
    "piętnast",
    "szesnast",
    "siedemnast",
    "osiemnast",
    "dziewiętnast",
];
const ORDINAL_TENS: [&str; 10] = [
    "",
    "dziesiąt",
    "dwudziest",
    "trzydziest",
    "czterdziest",
    "pięćdziesiąt",
    "sześćdziesiąt",
    "siedemdziesiąt",
    "osiemdziesiąt",
    "dziewięćdziesiąt",
];
const ORDINAL_HUNDREDS: [&str; 10] = [
    "",
    "setn",
    "dwusetn",
    "trzechsetn",
    "czterechsetn",
    "pięćsetn",
    "sześćsetn",
    "siedemsetn",
    "osiemsetn",
    "dziewięćsetn",
];
/// Months in the genitive, as they stand after a day.
const MONTHS: [&str; 12] = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
];
const THOUSAND: Counted = Counted::three(Gender::Masculine, "tysiąc", "tysiące", "tysięcy");
const MILLION: Counted = Counted::three(Gender::Masculine, "milion", "miliony", "milionów");

/// A number up to 999,999,999; `tysiąc` and `milion` stand without `jeden`.
pub(crate) fn cardinal(n: u64, gender: Gender) -> Phrase {
    let (millions, thousands, rest) = (n / 1_000_000, n / 1_000 % 1_000, n % 1_000);
    let mut out = Phrase::new();
    for (count, noun) in [(millions, &MILLION), (thousands, &THOUSAND)] {
        out = match count {
            0 => out,
            1 => out.say(noun.one),
            _ => {
                out.then(below_thousand(count, Gender::Masculine)).say(noun.after(Lang::Pl, count))
            }
        };
    }
    match (rest, n) {
        (0, 1..) => out,
        (1, 2..) => out.say(ONES[1]), // a compound ending in 1 keeps "jeden" in every gender
        _ => out.then(below_thousand(rest, gender)),
    }
}

fn below_thousand(n: u64, gender: Gender) -> Phrase {
    let (hundreds, rest) = (n / 100, n % 100);
    match (hundreds, rest) {
        (0, _) => Phrase::of(below_hundred(rest, gender)),
        (_, 0) => Phrase::of(HUNDREDS[hundreds as usize]),
        (_, 1) => Phrase::of(HUNDREDS[hundreds as usize]).say(ONES[1]),
        _ => Phrase::of(HUNDREDS[hundreds as usize]).say(below_hundred(rest, gender)),
    }
}

fn below_hundred(n: u64, gender: Gender) -> String {
    let last = |digit: u64| match (digit, gender) {
        (2, Gender::Feminine) => "dwie",
        _ => ONES[digit as usize],
    };
    match (n, gender) {
        (1, Gender::Feminine) => "jedna".to_owned(),
        (1, Gender::Neuter) => "jedno".to_owned(),
        (0..10, _) => last(n).to_owned(),
        (10..20, _) => ONES[n as usize].to_owned(),
        _ if n.is_multiple_of(10) => TENS[(n / 10) as usize].to_owned(),
        _ => format!("{} {}", TENS[(n / 10) as usize], last(n % 10)),
    }
}

/// Which form of an ordinal.
#[derive(Clone, Copy)]
enum Ending {
    Nominative(Gender),
    /// Masculine genitive: dates and years.
    Genitive,
    /// Feminine genitive and locative: hours.
    Hour,
}

/// Stem and ending; after k and g, and after the soft c of "trzeci", an i stands for y.
fn inflect(stem: &str, ending: Ending) -> String {
    let (soft, softer) = match stem {
        "drug" => (true, false),
        "trzec" => (true, true),
        _ => (false, false),
    };
    let end = match ending {
        Ending::Nominative(Gender::Masculine) if soft => "i",
        Ending::Nominative(Gender::Masculine) => "y",
        Ending::Nominative(Gender::Feminine) if softer => "ia",
        Ending::Nominative(Gender::Feminine) => "a",
        Ending::Nominative(Gender::Neuter) if soft => "ie",
        Ending::Nominative(Gender::Neuter) => "e",
        Ending::Genitive if soft => "iego",
        Ending::Genitive => "ego",
        Ending::Hour if soft => "iej",
        Ending::Hour => "ej",
    };
    format!("{stem}{end}")
}

fn ordinal_below_hundred(n: u64, ending: Ending) -> String {
    let tens = || inflect(ORDINAL_TENS[(n / 10) as usize], ending);
    match n {
        0..20 => inflect(ORDINALS[n as usize], ending),
        _ if n.is_multiple_of(10) => tens(),
        _ => format!("{} {}", tens(), inflect(ORDINALS[(n % 10) as usize], ending)),
    }
}

/// `pierwszy`, `sto druga`, `tysięczne`: nominative, 1–1,000.
pub(crate) fn ordinal(n: u64, gender: Gender) -> Phrase {
    let ending = Ending::Nominative(gender);
    let (hundreds, rest) = ((n / 100) as usize, n % 100);
    match (hundreds, rest) {
        (10.., _) => Phrase::of(inflect("tysięczn", ending)),
        (0, _) => Phrase::of(ordinal_below_hundred(rest, ending)),
        (_, 0) => Phrase::of(inflect(ORDINAL_HUNDREDS[hundreds], ending)),
        _ => Phrase::of(HUNDREDS[hundreds]).say(ordinal_below_hundred(rest, ending)),
    }
}

/// Day and month in the genitive: `drugiego lutego`.
pub(crate) fn day_month(date: Date) -> Phrase {
    let day = ordinal_below_hundred(date.day() as u64, Ending::Genitive);
    Phrase::of(format!("{day} {}", MONTHS[date.month() as usize - 1]))
}

/// `dwa tysiące dwudziestego szóstego roku`: only the last two numbers are inflected. 1900–2199.
pub(crate) fn year(year: i16) -> Phrase {
    let (century, rest) = (year / 100, (year % 100) as u64);
    let whole = match (century, rest) {
        (20, 0) => return Phrase::of("dwutysięcznego roku"),
        (19, 0) => return Phrase::of("tysiąc").say("dziewięćsetnego roku"),
        (21, 0) => return Phrase::of("dwa tysiące").say("setnego roku"),
        (19, _) => "tysiąc dziewięćset",
        (20, _) => "dwa tysiące",
        _ => "dwa tysiące sto",
    };
    Phrase::of(whole).say(format!("{} roku", ordinal_below_hundred(rest, Ending::Genitive)))
}

/// With its preposition, as it stands in a sentence: `we wtorek`.
pub(crate) const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "w poniedziałek",
        Weekday::Tuesday => "we wtorek",
        Weekday::Wednesday => "w środę",
        Weekday::Thursday => "w czwartek",
        Weekday::Friday => "w piątek",
        Weekday::Saturday => "w sobotę",
        Weekday::Sunday => "w niedzielę",
    }
}

/// The hour as it stands after "o", "od", "do", "po": `ósmej trzydzieści`, `ósmej zero pięć`.
pub(crate) fn time(time: Time) -> Phrase {
    let (hour, minute) = (time.hour() as u64, time.minute() as u64);
    if (hour, minute) == (0, 0) {
        return Phrase::of("północy");
    }
    let hour = Phrase::of(ordinal_below_hundred(hour, Ending::Hour));
    match minute {
        0 => hour,
        1..10 => hour.say(format!("zero {}", ONES[minute as usize])),
        _ => hour.say(below_hundred(minute, Gender::Masculine)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::counted;
    use crate::phrase::Form;

    fn said(phrase: Phrase) -> String {
        phrase.units(Form::Final).map(|(text, _)| text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ordinals_follow_gender() {
        let all =
            |n| [Gender::Masculine, Gender::Feminine, Gender::Neuter].map(|g| said(ordinal(n, g)));
        assert_eq!(all(1), ["pierwszy", "pierwsza", "pierwsze"]);
        assert_eq!(all(2), ["drugi", "druga", "drugie"]);
        assert_eq!(all(3), ["trzeci", "trzecia", "trzecie"]);
        assert_eq!(all(123)[1], "sto dwudziesta trzecia");
        assert_eq!(all(300)[0], "trzechsetny");
        assert_eq!(all(1000)[2], "tysięczne");
    }

    #[test]
    fn a_compound_ending_in_one_has_no_gender() {
        let rate = Counted::three(Gender::Feminine, "rata", "raty", "rat");
        let said = |n| said(counted(Lang::Pl, n, &rate));
        assert_eq!(said(1), "jedna rata");
        assert_eq!(said(101), "sto jeden rat");
        assert_eq!(said(1_001), "tysiąc jeden rat");
        assert_eq!(said(1_002), "tysiąc dwie raty");
        assert_eq!(said(2_112), "dwa tysiące sto dwanaście rat");
        assert_eq!(said(2_000_000), "dwa miliony rat");
    }
}
