//! A conversation of a browser in Opus and telephones in G.722 and G.711: each says a tone of its own.
#![allow(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

mod trace;

use allocation_counter::measure;
use audio::coding::{Decoder, Encoder};
use audio::half_band::Halver;
use ids::{LegId, Moment};
use media::command::{Codec, Command, LegParams, RoomId, Seat};
use media::{Shard, Stream, Wire};
use rtp::{Header, Packet};
use std::net::SocketAddr;
use trace::params;

/// Leg, codec, payload type, and its tone in Hz.
const LEGS: [(u64, Codec, u8, f64); 3] =
    [(1, Codec::Opus, 111, 550.0), (2, Codec::G722, 9, 900.0), (3, Codec::Pcma, 8, 1_350.0)];

#[derive(Default)]
struct Ears {
    keeps: bool,
    sent: u64,
    heard: [Vec<Vec<u8>>; 3],
}

impl Wire for Ears {
    fn send(&mut self, leg: LegId, stream: Stream, _: SocketAddr, datagram: &[u8]) {
        self.sent += 1;
        if self.keeps && stream == Stream::Rtp {
            self.heard[leg.0 as usize - 1].push(datagram.to_vec());
        }
    }

    fn latch(&mut self, _: LegId, _: Option<SocketAddr>) {}
}

fn phone(leg: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, leg as u8], 4_000))
}

/// Two seconds of a leg's tone, in packets of 20 ms.
fn said(codec: Codec, hz: f64) -> Vec<Vec<u8>> {
    let rate_hz = codec.coding().rate_hz();
    let step = std::f64::consts::TAU * hz / f64::from(rate_hz);
    let sound: Vec<i16> =
        (0..2 * rate_hz).map(|n| ((step * f64::from(n)).sin() * 6_000.0) as i16).collect();
    let frames = sound.chunks_exact(rate_hz as usize / 50);
    let mut packet = [0; 1_275];
    if codec == Codec::Opus {
        let mut encoder = opus::Encoder::new().unwrap();
        let mut one = |frame: &[i16]| {
            let length = encoder.encode(frame, &mut packet);
            packet[..length].to_vec()
        };
        return frames.map(&mut one).collect();
    }
    let mut encoder = Encoder::new(codec.coding());
    let mut one = |frame: &[i16]| {
        let length = encoder.encode_into(frame, &mut packet[..160]);
        packet[..length].to_vec()
    };
    frames.map(&mut one).collect()
}

/// What an ear heard, at 8 kHz.
fn heard(codec: Codec, datagrams: &[Vec<u8>]) -> Vec<i16> {
    let payloads = datagrams.iter().map(|d| Packet::read(d).unwrap().payload);
    let mut wide = Vec::new();
    match codec {
        Codec::Opus => {
            let mut decoder = opus::Decoder::new().unwrap();
            for payload in payloads {
                let mut samples = [0; opus::SAMPLES_MAX];
                let count = decoder.decode(payload, &mut samples);
                wide.extend_from_slice(&samples[..count]);
            }
        }
        Codec::Pcma | Codec::Pcmu | Codec::G722 => {
            let mut decoder = Decoder::new(codec.coding());
            for payload in payloads {
                let mut samples = [0; 320];
                let count = decoder.decode_into(payload, &mut samples);
                wide.extend_from_slice(&samples[..count]);
            }
        }
    }
    if codec.coding().samples_per_byte() == 1 {
        return wide;
    }
    let mut narrow = vec![0; wide.len() / 2];
    Halver::default().halve_into(&wide, &mut narrow);
    narrow
}

/// The level of one tone in it, in dB below what was said: a tenth of a second at a time, since a coder of speech
/// does not keep the phase of a tone.
fn level_of(samples: &[i16], hz: f64) -> f64 {
    let step = std::f64::consts::TAU * hz / 8_000.0;
    let power = |piece: &[i16]| {
        let part = |wave: fn(f64) -> f64| -> f64 {
            piece.iter().enumerate().map(|(n, s)| f64::from(*s) * wave(step * n as f64)).sum()
        };
        (2.0 * part(f64::sin).hypot(part(f64::cos)) / piece.len() as f64).powi(2)
    };
    let pieces = samples.chunks_exact(800);
    let mean = pieces.clone().map(power).sum::<f64>() / pieces.len() as f64;
    10.0 * (mean.max(1.0) / 6_000.0_f64.powi(2)).log10()
}

struct Room {
    shard: Shard,
    ears: Ears,
    n: usize,
    said: Vec<Vec<Vec<u8>>>,
}

impl Room {
    fn of_all(keeps: bool) -> Self {
        let ears = Ears { keeps, ..Ears::default() };
        let said = LEGS.iter().map(|(_, codec, _, hz)| said(*codec, *hz)).collect();
        let mut all = Self { shard: Shard::new(1), ears, n: 0, said };
        for (leg, codec, payload_type, _) in LEGS {
            let (remote_rtp, remote_rtcp) = (phone(leg), phone(leg));
            let params = LegParams { remote_rtp, remote_rtcp, codec, payload_type, ..params() };
            let (id, seat) = (LegId(leg), Seat::Speaker);
            let sit = Command::Sit { leg: id, room: RoomId(4), seat };
            for command in [Command::Start(id, Box::new(params)), sit] {
                all.shard.handle_command(Moment::START, command, &mut all.ears);
            }
        }
        all
    }

    fn talk(&mut self, packets: usize) {
        for _ in 0..packets {
            let n = self.n;
            let now = Moment::from_millis(n as u64 * 20);
            for (place, (leg, codec, payload_type, _)) in LEGS.into_iter().enumerate() {
                let payload = &self.said[place][n % 100];
                let ticks = if codec == Codec::Opus { 960 } else { 160 };
                let (sequence, timestamp) = (n as u16, n as u32 * ticks);
                let ssrc = leg as u32;
                let header = Header { payload_type, marker: false, sequence, timestamp, ssrc };
                let mut out = [0; 1_472];
                let length = header.write(payload, &mut out);
                let (id, ears) = (LegId(leg), &mut self.ears);
                let datagram = &mut out[..length];
                self.shard.handle_datagram(now, id, Stream::Rtp, phone(leg), datagram, ears);
            }
            self.n += 1;
            let end = Moment::from_millis(self.n as u64 * 20);
            while self.shard.poll_timeout() <= end {
                self.shard.handle_timeout(self.shard.poll_timeout(), &mut self.ears);
            }
            while self.shard.poll_event().is_some() {}
        }
    }
}

#[test]
fn everybody_hears_everybody_else_and_not_himself_whatever_he_speaks() {
    let mut room = Room::of_all(true);
    room.talk(100);
    assert_eq!(room.shard.counters().seats_refused, 0);
    for (leg, codec, _, own) in LEGS {
        let sound = heard(codec, &room.ears.heard[leg as usize - 1]);
        let last = &sound[sound.len() - 8_000..];
        for (_, other, _, hz) in LEGS {
            let level = level_of(last, hz);
            match hz == own {
                true => assert!(level < -20.0, "{codec:?} hears itself at {level:.1} dB"),
                false => assert!(level.abs() < 3.0, "{codec:?} hears {other:?} at {level:.1} dB"),
            }
        }
    }
}

#[test]
fn half_a_minute_of_it_allocates_nothing() {
    let mut room = Room::of_all(false);
    room.talk(100);
    let before = room.ears.sent;
    let counted = measure(|| room.talk(1_500));
    assert!(room.ears.sent - before >= 3 * 1_500, "{} packets", room.ears.sent - before);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}
