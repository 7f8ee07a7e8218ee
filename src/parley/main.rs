//! The program: command line, configuration, sockets, clocks, threads.
//!
//! Owns: everything that touches the world.
//! Never: a decision about a call (that is `exchange`), a card digit.

mod causes;
mod cli;
mod clock;
mod commands;
mod config;
mod control;
mod core;
mod demo;
mod dns;
mod lookups;
mod meanwhile;
mod published;
mod recorder;
mod reload;
mod secrets;
mod serve;
mod sockets;
mod sounding;
mod texts;
mod till;
mod tls;
mod users;
mod vault;
mod voice;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logging();
    let result = match cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Call(args) => commands::call::run(args),
        Command::Certs(args) => commands::certs::run(args),
        Command::Cases(args) => commands::cases::run(args),
        Command::Calls(args) => commands::calls::run(args),
        Command::Recordings(args) => commands::recordings::run(args),
        Command::Payments(args) => commands::payments::run(args),
        Command::Audit(args) => commands::audit::run(args),
        Command::Phones(args) => commands::phones::run(args),
        Command::Dialplan(args) => commands::dialplan::run(args),
        Command::Trunks(args) => commands::trunks::run(args),
        Command::Prompts(args) => commands::prompts::run(args),
        Command::Speak(args) => commands::speak::run(args),
        Command::Doctor(args) => commands::doctor::run(args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("parley: {}", causes::with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// What a command ends with: an exit code, or a sentence that says what to do.
pub type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

/// Logs go to standard error, so that standard output stays for what was asked. `RUST_LOG` chooses.
fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,parley=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
}
