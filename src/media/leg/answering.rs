//! A leg on which somebody has answered our call: what the peer says goes to the detector, packet by packet.
//!
//! ```text
//!  packet in order ─► samples ─┐
//!  120 ms without one ─► silence ─┴─► Answering ─► events
//! ```
//! A peer that sends nothing while it is silent (RFC 3551 section 4.1) is heard as silent all the same.
//!
//! Owns: the detector of one leg and up to when it was told what is heard.
//! Never: what follows from a verdict.

use super::Leg;
use crate::command::{Codec, Event};
use crate::limits::{DETECT_GAP, DETECTED_SILENCE};
use crate::turn::Turn;
use audio::answering::Answering;
use audio::coding::Ear;
use ids::{LegId, Moment};
use std::time::Duration;

/// Samples of silence fed at once.
const SILENCE: [i16; 160] = [0; 160];

pub(super) struct Detecting {
    answering: Answering,
    ear: Ear,
    told_until: Moment,
}

impl Detecting {
    pub(super) fn poll_timeout(&self) -> Option<Moment> {
        (!self.answering.is_over()).then_some(self.told_until + DETECT_GAP)
    }

    fn listen(&mut self, leg: LegId, samples: &[i16], turn: &mut Turn<'_>) {
        self.answering.listen(samples, |news| turn.tell(Event::Answering { leg, news }));
    }
}

impl Leg {
    /// Listens from now on for who has answered; goes on with it if it does so already.
    pub(crate) fn detect(&mut self, now: Moment, within: Option<Duration>) {
        let Some(within) = within else {
            self.detecting = None;
            return;
        };
        if self.detecting.as_ref().is_none_or(|d| d.answering.is_over()) {
            let answering = Answering::new(within.as_millis().min(u128::from(u32::MAX)) as u32);
            let ear = Ear::new(self.params.codec.coding());
            self.detecting = Some(Box::new(Detecting { answering, ear, told_until: now }));
        }
    }

    /// The peer speaks another codec from now on.
    pub(super) fn detect_as(&mut self, codec: Codec) {
        if let Some(detecting) = &mut self.detecting {
            detecting.ear = Ear::new(codec.coding());
        }
    }

    /// A packet of audio in its order.
    pub(super) fn detect_in(&mut self, now: Moment, payload: &[u8], turn: &mut Turn<'_>) {
        let Some(detecting) = &mut self.detecting else { return };
        detecting.told_until = now;
        let mut samples = [0; 160];
        for piece in payload.chunks(samples.len()) {
            let count = detecting.ear.hear_into(piece, &mut samples);
            detecting.listen(self.id, &samples[..count], turn);
        }
    }

    /// Nothing came for a while: that is silence.
    pub(super) fn detect_silence(&mut self, now: Moment, turn: &mut Turn<'_>) {
        let Some(detecting) = &mut self.detecting else { return };
        if detecting.poll_timeout().is_none_or(|due| due > now) {
            return;
        }
        let silent = (now - detecting.told_until).min(DETECTED_SILENCE);
        detecting.told_until = now;
        for _ in 0..silent.as_millis() / 20 {
            detecting.listen(self.id, &SILENCE, turn);
        }
    }
}
