//! When which leg wants its turn: exact times in a heap, one live entry a leg.
//!
//! A wheel of 1 ms would round each time to its ticks, and the first packets of a play leave off any
//! grid (`limits::SEND_GRID`); a heap keeps the microsecond and costs about 100 ns a packet. An entry that was overtaken by an
//! earlier one stays until it comes up and is then ignored; a heap full of such entries is swept.

use ids::{LegId, Moment};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The heap; what is live is known by the legs' own `armed` time.
#[derive(Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Moment, LegId)>>,
}

impl Timers {
    /// The earliest entry, live or not.
    pub(crate) fn next(&self) -> Moment {
        self.heap.peek().map_or(Moment::NEVER, |entry| entry.0.0)
    }

    /// Takes out the earliest entry if it is due.
    pub(crate) fn pop_due(&mut self, now: Moment) -> Option<(Moment, LegId)> {
        (self.next() <= now).then(|| self.heap.pop()).flatten().map(|entry| entry.0)
    }

    /// Adds an entry.
    pub(crate) fn push(&mut self, at: Moment, leg: LegId) {
        self.heap.push(Reverse((at, leg)));
    }

    /// Keeps the live entries only, once the others prevail.
    pub(crate) fn sweep(&mut self, legs: usize, live: impl Fn(Moment, LegId) -> bool) {
        if self.heap.len() > 4 * legs + 64 {
            self.heap.retain(|entry| live(entry.0.0, entry.0.1));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }
}
