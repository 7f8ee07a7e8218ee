//! Numbers that are read digit by digit: case numbers, telephones, cards, keys.

use crate::grammar::{Gender, cardinal};
use crate::limits::DIGITS_MAX;
use crate::phrase::Phrase;
use ids::Lang;

/// What kind of number it is; only Brazil hears a difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Case, account, confirmation, card; a Brazilian telephone is recognised by its groups.
    Any,
    /// A telephone: in Brazil 6 is "meia" so that nobody mistakes it for 3.
    Telephone,
}

/// Why a text cannot be read digit by digit.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DigitsError {
    /// A character that is neither digit nor separator.
    #[error("'{0}' is not a digit; write digits, with spaces between groups, like 0800 123 4567")]
    NotADigit(char),
    /// No digit at all.
    #[error("there is no digit to say; write digits, like 4711")]
    Empty,
    /// Longer than anybody can listen to.
    #[error("more than {DIGITS_MAX} digits cannot be followed by ear; say fewer")]
    TooLong,
}

/// The groups of `text` as written: parted by spaces, hyphens, dots, slashes or brackets; a leading `+`
/// belongs to the first group.
pub(crate) fn groups(text: &str) -> Result<Vec<String>, DigitsError> {
    let plus = text.trim_start().starts_with('+');
    let bare = text.trim_start().strip_prefix('+').unwrap_or(text);
    let separator = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '/' | '(' | ')');
    if let Some(odd) = bare.chars().find(|c| !c.is_ascii_digit() && !separator(*c)) {
        return Err(DigitsError::NotADigit(odd));
    }
    let mut groups: Vec<String> =
        bare.split(separator).filter(|g| !g.is_empty()).map(str::to_owned).collect();
    if groups.iter().map(String::len).sum::<usize>() > DIGITS_MAX {
        return Err(DigitsError::TooLong);
    }
    match groups.first_mut() {
        None => return Err(DigitsError::Empty),
        Some(first) if plus => first.insert(0, '+'),
        Some(_) => {}
    }
    Ok(groups)
}

/// One long group cut as people remember numbers: threes and fours (8 = 4+4, 6 = 3+3, 9 = 3+3+3);
/// groups that are already there stay as they are.
pub(crate) fn regroup(groups: Vec<String>) -> Vec<String> {
    let [whole] = groups.as_slice() else { return groups };
    let sizes: &[usize] = match whole.len() {
        0..=4 => return groups,
        5 => &[2, 3],
        6 => &[3, 3],
        7 => &[3, 4],
        9 => &[3, 3, 3],
        10 => &[3, 3, 4],
        11 => &[4, 4, 3],
        _ => &[4],
    };
    let mut rest = whole.as_str();
    let mut sizes = sizes.iter().chain(std::iter::repeat(&4));
    let mut cut = Vec::new();
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(4).min(rest.len());
        let (head, tail) = rest.split_at(size);
        cut.push(head.to_owned());
        rest = tail;
    }
    cut
}

/// The groups digit by digit with a pause between them; groups of one digit each are one plain list.
pub(crate) fn digits(lang: Lang, groups: &[String], kind: Kind) -> Phrase {
    let meia = lang == Lang::PtBr && (kind == Kind::Telephone || is_brazilian_telephone(groups));
    let list = groups.iter().all(|g| g.len() == 1);
    let mut out = Phrase::new();
    for (at, group) in groups.iter().enumerate() {
        if at > 0 && !list {
            out = out.gap();
        }
        out = group.chars().fold(out, |out, digit| match digit {
            '6' if meia => out.say("meia"),
            _ => out.then(one(lang, digit)),
        });
    }
    out
}

fn one(lang: Lang, digit: char) -> Phrase {
    match digit.to_digit(10) {
        Some(n) => cardinal(lang, u64::from(n), Gender::Masculine),
        None => Phrase::of(match lang {
            Lang::Pl | Lang::EnGb | Lang::EnUs => "plus",
            Lang::It => "più",
            Lang::PtBr | Lang::PtPt => "mais",
        }),
    }
}

/// Area code and subscriber as Brazilians write them (11 96661 6006, 11 3666 6006), with or without 55.
/// Service numbers and the last digits of anything keep "seis".
fn is_brazilian_telephone(groups: &[String]) -> bool {
    let rest = match groups.split_first() {
        Some((country, rest)) if country == "55" || country == "+55" => rest,
        _ => groups,
    };
    let sizes: Vec<usize> = rest.iter().map(String::len).collect();
    matches!(sizes.as_slice(), [2, 5, 4] | [2, 4, 4])
}

/// Month and year of a card, digit by digit; Italian and Portuguese name the stroke between them.
pub(crate) fn card_expiry(lang: Lang, month: u8, year: u8) -> Phrase {
    let pair = |n: u8| {
        format!("{n:02}").chars().fold(Phrase::new(), |out, digit| out.then(one(lang, digit)))
    };
    let month = pair(month);
    match lang {
        Lang::Pl | Lang::EnGb | Lang::EnUs => month.then(pair(year)),
        Lang::It | Lang::PtBr | Lang::PtPt => month.say("barra").then(pair(year)),
    }
}

/// What a key is called where we ask for it ("press …"): `0`–`9`, `*`, `#`; `None` for any other.
pub fn key_name(lang: Lang, key: char) -> Option<&'static str> {
    let names: [&str; 12] = match lang {
        Lang::Pl => [
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
            "gwiazdkę",
            "krzyżyk",
        ],
        Lang::EnGb => [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "star",
            "hash",
        ],
        Lang::EnUs => [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "star",
            "pound",
        ],
        Lang::It => [
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
            "asterisco",
            "cancelletto",
        ],
        Lang::PtBr => [
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
            "asterisco",
            "jogo da velha",
        ],
        Lang::PtPt => [
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
            "asterisco",
            "cardinal",
        ],
    };
    match key {
        '0'..='9' => Some(names[key as usize - '0' as usize]),
        '*' => Some(names[10]),
        '#' => Some(names[11]),
        _ => None,
    }
}
