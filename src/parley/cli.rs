//! The command line: every command, its options, and what `--help` says.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::IpAddr;
use std::path::PathBuf;

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
    /// Check, test, simulate and draw dialplans.
    Dialplan(Dialplan),
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
    /// Whom to call, such as sip:hotline@127.0.0.1:5060 (add ;transport=tcp for TCP).
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
    /// Show one call: its record and its events.
    Show {
        /// Its id, such as call-6434e1f2c4a1b.
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct Dialplan {
    /// The prompts directory, for texts.
    #[arg(long, default_value = "prompts", global = true)]
    pub prompts: PathBuf,
    #[command(subcommand)]
    pub command: DialplanCommand,
}

#[derive(Debug, Subcommand)]
pub enum DialplanCommand {
    /// Check flows: every fault with its place and a proposal.
    Check {
        /// Files, or directories of *.kdl.
        #[arg(default_value = "dialplans")]
        files: Vec<PathBuf>,
    },
    /// Run the test blocks of flows in virtual time.
    Test {
        /// Files, or directories of *.kdl.
        #[arg(default_value = "dialplans")]
        files: Vec<PathBuf>,
    },
    /// Talk to a flow in the terminal: keys, time, failing services.
    Simulate {
        /// The flow.
        file: PathBuf,
        /// Its language at the start; without it the test's, else the flow's first.
        #[arg(long)]
        language: Option<String>,
        /// With the cases, hours and failures of this test of the flow; without it those of the first.
        #[arg(long, value_name = "NAME")]
        test: Option<String>,
    },
    /// Draw a flow.
    Graph {
        /// The flow.
        file: PathBuf,
        /// Write SVG here; without it the drawing is text.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Lay flows out in the one layout; comments stay.
    Fmt {
        /// Files, or directories of *.kdl.
        #[arg(default_value = "dialplans")]
        files: Vec<PathBuf>,
        /// Change nothing; name the files that are laid out otherwise, and fail if there are any.
        #[arg(long)]
        check: bool,
    },
    /// The reference page of all verbs, in Markdown.
    Reference,
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
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn speak(line: &str) -> Speak {
        match Cli::try_parse_from(line.split(' ')).unwrap().command {
            Command::Speak(speak) => speak,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_option_after_the_values_is_an_option() {
        let args = speak("parley speak pl amount 1234.56 PLN --wav out.wav");
        assert_eq!(args.values, ["1234.56", "PLN"]);
        assert_eq!(args.wav, Some("out.wav".into()));
        assert!(speak("parley speak pl date 2026-03-02 --year").year);
    }

    #[test]
    fn a_negative_amount_is_a_value_and_not_an_option() {
        assert_eq!(speak("parley speak pl amount -5.00 PLN").values, ["-5.00", "PLN"]);
    }

    #[test]
    fn the_configuration_may_be_named_before_or_behind_what_to_do() {
        for line in ["parley cases --config p.toml list", "parley cases list --config p.toml"] {
            let Command::Cases(cases) = Cli::try_parse_from(line.split(' ')).unwrap().command
            else {
                panic!("{line}");
            };
            assert_eq!(cases.config, Some("p.toml".into()), "{line}");
        }
    }
}
