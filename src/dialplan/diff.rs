//! What is different between two versions of a flow, in an admin's words: steps, ways, prompts, words,
//! timing, keys, and whom it concerns: the ways that lead there and the tests that pass by.
//!
//! ```text
//!  steps of both ─▶ added, removed, changed ─▶ shortest way to each ─▶ tests that pass through it
//! ```
//! Owns: the comparison and its sentences.
//! Never: lines of the file; layout and comments are no difference.

mod steps;
#[cfg(test)]
mod tests;
mod tests_of;
mod ways;

use crate::plan::Plan;
use crate::version::UsedText;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What a change is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Aspect {
    /// A step came, went, or does something else.
    Step,
    /// An outcome leads elsewhere.
    Way,
    /// Which prompts are played, and how.
    Prompt,
    /// The words of a prompt in one language.
    Words,
    /// A wait or another length of time.
    Timing,
    /// What callers key, and how often they may try.
    Keys,
    /// A condition.
    Condition,
    /// Anything else a line of the flow says.
    Setting,
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Aspect::Step => "step",
            Aspect::Way => "way",
            Aspect::Prompt => "prompt",
            Aspect::Words => "words",
            Aspect::Timing => "timing",
            Aspect::Keys => "keys",
            Aspect::Condition => "condition",
            Aspect::Setting => "setting",
        })
    }
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The step, the prompt, or `flow` for what concerns all of it.
    pub place: String,
    /// What it is about.
    pub aspect: Aspect,
    /// What is different, in a sentence.
    pub says: String,
}

/// All changes from one version to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The old version's label.
    pub old: String,
    /// The new version's label.
    pub new: String,
    /// Every change, in the order of the file.
    pub changes: Vec<Change>,
    /// For each changed step a shortest way that leads to it, in words.
    pub ways: Vec<String>,
    /// What it means for the tests in the files, a sentence each.
    pub tests: Vec<String>,
}

/// Compares two versions. Runs the tests of both, in virtual time.
pub fn diff(old: &Arc<Plan>, new: &Arc<Plan>) -> Difference {
    let mut changes = whole(old, new);
    let mut touched = BTreeSet::new();
    steps::compare(old, new, &mut changes, &mut touched);
    let reworded = words(&old.used_texts(), &new.used_texts(), &mut changes);
    let says = new.prompt_steps();
    let sayers = reworded.iter().filter_map(|prompt| says.get(base(prompt))).flatten();
    touched.extend(sayers.cloned());
    Difference {
        old: old.label(),
        new: new.label(),
        changes,
        ways: ways::to_all(old, new, &touched),
        tests: tests_of::compare(old, new, &touched),
    }
}

/// What concerns the whole flow.
fn whole(old: &Plan, new: &Plan) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut say = |aspect, says| {
        let place = "flow".to_owned();
        changes.push(Change { place, aspect, says });
    };
    if old.name != new.name {
        say(Aspect::Step, format!("it is called {}, before: {}", new.name, old.name));
    }
    for lang in new.languages.iter().filter(|lang| !old.languages.contains(lang)) {
        say(Aspect::Words, format!("it speaks {lang} now"));
    }
    for lang in old.languages.iter().filter(|lang| !new.languages.contains(lang)) {
        say(Aspect::Words, format!("it does not speak {lang} any more"));
    }
    if old.languages.first() != new.languages.first()
        && let (Some(was), Some(is)) = (old.languages.first(), new.languages.first())
    {
        say(Aspect::Words, format!("calls begin in {is}, before: in {was}"));
    }
    let entry = |plan: &Plan| plan.steps.get(plan.entry()).map(|s| s.name.clone());
    if let (Some(was), Some(is)) = (entry(old), entry(new))
        && was != is
    {
        say(Aspect::Way, format!("calls begin at {is}, before: at {was}"));
    }
    match (old.emergency_step(), new.emergency_step()) {
        (was, is) if was == is => {}
        (_, Some(is)) => say(Aspect::Way, format!("in an emergency calls go to {is}")),
        (_, None) => say(Aspect::Way, "there is no emergency step any more".to_owned()),
    }
    if old.environment != new.environment {
        let text = "it is checked with other settings of the firm (check digit)";
        say(Aspect::Setting, text.to_owned());
    }
    changes
}

/// Prompts that both can say with other words; their ids.
fn words(old: &[UsedText], new: &[UsedText], changes: &mut Vec<Change>) -> BTreeSet<String> {
    let before: BTreeMap<_, _> =
        old.iter().map(|text| ((text.lang, &text.prompt), &text.source)).collect();
    let mut reworded = BTreeSet::new();
    for text in new {
        let Some(was) = before.get(&(text.lang, &text.prompt)) else { continue };
        if **was != text.source {
            let (was, is) = (said(was), said(&text.source));
            let says = format!("in {}: “{is}”, before: “{was}”", text.lang);
            changes.push(Change { place: text.prompt.clone(), aspect: Aspect::Words, says });
            reworded.insert(text.prompt.clone());
        }
    }
    reworded
}

/// The words of a Fluent message without its id, on one line.
fn said(source: &str) -> String {
    let words = source.split_once('=').map_or(source, |(_, words)| words);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The prompt as a step names it.
fn base(prompt: &str) -> &str {
    prompt.strip_suffix("_short").or_else(|| prompt.strip_suffix("_person")).unwrap_or(prompt)
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} → {}", self.old, self.new)?;
        if self.is_empty() {
            return writeln!(f, "nothing that a caller could notice is different");
        }
        let mut place = None;
        for change in &self.changes {
            if place != Some(&change.place) {
                writeln!(f, "\n{}", change.place)?;
                place = Some(&change.place);
            }
            writeln!(f, "  {:<9}  {}", change.aspect, change.says)?;
        }
        section(f, "who comes there", &self.ways)?;
        section(f, "tests", &self.tests)
    }
}

fn section(f: &mut fmt::Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}
