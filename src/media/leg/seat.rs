//! A leg in a conversation of several, which is mixed at 8 kHz: its codec on one side, samples on the other.
//!
//! ```text
//!   packet ─► Ear ─► 8 kHz ─► mixer ─► 8 kHz ─► (16 kHz) ─► Encoder ─► packet of 20 ms
//! ```
//! Owns: the memory of both ways, made when the leg sits down. Never: who hears whom.

use super::Leg;
use crate::command::{Codec, RoomId};
use crate::limits::MIX_FRAME;
use crate::mixer::Sum;
use crate::turn::Turn;
use audio::coding::{Ear, Encoder};
use audio::half_band::Doubler;
use ids::Moment;
use rtp::limits::HEADER_BYTES;

/// What a leg hears and speaks with there.
pub(super) struct RoomVoice {
    ear: Ear,
    doubler: Doubler,
    encoder: Encoder,
}

impl RoomVoice {
    fn of(codec: Codec) -> Box<Self> {
        let (ear, encoder) = (Ear::new(codec.coding()), Encoder::new(codec.coding()));
        Box::new(Self { ear, doubler: Doubler::default(), encoder })
    }

    fn say(&mut self, sum: &Sum, bytes: &mut [u8]) {
        match &self.encoder {
            Encoder::G711(_) => self.encoder.encode_into(sum, bytes),
            Encoder::G722(_) => {
                let mut wide = [0; 2 * MIX_FRAME];
                self.doubler.double_into(sum, &mut wide);
                self.encoder.encode_into(&wide, bytes)
            }
        };
    }
}

impl Leg {
    /// The conversation it sits in.
    pub(crate) fn room(&self) -> Option<RoomId> {
        self.room
    }

    /// It sits there from now on, or nowhere.
    pub(crate) fn enter(&mut self, room: Option<RoomId>) {
        if self.room != room {
            self.room = room;
            self.speak_there_as(self.params.codec);
        }
    }

    /// Its peer speaks this codec from now on.
    pub(super) fn speak_there_as(&mut self, codec: Codec) {
        self.room_voice = self.room.map(|_| RoomVoice::of(codec));
    }

    /// What its peer says, for the room: as many samples as there are bytes, and room for.
    pub(crate) fn hear_for_room(&mut self, bytes: &[u8], samples: &mut [i16]) -> usize {
        self.room_voice.as_mut().map_or(0, |voice| voice.ear.hear_into(bytes, samples))
    }

    /// What is to be heard in the room for the next 20 ms.
    pub(crate) fn say_mixed(&mut self, now: Moment, sum: &Sum, turn: &mut Turn<'_>) {
        if !self.may_send() || self.playing.is_some() || self.presses_keys() {
            return;
        }
        let Some(voice) = &mut self.room_voice else { return };
        voice.say(sum, &mut turn.scratch[HEADER_BYTES..HEADER_BYTES + sum.len()]);
        let header = self.outgoing.sound(now, self.params.payload_type, sum.len() as u32);
        self.send_rtp(header, sum.len(), turn);
    }
}
