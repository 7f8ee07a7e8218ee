//! What media threads count, for metrics and benchmarks.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Sums since the start, over all legs and threads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EngineCounters {
    /// What the shards counted.
    pub shards: media::Counters,
    /// Turns of the media threads.
    pub turns: u64,
    /// Datagrams that the kernel did not take.
    pub send_failed: u64,
    /// Legs open now.
    pub legs: u64,
    /// Datagrams for browsers' legs that were no media, no check and no handshake of theirs.
    pub gate_dropped: u64,
}

/// One thread's figures, written by it once a turn and read by anyone.
#[derive(Default)]
pub(crate) struct ThreadCounters {
    cells: [AtomicU64; 12],
}

impl ThreadCounters {
    pub(crate) fn publish(&self, now: &EngineCounters) {
        let s = &now.shards;
        let values = [
            s.sent,
            s.received,
            s.dropped_late,
            s.wrong_source,
            s.malformed,
            s.strays,
            s.events_dropped,
            s.legs_refused,
            now.turns,
            now.send_failed,
            now.legs,
            now.gate_dropped,
        ];
        self.cells.iter().zip(values).for_each(|(cell, value)| cell.store(value, Relaxed));
    }

    pub(crate) fn add_to(&self, sum: &mut EngineCounters) {
        let s = &mut sum.shards;
        let fields = [
            &mut s.sent,
            &mut s.received,
            &mut s.dropped_late,
            &mut s.wrong_source,
            &mut s.malformed,
            &mut s.strays,
            &mut s.events_dropped,
            &mut s.legs_refused,
            &mut sum.turns,
            &mut sum.send_failed,
            &mut sum.legs,
            &mut sum.gate_dropped,
        ];
        self.cells.iter().zip(fields).for_each(|(cell, field)| *field += cell.load(Relaxed));
    }
}
