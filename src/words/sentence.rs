//! What will be heard: words cut into the clips that make them.

use ids::Lang;
use std::sync::Arc;

/// One spoken sentence (or a few) in one language, as the clips that make it, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// Whose voice.
    pub lang: Lang,
    /// The parts in order.
    pub pieces: Vec<Piece>,
}

/// One part of a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// A clip that is rendered or recorded before the call.
    Clip {
        /// The clip's name within its language, such as `balance.2` or `unit.dwadziescia-dwa.m`.
        id: Arc<str>,
        /// The words it says.
        text: Arc<str>,
    },
    /// Silence, in milliseconds.
    Pause(u16),
    /// Free text (a name) that is spoken by the names engine, or from its cache.
    Name(Arc<str>),
}

impl Sentence {
    /// The words as text, one space between parts, pauses left out (no space before `.`, `,`, `:`).
    pub fn text(&self) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            let words: &str = match piece {
                Piece::Clip { text, .. } => text,
                Piece::Name(name) => name,
                Piece::Pause(_) => continue,
            };
            let glued = words.starts_with(['.', ',', ':', ';', '?', '!']);
            if !out.is_empty() && !glued {
                out.push(' ');
            }
            out.push_str(words.trim());
        }
        out
    }
}
