//! What leaves, when, with which numbers.

#![allow(clippy::unwrap_used)] // a test may

mod trace;

use expect_test::expect;
use ids::LegId;
use keypad::Keys;
use media::command::{Codec, Command, Direction, LegParams, Part, Playlist};
use std::fmt::Write as _;
use trace::{LEG, Sent, World, at, params};

fn world() -> World {
    World::with(params())
}

/// One line a packet, numbers relative to the first.
fn lines(sent: &[Sent]) -> String {
    let mut out = String::new();
    let first = sent[0].packet();
    let (sequence, timestamp) = (first.sequence, first.timestamp);
    for one in sent {
        let p = one.packet();
        let (seq, ts) = (p.sequence.wrapping_sub(sequence), p.timestamp.wrapping_sub(timestamp));
        let mark = if p.marker { " M" } else { "" };
        let (length, byte) = (p.payload.len(), p.payload[0]);
        writeln!(out, "{} pt={} seq+{seq} ts+{ts} {length}x{byte}{mark}", one.ms(), p.payload_type)
            .unwrap();
    }
    out
}

#[test]
fn a_prompt_begins_at_once_and_goes_on_every_20_ms() {
    let mut world = world();
    world.until_us(7_310).play(3, 500, true).until(1_000);
    expect![[r#"
        7.31 pt=8 seq+0 ts+0 160x3 M
        27.21 pt=8 seq+1 ts+160 160x3
        47.11 pt=8 seq+2 ts+320 160x3
        67.01 pt=8 seq+3 ts+480 160x3
    "#]]
    .assert_eq(&lines(&world.sent()));
    assert_eq!(world.told(), "67.01 play-3 completed\n");
}

#[test]
fn a_play_behind_another_goes_on_on_its_grid_without_a_gap() {
    let mut world = world();
    world.play(1, 320, true).until_us(20_400).play(2, 160, true).until(1_000).play(3, 160, true);
    expect![[r#"
        0 pt=8 seq+0 ts+0 160x1 M
        20 pt=8 seq+1 ts+160 160x1
        40 pt=8 seq+2 ts+320 160x2
        1000 pt=8 seq+3 ts+8000 160x3 M
    "#]]
    .assert_eq(&lines(&world.sent()));
}

#[test]
fn a_play_that_replaces_another_leaves_the_grid_and_begins_at_once() {
    let mut world = world();
    world.play(1, 80_000, true).until(45).play(2, 320, true).until(100);
    expect![[r#"
        0 pt=8 seq+0 ts+0 160x1 M
        20 pt=8 seq+1 ts+160 160x1
        40 pt=8 seq+2 ts+320 160x1
        45 pt=8 seq+3 ts+480 160x2 M
        65 pt=8 seq+4 ts+640 160x2
    "#]]
    .assert_eq(&lines(&world.sent()));
    assert_eq!(world.told(), "45 play-1 cut off\n65 play-2 completed\n");
}

#[test]
fn plays_that_replace_each_other_all_the_time_never_run_ahead_by_more_than_a_packet() {
    let mut world = world();
    for n in 0..200 {
        world.until(n * 2).play(n, 80_000, true);
    }
    let sent = world.sent();
    assert!(sent.len() <= 22, "{} packets in 400 ms", sent.len());
}

#[test]
fn parts_and_silence_are_joined_and_the_last_packet_is_filled_up() {
    let mut world = world();
    let bytes: std::sync::Arc<[u8]> = (0..200).collect();
    let part = |start, end| Part::Audio { bytes: bytes.clone(), start, end };
    let parts = vec![part(10, 60), Part::Silence(10), part(100, 150)];
    world.play_list(1, Playlist { parts }, true, false).until(100);
    let heard: Vec<u8> = world.sent().iter().flat_map(|s| s.packet().payload.to_vec()).collect();
    let wanted: Vec<u8> = (10..60)
        .chain(std::iter::repeat_n(0xD5, 80))
        .chain(100..150)
        .chain(std::iter::repeat_n(0xD5, 140))
        .collect();
    assert_eq!(heard, wanted);
}

#[test]
fn g722_is_played_in_its_own_silence_on_the_same_clock() {
    let params = LegParams { codec: Codec::G722, payload_type: 9, ..params() };
    let mut world = World::with(params);
    world.play(1, 200, true).until(100);
    let sent = world.sent();
    let step = sent[1].packet().timestamp.wrapping_sub(sent[0].packet().timestamp);
    assert_eq!((sent.len(), sent[1].packet().payload_type, step), (2, 9, 160));
    assert_eq!(sent[1].packet().payload[40..], [audio::g722::SILENCE; 120]);
}

#[test]
fn an_empty_play_is_completed_at_once_without_a_packet() {
    let mut world = world();
    world.play(4, 0, true).until(10);
    assert_eq!(world.told(), "0 play-4 completed\n");
    assert!(world.sent().is_empty());
}

#[test]
fn a_play_can_be_stopped_and_only_by_its_own_name() {
    let mut world = world();
    world.play(1, 80_000, true).until(50);
    world.command(Command::Stop(LEG, ids::PlayId(2))).until(90);
    world.command(Command::Stop(LEG, ids::PlayId(1))).until(200);
    assert_eq!(world.told(), "90 play-1 cut off\n");
    assert_eq!(world.sent().len(), 5);
}

#[test]
fn music_repeats_until_it_is_stopped() {
    let mut world = world();
    let bytes: std::sync::Arc<[u8]> = vec![5; 400].into();
    let parts = vec![Part::Audio { bytes, start: 0, end: 400 }];
    world.play_list(1, Playlist { parts }, false, true).until(999);
    assert_eq!(world.sent().len(), 50);
    assert_eq!(world.told(), "");
}

#[test]
fn mu_law_and_other_packet_times_are_obeyed() {
    for (ptime_ms, bytes) in [(10, 80), (30, 240), (60, 480), (0, 80), (255, 480)] {
        let codec = Codec::Pcmu;
        let mut world = World::with(LegParams { codec, payload_type: 0, ptime_ms, ..params() });
        world.play(1, bytes + 1, true).until(200);
        let sent = world.sent();
        assert_eq!(sent.len(), 2);
        assert_eq!((sent[0].packet().payload_type, sent[0].packet().payload.len()), (0, bytes));
        assert_eq!(sent[1].ms(), bytes as f64 / 8.0);
        assert_eq!(sent[1].packet().payload[1..], vec![0xFF; bytes - 1]);
    }
}

#[test]
fn what_is_late_by_more_than_a_packet_is_dropped_and_the_rest_is_on_time_at_once() {
    let mut world = world();
    world.play_bytes(1, (0..50).flat_map(|n| [n; 160]).collect(), true);
    world.until(40).stall_until(145).until(200);
    expect![[r#"
        0 pt=8 seq+0 ts+0 160x0 M
        20 pt=8 seq+1 ts+160 160x1
        40 pt=8 seq+2 ts+320 160x2
        145 pt=8 seq+3 ts+1120 160x7 M
        160 pt=8 seq+4 ts+1280 160x8
        180 pt=8 seq+5 ts+1440 160x9
        200 pt=8 seq+6 ts+1600 160x10
    "#]]
    .assert_eq(&lines(&world.sent()));
    assert_eq!(world.close().dropped_late, 4);
}

#[test]
fn a_stall_beyond_the_end_of_a_prompt_ends_it() {
    let mut world = world();
    world.play(1, 1_600, true).stall_until(5_000).until(5_100);
    assert_eq!(world.told(), "5000 play-1 completed\n");
    assert_eq!(world.sent().len(), 1);
}

#[test]
fn six_hundred_legs_keep_20_ms_within_a_fifth_of_a_millisecond() {
    let mut world = World::new();
    let bytes: std::sync::Arc<[u8]> = vec![1; 16_000].into();
    let list =
        std::sync::Arc::new(Playlist { parts: vec![Part::Audio { bytes, start: 0, end: 16_000 }] });
    for n in 0..600 {
        let leg = LegId(n);
        let remote_rtp = at(&format!("10.0.0.1:{}", 10_000 + n));
        world.until_us(n * 37);
        world.command(Command::Start(leg, Box::new(LegParams { remote_rtp, ..params() })));
        let (play, list) = (ids::PlayId(n), list.clone());
        world.command(Command::Play { leg, play, list, barge_in: true, repeat: false });
    }
    let sent = world.until(1_000).sent();
    let mut last = std::collections::HashMap::new();
    let mut gaps = Vec::new();
    for one in &sent {
        if let Some(before) = last.insert(one.to, one.at) {
            gaps.push((one.at - before).as_micros() as i64 - 20_000);
        }
    }
    assert!(gaps.len() > 600 * 45);
    assert!(gaps.iter().all(|gap| gap.abs() <= 200), "{:?}", gaps.iter().max());
}

#[test]
fn a_leg_that_may_not_send_stays_quiet_but_its_plays_end() {
    for direction in [Direction::RecvOnly, Direction::Inactive] {
        let mut world = World::with(LegParams { direction, ..params() });
        world.play(1, 1_600, true).until(1_000);
        assert!(world.sent().is_empty());
        assert_eq!(world.told(), "180 play-1 completed\n");
    }
}

#[test]
fn an_old_style_hold_address_gets_nothing() {
    let mut world = World::with(LegParams { remote_rtp: at("0.0.0.0:4000"), ..params() });
    world.play(1, 1_600, true).until(100);
    assert!(world.sent().is_empty());
}

#[test]
fn a_new_codec_cuts_off_what_is_encoded_for_the_old_one() {
    let mut world = world();
    world.play(1, 80_000, true).until(50);
    let update = LegParams { codec: Codec::Pcmu, payload_type: 0, ..params() };
    world.command(Command::Update(LEG, Box::new(update))).until(60).play(2, 160, true);
    assert_eq!(world.told(), "50 play-1 cut off\n60 play-2 completed\n");
    assert_eq!(world.sent().last().unwrap().packet().payload_type, 0);
}

#[test]
fn speech_waits_while_keys_are_sent_and_the_keys_are_well_formed() {
    let mut world = world();
    world.play(1, 80_000, false).until(30);
    world.command(Command::SendKeys(LEG, Keys::from_text("1#").unwrap())).until(400);
    let sent = world.sent();
    let keys: Vec<_> = sent.iter().filter(|s| s.packet().payload_type == 101).collect();
    assert_eq!(keys.len(), 16);
    assert_eq!(keys.iter().filter(|s| s.packet().marker).count(), 2);
    assert_eq!(keys.iter().filter(|s| s.packet().payload[1] & 0x80 != 0).count(), 6);
    let numbers: Vec<u16> = sent.iter().map(|s| s.packet().sequence).collect();
    assert!(numbers.is_sorted_by(|a, b| b.wrapping_sub(*a) == 1));
    let speech_meanwhile =
        sent.iter().filter(|s| s.packet().payload_type == 8 && (50.0..330.0).contains(&s.ms()));
    assert_eq!(speech_meanwhile.count(), 0);
}
