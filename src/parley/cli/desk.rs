//! The command line of `parley dialplan` and `parley prompts`: what is done at a desk, without a server.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Dialplan {
    /// The prompts directory, for texts; without it the configured one.
    #[arg(long, global = true)]
    pub prompts: Option<PathBuf>,
    /// The configuration: the firm's settings, and where versions are published.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
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
    /// Walk calls nobody thought of: every choice at every place, hang-ups, failing services, key storms.
    Explore {
        /// Files, or directories of *.kdl.
        #[arg(default_value = "dialplans")]
        files: Vec<PathBuf>,
        /// Calls at most for each flow.
        #[arg(long, default_value_t = 20_000)]
        calls: usize,
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
    /// Publish a flow: checked, tested, kept as an immutable version, taken by new calls.
    Publish {
        /// The flow.
        file: PathBuf,
        /// What is different, in a sentence.
        #[arg(long)]
        note: Option<String>,
        /// Who publishes it; without it whoever is logged in.
        #[arg(long)]
        author: Option<String>,
        /// Only for this share of the new calls, such as 10%; stops by itself when calls end otherwise.
        #[arg(long, value_name = "SHARE")]
        canary: Option<String>,
    },
    /// Give the version on trial to all new calls.
    Promote {
        /// The flow's name.
        flow: String,
        /// Who does it.
        #[arg(long)]
        author: Option<String>,
    },
    /// Stop a trial; without one, go back to the version before.
    Rollback {
        /// The flow's name.
        flow: String,
        /// To this version: its first digits.
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
        /// Who does it.
        #[arg(long)]
        author: Option<String>,
        /// Why.
        #[arg(long)]
        note: Option<String>,
    },
    /// List published versions, the newest first, with what was done lately.
    Versions {
        /// The flow's name; without it all flows.
        flow: Option<String>,
    },
    /// Lead calls to the flow's emergency step: new ones at once, running ones between two steps.
    Emergency {
        /// The flow's name.
        flow: String,
        /// on or off
        switch: Switch,
        /// Who does it.
        #[arg(long)]
        author: Option<String>,
    },
    /// What is different between two versions: steps, ways, prompts, words, timing, keys, tests.
    Diff {
        /// A file, or FLOW@VERSION, FLOW@current, FLOW@previous, FLOW@canary.
        old: String,
        /// The same.
        new: String,
    },
    /// Run calls that were against a draft: which of them would have gone elsewhere?
    Replay {
        /// A file, or FLOW@VERSION.
        draft: String,
        /// Traces, - for the input: parley calls trace CALL | parley dialplan replay FILE -
        traces: Vec<PathBuf>,
        /// The last so many calls of the flow in the store.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        last: Option<u32>,
    },
    /// The reference page of all verbs, in Markdown.
    Reference,
    /// Help an editor with flow files over standard input and output (Language Server Protocol).
    Lsp {
        /// Taken as it is by editors' habit; there is no other way.
        #[arg(long)]
        stdio: bool,
    },
}

#[derive(Debug, Args)]
pub struct Prompts {
    /// The prompts directory; without it the configured one.
    #[arg(long, global = true)]
    pub prompts: Option<PathBuf>,
    /// The configuration.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: PromptsCommand,
}

#[derive(Debug, Subcommand)]
pub enum PromptsCommand {
    /// List prompts: status, hash of the words, who says them.
    List {
        /// Only this language: pl, en, it or pt.
        #[arg(long)]
        lang: Option<String>,
        /// Only these: draft, synthetic, recorded or approved.
        #[arg(long)]
        status: Option<String>,
    },
    /// Everything wrong with the sound and the plural forms of prompts, with what to do.
    Check,
    /// Render what is missing, or says older words, by prompts.build-command; marked as synthetic.
    Build {
        /// Only this language.
        #[arg(long)]
        lang: Option<String>,
    },
    /// Listen to a prompt with sample values in its places.
    Play {
        /// The prompt's id.
        id: String,
        /// pl, en, it or pt.
        #[arg(long)]
        lang: String,
        /// Write it to this WAV file; without it this machine's loudspeaker plays it.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Bring in a recording (WAV, FLAC, MP3, Ogg): silence off its ends, speech at -18 dBFS.
    Import {
        /// The recording.
        file: PathBuf,
        /// The clip's id, or the prompt's where it is one clip.
        #[arg(long = "as", value_name = "ID")]
        id: String,
        /// pl, en, it or pt.
        #[arg(long)]
        lang: String,
    },
    /// Note that somebody listened to a prompt and found it good; holds until its words change.
    Approve {
        /// The prompt's id.
        id: String,
        /// pl, en, it or pt.
        #[arg(long)]
        lang: String,
        /// Who; without it whoever is logged in.
        #[arg(long)]
        author: Option<String>,
    },
}

/// A switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Switch {
    /// Turn it on.
    On,
    /// Turn it off.
    Off,
}
