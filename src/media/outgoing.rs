//! The stream we send: its numbers, and its clock.
//!
//! ```text
//!  wall     ──┬────────────silence────────┬───────►
//!  packets    ████ ████ ████              ████ ████
//!  timestamp  0    160  320               M: what the wall shows, never back
//! ```
//! One SSRC for the life of the leg. Within a talkspurt timestamps follow each other; after silence the
//! timestamp is where the wall clock is and the marker is set (RFC 3551 section 4.1).
//!
//! Owns: SSRC, sequence number, timestamp, counts for sender reports.
//! Never: what is in the packets.

use ids::Moment;
use rtp::{Header, Random};

/// The RTP clock of what we send (Hz); a leg of Opus writes its timestamps in another one.
const CLOCK_HZ: u64 = 8_000;

/// The numbers of one stream.
pub(crate) struct Outgoing {
    pub(crate) ssrc: u32,
    pub(crate) packets: u64,
    pub(crate) octets: u64,
    sequence: u16,
    /// What the timestamp was at `epoch` (random, RFC 3550 section 5.1).
    base: u32,
    epoch: Moment,
    /// Ticks since the epoch up to which sound was sent.
    filled: u64,
    talking: bool,
    /// A packet of ours left since the last relayed one.
    spoke: bool,
}

impl Outgoing {
    pub(crate) fn new(now: Moment, random: &mut Random) -> Self {
        let numbers = random.next_u64();
        Self {
            ssrc: numbers as u32,
            base: (numbers >> 32) as u32,
            sequence: random.next_u64() as u16,
            packets: 0,
            octets: 0,
            epoch: now,
            filled: 0,
            talking: false,
            spoke: true,
        }
    }

    /// Another stream from here on, because its clock is another (RFC 7160).
    pub(crate) fn begin_stream(&mut self) {
        self.ssrc = self.ssrc.rotate_left(16) ^ self.base | 1;
        self.fall_silent();
    }

    /// A payload of our own left with another length than the sound in it had.
    pub(crate) fn weighed(&mut self, planned: usize, bytes: usize) {
        self.octets = self.octets.saturating_sub(planned as u64) + bytes as u64;
    }

    /// The header for `ticks` of sound that belong to `now`.
    pub(crate) fn sound(&mut self, now: Moment, payload_type: u8, ticks: u32) -> Header {
        let marker = !self.talking;
        if marker {
            self.filled = self.filled.max(self.ticks_at(now));
        }
        let timestamp = self.base.wrapping_add(self.filled as u32);
        self.filled += u64::from(ticks);
        self.talking = true;
        self.header(payload_type, marker, timestamp, ticks as usize)
    }

    /// The header for a key packet; `timestamp` as [`Outgoing::key_timestamp`] gave it.
    pub(crate) fn key(&mut self, payload_type: u8, marker: bool, timestamp: u32) -> Header {
        self.talking = false;
        self.header(payload_type, marker, timestamp, 4)
    }

    /// What the clock of telephone-event shows.
    pub(crate) fn key_timestamp(&self, now: Moment, rate_hz: u32) -> u32 {
        let ticks = self.ticks_at(now).max(self.filled) * u64::from(rate_hz) / CLOCK_HZ;
        self.base.wrapping_add(ticks as u32)
    }

    /// So many ticks of sound were not sent: the next packet begins a talkspurt after a gap.
    pub(crate) fn skip(&mut self, ticks: u32) {
        self.filled += u64::from(ticks);
        self.talking = false;
    }

    /// Silence begins.
    pub(crate) fn fall_silent(&mut self) {
        self.talking = false;
    }

    /// The first moment at which `ticks` more may be sent without running ahead of the wall clock by
    /// more than that.
    pub(crate) fn room_for(&self, ticks: u32) -> Moment {
        let earliest = self.filled.saturating_sub(u64::from(ticks));
        self.epoch + std::time::Duration::from_micros(earliest * 1_000_000 / CLOCK_HZ)
    }

    /// The RTP timestamp at `now`, for a sender report.
    pub(crate) fn timestamp_at(&self, now: Moment) -> u32 {
        self.base.wrapping_add(self.ticks_at(now) as u32)
    }

    /// The sequence number that nothing has left with yet.
    pub(crate) fn next_sequence(&self) -> u16 {
        self.sequence
    }

    /// The timestamp at which sound of `now` begins: never before sound that was sent.
    pub(crate) fn next_timestamp(&self, now: Moment) -> u32 {
        self.base.wrapping_add(self.filled.max(self.ticks_at(now)) as u32)
    }

    /// Whether a packet of ours took a number since the last relayed one.
    pub(crate) fn spoke(&self) -> bool {
        self.spoke
    }

    /// A relayed packet leaves with this header: our own numbers go on behind it.
    pub(crate) fn relayed(&mut self, header: &Header, bytes: usize, ticks: u32) {
        let after = header.sequence.wrapping_add(1);
        if after.wrapping_sub(self.sequence) < 0x8000 {
            self.sequence = after;
        }
        let end = header.timestamp.wrapping_sub(self.base).wrapping_add(ticks);
        let ahead = end.wrapping_sub(self.filled as u32) as i32;
        self.filled += u64::from(ahead.max(0).unsigned_abs());
        self.packets += 1;
        self.octets += bytes as u64;
        self.spoke = false;
        self.talking = false;
    }

    fn ticks_at(&self, now: Moment) -> u64 {
        (now - self.epoch).as_micros() as u64 * CLOCK_HZ / 1_000_000
    }

    fn header(&mut self, payload_type: u8, marker: bool, timestamp: u32, bytes: usize) -> Header {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        self.packets += 1;
        self.octets += bytes as u64;
        self.spoke = true;
        Header { payload_type, marker, sequence, timestamp, ssrc: self.ssrc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing() -> Outgoing {
        Outgoing::new(Moment::from_millis(500), &mut Random::new(3))
    }

    fn at(ms: u64) -> Moment {
        Moment::from_millis(500 + ms)
    }

    #[test]
    fn timestamps_follow_each_other_and_jump_with_the_wall_after_silence() {
        let mut out = outgoing();
        let base = out.base;
        let mut one = |ms| {
            let header = out.sound(at(ms), 8, 160);
            (header.timestamp.wrapping_sub(base), header.marker)
        };
        assert_eq!([one(0), one(20), one(41)], [(0, true), (160, false), (320, false)]);
        out.fall_silent();
        let later = out.sound(at(1_000), 8, 160);
        assert_eq!((later.timestamp.wrapping_sub(base), later.marker), (8_000, true));
    }

    #[test]
    fn the_timestamp_never_runs_back_when_a_play_replaces_another_at_once() {
        let mut out = outgoing();
        let first = out.sound(at(0), 8, 160);
        out.fall_silent();
        let second = out.sound(at(5), 8, 160);
        assert_eq!(second.timestamp.wrapping_sub(first.timestamp), 160);
        assert_eq!(out.room_for(160), at(20));
    }

    #[test]
    fn streams_begin_at_random_numbers() {
        let mut random = Random::new(3);
        let (a, b) = (Outgoing::new(at(0), &mut random), Outgoing::new(at(0), &mut random));
        assert!(a.ssrc != b.ssrc && a.base != b.base && a.sequence != b.sequence);
    }
}
