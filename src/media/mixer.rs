//! Conversations of more than two: who hears whom, summed every 20 ms.
//!
//! ```text
//!   seats' sound ─► Playout ─┐                       hears: everybody who speaks, but itself
//!                            ├─ sum, every 20 ms ──► Speaker    heard by all
//!                            │                       Listener   heard by nobody
//!                            └                       Whisper    heard by one
//! ```
//! Sums saturate: two who shout at once are loud, not a crackle. A leg that plays something (an announcement
//! to it alone) does not hear the conversation meanwhile, as in a bridge.
//!
//! Owns: rooms and their seats, the moment of each room's next sum.
//! Never: a codec's bytes on the wire, a socket; why somebody sits where.

use crate::command::{RoomId, Seat};
use crate::limits::{MIX_FRAME, MIX_PERIOD, ROOM_SEATS_MAX};
use crate::playout::Playout;
use ids::{LegId, Moment};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Samples that a leg is to hear.
pub(crate) type Sum = [i16; MIX_FRAME];

struct Seated {
    leg: LegId,
    seat: Seat,
    playout: Playout,
    frame: Sum,
    speaks: bool,
}

#[derive(Default)]
struct Room {
    seats: Vec<Seated>,
}

/// All conversations of a shard.
#[derive(Default)]
pub(crate) struct Mixer {
    rooms: HashMap<RoomId, Room>,
    /// One entry a room: when its next sum is due.
    due: BinaryHeap<Reverse<(Moment, RoomId)>>,
}

impl Mixer {
    /// Sits down, or changes seats; false when the room is full.
    pub(crate) fn sit(&mut self, now: Moment, leg: LegId, id: RoomId, seat: Seat) -> bool {
        let is_new = !self.rooms.contains_key(&id);
        let room = self.rooms.entry(id).or_default();
        if is_new {
            room.seats.reserve_exact(ROOM_SEATS_MAX);
            self.due.push(Reverse((now + MIX_PERIOD, id)));
        }
        let full = room.seats.len() >= ROOM_SEATS_MAX;
        match room.seats.iter_mut().find(|seated| seated.leg == leg) {
            Some(seated) => seated.seat = seat,
            None if full => return false,
            None => {
                let (playout, frame) = (Playout::default(), [0; MIX_FRAME]);
                room.seats.push(Seated { leg, seat, playout, frame, speaks: false });
            }
        }
        true
    }

    /// Leaves; an empty room is gone at its next sum.
    pub(crate) fn leave(&mut self, leg: LegId, id: RoomId) {
        if let Some(room) = self.rooms.get_mut(&id) {
            room.seats.retain(|seated| seated.leg != leg);
        }
    }

    /// What a leg's peer said.
    pub(crate) fn hear(
        &mut self,
        id: RoomId,
        leg: LegId,
        source: (u32, u32),
        samples: impl ExactSizeIterator<Item = i16>,
    ) {
        let seats = self.rooms.get_mut(&id).map(|room| &mut room.seats);
        if let Some(seated) = seats.and_then(|all| all.iter_mut().find(|s| s.leg == leg)) {
            seated.playout.put(source, samples);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Moment {
        self.due.peek().map_or(Moment::NEVER, |entry| entry.0.0)
    }

    /// The next room whose sum is due; its frames are taken, and its next sum is set.
    pub(crate) fn turn(&mut self, now: Moment) -> Option<RoomId> {
        let Reverse((at, id)) = *self.due.peek().filter(|entry| entry.0.0 <= now)?;
        self.due.pop();
        let room = self.rooms.get_mut(&id).filter(|room| !room.seats.is_empty());
        let Some(room) = room else {
            self.rooms.remove(&id);
            return Some(id);
        };
        for seated in &mut room.seats {
            seated.speaks = seated.playout.take(&mut seated.frame);
        }
        // a thread that was held up goes on from now: what was missed is not said at once
        let next = if at + MIX_PERIOD > now { at } else { now } + MIX_PERIOD;
        self.due.push(Reverse((next, id)));
        Some(id)
    }

    /// The n-th seat of a room: who sits there, and what is to be heard.
    pub(crate) fn sum(&self, id: RoomId, n: usize) -> Option<(LegId, Sum)> {
        let seats = &self.rooms.get(&id)?.seats;
        let ear = seats.get(n)?;
        let heard = |mouth: &&Seated| {
            mouth.speaks
                && mouth.leg != ear.leg
                && match mouth.seat {
                    Seat::Speaker => true,
                    Seat::Whisper(to) => to == ear.leg,
                    Seat::Listener => false,
                }
        };
        let mut sum = [0_i32; MIX_FRAME];
        for mouth in seats.iter().filter(heard) {
            sum.iter_mut().zip(&mouth.frame).for_each(|(all, one)| *all += i32::from(*one));
        }
        let saturated = sum.map(|s| s.clamp(i16::MIN.into(), i16::MAX.into()) as i16);
        Some((ear.leg, saturated))
    }
}
