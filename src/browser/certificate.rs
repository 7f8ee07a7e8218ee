//! The one thing that is needed of a peer's certificate (RFC 5280 section 4.1): its public key.
//!
//! ```text
//!   SEQUENCE { SEQUENCE { [0] version?, serial, algorithm, issuer, validity, subject,
//!                         SEQUENCE { SEQUENCE { id-ecPublicKey, curve }, BIT STRING key }, … }, … }
//! ```
//! Nobody signed it but itself: names and dates prove nothing, the fingerprint does.
//!
//! Owns: the way to the key. Never: trust.

use crate::limits::CERTIFICATE_BYTES_MAX;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const VERSION: u8 = 0xA0;
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const P256: [u8; 8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
/// 1.3.132.0.34
const P384: [u8; 5] = [0x2B, 0x81, 0x04, 0x00, 0x22];

/// The curve of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Curve {
    P256,
    P384,
}

/// The elliptic-curve key of a certificate in DER: its curve and its point.
pub(crate) fn public_key(certificate: &[u8]) -> Option<(Curve, &[u8])> {
    if certificate.len() > CERTIFICATE_BYTES_MAX {
        return None;
    }
    let (whole, _) = take(certificate, SEQUENCE)?;
    let (mut rest, _) = take(whole, SEQUENCE)?;
    if let Some((_, after)) = take(rest, VERSION) {
        rest = after;
    }
    for kind in [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE] {
        rest = take(rest, kind)?.1;
    }
    let (key, _) = take(rest, SEQUENCE)?;
    let (algorithm, bits) = take(key, SEQUENCE)?;
    let (kind, parameters) = take(algorithm, OBJECT_ID)?;
    let (curve, _) = take(parameters, OBJECT_ID)?;
    let curve = match () {
        () if kind != EC_PUBLIC_KEY => return None,
        () if curve == P256 => Curve::P256,
        () if curve == P384 => Curve::P384,
        () => return None,
    };
    // the first byte of a bit string counts the bits left over
    let (bits, _) = take(bits, BIT_STRING)?;
    Some((curve, bits.strip_prefix(&[0])?))
}

/// The content of the first element, if it is of this kind, and what follows it.
fn take(der: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let [first, length, rest @ ..] = der else { return None };
    if *first != kind {
        return None;
    }
    let (length, rest) = match (length, rest) {
        (0..=0x7F, rest) => (usize::from(*length), rest),
        (0x81, [a, rest @ ..]) => (usize::from(*a), rest),
        (0x82, [a, b, rest @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}
