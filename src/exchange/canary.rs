//! A new version on trial with a share of the calls: stopped by itself when calls end otherwise.
//!
//! ```text
//!              share                ┌─ trouble ≥ 3, rarer than 1 in 200 by chance ─▶ Stopped
//!  new call ──────────▶ canary ─────┤
//!     └───────────────▶ current ────┤  Fisher's exact test: one side
//!                                   └─ ends distributed otherwise (χ², 1 in 10,000) ─▶ Stopped
//! ```
//! The levels are strict because they are looked at after each call: a trial of thousands of calls with
//! nothing wrong is stopped in fewer than one of a hundred. A shift for the better stops as well: somebody
//! should look, and may promote.
//!
//! Owns: which calls take part, the counts of how they ended, the decision to stop.
//! Never: which file is current, a clock.

use ids::CallId;
use std::fmt;

/// Calls that each side must have ended before distributions are compared.
pub const CALLS_COMPARED_MIN: u32 = 50;
/// Calls of the canary that end in trouble before it can be stopped for it.
pub const TROUBLE_MIN: u32 = 3;
/// How rarely so much more trouble comes by chance: one-sided.
const TROUBLE_LEVEL: f64 = 0.005;
/// Where the current version has fewer calls than this, a tenth of the canary's in trouble is too much.
const CURRENT_KNOWN_MIN: u32 = 10;
/// χ² above which a difference comes by chance once in 10,000, by degrees of freedom.
const CHI_SQUARE_MOST: [f64; 4] = [15.137, 18.421, 21.108, 23.513];
/// Expected calls in a cell below which it is joined with the next (Cochran's rule).
const EXPECTED_MIN: f64 = 5.0;

/// How a call ended, in words that mean the same in every version.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fate {
    /// The flow came to its end, the right party was proved.
    Served,
    /// The flow came to its end without that.
    Unproved,
    /// The caller hung up after the right party was proved.
    LeftProved,
    /// The caller hung up before.
    LeftEarly,
    /// A service or a prompt failed, or the flow gave up.
    Trouble,
}

impl Fate {
    /// Every fate.
    pub const ALL: [Fate; 5] =
        [Fate::Served, Fate::Unproved, Fate::LeftProved, Fate::LeftEarly, Fate::Trouble];

    const fn words(self) -> &'static str {
        match self {
            Fate::Served => "served to the end",
            Fate::Unproved => "ended without proof",
            Fate::LeftProved => "left after the proof",
            Fate::LeftEarly => "left before the proof",
            Fate::Trouble => "in trouble",
        }
    }
}

/// Which version a call runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The version for everybody.
    Current,
    /// The version on trial.
    Canary,
}

/// How the calls of one side ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally([u32; 5]);

impl Tally {
    fn count(&mut self, fate: Fate) {
        let cell = &mut self.0[fate as usize];
        *cell = cell.saturating_add(1);
    }

    /// Calls that ended so.
    pub fn of(&self, fate: Fate) -> u32 {
        self.0[fate as usize]
    }

    /// Calls that ended.
    pub fn calls(&self) -> u32 {
        self.0.iter().fold(0, |all, cell| all.saturating_add(*cell))
    }
}

/// Why a canary was stopped.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stop {
    /// What shifted most.
    pub fate: Fate,
    /// How the calls of the canary ended.
    pub canary: Tally,
    /// How the others did.
    pub current: Tally,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (canary, current) = (self.canary, self.current);
        write!(
            f,
            "{} of {} calls {}, with the current version {} of {}",
            canary.of(self.fate),
            canary.calls(),
            self.fate.words(),
            current.of(self.fate),
            current.calls()
        )
    }
}

/// One trial.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Canary {
    current: Tally,
    canary: Tally,
    stopped: bool,
}

/// Whether this call takes part when `percent` of the calls do: the same answer each time it is asked.
pub fn takes_part(call: CallId, percent: u8) -> bool {
    // Ids are times of birth; mixed (SplitMix64, Steele et al. 2014) so that a busy minute is spread.
    let mut bits = call.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (bits ^ (bits >> 31)) % 100 < u64::from(percent)
}

impl Canary {
    /// A call ended. Says once that, and why, the trial must stop.
    pub fn call_ended(&mut self, side: Side, fate: Fate) -> Option<Stop> {
        match side {
            Side::Current => self.current.count(fate),
            Side::Canary => self.canary.count(fate),
        }
        if self.stopped {
            return None;
        }
        let fate = self.troubled().or_else(|| self.shifted())?;
        self.stopped = true;
        Some(Stop { fate, canary: self.canary, current: self.current })
    }

    /// No call takes part any more.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// How the calls ended so far: of the canary, of the current version.
    pub fn tallies(&self) -> (Tally, Tally) {
        (self.canary, self.current)
    }

    fn troubled(&self) -> Option<Fate> {
        let (bad, all) = (self.canary.of(Fate::Trouble), self.canary.calls());
        let (bad_now, all_now) = (self.current.of(Fate::Trouble), self.current.calls());
        let too_much = match all_now < CURRENT_KNOWN_MIN {
            true => bad.saturating_mul(10) >= all,
            false => {
                let more =
                    u64::from(bad) * u64::from(all_now) > u64::from(bad_now) * u64::from(all);
                more && at_least_by_chance(bad, all, bad_now, all_now) < TROUBLE_LEVEL
            }
        };
        (bad >= TROUBLE_MIN && too_much).then_some(Fate::Trouble)
    }

    fn shifted(&self) -> Option<Fate> {
        let (new, old) = (f64::from(self.canary.calls()), f64::from(self.current.calls()));
        if self.canary.calls().min(self.current.calls()) < CALLS_COMPARED_MIN {
            return None;
        }
        let (mut sum, mut cells, mut rest) = (0.0, 0_usize, (0.0, 0.0));
        let mut most = (0.0, Fate::Served);
        for fate in Fate::ALL {
            let (ours, theirs) =
                (f64::from(self.canary.of(fate)), f64::from(self.current.of(fate)));
            let enough = (ours + theirs) * new.min(old) / (new + old) >= EXPECTED_MIN;
            if !enough {
                rest = (rest.0 + ours, rest.1 + theirs);
                continue;
            }
            let part = chi_square_part((ours, new), (theirs, old));
            (sum, cells) = (sum + part, cells + 1);
            if part > most.0 {
                most = (part, fate);
            }
        }
        if rest.0 + rest.1 > 0.0 {
            (sum, cells) = (sum + chi_square_part((rest.0, new), (rest.1, old)), cells + 1);
        }
        let limit = CHI_SQUARE_MOST.get(cells.checked_sub(2)?)?;
        (sum > *limit).then_some(most.1)
    }
}

/// What one outcome adds to Pearson's χ² over two samples.
fn chi_square_part((ours, new): (f64, f64), (theirs, old): (f64, f64)) -> f64 {
    let share = (ours + theirs) / (new + old);
    let part = |seen: f64, all: f64| match share * all {
        expected if expected > 0.0 => (seen - expected).powi(2) / expected,
        _ => 0.0,
    };
    part(ours, new) + part(theirs, old)
}

/// Fisher's exact test, one-sided: how probable it is that `bad` or more of the troubles of both sides
/// fall into the `all` calls of this one. Asked where it has more than its share.
fn at_least_by_chance(bad: u32, all: u32, bad_other: u32, all_other: u32) -> f64 {
    let troubles = bad.saturating_add(bad_other);
    let calls = all.saturating_add(all_other);
    let ways = |n: u32, k: u32| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let whole = ways(calls, troubles);
    let here = |k: u32| (ways(all, k) + ways(all_other, troubles - k) - whole).exp();
    let last = troubles.min(all);
    // Above the mean the terms fall quickly: a thousand of them are all that counts.
    (bad..=last).take(1_000).filter(|k| troubles - k <= all_other).map(here).sum()
}

/// By Stirling's series; good to nine digits from 10 on.
fn ln_factorial(n: u32) -> f64 {
    if n < 10 {
        return (2..=n).map(|k| f64::from(k).ln()).sum();
    }
    let x = f64::from(n);
    x * x.ln() - x + 0.5 * (std::f64::consts::TAU * x).ln() + 1.0 / (12.0 * x)
        - 1.0 / (360.0 * x.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator, so that every trial is the same each time.
    struct Dice(u64);

    impl Dice {
        fn percent(&mut self) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) % 100
        }

        /// Served, unproved, left proved, left early, in trouble: by these shares.
        fn fate(&mut self, shares: [u64; 5]) -> Fate {
            let mut left = self.percent();
            for (fate, share) in Fate::ALL.into_iter().zip(shares) {
                match left.checked_sub(share) {
                    None => return fate,
                    Some(rest) => left = rest,
                }
            }
            Fate::Trouble
        }
    }

    const USUAL: [u64; 5] = [55, 15, 10, 18, 2];

    /// Calls of the canary until it is stopped, of at most `calls` in all, a tenth of them its own.
    fn trial(seed: u64, canary: [u64; 5], calls: u32) -> Option<(u32, Stop)> {
        let (mut dice, mut machine) = (Dice(seed), Canary::default());
        for _ in 0..calls {
            let (side, shares) = match dice.percent() < 10 {
                true => (Side::Canary, canary),
                false => (Side::Current, USUAL),
            };
            let fate = dice.fate(shares);
            if let Some(stop) = machine.call_ended(side, fate) {
                assert!(machine.stopped());
                assert_eq!(machine.call_ended(Side::Canary, Fate::Trouble), None, "told once");
                return Some((stop.canary.calls(), stop));
            }
        }
        None
    }

    #[test]
    fn a_canary_with_nothing_wrong_runs_on() {
        let stopped = (0..200).filter(|seed| trial(*seed, USUAL, 3_000).is_some()).count();
        assert!(stopped <= 4, "{stopped} of 200 were stopped for nothing");
    }

    #[test]
    fn callers_who_leave_before_the_proof_stop_it() {
        let leaving = [35, 15, 10, 38, 2];
        for seed in 0..50 {
            let (calls, stop) = trial(seed, leaving, 20_000).expect("it is stopped");
            assert!(calls < 600, "after {calls} of its calls");
            assert!(matches!(stop.fate, Fate::LeftEarly | Fate::Served), "{stop}");
        }
    }

    #[test]
    fn trouble_stops_it_within_a_few_calls() {
        for seed in 0..50 {
            let (calls, stop) = trial(seed, [30, 10, 5, 15, 40], 20_000).expect("it is stopped");
            assert!(calls <= 40, "after {calls} of its calls: {stop}");
            assert_eq!(stop.fate, Fate::Trouble);
        }
    }

    #[test]
    fn a_store_that_is_away_for_everybody_is_not_the_canarys_fault() {
        let mut machine = Canary::default();
        for n in 0..1_000 {
            let side = if n % 10 == 0 { Side::Canary } else { Side::Current };
            assert_eq!(machine.call_ended(side, Fate::Trouble), None);
        }
    }

    #[test]
    fn a_canary_with_all_calls_is_stopped_by_its_own_trouble() {
        let mut machine = Canary::default();
        machine.call_ended(Side::Canary, Fate::Trouble);
        machine.call_ended(Side::Canary, Fate::Served);
        assert_eq!(machine.call_ended(Side::Canary, Fate::Trouble), None);
        let stop = machine.call_ended(Side::Canary, Fate::Trouble).unwrap();
        assert_eq!(stop.to_string(), "3 of 4 calls in trouble, with the current version 0 of 0");
    }

    #[test]
    fn the_share_is_kept_over_calls_that_come_close_together() {
        for percent in [0, 1, 10, 50, 100] {
            let calls = (0..100_000).map(|n| CallId(1_772_442_000_000_000 + n));
            let share = calls.filter(|call| takes_part(*call, percent)).count();
            let wanted = usize::from(percent) * 1_000;
            assert!(share.abs_diff(wanted) < 500, "{percent} %: {share} of 100,000");
        }
    }

    #[test]
    fn fishers_test_gives_the_textbook_figures() {
        // The lady tasting tea: 3 or more of 4 right by chance is 17/70 (Fisher 1935).
        assert!((at_least_by_chance(3, 4, 1, 4) - 17.0 / 70.0).abs() < 1e-6);
        assert!((at_least_by_chance(0, 10, 0, 10) - 1.0).abs() < 1e-6);
        assert!(at_least_by_chance(u32::MAX, u32::MAX, 0, u32::MAX).is_finite());
    }
}
