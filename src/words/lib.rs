//! Words: the texts of the hotline in its languages, and everything that is said of numbers.
//!
//! Owns: catalogues, amounts, dates, times, counts and digits as people say them, key names, and which
//! clips make a sentence.
//! Never: audio, files, clocks.

mod amount;
mod calendar;
mod catalogue;
mod digits;
mod en;
mod grammar;
mod inventory;
mod it;
mod limits;
mod noun;
mod pattern;
mod phrase;
mod pl;
mod pt;
mod sentence;
mod slug;
mod speak;
mod value;
mod written;

pub use catalogue::{Catalogue, CatalogueError, CatalogueProblem, SentenceError, TEXT_ONLY_PREFIX};
pub use digits::{DigitsError, key_name};
pub use grammar::Gender;
pub use inventory::{ClipKind, ClipSpec, amount_clips, inventory};
pub use limits::*;
pub use noun::{Noun, UnknownNoun};
pub use phrase::Form;
pub use sentence::{Piece, Sentence, pause, spoken_line};
pub use speak::{SpeakError, speak};
pub use value::{Args, Value, ValueError};
