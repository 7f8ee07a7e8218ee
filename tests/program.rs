//! The real program, started by a test in a directory of its own and ended by its process id.
//!
//! Owns: finding or building the program, its temporary directory, its announcement, its end.
//! Never: a name instead of a process id when something is ended.

use crate::bare::clock::Deadline;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long a start may take before the test gives up: far more than it does, for a busy machine.
const START_MAX: Duration = Duration::from_secs(60);

/// The release build of `parley`: the one named by PARLEY_BIN, else built now.
pub fn parley() -> PathBuf {
    if let Some(path) = std::env::var_os("PARLEY_BIN") {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "PARLEY_BIN names {}, which does not exist", path.display());
        return path;
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = ["build", "--release", "--quiet", "-p", "parley"];
    let built = Command::new(cargo).args(build).current_dir(crate::house::top()).status();
    assert!(built.is_ok_and(|s| s.success()), "cargo build --release -p parley failed");
    target().join("release/parley")
}

/// The vault as it is shipped, beside the program; built now unless PARLEY_BIN says that all is built.
pub fn vault() -> PathBuf {
    beside("vault/vault", &["--profile", "vault", "-p", "vault"])
}

/// The sandbox gateway, likewise.
pub fn sandbox() -> PathBuf {
    beside("release/gateway-sandbox", &["--release", "-p", "gateway-sandbox"])
}

fn beside(place: &str, build: &[&str]) -> PathBuf {
    let built = target().join(place);
    if std::env::var_os("PARLEY_BIN").is_none() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        let done = command.args(["build", "--quiet"]).args(build).current_dir(crate::house::top());
        assert!(done.status().is_ok_and(|s| s.success()), "cargo build {build:?} failed");
    }
    assert!(built.is_file(), "{} is missing: cargo build {}", built.display(), build.join(" "));
    built
}

/// Where builds go.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| crate::house::top().join("target"), PathBuf::from)
}

/// A directory that is removed when dropped.
pub struct TempDir(PathBuf);

impl TempDir {
    /// A new empty directory whose name begins with `purpose`.
    pub fn new(purpose: &str) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("parley-{purpose}-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// A running `parley serve` or `parley demo`.
pub struct Server {
    child: Child,
    lines: Receiver<String>,
    dir: TempDir,
    /// What it announced when ready.
    pub ready: serde_json::Value,
}

impl Server {
    /// `parley demo` on loopback, free ports, its own directory.
    pub fn demo() -> io::Result<Self> {
        Self::demo_on("127.0.0.1")
    }

    /// `parley demo` on this address.
    pub fn demo_on(address: &str) -> io::Result<Self> {
        let dir = TempDir::new("demo")?;
        let place = dir.path().join("demo");
        let mut command = Command::new(parley());
        command
            .args(["demo", "--announce", "json", "--listen", address, "--port", "0", "--dir"])
            .arg(place)
            // it would build its vault with it; a test that pays builds it first
            .env_remove("CARGO");
        Self::start(command, dir)
    }

    /// `parley serve` with this configuration; `{dir}` in it is the server's own directory, `{top}` the repository's.
    pub fn serve(config: &str, files: &[(&str, &str)]) -> io::Result<Self> {
        Self::serve_with(config, |config| {
            let dir = config.parent().unwrap_or(&config);
            for (name, text) in files {
                let path = dir.join(name);
                std::fs::create_dir_all(path.parent().unwrap_or(dir))?;
                std::fs::write(path, text)?;
            }
            Ok(())
        })
    }

    /// The same, with something to be done before the start; it is given the configuration's place.
    pub fn serve_with(
        config: &str,
        before: impl FnOnce(PathBuf) -> io::Result<()>,
    ) -> io::Result<Self> {
        Self::serve_in(Self::prepared(config, before)?)
    }

    /// The same, and its log holds everything that it could say; its temporary files lie in its own directory.
    pub fn serve_traced(
        config: &str,
        before: impl FnOnce(PathBuf) -> io::Result<()>,
    ) -> io::Result<Self> {
        let dir = Self::prepared(config, before)?;
        let mut command = Self::serving(&dir);
        command.env("RUST_LOG", "trace").env("TMPDIR", dir.path());
        Self::start(command, dir)
    }

    fn prepared(
        config: &str,
        before: impl FnOnce(PathBuf) -> io::Result<()>,
    ) -> io::Result<TempDir> {
        let dir = TempDir::new("serve")?;
        let own = config.replace("{dir}", &dir.path().to_string_lossy());
        let path = dir.path().join("parley.toml");
        std::fs::write(&path, own.replace("{top}", &crate::house::top().to_string_lossy()))?;
        before(path)?;
        Ok(dir)
    }

    fn serve_in(dir: TempDir) -> io::Result<Self> {
        Self::start(Self::serving(&dir), dir)
    }

    fn serving(dir: &TempDir) -> Command {
        let mut command = Command::new(parley());
        command
            .args(["serve", "--announce", "json", "--config"])
            .arg(dir.path().join("parley.toml"));
        command
    }

    /// Ends the program and starts it again in the same directory; `ended` is told when the first one is gone.
    pub fn restart(mut self, ended: impl FnOnce()) -> io::Result<Self> {
        self.ask_to_stop()?;
        if self.wait_end(START_MAX)?.is_none() {
            return Err(io::Error::other(format!("it does not end; its log:\n{}", self.log())));
        }
        let kept = std::mem::replace(&mut self.dir, TempDir(PathBuf::new()));
        ended();
        Self::serve_in(kept)
    }

    fn start(mut command: Command, dir: TempDir) -> io::Result<Self> {
        let log = File::create(dir.path().join("log"))?;
        command.current_dir(dir.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn()?;
        let out =
            child.stdout.take().ok_or_else(|| io::Error::other("the program has no output"))?;
        let lines = follow(out);
        let mut server = Self { child, lines, dir, ready: serde_json::Value::Null };
        server.ready = server.wait_ready()?;
        Ok(server)
    }

    fn wait_ready(&mut self) -> io::Result<serde_json::Value> {
        let deadline = Deadline::within(START_MAX);
        loop {
            match self.lines.recv_timeout(deadline.left()) {
                Ok(line) => match serde_json::from_str::<serde_json::Value>(&line) {
                    Ok(value) if value["ready"] == true => return Ok(value),
                    _ => {}
                },
                Err(RecvTimeoutError::Timeout) if !deadline.passed() => {}
                Err(why) => {
                    return Err(io::Error::other(format!(
                        "not ready ({why}); its log:\n{}",
                        self.log()
                    )));
                }
            }
        }
    }

    /// Where it takes SIP over UDP.
    pub fn udp(&self) -> SocketAddr {
        self.address("sip_udp")
    }

    /// Where it takes SIP over TCP.
    pub fn tcp(&self) -> SocketAddr {
        self.address("sip_tcp")
    }

    fn address(&self, key: &str) -> SocketAddr {
        let text = self.text(key);
        text.parse().unwrap_or_else(|e| panic!("{key} of the announcement, '{text}': {e}"))
    }

    /// A text of the announcement.
    pub fn text(&self, key: &str) -> String {
        let value = self.ready[key].as_str();
        value.unwrap_or_else(|| panic!("the announcement has no {key}: {}", self.ready)).to_owned()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its own directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Asks it to stop by SIGTERM.
    pub fn ask_to_stop(&self) -> io::Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        Ok(rustix::process::kill_process(pid, rustix::process::Signal::TERM)?)
    }

    /// Waits for its end; `None` when it has not ended in time.
    pub fn wait_end(&mut self, within: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Deadline::within(within);
        // its output closes when it ends: nothing has to be polled
        loop {
            match self.lines.recv_timeout(deadline.left()) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().map(Some),
                Err(RecvTimeoutError::Timeout) if deadline.passed() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the server's log:\n{}", self.log());
        }
    }
}

/// Lines of a child's output as they come.
pub fn follow(out: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    lines
}
