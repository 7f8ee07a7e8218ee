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
    /// Silence, in milliseconds. The lengths in [`pause`] carry the punctuation they stand for.
    Pause(u16),
    /// Free text (a name) that is spoken by the names engine, or from its cache.
    Name(Arc<str>),
}

/// The pauses a sentence can hold, and what each stands for in writing.
pub mod pause {
    use super::Piece;

    /// No silence: the words on both sides are written as one (Italian `mille` + `duecento`).
    /// A player may drop it.
    pub const JOINED: Piece = Piece::Pause(0);
    /// After a value before a comma, semicolon or colon: 120 ms, written `,`.
    pub const COMMA_MS: u16 = 120;
    /// Between groups of digits: 270 ms, written with nothing or, by [`super::spoken_line`], ` , `.
    pub const GROUP_MS: u16 = 270;
    /// After a value that ends a sentence: 250 ms as between all sentences, written `.`.
    pub const STOP_MS: u16 = 250;
}

impl Sentence {
    /// The words as text, one space between parts, digit groups unmarked.
    pub fn text(&self) -> String {
        write_out(self, "")
    }
}

/// The words on one line as `parley speak` prints them: digit groups are parted by ` , `.
pub fn spoken_line(sentence: &Sentence) -> String {
    write_out(sentence, " ,")
}

fn write_out(sentence: &Sentence, group_mark: &str) -> String {
    let mut line = Line { lang: sentence.lang, out: String::new(), glued: false };
    for piece in &sentence.pieces {
        match piece {
            Piece::Clip { text, .. } | Piece::Name(text) => line.word(text.trim()),
            Piece::Pause(0) => line.glued = true,
            Piece::Pause(pause::COMMA_MS) => line.out.push(','),
            Piece::Pause(pause::STOP_MS) => line.out.push('.'),
            Piece::Pause(pause::GROUP_MS) => line.out.push_str(group_mark),
            Piece::Pause(_) => {}
        }
    }
    line.out
}

struct Line {
    lang: Lang,
    out: String,
    glued: bool,
}

impl Line {
    fn word(&mut self, word: &str) {
        let glued = std::mem::take(&mut self.glued);
        if glued && self.lang == Lang::It {
            return crate::it::write_together(&mut self.out, word);
        }
        if !self.out.is_empty() && !glued {
            self.out.push(' ');
        }
        self.out.push_str(word);
    }
}
