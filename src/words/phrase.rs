//! A spoken value while it is being put together: units in order, joints and pauses between them.

use crate::sentence::{Piece, pause};
use crate::slug::slug;
use std::sync::Arc;

/// Whether a unit is followed by more words of the same phrase or ends it: the voice falls at the end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Form {
    /// More words follow.
    Medial,
    /// The phrase ends here.
    Final,
}

impl Form {
    /// The letter that ends the clip's id: `m` or `f`.
    pub const fn letter(self) -> &'static str {
        match self {
            Form::Medial => "m",
            Form::Final => "f",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Unit(String),
    Join,
    Gap(u16),
}

/// Units in order. A linking word ("e", "and", "de") is tied to the unit before it, because such a
/// small word cut out alone is not understood on a telephone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Phrase {
    parts: Vec<Part>,
}

impl Phrase {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn of(text: impl Into<String>) -> Self {
        Self::new().say(text)
    }

    /// Adds a unit.
    pub fn say(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Unit(text.into()));
        self
    }

    /// Ties a linking word to the last unit: `duzentos` becomes `duzentos e`.
    pub fn tie(mut self, word: &str) -> Self {
        if let Some(Part::Unit(text)) = self.parts.last_mut() {
            text.push(' ');
            text.push_str(word);
        }
        self
    }

    /// The next unit is written together with the last one (Italian numbers).
    pub fn join(mut self) -> Self {
        self.parts.push(Part::Join);
        self
    }

    /// A pause between groups of digits.
    pub fn gap(mut self) -> Self {
        self.parts.push(Part::Gap(pause::GROUP_MS));
        self
    }

    /// Adds everything `other` says.
    pub fn then(mut self, other: Phrase) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// The units with their forms, the last one in form `end`.
    pub fn units(&self, end: Form) -> impl Iterator<Item = (&str, Form)> {
        let last = self.parts.iter().rposition(|p| matches!(p, Part::Unit(_)));
        self.parts.iter().enumerate().filter_map(move |(at, part)| match part {
            Part::Unit(text) if Some(at) == last => Some((text.as_str(), end)),
            Part::Unit(text) => Some((text.as_str(), Form::Medial)),
            Part::Join | Part::Gap(_) => None,
        })
    }

    /// The pieces to play, the last unit in form `end`.
    pub fn pieces(&self, end: Form) -> Vec<Piece> {
        let mut units = self.units(end);
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Unit(_) => units.next().map(|(text, form)| unit(text, form)),
                Part::Join => Some(pause::JOINED),
                Part::Gap(ms) => Some(Piece::Pause(*ms)),
            })
            .collect()
    }
}

/// The clip id of a unit: `unit.<its words in ASCII>.<m or f>`.
pub(crate) fn unit_id(text: &str, form: Form) -> String {
    format!("unit.{}.{}", slug(text), form.letter())
}

fn unit(text: &str, form: Form) -> Piece {
    Piece::Clip { id: unit_id(text, form).into(), text: Arc::from(text) }
}
