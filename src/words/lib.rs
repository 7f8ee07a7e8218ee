//! words
mod sentence;
pub use sentence::{Piece, Sentence};
