//! A leg of Opus: what it says and hears, its clock, its losses, and whom it is bridged to.
#![allow(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

mod trace;

use allocation_counter::measure;
use audio::coding::{Coding, Decoder, Encoder};
use audio::level::rms_dbfs;
use ids::{LegId, Moment};
use media::command::{BridgedKeys, Codec, Command, LegParams, Taping};
use media::{Shard, Stream, Wire};
use rtp::{EventBlock, EventCode, Header, Packet};
use std::net::SocketAddr;
use trace::{LEG, PHONE, World, at, params};

const OPUS: u8 = 111;
const KEYS: u8 = 110;
const OTHER: LegId = LegId(2);
const OTHER_AT: &str = "10.0.0.2:5000";

fn browser() -> LegParams {
    LegParams {
        codec: Codec::Opus,
        payload_type: OPUS,
        telephone_event: Some((KEYS, 48_000)),
        ..params()
    }
}

/// Something like a voice, at 16 kHz.
fn voice(ms: usize) -> Vec<i16> {
    let sample = |n: usize| {
        let t = n as f64 / 16_000.0 * std::f64::consts::TAU;
        let (low, mid, high) = ((t * 140.0).sin(), (t * 980.0).sin(), (t * 2_660.0).sin());
        ((low * 0.5 + mid * 0.3 + high * 0.2) * (0.6 + 0.4 * (t * 3.0).sin()) * 12_000.0) as i16
    };
    (0..ms * 16).map(sample).collect()
}

/// As a browser sends it, packets of `ms`.
fn packets(sound_ms: usize, ms: usize) -> Vec<Vec<u8>> {
    let (mut encoder, mut packet) = (opus::Encoder::new().unwrap(), [0; 1_275]);
    let mut one = |piece: &[i16]| {
        let length = encoder.encode(piece, &mut packet);
        packet[..length].to_vec()
    };
    voice(sound_ms).chunks_exact(ms * 16).map(&mut one).collect()
}

/// A prompt as all legs of 16 kHz share it.
fn prompt(ms: usize) -> Vec<u8> {
    let mut bytes = vec![0; ms * 8];
    Encoder::new(Coding::G722).encode_into(&voice(ms), &mut bytes);
    bytes
}

fn decoded<'d>(datagrams: impl Iterator<Item = &'d Vec<u8>>) -> Vec<i16> {
    let mut decoder = opus::Decoder::new().unwrap();
    let mut all = Vec::new();
    for datagram in datagrams {
        let mut samples = [0; opus::SAMPLES_MAX];
        let count = decoder.decode(Packet::read(datagram).unwrap().payload, &mut samples);
        all.extend_from_slice(&samples[..count]);
    }
    all
}

#[test]
fn a_prompt_leaves_as_opus_at_its_level_in_a_clock_of_48_khz() {
    for (wanted, ptime_ms) in [(10_u8, 10_u16), (20, 20), (30, 20), (40, 40), (50, 40), (60, 60)] {
        let mut world = World::with(LegParams { ptime_ms: wanted, ..browser() });
        world.play_bytes(1, prompt(2_400), false).until(3_000);
        assert!(world.told().contains("1 completed"));
        let sent = world.sent();
        assert_eq!(sent.len() as u64, 2_400 / u64::from(ptime_ms), "{wanted} ms wanted");
        let step = u32::from(ptime_ms) * 48;
        for pair in sent.windows(2) {
            let (one, two) = (pair[0].packet(), pair[1].packet());
            assert_eq!((two.payload_type, two.marker), (OPUS, false));
            assert_eq!(two.timestamp.wrapping_sub(one.timestamp), step);
            assert_eq!(opus::samples_in(two.payload), Some(usize::from(ptime_ms) * 16));
        }
        let heard = decoded(sent.iter().map(|sent| &sent.datagram));
        let level = rms_dbfs(&heard) - rms_dbfs(&voice(2_400));
        assert!(level.abs() < 1.5, "{ptime_ms} ms: {level} dB");
    }
}

#[test]
fn a_report_counts_bytes_as_they_left_in_the_clock_of_the_wire() {
    let mut world = World::with(browser());
    world.play_bytes(1, prompt(8_000), false).until(7_900);
    let reports = world.reports();
    let told = |sent: &trace::Sent| rtp::read_rtcp(&sent.datagram, 0).unwrap().sender;
    let sender = reports.iter().filter_map(told).next_back().unwrap();
    assert!(sender.octets < sender.packets * 100, "{sender:?}: Opus has some 60 bytes a packet");
    let stats = world.close();
    assert!((394..=396).contains(&stats.sent), "{} packets in 7.9 s", stats.sent);
}

#[test]
fn its_keys_stop_a_prompt_and_are_told_in_its_clock() {
    let mut world = World::with(browser());
    world.play_bytes(1, prompt(5_000), true).until(500);
    let key = |world: &mut World, duration, end| {
        let block = EventBlock { event: EventCode(5), end, volume: 10, duration };
        world.rtp(PHONE, KEYS, 48_000, &block.bytes());
    };
    for n in 1..=5_u16 {
        key(&mut world, n * 960, false);
        world.until(500 + u64::from(n) * 20);
    }
    key(&mut world, 5 * 960, true);
    let told = world.told();
    assert!(told.contains("down, stopped play-1"), "{told}");
    assert!(told.contains("up 5 after 100 ms by Rtp"), "{told}");
    assert!(world.close().malformed == 0);
}

#[test]
fn keys_that_we_press_have_the_timestamps_of_the_sound_around_them() {
    let mut world = World::with(browser());
    world.play_bytes(1, prompt(200), false).until(200);
    let sound = world.sent();
    let mut keys = keypad::Keys::default();
    let _ = keys.push(keypad::Key::from_event(7).unwrap());
    world.command(Command::SendKeys(LEG, keys)).until(400);
    let sent = world.sent();
    let key = sent[0].packet();
    let last = sound.last().unwrap();
    let behind = key.timestamp.wrapping_sub(last.packet().timestamp);
    let wall = ((sent[0].ms() - last.ms()) * 48.0) as u32;
    assert!(key.payload_type == KEYS && behind.abs_diff(wall) <= 960, "{behind} {wall}");
    let durations: Vec<u16> = (sent.iter())
        .map(|sent| EventBlock::read(sent.packet().payload).unwrap().duration)
        .collect();
    assert_eq!((durations[0], durations.last().copied()), (960, Some(4_800)));
}

/// A jitter of the wire's clock is told in it, and kept in µs.
#[test]
fn jitter_and_loss_are_those_of_the_wire() {
    let mut world = World::with(browser());
    for (n, packet) in packets(3_000, 20).iter().enumerate() {
        world.until(100 + n as u64 * 20 + if n % 2 == 0 { 8 } else { 0 });
        if n % 10 == 9 {
            world.sequence += 1;
            continue;
        }
        world.rtp(PHONE, OPUS, (n as u32 * 960).wrapping_sub(5_000), packet);
    }
    let stats = world.close();
    assert_eq!(stats.lost, 14, "the last one is not missed yet");
    assert!((4_000..9_000).contains(&stats.jitter_us_max), "{} µs", stats.jitter_us_max);
    assert!(stats.heard.unwrap().mos_hundredths < 400);
}

#[test]
fn both_sides_are_on_the_tape_and_a_lost_packet_is_told_by_the_next() {
    let mut world = World::with(browser());
    world.command(Command::Record(LEG, Taping::Begin));
    world.play_bytes(1, prompt(2_000), false);
    for (n, packet) in packets(2_000, 20).iter().enumerate() {
        world.until(n as u64 * 20);
        match n % 20 == 15 {
            true => world.sequence += 1,
            false => drop(world.rtp(PHONE, OPUS, n as u32 * 960, packet)),
        }
    }
    world.until(3_000).close();
    for side in [0, 1] {
        let taped = world.taped(side);
        let level = rms_dbfs(&taped[1_600..14_400]) - rms_dbfs(&voice(2_000));
        assert!((-2.0..1.0).contains(&level), "side {side}: {level} dB");
    }
    let silent = world.taped(0)[1_600..14_400].chunks(80).filter(|p| rms_dbfs(p) < -60.0).count();
    assert_eq!(silent, 0, "no hole where a packet was lost");
}

#[test]
fn who_listens_again_after_a_whole_round_of_sequence_numbers_hears_on() {
    let mut world = World::with(browser());
    let packets = packets(400, 20);
    world.command(Command::Record(LEG, Taping::Begin)).rtp(PHONE, OPUS, 0, &packets[0]);
    world.until(20).command(Command::Record(LEG, Taping::End));
    for n in 1..65_536_u32 {
        world.rtp(PHONE, OPUS, n * 960, &packets[1]);
    }
    world.command(Command::Record(LEG, Taping::Begin));
    for n in 0..20_u32 {
        world.rtp(PHONE, OPUS, (65_536 + n) * 960, &packets[n as usize]);
        world.until(40 + u64::from(n) * 20);
    }
    world.until(1_000).close();
    assert!(rms_dbfs(&world.taped(0)[800..2_400]) > -30.0);
}

struct Two {
    shard: Shard,
    tape: Heard,
}

/// What a leg was sent.
#[derive(Default)]
struct Heard {
    now: Moment,
    keeps: bool,
    sent: u64,
    other: Vec<Vec<u8>>,
    browser: Vec<Vec<u8>>,
}

impl Wire for Heard {
    fn send(&mut self, leg: LegId, stream: Stream, _: SocketAddr, datagram: &[u8]) {
        self.sent += 1;
        if self.keeps && stream == Stream::Rtp {
            let kept = if leg == OTHER { &mut self.other } else { &mut self.browser };
            kept.push(datagram.to_vec());
        }
    }

    fn latch(&mut self, _: LegId, _: Option<SocketAddr>) {}
}

impl Two {
    fn of(other: LegParams, keeps: bool) -> Self {
        let mut two = Self { shard: Shard::new(1), tape: Heard { keeps, ..Heard::default() } };
        two.command(Command::Start(LEG, Box::new(browser())));
        two.command(Command::Start(OTHER, Box::new(other)));
        for (leg, to) in [(LEG, OTHER), (OTHER, LEG)] {
            two.command(Command::Bridge { leg, to, keys: BridgedKeys::ToPeer });
        }
        two
    }

    fn command(&mut self, command: Command) {
        self.shard.handle_command(self.tape.now, command, &mut self.tape);
    }

    fn until(&mut self, ms: u64) {
        let end = Moment::from_millis(ms);
        while self.shard.poll_timeout() <= end {
            self.tape.now = self.shard.poll_timeout().max(self.tape.now);
            self.shard.handle_timeout(self.tape.now, &mut self.tape);
        }
        self.tape.now = end;
    }

    fn says(&mut self, leg: LegId, header: Header, payload: &[u8]) {
        let mut out = [0; 1_472];
        let length = header.write(payload, &mut out);
        let from = at(if leg == LEG { PHONE } else { OTHER_AT });
        let (now, tape) = (self.tape.now, &mut self.tape);
        self.shard.handle_datagram(now, leg, Stream::Rtp, from, &mut out[..length], tape);
    }
}

fn header(payload_type: u8, n: usize, step: u32) -> Header {
    let (sequence, timestamp) = (n as u16, n as u32 * step);
    Header { payload_type, marker: false, sequence, timestamp, ssrc: u32::from(payload_type) }
}

fn other(codec: Codec, payload_type: u8) -> LegParams {
    let remote_rtp = at(OTHER_AT);
    let events = if codec == Codec::Opus { (KEYS, 48_000) } else { (101, 8_000) };
    LegParams {
        remote_rtp,
        remote_rtcp: at("10.0.0.2:5001"),
        codec,
        payload_type,
        telephone_event: Some(events),
        ..params()
    }
}

#[test]
fn a_voice_goes_both_ways_between_a_browser_and_every_telephone() {
    for (codec, payload_type) in [(Codec::Pcma, 8), (Codec::Pcmu, 0), (Codec::G722, 9)] {
        let mut two = Two::of(other(codec, payload_type), true);
        let coding = codec.coding();
        let mut bytes = vec![0; 16_000];
        let wide = voice(2_000);
        let narrow: Vec<i16> = wide.iter().step_by(2).copied().collect();
        let samples = if coding.samples_per_byte() == 2 { &wide } else { &narrow };
        Encoder::new(coding).encode_into(samples, &mut bytes);
        for (n, packet) in packets(2_000, 20).iter().enumerate() {
            two.until(100 + n as u64 * 20);
            two.says(LEG, header(OPUS, n, 960), packet);
            two.says(OTHER, header(payload_type, n, 160), &bytes[n * 160..(n + 1) * 160]);
        }
        two.until(2_400);
        let (mut decoder, mut heard) = (Decoder::new(coding), Vec::new());
        for datagram in &two.tape.other {
            let packet = Packet::read(datagram).unwrap();
            assert_eq!((packet.payload_type, packet.payload.len()), (payload_type, 160));
            let mut samples = vec![0; 160 * coding.samples_per_byte()];
            decoder.decode_into(packet.payload, &mut samples);
            heard.extend(samples);
        }
        let level = rms_dbfs(&heard) - rms_dbfs(&wide);
        assert!((-2.5..1.0).contains(&level), "{codec:?} hears {level} dB");
        let heard = decoded(two.tape.browser.iter());
        let level = rms_dbfs(&heard) - rms_dbfs(&wide);
        assert!((-2.5..1.0).contains(&level), "a browser hears {codec:?} at {level} dB");
        let steps = two.tape.browser.windows(2).all(|pair| {
            let [one, two] = [&pair[0], &pair[1]].map(|d| Packet::read(d).unwrap());
            two.timestamp.wrapping_sub(one.timestamp) == 960
        });
        assert!(steps && two.tape.browser.len() > 95, "{} packets", two.tape.browser.len());
    }
}

#[test]
fn between_two_browsers_packets_go_on_as_they_are() {
    let mut two = Two::of(other(Codec::Opus, 96), true);
    let sent = packets(1_000, 20);
    for (n, packet) in sent.iter().enumerate() {
        two.until(100 + n as u64 * 20);
        two.says(LEG, header(OPUS, n, 960), packet);
        assert_eq!(two.tape.other.len(), n + 1, "in the same turn");
        let datagram = two.tape.other.last().unwrap();
        let came = Packet::read(datagram).unwrap();
        assert_eq!((came.payload_type, came.payload), (96, &packet[..]));
        let first = Packet::read(&two.tape.other[0]).unwrap().timestamp;
        assert_eq!(came.timestamp.wrapping_sub(first), n as u32 * 960);
    }
}

#[test]
fn a_browsers_key_reaches_a_telephone_in_its_clock_and_back() {
    let mut two = Two::of(other(Codec::Pcma, 8), true);
    for n in 1..=5_usize {
        two.until(n as u64 * 20);
        let event = |duration| EventBlock { event: EventCode(3), end: n == 5, volume: 9, duration };
        let of = |payload_type| Header { timestamp: 77, ..header(payload_type, n, 0) };
        two.says(LEG, of(KEYS), &event(n as u16 * 960).bytes());
        two.says(OTHER, of(101), &event(n as u16 * 160).bytes());
    }
    let durations = |datagrams: &[Vec<u8>]| -> Vec<u16> {
        let block = |d: &Vec<u8>| EventBlock::read(Packet::read(d).unwrap().payload).unwrap();
        datagrams.iter().map(|d| block(d).duration).collect()
    };
    assert_eq!(durations(&two.tape.other), [160, 320, 480, 640, 800]);
    assert_eq!(durations(&two.tape.browser), [960, 1_920, 2_880, 3_840, 4_800]);
}

/// A peer that is silent sends nothing, or a byte now and then: pauses of a browser stay pauses.
#[test]
fn a_pause_of_a_browser_is_a_pause_for_the_telephone() {
    let mut two = Two::of(other(Codec::Pcma, 8), true);
    let said = packets(400, 20);
    let (mut n, mut at_ms) = (0, 100);
    for talk in 0..2 {
        for packet in &said {
            two.until(at_ms);
            let numbers = Header { timestamp: at_ms as u32 * 48, ..header(OPUS, n, 0) };
            two.says(LEG, numbers, packet);
            (n, at_ms) = (n + 1, at_ms + 20);
        }
        at_ms += 1_000;
        two.until(at_ms - 20);
        let sent = two.tape.other.len();
        let whole = (talk + 1) * (said.len() + 5);
        assert!(sent <= whole && sent >= (talk + 1) * said.len() - 2, "{sent} of {whole}");
    }
}

#[test]
fn a_leg_may_change_to_opus_and_back_within_a_call() {
    let mut world = World::with(params());
    world.play_bytes(1, vec![0xD5; 1_600], false).until(300);
    let before = world.sent()[0].packet().ssrc;
    world.command(Command::Update(LEG, Box::new(browser())));
    world.play_bytes(2, prompt(200), false).until(600);
    let sent = world.sent();
    assert_eq!(sent[0].packet().payload_type, OPUS);
    assert_ne!(sent[0].packet().ssrc, before, "another clock is another stream");
    let steps = sent.windows(2).map(|p| p[1].packet().timestamp - p[0].packet().timestamp);
    assert!(steps.into_iter().all(|step| step == 960));
    world.command(Command::Update(LEG, Box::new(params())));
    world.play_bytes(3, vec![0xD5; 1_600], false).until(900);
    assert_eq!(world.sent()[0].packet().payload.len(), 160);
}

#[test]
fn random_bytes_in_opus_hurt_nobody() {
    let mut two = Two::of(other(Codec::Pcma, 8), true);
    let mut seed = 7_u32;
    for n in 0..3_000 {
        let mut dice = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        two.until(100 + n as u64 * 5);
        let payload: Vec<u8> = (0..dice() % 1_300).map(|_| dice() as u8).collect();
        let numbers =
            Header { timestamp: dice() << 16, ..header(OPUS, n * (1 + dice() as usize % 3), 0) };
        two.says(LEG, numbers, &payload);
    }
    assert!(two.tape.sent > 0);
}

/// A minute each way, and what it costs: printed, not judged.
#[test]
fn a_minute_of_a_browser_and_a_telephone_allocates_nothing() {
    let mut two = Two::of(other(Codec::Pcma, 8), false);
    let (said, silence) = (packets(2_000, 20), [0xD5; 160]);
    let mut at = 0;
    let mut run = |two: &mut Two, packets: usize| {
        for n in at..at + packets {
            two.until(100 + n as u64 * 20);
            if n % 50 != 49 {
                two.says(LEG, header(OPUS, n, 960), &said[n % said.len()]);
            }
            two.says(OTHER, header(8, n, 160), &silence);
        }
        at += packets;
    };
    run(&mut two, 200);
    let before = two.tape.sent;
    let counted = measure(|| run(&mut two, 3_000));
    assert!(two.tape.sent - before > 5_900, "{} packets", two.tape.sent - before);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn an_opus_leg_costs_half_a_megabyte_and_no_more() {
    let cost = |params: &dyn Fn() -> LegParams| {
        let of = || {
            World::with(params()).close();
        };
        measure(of).bytes_max
    };
    let more = cost(&browser) - cost(&params);
    println!("a leg of Opus: {more} bytes more than one of G.711");
    assert!(more < 512_000, "{more}");
}
