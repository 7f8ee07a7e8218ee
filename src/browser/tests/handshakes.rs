//! Two desks shake hands over a wire that loses, repeats, invents and swaps datagrams.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use browser::{Desk, Failure, Identity, Output};
use ids::{LegId, Moment};
use media::command::{Fingerprint, FingerprintHash, Meeting, SrtpKeys};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const LEG: LegId = LegId(1);

#[derive(Default)]
struct Told {
    keys: Option<Box<SrtpKeys>>,
    failed: Option<Failure>,
    datagrams: usize,
}

/// One side: a desk, where it is, what it told.
struct Side {
    desk: Desk,
    at: SocketAddr,
    fingerprint: String,
    told: Told,
}

impl Side {
    fn new(at: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["parley".to_owned()]).unwrap();
        let (certificate, key) = (made.cert.der().to_vec(), made.signing_key.serialize_der());
        let identity = Identity::new(certificate, key).unwrap();
        #[allow(
            clippy::disallowed_methods,
            reason = "any instant will do as the beginning of time"
        )]
        let origin = Instant::now();
        let fingerprint = identity.fingerprint().to_owned();
        let desk = Desk::new(identity, origin).unwrap();
        Side { desk, at: at.parse().unwrap(), fingerprint, told: Told::default() }
    }

    fn meet(&mut self, now: Moment, peer: SocketAddr, fingerprint: &str, we_begin: bool) {
        let digest = fingerprint.to_ascii_lowercase();
        let fingerprints = vec![Fingerprint { hash: FingerprintHash::Sha256, digest }];
        let meeting = Meeting { remote: peer, ice: None, we_begin, fingerprints };
        self.desk.begin(now, LEG, 0, &meeting);
    }
}

/// Both sides and what is under way between them.
struct World {
    now: Moment,
    sides: [Side; 2],
    wire: VecDeque<(usize, SocketAddr, Box<[u8]>)>,
    seen: Vec<(usize, Box<[u8]>)>,
}

impl World {
    /// The first side begins.
    fn new() -> Self {
        let mut world = Self::apart();
        let prints = world.sides.each_ref().map(|side| side.fingerprint.clone());
        world.meet([&prints[1], &prints[0]]);
        world
    }

    fn apart() -> Self {
        let sides = [Side::new("192.0.2.1:4000"), Side::new("192.0.2.2:5000")];
        World { now: Moment::from_millis(1_000), sides, wire: VecDeque::new(), seen: Vec::new() }
    }

    fn meet(&mut self, expected: [&str; 2]) {
        let at = self.sides.each_ref().map(|side| side.at);
        self.sides[0].meet(self.now, at[1], expected[0], true);
        self.sides[1].meet(self.now, at[0], expected[1], false);
        self.collect();
    }

    fn collect(&mut self) {
        for (from, side) in self.sides.iter_mut().enumerate() {
            while let Some(output) = side.desk.poll() {
                match output {
                    Output::Datagram { to: _, bytes, .. } => {
                        side.told.datagrams += 1;
                        self.seen.push((1 - from, bytes.clone()));
                        self.wire.push_back((1 - from, side.at, bytes));
                    }
                    Output::Secured { keys, .. } => {
                        assert!(side.told.keys.replace(keys).is_none(), "keys are told once");
                    }
                    Output::Failed { why, .. } => side.told.failed = Some(why),
                }
            }
        }
    }

    fn deliver(&mut self, to: usize, from: SocketAddr, bytes: &[u8]) {
        self.sides[to].desk.handle_datagram(self.now, LEG, from, bytes);
        self.collect();
    }

    /// Carries what is under way, but for what `loses` takes, until nothing is left or both are through.
    fn run(&mut self, mut loses: impl FnMut(&[u8]) -> bool) {
        for _ in 0..2_000 {
            while let Some((to, from, bytes)) = self.wire.pop_front() {
                if !loses(&bytes) {
                    self.deliver(to, from, &bytes);
                }
            }
            if self.is_over() {
                return;
            }
            self.now = self.now + Duration::from_millis(50);
            self.sides.iter_mut().for_each(|side| side.desk.handle_timeout(self.now));
            self.collect();
        }
    }

    fn is_over(&self) -> bool {
        self.sides.iter().all(|side| side.told.keys.is_some() || side.told.failed.is_some())
    }

    fn assert_agreed(&self) {
        let [one, two] = &self.sides;
        let (one, two) = (one.told.keys.as_ref().unwrap(), two.told.keys.as_ref().unwrap());
        assert!(
            one.send == two.receive && one.receive == two.send,
            "each hears what the other says"
        );
        assert!(one.send != one.receive, "each way has its own key");
    }
}

/// The same dice for everybody.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[test]
fn both_sides_get_the_same_keys() {
    let mut world = World::new();
    world.run(|_| false);
    world.assert_agreed();
    // hello, cookie, hello, the server's flight, the client's, the server's last
    let sent = world.sides.each_ref().map(|side| side.told.datagrams);
    assert!(sent.iter().all(|sent| (2..=8).contains(sent)), "{sent:?} datagrams");
}

#[test]
fn a_peer_with_another_certificate_than_announced_gets_no_keys_and_no_answer_to_it() {
    for wrong in [0, 1] {
        let mut world = World::apart();
        let prints = world.sides.each_ref().map(|side| side.fingerprint.clone());
        let mut expected = [prints[1].as_str(), prints[0].as_str()];
        expected[wrong] = prints[wrong].as_str();
        world.meet(expected);
        world.run(|_| false);
        let told = &world.sides[wrong].told;
        assert_eq!(told.failed, Some(Failure::WrongFingerprint));
        assert!(told.keys.is_none());
        let before = told.datagrams;
        world.now = world.now + Duration::from_secs(5);
        world.sides[wrong].desk.handle_timeout(world.now);
        world.collect();
        assert_eq!(world.sides[wrong].told.datagrams, before, "a failed handshake is silent");
    }
}

#[test]
fn flights_that_are_lost_come_again() {
    for seed in 1..=12 {
        let (mut world, mut dice) = (World::new(), Dice(seed * 7919));
        world.run(|_| dice.roll() % 100 < 20);
        world.assert_agreed();
    }
}

#[test]
fn nobody_at_the_other_end_is_a_failure_in_the_end() {
    let mut world = World::new();
    world.run(|_| true);
    let told = &world.sides[0].told;
    assert!(matches!(told.failed, Some(Failure::Protocol(_))), "{:?}", told.failed);
    assert!((4..=8).contains(&told.datagrams), "{} first flights", told.datagrams);
}

#[test]
fn inventions_replays_and_damage_neither_stop_a_handshake_nor_make_anything_grow() {
    for seed in 1..=40 {
        let (mut world, mut dice) = (World::new(), Dice(seed * 104_729));
        let froms = world.sides.each_ref().map(|side| side.at);
        for _ in 0..600 {
            let to = (dice.roll() % 2) as usize;
            match (dice.roll() % 4, world.wire.pop_front()) {
                (0, Some((to, from, bytes))) => world.deliver(to, from, &bytes),
                (1, waiting) => {
                    let mut bytes: Vec<u8> =
                        (0..dice.roll() % 300).map(|_| dice.roll() as u8).collect();
                    if let [kind, major, minor, ..] = &mut bytes[..] {
                        // what passes for a record
                        (*kind, *major, *minor) = (20 + dice.roll() as u8 % 6, 0xFE, 0xFD);
                    }
                    world.wire.extend(waiting);
                    world.deliver(to, froms[1 - to], &bytes);
                }
                (2, waiting) if !world.seen.is_empty() => {
                    let (to, bytes) = world.seen[dice.roll() as usize % world.seen.len()].clone();
                    world.wire.extend(waiting);
                    world.deliver(to, froms[1 - to], &bytes);
                }
                (_, waiting) => {
                    world.wire.extend(waiting);
                    world.now = world.now + Duration::from_millis(1);
                }
            }
            assert!(world.seen.len() < 700, "seed {seed}: the flood is answered with a flood");
        }
        let sides = world.sides.each_ref().map(|side| side.desk.len());
        assert_eq!(sides, [1, 1]);
        if world.sides.iter().all(|side| side.told.failed.is_none()) {
            world.run(|_| false);
        }
        let [one, two] = &world.sides;
        if one.told.keys.is_some() && two.told.keys.is_some() {
            world.assert_agreed();
        }
    }
}

#[test]
fn a_meeting_is_forgotten_after_its_time_and_at_its_end() {
    let mut world = World::new();
    world.run(|_| false);
    let desk = &mut world.sides[0].desk;
    assert!(!desk.is_empty() && desk.poll_timeout() < Moment::NEVER);
    desk.handle_timeout(world.now + browser::limits::MEETING_KEPT);
    assert!(desk.is_empty());
    assert_eq!(desk.poll_timeout(), Moment::NEVER);
    world.sides[1].desk.end(LEG);
    assert!(world.sides[1].desk.is_empty());
}

#[test]
fn a_key_that_signs_nothing_is_refused_at_the_start() {
    assert!(Identity::new(vec![1, 2, 3], vec![4, 5, 6]).is_err());
}
