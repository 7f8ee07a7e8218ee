//! What a negotiator hears must be the same whatever the caller says or keys while a field is armed.

use super::*;
use std::time::Duration;
use vault_link::{MediaKey, Secured};

fn leg() -> NegotiatorLeg {
    NegotiatorLeg {
        remote: "127.0.0.1:9".parse().unwrap(),
        codec: Codec::Alaw,
        audio_payload: 8,
        sending: None,
        far_key: None,
    }
}

fn relay() -> Relay {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    Relay::open(socket, &leg(), 7).ok().unwrap()
}

fn at(ms: u64) -> Moment {
    Moment::from_millis(60_000 + ms)
}

/// 20 ms of a key's two tones.
fn tones(key: usize, from: usize) -> [u8; FRAME_SAMPLES] {
    let (low, high) = ([697.0, 770.0, 852.0, 941.0][key / 4], [1_209.0, 1_336.0, 1_477.0][key % 3]);
    std::array::from_fn(|n| {
        let at = (from + n) as f64 / 8_000.0 * TAU;
        Law::A.encode(((at * low).sin() * 8_000.0 + (at * high).sin() * 8_000.0) as i16)
    })
}

fn packet(sequence: u16, payload: &[u8]) -> Packet<'_> {
    Packet { payload_type: 8, marker: false, sequence, timestamp: 0, ssrc: 5, payload }
}

/// Two seconds on the negotiator's leg; the field is armed at the start, keys are counted at 0.5 s and 1 s.
fn armed_leg(sound: impl Fn(usize) -> Option<[u8; FRAME_SAMPLES]>) -> Vec<u8> {
    let mut relay = relay();
    let mut heard = Vec::new();
    for frame in 0..100_usize {
        let now = at(frame as u64 * 20);
        // a mask lasts: what comes between two commands is masked by the time alone
        if frame.is_multiple_of(5) {
            relay.mask(now);
        }
        if let Some(payload) = sound(frame) {
            relay.hear_caller(now, Law::A, &packet(frame as u16, &payload));
        }
        if frame == 25 || frame == 50 {
            relay.beep(now);
        }
        heard.extend(relay.fill(now));
    }
    heard
}

#[test]
fn an_armed_leg_is_the_same_to_the_byte_for_any_sound_and_any_key() {
    let silent = armed_leg(|_| None);
    for key in 0..16 {
        let keyed = armed_leg(|frame| Some(tones(key, frame * FRAME_SAMPLES)));
        assert!(keyed == silent, "the leg tells something of key {key}");
        let burst = armed_leg(|frame| (frame % 10 == 3).then(|| tones(key, 0)));
        assert!(burst == silent, "the leg tells something of a burst of key {key}");
    }
}

#[test]
fn sound_comes_back_a_second_after_the_field_and_not_before() {
    let mut relay = relay();
    let loud = [0x2A; FRAME_SAMPLES];
    let mut heard_at = None;
    relay.mask(at(0));
    for frame in 0..100_u16 {
        let now = at(u64::from(frame) * 20);
        relay.hear_caller(now, Law::A, &packet(frame, &loud));
        if heard_at.is_none() && relay.fill(now) == loud {
            heard_at = Some(now - at(0));
        }
    }
    // and the 40 ms that wait ahead
    assert_eq!(heard_at, Some(UNMASK_AFTER + Duration::from_millis(20)));
}

#[test]
fn what_was_said_just_before_the_command_is_not_sent_after_it() {
    let mut relay = relay();
    for sequence in 0..8 {
        relay.hear_caller(at(0), Law::A, &packet(sequence, &tones(4, 0)));
    }
    relay.mask(at(1));
    for n in 0..100 {
        let level = |b: u8| Law::A.table()[usize::from(b)].unsigned_abs();
        assert!(relay.fill(at(1_001 + n * 20)).into_iter().map(level).max() < Some(40));
    }
}

#[test]
fn each_key_is_one_beep_of_one_length_however_fast_they_come_and_a_storm_is_cut() {
    let level = |frame: &[u8; FRAME_SAMPLES]| {
        frame.iter().map(|b| Law::A.table()[usize::from(*b)].unsigned_abs()).max()
    };
    for (keys, beeps) in [(1, 1), (3, 3), (19, 19), (500, 19)] {
        let mut relay = relay();
        (0..keys).for_each(|_| relay.beep(at(0)));
        let loud: Vec<bool> =
            (0..200).map(|n| level(&relay.fill(at(n * 20))) > Some(1_000)).collect();
        let lengths: Vec<usize> =
            loud.split(|l| !l).map(<[bool]>::len).filter(|n| *n > 0).collect();
        assert_eq!(lengths, vec![BEEP_FRAMES; beeps], "{keys}");
    }
}

#[test]
fn sound_crosses_no_network_in_the_clear_and_no_leg_is_half_protected() {
    let secured = || Some(Secured { suite: 1, key: MediaKey::new(&[7; 30]).unwrap() });
    let far = "192.0.2.1:4000".parse().unwrap();
    let legs = [
        (NegotiatorLeg { remote: far, ..leg() }, false),
        (NegotiatorLeg { sending: secured(), ..leg() }, false),
        (NegotiatorLeg { far_key: secured(), ..leg() }, false),
        (NegotiatorLeg { sending: secured(), far_key: secured(), remote: far, ..leg() }, true),
        (leg(), true),
    ];
    for (leg, opens) in legs {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(Relay::open(socket, &leg, 1).is_ok(), opens, "{leg:?}");
    }
}
