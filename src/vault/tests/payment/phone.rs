//! A telephone that is a socket: keys as telephone-events (RFC 4733), sound counted and dropped.

use audio::g711::{alaw_decode, alaw_encode};
use rtp::srtp::{MasterKey, OVERHEAD_BYTES_MAX, SrtpReceiver, SrtpSender, Suite};
use rtp::{EventBlock, EventCode, Header, Packet};
use std::net::{SocketAddr, UdpSocket};
use vault_link::Secured;

pub struct Phone {
    socket: UdpSocket,
    to: Option<SocketAddr>,
    sealing: Option<SrtpSender>,
    opening: Option<SrtpReceiver>,
    sequence: u16,
    timestamp: u32,
    /// Packets of the vault.
    pub heard: u32,
    /// Packets of the vault that are not silence.
    pub spoken: u32,
    /// Packets with a sample as loud as a negotiator of these tests speaks.
    pub loud: u32,
}

impl Phone {
    pub fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let (sequence, timestamp) = (100, 8_000);
        let (sealing, opening) = (None, None);
        let (to, heard, spoken, loud) = (None, 0, 0, 0);
        Self { socket, to, sealing, opening, sequence, timestamp, heard, spoken, loud }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// `keys`: ours, then the vault's.
    pub fn call(&mut self, to: SocketAddr, keys: Option<(Secured, Secured)>) {
        self.to = Some(to);
        let key = |secured: &Secured| {
            let suite = Suite::AesCm128HmacSha1_80;
            secured.key.reveal(|bytes| MasterKey::new(suite, bytes).unwrap())
        };
        self.sealing = keys.as_ref().map(|(ours, _)| SrtpSender::new(&key(ours)));
        self.opening = keys.as_ref().map(|(_, theirs)| SrtpReceiver::new(&key(theirs)));
    }

    /// One key of 80 ms, its end three times.
    pub fn press(&mut self, key: char) {
        let code = keypad::Key::from_char(key).unwrap().event();
        self.timestamp = self.timestamp.wrapping_add(1_600);
        for (duration, end) in [(160, false), (400, false), (640, true), (640, true), (640, true)] {
            let block = EventBlock { event: EventCode(code), end, volume: 10, duration };
            let header = Header {
                payload_type: 101,
                marker: duration == 160,
                sequence: self.sequence,
                timestamp: self.timestamp,
                ssrc: 77,
            };
            self.sequence = self.sequence.wrapping_add(1);
            let mut packet = [0; 16 + OVERHEAD_BYTES_MAX];
            let mut length = header.write(&block.bytes(), &mut packet);
            if let Some(sealing) = &mut self.sealing {
                length = sealing.protect(&mut packet, length).unwrap();
            }
            let _ = self.socket.send_to(&packet[..length], self.to.unwrap());
        }
    }

    /// 20 ms of sound, in the clear.
    pub fn speak(&mut self, samples: &[i16]) {
        let payload: Vec<u8> = samples.iter().map(|s| alaw_encode(*s)).collect();
        let header = Header {
            payload_type: 8,
            marker: false,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: 77,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        let mut packet = [0; 172];
        let length = header.write(&payload, &mut packet);
        let _ = self.socket.send_to(&packet[..length], self.to.unwrap());
    }

    pub fn listen(&mut self) {
        let mut datagram = [0; 1_500];
        while let Ok((length, _)) = self.socket.recv_from(&mut datagram) {
            let plain = match &mut self.opening {
                Some(opening) => opening.unprotect(&mut datagram[..length]).unwrap(),
                None => length,
            };
            let packet = Packet::read(&datagram[..plain]).unwrap();
            self.heard += 1;
            self.spoken += u32::from(packet.payload.contains(&0x55));
            self.loud += u32::from(packet.payload.iter().all(|b| alaw_decode(*b) > 3_000));
        }
    }
}
