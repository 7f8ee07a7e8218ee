//! Sound held back just so long that its packets are there when their turn comes.
//!
//! ```text
//!  arrivals   │1│ │2│     │3││4│ │5│          their delay varies: "transit" = arrival - timestamp
//!  turns          │1│ │2│ │3│ │4│ │5│         turn = timestamp + offset
//! ```
//! The delay wanted is what the slowest packet of the last four to eight seconds took longer than the
//! quickest, and one step of the clock that takes the sound out: 20 to 200 ms. It grows at once, and shrinks by
//! 10 ms at a time when whoever listens hears that nothing is said ([`JitterBuffer::shrink`]). What comes after
//! its turn even so is dropped and counted.
//!
//! Bytes are kept by their timestamp, one a tick (G.711 and G.722 at 64 kbit/s), so packets of any length come
//! out in pieces of any length. Used only where sound is decoded: to transcode, to re-frame, to mix; a plain
//! bridge passes packets on in the same turn.
//!
//! Owns: the ring of half a second, the offset. Never: what the bytes say; a packet's way out. Nothing is
//! allocated after [`JitterBuffer::new`].

use crate::limits::{PLAYOUT_DELAY_MS, PLAYOUT_SHRINK_EVERY};
use ids::Moment;
use rtp::Packet;

/// Ticks that the ring holds: what may wait (`PLAYOUT_DELAY_MS` and a packet) and as much again.
const RING: usize = 4_096;
const TICKS_PER_MS: u32 = 8;
/// Ticks of 10 ms, by which the delay changes.
const NOTCH: i32 = 80;
/// Half of the time that transits are remembered for, in ticks: 4 s.
const BUCKET: i32 = 32_000;
/// A transit so far off the others is another clock's: 400 ms.
const JUMP: u32 = 3_200;

/// What [`JitterBuffer::take`] found: so many ticks of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taken {
    /// Sound.
    Sound(usize),
    /// Nothing came, or not in time.
    Gap(usize),
}

/// Shortest and longest transit of a while.
#[derive(Clone, Copy, Debug)]
struct Spread {
    least: i32,
    most: i32,
}

impl Spread {
    const NONE: Self = Self { least: i32::MAX, most: i32::MIN };

    fn with(self, other: Self) -> Self {
        Self { least: self.least.min(other.least), most: self.most.max(other.most) }
    }
}

/// What is known of the source's clock, all in ticks relative to the first packet's transit.
#[derive(Clone, Copy, Debug)]
struct Timing {
    origin: u32,
    /// Turn = timestamp + origin + offset.
    offset: i32,
    /// This while's and the last one's.
    spreads: [Spread; 2],
    /// When this while began.
    since: u32,
    /// Timestamp up to which everything had its turn.
    done: u32,
}

/// The buffer of one stream.
pub(crate) struct JitterBuffer {
    bytes: Box<[u8; RING]>,
    there: Box<[bool; RING]>,
    timing: Option<Timing>,
    step: i32,
    shrunk: Moment,
    /// Packets that came after their turn.
    pub(crate) late: u64,
}

impl JitterBuffer {
    /// `step_ms`: how often sound is taken out.
    pub(crate) fn new(step_ms: u32) -> Self {
        Self {
            bytes: Box::new([0; RING]),
            there: Box::new([false; RING]),
            timing: None,
            step: (step_ms * TICKS_PER_MS) as i32,
            shrunk: Moment::START,
            late: 0,
        }
    }

    /// A packet came, and is none that came before. `restarted`: its source counts anew.
    pub(crate) fn put(&mut self, now: Moment, packet: &Packet<'_>, restarted: bool) {
        let transit = ticks(now).wrapping_sub(packet.timestamp);
        let known = self.timing.filter(|timing| {
            let off = ahead(transit, timing.origin).wrapping_sub(timing.spread().least);
            !restarted && off.unsigned_abs() <= JUMP
        });
        let mut timing = known.unwrap_or_else(|| self.begin(transit, packet.timestamp));
        timing.learn(ticks(now), transit);
        timing.fit(self.step);
        self.lay(&mut timing, packet);
        self.timing = Some(timing);
    }

    /// The next piece of `out.len()` ticks whose turn is at `at`: its beginning, as far as it is of one kind.
    pub(crate) fn take(&mut self, at: Moment, out: &mut [u8]) -> Taken {
        let Some(timing) = &mut self.timing else { return Taken::Gap(out.len()) };
        let first = ticks(at).wrapping_sub(timing.origin).wrapping_sub(timing.offset as u32);
        // what was left out must not be found again when the ring comes around
        for n in 0..ahead(first, timing.done).clamp(0, RING as i32) as u32 {
            self.there[timing.done.wrapping_add(n) as usize % RING] = false;
        }
        let place = |n: usize| first.wrapping_add(n as u32) as usize % RING;
        let is_there = self.there[place(0)];
        let run = (0..out.len()).take_while(|n| self.there[place(*n)] == is_there).count();
        for (n, byte) in out.iter_mut().enumerate().take(run) {
            *byte = self.bytes[place(n)];
            self.there[place(n)] = false;
        }
        let end = first.wrapping_add(run as u32);
        timing.done = if ahead(end, timing.done) > 0 { end } else { timing.done };
        if is_there { Taken::Sound(run) } else { Taken::Gap(run) }
    }

    /// When the turn of this packet is.
    pub(crate) fn turn_of(&self, now: Moment, packet: &Packet<'_>) -> Moment {
        let wait = self.timing.map_or(0, |timing| {
            let turn =
                packet.timestamp.wrapping_add(timing.origin).wrapping_add(timing.offset as u32);
            ahead(turn, ticks(now)).max(0)
        });
        now + std::time::Duration::from_micros(wait as u64 * 125)
    }

    /// Nothing is said just now: 10 ms may be left out, if the delay is longer than wanted. Not twice in a
    /// fifth of a second.
    pub(crate) fn shrink(&mut self, now: Moment) {
        let step = self.step;
        let Some(timing) = &mut self.timing else { return };
        if now.since(self.shrunk) >= PLAYOUT_SHRINK_EVERY
            && timing.delay() - timing.wanted(step) >= NOTCH
        {
            timing.offset -= NOTCH;
            self.shrunk = now;
        }
    }

    /// How long the quickest packet waits now, in ms.
    #[cfg(test)]
    pub(crate) fn delay_ms(&self) -> u32 {
        self.timing.map_or(0, |timing| timing.delay().max(0) as u32 / TICKS_PER_MS)
    }

    /// A new source, or a clock that jumped: what lies there is another's.
    fn begin(&mut self, transit: u32, timestamp: u32) -> Timing {
        self.there.fill(false);
        let offset = (*PLAYOUT_DELAY_MS.start() * TICKS_PER_MS) as i32;
        let spreads = [Spread::NONE; 2];
        let since = transit.wrapping_add(timestamp);
        Timing { origin: transit, offset, spreads, since, done: timestamp }
    }

    /// Lays the part whose turn is still to come where it belongs.
    fn lay(&mut self, timing: &mut Timing, packet: &Packet<'_>) {
        let late = ahead(timing.done, packet.timestamp).max(0) as usize;
        let Some(bytes) = packet.payload.get(late..).filter(|bytes| !bytes.is_empty()) else {
            self.late += 1;
            return;
        };
        let first = packet.timestamp.wrapping_add(late as u32);
        // what is further ahead than the ring would overwrite what is to come first
        let room = RING as i32 - ahead(first, timing.done);
        for (n, byte) in bytes.iter().enumerate().take(room.max(0) as usize) {
            let place = first.wrapping_add(n as u32) as usize % RING;
            self.bytes[place] = *byte;
            self.there[place] = true;
        }
    }
}

impl Timing {
    fn learn(&mut self, now: u32, transit: u32) {
        if ahead(now, self.since) > BUCKET {
            self.spreads = [Spread::NONE, self.spreads[0]];
            self.since = now;
        }
        let transit = ahead(transit, self.origin);
        self.spreads[0] = self.spreads[0].with(Spread { least: transit, most: transit });
    }

    /// What the quickest packet waits.
    fn delay(&self) -> i32 {
        self.offset - self.spread().least
    }

    fn wanted(&self, step: i32) -> i32 {
        let spread = self.spread();
        let [least, most] = [PLAYOUT_DELAY_MS.start(), PLAYOUT_DELAY_MS.end()]
            .map(|ms| (*ms * TICKS_PER_MS) as i32);
        (spread.most - spread.least + step).clamp(least, most)
    }

    fn spread(&self) -> Spread {
        self.spreads[0].with(self.spreads[1])
    }

    /// Grows to what is wanted at once, and is never beyond the most. What had its turn before may have it
    /// again: a packet that came too late is then heard after all.
    fn fit(&mut self, step: i32) {
        let (delay, wanted) = (self.delay(), self.wanted(step));
        let most = (*PLAYOUT_DELAY_MS.end() * TICKS_PER_MS) as i32;
        let by = match delay {
            _ if delay < wanted => ((wanted - delay + NOTCH - 1) / NOTCH * NOTCH).min(most - delay),
            _ if delay > most => most - delay,
            _ => 0,
        };
        self.offset += by;
        if by > 0 {
            self.done = self.done.wrapping_sub(by as u32);
        }
    }
}

fn ticks(at: Moment) -> u32 {
    (at.micros() / 125) as u32
}

/// How far `a` is ahead of `b`.
fn ahead(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b) as i32
}

#[cfg(test)]
mod tests;
