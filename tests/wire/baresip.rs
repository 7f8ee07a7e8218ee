//! baresip, a softphone that others wrote: it dials, keys, and its own recording is measured.

use super::ears;
use super::hotline::{BIRTH, CASE, Hotline, PIN};
use acceptance::bare::clock::Deadline;
use acceptance::program::{TempDir, follow};
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Seconds of quiet audio that it sends.
const MOUTH_S: usize = 180;

pub(super) struct Baresip {
    child: Child,
    control: TcpStream,
    /// What came over it and is not yet a whole event.
    unread: Vec<u8>,
    dir: TempDir,
    lines: Receiver<String>,
    /// What it printed before anybody could connect to its control.
    said: Vec<String>,
}

impl Baresip {
    fn start() -> Self {
        Self::start_as("<sip:phone@127.0.0.1>;regint=0")
    }

    /// With this line in its accounts file.
    pub(super) fn start_as(account: &str) -> Self {
        Self::start_with(account, "")
    }

    /// And with further lines in its settings; they come first, and the first of a kind counts.
    pub(super) fn start_with(account: &str, more: &str) -> Self {
        Self::start_humming(account, more, None)
    }

    /// And with a tone of this frequency in its mouth all the time, at -20 dBFS.
    pub(super) fn start_humming(account: &str, more: &str, hz: Option<f64>) -> Self {
        let dir = TempDir::new("baresip").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap().port();
        write_settings(dir.path(), port, account, more, hz);
        let mut child = Command::new("baresip")
            .arg("-f")
            .arg(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| {
                panic!("baresip cannot be started ({e}); install the Debian package baresip-core")
            });
        let lines = follow(child.stdout.take().unwrap());
        let deadline = Deadline::within(Duration::from_secs(20));
        let mut said: Vec<String> = Vec::new();
        while !said.last().is_some_and(|l| l.contains("is ready")) {
            said.push(lines.recv_timeout(deadline.left()).expect("baresip gets ready"));
        }
        let control = TcpStream::connect(("127.0.0.1", port)).unwrap();
        Self { child, control, unread: Vec::new(), dir, lines, said }
    }

    /// A command of its `ctrl_tcp` module: JSON in a netstring.
    pub(super) fn command(&mut self, name: &str, parameters: &str) {
        let text = json!({"command": name, "params": parameters, "token": name}).to_string();
        write!(self.control, "{}:{text},", text.len()).unwrap();
    }

    /// Waits for an event of this type.
    pub(super) fn wait_event(&mut self, kind: &str, within: Duration) {
        let deadline = Deadline::within(within);
        loop {
            let event =
                self.next(deadline).unwrap_or_else(|| panic!("baresip told no {kind} in time"));
            if event["type"] == kind {
                return;
            }
        }
    }

    /// Waits until it has printed a line with this; it logs in before its events can be read.
    pub(super) fn wait_line(&mut self, text: &str, within: Duration) {
        let deadline = Deadline::within(within);
        while !self.said.iter().any(|l| l.contains(text)) {
            let line = self.lines.recv_timeout(deadline.left());
            self.said.push(line.unwrap_or_else(|_| panic!("baresip never printed '{text}'")));
        }
    }

    /// Lets this much time pass while its events are read.
    pub(super) fn stay(&mut self, time: Duration) {
        let deadline = Deadline::within(time);
        while self.next(deadline).is_some() {}
    }

    /// Its next event; none once the time is up. What of an event has come by then is kept.
    fn next(&mut self, deadline: Deadline) -> Option<Value> {
        loop {
            if let Some(event) = self.take_event() {
                return Some(event);
            }
            if deadline.passed() {
                return None;
            }
            self.control.set_read_timeout(Some(deadline.left())).unwrap();
            let mut part = [0; 4_096];
            match self.control.read(&mut part) {
                Ok(0) => panic!("baresip closed its control connection: it has ended by itself"),
                Ok(n) => self.unread.extend_from_slice(&part[..n]),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(e) => panic!("baresip's control connection: {e}"),
            }
        }
    }

    /// The first whole netstring of what was read, as `5:hello,`.
    fn take_event(&mut self) -> Option<Value> {
        let colon = self.unread.iter().position(|&b| b == b':')?;
        let length: usize = std::str::from_utf8(&self.unread[..colon])
            .ok()
            .and_then(|digits| digits.parse().ok())
            .unwrap_or_else(|| panic!("no netstring: {}", self.unread.escape_ascii()));
        let end = colon + 1 + length;
        if self.unread.len() <= end {
            return None;
        }
        let rest = self.unread.split_off(end + 1);
        let whole = std::mem::replace(&mut self.unread, rest);
        let body = &whole[colon + 1..end];
        Some(serde_json::from_slice(body).unwrap_or_else(|e| {
            panic!("baresip sent what is no JSON ({e}): {}", body.escape_ascii())
        }))
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.command("sndcode", &key.to_string());
            self.stay(Duration::from_millis(200));
        }
    }

    /// What it heard, as its `sndfile` module wrote it.
    pub fn heard(&self) -> PathBuf {
        let files = std::fs::read_dir(self.dir.path()).unwrap().flatten().map(|e| e.path());
        let decoded = |p: &PathBuf| p.to_string_lossy().ends_with("-dec.wav");
        files.into_iter().find(decoded).expect("baresip wrote what it heard")
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            self.said.extend(self.lines.try_iter().filter(|l| !l.contains("bit/s")));
            eprintln!("--- baresip:\n{}", self.said.join("\n"));
        }
    }
}

fn write_settings(dir: &Path, control: u16, account: &str, more: &str, hz: Option<f64>) {
    // its file must have the rate of the codec
    let rate_hz = if more.contains("g722") { 16_000 } else { 8_000 };
    let step = hz.unwrap_or_default() * std::f64::consts::TAU / f64::from(rate_hz);
    // a sine at -20 dBFS; none is silence
    let sound = |n: usize| (4_634.0 * (step * n as f64).sin()) as i16;
    let mouth: Vec<i16> = (0..MOUTH_S * rate_hz as usize).map(sound).collect();
    audio::wav::write(&dir.join("mouth.wav"), rate_hz, &[&mouth]).unwrap();
    let place = dir.display();
    let modules = ["g711.so", "aubridge.so", "aufile.so", "sndfile.so"]
        .map(|m| format!("module {m}\n"))
        .concat();
    let settings = format!(
        "{more}module_path {}\nsip_listen 127.0.0.1:0\naudio_player aubridge,ear\naudio_source aufile,{place}/mouth.wav\n\
         audio_alert aubridge,alert\nctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {place}\n{modules}\
         module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n",
        modules_path()
    );
    std::fs::write(dir.join("config"), settings).unwrap();
    std::fs::write(dir.join("accounts"), format!("{account}\n")).unwrap();
    std::fs::write(dir.join("contacts"), "").unwrap();
}

fn modules_path() -> String {
    let places = [
        "/usr/lib/baresip/modules",
        "/usr/lib/x86_64-linux-gnu/baresip/modules",
        "/usr/lib/aarch64-linux-gnu/baresip/modules",
    ];
    places
        .into_iter()
        .find(|p| Path::new(p).is_dir())
        .expect("the modules of baresip-core")
        .to_owned()
}

#[test]
fn baresip_hears_the_greeting_at_the_right_level() {
    let hotline = Hotline::start();
    let mut phone = Baresip::start();
    phone.command("dial", &hotline.server.text("sip"));
    phone.wait_event("CALL_ESTABLISHED", Duration::from_secs(10));
    phone.stay(Duration::from_secs(6));
    phone.command("hangup", "");
    phone.wait_event("CALL_CLOSED", Duration::from_secs(10));
    let sound = audio::wav::read(&phone.heard()).unwrap();
    let heard = &sound.channels[0];
    let seconds = heard.len() as f64 / f64::from(sound.rate_hz);
    assert!((3.0..=8.0).contains(&seconds), "6 s of call, {seconds} s heard");
    let level = ears::speech_dbfs(heard);
    assert!((-22.0..=-14.0).contains(&level), "speech at {level} dBFS, -18 ± 4 wanted");
    super::records::assert_last_call(&hotline, &["caller hung up"]);
}

/// Its own SRTP is libsrtp: keys, index and tag must be right for it to hear, and to be heard.
#[test]
fn baresip_is_served_over_srtp_both_ways() {
    let hotline = Hotline::start();
    let account = "<sip:phone@127.0.0.1>;regint=0;mediaenc=srtp-mand";
    let mut phone = Baresip::start_with(account, "module srtp.so\n");
    phone.command("dial", &hotline.server.text("sip"));
    phone.wait_event("CALL_ESTABLISHED", Duration::from_secs(10));
    phone.stay(Duration::from_secs(12));
    phone.keys(&format!("{CASE}#"));
    phone.stay(Duration::from_secs(6));
    phone.command("hangup", "");
    phone.wait_event("CALL_CLOSED", Duration::from_secs(10));
    let sound = audio::wav::read(&phone.heard()).unwrap();
    let level = ears::speech_dbfs(&sound.channels[0]);
    assert!((-22.0..=-14.0).contains(&level), "speech at {level} dBFS, -18 ± 4 wanted");
    super::records::assert_last_call(&hotline, &["case found", "caller hung up"]);
}

/// Its G.722 is another's: the prompts must be heard at their level, with what lies above a telephone's band.
#[test]
fn baresip_hears_the_prompts_in_g722_and_its_keys_are_heard() {
    let hotline = Hotline::start();
    let account = "<sip:phone@127.0.0.1>;regint=0;audio_codecs=G722/16000/1,PCMA/8000/1";
    let mut phone = Baresip::start_with(account, "module g722.so\n");
    phone.command("dial", &hotline.server.text("sip"));
    phone.wait_event("CALL_ESTABLISHED", Duration::from_secs(10));
    phone.stay(Duration::from_secs(12));
    phone.keys(&format!("{CASE}#"));
    phone.stay(Duration::from_secs(6));
    phone.command("hangup", "");
    phone.wait_event("CALL_CLOSED", Duration::from_secs(10));
    let sound = audio::wav::read(&phone.heard()).unwrap();
    assert_eq!(sound.rate_hz, 16_000);
    let level = ears::speech_dbfs(&sound.channels[0]);
    assert!((-22.0..=-14.0).contains(&level), "speech at {level} dBFS, -18 ± 4 wanted");
    let above = ears::above_4_khz_dbfs(&sound.channels[0]);
    assert!(above > -50.0, "{above} dBFS above 4 kHz: a narrow voice has none");
    super::records::assert_last_call(&hotline, &["case found", "caller hung up"]);
}

#[test]
fn baresip_goes_through_the_hotline_by_keys() {
    let hotline = Hotline::start();
    let mut phone = Baresip::start();
    phone.command("dial", &hotline.server.text("sip"));
    phone.wait_event("CALL_ESTABLISHED", Duration::from_secs(10));
    for (keys, listen) in [
        (format!("{CASE}#"), 14),
        (format!("{PIN}#"), 14),
        (BIRTH.to_owned(), 12),
        ("#".to_owned(), 25),
    ] {
        phone.stay(Duration::from_secs(listen));
        phone.keys(&keys);
    }
    phone.wait_event("CALL_CLOSED", Duration::from_secs(40));
    let sound = audio::wav::read(&phone.heard()).unwrap();
    let seconds = sound.channels[0].len() as f64 / f64::from(sound.rate_hz);
    assert!(seconds > 20.0, "{seconds} s heard");
    super::records::assert_last_call(&hotline, &["right party proved", "by flow: goodbye"]);
}
