//! What can happen on the ways through a file: L01 (reached), L02 (circles), L05 (right party).
//!
//! A state is a step together with what is known there: whether a case was found, whether the right
//! party is proved for it. Breadth-first over these states finds a shortest way to every fault: the
//! counter-example that the diagnostic shows.

use super::bindings::Bound;
use super::prompts::confidential_prompt;
use super::{circles, endings};
use crate::plan::{Outcome, Target};
use crate::source::Faults;
use crate::texts::Texts;
use crate::verbs::Verb;
use crate::verbs::language::To;
use ids::Lang;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A step and what is known there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    step: usize,
    case: bool,
    verified: bool,
}

/// How each state was first reached.
type Reached = BTreeMap<State, Option<(State, Outcome)>>;

/// The graph: from each step, by outcome, to steps; called flows entered and left.
pub(crate) fn edges(bound: &Bound) -> Vec<Vec<(Outcome, usize)>> {
    let callers = callers(bound);
    let mut edges = vec![Vec::new(); bound.steps.len()];
    for (index, step) in bound.steps.iter().enumerate() {
        if let Verb::Call(call) = &step.verb {
            let entry = bound.flows.iter().find(|f| f.name == call.flow).map(|f| f.entry);
            edges[index].extend(entry.map(|e| (Outcome::Then, e)));
        }
        for (outcome, target) in step.ways_out() {
            match target {
                // A call goes on by `then` only where the other flow ends.
                _ if matches!(&step.verb, Verb::Call(_)) && outcome == Outcome::Then => {}
                Target::Step(next) => edges[index].push((outcome, next)),
                Target::End => {
                    let back = callers.get(&step.flow).into_iter().flatten();
                    edges[index].extend(back.map(|next| (outcome, *next)));
                }
            }
        }
    }
    edges
}

/// For each flow, the steps that go on after it was called: where a caller then ends itself, those
/// that go on after that one. Flows do not call each other in a circle, so this comes to an end.
fn callers(bound: &Bound) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut after: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for step in &bound.steps {
            let Verb::Call(call) = &step.verb else { continue };
            let called = bound.flows.iter().position(|f| f.name == call.flow);
            let next = match step.exits.get(&Outcome::Then) {
                Some(Target::Step(next)) => BTreeSet::from([*next]),
                Some(Target::End) => after.get(&step.flow).cloned().unwrap_or_default(),
                None => continue,
            };
            if let Some(called) = called {
                let known = after.entry(called).or_default();
                changed |= !next.is_subset(known);
                known.extend(next);
            }
        }
    }
    after
}

pub(super) fn check(bound: &Bound, languages: &[Lang], texts: &dyn Texts, faults: &mut Faults<'_>) {
    let Some(first) = bound.flows.first().filter(|_| !bound.steps.is_empty()) else { return };
    if call_circles(bound, faults) {
        return;
    }
    let edges = edges(bound);
    let reached = walk(bound, &edges, first.entry);
    if bound.complete {
        let steps = reached.keys().map(|state| state.step).collect();
        unreached(bound, &steps, faults);
        endings::check(bound, &edges, &steps, faults);
    }
    silent_circles(bound, &edges, faults);
    for state in first_states(&reached, |s| !s.verified) {
        stranger(bound, &reached, state, languages, texts, faults);
    }
    for state in first_states(&reached, |s| !s.case) {
        caseless(bound, &reached, state, faults);
    }
    foreign_languages(bound, languages, faults);
}

fn walk(bound: &Bound, edges: &[Vec<(Outcome, usize)>], entry: usize) -> Reached {
    let start = State { step: entry, case: false, verified: false };
    let mut reached = Reached::from([(start, None)]);
    let mut open = VecDeque::from([start]);
    while let Some(state) = open.pop_front() {
        for (outcome, next) in &edges[state.step] {
            let after = after(bound, state, *outcome, *next);
            if let std::collections::btree_map::Entry::Vacant(new) = reached.entry(after) {
                new.insert(Some((state, *outcome)));
                open.push_back(after);
            }
        }
    }
    reached
}

/// What is known after a step was left so.
fn after(bound: &Bound, state: State, outcome: Outcome, next: usize) -> State {
    match (&bound.steps[state.step].verb, outcome) {
        // Another case may be found: whoever was proved for the old one is a stranger to it.
        (Verb::FindCase(_) | Verb::Ask(_), Outcome::Found) => {
            State { step: next, case: true, verified: false }
        }
        (Verb::Verify(_), Outcome::Ok) => State { step: next, case: true, verified: true },
        _ => State { step: next, ..state },
    }
}

/// For each step the first reached state of this kind.
fn first_states(reached: &Reached, wanted: impl Fn(&State) -> bool) -> Vec<State> {
    let mut steps = BTreeSet::new();
    reached.keys().copied().filter(|s| wanted(s) && steps.insert(s.step)).collect()
}

/// `greet —then→ identify —found→ balance`
fn way_to(bound: &Bound, reached: &Reached, to: State) -> String {
    let mut words = vec![bound.steps[to.step].name.clone()];
    let mut at = to;
    while let Some(Some((before, outcome))) = reached.get(&at) {
        words.push(format!("{} —{outcome}→", bound.steps[before.step].name));
        at = *before;
    }
    words.reverse();
    words.join(" ")
}

fn unreached(bound: &Bound, reached: &BTreeSet<usize>, faults: &mut Faults<'_>) {
    for (index, step) in bound.steps.iter().enumerate() {
        if !reached.contains(&index) {
            let fault = faults.error(step.span.clone(), format!("no way leads to '{}'", step.name));
            fault.rule = "L01";
            fault.help = Some("lead an outcome to it, or take the step out".to_owned());
        }
    }
}

/// L05: only the right party hears of the case.
fn stranger(
    bound: &Bound,
    reached: &Reached,
    state: State,
    languages: &[Lang],
    texts: &dyn Texts,
    faults: &mut Faults<'_>,
) {
    let step = &bound.steps[state.step];
    let way = || way_to(bound, reached, state);
    for spoken in step.verb.plays() {
        if let Some(value) = confidential_prompt(&spoken, languages, texts) {
            let prompt = &spoken.prompt;
            let text = format!("a stranger can hear '{prompt}', {value}, on this way: {}", way());
            let fault = faults.error(spoken.span.clone(), text);
            fault.rule = "L05";
            fault.help = Some("lead every way to it through the 'ok' of a 'verify'".to_owned());
        }
    }
    if let Verb::When(when) = &step.verb {
        for branch in when.branches.iter().filter(|b| b.condition.confidential()) {
            let text = format!(
                "what a stranger hears would depend on '{}', on this way: {}",
                branch.text,
                way()
            );
            let fault = faults.error(branch.span.clone(), text);
            fault.rule = "L05";
            fault.help = Some("ask this only behind the 'ok' of a 'verify'".to_owned());
        }
    }
}

/// `verify`, and `language to case`, need a case.
fn caseless(bound: &Bound, reached: &Reached, state: State, faults: &mut Faults<'_>) {
    let step = &bound.steps[state.step];
    let span = match &step.verb {
        Verb::Verify(_) => step.span.clone(),
        Verb::Language(language) if matches!(language.to, To::Case) => language.span.clone(),
        _ => return,
    };
    let text =
        format!("'{}' has no case yet on this way: {}", step.name, way_to(bound, reached, state));
    let fault = faults.error(span, text);
    fault.rule = "L07";
    fault.help = Some("lead to it only by 'found' of a 'find-case' or an 'ask'".to_owned());
}

fn foreign_languages(bound: &Bound, languages: &[Lang], faults: &mut Faults<'_>) {
    let speaks = |lang: Lang| languages.iter().any(|l| l.catalogue() == lang.catalogue());
    let mut refuse = |lang: Lang, span: std::ops::Range<usize>| {
        if !speaks(lang) && !languages.is_empty() {
            let text = format!("this flow does not speak {lang}");
            let fault = faults.error(span, text);
            fault.help = Some("add it to the 'languages' line".to_owned());
        }
    };
    for step in &bound.steps {
        if let Verb::Language(language) = &step.verb
            && let To::One(lang) = language.to
        {
            refuse(lang, language.span.clone());
        }
        for spoken in step.verb.plays() {
            if let Some(lang) = spoken.lang {
                refuse(lang, spoken.span);
            }
        }
    }
}

/// L02: a circle that needs no key of the caller would never end.
fn silent_circles(bound: &Bound, edges: &[Vec<(Outcome, usize)>], faults: &mut Faults<'_>) {
    let silent = |(step, ways): (usize, &Vec<(Outcome, usize)>)| {
        let verb = &bound.steps[step].verb;
        ways.iter().filter(|(outcome, _)| !verb.by_key(*outcome)).copied().collect()
    };
    let silent: Vec<Vec<(Outcome, usize)>> = edges.iter().enumerate().map(silent).collect();
    for circle in circles::find(silent.len(), &|step| silent[step].as_slice()) {
        let Some(step) = circle.first().map(|(first, _)| &bound.steps[*first]) else { continue };
        let way: Vec<String> =
            circle.iter().map(|(at, by)| format!("{} —{by}→", bound.steps[*at].name)).collect();
        let text = format!(
            "a caller who presses nothing goes round for ever: {} {}",
            way.join(" "),
            step.name
        );
        let fault = faults.error(step.span.clone(), text);
        fault.rule = "L02";
        fault.help = Some("lead one of these ways to an ending".to_owned());
    }
}

/// Flows that call each other in a circle; true when there are any.
fn call_circles(bound: &Bound, faults: &mut Faults<'_>) -> bool {
    let mut calls: Vec<Vec<(usize, usize)>> = vec![Vec::new(); bound.flows.len()];
    for (index, step) in bound.steps.iter().enumerate() {
        if let Verb::Call(call) = &step.verb {
            let called = bound.flows.iter().position(|f| f.name == call.flow);
            calls[step.flow].extend(called.map(|flow| (index, flow)));
        }
    }
    let circles = circles::find(calls.len(), &|flow| calls[flow].as_slice());
    for circle in &circles {
        let Some((first, step)) = circle.first() else { continue };
        let around = circle.iter().map(|(flow, _)| flow).chain([first]);
        let names: Vec<&str> = around.map(|flow| bound.flows[*flow].name.as_str()).collect();
        let text = format!("flows call each other in a circle: {}", names.join(" → "));
        let fault = faults.error(bound.steps[*step].span.clone(), text);
        fault.rule = "L02";
        fault.help = Some("lead to a step instead of calling".to_owned());
    }
    !circles.is_empty()
}
