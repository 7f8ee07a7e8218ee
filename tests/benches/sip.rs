//! What the SIP core costs: reading one INVITE with five typed headers, beside another parser in the
//! same run, and a whole call (INVITE, 200, ACK, BYE, 200) from its bytes to the bytes of its answers.
//!
//! `cargo bench -p acceptance --bench sip`; figures are CPU time of this thread, the best of several
//! rounds, because anything else on the machine only adds to it.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on must stop")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "sip/other.rs"]
mod other;

use acceptance::bare::cpu;
use ids::Moment;
use sip::{AddrParts, CSeq, Config, Event, Message, Name, NameAddr, Path, Stack, Uri, Via, values};
use std::hint::black_box;
use std::time::Duration;

/// An INVITE of 1.1 kB as a trunk sends it.
const INVITE: &[u8] = include_bytes!("../../src/sip/tests/messages/invite.sip");
const ROUNDS: usize = 7;
const READS: u32 = 20_000;
const CALLS: u32 = 4_000;

fn main() {
    let (reading, theirs) = (best(read_ours), best(other::read));
    println!("one INVITE of {} bytes, five typed headers, CPU:", INVITE.len());
    println!("  parley     {:>8.2} µs", micros(reading / READS));
    println!("  rsipstack  {:>8.2} µs", micros(theirs / READS));
    println!("one call, INVITE 200 ACK BYE 200, the stack alone, CPU:");
    println!("  parley     {:>8.4} ms", micros(best(call_ours) / CALLS) / 1_000.0);
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1_000.0
}

fn best(mut run: impl FnMut() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| run()).min().unwrap_or_default()
}

fn timed(work: impl FnOnce()) -> Duration {
    let before = cpu::of_this_thread();
    work();
    cpu::of_this_thread() - before
}

/// Via, From, To, CSeq and Contact, as owned values where we have such.
fn read_ours() -> Duration {
    timed(|| {
        for _ in 0..READS {
            let m = Message::parse(black_box(INVITE)).unwrap();
            let via = Via::parse(values(m.header(Name::Via).unwrap()).next().unwrap()).unwrap();
            let from = NameAddr::parse(m.header(Name::From).unwrap()).unwrap();
            let to = NameAddr::parse(m.header(Name::To).unwrap()).unwrap();
            let cseq = CSeq::parse(m.header(Name::CSeq).unwrap()).unwrap();
            let contact = AddrParts::parse(m.header(Name::Contact).unwrap()).unwrap();
            black_box((via, from, to, cseq, Uri::parse(contact.uri).unwrap()));
        }
    })
}

/// The INVITE of call `n`.
fn invite(n: u32) -> Vec<u8> {
    let text = String::from_utf8_lossy(INVITE);
    let text = text.replace("z9hG4bKac1184302948", &format!("z9hG4bKac{n:010}"));
    text.replace("4f9a1c2e7b604d1e8a35b7c1d2e3f405", &format!("{n:032x}")).into_bytes()
}

/// ACK or BYE of call `n`, whose To has this tag.
fn in_dialog(n: u32, method: &str, cseq: u32, to: &str) -> Vec<u8> {
    let head = String::from_utf8_lossy(&invite(n)).split("Contact:").next().unwrap().to_owned();
    let head = head.replacen(
        "INVITE sip:+48221234567@192.0.2.1:5060;user=phone",
        &format!("{method} sip:parley@192.0.2.1:5060"),
        1,
    );
    let head = head.replace("CSeq: 102 INVITE", &format!("CSeq: {cseq} {method}"));
    let head = head.replace("z9hG4bKac", &format!("z9hG4bK{method}"));
    let head = head.replace("To: <sip:+48221234567@192.0.2.1;user=phone>", &format!("To: {to}"));
    format!("{head}Content-Length: 0\r\n\r\n").into_bytes()
}

/// The To of a response.
fn to_of(response: &[u8]) -> String {
    let text = String::from_utf8_lossy(response);
    text.lines().find_map(|l| l.strip_prefix("To: ")).unwrap().to_owned()
}

/// Calls arrive 2 ms apart and stay in their timers after their end, as they do at 500 a second.
fn call_ours() -> Duration {
    let mut stack = Stack::new(Config::new([7; 32]));
    let path = Path::udp("192.0.2.1:5060".parse().unwrap(), "198.51.100.7:5060".parse().unwrap());
    let mut now = Moment::from_millis(1_000);
    let answer = INVITE.split(|&b| b == b'v').next_back().unwrap().to_vec();
    let mut spent = Duration::ZERO;
    let batch = 200;
    for first in (0..CALLS).step_by(batch as usize) {
        let invites: Vec<_> = (first..first + batch).map(invite).collect();
        let mut answers = Vec::with_capacity(batch as usize);
        spent += timed(|| {
            for bytes in &invites {
                now = now + Duration::from_millis(2);
                stack.handle_timeout(now);
                stack.handle_message(now, path, bytes);
                let Some(Event::Incoming { session, .. }) = stack.poll_event() else {
                    panic!("no call")
                };
                stack.answer(now, session, answer.clone());
                answers.push(stack.poll_transmit().unwrap());
            }
        });
        let rest: Vec<_> = (first..first + batch)
            .zip(&answers)
            .map(|(n, answer)| (n, to_of(&answer.bytes)))
            .map(|(n, to)| [in_dialog(n, "ACK", 102, &to), in_dialog(n, "BYE", 103, &to)])
            .collect();
        spent += timed(|| {
            for [ack, bye] in &rest {
                stack.handle_message(now, path, ack);
                stack.handle_message(now, path, bye);
                while let Some(transmit) = stack.poll_transmit() {
                    black_box(transmit);
                }
                while let Some(event) = stack.poll_event() {
                    black_box(event);
                }
            }
        });
    }
    assert_eq!(stack.holdings().sessions, 0, "every call is over");
    spent
}
