//! The gate: who is answered, who is let through, and that nobody makes anything grow.

use crate::gate::{Gate, Verdict};
use crate::limits::{ANSWER_BYTES_MAX, HANDSHAKE_DATAGRAMS_MAX};
use crate::stun::crc32;
use media::command::{Fingerprint, FingerprintHash, IceTerms, Meeting};
use proptest::prelude::*;
use ring::hmac;
use std::net::SocketAddr;

const NAME: &str = "ours:thei";
const PASSWORD: &str = "0123456789abcdefghijklmn";
const CLIENT_HELLO: [u8; 14] = [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
const USE_CANDIDATE: (u16, &[u8]) = (0x0025, &[]);
const CONTROLLED: (u16, &[u8]) = (0x8029, &[0; 8]);

fn gate(with_ice: bool) -> Gate {
    let ice = with_ice.then(|| IceTerms {
        local_name: "ours".to_owned(),
        local_password: PASSWORD.to_owned(),
        remote_name: "thei".to_owned(),
    });
    let print = Fingerprint { hash: FingerprintHash::Sha256, digest: "AB".to_owned() };
    let remote = address("192.0.2.7:9");
    Gate::new(&Meeting { remote, ice, we_begin: true, fingerprints: vec![print] })
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A binding request with these attributes, signed by this password.
fn check(name: &str, password: &str, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
    bytes.extend(1..=12);
    let push = |bytes: &mut Vec<u8>, kind: u16, value: &[u8]| {
        bytes.extend(kind.to_be_bytes());
        bytes.extend((value.len() as u16).to_be_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    };
    push(&mut bytes, 6, name.as_bytes());
    attributes.iter().for_each(|(kind, value)| push(&mut bytes, *kind, value));
    let announce = |bytes: &mut Vec<u8>, more: usize| {
        let length = (bytes.len() + more - 20) as u16;
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
    };
    announce(&mut bytes, 24);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let tag = hmac::sign(&key, &bytes);
    push(&mut bytes, 8, tag.as_ref());
    announce(&mut bytes, 8);
    let sum = crc32(&bytes) ^ 0x5354_554E;
    push(&mut bytes, 0x8028, &sum.to_be_bytes());
    bytes
}

fn ask(gate: &mut Gate, from: &str, bytes: &[u8]) -> (Verdict, Vec<u8>) {
    let mut out = [0; ANSWER_BYTES_MAX];
    let verdict = gate.handle_datagram(address(from), bytes, &mut out);
    let length = match verdict {
        Verdict::Answer { length, .. } => length,
        _ => 0,
    };
    (verdict, out[..length].to_vec())
}

#[test]
fn a_datagram_goes_where_its_first_byte_says() {
    let mut gate = gate(false);
    for (first, wanted) in [
        (0, Verdict::Drop),
        (4, Verdict::Drop),
        (19, Verdict::Drop),
        (20, Verdict::Handshake),
        (63, Verdict::Handshake),
        (64, Verdict::Drop),
        (127, Verdict::Drop),
        (128, Verdict::Media),
        (191, Verdict::Media),
        (192, Verdict::Drop),
    ] {
        assert_eq!(ask(&mut gate, "192.0.2.7:4000", &[first; 40]).0, wanted, "{first}");
    }
    assert_eq!(ask(&mut gate, "192.0.2.7:4000", &[]).0, Verdict::Drop);
}

#[test]
fn whoever_knows_the_password_is_answered_and_may_shake_hands() {
    let mut gate = gate(true);
    let peer = "198.51.100.4:50000";
    assert_eq!(ask(&mut gate, peer, &CLIENT_HELLO).0, Verdict::Drop, "not proved yet");
    let (verdict, answer) = ask(&mut gate, peer, &check(NAME, PASSWORD, &[]));
    assert_eq!(verdict, Verdict::Answer { length: 64, chosen: false });
    assert_eq!(answer[..2], [1, 1]);
    assert_eq!(ask(&mut gate, peer, &CLIENT_HELLO).0, Verdict::Handshake);
    assert_eq!(ask(&mut gate, "198.51.100.4:50001", &CLIENT_HELLO).0, Verdict::Drop);
    let chosen = check(NAME, PASSWORD, &[USE_CANDIDATE]);
    assert_eq!(ask(&mut gate, peer, &chosen).0, Verdict::Answer { length: 64, chosen: true });
    // consent goes on being given, the choice is told once
    assert_eq!(ask(&mut gate, peer, &chosen).0, Verdict::Answer { length: 64, chosen: false });
}

#[test]
fn whoever_does_not_is_told_so_in_no_more_bytes_than_he_sent() {
    let mut gate = gate(true);
    let peer = "198.51.100.4:50000";
    for (request, code) in [
        (check(NAME, "another password, as long", &[USE_CANDIDATE]), 401),
        (check("ours:else", PASSWORD, &[USE_CANDIDATE]), 401),
        (check(NAME, PASSWORD, &[CONTROLLED]), 487),
        (check(NAME, PASSWORD, &[(0x0777, b"what?")]), 420),
    ] {
        let (verdict, answer) = ask(&mut gate, peer, &request);
        assert!(matches!(verdict, Verdict::Answer { chosen: false, .. }), "{code}: {verdict:?}");
        assert_eq!(answer[..2], [1, 0x11]);
        assert_eq!(u16::from(answer[26]) * 100 + u16::from(answer[27]), code);
        assert!(answer.len() <= request.len());
        assert_eq!(ask(&mut gate, peer, &CLIENT_HELLO).0, Verdict::Drop, "{code}");
    }
}

#[test]
fn a_flood_of_handshakes_is_let_through_up_to_its_number() {
    let mut gate = gate(false);
    let verdicts = (0..10_000).map(|_| ask(&mut gate, "192.0.2.7:4000", &CLIENT_HELLO).0);
    let passed = verdicts.filter(|v| *v == Verdict::Handshake).count();
    assert_eq!(passed, usize::from(HANDSHAKE_DATAGRAMS_MAX));
    assert_eq!(ask(&mut gate, "192.0.2.7:4000", &[0x80; 40]).0, Verdict::Media);
}

#[test]
fn strangers_cannot_take_the_place_of_the_host_that_was_named() {
    let mut gate = gate(false);
    let strangers = (0..10_000).map(|_| ask(&mut gate, "198.51.100.9:4000", &CLIENT_HELLO).0);
    let passed = strangers.filter(|v| *v == Verdict::Handshake).count();
    assert_eq!(passed, usize::from(HANDSHAKE_DATAGRAMS_MAX) / 2);
    assert_eq!(ask(&mut gate, "192.0.2.7:4000", &CLIENT_HELLO).0, Verdict::Handshake);
}

proptest! {
    #[test]
    fn nothing_that_is_sent_makes_the_gate_stumble(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        let mut gate = gate(true);
        ask(&mut gate, "198.51.100.4:1", &bytes);
        // a right request with one byte changed proves nobody
        let mut request = check(NAME, PASSWORD, &[USE_CANDIDATE, (0x8022, b"software")]);
        let at = at.index(request.len());
        if request[at] != with {
            request[at] = with;
            let (verdict, _) = ask(&mut gate, "198.51.100.4:1", &request);
            // a first byte of media or of a handshake makes it that; neither proves anybody
            let media = (128..=191).contains(&request[0]);
            let wanted = if media { Verdict::Media } else { Verdict::Drop };
            prop_assert_eq!(verdict, wanted);
            prop_assert_eq!(ask(&mut gate, "198.51.100.4:1", &CLIENT_HELLO).0, Verdict::Drop);
        }
    }

    #[test]
    fn no_bytes_are_a_certificate_that_makes_the_reader_stumble(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        crate::certificate::public_key(&bytes);
        let made = rcgen::generate_simple_self_signed(vec!["a".to_owned()]).unwrap();
        let mut der = made.cert.der().to_vec();
        let (curve, point) = crate::certificate::public_key(&der).unwrap();
        prop_assert_eq!((curve, point.len()), (crate::certificate::Curve::P256, 65));
        let at = at.index(der.len());
        der[at] = with;
        crate::certificate::public_key(&der);
    }
}
