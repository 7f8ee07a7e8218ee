//! What bad input gets: the right status with a phrase that names the fault, or silence.

#![allow(clippy::unwrap_used)]

mod wire;

use sip::{Config, Limits};
use wire::{Phone, Wire};

/// The status line that answers a message; empty for silence.
fn answer(message: &str) -> String {
    let mut w = Wire::new();
    w.receive(message);
    let sent = w.stack.poll_transmit().map(|t| String::from_utf8(t.bytes).unwrap());
    assert!(w.stack.poll_event().is_none(), "no call may come of it");
    sent.as_deref().and_then(|s| s.lines().next()).unwrap_or("").to_owned()
}

fn invite() -> String {
    Phone::new().invite(Some("v=0"))
}

#[test]
fn every_broken_invite_gets_its_status() {
    let line = |name: &str| {
        let whole = invite();
        let line = whole.lines().find(|l| l.starts_with(name)).unwrap();
        format!("{line}\r\n")
    };
    let without = |name: &str| invite().replacen(&line(name), "", 1);
    let twice = |name: &str| invite().replacen(&line(name), &line(name).repeat(2), 1);
    let cases = [
        (without("Via"), ""),
        (without("From"), "SIP/2.0 400 Missing From header"),
        (without("To"), "SIP/2.0 400 Missing To header"),
        (without("Call-ID"), "SIP/2.0 400 Missing Call-ID header"),
        (without("CSeq"), "SIP/2.0 400 Missing CSeq header"),
        (without("Contact"), "SIP/2.0 400 Missing Contact header"),
        (without("Content-Type"), "SIP/2.0 400 Missing Content-Type header"),
        (twice("From"), "SIP/2.0 400 Repeated From header"),
        (twice("CSeq"), "SIP/2.0 400 Repeated CSeq header"),
        (twice("Contact"), "SIP/2.0 400 Repeated Contact header"),
        (
            invite().replace("CSeq: 1 INVITE", "CSeq: 36893488147419103232 INVITE"),
            "SIP/2.0 400 Bad CSeq header",
        ),
        (
            invite().replace("CSeq: 1 INVITE", "CSeq: 1 BYE"),
            "SIP/2.0 400 CSeq method differs from request method",
        ),
        (
            invite().replace("Max-Forwards: 70", "Max-Forwards: 300"),
            "SIP/2.0 400 Bad Max-Forwards header",
        ),
        (invite().replace("\"Anna\" <", "\"Anna <"), "SIP/2.0 400 Bad From header"),
        (
            invite().replace("Content-Length: 3", "Content-Length: 4"),
            "SIP/2.0 400 Content-Length larger than body",
        ),
        (
            invite().replace("Content-Length: 3", "Content-Length: -3"),
            "SIP/2.0 400 Bad Content-Length header",
        ),
        (invite().replace("Max-Forwards: 70", "no colon here"), "SIP/2.0 400 Bad header line"),
        (
            invite().replace("INVITE sip:hotline@192.0.2.1 ", "INVITE <sip:hotline@192.0.2.1> "),
            "SIP/2.0 400 Bad request line",
        ),
        (
            invite().replace("INVITE sip:hotline@192.0.2.1 ", "INVITE sip:a b@192.0.2.1 "),
            "SIP/2.0 400 Bad request line",
        ),
        (
            invite().replace("INVITE sip:hotline@192.0.2.1 ", "INVITE sip:@ "),
            "SIP/2.0 400 Bad Request-URI",
        ),
        (
            invite().replace("INVITE sip:hotline@192.0.2.1 ", "INVITE soap.beep://192.0.2.1 "),
            "SIP/2.0 416 Unsupported URI Scheme",
        ),
        (
            invite().replace("hotline@192.0.2.1 SIP", &format!("{}@a SIP", "x".repeat(3_000))),
            "SIP/2.0 414 Request-URI Too Long",
        ),
        (invite().replace("1 SIP/2.0\r\n", "1 SIP/7.0\r\n"), "SIP/2.0 505 Version Not Supported"),
        (invite().replace("Max-Forwards: 70", "Require: path"), "SIP/2.0 420 Bad Extension"),
        (invite().replace("application/sdp", "text/plain"), "SIP/2.0 415 Unsupported Media Type"),
        (
            invite().replace("Max-Forwards: 70", "Content-Encoding: gzip"),
            "SIP/2.0 415 Unsupported Media Type",
        ),
        (
            invite().replace("To: <sip:hotline@192.0.2.1>", "To: <sip:hotline@192.0.2.1>;tag=x"),
            "SIP/2.0 481 Call/Transaction Does Not Exist",
        ),
        (invite().replace("Contact: <sip:", "Contact: <tel:"), "SIP/2.0 400 Bad Contact header"),
        (
            invite().replace("Max-Forwards: 70", &"X: y\r\n".repeat(200)),
            "SIP/2.0 400 Too many header fields",
        ),
        (invite().replace("\r\n\r\nv=0", ""), "SIP/2.0 400 Header section without end"),
    ];
    for (message, expected) in cases {
        assert_eq!(answer(&message), expected, "{message}");
    }
}

#[test]
fn requests_that_fit_nothing_get_their_status() {
    let outside = |method: &str| Phone::new().outside(method, "");
    let cases = [
        (outside("BYE"), "SIP/2.0 481 Call/Transaction Does Not Exist"),
        (outside("CANCEL"), "SIP/2.0 481 Call/Transaction Does Not Exist"),
        (outside("INFO"), "SIP/2.0 481 Call/Transaction Does Not Exist"),
        (outside("UPDATE"), "SIP/2.0 481 Call/Transaction Does Not Exist"),
        (outside("REGISTER"), "SIP/2.0 405 Method Not Allowed"),
        (outside("NEWMETHOD"), "SIP/2.0 405 Method Not Allowed"),
        (outside("OPTIONS"), "SIP/2.0 200 OK"),
        (outside("OPTIONS").replace("Max-Forwards: 70", "Max-Forwards: 0"), "SIP/2.0 200 OK"),
        (outside("ACK"), ""),
        (outside("ACK").replace("CSeq: 1 ACK", "CSeq: x"), ""),
        ("".to_owned(), ""),
        ("\r\n\r\n".to_owned(), ""),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), ""),
        ("SIP/2.0 200 OK\r\n\r\n".to_owned(), ""),
        ("SIP/2.0 2000 OK\r\n\r\n".to_owned(), ""),
    ];
    for (message, expected) in cases {
        assert_eq!(answer(&message), expected, "{message}");
    }
}

#[test]
fn a_refusal_says_what_would_do() {
    let mut w = Wire::new();
    w.receive(&invite().replace("Max-Forwards: 70", "Require: path, foo"));
    assert!(w.sent().contains("Unsupported: path, foo\r\n"));
    let mut w = Wire::new();
    w.receive(&invite().replace("application/sdp", "text/plain"));
    assert!(w.sent().contains("Accept: application/sdp\r\n"));
    w.receive(&Phone::new().outside("OPTIONS", ""));
    let options = w.sent();
    for header in ["Allow: INVITE, ACK", "Accept: application/sdp", "Supported:"] {
        assert!(options.contains(header), "{options}");
    }
}

#[test]
fn the_same_request_by_two_ways_is_a_loop() {
    let mut w = Wire::new();
    let first = invite();
    w.receive(&first);
    w.incoming();
    w.receive(&first.replace("branch=z9hG4bK", "branch=z9hG4bKother"));
    assert!(w.sent().starts_with("SIP/2.0 482 Loop Detected"));
    w.silent();
}

#[test]
fn a_request_that_comes_again_gets_the_same_answer_again() {
    let mut w = Wire::new();
    let options = Phone::new().outside("OPTIONS", "");
    w.receive(&options);
    let first = w.sent();
    w.receive(&options);
    assert_eq!(w.sent(), first);
    assert_eq!(w.stack.holdings().transactions, 1);
    w.run_s(33);
    w.empty();
}

#[test]
fn a_peer_of_rfc_2543_without_the_cookie_is_understood() {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let old = |m: String| m.replace("branch=z9hG4bK", "branch=");
    let first = old(phone.invite(Some("v=0")));
    w.receive(&first);
    w.incoming();
    w.receive(&first);
    w.silent();
    w.receive(&old(phone.cancel()));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    assert!(w.sent().starts_with("SIP/2.0 487"));
}

#[test]
fn when_we_are_full_new_calls_wait_and_the_rest_goes_on() {
    let limits = Limits { sessions_max: 1, transactions_max: 6, ..Limits::default() };
    let mut w = Wire::with(Config { limits, ..Config::new([1; 32]) });
    let (mut phone, _) = w.up();
    let mut other = Phone::new();
    other.call_id = "other".to_owned();
    w.receive(&other.invite(Some("v=0")));
    let full = w.sent();
    assert!(full.starts_with("SIP/2.0 503") && full.contains("Retry-After: 5\r\n"));
    w.receive(&phone.request("INFO", "", "x"));
    assert!(w.sent().starts_with("SIP/2.0 200"));
    for n in 0..10 {
        other.call_id = format!("more-{n}");
        w.receive(&other.outside("OPTIONS", ""));
    }
    assert_eq!(w.stack.holdings().transactions, 6);
    let id = w.call(None);
    while w.stack.poll_transmit().is_some() {}
    while let Some(event) = w.stack.poll_event() {
        if let sip::Event::Failed { session, status, local, .. } = event {
            assert_eq!((session, status, local), (id, 503, true));
        }
    }
}

#[test]
fn a_message_over_the_limit_is_refused_on_both_kinds_of_transport() {
    let limits = Limits { message_bytes_max: 1_000, ..Limits::default() };
    let mut w = Wire::with(Config { limits, ..Config::new([1; 32]) });
    w.receive(&Phone::new().invite(Some(&"x".repeat(1_000))));
    assert!(w.sent().starts_with("SIP/2.0 513"));
    let head = invite().replace("Content-Length: 3", "Content-Length: 99999999");
    w.receive(&head);
    assert!(w.sent().starts_with("SIP/2.0 513"));
}

#[test]
fn on_a_stream_the_length_must_be_told() {
    let mut w = Wire::new();
    w.path.transport = sip::Transport::Tcp;
    w.path.connection = Some(1);
    w.receive(&Phone::new().outside("OPTIONS", "").replace("Content-Length: 0\r\n", ""));
    assert!(w.sent().starts_with("SIP/2.0 400 Missing Content-Length header"));
    let mut w = Wire::new();
    w.receive(&Phone::new().outside("OPTIONS", "").replace("Content-Length: 0\r\n", ""));
    assert!(w.sent().starts_with("SIP/2.0 200"));
}

#[test]
fn a_response_goes_where_the_via_says_and_never_to_a_third_party() {
    let answer_to = |via: &str| {
        let mut w = Wire::new();
        w.path.remote = "198.51.100.7:41000".parse().unwrap();
        let own = "192.0.2.9:5060;branch=z9hG4bKcall-1-1;rport";
        w.receive(&Phone::new().outside("OPTIONS", "").replace(own, via));
        let (path, text) = w.sent_by();
        (path.remote.to_string(), wire::value(&text, "Via").to_owned())
    };
    assert_eq!(
        answer_to("host.example;rport;branch=z9hG4bK1"),
        (
            "198.51.100.7:41000".to_owned(),
            "SIP/2.0/UDP host.example;rport=41000;branch=z9hG4bK1;received=198.51.100.7".to_owned()
        )
    );
    assert_eq!(
        answer_to("192.0.2.9:5070;branch=z9hG4bK1"),
        (
            "198.51.100.7:5070".to_owned(),
            "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1;received=198.51.100.7".to_owned()
        )
    );
    assert_eq!(
        answer_to(
            "198.51.100.7;maddr=203.0.113.5;received=1.2.3.4;branch=z9hG4bK1, SIP/2.0/TCP b;branch=2"
        ),
        (
            "198.51.100.7:5060".to_owned(),
            "SIP/2.0/UDP 198.51.100.7;maddr=203.0.113.5;branch=z9hG4bK1, SIP/2.0/TCP b;branch=2"
                .to_owned()
        )
    );
}

#[test]
fn a_fault_that_comes_again_gets_the_same_answer_again() {
    let mut w = Wire::new();
    let broken = invite().replace("CSeq: 1 INVITE", "CSeq: x");
    w.receive(&broken);
    let first = w.sent();
    w.receive(&broken);
    assert_eq!(w.sent(), first, "also its tag, without a transaction");
    assert!(wire::value(&first, "To").contains(";tag="));
    w.empty();
}
