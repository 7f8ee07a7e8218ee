//! A real browser: Chromium with JsSIP calls over a secure WebSocket, its audio by ICE and DTLS-SRTP. It measures
//! what it hears by itself, presses keys that the dialplan answers, holds and resumes; in G.711, and in Opus where
//! it offers nothing else.
//! tests/run installs JsSIP and playwright-core from npm below the target directory.

use super::hotline::{CASE, Hotline};
use super::peer::Peer;
use acceptance::house;
use acceptance::program::{TempDir, target};
use std::process::Command;
use std::time::Duration;

/// A browser starts, and a machine may be busy.
const SOON: Duration = Duration::from_secs(90);

/// Chromium calls this hotline as a user of it; `how`: keys to press and the one codec to offer, or `liar`.
fn call(hotline: &Hotline, how: &[&str]) -> Peer {
    let password = super::phones::add(hotline, "anna");
    let modules = target().join("jssip/node_modules");
    assert!(
        modules.join("playwright-core").is_dir() && modules.join("jssip").is_dir(),
        "install it: npm install --prefix {}/jssip jssip@3.13 ws@8 playwright-core@1",
        target().display()
    );
    let mut node = Command::new("node");
    node.arg(house::top().join("tests/browser/call.js"))
        .args([&hotline.server.text("sip_wss"), "anna", &password])
        .arg(hotline.server.dir().join("certs/server.pem"))
        .args(how)
        .env("NODE_PATH", modules);
    let needs = "the Debian packages nodejs and chromium";
    Peer::start(needs, TempDir::new("chromium").unwrap(), &mut node)
}

/// Who is not the one that his description names hears nothing, and the record says why.
#[test]
fn chromium_with_another_certificate_than_it_named_is_hung_up_on_unheard() {
    let hotline = Hotline::start_secure();
    let mut browser = call(&hotline, &["liar"]);
    browser.wait_for("answered", SOON);
    let over = browser.wait_for("over", SOON);
    assert_eq!(over, "over 0", "it heard something");
    browser.done(SOON);
    let words = ["certificate is not the one that its description names", "SIP 488, Q.850 88"];
    let shown = super::records::assert_last_call(&hotline, &words);
    assert!(!shown.contains("said "), "{shown}");
}

#[test]
fn chromium_calls_hears_a_prompt_and_presses_keys_that_are_answered() {
    hears_keys_holds(&[], "PCMU");
}

/// Its Opus is another's: decoder, clock and keys in that clock must be right for it to hear and to be heard.
#[test]
fn chromium_that_offers_opus_alone_hears_a_prompt_and_its_keys_are_answered() {
    hears_keys_holds(&["opus"], "opus");
}

fn hears_keys_holds(offers: &[&str], codec: &str) {
    let hotline = Hotline::start_secure();
    let keys = format!("{CASE}#");
    let how: Vec<&str> = [keys.as_str()].into_iter().chain(offers.iter().copied()).collect();
    let mut browser = call(&hotline, &how);
    browser.wait_for("answered", SOON);
    assert_heard(&browser.wait_for("heard ", SOON), codec);
    browser.wait_for("pressed", SOON);
    assert_heard(&browser.wait_for("then ", SOON), codec);
    browser.wait_for("held", SOON);
    browser.wait_for("resumed ", SOON);
    browser.wait_for("hung up", SOON);
    browser.done(SOON);
    let words = ["over WSS", "case found by case-number", codec, " 0 lost", "caller hung up"];
    super::records::assert_last_call(&hotline, &words);
}

/// What the browser says of itself: DTLS is up, nothing was lost, speech is as loud as it is meant to be.
fn assert_heard(line: &str, codec: &str) {
    let (_, figures) = line.split_once(' ').unwrap();
    let figures: serde_json::Value = serde_json::from_str(figures).unwrap();
    assert_eq!(figures["dtls"], "connected", "{line}");
    assert_eq!(figures["lost"], 0, "{line}");
    assert_eq!(figures["codec"], format!("audio/{codec}"), "{line}");
    assert!(figures["srtp"].as_str().is_some_and(|suite| !suite.is_empty()), "{line}");
    assert!(figures["packets"].as_u64() > Some(90), "{line}");
    let level = figures["level"].as_f64().unwrap();
    assert!((-24.0..=-13.0).contains(&level), "speech at {level} dBFS, -18 wanted: {line}");
}
