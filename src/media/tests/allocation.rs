//! In steady state a packet allocates nothing: counted by an allocator that counts.

#![allow(clippy::unwrap_used)] // a test may

use allocation_counter::measure;
use ids::{LegId, Moment, PlayId};
use media::command::{
    BridgedKeys, Codec, Command, Direction, LegParams, MasterKey, Part, Playlist, RoomId, Seat,
    SrtpKeys, Suite, Taping,
};
use media::{Shard, Stream, TapePart, Wire};
use rtp::srtp::SrtpSender;
use rtp::{EventBlock, EventCode, Header};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const LEGS: u64 = 50;

#[derive(Default)]
struct Count(u64, u64);

impl Wire for Count {
    fn send(&mut self, _: LegId, _: Stream, _: SocketAddr, _: &[u8]) {
        self.0 += 1;
    }

    fn latch(&mut self, _: LegId, _: Option<SocketAddr>) {}

    fn tape(&mut self, _: LegId, part: TapePart<'_>) -> bool {
        self.1 += match part {
            TapePart::Sound(frames) => frames.len() as u64,
            TapePart::Masked { frames, .. } => frames,
        };
        true
    }
}

fn phone(leg: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 10_000 + leg as u16))
}

fn params_of(leg: u64) -> Box<LegParams> {
    Box::new(LegParams {
        remote_rtp: phone(leg),
        remote_rtcp: phone(leg),
        codec: Codec::Pcma,
        payload_type: 8,
        telephone_event: Some((101, 8_000)),
        received_as: None,
        // the dearest case: every road for keys is open
        inband_always: true,
        ptime_ms: 20,
        direction: Direction::SendRecv,
        srtp: keys(leg),
        cname: "test@parley.example".into(),
    })
}

fn shard_of_playing_legs(wire: &mut Count) -> Shard {
    let bytes: Arc<[u8]> = vec![0xD5; 8_000 * 600].into();
    let end = bytes.len() as u32;
    let list = Arc::new(Playlist { parts: vec![Part::Audio { bytes, start: 0, end }] });
    let mut shard = Shard::new(1);
    for leg in 0..LEGS {
        let params = params_of(leg);
        let now = Moment::from_micros(leg * 311);
        shard.handle_command(now, Command::Start(LegId(leg), params), wire);
        let (leg, play, list) = (LegId(leg), PlayId(leg), list.clone());
        let play = Command::Play { leg, play, list, barge_in: false, repeat: true };
        shard.handle_command(now, play, wire);
    }
    shard
}

/// Every other leg is protected, each of those by another suite than the one before.
fn keys(leg: u64) -> Option<Box<SrtpKeys>> {
    let suite = Suite::ALL[(leg / 2 % 4) as usize];
    let bytes = [leg as u8; 64];
    let key = MasterKey::new(suite, &bytes[..MasterKey::bytes_of(suite)]).unwrap();
    (leg % 2 == 1).then(|| Box::new(SrtpKeys { send: key.clone(), receive: key }))
}

/// The phones' side of the keys.
struct Peers(Vec<Option<SrtpSender>>);

impl Peers {
    fn new() -> Self {
        let sender = |leg| keys(leg).map(|keys| SrtpSender::new(&keys.receive));
        Self((0..LEGS).map(sender).collect())
    }

    fn send(
        &mut self,
        shard: &mut Shard,
        now: Moment,
        leg: u64,
        out: &mut [u8],
        plain: usize,
        wire: &mut Count,
    ) {
        let length = match &mut self.0[leg as usize] {
            Some(sender) => sender.protect(out, plain).unwrap(),
            None => plain,
        };
        shard.handle_datagram(now, LegId(leg), Stream::Rtp, phone(leg), &mut out[..length], wire);
    }
}

/// Twenty milliseconds: each leg receives a packet of audio and, now and then, of a key; timers run.
fn tick(shard: &mut Shard, peers: &mut Peers, wire: &mut Count, n: u64) {
    let start = Moment::from_millis(100 + n * 20);
    let mut out = [0; 200];
    for leg in 0..LEGS {
        let (sequence, timestamp) = (2 * n as u16, n as u32 * 160);
        let mut header =
            Header { payload_type: 8, marker: false, sequence, timestamp, ssrc: leg as u32 };
        let length = header.write(&[0xD5; 160], &mut out);
        peers.send(shard, start, leg, &mut out, length, wire);
        let phase = n % 10;
        if phase < 5 {
            let duration = (phase as u16 + 1) * 160;
            let block = EventBlock { event: EventCode(5), end: phase == 4, volume: 9, duration };
            header.payload_type = 101;
            header.sequence += 1;
            header.timestamp = (n / 10) as u32 * 1_600;
            let length = header.write(&block.bytes(), &mut out);
            peers.send(shard, start, leg, &mut out, length, wire);
        }
    }
    while shard.poll_timeout() <= Moment::from_millis(120 + n * 20) {
        shard.handle_timeout(shard.poll_timeout(), wire);
    }
    while shard.poll_event().is_some() {}
}

#[test]
fn a_bridged_packet_allocates_nothing_protected_or_plain() {
    let mut wire = Count::default();
    let mut shard = Shard::new(1);
    for leg in 0..LEGS {
        shard.handle_command(Moment::START, Command::Start(LegId(leg), params_of(leg)), &mut wire);
    }
    for leg in 0..LEGS {
        // a plain leg and a protected one: the next one, and back
        let bridge =
            Command::Bridge { leg: LegId(leg), to: LegId(leg ^ 1), keys: BridgedKeys::ToPeer };
        shard.handle_command(Moment::START, bridge, &mut wire);
    }
    let mut peers = Peers::new();
    (0..100).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n));
    let before = wire.0;
    let counted = measure(|| (100..600).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n)));
    assert!(wire.0 - before >= 500 * LEGS, "{} packets left", wire.0 - before);
    assert_eq!(counted.count_total, 0);
}

#[test]
fn a_minute_of_packets_keys_and_reports_allocates_nothing() {
    let mut wire = Count::default();
    let mut shard = shard_of_playing_legs(&mut wire);
    let mut peers = Peers::new();
    (0..500).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n));
    let before = wire.0;
    let counted = measure(|| (500..3_500).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n)));
    assert!(wire.0 - before > LEGS * 3_000, "{} packets were sent", wire.0 - before);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn listening_for_who_has_answered_allocates_nothing_a_packet() {
    let mut wire = Count::default();
    let mut shard = shard_of_playing_legs(&mut wire);
    for leg in 0..LEGS {
        let detect = Command::Detect(LegId(leg), Some(Duration::from_secs(3)));
        shard.handle_command(Moment::from_millis(50), detect, &mut wire);
    }
    let mut peers = Peers::new();
    (0..20).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n));
    let counted = measure(|| (20..1_200).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n)));
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_minute_of_conversations_of_four_allocates_nothing() {
    let mut wire = Count::default();
    let mut shard = Shard::new(1);
    for leg in 0..LEGS {
        shard.handle_command(Moment::START, Command::Start(LegId(leg), params_of(leg)), &mut wire);
        let (room, leg) = (RoomId(leg / 4), LegId(leg));
        let seat = if leg.0 % 4 == 3 { Seat::Listener } else { Seat::Speaker };
        shard.handle_command(Moment::START, Command::Sit { leg, room, seat }, &mut wire);
    }
    let mut peers = Peers::new();
    (0..100).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n));
    let before = wire.0;
    let counted = measure(|| (100..1_600).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n)));
    assert!(wire.0 - before >= 1_500 * LEGS, "{} packets left", wire.0 - before);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_recorded_minute_allocates_nothing_masks_included() {
    let mut wire = Count::default();
    let mut shard = shard_of_playing_legs(&mut wire);
    let record = |shard: &mut Shard, ms, what, wire: &mut Count| {
        for leg in 0..LEGS {
            shard.handle_command(Moment::from_millis(ms), Command::Record(LegId(leg), what), wire);
        }
    };
    record(&mut shard, 100, Taping::Begin, &mut wire);
    let mut peers = Peers::new();
    (0..500).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n));
    let counted = measure(|| {
        for n in 500..3_500 {
            tick(&mut shard, &mut peers, &mut wire, n);
            match n % 500 {
                100 => record(&mut shard, 120 + n * 20, Taping::Mask(n as u32), &mut wire),
                200 => record(&mut shard, 120 + n * 20, Taping::Unmask, &mut wire),
                _ => {}
            }
        }
    });
    assert!(wire.1 > LEGS * 8_000 * 69, "{} frames were taped", wire.1);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_leg_takes_under_4_kilobytes_whatever_it_plays() {
    let mut wire = Count::default();
    let counted = measure(|| {
        let mut shard = shard_of_playing_legs(&mut wire);
        let mut peers = Peers::new();
        (0..100).for_each(|n| tick(&mut shard, &mut peers, &mut wire, n));
    });
    // the shared prompt of ten minutes (built once, copied once) and the shard's own queue
    let shared = 2 * 8_000 * 600 + 64 * 1_024;
    let a_leg = counted.bytes_max.saturating_sub(shared) / LEGS;
    assert!(a_leg < 4_096, "{a_leg} bytes a leg; {counted:?}");
}
