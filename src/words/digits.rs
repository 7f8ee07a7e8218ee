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

/// Countries whose numbers we are likely to say; none is the beginning of another.
const COUNTRY_CODES: [&str; 6] = ["+1", "+39", "+44", "+48", "+55", "+351"];

/// One long group cut as people remember numbers: threes and fours (8 = 4+4, 6 = 3+3, 9 = 3+3+3), a
/// country code apart; groups that are already there stay as they are.
pub(crate) fn regroup(groups: Vec<String>) -> Vec<String> {
    let [whole] = groups.as_slice() else { return groups };
    let code = COUNTRY_CODES.into_iter().find(|code| whole.starts_with(code));
    match code.and_then(|code| Some((code, whole.strip_prefix(code)?))) {
        Some((code, rest)) => {
            let sizes = if code == "+55" { brazilian_sizes(rest.len()) } else { sizes(rest.len()) };
            [code.to_owned()].into_iter().chain(cut(rest, sizes)).collect()
        }
        None => cut(whole, sizes(whole.len())),
    }
}

const fn sizes(digits: usize) -> &'static [usize] {
    match digits {
        5 => &[2, 3],
        6 => &[3, 3],
        7 => &[3, 4],
        9 => &[3, 3, 3],
        10 => &[3, 3, 4],
        11 => &[4, 4, 3],
        _ => &[4],
    }
}

const fn brazilian_sizes(digits: usize) -> &'static [usize] {
    match digits {
        10 => &[2, 4, 4],
        11 => &[2, 5, 4],
        _ => sizes(digits),
    }
}

fn cut(digits: &str, sizes: &[usize]) -> Vec<String> {
    let mut rest = digits;
    let mut sizes = sizes.iter().chain(std::iter::repeat(&4));
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(4).min(rest.len());
        let (head, tail) = rest.split_at(size);
        groups.push(head.to_owned());
        rest = tail;
    }
    groups
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

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(text: &str) -> String {
        regroup(groups(text).unwrap()).join(" ")
    }

    #[test]
    fn a_long_number_is_cut_into_threes_and_fours() {
        assert_eq!(grouped("4711"), "4711");
        assert_eq!(grouped("271828"), "271 828");
        assert_eq!(grouped("12345678"), "1234 5678");
        assert_eq!(grouped("1234567890123"), "1234 5678 9012 3");
        assert_eq!(grouped("22 123 45 67"), "22 123 45 67");
        assert_eq!(grouped("+48221234567"), "+48 221 234 567");
        assert_eq!(grouped("+5511966616006"), "+55 11 96661 6006");
    }

    #[test]
    fn what_is_no_number_is_refused_with_a_way_out() {
        assert_eq!(groups("12a"), Err(DigitsError::NotADigit('a')));
        assert_eq!(groups("1+2"), Err(DigitsError::NotADigit('+')));
        assert_eq!(groups(" - "), Err(DigitsError::Empty));
        assert_eq!(groups(&"7".repeat(35)), Err(DigitsError::TooLong));
    }

    #[test]
    fn six_is_meia_only_in_a_brazilian_telephone() {
        let said = |lang, text: &str, kind| {
            let phrase = digits(lang, &groups(text).unwrap(), kind);
            phrase.units(crate::phrase::Form::Final).any(|(word, _)| word == "meia")
        };
        assert!(said(Lang::PtBr, "11 96661 6006", Kind::Any));
        assert!(said(Lang::PtBr, "+55 11 3661 6006", Kind::Any));
        assert!(said(Lang::PtBr, "6006", Kind::Telephone));
        assert!(!said(Lang::PtBr, "0800 666 6006", Kind::Any));
        assert!(!said(Lang::PtBr, "1234 5666", Kind::Any));
        assert!(!said(Lang::PtPt, "11 96661 6006", Kind::Telephone));
    }
}
