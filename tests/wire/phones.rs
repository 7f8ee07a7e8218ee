//! Phones that log in: baresip (whose version 1.0 knows MD5 alone) registers by digest, is refused with a wrong password, and calls as a user.

use super::baresip::Baresip;
use super::hotline::Hotline;
use acceptance::bare::clock::Deadline;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(15);

/// Adds a user to a running hotline and waits until it knows; the password that was shown once.
pub(super) fn add(hotline: &Hotline, name: &str) -> String {
    let read = |log: &str| log.matches("phones may log in").count();
    let before = read(&hotline.server.log());
    let said = hotline.parley(&["phones", "add", name]);
    wait_for(hotline, "the server did not read its users again", |log| read(log) > before);
    let password = said.lines().find_map(|l| l.strip_prefix("password ")).expect("a password");
    password.split(' ').next().unwrap().to_owned()
}

pub(super) fn account(hotline: &Hotline, name: &str, password: &str) -> String {
    format!("<sip:{name}@{}>;auth_user={name};auth_pass={password};regint=60", hotline.udp())
}

/// Waits until the server's log is so.
pub(super) fn wait_for(hotline: &Hotline, otherwise: &str, so: impl Fn(&str) -> bool) {
    let deadline = Deadline::within(SOON);
    while !so(&hotline.server.log()) {
        assert!(!deadline.passed(), "{otherwise}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// A phone that gets this account once its events can be heard.
fn log_in(account: &str) -> Baresip {
    let mut phone = Baresip::start_as("");
    phone.command("uanew", account);
    phone
}

#[test]
fn baresip_logs_in_calls_as_a_user_and_no_secret_is_in_the_log() {
    let hotline = Hotline::start();
    let password = add(&hotline, "anna");
    let mut phone = log_in(&account(&hotline, "anna", &password));
    phone.wait_event("REGISTER_OK", SOON);
    phone.command("dial", &hotline.server.text("sip"));
    phone.wait_event("CALL_ESTABLISHED", SOON);
    phone.command("hangup", "");
    phone.wait_event("CALL_CLOSED", SOON);
    super::records::assert_last_call(&hotline, &["caller hung up"]);
    let log = hotline.server.log();
    assert!(log.contains("anna"), "the log says who registered: {log}");
    let users = std::fs::read_to_string(hotline.server.dir().join("users.toml")).unwrap();
    let hashes = users.lines().filter_map(|l| l.strip_prefix("ha1-")?.split('"').nth(1));
    for secret in hashes.chain([password.as_str(), "response="]) {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn baresip_with_a_wrong_password_stays_outside() {
    let hotline = Hotline::start();
    add(&hotline, "anna");
    let mut phone = log_in(&account(&hotline, "anna", "not-the-password"));
    phone.wait_event("REGISTER_FAIL", SOON);
    assert!(!hotline.server.log().contains("reachable=true"));
}
