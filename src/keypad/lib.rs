//! Keys as a caller presses them. They may be card digits or a PIN, so they have no words.
//!
//! Owns: [`Key`], fixed-size wiped [`Keys`].
//! Never: `Display`, `Serialize`, or a `Debug` that tells one key from another.

use std::fmt;
use zeroize::Zeroize;

/// One of the sixteen DTMF keys (ITU-T Q.23; event codes 0–15 of RFC 4733 section 3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(u8);

impl Key {
    /// `#`
    pub const HASH: Key = Key(b'#');
    /// `*`
    pub const STAR: Key = Key(b'*');

    /// From `0`–`9`, `*`, `#`, `A`–`D`.
    pub const fn from_char(c: char) -> Option<Key> {
        match c {
            '0'..='9' | '*' | '#' | 'A'..='D' => Some(Key(c as u8)),
            'a'..='d' => Some(Key(c as u8 - 32)),
            _ => None,
        }
    }

    /// From an RFC 4733 event code: 0–9 digits, 10 `*`, 11 `#`, 12–15 `A`–`D`.
    pub const fn from_event(code: u8) -> Option<Key> {
        match code {
            0..=9 => Some(Key(b'0' + code)),
            10 => Some(Key::STAR),
            11 => Some(Key::HASH),
            12..=15 => Some(Key(b'A' + code - 12)),
            _ => None,
        }
    }

    /// The RFC 4733 event code.
    pub const fn event(self) -> u8 {
        match self.0 {
            b'*' => 10,
            b'#' => 11,
            d @ b'0'..=b'9' => d - b'0',
            l => l - b'A' + 12,
        }
    }

    /// True for `0`–`9`.
    pub const fn is_digit(self) -> bool {
        self.0.is_ascii_digit()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•")
    }
}

/// How many keys one entry holds; the next is refused.
pub const KEYS_MAX: usize = 32;

/// Keys of one entry, wiped when dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Keys {
    bytes: [u8; KEYS_MAX],
    len: usize,
}

impl Keys {
    /// No key yet.
    pub const fn new() -> Self {
        Self { bytes: [0; KEYS_MAX], len: 0 }
    }

    /// From a written sequence, such as `4711`; `None` on anything that is no key or too long.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut keys = Self::new();
        for c in text.chars() {
            if !keys.push(Key::from_char(c)?) {
                return None;
            }
        }
        Some(keys)
    }

    /// Adds a key; false when full (the key is dropped).
    #[must_use]
    pub fn push(&mut self, key: Key) -> bool {
        let room = self.len < KEYS_MAX;
        if room {
            self.bytes[self.len] = key.0;
            self.len += 1;
        }
        room
    }

    /// Removes and returns the first key.
    pub fn pop_front(&mut self) -> Option<Key> {
        let first = *self.bytes[..self.len].first()?;
        self.bytes.copy_within(1..self.len, 0);
        self.len -= 1;
        self.bytes[self.len] = 0;
        Some(Key(first))
    }

    /// How many keys.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True when there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets and wipes all keys.
    pub fn wipe(&mut self) {
        self.bytes.zeroize();
        self.len = 0;
    }

    /// Lends the characters for as long as `look` runs: to compare or to hash, not to keep.
    pub fn reveal<R>(&self, look: impl FnOnce(&str) -> R) -> R {
        look(std::str::from_utf8(&self.bytes[..self.len]).unwrap_or(""))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl fmt::Debug for Keys {
    /// Dots: the count, never a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.len).try_for_each(|_| f.write_str("•"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_no_words() {
        let keys = Keys::from_text("1234#").unwrap();
        assert_eq!(format!("{keys:?}"), "•••••");
        assert_eq!(format!("{:?}", Key::HASH), "•");
    }

    #[test]
    fn every_event_code_is_one_key_and_back() {
        for code in 0..16 {
            assert_eq!(Key::from_event(code).unwrap().event(), code);
        }
        assert_eq!(Key::from_event(16), None);
    }

    #[test]
    fn a_full_entry_refuses_the_next_key() {
        let mut keys = Keys::from_text(&"1".repeat(KEYS_MAX)).unwrap();
        assert!(!keys.push(Key::STAR));
        assert_eq!(keys.len(), KEYS_MAX);
    }

    #[test]
    fn keys_leave_in_the_order_they_came() {
        let mut keys = Keys::from_text("12").unwrap();
        assert_eq!(keys.pop_front(), Key::from_char('1'));
        assert_eq!(keys.pop_front(), Key::from_char('2'));
        assert_eq!(keys.pop_front(), None);
    }
}
