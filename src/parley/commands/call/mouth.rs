//! What the test phone sends: silence on a 20 ms grid, and keys as events or as tones.
//!
//! Owns: its RTP stream, the keys that wait.
//! Never: a socket, a clock.

use audio::g711::Law;
use audio::tone::key_tone;
use keypad::Key;
use rtp::{EventCode, Header, KeySender, Random};
use std::collections::VecDeque;

/// One packet's time.
const FRAME_US: u64 = 20_000;
/// One packet's samples and ticks at 8,000 Hz.
const FRAME_SAMPLES: usize = 160;
/// Tone of a key in the audio, and the silence behind it.
const TONE_MS: u32 = 100;
const TONE_GAP_SAMPLES: usize = 800;
/// Level of each of a key's two sines.
const TONE_DBFS: f64 = -12.0;
/// Tones that wait at most, in samples; the next key is dropped.
const TONES_WAITING_MAX: usize = 64 * 1_600;
/// Frames that are caught up after a delay; older ones are left out.
const FRAMES_LATE_MAX: u64 = 5;

/// How the stream is agreed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Agreed {
    pub law: Law,
    /// As we send it.
    pub payload_type: u8,
    /// As it comes to us.
    pub received_as: u8,
    /// Payload type of telephone-events at 8,000 Hz.
    pub events: Option<u8>,
}

/// The mouth of one call; times are µs since the program's start.
pub struct Mouth {
    agreed: Agreed,
    began_us: u64,
    frames: u64,
    header: Header,
    keys: KeySender,
    tones: VecDeque<i16>,
    talking: bool,
}

impl Mouth {
    /// Speaks from `now_us` on; `seed` makes its stream's numbers.
    pub fn new(agreed: Agreed, now_us: u64, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (numbers, ssrc) = (random.next_u64(), random.next_u64() as u32);
        let header = Header {
            payload_type: agreed.payload_type,
            marker: true,
            sequence: numbers as u16,
            timestamp: (numbers >> 32) as u32,
            ssrc,
        };
        let (keys, tones) = (KeySender::new(8_000), VecDeque::new());
        Self { agreed, began_us: now_us, frames: 0, header, keys, tones, talking: false }
    }

    /// A re-negotiation changed the codec or the payload types.
    pub fn agree(&mut self, agreed: Agreed) {
        self.agreed = agreed;
    }

    /// Sends a key as a telephone-event; false where none was agreed or too many wait.
    #[must_use]
    pub fn press(&mut self, key: Key) -> bool {
        self.agreed.events.is_some() && self.keys.push(EventCode(key.event()))
    }

    /// Sends a key as a tone; false when too many wait.
    #[must_use]
    pub fn press_as_tone(&mut self, key: Key) -> bool {
        let room = self.tones.len() < TONES_WAITING_MAX;
        if room {
            self.tones.extend(key_tone(key.event(), TONE_MS, TONE_DBFS).unwrap_or_default());
            self.tones.extend([0; TONE_GAP_SAMPLES]);
        }
        room
    }

    /// When the next packet is due.
    pub fn poll_timeout(&self) -> u64 {
        let frame = self.began_us + self.frames * FRAME_US;
        self.keys.poll_timeout().map_or(frame, |key| key.min(frame))
    }

    /// Writes the packets due at `now_us`.
    pub fn handle_timeout(&mut self, now_us: u64, send: &mut impl FnMut(&[u8])) {
        let ticks = (now_us.saturating_sub(self.began_us) / 125) as u32;
        let clock = self.header.timestamp.wrapping_add(ticks);
        while let Some(key) = self.keys.handle_timeout(now_us, clock) {
            let payload_type = self.agreed.events.unwrap_or_default();
            let header = Header {
                payload_type,
                marker: key.marker,
                timestamp: key.timestamp,
                ..self.header
            };
            self.send(header, &key.block.bytes(), send);
            self.talking = false;
        }
        let due = now_us.saturating_sub(self.began_us) / FRAME_US;
        self.frames = self.frames.max(due.saturating_sub(FRAMES_LATE_MAX));
        while self.frames <= due {
            self.frame(send);
            self.frames += 1;
        }
    }

    /// One frame; while a key is sent as an event the audio pauses (RFC 4733 section 2.5.1.2).
    fn frame(&mut self, send: &mut impl FnMut(&[u8])) {
        if self.keys.is_busy() {
            return;
        }
        let law = self.agreed.law;
        let sound: [u8; FRAME_SAMPLES] =
            std::array::from_fn(|_| law.encode(self.tones.pop_front().unwrap_or(0)));
        let ticks = (self.frames * FRAME_SAMPLES as u64) as u32;
        let timestamp = self.header.timestamp.wrapping_add(ticks);
        let payload_type = self.agreed.payload_type;
        let header = Header { payload_type, marker: !self.talking, timestamp, ..self.header };
        self.talking = true;
        self.send(header, &sound, send);
    }

    fn send(&mut self, header: Header, payload: &[u8], send: &mut impl FnMut(&[u8])) {
        let mut packet = [0; 12 + FRAME_SAMPLES];
        let length = header.write(payload, &mut packet);
        self.header.sequence = self.header.sequence.wrapping_add(1);
        send(&packet[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::dtmf::{Detector, Heard};
    use rtp::{EventBlock, Packet};

    const AGREED: Agreed =
        Agreed { law: Law::A, payload_type: 8, received_as: 8, events: Some(101) };

    fn run(mouth: &mut Mouth, until_us: u64) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        while mouth.poll_timeout() < until_us {
            let due = mouth.poll_timeout();
            mouth.handle_timeout(due, &mut |packet: &[u8]| sent.push(packet.to_vec()));
        }
        sent
    }

    #[test]
    fn silence_leaves_every_20_ms_with_steady_numbers() {
        let sent = run(&mut Mouth::new(AGREED, 5_000, 1), 105_000);
        let packets: Vec<_> = sent.iter().map(|p| Packet::read(p).unwrap()).collect();
        assert_eq!(packets.len(), 5);
        for pair in packets.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
        }
        assert!(packets[0].marker && !packets[1].marker);
        assert!(packets.iter().all(|p| p.payload == [0xD5; 160]));
    }

    #[test]
    fn a_key_is_an_event_and_the_audio_pauses_meanwhile() {
        let mut mouth = Mouth::new(AGREED, 0, 1);
        run(&mut mouth, 50_000);
        assert!(mouth.press(Key::HASH));
        let sent = run(&mut mouth, 300_000);
        let packets: Vec<_> = sent.iter().map(|p| Packet::read(p).unwrap()).collect();
        let events: Vec<_> = packets.iter().filter(|p| p.payload_type == 101).collect();
        assert!(events.len() >= 8 && events[0].marker);
        assert!(events.iter().all(|p| p.timestamp == events[0].timestamp));
        assert!(EventBlock::read(events[7].payload).unwrap().end);
        let sequences: Vec<u16> = packets.iter().map(|p| p.sequence).collect();
        assert!(sequences.windows(2).all(|w| w[1] == w[0].wrapping_add(1)));
    }

    #[test]
    fn a_key_in_the_audio_is_heard_by_a_detector() {
        let mut mouth = Mouth::new(Agreed { events: None, ..AGREED }, 0, 1);
        let key = Key::from_char('7').unwrap();
        assert!(!mouth.press(key));
        assert!(mouth.press_as_tone(key));
        let mut detector = Detector::default();
        let mut heard = Vec::new();
        for packet in run(&mut mouth, 400_000) {
            let packet = Packet::read(&packet).unwrap();
            let samples: Vec<i16> =
                packet.payload.iter().map(|b| Law::A.table()[*b as usize]).collect();
            detector.listen(&samples, |h: Heard| heard.push(h));
        }
        assert!(!heard.is_empty(), "the detector heard nothing");
    }

    #[test]
    fn after_a_long_delay_old_frames_are_left_out() {
        let mut mouth = Mouth::new(AGREED, 0, 1);
        let mut count = 0;
        mouth.handle_timeout(60_000_000, &mut |_: &[u8]| count += 1);
        assert_eq!(count, FRAMES_LATE_MAX + 1);
    }
}
