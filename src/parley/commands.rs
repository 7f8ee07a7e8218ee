//! The commands beside the server, one file each, and what they share: settings and a way to print.

pub mod audit;
pub mod call;
pub mod calls;
pub mod cases;
pub mod certs;
pub mod dialplan;
pub mod doctor;
pub mod payments;
pub mod phones;
pub mod prompts;
pub mod recordings;
pub mod speak;
mod table;
pub mod trunks;

use crate::causes::with_causes;
use crate::config::{Config, ConfigError};
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Store;

/// A sentence for the user.
type Failure = Box<dyn std::error::Error>;

/// The configuration that is used when none is named and this file is there.
const CONFIG_HERE: &str = "parley.toml";

/// The settings of a command: the named file, else `parley.toml` in this directory, else the built-in ones.
fn settings(named: Option<&Path>) -> Result<Config, ConfigError> {
    let here = Path::new(CONFIG_HERE);
    match named {
        Some(path) => Config::read(path),
        None if here.exists() => Config::read(here),
        None => Ok(Config::default()),
    }
}

/// Prints to standard output. A reader that has gone away (`| head`) is no error.
fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Runs one command's waiting on this thread.
fn wait_for<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(work))
}

/// What a command that reads a store says when there is none.
#[derive(Debug, thiserror::Error)]
enum StoreMissing {
    #[error(
        "there is no store at {path} yet; name the configuration with --config, or import cases: parley cases import FILE",
        path = path.display()
    )]
    NoFile { path: PathBuf },
}

/// Opens the configured store; unless `make`, a SQLite file that is not there is not made.
async fn open_store(config: &Config, make: bool) -> Result<Arc<dyn Store>, Failure> {
    let url = &config.store.url;
    if let Some(path) = sqlite_file(url).filter(|path| !make && !path.exists()) {
        return Err(StoreMissing::NoFile { path: path.to_owned() }.into());
    }
    store::open_with(url, config.store_options()).await.map_err(|error| with_causes(&error).into())
}

/// The file behind a `sqlite:` URL.
fn sqlite_file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
}
