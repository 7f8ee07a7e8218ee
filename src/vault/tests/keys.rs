//! Keys through a bad network: each counted once.

use super::*;

fn at(ms: u64) -> Moment {
    Moment::from_millis(1_000 + ms)
}

/// One packet of an event: `held` in ms.
fn event(intake: &mut KeyIntake, now: Moment, stamp: u32, digit: u8, held: u16, end: bool) {
    let block =
        rtp::EventBlock { event: rtp::EventCode(digit), end, volume: 10, duration: held * 8 };
    let payload = block.bytes();
    let packet = Packet {
        payload_type: 101,
        marker: held == 20,
        sequence: 1,
        timestamp: stamp,
        ssrc: 7,
        payload: &payload,
    };
    intake.handle_packet(now, &packet);
}

fn heard(intake: &mut KeyIntake) -> Vec<u8> {
    std::iter::from_fn(|| intake.poll()).map(Key::event).collect()
}

#[test]
fn repeated_ends_are_one_key() {
    let mut intake = KeyIntake::by_events(101);
    event(&mut intake, at(0), 0, 4, 20, false);
    for n in 0..3 {
        event(&mut intake, at(60 + n * 20), 0, 4, 60, true);
    }
    assert_eq!(heard(&mut intake), [4]);
}

#[test]
fn a_key_whose_ends_were_all_lost_counts_after_150_ms_and_once() {
    let mut intake = KeyIntake::by_events(101);
    event(&mut intake, at(0), 0, 4, 20, false);
    event(&mut intake, at(40), 0, 4, 60, false);
    assert_eq!(heard(&mut intake), []);
    intake.handle_timeout(intake.poll_timeout());
    event(&mut intake, at(300), 0, 4, 60, true);
    assert_eq!(heard(&mut intake), [4]);
}

#[test]
fn a_key_of_which_only_the_end_arrived_counts() {
    let mut intake = KeyIntake::by_events(101);
    event(&mut intake, at(0), 0, 9, 80, true);
    assert_eq!(heard(&mut intake), [9]);
}

#[test]
fn the_same_key_twice_is_two_keys_and_a_late_packet_of_the_first_none() {
    let mut intake = KeyIntake::by_events(101);
    event(&mut intake, at(0), 0, 4, 60, true);
    event(&mut intake, at(100), 800, 4, 60, true);
    event(&mut intake, at(110), 0, 4, 60, true);
    assert_eq!(heard(&mut intake), [4, 4]);
}

#[test]
fn forty_milliseconds_are_a_key_and_twenty_are_none() {
    let mut intake = KeyIntake::by_events(101);
    event(&mut intake, at(0), 0, 1, 40, true);
    event(&mut intake, at(100), 800, 2, 20, true);
    assert_eq!(heard(&mut intake), [1]);
}

#[test]
fn tones_beside_negotiated_events_are_not_listened_to() {
    let mut intake = KeyIntake::by_events(101);
    let tone = audio::tone::key_tone(5, 100, -10.0).unwrap();
    let bytes: Vec<u8> = tone.iter().map(|s| Law::A.encode(*s)).collect();
    for (n, payload) in bytes.chunks(160).enumerate() {
        let packet =
            Packet { payload_type: 8, marker: false, sequence: 0, timestamp: 0, ssrc: 7, payload };
        intake.handle_packet(at(n as u64 * 20), &packet);
    }
    assert_eq!(heard(&mut intake), []);
}

#[test]
fn keys_are_heard_in_the_sound_where_nothing_else_was_agreed() {
    let mut intake = KeyIntake::by_sound(0, Law::Mu);
    let mut samples = audio::tone::key_tone(5, 100, -10.0).unwrap();
    samples.resize(3_200, 0);
    let bytes: Vec<u8> = samples.iter().map(|s| Law::Mu.encode(*s)).collect();
    for (n, payload) in bytes.chunks(160).enumerate() {
        let packet =
            Packet { payload_type: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 7, payload };
        intake.handle_packet(at(n as u64 * 20), &packet);
    }
    assert_eq!(heard(&mut intake), [5]);
}

#[test]
fn a_storm_is_cut_off_and_told() {
    let mut intake = KeyIntake::by_events(101);
    for n in 0..500_u32 {
        event(&mut intake, at(u64::from(n)), n * 400, 3, 60, true);
    }
    assert_eq!(heard(&mut intake).len(), KEYS_PER_SECOND_MAX as usize);
    assert_eq!(intake.take_storms(), 1);
}
