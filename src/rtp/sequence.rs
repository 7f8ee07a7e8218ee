//! Which packets came, which are missing (RFC 3550 appendices A.1 and A.3).
//!
//! ```text
//!  seen ◄── 64 back ──┐max          ┌── forward < 3000: loss, go on
//!  ─────────x.xxxx.xxx█─────────────┴──────────► 16 bits, wraps
//!                                     beyond: ask for two in a row, then begin anew
//! ```
//! Appendix A.1 begins a source on probation until two packets came in a row; here the source lock of
//! the leg decides whom to trust, so the first packet counts.
//!
//! Owns: the extended highest sequence number, counts, and a window of 64 for duplicates.
//! Never: times, payloads.

use crate::limits::{DROPOUT_MAX, MISORDER_MAX};

/// How one packet stands to those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// The next, or one after a loss.
    InOrder,
    /// Late: after one that was sent later.
    Reordered,
    /// It was here already.
    Duplicate,
    /// Far from everything so far; if the next one follows it, the peer has begun anew.
    Astray,
    /// The second in a row after `Astray`: the counts begin anew from here.
    Restarted,
}

/// The account of one source.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Extended: wraps counted in the upper bits.
    highest: u64,
    base: u64,
    seen: u64,
    astray_next: Option<u16>,
    received: u64,
    unique: u64,
    reordered: u64,
    duplicates: u64,
    lost_before_restart: u64,
    gaps: u64,
    reported: (u64, u64),
}

impl Sequence {
    /// Begins with the first packet, which thereby has arrived.
    pub fn begin(first: u16) -> Self {
        Self {
            highest: u64::from(first),
            base: u64::from(first),
            seen: 1,
            astray_next: None,
            received: 1,
            unique: 1,
            reordered: 0,
            duplicates: 0,
            lost_before_restart: 0,
            gaps: 0,
            reported: (0, 0),
        }
    }

    /// Takes the next packet's sequence number.
    pub fn arrive(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let behind = ahead.wrapping_neg();
        if ahead == 0 {
            self.count_duplicate()
        } else if ahead < DROPOUT_MAX {
            self.go_on(u64::from(ahead))
        } else if behind <= MISORDER_MAX {
            self.look_back(u32::from(behind))
        } else if self.astray_next == Some(sequence) {
            self.restart(sequence)
        } else {
            self.astray_next = Some(sequence.wrapping_add(1));
            Arrival::Astray
        }
    }

    fn go_on(&mut self, ahead: u64) -> Arrival {
        self.highest += ahead;
        self.gaps += u64::from(ahead > 1);
        self.seen = self.seen.checked_shl(ahead as u32).unwrap_or(0) | 1;
        self.astray_next = None;
        self.received += 1;
        self.unique += 1;
        Arrival::InOrder
    }

    fn look_back(&mut self, behind: u32) -> Arrival {
        let bit = 1_u64.checked_shl(behind).unwrap_or(0);
        if self.seen & bit != 0 {
            return self.count_duplicate();
        }
        self.seen |= bit;
        self.received += 1;
        self.reordered += 1;
        // one from before the very first moves the beginning back, so that loss never goes negative
        self.base = self.base.min(self.highest.saturating_sub(u64::from(behind)));
        self.unique += 1;
        Arrival::Reordered
    }

    fn count_duplicate(&mut self) -> Arrival {
        self.received += 1;
        self.duplicates += 1;
        Arrival::Duplicate
    }

    fn restart(&mut self, sequence: u16) -> Arrival {
        let (reordered, duplicates, gaps) = (self.reordered, self.duplicates, self.gaps);
        let lost_before_restart = self.lost();
        *self = Self { reordered, duplicates, gaps, lost_before_restart, ..Self::begin(sequence) };
        Arrival::Restarted
    }

    /// Packets that should have come so far (since the last restart).
    pub fn expected(&self) -> u64 {
        self.highest - self.base + 1
    }

    /// Packets lost so far, restarts included; duplicates do not hide a loss.
    pub fn lost(&self) -> u64 {
        self.lost_before_restart + self.expected().saturating_sub(self.unique)
    }

    /// Runs of packets that were missing when the next one came; a few may have been filled later.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// Packets that came out of order.
    pub fn reordered(&self) -> u64 {
        self.reordered
    }

    /// Packets that came twice.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// The highest sequence number with its wraps, as a report carries it.
    pub fn extended_highest(&self) -> u32 {
        self.highest as u32
    }

    /// Cumulative loss for a report: 24 bits signed, negative when duplicates prevail (A.3).
    pub fn cumulative_lost(&self) -> i32 {
        let lost = self.expected() as i64 - self.received as i64;
        lost.clamp(-0x80_0000, 0x7F_FFFF) as i32
    }

    /// Share lost since the last call, in 1/256, as a report carries it (A.3).
    pub fn fraction_lost(&mut self) -> u8 {
        let (expected_before, received_before) = self.reported;
        self.reported = (self.expected(), self.received);
        let expected = self.expected().saturating_sub(expected_before);
        let received = self.received.saturating_sub(received_before);
        match expected.saturating_sub(received) {
            0 => 0,
            lost => ((lost << 8) / expected).min(255) as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Arrival::*;
    use proptest::prelude::*;

    fn run(numbers: &[u16]) -> (Vec<Arrival>, Sequence) {
        let mut sequence = Sequence::begin(numbers[0]);
        let arrivals = numbers[1..].iter().map(|n| sequence.arrive(*n)).collect();
        (arrivals, sequence)
    }

    #[test]
    fn loss_reordering_and_duplicates_are_told_apart_over_the_wrap() {
        let (arrivals, sequence) = run(&[65_534, 65_535, 1, 0, 0, 4, 2]);
        assert_eq!(arrivals, [InOrder, InOrder, Reordered, Duplicate, InOrder, Reordered]);
        assert_eq!((sequence.lost(), sequence.reordered(), sequence.duplicates()), (1, 2, 1));
        assert_eq!(sequence.extended_highest(), 65_536 + 4);
    }

    #[test]
    fn a_jump_counts_only_when_the_next_packet_confirms_it() {
        let (arrivals, sequence) = run(&[10, 11, 40_000, 12, 50_000, 50_001, 50_002]);
        assert_eq!(arrivals, [InOrder, Astray, InOrder, Astray, Restarted, InOrder]);
        assert_eq!(sequence.lost(), 0);
    }

    #[test]
    fn a_packet_from_before_the_first_is_no_negative_loss() {
        let (arrivals, sequence) = run(&[10, 9, 11]);
        assert_eq!(arrivals, [Reordered, InOrder]);
        assert_eq!((sequence.expected(), sequence.lost()), (3, 0));
    }

    #[test]
    fn the_fraction_is_of_the_span_since_the_last_report() {
        let mut sequence = Sequence::begin(0);
        for n in 1..100 {
            sequence.arrive(n);
        }
        assert_eq!(sequence.fraction_lost(), 0);
        for n in (100..200).filter(|n| n % 4 != 0) {
            sequence.arrive(n);
        }
        assert_eq!(sequence.fraction_lost(), 64);
        assert_eq!(sequence.cumulative_lost(), 25);
    }

    proptest! {
        #[test]
        fn any_numbers_keep_the_counts_consistent(numbers in proptest::collection::vec(any::<u16>(), 1..300)) {
            let (arrivals, mut sequence) = run(&numbers);
            let duplicates = arrivals.iter().filter(|a| **a == Duplicate).count() as u64;
            prop_assert_eq!(sequence.duplicates(), duplicates);
            let _ = (sequence.lost(), sequence.fraction_lost(), sequence.cumulative_lost());
        }
    }
}
