//! The vault as a process of ours: how it is started, and what its end means.
//!
//! It gets one end of a Unix socket pair as its standard input and nothing else: no other descriptor, no
//! environment, no output that anybody reads but one fixed sentence. When we end, however we end, its standard
//! input ends, and so does it.

use super::place;
use crate::config::{Config, ConfigError, Dialect, Gateway};
use std::io::{self, Read};
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

/// Bytes of its last word that are read.
const LAST_WORD_BYTES_MAX: u64 = 4_096;
/// The copy of the gateway's roots in the vault's directory.
const ROOTS: &str = "roots.pem";

/// Everything that one start needs.
#[derive(Clone, Debug)]
pub struct Orders {
    program: PathBuf,
    /// Where it is started.
    pub dir: PathBuf,
    roots: PathBuf,
    secret: PathBuf,
    dialect: Dialect,
    gateway_name: String,
    gateway_port: u16,
    bind: IpAddr,
    announced: IpAddr,
    captures: u16,
    user: Option<u32>,
}

/// Why the vault cannot be started, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Sound(#[from] super::sound::SoundError),
    #[error(
        "there is no vault at {0}; build it: cargo build --profile vault -p vault, and name it under payments.vault"
    )]
    NoProgram(PathBuf),
    #[error("{0}")]
    User(String),
    #[error("payments.{key}: {path}: {source}", path = path.display())]
    File { key: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "the vault's user ({user}) cannot read payments.secret-file: {place} bars it; chown {user} and chmod 400 \
         the file, in a directory that others may pass", place = place.display()
    )]
    Barred { place: PathBuf, user: u32 },
    #[error("the vault does not start: {0}")]
    Spawn(io::Error),
}

impl Orders {
    /// From the configuration; its directory is made.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn read(config: &Config, gateway: &Gateway) -> Result<Self, StartError> {
        let (bind, announced) = config.vault_addresses()?;
        let named = config.payments.vault.as_deref().unwrap_or(Path::new("vault"));
        let user = place::user(config.payments.user.as_deref()).map_err(StartError::User)?;
        let orders = Self {
            program: program(named)?,
            dir: made(config.vault_dir())?,
            roots: gateway.roots_file.clone(),
            secret: absolute("secret-file", &gateway.secret_file)?,
            dialect: gateway.dialect,
            gateway_name: gateway.host.clone(),
            gateway_port: gateway.port,
            bind,
            announced,
            captures: config.payments.captures,
            user,
        };
        orders.check_secret()?;
        Ok(orders)
    }

    /// Starts it; our end of the link.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(&self) -> Result<(tokio::process::Child, UnixStream), StartError> {
        let failed = |key, path: &Path| {
            let path = path.to_owned();
            move |source| StartError::File { key, path, source }
        };
        let roots = std::fs::read(&self.roots).map_err(failed("roots-file", &self.roots))?;
        place::put(&self.dir.join(ROOTS), &roots).map_err(failed("dir", &self.dir))?;
        let (ours, theirs) = UnixStream::pair().map_err(StartError::Spawn)?;
        let mut command = tokio::process::Command::new(&self.program);
        command.args(self.words()).env_clear().current_dir(&self.dir).kill_on_drop(true);
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().map_err(StartError::Spawn)?;
        Ok((child, ours))
    }

    fn words(&self) -> Vec<String> {
        let secret = self.secret.strip_prefix(&self.dir).unwrap_or(&self.secret);
        let mut pairs = vec![
            ("--prompts", ".".to_owned()),
            ("--roots", ROOTS.to_owned()),
            ("--credentials", secret.display().to_string()),
            ("--gateway-name", self.gateway_name.clone()),
            ("--gateway-port", self.gateway_port.to_string()),
            ("--bind", self.bind.to_string()),
            ("--announce", self.announced.to_string()),
            ("--captures", self.captures.to_string()),
        ];
        if self.dialect == Dialect::PayU {
            // payments.moto-ivr-allowed has said so: without it no vault is started
            let words = [("--gateway-dialect", "payu"), ("--keyed-cards", "yes")];
            pairs.extend(words.map(|(word, value)| (word, value.to_owned())));
        }
        pairs.extend(self.user.map(|user| ("--user", user.to_string())));
        pairs.into_iter().flat_map(|(word, value)| [word.to_owned(), value]).collect()
    }

    /// A file that its user cannot read would end it at every start with one word.
    fn check_secret(&self) -> Result<(), StartError> {
        let (Some(user), false) = (self.user, self.secret.starts_with(&self.dir)) else {
            return Ok(());
        };
        let looked = place::barred(&self.secret, user).map_err(|source| StartError::File {
            key: "secret-file",
            path: self.secret.clone(),
            source,
        });
        match looked? {
            None => Ok(()),
            Some(place) => Err(StartError::Barred { place, user }),
        }
    }
}

/// A bare name is looked for beside us, so that a package that brings both needs no path.
fn program(named: &Path) -> Result<PathBuf, StartError> {
    let bare = named.components().count() == 1 && !named.is_absolute();
    let beside = std::env::current_exe().ok().map(|exe| exe.with_file_name(named));
    let place = beside.filter(|_| bare).unwrap_or_else(|| named.to_owned());
    match place.canonicalize() {
        Ok(place) if place.is_file() => Ok(place),
        _ => Err(StartError::NoProgram(place)),
    }
}

fn made(dir: PathBuf) -> Result<PathBuf, StartError> {
    let made = place::open_dir(&dir).and_then(|()| dir.canonicalize());
    made.map_err(|source| StartError::File { key: "dir", path: dir, source })
}

fn absolute(key: &'static str, path: &Path) -> Result<PathBuf, StartError> {
    path.canonicalize().map_err(|source| StartError::File { key, path: path.to_owned(), source })
}

/// Why it ended, with what to do, from its exit code (`src/vault/main.rs`) and its one sentence.
pub fn last_word(status: ExitStatus, said: &str) -> String {
    let todo = match (status.code(), status.signal()) {
        (Some(0), _) => return "it ended because its link ended".to_owned(),
        (Some(2), _) => "it is of another version than this program; build both from one source",
        (Some(10), _) => "name its user under payments.user",
        (Some(11 | 12), _) | (None, Some(6)) => {
            "give it memory to lock: LimitMEMLOCK=64M in the service, or ulimit -l 65536"
        }
        (Some(13 | 14 | 16), _) => "this kernel keeps no process to itself; use Linux 6.7 or later",
        (Some(15), _) => "use Linux 6.7 or later with Landlock (lsm=landlock,… at its start)",
        (Some(17), _) => "this kernel gives no secret memory; start it with secretmem.enable=1",
        (Some(20), _) => "its prompts are not whole; look at the log above, and at payments.dir",
        (Some(21), _) => "name certificates (PEM) under payments.roots-file",
        (Some(22), _) => "write the gateway's host under payments.url",
        (Some(23), _) => "let its user read payments.secret-file",
        (Some(24), _) => "name an address of this machine under payments.address",
        (_, Some(31)) => "it did what it may not and was stopped by the kernel; please report this",
        _ => "please report this",
    };
    let said = said.trim();
    format!("{status}{}{said}: {todo}", if said.is_empty() { "" } else { ", " })
}

/// The one sentence of a vault that has ended.
pub fn said(stderr: Option<tokio::process::ChildStderr>) -> String {
    let Some(stderr) = stderr.and_then(|stderr| stderr.into_owned_fd().ok()) else {
        return String::new();
    };
    let mut word = String::new();
    let file = std::fs::File::from(stderr);
    // it has ended: what it wrote is there, and nothing more will come
    let _ = file.take(LAST_WORD_BYTES_MAX).read_to_string(&mut word);
    word.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_of_the_vault_says_what_to_do() {
        let code = |code: i32| ExitStatus::from_raw(code << 8);
        for (status, todo) in [
            (code(12), "LimitMEMLOCK"),
            (code(15), "Linux 6.7"),
            (code(17), "secretmem.enable=1"),
            (code(23), "payments.secret-file"),
            (ExitStatus::from_raw(31), "stopped by the kernel"),
        ] {
            let word = last_word(status, "vault: a word\n");
            assert!(word.contains(todo) && word.contains("vault: a word"), "{word}");
        }
        assert_eq!(last_word(code(0), ""), "it ended because its link ended");
    }

    #[test]
    fn a_vault_that_is_not_there_is_told_with_how_to_build_it() {
        let error = program(Path::new("no-such-vault")).unwrap_err().to_string();
        assert!(error.contains("cargo build --profile vault -p vault"), "{error}");
        assert!(error.contains("payments.vault"), "{error}");
    }
}
