//! Two stacks and a network that loses, doubles and reorders: no call may get stuck.

#![allow(clippy::unwrap_used)]

use ids::Moment;
use sip::{Config, EndedBy, Event, Invite, NameAddr, Path, Refusal, SessionId, Stack};
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

/// When it lands, its number, at which end, what.
type Flight = (Moment, u64, usize, Vec<u8>);

struct World {
    now: Moment,
    chance: Chance,
    loss_percent: u64,
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

impl World {
    fn new(seed: u64, loss_percent: u64) -> World {
        let stack = |n: u8| Stack::new(Config::new([n; 32]));
        World {
            now: Moment::from_millis(1),
            chance: Chance(seed),
            loss_percent,
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

    fn fly(&mut self, from: usize, bytes: Vec<u8>) {
        for _ in 0..=u64::from(self.chance.roll(100) < 5) {
            if self.chance.roll(100) < self.loss_percent {
                continue;
            }
            self.count += 1;
            let at = self.now + Duration::from_millis(5 + self.chance.roll(60));
            self.flying.push(Reverse((at, self.count, 1 - from, bytes.clone())));
        }
    }

    fn call(&mut self) {
        let name = |s: &str| NameAddr::parse(s.as_bytes()).unwrap();
        let invite = Invite {
            target: "sip:b@192.0.2.2".parse().unwrap(),
            path: path(0),
            from: name("<sip:a@192.0.2.1>"),
            to: None,
            routes: Vec::new(),
            sdp: (self.chance.roll(3) > 0).then(|| b"offer".to_vec()),
            headers: Vec::new(),
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
            Event::Progress { .. }
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
                self.fly(end, transmit.bytes);
            }
        }
    }

    /// Until nothing is left to happen.
    fn run(&mut self) {
        loop {
            self.drain();
            let flying = self.flying.peek().map(|Reverse(f)| f.0);
            let plan = self.plans.peek().map(|Reverse(p)| p.0);
            let timers = self.ends.iter().filter_map(Stack::poll_timeout);
            let Some(next) = timers.chain(flying).chain(plan).min() else { return };
            self.now = self.now.max(next);
            assert!(self.now < Moment::from_millis(3_600_000), "something never ends");
            if flying == Some(next) {
                let Some(Reverse((_, _, to, bytes))) = self.flying.pop() else { continue };
                self.ends[to].handle_message(self.now, path(to), &bytes);
            } else if plan == Some(next) {
                let Some(Reverse((_, end, session, kind))) = self.plans.pop() else { continue };
                self.act(end, SessionId(session), kind);
            } else {
                self.ends.iter_mut().for_each(|stack| stack.handle_timeout(self.now));
            }
        }
    }
}

fn no_call_gets_stuck(seed: u64, loss_percent: u64, calls: usize) -> (usize, usize) {
    let mut world = World::new(seed, loss_percent);
    for _ in 0..calls {
        world.call();
        world.now = world.now + Duration::from_millis(1);
    }
    world.run();
    for end in 0..2 {
        let holdings = world.ends[end].holdings();
        assert_eq!((holdings.sessions, holdings.transactions), (0, 0), "end {end}");
        for (session, fate) in &world.fates[end] {
            assert_eq!(fate.lasts, 1, "{session} has one last event, not {:?}", fate.last);
        }
    }
    let up = world.fates[0].values().filter(|f| f.up).count();
    let timed_out = |f: &&Fate| matches!(f.last, Some(Event::Ended { by: EndedBy::TimedOut, .. }));
    (up, world.fates.iter().flat_map(BTreeMap::values).filter(timed_out).count())
}

#[test]
fn a_clean_network_connects_every_call_that_is_wanted() {
    let (up, timed_out) = no_call_gets_stuck(11, 0, 300);
    assert!(up > 200, "{up} of 300 up");
    assert_eq!(timed_out, 0);
}

#[test]
fn ten_percent_loss_with_doubles_and_reordering_leaves_no_call_stuck() {
    for seed in 1..=4 {
        let (up, timed_out) = no_call_gets_stuck(seed, 10, 300);
        assert!(up > 200, "{up} of 300 up with seed {seed}");
        assert!(timed_out < 10, "{timed_out} timed out with seed {seed}");
    }
}

#[test]
fn even_sixty_percent_loss_leaves_nothing_behind() {
    no_call_gets_stuck(5, 60, 200);
}
