//! The caller's keys, each counted once, whichever way they come.
//!
//! Where telephone-events were negotiated (RFC 4733) the sound is not listened to; where they were not and
//! the trunk allows it, keys are heard in the sound. Never both, so no key counts twice.
//!
//! Owns: which key is down, the rate of keys.
//! Never: what a key means, a key that has been handed on.

use crate::limits::KEYS_PER_SECOND_MAX;
use audio::dtmf::{Detector, Heard};
use audio::g711::Law;
use ids::Moment;
use keypad::{Key, Keys};
use rtp::{EventBlock, KeyEvent, KeyReceiver, Packet};
use std::time::Duration;
use zeroize::Zeroize;

/// How keys come.
enum Way {
    Events {
        payload_type: u8,
        receiver: KeyReceiver,
    },
    Sound {
        payload_type: u8,
        law: Law,
        detector: Box<Detector>,
    },
    /// Neither was agreed: no key will ever come.
    None,
}

/// The keys of one caller.
pub struct KeyIntake {
    way: Way,
    /// Not a queue of the library: that leaves what was taken out where it lay.
    keys: Keys,
    second: Moment,
    in_second: u32,
    storms: u16,
}

impl KeyIntake {
    /// By telephone-events of this payload type, in the audio clock of 8,000 Hz.
    pub fn by_events(payload_type: u8) -> Self {
        Self::new(Way::Events { payload_type, receiver: KeyReceiver::new(8_000) })
    }

    /// By their tones.
    pub fn by_sound(payload_type: u8, law: Law) -> Self {
        Self::new(Way::Sound { payload_type, law, detector: Box::default() })
    }

    /// Not at all.
    pub fn none() -> Self {
        Self::new(Way::None)
    }

    fn new(way: Way) -> Self {
        Self { way, keys: Keys::new(), second: Moment::START, in_second: 0, storms: 0 }
    }

    /// True for a packet that says that a key is down.
    pub fn is_key(&self, packet: &Packet<'_>) -> bool {
        matches!(&self.way, Way::Events { payload_type, .. } if packet.payload_type == *payload_type)
    }

    /// Takes one packet.
    pub fn handle_packet(&mut self, now: Moment, packet: &Packet<'_>) {
        match &mut self.way {
            Way::Events { payload_type, receiver } if packet.payload_type == *payload_type => {
                if let Ok(block) = EventBlock::read(packet.payload) {
                    let (ssrc, timestamp) = (packet.ssrc, packet.timestamp);
                    receiver.handle_event(now.micros(), ssrc, timestamp, packet.marker, block);
                }
            }
            Way::Sound { payload_type, law, detector } if packet.payload_type == *payload_type => {
                let mut samples = [0; 960];
                let count = law.decode_into(packet.payload, &mut samples);
                let mut ended = Vec::new();
                detector.listen(&samples[..count], |heard| {
                    if let Heard::Up(code, _) = heard {
                        ended.extend(Key::from_event(code.0));
                    }
                });
                samples.zeroize();
                ended.into_iter().for_each(|key| self.count(now, key));
            }
            Way::Events { .. } | Way::Sound { .. } | Way::None => {}
        }
        self.drain(now);
    }

    /// When [`KeyIntake::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Moment {
        match &self.way {
            Way::Events { receiver, .. } => {
                receiver.poll_timeout().map_or(Moment::NEVER, Moment::from_micros)
            }
            Way::Sound { .. } | Way::None => Moment::NEVER,
        }
    }

    /// Time has passed: a key whose packets stopped is over.
    pub fn handle_timeout(&mut self, now: Moment) {
        if let Way::Events { receiver, .. } = &mut self.way {
            receiver.handle_timeout(now.micros());
        }
        self.drain(now);
    }

    /// The next key that was pressed and let go.
    pub fn poll(&mut self) -> Option<Key> {
        self.keys.pop_front()
    }

    /// How often keys came faster than a person presses them, since this was asked last.
    pub fn take_storms(&mut self) -> u16 {
        std::mem::take(&mut self.storms)
    }

    fn drain(&mut self, now: Moment) {
        let mut ended = Vec::new();
        if let Way::Events { receiver, .. } = &mut self.way {
            while let Some(event) = receiver.poll() {
                if let KeyEvent::Up { event, .. } = event {
                    ended.extend(Key::from_event(event.0));
                }
            }
        }
        ended.into_iter().for_each(|key| self.count(now, key));
    }

    fn count(&mut self, now: Moment, key: Key) {
        if now - self.second >= Duration::from_secs(1) {
            (self.second, self.in_second) = (now, 0);
        }
        self.in_second += 1;
        match self.in_second {
            // they are taken out each turn; more than there is room for are a storm as well
            n if n <= KEYS_PER_SECOND_MAX && self.keys.push(key) => {}
            n if n <= KEYS_PER_SECOND_MAX + 1 => self.storms = self.storms.saturating_add(1),
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "tests/keys.rs"]
mod tests;
