//! Keys that we send as telephone-events (RFC 4733 section 2.5.1).
//!
//! ```text
//!  ms  0    20   40   60   80   100  120  140  150
//!      M ── u ── u ── u ── u ── E ── E ── E ── next key
//!      timestamp stays; duration grows by 20 ms to 100 ms; the end is told three times
//! ```
//! Owns: the keys waiting, and the one being sent.
//! Never: sequence numbers and sockets: the leg puts the header on.

use crate::event::{EventBlock, EventCode};
use crate::limits::{KEY_END_PACKETS, KEY_GAP_US, KEY_TONE_US, KEY_UPDATE_US, KEYS_WAITING_MAX};
use std::collections::VecDeque;

/// Level we claim for a key: −10 dBm0.
const VOLUME: u8 = 10;

/// What the leg is to send now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyPacket {
    /// First packet of a key.
    pub marker: bool,
    /// Ticks of the event clock; the same in all packets of one key.
    pub timestamp: u32,
    /// The event.
    pub block: EventBlock,
}

#[derive(Clone, Copy)]
enum State {
    Idle,
    Sending {
        event: EventCode,
        timestamp: u32,
        began_us: u64,
        packets: u32,
    },
    /// Between keys, until then.
    Gap(u64),
}

/// The sender for one stream.
pub struct KeySender {
    rate_hz: u32,
    waiting: VecDeque<EventCode>,
    state: State,
}

impl KeySender {
    /// For an event clock of `rate_hz`.
    pub fn new(rate_hz: u32) -> Self {
        Self { rate_hz, waiting: VecDeque::new(), state: State::Idle }
    }

    /// Queues a key; false when [`KEYS_WAITING_MAX`] wait already.
    #[must_use]
    pub fn push(&mut self, event: EventCode) -> bool {
        let room = self.waiting.len() < KEYS_WAITING_MAX;
        if room {
            self.waiting.push_back(event);
        }
        room
    }

    /// True while a key is being sent or waits: speech pauses meanwhile.
    pub fn is_busy(&self) -> bool {
        !self.waiting.is_empty() || matches!(self.state, State::Sending { .. })
    }

    /// When the next packet is due, in µs; zero means now.
    pub fn poll_timeout(&self) -> Option<u64> {
        match self.state {
            State::Idle => self.waiting.front().map(|_| 0),
            State::Sending { began_us, packets, .. } => {
                Some(began_us + u64::from(packets) * KEY_UPDATE_US)
            }
            State::Gap(until_us) => Some(until_us),
        }
    }

    /// The packet that is due at `now_us`, if one is; `timestamp` is what the stream's clock shows now
    /// and is used when a key begins.
    pub fn handle_timeout(&mut self, now_us: u64, timestamp: u32) -> Option<KeyPacket> {
        if self.poll_timeout().is_none_or(|due| due > now_us) {
            return None;
        }
        match self.state {
            State::Idle | State::Gap(_) => {
                let Some(event) = self.waiting.pop_front() else {
                    self.state = State::Idle;
                    return None;
                };
                Some(self.send(event, timestamp, now_us, 0))
            }
            State::Sending { event, timestamp, began_us, packets } => {
                Some(self.send(event, timestamp, began_us, packets))
            }
        }
    }

    fn send(&mut self, event: EventCode, timestamp: u32, began_us: u64, nth: u32) -> KeyPacket {
        let updates = (KEY_TONE_US / KEY_UPDATE_US) as u32;
        let elapsed_us = u64::from(nth.min(updates - 1) + 1) * KEY_UPDATE_US;
        let duration = (elapsed_us * u64::from(self.rate_hz) / 1_000_000) as u16;
        let last = nth + 1 == updates + KEY_END_PACKETS;
        self.state = match last {
            true => State::Gap(began_us + KEY_TONE_US + KEY_GAP_US),
            false => State::Sending { event, timestamp, began_us, packets: nth + 1 },
        };
        let block = EventBlock { event, end: nth >= updates, volume: VOLUME, duration };
        KeyPacket { marker: nth == 0, timestamp, block }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_receiver::{KeyEvent, KeyReceiver};

    fn run(keys: &[u8], rate_hz: u32) -> Vec<(u64, KeyPacket)> {
        let mut sender = KeySender::new(rate_hz);
        assert!(keys.iter().all(|key| sender.push(EventCode(*key))));
        let (mut now, mut sent) = (0, Vec::new());
        while let Some(due) = sender.poll_timeout() {
            now = due.max(now);
            sent.extend(sender.handle_timeout(now, 7_000 + now as u32).map(|p| (now, p)));
        }
        sent
    }

    #[test]
    fn a_key_is_marker_first_constant_timestamp_growing_duration_and_three_ends() {
        let sent = run(&[5], 8_000);
        let line = |(us, p): &(u64, KeyPacket)| {
            (us / 1_000, p.marker, p.timestamp, p.block.duration, p.block.end)
        };
        let lines: Vec<_> = sent.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                (0, true, 7_000, 160, false),
                (20, false, 7_000, 320, false),
                (40, false, 7_000, 480, false),
                (60, false, 7_000, 640, false),
                (80, false, 7_000, 800, false),
                (100, false, 7_000, 800, true),
                (120, false, 7_000, 800, true),
                (140, false, 7_000, 800, true),
            ]
        );
    }

    #[test]
    fn what_we_send_our_receiver_hears_once_each() {
        for rate in [8_000, 16_000, 48_000] {
            let mut receiver = KeyReceiver::new(rate);
            for (us, packet) in run(&[1, 1, 10, 11, 0], rate) {
                receiver.handle_event(us, 9, packet.timestamp, packet.marker, packet.block);
            }
            let ups: Vec<u8> = std::iter::from_fn(|| receiver.poll())
                .filter_map(|e| match e {
                    KeyEvent::Up { event, held_ms: 100, end_missing: false } => Some(event.0),
                    KeyEvent::Up { .. } | KeyEvent::Down(_) | KeyEvent::Void(_) => None,
                })
                .collect();
            assert_eq!(ups, [1, 1, 10, 11, 0]);
        }
    }

    #[test]
    fn keys_begin_150_ms_apart_and_the_65th_waiting_is_refused() {
        let starts: Vec<u64> =
            run(&[1, 2, 3], 8_000).iter().filter(|(_, p)| p.marker).map(|(us, _)| *us).collect();
        assert_eq!(starts, [0, 150_000, 300_000]);
        let mut sender = KeySender::new(8_000);
        assert!((0..KEYS_WAITING_MAX).all(|_| sender.push(EventCode(1))));
        assert!(!sender.push(EventCode(1)));
    }
}
