//! JsSIP, which browser telephones are made of, over a secure WebSocket: it logs in, calls, is refused with a
//! reason, loses its connection and logs in again. tests/run installs it from npm below the target directory.

use super::hotline::Hotline;
use super::peer::Peer;
use acceptance::bare::rtp;
use acceptance::house;
use acceptance::program::{TempDir, target};
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

#[test]
fn jssip_logs_in_calls_and_comes_back_after_its_connection_died() {
    let hotline = Hotline::start_secure();
    let password = super::phones::add(&hotline, "anna");
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = hotline.server.text("sip_wss");
    let modules = target().join("jssip/node_modules");
    assert!(
        modules.join("jssip").is_dir(),
        "install it: npm install --prefix {}/jssip jssip@3 ws@8",
        target().display()
    );
    let mut node = Command::new("node");
    node.arg(house::top().join("tests/jssip/phone.js"))
        .args([&format!("wss://{at}"), &at, "anna", &password])
        .arg(ear.local_addr().unwrap().port().to_string())
        .env("NODE_PATH", modules)
        .env("NODE_EXTRA_CA_CERTS", hotline.server.dir().join("certs/authority.pem"));
    let mut phone = Peer::start(
        "the Debian packages nodejs and npm",
        TempDir::new("jssip").unwrap(),
        &mut node,
    );
    phone.wait_for("registered 1", SOON);
    phone.wait_for("answered", SOON);
    phone.wait_for("hung up", SOON);
    assert_prompt_was_heard(&ear);
    let refused = phone.wait_for("refused", SOON);
    assert!(refused.contains("488"), "{refused}");
    phone.wait_for("disconnected", SOON);
    phone.wait_for("registered 2", SOON);
    phone.wait_for("unregistered", SOON);
    phone.done(SOON);
    super::records::assert_last_call(&hotline, &["488"]);
    assert!(!hotline.server.log().contains(&password), "a password stands in the log");
}

/// What came to the address in its session description.
fn assert_prompt_was_heard(ear: &UdpSocket) {
    ear.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    let (mut buffer, mut packets) = ([0; 1500], Vec::new());
    while let Ok(len) = ear.recv(&mut buffer) {
        let at = acceptance::bare::clock::now();
        packets.extend(rtp::read(&buffer[..len]).map(|_| (at, buffer[..len].to_vec())));
    }
    let heard = super::ears::samples(&packets);
    let seconds = super::ears::seconds(&heard);
    assert!((2.0..4.0).contains(&seconds), "3 s of call, {seconds} s heard");
    let level = super::ears::speech_dbfs(&heard);
    assert!((-22.0..=-14.0).contains(&level), "speech at {level} dBFS, -18 ± 4 wanted");
}
