//! Where the benchmark runs: a network namespace of its own and the real-time class, as far as permitted.

use std::io;
use std::process::{Command, Stdio};

/// Set in the environment of the process that runs inside; says what it got.
const INSIDE: &str = "PARLEY_BENCH_PLACE";

/// Whether this process is the one inside.
pub fn entered() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// What this process got.
pub fn said() -> String {
    std::env::var(INSIDE).unwrap_or_default()
}

/// What this process starts then.
#[allow(dead_code, reason = "each benchmark wants one of them")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// Is in the same class.
    Alike,
    /// Is in the ordinary one, and gets out of it as far as it does elsewhere.
    Ordinary,
}

/// Runs this program again, inside, with the same words; takes the namespace away afterwards.
pub fn enter(words: &[String], started: Started) -> io::Result<()> {
    let own = std::env::current_exe()?;
    let namespace = format!("parley-bench-{}", std::process::id());
    let alone = worked(Command::new("ip").args(["netns", "add", &namespace]))
        && worked(Command::new("ip").args(["-n", &namespace, "link", "set", "lo", "up"]));
    let first = worked(Command::new("chrt").args(["-f", "20", "true"]));
    let mut wrapped: Vec<&str> = Vec::new();
    if alone {
        wrapped.extend(["ip", "netns", "exec", &namespace]);
    }
    if first {
        wrapped.push("chrt");
        wrapped.extend((started == Started::Ordinary).then_some("-R"));
        wrapped.extend(["-f", "20"]);
    }
    let own = own.to_string_lossy();
    wrapped.push(&own);
    let place = format!(
        "{}, {}",
        if alone { "network namespace of its own" } else { "the machine's own loopback" },
        if first { "real-time class" } else { "ordinary class: other work on this machine shows" }
    );
    let ended =
        Command::new(wrapped[0]).args(&wrapped[1..]).args(words).env(INSIDE, place).status();
    if alone {
        worked(Command::new("ip").args(["netns", "del", &namespace]));
    }
    match ended? {
        status if status.success() => Ok(()),
        status => Err(io::Error::other(format!("the measuring process ended with {status}"))),
    }
}

fn worked(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
