//! The table of contents of a flow file: flows, their steps, their tests.

use super::Document;
use super::outline::{Block, FlowPart};
use std::ops::Range;

/// What a symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum SymbolKind {
    Flow,
    Step,
    Test,
}

/// A flow, a step or a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// Its name, a test's sentence; what stands there if it has none yet.
    pub name: String,
    /// The step's verb; empty for others.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// From its first word to its `}`.
    pub whole: Range<usize>,
    /// Its name alone.
    pub named: Range<usize>,
    /// What stands in a flow.
    pub children: Vec<Symbol>,
}

impl Document {
    /// The flows in the order of the file, each with its steps and tests.
    pub fn symbols(&self) -> Vec<Symbol> {
        self.flows.iter().map(flow).collect()
    }
}

fn flow(part: &FlowPart) -> Symbol {
    let children: Vec<Symbol> = part.blocks.iter().map(block).collect();
    let span = part.head.span.clone();
    let named = part.name().map_or(span.start..span.start, |word| word.span.clone());
    let name = part.name().map_or("flow", |word| &word.text).to_owned();
    // A block that a missing brace has put elsewhere still belongs to its flow.
    let end = children.iter().map(|child| child.whole.end).fold(span.end, usize::max);
    let kind = SymbolKind::Flow;
    Symbol { name, detail: String::new(), kind, whole: span.start..end, named, children }
}

fn block(block: &Block) -> Symbol {
    let span = block.head.span.clone();
    let named = block.label().map_or(span.start..span.start, |word| word.span.clone());
    let verb = block.head.name().to_owned();
    let name = block.label().map(|word| word.text.clone()).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| verb.clone());
    let (kind, detail) = match block.is_test() {
        true => (SymbolKind::Test, String::new()),
        false => (SymbolKind::Step, verb),
    };
    Symbol { name, detail, kind, whole: span, named, children: Vec::new() }
}
