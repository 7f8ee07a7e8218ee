//! A leg whose peer talks to somebody else for a while: what comes is not looked at.

#![allow(clippy::unwrap_used)] // a test may

mod trace;

use keypad::Key;
use media::Stream;
use media::command::{Command, Listening, Taping};
use trace::{LEG, PHONE, PHONE_RTCP, World, params, tone_packets};

fn listen(world: &mut World, how: Listening) -> &mut World {
    world.command(Command::Listen(LEG, how))
}

#[test]
fn a_deaf_leg_speaks_on_and_no_key_of_any_road_is_told_or_counted() {
    let mut world = World::with(params());
    world.audio(&[0xD5; 160]).play(7, 16_000, true);
    listen(&mut world, Listening::Deaf).until(100).key(5);
    let five = Key::from_char('5').unwrap();
    world.command(Command::InfoKey(LEG, five, 100)).until(2_500);
    assert_eq!(world.told(), "1980 play-7 completed\n");
    assert_eq!(world.sent().len(), 100);
    let stats = world.close();
    assert_eq!((stats.keys, stats.received), ([0, 0, 0], 1));
}

#[test]
fn tones_in_the_sound_of_a_deaf_leg_are_not_listened_to() {
    let mut world = World::with(media::command::LegParams { telephone_event: None, ..params() });
    listen(&mut world, Listening::Deaf);
    for packet in tone_packets(Some(5), 100) {
        world.audio(&packet);
        let next = world.now().micros() + 20_000;
        world.until_us(next);
    }
    world.until(500);
    assert_eq!(world.told(), "");
}

#[test]
fn a_key_that_was_down_as_the_leg_fell_deaf_is_never_told() {
    let mut world = World::with(params());
    world.event(5, 0, 160, false);
    assert_eq!(world.told(), "0 down\n");
    listen(&mut world, Listening::Deaf).until(40).event(5, 0, 480, true).until(1_000);
    assert_eq!(world.told(), "");
    listen(&mut world, Listening::Open).key(6).until(2_000);
    assert!(world.told().contains("up 6"));
}

#[test]
fn a_leg_that_is_away_sends_nothing_and_comes_back_to_a_peer_that_lost_nothing() {
    let mut world = World::with(params());
    world.play(7, 80_000, true);
    for _ in 0..10 {
        world.audio(&[0xD5; 160]);
        let next = world.now().micros() + 20_000;
        world.until_us(next);
    }
    world.sent();
    world.told();
    listen(&mut world, Listening::Away);
    assert_eq!(world.told(), "200 play-7 cut off\n");
    world.play(8, 800, false).until(60_000);
    assert_eq!((world.sent().len(), world.reports().len()), (0, 0));
    assert_eq!(world.told(), "280 play-8 completed\n", "the silence is nobody's death");
    // the peer counted on meanwhile
    world.sequence = 2_500;
    let back = Command::Update(LEG, Box::new(params()));
    world.command(back);
    listen(&mut world, Listening::Deaf).key(5);
    listen(&mut world, Listening::Open).audio(&[0xD5; 160]).key(6).until(61_000);
    let told = world.told();
    assert!(told.contains("up 6") && !told.contains("up 5"), "{told}");
    world.play(9, 800, false).until(61_200);
    assert_eq!(world.sent().len(), 5);
    assert_eq!(world.close().lost, 0);
}

#[test]
fn reports_of_a_peer_that_is_not_listened_to_are_not_read_either() {
    let mut world = World::with(params());
    listen(&mut world, Listening::Deaf);
    world.datagram(Stream::Rtcp, PHONE_RTCP, &[0xFF; 40]).datagram(Stream::Rtp, PHONE, &[1; 3]);
    assert_eq!(world.close().malformed, 0);
}

#[test]
fn the_tape_of_a_leg_that_is_away_goes_on_as_long_as_the_call_does() {
    let mut world = World::with(params());
    world.command(Command::Record(LEG, Taping::Begin)).until(1_000);
    world.command(Command::Record(LEG, Taping::Mask(1)));
    listen(&mut world, Listening::Away).until(31_000);
    listen(&mut world, Listening::Open);
    world.command(Command::Record(LEG, Taping::Unmask)).until(32_000);
    world.close();
    assert_eq!(world.taped(0).len(), 32 * 8_000);
    let masked: u64 = world.masks().iter().map(|(_, frames)| frames).sum();
    assert!((30 * 8_000..31 * 8_000).contains(&masked), "{masked}");
}
