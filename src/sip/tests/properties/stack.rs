//! A whole stack fed with a sequence of datagrams, of stretches of time and of decisions.
//!
//! ```text
//!   \x1e op payload \x1e op payload ...      op, modulo 8:
//!     0..=3 a datagram      4 a message over a connection     5 time passes, 100 ms a byte
//!     6 the exchange acts, once a byte                        7 the connection closes
//! ```
//! `@TAG@` and `@BRANCH@` in a message stand for the tag we gave last and the branch of our last
//! request: so a file of the corpus gets into dialogs and answers our requests.

use ids::Moment;
use sip::{Config, Event, Limits, Path, Refusal, SessionId, Stack, Transport};
use std::collections::BTreeMap;
use std::time::Duration;

const LIMITS: Limits = Limits { sessions_max: 8, transactions_max: 64, message_bytes_max: 4_000 };

struct Run {
    stack: Stack,
    now: Moment,
    path: Path,
    tag: Vec<u8>,
    branch: Vec<u8>,
    /// Last events by session.
    lasts: BTreeMap<SessionId, u32>,
}

/// Never a panic, never more held than the limits allow, never a long answer to a short message, one
/// last event for each call, and in the end nothing left.
pub fn stack(data: &[u8]) {
    let config = Config { limits: LIMITS, ..Config::new([7; 32]) };
    let path = Path::udp("192.0.2.1:5060".parse().unwrap(), "192.0.2.9:5060".parse().unwrap());
    let start = Moment::from_millis(1_000);
    let mut run = Run {
        stack: Stack::new(config),
        now: start,
        path,
        tag: b"none".to_vec(),
        branch: b"none".to_vec(),
        lasts: BTreeMap::new(),
    };
    for step in data.split(|&b| b == 0x1e).take(200) {
        if let Some((&op, payload)) = step.split_first() {
            run.step(op % 8, payload);
            let held = run.stack.holdings();
            assert!(held.sessions <= LIMITS.sessions_max, "{held:?}");
            // Requests of ours come on top: a BYE for each session and for each fork of it.
            assert!(held.transactions <= 2 * LIMITS.transactions_max, "{held:?}");
        }
    }
    run.end();
}

impl Run {
    fn step(&mut self, op: u8, payload: &[u8]) {
        let stream = Path { transport: Transport::Tcp, connection: Some(1), ..self.path };
        match op {
            0..=3 => self.receive(self.path, payload),
            4 => self.receive(stream, payload),
            5 => self.wait(payload.len() as u64 * 100),
            6 => payload.iter().for_each(|&b| self.decide(b)),
            _ => self.stack.handle_transport_error(self.now, &stream),
        }
        self.drain();
    }

    fn receive(&mut self, path: Path, template: &[u8]) {
        let bytes = &with(template, b"@TAG@", &self.tag);
        let bytes = &with(bytes, b"@BRANCH@", &self.branch);
        self.stack.handle_message(self.now, path, bytes);
        let mut sent = 0;
        while let Some(transmit) = self.stack.poll_transmit() {
            self.learn(&transmit.bytes);
            sent += transmit.bytes.len();
            assert_eq!(transmit.path.remote.ip(), path.remote.ip(), "only the sender is answered");
        }
        // What is ours in it: names of headers, tags, the lists of what we can do, twice with a CANCEL.
        assert!(sent <= 4 * bytes.len() + 2_000, "{sent} bytes for {}", bytes.len());
    }

    fn wait(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        let mut turns = 0;
        while let Some(at) = self.stack.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.stack.handle_timeout(self.now);
            self.drain();
            turns += 1;
            assert!(turns < 100_000, "a timer that never stops");
        }
        self.now = end;
    }

    fn decide(&mut self, choice: u8) {
        let Some((&id, _)) = self.lasts.iter().nth(usize::from(choice >> 4)) else { return };
        let (now, stack, sdp) = (self.now, &mut self.stack, b"v=0".to_vec());
        match choice & 15 {
            0..=4 => stack.answer(now, id, sdp),
            5 => stack.progress(now, id, 180, None),
            6 => stack.progress(now, id, 183, Some(sdp)),
            7 => stack.refuse(now, id, &Refusal::new(486)),
            8 => stack.reinvite(now, id, sdp),
            9 => stack.update(now, id, sdp),
            10 => stack.answer_offer(now, id, sdp),
            11 => stack.refuse_offer(now, id, 488),
            12 => stack.info(now, id, "a/b", b"c"),
            13 => stack.cancel(now, id),
            _ => stack.bye(now, id, None),
        }
    }

    fn learn(&mut self, sent: &[u8]) {
        let text = String::from_utf8_lossy(sent);
        let line = |name: &str| text.lines().find(|l| l.starts_with(name)).unwrap_or("").to_owned();
        let after = |line: &str, mark: &str| {
            let rest = line.split_once(mark).map_or("", |(_, rest)| rest);
            rest.split(';').next().unwrap_or("").as_bytes().to_vec()
        };
        if text.starts_with("SIP/2.0") {
            self.tag = after(&line("To: "), ";tag=");
        } else {
            self.branch = after(&line("Via: "), ";branch=");
        }
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.stack.poll_transmit() {
            self.learn(&transmit.bytes);
        }
        while let Some(event) = self.stack.poll_event() {
            match event {
                Event::Incoming { session, .. } => {
                    assert_eq!(self.lasts.insert(session, 0), None);
                }
                Event::Cancelled { session }
                | Event::Failed { session, .. }
                | Event::Ended { session, .. } => *self.lasts.get_mut(&session).unwrap() += 1,
                _ => {}
            }
        }
    }

    fn end(&mut self) {
        for id in self.lasts.keys().copied().collect::<Vec<_>>() {
            self.stack.bye(self.now, id, None);
            self.drain();
        }
        self.wait(200_000);
        let held = self.stack.holdings();
        assert_eq!((held.sessions, held.transactions, held.timers), (0, 0, 0));
        assert!(self.lasts.values().all(|&n| n == 1), "{:?}", self.lasts);
    }
}

/// The bytes with every mark replaced.
fn with(bytes: &[u8], mark: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(mark.len()).position(|w| w == mark) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(by);
        rest = &rest[at + mark.len()..];
    }
    out.extend_from_slice(rest);
    out
}
