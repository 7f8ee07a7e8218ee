//! Dates, days, times and waiting times: which grammar says them.

use crate::limits::{SPOKEN_YEAR_MAX, SPOKEN_YEAR_MIN};
use crate::phrase::Phrase;
use crate::{en, it, pl, pt};
use ids::Lang;
use jiff::civil::{Date, Time, Weekday};

/// Day and month.
pub(crate) fn day_month(lang: Lang, date: Date) -> Phrase {
    match lang {
        Lang::Pl => pl::day_month(date),
        Lang::EnGb | Lang::EnUs => en::day_month(lang, date),
        Lang::It => it::day_month(date),
        Lang::PtBr | Lang::PtPt => pt::day_month(lang, date),
    }
}

/// Day, month and year; `None` outside the years 1900–2199.
pub(crate) fn with_year(lang: Lang, date: Date) -> Option<Phrase> {
    let year = date.year();
    if !(SPOKEN_YEAR_MIN..=SPOKEN_YEAR_MAX).contains(&year) {
        return None;
    }
    Some(day_month(lang, date).then(match lang {
        Lang::Pl => pl::year(year),
        Lang::EnGb | Lang::EnUs => en::year(lang, year),
        Lang::It => it::year(year),
        Lang::PtBr | Lang::PtPt => pt::year(lang, year),
    }))
}

/// The day of the week.
pub(crate) fn weekday(lang: Lang, day: Weekday) -> Phrase {
    Phrase::of(match lang {
        Lang::Pl => pl::weekday(day),
        Lang::EnGb | Lang::EnUs => en::weekday(day),
        Lang::It => it::weekday(day),
        Lang::PtBr | Lang::PtPt => pt::weekday(day),
    })
}

/// The time of day to the minute.
pub(crate) fn time(lang: Lang, time: Time) -> Phrase {
    match lang {
        Lang::Pl => pl::time(time),
        Lang::EnGb | Lang::EnUs => en::time(time),
        Lang::It => it::time(time),
        Lang::PtBr | Lang::PtPt => pt::time(lang, time),
    }
}

/// Two days ago to in two days; `None` beyond: say the date.
pub(crate) fn relative_day(lang: Lang, days: i8) -> Option<Phrase> {
    let words = match lang {
        Lang::Pl => ["przedwczoraj", "wczoraj", "dziś", "jutro", "pojutrze"],
        Lang::EnGb | Lang::EnUs => {
            ["the day before yesterday", "yesterday", "today", "tomorrow", "the day after tomorrow"]
        }
        Lang::It => ["l'altro ieri", "ieri", "oggi", "domani", "dopodomani"],
        Lang::PtBr | Lang::PtPt => ["anteontem", "ontem", "hoje", "amanhã", "depois de amanhã"],
    };
    let at = usize::try_from(i16::from(days) + 2).ok()?;
    words.get(at).map(|word| Phrase::of(*word))
}

/// How long the wait in a queue is likely to be: a band, since minutes would promise too much.
pub(crate) fn waiting(lang: Lang, minutes: u32) -> Phrase {
    let bands = match lang {
        Lang::Pl => [
            "mniej niż minuta",
            "od jednej do dwóch minut",
            "od trzech do pięciu minut",
            "od pięciu do dziesięciu minut",
            "ponad dziesięć minut",
        ],
        Lang::EnGb | Lang::EnUs => [
            "less than a minute",
            "one to two minutes",
            "three to five minutes",
            "five to ten minutes",
            "more than ten minutes",
        ],
        Lang::It => [
            "meno di un minuto",
            "da uno a due minuti",
            "da tre a cinque minuti",
            "da cinque a dieci minuti",
            "più di dieci minuti",
        ],
        Lang::PtBr | Lang::PtPt => [
            "menos de um minuto",
            "de um a dois minutos",
            "de três a cinco minutos",
            "de cinco a dez minutos",
            "mais de dez minutos",
        ],
    };
    Phrase::of(match minutes {
        0 => bands[0],
        1..=2 => bands[1],
        3..=5 => bands[2],
        6..=10 => bands[3],
        _ => bands[4],
    })
}
