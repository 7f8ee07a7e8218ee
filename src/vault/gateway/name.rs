//! How a gateway's names cross the link: as they are, or, where they have too many digits in a row, in letters.
//!
//! ```text
//!  pi_3MtwBwLkdIwHu7ix                         as it is
//!  WZHF512345140731GUEST000P01   ⇄   d.WZHF.f.b.c.d.e.f.b.e.a.h.d.bGUEST.a.a.aP.a.b
//! ```
//! The link refuses eight digits in a row, whoever wrote them: a card number begins with eight. A name that
//! was told in letters is turned back for the gateway alone.

use vault_link::GatewayRef;

/// What a name in letters begins with; a gateway's own name that begins so is told in letters too.
const IN_LETTERS: &str = "d.";

/// The name as the link may hold it; `None` if it is too long for it, or has a character that no name has.
pub fn for_link(name: &str) -> Option<GatewayRef> {
    match GatewayRef::new(name) {
        Ok(reference) if !name.starts_with(IN_LETTERS) => Some(reference),
        _ if name.is_empty() => None,
        _ => GatewayRef::new(&in_letters(name)).ok(),
    }
}

fn in_letters(name: &str) -> String {
    let mut text = IN_LETTERS.to_owned();
    for c in name.chars() {
        match c.to_digit(10) {
            Some(digit) => text.extend(['.', char::from(b'a' + digit as u8)]),
            None if c == '.' => text.push_str(".z"),
            None => text.push(c),
        }
    }
    text
}

/// The name as the gateway wrote it. What cannot have come from [`for_link`] is taken as it is: the gateway
/// knows no such name.
pub fn for_gateway(reference: &GatewayRef) -> String {
    let text = reference.as_str();
    let letters = text.strip_prefix(IN_LETTERS).and_then(from_letters);
    letters.unwrap_or_else(|| text.to_owned())
}

fn from_letters(text: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        name.push(match (c, c.eq(&'.').then(|| rest.next()).flatten()) {
            ('.', Some('z')) => '.',
            ('.', Some(letter @ 'a'..='j')) => char::from(letter as u8 - b'a' + b'0'),
            ('.', _) => return None,
            (c, _) => c,
        });
    }
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_many_digits_crosses_in_letters_and_comes_back_as_it_was() {
        let names = [
            "WZHF512345140731GUEST000P01",
            "20260731000000000001",
            "d.WZHF",
            "1.2.3.4.5.6.7.8.9",
            "pi_3MtwBwLkdIwHu7ix",
        ];
        for name in names {
            let told = for_link(name).unwrap();
            assert_eq!(for_gateway(&told), name, "{told:?}");
        }
        assert_eq!(for_link("pi_3Mtw").unwrap().as_str(), "pi_3Mtw");
        let told = for_link("WZHF512345140731GUEST000P01").unwrap();
        assert!(!told.as_str().contains(|c: char| c.is_ascii_digit()), "{told:?}");
    }

    #[test]
    fn a_name_that_is_too_long_or_no_name_is_not_told_at_all() {
        assert!(for_link(&"1".repeat(31)).is_some());
        for bad in [&"1".repeat(32), "", "a/../b", "a b", "żółw"] {
            assert!(for_link(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn letters_that_nobody_wrote_stay_as_they_are() {
        for odd in ["d.", "d..", "d..k", "d.x.", "d...a"] {
            let reference = GatewayRef::new(odd).unwrap();
            let name = for_gateway(&reference);
            assert!(name == odd || for_link(&name) == Some(reference), "{odd}");
        }
    }
}
