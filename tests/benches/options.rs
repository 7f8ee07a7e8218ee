//! What the benchmark is told on the command line.

use std::time::Duration;

/// How much is measured.
pub struct Options {
    /// Calls at once.
    pub calls: usize,
    /// Length of one window.
    pub seconds: u64,
    /// Windows.
    pub rounds: usize,
    /// Calls one after the other for the delays.
    pub delays: usize,
}

impl Options {
    /// `--calls N --seconds S --rounds R --delays D`; what cargo adds itself is passed over.
    pub fn from_arguments(arguments: impl Iterator<Item = String>) -> Self {
        let mut options = Self { calls: 1000, seconds: 10, rounds: 3, delays: 100 };
        let (mut wanted, mut rounds_said) = (None, false);
        for word in arguments {
            match wanted.take() {
                Some("--calls") => options.calls = number(&word),
                Some("--seconds") => options.seconds = number(&word) as u64,
                Some("--delays") => options.delays = number(&word),
                Some("--rounds") => (options.rounds, rounds_said) = (number(&word), true),
                _ => {
                    wanted = ["--calls", "--seconds", "--delays", "--rounds"]
                        .into_iter()
                        .find(|o| *o == word);
                }
            }
        }
        if options.seconds <= 5 && !rounds_said {
            options.rounds = 1;
            options.delays = options.delays.min(30);
        }
        options
    }

    /// Length of one window.
    pub fn window(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn number(word: &str) -> usize {
    word.parse().unwrap_or_else(|_| panic!("'{word}' is no number; try: --calls 1000 --seconds 10"))
}
