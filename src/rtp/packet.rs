//! RTP headers (RFC 3550 section 5.1), read and written without allocation.
//!
//! ```text
//!  0                   1                   2                   3
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//! |                           timestamp                           |
//! |                             SSRC                              |
//! ```

use crate::limits::HEADER_BYTES;
use rtp_rs::{RtpPacketBuilder, RtpReader};
use std::fmt;

/// A received packet, borrowed from its datagram.
#[derive(Clone, Copy)]
pub struct Packet<'a> {
    /// What the payload is, 0–127.
    pub payload_type: u8,
    /// Set on the first packet of a talkspurt or of a key.
    pub marker: bool,
    /// Counts packets, wraps.
    pub sequence: u16,
    /// Counts ticks of the payload's clock, wraps.
    pub timestamp: u32,
    /// Whose stream.
    pub ssrc: u32,
    /// What it carries, padding removed.
    pub payload: &'a [u8],
}

impl fmt::Debug for Packet<'_> {
    /// The header and the payload's length: the payload may be a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payload_type: pt, marker, sequence, timestamp, ssrc, payload } = self;
        let mark = if *marker { " M" } else { "" };
        write!(f, "pt={pt} seq={sequence} ts={timestamp} ssrc={ssrc:08x} {}B{mark}", payload.len())
    }
}

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not an RTP packet: drop it and count it")]
pub struct BadPacket;

impl<'a> Packet<'a> {
    /// Reads one datagram.
    ///
    /// # Errors
    /// Too short, not version 2, or padding, CSRC list or extension longer than the datagram.
    pub fn read(datagram: &'a [u8]) -> Result<Self, BadPacket> {
        let reader = RtpReader::new(datagram).map_err(|_| BadPacket)?;
        let padding = match datagram[0] & 0x20 {
            0 => 0,
            _ => usize::from(*datagram.last().ok_or(BadPacket)?).max(1),
        };
        let end = datagram.len().checked_sub(padding).ok_or(BadPacket)?;
        let payload = datagram.get(reader.payload_offset()..end).ok_or(BadPacket)?;
        Ok(Self {
            payload_type: reader.payload_type(),
            marker: reader.mark(),
            sequence: reader.sequence_number().into(),
            timestamp: reader.timestamp(),
            ssrc: reader.ssrc(),
            payload,
        })
    }
}

/// The header of a packet of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// 0–127; the top bit is dropped.
    pub payload_type: u8,
    /// First of a talkspurt or of a key.
    pub marker: bool,
    /// Counts packets.
    pub sequence: u16,
    /// Counts ticks.
    pub timestamp: u32,
    /// Ours.
    pub ssrc: u32,
}

impl Header {
    /// Writes header and payload to the front of `out`; returns the length, 0 if `out` is too short.
    pub fn write(&self, payload: &[u8], out: &mut [u8]) -> usize {
        RtpPacketBuilder::new()
            .payload_type(self.payload_type & 0x7F)
            .marked(self.marker)
            .sequence(self.sequence.into())
            .timestamp(self.timestamp)
            .ssrc(self.ssrc)
            .payload(payload)
            .build_into(out)
            .unwrap_or(0)
    }

    /// Writes the header in front of a payload that already stands at `out[12..12 + payload]`.
    pub fn write_before(&self, payload: usize, out: &mut [u8]) -> usize {
        match out.len() >= HEADER_BYTES + payload && self.write(&[], out) == HEADER_BYTES {
            true => HEADER_BYTES + payload,
            false => 0,
        }
    }
}

/// Tells RTCP from RTP on a shared port (RFC 5761 section 4): packet types 192–223.
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [first, 192..=223, ..] if first >> 6 == 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: Header =
        Header { payload_type: 8, marker: true, sequence: 0xFFFF, timestamp: 0xDEAD_BEEF, ssrc: 7 };

    #[test]
    fn what_is_written_is_read() {
        let mut out = [0; 64];
        let length = HEADER.write(&[1, 2, 3], &mut out);
        assert_eq!(length, 15);
        assert_eq!(out[..4], [0x80, 0x88, 0xFF, 0xFF]);
        let packet = Packet::read(&out[..length]).unwrap();
        assert_eq!((packet.sequence, packet.timestamp, packet.ssrc), (0xFFFF, 0xDEAD_BEEF, 7));
        assert_eq!((packet.payload_type, packet.marker, packet.payload), (8, true, &[1, 2, 3][..]));
    }

    #[test]
    fn a_payload_in_place_gets_its_header_and_a_short_buffer_gets_nothing() {
        let mut out = [9; 16];
        assert_eq!(HEADER.write_before(4, &mut out), 16);
        assert_eq!(Packet::read(&out).unwrap().payload, [9; 4]);
        assert_eq!(HEADER.write_before(5, &mut out), 0);
        assert_eq!(HEADER.write(&[0; 8], &mut out), 0);
    }

    #[test]
    fn padding_and_csrcs_are_no_payload() {
        let padded = [0xA0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 3];
        assert_eq!(Packet::read(&padded).unwrap().payload, [42]);
        let with_csrc = [0x81, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 42];
        assert_eq!(Packet::read(&with_csrc).unwrap().payload, [42]);
    }

    #[test]
    fn lies_about_lengths_are_refused() {
        for padding in [0_u8, 14, 200] {
            let mut liar = [0xA0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, padding];
            liar[12] = padding;
            let read = Packet::read(&liar);
            assert!(read.is_err() || read.unwrap().payload.is_empty(), "padding {padding}");
        }
        assert!(Packet::read(&[0x8F; 13]).is_err());
        assert!(Packet::read(&[0x40; 40]).is_err());
        assert!(Packet::read(&[]).is_err());
    }

    #[test]
    fn a_packet_does_not_print_its_payload() {
        let mut out = [0; 64];
        let length = HEADER.write(&[5, 0x8A, 3, 0x20], &mut out);
        let printed = format!("{:?}", Packet::read(&out[..length]).unwrap());
        assert_eq!(printed, "pt=8 seq=65535 ts=3735928559 ssrc=00000007 4B M");
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Packet::read(&bytes);
            let _ = is_rtcp(&bytes);
        }
    }
}
