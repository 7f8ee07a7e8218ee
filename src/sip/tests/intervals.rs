//! Session timers as packet traces (RFC 4028).

#![allow(clippy::unwrap_used)]

mod wire;

use sip::{Config, EndedBy, Event, OfferVia, SessionId, SessionTimer};
use wire::{Phone, Wire, value};

const ALLOW: &str = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n";

/// A call of a phone that says this in its INVITE, up; and our 200 to it.
fn up_with(w: &mut Wire, headers: &str) -> (Phone, SessionId, String) {
    let mut phone = Phone::new();
    phone.extra = headers.to_owned();
    w.receive(&phone.invite(Some("offer")));
    let (id, _) = w.incoming();
    w.stack.answer(w.now, id, b"answer".to_vec());
    let ok = w.sent();
    phone.learn(&ok);
    w.receive(&phone.ack(None));
    assert!(matches!(w.event(), Event::Established { .. }));
    phone.extra.clear();
    (phone, id, ok)
}

/// A call of ours that a phone answered with these headers; the INVITE.
fn called_with(w: &mut Wire, headers: &str) -> (Phone, SessionId, String) {
    let mut phone = Phone::new();
    let id = w.call(Some("offer"));
    let invite = w.sent();
    phone.extra = headers.to_owned();
    w.receive(&phone.respond(&invite, 200, "answer"));
    phone.extra.clear();
    assert!(w.sent().starts_with("ACK "));
    assert!(matches!(w.event(), Event::Answered { .. }));
    phone.call_id = value(&invite, "Call-ID").to_owned();
    phone.to = value(&invite, "From").to_owned();
    (phone, id, invite)
}

#[test]
fn a_caller_who_refreshes_is_believed_until_the_timer_is_nearly_over() {
    let mut w = Wire::new();
    let asks = "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n";
    let (mut phone, id, ok) = up_with(&mut w, asks);
    assert!(ok.contains("Session-Expires: 600;refresher=uac\r\nRequire: timer\r\n"), "{ok}");
    w.run_s(500);
    w.silent();
    w.receive(&phone.request("UPDATE", asks, ""));
    assert!(w.sent().contains("Session-Expires: 600;refresher=uac\r\n"));
    let byes = w.sending_times_ms(|m| m.starts_with("BYE "), 600_000);
    assert_eq!(byes.first(), Some(&568_000), "32 s before the end");
    assert!(w.last.contains("Reason: Q.850;cause=102;text=\"Session timer expired\"\r\n"));
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::TimedOut, cause: None });
    w.run_s(40);
    w.empty();
}

#[test]
fn we_refresh_by_update_where_the_peer_allows_it() {
    let mut w = Wire::new();
    let asks = format!("Supported: timer\r\n{ALLOW}");
    let (mut phone, id, ok) = up_with(&mut w, &asks);
    assert!(ok.contains("Session-Expires: 1800;refresher=uas\r\n"), "{ok}");
    let sent = w.sending_times_ms(|m| m.starts_with("UPDATE "), 900_000);
    assert_eq!(sent, [900_000]);
    let update = w.last.clone();
    assert!(update.contains("Session-Expires: 1800;refresher=uac\r\n"), "{update}");
    assert!(update.ends_with("Content-Length: 0\r\n\r\n"));
    phone.extra = "Session-Expires: 1800;refresher=uac\r\n".to_owned();
    w.receive(&phone.respond(&update, 200, ""));
    w.silent();
    assert_eq!(w.sending_times_ms(|m| m.starts_with("UPDATE "), 900_000), [900_000]);
    let update = w.last.clone();
    w.receive(&phone.respond(&update, 481, ""));
    assert!(w.sent().starts_with("BYE "));
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::Peer, cause: None });
}

#[test]
fn we_refresh_by_the_standing_offer_where_update_is_not_allowed() {
    let mut w = Wire::new();
    let (mut phone, id, _) = up_with(&mut w, "Supported: timer\r\nAllow: INVITE, ACK, BYE\r\n");
    assert_eq!(w.sending_times_ms(|_| true, 900_000), []);
    assert_eq!(w.event(), Event::RefreshWanted { session: id });
    w.stack.reinvite(w.now, id, b"the same".to_vec());
    let invite = w.sent();
    assert!(invite.contains("Session-Expires: 1800;refresher=uac\r\n"));
    phone.extra = "Session-Expires: 1800;refresher=uac\r\n".to_owned();
    w.receive(&phone.respond(&invite, 200, "as before"));
    w.sent();
    assert_eq!(w.event(), Event::OfferAnswered { session: id, sdp: b"as before".to_vec() });
    w.run_s(899);
    w.silent();
}

#[test]
fn a_peer_that_takes_no_update_after_all_gets_a_reinvite() {
    let mut w = Wire::new();
    let (mut phone, id, _) = up_with(&mut w, &format!("Supported: timer\r\n{ALLOW}"));
    w.sending_times_ms(|m| m.starts_with("UPDATE "), 900_000);
    let update = w.last.clone();
    w.receive(&phone.respond(&update, 405, ""));
    w.run_s(1);
    assert_eq!(w.event(), Event::RefreshWanted { session: id });
}

#[test]
fn a_refresh_that_fails_is_tried_again_until_the_session_ends() {
    let mut w = Wire::new();
    let (mut phone, id, _) = up_with(&mut w, &format!("Supported: timer\r\n{ALLOW}"));
    for expected in [900_000, 225_000, 225_000, 225_000] {
        let sent = w.sending_times_ms(|m| m.starts_with("UPDATE "), expected);
        assert_eq!(sent, [expected]);
        let update = w.last.clone();
        w.receive(&phone.respond(&update, 503, ""));
    }
    let byes = w.sending_times_ms(|m| m.starts_with("BYE "), 225_000);
    assert_eq!(byes.first(), Some(&(1_768_000 - 1_575_000)));
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::TimedOut, cause: None });
}

#[test]
fn too_small_an_interval_gets_422_in_and_outside_a_dialog() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    phone.extra = "Supported: timer\r\nSession-Expires: 60\r\n".to_owned();
    w.receive(&phone.invite(Some("offer")));
    let sent = w.sent();
    assert!(sent.starts_with("SIP/2.0 422 Session Interval Too Small\r\n"));
    assert!(sent.contains("Min-SE: 90\r\n"));
    w.silent();
    let mut w = Wire::new();
    let (mut phone, ..) = up_with(&mut w, "");
    w.receive(&phone.request("UPDATE", "Require: timer\r\nx: 30\r\n", ""));
    assert!(w.sent().starts_with("SIP/2.0 422"));
    w.receive(&phone.request("UPDATE", "x: 30\r\n", ""));
    assert!(w.sent().contains("Session-Expires: 30;refresher=uas\r\n"), "a proxy's wish");
}

#[test]
fn a_422_to_our_call_makes_it_again_with_a_longer_interval() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call(Some("offer"));
    let invite = w.sent();
    assert!(invite.contains("Session-Expires: 1800\r\n") && invite.contains("timer"));
    phone.extra = "Min-SE: 3600\r\n".to_owned();
    w.receive(&phone.respond(&invite, 422, ""));
    assert!(w.sent().starts_with("ACK "));
    let again = w.sent();
    assert!(again.contains("Session-Expires: 3600\r\nMin-SE: 3600\r\n"), "{again}");
    assert!(again.contains("CSeq: 2 INVITE\r\n") && again.ends_with("offer"));
    assert_eq!(value(&again, "Call-ID"), value(&invite, "Call-ID"));
    assert!(!again.contains("Session-Expires: 1800"));
    w.receive(&phone.respond(&again, 422, ""));
    assert!(w.sent().starts_with("ACK "));
    let Event::Failed { session, status: 422, local: false, .. } = w.event() else { panic!() };
    assert_eq!(session, id, "the same Min-SE twice is no reason to try again");
    w.run_s(40);
    w.empty();
}

#[test]
fn a_422_to_a_refresh_makes_it_again_at_once() {
    let mut w = Wire::new();
    let answers = format!("Session-Expires: 1800;refresher=uac\r\n{ALLOW}");
    let (mut phone, ..) = called_with(&mut w, &answers);
    assert_eq!(w.sending_times_ms(|m| m.starts_with("UPDATE "), 900_000), [900_000]);
    let update = w.last.clone();
    phone.extra = "Min-SE: 2000\r\n".to_owned();
    w.receive(&phone.respond(&update, 422, ""));
    assert!(w.sent().contains("Session-Expires: 2000;refresher=uac\r\nMin-SE: 2000\r\n"));
}

#[test]
fn a_called_peer_that_refreshes_or_knows_no_timer_is_left_alone() {
    let mut w = Wire::new();
    let (mut phone, ..) = called_with(&mut w, "Session-Expires: 1800;refresher=uas\r\n");
    w.run_s(1_700);
    w.silent();
    let offer = "Contact: <sip:anna@192.0.2.9>\r\nSupported: timer\r\nSession-Expires: 1800;refresher=uac\r\n";
    w.receive(&phone.request("INVITE", offer, "the same"));
    let Event::Offer { session, via: OfferVia::Reinvite, .. } = w.event() else { panic!() };
    w.stack.answer_offer(w.now, session, b"answer".to_vec());
    assert!(w.sent().contains("Session-Expires: 1800;refresher=uac\r\n"));
    w.receive(&phone.ack(None));
    w.run_s(1_700);
    w.silent();
    let mut w = Wire::new();
    called_with(&mut w, "");
    w.run_s(100_000);
    w.silent();
}

#[test]
fn without_session_timers_they_are_neither_asked_for_nor_supported() {
    let config = Config { session_timer: None, ..Config::new([7; 32]) };
    let mut w = Wire::with(config.clone());
    w.call(Some("offer"));
    let invite = w.sent();
    assert!(!invite.contains("Session-Expires") && !invite.contains("timer"));
    let (_, _, ok) = up_with(&mut w, "Session-Expires: 60\r\n");
    assert!(!ok.contains("Session-Expires"));
    let mut w = Wire::with(config);
    let mut phone = Phone::new();
    phone.extra = "Require: timer\r\n".to_owned();
    w.receive(&phone.invite(Some("offer")));
    assert!(w.sent().contains("Unsupported: timer\r\n"));
    let timer = SessionTimer::new(600, 300);
    let mut w = Wire::with(Config { session_timer: Some(timer), ..Config::new([7; 32]) });
    w.call(Some("offer"));
    assert!(w.sent().contains("Session-Expires: 600\r\nMin-SE: 300\r\n"));
}

#[test]
fn an_offer_of_ours_waits_for_the_one_before_it_and_a_third_fails() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.stack.reinvite(w.now, id, b"first".to_vec());
    let first = w.sent();
    w.stack.update(w.now, id, b"second".to_vec());
    w.silent();
    w.stack.update(w.now, id, b"third".to_vec());
    assert_eq!(w.event(), Event::OfferFailed { session: id, status: 491 });
    w.receive(&phone.respond(&first, 200, "agreed"));
    assert!(w.sent().starts_with("ACK "));
    w.event();
    assert_eq!(w.sending_times_ms(|m| m.starts_with("UPDATE "), 100), [0]);
    let second = w.last.clone();
    assert!(second.ends_with("second"));
    phone.extra = "Retry-After: 7\r\n".to_owned();
    w.receive(&phone.respond(&second, 500, ""));
    assert_eq!(w.sending_times_ms(|m| m.ends_with("second"), 7_000), [7_000]);
}
