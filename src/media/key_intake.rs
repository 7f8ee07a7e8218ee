//! All roads by which a leg's keys come, joined into one row of keys.
//!
//! ```text
//!  telephone-event ─► KeyReceiver ─┐
//!  audio ───────────► Detector ────┼─► KeyMerge ─► Pressed: Down, then Up or Void
//!  SIP INFO ────────► whole key ───┘
//! ```
//! The detector runs only where telephone-event was not agreed, or where the trunk says so.
//!
//! Owns: the three roads, counts per road and anomaly.
//! Never: what a key stops or means; a key's name in any text.

use crate::command::{KeySource, LegParams};
use crate::key_merge::KeyMerge;
use crate::limits::{INBAND_ENDS, INFO_KEY_MS_MIN};
use audio::coding::Ear;
use audio::dtmf::{Detector, Heard};
use ids::Moment;
use keypad::Key;
use rtp::{EventBlock, KeyEvent, KeyReceiver, Packet};
use std::collections::VecDeque;

/// What a key did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pressed {
    Down,
    Up { key: Key, held_ms: u16, source: KeySource },
    Void,
}

struct Inband {
    detector: Detector,
    ear: Ear,
    heard: Moment,
}

/// The keys of one leg.
pub(crate) struct KeyIntake {
    /// By telephone-event, RTP tone, INFO.
    pub(crate) counts: [u32; 3],
    /// Too short, end missing, over two roads.
    pub(crate) anomalies: [u32; 3],
    receiver: Option<KeyReceiver>,
    inband: Option<Box<Inband>>,
    merge: KeyMerge,
    pressed: VecDeque<Pressed>,
}

impl KeyIntake {
    pub(crate) fn new(params: &LegParams) -> Self {
        let mut intake = Self {
            counts: [0; 3],
            anomalies: [0; 3],
            receiver: None,
            inband: None,
            merge: KeyMerge::default(),
            pressed: VecDeque::with_capacity(4),
        };
        intake.agree(params);
        intake
    }

    /// Takes over what a new offer/answer agreed; counts stay.
    pub(crate) fn agree(&mut self, params: &LegParams) {
        self.receiver = params.telephone_event.map(|(_, rate_hz)| KeyReceiver::new(rate_hz));
        let listens = params.telephone_event.is_none() || params.inband_always;
        self.inband = listens.then(|| {
            let (detector, ear) = (Detector::default(), Ear::new(params.codec.coding()));
            Box::new(Inband { detector, ear, heard: Moment::START })
        });
    }

    /// The next thing that happened; drain after each turn.
    pub(crate) fn poll(&mut self) -> Option<Pressed> {
        self.pressed.pop_front()
    }

    /// Whether keys in the audio are looked for.
    pub(crate) fn listens(&self) -> bool {
        self.inband.is_some()
    }

    /// A packet of the telephone-event payload type; false if it is none.
    pub(crate) fn handle_event(&mut self, now: Moment, packet: &Packet<'_>) -> bool {
        let (Some(receiver), Ok(block)) = (&mut self.receiver, EventBlock::read(packet.payload))
        else {
            return false;
        };
        receiver.handle_event(now.micros(), packet.ssrc, packet.timestamp, packet.marker, block);
        self.take_events(now);
        true
    }

    /// A packet of audio.
    pub(crate) fn handle_audio(&mut self, now: Moment, payload: &[u8]) {
        let Some(mut inband) = self.inband.take() else { return };
        inband.heard = now;
        let mut samples = [0; 160];
        for piece in payload.chunks(samples.len()) {
            let count = inband.ear.hear_into(piece, &mut samples);
            inband.detector.listen(&samples[..count], |heard| self.take_tone(now, heard));
        }
        self.inband = Some(inband);
    }

    /// A whole key by SIP INFO; `held_ms` 0 means that it did not say.
    pub(crate) fn handle_info(&mut self, now: Moment, key: Key, held_ms: u16) {
        self.down(now, KeySource::Info, key);
        match held_ms == 0 || held_ms >= INFO_KEY_MS_MIN {
            true => self.up(now, KeySource::Info, key, held_ms),
            false => self.void(KeySource::Info),
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        let event = self.receiver.as_ref().and_then(KeyReceiver::poll_timeout);
        let held = self.inband.as_ref().filter(|inband| inband.detector.is_held());
        let tone = held.map(|inband| inband.heard + INBAND_ENDS);
        [event.map(Moment::from_micros), tone].into_iter().flatten().min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Moment) {
        if let Some(receiver) = &mut self.receiver {
            receiver.handle_timeout(now.micros());
            self.take_events(now);
        }
        if let Some(mut inband) = self.inband.take() {
            if inband.detector.is_held() && now >= inband.heard + INBAND_ENDS {
                inband.detector.stop(|heard| self.take_tone(now, heard));
            }
            self.inband = Some(inband);
        }
    }

    fn take_events(&mut self, now: Moment) {
        while let Some(event) = self.receiver.as_mut().and_then(KeyReceiver::poll) {
            match event {
                KeyEvent::Down(code) => {
                    self.known(code.0, |s, key| s.down(now, KeySource::Rtp, key))
                }
                KeyEvent::Up { event, held_ms, end_missing } => {
                    self.anomalies[1] += u32::from(end_missing);
                    self.known(event.0, |s, key| s.up(now, KeySource::Rtp, key, held_ms));
                }
                KeyEvent::Void(_) => self.void(KeySource::Rtp),
            }
        }
    }

    fn take_tone(&mut self, now: Moment, heard: Heard) {
        match heard {
            Heard::Down(code) => self.known(code.0, |s, key| s.down(now, KeySource::Inband, key)),
            Heard::Up(code, held_ms) => {
                self.known(code.0, |s, key| s.up(now, KeySource::Inband, key, held_ms));
            }
        }
    }

    fn known(&mut self, code: u8, act: impl FnOnce(&mut Self, Key)) {
        if let Some(key) = Key::from_event(code) {
            act(self, key);
        }
    }

    fn down(&mut self, now: Moment, source: KeySource, key: Key) {
        if self.merge.down(now, source, key) {
            self.pressed.push_back(Pressed::Down);
        } else {
            self.anomalies[2] += 1;
        }
    }

    fn up(&mut self, now: Moment, source: KeySource, key: Key, held_ms: u16) {
        if self.merge.up(now, source) {
            self.counts[source as usize] += 1;
            self.pressed.push_back(Pressed::Up { key, held_ms, source });
        }
    }

    fn void(&mut self, source: KeySource) {
        self.anomalies[0] += 1;
        if self.merge.void(source) {
            self.pressed.push_back(Pressed::Void);
        }
    }
}
