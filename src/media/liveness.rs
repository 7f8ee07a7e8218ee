//! Is anyone there? RTP or RTCP within 30 s, or the leg is flagged; within 60 s, or it is dead.
//!
//! ```text
//!  Heard ──30 s──► Flagged ──60 s──► Dead        on hold: ──1,800 s──► Dead
//!    ▲────packet─────┘                            (a hold needs no packets at all)
//! ```
//! Owns: when the peer was last heard. Never: a decision what follows from its silence.

use crate::limits::{DEAD_AFTER, DEAD_ON_HOLD_AFTER, SILENT_AFTER};
use ids::Moment;

/// What changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    Silent,
    Heard,
    Dead,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Heard,
    Flagged,
    Dead,
}

/// The watch over one leg.
pub(crate) struct Liveness {
    heard: Moment,
    state: State,
    on_hold: bool,
}

impl Liveness {
    pub(crate) fn new(now: Moment, on_hold: bool) -> Self {
        Self { heard: now, state: State::Heard, on_hold }
    }

    /// The direction changed: the time begins anew, for after a hold the peer needs a moment.
    pub(crate) fn set_hold(&mut self, now: Moment, on_hold: bool) {
        if self.on_hold != on_hold {
            *self = Self::new(now, on_hold);
        }
    }

    /// A packet of the peer came.
    pub(crate) fn hear(&mut self, now: Moment) -> Option<Change> {
        self.heard = now;
        let before = std::mem::replace(&mut self.state, State::Heard);
        (before != State::Heard).then_some(Change::Heard)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        match (self.state, self.on_hold) {
            (State::Heard, false) => Some(self.heard + SILENT_AFTER),
            (State::Flagged, false) => Some(self.heard + DEAD_AFTER),
            (State::Heard | State::Flagged, true) => Some(self.heard + DEAD_ON_HOLD_AFTER),
            (State::Dead, _) => None,
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Moment) -> Option<Change> {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return None;
        }
        let flag_first = self.state == State::Heard && !self.on_hold;
        let (state, change) = match flag_first {
            true => (State::Flagged, Change::Silent),
            false => (State::Dead, Change::Dead),
        };
        self.state = state;
        Some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(s: u64) -> Moment {
        Moment::from_millis(s * 1_000)
    }

    fn changes(mut watch: Liveness) -> Vec<(u64, Change)> {
        let mut all = Vec::new();
        while let Some(due) = watch.poll_timeout() {
            all.extend(watch.handle_timeout(due).map(|c| (due.micros() / 1_000_000, c)));
        }
        all
    }

    #[test]
    fn silence_is_flagged_after_30_and_dead_after_60_seconds() {
        let watch = Liveness::new(seconds(5), false);
        assert_eq!(changes(watch), [(35, Change::Silent), (65, Change::Dead)]);
    }

    #[test]
    fn a_hold_may_be_silent_for_half_an_hour() {
        assert_eq!(changes(Liveness::new(seconds(0), true)), [(1_800, Change::Dead)]);
    }

    #[test]
    fn a_packet_after_the_flag_is_told_and_the_time_begins_anew() {
        let mut watch = Liveness::new(seconds(0), false);
        assert_eq!(watch.handle_timeout(seconds(30)), Some(Change::Silent));
        assert_eq!(watch.hear(seconds(40)), Some(Change::Heard));
        assert_eq!(watch.hear(seconds(41)), None);
        assert_eq!(watch.poll_timeout(), Some(seconds(71)));
    }
}
