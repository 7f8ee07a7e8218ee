//! Packets that came, but too late to be played.
//!
//! ```text
//!   transit ──min of the last 10–20 s──┬──────── 60 ms ────────┬──────────►
//!                                      └ played without a hitch └ late
//! ```
//! What is too late is the listener's to decide; here it is who has the play-out buffer of an ordinary
//! telephone ([`PLAYOUT`]) and lets it follow the fastest packets of the last seconds.
//!
//! Owns: the fastest way of late, and the count. Never: what is in a packet; a buffer.

use crate::limits::{PLAYOUT, PLAYOUT_WINDOW};
use ids::Moment;

/// A jump over ten seconds is another clock, not a slow packet.
const CLOCK_JUMP_S: u32 = 10;

/// The account of one source.
#[derive(Clone, Debug)]
pub(crate) struct Lateness {
    rate_hz: u32,
    /// The smallest transit of this window, and of the one before: ticks, wrapping.
    fastest: Option<(u32, u32)>,
    window_ends: Moment,
    pub(crate) late: u64,
}

impl Lateness {
    /// For a payload clock of `rate_hz` ticks a second.
    pub(crate) fn new(rate_hz: u32) -> Self {
        Self { rate_hz, fastest: None, window_ends: Moment::START, late: 0 }
    }

    /// A packet of sound with this timestamp arrived.
    pub(crate) fn arrive(&mut self, now: Moment, timestamp: u32) {
        let arrival = (u128::from(now.micros()) * u128::from(self.rate_hz) / 1_000_000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        let behind = |fastest: u32| transit.wrapping_sub(fastest) as i32;
        let (this, last) = match self.fastest {
            Some(both) if behind(both.0).unsigned_abs() < self.rate_hz * CLOCK_JUMP_S => both,
            _ => (transit, transit),
        };
        let room = (self.rate_hz as u128 * PLAYOUT.as_millis() / 1_000) as i32;
        let faster = if (this.wrapping_sub(last) as i32) < 0 { this } else { last };
        self.late += u64::from(behind(faster) > room);
        let fastest = if behind(this) < 0 { transit } else { this };
        self.fastest = Some((fastest, last));
        if now >= self.window_ends {
            self.window_ends = now + PLAYOUT_WINDOW;
            self.fastest = Some((transit, fastest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of packets, each so many ms on the way.
    fn late(delays_ms: impl IntoIterator<Item = u64>) -> u64 {
        let mut lateness = Lateness::new(8_000);
        for (n, delay) in delays_ms.into_iter().enumerate() {
            lateness.arrive(Moment::from_millis(n as u64 * 20 + delay), n as u32 * 160);
        }
        lateness.late
    }

    #[test]
    fn an_even_stream_and_one_within_the_buffer_has_no_late_packets() {
        assert_eq!(late(vec![30; 500]), 0);
        assert_eq!(late((0..500).map(|n| 30 + n % 7 * 9)), 0);
    }

    #[test]
    fn a_packet_that_misses_its_time_is_late() {
        assert_eq!(late((0..500).map(|n| if n % 50 == 49 { 130 } else { 30 })), 10);
    }

    #[test]
    fn a_way_that_stays_longer_is_late_until_the_buffer_has_followed() {
        let counted = late((0..5_000).map(|n| if n < 1_000 { 30 } else { 200 }));
        assert!((300..=1_100).contains(&counted), "{counted}");
    }

    #[test]
    fn another_clock_is_no_lateness() {
        let mut lateness = Lateness::new(8_000);
        for n in 0..100_u32 {
            let jump = if n < 50 { 0 } else { 3_000_000_000 };
            let at = Moment::from_millis(u64::from(n) * 20);
            lateness.arrive(at, (n * 160).wrapping_add(jump));
        }
        assert_eq!(lateness.late, 0);
    }
}
