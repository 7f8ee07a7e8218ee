//! Portuguese numbers, dates and times, Brazilian and European: where "e" links, and which gender counts.

use crate::grammar::{Counted, Gender, counted};
use crate::phrase::Phrase;
use ids::Lang;
use jiff::civil::{Date, Time, Weekday};

const ONES: [&str; 20] = [
    "zero",
    "um",
    "dois",
    "três",
    "quatro",
    "cinco",
    "seis",
    "sete",
    "oito",
    "nove",
    "dez",
    "onze",
    "doze",
    "treze",
    "quatorze",
    "quinze",
    "dezesseis",
    "dezessete",
    "dezoito",
    "dezenove",
];
const TENS: [&str; 10] = [
    "",
    "dez",
    "vinte",
    "trinta",
    "quarenta",
    "cinquenta",
    "sessenta",
    "setenta",
    "oitenta",
    "noventa",
];
const HUNDREDS: [&str; 10] = [
    "",
    "cento",
    "duzentos",
    "trezentos",
    "quatrocentos",
    "quinhentos",
    "seiscentos",
    "setecentos",
    "oitocentos",
    "novecentos",
];
const ORDINALS: [&str; 10] = [
    "", "primeiro", "segundo", "terceiro", "quarto", "quinto", "sexto", "sétimo", "oitavo", "nono",
];
const ORDINAL_TENS: [&str; 10] = [
    "",
    "décimo",
    "vigésimo",
    "trigésimo",
    "quadragésimo",
    "quinquagésimo",
    "sexagésimo",
    "septuagésimo",
    "octogésimo",
    "nonagésimo",
];
const ORDINAL_HUNDREDS: [&str; 11] = [
    "",
    "centésimo",
    "ducentésimo",
    "trecentésimo",
    "quadringentésimo",
    "quingentésimo",
    "sexcentésimo",
    "septingentésimo",
    "octingentésimo",
    "nongentésimo",
    "milésimo",
];
const MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];
const HOUR: Counted = Counted::two(Gender::Feminine, "hora", "horas");
const MINUTE: Counted = Counted::two(Gender::Masculine, "minuto", "minutos");

/// A number up to 999,999,999. "e" links tens and ones, and stands before the last group of thousands
/// when that is below 100 or whole hundreds: `mil e cem`, `mil duzentos e trinta e quatro`.
pub(crate) fn cardinal(lang: Lang, n: u64, gender: Gender) -> Phrase {
    let (millions, thousands, rest) = (n / 1_000_000, n / 1_000 % 1_000, n % 1_000);
    let mut out = match millions {
        0 => Phrase::new(),
        1 => Phrase::of("um").say("milhão"),
        _ => below_thousand(lang, millions, Gender::Masculine).say("milhões"),
    };
    if thousands > 0 {
        if millions > 0 && rest == 0 && takes_link(thousands) {
            out = out.tie("e");
        }
        out = match thousands {
            1 => out.say("mil"),
            _ => out.then(below_thousand(lang, thousands, gender)).say("mil"),
        };
    }
    match rest {
        0 if n > 0 => out,
        _ if n >= 1_000 && takes_link(rest) => {
            out.tie("e").then(below_thousand(lang, rest, gender))
        }
        _ => out.then(below_thousand(lang, rest, gender)),
    }
}

const fn takes_link(group: u64) -> bool {
    group < 100 || group.is_multiple_of(100)
}

fn below_thousand(lang: Lang, n: u64, gender: Gender) -> Phrase {
    let (hundreds, rest) = ((n / 100) as usize, n % 100);
    let head = match (hundreds, gender) {
        (0, _) => return Phrase::of(below_hundred(lang, rest, gender)),
        (1, _) if rest == 0 => return Phrase::of("cem"),
        (2.., Gender::Feminine) => Phrase::of(feminine(HUNDREDS[hundreds])),
        _ => Phrase::of(HUNDREDS[hundreds]),
    };
    if rest == 0 { head } else { head.tie("e").say(below_hundred(lang, rest, gender)) }
}

fn below_hundred(lang: Lang, n: u64, gender: Gender) -> String {
    match n {
        0..20 => below_twenty(lang, n, gender).to_owned(),
        _ if n.is_multiple_of(10) => TENS[(n / 10) as usize].to_owned(),
        _ => format!("{} e {}", TENS[(n / 10) as usize], below_twenty(lang, n % 10, gender)),
    }
}

fn below_twenty(lang: Lang, n: u64, gender: Gender) -> &'static str {
    match (n, gender, lang) {
        (1, Gender::Feminine, _) => "uma",
        (2, Gender::Feminine, _) => "duas",
        (14, _, Lang::PtPt) => "catorze",
        (16, _, Lang::PtPt) => "dezasseis",
        (17, _, Lang::PtPt) => "dezassete",
        (19, _, Lang::PtPt) => "dezanove",
        _ => ONES[n as usize],
    }
}

/// `duzentos` → `duzentas`, `primeiro` → `primeira`.
fn feminine(word: &str) -> String {
    match word.strip_suffix("os") {
        Some(stem) => format!("{stem}as"),
        None => format!("{}a", word.strip_suffix('o').unwrap_or(word)),
    }
}

/// `primeiro`, `centésima segunda`, `milésimo`: 1–1,000.
pub(crate) fn ordinal(n: u64, gender: Gender) -> Phrase {
    let digits = [
        ORDINAL_HUNDREDS[(n / 100) as usize],
        ORDINAL_TENS[(n / 10 % 10) as usize],
        ORDINALS[(n % 10) as usize],
    ];
    digits.into_iter().filter(|word| !word.is_empty()).fold(Phrase::new(), |out, word| match gender
    {
        Gender::Feminine => out.say(feminine(word)),
        Gender::Masculine | Gender::Neuter => out.say(word),
    })
}

/// `dois de fevereiro`; the first of a month is `primeiro` in Brazil, `um` in Portugal.
pub(crate) fn day_month(lang: Lang, date: Date) -> Phrase {
    let day = match (date.day(), lang) {
        (1, Lang::PtBr) => ORDINALS[1].to_owned(),
        (day, _) => below_hundred(lang, day as u64, Gender::Masculine),
    };
    Phrase::of(format!("{day} de {}", MONTHS[date.month() as usize - 1]))
}

/// With its link to the day: `de dois mil e vinte e seis`. 1900–2199.
pub(crate) fn year(lang: Lang, year: i16) -> Phrase {
    let (century, rest) = (year / 100, (year % 100) as u64);
    let small =
        |head: &str| Phrase::of(head).tie("e").say(below_hundred(lang, rest, Gender::Masculine));
    match (century, rest) {
        (19, 0) => Phrase::of("de mil e novecentos"),
        (19, _) => small("de mil novecentos"),
        (20, 0) => Phrase::of("de dois mil"),
        (20, _) => small("de dois mil"),
        (_, 0) => Phrase::of("de dois mil e cem"),
        _ => small("de dois mil cento"),
    }
}

/// `segunda-feira`.
pub(crate) const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "segunda-feira",
        Weekday::Tuesday => "terça-feira",
        Weekday::Wednesday => "quarta-feira",
        Weekday::Thursday => "quinta-feira",
        Weekday::Friday => "sexta-feira",
        Weekday::Saturday => "sábado",
        Weekday::Sunday => "domingo",
    }
}

/// Hours are feminine: `vinte e uma horas e trinta minutos`; midnight by name.
pub(crate) fn time(lang: Lang, time: Time) -> Phrase {
    let (hour, minute) = (time.hour() as u64, time.minute() as u64);
    let hours = match (hour, minute) {
        (0, 0) => return Phrase::of("meia-noite"),
        (0, _) => Phrase::of("zero").say("hora"),
        _ => counted(lang, hour, &HOUR),
    };
    if minute == 0 { hours } else { hours.tie("e").then(counted(lang, minute, &MINUTE)) }
}
