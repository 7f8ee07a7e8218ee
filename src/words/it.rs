//! Italian numbers, dates and times: numbers below a million are one written word.

use crate::grammar::{Counted, Gender};
use crate::phrase::Phrase;
use jiff::civil::{Date, Time, Weekday};

const ONES: [&str; 20] = [
    "zero",
    "uno",
    "due",
    "tre",
    "quattro",
    "cinque",
    "sei",
    "sette",
    "otto",
    "nove",
    "dieci",
    "undici",
    "dodici",
    "tredici",
    "quattordici",
    "quindici",
    "sedici",
    "diciassette",
    "diciotto",
    "diciannove",
];
const TENS: [&str; 10] = [
    "",
    "dieci",
    "venti",
    "trenta",
    "quaranta",
    "cinquanta",
    "sessanta",
    "settanta",
    "ottanta",
    "novanta",
];
const ORDINALS: [&str; 11] = [
    "zeresimo", "primo", "secondo", "terzo", "quarto", "quinto", "sesto", "settimo", "ottavo",
    "nono", "decimo",
];
const MONTHS: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];

/// One, alone: `uno`, `una`.
pub(crate) const fn one(gender: Gender) -> &'static str {
    match gender {
        Gender::Feminine => "una",
        Gender::Masculine | Gender::Neuter => "uno",
    }
}

/// One before a noun: `un euro`, `uno zloty`, `una rata`.
pub(crate) fn article(noun: &Counted) -> &'static str {
    let mut letters = noun.one.chars();
    let (first, second) = (letters.next(), letters.next());
    let impure =
        first == Some('z') || (first == Some('s') && second.is_some_and(|l| !"aeiou".contains(l)));
    match noun.gender {
        Gender::Feminine => "una",
        Gender::Masculine | Gender::Neuter if impure => "uno",
        Gender::Masculine | Gender::Neuter => "un",
    }
}

/// One of something; before a feminine noun with a vowel the article elides: `un'ora`.
pub(crate) fn one_of(noun: &Counted) -> Phrase {
    let vowel = noun.one.starts_with(['a', 'e', 'i', 'o', 'u']);
    if vowel && noun.gender == Gender::Feminine {
        return Phrase::of(format!("un'{}", noun.one));
    }
    Phrase::of(article(noun)).say(noun.one)
}

/// A number up to 999,999,999; a lone 1 at its end is said as `one`.
pub(crate) fn cardinal(n: u64, one: &str) -> Phrase {
    let (millions, rest) = (n / 1_000_000, n % 1_000_000);
    let out = match millions {
        0 => return below_million(rest, one),
        1 => Phrase::of("un milione"),
        _ => below_million(millions, ONES[1]).say("milioni"),
    };
    match rest {
        0 => out,
        1..100 => out.tie("e").then(below_million(rest, one)),
        _ => out.then(below_million(rest, one)),
    }
}

fn below_million(n: u64, one: &str) -> Phrase {
    let (thousands, rest) = (n / 1_000, n % 1_000);
    let head = match thousands {
        0 if n == 1 => return Phrase::of(one),
        0 => return below_thousand(rest),
        1 => Phrase::of("mille"),
        _ => below_thousand(thousands).join().say("mila"),
    };
    if rest == 0 { head } else { head.join().then(below_thousand(rest)) }
}

fn below_thousand(n: u64) -> Phrase {
    let (hundreds, rest) = (n / 100, n % 100);
    let head = match hundreds {
        0 => return Phrase::of(below_hundred(rest)),
        1 => Phrase::of("cento"),
        _ => Phrase::of(format!("{}cento", ONES[hundreds as usize])),
    };
    if rest == 0 { head } else { head.join().say(below_hundred(rest)) }
}

/// `ventuno` and `ventotto` elide the vowel of the tens, `ventitré` takes an accent.
fn below_hundred(n: u64) -> String {
    let tens = TENS[(n / 10) as usize];
    match n {
        0..20 => return ONES[n as usize].to_owned(),
        _ if n.is_multiple_of(10) => return tens.to_owned(),
        _ => {}
    }
    match n % 10 {
        digit @ (1 | 8) => format!("{}{}", &tens[..tens.len() - 1], ONES[digit as usize]),
        3 => format!("{tens}tré"),
        digit => format!("{tens}{}", ONES[digit as usize]),
    }
}

/// Writes a unit onto the one it is joined to: `cento` + `otto` is `centotto`, `cento` + `tre` is
/// `centotré`, and an accent stays only at the very end (`ventitremila`).
pub(crate) fn write_together(line: &mut String, word: &str) {
    if line.ends_with('é') {
        line.pop();
        line.push('e');
    }
    if line.ends_with("cento") && word.starts_with("ott") {
        line.pop();
    }
    line.push_str(if word == "tre" { "tré" } else { word });
}

/// `primo`, `ventitreesimo`, `millesimo`: 1–1,000.
pub(crate) fn ordinal(n: u64, gender: Gender) -> Phrase {
    let masculine = match n {
        0..=10 => ORDINALS[n as usize].to_owned(),
        _ => long_ordinal(n),
    };
    Phrase::of(match gender {
        Gender::Feminine => format!("{}a", &masculine[..masculine.len() - 1]),
        Gender::Masculine | Gender::Neuter => masculine,
    })
}

/// The cardinal without its last vowel and `esimo`; `tre` and `sei` keep theirs.
fn long_ordinal(n: u64) -> String {
    let cardinal = written(n).replace('é', "e");
    match n % 10 {
        _ if matches!(n % 100, 13 | 16) => format!("{}esimo", &cardinal[..cardinal.len() - 1]),
        3 | 6 => format!("{cardinal}esimo"),
        _ => format!("{}esimo", &cardinal[..cardinal.len() - 1]),
    }
}

fn written(n: u64) -> String {
    let mut line = String::new();
    for (unit, _) in cardinal(n, ONES[1]).units(crate::phrase::Form::Final) {
        write_together(&mut line, unit);
    }
    line
}

/// With its article: `il due febbraio`, `l'otto agosto`, `il primo gennaio`.
pub(crate) fn day_month(date: Date) -> Phrase {
    let month = MONTHS[date.month() as usize - 1];
    Phrase::of(match date.day() {
        1 => format!("il primo {month}"),
        day @ (8 | 11) => format!("l'{} {month}", ONES[day as usize]),
        day => format!("il {} {month}", below_hundred(day as u64)),
    })
}

/// `duemilaventisei`.
pub(crate) fn year(year: i16) -> Phrase {
    cardinal(year as u64, ONES[1])
}

/// `lunedì`.
pub(crate) const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "lunedì",
        Weekday::Tuesday => "martedì",
        Weekday::Wednesday => "mercoledì",
        Weekday::Thursday => "giovedì",
        Weekday::Friday => "venerdì",
        Weekday::Saturday => "sabato",
        Weekday::Sunday => "domenica",
    }
}

/// Twenty-four hours with the article: `le diciassette e trenta`, `l'una`; midnight by name.
pub(crate) fn time(time: Time) -> Phrase {
    let minute = time.minute() as u64;
    let hour = Phrase::of(match time.hour() {
        0 => "mezzanotte".to_owned(),
        1 => "l'una".to_owned(),
        hour => format!("le {}", below_hundred(hour as u64)),
    });
    if minute == 0 { hour } else { hour.tie("e").say(below_hundred(minute)) }
}
