//! The few texts and byte strings of the link, each with its alphabet and its length.

use crate::limits::{CLIP_CHARS_MAX, DIGIT_RUN_MAX, REFERENCE_CHARS_MAX};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A text that may not stand where it was put.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a text of the link is too long, has a character that is not allowed, or too many digits in a row"
)]
pub struct NotBounded;

/// The last four digits of a card: the most that is ever told of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastFour([u8; 4]);

impl LastFour {
    /// From four values 0–9.
    ///
    /// # Errors
    /// A value above nine.
    pub fn new(digits: [u8; 4]) -> Result<Self, NotBounded> {
        if digits.iter().all(|d| *d < 10) { Ok(Self(digits)) } else { Err(NotBounded) }
    }

    /// The four values, 0–9.
    pub const fn digits(self) -> [u8; 4] {
        self.0
    }
}

impl fmt::Display for LastFour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|d| write!(f, "{d}"))
    }
}

/// The issuer's code for an approval: six letters or digits (ISO 8583 field 38), spaces where shorter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuthCode([u8; 6]);

impl AuthCode {
    /// A gateway that tells none.
    pub const NONE: AuthCode = AuthCode(*b"      ");

    /// From at most six letters or digits; lower case is taken as upper case.
    ///
    /// # Errors
    /// Longer, or any other character.
    pub fn new(text: &str) -> Result<Self, NotBounded> {
        let mut code = Self::NONE;
        let fits = text.len() <= 6 && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if !fits {
            return Err(NotBounded);
        }
        for (slot, b) in code.0.iter_mut().zip(text.bytes()) {
            *slot = b.to_ascii_uppercase();
        }
        Ok(code)
    }

    /// Without the filling spaces.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("").trim_end()
    }

    pub(crate) fn bytes(self) -> [u8; 6] {
        self.0
    }
}

/// How the gateway names a payment: letters, digits, `_`, `-`, `.`, at most [`REFERENCE_CHARS_MAX`].
/// Runs of [`DIGIT_RUN_MAX`] digits are refused, also where separators stand between them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GatewayRef(String);

impl GatewayRef {
    /// Reads a reference.
    ///
    /// # Errors
    /// Empty, too long, another character, or too many digits in a row.
    pub fn new(text: &str) -> Result<Self, NotBounded> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
        let short = (1..=REFERENCE_CHARS_MAX).contains(&text.len());
        let fits = short && text.bytes().all(allowed) && longest_digit_run(text) < DIGIT_RUN_MAX;
        if fits { Ok(Self(text.to_owned())) } else { Err(NotBounded) }
    }

    /// As the gateway wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Digits in a row; a separator does not end a row, a letter does.
fn longest_digit_run(text: &str) -> usize {
    let (mut run, mut longest) = (0, 0);
    for b in text.bytes() {
        match b {
            b'0'..=b'9' => run += 1,
            b'_' | b'-' | b'.' => {}
            _ => run = 0,
        }
        longest = longest.max(run);
    }
    longest
}

/// Which pre-encoded file to play: letters, digits, `_`, `-`, `.`, `~`; never a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClipName(String);

impl ClipName {
    /// Reads a name.
    ///
    /// # Errors
    /// Empty, too long, another character, or a leading dot.
    pub fn new(text: &str) -> Result<Self, NotBounded> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.~".contains(&b);
        let short = (1..=CLIP_CHARS_MAX).contains(&text.len());
        let fits = short && text.bytes().all(allowed) && !text.starts_with('.');
        if fits { Ok(Self(text.to_owned())) } else { Err(NotBounded) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names one intended payment for ever: drawn at random by the switch, the root of every idempotency key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Intent(pub [u8; 16]);

impl fmt::Display for Intent {
    /// 32 letters `a`–`p`, four bits each: nobody can take one for a card number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |half: u8| char::from(b'a' + half);
        self.0.iter().try_for_each(|b| write!(f, "{}{}", letter(b >> 4), letter(b & 15)))
    }
}

impl fmt::Debug for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "intent-{self}")
    }
}

/// Bytes of the longest SRTP master key and salt (RFC 6188).
const KEY_BYTES_MAX: usize = 46;

/// An SRTP master key with its salt on its way to the vault. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct MediaKey {
    bytes: [u8; KEY_BYTES_MAX],
    length: usize,
}

impl MediaKey {
    /// From key and salt in this order.
    ///
    /// # Errors
    /// More bytes than any suite has.
    pub fn new(key_and_salt: &[u8]) -> Result<Self, NotBounded> {
        let mut bytes = [0; KEY_BYTES_MAX];
        let length = key_and_salt.len();
        bytes.get_mut(..length).ok_or(NotBounded)?.copy_from_slice(key_and_salt);
        Ok(Self { bytes, length })
    }

    /// Lends the bytes, to key a stream and for nothing else.
    pub fn reveal<T>(&self, to: impl FnOnce(&[u8]) -> T) -> T {
        to(&self.bytes[..self.length])
    }
}

impl fmt::Debug for MediaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•")
    }
}
