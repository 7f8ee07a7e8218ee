//! Reading one step: its lines by name, its outcomes, and complaints about the rest.

use crate::condition::Type;
use crate::fields::{Fields, did_you_mean, entry_span, name_span};
use crate::plan::Outcome;
use crate::source::Faults;
use crate::spoken::Spoken;
use crate::verbs::{Need, Spec};
use kdl::KdlNode;
use std::ops::Range;

/// An outcome and the name of the step it leads to.
pub(crate) struct Exit {
    pub(crate) outcome: Outcome,
    pub(crate) target: String,
    pub(crate) span: Range<usize>,
}

/// One step's node while it is read.
pub(crate) struct StepReader<'n, 'f, 's> {
    pub(crate) node: &'n KdlNode,
    pub(crate) faults: &'f mut Faults<'s>,
    pub(crate) exits: Vec<Exit>,
    /// The variables of the flow's `set` steps.
    pub(crate) variables: &'f [(String, Type)],
    taken: Vec<bool>,
}

impl<'n, 'f, 's> StepReader<'n, 'f, 's> {
    pub(crate) fn of(
        node: &'n KdlNode,
        variables: &'f [(String, Type)],
        faults: &'f mut Faults<'s>,
    ) -> Self {
        let children = node.children().map_or(0, |c| c.nodes().len());
        Self { node, faults, exits: Vec::new(), variables, taken: vec![false; children] }
    }

    fn children(&self) -> &'n [KdlNode] {
        self.node.children().map_or(&[], |c| c.nodes())
    }

    /// All lines with this name, in order.
    pub(crate) fn lines(&mut self, name: &str) -> Vec<&'n KdlNode> {
        let children = self.children();
        let mut found = Vec::new();
        for (child, taken) in children.iter().zip(&mut self.taken) {
            if child.name().value() == name && !*taken {
                *taken = true;
                found.push(child);
            }
        }
        found
    }

    /// The line with this name; a second one is a fault.
    pub(crate) fn line(&mut self, name: &str) -> Option<&'n KdlNode> {
        let found = self.lines(name);
        if let Some(second) = found.get(1) {
            let text = format!("'{name}' stands here twice");
            self.faults.error(name_span(second), text).help = Some("take one out".to_owned());
        }
        found.first().copied()
    }

    /// The line with this name, or a fault that says how to write it.
    pub(crate) fn needed(&mut self, name: &str, shape: &str) -> Option<&'n KdlNode> {
        let line = self.line(name);
        if line.is_none() {
            let verb = self.node.name().value();
            let fault =
                self.faults.error(name_span(self.node), format!("this '{verb}' has no '{name}'"));
            fault.help = Some(format!("add a line such as: {shape}"));
        }
        line
    }

    pub(crate) fn fields<'r>(&'r mut self, node: &'n KdlNode) -> Fields<'n, 'r, 's> {
        Fields::of(node, self.faults)
    }

    /// The `prompt` lines.
    pub(crate) fn prompts(&mut self) -> Vec<Spoken> {
        let lines = self.lines("prompt");
        lines.into_iter().filter_map(|line| Spoken::read(self.fields(line))).collect()
    }

    /// The `prompt` lines of a question: at least one.
    pub(crate) fn needed_prompts(&mut self, shape: &str) -> Vec<Spoken> {
        let lines = self.lines("prompt");
        if lines.is_empty() {
            let verb = self.node.name().value();
            let fault =
                self.faults.error(name_span(self.node), format!("this '{verb}' has no prompt"));
            fault.help = Some(format!("add a line such as: {shape}"));
        }
        lines.into_iter().filter_map(|line| Spoken::read(self.fields(line))).collect()
    }

    /// A prompt on a line of another name.
    pub(crate) fn prompt_line(&mut self, name: &str) -> Option<Spoken> {
        let line = self.line(name)?;
        Spoken::read(self.fields(line))
    }

    /// `tries 3`: how often a question may stay unanswered, 1–3.
    pub(crate) fn tries(&mut self) -> u8 {
        let most = crate::limits::MISSES_MAX;
        let Some(line) = self.line("tries") else { return most };
        let mut fields = self.fields(line);
        let read = fields.next().map(|entry| fields.bounded(entry, "tries", 1..=most));
        if read.is_none() {
            let fault = fields.faults.error(name_span(line), "'tries' needs a number after it");
            fault.help = Some(format!("write tries {most}"));
        }
        fields.finish(&[]);
        read.flatten().unwrap_or(most)
    }

    /// `type-ahead keep` or `type-ahead flush`: true to flush.
    pub(crate) fn flush(&mut self, habit: bool) -> bool {
        let on_line = self.line("type-ahead").and_then(|line| {
            let mut fields = self.fields(line);
            let word = fields.word("keep or flush");
            fields.finish(&[]);
            word
        });
        match on_line {
            None => habit,
            Some((word, span)) => self.keep_or_flush(&word, span, habit),
        }
    }

    fn keep_or_flush(&mut self, word: &str, span: Range<usize>, habit: bool) -> bool {
        match word {
            "keep" => false,
            "flush" => true,
            _ => {
                let fault = self.faults.error(span, format!("type-ahead is not '{word}'"));
                fault.help = Some("write type-ahead keep or type-ahead flush".to_owned());
                habit
            }
        }
    }

    /// A target that stands as the next argument of a line.
    pub(crate) fn exit(&mut self, outcome: Outcome, line: &'n KdlNode, fields_after: usize) {
        let args: Vec<_> = line.entries().iter().filter(|e| e.name().is_none()).collect();
        let target = args.get(fields_after);
        let text = target.and_then(|e| e.value().as_string());
        match (target, text) {
            (Some(entry), Some(text)) => {
                let span = entry_span(entry);
                self.exits.push(Exit { outcome, target: text.to_owned(), span });
            }
            _ => {
                let name = line.name().value();
                let text = format!("'{name}' needs the name of the step it leads to");
                let fault = self.faults.error(name_span(line), text);
                fault.help = Some("name a step of this flow, or write end".to_owned());
            }
        }
    }

    /// Reads the outcomes of the verb and complains about every line that has no meaning here.
    pub(crate) fn finish(mut self, spec: &Spec) -> Vec<Exit> {
        for way in spec.outcomes {
            let name = way.outcome.to_string();
            for (index, line) in self.lines(&name).into_iter().enumerate() {
                if index > 0 {
                    let text = format!("'{name}' stands here twice");
                    let fault = self.faults.error(name_span(line), text);
                    fault.help = Some("an outcome leads to one step: take one out".to_owned());
                }
                self.exit(way.outcome, line, 0);
                let mut fields = self.fields(line);
                fields.next();
                fields.finish(&[]);
            }
        }
        self.complain(spec);
        self.exits
    }

    fn complain(&mut self, spec: &Spec) {
        let outcomes: Vec<String> = spec.outcomes.iter().map(|w| w.outcome.to_string()).collect();
        let words = || spec.words.iter().map(|w| w.name).chain(outcomes.iter().map(String::as_str));
        for (child, taken) in self.children().iter().zip(&self.taken) {
            if *taken {
                continue;
            }
            let name = child.name().value();
            let verb = spec.name;
            let help = did_you_mean(name, words())
                .unwrap_or_else(|| format!("it has {}", words().collect::<Vec<_>>().join(", ")));
            let message = match Outcome::named(name) {
                Some(_) => format!("'{verb}' never ends with '{name}'"),
                None => format!("'{verb}' has no line '{name}'"),
            };
            self.faults.error(name_span(child), message).help = Some(help);
        }
    }
}

/// Whether a need asks for a binding at all.
pub(crate) fn must_be_bound(need: Need) -> bool {
    matches!(need, Need::Bound | Need::OrError)
}
