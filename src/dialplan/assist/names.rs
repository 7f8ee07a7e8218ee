//! Where steps and flows are named: definitions, ways that lead to them, tests that expect them.
//!
//! Owns: which word of which line is the name of a step.
//! Never: a name that the language gives (`end`, verbs, prompts).

use super::outline::{Block, FlowPart, Line, Word};
use crate::plan::Outcome;
use crate::verbs::{ALL, Spec};
use std::ops::Range;

/// What a name stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Named {
    /// A step of the flow with this index.
    Step(usize, String),
    Flow(String),
}

/// One place where it is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mention {
    pub(super) named: Named,
    /// The word, quotes included.
    pub(super) span: Range<usize>,
    pub(super) defines: bool,
}

/// The verb with this name.
pub(super) fn spec(verb: &str) -> Option<&'static Spec> {
    ALL.iter().find(|spec| spec.name == verb).copied()
}

/// Whether this line of a step binds an outcome: a verb's own line of that name goes first.
pub(super) fn is_outcome(verb: &str, line: &str) -> bool {
    let own = spec(verb).is_some_and(|spec| {
        spec.words.iter().any(|w| w.name == line)
            && !spec.outcomes.iter().any(|w| w.outcome.to_string() == line)
    });
    Outcome::named(line).is_some() && !own
}

/// The word of a step's line that names the step it leads to.
pub(super) fn target<'l>(verb: &str, line: &'l Line) -> Option<&'l Word> {
    match line.name() {
        "key" | "if" | "word" => line.plain(2),
        name if is_outcome(verb, name) => line.plain(1),
        _ => None,
    }
}

/// Every mention in the order of the file.
pub(super) fn mentions(flows: &[FlowPart]) -> Vec<Mention> {
    let mut found = Found { flows, list: Vec::new() };
    for (index, flow) in flows.iter().enumerate() {
        if let Some(name) = flow.name() {
            found.add(Named::Flow(name.text.clone()), name, true);
        }
        flow.lines.iter().for_each(|line| found.flow_line(index, line));
        for block in &flow.blocks {
            if block.is_test() { found.test(index, block) } else { found.step(index, block) }
        }
    }
    found.list.sort_by_key(|mention| mention.span.start);
    found.list
}

struct Found<'f> {
    flows: &'f [FlowPart],
    list: Vec<Mention>,
}

impl Found<'_> {
    fn add(&mut self, named: Named, word: &Word, defines: bool) {
        if !word.text.is_empty() {
            self.list.push(Mention { named, span: word.span.clone(), defines });
        }
    }

    fn leads_to(&mut self, flow: usize, word: Option<&Word>) {
        if let Some(word) = word.filter(|word| word.text != "end") {
            self.add(Named::Step(flow, word.text.clone()), word, false);
        }
    }

    fn flow_line(&mut self, flow: usize, line: &Line) {
        match line.name() {
            "entry" | "emergency" => self.leads_to(flow, line.plain(1)),
            "on" => {
                for word in line.words.iter().filter(|word| word.key.is_some()) {
                    self.leads_to(flow, Some(word));
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, flow: usize, block: &Block) {
        if let Some(name) = block.label() {
            self.add(Named::Step(flow, name.text.clone()), name, true);
        }
        let verb = block.head.name();
        for word in &block.head.words {
            match &word.key {
                Some((key, _)) if is_outcome(verb, key) => self.leads_to(flow, Some(word)),
                Some((key, _)) if verb == "call" && key == "flow" => {
                    self.add(Named::Flow(word.text.clone()), word, false);
                }
                _ => {}
            }
        }
        for line in &block.lines {
            if let (Some(word), "call", "flow") = (line.plain(1), verb, line.name()) {
                self.add(Named::Flow(word.text.clone()), word, false);
            } else {
                self.leads_to(flow, target(verb, line));
            }
        }
    }

    fn test(&mut self, flow: usize, block: &Block) {
        for line in block.lines.iter().filter(|line| line.name() == "expect") {
            let is_step = line.plain(1).is_some_and(|word| word.text == "step");
            if let (true, Some(word)) = (is_step, line.plain(2)) {
                let home = self.home(flow, &word.text);
                self.add(Named::Step(home, word.text.clone()), word, false);
            }
        }
    }

    /// The flow whose step a test means: its own, else the first that has such a step.
    fn home(&self, own: usize, step: &str) -> usize {
        let has = |flow: &FlowPart| {
            flow.steps().any(|block| block.label().is_some_and(|name| name.text == step))
        };
        let first = self.flows.iter().position(has);
        if self.flows.get(own).is_some_and(has) { own } else { first.unwrap_or(own) }
    }
}
