//! Two stacks and a network that loses, doubles, delays and reorders datagrams, and streams that come
//! in pieces and break: no call may get stuck, and afterwards nothing is left.

#![allow(clippy::unwrap_used)]

use ids::Moment;
use sip::{
    Config, EndedBy, Event, Frame, Framer, Invite, NameAddr, Path, Refusal, SessionId, Stack,
    Transmit, Transport,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// xorshift64*: the same seed, the same network.
struct Chance(u64);

impl Chance {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % below
    }
}

#[derive(Default)]
struct Fate {
    up: bool,
    last: Option<Event>,
    lasts: u32,
}

/// When it lands, its number, at which end, over which connection, what.
type Flight = (Moment, u64, usize, Option<u64>, Vec<u8>);

/// How bad the network is.
#[derive(Clone, Copy)]
struct Weather {
    loss_percent: u64,
    double_percent: u64,
    /// Every this many ms the connection breaks.
    break_every_ms: Option<u64>,
    /// Calls of a hundred that go over the connection.
    stream_percent: u64,
}

impl Weather {
    const CLEAN: Weather =
        Weather { loss_percent: 0, double_percent: 5, break_every_ms: None, stream_percent: 0 };
    const BAD: Weather = Weather { loss_percent: 10, ..Weather::CLEAN };
}

struct World {
    now: Moment,
    chance: Chance,
    weather: Weather,
    /// The connection that stands now, what came over it at each end, when its last bytes land.
    connection: u64,
    framers: [Framer; 2],
    landing: [Moment; 2],
    breaks_at: Moment,
    ends: [Stack; 2],
    fates: [BTreeMap<SessionId, Fate>; 2],
    flying: BinaryHeap<Reverse<Flight>>,
    /// What the people do: end, session, kind.
    plans: BinaryHeap<Reverse<(Moment, usize, u64, u8)>>,
    count: u64,
}

const ADDRESSES: [&str; 2] = ["192.0.2.1:5060", "192.0.2.2:5060"];

fn path(from: usize) -> Path {
    Path::udp(ADDRESSES[from].parse().unwrap(), ADDRESSES[1 - from].parse().unwrap())
}

fn stream(from: usize, connection: Option<u64>) -> Path {
    Path { transport: Transport::Tcp, connection, ..path(from) }
}

impl World {
    fn new(seed: u64, weather: Weather) -> World {
        let stack = |n: u8| Stack::new(Config::new([n; 32]));
        let start = Moment::from_millis(1);
        World {
            now: start,
            chance: Chance(seed),
            weather,
            connection: 1,
            framers: [Framer::new(32_768), Framer::new(32_768)],
            landing: [start; 2],
            breaks_at: weather
                .break_every_ms
                .map_or(Moment::NEVER, |ms| start + Duration::from_millis(ms)),
            ends: [stack(1), stack(2)],
            fates: Default::default(),
            flying: BinaryHeap::new(),
            plans: BinaryHeap::new(),
            count: 0,
        }
    }

    fn plan(&mut self, end: usize, session: SessionId, kind: u8, after_ms: u64) {
        let at = self.now + Duration::from_millis(after_ms);
        self.plans.push(Reverse((at, end, session.0, kind)));
    }

    fn fly(&mut self, from: usize, transmit: Transmit) {
        match transmit.path.transport {
            Transport::Udp => self.fly_datagram(from, &transmit.bytes),
            _ => self.fly_stream(from, &transmit),
        }
    }

    fn fly_datagram(&mut self, from: usize, bytes: &[u8]) {
        for _ in 0..=u64::from(self.chance.roll(100) < self.weather.double_percent) {
            if self.chance.roll(100) < self.weather.loss_percent {
                continue;
            }
            self.count += 1;
            let at = self.now + Duration::from_millis(5 + self.chance.roll(60));
            self.flying.push(Reverse((at, self.count, 1 - from, None, bytes.to_vec())));
        }
    }

    /// In order and whole, but cut anywhere; over the connection that stands, or not at all.
    fn fly_stream(&mut self, from: usize, transmit: &Transmit) {
        let path = transmit.path;
        if path.connection.is_some_and(|c| c != self.connection) {
            return self.ends[from].handle_transport_error(self.now, &path);
        }
        let mut rest = &transmit.bytes[..];
        while !rest.is_empty() {
            let cut = 1 + self.chance.roll(rest.len() as u64) as usize;
            let (piece, after) = rest.split_at(cut);
            rest = after;
            let soonest = self.now + Duration::from_millis(5);
            let at =
                self.landing[1 - from].max(soonest) + Duration::from_micros(self.chance.roll(900));
            self.landing[1 - from] = at;
            self.count += 1;
            let over = Some(self.connection);
            self.flying.push(Reverse((at, self.count, 1 - from, over, piece.to_vec())));
        }
    }

    fn land(&mut self, to: usize, over: Option<u64>, bytes: &[u8]) {
        let Some(connection) = over else {
            return self.ends[to].handle_message(self.now, path(to), bytes);
        };
        if connection != self.connection {
            return;
        }
        self.framers[to].handle_bytes(bytes);
        while let Some(frame) = self.framers[to].poll_frame().unwrap() {
            let Frame::Message(message) = frame else { panic!("{frame:?}") };
            self.ends[to].handle_message(self.now, stream(to, over), &message);
        }
    }

    fn break_connection(&mut self) {
        let Some(every) = self.weather.break_every_ms else { return };
        self.breaks_at = self.now + Duration::from_millis(every);
        let old = Some(self.connection);
        self.connection += 1;
        self.framers = [Framer::new(32_768), Framer::new(32_768)];
        for end in 0..2 {
            self.ends[end].handle_transport_error(self.now, &stream(end, old));
        }
    }

    fn call(&mut self) {
        let name = |s: &str| NameAddr::parse(s.as_bytes()).unwrap();
        let over_stream = self.chance.roll(100) < self.weather.stream_percent;
        let invite = Invite {
            target: "sip:b@192.0.2.2".parse().unwrap(),
            path: if over_stream { stream(0, None) } else { path(0) },
            from: name("<sip:a@192.0.2.1>"),
            to: None,
            routes: Vec::new(),
            sdp: (self.chance.roll(3) > 0).then(|| b"offer".to_vec()),
            headers: Vec::new(),
            credentials: None,
        };
        let id = self.ends[0].invite(self.now, &invite);
        self.fates[0].insert(id, Fate::default());
        if self.chance.roll(8) == 0 {
            let after = self.chance.roll(1_500);
            self.plan(0, id, b'c', after);
        }
    }

    fn hear(&mut self, end: usize, event: Event) {
        let now = self.now;
        match event {
            Event::Incoming { session, .. } => {
                self.fates[end].insert(session, Fate::default());
                let kind = if self.chance.roll(10) == 0 { b'r' } else { b'a' };
                let after = self.chance.roll(1_200);
                self.plan(end, session, b'p', after / 2);
                self.plan(end, session, kind, after);
            }
            Event::NeedAnswer { session, .. } => {
                self.ends[end].answer(now, session, b"answer".to_vec())
            }
            Event::Established { session, .. } | Event::Answered { session, .. } => {
                self.fates[end].get_mut(&session).unwrap().up = true;
                for (kind, of) in [(b'i', 3), (b'u', 3), (b'v', 3), (b'b', 1)] {
                    if self.chance.roll(of) == 0 {
                        let after = self.chance.roll(6_000);
                        self.plan(end, session, kind, after);
                    }
                }
            }
            Event::Offer { session, .. } | Event::OfferWanted { session } => {
                let after = self.chance.roll(300);
                self.plan(end, session, b'o', after);
            }
            Event::Cancelled { session }
            | Event::Failed { session, .. }
            | Event::Ended { session, .. } => {
                let fate = self.fates[end].get_mut(&session).unwrap();
                fate.lasts += 1;
                fate.last = Some(event);
            }
            Event::Refer { .. }
            | Event::ReferProgress { .. }
            | Event::ReferDone { .. }
            | Event::RefreshWanted { .. }
            | Event::Progress { .. }
            | Event::OfferAnswered { .. }
            | Event::OfferFailed { .. }
            | Event::Info { .. } => {}
        }
    }

    fn act(&mut self, end: usize, session: SessionId, kind: u8) {
        let (now, stack) = (self.now, &mut self.ends[end]);
        match kind {
            b'a' => stack.answer(now, session, b"answer".to_vec()),
            b'r' => stack.refuse(now, session, &Refusal::new(486)),
            b'p' => stack.progress(now, session, 180, None),
            b'c' => stack.cancel(now, session),
            b'i' => stack.reinvite(now, session, b"re-offer".to_vec()),
            b'u' => stack.update(now, session, b"update".to_vec()),
            b'v' => stack.info(now, session, "application/dtmf-relay", b"Signal=1"),
            b'o' => stack.answer_offer(now, session, b"re-answer".to_vec()),
            _ => stack.bye(now, session, None),
        }
    }

    fn drain(&mut self) {
        for end in 0..2 {
            while let Some(event) = self.ends[end].poll_event() {
                self.hear(end, event);
            }
            while let Some(transmit) = self.ends[end].poll_transmit() {
                assert_eq!(transmit.path.remote, path(end).remote);
                self.fly(end, transmit);
            }
        }
    }

    /// Until then, or until nothing is left to happen.
    fn run_until(&mut self, end: Moment) {
        loop {
            self.drain();
            let flying = self.flying.peek().map(|Reverse(f)| f.0);
            let plan = self.plans.peek().map(|Reverse(p)| p.0);
            let timers = self.ends.iter().filter_map(Stack::poll_timeout);
            let Some(next) = timers.chain(flying).chain(plan).min() else { break };
            if next > end {
                break;
            }
            if self.breaks_at <= next {
                self.now = self.now.max(self.breaks_at);
                self.break_connection();
                continue;
            }
            self.now = self.now.max(next);
            assert!(self.now < Moment::from_millis(3_600_000), "something never ends");
            if flying == Some(next) {
                let Some(Reverse((_, _, to, over, bytes))) = self.flying.pop() else { continue };
                self.land(to, over, &bytes);
            } else if plan == Some(next) {
                let Some(Reverse((_, end, session, kind))) = self.plans.pop() else { continue };
                self.act(end, SessionId(session), kind);
            } else {
                self.ends.iter_mut().for_each(|stack| stack.handle_timeout(self.now));
            }
        }
        if end < Moment::NEVER {
            self.now = self.now.max(end);
        }
    }
}

/// What became of a run's calls.
#[derive(Debug, Default)]
struct Outcome {
    up: usize,
    timed_out: usize,
    unreachable: usize,
}

/// Makes calls one after the other while those before them go on; some 200 a second of virtual time.
fn no_call_gets_stuck(seed: u64, weather: Weather, calls: usize) -> Outcome {
    let mut world = World::new(seed, weather);
    for _ in 0..calls {
        world.call();
        let gap = Duration::from_millis(world.chance.roll(10));
        world.run_until(world.now + gap);
    }
    world.run_until(Moment::NEVER);
    let mut outcome = Outcome::default();
    for end in 0..2 {
        let holdings = world.ends[end].holdings();
        assert_eq!((holdings.sessions, holdings.transactions), (0, 0), "end {end}");
        assert_eq!(holdings.timers, 0, "end {end}");
        for (session, fate) in &world.fates[end] {
            assert_eq!(fate.lasts, 1, "{session} has one last event, not {:?}", fate.last);
            match fate.last {
                Some(Event::Ended { by: EndedBy::TimedOut, .. }) => outcome.timed_out += 1,
                Some(Event::Ended { by: EndedBy::TransportError, .. }) => outcome.unreachable += 1,
                _ => {}
            }
        }
    }
    outcome.up = world.fates[0].values().filter(|f| f.up).count();
    outcome
}

#[test]
fn a_clean_network_connects_every_call_that_is_wanted() {
    let outcome = no_call_gets_stuck(11, Weather::CLEAN, 300);
    assert!(outcome.up > 200 && outcome.timed_out == 0, "{outcome:?}");
}

#[test]
fn ten_thousand_calls_through_ten_percent_loss_leave_none_stuck() {
    let outcome = no_call_gets_stuck(1, Weather::BAD, 10_000);
    assert!(outcome.up > 7_000, "{outcome:?}");
    // A BYE or an ACK is lost for good when eleven copies are: once in some ten thousand calls.
    assert!(outcome.timed_out < 20, "{outcome:?}");
}

#[test]
fn datagrams_and_a_stream_side_by_side_leave_no_call_stuck() {
    let weather = Weather { stream_percent: 50, ..Weather::BAD };
    let outcome = no_call_gets_stuck(3, weather, 1_500);
    assert!(outcome.up > 1_000 && outcome.timed_out < 10, "{outcome:?}");
    assert_eq!(outcome.unreachable, 0);
}

#[test]
fn a_connection_that_breaks_again_and_again_leaves_no_call_stuck() {
    let weather = Weather { stream_percent: 70, break_every_ms: Some(700), ..Weather::BAD };
    let outcome = no_call_gets_stuck(4, weather, 1_000);
    assert!(outcome.up > 300, "{outcome:?}");
}

#[test]
fn even_sixty_percent_loss_leaves_nothing_behind() {
    let weather = Weather { loss_percent: 60, ..Weather::BAD };
    no_call_gets_stuck(5, weather, 200);
}
