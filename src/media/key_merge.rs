//! One key over two roads is one key: RFC 4733, in-band tones and SIP INFO side by side.
//!
//! A key counts unless the same key came over another road within 120 ms of it (before its beginning to
//! after its end). The same road never repeats itself: its own machine has seen to that.
//!
//! Owns: the last two keys of each road, and which one is being swallowed.
//! Never: what a key does.

use crate::command::KeySource;
use crate::limits::KEY_MERGE;
use ids::Moment;
use keypad::Key;

#[derive(Clone, Copy)]
struct Stretch {
    key: Key,
    /// `None` while it is held.
    until: Option<Moment>,
}

#[derive(Clone, Copy, Default)]
struct Road {
    /// The latest first.
    recent: [Option<Stretch>; 2],
    swallowing: bool,
}

/// The merger of one leg.
#[derive(Default)]
pub(crate) struct KeyMerge {
    roads: [Road; 3],
}

impl KeyMerge {
    /// A key began over `source`; false if it is another road's key again.
    pub(crate) fn down(&mut self, now: Moment, source: KeySource, key: Key) -> bool {
        let known = |road: &Road| road.recent.iter().flatten().any(|s| s.covers(now, key));
        let others = self.roads.iter().enumerate().filter(|(n, _)| *n != source as usize);
        let again = others.map(|(_, road)| road).any(known);
        let road = &mut self.roads[source as usize];
        road.recent = [Some(Stretch { key, until: None }), road.recent[0]];
        road.swallowing = again;
        !again
    }

    /// It ended; false if its beginning was swallowed.
    pub(crate) fn up(&mut self, now: Moment, source: KeySource) -> bool {
        let road = &mut self.roads[source as usize];
        if let Some(latest) = &mut road.recent[0] {
            latest.until = Some(now);
        }
        !std::mem::take(&mut road.swallowing)
    }

    /// It never was; false if its beginning was swallowed.
    pub(crate) fn void(&mut self, source: KeySource) -> bool {
        let road = &mut self.roads[source as usize];
        road.recent = [road.recent[1], None];
        !std::mem::take(&mut road.swallowing)
    }
}

impl Stretch {
    fn covers(&self, now: Moment, key: Key) -> bool {
        self.key == key && self.until.is_none_or(|until| now <= until + KEY_MERGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeySource::*;

    fn key(c: char) -> Key {
        Key::from_char(c).unwrap()
    }

    fn ms(n: u64) -> Moment {
        Moment::from_millis(n)
    }

    #[test]
    fn the_same_key_over_two_roads_counts_once() {
        let mut merge = KeyMerge::default();
        assert!(merge.down(ms(0), Rtp, key('5')));
        assert!(!merge.down(ms(40), Inband, key('5')));
        assert!(merge.up(ms(100), Rtp));
        assert!(!merge.up(ms(130), Inband));
        assert!(!merge.down(ms(220), Info, key('5')));
        assert!(!merge.up(ms(220), Info));
    }

    #[test]
    fn later_than_120_ms_it_is_another_key() {
        let mut merge = KeyMerge::default();
        assert!(merge.down(ms(0), Rtp, key('5')));
        assert!(merge.up(ms(100), Rtp));
        assert!(merge.down(ms(221), Info, key('5')));
        assert!(merge.up(ms(221), Info));
    }

    #[test]
    fn a_late_tone_of_the_key_before_is_swallowed_while_the_next_is_held() {
        let mut merge = KeyMerge::default();
        assert!(merge.down(ms(0), Rtp, key('1')));
        assert!(merge.up(ms(60), Rtp));
        assert!(merge.down(ms(110), Rtp, key('2')));
        assert!(!merge.down(ms(120), Inband, key('1')));
    }

    #[test]
    fn one_road_may_press_the_same_key_as_fast_as_it_likes() {
        let mut merge = KeyMerge::default();
        for n in 0..5 {
            assert!(merge.down(ms(n * 100), Rtp, key('1')));
            assert!(merge.up(ms(n * 100 + 50), Rtp));
        }
    }

    #[test]
    fn a_key_that_never_was_hides_no_other() {
        let mut merge = KeyMerge::default();
        assert!(merge.down(ms(0), Rtp, key('1')));
        assert!(merge.void(Rtp));
        assert!(merge.down(ms(50), Info, key('1')));
    }
}
