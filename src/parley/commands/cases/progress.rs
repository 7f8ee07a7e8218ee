//! How far a long import is: a bar on a terminal, else a line from time to time.

use crate::clock::Clock;
use ids::Moment;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;
use store::csv_import::Progress;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows progress on standard error.
pub enum ProgressLine {
    Bar(ProgressBar),
    Lines { clock: Clock, next: Moment, bytes: u64 },
}

impl ProgressLine {
    /// For a file of so many bytes.
    pub fn start(bytes: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            let clock = Clock::start();
            return ProgressLine::Lines { clock, next: clock.moment() + LINE_EVERY, bytes };
        }
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        ProgressLine::Bar(bar)
    }

    /// So far.
    pub fn show(&mut self, done: Progress) {
        match self {
            ProgressLine::Bar(bar) => {
                bar.set_position(done.bytes);
                bar.set_message(format!("{} rows, {} refused", done.rows, done.refused));
            }
            ProgressLine::Lines { clock, next, bytes } => {
                let now = clock.moment();
                if now >= *next {
                    *next = now + LINE_EVERY;
                    eprintln!("{}", line(done, *bytes));
                }
            }
        }
    }

    /// Makes room for the report.
    pub fn clear(self) {
        if let ProgressLine::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn line(done: Progress, bytes: u64) -> String {
    let percent = done.bytes.saturating_mul(100).checked_div(bytes).unwrap_or(100).min(100);
    format!("{percent:>3} %: {} rows read, {} refused", done.rows, done.refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_percent_rows_and_refusals_also_for_a_file_of_unknown_length() {
        let done = Progress { rows: 500, refused: 3, bytes: 4_200 };
        assert_eq!(line(done, 10_000), " 42 %: 500 rows read, 3 refused");
        assert_eq!(line(done, 0), "100 %: 500 rows read, 3 refused");
    }
}
