//! `parley recordings`: its words.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Recordings {
    /// The configuration that names the recordings, their key and the store.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: RecordingsCommand,
}

/// Who asks, and why: it stands in the call's history, and in the chain over all of them.
#[derive(Debug, Args)]
pub struct Reason {
    /// Why, in a sentence.
    #[arg(long)]
    pub why: String,
    /// Who asks, where it is not who is logged in to this machine.
    #[arg(long)]
    pub by: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum RecordingsCommand {
    /// List recordings, the oldest first: length, what is masked, whether they are as they were written.
    List,
    /// Play one on this machine's loudspeaker: the caller left, us right.
    Play {
        /// The call's id, such as call-6434e1f2c4a1b.
        call: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Write one as a stereo WAV file, and what is masked in it as JSON beside it.
    Export {
        /// The call's id.
        call: String,
        /// The WAV file.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        #[command(flatten)]
        reason: Reason,
    },
    /// Remove one for good.
    Wipe {
        /// The call's id.
        call: String,
        #[command(flatten)]
        reason: Reason,
    },
}
