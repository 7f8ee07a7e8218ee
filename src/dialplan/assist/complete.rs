//! What could stand at the cursor: verbs, lines, outcomes, steps, prompts with their words, queues, numbers,
//! values in conditions.
//!
//! The text before the cursor is looked over once; where it breaks off says what is wanted.

use super::names::{is_outcome, spec};
use super::offers::{EXPECTED, FACTORS, FLOW, Offer, TEST};
use super::outline::{self, Cursor, Line, Word};
use super::written_in::short_words;
use super::{Document, Known};
use crate::condition::VARIABLES;
use crate::plan::Outcome;
use crate::verbs::{ALL, Need, Spec};
use crate::{services, spoken, trial};
use ids::Lang;
use std::ops::Range;

/// Proposals in one answer; editors ask again as somebody types on.
const PROPOSALS_MAX: usize = 500;

/// What a proposal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Kind {
    Verb,
    /// A line of a flow, of a step, of a test.
    Line,
    Outcome,
    Step,
    Flow,
    Prompt,
    /// Of a condition.
    Variable,
    /// A name before `=`.
    Setting,
    Value,
}

/// Something that could stand at the cursor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// What is shown and looked for.
    pub label: String,
    /// What kind of thing it is.
    pub kind: Kind,
    /// One line about it: a prompt's words, an outcome's meaning.
    pub detail: String,
    /// What is written.
    pub insert: String,
    /// A whole step to be written instead, with `${1:name}` where the admin types (the placeholders of
    /// the Language Server Protocol).
    pub skeleton: Option<String>,
    /// The bytes it takes the place of.
    pub replaces: Range<usize>,
}

impl Document {
    /// What could stand here, in the order of the language's own pages.
    pub fn complete(&self, at: usize, known: &Known<'_>) -> Vec<Proposal> {
        let at = self.text.floor_char_boundary(at.min(self.text.len()));
        let cursor = outline::cursor(&self.text[..at]);
        if cursor.in_comment {
            return Vec::new();
        }
        let mut list = List::at(&cursor, at);
        let flow = self.flows.iter().rposition(|flow| flow.head.span.start <= at).unwrap_or(0);
        let asked = Asked { document: self, known, cursor: &cursor, flow };
        asked.fill(&mut list);
        list.found.truncate(PROPOSALS_MAX);
        list.found
    }
}

/// Proposals for one place.
struct List {
    found: Vec<Proposal>,
    replaces: Range<usize>,
}

impl List {
    fn at(cursor: &Cursor, at: usize) -> Self {
        let word = cursor.line.words.last().filter(|_| cursor.typing);
        let start = word.map_or(at, |word| if word.open { word.inner } else { word.span.start });
        Self { found: Vec::new(), replaces: start..at }
    }

    fn add(&mut self, kind: Kind, label: &str, detail: &str) {
        self.add_as(kind, label, detail, label.to_owned());
    }

    fn add_as(&mut self, kind: Kind, label: &str, detail: &str, insert: String) {
        if self.found.iter().any(|known| known.label == label) {
            return;
        }
        let (label, detail) = (label.to_owned(), detail.to_owned());
        let replaces = self.replaces.clone();
        self.found.push(Proposal { label, kind, detail, insert, skeleton: None, replaces });
    }

    fn offers(&mut self, kind: Kind, offers: &[Offer]) {
        offers.iter().for_each(|(name, shape, does)| {
            self.add(kind, name, &format!("{shape} — {does}"));
        });
    }

    fn values<'v>(&mut self, values: impl IntoIterator<Item = &'v str>) {
        values.into_iter().for_each(|value| self.add(Kind::Value, value, ""));
    }
}

struct Asked<'a> {
    document: &'a Document,
    known: &'a Known<'a>,
    cursor: &'a Cursor,
    flow: usize,
}

impl Asked<'_> {
    fn fill(&self, list: &mut List) {
        let line = &self.cursor.line;
        let typed = line.words.last().filter(|_| self.cursor.typing);
        // Words that are finished.
        let done = line.words.len() - usize::from(typed.is_some());
        let pending = line.words.last().filter(|word| word.key.is_some());
        match self.cursor.around.as_slice() {
            [] if done == 0 => list.add(Kind::Line, "flow", "flow NAME { … }"),
            [] => {}
            [.., head] if head.name() == "flow" => self.in_flow(list, line, done, pending),
            [.., head] if head.name() == "test" => self.in_test(list, line, done, pending),
            [.., head] => self.in_step(list, head.name(), line, done, pending),
        }
    }

    fn in_flow(&self, list: &mut List, line: &Line, done: usize, pending: Option<&Word>) {
        if done == 0 {
            for spec in ALL {
                list.add(Kind::Verb, spec.name, spec.does);
                if let Some(last) = list.found.last_mut() {
                    last.skeleton = Some(skeleton(spec));
                }
            }
            return list.offers(Kind::Line, &FLOW);
        }
        match (line.name(), pending) {
            ("languages", _) => list.values(Lang::ALL.map(Lang::tag)),
            ("entry" | "emergency", _) | ("on", Some(_)) => self.steps(list),
            ("on", None) => {
                for (name, _) in Outcome::NAMED {
                    list.add_as(Kind::Setting, name, "", format!("{name}="));
                }
            }
            ("kind", _) => list.values(["inbound", "outbound"]),
            ("test", Some(_)) => list.values(Lang::ALL.map(Lang::tag)),
            ("test", None) => {
                list.add_as(Kind::Setting, "language", "of the call", "language=".to_owned());
            }
            // `queue person to=…`: a line of the step in short.
            (verb, Some(Word { key: Some((key, _)), .. })) => {
                self.argument(list, verb, key, 1, &[])
            }
            (verb, _) if done > 1 => self.line_names(list, verb, true),
            _ => {}
        }
    }

    fn in_step(
        &self,
        list: &mut List,
        verb: &str,
        line: &Line,
        done: usize,
        pending: Option<&Word>,
    ) {
        if done == 0 {
            return self.line_names(list, verb, false);
        }
        if let Some((key, _)) = pending.and_then(|word| word.key.as_ref()) {
            return self.setting(list, line, key);
        }
        let plain = line.words.iter().filter(|word| word.key.is_none()).count();
        let index = plain - usize::from(self.cursor.typing);
        let before: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
        self.argument(list, verb, line.name(), index, &before);
        self.settings(list, verb, line, index);
    }

    /// The lines and outcomes of a verb that are not there yet, or may stand there again.
    fn line_names(&self, list: &mut List, verb: &str, short: bool) {
        let Some(spec) = spec(verb) else { return };
        let again =
            |name: &str| matches!(name, "prompt" | "key" | "if" | "value" | "take" | "word");
        let there = |name: &str| self.cursor.before.iter().any(|line| line.name() == name);
        let insert = |name: &str| if short { format!("{name}=") } else { name.to_owned() };
        for word in spec.words.iter().filter(|word| again(word.name) || !there(word.name)) {
            let detail = format!("{} — {}", word.shape, word.does);
            list.add_as(Kind::Line, word.name, &detail, insert(word.name));
        }
        for way in spec.outcomes {
            let name = way.outcome.to_string();
            if !there(&name) {
                list.add_as(Kind::Outcome, &name, way.when, insert(&name));
            }
        }
        if !there("error") {
            list.add_as(Kind::Outcome, "error", "the step cannot be done", insert("error"));
        }
    }

    /// The n-th word of a line of a step.
    fn argument(&self, list: &mut List, verb: &str, name: &str, index: usize, before: &[&str]) {
        let leads = match name {
            "key" | "if" | "word" => index == 2,
            _ => index == 1 && is_outcome(verb, name),
        };
        match (verb, name) {
            _ if leads => self.steps(list),
            (_, "if" | "is") if index == 1 => self.variables(list),
            (_, "key") if index == 1 => list.values(["1", "3", "7", "8", "9", "0", "\"#\""]),
            ("queue", "to") => self.queues(list),
            ("transfer", "to") => self.numbers(list),
            ("call", "flow") => {
                let flows = self.document.flows.iter().filter_map(|flow| flow.name());
                flows.for_each(|name| list.add(Kind::Flow, &name.text, "a flow of this file"));
            }
            ("language", "to") => {
                list.add(Kind::Value, "case", "the language that the case's person speaks");
                list.values(Lang::ALL.map(Lang::tag));
            }
            ("send", "text") => self.prompts(list, |id| id.starts_with(words::TEXT_ONLY_PREFIX)),
            ("verify", "ask") => list.values(FACTORS.into_iter().filter(|f| !before.contains(f))),
            (_, "prompt" | "short") if index == 1 => self.prompts(list, |_| true),
            (_, "type-ahead") => list.values(["keep", "flush"]),
            _ => self.shaped(list, verb, name, index, before),
        }
    }

    /// What the line's own shape says: `by sms|email`, `into case | into NAME`, `ask csat ces nps`.
    fn shaped(&self, list: &mut List, verb: &str, name: &str, index: usize, before: &[&str]) {
        let words = spec(verb).map_or(&[][..], |spec| spec.words);
        let Some(word) = words.iter().find(|word| word.name == name) else { return };
        for shape in word.shape.split(" | ") {
            let plain: Vec<&str> = shape.split(' ').filter(|token| !token.contains('=')).collect();
            let several = name == "ask" || name == "by";
            let tokens = match several {
                true => plain.get(1..),
                false => plain.get(index..index + 1),
            };
            for token in tokens.into_iter().flatten() {
                let choices = token.split('|').filter(|c| !before.contains(c));
                let words = choices.filter(|c| !c.is_empty() && !c.chars().all(char::is_uppercase));
                words.for_each(|choice| list.add(Kind::Value, choice, word.does));
            }
        }
    }

    /// Names before `=` on a line of a step.
    fn settings(&self, list: &mut List, verb: &str, line: &Line, index: usize) {
        if index < 2 && line.name() != "digits" && line.name() != "amount" && line.name() != "date"
        {
            return;
        }
        let add = |list: &mut List, name: &str, detail: &str| {
            if line.property(name).is_none() {
                list.add_as(Kind::Setting, name, detail, format!("{name}="));
            }
        };
        if let Some(prompt) = Document::plays(line) {
            let lang = self.document.languages().first().copied().unwrap_or(Lang::Pl);
            for value in self.known.texts.placeables(lang, prompt).unwrap_or_default() {
                add(list, &value, "a value in its words");
            }
            add(list, "barge-in", "whether a key cuts it off");
            add(list, "language", "in this language, whatever the call speaks");
            add(list, "confidential", "only for the right party");
        }
        let words = spec(verb).map_or(&[][..], |spec| spec.words);
        if let Some(word) = words.iter().find(|word| word.name == line.name()) {
            let names = word.shape.split(' ').filter_map(|token| token.split_once('='));
            names.for_each(|(name, value)| add(list, name, &format!("{name}={value}")));
        }
    }

    /// The value behind `name=`.
    fn setting(&self, list: &mut List, line: &Line, name: &str) {
        match name {
            "barge-in" | "confidential" => list.values(["#true", "#false"]),
            "language" => list.values(Lang::ALL.map(Lang::tag)),
            "as" => list.values(["number", "text", "truth", "date"]),
            _ if Document::plays(line).is_some() || line.name() == "send" => {
                list.values(spoken::value_names());
                for variable in self.document.variables() {
                    list.add(Kind::Variable, &format!("set.{variable}"), "a value of this file");
                }
            }
            _ => {}
        }
    }

    fn in_test(&self, list: &mut List, line: &Line, done: usize, pending: Option<&Word>) {
        if done == 0 {
            list.offers(Kind::Line, &TEST);
            return services::lines().for_each(|name| list.add(Kind::Line, name, "a service"));
        }
        let second = line.plain(1).map_or("", |word| &word.text);
        match (line.name(), done) {
            ("given", _) => match pending.and_then(|word| word.key.as_ref()) {
                None => trial::given_names().for_each(|name| {
                    list.add_as(Kind::Setting, name, "", format!("{name}="));
                }),
                Some((key, _)) if key == "language" => list.values(Lang::ALL.map(Lang::tag)),
                Some((key, _)) if key == "hours" => list.values(["open", "closed"]),
                Some((key, _)) if key == "down" => list.values(["store"]),
                Some(_) => {}
            },
            ("hear", 1) => self.prompts(list, |_| true),
            ("hear", _) => {
                list.add_as(Kind::Setting, "text", "some of its words", "text=".to_owned());
            }
            ("fail" | "stall" | "mend", 1) => {
                list.values(["store", "card", "agent", "sms", "http", "recording", "calendar"]);
            }
            ("expect", 1) => list.offers(Kind::Value, &EXPECTED),
            ("expect", 2) if second == "step" => self.steps(list),
            ("expect", 2) if second == "language" => list.values(Lang::ALL.map(Lang::tag)),
            ("expect", 2) if second == "outcome" => list.values(Outcome::NAMED.map(|(n, _)| n)),
            (service, 1) => list.values(services::words_of(service)),
            _ => {}
        }
    }

    fn steps(&self, list: &mut List) {
        for (name, verb) in self.document.steps_of(self.flow) {
            list.add(Kind::Step, name, verb);
        }
        list.add(Kind::Step, "end", "the call ends; a called flow returns");
    }

    fn prompts(&self, list: &mut List, wanted: impl Fn(&str) -> bool) {
        let lang = self.document.languages().first().copied().unwrap_or(Lang::Pl);
        for id in self.known.texts.ids(lang).into_iter().filter(|id| wanted(id)) {
            list.add(Kind::Prompt, &id, &short_words(self.known, lang, &id));
        }
    }

    fn queues(&self, list: &mut List) {
        list.values(self.document.queues().iter().map(String::as_str));
        list.values(self.known.queues.iter().map(String::as_str));
        list.values(["negotiators"]);
    }

    fn numbers(&self, list: &mut List) {
        let here = self.document.values("transfer", "to");
        let in_string = self.cursor.line.words.last().is_some_and(|word| word.open);
        for number in here.iter().chain(self.known.numbers) {
            let quoted = if in_string { number.clone() } else { format!("\"{number}\"") };
            list.add_as(Kind::Value, number, "a telephone number", quoted);
        }
    }

    /// Values of a condition: what is replaced is the name being typed, not the whole condition.
    fn variables(&self, list: &mut List) {
        let open = self.cursor.line.words.last().filter(|word| word.open);
        let in_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let name = open.map(|word| word.text.trim_end_matches(in_name).len());
        let quote = if open.is_some() { "" } else { "\"" };
        if let (Some(word), Some(from)) = (open, name) {
            list.replaces.start = word.inner + from;
        }
        for (name, kind, secret) in VARIABLES {
            let who = if secret { ", only for the right party" } else { "" };
            let detail = format!("{}{who}: {}", kind.words(), super::offers::meaning(name));
            list.add_as(Kind::Variable, name, &detail, format!("{quote}{name}"));
        }
        for name in self.document.variables() {
            let (label, detail) = (format!("set.{name}"), "a value of this file");
            list.add_as(Kind::Variable, &label, detail, format!("{quote}{label}"));
        }
    }
}

/// A step of this verb with everything that must be bound.
fn skeleton(spec: &Spec) -> String {
    let mut page = format!("{} ${{1:name}} {{\n", spec.name);
    let mut stop = 2;
    let mut line = |name: &str, page: &mut String| {
        page.push_str(&format!("    {name} ${{{stop}}}\n"));
        stop += 1;
    };
    let prompt = spec.words.first().filter(|word| word.name == "prompt");
    prompt.into_iter().for_each(|word| line(word.name, &mut page));
    for way in spec.outcomes.iter().filter(|way| way.need == Need::Bound) {
        line(&way.outcome.to_string(), &mut page);
    }
    page.push_str("    $0\n}");
    page
}
