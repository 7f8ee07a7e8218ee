//! baresip, a softphone that others wrote: it dials, keys, and its own recording is measured.

use super::ears;
use super::hotline::{BIRTH, CASE, Hotline, PIN};
use acceptance::bare::clock::Deadline;
use acceptance::program::{TempDir, follow};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Seconds of quiet audio that it sends.
const MOUTH_S: usize = 180;

struct Baresip {
    child: Child,
    control: TcpStream,
    dir: TempDir,
    lines: Receiver<String>,
}

impl Baresip {
    fn start() -> Self {
        let dir = TempDir::new("baresip").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap().port();
        write_settings(dir.path(), port);
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
        while !lines.recv_timeout(deadline.left()).expect("baresip gets ready").contains("is ready")
        {
        }
        let control = TcpStream::connect(("127.0.0.1", port)).unwrap();
        Self { child, control, dir, lines }
    }

    /// A command of its `ctrl_tcp` module: JSON in a netstring.
    fn command(&mut self, name: &str, parameters: &str) {
        let text = json!({"command": name, "params": parameters, "token": name}).to_string();
        write!(self.control, "{}:{text},", text.len()).unwrap();
    }

    /// Waits for an event of this type.
    fn wait_event(&mut self, kind: &str, within: Duration) {
        let deadline = Deadline::within(within);
        loop {
            let event =
                self.next(deadline).unwrap_or_else(|| panic!("baresip told no {kind} in time"));
            if event["type"] == kind {
                return;
            }
        }
    }

    /// Lets this much time pass while its events are read.
    fn stay(&mut self, time: Duration) {
        let deadline = Deadline::within(time);
        while self.next(deadline).is_some() {}
    }

    fn next(&mut self, deadline: Deadline) -> Option<Value> {
        let mut length = 0;
        while let digit @ b'0'..=b'9' = self.byte(deadline)? {
            length = length * 10 + usize::from(digit - b'0');
        }
        let mut body = Vec::new();
        while body.len() < length {
            body.push(self.byte(deadline)?);
        }
        self.byte(deadline)?;
        serde_json::from_slice(&body).ok()
    }

    fn byte(&mut self, deadline: Deadline) -> Option<u8> {
        let mut byte = [0];
        while !deadline.passed() {
            self.control.set_read_timeout(Some(deadline.left())).unwrap();
            if self.control.read(&mut byte).is_ok_and(|n| n == 1) {
                return Some(byte[0]);
            }
        }
        None
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.command("sndcode", &key.to_string());
            self.stay(Duration::from_millis(200));
        }
    }

    /// What it heard, as its `sndfile` module wrote it.
    fn heard(&self) -> PathBuf {
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
            let said: Vec<String> =
                self.lines.try_iter().filter(|l| !l.contains("bit/s")).collect();
            eprintln!("--- baresip:\n{}", said.join("\n"));
        }
    }
}

fn write_settings(dir: &Path, control: u16) {
    let quiet = vec![0; MOUTH_S * 8_000];
    audio::wav::write(&dir.join("mouth.wav"), 8_000, &[&quiet]).unwrap();
    let place = dir.display();
    let modules = ["g711.so", "aubridge.so", "aufile.so", "sndfile.so"]
        .map(|m| format!("module {m}\n"))
        .concat();
    let settings = format!(
        "module_path {}\nsip_listen 127.0.0.1:0\naudio_player aubridge,ear\naudio_source aufile,{place}/mouth.wav\n\
         audio_alert aubridge,alert\nctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {place}\n{modules}\
         module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n",
        modules_path()
    );
    std::fs::write(dir.join("config"), settings).unwrap();
    std::fs::write(dir.join("accounts"), "<sip:phone@127.0.0.1>;regint=0\n").unwrap();
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
