//! The card of one capture, in its secret slot from the first key to the wipe.
//!
//! No Debug, Display, Clone or Serialize: what must not be said has no words.
//!
//! ```text
//!  slot: 0 number (19) │ 19 length │ 20 expiry MMYY (4) │ 24 length │ 25 code (4) │ 29 length │ 64 request …
//! ```

use crate::clock::Month;
use crate::limits::{CODE_DIGITS_MAX, NUMBER_DIGITS_MAX};
use crate::secret_page::Slot;
use keypad::Key;
use vault_link::LastFour;
use zeroize::Zeroize;

/// Which part of the card; where it lies in the slot and how long it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The number.
    Number,
    /// MMYY.
    Expiry,
    /// The security code.
    Code,
}

impl Part {
    const fn place(self) -> (usize, usize) {
        match self {
            Part::Number => (0, NUMBER_DIGITS_MAX),
            Part::Expiry => (20, 4),
            Part::Code => (25, CODE_DIGITS_MAX),
        }
    }
}

/// Where the request that carries the card is built.
const REQUEST_AT: usize = 64;
/// A card may be valid so many years from now at most; later is a slip of the finger.
const YEARS_AHEAD_MAX: u32 = 20;

/// A card as far as it was keyed.
pub struct Card {
    slot: Slot,
}

impl Card {
    /// Nothing was keyed.
    pub fn new(slot: Slot) -> Self {
        Self { slot }
    }

    /// Adds a digit; false when it is none or the part is full.
    #[must_use]
    pub fn push(&mut self, part: Part, key: Key) -> bool {
        let (at, max) = part.place();
        let Some(bytes) = self.slot.bytes_mut() else { return false };
        let length = usize::from(bytes[at + max]);
        let room = key.is_digit() && length < max;
        if room {
            bytes[at + length] = key.event();
            bytes[at + max] += 1;
        }
        room
    }

    /// How many digits.
    pub fn length(&self, part: Part) -> usize {
        let (at, max) = part.place();
        usize::from(self.slot.bytes()[at + max]).min(max)
    }

    /// The digits, values 0–9, in place.
    pub fn digits(&self, part: Part) -> &[u8] {
        let (at, _) = part.place();
        &self.slot.bytes()[at..at + self.length(part)]
    }

    /// Forgets one part, and a request that may hold it.
    pub fn wipe(&mut self, part: Part) {
        let (at, max) = part.place();
        if let Some(bytes) = self.slot.bytes_mut() {
            bytes[at..=at + max].zeroize();
            bytes[REQUEST_AT..].zeroize();
        }
    }

    /// Forgets everything.
    pub fn wipe_all(&mut self) {
        if let Some(bytes) = self.slot.bytes_mut() {
            bytes.zeroize();
        }
    }

    /// What may be told; `None` for a number shorter than any card's.
    pub fn last_four(&self) -> Option<LastFour> {
        let digits = self.digits(Part::Number);
        if digits.len() < 12 {
            return None;
        }
        LastFour::new(*digits.last_chunk()?).ok()
    }

    /// The expiry is a month, not past, and not absurdly far.
    pub fn is_valid_in(&self, now: Month) -> bool {
        let [m1, m2, y1, y2] = *self.digits(Part::Expiry) else { return false };
        let year = 2_000 + u32::from(y1) * 10 + u32::from(y2);
        let until = Month { year, month: u32::from(m1) * 10 + u32::from(m2) };
        (1..=12).contains(&until.month) && until >= now && year <= now.year + YEARS_AHEAD_MAX
    }

    /// Lends the card's digits and room beside them for the request that carries them.
    pub fn with_request<R>(&mut self, build: impl FnOnce(&[u8], &mut [u8]) -> R) -> Option<R> {
        let bytes = self.slot.bytes_mut()?;
        let (card, request) = bytes.split_at_mut(REQUEST_AT);
        Some(build(card, request))
    }
}

/// The digits of a part within the card bytes that [`Card::with_request`] lends.
pub fn digits_of(card: &[u8], part: Part) -> &[u8] {
    let (at, max) = part.place();
    let length = card.get(at + max).map_or(0, |n| usize::from(*n).min(max));
    card.get(at..at + length).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret_page::SecretPage;

    fn card(number: &str, expiry: &str) -> Card {
        let mut card = Card::new(SecretPage::map(1).unwrap().lend().unwrap());
        for (part, text) in [(Part::Number, number), (Part::Expiry, expiry)] {
            for c in text.chars() {
                assert!(card.push(part, Key::from_char(c).unwrap()));
            }
        }
        card
    }

    #[test]
    fn only_digits_fit_and_no_more_than_there_is_room_for() {
        let mut card = card("4242424242424242424", "");
        assert!(!card.push(Part::Number, Key::from_char('1').unwrap()));
        assert!(!card.push(Part::Code, Key::STAR));
        assert_eq!(card.length(Part::Number), 19);
        card.wipe(Part::Number);
        assert_eq!(card.length(Part::Number), 0);
        assert!(card.slot.bytes().iter().all(|b| *b == 0));
    }

    #[test]
    fn last_four_is_told_of_whole_numbers_alone() {
        assert!(card("42424242424", "").last_four().is_none());
        assert_eq!(card("424242424242", "").last_four().unwrap().to_string(), "4242");
    }

    #[test]
    fn a_card_is_valid_through_its_month_and_not_for_ever() {
        let now = Month { year: 2026, month: 11 };
        let valid = |expiry| card("", expiry).is_valid_in(now);
        assert!(valid("1126") && valid("0127") && valid("1246"));
        let impossible = ["1026", "1225", "1327", "0027", "0147", "11", ""];
        assert!(!impossible.into_iter().any(valid));
    }
}
