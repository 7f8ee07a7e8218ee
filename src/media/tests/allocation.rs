//! In steady state a packet allocates nothing: counted by an allocator that counts.

#![allow(clippy::unwrap_used)] // a test may

use allocation_counter::measure;
use ids::{LegId, Moment, PlayId};
use media::command::{Codec, Command, Direction, LegParams, Part, Playlist};
use media::{Shard, Stream, Wire};
use rtp::{EventBlock, EventCode, Header};
use std::net::SocketAddr;
use std::sync::Arc;

const LEGS: u64 = 50;

struct Count(u64);

impl Wire for Count {
    fn send(&mut self, _: LegId, _: Stream, _: SocketAddr, _: &[u8]) {
        self.0 += 1;
    }

    fn latch(&mut self, _: LegId, _: Option<SocketAddr>) {}
}

fn phone(leg: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 10_000 + leg as u16))
}

fn shard_of_playing_legs(wire: &mut Count) -> Shard {
    let bytes: Arc<[u8]> = vec![0xD5; 8_000 * 600].into();
    let end = bytes.len() as u32;
    let list = Arc::new(Playlist { parts: vec![Part::Audio { bytes, start: 0, end }] });
    let mut shard = Shard::new(1);
    for leg in 0..LEGS {
        let params = LegParams {
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
            cname: "test@parley.example".into(),
        };
        let now = Moment::from_micros(leg * 311);
        shard.handle_command(now, Command::Start(LegId(leg), Box::new(params)), wire);
        let (leg, play, list) = (LegId(leg), PlayId(leg), list.clone());
        let play = Command::Play { leg, play, list, barge_in: false, repeat: true };
        shard.handle_command(now, play, wire);
    }
    shard
}

/// Twenty milliseconds: each leg receives a packet of audio and, now and then, of a key; timers run.
fn tick(shard: &mut Shard, wire: &mut Count, n: u64) {
    let start = Moment::from_millis(100 + n * 20);
    let mut out = [0; 200];
    for leg in 0..LEGS {
        let (sequence, timestamp) = (2 * n as u16, n as u32 * 160);
        let mut header =
            Header { payload_type: 8, marker: false, sequence, timestamp, ssrc: leg as u32 };
        let length = header.write(&[0xD5; 160], &mut out);
        shard.handle_datagram(start, LegId(leg), Stream::Rtp, phone(leg), &out[..length], wire);
        let phase = n % 10;
        if phase < 5 {
            let duration = (phase as u16 + 1) * 160;
            let block = EventBlock { event: EventCode(5), end: phase == 4, volume: 9, duration };
            header.payload_type = 101;
            header.sequence += 1;
            header.timestamp = (n / 10) as u32 * 1_600;
            let length = header.write(&block.bytes(), &mut out);
            shard.handle_datagram(start, LegId(leg), Stream::Rtp, phone(leg), &out[..length], wire);
        }
    }
    while shard.poll_timeout() <= Moment::from_millis(120 + n * 20) {
        shard.handle_timeout(shard.poll_timeout(), wire);
    }
    while shard.poll_event().is_some() {}
}

#[test]
fn a_minute_of_packets_keys_and_reports_allocates_nothing() {
    let mut wire = Count(0);
    let mut shard = shard_of_playing_legs(&mut wire);
    (0..500).for_each(|n| tick(&mut shard, &mut wire, n));
    let before = wire.0;
    let counted = measure(|| (500..3_500).for_each(|n| tick(&mut shard, &mut wire, n)));
    assert!(wire.0 - before > LEGS * 3_000, "{} packets were sent", wire.0 - before);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_leg_takes_under_4_kilobytes_whatever_it_plays() {
    let mut wire = Count(0);
    let counted = measure(|| {
        let mut shard = shard_of_playing_legs(&mut wire);
        (0..100).for_each(|n| tick(&mut shard, &mut wire, n));
    });
    // the shared prompt of ten minutes (built once, copied once) and the shard's own queue
    let shared = 2 * 8_000 * 600 + 64 * 1_024;
    let a_leg = counted.bytes_max.saturating_sub(shared) / LEGS;
    assert!(a_leg < 4_096, "{a_leg} bytes a leg; {counted:?}");
}
