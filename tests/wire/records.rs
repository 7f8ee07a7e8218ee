//! What is left after a call: its record, its events, and no secret anywhere.

use super::hotline::{BIRTH, Hotline, KeysBy, PIN, prove_and_leave};
use acceptance::bare::clock::Deadline;
use acceptance::program::Server;
use std::time::Duration;

/// Waits until the last call's record is written; it and its events must hold these words.
pub fn assert_last_call(hotline: &Hotline, words: &[&str]) -> String {
    assert_last_call_of(&hotline.server, words)
}

/// The same for any server.
pub fn assert_last_call_of(server: &Server, words: &[&str]) -> String {
    let parley = |words: &[&str]| super::hotline::run(words, &server.dir().join("parley.toml"));
    let deadline = Deadline::within(Duration::from_secs(15));
    loop {
        let list = parley(&["calls", "list"]);
        let id = list.split_whitespace().find(|w| w.starts_with("call-")).map(str::to_owned);
        let shown = id.map(|id| parley(&["calls", "show", &id])).unwrap_or_default();
        if words.iter().all(|w| shown.contains(w)) {
            return shown;
        }
        assert!(
            !deadline.passed(),
            "no record with {words:?}; the list:\n{list}\nthe last call:\n{shown}"
        );
    }
}

#[test]
fn no_secret_is_in_anything_the_server_wrote() {
    let hotline = Hotline::start();
    let mut call = hotline.call();
    prove_and_leave(&mut call, KeysBy::Rtp);
    let shown = assert_last_call(&hotline, &["right party proved", "by flow: goodbye"]);
    let born = "1985-03-17";
    for secret in [PIN, BIRTH, born] {
        assert!(!shown.contains(secret), "a secret stands in the call's record");
        for entry in std::fs::read_dir(hotline.server.dir()).unwrap().flatten() {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!found, "a secret stands in {}", entry.path().display());
        }
    }
}
