//! Whole calls as packet traces: what goes in, what comes out, in virtual time.

#![allow(clippy::unwrap_used)]

mod wire;

use sip::{Cause, EndedBy, Event, OfferVia, Refusal, Transport};
use wire::{Phone, Wire};

const SDP: &str = "v=0\r\nm=audio 4000 RTP/AVP 8\r\n";

#[test]
fn a_call_comes_in_is_answered_and_hung_up_by_the_caller() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    w.receive(&phone.invite(Some(SDP)));
    let (id, invite) = w.incoming();
    assert_eq!(invite.from.display.as_deref(), Some("Anna"));
    assert_eq!(invite.offer.as_deref(), Some(SDP.as_bytes()));
    w.stack.progress(w.now, id, 180, None);
    let ringing = w.sent();
    assert!(
        ringing
            .starts_with("SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK")
    );
    assert!(ringing.contains(";rport=5060;received=192.0.2.9\r\n"), "{ringing}");
    phone.learn(&ringing);
    w.stack.answer(w.now, id, SDP.into());
    let ok = w.sent();
    assert!(ok.starts_with("SIP/2.0 200 OK"));
    assert!(ok.contains("Contact: <sip:parley@192.0.2.1:5060>\r\n"));
    assert!(ok.ends_with(SDP));
    w.receive(&phone.ack(None));
    assert_eq!(w.event(), Event::Established { session: id, answer: None });
    w.receive(&phone.request("BYE", "Reason: Q.850;cause=16;text=\"Normal\"\r\n", ""));
    assert!(w.sent().starts_with("SIP/2.0 200 OK"));
    let cause = Some(Cause::q850(16, "Normal"));
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::Peer, cause });
    w.silent();
    w.run_s(40);
    w.empty();
}

#[test]
fn a_200_is_repeated_until_the_ack_and_then_no_more() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    w.receive(&phone.invite(Some(SDP)));
    let (id, _) = w.incoming();
    w.stack.answer(w.now, id, SDP.into());
    let ok = w.sent();
    phone.learn(&ok);
    let times = w.sending_times_ms(|m| m == ok, 10_000);
    assert_eq!(times, [500, 1_500, 3_500, 7_500]);
    w.receive(&phone.ack(None));
    assert!(matches!(w.event(), Event::Established { .. }));
    assert_eq!(w.sending_times_ms(|_| true, 60_000), []);
}

#[test]
fn without_an_ack_in_64_t1_the_call_is_ended_by_bye() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    w.receive(&phone.invite(Some(SDP)));
    let (id, _) = w.incoming();
    w.stack.answer(w.now, id, SDP.into());
    phone.learn(&w.sent());
    let byes = w.sending_times_ms(|m| m.starts_with("BYE sip:anna@192.0.2.9:5060"), 32_100);
    assert_eq!(byes, [32_000]);
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::TimedOut, cause: None });
    w.run_s(70);
    w.empty();
}

#[test]
fn a_late_offer_is_made_in_the_200_and_answered_in_the_ack() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    w.receive(&phone.invite(None));
    let (id, invite) = w.incoming();
    assert_eq!(invite.offer, None);
    w.stack.answer(w.now, id, b"our offer".to_vec());
    phone.learn(&w.sent());
    w.receive(&phone.ack(Some("their answer")));
    let answer = Some(b"their answer".to_vec());
    assert_eq!(w.event(), Event::Established { session: id, answer });
}

#[test]
fn a_cancelled_call_gets_200_and_487_and_one_event() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    w.receive(&phone.invite(Some(SDP)));
    let (id, _) = w.incoming();
    w.receive(&phone.cancel());
    assert!(w.sent().starts_with("SIP/2.0 200 OK"));
    let gone = w.sent();
    assert!(gone.starts_with("SIP/2.0 487 Request Terminated"));
    assert_eq!(w.event(), Event::Cancelled { session: id });
    phone.learn(&gone);
    w.receive(&phone.ack_failure());
    w.stack.answer(w.now, id, SDP.into());
    w.silent();
    w.run_s(40);
    w.empty();
}

#[test]
fn the_stack_says_100_after_200_ms_when_nobody_answered_before() {
    let mut w = Wire::new();
    w.receive(&Phone::new().invite(Some(SDP)));
    w.silent_but_events();
    let times = w.sending_times_ms(|m| m.starts_with("SIP/2.0 100 Trying"), 1_000);
    assert_eq!(times, [200]);
}

#[test]
fn hanging_up_before_the_ack_waits_for_the_ack() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    w.receive(&phone.invite(Some(SDP)));
    let (id, _) = w.incoming();
    w.stack.answer(w.now, id, SDP.into());
    phone.learn(&w.sent());
    w.stack.bye(w.now, id, Some(Cause::q850(16, "Normal call clearing")));
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::Local, cause: None });
    w.silent();
    w.receive(&phone.ack(None));
    let bye = w.sent();
    assert!(bye.starts_with("BYE sip:anna@192.0.2.9:5060 SIP/2.0\r\n"), "{bye}");
    assert!(bye.contains("Reason: Q.850;cause=16;text=\"Normal call clearing\"\r\n"));
    w.receive(&phone.respond(&bye, 200, ""));
    w.run_s(40);
    w.empty();
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    w.receive(&phone.invite(Some(SDP)));
    let (id, _) = w.incoming();
    let refusal = Refusal { retry_after_s: Some(9), ..Refusal::new(503) };
    w.stack.refuse(w.now, id, &refusal);
    let sent = w.sent();
    assert!(sent.contains("Retry-After: 9\r\n"));
    phone.learn(&sent);
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::Local, cause: None });
    assert_eq!(w.sending_times_ms(|m| m == sent, 4_000), [500, 1_500, 3_500]);
    w.receive(&phone.ack_failure());
    assert_eq!(w.sending_times_ms(|_| true, 60_000), []);
    w.empty();
}

#[test]
fn our_call_is_offered_answered_and_acknowledged() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call(Some(SDP));
    let invite = w.sent();
    assert!(invite.starts_with(
        "INVITE sip:anna@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK"
    ));
    w.receive(&phone.respond(&invite, 183, "early"));
    let sdp = Some(b"early".to_vec());
    assert_eq!(w.event(), Event::Progress { session: id, status: 183, sdp });
    let ok = phone.respond(&invite, 200, "their answer");
    w.receive(&ok);
    let ack = w.sent();
    assert!(ack.starts_with("ACK sip:anna@192.0.2.9:5060 SIP/2.0\r\n"), "{ack}");
    assert!(ack.contains("CSeq: 1 ACK\r\n"));
    let sdp = b"their answer".to_vec();
    assert_eq!(w.event(), Event::Answered { session: id, sdp });
    w.receive(&ok);
    assert_eq!(w.sent(), ack, "the 200 again gets the same ACK");
    w.stack.bye(w.now, id, None);
    assert!(matches!(w.event(), Event::Ended { by: EndedBy::Local, .. }));
    let bye = w.sent();
    assert!(bye.contains("CSeq: 2 BYE\r\n"));
    w.receive(&phone.respond(&bye, 200, ""));
    w.run_s(40);
    w.empty();
}

#[test]
fn a_call_of_ours_without_an_offer_answers_in_its_ack() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call(None);
    let invite = w.sent();
    w.receive(&phone.respond(&invite, 200, "their offer"));
    assert_eq!(w.event(), Event::NeedAnswer { session: id, offer: b"their offer".to_vec() });
    w.silent();
    w.stack.answer(w.now, id, b"our answer".to_vec());
    assert!(w.sent().ends_with("our answer"));
    assert_eq!(w.event(), Event::Answered { session: id, sdp: Vec::new() });
}

#[test]
fn an_unanswered_call_of_ours_is_repeated_seven_times_and_fails() {
    let mut w = Wire::new();
    let id = w.call(Some(SDP));
    let invite = w.sent();
    let times = w.sending_times_ms(|m| m == invite, 40_000);
    assert_eq!(times, [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    let Event::Failed { session, status: 408, local: true, .. } = w.event() else { panic!() };
    assert_eq!(session, id);
    w.empty();
}

#[test]
fn a_cancel_of_ours_waits_for_the_first_provisional_response() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call(Some(SDP));
    let invite = w.sent();
    w.stack.cancel(w.now, id);
    w.silent();
    w.receive(&phone.respond(&invite, 180, ""));
    let cancel = w.sent();
    assert!(cancel.starts_with("CANCEL sip:anna@192.0.2.9 SIP/2.0\r\n"));
    assert_eq!(wire::value(&cancel, "Via"), wire::value(&invite, "Via"));
    w.receive(&phone.respond(&cancel, 200, ""));
    w.receive(&phone.respond(&invite, 487, ""));
    assert!(w.sent().starts_with("ACK "));
    assert!(matches!(w.event(), Event::Failed { status: 487, .. }));
    w.run_s(40);
    w.empty();
}

#[test]
fn an_answer_that_crosses_our_cancel_is_acknowledged_and_ended() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = w.call(Some(SDP));
    let invite = w.sent();
    w.receive(&phone.respond(&invite, 180, ""));
    w.event();
    w.stack.cancel(w.now, id);
    let cancel = w.sent();
    w.receive(&phone.respond(&cancel, 200, ""));
    w.receive(&phone.respond(&invite, 200, SDP));
    assert!(w.sent().starts_with("ACK "));
    assert!(w.sent().starts_with("BYE "));
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::Local, cause: None });
}

#[test]
fn another_branch_of_a_forked_call_is_acknowledged_and_ended() {
    let mut w = Wire::new();
    let (mut first, mut second) = (Phone::new(), Phone::new());
    second.tag = "other".to_owned();
    w.call(Some(SDP));
    let invite = w.sent();
    w.receive(&first.respond(&invite, 200, SDP));
    assert!(w.sent().contains(";tag=phone\r\n"));
    assert!(matches!(w.event(), Event::Answered { .. }));
    w.receive(&second.respond(&invite, 200, SDP));
    let (ack, bye) = (w.sent(), w.sent());
    assert!(ack.starts_with("ACK ") && ack.contains(";tag=other\r\n"));
    assert!(bye.starts_with("BYE ") && bye.contains(";tag=other\r\n"));
    w.silent();
}

#[test]
fn their_new_offer_is_answered_by_reinvite_and_by_update() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.receive(&phone.request("UPDATE", "", "hold"));
    assert_eq!(
        w.event(),
        Event::Offer { session: id, sdp: b"hold".to_vec(), via: OfferVia::Update }
    );
    w.stack.answer_offer(w.now, id, b"held".to_vec());
    assert!(w.sent().ends_with("held"));
    w.receive(&phone.request("INVITE", "Contact: <sip:anna@192.0.2.9:6000>\r\n", "resume"));
    assert_eq!(
        w.event(),
        Event::Offer { session: id, sdp: b"resume".to_vec(), via: OfferVia::Reinvite }
    );
    w.stack.answer_offer(w.now, id, b"resumed".to_vec());
    assert!(w.sent().starts_with("SIP/2.0 200"));
    w.receive(&phone.request("INVITE", "Contact: <sip:anna@192.0.2.9:6000>\r\n", "too early"));
    assert!(w.sent().starts_with("SIP/2.0 491"), "our 200 has no ACK yet");
    phone.cseq -= 1;
    w.receive(&phone.ack(None));
    phone.cseq += 1;
    w.receive(&phone.request("INVITE", "Contact: <sip:anna@192.0.2.9:6000>\r\n", ""));
    assert_eq!(w.event(), Event::OfferWanted { session: id });
    w.stack.answer_offer(w.now, id, b"our offer".to_vec());
    assert!(w.sent().ends_with("our offer"));
    w.receive(&phone.ack(Some("their answer")));
    assert_eq!(w.event(), Event::OfferAnswered { session: id, sdp: b"their answer".to_vec() });
    w.stack.bye(w.now, id, None);
    assert!(w.sent().starts_with("BYE sip:anna@192.0.2.9:6000 "), "the target was refreshed");
}

#[test]
fn our_new_offer_meets_glare_and_is_made_again() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.stack.reinvite(w.now, id, b"ours".to_vec());
    let invite = w.sent();
    w.receive(&phone.request("INVITE", "Contact: <sip:anna@192.0.2.9>\r\n", "theirs"));
    assert!(w.sent().starts_with("SIP/2.0 491"));
    w.receive(&phone.respond(&invite, 491, ""));
    assert!(w.sent().starts_with("ACK "));
    let times = w.sending_times_ms(|m| m.starts_with("INVITE ") && m.ends_with("ours"), 2_001);
    assert!(!times.is_empty(), "made again within 2 s");
    let again = w.last.clone();
    assert_ne!(wire::value(&again, "CSeq"), wire::value(&invite, "CSeq"));
    w.receive(&phone.respond(&again, 200, "agreed"));
    assert!(w.sent().starts_with("ACK "));
    assert_eq!(w.event(), Event::OfferAnswered { session: id, sdp: b"agreed".to_vec() });
}

#[test]
fn a_481_to_a_request_of_ours_ends_the_session() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.stack.info(w.now, id, "application/dtmf-relay", b"Signal=1");
    let info = w.sent();
    w.receive(&phone.respond(&info, 481, ""));
    assert!(w.sent().starts_with("BYE "));
    assert_eq!(w.event(), Event::Ended { session: id, by: EndedBy::Peer, cause: None });
}

#[test]
fn info_is_answered_and_handed_on_and_old_requests_are_refused() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.receive(&phone.request("INFO", "Content-Type: Application/DTMF-Relay;x=1\r\n", "Signal=5"));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    let Event::Info { session, content_type, body } = w.event() else { panic!() };
    assert_eq!(
        (session, content_type.as_str(), &*body),
        (id, "application/dtmf-relay", &b"Signal=5"[..])
    );
    phone.cseq -= 2;
    w.receive(&phone.request("INFO", "", "Signal=6"));
    assert!(w.sent().starts_with("SIP/2.0 500"), "RFC 3261 section 12.2.2");
    w.receive(&phone.request("INFO", "Info-Package: x\r\n", ""));
    w.sent();
    phone.cseq += 5;
    w.receive(&phone.request("INFO", "Info-Package: x\r\n", ""));
    assert!(w.sent().starts_with("SIP/2.0 469"));
    w.receive(&phone.request("PUBLISH", "", ""));
    assert!(w.sent().contains("Allow: INVITE"));
}

#[test]
fn the_route_set_is_kept_in_order_for_the_called_side() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    phone.extra = "Record-Route: <sip:192.0.2.70;lr>, <sip:192.0.2.71;lr>\r\nRecord-Route: <sip:p3.example;lr>\r\n".to_owned();
    w.receive(&phone.invite(Some(SDP)));
    let (id, _) = w.incoming();
    w.stack.answer(w.now, id, SDP.into());
    let ok = w.sent();
    assert!(ok.contains("Record-Route: <sip:192.0.2.70;lr>, <sip:192.0.2.71;lr>\r\nRecord-Route: <sip:p3.example;lr>\r\n"));
    phone.learn(&ok);
    w.receive(&phone.ack(None));
    w.event();
    w.stack.bye(w.now, id, None);
    let (path, bye) = w.sent_by();
    assert!(bye.starts_with("BYE sip:anna@192.0.2.9:5060 "));
    let routes: Vec<_> = bye.lines().filter(|l| l.starts_with("Route: ")).collect();
    assert_eq!(
        routes,
        ["Route: <sip:192.0.2.70;lr>", "Route: <sip:192.0.2.71;lr>", "Route: <sip:p3.example;lr>"]
    );
    assert_eq!(path.remote, "192.0.2.70:5060".parse().unwrap());
}

#[test]
fn the_route_set_is_reversed_for_the_calling_side_and_a_strict_router_gets_its_way() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    phone.extra = "Record-Route: <sip:192.0.2.72;lr>, <sip:192.0.2.71>\r\n".to_owned();
    w.call(Some(SDP));
    let invite = w.sent();
    w.receive(&phone.respond(&invite, 200, SDP));
    let ack = w.sent();
    assert!(ack.starts_with("ACK sip:192.0.2.71 SIP/2.0\r\n"), "{ack}");
    let routes: Vec<_> = ack.lines().filter(|l| l.starts_with("Route: ")).collect();
    assert_eq!(routes, ["Route: <sip:192.0.2.72;lr>", "Route: <sip:anna@192.0.2.9:5060>"]);
}

#[test]
fn a_phone_behind_a_nat_is_reached_where_its_packets_come_from() {
    let mut w = Wire::new();
    w.path.remote = "198.51.100.7:41000".parse().unwrap();
    let (_, id) = w.up();
    w.stack.bye(w.now, id, None);
    let (path, bye) = w.sent_by();
    assert!(bye.starts_with("BYE sip:anna@192.0.2.9:5060 "));
    assert_eq!(path.remote, w.path.remote);
}

#[test]
fn over_tcp_nothing_is_repeated_but_the_200_and_responses_use_the_connection() {
    let mut w = Wire::new();
    w.path.transport = Transport::Tcp;
    w.path.connection = Some(7);
    let mut phone = Phone::new();
    phone.transport = "TCP";
    w.receive(&phone.invite(Some(SDP)));
    let (id, _) = w.incoming();
    w.stack.answer(w.now, id, SDP.into());
    let (path, ok) = w.sent_by();
    assert_eq!(path.connection, Some(7));
    assert!(ok.contains("Contact: <sip:parley@192.0.2.1:5060;transport=tcp>\r\n"));
    phone.learn(&ok);
    assert_eq!(w.sending_times_ms(|m| m == ok, 1_600), [500, 1_500]);
    w.receive(&phone.ack(None));
    w.event();
    w.stack.bye(w.now, id, None);
    let (path, bye) = w.sent_by();
    assert_eq!(path.connection, Some(7));
    assert_eq!(w.sending_times_ms(|m| m == bye, 20_000), []);
}

#[test]
fn a_closed_connection_ends_what_waits_on_it_and_spares_what_is_up() {
    let mut w = Wire::new();
    w.path.transport = Transport::Tcp;
    w.path.connection = Some(7);
    let (_, up) = w.up();
    let mut phone = Phone::new();
    phone.call_id = "second".to_owned();
    phone.transport = "TCP";
    // behind a NAT: its own address leads nowhere
    w.receive(&phone.invite(Some(SDP)).replace("TCP 192.0.2.9:5060", "TCP 10.0.0.9:5060"));
    let (ringing, _) = w.incoming();
    let path = w.path;
    w.stack.handle_transport_error(w.now, &path);
    assert_eq!(
        w.event(),
        Event::Ended { session: ringing, by: EndedBy::TransportError, cause: None }
    );
    w.stack.bye(w.now, up, None);
    let (path, _) = w.sent_by();
    assert_eq!((path.connection, path.remote), (None, "192.0.2.9:5060".parse().unwrap()));
}

#[test]
fn while_draining_new_calls_and_options_get_503_and_calls_go_on() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.stack.accept_calls(false);
    let mut other = Phone::new();
    other.call_id = "other".to_owned();
    w.receive(&other.invite(Some(SDP)));
    let sent = w.sent();
    assert!(sent.starts_with("SIP/2.0 503") && sent.contains("Retry-After: 30\r\n"));
    w.receive(&other.outside("OPTIONS", ""));
    assert!(w.sent().starts_with("SIP/2.0 503"));
    w.receive(&phone.request("INFO", "", "x"));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    assert!(matches!(w.event(), Event::Info { session, .. } if session == id));
}

#[test]
fn a_phone_whose_nat_gave_it_a_new_port_is_followed() {
    let mut w = Wire::new();
    w.path.remote = "198.51.100.7:41000".parse().unwrap();
    let (mut phone, id) = w.up();
    w.path.remote = "198.51.100.7:52000".parse().unwrap();
    w.receive(&phone.request("INFO", "", "x"));
    w.sent();
    w.event();
    w.stack.bye(w.now, id, None);
    assert_eq!(w.sent_by().0.remote, w.path.remote);
}

#[test]
fn a_call_of_ours_stays_on_the_connection_that_its_answer_came_by() {
    let mut w = Wire::new();
    w.path.transport = Transport::Tcp;
    let id = w.call(Some(SDP));
    let (path, invite) = w.sent_by();
    assert_eq!(path.connection, None);
    w.path.connection = Some(9);
    w.receive(&Phone::new().respond(&invite, 200, SDP));
    assert_eq!(w.sent_by().0.connection, Some(9));
    w.event();
    w.stack.bye(w.now, id, None);
    assert_eq!(w.sent_by().0.connection, Some(9));
}

#[test]
fn when_both_hang_up_at_once_both_get_their_200() {
    let mut w = Wire::new();
    let (mut phone, id) = w.up();
    w.stack.bye(w.now, id, None);
    let bye = w.sent();
    assert!(matches!(w.event(), Event::Ended { by: EndedBy::Local, .. }));
    w.receive(&phone.request("BYE", "", ""));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    w.receive(&phone.respond(&bye, 200, ""));
    w.silent();
    w.run_s(40);
    w.empty();
}

#[test]
fn a_call_of_ours_that_cannot_be_delivered_fails_at_once() {
    let mut w = Wire::new();
    let id = w.call(Some(SDP));
    let (path, _) = w.sent_by();
    w.stack.handle_transport_error(w.now, &path);
    let Event::Failed { session, status: 503, local: true, .. } = w.event() else { panic!() };
    assert_eq!(session, id);
    w.empty();
}

#[test]
fn ringing_is_repeated_every_minute_so_that_no_proxy_gives_up() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    w.receive(&phone.invite(Some(SDP)));
    let (id, _) = w.incoming();
    w.stack.progress(w.now, id, 180, None);
    let ringing = w.sent();
    assert_eq!(w.sending_times_ms(|m| m == ringing, 130_000), [60_000, 120_000]);
    w.receive(&phone.request("BYE", "", ""));
    phone.learn(&ringing);
    w.receive(&phone.request("BYE", "", ""));
    assert!(w.sent().starts_with("SIP/2.0 481"), "a BYE without our tag is nobody's");
    assert!(w.sent().starts_with("SIP/2.0 200"));
    assert!(w.sent().starts_with("SIP/2.0 487"));
    assert!(matches!(w.event(), Event::Ended { by: EndedBy::Peer, .. }));
}

#[test]
fn over_ipv6_addresses_stand_in_brackets() {
    let mut w = Wire::new();
    w.path.local = "[2001:db8::1]:5060".parse().unwrap();
    w.path.remote = "[2001:db8::9]:5060".parse().unwrap();
    let (_, id) = w.up();
    w.stack.bye(w.now, id, None);
    let (path, bye) = w.sent_by();
    assert!(bye.contains("Via: SIP/2.0/UDP [2001:db8::1]:5060;branch="));
    assert_eq!(path.remote, w.path.remote);
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let sent = |seed: u8| {
        let mut w = Wire::with(sip::Config::new([seed; 32]));
        w.call(Some(SDP));
        w.sent()
    };
    assert_eq!(sent(1), sent(1));
    assert_ne!(sent(1), sent(2));
}

#[test]
fn no_text_of_ours_can_smuggle_a_header() {
    let mut w = Wire::new();
    w.receive(&Phone::new().invite(Some(SDP)));
    let (id, _) = w.incoming();
    let evil = "x\r\nEvil: yes".to_owned();
    let headers = vec![("X-A".to_owned(), evil.clone()), ("X\r\nEvil".to_owned(), "y".to_owned())];
    let refusal = Refusal { reason: Some(evil), headers, ..Refusal::new(486) };
    w.stack.refuse(w.now, id, &refusal);
    assert!(w.sent().lines().all(|l| !l.starts_with("Evil")));
}
