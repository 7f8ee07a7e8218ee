//! Our requests against servers that challenge them, as packet traces.

#![allow(clippy::unwrap_used)]

mod wire;

use sip::digest::Credentials;
use sip::{Event, SessionId};
use wire::{Phone, Wire, value};

const SDP: &str = "v=0\r\nm=audio 4000 RTP/AVP 8\r\n";

fn challenge(nonce: &str, more: &str) -> String {
    format!(
        "Proxy-Authenticate: Digest realm=\"carrier\", nonce=\"{nonce}\", qop=\"auth\", algorithm=SHA-256{more}\r\n"
    )
}

/// An INVITE of ours that was challenged and sent again: the phone, the session, the second INVITE.
fn challenged() -> (Wire, Phone, SessionId, String) {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call_as(Some(SDP), Some(Credentials::new("firm", "pass")));
    let first = w.sent();
    assert!(!first.contains("Authorization"), "{first}");
    phone.extra = challenge("n1", "");
    w.receive(&phone.respond(&first, 407, ""));
    phone.extra.clear();
    let ack = w.sent();
    assert!(ack.starts_with("ACK ") && value(&ack, "CSeq") == "1 ACK", "{ack}");
    let second = w.sent();
    (w, phone, id, second)
}

#[test]
fn a_challenged_invite_is_sent_once_more_with_the_same_offer() {
    let (mut w, mut phone, id, second) = challenged();
    assert_eq!(value(&second, "CSeq"), "2 INVITE");
    assert!(second.ends_with(SDP), "{second}");
    let proof = value(&second, "Proxy-Authorization").to_owned();
    assert!(proof.contains("username=\"firm\"") && proof.contains("nc=00000001"), "{proof}");
    assert!(!second.contains("pass"), "{second}");
    w.receive(&phone.respond(&second, 200, SDP));
    let ack = w.sent();
    assert_eq!(value(&ack, "CSeq"), "2 ACK");
    assert_eq!(value(&ack, "Proxy-Authorization"), proof, "the ACK repeats the INVITE's proof");
    assert_eq!(w.event(), Event::Answered { session: id, sdp: SDP.into() });
    w.stack.bye(w.now, id, None);
    let bye = w.sent();
    assert!(value(&bye, "Proxy-Authorization").contains("nc=00000002"), "{bye}");
    w.receive(&phone.respond(&bye, 200, ""));
    w.silent_but_events();
    w.run_s(70);
    w.empty();
}

#[test]
fn a_wrong_password_fails_the_call_with_the_servers_own_status() {
    let (mut w, mut phone, id, second) = challenged();
    phone.extra = challenge("n2", "");
    w.receive(&phone.respond(&second, 407, ""));
    assert!(w.sent().starts_with("ACK "));
    let Event::Failed { session, status: 407, local: false, .. } = w.event() else { panic!() };
    assert_eq!(session, id);
    w.silent();
    w.run_s(70);
    w.empty();
}

#[test]
fn a_stale_nonce_is_answered_once_again() {
    let (mut w, mut phone, _, second) = challenged();
    phone.extra = challenge("n2", ", stale=true");
    w.receive(&phone.respond(&second, 407, ""));
    assert!(w.sent().starts_with("ACK "));
    let third = w.sent();
    assert_eq!(value(&third, "CSeq"), "3 INVITE");
    assert!(third.contains("nonce=\"n2\"") && third.contains("nc=00000001"), "{third}");
}

#[test]
fn a_challenged_bye_and_update_are_sent_again_too() {
    let (mut w, mut phone, id, second) = challenged();
    w.receive(&phone.respond(&second, 200, SDP));
    w.sent();
    w.event();
    w.stack.update(w.now, id, b"offer 2".to_vec());
    let update = w.sent();
    phone.extra = challenge("n9", "");
    w.receive(&phone.respond(&update, 407, ""));
    let again = w.sent();
    assert!(again.starts_with("UPDATE ") && again.ends_with("offer 2"), "{again}");
    assert!(again.contains("nonce=\"n9\""), "{again}");
    phone.extra.clear();
    w.receive(&phone.respond(&again, 200, "answer 2"));
    assert_eq!(w.event(), Event::OfferAnswered { session: id, sdp: b"answer 2".to_vec() });
    w.stack.bye(w.now, id, None);
    let bye = w.sent();
    assert!(bye.contains("nonce=\"n9\"") && bye.contains("nc=00000002"), "{bye}");
    phone.extra = challenge("n10", "");
    w.receive(&phone.respond(&bye, 407, ""));
    let again = w.sent();
    assert!(again.starts_with("BYE ") && again.contains("nonce=\"n10\""), "{again}");
    phone.extra.clear();
    w.receive(&phone.respond(&again, 200, ""));
    w.silent_but_events();
    w.run_s(70);
    w.empty();
}

#[test]
fn a_call_that_is_being_given_up_is_not_made_again() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call_as(Some(SDP), Some(Credentials::new("firm", "pass")));
    let invite = w.sent();
    w.stack.cancel(w.now, id);
    phone.extra = challenge("n1", "");
    w.receive(&phone.respond(&invite, 407, ""));
    assert!(w.sent().starts_with("ACK "));
    assert!(matches!(w.event(), Event::Failed { status: 407, .. }));
    w.silent();
}
