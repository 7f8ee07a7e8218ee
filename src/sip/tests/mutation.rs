//! The whole stack fed with mutated messages, seeds committed: it never panics, holds no more than
//! its limits, and says one last word about every call.

#![allow(clippy::unwrap_used)]

mod wire;

use sip::{Config, Event, Frame, Framer, Limits, Refusal, SessionId};
use std::collections::BTreeMap;
use wire::{Phone, Wire};

struct Chance(u64);

impl Chance {
    fn roll(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

const PIECES: [&str; 16] = [
    "\r\n",
    "\r\n\r\n",
    ";tag=",
    "\"",
    "<",
    ">",
    ",",
    ";",
    ":",
    "\0",
    "\u{ff}",
    "z9hG4bK",
    "99999999999",
    "Via: ",
    "Record-Route: <sip:x;lr>\r\n",
    " ",
];

fn mutate(text: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..chance.roll(5) {
        let at = chance.roll(bytes.len());
        match chance.roll(6) {
            0 if !bytes.is_empty() => bytes[at] = chance.roll(256) as u8,
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..(at + chance.roll(40)).min(bytes.len()))),
            3 => {
                let piece = PIECES[chance.roll(PIECES.len())].bytes();
                drop(bytes.splice(at..at, piece));
            }
            4 => {
                let end = (at + chance.roll(80)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = chance.roll(bytes.len());
                drop(bytes.splice(to..to, copy));
            }
            _ => {}
        }
    }
    bytes
}

fn storm(seed: u64, turns: usize) {
    let chance = &mut Chance(seed);
    let limits = Limits { sessions_max: 20, transactions_max: 200, message_bytes_max: 4_000 };
    let mut w = Wire::with(Config { limits, ..Config::new([3; 32]) });
    let mut phones: Vec<Phone> = Vec::new();
    let mut sent: Vec<String> = Vec::new();
    let mut lasts: BTreeMap<SessionId, u32> = BTreeMap::new();
    for turn in 0..turns {
        if phones.len() < 30 {
            phones.push(Phone { call_id: format!("call-{turn}"), ..Phone::new() });
        }
        let n = chance.roll(phones.len());
        let phone = &mut phones[n];
        if let Some(last) =
            sent.iter().rev().find(|m| m.starts_with("SIP/") && m.contains(&phone.call_id))
        {
            phone.learn(&last.clone());
        }
        let reply_to = (!sent.is_empty()).then(|| sent[chance.roll(sent.len())].clone());
        let text = match chance.roll(12) {
            0..3 => phone.invite(Some("v=0")),
            3 => phone.invite(None),
            4 => phone.ack(Some("v=0")),
            5 => phone.cancel(),
            6 => phone.request("BYE", "", ""),
            7 => phone.request("UPDATE", "", "v=0"),
            8 => phone.request("INVITE", "Contact: <sip:a@192.0.2.9>\r\n", "v=0"),
            9 => phone.outside("OPTIONS", ""),
            _ => {
                let status = [100, 180, 183, 200, 200, 302, 404, 487, 491][chance.roll(9)];
                reply_to.map(|m| phone.respond(&m, status, "v=0")).unwrap_or_default()
            }
        };
        if chance.roll(20) == 0 {
            phones.swap_remove(n);
        }
        let bytes = mutate(&text, chance);
        w.stack.handle_message(w.now, w.path, &bytes);
        if chance.roll(40) == 0 {
            lasts.insert(w.call((chance.roll(2) == 0).then_some("v=0")), 0);
        }
        while let Some(event) = w.stack.poll_event() {
            react(&mut w, chance, &mut lasts, event);
        }
        while let Some(t) = w.stack.poll_transmit() {
            sent.push(String::from_utf8_lossy(&t.bytes).into_owned());
        }
        sent.drain(..sent.len().saturating_sub(60));
        let holdings = w.stack.holdings();
        // Transactions of our own requests, and CANCEL and BYE for what is there, come on top.
        assert!(holdings.sessions <= 20 + 20 && holdings.transactions <= 400, "{holdings:?}");
        w.sending_times_ms(|_| false, chance.roll(800) as u64);
    }
    for id in lasts.keys().copied().collect::<Vec<_>>() {
        w.stack.bye(w.now, id, None);
    }
    for _ in 0..3 {
        while let Some(event) = w.stack.poll_event() {
            react(&mut w, chance, &mut lasts, event);
        }
        w.run_s(70);
    }
    assert_eq!(w.stack.holdings().transactions, 0);
    assert_eq!(w.stack.holdings().sessions, 0);
    assert!(lasts.values().all(|&n| n == 1), "{lasts:?}");
}

fn react(w: &mut Wire, chance: &mut Chance, lasts: &mut BTreeMap<SessionId, u32>, event: Event) {
    let now = w.now;
    match event {
        Event::Incoming { session, .. } => {
            lasts.insert(session, 0);
            match chance.roll(4) {
                0 => w.stack.refuse(now, session, &Refusal::new(chance.roll(800) as u16)),
                1 => w.stack.progress(now, session, chance.roll(400) as u16, None),
                2 => w.stack.answer(now, session, b"v=0".to_vec()),
                _ => {}
            }
        }
        Event::Established { session, .. } | Event::Answered { session, .. } => {
            match chance.roll(4) {
                0 => w.stack.bye(now, session, None),
                1 => w.stack.reinvite(now, session, b"v=0".to_vec()),
                2 => w.stack.update(now, session, b"v=0".to_vec()),
                _ => w.stack.info(now, session, "x/y", b"z"),
            }
        }
        Event::Offer { session, .. } | Event::OfferWanted { session } => match chance.roll(3) {
            0 => w.stack.answer_offer(now, session, b"v=0".to_vec()),
            1 => w.stack.refuse_offer(now, session, 488),
            _ => {}
        },
        Event::NeedAnswer { session, .. } => w.stack.answer(now, session, b"v=0".to_vec()),
        Event::Progress { session, .. } if chance.roll(3) == 0 => w.stack.cancel(now, session),
        Event::Ended { session, .. }
        | Event::Cancelled { session }
        | Event::Failed { session, .. } => {
            *lasts.entry(session).or_default() += 1;
        }
        _ => {}
    }
}

#[test]
fn mutated_messages_neither_panic_nor_pile_up() {
    for seed in 1..=6 {
        storm(seed, 3_000);
    }
}

#[test]
fn a_mutated_stream_is_cut_or_given_up_but_never_grows() {
    let chance = &mut Chance(99);
    for _ in 0..3_000 {
        let mut framer = Framer::new(4_000);
        for n in 0..10 {
            let phone = &mut Phone { call_id: format!("s-{n}"), ..Phone::new() };
            framer.handle_bytes(&mutate(&phone.invite(Some("v=0")), chance));
            let mut frames = 0;
            while let Ok(Some(frame)) = framer.poll_frame() {
                frames += 1;
                if let Frame::Message(bytes) = frame {
                    assert!(bytes.len() <= 4_000);
                }
            }
            assert!(frames < 1_000);
        }
    }
}
