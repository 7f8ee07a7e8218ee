//! A sentence as the bytes that a call plays.

use crate::library::Library;
use crate::limits::G722_SETTLES_MS;
use audio::coding::{BYTES_PER_MS, Coding};
use std::sync::Arc;
use words::{Piece, Sentence};

/// Encoded audio: `bytes[start..end]`, 8,000 a second whatever the coding, shared by all calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slice {
    /// The shared bytes.
    pub bytes: Arc<[u8]>,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Slice {
    /// The bytes themselves.
    pub fn audio(&self) -> &[u8] {
        &self.bytes[self.start as usize..self.end as usize]
    }

    /// How long it plays, in ms.
    pub fn ms(&self) -> u32 {
        (self.end - self.start) / BYTES_PER_MS
    }
}

/// One part to play.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlayPart {
    /// Audio.
    Slice(Slice),
    /// Silence of this many milliseconds.
    Silence(u16),
    /// A clip that no pack and no recording has: play the rest, raise an alarm.
    Missing(MissingClip),
    /// A name without a clip: ask [`crate::NameVoice`] on a worker thread, or use the wording without it.
    Name(Arc<str>),
}

/// A clip that is not there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MissingClip {
    /// Its id.
    pub id: Arc<str>,
    /// The words it would say.
    pub text: Arc<str>,
}

/// A sentence looked up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Resolved {
    /// What to play, in order.
    pub parts: Vec<PlayPart>,
    /// What could not be found; also in `parts`.
    pub missing: Vec<MissingClip>,
}

impl Resolved {
    /// G.722 remembers: each clip is made to follow silence, so some must be before it.
    fn settle_before(&mut self, part: &PlayPart) {
        let silence = |part: &PlayPart| matches!(part, PlayPart::Silence(_));
        let has = self.parts.iter().rev().take_while(|part| silence(part));
        let has_ms: u32 =
            has.map(|p| if let PlayPart::Silence(ms) = p { u32::from(*ms) } else { 0 }).sum();
        if !silence(part) && has_ms < u32::from(G722_SETTLES_MS) {
            self.parts.push(PlayPart::Silence(G722_SETTLES_MS - has_ms as u16));
        }
    }

    /// How long the known parts play, in ms.
    pub fn ms(&self) -> u32 {
        let part_ms = |part: &PlayPart| match part {
            PlayPart::Slice(slice) => slice.ms(),
            PlayPart::Silence(ms) => u32::from(*ms),
            PlayPart::Missing(_) | PlayPart::Name(_) => 0,
        };
        self.parts.iter().map(part_ms).sum()
    }
}

impl Library {
    /// Looks up every piece of a sentence; copies nothing but references. Missing clips do not stop it.
    pub fn resolve(&self, sentence: &Sentence, coding: impl Into<Coding>) -> Resolved {
        let coding = coding.into();
        let mut resolved = Resolved::default();
        for piece in &sentence.pieces {
            let part = match piece {
                Piece::Pause(0) => continue,
                Piece::Pause(ms) => PlayPart::Silence(*ms),
                Piece::Name(name) => self
                    .name(sentence.lang, name, coding)
                    .map_or_else(|| PlayPart::Name(name.clone()), PlayPart::Slice),
                Piece::Clip { id, text, .. } => match self.clip(sentence.lang, id, coding) {
                    Some(slice) => PlayPart::Slice(slice),
                    None => {
                        let missing = MissingClip { id: id.clone(), text: text.clone() };
                        resolved.missing.push(missing.clone());
                        PlayPart::Missing(missing)
                    }
                },
            };
            if coding == Coding::G722 {
                resolved.settle_before(&part);
            }
            resolved.parts.push(part);
        }
        resolved
    }
}
