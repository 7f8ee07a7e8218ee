//! Many replayed calls in one page: what stays, what shifts, what cannot be told.

use super::{Parting, Verdict};
use std::collections::BTreeMap;
use std::fmt;

/// Calls named behind one line; the rest are counted.
const CALLS_NAMED_MAX: usize = 5;

/// Calls that part from the draft in one place, the same way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shift {
    /// Where and how.
    pub parting: Parting,
    /// Whether they end otherwise too.
    pub other_end: bool,
    /// Their ids.
    pub calls: Vec<String>,
}

/// What a draft would have made of many calls.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Calls that were replayed.
    pub calls: usize,
    /// Calls with the same steps and the same end.
    pub same: usize,
    shifts: BTreeMap<(bool, Parting), Vec<String>>,
    unknown: BTreeMap<(String, String), Vec<String>>,
}

impl Report {
    /// Counts one call.
    pub fn add(&mut self, call: &str, verdict: Verdict) {
        self.calls += 1;
        let mut shift = |other_end, parting| {
            self.shifts.entry((other_end, parting)).or_default().push(call.to_owned());
        };
        match verdict {
            Verdict::Same => self.same += 1,
            Verdict::OtherWay(parting) => shift(false, parting),
            Verdict::OtherEnd(parting) => shift(true, parting),
            Verdict::Unknown { step, why } => {
                self.unknown.entry((step, why)).or_default().push(call.to_owned());
            }
        }
    }

    /// What shifts, the most calls first.
    pub fn shifts(&self) -> Vec<Shift> {
        let mut shifts: Vec<Shift> = self
            .shifts
            .iter()
            .map(|((other_end, parting), calls)| Shift {
                parting: parting.clone(),
                other_end: *other_end,
                calls: calls.clone(),
            })
            .collect();
        shifts.sort_by_key(|shift| std::cmp::Reverse(shift.calls.len()));
        shifts
    }

    /// Calls of which the record cannot tell.
    pub fn unknown(&self) -> usize {
        self.unknown.values().map(Vec::len).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moved: usize = self.shifts.values().map(Vec::len).sum();
        writeln!(
            f,
            "{} {} replayed: {} the same, {moved} otherwise, {} cannot be told",
            self.calls,
            if self.calls == 1 { "call" } else { "calls" },
            self.same,
            self.unknown()
        )?;
        for shift in self.shifts() {
            let Parting { step, outcome, was, is, ends } = &shift.parting;
            let at = match step.as_str() {
                "" => "from the beginning".to_owned(),
                _ => format!("after {step} —{outcome}→"),
            };
            writeln!(f, "\n{:>5}  {at}: {is}, before: {was}", shift.calls.len())?;
            let end = match shift.other_end {
                true => format!("they end: {}, before: {}", ends.1, ends.0),
                false => "they end as before".to_owned(),
            };
            writeln!(f, "       {end}; {}", named(&shift.calls))?;
        }
        for ((step, why), calls) in &self.unknown {
            writeln!(f, "\n{:>5}  not to be told at {step}: {why}", calls.len())?;
            writeln!(f, "       {}", named(calls))?;
        }
        Ok(())
    }
}

fn named(calls: &[String]) -> String {
    let some: Vec<&str> = calls.iter().take(CALLS_NAMED_MAX).map(String::as_str).collect();
    match calls.len().saturating_sub(CALLS_NAMED_MAX) {
        0 => some.join(", "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}
