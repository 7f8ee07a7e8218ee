//! The messages of RFC 4475 and RFC 5118, byte for byte, and what becomes of each: the tables beside
//! them say it with the section and the reason, and the stack must really do it.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files must fail")]

mod wire;

use sip::{Event, Message, Start};
use std::fmt::Write as _;
use std::path::PathBuf;
use wire::Wire;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/torture").join(name)
}

/// The files of a folder, by name.
fn messages(folder_name: &str) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(folder(folder_name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

/// What the parser makes of it.
fn verdict(bytes: &[u8]) -> String {
    match Message::parse(bytes) {
        Err(error) => error.to_string(),
        Ok(message) => match message.fault() {
            Some(fault) => fault.to_string(),
            None => "whole".to_owned(),
        },
    }
}

/// What a stack does that knows nothing yet.
fn reaction(bytes: &[u8]) -> String {
    let mut w = Wire::new();
    w.stack.handle_message(w.now, w.path, bytes);
    let mut said = String::new();
    while let Some(event) = w.stack.poll_event() {
        match event {
            Event::Incoming { .. } => said += "a call",
            other => write!(said, "{other:?}").unwrap(),
        }
    }
    while let Some(transmit) = w.stack.poll_transmit() {
        let text = String::from_utf8(transmit.bytes).unwrap();
        said += text.lines().next().unwrap().trim_start_matches("SIP/2.0 ");
    }
    if said.is_empty() { "dropped".to_owned() } else { said }
}

/// What a stack does that has called: the response is aimed at its INVITE as far as the file leaves
/// its headers readable.
fn reaction_of_a_caller(bytes: &[u8]) -> String {
    let mut w = Wire::new();
    w.call(Some("v=0"));
    let invite = w.sent();
    let from_invite =
        |name: &str| format!("{name}: {}\r\n", wire::value(&invite, name)).into_bytes();
    let mut aimed = Vec::new();
    let (mut via_done, mut in_head) = (false, true);
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        in_head &= line != b"\r\n";
        let name = line.split(|&b| b == b':').next().unwrap();
        match name {
            b"Via" if in_head && !via_done => {
                via_done = true;
                aimed.extend(from_invite("Via"));
            }
            b"From" | b"Call-ID" if in_head => {
                aimed.extend(from_invite(std::str::from_utf8(name).unwrap()));
            }
            b"CSeq" if in_head && line.len() < 20 => aimed.extend(from_invite("CSeq")),
            _ => aimed.extend(line),
        }
    }
    w.stack.handle_message(w.now, w.path, &aimed);
    match w.stack.poll_event() {
        None if w.sending_times_ms(|m| m.starts_with("INVITE"), 2_000).is_empty() => {
            "no more retransmissions".to_owned()
        }
        None => "dropped".to_owned(),
        Some(Event::Answered { .. }) => "answered".to_owned(),
        Some(Event::Progress { status, .. }) => format!("progress {status}"),
        Some(other) => format!("{other:?}"),
    }
}

/// Archives of RFC 5118 have bare line feeds, lengths that fit neither them nor CRLF, and sometimes
/// no blank line: what went over the wire has neither of these faults.
fn on_the_wire(archived: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(archived.to_vec()).unwrap().replace('\n', "\r\n");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text.trim_end(), ""));
    let lines = head.lines().map(|line| match line.starts_with("Content-Length:") {
        true => format!("Content-Length: {}\r\n", body.len()),
        false => format!("{line}\r\n"),
    });
    format!("{}\r\n{body}", lines.collect::<String>()).into_bytes()
}

/// Compares what happens with the table: `section | message | parsed as | reaction | reason`.
fn check(table: &str, wire: impl Fn(&[u8]) -> Vec<u8>) {
    let text = std::fs::read_to_string(folder(table)).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let files = messages(table.trim_end_matches(".txt"));
    let mut differences = String::new();
    for (name, archived) in &files {
        let bytes = wire(archived);
        let response = matches!(
            Message::parse(&bytes).map(|m| matches!(m.start(), Start::Response { .. })),
            Ok(true)
        );
        let mut now = reaction(&bytes);
        if response {
            now = format!("{now}; to a caller: {}", reaction_of_a_caller(&bytes));
        }
        let seen = (verdict(&bytes), now);
        match rows.iter().find(|row| row[1] == name) {
            None => {
                writeln!(differences, "? | {name} | {} | {} | not in the table", seen.0, seen.1)
            }
            Some(row) if (row[2], row[3]) == (&seen.0, &seen.1) && row.len() == 5 => Ok(()),
            Some(row) => writeln!(differences, "{name}: {seen:?}, not {:?}", (row[2], row[3])),
        }
        .unwrap();
    }
    assert!(differences.is_empty(), "{table}:\n{differences}");
    assert_eq!(rows.len(), files.len(), "a row without a message");
}

#[test]
fn each_message_of_rfc_4475_gets_its_reaction() {
    check("rfc4475.txt", <[u8]>::to_vec);
}

#[test]
fn each_message_of_rfc_5118_gets_its_reaction() {
    check("rfc5118.txt", on_the_wire);
}

#[test]
fn the_second_message_of_a_datagram_is_not_read() {
    let (_, bytes) = messages("rfc4475").into_iter().find(|(name, _)| name == "dblreq").unwrap();
    let message = Message::parse(&bytes).unwrap();
    assert!(message.bytes().len() < bytes.len() && message.body().is_empty());
}

#[test]
fn a_caller_of_rfc_2543_without_contact_is_reached_at_its_from() {
    let (_, bytes) = messages("rfc4475").into_iter().find(|(name, _)| name == "inv2543").unwrap();
    let mut w = Wire::new();
    w.stack.handle_message(w.now, w.path, &bytes);
    let (id, _) = w.incoming();
    w.stack.answer(w.now, id, b"v=0".to_vec());
    let tag = wire::value(&w.sent(), "To").to_owned();
    let ack = String::from_utf8(bytes).unwrap().replace("INVITE", "ACK");
    let ack = ack.replace("To: sip:+16505552222@ss1.example.net;user=phone", &format!("To: {tag}"));
    w.receive(&ack);
    assert!(matches!(w.event(), Event::Established { .. }));
    w.stack.bye(w.now, id, None);
    let bye = w.sent();
    assert!(bye.contains("13035551111@ift.client.example.net") && bye.starts_with("BYE "), "{bye}");
}

#[test]
fn two_requests_with_the_bare_cookie_are_two_transactions() {
    let (_, bytes) = messages("rfc4475").into_iter().find(|(name, _)| name == "badbranch").unwrap();
    let mut w = Wire::new();
    let first = String::from_utf8(bytes).unwrap();
    w.receive(&first);
    w.receive(&first.replace("CSeq: 8", "CSeq: 9"));
    assert!(w.sent().contains("CSeq: 8"));
    assert!(w.sent().contains("CSeq: 9"));
    assert_eq!(w.stack.holdings().transactions, 2);
}

#[test]
fn who_speaks_another_version_gets_the_via_back_that_was_sent() {
    let (_, bytes) = messages("rfc4475").into_iter().find(|(name, _)| name == "badvers").unwrap();
    let mut w = Wire::new();
    w.stack.handle_message(w.now, w.path, &bytes);
    assert!(
        wire::value(&w.sent(), "Via").starts_with("SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw")
    );
}
