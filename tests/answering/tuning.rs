//! Finds thresholds: tries many, each a step away from the best so far, on the tuning part alone.

use super::scoring::{Heard, Score, percentile};
use super::{Dice, Truth};
use audio::answering::{Marks, Sure};

/// Steps of 10 ms that a try listens to: a verdict comes within 3 s.
const STEPS: usize = 320;
/// A verdict is wanted within this time.
const WITHIN_MS: u32 = 3_000;

/// How good thresholds are: machines and people that were told right, and what must not be.
///
/// The targets are kept from a distance, since the part that is scored on is another one: each person told
/// as a machine weighs more than a machine found, and verdicts on people come 80 and 100 ms before they
/// are due.
pub fn worth(score: &Score) -> f64 {
    let share = |(part, all): (u32, u32)| f64::from(part) / f64::from(all.max(1));
    let late = |ms: u32, most_ms: u32| f64::from(ms.saturating_sub(most_ms));
    let lines = score.as_machines(Truth::Nobody).0;
    1.5 * share(score.as_machines(Truth::Machine)) + share(score.as_people(Truth::Person))
        - 100.0 * share(score.as_machines(Truth::Person))
        - 0.2 * f64::from(lines)
        - 0.005 * late(percentile(&score.people_ms, 50), 1_120)
        - 0.002 * late(percentile(&score.people_ms, 95), 1_900)
}

/// The best of so many tries, and how sure its verdicts were.
pub fn tune(calls: &[Heard], from: &Marks, tries: usize) -> Marks {
    let mut dice = Dice::new(99);
    let of = |marks: &Marks| worth(&Score::with(calls, marks, WITHIN_MS, STEPS));
    let (mut best, mut top) = (from.clone(), of(from));
    for n in 0..tries {
        // far at first, then near
        let far = if n < tries / 3 { 0.5 } else { 0.15 };
        let other = beside(&best, far, &mut dice);
        let worth = of(&other);
        if worth > top {
            (top, best) = (worth, other);
        }
    }
    best.sure = sure(calls, &best);
    best
}

/// Some of the thresholds moved, by up to this share of what is sensible.
///
/// Synthetic voices never hesitate and all close their sentences alike, so times are bounded by what is
/// known of people: a pause within a word lasts up to 150 ms, a greeting with a name 1.4 s.
fn beside(best: &Marks, far: f32, dice: &mut Dice) -> Marks {
    let mut moved = |value: f32, low: f32, high: f32, step: f32| {
        let by = dice.between(-far, far) * (high - low);
        let value = if dice.share() < 0.4 { value + by } else { value };
        (value.clamp(low, high) / step).round() * step
    };
    Marks {
        over_noise_db: moved(best.over_noise_db, 5.0, 14.0, 1.0),
        voicing: moved(best.voicing * 100.0, 30.0, 90.0, 5.0) / 100.0,
        voiced_steps: moved(best.voiced_steps as f32, 1.0, 6.0, 1.0) as u32,
        under_peak_db: moved(best.under_peak_db, 8.0, 35.0, 1.0),
        short_ms: moved(best.short_ms as f32, 300.0, 1_400.0, 10.0) as u32,
        short_pause_ms: moved(best.short_pause_ms as f32, 200.0, 500.0, 10.0) as u32,
        long_pause_ms: moved(best.long_pause_ms as f32, 200.0, 500.0, 10.0) as u32,
        machine_ms: moved(best.machine_ms as f32, 1_500.0, 2_400.0, 10.0) as u32,
        machine_contrast_db: moved(best.machine_contrast_db, 6.0, 25.0, 1.0),
        sure: best.sure.clone(),
    }
}

/// How often each kind of verdict is right, with as many people as machines.
fn sure(calls: &[Heard], marks: &Marks) -> Sure {
    let marked = Marks { sure: Sure { short: 1, long: 2, talk: 3, beep: 4 }, ..marks.clone() };
    let of = |truth| calls.iter().filter(move |c| c.truth == truth).count().max(1) as f64;
    let score = Score::with(calls, &marked, WITHIN_MS, usize::MAX);
    let percent = |kind: u8, right: Truth| {
        let wrong = if right == Truth::Person { Truth::Machine } else { Truth::Person };
        let share =
            |truth| f64::from(score.kinds.get(&(kind, truth)).copied().unwrap_or(0)) / of(truth);
        let (good, bad) = (share(right), share(wrong));
        // nothing is ever quite sure
        if good + bad == 0.0 { 0 } else { (100.0 * good / (good + bad)).min(99.0) as u8 }
    };
    Sure {
        short: percent(1, Truth::Person),
        long: percent(2, Truth::Person),
        talk: percent(3, Truth::Machine),
        beep: percent(4, Truth::Machine),
    }
}
