//! Every state of a call × every input, as a table that is checked in.
//!
//! Each row brings a fresh building into the state, gives it one input, and prints what it did:
//! SIP messages by their first line, media commands and writes by their kind.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use dialplan::{Catalogues, Environment, Plan, Texts};
use exchange::{Config, Effect, Exchange, Hours, NoPorts, Now, Number, OpenPorts};
use expect_test::expect_file;
use ids::{Lang, LegId, Moment};
use media::command::{Command, Event as Media, LegStats};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use words::Catalogue;

const FLOW: &str = r#"
flow hello {
    languages en
    entry hello
    menu hello { prompt hello; key 1 hello; key 8 stop; no-input bye; no-match bye; tries 3 }
    opt-out stop { stopped bye; kept bye; error bye }
    say bye { prompt person; then end }
}
"#;

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
const HOLD: &str = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";
const NO_CODEC: &str = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
m=audio 4000 RTP/AVP 18\r\n";

const PROTECTED: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
m=audio 4000 RTP/SAVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n\
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw\r\n";

/// One building with at most one call, and the caller's side of its signalling.
struct Stage {
    exchange: Exchange,
    now: Now,
    leg: LegId,
    to: String,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Nothing,
    Opening,
    Answering,
    Talking,
    Closing,
}

#[derive(Clone, Copy, Debug)]
enum Input {
    PortsOpened,
    NoPort,
    Ack,
    Cancel,
    Bye,
    Hold,
    NoCodecLeft,
    InfoKey,
    KeyUp,
    MediaDead,
    MediaClosed,
    Drain,
    HangUpAll,
    AnHourPasses,
}

const STATES: [State; 5] =
    [State::Nothing, State::Opening, State::Answering, State::Talking, State::Closing];
const INPUTS: [Input; 14] = [
    Input::PortsOpened,
    Input::NoPort,
    Input::Ack,
    Input::Cancel,
    Input::Bye,
    Input::Hold,
    Input::NoCodecLeft,
    Input::InfoKey,
    Input::KeyUp,
    Input::MediaDead,
    Input::MediaClosed,
    Input::Drain,
    Input::HangUpAll,
    Input::AnHourPasses,
];

#[test]
fn every_state_answers_every_input_as_the_table_says() {
    let mut table = String::new();
    for state in STATES {
        for input in INPUTS {
            let mut stage = Stage::at(state);
            stage.give(input);
            let did = stage.drain();
            let census = stage.exchange.census();
            assert!(census.legs <= census.calls && census.sessions <= census.calls, "{census:?}");
            let did = if did.is_empty() { "-".to_owned() } else { did.join(", ") };
            let _ = writeln!(table, "{state:?} × {input:?} -> {did} [{} calls]", census.calls);
        }
    }
    expect_file!["table.txt"].assert_eq(&table);
}

#[test]
fn what_this_server_cannot_do_yet_is_left_by_its_error_at_once_and_loudly() {
    let mut stage = Stage::at(State::Talking);
    let (leg, source) = (stage.leg, media::command::KeySource::Rtp);
    let key = keypad::Key::from_char('8').unwrap();
    let up = Media::KeyUp { leg, key, held_ms: 100, source };
    stage.exchange.handle_media(stage.now, up);
    let did = stage.drain().join(", ");
    assert!(did.contains("alarm") && did.ends_with("prompt plays, event prompt-started"), "{did}");
}

#[test]
fn a_caller_with_keys_is_answered_with_keys_and_its_leg_gets_them() {
    let mut stage = Stage::at(State::Nothing);
    stage.send("INVITE", 1, Some(("application/sdp", PROTECTED)));
    stage.drain();
    stage.give(Input::PortsOpened);
    let (mut answer, mut started) = (String::new(), None);
    while let Some(effect) = stage.exchange.poll_effect() {
        match effect {
            Effect::Transmit(transmit) => answer = String::from_utf8(transmit.bytes).unwrap(),
            Effect::Media(Command::Start(_, params)) => started = params.srtp,
            _ => {}
        }
    }
    assert!(answer.contains("m=audio 20000 RTP/SAVP 8 101\r\n"), "{answer}");
    assert!(answer.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"), "{answer}");
    let keys = started.unwrap();
    keys.receive.reveal(|bytes| assert_eq!(bytes, b"123456789012345678901234567890"));
    assert_ne!(keys.send, keys.receive);
}

impl Stage {
    fn at(state: State) -> Stage {
        let now = Now { mono: Moment::from_millis(1_000), unix_us: 1_772_442_000_000_000 };
        let exchange = Exchange::new(config(), vec![plan()]);
        let mut stage = Stage { exchange, now, leg: LegId(1), to: "<sip:any@192.0.2.9>".into() };
        let way: &[Input] = match state {
            State::Nothing => return stage,
            State::Opening => &[],
            State::Answering => &[Input::PortsOpened],
            State::Talking => &[Input::PortsOpened, Input::Ack],
            State::Closing => &[Input::PortsOpened, Input::Ack, Input::Bye],
        };
        stage.send("INVITE", 1, Some(("application/sdp", OFFER)));
        stage.drain();
        for input in way {
            stage.give(*input);
            stage.drain();
        }
        stage
    }

    fn give(&mut self, input: Input) {
        let (now, leg) = (self.now, self.leg);
        match input {
            Input::PortsOpened => self.exchange.ports_opened(now, leg, Ok(ports())),
            Input::NoPort => self.exchange.ports_opened(now, leg, Err(NoPorts)),
            Input::Ack => self.send("ACK", 1, None),
            Input::Cancel => self.send("CANCEL", 1, None),
            Input::Bye => self.send("BYE", 2, None),
            Input::Hold => self.send("INVITE", 2, Some(("application/sdp", HOLD))),
            Input::NoCodecLeft => self.send("INVITE", 2, Some(("application/sdp", NO_CODEC))),
            Input::InfoKey => {
                self.send("INFO", 2, Some(("application/dtmf-relay", "Signal=1\r\n")))
            }
            Input::KeyUp => {
                let key = keypad::Key::from_char('1').unwrap();
                let source = media::command::KeySource::Rtp;
                self.exchange.handle_media(now, Media::KeyUp { leg, key, held_ms: 100, source });
            }
            Input::MediaDead => self.exchange.handle_media(now, Media::Dead(leg)),
            Input::MediaClosed => {
                self.exchange.handle_media(now, Media::Closed(leg, Box::<LegStats>::default()));
            }
            Input::Drain => self.exchange.drain(),
            Input::HangUpAll => self.exchange.hang_up_all(now, "stopping"),
            Input::AnHourPasses => self.wait(Duration::from_secs(3_700)),
        }
    }

    /// Time passes in the steps that the machine asks for.
    fn wait(&mut self, time: Duration) {
        let end = self.now.mono + time;
        while let Some(due) = self.exchange.poll_timeout().filter(|due| *due <= end) {
            self.now.unix_us += (due - self.now.mono).as_micros() as i64;
            self.now.mono = self.now.mono.max(due);
            self.exchange.handle_timeout(self.now);
            if self.exchange.census().effects > 50 {
                return;
            }
        }
    }

    fn send(&mut self, method: &str, number: u32, body: Option<(&str, &str)>) {
        let (kind, body) = body.unwrap_or(("", ""));
        let kind =
            if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
        let branch =
            if method == "CANCEL" { "INVITE1".to_owned() } else { format!("{method}{number}") };
        let message = format!(
            "{method} sip:any@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch}\r\n\
             From: <sip:+48221000999@192.0.2.1>;tag=a\r\nTo: {}\r\nCall-ID: one\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:me@192.0.2.1:5060>\r\nMax-Forwards: 70\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            self.to,
            body.len()
        );
        let path =
            sip::Path::udp("192.0.2.9:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap());
        self.exchange.handle_sip(self.now, path, message.as_bytes());
    }

    /// What the building did, in words; learns our tag on the way.
    fn drain(&mut self) -> Vec<String> {
        let mut did = Vec::new();
        while let Some(effect) = self.exchange.poll_effect() {
            if let Effect::Transmit(transmit) = &effect {
                self.learn(&String::from_utf8_lossy(&transmit.bytes));
            }
            let word = word(&effect);
            if did.last() != Some(&word) {
                did.push(word);
            }
        }
        did
    }

    fn learn(&mut self, message: &str) {
        let to = message.lines().find_map(|line| line.strip_prefix("To: "));
        if let Some(to) = to.filter(|to| message.starts_with("SIP/2.0 200") && to.contains("tag="))
        {
            self.to = to.trim().to_owned();
        }
    }
}

fn word(effect: &Effect) -> String {
    match effect {
        Effect::Transmit(transmit) => {
            let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
            let first = text.lines().next().unwrap_or_default().trim_end_matches(" SIP/2.0");
            first.trim_start_matches("SIP/2.0 ").to_owned()
        }
        Effect::OpenPorts { .. } => "open ports".into(),
        Effect::Media(command) => match command {
            Command::Start(..) => "media starts".into(),
            Command::Update(_, params) => format!("media {:?}", params.direction),
            Command::Close(_) => "media closes".into(),
            Command::InfoKey(..) => "media hears a key".into(),
            Command::Stop(..) => "prompt stops".into(),
            other => format!("{other:?}"),
        },
        Effect::Play { .. } => "prompt plays".into(),
        Effect::Sound { sound, .. } => format!("{sound:?} plays"),
        Effect::FindCases { .. } => "asks for a case".into(),
        Effect::Verify(_) => "asks for proof".into(),
        Effect::WriteEvent(event) => format!("event {}", event.kind.name()),
        Effect::WriteCall(call) => format!("record \"{}\" {}", call.disposition, call.sip_status),
        Effect::Resolve { .. } => "asks DNS".into(),
        Effect::Recorder(order) => format!("{order:?}"),
        Effect::Outbound { news, .. } => format!("news {news:?}"),
        Effect::PaymentGate { .. } => "asks whether it may be paid".into(),
        Effect::Journal { step, .. } => format!("journals {:?}", step.state),
        Effect::VaultWrite(_) => "tells the vault".into(),
        Effect::VaultBroken(why) => format!("leaves the vault {why:?}"),
        Effect::StopCanary { .. } => "stop the canary".into(),
        Effect::Alarm(_) => "alarm".into(),
    }
}

fn ports() -> OpenPorts {
    OpenPorts { rtp: "192.0.2.9:20000".parse().unwrap(), rtcp: "192.0.2.9:20001".parse().unwrap() }
}

fn plan() -> Arc<Plan> {
    let prompts = "hello = Hello.\nperson = Call { $callback_number }.\nno_input = Nothing.\ninvalid_input = No.\nplease_wait = Wait.\n\
        service_trouble = Trouble.\ntech_error = Error.\ngoodbye = Bye.\noptout_confirm = Done.\noptout_done = Done.\nstill_there = There?\n";
    let catalogue = Catalogue::parse(Lang::EnGb, prompts).unwrap();
    let texts: Arc<dyn Texts> = Arc::new(Catalogues::new(vec![catalogue]));
    match Plan::check(FLOW.as_bytes(), "hello.kdl", &texts, &Environment::default()) {
        Ok(plan) => plan,
        Err(faults) => panic!("{}", faults.iter().map(ToString::to_string).collect::<String>()),
    }
}

fn config() -> Config {
    Config {
        sip: sip::Config::new([7; 32]),
        company: "Parley".into(),
        callback_number: "221234567".into(),
        hours: Hours::always(),
        zone: jiff::tz::TimeZone::UTC,
        default_lang: Lang::EnGb,
        numbers: vec![Number { called: "*".into(), flow: "hello".into(), lang: None }],
        media_advertised: None,
        calls_max: 10,
        inband_always: false,
        codecs: Arc::new(sdp::Capabilities::telephone()),
        trunks: Vec::new(),
        payments: None,
    }
}
