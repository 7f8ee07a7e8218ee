//! The demo's acquirer and vault: found beside this program, or built once where Cargo started us.
//!
//! Owns: the sandbox as a process, the demo's settings for payments. Never: a real gateway.

use crate::config::{Config, Funding};
use crate::vault;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The name that the sandbox's certificate proves.
const NAME: &str = "gateway.test";
/// A key that the sandbox takes; it is no secret.
const KEY: &str = "sk_test_demo\n";
/// Callers at once who key a card.
const CAPTURES: u16 = 8;

/// What the demo's page says of cards.
pub const CARDS: &str = "\
to pay by card, with numbers of the sandbox, any month ahead, any security code of three digits; no money moves:
  4242 4242 4242 4242  is charged
  4000 0000 0000 9995  is declined, not enough money
  4000 0000 0000 0127  is declined, wrong security code
";

/// The sandbox; it ends when this is dropped, or with us.
pub struct Acquirer(Child);

impl Acquirer {
    /// Starts the sandbox and tells the configuration of it and of the vault; on failure neither is used.
    ///
    /// # Errors
    /// Why no card can be paid with, and what to do.
    pub fn start(config: &mut Config, dir: &Path) -> Result<Self, String> {
        let programs = Programs::find()?;
        let folder = dir.join("sandbox");
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let (acquirer, address) = Self::listening(&programs.sandbox, &folder)?;
        let before = config.payments.clone();
        let settled = settle(config, dir, &programs.vault, address).and_then(|()| tried(config));
        if settled.is_err() {
            config.payments = before;
        }
        settled.map(|()| acquirer)
    }

    fn listening(program: &Path, folder: &Path) -> Result<(Self, SocketAddr), String> {
        let mut command = Command::new(program);
        command.arg("127.0.0.1:0").arg(folder).arg("--while-stdin");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let started = command.spawn().map_err(|e| format!("{}: {e}", program.display()));
        let mut acquirer = Self(started?);
        let mut said = String::new();
        if let Some(out) = acquirer.0.stdout.take() {
            // what it says later is nobody's: one line tells where it listens
            let _ = BufReader::new(out).read_line(&mut said);
        }
        let address = said.trim().strip_prefix("listening ").and_then(|a| a.parse().ok());
        let address = address.ok_or("the sandbox gateway does not start; see the line above")?;
        Ok((acquirer, address))
    }
}

impl Drop for Acquirer {
    fn drop(&mut self) {
        // gone already is as good
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn settle(
    config: &mut Config,
    dir: &Path,
    program: &Path,
    address: SocketAddr,
) -> Result<(), String> {
    let place = dir.join("vault");
    let key = place.join("key");
    let user = vault::user(None)?;
    let written =
        vault::open_dir(&place).and_then(|()| vault::put_secret(&key, KEY.as_bytes(), user));
    written.map_err(|e| format!("{}: {e}", place.display()))?;
    let payments = &mut config.payments;
    payments.vault = Some(program.to_owned());
    payments.gateway = "sandbox".into();
    payments.url = format!("https://{NAME}:{}", address.port());
    payments.addresses = vec![address.ip()];
    payments.secret_file = Some(key);
    payments.roots_file = Some(dir.join("sandbox/sandbox-root.pem"));
    payments.moto_ivr_allowed = true;
    payments.funding = Funding::Any;
    payments.captures = CAPTURES;
    payments.dir = Some(place);
    Ok(())
}

/// A machine whose kernel lacks a lock is told of before the first caller.
fn tried(config: &Config) -> Result<(), String> {
    let gateway = config.payments.by_card().map_err(|e| e.to_string())?;
    let gateway = gateway.ok_or("payments are not configured")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    runtime.block_on(vault::trial(config, &gateway)).map(drop)
}

struct Programs {
    vault: PathBuf,
    sandbox: PathBuf,
}

impl Programs {
    fn find() -> Result<Self, String> {
        let exe = std::env::current_exe().map_err(|e| e.to_string())?;
        if let Some(found) = Self::beside(&exe) {
            return Ok(found);
        }
        let Some(cargo) = std::env::var_os("CARGO") else {
            return Err("vault and gateway-sandbox are not beside this program; \
                        start the demo in the repository: cargo run --release -- demo"
                .to_owned());
        };
        eprintln!(
            "The demo builds its vault and its sandbox gateway; that takes a minute or two, once."
        );
        build(&PathBuf::from(cargo), &exe)?;
        Self::beside(&exe).ok_or_else(|| "what was built is not where it should be".to_owned())
    }

    /// Cargo puts the vault, which has a profile of its own, one directory aside. The vault that a build of
    /// everything leaves beside us is not the one that is shipped.
    fn beside(exe: &Path) -> Option<Self> {
        let here = exe.parent()?;
        let built = here.with_file_name("vault").join("vault");
        let vault = [built, here.join("vault")].into_iter().find(|path| path.is_file())?;
        let sandbox = here.join("gateway-sandbox");
        sandbox.is_file().then_some(Self { vault, sandbox })
    }
}

fn build(cargo: &Path, exe: &Path) -> Result<(), String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let here = exe.parent().unwrap_or(Path::new("."));
    let target = here.parent().unwrap_or(Path::new("."));
    let release = here.file_name().is_some_and(|name| name == "release");
    let sandbox = ["-p", "gateway-sandbox", "--profile", if release { "release" } else { "dev" }];
    for words in [["-p", "vault", "--profile", "vault"], sandbox] {
        let mut command = Command::new(cargo);
        command.args(["build", "--quiet"]).args(words).arg("--target-dir").arg(target);
        // standard output is for what the demo says
        let built = command.current_dir(top).stdout(Stdio::null()).status();
        if !built.is_ok_and(|status| status.success()) {
            return Err(format!("cargo build {} failed; see the lines above", words.join(" ")));
        }
    }
    Ok(())
}
