//! Steps of two versions side by side: by name, then outcome by outcome and line by line.

use super::{Aspect, Change};
use crate::fields::read_duration;
use crate::plan::{Outcome, Plan, Step, Target};
use crate::verbs::Verb;
use crate::written::StepLine;
use std::collections::{BTreeMap, BTreeSet};

/// Lines that are prompts.
const PROMPTS: [&str; 2] = ["prompt", "short"];
/// Lines that are conditions.
const CONDITIONS: [&str; 2] = ["if", "is"];
/// Lines and properties about keys and tries.
const KEYS: [&str; 9] =
    ["digits", "min", "max", "end", "tries", "need", "ask", "type-ahead", "barge-in"];

/// Adds every change of every step; `touched` gets the names, as `flow/step`, of steps that changed.
pub(super) fn compare(
    old: &Plan,
    new: &Plan,
    changes: &mut Vec<Change>,
    touched: &mut BTreeSet<String>,
) {
    let before = by_name(old);
    for step in &new.steps {
        let name = name(new, step);
        let mut says = Vec::new();
        match before.get(&name) {
            Some(was) => changed(old, was, new, step, &mut says),
            None => says.push((Aspect::Step, format!("new: a '{}'", step.verb.name()))),
        }
        note(new, name, says, changes, touched);
    }
    let now = by_name(new);
    for step in old.steps.iter().filter(|step| !now.contains_key(&name(old, step))) {
        let says = vec![(Aspect::Step, format!("gone: it was a '{}'", step.verb.name()))];
        note(old, name(old, step), says, changes, touched);
    }
}

fn note(
    plan: &Plan,
    name: String,
    says: Vec<(Aspect, String)>,
    changes: &mut Vec<Change>,
    touched: &mut BTreeSet<String>,
) {
    let place = shown(plan, &name);
    if !says.is_empty() {
        touched.insert(name);
    }
    changes.extend(says.into_iter().map(|(aspect, says)| Change {
        place: place.clone(),
        aspect,
        says,
    }));
}

/// `flow/step`: two flows of a file may have steps of one name.
pub(super) fn name(plan: &Plan, step: &Step) -> String {
    format!("{}/{}", plan.flows[step.flow].name, step.name)
}

/// A step's name without its flow where the file has only one.
pub(super) fn shown(plan: &Plan, name: &str) -> String {
    match name.split_once('/') {
        Some((_, step)) if plan.flows.len() == 1 => step.to_owned(),
        _ => name.to_owned(),
    }
}

fn by_name(plan: &Plan) -> BTreeMap<String, &Step> {
    plan.steps.iter().map(|step| (name(plan, step), step)).collect()
}

fn changed(old: &Plan, was: &Step, new: &Plan, is: &Step, says: &mut Vec<(Aspect, String)>) {
    if was.verb.name() != is.verb.name() {
        let text = format!("a '{}', before: a '{}'", is.verb.name(), was.verb.name());
        says.push((Aspect::Step, text));
    }
    exits(&ways(old, was), &ways(new, is), says);
    prompts(&was.lines, &is.lines, says);
    settings(was, is, says);
}

/// Where each outcome leads; a branch stands under its condition.
fn ways(plan: &Plan, step: &Step) -> BTreeMap<String, String> {
    let target = |target| match target {
        Target::Step(next) => plan.steps[next].name.clone(),
        Target::End => "end".to_owned(),
    };
    step.ways_out().map(|(outcome, to)| (called(step, outcome), target(to))).collect()
}

fn called(step: &Step, outcome: Outcome) -> String {
    match (&step.verb, outcome) {
        (Verb::When(when), Outcome::If(index)) => when
            .branches
            .get(usize::from(index))
            .map_or_else(|| outcome.to_string(), |branch| format!("if \"{}\"", branch.text)),
        _ => outcome.to_string(),
    }
}

fn exits(
    was: &BTreeMap<String, String>,
    is: &BTreeMap<String, String>,
    says: &mut Vec<(Aspect, String)>,
) {
    let all: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for outcome in all {
        let aspect = if outcome.starts_with("if ") { Aspect::Condition } else { Aspect::Way };
        match (was.get(outcome), is.get(outcome)) {
            (Some(was), Some(is)) if was == is => {}
            (Some(was), Some(is)) => {
                says.push((aspect, format!("{outcome} leads to {is}, before: to {was}")));
            }
            (None, Some(is)) => says.push((aspect, format!("{outcome} is new: leads to {is}"))),
            (Some(was), None) => says.push((aspect, format!("{outcome} is gone: led to {was}"))),
            (None, None) => {}
        }
    }
}

fn prompts(was: &[StepLine], is: &[StepLine], says: &mut Vec<(Aspect, String)>) {
    let of = |lines: &[StepLine]| -> Vec<StepLine> {
        lines.iter().filter(|l| PROMPTS.contains(&l.name.as_str())).cloned().collect()
    };
    let (was, is) = (of(was), of(is));
    let id = |line: &StepLine| format!("{} {}", line.name, line.words.join(" "));
    for line in is.iter().filter(|line| !was.contains(line)) {
        match was.iter().find(|other| id(other) == id(line)) {
            Some(other) => properties(&id(line), other, line, says),
            None => says.push((Aspect::Prompt, format!("says {} now", id(line)))),
        }
    }
    for line in was.iter().filter(|line| !is.iter().any(|other| id(other) == id(line))) {
        says.push((Aspect::Prompt, format!("does not say {} any more", id(line))));
    }
    let order = |lines: &[StepLine]| lines.iter().map(id).collect::<BTreeSet<_>>();
    let moved = was.iter().map(id).ne(is.iter().map(id));
    if was.len() == is.len() && moved && order(&was) == order(&is) {
        let ids: Vec<String> = is.iter().map(id).collect();
        says.push((Aspect::Prompt, format!("in another order: {}", ids.join(", "))));
    }
}

/// Lines that are neither ways nor prompts.
fn settings(was: &Step, is: &Step, says: &mut Vec<(Aspect, String)>) {
    let of = |step: &Step| -> BTreeMap<String, Vec<StepLine>> {
        let mut lines: BTreeMap<String, Vec<StepLine>> = BTreeMap::new();
        for line in step.lines.iter().filter(|line| !is_way(step, line)) {
            lines.entry(line.name.clone()).or_default().push(line.clone());
        }
        lines
    };
    let (was, is) = (of(was), of(is));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for name in names {
        let none = Vec::new();
        match (was.get(name).unwrap_or(&none).as_slice(), is.get(name).unwrap_or(&none).as_slice())
        {
            (was, is) if was == is => {}
            ([was], [is]) => one_line(was, is, says),
            (was, is) => {
                for line in is.iter().filter(|line| !was.contains(line)) {
                    says.push((aspect(&line.name, &line.words), format!("new: {}", whole(line))));
                }
                for line in was.iter().filter(|line| !is.contains(line)) {
                    says.push((aspect(&line.name, &line.words), format!("gone: {}", whole(line))));
                }
            }
        }
    }
}

/// Ways are compared as ways, prompts as prompts, and an `if` is a way.
fn is_way(step: &Step, line: &StepLine) -> bool {
    let name = line.name.as_str();
    let outcome = name == "key" || Outcome::named(name).is_some_and(|o| is_exit(step, o));
    outcome || PROMPTS.contains(&name) || name == "if"
}

fn is_exit(step: &Step, outcome: Outcome) -> bool {
    step.exits.contains_key(&outcome)
}

fn one_line(was: &StepLine, is: &StepLine, says: &mut Vec<(Aspect, String)>) {
    if was.words != is.words {
        let text = format!("{} {}, before: {}", is.name, is.words.join(" "), was.words.join(" "));
        says.push((aspect(&is.name, &is.words), text));
    }
    properties(&is.name, was, is, says);
}

fn properties(of: &str, was: &StepLine, is: &StepLine, says: &mut Vec<(Aspect, String)>) {
    let value = |line: &StepLine, name: &str| {
        line.settings.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
    };
    let names: BTreeSet<&String> =
        was.settings.iter().chain(&is.settings).map(|(name, _)| name).collect();
    for name in names {
        let (before, now) = (value(was, name), value(is, name));
        if before == now {
            continue;
        }
        let words: Vec<String> = before.iter().chain(&now).cloned().collect();
        let text = match (before, now) {
            (Some(before), Some(now)) => format!("{of}: {name} {now}, before: {before}"),
            (None, Some(now)) => format!("{of}: {name} {now} is new"),
            (Some(before), None) => format!("{of}: {name} {before} is gone"),
            (None, None) => continue,
        };
        says.push((aspect(name, &words), text));
    }
}

/// What a line or a property with these values is about.
fn aspect(name: &str, values: &[String]) -> Aspect {
    if CONDITIONS.contains(&name) {
        Aspect::Condition
    } else if KEYS.contains(&name) {
        Aspect::Keys
    } else if values.iter().any(|value| read_duration(value).is_some()) {
        Aspect::Timing
    } else {
        Aspect::Setting
    }
}

fn whole(line: &StepLine) -> String {
    let settings = line.settings.iter().map(|(name, value)| format!("{name}={value}"));
    let words = line.words.iter().cloned().chain(settings);
    std::iter::once(line.name.clone()).chain(words).collect::<Vec<_>>().join(" ")
}
