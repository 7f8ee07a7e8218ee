//! Verification data as keyed digests: the store never sees a PIN.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// What a caller can prove.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Factor {
    /// The PIN from our letter: 6 digits.
    Pin,
    /// Date of birth as DDMMYYYY.
    BirthDate,
    /// The last four digits of an identity number.
    IdLast4,
}

impl Factor {
    /// Its name in dialplans and in CSV columns.
    pub const fn name(self) -> &'static str {
        match self {
            Factor::Pin => "pin",
            Factor::BirthDate => "birth-date",
            Factor::IdLast4 => "id-last4",
        }
    }
}

/// HMAC-SHA256 (RFC 2104) of one factor of one case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(•)")
    }
}

/// The key for digests. It is kept in a file apart from the database: a stolen database alone does
/// not give the PINs away, though they have six digits only.
#[derive(Clone)]
pub struct Pepper(pub [u8; 32]);

impl Pepper {
    /// The digest of `value` for `factor` of the case with this number.
    pub fn digest(&self, case_number: &str, factor: Factor, value: &str) -> Digest {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in [case_number, factor.name(), value] {
            mac.update(&(part.len() as u32).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Digest(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(•)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_depends_on_key_case_factor_and_value() {
        let pepper = Pepper([1; 32]);
        let base = pepper.digest("4711", Factor::Pin, "271828");
        assert_eq!(base, pepper.digest("4711", Factor::Pin, "271828"));
        assert_ne!(base, pepper.digest("4712", Factor::Pin, "271828"));
        assert_ne!(base, pepper.digest("4711", Factor::IdLast4, "271828"));
        assert_ne!(base, pepper.digest("4711", Factor::Pin, "271829"));
        assert_ne!(base, Pepper([2; 32]).digest("4711", Factor::Pin, "271828"));
        assert_eq!(format!("{base:?} {pepper:?}"), "Digest(•) Pepper(•)");
    }
}
