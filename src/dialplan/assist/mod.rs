//! What an editor asks about a flow file while somebody writes it: what could stand here, what is this,
//! where does it lead, who leads here, another name for it.
//!
//! Pure: over the text alone, sound or not. The language server in `parley` only carries questions and
//! answers. Faults come from [`crate::Draft`], the layout from [`crate::format`].
//!
//! Owns: an outline that survives a half-typed file, the names in it, and answers about them.
//! Never: a file, a clock, a message of the editor's protocol.

mod complete;
mod hover;
mod mend;
mod names;
mod offers;
mod outline;
mod place;
mod rename;
mod symbols;
#[cfg(test)]
mod tests;
mod written_in;

pub use complete::{Kind, Proposal};
pub use hover::Note;
pub use mend::{Edit, mend};
pub use place::Place;
pub use rename::RenameError;
pub use symbols::{Symbol, SymbolKind};

use crate::limits::SOURCE_BYTES_MAX;
use crate::texts::Texts;
use ids::Lang;
use names::{Mention, Named};
use outline::FlowPart;
use place::Places;
use std::ops::Range;

/// What is known beside the file.
pub struct Known<'k> {
    /// The prompts.
    pub texts: &'k dyn Texts,
    /// Queues named in other files.
    pub queues: &'k [String],
    /// Telephone numbers of the firm.
    pub numbers: &'k [String],
}

/// A flow file as it stands in an editor.
#[derive(Debug)]
pub struct Document {
    text: String,
    places: Places,
    flows: Vec<FlowPart>,
    mentions: Vec<Mention>,
}

impl Document {
    /// Looks over a text. One larger than a flow file may be has no outline; the checker says why.
    pub fn read(text: String) -> Self {
        let small = text.len() <= SOURCE_BYTES_MAX;
        let flows = if small { outline::flows(&text) } else { Vec::new() };
        let mentions = names::mentions(&flows);
        Self { places: Places::of(&text), text, flows, mentions }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte.
    pub fn place(&self, byte: usize) -> Place {
        self.places.place(&self.text, byte)
    }

    /// The byte of a place; behind the end of a line it is that end.
    pub fn byte(&self, place: Place) -> usize {
        self.places.byte(&self.text, place)
    }

    /// Where the step or the flow that is named here stands.
    pub fn definition(&self, at: usize) -> Option<Range<usize>> {
        let here = self.mention(at)?;
        let there = self.mentions.iter().find(|m| m.defines && m.named == here.named)?;
        Some(there.span.clone())
    }

    /// Everywhere that the step or the flow here is named, with its own place or without.
    pub fn references(&self, at: usize, with_own: bool) -> Vec<Range<usize>> {
        let Some(here) = self.mention(at) else { return Vec::new() };
        let same = self.mentions.iter().filter(|m| m.named == here.named);
        same.filter(|m| with_own || !m.defines).map(|m| m.span.clone()).collect()
    }

    /// Where this step of this flow stands, for the way to a fault.
    pub fn step(&self, flow: &str, step: &str) -> Option<Range<usize>> {
        let named = |word: Option<&outline::Word>, name: &str| word.is_some_and(|w| w.text == name);
        let flow = self.flows.iter().find(|part| named(part.name(), flow))?;
        let block = flow.steps().find(|block| named(block.label(), step))?;
        block.label().map(|word| word.span.clone())
    }

    /// The flow that a `call` names here, though it stands in another file.
    pub fn called_elsewhere(&self, at: usize) -> Option<&str> {
        let Named::Flow(name) = &self.mention(at)?.named else { return None };
        self.flow(name).is_none().then_some(name)
    }

    /// Where the flow of this name stands.
    pub fn flow(&self, name: &str) -> Option<Range<usize>> {
        let named = Named::Flow(name.to_owned());
        self.mentions.iter().find(|m| m.defines && m.named == named).map(|m| m.span.clone())
    }

    /// Where faults of flows of other files are told: at the first `call` that leaves the file.
    pub fn way_out(&self) -> Option<Range<usize>> {
        let calls = self.mentions.iter().filter(|m| !m.defines);
        let leaves = |m: &&Mention| match &m.named {
            Named::Flow(name) => self.flow(name).is_none(),
            Named::Step(..) => false,
        };
        calls.filter(leaves).map(|m| m.span.clone()).next()
    }

    /// The queues that its steps name, for completion in other files.
    pub fn queues(&self) -> Vec<String> {
        self.values("queue", "to")
    }

    fn mention(&self, at: usize) -> Option<&Mention> {
        self.mentions.iter().find(|mention| mention.span.start <= at && at <= mention.span.end)
    }

    /// The languages that the file declares; all voices where it says nothing.
    fn languages(&self) -> Vec<Lang> {
        let lines = self.flows.iter().flat_map(|flow| &flow.lines);
        let named = lines.filter(|line| line.name() == "languages");
        let tags = named.flat_map(|line| line.words.iter().skip(1));
        let mut found: Vec<Lang> = tags.filter_map(|word| word.text.parse().ok()).collect();
        found.dedup();
        if found.is_empty() { Lang::VOICES.to_vec() } else { found }
    }
}
