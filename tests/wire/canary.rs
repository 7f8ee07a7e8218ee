//! The search for a card where none may be: memory of the switch and of the vault, as root reads it, command lines,
//! environments, and every file that the server wrote: database and its log, configuration, prompts, log at trace.
//!
//! What is seen is copied while the caller waits and searched afterwards: a caller has five seconds for a key.

#[path = "../../src/vault/tests/payment/canary.rs"]
mod writings;

use super::hotline::Hotline;
use std::path::PathBuf;
pub use writings::Card;
use writings::{Needle, first_in, readable_memory};

/// A number in the settings: the search must find it in the switch and in its files.
pub const PLANTED: &str = "4716249350182763";

/// One thing that was looked at.
struct Seen {
    when: &'static str,
    what: String,
    bytes: Vec<u8>,
}

/// What was seen so far.
#[derive(Default)]
pub struct Canary(Vec<Seen>);

impl Canary {
    /// Copies everything there is now.
    pub fn look(&mut self, hotline: &Hotline, vault: u32, when: &'static str) {
        for (who, pid) in [("switch", hotline.server.pid()), ("vault", vault)] {
            // a vault that was killed has no memory
            if std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty()) {
                self.keep(when, format!("memory of the {who}"), readable_memory(pid));
            }
            for place in ["environ", "cmdline"] {
                let bytes = std::fs::read(format!("/proc/{pid}/{place}")).unwrap_or_default();
                self.keep(when, format!("{place} of the {who}"), bytes);
            }
        }
        for file in files(hotline.server.dir().to_owned()) {
            // a file may go while others are looked at
            let bytes = std::fs::read(&file).unwrap_or_default();
            self.keep(when, file.display().to_string(), bytes);
        }
        self.keep(when, "log".to_owned(), hotline.server.log().into_bytes());
    }

    fn keep(&mut self, when: &'static str, what: String, bytes: Vec<u8>) {
        self.0.push(Seen { when, what, bytes });
    }

    /// Nobody but the phone and the acquirer holds a digit of the card but the last four; and the search finds what
    /// is there.
    pub fn assert_nowhere(&self, card: &Card) {
        let needles = card.needles();
        let planted: [Needle; 1] = [("a planted number", PLANTED.as_bytes().to_vec())];
        for seen in &self.0 {
            let found = first_in(&seen.bytes, &needles);
            assert!(found.is_none(), "{}: the card is in {}: {found:?}", seen.when, seen.what);
        }
        let finds = |what: &str| {
            let those = self.0.iter().filter(|seen| seen.what.ends_with(what));
            those.filter(|seen| first_in(&seen.bytes, &planted).is_some()).count()
        };
        assert!(finds("memory of the switch") > 0, "the search of memory finds what is there");
        assert!(finds("parley.toml") > 0, "the search of files finds what is there");
        let sizes = |what: &str| {
            self.0.iter().filter(|seen| seen.what.contains(what)).map(|seen| seen.bytes.len()).max()
        };
        assert!(sizes("memory of the vault") > Some(1 << 20), "the vault's memory was read");
        assert!(sizes(".db") > Some(0) && sizes("log") > Some(0), "database and log were read");
    }
}

/// Every file below this directory.
fn files(dir: PathBuf) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => all.extend(files(path)),
            path => all.push(path),
        }
    }
    all
}
