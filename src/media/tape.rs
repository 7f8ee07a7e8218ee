//! What both sides of a leg say, laid side by side on one clock: left the peer, right us.
//!
//! ```text
//!   theirs ──timestamp──┐
//!                       ├──► window of 0.8 s ──0.2 s behind──► TapePart::Sound, without a hole
//!   ours ────timestamp──┘        masked: counted, not kept ──► TapePart::Masked
//! ```
//! A packet stands where its timestamp puts it behind the first of its source, so that loss is silence of
//! the right length and a late packet still finds its place; a clock that leaves the wall's by more than
//! 0.2 s is anchored anew. What is said under a mask never reaches the window, nor does what is said in the
//! fifth of a second after it: the tail of a key's tone may lie there.
//!
//! Owns: where on the tape sound belongs; the length of masks. Never: a file; why something is masked.

use crate::limits::{TAPE_BLOCK_FRAMES, TAPE_LAG_FRAMES, TAPE_MASK_TAIL, TAPE_WINDOW_FRAMES};
use ids::Moment;

/// One moment of a leg: the peer's sample, ours.
pub type Frame = [i16; 2];

/// What comes off the tape, in order: together the whole time since it began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TapePart<'t> {
    /// 8,000 frames a second; at most [`TAPE_BLOCK_FRAMES`].
    Sound(&'t [Frame]),
    /// So many frames were masked, under this number.
    Masked {
        /// As [`crate::command::Taping::Mask`] named it.
        mask: u32,
        /// How many.
        frames: u64,
    },
}

/// Which channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Theirs = 0,
    Ours = 1,
}

/// Where a source's timestamps lie on the tape.
#[derive(Clone, Copy)]
struct Anchor {
    ssrc: u32,
    timestamp: u32,
    at: u64,
}

#[derive(Clone, Copy)]
enum State {
    Open,
    /// `until`: where it ends, once that is known.
    Masked {
        mask: u32,
        until: Option<u64>,
    },
}

/// The tape of one leg. `take` gets the parts; when it answers false the tape has ended.
pub(crate) struct Tape {
    began: Moment,
    /// Frames that came off it.
    done: u64,
    window: Box<[Frame]>,
    anchors: [Option<Anchor>; 2],
    state: State,
}

impl Tape {
    pub(crate) fn new(now: Moment) -> Self {
        let window = vec![[0; 2]; TAPE_WINDOW_FRAMES].into_boxed_slice();
        Self { began: now, done: 0, window, anchors: [None; 2], state: State::Open }
    }

    /// Lays down sound of a source; `decode` fills the samples in.
    pub(crate) fn lay(
        &mut self,
        now: Moment,
        side: Side,
        (ssrc, timestamp): (u32, u32),
        samples: impl ExactSizeIterator<Item = i16>,
    ) {
        let at = self.place(now, side, ssrc, timestamp);
        if matches!(self.state, State::Masked { .. }) {
            return;
        }
        for (n, sample) in samples.enumerate() {
            let index = (at + n as u64).checked_sub(self.done);
            let frame = index.and_then(|index| self.window.get_mut(index as usize));
            if let Some(frame) = frame {
                frame[side as usize] = sample;
            }
        }
    }

    fn place(&mut self, now: Moment, side: Side, ssrc: u32, timestamp: u32) -> u64 {
        let here = self.frames_at(now);
        let anchor = &mut self.anchors[side as usize];
        let known = anchor.filter(|anchor| anchor.ssrc == ssrc).and_then(|anchor| {
            let moved = timestamp.wrapping_sub(anchor.timestamp) as i32;
            let at = anchor.at.checked_add_signed(moved.into())?;
            (at.abs_diff(here) <= TAPE_LAG_FRAMES).then_some(at)
        });
        let at = known.unwrap_or(here);
        // moved along: timestamps wrap, and a call may be longer than half their circle
        *anchor = Some(Anchor { ssrc, timestamp, at });
        at
    }

    /// From now on nothing is kept, under this number.
    pub(crate) fn mask(
        &mut self,
        now: Moment,
        mask: u32,
        take: &mut dyn FnMut(TapePart<'_>) -> bool,
    ) -> bool {
        let here = self.frames_at(now);
        let going = match self.state {
            State::Open => self.hand_out(here, take),
            State::Masked { mask: before, .. } => self.end_mask(before, here, take),
        };
        self.window.fill([0; 2]);
        self.state = State::Masked { mask, until: None };
        going
    }

    /// The mask is over, a fifth of a second from now.
    pub(crate) fn unmask(&mut self, now: Moment) {
        let end = self.frames_at(now + TAPE_MASK_TAIL);
        if let State::Masked { until, .. } = &mut self.state {
            *until = Some(end);
        }
    }

    /// When [`Tape::handle_timeout`] wants to be called.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        let frames = match self.state {
            State::Open => self.done + TAPE_BLOCK_FRAMES as u64 + TAPE_LAG_FRAMES,
            State::Masked { until, .. } => until?,
        };
        Some(self.began + std::time::Duration::from_micros(frames * 125))
    }

    /// Hands out what nothing can change any more.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Moment,
        take: &mut dyn FnMut(TapePart<'_>) -> bool,
    ) -> bool {
        let here = self.frames_at(now);
        match self.state {
            State::Open => self.hand_out_blocks(here.saturating_sub(TAPE_LAG_FRAMES), take),
            State::Masked { mask, until: Some(until) } if until <= here => {
                let going = self.end_mask(mask, until, take);
                self.state = State::Open;
                going
            }
            State::Masked { .. } => true,
        }
    }

    /// Hands out all there is: the leg is over.
    pub(crate) fn finish(&mut self, now: Moment, take: &mut dyn FnMut(TapePart<'_>) -> bool) {
        let here = self.frames_at(now);
        match self.state {
            State::Open => drop(self.hand_out(here, take)),
            State::Masked { mask, .. } => drop(self.end_mask(mask, here, take)),
        }
    }

    fn end_mask(
        &mut self,
        mask: u32,
        until: u64,
        take: &mut dyn FnMut(TapePart<'_>) -> bool,
    ) -> bool {
        let frames = until.saturating_sub(self.done);
        self.done += frames;
        frames == 0 || take(TapePart::Masked { mask, frames })
    }

    /// Whole blocks up to there.
    fn hand_out_blocks(&mut self, to: u64, take: &mut dyn FnMut(TapePart<'_>) -> bool) -> bool {
        let blocks = to.saturating_sub(self.done) / TAPE_BLOCK_FRAMES as u64;
        self.hand_out(self.done + blocks * TAPE_BLOCK_FRAMES as u64, take)
    }

    /// Everything up to there; what lies beyond the window is silence.
    fn hand_out(&mut self, to: u64, take: &mut dyn FnMut(TapePart<'_>) -> bool) -> bool {
        while self.done < to {
            let count = (to - self.done).min(TAPE_BLOCK_FRAMES as u64) as usize;
            if !take(TapePart::Sound(&self.window[..count])) {
                return false;
            }
            self.window.copy_within(count.., 0);
            let left = self.window.len() - count;
            self.window[left..].fill([0; 2]);
            self.done += count as u64;
        }
        true
    }

    fn frames_at(&self, now: Moment) -> u64 {
        now.since(self.began).as_micros() as u64 / 125
    }
}
