//! The hotline as these tests run it: the shipped dialplan, two cases of their own, and a caller who goes all the way.

use acceptance::bare::phone::{Call, Line};
use acceptance::bare::rtp;
use acceptance::program::{Server, TempDir, parley};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub const CASE: &str = "20260010";
pub const PIN: &str = "602214";
pub const BIRTH: &str = "17031985";

const CASES: &str = "\
number,name,phones,language,creditor,amount,currency,due_date,birth_date,pin,id_last4
20260010,Osoba Przykładowa,+48221000101,pl,Przykładowa Energia,1234.56,PLN,2026-10-15,1985-03-17,602214,
20260029,Sample Person,+442070000102,en,Sample Energy,88.08,GBP,2026-10-31,1990-07-04,314159,
";

const CONFIG: &str = r#"
[sip]
listen = [LISTEN]
[media]
ports = "20000-29999"
[store]
url = "sqlite:{dir}/parley.db"
key-file = "{dir}/parley.key"
spool = "{dir}/parley.spool"
[phones]
users-file = "{dir}/users.toml"
algorithms = ["MD5"]
[dialplans]
dir = "{top}/dialplans"
[prompts]
dir = "{top}/prompts"
cache = "{top}/.cache/parley"
[limits]
calls = 500
"#;

/// Settings of a hotline on this address, UDP and TCP.
pub fn config(address: &str) -> String {
    CONFIG.replace("LISTEN", &format!("\"udp:{address}\", \"tcp:{address}\""))
}

/// A running hotline.
pub struct Hotline {
    pub server: Server,
}

impl Hotline {
    /// On 127.0.0.1.
    pub fn start() -> Self {
        Self::start_on("127.0.0.1:0")
    }

    /// On this address, UDP and TCP.
    pub fn start_on(address: &str) -> Self {
        Self { server: Server::serve_with(&config(address), import).unwrap() }
    }

    /// The same with TLS, TLS for clients with a certificate, WebSocket and secure WebSocket, and
    /// certificates made by `parley certs init` in `certs`.
    pub fn start_secure() -> Self {
        let address = "127.0.0.1:0";
        let listens = ["udp", "tcp", "tls", "ws", "wss"].map(|t| format!("\"{t}:{address}\""));
        let tls = "[tls]\ncertificate = \"{dir}/certs/server.pem\"\nkey = \"{dir}/certs/server.key\"\n\
                   client-ca = \"{dir}/certs/authority.pem\"\n";
        let config = CONFIG.replace("LISTEN", &listens.join(", ")) + tls;
        let server = Server::serve_with(&config, |config| {
            make_certificates(&config.with_file_name("certs"));
            import(config)
        });
        Self { server: server.unwrap() }
    }

    /// Runs `parley` with these words and this server's configuration; what it printed.
    pub fn parley(&self, words: &[&str]) -> String {
        run(words, &self.server.dir().join("parley.toml"))
    }

    /// A phone that has not dialled yet.
    pub fn phone(&self, line: Line) -> Call {
        let uri = format!("sip:hotline@{}", self.server.udp());
        Call::new(line, &uri, "phone", u64::from(std::process::id())).unwrap()
    }

    /// A call over UDP that is up.
    pub fn call(&self) -> Call {
        let mut call = self.phone(Line::udp(self.server.udp()).unwrap());
        assert_eq!(call.dial().unwrap().status(), 200);
        call
    }

    pub fn udp(&self) -> SocketAddr {
        self.server.udp()
    }
}

/// A hotline on this flow alone, with a shelf for recordings.
pub fn recorded(flow: &str) -> Hotline {
    let shelf = "[recordings]\ndir = \"{dir}/recordings\"\nkey-file = \"{dir}/recordings.key\"\n";
    let config = config("127.0.0.1:0").replace("{top}/dialplans", "{dir}/dialplans") + shelf;
    let server = Server::serve_with(&config, |config| {
        let flows = config.with_file_name("dialplans");
        std::fs::create_dir_all(&flows)?;
        std::fs::write(flows.join("hotline.kdl"), flow)?;
        import(config)
    });
    Hotline { server: server.unwrap() }
}

/// `parley certs init` into this directory.
pub fn make_certificates(dir: &Path) {
    let made = Command::new(parley()).args(["certs", "init", "--dir"]).arg(dir).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The two cases, into the store of this configuration.
pub fn import(config: PathBuf) -> io::Result<()> {
    // not in the server's own directory: what the server writes is searched for secrets later
    let dir = TempDir::new("cases")?;
    let csv = dir.path().join("cases.csv");
    std::fs::write(&csv, CASES)?;
    run(&["cases", "import", &csv.to_string_lossy()], &config);
    Ok(())
}

pub fn run(words: &[&str], config: &PathBuf) -> String {
    let out = Command::new(parley()).args(words).arg("--config").arg(config).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "parley {words:?}: {text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    text
}

/// How a caller's keys travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeysBy {
    Rtp,
    Info,
    Inband,
}

/// After this much quiet the server waits for the caller.
const QUIET: Duration = Duration::from_millis(900);
/// No prompt is longer.
const PROMPT_MAX: Duration = Duration::from_secs(45);

/// Listens until the server has said all it wants to say now; the packets that came.
pub fn hear_out(call: &mut Call) -> Vec<(std::time::Instant, Vec<u8>)> {
    call.listen_until_quiet(QUIET, PROMPT_MAX).unwrap()
}

/// Presses keys as a person does: 100 ms each, 60 ms apart.
pub fn press(call: &mut Call, keys: &str, by: KeysBy) {
    for key in keys.chars() {
        match by {
            KeysBy::Rtp => press_rtp(call, key),
            KeysBy::Info => press_info(call, key),
            KeysBy::Inband => press_inband(call, key),
        }
        call.listen(Duration::from_millis(60), true).unwrap();
    }
}

fn press_rtp(call: &mut Call, key: char) {
    let packets = call.sender.key(key, 5);
    let (updates, ends) = packets.split_at(5);
    for packet in updates {
        call.send_audio(packet).unwrap();
        call.listen(Duration::from_millis(20), false).unwrap();
    }
    ends.iter().for_each(|packet| call.send_audio(packet).unwrap());
}

fn press_info(call: &mut Call, key: char) {
    let body = format!("Signal={key}\r\nDuration=100\r\n");
    let info =
        call.dialog.next("INFO", "", &body).replace("application/sdp", "application/dtmf-relay");
    call.line.send(info).unwrap();
    assert_eq!(call.final_response("INFO").unwrap().status(), 200);
}

fn press_inband(call: &mut Call, key: char) {
    let event = "0123456789*#".find(key).unwrap() as u8;
    let tone = audio::tone::key_tone(event, 100, -13.0).unwrap();
    for frame in tone.chunks_exact(rtp::FRAME) {
        let mut packet = call.sender.audio(rtp::SILENCE);
        let encoded = frame.iter().map(|s| audio::g711::alaw_encode(*s));
        packet[rtp::HEADER..].iter_mut().zip(encoded).for_each(|(byte, sample)| *byte = sample);
        call.send_audio(&packet).unwrap();
        call.listen(Duration::from_millis(20), false).unwrap();
    }
}

/// Goes all the way: case number, PIN, birth date, balance, `#`; seconds of audio heard after the birth date.
pub fn prove_and_leave(call: &mut Call, by: KeysBy) -> f64 {
    hear_out(call);
    press(call, &format!("{CASE}#"), by);
    hear_out(call);
    press(call, &format!("{PIN}#"), by);
    hear_out(call);
    press(call, BIRTH, by);
    let balance = hear_out(call);
    press(call, "#", by);
    let bye = call.wait_request("BYE", Duration::from_secs(30)).unwrap();
    assert!(bye.is_some(), "the hotline says goodbye and hangs up after #");
    super::ears::seconds(&super::ears::samples(&balance))
}
