//! Every state of a session and every input, as a table that is compared.
//!
//! Each cell starts anew; it names what is sent and what the exchange hears.

#![allow(clippy::unwrap_used)]

mod wire;

use expect_test::expect_file;
use sip::{Event, NameAddr, Referral, Refusal, SessionId};
use wire::{Phone, Wire, value};

const CONTACT: &str = "Contact: <sip:anna@192.0.2.9:5060>\r\n";
const STATES: [&str; 11] = [
    "incoming",
    "incoming, 1xx with SDP unacknowledged",
    "incoming, early dialog agreed",
    "outgoing",
    "outgoing, early dialog agreed",
    "need answer",
    "up",
    "up, ACK due",
    "up, their offer waits",
    "up, our offer waits",
    "leaving",
];
const REQUESTS: [(&str, &str, &str); 11] = [
    ("INVITE", CONTACT, "offer"),
    ("INVITE", CONTACT, ""),
    ("UPDATE", "", "offer"),
    ("UPDATE", "", ""),
    ("PRACK", "RAck: 1 1 INVITE\r\n", ""),
    ("INFO", "", "x"),
    ("OPTIONS", "", ""),
    ("REFER", "Refer-To: <sip:b@c>\r\n", ""),
    ("NOTIFY", "Event: refer\r\nSubscription-State: active\r\n", ""),
    ("BYE", "", ""),
    ("PUBLISH", "", ""),
];
const COMMANDS: [&str; 11] = [
    "progress",
    "answer",
    "refuse",
    "bye",
    "cancel",
    "reinvite",
    "update",
    "answer_offer",
    "refuse_offer",
    "refer",
    "info",
];

fn reach(state: &str) -> (Wire, Phone, SessionId) {
    let mut w = Wire::new();
    let mut phone = Phone::new();
    let id = match state.split(',').next().unwrap() {
        "incoming" => {
            phone.extra = if state == "incoming" { "" } else { "Supported: 100rel\r\n" }.to_owned();
            w.receive(&phone.invite(Some("offer")));
            let (id, _) = w.incoming();
            w.stack.progress(w.now, id, 183, Some(b"answer".to_vec()));
            let early = w.sent();
            phone.learn(&early);
            if state.ends_with("agreed") {
                let rack = format!("RAck: {} 1 INVITE\r\n", value(&early, "RSeq"));
                w.receive(&phone.request("PRACK", &rack, ""));
            }
            id
        }
        "outgoing" | "need answer" => {
            let id = w.call((state != "need answer").then_some("offer"));
            let invite = w.sent();
            if state.ends_with("agreed") {
                phone.extra = "Require: 100rel\r\nRSeq: 1\r\n".to_owned();
            }
            let status = if state == "need answer" { 200 } else { 183 };
            let sdp = if state == "outgoing" { "" } else { "sdp" };
            w.receive(&phone.respond(&invite, status, sdp));
            phone.call_id = value(&invite, "Call-ID").to_owned();
            phone.to = value(&invite, "From").to_owned();
            id
        }
        _ if state == "up, ACK due" => {
            w.receive(&phone.invite(Some("offer")));
            let (id, _) = w.incoming();
            w.stack.answer(w.now, id, b"answer".to_vec());
            phone.learn(&w.sent());
            id
        }
        _ => {
            let (up, id) = w.up();
            phone = up;
            id
        }
    };
    match state {
        "up, their offer waits" => w.receive(&phone.request("UPDATE", "", "offer")),
        "up, our offer waits" => w.stack.update(w.now, id, b"offer".to_vec()),
        "leaving" => w.stack.bye(w.now, id, None),
        _ => {}
    }
    phone.extra.clear();
    said(&mut w);
    (w, phone, id)
}

/// What was sent and told, in words.
fn said(w: &mut Wire) -> String {
    let mut parts = Vec::new();
    while let Some(sent) = w.stack.poll_transmit() {
        let text = String::from_utf8_lossy(&sent.bytes).into_owned();
        parts.push(match text.strip_prefix("SIP/2.0 ") {
            Some(rest) => {
                let method = value(&text, "CSeq").split(' ').next_back().unwrap();
                format!("{} {method}", &rest[..3])
            }
            None => text.split(' ').next().unwrap().to_owned(),
        });
    }
    while let Some(event) = w.stack.poll_event() {
        parts.push(match event {
            Event::OfferFailed { status, .. } => format!("OfferFailed({status})"),
            Event::Failed { status, .. } => format!("Failed({status})"),
            Event::ReferDone { status, .. } => format!("ReferDone({status})"),
            Event::Ended { by, .. } => format!("Ended({by:?})"),
            other => {
                let text = format!("{other:?}");
                text.split([' ', '{']).next().unwrap().to_owned()
            }
        });
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn command(w: &mut Wire, id: SessionId, name: &str) {
    let (now, sdp) = (w.now, b"sdp".to_vec());
    let to = NameAddr::parse(b"<sip:b@c>").unwrap();
    match name {
        "progress" => w.stack.progress(now, id, 180, None),
        "answer" => w.stack.answer(now, id, sdp),
        "refuse" => w.stack.refuse(now, id, &Refusal::new(486)),
        "bye" => w.stack.bye(now, id, None),
        "cancel" => w.stack.cancel(now, id),
        "reinvite" => w.stack.reinvite(now, id, sdp),
        "update" => w.stack.update(now, id, sdp),
        "answer_offer" => w.stack.answer_offer(now, id, sdp),
        "refuse_offer" => w.stack.refuse_offer(now, id, 488),
        "refer" => {
            w.stack.refer(now, id, &Referral { to, replaces: None, by: None, report: true });
        }
        _ => w.stack.info(now, id, "text/plain", b"x"),
    }
}

#[test]
fn each_state_answers_each_input_as_the_table_says() {
    let mut table = String::new();
    for state in STATES {
        table += &format!("{state}\n");
        for (method, headers, body) in REQUESTS {
            let (mut w, mut phone, _) = reach(state);
            w.receive(&phone.request(method, headers, body));
            let name = format!("{method}{}", if body == "offer" { " with offer" } else { "" });
            table += &format!("  {name:18} {}\n", said(&mut w));
        }
        for name in COMMANDS {
            let (mut w, _, id) = reach(state);
            command(&mut w, id, name);
            table += &format!("  {:18} {}\n", format!("> {name}"), said(&mut w));
        }
        let (mut w, ..) = reach(state);
        let mut later = Vec::new();
        while w.now < ids::Moment::from_millis(200_000) {
            let Some(at) = w.stack.poll_timeout().filter(|at| at.since(w.now).as_secs() < 100)
            else {
                break;
            };
            w.now = at.max(w.now);
            w.stack.handle_timeout(w.now);
            let now = said(&mut w);
            if now != "nothing" && !later.contains(&now) {
                later.push(now);
            }
        }
        let later = if later.is_empty() { "nothing".to_owned() } else { later.join("; ") };
        table += &format!("  {:18} {later}\n", "silence");
    }
    expect_file!["states.txt"].assert_eq(&table);
}
