//! Many legs as one machine: what one media thread runs.
//!
//! ```text
//!  handle_datagram ─┐                    ┌─► Wire::send, Wire::latch   (in the same turn)
//!  handle_command  ─┼─► Leg ─► Timers ───┤
//!  handle_timeout  ─┘                    └─► poll_event, poll_timeout
//! ```
//! Owns: its legs, whose turn is when, events on their way out.
//! Never: sockets, clocks, files; SIP or dialplan words. In steady state a packet allocates nothing.

use crate::command::{Command, Event, RoomId, Seat};
use crate::leg::Leg;
use crate::leg::bridging::{Onward, Passing};
use crate::limits::{LEGS_MAX, OPUS_HEARD_BYTES_MAX, PACKET_BYTES_MAX, ROOM_SEATS_MAX, TURN_SLACK};
use crate::mixer::Mixer;
use crate::player::Player;
use crate::timers::Timers;
use crate::turn::{Counters, Events, Stream, Turn, Wire};
use ids::{LegId, Moment};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::net::SocketAddr;
use std::time::Duration;

/// Spreads ids of our own making: nobody can choose them to collide.
#[derive(Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = (self.0 ^ id).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32);
    }
}

/// A map by one of our ids.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// A leg on its way from one shard to another.
pub struct Moving(Box<Leg>);

/// Many legs, one thread.
pub struct Shard {
    legs: IdMap<LegId, Box<Leg>>,
    timers: Timers,
    mixer: Mixer,
    events: Events,
    counters: Counters,
    random: rtp::Random,
    scratch: Box<[u8; PACKET_BYTES_MAX]>,
    /// What a packet of Opus says, until the turn that it came in is over; `None` meanwhile.
    heard: Option<Box<[u8; OPUS_HEARD_BYTES_MAX]>>,
}

fn no_sound() -> Box<[u8; OPUS_HEARD_BYTES_MAX]> {
    Box::new([0; OPUS_HEARD_BYTES_MAX])
}

impl Shard {
    /// An empty shard. `seed` makes SSRCs and first numbers; it must come from the operating system's
    /// randomness (RFC 3550 section 8.1), or be a constant in a test.
    pub fn new(seed: u64) -> Self {
        Self {
            legs: IdMap::default(),
            timers: Timers::default(),
            mixer: Mixer::default(),
            events: Events::new(),
            counters: Counters::default(),
            random: rtp::Random::new(seed),
            scratch: Box::new([0; PACKET_BYTES_MAX]),
            heard: Some(no_sound()),
        }
    }

    /// How many legs it holds.
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    /// Sums over all legs since the beginning.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Obeys a command. One for a leg that is gone is counted and dropped.
    pub fn handle_command(&mut self, now: Moment, command: Command, wire: &mut dyn Wire) {
        match command {
            // no leg yet, or another thread's: the engine does these
            Command::Meet(..) | Command::Move { .. } => {}
            Command::Start(id, params) => self.start(now, id, params),
            Command::Update(id, params) => {
                self.turn(now, id, wire, |leg, turn| leg.update(now, params, turn));
            }
            Command::Play { leg: id, play, list, barge_in, repeat } => {
                let player = Player::new(play, list, barge_in, repeat);
                self.turn(now, id, wire, |leg, turn| leg.play(now, player, turn));
            }
            Command::Bridge { leg: id, to, keys } => {
                self.turn(now, id, wire, |leg, _| leg.bridge(to, keys));
                self.turn(now, to, wire, |leg, _| leg.begin_relay());
            }
            Command::Unbridge(id) => self.turn(now, id, wire, |leg, _| leg.unbridge()),
            Command::Sit { leg, room, seat } => self.sit(now, leg, room, seat, wire),
            Command::Rise(id) => self.rise(id),
            Command::Stop(id, play) => self.turn(now, id, wire, |leg, turn| leg.stop(play, turn)),
            Command::SendKeys(id, keys) => {
                self.turn(now, id, wire, |leg, turn| leg.send_keys(now, &keys, turn));
            }
            Command::InfoKey(id, key, held_ms) => {
                self.turn(now, id, wire, |leg, turn| leg.info_key(now, key, held_ms, turn));
            }
            Command::Detect(id, within) => {
                self.turn(now, id, wire, |leg, _| leg.detect(now, within));
            }
            Command::Record(id, what) => {
                self.turn(now, id, wire, |leg, turn| leg.record(now, what, turn));
            }
            Command::Listen(id, how) => {
                self.turn(now, id, wire, |leg, turn| leg.listen(now, how, turn));
            }
            Command::Close(id) => {
                self.turn(now, id, wire, |leg, turn| leg.close(now, turn));
                self.rise(id);
                self.legs.remove(&id);
            }
        }
    }

    /// Lets a leg go to another shard: out of its room and its bridge, else as it is.
    pub fn let_go(&mut self, id: LegId) -> Option<Moving> {
        self.rise(id);
        let mut leg = self.legs.remove(&id)?;
        leg.unbridge();
        leg.armed = Moment::NEVER;
        Some(Moving(leg))
    }

    /// Takes a leg in; `done`: it was wanted here, else it could not go where it was wanted. Ports bound how
    /// many there are.
    pub fn take_in(&mut self, now: Moment, id: LegId, Moving(leg): Moving, done: bool) {
        self.legs.insert(id, leg);
        self.arm(now, id);
        self.tell_moved(id, done);
    }

    /// A leg was or was not moved.
    pub fn tell_moved(&mut self, leg: LegId, done: bool) {
        self.events.push(Event::Moved { leg, done });
    }

    /// Takes in a datagram that came for a leg; a protected one is opened in place.
    pub fn handle_datagram(
        &mut self,
        now: Moment,
        leg: LegId,
        stream: Stream,
        from: SocketAddr,
        datagram: &mut [u8],
        wire: &mut dyn Wire,
    ) {
        self.counters.received += 1;
        let mut heard = self.heard.take().unwrap_or_else(no_sound);
        let mut onward = None;
        self.turn(now, leg, wire, |leg, turn| {
            onward = leg.handle_datagram(now, stream, from, datagram, &mut heard, turn);
        });
        self.pass_on(now, leg, onward, wire);
        self.heard = Some(heard);
    }

    fn pass_on(
        &mut self,
        now: Moment,
        leg: LegId,
        onward: Option<(Onward, Passing<'_>)>,
        wire: &mut dyn Wire,
    ) {
        match onward {
            Some((Onward::Leg(to), passing)) => {
                self.turn(now, to, wire, |leg, turn| leg.pass(now, &passing, turn));
            }
            Some((
                Onward::Room(room),
                Passing::Audio(packet, ..) | Passing::Opus(_, packet, _),
            )) => {
                let Some(speaker) = self.legs.get_mut(&leg) else { return };
                let mut samples = [0; PACKET_BYTES_MAX];
                let count = speaker.hear_for_room(packet.payload, &mut samples);
                let source = (packet.ssrc, packet.timestamp);
                self.mixer.hear(room, leg, source, samples[..count].iter().copied());
            }
            Some((Onward::Room(_), _)) | None => {}
        }
    }

    /// When [`Shard::handle_timeout`] wants to be called; [`Moment::NEVER`] when nothing is due.
    pub fn poll_timeout(&self) -> Moment {
        self.timers.next().min(self.mixer.poll_timeout())
    }

    /// Does what is due now or within the next 100 µs, so that one wake-up serves several legs.
    pub fn handle_timeout(&mut self, now: Moment, wire: &mut dyn Wire) {
        let horizon = now + TURN_SLACK;
        // each live entry once; a leg comes again in the next turn at the earliest
        for _ in 0..self.timers.len() {
            let Some((at, id)) = self.timers.pop_due(horizon) else { break };
            if self.legs.get(&id).is_some_and(|leg| leg.armed == at) {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.armed = Moment::NEVER;
                }
                self.turn(horizon, id, wire, |leg, turn| leg.handle_timeout(horizon, turn));
            }
        }
        while let Some(room) = self.mixer.turn(horizon) {
            self.mix(horizon, room, wire);
        }
    }

    /// Everybody in the room hears what is to be heard there.
    fn mix(&mut self, now: Moment, room: RoomId, wire: &mut dyn Wire) {
        for n in 0..ROOM_SEATS_MAX {
            let Some((leg, sum)) = self.mixer.sum(room, n) else { return };
            self.turn(now, leg, wire, |leg, turn| leg.say_mixed(now, &sum, turn));
        }
    }

    fn sit(&mut self, now: Moment, leg: LegId, room: RoomId, seat: Seat, wire: &mut dyn Wire) {
        let before = self.legs.get(&leg).and_then(|leg| leg.room());
        if before != Some(room) {
            self.rise(leg);
        }
        if !self.legs.contains_key(&leg) {
            return self.counters.strays += 1;
        }
        if self.mixer.sit(now, leg, room, seat) {
            self.turn(now, leg, wire, |leg, _| leg.enter(Some(room)));
        } else {
            self.counters.seats_refused += 1;
        }
    }

    fn rise(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let Some(room) = leg.room() {
            leg.enter(None);
            self.mixer.leave(id, room);
        }
    }

    /// The next event for the control plane; drain after each turn.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// Puts back an event that the control plane could not take yet; it is polled first next time.
    pub fn unpoll_event(&mut self, event: Event) {
        self.events.unpop(event);
    }

    fn start(&mut self, now: Moment, id: LegId, params: Box<crate::command::LegParams>) {
        if self.legs.len() >= LEGS_MAX || self.legs.contains_key(&id) {
            self.counters.legs_refused += 1;
            return;
        }
        let leg = Box::new(Leg::new(now, id, params, &mut self.random));
        self.legs.insert(id, leg);
        self.arm(now, id);
    }

    fn turn(
        &mut self,
        now: Moment,
        id: LegId,
        wire: &mut dyn Wire,
        act: impl FnOnce(&mut Leg, &mut Turn<'_>),
    ) {
        let Self { legs, events, counters, scratch, .. } = self;
        let Some(leg) = legs.get_mut(&id) else {
            counters.strays += 1;
            return;
        };
        act(leg, &mut Turn { now, wire, events, counters, scratch });
        self.arm(now, id);
    }

    /// Sees to it that the leg is woken in time; a wake-up that comes too early does no harm.
    fn arm(&mut self, now: Moment, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let wanted = leg.poll_timeout().max(now + Duration::from_micros(1));
        if wanted < leg.armed {
            leg.armed = wanted;
            self.timers.push(wanted, id);
            let legs = &self.legs;
            let live = |at, id: LegId| legs.get(&id).is_some_and(|leg| leg.armed == at);
            self.timers.sweep(legs.len(), live);
        }
    }
}
