//! The lines of a step as they were written, for comparing two versions: words and properties, no layout.

use kdl::{KdlEntry, KdlNode};

/// One line of a step's block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct StepLine {
    /// Its first word: `prompt`, `digits`, `tries` …
    pub(crate) name: String,
    /// The values behind it, in order.
    pub(crate) words: Vec<String>,
    /// Its properties, in the order of their names.
    pub(crate) settings: Vec<(String, String)>,
}

/// The lines of a step's block, in their order.
pub(crate) fn of(step: &KdlNode) -> Vec<StepLine> {
    step.children().map_or(&[][..], |block| block.nodes()).iter().map(line).collect()
}

fn line(node: &KdlNode) -> StepLine {
    let words = node.entries().iter().filter(|entry| entry.name().is_none()).map(plain).collect();
    let named = |entry: &KdlEntry| Some((entry.name()?.value().to_owned(), plain(entry)));
    let mut settings: Vec<_> = node.entries().iter().filter_map(named).collect();
    settings.sort();
    StepLine { name: node.name().value().to_owned(), words, settings }
}

/// A value as an admin would say it: without quotes, `true` and not `#true`.
fn plain(entry: &KdlEntry) -> String {
    match entry.value().as_string() {
        Some(text) => text.to_owned(),
        None => entry.value().to_string().trim_start_matches('#').to_owned(),
    }
}
