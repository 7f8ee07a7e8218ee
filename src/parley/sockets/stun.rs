//! STUN binding requests on the SIP port (RFC 5626 section 4.4.2, RFC 5389 sections 6 and 15.2): phones
//! behind a NAT keep their hole open with them and see when it moves.
//!
//! ```text
//!   00 01 | length | 21 12 A4 42 | transaction id, 12 bytes | attributes, not looked at
//!   01 01 | 000C   | 21 12 A4 42 | the same id              | XOR-MAPPED-ADDRESS: who you are to us
//! ```
//!
//! Owns: the one answer. Never: an answer that is longer than twice the request, so that a forged
//! source gains nobody anything; authentication, which nobody uses here.

use super::limits::STUN_PER_SECOND_MAX;
use ids::Moment;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const HEADER_BYTES: usize = 20;

/// True for what can be no SIP message: its first two bits are zero and the cookie stands in its place.
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.len() >= HEADER_BYTES && datagram[0] < 0x40 && datagram[4..8] == COOKIE
}

/// The answer to a binding request from `source`; `None` for anything else.
pub fn answer(datagram: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes([datagram[2], datagram[3]]));
    let whole = datagram.len() == HEADER_BYTES + length && length % 4 == 0;
    if !is_stun(datagram) || !whole || datagram[..2] != [0x00, 0x01] {
        return None;
    }
    let id = &datagram[4..HEADER_BYTES];
    let (family, address) = match source.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let size = 4 + address.len() as u8;
    let mut out = vec![0x01, 0x01, 0x00, 4 + size];
    out.extend_from_slice(id);
    out.extend_from_slice(&[0x00, 0x20, 0x00, size, 0x00, family]);
    out.extend(source.port().to_be_bytes().iter().zip(id).map(|(a, b)| a ^ b));
    out.extend(address.iter().zip(id).map(|(a, b)| a ^ b));
    (out.len() <= 2 * datagram.len() + 4).then_some(out)
}

/// How many answers go out in a second.
#[derive(Default)]
pub struct Meter {
    second: Option<Moment>,
    answered: u32,
}

impl Meter {
    /// True when one more may be answered now.
    pub fn admit(&mut self, now: Moment) -> bool {
        if self.second.is_none_or(|from| now >= from + Duration::from_secs(1)) {
            *self = Meter { second: Some(now), answered: 0 };
        }
        self.answered += 1;
        self.answered <= STUN_PER_SECOND_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, 0];
        bytes.extend(COOKIE);
        bytes.extend(1..=12);
        bytes
    }

    #[test]
    fn a_binding_request_hears_its_own_address() {
        let answer4 = answer(&request(), "192.0.2.1:32853".parse().unwrap()).unwrap();
        assert_eq!(answer4[..4], [1, 1, 0, 12]);
        assert_eq!(answer4[4..20], request()[4..]);
        // the address of RFC 5769 section 2.2
        assert_eq!(answer4[20..], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        let answer6 = answer(&request(), "[2001:db8::1]:5060".parse().unwrap()).unwrap();
        assert_eq!((answer6.len(), answer6[3]), (44, 24));
    }

    #[test]
    fn nothing_else_is_answered() {
        let source = "192.0.2.1:1".parse().unwrap();
        let mut indication = request();
        indication[0..2].copy_from_slice(&[0x00, 0x11]);
        let mut response = request();
        response[0..2].copy_from_slice(&[0x01, 0x01]);
        let mut long = request();
        long[3] = 8;
        for other in [indication, response, long, b"OPTIONS sip:a SIP/2.0\r\n".to_vec()] {
            assert_eq!(answer(&other, source), None);
        }
        assert!(!is_stun(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n") && !is_stun(b"\r\n\r\n"));
    }

    #[test]
    fn a_flood_is_answered_within_bounds() {
        let mut meter = Meter::default();
        let at = Moment::from_millis(5_000);
        let answered = (0..10_000).filter(|_| meter.admit(at)).count();
        assert_eq!(answered, STUN_PER_SECOND_MAX as usize);
        assert!(meter.admit(Moment::from_millis(6_000)));
    }
}
