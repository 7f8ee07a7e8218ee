//! Large requests change to TCP and back (RFC 3261 section 18.1.1); responses find a new connection
//! when theirs is closed (section 18.2.2).
#![allow(missing_docs, clippy::unwrap_used)]

mod wire;

use sip::{Config, EndedBy, Event, Path, Transport};
use wire::{Phone, Wire};

fn large() -> String {
    "v=0\r\n".to_owned() + &"a=x\r\n".repeat(260)
}

fn wire() -> Wire {
    Wire::with(Config { request_datagram_bytes_max: 1_300, ..Config::new([7; 32]) })
}

#[test]
fn a_large_request_goes_by_tcp_and_a_small_one_by_udp() {
    let mut w = wire();
    w.call(Some("v=0\r\n"));
    assert_eq!(w.sent_by().0.transport, Transport::Udp);
    w.call(Some(&large()));
    let (path, invite) = w.sent_by();
    assert_eq!((path.transport, path.connection), (Transport::Tcp, None));
    assert!(invite.contains("\r\nVia: SIP/2.0/TCP 192.0.2.1:5060;branch="), "{invite}");
    assert!(!invite.contains("SIP/2.0/UDP"));
    assert_eq!(w.sending_times_ms(|m| m == invite, 20_000).len(), 0, "TCP repeats nothing");
}

#[test]
fn a_peer_without_tcp_gets_the_request_by_udp_and_the_next_one_at_once() {
    let mut w = wire();
    let id = w.call(Some(&large()));
    let (path, _) = w.sent_by();
    w.stack.handle_transport_error(w.now, &path);
    let (path, invite) = w.sent_by();
    assert_eq!(path.transport, Transport::Udp);
    assert!(invite.contains("\r\nVia: SIP/2.0/UDP ") && !invite.contains("SIP/2.0/TCP"));
    assert_eq!(w.sending_times_ms(|m| m == invite, 1_600), [500, 1_500], "UDP repeats");
    w.receive(&Phone::new().respond(&invite, 200, "answer"));
    assert!(matches!(w.event(), Event::Answered { session, .. } if session == id));
    w.sent();
    w.call(Some(&large()));
    assert_eq!(w.sent_by().0.transport, Transport::Udp, "TCP is not tried again at once");
    w.run_s(700);
    while w.stack.poll_transmit().is_some() {}
    w.call(Some(&large()));
    assert_eq!(w.sent_by().0.transport, Transport::Tcp, "later it is");
}

#[test]
fn a_peer_that_asked_for_udp_gets_udp() {
    let mut w = wire();
    let invite = sip::Invite {
        target: "sip:anna@192.0.2.9;transport=udp".parse().unwrap(),
        ..w.order(Some(&large()))
    };
    w.stack.invite(w.now, &invite);
    assert_eq!(w.sent_by().0.transport, Transport::Udp);
}

#[test]
fn a_phone_behind_a_nat_is_reached_by_its_own_packets_way() {
    let mut w = wire();
    w.path.remote = "198.51.100.7:41000".parse().unwrap();
    let (_, id) = w.up();
    w.stack.reinvite(w.now, id, large().into_bytes());
    let (path, _) = w.sent_by();
    assert_eq!((path.transport, path.remote), (Transport::Udp, w.path.remote));
}

fn ringing_over(transport: Transport, connection: u64) -> (Wire, sip::SessionId) {
    let mut w = Wire::new();
    w.path.transport = transport;
    w.path.remote = "192.0.2.9:40000".parse().unwrap();
    w.path.connection = Some(connection);
    let mut phone = Phone::new();
    phone.transport = transport.as_str();
    w.receive(&phone.invite(Some("offer")));
    let (id, _) = w.incoming();
    (w, id)
}

#[test]
fn a_response_whose_connection_is_closed_opens_one_to_the_sent_by() {
    let (mut w, id) = ringing_over(Transport::Tcp, 7);
    let closed = w.path;
    w.stack.handle_transport_error(w.now, &closed);
    assert_eq!(w.stack.poll_event(), None, "the call goes on");
    w.stack.answer(w.now, id, b"answer".to_vec());
    let (path, ok) = w.sent_by();
    assert!(ok.starts_with("SIP/2.0 200"));
    assert_eq!((path.connection, path.remote), (None, "192.0.2.9:5060".parse().unwrap()));
}

#[test]
fn when_nobody_listens_at_the_sent_by_the_call_is_over() {
    let (mut w, id) = ringing_over(Transport::Tcp, 7);
    let closed = w.path;
    w.stack.handle_transport_error(w.now, &closed);
    w.stack.progress(w.now, id, 180, None);
    let (path, _) = w.sent_by();
    w.stack.handle_transport_error(w.now, &path);
    let over = Event::Ended { session: id, by: EndedBy::TransportError, cause: None };
    assert_eq!(w.event(), over);
}

#[test]
fn a_browser_cannot_be_called_back() {
    let (mut w, id) = ringing_over(Transport::Wss, 8);
    let closed = w.path;
    w.stack.handle_transport_error(w.now, &closed);
    let over = Event::Ended { session: id, by: EndedBy::TransportError, cause: None };
    assert_eq!(w.event(), over);
}

#[test]
fn over_secure_websocket_via_and_contact_say_so() {
    let (mut w, id) = ringing_over(Transport::Wss, 8);
    w.stack.answer(w.now, id, b"answer".to_vec());
    let (path, ok) = w.sent_by();
    assert_eq!(path.connection, Some(8));
    assert!(ok.contains("Contact: <sip:parley@192.0.2.1:5060;transport=ws>\r\n"), "{ok}");
}

#[test]
fn a_link_local_peer_keeps_its_scope() {
    let mut w = Wire::new();
    w.path = Path::udp(
        "[fe80::1%3]:5060".parse().unwrap_or("[fe80::1]:5060".parse().unwrap()),
        std::net::SocketAddrV6::new("fe80::9".parse().unwrap(), 5060, 0, 3).into(),
    );
    let invite =
        sip::Invite { target: "sip:anna@[fe80::9]".parse().unwrap(), ..w.order(Some("v=0\r\n")) };
    w.stack.invite(w.now, &invite);
    let (path, _) = w.sent_by();
    assert!(matches!(path.remote, std::net::SocketAddr::V6(v6) if v6.scope_id() == 3), "{path:?}");
}

#[test]
fn who_offers_to_keep_its_flow_alive_is_told_how_often() {
    for (transport, advised) in [(Transport::Udp, ";keep=29"), (Transport::Wss, ";keep=120")] {
        let mut w = Wire::new();
        w.path.transport = transport;
        w.path.connection = transport.is_reliable().then_some(5);
        let mut phone = Phone::new();
        phone.transport = transport.as_str();
        w.receive(&phone.invite(Some("offer")).replacen(";branch=", ";keep;branch=", 1));
        let (id, _) = w.incoming();
        w.stack.answer(w.now, id, b"answer".to_vec());
        let ok = w.sent();
        assert!(ok.contains(advised), "{ok}");
        w.receive(&phone.outside("OPTIONS", "").replacen(";branch=", ";keep;branch=", 1));
        assert!(!w.sent().contains("keep="), "RFC 6223 has it for INVITE and REGISTER alone");
    }
}

/// The Contact of the 200 to an INVITE that asks for us by this URI, over this transport.
fn contact_of_answer(transport: Transport, uri: &str, more: &str) -> String {
    let mut w = Wire::new();
    w.path.transport = transport;
    w.path.connection = transport.is_reliable().then_some(5);
    let mut phone = Phone::new();
    (phone.transport, phone.extra) = (transport.as_str(), more.to_owned());
    let invite = phone.invite(Some("offer")).replacen("sip:hotline@192.0.2.1 SIP", uri, 1);
    w.receive(&invite);
    let (id, _) = w.incoming();
    w.stack.answer(w.now, id, b"answer".to_vec());
    wire::value(&w.sent(), "Contact").to_owned()
}

/// RFC 3261 section 12.1.1.
#[test]
fn who_asks_for_us_securely_gets_a_secure_contact() {
    let of = |transport, uri| contact_of_answer(transport, uri, "");
    let secure = "sips:hotline@192.0.2.1 SIP";
    assert_eq!(of(Transport::Tls, secure), "<sips:parley@192.0.2.1:5060>");
    assert_eq!(of(Transport::Wss, secure), "<sips:parley@192.0.2.1:5060;transport=ws>");
    let plain = "sip:hotline@192.0.2.1 SIP";
    assert_eq!(of(Transport::Tls, plain), "<sip:parley@192.0.2.1:5060;transport=tls>");
    assert_eq!(of(Transport::Udp, secure), "<sip:parley@192.0.2.1:5060>", "no promise to break");
    let route = "Record-Route: <sips:192.0.2.9;lr>\r\n";
    let routed = contact_of_answer(Transport::Tls, plain, route);
    assert_eq!(routed, "<sips:parley@192.0.2.1:5060>");
}

/// RFC 3261 section 8.1.1.8.
#[test]
fn a_call_of_ours_to_a_secure_address_has_a_secure_contact() {
    let mut w = Wire::new();
    w.path.transport = Transport::Tls;
    let secure = "sips:anna@192.0.2.9".parse().unwrap();
    let invite = sip::Invite { target: secure, ..w.order(Some("v=0\r\n")) };
    w.stack.invite(w.now, &invite);
    assert_eq!(wire::value(&w.sent(), "Contact"), "<sips:parley@192.0.2.1:5060>");
    let plain = "sip:anna@192.0.2.9;transport=tls".parse().unwrap();
    w.stack.invite(w.now, &sip::Invite { target: plain, ..w.order(Some("v=0\r\n")) });
    assert_eq!(wire::value(&w.sent(), "Contact"), "<sip:parley@192.0.2.1:5060;transport=tls>");
}

#[test]
fn a_large_ack_goes_by_tcp_where_its_invite_did() {
    let ack_of = |invite_by_tcp: bool| {
        let mut w = wire();
        let headers = vec![("X-Long".to_owned(), "x".repeat(1_300))];
        let headers = if invite_by_tcp { headers } else { Vec::new() };
        let order = sip::Invite { headers, ..w.order(None) };
        let id = w.stack.invite(w.now, &order);
        let (path, invite) = w.sent_by();
        assert_eq!(path.transport == Transport::Tcp, invite_by_tcp);
        w.receive(&Phone::new().respond(&invite, 200, "offer"));
        w.event();
        w.stack.answer(w.now, id, large().into_bytes());
        let (path, ack) = w.sent_by();
        assert!(ack.starts_with("ACK "), "{ack}");
        (path.transport, ack.contains("\r\nVia: SIP/2.0/TCP "))
    };
    assert_eq!(ack_of(true), (Transport::Tcp, true));
    assert_eq!(ack_of(false), (Transport::Udp, false));
}
