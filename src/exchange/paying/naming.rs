//! The closed words of the link as the journal and the history write them: `NotSent` is `not-sent`.

use records::CardEnd;
use std::fmt::Debug;
use vault_link::{Brand, LastFour};

/// A word without its capitals.
pub(crate) fn word(word: impl Debug) -> String {
    let mut out = String::new();
    for c in format!("{word:?}").chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The end of a card.
pub(crate) fn card_end(brand: Brand, last_four: LastFour) -> CardEnd {
    CardEnd { brand: word(brand), last_four: last_four.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault_link::Decline;

    #[test]
    fn words_are_written_without_capitals() {
        assert_eq!(word(Decline::NotSent), "not-sent");
        assert_eq!(word(Brand::Visa), "visa");
    }
}
