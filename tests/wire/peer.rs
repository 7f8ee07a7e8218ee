//! A program of others that a test starts and ends: by SIGTERM to its process id, then by force, so that what it
//! started itself (Kamailio's workers) ends with it. What it prints is kept and shown when the test fails.

use acceptance::bare::clock::Deadline;
use acceptance::program::{TempDir, follow};
use std::io::Write;
use std::net::UdpSocket;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// How long a peer may take to end by itself when asked.
const LEAVE_MAX: Duration = Duration::from_secs(5);

/// A running peer.
pub struct Peer {
    name: String,
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    _dir: TempDir,
}

impl Peer {
    /// Starts it in a directory of its own, its standard error together with its standard output.
    pub fn start(package: &str, dir: TempDir, command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let (reader, writer) = std::io::pipe().unwrap();
        command.stderr(writer.try_clone().unwrap()).stdout(writer);
        let child = command
            .current_dir(dir.path())
            .env("HOME", dir.path())
            .env("TERM", "dumb")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{name} cannot be started ({e}); install {package}"));
        // the pipe's writing ends that `command` holds would keep it open for ever
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self { name, child, lines: follow(reader), said: Vec::new(), _dir: dir }
    }

    /// Types a line.
    pub fn type_line(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{line}").and_then(|()| input.flush()).unwrap();
    }

    /// Waits for a line that holds this; the line.
    pub fn wait_for(&mut self, text: &str, within: Duration) -> String {
        let deadline = Deadline::within(within);
        loop {
            match self.lines.recv_timeout(deadline.left()) {
                Ok(line) => {
                    let found = line.contains(text);
                    self.said.push(line.clone());
                    if found {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) if !deadline.passed() => {}
                Err(why) => panic!("{} never said '{text}' ({why})", self.name),
            }
        }
    }

    /// Lets this much time pass while it talks.
    pub fn stay(&mut self, time: Duration) {
        let deadline = Deadline::within(time);
        while !deadline.passed() {
            if let Ok(line) = self.lines.recv_timeout(deadline.left()) {
                self.said.push(line);
            }
        }
    }

    /// Waits for its end, which must be a good one; its output.
    pub fn done(mut self, within: Duration) -> String {
        let status = self.wait_end(within);
        assert!(status.is_some_and(|s| s.success()), "{} ended with {status:?}", self.name);
        self.said.join("\n")
    }

    fn wait_end(&mut self, within: Duration) -> Option<ExitStatus> {
        let deadline = Deadline::within(within);
        loop {
            match self.lines.recv_timeout(deadline.left()) {
                Ok(line) => self.said.push(line),
                // its output closes when it ends
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().ok(),
                Err(RecvTimeoutError::Timeout) if deadline.passed() => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let pid = rustix::process::Pid::from_child(&self.child);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            if self.wait_end(LEAVE_MAX).is_none() {
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
        }
        if std::thread::panicking() {
            self.said.extend(self.lines.try_iter());
            eprintln!("--- {}:\n{}", self.name, self.said.join("\n"));
        }
    }
}

/// A UDP port that is free now.
pub fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).map_or(0, |a| a.port())
}

/// sipp with these words, for one call, on loopback at this port.
pub fn sipp(port: u16, words: &[&str]) -> Peer {
    let mut command = Command::new("sipp");
    command
        .args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", &port.to_string()])
        .args(["-mp", &free_port().to_string(), "-nostdin", "-trace_err", "-error_file"])
        .args(["/dev/stderr", "-timeout", "100", "-timeout_error", "-m", "1"])
        .args(words);
    Peer::start("the Debian package sip-tester", TempDir::new("sipp").unwrap(), &mut command)
}

/// sipp with a scenario of tests/sipp.
pub fn sipp_scenario(port: u16, scenario: &str, words: &[&str]) -> Peer {
    let script = acceptance::house::top().join("tests/sipp").join(format!("{scenario}.xml"));
    sipp(port, &[&["-sf", &script.to_string_lossy()], words].concat())
}
