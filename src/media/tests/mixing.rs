//! Who hears whom: each telephone says a tone of its own, and each ear is measured.

#![allow(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

mod trace;

use audio::g711::{Law, alaw_decode, alaw_encode};
use audio::tone::{Sine, tone};
use ids::{LegId, Moment, PlayId};
use media::command::{Command, LegParams, RoomId, Seat};
use media::{Ringback, Shard, Stream, Wire, ringback};
use proptest::prelude::*;
use rtp::{Header, Packet};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use trace::params;

const ROOM: RoomId = RoomId(9);
const CALLER: u64 = 1;
const AGENT: u64 = 2;
const SUPERVISOR: u64 = 3;
const GUEST: u64 = 4;

/// What each telephone says, in Hz.
fn voice(leg: u64) -> f64 {
    300.0 + 250.0 * leg as f64
}

#[derive(Default)]
struct Ears(HashMap<LegId, Vec<i16>>);

impl Wire for Ears {
    fn send(&mut self, leg: LegId, _: Stream, _: SocketAddr, datagram: &[u8]) {
        if let Ok(packet) = Packet::read(datagram)
            && packet.payload_type == 8
        {
            let heard = packet.payload.iter().map(|byte| alaw_decode(*byte));
            self.0.entry(leg).or_default().extend(heard);
        }
    }

    fn latch(&mut self, _: LegId, _: Option<SocketAddr>) {}
}

struct Conversation {
    shard: Shard,
    ears: Ears,
    ms: u64,
    legs: u64,
}

impl Conversation {
    fn of(legs: u64) -> Self {
        let (shard, ears) = (Shard::new(1), Ears::default());
        let mut all = Self { shard, ears, ms: 0, legs };
        for leg in 1..=legs {
            let at = phone(leg);
            let params = LegParams { remote_rtp: at, remote_rtcp: at, ..params() };
            all.command(Command::Start(LegId(leg), Box::new(params)));
        }
        all
    }

    fn seated(seats: &[(u64, Seat)]) -> Self {
        let mut all = Self::of(seats.len() as u64);
        seats.iter().for_each(|(leg, seat)| all.sit(*leg, *seat));
        all
    }

    fn sit(&mut self, leg: u64, seat: Seat) {
        self.command(Command::Sit { leg: LegId(leg), room: ROOM, seat });
    }

    fn command(&mut self, command: Command) {
        self.shard.handle_command(Moment::from_millis(self.ms), command, &mut self.ears);
    }

    /// Everybody talks for so long; who mute and whose packet is lost is told apart by `talks`.
    fn talk(&mut self, ms: u64, talks: impl Fn(u64, u64) -> bool) -> &mut Self {
        for _ in 0..ms / 20 {
            let n = self.ms / 20;
            for leg in (1..=self.legs).filter(|leg| talks(*leg, n)) {
                self.packet(leg, n);
            }
            self.ms += 20;
            let end = Moment::from_millis(self.ms);
            while self.shard.poll_timeout() <= end {
                self.shard.handle_timeout(self.shard.poll_timeout(), &mut self.ears);
            }
            while self.shard.poll_event().is_some() {}
        }
        self
    }

    fn packet(&mut self, leg: u64, n: u64) {
        // a whole number of periods in a second, so that frames join without a click
        let second = tone(&[Sine { hz: voice(leg), dbfs: -15.0 }], 1_000);
        let from = n as usize % 48 * 160 + 160;
        let payload: Vec<u8> = second[from..from + 160].iter().map(|s| alaw_encode(*s)).collect();
        let (sequence, timestamp) = (n as u16, n as u32 * 160);
        let header =
            Header { payload_type: 8, marker: false, sequence, timestamp, ssrc: leg as u32 };
        let mut out = [0; 200];
        let length = header.write(&payload, &mut out);
        let (now, id) = (Moment::from_millis(self.ms), LegId(leg));
        let wire = &mut self.ears;
        self.shard.handle_datagram(now, id, Stream::Rtp, phone(leg), &mut out[..length], wire);
    }

    /// Whose voices this ear heard in the last second, by their numbers.
    fn heard(&self, leg: u64) -> Vec<u64> {
        let all = self.ears.0.get(&LegId(leg)).map_or(&[][..], Vec::as_slice);
        let last = &all[all.len().saturating_sub(8_000)..];
        (1..=4).filter(|mouth| level_of(last, voice(*mouth)) > -25.0).collect()
    }
}

fn phone(leg: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, leg as u8], 4_000))
}

/// dBFS of one frequency.
fn level_of(samples: &[i16], hz: f64) -> f64 {
    let step = std::f64::consts::TAU * hz / 8_000.0;
    let part = |wave: fn(f64) -> f64| -> f64 {
        let one = |(n, s): (usize, &i16)| f64::from(*s) / 32_768.0 * wave(step * n as f64);
        samples.iter().enumerate().map(one).sum::<f64>() / samples.len().max(1) as f64
    };
    10.0 * (2.0 * (part(f64::sin).powi(2) + part(f64::cos).powi(2)) + 1e-12).log10()
}

fn all(_: u64, _: u64) -> bool {
    true
}

#[test]
fn three_and_four_hear_each_other_and_never_themselves() {
    let seats = [CALLER, AGENT, SUPERVISOR, GUEST].map(|leg| (leg, Seat::Speaker));
    let mut three = Conversation::seated(&seats[..3]);
    three.talk(2_000, all);
    assert_eq!([1, 2, 3].map(|leg| three.heard(leg)), [vec![2, 3], vec![1, 3], vec![1, 2]]);
    let mut four = Conversation::seated(&seats);
    four.talk(2_000, all);
    assert_eq!(four.heard(CALLER), [2, 3, 4]);
    assert_eq!(four.heard(GUEST), [1, 2, 3]);
}

#[test]
fn a_supervisor_listens_whispers_barges_in_and_takes_over() {
    let two = [(CALLER, Seat::Speaker), (AGENT, Seat::Speaker)];
    let mut call = Conversation::seated(&[two[0], two[1], (SUPERVISOR, Seat::Listener)]);
    let ears = |call: &Conversation| [CALLER, AGENT, SUPERVISOR].map(|leg| call.heard(leg));
    call.talk(2_000, all);
    assert_eq!(ears(&call), [vec![2], vec![1], vec![1, 2]], "listening");
    call.sit(SUPERVISOR, Seat::Whisper(LegId(AGENT)));
    call.talk(2_000, all);
    assert_eq!(ears(&call), [vec![2], vec![1, 3], vec![1, 2]], "whispering to the agent alone");
    call.sit(SUPERVISOR, Seat::Speaker);
    call.talk(2_000, all);
    assert_eq!(ears(&call), [vec![2, 3], vec![1, 3], vec![1, 2]], "barging in");
    call.sit(AGENT, Seat::Listener);
    call.talk(2_000, all);
    assert_eq!(ears(&call), [vec![3], vec![1, 3], vec![1]], "taking over");
}

#[test]
fn who_leaves_hears_music_until_back_and_nobody_else_does() {
    let mut call = Conversation::seated(&[(CALLER, Seat::Speaker), (AGENT, Seat::Speaker)]);
    call.talk(1_000, all);
    call.command(Command::Rise(LegId(CALLER)));
    let (leg, play) = (LegId(CALLER), PlayId(1));
    let list = Arc::new(ringback(Ringback::Continental, Law::A));
    call.command(Command::Play { leg, play, list, barge_in: false, repeat: true });
    call.talk(6_000, all);
    let music = &call.ears.0[&leg];
    let second = |n: usize| level_of(&music[music.len() - 48_000 + n * 8_000..][..8_000], 425.0);
    assert!(second(0) > -25.0 && second(5) > -25.0, "it starts again after 5 s");
    assert!(second(2) < -60.0);
    assert!(call.heard(AGENT).is_empty(), "nobody is left to be heard");
    call.command(Command::Stop(leg, play));
    call.sit(CALLER, Seat::Speaker);
    call.talk(2_000, all);
    assert_eq!((call.heard(CALLER), call.heard(AGENT)), (vec![2], vec![1]));
}

#[test]
fn an_announcement_reaches_one_ear_and_the_talk_goes_on_among_the_others() {
    let seats = [CALLER, AGENT, SUPERVISOR].map(|leg| (leg, Seat::Speaker));
    let mut call = Conversation::seated(&seats);
    call.talk(1_000, all);
    let list = Arc::new(ringback(Ringback::American, Law::A));
    let leg = LegId(AGENT);
    call.command(Command::Play { leg, play: PlayId(1), list, barge_in: false, repeat: false });
    call.talk(1_500, all);
    let agent = &call.ears.0[&leg];
    assert!(level_of(&agent[agent.len() - 8_000..], 440.0) > -25.0);
    assert_eq!((call.heard(CALLER), call.heard(AGENT)), (vec![2, 3], vec![]));
    call.talk(6_000, all);
    assert_eq!(call.heard(AGENT), [1, 3]);
}

#[test]
fn two_who_shout_at_once_are_clipped_and_do_not_wrap_around() {
    let mut call = Conversation::seated(&[1, 2, 3].map(|leg| (leg, Seat::Speaker)));
    let loud = vec![alaw_encode(i16::MAX); 160];
    for n in 0..50_u16 {
        for leg in [1, 2] {
            let timestamp = u32::from(n) * 160;
            let ssrc = leg as u32;
            let header = Header { payload_type: 8, marker: false, sequence: n, timestamp, ssrc };
            let mut out = [0; 200];
            let length = header.write(&loud, &mut out);
            let (now, wire) = (Moment::from_millis(call.ms), &mut call.ears);
            let out = &mut out[..length];
            call.shard.handle_datagram(now, LegId(leg), Stream::Rtp, phone(leg), out, wire);
        }
        call.talk(20, |_, _| false);
    }
    let heard = &call.ears.0[&LegId(3)];
    assert!(heard[heard.len() - 4_000..].iter().all(|sample| *sample > 30_000));
}

#[test]
fn a_lost_packet_is_bridged_over_and_a_leg_that_closes_leaves_its_seat() {
    let mut call = Conversation::seated(&[1, 2, 3].map(|leg| (leg, Seat::Speaker)));
    call.talk(2_000, |_, n| n % 10 != 3);
    assert_eq!(call.heard(CALLER), [2, 3]);
    let heard = &call.ears.0[&LegId(CALLER)];
    let quiet = heard[8_000..].chunks(160).filter(|f| f.iter().all(|s| s.abs() < 50)).count();
    assert_eq!(quiet, 0, "no hole is heard");
    call.command(Command::Close(LegId(AGENT)));
    call.talk(2_000, |leg, _| leg != AGENT);
    assert_eq!(call.heard(CALLER), [3]);
    for leg in [CALLER, SUPERVISOR] {
        call.command(Command::Close(LegId(leg)));
    }
    // timers of legs that are gone come up once more
    call.talk(70_000, |_, _| false);
    assert_eq!(call.shard.poll_timeout(), Moment::NEVER, "an empty room is gone");
}

#[test]
fn the_ninth_finds_no_seat_and_its_keys_stay_with_us() {
    let mut call = Conversation::of(9);
    (1..=9).for_each(|leg| call.sit(leg, Seat::Speaker));
    call.talk(500, |leg, _| leg == 9);
    assert!((1..=8).all(|leg| level_of(&call.ears.0[&LegId(leg)], voice(9)) < -60.0));
    assert_eq!(call.shard.counters().seats_refused, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whoever_comes_and_goes_nobody_hears_a_listener(
        moves in proptest::collection::vec((1_u64..=4, 0_u8..5), 1..25)
    ) {
        let mut call = Conversation::of(4);
        let mut seats: HashMap<u64, Seat> = HashMap::new();
        for (leg, what) in moves {
            let other = LegId(leg % 4 + 1);
            let seat = [Seat::Speaker, Seat::Listener, Seat::Whisper(other)];
            match seat.get(usize::from(what)) {
                Some(seat) => {
                    seats.insert(leg, *seat);
                    call.sit(leg, *seat);
                }
                None => {
                    seats.remove(&leg);
                    call.command(Command::Rise(LegId(leg)));
                }
            }
            call.talk(100, all);
        }
        call.talk(1_200, all);
        for ear in seats.keys() {
            let mut want: Vec<u64> = seats.iter().filter(|(mouth, seat)| *mouth != ear && match seat {
                Seat::Speaker => true,
                Seat::Whisper(to) => to.0 == *ear,
                Seat::Listener => false,
            }).map(|(mouth, _)| *mouth).collect();
            want.sort_unstable();
            prop_assert_eq!(call.heard(*ear), want, "ear {}", ear);
        }
    }
}
