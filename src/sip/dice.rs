//! Tags, branches and Call-IDs: one stream of numbers from a secret seed, so that a run can be
//! repeated and an outsider can guess nothing (RFC 3261 section 19.3 wants 32 random bits; these are 64).

use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// SHA-256 in counter mode over the seed.
pub struct Dice {
    seed: [u8; 32],
    counter: u64,
    ready: [u64; 4],
    left: usize,
}

impl Dice {
    /// From a seed; the same seed gives the same numbers.
    pub fn new(seed: [u8; 32]) -> Dice {
        Dice { seed, counter: 0, ready: [0; 4], left: 0 }
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        if self.left == 0 {
            let block = digest(&self.seed, b"stream", &self.counter.to_be_bytes());
            self.ready = block;
            self.counter += 1;
            self.left = self.ready.len();
        }
        self.left -= 1;
        self.ready[self.left]
    }

    /// The same number for the same text: tags of responses that keep no state.
    pub(crate) fn fixed(&self, text: &[u8]) -> u64 {
        digest(&self.seed, b"fixed", text)[0]
    }

    /// Between the two, in steps of 10 ms (RFC 3261 section 14.1).
    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let steps = (to - from).as_millis() as u64 / 10 + 1;
        from + Duration::from_millis(self.roll() % steps * 10)
    }
}

/// A key for this use alone.
pub(crate) fn key(seed: &[u8; 32], use_for: &[u8]) -> [u8; 32] {
    let words = digest(seed, b"key", use_for);
    let mut key = [0; 32];
    for (part, word) in key.chunks_exact_mut(8).zip(words) {
        part.copy_from_slice(&word.to_be_bytes());
    }
    key
}

fn digest(seed: &[u8; 32], use_for: &[u8], text: &[u8]) -> [u64; 4] {
    let mut sha = Sha256::new();
    sha.update(seed);
    sha.update(use_for);
    sha.update(text);
    let bytes: [u8; 32] = sha.finalize().into();
    let mut out = [0; 4];
    for (word, chunk) in out.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = chunk.iter().fold(0, |n, &b| n << 8 | u64::from(b));
    }
    out
}

/// What precedes every branch of RFC 3261 (section 8.1.1.7).
pub(crate) const MAGIC_COOKIE: &str = "z9hG4bK";

/// The number in a branch of ours.
pub(crate) fn branch_number(branch: &[u8]) -> Option<u64> {
    hex(branch.strip_prefix(MAGIC_COOKIE.as_bytes())?)
}

/// The number in a tag of ours: exactly sixteen lower-case hexadecimal digits.
pub(crate) fn hex(text: &[u8]) -> Option<u64> {
    if text.len() != 16 || text.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    text.iter().try_fold(0, |n, &b| Some(n << 4 | u64::from(char::from(b).to_digit(16)?)))
}
