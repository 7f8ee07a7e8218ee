//! The command line: every command, its options, and what `--help` says.

mod desk;
mod payments;
mod recordings;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::IpAddr;
use std::path::PathBuf;

pub use self::payments::{Audit, AuditCommand, Payments, PaymentsCommand, Word};
pub use self::recordings::{Reason, Recordings, RecordingsCommand};
pub use desk::{Dialplan, DialplanCommand, Prompts, PromptsCommand, Switch};

/// A telephone server for firms that collect debts and want to be firm but kind.
#[derive(Debug, Parser)]
#[command(name = "parley", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything on this machine with sample cases, and say whom to call.
    Demo(Demo),
    /// Run the server with a configuration.
    Serve(Serve),
    /// A small test phone: call an address, press keys, print what happens and when.
    Call(Call),
    /// Cases on file: import, list, show.
    Cases(Cases),
    /// Calls on record: list, show.
    Calls(Calls),
    /// Recordings of calls: list, play, export, wipe. Who heard what, and why, is written down.
    Recordings(Recordings),
    /// Card payments: list, show, give back with a second person's word, compare with the gateway.
    Payments(Payments),
    /// Verify that the history of all calls and payments is as it was written.
    Audit(Audit),
    /// SIP phones that may log in: add, list, remove.
    Phones(Phones),
    /// Trunks of the running server: how they stand, and a test call.
    Trunks(Trunks),
    /// Check, test, simulate and draw dialplans.
    Dialplan(Dialplan),
    /// Make certificates for TLS.
    Certs(Certs),
    /// Prompts: their sound, who says them, what is missing; render, bring in, listen, approve.
    Prompts(Prompts),
    /// Print how an amount, a date, a time, a count or digits are spoken.
    Speak(Speak),
    /// Look at this machine's ports, addresses, audio, store, clock and limits: what to do about each.
    Doctor(Doctor),
}

/// How a server says that it is ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Announce {
    /// In sentences.
    #[default]
    Text,
    /// In one JSON line.
    Json,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Listen here: 127.0.0.1, or an address of this machine for phones on the same network.
    #[arg(long, default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// SIP port, UDP and TCP; 0 takes a free one.
    #[arg(long, default_value_t = 5060)]
    pub port: u16,
    /// Where the demo keeps its database; a new temporary directory if not given.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// How to say that it is ready.
    #[arg(long, value_enum, default_value_t)]
    pub announce: Announce,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// The configuration; every key is explained in src/parley/parley.example.toml.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// How to say that it is ready.
    #[arg(long, value_enum, default_value_t)]
    pub announce: Announce,
}

#[derive(Debug, Args)]
pub struct Call {
    /// Whom to call, such as sip:hotline@127.0.0.1:5060 (;transport=tcp or ws, sips: for TLS).
    pub target: String,
    /// Keys to press: 0-9 * # A-D; a comma waits a second, `w` waits until the prompt is over.
    #[arg(long, default_value = "")]
    pub keys: String,
    /// Seconds to wait after the answer before the first key.
    #[arg(long, default_value_t = 1.0)]
    pub keys_after: f64,
    /// Write what was heard to this WAV file.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Hang up after this many seconds; without it the other side decides, at most 10 minutes.
    #[arg(long, value_name = "SECONDS")]
    pub hang_up_after: Option<f64>,
    /// The number we call from.
    #[arg(long, default_value = "+48221000999")]
    pub from: String,
    /// How keys are sent.
    #[arg(long, value_enum, default_value_t)]
    pub keys_by: KeysBy,
    /// Send the offer in the ACK, not in the INVITE.
    #[arg(long)]
    pub late_offer: bool,
    /// Over TLS: the authorities, PEM, that may have issued the server's certificate, such as
    /// certs/authority.pem; without it the machine's.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// How the test phone sends keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum KeysBy {
    /// RFC 4733 telephone-event.
    #[default]
    Rtp,
    /// Tones in the audio.
    Inband,
    /// SIP INFO.
    Info,
}

#[derive(Debug, Args)]
pub struct Phones {
    /// The configuration that names realm and users file.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Another users file than the configured one.
    #[arg(long, value_name = "FILE", global = true)]
    pub file: Option<PathBuf>,
    #[command(subcommand)]
    pub command: PhonesCommand,
}

#[derive(Debug, Subcommand)]
pub enum PhonesCommand {
    /// Let a phone log in, or give it a new password. The password is made and shown once.
    Add {
        /// The user part of its address: letters, digits, . - _ +
        name: String,
        /// Read the password from the first line of standard input, at least 12 characters.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Which numbers of the telephone network a phone may call; calls to colleagues need no leave.
    Allow {
        /// Whom.
        name: String,
        /// How they begin: +48, or + for every number; without any: none.
        numbers: Vec<String>,
    },
    /// Who may log in.
    List,
    /// Let a phone log in no more.
    Remove {
        /// Whom.
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct Certs {
    #[command(subcommand)]
    pub command: CertsCommand,
}

#[derive(Debug, Subcommand)]
pub enum CertsCommand {
    /// Make a local authority and a server certificate that it signed; nothing is written over.
    Init {
        /// Where to put authority.pem, authority.key, server.pem and server.key.
        #[arg(long, default_value = "certs")]
        dir: PathBuf,
        /// A host name, an address or sip:DOMAIN that peers know this server by; may be repeated.
        #[arg(long = "name", value_name = "NAME", default_values = ["localhost", "127.0.0.1", "::1"])]
        names: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Cases {
    /// The configuration that names the store.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: CasesCommand,
}

#[derive(Debug, Subcommand)]
pub enum CasesCommand {
    /// Import cases from CSV; nothing is imported when a row is refused, unless --accept-good.
    Import {
        /// Columns: number,name,phones,language,creditor,amount,currency,due_date,birth_date,pin,id_last4
        file: PathBuf,
        /// Import the good rows although others are refused.
        #[arg(long)]
        accept_good: bool,
    },
    /// List cases.
    List {
        /// At most this many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Show one case.
    Show {
        /// Its number.
        number: String,
    },
}

#[derive(Debug, Args)]
pub struct Calls {
    /// The configuration that names the store.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: CallsCommand,
}

#[derive(Debug, Subcommand)]
pub enum CallsCommand {
    /// List calls, newest first.
    List {
        /// At most this many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Print one call as a trace (JSON) for `parley dialplan replay`: no numbers, no case, no secret.
    Trace {
        /// Its id, such as call-6434e1f2c4a1b.
        id: String,
    },
    /// Show one call: its record and its events.
    Show {
        /// Its id, such as call-6434e1f2c4a1b.
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct Trunks {
    /// The configuration of the running server.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<TrunksCommand>,
}

#[derive(Debug, Subcommand)]
pub enum TrunksCommand {
    /// Call a number by a trunk and let a flow speak.
    Call {
        /// The trunk's name, or `auto` to let the server choose.
        trunk: String,
        /// In E.164, like +48600100200.
        number: String,
        /// The flow that speaks once it is answered.
        #[arg(long, default_value = "hotline")]
        flow: String,
    },
}

#[derive(Debug, Args)]
pub struct Speak {
    /// pl, en, en-GB, en-US, it, pt, pt-BR or pt-PT
    pub language: String,
    /// amount, date, time, count, digits …
    pub what: String,
    /// Such as: 1234.56 PLN | 2026-03-02 | 17:30 | instalment 5 | 4711
    #[arg(allow_negative_numbers = true)]
    pub values: Vec<String>,
    /// Render it to this WAV file.
    #[arg(long, value_name = "FILE")]
    pub wav: Option<PathBuf>,
    /// Say the year of a date.
    #[arg(long)]
    pub year: bool,
    /// The prompts directory, for voices.
    #[arg(long, default_value = "prompts")]
    pub prompts: PathBuf,
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// The configuration to look at; without it the built-in defaults.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
