//! Finds the thresholds of `audio::answering` on the tuning part of the corpus; the scoring part is not made.
//!
//! `cargo run --release -p acceptance --example tune_answering -- 4000` prints what to put into
//! `src/audio/answering/marks.rs`, and how it does on the part that it was tuned on.

#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

use acceptance::answering::scoring::{Heard, Score};
use acceptance::answering::{Part, corpus, tuning};
use audio::answering::MARKS;

fn main() -> std::io::Result<()> {
    let tries = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(4_000);
    let calls: Vec<Heard> = corpus(Part::Tuning)?.iter().map(Heard::new).collect();
    let marks = tuning::tune(&calls, &MARKS, tries);
    println!("{marks:#?}");
    for within_ms in [2_000, 3_000] {
        let score = Score::with(&calls, &marks, within_ms, usize::MAX);
        println!("tuning part, {} calls, within {within_ms} ms\n{score}", calls.len());
    }
    Ok(())
}
