//! One stack on a wire, and a phone that writes its messages by hand.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use ids::Moment;
use sip::digest::Credentials;
use sip::{Config, Event, Incoming, Invite, NameAddr, Path, SessionId, Stack};
use std::time::Duration;

pub struct Wire {
    pub stack: Stack,
    pub now: Moment,
    pub path: Path,
    pub last: String,
}

impl Wire {
    pub fn new() -> Wire {
        Wire::with(Config::new([7; 32]))
    }

    pub fn with(config: Config) -> Wire {
        let path = Path::udp("192.0.2.1:5060".parse().unwrap(), "192.0.2.9:5060".parse().unwrap());
        Wire {
            stack: Stack::new(config),
            now: Moment::from_millis(1_000),
            path,
            last: String::new(),
        }
    }

    pub fn receive(&mut self, message: &str) {
        self.stack.handle_message(self.now, self.path, message.as_bytes());
    }

    pub fn sent_by(&mut self) -> (Path, String) {
        let t = self.stack.poll_transmit().expect("something to send");
        (t.path, String::from_utf8_lossy(&t.bytes).into_owned())
    }

    pub fn sent(&mut self) -> String {
        self.sent_by().1
    }

    pub fn event(&mut self) -> Event {
        self.stack.poll_event().expect("an event")
    }

    pub fn incoming(&mut self) -> (SessionId, Box<Incoming>) {
        match self.event() {
            Event::Incoming { session, invite } => (session, invite),
            other => panic!("no call came in: {other:?}"),
        }
    }

    pub fn silent(&mut self) {
        assert_eq!(self.stack.poll_transmit(), None);
        assert_eq!(self.stack.poll_event(), None);
    }

    pub fn silent_but_events(&mut self) {
        assert_eq!(self.stack.poll_transmit(), None);
        while self.stack.poll_event().is_some() {}
    }

    pub fn empty(&mut self) {
        let holdings = self.stack.holdings();
        assert_eq!((holdings.sessions, holdings.transactions), (0, 0));
    }

    pub fn run_s(&mut self, seconds: u64) {
        self.sending_times_ms(|_| false, seconds * 1_000);
    }

    /// Lets time pass; when, from now, messages of this kind were sent.
    pub fn sending_times_ms(&mut self, kind: impl Fn(&str) -> bool, span_ms: u64) -> Vec<u64> {
        let (start, mut times) = (self.now, Vec::new());
        let end = start + Duration::from_millis(span_ms);
        while let Some(at) = self.stack.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.stack.handle_timeout(self.now);
            while let Some(t) = self.stack.poll_transmit() {
                let text = String::from_utf8_lossy(&t.bytes).into_owned();
                if kind(&text) {
                    times.push(self.now.since(start).as_millis() as u64);
                    self.last = text;
                }
            }
        }
        self.now = end;
        times
    }

    pub fn call(&mut self, sdp: Option<&str>) -> SessionId {
        self.call_as(sdp, None)
    }

    pub fn call_as(&mut self, sdp: Option<&str>, credentials: Option<Credentials>) -> SessionId {
        let invite = Invite { credentials, ..self.order(sdp) };
        self.stack.invite(self.now, &invite)
    }

    /// A call to make.
    pub fn order(&self, sdp: Option<&str>) -> Invite {
        let name = |s: &str| NameAddr::parse(s.as_bytes()).unwrap();
        Invite {
            target: "sip:anna@192.0.2.9".parse().unwrap(),
            path: self.path,
            from: name("\"Hotline\" <sip:hotline@192.0.2.1>"),
            to: None,
            routes: Vec::new(),
            sdp: sdp.map(Into::into),
            headers: Vec::new(),
            credentials: None,
        }
    }

    /// A call that came in and is up.
    pub fn up(&mut self) -> (Phone, SessionId) {
        let mut phone = Phone::new();
        if self.path.connection.is_some() {
            phone.transport = "TCP";
        }
        self.receive(&phone.invite(Some("offer")));
        let (id, _) = self.incoming();
        self.stack.answer(self.now, id, b"answer".to_vec());
        phone.learn(&self.sent());
        self.receive(&phone.ack(None));
        assert!(matches!(self.event(), Event::Established { .. }));
        (phone, id)
    }
}

pub struct Phone {
    pub call_id: String,
    pub tag: String,
    pub to: String,
    pub cseq: u32,
    pub branch: u32,
    pub extra: String,
    pub transport: &'static str,
}

impl Phone {
    pub fn new() -> Phone {
        Phone {
            call_id: "call-1".to_owned(),
            tag: "phone".to_owned(),
            to: "<sip:hotline@192.0.2.1>".to_owned(),
            cseq: 1,
            branch: 0,
            extra: String::new(),
            transport: "UDP",
        }
    }

    pub fn invite(&mut self, sdp: Option<&str>) -> String {
        let extra = format!("Contact: <sip:anna@192.0.2.9:5060>\r\n{}", self.extra);
        self.branch += 1;
        self.write("INVITE", &extra, sdp.unwrap_or(""))
    }

    /// A request in the dialog.
    pub fn request(&mut self, method: &str, extra: &str, body: &str) -> String {
        self.cseq += 1;
        self.branch += 1;
        self.write(method, extra, body)
    }

    /// A request outside any dialog.
    pub fn outside(&mut self, method: &str, extra: &str) -> String {
        self.branch += 1;
        self.write(method, extra, "")
    }

    pub fn ack(&mut self, sdp: Option<&str>) -> String {
        self.branch += 1;
        self.write("ACK", "", sdp.unwrap_or(""))
    }

    pub fn ack_failure(&mut self) -> String {
        self.write("ACK", "", "")
    }

    pub fn cancel(&mut self) -> String {
        self.write("CANCEL", "", "")
    }

    pub fn learn(&mut self, response: &str) {
        self.to = value(response, "To").to_owned();
    }

    pub fn write(&self, method: &str, extra: &str, body: &str) -> String {
        let Phone { call_id, tag, to, cseq, branch, transport, .. } = self;
        let typed = body.is_empty() || extra.contains("Content-Type");
        let kind = if typed { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:hotline@192.0.2.1 SIP/2.0\r\n\
             Via: SIP/2.0/{transport} 192.0.2.9:5060;branch=z9hG4bK{call_id}-{branch};rport\r\n\
             Max-Forwards: 70\r\nFrom: \"Anna\" <sip:anna@192.0.2.9>;tag={tag}\r\nTo: {to}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n{extra}{kind}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// A response of this phone to a request of ours.
    pub fn respond(&mut self, request: &str, status: u16, body: &str) -> String {
        let get = |name| value(request, name);
        let mut to = get("To").to_owned();
        if !to.contains(";tag=") {
            to = format!("{to};tag={}", self.tag);
        }
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "SIP/2.0 {status} Whatever\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             Contact: <sip:anna@192.0.2.9:5060>\r\n{}{kind}Content-Length: {}\r\n\r\n{body}",
            get("Via"),
            get("From"),
            get("Call-ID"),
            get("CSeq"),
            self.extra,
            body.len()
        )
    }
}

/// The first value of a header in a message of ours.
pub fn value<'a>(message: &'a str, name: &str) -> &'a str {
    let prefix = format!("{name}: ");
    message.lines().find_map(|l| l.strip_prefix(prefix.as_str())).unwrap_or("")
}
