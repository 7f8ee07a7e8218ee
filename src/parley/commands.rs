//! The commands beside the server, one file each, and what they share: settings and a way to print.

pub mod call;
pub mod calls;
pub mod cases;
pub mod dialplan;
pub mod doctor;
pub mod speak;
mod table;

use crate::config::{Config, ConfigError};
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;

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
