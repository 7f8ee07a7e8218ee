//! What the word at the cursor is, in Markdown: a verb's page, a prompt's words in every language of the file,
//! an outcome's meaning, a condition's value, the step that a way leads to.

use super::names::{Named, is_outcome, spec};
use super::offers::{EXPECTED, FLOW, Offer, TEST, meaning};
use super::outline::{Block, Line, Word};
use super::written_in::{short_words, words};
use super::{Document, Known};
use crate::condition::VARIABLES;
use crate::reference;
use std::fmt::Write as _;
use std::ops::Range;

/// Steps named in one note as leading somewhere.
const LEADING_MAX: usize = 12;

/// What is known of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The bytes it speaks of.
    pub span: Range<usize>,
    /// Markdown.
    pub text: String,
}

/// A word and what it stands in.
struct Spot<'d> {
    block: Option<&'d Block>,
    line: &'d Line,
    /// Its index in the line.
    index: usize,
    word: &'d Word,
    on_key: bool,
}

impl Document {
    /// What stands here; `None` where nothing can be said.
    pub fn hover(&self, at: usize, known: &Known<'_>) -> Option<Note> {
        let spot = self.spot(at)?;
        let span = match &spot.word.key {
            Some((_, name)) if spot.on_key => name.clone(),
            _ => spot.word.span.clone(),
        };
        let (span, text) = match condition_name(&spot, at) {
            Some((span, name)) => (span, variable(&name)?),
            None => (span, self.text_of(&spot, at, known)?),
        };
        Some(Note { span, text })
    }

    fn text_of(&self, spot: &Spot<'_>, at: usize, known: &Known<'_>) -> Option<String> {
        let word = &spot.word.text;
        if let (false, Some(mention)) = (spot.on_key, self.mention(at)) {
            return match &mention.named {
                Named::Step(flow, name) => self.step_card(*flow, name, known),
                Named::Flow(name) => self.flow_card(name),
            };
        }
        let name = match &spot.word.key {
            Some((key, _)) if spot.on_key => key,
            _ if spot.index == 0 => word,
            _ => return self.argument(spot, known),
        };
        match spot.block {
            None => offer(&FLOW, name),
            Some(block) if block.is_test() && std::ptr::eq(spot.line, &block.head) => {
                offer(&FLOW, "test")
            }
            Some(block) if block.is_test() => offer(&TEST, name),
            Some(block) if std::ptr::eq(spot.line, &block.head) && spot.index == 0 => {
                spec(name).map(reference::section)
            }
            Some(block) => line_of(block.head.name(), name),
        }
    }

    /// A word behind the first one.
    fn argument(&self, spot: &Spot<'_>, known: &Known<'_>) -> Option<String> {
        let word = spot.word.text.as_str();
        let in_test = spot.block.is_some_and(Block::is_test);
        let name = spot.line.name();
        let plays = match in_test {
            true => name == "hear" || matches!(name, "sms" | "email" | "expect"),
            false => matches!(name, "prompt" | "short" | "text"),
        };
        let is_prompt = plays && spot.word.key.is_none();
        let said = is_prompt.then(|| self.prompt_card(word, known)).flatten();
        said.or_else(|| offer(&EXPECTED, word).filter(|_| in_test && name == "expect"))
    }

    /// Its words in every language of the file.
    fn prompt_card(&self, id: &str, known: &Known<'_>) -> Option<String> {
        let mut card = format!("**{id}**\n");
        let mut any = false;
        for lang in self.languages() {
            let said = words(known, lang, id);
            any |= said.is_some();
            let said = said.unwrap_or_else(|| "*no text in this language*".to_owned());
            let said = said.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            let _infallible = write!(card, "\n- `{lang}` {said}");
        }
        any.then_some(card)
    }

    /// A step: what it says first, where it leads, what leads to it.
    fn step_card(&self, flow: usize, name: &str, known: &Known<'_>) -> Option<String> {
        let named = |block: &&Block| block.label().is_some_and(|word| word.text == name);
        let block = self.flows.get(flow)?.steps().find(named)?;
        let verb = block.head.name();
        let does = spec(verb).map_or("", |spec| spec.does);
        let mut card = format!("`{verb} {name}` — {does}\n");
        let lang = self.languages().first().copied();
        for prompt in block.lines.iter().filter_map(Document::plays) {
            let said = lang.map(|lang| short_words(known, lang, prompt)).unwrap_or_default();
            let _infallible = write!(card, "\n- says `{prompt}`: {said}");
        }
        let ways = block.lines.iter().filter_map(|line| {
            let target = super::names::target(verb, line)?;
            let by = match line.name() {
                "key" | "if" | "word" => {
                    format!("{} {}", line.name(), line.plain(1).map_or("", |word| &word.text))
                }
                name => name.to_owned(),
            };
            Some(format!("{by} → `{}`", target.text))
        });
        let ways: Vec<String> = ways.collect();
        if !ways.is_empty() {
            let _infallible = write!(card, "\n- leads to: {}", ways.join(", "));
        }
        let from = self.leading_to(flow, name);
        if !from.is_empty() {
            let _infallible = write!(card, "\n- comes from: {}", from.join(", "));
        }
        Some(card)
    }

    /// The steps of a flow with a line that leads to this one.
    fn leading_to(&self, flow: usize, name: &str) -> Vec<String> {
        let steps = self.flows.get(flow).into_iter().flat_map(|flow| flow.steps());
        let leads = |block: &&Block| {
            let target = |line: &Line| {
                super::names::target(block.head.name(), line).is_some_and(|word| word.text == name)
            };
            block.lines.iter().any(target)
        };
        let names = steps.filter(leads).filter_map(|block| block.label());
        names.take(LEADING_MAX).map(|word| format!("`{}`", word.text)).collect()
    }

    fn flow_card(&self, name: &str) -> Option<String> {
        let part = self.flows.iter().find(|f| f.name().is_some_and(|word| word.text == name))?;
        let steps = part.steps().count();
        let tests = part.blocks.len() - steps;
        let langs: Vec<String> = self.languages().iter().map(ToString::to_string).collect();
        Some(format!("`flow {name}` — {steps} steps, {tests} tests, in {}", langs.join(" ")))
    }

    fn spot(&self, at: usize) -> Option<Spot<'_>> {
        let within = |line: &Line| line.span.start <= at && at <= line.span.end;
        for flow in &self.flows {
            let own = std::iter::once(&flow.head).chain(&flow.lines).map(|line| (None, line));
            let blocks = flow.blocks.iter().flat_map(|block| {
                let lines = std::iter::once(&block.head).chain(&block.lines);
                lines.map(move |line| (Some(block), line))
            });
            let lines = own.chain(blocks).filter(|(_, line)| within(line));
            if let Some(spot) = lines.filter_map(|(block, line)| spot_in(block, line, at)).next() {
                return Some(spot);
            }
        }
        None
    }
}

fn spot_in<'d>(block: Option<&'d Block>, line: &'d Line, at: usize) -> Option<Spot<'d>> {
    let covers = |span: &Range<usize>| span.start <= at && at <= span.end;
    let on_key = |word: &Word| word.key.as_ref().is_some_and(|(_, name)| covers(name));
    let index = line.words.iter().position(|word| covers(&word.span) || on_key(word))?;
    let word = &line.words[index];
    Some(Spot { block, line, index, word, on_key: on_key(word) })
}

/// The name at the cursor within a condition.
fn condition_name(spot: &Spot<'_>, at: usize) -> Option<(Range<usize>, String)> {
    let condition = matches!(spot.line.name(), "if" | "is") && spot.index == 1;
    let cut = at.checked_sub(spot.word.inner).filter(|_| condition)?;
    let (before, after) = spot.word.text.split_at_checked(cut)?;
    let in_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let start = before.trim_end_matches(in_name).len();
    let end = cut + after.len() - after.trim_start_matches(in_name).len();
    let name = spot.word.text.get(start..end).filter(|name| !name.is_empty())?;
    Some((spot.word.inner + start..spot.word.inner + end, name.to_owned()))
}

fn variable(name: &str) -> Option<String> {
    if name.strip_prefix("set.").is_some_and(|own| !own.is_empty()) {
        return Some(format!("`{name}` — a value of this file: by `set`, `ask` or `http`"));
    }
    let plain = name.replace('-', "_");
    let (name, kind, secret) = VARIABLES.iter().find(|(known, ..)| *known == plain)?;
    let who = if *secret { " Only the right party may hear it." } else { "" };
    Some(format!("`{name}` ({}) — {}.{who}", kind.words(), meaning(name)))
}

fn offer(offers: &[Offer], name: &str) -> Option<String> {
    let (_, shape, does) = offers.iter().find(|(known, ..)| *known == name)?;
    Some(format!("`{shape}` — {does}"))
}

/// A line or an outcome of a verb.
fn line_of(verb: &str, name: &str) -> Option<String> {
    let spec = spec(verb)?;
    if let Some(word) = spec.words.iter().find(|word| word.name == name) {
        return Some(format!("`{}` — {}", word.shape, word.does));
    }
    let way = spec.outcomes.iter().find(|way| way.outcome.to_string() == name);
    if let Some(way) = way {
        return Some(format!("outcome `{name}` of `{verb}` — {}", way.when));
    }
    is_outcome(verb, name).then(|| format!("outcome `{name}` — `{verb}` does not end with it"))
}
