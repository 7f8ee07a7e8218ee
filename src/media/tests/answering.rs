//! Who has answered, heard packet by packet: with packets, without them, with holes.

#![allow(clippy::unwrap_used)] // a test may

mod trace;

use audio::tone::{Sine, tone};
use media::command::Command;
use std::time::Duration;
use trace::{LEG, World, params};

/// Something like a voice: a pitch of 120 Hz with its overtones, `ms` long.
fn voice(ms: u32) -> Vec<i16> {
    let sines: Vec<_> =
        (1..12).map(|n| Sine { hz: 120.0 * f64::from(n), dbfs: -20.0 - f64::from(n) }).collect();
    tone(&sines, ms)
}

/// Syllables one after the other, as a machine speaks.
fn greeting(syllables: usize) -> Vec<i16> {
    [voice(180), silence(80)].concat().repeat(syllables)
}

fn silence(ms: usize) -> Vec<i16> {
    vec![0; ms * 8]
}

fn beep(ms: u32) -> Vec<i16> {
    tone(&[Sine { hz: 1_000.0, dbfs: -20.0 }], ms)
}

fn answered() -> World {
    let mut world = World::with(params());
    world.command(Command::Detect(LEG, Some(Duration::from_secs(3))));
    world
}

/// Sends sound in packets of so many ms, each on time.
fn send(world: &mut World, ptime_ms: usize, sound: &[i16]) {
    for packet in sound.chunks(ptime_ms * 8) {
        let coded: Vec<u8> = packet.iter().map(|s| audio::g711::alaw_encode(*s)).collect();
        let next = world.now().micros() / 1_000 + ptime_ms as u64;
        world.audio(&coded).until(next);
    }
}

fn order(told: &str, wanted: &[&str]) {
    let mut rest = told;
    for word in wanted {
        let at = rest.find(word).unwrap_or_else(|| panic!("no {word} in its place:\n{told}"));
        rest = &rest[at + word.len()..];
    }
}

#[test]
fn a_word_and_silence_are_a_person_in_packets_of_any_length() {
    for ptime_ms in [10, 20, 30, 60] {
        let mut world = answered();
        send(&mut world, ptime_ms, &[silence(300), voice(500), silence(1_200)].concat());
        order(&world.told(), &["SpeechBegan", "who: Human", "MaySpeak"]);
    }
}

#[test]
fn a_peer_that_sends_nothing_while_it_is_silent_is_heard_as_silent() {
    let mut world = answered();
    send(&mut world, 20, &[silence(300), voice(500)].concat());
    world.until(2_500);
    order(&world.told(), &["SpeechBegan", "who: Human", "MaySpeak"]);
}

#[test]
fn a_peer_that_sends_nothing_at_all_is_unknown_and_never_a_machine() {
    let mut world = answered();
    world.until(25_000);
    let told = world.told();
    order(&told, &["MaySpeak", "who: Unknown", "Over"]);
    assert!(!told.contains("Machine") && !told.contains("SpeechBegan"), "{told}");
}

#[test]
fn a_greeting_and_a_beep_are_a_machine_and_the_moment_to_speak() {
    let mut world = answered();
    send(&mut world, 20, &[silence(300), greeting(15), silence(400), beep(300)].concat());
    send(&mut world, 20, &silence(400));
    order(&world.told(), &["SpeechBegan", "who: Machine", "Beep"]);
}

#[test]
fn a_machine_that_only_falls_silent_is_told_after_two_seconds() {
    let mut world = answered();
    send(&mut world, 20, &[silence(300), greeting(15), silence(2_500)].concat());
    order(&world.told(), &["who: Machine", "SilentAfterMachine"]);
}

#[test]
fn nothing_is_told_that_nobody_asked_for_and_nothing_after_it_is_stopped() {
    let mut world = World::with(params());
    send(&mut world, 20, &[voice(500), silence(1_000)].concat());
    assert_eq!(world.told(), "");
    world.command(Command::Detect(LEG, Some(Duration::from_secs(3))));
    world.command(Command::Detect(LEG, None));
    send(&mut world, 20, &[voice(500), silence(1_000)].concat());
    assert_eq!(world.told(), "");
}
