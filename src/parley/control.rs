//! The control socket: how commands reach the running server. One file for both ends.
//!
//! ```text
//!   client: one JSON object a line          server: one or more JSON objects a line, each with "say"
//!   {"do":"trunks"}                         {"say":"trunks","trunks":[…]}
//!   {"do":"call","number":"+48600100200",   {"say":"placed","call":"call-…"}
//!    "trunk":null,"flow":"hotline"}         {"say":"ringing"} {"say":"answered"} | {"say":"failed",…}
//!   anything else                           {"say":"refused","why":"…"}
//! ```
//!
//! Owns: the socket file (mode 0600: whoever may open it may read the trunks' secrets, too), the words.
//! Never: a decision about a call.

use crate::config::Config;
use crate::core::{Shared, turn};
use exchange::{Outbound, OutboundNews, Permit, Standing, TrunkStatus};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

/// Commands at once; the next is told to come again.
const CLIENTS_MAX: usize = 8;
/// Bytes of one request; a longer one is refused.
const REQUEST_BYTES_MAX: u64 = 16 * 1024;
/// A client that says nothing for this long is let go.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long news of one call is told: longer than it may ring on every way.
const CALL_NEWS_MAX: Duration = Duration::from_secs(600);

/// What a command asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// How every trunk stands.
    Trunks,
    /// Call somebody by a trunk, or by whichever there is, and let a flow speak.
    Call { number: String, trunk: Option<String>, flow: String },
}

/// What the server says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum Reply {
    Trunks { trunks: Vec<Trunk> },
    Placed { call: String },
    Ringing,
    Answered,
    Failed { reason: String, status: u16 },
    Refused { why: String },
}

/// One trunk, in words that outlive the program's own.
#[derive(Debug, Serialize, Deserialize)]
pub struct Trunk {
    pub name: String,
    /// `up`, `down` or `starting`.
    pub standing: String,
    pub registered: Option<bool>,
    pub targets: Vec<Target>,
    pub inbound: u32,
    pub outbound: u32,
    pub calls_max: u32,
    pub calls_per_second: u32,
    pub calls_in_total: u64,
    pub attempts_total: u64,
    pub answered_total: u64,
    pub last_error: Option<String>,
}

/// One address of a trunk.
#[derive(Debug, Serialize, Deserialize)]
pub struct Target {
    pub address: String,
    /// `up`, `down` or `unknown`.
    pub health: String,
    pub barred_s: Option<u64>,
}

/// Where the socket is: as configured, else beside the key file.
pub fn socket(config: &Config) -> PathBuf {
    let beside = || config.store.key_file.with_file_name("parley.sock");
    config.control.socket.clone().unwrap_or_else(beside)
}

/// Opens the socket and serves it. Without it the server works, but no command reaches it.
pub fn serve(core: &Shared, path: PathBuf) {
    match open(&path) {
        Ok(listener) => drop(tokio::task::spawn_local(accept(core.clone(), listener))),
        Err(error) => tracing::error!(
            alarm = true,
            "no command can reach this server: {}: {error}; name another place under control.socket",
            path.display()
        ),
    }
}

fn open(path: &Path) -> std::io::Result<UnixListener> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(std::io::Error::other("another server listens there"));
    }
    // What an earlier run left behind answers nobody any more.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(path);
    rustix::process::umask(before);
    listener
}

async fn accept(core: Shared, listener: UnixListener) {
    let clients = Rc::new(Cell::new(0));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (core, clients) = (core.clone(), clients.clone());
        tokio::task::spawn_local(async move {
            let (reader, mut writer) = stream.into_split();
            if clients.get() >= CLIENTS_MAX {
                let why = "too many commands at once; try again in a moment".to_owned();
                return drop(say(&mut writer, &Reply::Refused { why }).await);
            }
            clients.set(clients.get() + 1);
            // A client that goes away ends its own conversation only.
            let _ = talk(&core, reader, writer).await;
            clients.set(clients.get() - 1);
        });
    }
}

async fn talk(
    core: &Shared,
    reader: OwnedReadHalf,
    mut writer: OwnedWriteHalf,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = String::new();
        let mut bounded = (&mut reader).take(REQUEST_BYTES_MAX);
        let read = tokio::time::timeout(SILENCE_MAX, bounded.read_line(&mut line)).await;
        match read {
            Ok(Ok(0)) | Err(_) => return Ok(()),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error),
        }
        match serde_json::from_str(&line) {
            Ok(Request::Trunks) => say(&mut writer, &trunks(core)).await?,
            Ok(Request::Call { number, trunk, flow }) => {
                call(core, &mut writer, (number, trunk, flow)).await?;
            }
            Err(error) => {
                let why = format!("this is no request: {error}");
                return say(&mut writer, &Reply::Refused { why }).await;
            }
        }
    }
}

async fn say(writer: &mut OwnedWriteHalf, reply: &Reply) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    writer.write_all(&line).await
}

fn trunks(core: &Shared) -> Reply {
    let core = core.borrow();
    let all = core.exchange.trunk_status(core.clock.now());
    Reply::Trunks { trunks: all.into_iter().map(Trunk::from).collect() }
}

async fn call(
    core: &Shared,
    writer: &mut OwnedWriteHalf,
    (to, trunk, flow): (String, Option<String>, String),
) -> std::io::Result<()> {
    let mut news = core.borrow().news.subscribe();
    let permit = Permit::admin();
    let (caller_id, lang, case, ring_for) = (None, None, None, None);
    let outbound = Outbound { to, caller_id, flow, lang, case, trunk, ring_for, permit };
    let mut placed = None;
    turn(core, |exchange, now| placed = Some(exchange.originate(now, outbound)));
    let id = match placed {
        Some(Ok(id)) => id,
        Some(Err(refused)) => {
            return say(writer, &Reply::Refused { why: refused.to_string() }).await;
        }
        None => {
            let why = "a fault of ours; please report what the server logged".to_owned();
            return say(writer, &Reply::Refused { why }).await;
        }
    };
    say(writer, &Reply::Placed { call: id.to_string() }).await?;
    let told = async {
        loop {
            match news.recv().await {
                Ok((call, news)) if call == id => {
                    say(writer, &reply(news)).await?;
                    if news != OutboundNews::Ringing {
                        return Ok(());
                    }
                }
                Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return Ok(()),
            }
        }
    };
    tokio::time::timeout(CALL_NEWS_MAX, told).await.unwrap_or(Ok(()))
}

fn reply(news: OutboundNews) -> Reply {
    match news {
        OutboundNews::Ringing => Reply::Ringing,
        OutboundNews::Answered => Reply::Answered,
        OutboundNews::Failed(failed) => {
            Reply::Failed { reason: failed.reason.to_string(), status: failed.status }
        }
    }
}

impl From<TrunkStatus> for Trunk {
    fn from(status: TrunkStatus) -> Self {
        let target = |target: exchange::TargetStatus| Target {
            address: target.address,
            health: match target.health {
                exchange::Health::Unknown { .. } => "unknown",
                exchange::Health::Up { .. } => "up",
                exchange::Health::Down { .. } => "down",
            }
            .to_owned(),
            barred_s: target.barred_s,
        };
        Trunk {
            name: status.name,
            standing: match status.standing {
                Standing::Starting => "starting",
                Standing::Up => "up",
                Standing::Down => "down",
            }
            .to_owned(),
            registered: status.registered,
            targets: status.targets.into_iter().map(target).collect(),
            inbound: status.inbound,
            outbound: status.outbound,
            calls_max: status.calls_max,
            calls_per_second: status.calls_per_second,
            calls_in_total: status.totals.inbound,
            attempts_total: status.totals.attempts,
            answered_total: status.totals.answered,
            last_error: status.last_error,
        }
    }
}

/// Why a command does not reach a server, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("no server listens at {path}: {source}; start it with parley serve, or name its configuration with --config", path = path.display())]
    NobodyThere { path: PathBuf, source: std::io::Error },
    #[error("the server ended the conversation: {0}")]
    Broken(std::io::Error),
    #[error(
        "the server says something that this program does not know; is it of another version? {0}"
    )]
    Strange(serde_json::Error),
}

/// Asks a running server and hears every reply until the one that `last` knows as the last.
pub async fn ask(
    path: &Path,
    request: &Request,
    mut hear: impl FnMut(&Reply),
    last: impl Fn(&Reply) -> bool,
) -> Result<(), ControlError> {
    let stream = UnixStream::connect(path)
        .await
        .map_err(|source| ControlError::NobodyThere { path: path.to_owned(), source })?;
    let (reader, mut writer) = stream.into_split();
    let mut line = serde_json::to_vec(request).map_err(ControlError::Strange)?;
    line.push(b'\n');
    writer.write_all(&line).await.map_err(ControlError::Broken)?;
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await.map_err(ControlError::Broken)? {
        let reply: Reply = serde_json::from_str(&line).map_err(ControlError::Strange)?;
        hear(&reply);
        if last(&reply) || matches!(reply, Reply::Refused { .. }) {
            return Ok(());
        }
    }
    let gone = std::io::Error::other("it closed the socket before it had said everything");
    Err(ControlError::Broken(gone))
}
