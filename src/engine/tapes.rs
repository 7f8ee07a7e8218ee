//! The way of recorded sound from the media threads to the recorder: blocks that are made once and go round.
//!
//! ```text
//!   media threads ── full blocks, a bounded queue ──► recorder
//!        ▲─────────── empty blocks, as many ────────────┘
//! ```
//! A media thread never waits here, takes no lock and wakes nobody: the recorder looks by itself. Without an
//! empty block there is no room, and the tape ends.
//!
//! Owns: the blocks. Never: what becomes of them.

use crossbeam_channel::{Receiver, Sender, bounded};
use ids::LegId;
use media::limits::TAPE_BLOCK_FRAMES;
use media::{Frame, TapePart};

/// A piece of a leg's tape.
pub struct TapeBlock {
    leg: LegId,
    masked: Option<(u32, u64)>,
    count: usize,
    frames: [Frame; TAPE_BLOCK_FRAMES],
}

impl TapeBlock {
    fn empty() -> Box<Self> {
        Box::new(Self {
            leg: LegId(0),
            masked: None,
            count: 0,
            frames: [[0; 2]; TAPE_BLOCK_FRAMES],
        })
    }

    /// Whose.
    pub fn leg(&self) -> LegId {
        self.leg
    }

    /// What.
    pub fn part(&self) -> TapePart<'_> {
        match self.masked {
            Some((mask, frames)) => TapePart::Masked { mask, frames },
            None => TapePart::Sound(&self.frames[..self.count]),
        }
    }

    fn fill(&mut self, leg: LegId, part: TapePart<'_>) {
        self.leg = leg;
        match part {
            TapePart::Masked { mask, frames } => self.masked = Some((mask, frames)),
            TapePart::Sound(frames) => {
                self.masked = None;
                self.count = frames.len().min(TAPE_BLOCK_FRAMES);
                self.frames[..self.count].copy_from_slice(&frames[..self.count]);
            }
        }
    }
}

/// The recorder's end: take a block, then give it back.
pub struct Tapes {
    full: Receiver<Box<TapeBlock>>,
    empty: Sender<Box<TapeBlock>>,
}

impl Tapes {
    /// The next block, if one waits.
    pub fn next(&self) -> Option<Box<TapeBlock>> {
        self.full.try_recv().ok()
    }

    /// It can be filled again.
    pub fn give_back(&self, block: Box<TapeBlock>) {
        // there is a place for each block that was made
        let _ = self.empty.try_send(block);
    }
}

/// A media thread's end.
#[derive(Clone)]
pub(crate) struct TapeFeed {
    full: Sender<Box<TapeBlock>>,
    empty: Receiver<Box<TapeBlock>>,
}

impl TapeFeed {
    /// False when there is no room.
    pub(crate) fn take(&self, leg: LegId, part: TapePart<'_>) -> bool {
        let Ok(mut block) = self.empty.try_recv() else { return false };
        block.fill(leg, part);
        self.full.try_send(block).is_ok()
    }
}

/// Both ends, with so many blocks.
pub(crate) fn tapes(blocks: usize) -> (TapeFeed, Tapes) {
    let (full, filled) = bounded(blocks);
    let (empty, emptied) = bounded(blocks);
    for _ in 0..blocks {
        let _ = empty.try_send(TapeBlock::empty());
    }
    (TapeFeed { full, empty: emptied }, Tapes { full: filled, empty })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_go_round_and_without_an_empty_one_there_is_no_room() {
        let (feed, tapes) = tapes(2);
        assert!(feed.take(LegId(1), TapePart::Sound(&[[1, 2]; 3])));
        assert!(feed.take(LegId(2), TapePart::Masked { mask: 4, frames: 900 }));
        assert!(!feed.take(LegId(1), TapePart::Sound(&[[3, 4]])));
        let first = tapes.next().unwrap();
        assert_eq!((first.leg(), first.part()), (LegId(1), TapePart::Sound(&[[1, 2]; 3])));
        tapes.give_back(first);
        assert!(feed.take(LegId(1), TapePart::Sound(&[[5, 6]])));
        let second = tapes.next().unwrap();
        assert_eq!(second.part(), TapePart::Masked { mask: 4, frames: 900 });
        assert_eq!(tapes.next().unwrap().part(), TapePart::Sound(&[[5, 6]]));
        assert!(tapes.next().is_none());
    }
}
