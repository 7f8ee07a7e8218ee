//! RTP packets by hand: the 12-byte header of RFC 3550 section 5.1, key events of RFC 4733 section 2.3.

/// Header bytes before the payload.
pub const HEADER: usize = 12;
/// 20 ms of G.711.
pub const FRAME: usize = 160;
/// Payload type of A-law (RFC 3551 section 6).
pub const PCMA: u8 = 8;
/// The payload type our phones offer for telephone-event.
pub const KEYS: u8 = 101;
/// A-law silence.
pub const SILENCE: u8 = 0xD5;

/// One stream's numbers: what the next packet carries.
#[derive(Clone, Debug)]
pub struct Sender {
    seq: u16,
    timestamp: u32,
    ssrc: u32,
}

impl Sender {
    /// A stream with this source.
    pub fn new(ssrc: u32) -> Self {
        Self { seq: ssrc as u16, timestamp: ssrc.wrapping_mul(7), ssrc }
    }

    /// The next 20 ms of audio, all samples alike.
    pub fn audio(&mut self, sample: u8) -> [u8; HEADER + FRAME] {
        let mut packet = [sample; HEADER + FRAME];
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        let at = self.timestamp;
        self.header(&mut packet, PCMA, false, at);
        packet
    }

    /// The next 20 ms of this sound, in A-law.
    pub fn sound(&mut self, payload: &[u8; FRAME]) -> [u8; HEADER + FRAME] {
        let mut packet = self.audio(0);
        packet[HEADER..].copy_from_slice(payload);
        packet
    }

    /// The packets of one key, one every 20 ms: `updates` of them, then the end three times at once.
    pub fn key(&mut self, key: char, updates: u16) -> Vec<[u8; HEADER + 4]> {
        let at = self.timestamp.wrapping_add(FRAME as u32);
        let event = "0123456789*#ABCD".find(key).unwrap_or(0) as u8;
        let packets = (0..updates + 3).map(|n| {
            let over = n >= updates;
            let duration = 160 * (n.min(updates) + 1);
            let [high, low] = duration.to_be_bytes();
            let mut packet = [0; HEADER + 4];
            packet[HEADER..].copy_from_slice(&[event, if over { 0x8A } else { 0x0A }, high, low]);
            self.header(&mut packet, KEYS, n == 0, at);
            packet
        });
        let packets = packets.collect();
        self.timestamp = at.wrapping_add(u32::from(160 * (updates + 1)));
        packets
    }

    fn header(&mut self, packet: &mut [u8], payload_type: u8, marker: bool, timestamp: u32) {
        self.seq = self.seq.wrapping_add(1);
        packet[0] = 0x80;
        packet[1] = payload_type | if marker { 0x80 } else { 0 };
        packet[2..4].copy_from_slice(&self.seq.to_be_bytes());
        packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// A received packet's payload type, sequence number, timestamp and payload; `None` if it is no RTP.
pub fn read(packet: &[u8]) -> Option<(u8, u16, u32, &[u8])> {
    if packet.len() < HEADER || packet[0] >> 6 != 2 {
        return None;
    }
    let seq = u16::from_be_bytes([packet[2], packet[3]]);
    let timestamp = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
    let sources = usize::from(packet[0] & 0x0F) * 4;
    Some((packet[1] & 0x7F, seq, timestamp, packet.get(HEADER + sources..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_event_with_growing_duration_and_three_ends() {
        let mut sender = Sender::new(9);
        let packets = sender.key('#', 4);
        let read: Vec<_> = packets.iter().map(|p| read(p).unwrap()).collect();
        assert_eq!(read.len(), 7);
        assert!(read.iter().all(|(kind, _, at, _)| *kind == KEYS && *at == read[0].2));
        let durations: Vec<_> =
            read.iter().map(|(.., p)| u16::from_be_bytes([p[2], p[3]])).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        let ends: Vec<_> = read.iter().map(|(.., p)| p[1] & 0x80 != 0).collect();
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        assert!(
            packets[0][1] & 0x80 != 0 && packets[1][1] & 0x80 == 0,
            "the marker is on the first"
        );
    }
}
