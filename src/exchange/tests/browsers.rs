//! A browser's call: answered, then silent until its keys are agreed, and ended when they are not.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use dialplan::{Catalogues, Environment, Plan, Texts};
use exchange::{Config, Effect, Exchange, Hours, Now, Number, OpenPorts};
use ids::{Lang, LegId, Moment};
use media::command::{
    Codec, Command, Event as Media, FingerprintHash, LegParams, LegStats, MasterKey, Meeting,
    SrtpKeys, Suite,
};
use std::sync::Arc;
use std::time::Duration;
use words::Catalogue;

const FLOW: &str =
    "flow hello {\n languages en\n entry hello\n say hello { prompt hello; then end }\n}\n";
const LEG: LegId = LegId(1);

/// A browser's offer; `with` stands at its end.
fn offer(with: &str) -> String {
    let print = vec!["AB"; 32].join(":");
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 0 126\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:8hhY\r\n\
         a=ice-pwd:asd88fgpdd777uzjYhagZg12\r\na=fingerprint:sha-256 {print}\r\na=setup:actpass\r\n\
         a=mid:0\r\na=rtcp-mux\r\na=rtpmap:126 telephone-event/8000\r\n{with}"
    )
}

struct Stage {
    exchange: Exchange,
    now: Now,
    to: String,
    did: Vec<Effect>,
}

impl Stage {
    /// An INVITE came and its ports are open.
    fn answered() -> Self {
        Self::offered(&offer("a=sendrecv\r\n"))
    }

    fn offered(body: &str) -> Self {
        let mut exchange = Exchange::new(config(), vec![plan()]);
        exchange.meet_browsers("11:22:33");
        let now = Now { mono: Moment::from_millis(1_000), unix_us: 1_772_442_000_000_000 };
        let mut stage = Stage { exchange, now, to: "<sip:any@192.0.2.9>".into(), did: Vec::new() };
        stage.send("INVITE", 1, body);
        stage.open_ports(LEG);
        stage
    }

    fn open_ports(&mut self, leg: LegId) {
        let at = |port| format!("192.0.2.9:{port}").parse().unwrap();
        let ports = OpenPorts { rtp: at(20_000), rtcp: at(20_001) };
        self.exchange.ports_opened(self.now, leg, Ok(ports));
        self.drain();
    }

    fn send(&mut self, method: &str, number: u32, body: &str) {
        self.send_in("one", method, number, body);
    }

    fn send_in(&mut self, call: &str, method: &str, number: u32, body: &str) {
        let message = format!(
            "{method} sip:any@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{call}{method}{number}\r\n\
             From: <sip:anna@192.0.2.1>;tag=a\r\nTo: {}\r\nCall-ID: {call}\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:me@192.0.2.1:5060>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.to,
            body.len()
        );
        let (ours, theirs) = ("192.0.2.9:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap());
        self.exchange.handle_sip(self.now, sip::Path::udp(ours, theirs), message.as_bytes());
        self.drain();
    }

    fn hear(&mut self, event: Media) {
        self.exchange.handle_media(self.now, event);
        self.drain();
    }

    fn secure(&mut self) {
        let remote = "198.51.100.4:50000".parse().unwrap();
        self.hear(Media::Secured { leg: LEG, remote, keys: keys() });
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now.mono + time;
        while let Some(due) = self.exchange.poll_timeout().filter(|due| *due <= end) {
            self.now.mono = self.now.mono.max(due);
            self.exchange.handle_timeout(self.now);
            self.drain();
        }
        self.now.mono = end;
    }

    fn drain(&mut self) {
        while let Some(effect) = self.exchange.poll_effect() {
            if let Effect::Transmit(transmit) = &effect {
                let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
                let to = text.lines().find_map(|line| line.strip_prefix("To: "));
                if text.starts_with("SIP/2.0 200") {
                    self.to = to.unwrap().trim().to_owned();
                }
            }
            self.did.push(effect);
        }
    }

    fn sent(&self, what: &str) -> Option<String> {
        let mut texts = self.did.iter().filter_map(|effect| match effect {
            Effect::Transmit(transmit) => {
                Some(String::from_utf8_lossy(&transmit.bytes).into_owned())
            }
            _ => None,
        });
        texts.rfind(|text| text.contains(what))
    }

    fn meetings(&self) -> Vec<&Meeting> {
        let met = |effect| match effect {
            &Effect::Media(Command::Meet(LEG, ref meeting)) => Some(&**meeting),
            _ => None,
        };
        self.did.iter().filter_map(met).collect()
    }

    /// The leg's parameters, as often as it was started or changed.
    fn legs(&self) -> Vec<&LegParams> {
        let params = |effect| match effect {
            &Effect::Media(Command::Start(_, ref params) | Command::Update(_, ref params)) => {
                Some(&**params)
            }
            _ => None,
        };
        self.did.iter().filter_map(params).collect()
    }

    fn plays(&self) -> usize {
        self.did.iter().filter(|effect| matches!(effect, Effect::Play { .. })).count()
    }

    /// Why the call's record says that it ended.
    fn record(&mut self) -> (String, u16, u8) {
        self.hear(Media::Closed(LEG, Box::<LegStats>::default()));
        let record = self.did.iter().find_map(|effect| match effect {
            Effect::WriteCall(call) => Some((call.disposition.clone(), call.sip_status, call.q850)),
            _ => None,
        });
        record.expect("a call leaves a record")
    }
}

fn keys() -> Box<SrtpKeys> {
    let key = |byte| MasterKey::new(Suite::AeadAes128Gcm, &[byte; 28]).unwrap();
    Box::new(SrtpKeys { send: key(1), receive: key(2) })
}

#[test]
fn the_answer_names_our_certificate_and_the_engine_is_told_whom_to_meet() {
    let stage = Stage::answered();
    let answer = stage.sent("m=audio").unwrap();
    for line in ["a=ice-lite", "a=fingerprint:sha-256 11:22:33", "a=setup:active", "a=rtcp-mux"] {
        assert!(answer.contains(line), "{line} in {answer}");
    }
    let [meeting] = stage.meetings()[..] else { panic!("one meeting") };
    let ice = meeting.ice.as_ref().unwrap();
    assert!(meeting.we_begin && ice.remote_name == "8hhY");
    assert!(ice.local_name.len() >= 4 && ice.local_password.len() >= 22);
    assert!(answer.contains(&format!("a=ice-pwd:{}\r\n", ice.local_password)));
    assert_eq!(meeting.fingerprints[0].hash, FingerprintHash::Sha256);
    assert!(stage.legs().is_empty(), "no leg without keys");
}

#[test]
fn nothing_is_said_before_the_keys_are_there_whichever_comes_first() {
    for acknowledged_first in [true, false] {
        let mut stage = Stage::answered();
        if acknowledged_first {
            stage.send("ACK", 1, "");
            assert!(stage.legs().is_empty() && stage.plays() == 0);
            stage.secure();
        } else {
            stage.secure();
            assert!(stage.legs().len() == 1 && stage.plays() == 0);
            stage.send("ACK", 1, "");
        }
        let [leg] = stage.legs()[..] else { panic!("one start") };
        assert_eq!(leg.srtp.as_deref(), Some(&*keys()));
        assert_eq!(leg.remote_rtp, "198.51.100.4:50000".parse().unwrap());
        assert_eq!(leg.remote_rtcp, leg.remote_rtp);
        assert_eq!(stage.plays(), 1);
        // a second word of the engine changes nothing
        stage.secure();
        assert_eq!((stage.legs().len(), stage.plays()), (1, 1));
    }
}

#[test]
fn a_peer_who_is_somebody_else_is_hung_up_on_with_the_reason_in_the_record() {
    let mut stage = Stage::answered();
    stage.send("ACK", 1, "");
    let why = "the peer's certificate is not the one that its description names".to_owned();
    stage.hear(Media::NotSecured { leg: LEG, why: why.clone() });
    assert!(stage.sent("BYE sip:").unwrap().contains("cause=88"));
    assert!(stage.legs().is_empty() && stage.plays() == 0);
    assert_eq!(stage.record(), (why, 488, 88));
}

#[test]
fn who_shakes_no_hands_for_ten_seconds_is_hung_up_on() {
    let mut stage = Stage::answered();
    stage.send("ACK", 1, "");
    stage.wait(Duration::from_millis(9_900));
    assert!(stage.sent("BYE sip:").is_none());
    stage.wait(Duration::from_millis(200));
    assert!(stage.sent("BYE sip:").is_some());
    // too late
    stage.secure();
    assert!(stage.legs().is_empty() && stage.plays() == 0);
    assert_eq!(stage.record(), ("no DTLS handshake in time".to_owned(), 408, 102));
}

#[test]
fn a_hold_keeps_keys_and_address() {
    let mut stage = Stage::answered();
    stage.secure();
    stage.send("ACK", 1, "");
    stage.send("INVITE", 2, &offer("a=sendonly\r\n"));
    stage.send("ACK", 2, "");
    let [first, held] = stage.legs()[..] else { panic!("a start and a change") };
    assert_eq!(held.direction, media::command::Direction::RecvOnly);
    assert_eq!((&held.srtp, held.remote_rtp), (&first.srtp, first.remote_rtp));
    assert_eq!(stage.meetings().len(), 1, "one handshake a call");
}

/// An offer of a browser that was told to speak Opus alone.
fn opus_offer() -> String {
    let lines = "a=rtpmap:111 opus/48000/2\r\na=rtpmap:110 telephone-event/48000\r\na=sendrecv\r\n";
    offer(lines).replace("SAVPF 0 126", "SAVPF 111 110")
}

#[test]
fn opus_alone_is_answered_with_keys_in_its_clock_and_the_prompt_is_said() {
    let mut stage = Stage::offered(&opus_offer());
    let answer = stage.sent("m=audio").unwrap();
    assert!(answer.contains("SAVPF 111 110\r\na=rtpmap:111 opus/48000/2\r\n"), "{answer}");
    stage.secure();
    stage.send("ACK", 1, "");
    let [leg] = stage.legs()[..] else { panic!("one start") };
    assert_eq!((leg.codec, leg.payload_type), (Codec::Opus, 111));
    assert_eq!(leg.telephone_event, Some((110, 48_000)));
    assert_eq!(stage.plays(), 1);
}

#[test]
fn a_browser_too_many_that_speaks_opus_alone_is_refused_with_both_lists() {
    let mut stage = Stage::offered(&opus_offer());
    for n in 2..=65_u64 {
        stage.to = "<sip:any@192.0.2.9>".into();
        stage.send_in(&format!("call{n}"), "INVITE", 1, &opus_offer());
        stage.open_ports(LegId(n));
        let full = n == 65;
        assert_eq!(stage.sent("SIP/2.0 488").is_some(), full, "call {n}");
    }
    let refused = stage.sent("SIP/2.0 488").unwrap();
    assert!(refused.contains("opus/48000") && refused.contains("PCMA/8000"), "{refused}");
    stage.to = "<sip:any@192.0.2.9>".into();
    stage.send_in("narrow", "INVITE", 1, &offer("a=sendrecv\r\n"));
    stage.open_ports(LegId(66));
    assert!(stage.sent("m=audio").unwrap().contains("PCMU/8000"), "G.711 has room");
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
        calls_max: 100,
        inband_always: false,
        codecs: Arc::new(sdp::Capabilities::telephone()),
        trunks: Vec::new(),
        payments: None,
    }
}
