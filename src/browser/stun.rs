//! STUN messages as connectivity checks use them (RFC 8489, RFC 8445 section 7).
//!
//! ```text
//!   00 01 | length | 21 12 A4 42 | transaction id, 12 bytes
//!   USERNAME | PRIORITY | ICE-CONTROLLING | USE-CANDIDATE | … | MESSAGE-INTEGRITY | FINGERPRINT
//!   └──────────── HMAC-SHA1 by the password ──────────────┘                       │
//!   └──────────────────────────────── CRC-32 ─────────────────────────────────────┘
//! ```
//! Owns: reading a request, checking it, writing the answer.
//! Never: who is asked, what follows from it.

use crate::limits::{ANSWER_BYTES_MAX, ATTRIBUTES_MAX, UNKNOWN_NAMED_MAX};
use ring::hmac;
use std::net::{IpAddr, SocketAddr};

const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const HEADER_BYTES: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;
/// From here on attributes may be passed over (RFC 8489 section 14).
const OPTIONAL_FROM: u16 = 0x8000;
/// `STUN` in ASCII, so that a CRC of STUN is no other protocol's (RFC 8489 section 14.7).
const FINGERPRINT_XOR: u32 = 0x5354_554E;
const INTEGRITY_BYTES: usize = 20;

/// A binding request, whole and with a right FINGERPRINT; nothing in it is proved yet.
pub(crate) struct Request<'d> {
    datagram: &'d [u8],
    pub id: [u8; 12],
    pub username: Option<&'d [u8]>,
    /// The peer takes us for the controlling agent.
    pub controlled: bool,
    pub use_candidate: bool,
    integrity_at: Option<usize>,
    unknown: [u16; UNKNOWN_NAMED_MAX],
    unknown_count: usize,
}

impl<'d> Request<'d> {
    /// `None` for whatever is no binding request with a FINGERPRINT that fits (RFC 8445 section 7.1.2).
    pub fn read(datagram: &'d [u8]) -> Option<Self> {
        let header = datagram.first_chunk::<HEADER_BYTES>()?;
        let whole = usize::from(u16::from_be_bytes([header[2], header[3]])) + HEADER_BYTES;
        let is_request = u16::from_be_bytes([header[0], header[1]]) == BINDING_REQUEST;
        if !is_request
            || header[4..8] != COOKIE
            || whole != datagram.len()
            || !whole.is_multiple_of(4)
        {
            return None;
        }
        let mut id = [0; 12];
        id.copy_from_slice(&header[8..]);
        let mut request = Request {
            datagram,
            id,
            username: None,
            controlled: false,
            use_candidate: false,
            integrity_at: None,
            unknown: [0; UNKNOWN_NAMED_MAX],
            unknown_count: 0,
        };
        request.read_attributes()?.then_some(request)
    }

    /// True when the FINGERPRINT is there, last, and right.
    fn read_attributes(&mut self) -> Option<bool> {
        let mut at = HEADER_BYTES;
        for _ in 0..ATTRIBUTES_MAX {
            let head = self.datagram.get(at..at + 4)?;
            let kind = u16::from_be_bytes([head[0], head[1]]);
            let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let value = self.datagram.get(at + 4..at + 4 + length)?;
            let next = at + 4 + length.next_multiple_of(4);
            match kind {
                FINGERPRINT => {
                    let right = (crc32(&self.datagram[..at]) ^ FINGERPRINT_XOR).to_be_bytes();
                    return Some(next == self.datagram.len() && value == right);
                }
                // RFC 8489 section 14.5: what follows the integrity is not looked at
                _ if self.integrity_at.is_some() => {}
                MESSAGE_INTEGRITY if length == INTEGRITY_BYTES => self.integrity_at = Some(at),
                USERNAME => self.username = self.username.or(Some(value)),
                USE_CANDIDATE => self.use_candidate = true,
                ICE_CONTROLLED => self.controlled = true,
                PRIORITY | OPTIONAL_FROM.. => {}
                unknown => self.note_unknown(unknown),
            }
            at = next;
        }
        None
    }

    fn note_unknown(&mut self, kind: u16) {
        if let Some(place) = self.unknown.get_mut(self.unknown_count) {
            *place = kind;
            self.unknown_count += 1;
        }
    }

    /// Attributes that had to be understood and were not (RFC 8489 section 6.3.1).
    pub fn unknown(&self) -> &[u16] {
        &self.unknown[..self.unknown_count]
    }

    /// Whether there is a MESSAGE-INTEGRITY at all.
    pub fn is_signed(&self) -> bool {
        self.integrity_at.is_some()
    }

    /// Whether it was made with this password (RFC 8489 section 14.5).
    pub fn is_signed_by(&self, password: &hmac::Key) -> bool {
        let Some(at) = self.integrity_at else { return false };
        let length = (at + 4 + INTEGRITY_BYTES - HEADER_BYTES) as u16;
        let mut signed = hmac::Context::with_key(password);
        signed.update(&self.datagram[..2]);
        signed.update(&length.to_be_bytes());
        signed.update(&self.datagram[4..at]);
        let value = &self.datagram[at + 4..at + 4 + INTEGRITY_BYTES];
        // not in constant time: a tag is good for this one message, and each guess costs a datagram
        signed.sign().as_ref() == value
    }
}

/// An answer under construction.
pub(crate) struct Answer {
    bytes: [u8; ANSWER_BYTES_MAX],
    length: usize,
}

impl Answer {
    /// You are `from` to us (RFC 8489 section 14.2).
    pub fn success(id: &[u8; 12], from: SocketAddr) -> Self {
        let mut answer = Answer::new(BINDING_SUCCESS, id);
        let mask = mask(id);
        let port = from.port().to_be_bytes();
        let mut value = [0; 20];
        let octets = match from.ip() {
            IpAddr::V4(ip) => {
                value[4..8].copy_from_slice(&ip.octets());
                4
            }
            IpAddr::V6(ip) => {
                value[4..20].copy_from_slice(&ip.octets());
                16
            }
        };
        value[1] = if octets == 4 { 1 } else { 2 };
        value[2..4].copy_from_slice(&[port[0] ^ COOKIE[0], port[1] ^ COOKIE[1]]);
        value[4..4 + octets].iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        answer.attribute(XOR_MAPPED_ADDRESS, &value[..4 + octets]);
        answer
    }

    /// RFC 8489 section 14.8.
    pub fn error(id: &[u8; 12], code: u16, unknown: &[u16]) -> Self {
        let mut answer = Answer::new(BINDING_ERROR, id);
        answer.attribute(ERROR_CODE, &[0, 0, (code / 100) as u8, (code % 100) as u8]);
        if !unknown.is_empty() {
            let mut value = [0; 2 * UNKNOWN_NAMED_MAX];
            for (place, kind) in value.chunks_mut(2).zip(unknown) {
                place.copy_from_slice(&kind.to_be_bytes());
            }
            answer.attribute(UNKNOWN_ATTRIBUTES, &value[..2 * unknown.len()]);
        }
        answer
    }

    fn new(kind: u16, id: &[u8; 12]) -> Self {
        let mut bytes = [0; ANSWER_BYTES_MAX];
        bytes[..2].copy_from_slice(&kind.to_be_bytes());
        bytes[4..8].copy_from_slice(&COOKIE);
        bytes[8..HEADER_BYTES].copy_from_slice(id);
        Self { bytes, length: HEADER_BYTES }
    }

    /// Appends one, padded to four bytes, and keeps the header's length right.
    fn attribute(&mut self, kind: u16, value: &[u8]) {
        let at = self.length;
        self.bytes[at..at + 2].copy_from_slice(&kind.to_be_bytes());
        self.bytes[at + 2..at + 4].copy_from_slice(&(value.len() as u16).to_be_bytes());
        self.bytes[at + 4..at + 4 + value.len()].copy_from_slice(value);
        self.announce(at + 4 + value.len().next_multiple_of(4));
        self.length = at + 4 + value.len().next_multiple_of(4);
    }

    fn announce(&mut self, end: usize) {
        let length = (end - HEADER_BYTES) as u16;
        self.bytes[2..4].copy_from_slice(&length.to_be_bytes());
    }

    /// Signs with the password, where the request was proved to have it.
    pub fn signed(mut self, password: &hmac::Key) -> Self {
        self.announce(self.length + 4 + INTEGRITY_BYTES);
        let tag = hmac::sign(password, &self.bytes[..self.length]);
        self.attribute(MESSAGE_INTEGRITY, tag.as_ref());
        self
    }

    /// Closes with the FINGERPRINT and copies to the front of `out`; 0 when it does not fit.
    pub fn write(mut self, out: &mut [u8]) -> usize {
        self.announce(self.length + 8);
        let sum = crc32(&self.bytes[..self.length]) ^ FINGERPRINT_XOR;
        self.attribute(FINGERPRINT, &sum.to_be_bytes());
        let Some(room) = out.get_mut(..self.length) else { return 0 };
        room.copy_from_slice(&self.bytes[..self.length]);
        self.length
    }
}

/// What an address is hidden by: the cookie and the transaction id (RFC 8489 section 14.2).
fn mask(id: &[u8; 12]) -> [u8; 16] {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&COOKIE);
    mask[4..].copy_from_slice(id);
    mask
}

/// The CRC of Ethernet and zip (ITU-T V.42), a table of a nibble's remainders.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    const NIBBLES: [u32; 16] = {
        let mut table = [0; 16];
        let mut at = 0;
        while at < 16 {
            let mut rest = at as u32;
            let mut bit = 0;
            while bit < 4 {
                rest = if rest & 1 == 1 { rest >> 1 ^ 0xEDB8_8320 } else { rest >> 1 };
                bit += 1;
            }
            table[at] = rest;
            at += 1;
        }
        table
    };
    let nibble = |sum: u32, low: u8| sum >> 4 ^ NIBBLES[(sum as u8 ^ low) as usize & 0x0F];
    !bytes.iter().fold(!0, |sum, byte| nibble(nibble(sum, *byte), *byte >> 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request of RFC 5769 section 2.1: password `VOkJxbRl1RmTxUk/WvJxBt`.
    const RFC_5769: [u8; 108] = [
        0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6,
        0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74,
        0x65, 0x73, 0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e,
        0x00, 0x01, 0xff, 0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36,
        0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20,
        0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e,
        0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5,
        0x7a, 0x3b, 0xcf,
    ];

    fn password(text: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes())
    }

    #[test]
    fn the_request_of_rfc_5769_is_read_and_its_password_known() {
        let request = Request::read(&RFC_5769).unwrap();
        assert_eq!(request.username, Some(&b"evtj:h6vY"[..]));
        assert!(request.controlled && !request.use_candidate && request.unknown().is_empty());
        assert!(request.is_signed_by(&password("VOkJxbRl1RmTxUk/WvJxBt")));
        assert!(!request.is_signed_by(&password("VOkJxbRl1RmTxUk/WvJxBT")));
    }

    #[test]
    fn a_request_with_any_byte_changed_is_no_request() {
        for at in 0..RFC_5769.len() {
            let mut changed = RFC_5769;
            changed[at] ^= 0x10;
            assert!(Request::read(&changed).is_none(), "byte {at}");
        }
    }

    #[test]
    fn the_answer_is_the_one_of_rfc_5769_but_for_its_software() {
        let (id, mut out) = (*RFC_5769[8..20].first_chunk().unwrap(), [0; ANSWER_BYTES_MAX]);
        let from = "192.0.2.1:32853".parse().unwrap();
        let key = password("VOkJxbRl1RmTxUk/WvJxBt");
        let length = Answer::success(&id, from).signed(&key).write(&mut out);
        assert_eq!(length, 20 + 12 + 24 + 8);
        // section 2.2: XOR-MAPPED-ADDRESS
        assert_eq!(out[20..32], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        let sum = u32::from_be_bytes(*out[length - 4..].first_chunk().unwrap());
        assert_eq!(sum, crc32(&out[..length - 8]) ^ FINGERPRINT_XOR);
        let from = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap();
        Answer::success(&id, from).write(&mut out);
        // section 2.3
        assert_eq!(out[28..36], [0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79]);
    }

    #[test]
    fn an_error_names_what_was_not_understood() {
        let (mut out, unknown) = ([0; ANSWER_BYTES_MAX], [0x7777, 0x0001]);
        let length = Answer::error(&[7; 12], 420, &unknown).write(&mut out);
        assert_eq!(out[..2], [0x01, 0x11]);
        assert_eq!(out[20..28], [0, 9, 0, 4, 0, 0, 4, 20]);
        assert_eq!(out[28..36], [0, 10, 0, 4, 0x77, 0x77, 0, 1]);
        assert_eq!(length, 44);
    }

    #[test]
    fn the_checksum_is_the_one_everybody_has() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
