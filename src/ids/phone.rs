//! One spelling for every phone number: E.164 (`+48600100200`).

/// How numbers are written at home, to read those without a country.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Home {
    /// Country calling code, such as `48`.
    pub calling_code: String,
    /// What is dialled before a national number and is no part of it abroad: `0` in the UK, nothing in
    /// Poland, Italy and Portugal.
    pub trunk_prefix: String,
    /// Digits of a national number, from and to.
    pub national_digits: (usize, usize),
}

impl Home {
    /// The country with this calling code (`48`, `+48`). Lengths follow the national numbering plans;
    /// a country that is not listed gets the widest rule: a trunk 0 and 6–12 digits.
    pub fn of(calling_code: &str) -> Self {
        let code = calling_code.trim_start_matches('+');
        let (trunk, national_digits) = match code {
            "48" => ("", (9, 9)),
            "351" => ("", (9, 9)),
            "39" => ("", (6, 11)),
            "44" => ("0", (9, 10)),
            "55" => ("0", (10, 11)),
            "1" => ("1", (10, 10)),
            _ => ("0", (6, 12)),
        };
        Self { calling_code: code.to_owned(), trunk_prefix: trunk.to_owned(), national_digits }
    }
}

impl Default for Home {
    /// Poland.
    fn default() -> Self {
        Home::of("48")
    }
}

/// Reads `+48 600 100 200`, `0048600100200`, `48600100200`, `600-100-200`, `tel:…`, `sip:+48…@host`
/// as `+48600100200`. `None` when it is none: withheld, an extension, a name.
pub fn normalise(text: &str, home: &Home) -> Option<String> {
    let bare = bare(text);
    let international = bare.trim_start().starts_with('+');
    let digits = digits(bare)?;
    let full = if international {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else {
        at_home(&digits, home)?
    };
    // ITU-T E.164 section 6.2: at most 15 digits, no calling code begins with 0.
    ((7..=15).contains(&full.len()) && !full.starts_with('0')).then(|| format!("+{full}"))
}

/// Without scheme, host and parameters.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let schemes = ["sip:", "sips:", "tel:"];
    let scheme =
        schemes.iter().find(|s| text.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)));
    let text = scheme.map_or(text, |s| &text[s.len()..]);
    text.split(['@', ';']).next().unwrap_or(text)
}

/// The digits alone, if there is nothing but digits and what people put between them.
fn digits(text: &str) -> Option<String> {
    let unsigned = text.trim_start().strip_prefix('+').unwrap_or(text);
    let between = |c: &char| matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{202f}');
    let kept: String = unsigned.chars().filter(|c| !between(c)).take(20).collect();
    (!kept.is_empty() && kept.bytes().all(|b| b.is_ascii_digit())).then_some(kept)
}

fn at_home(digits: &str, home: &Home) -> Option<String> {
    let (least, most) = home.national_digits;
    let national = |d: &str| (least..=most).contains(&d.len());
    // A number that could be both (Italian mobiles begin with 39, too) is read as a national one.
    let without_trunk = digits.strip_prefix(home.trunk_prefix.as_str()).unwrap_or(digits);
    if national(without_trunk) {
        return Some(format!("{}{without_trunk}", home.calling_code));
    }
    let abroad = digits.strip_prefix(home.calling_code.as_str())?;
    national(abroad).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_one_number_is_one_number() {
        for spelling in [
            "+48600100200",
            "+48 600 100 200",
            "0048600100200",
            "48600100200",
            "600100200",
            "600-100-200",
            " (600) 100.200 ",
            "tel:+48-600-100-200;phone-context=x",
            "sip:600100200@198.51.100.7;user=phone",
            "SIP:+48600100200@pbx.example",
        ] {
            let read = normalise(spelling, &Home::default());
            assert_eq!(read.as_deref(), Some("+48600100200"), "{spelling}");
        }
    }

    #[test]
    fn a_trunk_prefix_is_dropped_abroad() {
        let home = Home::of("+44");
        for spelling in ["020 7946 0123", "+44 20 7946 0123", "442079460123", "00442079460123"] {
            assert_eq!(normalise(spelling, &home).as_deref(), Some("+442079460123"), "{spelling}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "anonymous",
            "101",
            "+",
            "sip:anna@host",
            "12345678901234567",
            "+0123456789",
            "600100200x",
        ] {
            assert_eq!(normalise(text, &Home::default()), None, "{text}");
        }
    }
}
