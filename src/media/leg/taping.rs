//! A leg that is recorded: what its peer says and what we send it go on one tape, keys never do.
//!
//! Owns: when the tape runs. Never: where it goes to (the wire knows), why it is masked.

use super::Leg;
use crate::command::{Codec, Event, Taping};
use crate::limits::PACKET_BYTES_MAX;
use crate::tape::{Side, Tape, TapePart};
use crate::turn::Turn;
use audio::coding::Ear;
use ids::Moment;

impl Leg {
    /// What goes on tape from now on.
    pub(crate) fn record(&mut self, now: Moment, what: Taping, turn: &mut Turn<'_>) {
        match (what, &mut self.tape) {
            (Taping::Begin, None) => {
                self.tape = Some(Box::new(Tape::new(now)));
                self.tape_as(self.params.codec);
            }
            (Taping::Mask(mask), Some(_)) => {
                self.with_tape(turn, |tape, take| tape.mask(now, mask, take));
            }
            (Taping::Unmask, Some(tape)) => tape.unmask(now),
            (Taping::End, Some(_)) => self.end_tape(now, turn),
            (Taping::Begin, Some(_)) | (Taping::Mask(_) | Taping::Unmask | Taping::End, None) => {}
        }
    }

    /// Both sides are written in this codec from now on.
    pub(super) fn tape_as(&mut self, codec: Codec) {
        let ear = || Ear::new(codec.coding());
        self.tape_ears = self.tape.as_ref().map(|_| Box::new([ear(), ear()]));
    }

    pub(super) fn lay_on_tape(
        &mut self,
        now: Moment,
        side: Side,
        source: (u32, u32),
        payload: &[u8],
    ) {
        if let Some(tape) = &mut self.tape {
            let Some(ears) = &mut self.tape_ears else { return };
            let mut samples = [0; PACKET_BYTES_MAX];
            let count = ears[side as usize].hear_into(payload, &mut samples);
            tape.lay(now, side, source, samples[..count].iter().copied());
        }
    }

    pub(super) fn run_tape(&mut self, now: Moment, turn: &mut Turn<'_>) {
        let due = self.tape.as_ref().and_then(|tape| tape.poll_timeout());
        if due.is_some_and(|due| due <= now) {
            self.with_tape(turn, |tape, take| tape.handle_timeout(now, take));
        }
    }

    pub(super) fn end_tape(&mut self, now: Moment, turn: &mut Turn<'_>) {
        self.with_tape(turn, |tape, take| {
            tape.finish(now, take);
            true
        });
        self.tape = None;
    }

    /// A recorder without room ends the tape, and nothing else.
    fn with_tape(
        &mut self,
        turn: &mut Turn<'_>,
        act: impl FnOnce(&mut Tape, &mut dyn FnMut(TapePart<'_>) -> bool) -> bool,
    ) {
        let Some(tape) = &mut self.tape else { return };
        let (id, wire) = (self.id, &mut *turn.wire);
        if !act(tape, &mut |part| wire.tape(id, part)) {
            self.tape = None;
            turn.tell(Event::TapeFull(id));
        }
    }
}
