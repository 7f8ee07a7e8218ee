//! Which indices were here before (RFC 3711 section 3.3.2).
//!
//! ```text
//!   too old │◄──── 64 ────►│ newest │ ahead: slides
//!           0..............1
//! ```

/// Indices looked back at; section 3.3.2 asks for at least 64.
const WINDOW: u64 = 64;

/// The newest index and the 64 before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replay {
    /// One past the newest index; 0 before the first.
    after: u64,
    /// Bit n: the index `after - 1 - n` was here.
    seen: u64,
}

impl Replay {
    /// Whether this index is new. Asked before the tag is checked.
    pub(super) fn is_new(&self, index: u64) -> bool {
        match self.after.checked_sub(index + 1) {
            None => true,
            Some(back) => back < WINDOW && self.seen >> back & 1 == 0,
        }
    }

    /// This index was here. Said only after the tag has been checked.
    pub(super) fn enter(&mut self, index: u64) {
        match (index + 1).checked_sub(self.after) {
            Some(ahead @ 1..) => {
                self.seen = if ahead < WINDOW { self.seen << ahead } else { 0 } | 1;
                self.after = index + 1;
            }
            _ => self.seen |= 1 << (self.after - 1 - index).min(WINDOW - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_counts_once_within_the_window_and_never_before_it() {
        let mut replay = Replay::default();
        for index in [0, 5, 3, 70] {
            assert!(replay.is_new(index));
            replay.enter(index);
            assert!(!replay.is_new(index), "{index} twice");
        }
        assert!(!replay.is_new(6), "64 behind 70 is too old to tell");
        assert!(replay.is_new(7) && replay.is_new(69) && replay.is_new(71));
        replay.enter(7);
        assert!(!replay.is_new(7));
        replay.enter(1_000);
        assert!(!replay.is_new(70) && replay.is_new(999));
    }
}
