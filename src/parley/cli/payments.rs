//! `parley payments` and `parley audit`: their words.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Payments {
    /// The configuration that names the store and the gateway.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: PaymentsCommand,
}

/// Who speaks: to ask, or as a second person to approve what was asked.
#[derive(Debug, Args)]
pub struct Word {
    /// Your name; it stands in the history.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Approve what another person has asked for.
    #[arg(long)]
    pub approve: bool,
}

#[derive(Debug, Subcommand)]
pub enum PaymentsCommand {
    /// List payments, the latest first.
    List {
        /// Those alone that are not settled.
        #[arg(long)]
        open: bool,
        /// Of the case with this number.
        #[arg(long, value_name = "NUMBER")]
        case: Option<String>,
        /// That something happened with on this day or later, such as 2026-11-22.
        #[arg(long, value_name = "DAY")]
        since: Option<Date>,
        /// At most this many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// Show one payment: every step, when, and who.
    Show {
        /// Its id: 32 letters.
        id: String,
    },
    /// Take a payment back whole; the running server does it when a second person has approved.
    Void {
        /// Its id.
        id: String,
        #[command(flatten)]
        word: Word,
    },
    /// Give a payment back, some or all of it; done at once when a second person approves.
    Refund {
        /// Its id.
        id: String,
        /// How much, such as 12.34, in the payment's currency; who approves says it again.
        #[arg(long)]
        amount: String,
        #[command(flatten)]
        word: Word,
    },
    /// Compare our journal with the gateway's list, both ways. Exit code 1 when they differ.
    Reconcile {
        /// From this day on; without it the last seven days.
        #[arg(long, value_name = "DAY")]
        since: Option<Date>,
        /// Up to this day and not with it.
        #[arg(long, value_name = "DAY")]
        until: Option<Date>,
    },
}

#[derive(Debug, Args)]
pub struct Audit {
    /// The configuration that names the store.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Verify the whole history: every event, its place, its hash; and the payments' journal against it.
    /// Exit code 1 at the first fault.
    Verify,
}
