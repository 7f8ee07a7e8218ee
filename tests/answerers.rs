//! How well people are told from answering machines: the confusion matrix of the scoring part.
//!
//! Nothing was tuned on it: thresholds come from `tune_answering`, which is given the tuning part alone.

use acceptance::answering::scoring::{Heard, Score, percentile};
use acceptance::answering::{Part, Truth, corpus};

#[test]
fn people_are_not_taken_for_machines_and_are_not_kept_waiting() {
    let calls = corpus(Part::Scoring).expect("espeak-ng and sox speak");
    let calls: Vec<Heard> = calls.iter().map(Heard::new).collect();
    let score = Score::of(&calls, 2_000);
    println!("scoring part, {} calls, a verdict wanted within 2 s\n{score}", calls.len());
    println!("within 3 s\n{}", Score::of(&calls, 3_000));
    let (wrong, people) = score.as_machines(Truth::Person);
    assert!(people >= 600 && wrong * 100 <= people, "{wrong} of {people} people are machines");
    let (wrong, silent) = score.as_machines(Truth::Nobody);
    assert!(silent >= 90 && wrong == 0, "{wrong} of {silent} silent lines are machines");
    assert!(percentile(&score.people_ms, 50) <= 1_200, "people wait too long");
    assert!(percentile(&score.people_ms, 95) <= 2_000, "some people wait too long");
}
