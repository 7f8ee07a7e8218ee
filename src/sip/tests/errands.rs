//! Requests of ours outside any dialog have exactly one result.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use ids::Moment;
use sip::{Config, Errand, ErrandDone, ErrandKind, NameAddr, Path, Stack};
use std::time::Duration;

fn path() -> Path {
    Path::udp("192.0.2.9:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap())
}

fn errand(kind: ErrandKind) -> Errand {
    let addr = |text: &str| NameAddr::new(text.parse().unwrap());
    Errand {
        kind,
        target: "sip:carrier.example".parse().unwrap(),
        path: path(),
        from: addr("sip:firm@carrier.example"),
        to: addr("sip:firm@carrier.example"),
        order: Some(("one-registration".into(), 7)),
        contact_user: Some("firm".into()),
        headers: vec![("Expires".into(), "600".into())],
    }
}

fn sent(stack: &mut Stack) -> String {
    String::from_utf8(stack.poll_transmit().unwrap().bytes).unwrap()
}

/// The response a peer would give.
fn answer(request: &str, status: &str) -> String {
    let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
    let head: Vec<&str> =
        request.lines().filter(|l| kept.iter().any(|name| l.starts_with(name))).collect();
    format!("SIP/2.0 {status}\r\n{}\r\nContent-Length: 0\r\n\r\n", head.join("\r\n"))
}

#[test]
fn an_errand_says_who_we_are_and_its_answer_is_its_one_result() {
    let mut stack = Stack::new(Config::new([1; 32]));
    let id = stack.send_errand(Moment::START, &errand(ErrandKind::Register));
    let request = sent(&mut stack);
    assert!(request.starts_with("REGISTER sip:carrier.example SIP/2.0\r\n"), "{request}");
    for line in ["CSeq: 7 REGISTER", "Call-ID: one-registration", "Expires: 600"] {
        assert!(request.contains(&format!("\r\n{line}\r\n")), "{line} in {request}");
    }
    assert!(request.contains("\r\nContact: <sip:firm@192.0.2.9:5060>"), "{request}");
    for status in ["100 Trying", "423 Interval Too Brief\r\nRetry-After: 9", "200 OK"] {
        stack.handle_message(Moment::START, path(), answer(&request, status).as_bytes());
    }
    let ErrandDone { id: of, status, retry_after_s, local, response, .. } =
        stack.poll_errand().unwrap();
    assert_eq!((of, status, retry_after_s, local), (id, 423, Some(9), false));
    assert!(response.starts_with(b"SIP/2.0 423"));
    assert_eq!(stack.poll_errand(), None);
}

#[test]
fn silence_is_a_408_of_our_own_and_a_broken_path_a_503() {
    let mut stack = Stack::new(Config::new([1; 32]));
    stack.send_errand(Moment::START, &errand(ErrandKind::Options));
    while let Some(due) = stack.poll_timeout() {
        stack.handle_timeout(due);
    }
    let done = stack.poll_errand().unwrap();
    assert_eq!((done.status, done.local), (408, true));
    stack.send_errand(Moment::from_millis(60_000), &errand(ErrandKind::Options));
    stack.handle_transport_error(Moment::from_millis(60_000), &path());
    let done = stack.poll_errand().unwrap();
    assert_eq!((done.status, done.local), (503, true));
    assert_eq!(stack.holdings().transactions, 0);
}

#[test]
fn an_errand_that_is_recalled_leaves_nothing() {
    let mut stack = Stack::new(Config::new([1; 32]));
    let id = stack.send_errand(Moment::START, &errand(ErrandKind::Options));
    let request = sent(&mut stack);
    stack.recall_errand(id);
    assert_eq!(stack.holdings().transactions, 0);
    stack.handle_message(Moment::START, path(), answer(&request, "200 OK").as_bytes());
    stack.handle_timeout(Moment::START + Duration::from_secs(60));
    assert_eq!((stack.poll_errand(), stack.poll_transmit()), (None, None));
}
