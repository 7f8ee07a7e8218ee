//! A recorded leg: who is on which side, where on the tape, and what never gets there.

#![allow(clippy::unwrap_used)] // a test may

mod trace;

use audio::g711::alaw_encode;
use audio::tone::{Sine, tone};
use media::command::{Command, Taping};
use proptest::prelude::*;
use trace::{LEG, PHONE, World, params};

const THEIRS: usize = 0;
const OURS: usize = 1;

/// A second of a tone, A-law.
fn second_of(hz: f64) -> Vec<u8> {
    tone(&[Sine { hz, dbfs: -12.0 }], 1_000).into_iter().map(alaw_encode).collect()
}

fn level(samples: &[i16]) -> f32 {
    audio::level::rms_dbfs(samples)
}

fn taping() -> World {
    let mut world = World::with(params());
    world.until(1_000).command(Command::Record(LEG, Taping::Begin));
    world
}

/// The phone says this from `ms` on, packet by packet.
fn say(world: &mut World, ms: u64, sound: &[u8]) {
    for (n, packet) in sound.chunks(160).enumerate() {
        world.until(ms + n as u64 * 20).audio(packet);
    }
}

fn record(world: &mut World, ms: u64, what: Taping) {
    world.until(ms).command(Command::Record(LEG, what));
}

#[test]
fn the_caller_is_left_we_are_right_and_the_length_is_the_calls() {
    let mut world = taping();
    world.until(2_000).play_bytes(1, second_of(600.0), false);
    say(&mut world, 4_000, &second_of(440.0));
    world.until(6_000).close();
    let (theirs, ours) = (world.taped(THEIRS), world.taped(OURS));
    assert_eq!(theirs.len(), 5 * 8_000);
    for (side, from) in [(&ours, 8_000), (&theirs, 24_000)] {
        assert!((-13.0..-11.0).contains(&level(&side[from..from + 8_000])));
        assert!(level(&side[..from]) < -90.0 && level(&side[from + 8_000..]) < -90.0);
    }
}

#[test]
fn a_lost_packet_is_silence_in_its_place_and_a_late_one_finds_its_own() {
    let mut world = taping();
    let sound = second_of(440.0);
    let packets: Vec<&[u8]> = sound.chunks(160).collect();
    for (n, packet) in packets.iter().enumerate() {
        world.until(2_000 + n as u64 * 20);
        world.sequence = n as u16;
        match n {
            10 => {}
            20 => {}
            // number 20 comes behind 21
            21 => {
                world.rtp(PHONE, 8, 21 * 160, packet);
                world.sequence = 20;
                world.rtp(PHONE, 8, 20 * 160, packets[20]);
            }
            _ => drop(world.rtp(PHONE, 8, n as u32 * 160, packet)),
        }
    }
    world.until(4_000).close();
    let theirs = world.taped(THEIRS);
    let clean: Vec<i16> = packets.concat().iter().map(|b| audio::g711::alaw_decode(*b)).collect();
    let from = 8_000;
    for (n, want) in clean.chunks(160).enumerate() {
        let got = &theirs[from + n * 160..from + (n + 1) * 160];
        match n {
            10 => assert!(got.iter().all(|sample| *sample == 0), "packet 10 was lost"),
            _ => assert_eq!(got, want, "packet {n}"),
        }
    }
}

#[test]
fn under_a_mask_neither_side_is_kept_and_the_mask_is_as_long_as_it_was_and_a_fifth_of_a_second() {
    let mut world = taping();
    let whole: Vec<u8> = (0..6).flat_map(|_| second_of(440.0)).collect();
    world.until(1_000).play_bytes(1, whole.clone(), false);
    let mut mouth = whole.chunks(160).enumerate();
    for (n, packet) in mouth.by_ref() {
        world.until(1_000 + n as u64 * 20).audio(packet);
        match n {
            100 => record(&mut world, 3_000, Taping::Mask(7)),
            200 => record(&mut world, 5_000, Taping::Unmask),
            _ => {}
        }
    }
    world.until(7_000).close();
    assert_eq!(world.masks(), [(7, 17_600)]);
    for side in [THEIRS, OURS] {
        let taped = world.taped(side);
        assert_eq!(taped.len(), 6 * 8_000);
        assert!(taped[16_000..33_600].iter().all(|sample| *sample == 0), "side {side}");
        assert!(level(&taped[..15_000]) > -13.0 && level(&taped[33_700..47_000]) > -13.0);
    }
}

#[test]
fn one_mask_after_another_is_two_spans_and_one_that_is_on_at_the_end_counts() {
    let mut world = taping();
    record(&mut world, 2_000, Taping::Mask(1));
    record(&mut world, 3_000, Taping::Mask(2));
    record(&mut world, 3_500, Taping::Unmask);
    record(&mut world, 4_000, Taping::Mask(3));
    world.until(4_500).close();
    assert_eq!(world.masks(), [(1, 8_000), (2, 5_600), (3, 4_000)]);
    assert_eq!(world.taped(OURS).len(), 3 * 8_000 + 4_000);
}

#[test]
fn a_key_is_not_on_the_tape() {
    let mut world = taping();
    world.until(2_000).key(5);
    world.until(4_000).close();
    assert!(world.taped(THEIRS).iter().all(|sample| *sample == 0));
}

#[test]
fn a_recorder_without_room_ends_the_tape_and_the_call_goes_on() {
    let mut world = taping();
    world.until(2_000).play(1, 16_000, false).fill_recorder();
    world.until(5_000);
    assert_eq!(world.told(), "2200 tape full\n3980 play-1 completed\n");
    record(&mut world, 6_000, Taping::Mask(1));
    world.until(6_500).close();
    assert_eq!(world.masks(), []);
}

#[test]
fn a_thread_that_was_held_up_loses_no_time_on_the_tape() {
    let mut world = taping();
    world.until(2_000).stall_until(9_000).until(9_500).close();
    assert_eq!(world.taped(OURS).len(), 8_500 * 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_comes_and_whatever_is_masked_the_tape_is_as_long_as_its_time(
        steps in proptest::collection::vec((1_u64..700, 0_u8..6, any::<u32>()), 1..60)
    ) {
        let mut world = taping();
        let mut ms = 1_000;
        for (gap, what, number) in steps {
            ms += gap;
            world.until(ms);
            match what {
                0 => drop(world.command(Command::Record(LEG, Taping::Mask(number)))),
                1 => drop(world.command(Command::Record(LEG, Taping::Unmask))),
                2 => drop(world.rtp(PHONE, 8, number, &[0x55; 160])),
                3 => drop(world.play(u64::from(number), 4_000, false)),
                _ => drop(world.audio(&[0x2A; 160])),
            }
        }
        world.close();
        let length = world.taped(OURS).len() as u64;
        // a mask that was just taken off reaches a fifth of a second further
        prop_assert!((0..=1_600).contains(&(length - (ms - 1_000) * 8)), "{length} at {ms}");
    }
}
