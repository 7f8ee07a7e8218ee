//! Reliable provisional responses and forked calls as packet traces (RFC 3262, RFC 3261 section 12.1.2).

#![allow(clippy::unwrap_used)]

mod wire;

use sip::{Config, EndedBy, Event, OfferVia, Reliability, SessionId};
use wire::{Phone, Wire, value};

const CAN: &str = "Supported: 100rel\r\n";

/// A call of somebody who can do PRACK, as far as its first event.
fn comes(w: &mut Wire, sdp: Option<&str>) -> (Phone, SessionId) {
    let mut phone = Phone::new();
    phone.extra = CAN.to_owned();
    w.receive(&phone.invite(sdp));
    let (id, _) = w.incoming();
    (phone, id)
}

fn rseq(response: &str) -> u32 {
    value(response, "RSeq").parse().unwrap()
}

fn prack(phone: &mut Phone, rseq: u32, body: &str) -> String {
    phone.request("PRACK", &format!("RAck: {rseq} 1 INVITE\r\n"), body)
}

fn with(reliable: Reliability) -> Wire {
    Wire::with(Config { reliable, ..Config::new([7; 32]) })
}

#[test]
fn a_reliable_response_is_repeated_until_its_prack_and_the_next_one_waits() {
    let mut w = Wire::new();
    let (mut phone, id) = comes(&mut w, Some("offer"));
    w.stack.progress(w.now, id, 180, None);
    w.stack.progress(w.now, id, 183, Some(b"answer".to_vec()));
    let ringing = w.sent();
    assert!(ringing.starts_with("SIP/2.0 180") && ringing.contains("Require: 100rel\r\n"));
    w.silent();
    assert_eq!(w.sending_times_ms(|m| m == ringing, 4_000), [500, 1_500, 3_500]);
    phone.learn(&ringing);
    w.receive(&prack(&mut phone, rseq(&ringing), ""));
    assert!(w.sent().starts_with("SIP/2.0 200 OK\r\n"));
    let early = w.sent();
    assert!(early.starts_with("SIP/2.0 183") && early.ends_with("answer"));
    assert_eq!(rseq(&early), rseq(&ringing) + 1);
    w.receive(&prack(&mut phone, rseq(&early), ""));
    w.sent();
    assert_eq!(w.sending_times_ms(|_| true, 10_000), []);
    w.stack.answer(w.now, id, b"answer".to_vec());
    let ok = w.sent();
    assert!(ok.starts_with("SIP/2.0 200 OK\r\n") && ok.ends_with("Content-Length: 0\r\n\r\n"));
}

#[test]
fn without_a_prack_in_64_t1_the_call_gets_504() {
    let mut w = Wire::new();
    let (_, id) = comes(&mut w, Some("offer"));
    w.stack.progress(w.now, id, 180, None);
    w.sent();
    let refused = w.sending_times_ms(|m| m.starts_with("SIP/2.0 504"), 32_100);
    assert_eq!(refused, [32_000]);
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::TimedOut, cause: None });
    w.run_s(40);
    w.empty();
}

#[test]
fn a_200_waits_for_the_prack_of_a_response_with_sdp_and_for_no_other() {
    let mut w = Wire::new();
    let (mut phone, id) = comes(&mut w, Some("offer"));
    w.stack.progress(w.now, id, 183, Some(b"answer".to_vec()));
    let early = w.sent();
    w.stack.answer(w.now, id, b"answer".to_vec());
    w.silent();
    phone.learn(&early);
    w.receive(&prack(&mut phone, rseq(&early), ""));
    assert!(w.sent().contains(" PRACK\r\n"));
    assert!(w.sent().contains("CSeq: 1 INVITE\r\n"));

    let mut w = Wire::new();
    let (mut phone, id) = comes(&mut w, Some("offer"));
    w.stack.progress(w.now, id, 180, None);
    let ringing = w.sent();
    w.stack.answer(w.now, id, b"answer".to_vec());
    assert!(w.sent().ends_with("answer"));
    phone.learn(&ringing);
    w.receive(&prack(&mut phone, rseq(&ringing), ""));
    assert!(w.sent().starts_with("SIP/2.0 200 OK"), "its PRACK may come late");
}

#[test]
fn a_prack_that_matches_nothing_gets_481_and_one_without_rack_400() {
    let mut w = Wire::new();
    let (mut phone, id) = comes(&mut w, Some("offer"));
    w.stack.progress(w.now, id, 180, None);
    let ringing = w.sent();
    phone.learn(&ringing);
    let n = rseq(&ringing);
    w.receive(&prack(&mut phone, n + 1, ""));
    assert!(w.sent().starts_with("SIP/2.0 481"));
    w.receive(&phone.request("PRACK", &format!("RAck: {n} 2 INVITE\r\n"), ""));
    assert!(w.sent().starts_with("SIP/2.0 481"));
    w.receive(&phone.request("PRACK", "RAck: once INVITE\r\n", ""));
    assert!(w.sent().starts_with("SIP/2.0 400"));
    w.receive(&prack(&mut phone, n, ""));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    w.receive(&prack(&mut phone, n, ""));
    assert!(w.sent().starts_with("SIP/2.0 481"), "acknowledged already");
}

#[test]
fn a_late_offer_travels_in_the_183_and_its_answer_in_the_prack() {
    let mut w = Wire::new();
    let (mut phone, id) = comes(&mut w, None);
    w.stack.progress(w.now, id, 183, Some(b"our offer".to_vec()));
    let early = w.sent();
    assert!(early.ends_with("our offer"));
    phone.learn(&early);
    w.receive(&prack(&mut phone, rseq(&early), "their answer"));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    assert_eq!(w.event(), Event::OfferAnswered { session: id, sdp: b"their answer".to_vec() });
    w.stack.answer(w.now, id, b"our offer".to_vec());
    assert!(w.sent().ends_with("Content-Length: 0\r\n\r\n"), "offer and answer are done");
    w.receive(&phone.ack(None));
    // The ACK's CSeq is the INVITE's.
    phone.cseq = 1;
    w.receive(&phone.ack(None));
    assert_eq!(w.event(), Event::Established { session: id, answer: None });
}

#[test]
fn a_second_offer_in_the_prack_is_answered_in_its_200_before_the_call_is() {
    let mut w = Wire::new();
    let (mut phone, id) = comes(&mut w, Some("offer"));
    w.stack.progress(w.now, id, 183, Some(b"answer".to_vec()));
    let early = w.sent();
    phone.learn(&early);
    w.receive(&prack(&mut phone, rseq(&early), "second"));
    let via = OfferVia::Prack;
    assert_eq!(w.event(), Event::Offer { session: id, sdp: b"second".to_vec(), via });
    w.stack.answer(w.now, id, b"answer".to_vec());
    w.silent();
    w.stack.answer_offer(w.now, id, b"second answer".to_vec());
    assert!(w.sent().ends_with("second answer"));
    assert!(w.sent().contains("CSeq: 1 INVITE\r\n"));
}

#[test]
fn an_early_dialog_takes_offers_by_update_both_ways_once_the_first_is_done() {
    let mut w = Wire::new();
    let (mut phone, id) = comes(&mut w, Some("offer"));
    w.stack.progress(w.now, id, 183, Some(b"answer".to_vec()));
    let early = w.sent();
    phone.learn(&early);
    w.receive(&prack(&mut phone, rseq(&early), ""));
    w.sent();
    w.receive(&phone.request("UPDATE", "", "hold"));
    let via = OfferVia::Update;
    assert_eq!(w.event(), Event::Offer { session: id, sdp: b"hold".to_vec(), via });
    w.stack.answer_offer(w.now, id, b"held".to_vec());
    assert!(w.sent().ends_with("held"));
    w.stack.update(w.now, id, b"ours".to_vec());
    let update = w.sent();
    assert!(update.starts_with("UPDATE "));
    w.stack.answer(w.now, id, b"x".to_vec());
    w.silent();
    w.receive(&phone.respond(&update, 200, "theirs"));
    assert!(w.sent().starts_with("SIP/2.0 200 OK"), "the answer waited for the offer's end");
    assert_eq!(w.event(), Event::OfferAnswered { session: id, sdp: b"theirs".to_vec() });
}

#[test]
fn who_must_can_and_may_not_use_it_is_told_so() {
    let mut w = with(Reliability::Never);
    let mut phone = Phone::new();
    phone.extra = "Require: 100rel\r\n".to_owned();
    w.receive(&phone.invite(Some("offer")));
    let sent = w.sent();
    assert!(sent.starts_with("SIP/2.0 420") && sent.contains("Unsupported: 100rel\r\n"));
    let mut w = with(Reliability::Require);
    w.receive(&Phone::new().invite(Some("offer")));
    let sent = w.sent();
    assert!(sent.starts_with("SIP/2.0 421") && sent.contains("Require: 100rel\r\n"));
    w.call(Some("offer"));
    assert!(w.sent().contains("Require: 100rel\r\n"));
    let mut w = Wire::new();
    phone.call_id = "other".to_owned();
    phone.extra = "Require: 100rel, path\r\n".to_owned();
    w.receive(&phone.invite(Some("offer")));
    assert!(w.sent().contains("Unsupported: path\r\n"));
}

#[test]
fn ringing_is_repeated_as_a_new_reliable_response() {
    let mut w = Wire::new();
    let (mut phone, id) = comes(&mut w, Some("offer"));
    w.stack.progress(w.now, id, 180, None);
    let ringing = w.sent();
    phone.learn(&ringing);
    w.receive(&prack(&mut phone, rseq(&ringing), ""));
    w.sent();
    assert_eq!(w.sending_times_ms(|m| m.starts_with("SIP/2.0 180"), 150_100), [150_000]);
    assert_eq!(rseq(&w.last), rseq(&ringing) + 1);
}

// ---- the calling side ----

fn reliably(phone: &mut Phone, invite: &str, status: u16, rseq: u32, body: &str) -> String {
    phone.extra = format!("Require: 100rel\r\nRSeq: {rseq}\r\n");
    let response = phone.respond(invite, status, body);
    phone.extra.clear();
    response
}

#[test]
fn each_reliable_response_is_acknowledged_once_and_in_order() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call(Some("offer"));
    let invite = w.sent();
    assert!(invite.contains("Supported: 100rel"));
    w.receive(&reliably(&mut phone, &invite, 180, 41, ""));
    let prack = w.sent();
    assert!(prack.starts_with("PRACK sip:anna@192.0.2.9:5060 SIP/2.0\r\n"));
    assert!(prack.contains("RAck: 41 1 INVITE\r\n") && prack.contains("CSeq: 2 PRACK\r\n"));
    assert!(matches!(w.event(), Event::Progress { status: 180, .. }));
    w.receive(&reliably(&mut phone, &invite, 180, 41, ""));
    w.receive(&reliably(&mut phone, &invite, 183, 43, "answer"));
    w.silent();
    w.receive(&reliably(&mut phone, &invite, 183, 42, "answer"));
    assert!(w.sent().contains("RAck: 42 1 INVITE\r\n"));
    let sdp = Some(b"answer".to_vec());
    assert_eq!(w.event(), Event::Progress { session: id, status: 183, sdp });
    w.receive(&phone.respond(&invite, 200, "not the answer any more"));
    assert!(w.sent().starts_with("ACK "));
    assert_eq!(w.event(), Event::Answered { session: id, sdp: b"answer".to_vec() });
}

#[test]
fn an_offer_in_a_183_is_answered_in_the_prack() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call(None);
    let invite = w.sent();
    w.receive(&reliably(&mut phone, &invite, 183, 1, "their offer"));
    assert_eq!(w.event(), Event::Progress { session: id, status: 183, sdp: None });
    assert_eq!(w.event(), Event::NeedAnswer { session: id, offer: b"their offer".to_vec() });
    w.silent();
    w.stack.answer(w.now, id, b"our answer".to_vec());
    let prack = w.sent();
    assert!(prack.starts_with("PRACK ") && prack.ends_with("our answer"));
    w.receive(&phone.respond(&prack, 200, ""));
    w.receive(&phone.respond(&invite, 200, ""));
    assert!(w.sent().starts_with("ACK "));
    assert_eq!(w.event(), Event::Answered { session: id, sdp: Vec::new() });
}

#[test]
fn a_forked_call_keeps_each_branch_apart_and_the_first_answer_wins() {
    let mut w = Wire::new();
    let (mut a, mut b) = (Phone::new(), Phone::new());
    a.tag = "a".to_owned();
    b.tag = "b".to_owned();
    let id = w.call(Some("offer"));
    let invite = w.sent();
    w.receive(&reliably(&mut a, &invite, 183, 7, "early a"));
    let prack = w.sent();
    assert!(prack.contains(";tag=a\r\n") && prack.contains("CSeq: 2 PRACK\r\n"));
    w.receive(&reliably(&mut b, &invite, 183, 900, "early b"));
    let prack = w.sent();
    assert!(prack.contains(";tag=b\r\n") && prack.contains("CSeq: 2 PRACK\r\n"));
    assert!(prack.contains("RAck: 900 1 INVITE\r\n"));
    w.receive(&reliably(&mut a, &invite, 180, 8, ""));
    assert!(w.sent().contains("RAck: 8 1 INVITE\r\n"));
    for sdp in [Some("early a"), Some("early b"), None] {
        let Event::Progress { sdp: heard, .. } = w.event() else { panic!() };
        assert_eq!(heard.as_deref(), sdp.map(str::as_bytes));
    }
    w.receive(&b.respond(&invite, 199, ""));
    w.receive(&b.respond(&invite, 200, ""));
    assert!(w.sent().contains(";tag=b\r\n"));
    assert_eq!(w.event(), Event::Answered { session: id, sdp: b"early b".to_vec() });
    w.receive(&a.respond(&invite, 200, ""));
    let (ack, bye) = (w.sent(), w.sent());
    assert!(ack.starts_with("ACK ") && ack.contains(";tag=a\r\n"));
    assert!(bye.starts_with("BYE ") && bye.contains(";tag=a\r\n"));
    w.receive(&a.respond(&invite, 200, ""));
    assert_eq!(w.sent(), ack, "a repeated 200 gets its ACK and no second BYE");
    w.silent();
    w.stack.bye(w.now, id, None);
    assert!(w.sent().contains(";tag=b\r\n"));
}

#[test]
fn a_request_of_an_early_branch_finds_its_dialog() {
    let mut w = Wire::new();
    let (mut a, mut b) = (Phone::new(), Phone::new());
    a.tag = "a".to_owned();
    b.tag = "b".to_owned();
    w.call(Some("offer"));
    let invite = w.sent();
    for phone in [&mut a, &mut b] {
        w.receive(&phone.respond(&invite, 180, ""));
        w.event();
        phone.call_id = value(&invite, "Call-ID").to_owned();
        phone.to = value(&invite, "From").to_owned();
    }
    for phone in [&mut a, &mut b] {
        w.receive(&phone.request("INFO", "", "x"));
        assert!(w.sent().starts_with("SIP/2.0 200"));
    }
    a.tag = "c".to_owned();
    w.receive(&a.request("INFO", "", "x"));
    assert!(w.sent().starts_with("SIP/2.0 481"));
}
