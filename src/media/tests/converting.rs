//! Two bridged legs that write sound differently: other codecs, other packet times, other clocks for keys.
#![allow(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

mod trace;

use allocation_counter::measure;
use audio::coding::{Decoder, Ear, Encoder};
use audio::level::rms_dbfs;
use ids::{LegId, Moment};
use media::command::{BridgedKeys, Codec, Command, Event, LegParams};
use media::{Shard, Stream, Wire};
use proptest::prelude::*;
use rtp::{EventBlock, EventCode, Header, Packet};
use std::net::SocketAddr;
use trace::{at, params};

const CALLER: LegId = LegId(1);
const AGENT: LegId = LegId(2);
const CALLER_AT: &str = "10.0.0.1:4000";
const AGENT_AT: &str = "10.0.0.2:5000";

/// What the agent was sent: when, and the packet.
#[derive(Default)]
struct Tape {
    now: Moment,
    keeps: bool,
    sent: u64,
    heard: Vec<(Moment, Vec<u8>)>,
}

impl Wire for Tape {
    fn send(&mut self, leg: LegId, stream: Stream, _: SocketAddr, datagram: &[u8]) {
        self.sent += 1;
        if self.keeps && leg == AGENT && stream == Stream::Rtp {
            self.heard.push((self.now, datagram.to_vec()));
        }
    }

    fn latch(&mut self, _: LegId, _: Option<SocketAddr>) {}
}

struct Two {
    shard: Shard,
    tape: Tape,
    caller: Codec,
    agent: Codec,
}

fn leg(address: &str, codec: Codec, ptime_ms: u8) -> LegParams {
    let remote_rtp = at(address);
    let remote_rtcp = SocketAddr::new(remote_rtp.ip(), remote_rtp.port() + 1);
    let payload_type = payload_type(codec);
    LegParams { remote_rtp, remote_rtcp, codec, payload_type, ptime_ms, ..params() }
}

fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::Opus => 111,
    }
}

impl Two {
    fn of(caller: LegParams, agent: LegParams) -> Self {
        let tape = Tape { keeps: true, ..Tape::default() };
        let (from, to) = (caller.codec, agent.codec);
        let mut two = Self { shard: Shard::new(1), tape, caller: from, agent: to };
        two.command(Command::Start(CALLER, Box::new(caller)));
        two.command(Command::Start(AGENT, Box::new(agent)));
        for (leg, to) in [(CALLER, AGENT), (AGENT, CALLER)] {
            two.command(Command::Bridge { leg, to, keys: BridgedKeys::ToPeer });
        }
        two
    }

    fn bridged(caller: Codec, agent: Codec, agent_ptime_ms: u8) -> Self {
        Self::of(leg(CALLER_AT, caller, 20), leg(AGENT_AT, agent, agent_ptime_ms))
    }

    fn command(&mut self, command: Command) {
        self.shard.handle_command(self.tape.now, command, &mut self.tape);
    }

    fn until(&mut self, end: Moment) {
        while self.shard.poll_timeout() <= end {
            self.tape.now = self.shard.poll_timeout().max(self.tape.now);
            self.shard.handle_timeout(self.tape.now, &mut self.tape);
        }
        self.tape.now = end.max(self.tape.now);
    }

    fn says(&mut self, payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) {
        let mut out = [0; 1_000];
        let header = Header { payload_type, marker: false, sequence, timestamp, ssrc: 0xCA11 };
        let length = header.write(payload, &mut out);
        let (now, tape) = (self.tape.now, &mut self.tape);
        self.shard.handle_datagram(
            now,
            CALLER,
            Stream::Rtp,
            at(CALLER_AT),
            &mut out[..length],
            tape,
        );
    }

    /// The caller's sound in packets of `ms`, each `late` milliseconds late; `None` is lost.
    fn talk(&mut self, bytes: &[u8], ms: u64, late: impl Fn(usize) -> Option<u64>) {
        let mut coming: Vec<_> = bytes
            .chunks(ms as usize * 8)
            .enumerate()
            .filter_map(|(n, payload)| Some((n as u64 * ms + late(n)?, n, payload)))
            .collect();
        coming.sort_by_key(|(ms, ..)| *ms);
        for (at_ms, n, payload) in coming {
            self.until(Moment::from_millis(1_000 + at_ms));
            let pt = payload_type(self.caller);
            self.says(pt, n as u16, (n * ms as usize * 8) as u32, payload);
        }
        self.until(self.tape.now + std::time::Duration::from_millis(400));
    }

    /// What the agent hears, decoded at its codec's rate and laid out by timestamps, gaps as zeros.
    fn heard(&self) -> Vec<i16> {
        let mut decoder = Decoder::new(self.agent.coding());
        let per_byte = self.agent.coding().samples_per_byte();
        let mut sound = Vec::new();
        let mut first = None;
        for (_, datagram) in &self.tape.heard {
            let packet = Packet::read(datagram).unwrap();
            let place = packet.timestamp.wrapping_sub(*first.get_or_insert(packet.timestamp));
            sound.resize(place as usize * per_byte, 0);
            let mut samples = vec![0; packet.payload.len() * per_byte];
            decoder.decode_into(packet.payload, &mut samples);
            sound.extend(samples);
        }
        sound
    }
}

/// Something like a voice, at a rate.
fn voice(rate_hz: u32, ms: usize) -> Vec<i16> {
    let sample = |n: usize| {
        let t = n as f64 / f64::from(rate_hz) * std::f64::consts::TAU;
        let (low, mid, high) = ((t * 140.0).sin(), (t * 980.0).sin(), (t * 2_660.0).sin());
        ((low * 0.5 + mid * 0.3 + high * 0.2) * (0.6 + 0.4 * (t * 3.0).sin()) * 12_000.0) as i16
    };
    (0..ms * rate_hz as usize / 1_000).map(sample).collect()
}

fn encoded(codec: Codec, ms: usize) -> Vec<u8> {
    let samples = voice(codec.coding().rate_hz(), ms);
    let mut bytes = vec![0; ms * 8];
    assert_eq!(Encoder::new(codec.coding()).encode_into(&samples, &mut bytes), bytes.len());
    bytes
}

/// Best signal-to-noise ratio in dB of `heard` against `sent` over delays of up to 10 ms.
fn snr_db(sent: &[i16], heard: &[i16], rate_hz: u32) -> f64 {
    let skip = rate_hz as usize / 10;
    let at_delay = |delay: usize| {
        let pairs = sent.iter().zip(&heard[delay..]).skip(skip).take(sent.len() - 2 * skip);
        let (signal, error) = pairs.fold((0.0, 1.0), |(signal, error), (a, b)| {
            let (a, b) = (f64::from(*a), f64::from(*b));
            (signal + a * a, error + (a - b) * (a - b))
        });
        10.0 * (signal / error).log10()
    };
    (0..rate_hz as usize / 100).map(at_delay).fold(f64::MIN, f64::max)
}

#[test]
fn a_voice_survives_every_pair_of_codecs() {
    for (caller, agent, least_db) in [
        (Codec::G722, Codec::Pcma, 15.0),
        (Codec::G722, Codec::Pcmu, 15.0),
        (Codec::Pcma, Codec::G722, 15.0),
        (Codec::Pcmu, Codec::G722, 15.0),
    ] {
        let mut two = Two::bridged(caller, agent, 20);
        two.talk(&encoded(caller, 2_000), 20, |_| Some(0));
        let rate_hz = agent.coding().rate_hz();
        let snr = snr_db(&voice(rate_hz, 1_900), &two.heard(), rate_hz);
        assert!(snr > least_db, "{caller:?} to {agent:?}: {snr:.1} dB");
    }
}

#[test]
fn packets_of_any_length_come_out_in_those_that_the_far_end_wants() {
    for (theirs, ours) in [(20_u64, 10_u8), (20, 30), (20, 60), (60, 20), (30, 20), (10, 40)] {
        let mut two = Two::bridged(Codec::Pcma, Codec::Pcma, ours);
        let bytes = encoded(Codec::Pcma, 1_200);
        two.talk(&bytes, theirs, |_| Some(0));
        let packets: Vec<_> =
            two.tape.heard.iter().map(|(_, d)| Packet::read(d).unwrap()).collect();
        assert!(
            packets.iter().all(|p| p.payload.len() == usize::from(ours) * 8),
            "{theirs} {ours}"
        );
        let said: Vec<u8> = packets.iter().flat_map(|p| p.payload.to_vec()).collect();
        let whole = bytes.len() / 480 * 480;
        assert_eq!(said[..whole], bytes[..whole], "{theirs} to {ours} ms: A-law to the last bit");
        let even = packets
            .windows(2)
            .all(|w| w[1].timestamp.wrapping_sub(w[0].timestamp) == u32::from(ours) * 8);
        assert!(even && packets[0].marker && !packets[1].marker);
    }
}

#[test]
fn the_same_codec_in_the_same_packets_is_passed_on_in_the_same_turn() {
    let mut two = Two::bridged(Codec::G722, Codec::G722, 20);
    two.talk(&encoded(Codec::G722, 200), 20, |_| Some(0));
    let times: Vec<u64> = two.tape.heard.iter().map(|(at, _)| at.micros() / 1_000).collect();
    assert_eq!(times, (0..10).map(|n| 1_000 + n * 20).collect::<Vec<_>>());
}

#[test]
fn the_way_through_takes_20_ms_more_than_the_jitter_and_never_over_200() {
    for (jitter_ms, most_ms) in [(0, 21), (15, 41), (60, 91), (180, 201)] {
        let mut two = Two::bridged(Codec::G722, Codec::Pcma, 20);
        two.talk(&encoded(Codec::G722, 3_000), 20, |n| {
            Some(if n % 9 == 4 { jitter_ms } else { 0 })
        });
        let (first, _) = two.tape.heard[0];
        let base = Packet::read(&two.tape.heard[0].1).unwrap().timestamp;
        let slowest = two.tape.heard.iter().map(|(at, datagram)| {
            let packet = Packet::read(datagram).unwrap();
            let place_ms = u64::from(packet.timestamp.wrapping_sub(base)) / 8;
            (at.micros() - first.micros()) / 1_000 - place_ms
        });
        assert!(slowest.max().unwrap() <= 1, "an even stream leaves");
        let last = two.tape.heard.last().unwrap().0.micros() / 1_000;
        assert!(
            last <= 1_000 + 3_000 + most_ms + 60,
            "{jitter_ms} ms of jitter: the end at {last}"
        );
    }
}

#[test]
fn a_lost_packet_is_bridged_over_and_a_long_gap_fades_and_stays_a_gap() {
    let mut two = Two::bridged(Codec::G722, Codec::Pcma, 20);
    two.talk(&encoded(Codec::G722, 2_000), 20, |n| {
        (n != 30 && !(60..80).contains(&n)).then_some(0)
    });
    let heard = two.heard();
    let level = |ms: usize| rms_dbfs(&heard[ms * 8..(ms + 20) * 8]);
    assert!(level(600) > level(560) - 6.0, "20 ms lost: {} of {}", level(600), level(560));
    assert!(level(1_280) < -60.0, "80 ms into the gap: {}", level(1_280));
    assert!(level(1_700) > -20.0, "and the voice is back");
    let packets = two.tape.heard.len();
    assert!((80..=88).contains(&packets), "{packets}: what is silent is not sent");
    let marked = two.tape.heard.iter().filter(|(_, d)| Packet::read(d).unwrap().marker).count();
    assert_eq!(marked, 2, "the gap parts two talkspurts");
}

#[test]
fn late_packets_are_counted_in_the_figures_of_the_leg_that_would_have_heard_them() {
    let mut two = Two::bridged(Codec::G722, Codec::Pcma, 20);
    two.talk(&encoded(Codec::G722, 2_000), 20, |n| Some(if n == 40 { 380 } else { 0 }));
    two.command(Command::Close(AGENT));
    let closed = std::iter::from_fn(|| two.shard.poll_event()).find_map(|event| match event {
        Event::Closed(_, stats) => Some(stats),
        _ => None,
    });
    assert_eq!(closed.unwrap().came_late, 1);
}

#[test]
fn keys_cross_a_transcoded_bridge_in_the_times_of_the_far_end() {
    for rate_hz in [8_000_u32, 16_000, 48_000] {
        let agent =
            LegParams { telephone_event: Some((96, rate_hz)), ..leg(AGENT_AT, Codec::Pcma, 20) };
        let mut two = Two::of(leg(CALLER_AT, Codec::G722, 20), agent);
        two.talk(&encoded(Codec::G722, 200), 20, |_| Some(0));
        two.tape.heard.clear();
        for n in 1..=5_u16 {
            let block =
                EventBlock { event: EventCode(7), end: n > 4, volume: 9, duration: n * 160 };
            two.says(101, 100 + n, 50_000, &block.bytes());
            two.says(9, 200 + n, 60_000 + u32::from(n) * 160, &[audio::g722::SILENCE; 160]);
            two.until(two.tape.now + std::time::Duration::from_millis(20));
        }
        let packets = two.tape.heard.iter().map(|(_, d)| Packet::read(d).unwrap());
        let keys: Vec<_> = packets.filter(|p| p.payload_type == 96).collect();
        let blocks: Vec<_> = keys.iter().map(|p| EventBlock::read(p.payload).unwrap()).collect();
        assert_eq!(keys.len(), 5, "{rate_hz}");
        assert!(keys.iter().all(|p| p.timestamp == keys[0].timestamp));
        let durations: Vec<u32> = blocks.iter().map(|b| u32::from(b.duration)).collect();
        assert_eq!(durations, (1..=5).map(|n| n * 160 * rate_hz / 8_000).collect::<Vec<_>>());
        assert!(blocks[4].end && blocks.iter().all(|b| b.event == EventCode(7)));
    }
}

#[test]
fn a_transcoded_packet_allocates_nothing() {
    for (caller, agent, ptime_ms) in
        [(Codec::G722, Codec::Pcma, 20), (Codec::Pcmu, Codec::G722, 60)]
    {
        let mut two = Two::bridged(caller, agent, ptime_ms);
        two.tape.keeps = false;
        let bytes = encoded(caller, 4_000);
        let pass = |two: &mut Two, n: usize| {
            two.until(Moment::from_millis(n as u64 * 20 + (n % 7) as u64));
            if n % 50 != 13 {
                let frame = n % 200 * 160;
                two.says(
                    payload_type(caller),
                    n as u16,
                    n as u32 * 160,
                    &bytes[frame..frame + 160],
                );
            }
        };
        (0..300).for_each(|n| pass(&mut two, n));
        let before = two.tape.sent;
        let counted = measure(|| (300..1_300).for_each(|n| pass(&mut two, n)));
        assert!(two.tape.sent - before > 300, "{}", two.tape.sent - before);
        assert_eq!(counted.count_total, 0, "{counted:?}");
    }
}

#[test]
fn a_transcoded_bridge_takes_under_32_kilobytes() {
    let counted = measure(|| {
        let mut two = Two::bridged(Codec::G722, Codec::Pcma, 20);
        two.tape.keeps = false;
        for n in 0..50 {
            two.until(Moment::from_millis(n * 20));
            two.says(9, n as u16, n as u32 * 160, &[audio::g722::SILENCE; 160]);
        }
    });
    // one way is counted; the shard's own event queue stands beside
    let one_way = counted.bytes_max.saturating_sub(40 * 1_024);
    assert!(one_way < 16 * 1_024, "{} bytes in all", counted.bytes_max);
}

#[test]
fn an_ear_hears_what_a_wide_caller_says() {
    let bytes = encoded(Codec::G722, 500);
    let mut heard = vec![0; bytes.len()];
    Ear::new(Codec::G722.coding()).hear_into(&bytes, &mut heard);
    assert!((rms_dbfs(&heard[800..]) - rms_dbfs(&voice(8_000, 500)[800..])).abs() < 0.5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn loss_reordering_and_jitter_of_any_kind_leave_a_stream_in_order(
        fates in prop::collection::vec((0_u64..400, 0_u8..10), 50..150),
        wide in any::<bool>(),
    ) {
        let (caller, agent) = if wide { (Codec::G722, Codec::Pcmu) } else { (Codec::Pcma, Codec::G722) };
        let mut two = Two::bridged(caller, agent, 20);
        let fate = |n: usize| {
            let (late, kind) = fates[n];
            match kind { 0 => None, 1..=3 => Some(late), _ => Some(late % 30) }
        };
        two.talk(&encoded(caller, fates.len() * 20), 20, fate);
        let packets: Vec<_> = two.tape.heard.iter().map(|(_, d)| Packet::read(d).unwrap()).collect();
        prop_assert!(packets.len() <= fates.len() + 20 + 4, "{} of {}", packets.len(), fates.len());
        for pair in packets.windows(2) {
            prop_assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
            prop_assert!((160..1 << 31).contains(&step));
        }
    }
}
