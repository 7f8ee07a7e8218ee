//! When whom to wake: a heap with lazy deletion.
//!
//! Each machine says its own next deadline and remembers the moment it stands in the heap for. A
//! deadline that moves later pushes nothing: the entry fires, the machine is asked again. So a
//! machine has few entries, and a turn looks only at those that are due.

use ids::Moment;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Deadlines of machines named by `K`.
pub(crate) struct Agenda<K>(BinaryHeap<Reverse<(Moment, K)>>);

/// The moment a machine is in the heap for; [`Moment::NEVER`] when it is not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Alarm(Moment);

impl Default for Alarm {
    fn default() -> Self {
        Alarm(Moment::NEVER)
    }
}

impl<K: Ord + Copy> Agenda<K> {
    pub(crate) fn new() -> Self {
        Agenda(BinaryHeap::new())
    }

    /// Makes sure that `who` is woken at `deadline` or before.
    pub(crate) fn set(&mut self, who: K, alarm: &mut Alarm, deadline: Moment) {
        if deadline < alarm.0 {
            alarm.0 = deadline;
            self.0.push(Reverse((deadline, who)));
        }
    }

    /// The next entry that is due, with its moment; to be checked by [`Alarm::rings`].
    pub(crate) fn due(&mut self, now: Moment) -> Option<(Moment, K)> {
        let Reverse((at, _)) = self.0.peek()?;
        if *at > now {
            return None;
        }
        self.0.pop().map(|Reverse(entry)| entry)
    }

    /// The earliest entry; perhaps of a machine that is gone.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Alarm {
    /// True when the entry of this moment is the machine's own; it is then no longer in the heap.
    pub(crate) fn rings(&mut self, at: Moment) -> bool {
        let mine = self.0 == at;
        if mine {
            self.0 = Moment::NEVER;
        }
        mine
    }
}
