//! Keys over all roads, and what they stop.

#![allow(clippy::unwrap_used)] // a test may

mod trace;

use expect_test::expect;
use keypad::Key;
use media::command::{Codec, Command, Direction, LegParams};
use trace::{LEG, World, params, tone_packets};

fn world() -> World {
    World::with(params())
}

fn inband() -> LegParams {
    LegParams { telephone_event: None, ..params() }
}

fn hear_tone(world: &mut World, event: Option<u8>, ms: u32) {
    for packet in tone_packets(event, ms) {
        world.audio(&packet);
        let next = world.now().micros() + 20_000;
        world.until_us(next);
    }
}

#[test]
fn the_first_packet_of_a_key_stops_the_prompt_in_the_same_turn() {
    let mut world = world();
    world.play(7, 80_000, true).until(113).key(5).until(500);
    expect![[r#"
        113 down, stopped play-7
        113 play-7 cut off
        193 up 5 after 80 ms by Rtp
    "#]]
    .assert_eq(&world.told());
    assert!(world.sent().iter().all(|sent| sent.ms() < 113.0));
}

#[test]
fn a_notice_is_not_stopped_by_a_key() {
    let mut world = world();
    world.play(7, 1_600, false).until(50).key(5).until(500);
    expect![[r#"
        50 down
        130 up 5 after 80 ms by Rtp
        180 play-7 completed
    "#]]
    .assert_eq(&world.told());
}

#[test]
fn a_key_too_short_is_told_as_void_so_that_the_prompt_can_start_again() {
    let mut world = world();
    world.play(7, 80_000, true).until(100).event(5, 800, 160, false);
    world.until(120).event(5, 800, 240, true).until(500);
    expect![[r#"
        100 down, stopped play-7
        100 play-7 cut off
        120 void
    "#]]
    .assert_eq(&world.told());
    assert_eq!(world.close().key_anomalies, [1, 0, 0]);
}

#[test]
fn four_keys_over_a_step_change_are_four_keys() {
    let mut world = world();
    for (n, key) in [5, 1, 2, 3].into_iter().enumerate() {
        world.until(n as u64 * 130).key(key);
        world.play(n as u64, 8_000, true);
    }
    let told = world.until(2_000).told();
    let ups: Vec<&str> = told.lines().filter(|line| line.contains("up")).collect();
    assert_eq!(ups.len(), 4, "{told}");
    assert_eq!(world.close().keys, [4, 0, 0]);
}

#[test]
fn a_hole_of_one_and_a_half_seconds_and_lost_ends_make_one_key() {
    let mut world = world();
    world.event(5, 0, 160, false).until(40).event(5, 0, 480, false);
    world.until(1_540).event(5, 0, 12_320, false).until(3_000);
    expect![[r#"
        0 down
        190 up 5 after 60 ms by Rtp
    "#]]
    .assert_eq(&world.told());
    assert_eq!(world.close().key_anomalies, [0, 1, 0]);
}

#[test]
fn tones_are_heard_where_events_were_not_agreed() {
    let mut world = World::with(inband());
    world.play(7, 80_000, true);
    hear_tone(&mut world, Some(9), 80);
    hear_tone(&mut world, None, 100);
    let told = world.told();
    assert!(told.contains("down, stopped play-7") && told.contains("up 9 after"), "{told}");
    assert_eq!(world.close().keys, [0, 1, 0]);
}

#[test]
fn tones_are_not_listened_for_where_events_were_agreed() {
    let mut world = world();
    hear_tone(&mut world, Some(9), 200);
    assert_eq!(world.told(), "");
}

#[test]
fn tones_in_g722_are_heard_as_well() {
    let mut world = World::with(LegParams { codec: Codec::G722, payload_type: 9, ..inband() });
    let samples = audio::tone::key_tone(7, 120, -16.0).unwrap();
    let (mut wide, mut bytes) = (vec![0; samples.len() * 2], vec![0; samples.len()]);
    audio::half_band::Doubler::default().double_into(&samples, &mut wide);
    audio::g722::Encoder::default().encode_into(&wide, &mut bytes);
    bytes.extend([audio::g722::SILENCE; 800]);
    for (n, frame) in (1..).zip(bytes.chunks(160)) {
        world.rtp(trace::PHONE, 9, n * 160, frame).until(u64::from(n) * 20);
    }
    assert!(world.told().contains("up 7 after"));
}

#[test]
fn an_event_and_its_tone_together_are_one_key() {
    let mut world = World::with(LegParams { inband_always: true, ..params() });
    let packets = tone_packets(Some(9), 100);
    for (n, packet) in (0_u16..).zip(&packets) {
        world.event(9, 0, (n + 1) * 160, false).audio(packet);
        world.until(u64::from(n + 1) * 20);
    }
    world.event(9, 0, 800, true);
    hear_tone(&mut world, None, 100);
    expect![[r#"
        0 down
        100 up 9 after 100 ms by Rtp
    "#]]
    .assert_eq(&world.told());
    let stats = world.close();
    assert_eq!((stats.keys, stats.key_anomalies), ([1, 0, 0], [0, 0, 1]));
}

#[test]
fn a_tone_whose_stream_stops_is_still_ended() {
    let mut world = World::with(LegParams { codec: Codec::Pcma, ..inband() });
    hear_tone(&mut world, Some(4), 80);
    world.until(1_000);
    assert!(world.told().contains("210 up 4"));
}

#[test]
fn a_key_by_sip_info_counts_once_and_stops_the_prompt() {
    let mut world = world();
    let key = Key::from_char('3').unwrap();
    world.play(7, 80_000, true).until(50).command(Command::InfoKey(LEG, key, 160));
    world.until(300).key(3).until(400).command(Command::InfoKey(LEG, key, 0));
    world.until(900).command(Command::InfoKey(LEG, key, 20)).until(1_000);
    expect![[r#"
        50 down, stopped play-7
        50 play-7 cut off
        50 up 3 after 160 ms by Info
        300 down
        380 up 3 after 80 ms by Rtp
        900 down
        900 void
    "#]]
    .assert_eq(&world.told());
}

#[test]
fn the_end_of_a_key_to_the_next_prompts_first_packet_takes_no_grid() {
    let mut world = world();
    world.play(1, 80_000, true).until(113).key(5);
    world.sent();
    // the control plane answers 0.3 ms after the key's end
    world.until_us(193_300).play(2, 1_600, true);
    let first = world.sent();
    assert_eq!((first.len(), first[0].ms()), (1, 193.3));
    assert!(first[0].packet().marker);
}

#[test]
fn on_hold_keys_are_not_acted_on() {
    let mut world = World::with(LegParams { direction: Direction::SendOnly, ..params() });
    world.key(5).until(1_000);
    assert_eq!(world.told(), "");
}

#[test]
fn keys_in_strange_packets_never_print() {
    let mut world = world();
    world.rtp(trace::PHONE, 101, 0, &[5, 0, 0]).rtp(trace::PHONE, 101, 0, &[77, 0, 1, 1]);
    assert_eq!(world.told(), "");
    assert_eq!(world.close().malformed, 1);
}
