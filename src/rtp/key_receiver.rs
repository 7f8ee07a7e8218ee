//! Keys that come as telephone-events (RFC 4733 section 2.5.2).
//!
//! ```text
//!                 any packet of a new key
//!        Idle ─────────────────────────────► Down
//!         ▲                                   │ end bit, or 150 ms without a packet,
//!         └───────────────────────────────────┘ or a packet of the next key
//!               Up (≥ 40 ms) or Void
//! ```
//! A key is named by (SSRC, event, timestamp). Nothing else opens one: not the marker (it may be lost or
//! missing), not a duration, not a repeat. So lost starts, lost ends, holes, repeats and reordering
//! neither double a key nor swallow one. Segments of a long key (section 2.5.1.3) have timestamps 0xFFFF
//! ticks apart and are joined.
//!
//! Owns: which key is down, and the name of the last one.
//! Never: what a key means, addresses. Only the sixteen keys are heard; other events are ignored.

use crate::event::{EventBlock, EventCode};
use crate::limits::{KEY_END_MISSING_US, KEY_SEGMENTS_LOST_MAX, KEY_STALE_TICKS, KEY_US_MIN};
use std::collections::VecDeque;

/// Ticks in a full segment of a long key.
const SEGMENT_TICKS: u32 = 0xFFFF;

/// What became of keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyEvent {
    /// A key began.
    Down(EventCode),
    /// It ended and counts.
    Up {
        /// Which.
        event: EventCode,
        /// How long it was held, in ms.
        held_ms: u16,
        /// Its end was never received.
        end_missing: bool,
    },
    /// It was too short: it never was.
    Void(EventCode),
}

#[derive(Clone, Copy)]
struct Name {
    ssrc: u32,
    event: EventCode,
    /// Of the segment heard last.
    timestamp: u32,
}

#[derive(Clone, Copy)]
struct Held {
    name: Name,
    /// Ticks of the segments before this one.
    before: u32,
    /// Ticks of this segment so far.
    ticks: u32,
    first_us: u64,
    last_us: u64,
}

#[derive(Clone, Copy)]
enum State {
    /// Nothing was heard yet.
    Fresh,
    Down(Held),
    /// The last key is over.
    Over {
        last: Held,
        ending: Ending,
    },
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    /// By its end bit or by the next key: whatever still comes of it is a repeat.
    Told,
    /// By silence, and it counted: whatever still comes of it belongs to it.
    Silence,
    /// By silence, too short to count: if it goes on after a hole, it is taken up again.
    SilenceTooShort,
}

/// How a packet stands to a key.
enum Relation {
    Same,
    NextSegment,
    Stale,
    Other,
}

/// The receiver for one stream.
pub struct KeyReceiver {
    rate_hz: u32,
    state: State,
    events: VecDeque<KeyEvent>,
}

impl KeyReceiver {
    /// For an event clock of `rate_hz` (as agreed in the SDP, at least 1).
    pub fn new(rate_hz: u32) -> Self {
        Self { rate_hz: rate_hz.max(1), state: State::Fresh, events: VecDeque::with_capacity(4) }
    }

    /// Takes the event of one packet. `marker` only tells a new key from a segment.
    pub fn handle_event(
        &mut self,
        now_us: u64,
        ssrc: u32,
        timestamp: u32,
        marker: bool,
        block: EventBlock,
    ) {
        if !block.event.is_key() {
            return;
        }
        let name = Name { ssrc, event: block.event, timestamp };
        match self.state {
            State::Fresh => self.open(now_us, name, block),
            State::Down(held) => match relation(&held, &name, marker) {
                Relation::Same => self.go_on(now_us, held, block),
                Relation::NextSegment => self.go_on(now_us, held.next(timestamp), block),
                Relation::Stale => {}
                Relation::Other => {
                    self.close(held, Ending::Told, true);
                    self.open(now_us, name, block);
                }
            },
            State::Over { last, ending } => match (relation(&last, &name, marker), ending) {
                (Relation::Other, _) => self.open(now_us, name, block),
                (Relation::Same, Ending::SilenceTooShort) => self.reopen(now_us, last, block),
                (Relation::NextSegment, Ending::Silence) => {
                    self.state = State::Over { last: last.next(timestamp), ending };
                }
                (Relation::NextSegment, _) => self.open(now_us, name, block),
                (Relation::Same | Relation::Stale, _) => {}
            },
        }
    }

    /// The next thing that became of keys; drain after each turn.
    pub fn poll(&mut self) -> Option<KeyEvent> {
        self.events.pop_front()
    }

    /// When [`KeyReceiver::handle_timeout`] wants to be called, in µs.
    pub fn poll_timeout(&self) -> Option<u64> {
        match self.state {
            State::Down(held) => Some(held.last_us + KEY_END_MISSING_US),
            State::Fresh | State::Over { .. } => None,
        }
    }

    /// Time has passed: a key whose packets stopped is over.
    pub fn handle_timeout(&mut self, now_us: u64) {
        if let State::Down(held) = self.state
            && now_us >= held.last_us + KEY_END_MISSING_US
        {
            self.close(held, Ending::Silence, true);
        }
    }

    fn open(&mut self, now_us: u64, name: Name, block: EventBlock) {
        let held = Held { name, before: 0, ticks: 0, first_us: now_us, last_us: now_us };
        self.events.push_back(KeyEvent::Down(name.event));
        self.go_on(now_us, held, block);
    }

    fn reopen(&mut self, now_us: u64, last: Held, block: EventBlock) {
        self.events.push_back(KeyEvent::Down(last.name.event));
        self.go_on(now_us, last, block);
    }

    fn go_on(&mut self, now_us: u64, mut held: Held, block: EventBlock) {
        held.ticks = held.ticks.max(u32::from(block.duration));
        held.last_us = now_us;
        match block.end {
            true => self.close(held, Ending::Told, false),
            false => self.state = State::Down(held),
        }
    }

    fn close(&mut self, held: Held, ending: Ending, end_missing: bool) {
        let told_us = u64::from(held.before + held.ticks) * 1_000_000 / u64::from(self.rate_hz);
        // without its end, a key lasted at least as long as its packets came
        let seen_us = if end_missing { held.last_us - held.first_us } else { 0 };
        let held_us = told_us.max(seen_us);
        let event = held.name.event;
        if held_us >= KEY_US_MIN {
            let held_ms = (held_us / 1_000).min(u64::from(u16::MAX)) as u16;
            self.events.push_back(KeyEvent::Up { event, held_ms, end_missing });
            self.state = State::Over { last: held, ending };
        } else {
            let too_short =
                if ending == Ending::Silence { Ending::SilenceTooShort } else { Ending::Told };
            self.events.push_back(KeyEvent::Void(event));
            self.state = State::Over { last: held, ending: too_short };
        }
    }
}

impl Held {
    /// The same key in its segment that begins at `timestamp`.
    fn next(self, timestamp: u32) -> Self {
        let passed = timestamp.wrapping_sub(self.name.timestamp);
        let name = Name { timestamp, ..self.name };
        Self { name, before: self.before.saturating_add(passed), ticks: 0, ..self }
    }
}

fn relation(held: &Held, name: &Name, marker: bool) -> Relation {
    if held.name.ssrc != name.ssrc {
        return Relation::Other;
    }
    let ahead = name.timestamp.wrapping_sub(held.name.timestamp);
    let same_event = held.name.event == name.event;
    match ahead {
        0 if same_event => Relation::Same,
        _ if same_event && !marker && is_segment(ahead, held.ticks) => Relation::NextSegment,
        // an older key's late packet, or an earlier segment of this one
        _ if ahead.wrapping_neg() <= KEY_STALE_TICKS && ahead != 0 => Relation::Stale,
        _ if is_earlier_segment(ahead) && same_event => Relation::Stale,
        _ => Relation::Other,
    }
}

/// RFC 4733 section 2.5.1.3: the next segment begins where this one ended, after 0xFFFF ticks; the last
/// packets of this one, and whole segments, may have been lost.
fn is_segment(ahead: u32, ticks: u32) -> bool {
    let whole = ahead.is_multiple_of(SEGMENT_TICKS);
    (whole && ahead / SEGMENT_TICKS <= KEY_SEGMENTS_LOST_MAX) || (ticks > 0 && ahead == ticks)
}

fn is_earlier_segment(ahead: u32) -> bool {
    let back = ahead.wrapping_neg();
    back != 0 && back.is_multiple_of(SEGMENT_TICKS) && back / SEGMENT_TICKS <= KEY_SEGMENTS_LOST_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use std::fmt::Write as _;

    /// `(ms, event, timestamp, duration, end)`; marker on the first packet of a timestamp.
    type Wire = (u64, u8, u32, u16, bool);

    fn play(rate_hz: u32, wire: &[Wire]) -> String {
        let mut receiver = KeyReceiver::new(rate_hz);
        let mut told = String::new();
        let mut marked = None;
        for (ms, event, timestamp, duration, end) in wire {
            advance(&mut receiver, ms * 1_000, &mut told);
            let block =
                EventBlock { event: EventCode(*event), end: *end, volume: 10, duration: *duration };
            let marker = marked.replace((event, timestamp)).is_none_or(|m| m.0 != event);
            receiver.handle_event(ms * 1_000, 1, *timestamp, marker, block);
            drain(&mut receiver, *ms, &mut told);
        }
        advance(&mut receiver, u64::MAX, &mut told);
        told
    }

    fn advance(receiver: &mut KeyReceiver, to_us: u64, told: &mut String) {
        while let Some(due) = receiver.poll_timeout().filter(|due| *due <= to_us) {
            receiver.handle_timeout(due);
            drain(receiver, due / 1_000, told);
        }
    }

    fn drain(receiver: &mut KeyReceiver, ms: u64, told: &mut String) {
        while let Some(event) = receiver.poll() {
            let line = match event {
                KeyEvent::Down(key) => format!("down {}", key.0),
                KeyEvent::Up { event, held_ms, end_missing } => {
                    let how = if end_missing { ", end missing" } else { "" };
                    format!("up {} after {held_ms} ms{how}", event.0)
                }
                KeyEvent::Void(key) => format!("void {}", key.0),
            };
            writeln!(told, "{ms} {line}").unwrap();
        }
    }

    fn check(wire: &[Wire], expect: Expect) {
        expect.assert_eq(&play(8_000, wire));
    }

    #[test]
    fn a_plain_key_goes_down_at_its_start_and_up_at_its_first_end() {
        check(
            &[
                (0, 5, 1000, 160, false),
                (20, 5, 1000, 320, false),
                (40, 5, 1000, 480, false),
                (60, 5, 1000, 640, true),
                (60, 5, 1000, 640, true),
                (60, 5, 1000, 640, true),
            ],
            expect![[r#"
                0 down 5
                60 up 5 after 80 ms
            "#]],
        );
    }

    #[test]
    fn a_key_whose_start_was_lost_is_a_key() {
        check(
            &[(80, 5, 1000, 800, true), (80, 5, 1000, 800, true)],
            expect![[r#"
                80 down 5
                80 up 5 after 100 ms
            "#]],
        );
    }

    #[test]
    fn a_key_whose_ends_were_lost_ends_150_ms_after_its_last_packet() {
        check(
            &[(0, 5, 1000, 160, false), (20, 5, 1000, 320, false), (40, 5, 1000, 480, false)],
            expect![[r#"
                0 down 5
                190 up 5 after 60 ms, end missing
            "#]],
        );
    }

    #[test]
    fn an_event_with_a_hole_of_one_and_a_half_seconds_is_one_key() {
        check(
            &[
                (0, 5, 1000, 160, false),
                (40, 5, 1000, 480, false),
                (1_540, 5, 1000, 12_480, false),
                (1_560, 5, 1000, 12_640, true),
            ],
            expect![[r#"
                0 down 5
                190 up 5 after 60 ms, end missing
            "#]],
        );
    }

    #[test]
    fn a_hole_after_a_piece_too_short_gives_the_key_back() {
        check(
            &[
                (0, 5, 1000, 160, false),
                (1_520, 5, 1000, 12_160, false),
                (1_540, 5, 1000, 12_320, true),
            ],
            expect![[r#"
                0 down 5
                150 void 5
                1520 down 5
                1540 up 5 after 1540 ms
            "#]],
        );
    }

    #[test]
    fn the_same_key_twice_is_two_keys_even_without_pause_or_ends() {
        check(
            &[
                (0, 5, 1000, 160, false),
                (60, 5, 1000, 640, true),
                (110, 5, 1880, 160, false),
                (170, 5, 1880, 640, false),
                (220, 5, 2760, 160, false),
                (280, 5, 2760, 640, true),
            ],
            expect![[r#"
                0 down 5
                60 up 5 after 80 ms
                110 down 5
                220 up 5 after 80 ms, end missing
                220 down 5
                280 up 5 after 80 ms
            "#]],
        );
    }

    #[test]
    fn a_key_under_40_ms_never_was() {
        check(
            &[(0, 5, 1000, 160, false), (20, 5, 1000, 240, true), (20, 5, 1000, 240, true)],
            expect![[r#"
                0 down 5
                20 void 5
            "#]],
        );
    }

    #[test]
    fn durations_that_run_backwards_and_late_repeats_change_nothing() {
        check(
            &[
                (0, 5, 1000, 320, false),
                (20, 5, 1000, 160, false),
                (40, 5, 1000, 640, true),
                (60, 5, 1000, 480, false),
                (5_000, 5, 1000, 640, true),
            ],
            expect![[r#"
                0 down 5
                40 up 5 after 80 ms
            "#]],
        );
    }

    #[test]
    fn a_late_packet_of_the_key_before_does_not_press_it_again() {
        check(
            &[
                (0, 5, 1000, 640, true),
                (150, 6, 2200, 160, false),
                (160, 5, 1000, 640, true),
                (210, 6, 2200, 640, true),
                (220, 5, 1000, 640, true),
            ],
            expect![[r#"
                0 down 5
                0 up 5 after 80 ms
                150 down 6
                210 up 6 after 80 ms
            "#]],
        );
    }

    #[test]
    fn segments_of_a_long_key_are_joined() {
        check(
            &[
                (0, 5, 1000, 160, false),
                (100, 5, 1000, 65_000, false),
                (200, 5, 1000 + 65_535, 160, false),
                (210, 5, 1000, 65_535, false),
                (300, 5, 1000 + 65_535, 800, true),
            ],
            expect![[r#"
                0 down 5
                300 up 5 after 8291 ms
            "#]],
        );
    }

    #[test]
    fn a_segment_after_a_hole_still_belongs_to_its_key() {
        check(
            &[
                (0, 5, 1000, 640, false),
                (8_200, 5, 1000 + 65_535, 160, false),
                (8_300, 5, 1000 + 65_535, 960, true),
                (9_000, 6, 90_000, 640, true),
            ],
            expect![[r#"
                0 down 5
                150 up 5 after 80 ms, end missing
                9000 down 6
                9000 up 6 after 80 ms
            "#]],
        );
    }

    #[test]
    fn the_event_clock_may_run_at_48_kilohertz() {
        let told = play(48_000, &[(0, 9, 0, 960, false), (80, 9, 0, 4_800, true)]);
        assert_eq!(told, "0 down 9\n80 up 9 after 100 ms\n");
    }

    #[test]
    fn a_flash_and_other_events_are_no_keys() {
        assert_eq!(play(8_000, &[(0, 16, 1000, 800, true), (50, 32, 2000, 800, true)]), "");
    }

    #[test]
    fn a_peer_that_begins_anew_with_another_clock_is_heard() {
        let told = play(8_000, &[(0, 5, 900_000, 800, true), (500, 5, 7, 800, true)]);
        assert_eq!(told.matches("up").count(), 2);
    }

    proptest! {
        #[test]
        fn whatever_comes_each_down_has_one_end(
            wire in proptest::collection::vec((0_u64..400, 0_u8..18, 0_u32..6, any::<u16>(), any::<bool>()), 0..60)
        ) {
            let mut at = 0;
            let wire: Vec<Wire> = wire.into_iter().map(|(gap, e, ts, d, end)| {
                at += gap;
                (at, e, ts * 21_845, d, end)
            }).collect();
            let told = play(8_000, &wire);
            let ends = told.matches("up").count() + told.matches("void").count();
            prop_assert_eq!(told.matches("down").count(), ends);
        }
    }
}
