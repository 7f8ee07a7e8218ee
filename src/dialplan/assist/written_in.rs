//! What a file brings along itself: its queues, its variables, the words of its prompts.

use super::outline::{FlowPart, Line};
use super::{Document, Known};
use ids::Lang;

/// Characters of a prompt's words in one line of a list.
const WORDS_CHARS_MAX: usize = 80;

impl Document {
    /// The values that lines of this name have in steps of this verb, each once.
    pub(super) fn values(&self, verb: &str, line: &str) -> Vec<String> {
        let steps = self.flows.iter().flat_map(FlowPart::steps);
        let steps = steps.filter(|step| step.head.name() == verb);
        let values = steps.flat_map(|step| {
            let short = step.head.property(line);
            let long = step.lines.iter().filter(|l| l.name() == line);
            short.into_iter().chain(long.filter_map(|l| l.plain(1)))
        });
        let mut found: Vec<String> = values.map(|word| word.text.clone()).collect();
        found.retain(|value| !value.is_empty());
        found.sort();
        found.dedup();
        found
    }

    /// Variables that its steps make: by `set`, by `ask … into`, by `take` of an `http`.
    pub(super) fn variables(&self) -> Vec<String> {
        let mut found = self.values("set", "value");
        found.extend(self.values("ask", "into").into_iter().filter(|name| name != "case"));
        found.extend(self.values("http", "take"));
        found
    }

    /// The names of a flow's steps, with their verbs.
    pub(super) fn steps_of(&self, flow: usize) -> Vec<(&str, &str)> {
        let steps = self.flows.get(flow).into_iter().flat_map(FlowPart::steps);
        steps.filter_map(|b| Some((b.label()?.text.as_str(), b.head.name()))).collect()
    }

    /// The prompts that a line of a step plays: `prompt in_greeting`, `short verify_pin_short`.
    pub(super) fn plays(line: &Line) -> Option<&str> {
        let plays = matches!(line.name(), "prompt" | "short");
        line.plain(1).filter(|_| plays).map(|word| word.text.as_str())
    }
}

/// A prompt's words in a language as its catalogue has them, without the id.
pub(super) fn words(known: &Known<'_>, lang: Lang, id: &str) -> Option<String> {
    let source = known.texts.source(lang, id)?;
    let words = source.split_once('=').map_or(source.as_str(), |(_, words)| words);
    Some(words.trim().to_owned())
}

/// The same on one line.
pub(super) fn short_words(known: &Known<'_>, lang: Lang, id: &str) -> String {
    let words = words(known, lang, id).unwrap_or_default();
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WORDS_CHARS_MAX) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}
