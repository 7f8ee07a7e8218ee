//! Linphone's phone for the command line: it logs in, calls, keys, holds and resumes; its own recording is measured.

use super::ears;
use super::hotline::Hotline;
use super::peer::Peer;
use acceptance::program::TempDir;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// Ports of its own choice, no sound card, no question to the network about who it is.
const SETTINGS: &str = "\
[sip]
sip_port=-1
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
guess_hostname=0
contact=\"phone\" <sip:phone@127.0.0.1>
[rtp]
audio_rtp_port=-1
";

pub(super) fn linphone() -> Peer {
    let dir = TempDir::new("linphone").unwrap();
    std::fs::create_dir_all(dir.path().join(".local/share/linphone")).unwrap();
    std::fs::write(dir.path().join("settings"), SETTINGS).unwrap();
    let mut command = Command::new("linphonec");
    command.args(["-c", "settings"]);
    Peer::start("the Debian package linphone-cli", dir, &mut command)
}

#[test]
fn linphone_logs_in_calls_keys_holds_and_hangs_up() {
    let hotline = Hotline::start();
    let password = super::phones::add(&hotline, "anna");
    let server = hotline.udp();
    let mut phone = linphone();
    let own = TempDir::new("linphone-heard").unwrap();
    let heard = own.path().join("heard.wav");
    phone.type_line("soundcard use files");
    phone.type_line(&format!("record {}", heard.display()));
    phone.wait_for("Using wav files", SOON);
    phone.type_line(&format!("register sip:anna@{server} sip:{server} {password}"));
    wait_for_log(&hotline, &mut phone, "reachable=true");
    phone.type_line(&format!("call sip:hotline@{server}"));
    phone.wait_for("Media streams established", SOON);
    phone.stay(Duration::from_secs(7));
    // a number that does not exist is asked for again: the keys arrived
    phone.type_line("99#");
    phone.stay(Duration::from_secs(5));
    phone.type_line("pause");
    phone.wait_for("is now paused", SOON);
    phone.type_line("resume");
    phone.wait_for("Media streams established", SOON);
    phone.stay(Duration::from_secs(1));
    phone.type_line("terminate");
    phone.wait_for("ended", SOON);
    phone.type_line("unregister");
    wait_for_log(&hotline, &mut phone, "reachable=false");
    phone.type_line("quit");
    phone.done(SOON);
    let heard = recorded(&heard);
    assert!(ears::seconds(&heard) > 8.0, "{} s heard", ears::seconds(&heard));
    let level = ears::speech_dbfs(&heard);
    assert!((-22.0..=-14.0).contains(&level), "speech at {level} dBFS, -18 ± 4 wanted");
    super::records::assert_last_call(&hotline, &["caller hung up", "3 as telephone-events"]);
}

/// Its samples, 8 kHz. It counts the 44 bytes of the file's head among the data, so no reader of WAV takes it.
fn recorded(file: &Path) -> Vec<i16> {
    let bytes = std::fs::read(file).unwrap();
    assert_eq!(bytes[24..28], 8_000u32.to_le_bytes(), "Hz");
    bytes[44..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
}

pub(super) fn wait_for_log(hotline: &Hotline, phone: &mut Peer, text: &str) {
    let deadline = acceptance::bare::clock::Deadline::within(SOON);
    while !hotline.server.log().contains(text) {
        assert!(!deadline.passed(), "'{text}' is not in the log:\n{}", hotline.server.log());
        phone.stay(Duration::from_millis(100));
    }
}
