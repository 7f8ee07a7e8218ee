//! A recorded call: when its tape runs, what is masked, what its record says, and what a fault of the
//! recorder does to the call (nothing).

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use dialplan::{Catalogues, Environment, Plan, Texts};
use exchange::{
    Config, Effect, Exchange, Hours, Now, Number, OpenPorts, RecorderNews, RecorderOrder,
};
use ids::{Lang, LegId, Moment};
use media::command::{Command, Event as Media, KeySource, LegStats, Taping};
use records::{CallRecord, RecordingState};
use std::fmt::Write;
use std::sync::Arc;
use words::Catalogue;

const FLOW: &str = r#"
flow hello {
    languages en
    entry identify
    find-case identify { by caller-number; found notice; none bye; many bye; error bye }
    record notice { what call; done chosen; declined chosen; full chosen; error chosen }
    menu chosen { prompt hello; key 1 prove; key 3 person; no-input bye; no-match bye; tries 3 }
    verify prove { ask pin; ok after; failed person; locked person; empty person; no-input person; no-match person; error person }
    say person { prompt person; then end }
    menu after { prompt hello; key 1 after; key 3 person; no-input bye; no-match bye; tries 3 }
    say bye { prompt goodbye; then end }
}
"#;

const SDP: &str = "v=0\r\no=- 1 VERSION IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=WAY\r\n";
const LEG: LegId = LegId(1);

/// One call, a recorder that is asked by the test, and what happened in words.
struct Stage {
    exchange: Exchange,
    now: Now,
    to: String,
    told: String,
    play: Option<ids::PlayId>,
    record: Option<CallRecord>,
}

impl Stage {
    fn new() -> Self {
        let now = Now { mono: Moment::from_millis(1_000), unix_us: 1_772_442_000_000_000 };
        let mut exchange = Exchange::new(config(), vec![plan()]);
        exchange.record_calls();
        let to = "<sip:any@192.0.2.9>".into();
        Stage { exchange, now, to, told: String::new(), play: None, record: None }
    }

    /// A call that hears the recording notice.
    fn answered() -> Self {
        let mut stage = Self::new();
        stage.send("INVITE", 1, &sdp(1, "sendrecv"));
        let rtp = "192.0.2.9:20000".parse().unwrap();
        let rtcp = "192.0.2.9:20001".parse().unwrap();
        stage.exchange.ports_opened(stage.now, LEG, Ok(OpenPorts { rtp, rtcp }));
        stage.drain();
        stage.send("ACK", 1, "");
        stage.told();
        stage
    }

    /// And chooses, recorded.
    fn recorded() -> Self {
        let mut stage = Self::answered();
        stage.heard_out().pass(3_000);
        assert_eq!(stage.told(), "open\n");
        stage.news(RecorderNews::Opened);
        stage
    }

    fn pass(&mut self, ms: u64) -> &mut Self {
        let end = Moment::from_micros(self.now.mono.micros() + ms * 1_000);
        while let Some(due) = self.exchange.poll_timeout().filter(|due| *due <= end) {
            self.go_to(due.max(self.now.mono));
            self.exchange.handle_timeout(self.now);
            self.drain();
        }
        self.go_to(end);
        self
    }

    fn go_to(&mut self, moment: Moment) {
        self.now.unix_us += (moment - self.now.mono).as_micros() as i64;
        self.now.mono = moment;
    }

    /// What plays is heard to its end.
    fn heard_out(&mut self) -> &mut Self {
        self.pass(2_000);
        while let Some(play) = self.play.take() {
            let event = Media::PlayEnded { leg: LEG, play, completed: true };
            self.exchange.handle_media(self.now, event);
            self.drain();
        }
        self
    }

    fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.chars().filter_map(keypad::Key::from_char) {
            let down = Media::KeyDown { leg: LEG, stopped: self.play.take() };
            self.exchange.handle_media(self.now, down);
            let up = Media::KeyUp { leg: LEG, key, held_ms: 100, source: KeySource::Rtp };
            self.exchange.handle_media(self.now, up);
            self.drain();
        }
        self
    }

    fn news(&mut self, news: RecorderNews) -> &mut Self {
        self.exchange.handle_recorder(self.now, LEG, news);
        self.drain();
        self
    }

    fn media(&mut self, event: Media) -> &mut Self {
        self.exchange.handle_media(self.now, event);
        self.drain();
        self
    }

    fn closed(&mut self) -> &mut Self {
        self.media(Media::Closed(LEG, Box::<LegStats>::default()))
    }

    fn kept(&mut self) -> &mut Self {
        let (file, sha256) = ("call.plr".to_owned(), "ab".repeat(32));
        self.news(RecorderNews::Kept { file, sha256, ms: 9_000, masked_ms: 5_000 })
    }

    fn told(&mut self) -> String {
        std::mem::take(&mut self.told)
    }

    fn send(&mut self, method: &str, number: u32, body: &str) {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let message = format!(
            "{method} sip:any@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{method}{number}\r\n\
             From: <sip:+48221000999@192.0.2.1>;tag=a\r\nTo: {}\r\nCall-ID: one\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:me@192.0.2.1:5060>\r\nMax-Forwards: 70\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            self.to,
            body.len()
        );
        let path =
            sip::Path::udp("192.0.2.9:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap());
        self.exchange.handle_sip(self.now, path, message.as_bytes());
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.exchange.poll_effect() {
            let line = match effect {
                Effect::Transmit(transmit) => {
                    let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
                    let to = text.lines().find_map(|line| line.strip_prefix("To: "));
                    if let Some(to) = to.filter(|to| text.contains("200 OK") && to.contains("tag="))
                    {
                        self.to = to.trim().to_owned();
                    }
                    continue;
                }
                Effect::Play { play, .. } => {
                    self.play = Some(play);
                    continue;
                }
                Effect::Recorder(RecorderOrder::Open { .. }) => "open".to_owned(),
                Effect::Recorder(RecorderOrder::Roll { before_us, step, .. }) => {
                    format!("before the notice: {} ms, {step}", before_us / 1_000)
                }
                Effect::Recorder(RecorderOrder::Mask { mask, reason, step, .. }) => {
                    format!("mask {mask} is {reason} {step}")
                }
                Effect::Recorder(RecorderOrder::End { call_us, stopped, .. }) => {
                    format!("end at {} ms {stopped:?}", call_us / 1_000)
                }
                Effect::Media(Command::Record(_, Taping::Begin)) => "tape".to_owned(),
                Effect::Media(Command::Record(_, what)) => format!("{what:?}"),
                Effect::FindCases { request, .. } => {
                    self.exchange.cases_found(self.now, request, Ok(vec![case()]));
                    continue;
                }
                Effect::Verify(request) => {
                    let answer = Ok(exchange::VerifyAnswer::Ok);
                    self.exchange.verified(self.now, request.request, answer);
                    continue;
                }
                Effect::Alarm(text) => format!("alarm {text}"),
                Effect::WriteCall(record) => {
                    self.record = Some(*record);
                    "record".to_owned()
                }
                _ => continue,
            };
            writeln!(self.told, "{line}").unwrap();
        }
    }
}

fn sdp(version: u32, way: &str) -> String {
    SDP.replace("VERSION", &version.to_string()).replace("WAY", way)
}

#[test]
fn the_tape_runs_from_the_end_of_the_notice_to_the_end_of_the_call() {
    let mut stage = Stage::recorded();
    assert_eq!(stage.told(), "before the notice: 5000 ms, notice\ntape\n");
    stage.pass(1_000).send("BYE", 2, "");
    stage.closed();
    assert_eq!(stage.told(), "end at 6000 ms None\n", "the record waits for the file");
    stage.kept();
    assert_eq!(stage.told(), "record\n");
    let note = stage.record.unwrap().recording.unwrap();
    assert_eq!((note.state, note.ms, note.masked_ms), (RecordingState::Whole, 9_000, 5_000));
    assert_eq!((note.file.as_deref(), note.sha256), (Some("call.plr"), Some("ab".repeat(32))));
}

#[test]
fn who_presses_2_is_not_recorded_and_the_record_says_so() {
    let mut stage = Stage::answered();
    stage.heard_out().keys("2").pass(1_000).send("BYE", 2, "");
    stage.closed();
    assert_eq!(stage.told(), "record\n");
    assert_eq!(stage.record.unwrap().recording.unwrap().state, RecordingState::Declined);
}

#[test]
fn the_proof_of_the_right_party_is_masked_from_its_first_word_to_its_end() {
    let mut stage = Stage::recorded();
    stage.told();
    stage.heard_out().keys("1");
    assert_eq!(stage.told(), "mask 1 is verification prove\nMask(1)\n");
    stage.heard_out().heard_out().keys("271828#").heard_out();
    assert_eq!(stage.told(), "Unmask\n");
}

#[test]
fn a_hold_is_masked_and_a_secret_within_it_stays_a_secret() {
    let mut stage = Stage::recorded();
    stage.told();
    stage.send("INVITE", 2, &sdp(2, "sendonly"));
    assert_eq!(stage.told(), "mask 1 is hold \nMask(1)\n");
    stage.send("ACK", 2, "");
    stage.keys("1");
    assert_eq!(stage.told(), "mask 2 is verification prove\nMask(2)\n");
    stage.send("INVITE", 3, &sdp(3, "sendrecv"));
    assert_eq!(stage.told(), "", "the keys are still to come");
    stage.send("ACK", 3, "");
    stage.heard_out().heard_out().keys("271828#").heard_out();
    assert_eq!(stage.told(), "Unmask\n");
}

#[test]
fn without_room_for_a_recording_the_call_goes_on_by_full() {
    let mut stage = Stage::answered();
    stage.heard_out().pass(3_000).told();
    stage.news(RecorderNews::Refused("no space left".into()));
    assert!(stage.told().starts_with("alarm call-"));
    assert!(stage.play.is_some(), "the next step speaks");
    stage.send("BYE", 2, "");
    stage.closed();
    let note = stage.record.unwrap().recording.unwrap();
    assert_eq!((note.state, note.why.as_deref()), (RecordingState::Refused, Some("no space left")));
}

#[test]
fn a_disk_that_fills_or_a_recorder_that_is_behind_ends_the_recording_with_an_alarm_and_not_the_call()
 {
    for fails in [0, 1] {
        let mut stage = Stage::recorded();
        stage.told();
        match fails {
            0 => drop(stage.news(RecorderNews::Failed("disk full".into()))),
            _ => drop(stage.media(Media::TapeFull(LEG))),
        }
        let told = stage.told();
        assert!(told.contains("alarm call-"), "{told}");
        assert_eq!(told.contains("End"), fails == 0, "{told}");
        stage.keys("1");
        assert_eq!(stage.told(), "", "nothing is left to be masked");
        stage.pass(1_000).send("BYE", 2, "");
        stage.closed();
        assert!(stage.told().starts_with("end at 6000 ms Some("));
        stage.kept();
        assert_eq!(stage.record.unwrap().recording.unwrap().state, RecordingState::Stopped);
    }
}

#[test]
fn who_hangs_up_while_the_file_is_made_leaves_a_record_and_no_open_file() {
    let mut stage = Stage::answered();
    stage.heard_out().pass(3_000).send("BYE", 2, "");
    stage.closed();
    assert_eq!(stage.told(), "open\n");
    stage.news(RecorderNews::Opened);
    assert_eq!(stage.told(), "end at 5000 ms Some(\"the call was over\")\n");
    stage.kept();
    assert_eq!(stage.told(), "record\n");
    assert_eq!(stage.exchange.census(), exchange::Census::default());
}

#[test]
fn a_recorder_that_never_answers_holds_no_record_back_for_more_than_ten_seconds() {
    let mut stage = Stage::recorded();
    stage.send("BYE", 2, "");
    stage.closed().pass(9_000);
    assert!(!stage.told().contains("record\n"));
    stage.pass(2_000);
    assert_eq!(stage.told(), "record\n");
    assert_eq!(
        stage.record.as_ref().unwrap().recording.as_ref().unwrap().state,
        RecordingState::Unknown
    );
    stage.kept();
    assert_eq!(stage.told(), "", "too late");
    let mut stage = Stage::answered();
    stage.heard_out().pass(3_000).send("BYE", 2, "");
    stage.closed().pass(11_000).told();
    stage.news(RecorderNews::Opened);
    assert_eq!(stage.told(), "end at 0 ms Some(\"the call was over\")\n", "its file is closed");
}

fn case() -> records::Case {
    records::Case {
        id: ids::CaseId(1),
        number: "4711".into(),
        phones: Vec::new(),
        name: "Sample Person".into(),
        creditor: "Sample Energy".into(),
        outstanding: ids::Money::new(8_808, ids::Currency::GBP),
        due_date: jiff::civil::date(2026, 10, 31),
        lang: Lang::EnGb,
    }
}

fn plan() -> Arc<Plan> {
    let prompts = "hello = Hello.\nperson = Call { $callback_number }.\nno_input = Nothing.\ninvalid_input = No.\nplease_wait = Wait.\n\
        service_trouble = Trouble.\ntech_error = Error.\ngoodbye = Bye.\nstill_there = There?\n\
        recording_notice = This call is recorded. If you prefer not to be recorded, press two.\n\
        ask_case_number = Number?\nverify_intro = Please.\nverify_pin = PIN?\nverify_ok = Thanks.\nverify_failed = No.\nverify_retry = Again.\n\
        verify_locked = Locked.\n\
        case_not_found = None.\nkey_hash = End with hash.\n";
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
