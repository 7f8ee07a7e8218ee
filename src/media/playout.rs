//! A source's sound on the clock of whoever mixes it: a bounded buffer, and something to hear where a packet is
//! missing.
//!
//! ```text
//!   packet ──timestamp──► ring of 0.2 s ──160 samples a tick──► mix
//!                           ▲ 40 ms ahead of the reader at first; late: dropped; too far: begun anew
//! ```
//! A frame of which nothing came is the one before at half its level, for 60 ms at most, then silence.
//!
//! Owns: where the reader is. Never: a codec; who hears it.

use crate::limits::{MIX_AHEAD_SAMPLES, MIX_CONCEAL_FRAMES, MIX_FRAME, MIX_RING_SAMPLES};

/// The buffer of one source.
pub(crate) struct Playout {
    ring: Box<[i16; MIX_RING_SAMPLES]>,
    /// Samples of the ring that came.
    here: Box<[bool; MIX_RING_SAMPLES]>,
    /// The timestamp that the reader is at, by source; `None` before the first packet.
    reader: Option<(u32, u32)>,
    /// Where in the ring that is: timestamps wrap elsewhere than the ring.
    cursor: usize,
    last: [i16; MIX_FRAME],
    /// Frames made up on end.
    made_up: u32,
    pub(crate) late: u64,
}

impl Default for Playout {
    fn default() -> Self {
        Self {
            ring: Box::new([0; MIX_RING_SAMPLES]),
            here: Box::new([false; MIX_RING_SAMPLES]),
            reader: None,
            cursor: 0,
            last: [0; MIX_FRAME],
            made_up: MIX_CONCEAL_FRAMES,
            late: 0,
        }
    }
}

impl Playout {
    /// A packet of a source came.
    pub(crate) fn put(
        &mut self,
        (ssrc, timestamp): (u32, u32),
        samples: impl ExactSizeIterator<Item = i16>,
    ) {
        let known = self.reader.filter(|(source, _)| *source == ssrc);
        let ahead = known.map(|(_, at)| timestamp.wrapping_sub(at) as i32);
        let room = (MIX_RING_SAMPLES - samples.len().min(MIX_RING_SAMPLES)) as i32;
        let from = match ahead {
            Some(ahead) if (0..=room).contains(&ahead) => ahead as usize,
            // a little late: this one is gone, the stream stays where it is
            Some(ahead) if (-(MIX_RING_SAMPLES as i32)..0).contains(&ahead) && !self.is_quiet() => {
                return self.late += 1;
            }
            _ => {
                self.here.fill(false);
                self.reader = Some((ssrc, timestamp.wrapping_sub(MIX_AHEAD_SAMPLES as u32)));
                MIX_AHEAD_SAMPLES
            }
        };
        for (n, sample) in samples.enumerate().take(MIX_RING_SAMPLES - from) {
            let place = (self.cursor + from + n) % MIX_RING_SAMPLES;
            (self.ring[place], self.here[place]) = (sample, true);
        }
    }

    /// The next 20 ms; false: there is nothing to hear.
    pub(crate) fn take(&mut self, frame: &mut [i16; MIX_FRAME]) -> bool {
        let Some((_, at)) = &mut self.reader else { return false };
        *at = at.wrapping_add(MIX_FRAME as u32);
        let start = self.cursor;
        self.cursor = (start + MIX_FRAME) % MIX_RING_SAMPLES;
        let mut came = false;
        for (n, sample) in frame.iter_mut().enumerate() {
            let place = (start + n) % MIX_RING_SAMPLES;
            let is_here = std::mem::take(&mut self.here[place]);
            *sample = if is_here { self.ring[place] } else { 0 };
            came |= is_here;
        }
        if came {
            (self.last, self.made_up) = (*frame, 0);
            return true;
        }
        if self.is_quiet() {
            return false;
        }
        self.made_up += 1;
        self.last.iter_mut().for_each(|sample| *sample /= 2);
        *frame = self.last;
        true
    }

    /// Nothing came for so long that nothing is made up any more.
    fn is_quiet(&self) -> bool {
        self.made_up >= MIX_CONCEAL_FRAMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(level: i16) -> std::vec::IntoIter<i16> {
        vec![level; MIX_FRAME].into_iter()
    }

    fn levels(playout: &mut Playout, frames: usize) -> Vec<i16> {
        let mut out = [0; MIX_FRAME];
        (0..frames).map(|_| if playout.take(&mut out) { out[80] } else { -1 }).collect()
    }

    #[test]
    fn sound_comes_out_two_frames_later_whatever_order_it_came_in() {
        let mut playout = Playout::default();
        for (n, level) in [(0, 100), (2, 300), (1, 200), (3, 400)] {
            playout.put((7, n * 160), frame(level));
        }
        assert_eq!(levels(&mut playout, 6), [-1, -1, 100, 200, 300, 400]);
        assert_eq!(playout.late, 0);
    }

    #[test]
    fn what_is_missing_fades_within_60_ms_and_what_is_late_is_counted() {
        let mut playout = Playout::default();
        playout.put((7, 0), frame(800));
        assert_eq!(levels(&mut playout, 4), [-1, -1, 800, 400]);
        playout.put((7, 160), frame(999));
        assert_eq!((playout.late, levels(&mut playout, 4)), (1, vec![200, 100, -1, -1]));
        playout.put((7, 8_000), frame(500));
        assert_eq!(levels(&mut playout, 3), [-1, -1, 500], "a new talkspurt has its room again");
    }

    proptest! {
        #[test]
        fn whatever_comes_nothing_panics_and_a_steady_stream_is_heard_again(
            wild in proptest::collection::vec((any::<u32>(), any::<u32>(), 0_usize..700), 0..50)
        ) {
            let mut playout = Playout::default();
            let mut out = [0; MIX_FRAME];
            for (ssrc, timestamp, length) in wild {
                playout.put((ssrc, timestamp), vec![9; length].into_iter());
                playout.take(&mut out);
            }
            for n in 0..20_u32 {
                playout.put((1, n * 160), frame(700));
                playout.take(&mut out);
            }
            prop_assert_eq!(out[80], 700);
        }
    }
}
