//! TLS and WebSocket on real sockets: calls of our own phone and of baresip, new certificates during a
//! call, clients without one, and more connections than there may be.

use super::baresip::Baresip;
use super::ears;
use super::hotline::{Hotline, make_certificates};
use acceptance::bare::phone::Line;
use acceptance::program::{TempDir, parley};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

fn authority(hotline: &Hotline) -> PathBuf {
    hotline.server.dir().join("certs/authority.pem")
}

fn calling(target: &str, ca: &Path, seconds: u32) -> Command {
    let mut call = Command::new(parley());
    call.args(["call", target, "--hang-up-after", &seconds.to_string(), "--ca"]).arg(ca);
    call
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

#[test]
fn parley_call_is_heard_over_tls_websocket_and_secure_websocket() {
    let hotline = Hotline::start_secure();
    let at = |key: &str| hotline.server.text(key);
    for (name, target) in [
        ("tls", format!("sips:hotline@{}", at("sip_tls"))),
        ("tls-param", format!("sip:hotline@{};transport=tls", at("sip_tls"))),
        ("ws", format!("sip:hotline@{};transport=ws", at("sip_ws"))),
        ("wss", format!("sips:hotline@{};transport=ws", at("sip_wss"))),
    ] {
        let wav = hotline.server.dir().join(format!("{name}.wav"));
        let mut call = calling(&target, &authority(&hotline), 4);
        let out = call.arg("--record").arg(&wav).output().unwrap();
        assert!(out.status.success(), "{name}: {}", said(&out));
        let sound = audio::wav::read(&wav).unwrap();
        let level = ears::speech_dbfs(&sound.channels[0]);
        assert!((-22.0..=-14.0).contains(&level), "{name}: speech at {level} dBFS");
        super::records::assert_last_call(&hotline, &["caller hung up"]);
    }
}

#[test]
fn baresip_hears_the_greeting_over_tcp_and_tls() {
    let hotline = Hotline::start_secure();
    let trust = format!("sip_cafile {}\nsip_verify_server yes\n", authority(&hotline).display());
    for (transport, key) in [("tcp", "sip_tcp"), ("tls", "sip_tls")] {
        let mut phone = Baresip::start_with("<sip:phone@127.0.0.1>;regint=0", &trust);
        let at = hotline.server.text(key);
        phone.command("dial", &format!("sip:hotline@{at};transport={transport}"));
        phone.wait_event("CALL_ESTABLISHED", Duration::from_secs(10));
        phone.stay(Duration::from_secs(5));
        phone.command("hangup", "");
        phone.wait_event("CALL_CLOSED", Duration::from_secs(10));
        let sound = audio::wav::read(&phone.heard()).unwrap();
        let level = ears::speech_dbfs(&sound.channels[0]);
        assert!((-22.0..=-14.0).contains(&level), "{transport}: speech at {level} dBFS");
        super::records::assert_last_call(&hotline, &["caller hung up"]);
    }
}

fn ended_well(call: Child) {
    let out = call.wait_with_output().unwrap();
    assert!(out.status.success(), "the running call was disturbed: {}", said(&out));
}

#[test]
fn new_certificates_serve_new_calls_and_leave_the_running_one_alone() {
    let hotline = Hotline::start_secure();
    let target = format!("sips:hotline@{}", hotline.server.text("sip_tls"));
    let old = TempDir::new("old-authority").unwrap();
    let old_ca = old.path().join("authority.pem");
    std::fs::copy(authority(&hotline), &old_ca).unwrap();
    let mut running = calling(&target, &old_ca, 15);
    let running = running.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();

    // first half a set, which fits nothing: the old one stays in use
    let certs = hotline.server.dir().join("certs");
    let new = TempDir::new("new-authority").unwrap();
    make_certificates(&new.path().join("set"));
    let put = |file: &str| {
        std::fs::copy(new.path().join("set").join(file), certs.join(file)).unwrap();
    };
    put("server.key");
    wait_for_log(&hotline, "does not belong to the certificate");
    let out = calling(&target, &old_ca, 1).output().unwrap();
    assert!(out.status.success(), "the last good certificate stays in use: {}", said(&out));

    put("server.pem");
    put("authority.pem");
    wait_for_log(&hotline, "certificates changed");
    let out = calling(&target, &new.path().join("set/authority.pem"), 1).output().unwrap();
    assert!(out.status.success(), "{}", said(&out));
    let out = calling(&target, &old_ca, 1).output().unwrap();
    assert!(!out.status.success() && said(&out).contains("--ca"), "{}", said(&out));
    ended_well(running);
}

fn wait_for_log(hotline: &Hotline, text: &str) {
    let deadline = acceptance::bare::clock::Deadline::within(Duration::from_secs(20));
    while !hotline.server.log().contains(text) {
        assert!(!deadline.passed(), "'{text}' is not in the log:\n{}", hotline.server.log());
        std::thread::park_timeout(Duration::from_millis(100));
    }
}

#[test]
fn a_web_page_of_somebody_else_and_plain_http_are_turned_away() {
    let hotline = Hotline::start_secure();
    let at: SocketAddr = hotline.server.text("sip_ws").parse().unwrap();
    let upgrade = "GET / HTTP/1.1\r\nHost: pbx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    for (more, status) in [
        ("Sec-WebSocket-Protocol: sip\r\n", "101"),
        ("Sec-WebSocket-Protocol: sip\r\nOrigin: http://pbx\r\n", "101"),
        ("Sec-WebSocket-Protocol: sip\r\nOrigin: http://evil.example\r\n", "403"),
        ("", "400"),
    ] {
        let mut stream = TcpStream::connect(at).unwrap();
        write!(stream, "{upgrade}{more}\r\n").unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer[9..], *status.as_bytes(), "{more}");
    }
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(b"INVITE sip:a@b SIP/2.0\r\n\r\n").unwrap();
    let mut rest = Vec::new();
    // closed or reset: both are a refusal
    let _ = stream.read_to_end(&mut rest);
    assert!(!rest.starts_with(b"SIP/2.0"), "{}", String::from_utf8_lossy(&rest));
}

#[test]
fn five_thousand_connections_are_bounded_and_disturb_nobody() {
    let hotline = Hotline::start();
    let mut call = hotline.phone(Line::tcp(hotline.server.tcp()).unwrap());
    assert_eq!(call.dial().unwrap().status(), 200);
    let mut held = Vec::new();
    for n in 0..5_000 {
        if let Ok(stream) = TcpStream::connect(hotline.server.tcp()) {
            held.push(stream);
        }
        if n >= 600 {
            held.swap_remove(n % held.len());
        }
    }
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", hotline.server.pid())).unwrap();
    let open = descriptors.count();
    assert!(open < 256 + 100, "{open} descriptors are open: more than one source may hold");
    assert!(call.hear(Duration::from_secs(2)).unwrap().is_some(), "the call goes on");
    assert_eq!(call.hang_up().unwrap().status(), 200);
}
