//! One play: a cursor over parts that all legs share.
//!
//! Owns: which playlist, and how far it has been heard.
//! Never: a copy of the audio; its size does not depend on the prompt's length.

use crate::command::{Part, Playlist};
use ids::PlayId;
use std::sync::Arc;

/// Encoded bytes (samples) a millisecond.
pub(crate) const BYTES_PER_MS: u32 = 8;

/// A playlist being played.
pub(crate) struct Player {
    pub(crate) play: PlayId,
    pub(crate) barge_in: bool,
    list: Arc<Playlist>,
    repeat: bool,
    part: usize,
    /// Bytes of that part that are done.
    offset: u32,
}

impl Player {
    pub(crate) fn new(play: PlayId, list: Arc<Playlist>, barge_in: bool, repeat: bool) -> Self {
        let repeat = repeat && list.parts.iter().any(|part| length(part) > 0);
        let mut player = Self { play, barge_in, list, repeat, part: 0, offset: 0 };
        player.settle();
        player
    }

    /// True when nothing is left to be heard.
    pub(crate) fn is_over(&self) -> bool {
        self.part >= self.list.parts.len()
    }

    /// Fills a whole frame with the next bytes; what lies beyond the end is silence.
    pub(crate) fn fill(&mut self, mut frame: &mut [u8], silence: u8) {
        while !frame.is_empty() {
            let Some(part) = self.list.parts.get(self.part) else {
                return frame.fill(silence);
            };
            let left = (length(part) - self.offset) as usize;
            let take = left.min(frame.len());
            let (head, rest) = frame.split_at_mut(take);
            copy(part, self.offset as usize, head, silence);
            frame = rest;
            self.go_on(take as u32);
        }
    }

    /// Leaves out so many bytes: they would be too late.
    pub(crate) fn skip(&mut self, mut bytes: u32) {
        while bytes > 0 && !self.is_over() {
            let left = length(&self.list.parts[self.part]) - self.offset;
            let take = left.min(bytes);
            bytes -= take;
            self.go_on(take);
        }
    }

    fn go_on(&mut self, bytes: u32) {
        self.offset += bytes;
        self.settle();
    }

    /// Moves on to the next part that has something left, from the start again if it repeats.
    fn settle(&mut self) {
        while let Some(part) = self.list.parts.get(self.part) {
            if self.offset < length(part) {
                return;
            }
            self.offset = 0;
            self.part += 1;
            if self.repeat && self.is_over() {
                self.part = 0;
            }
        }
    }
}

/// Bytes of a part; one whose bounds are wrong is empty.
fn length(part: &Part) -> u32 {
    match part {
        Part::Audio { bytes, start, end } => {
            if (*end as usize) <= bytes.len() {
                end.saturating_sub(*start)
            } else {
                0
            }
        }
        Part::Silence(ms) => u32::from(*ms) * BYTES_PER_MS,
    }
}

fn copy(part: &Part, offset: usize, head: &mut [u8], silence: u8) {
    match part {
        Part::Audio { bytes, start, .. } => {
            let from = *start as usize + offset;
            head.copy_from_slice(&bytes[from..from + head.len()]);
        }
        Part::Silence(_) => head.fill(silence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audio(bytes: &[u8], start: u32, end: u32) -> Part {
        Part::Audio { bytes: bytes.into(), start, end }
    }

    fn player(parts: Vec<Part>, repeat: bool) -> Player {
        Player::new(PlayId(1), Arc::new(Playlist { parts }), false, repeat)
    }

    fn frames(player: &mut Player, size: usize) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while !player.is_over() && all.len() < 10 {
            let mut frame = vec![0; size];
            player.fill(&mut frame, 0xD5);
            all.push(frame);
        }
        all
    }

    #[test]
    fn parts_are_joined_byte_by_byte_and_the_last_frame_is_filled_with_silence() {
        let parts = vec![audio(&[9, 1, 2, 3, 9], 1, 4), Part::Silence(0), audio(&[4, 5], 0, 2)];
        assert_eq!(frames(&mut player(parts, false), 4), [[1, 2, 3, 4], [5, 0xD5, 0xD5, 0xD5]]);
    }

    #[test]
    fn silence_lasts_its_milliseconds() {
        let got = frames(&mut player(vec![Part::Silence(1), audio(&[7; 4], 0, 4)], false), 4);
        assert_eq!(got, [[0xD5; 4], [0xD5; 4], [7; 4]]);
    }

    #[test]
    fn a_list_of_nothing_is_over_at_once_even_when_it_repeats() {
        for repeat in [false, true] {
            assert!(player(vec![], repeat).is_over());
            assert!(player(vec![Part::Silence(0), audio(&[], 0, 0)], repeat).is_over());
            assert!(player(vec![audio(&[1], 0, 7), audio(&[1, 2], 2, 1)], repeat).is_over());
        }
    }

    #[test]
    fn what_repeats_goes_on_without_a_seam() {
        let got = frames(&mut player(vec![audio(&[1, 2, 3], 0, 3)], true), 4);
        assert_eq!(got[..3], [[1, 2, 3, 1], [2, 3, 1, 2], [3, 1, 2, 3]]);
    }

    #[test]
    fn skipping_is_like_playing_without_being_heard() {
        let mut skipped = player(vec![audio(&[1, 2, 3], 0, 3), audio(&[4, 5, 6], 0, 3)], false);
        skipped.skip(4);
        assert_eq!(frames(&mut skipped, 2), [[5, 6]]);
        skipped.skip(1_000);
        assert!(skipped.is_over());
    }
}
