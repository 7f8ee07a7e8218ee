//! From the syntax tree to flows and steps: names are still names, nothing is proved yet.

use crate::condition::Type;
use crate::fields::{Fields, did_you_mean, name_span};
use crate::limits::{FLOWS_MAX, STEPS_MAX, TRIALS_MAX};
use crate::plan::Outcome;
use crate::source::Faults;
use crate::spoken::{From, first_span};
use crate::step_reader::{Exit, StepReader};
use crate::trial::{self, Trial};
use crate::verbs::{self, Verb, set};
use crate::written::{self, StepLine};
use ids::Lang;
use kdl::{KdlDocument, KdlEntry, KdlNode};
use std::ops::Range;

/// A flow as it was read.
pub(crate) struct RawFlow {
    pub(crate) name: String,
    pub(crate) span: Range<usize>,
    pub(crate) entry: Option<(String, Range<usize>)>,
    /// The step of its `emergency` line.
    pub(crate) emergency: Option<(String, Range<usize>)>,
    /// `None`: no `languages` line.
    pub(crate) languages: Option<Vec<Lang>>,
    /// Calls through it are placed by us, not taken.
    pub(crate) outbound: bool,
    /// The bindings of its `on` line.
    pub(crate) on: Vec<Exit>,
    pub(crate) steps: Vec<RawStep>,
    pub(crate) trials: Vec<Trial>,
    /// Names of steps that could not be read: leading to them is no fault of its own.
    pub(crate) unreadable: Vec<String>,
}

/// A step as it was read.
pub(crate) struct RawStep {
    pub(crate) name: String,
    pub(crate) span: Range<usize>,
    pub(crate) verb: Verb,
    pub(crate) lines: Vec<StepLine>,
    pub(crate) exits: Vec<Exit>,
}

/// The words of a flow that are no verbs.
pub(crate) const FLOW_WORDS: [&str; 6] = ["languages", "entry", "emergency", "kind", "on", "test"];

/// Every flow of the file.
pub(crate) fn flows(document: &KdlDocument, faults: &mut Faults<'_>) -> Vec<RawFlow> {
    let mut flows: Vec<RawFlow> = Vec::new();
    for node in document.nodes() {
        if node.name().value() != "flow" {
            let text = format!("'{}' does not stand in a flow", node.name().value());
            let fault = faults.error(name_span(node), text);
            fault.help = Some("everything stands in: flow NAME { … }".to_owned());
            continue;
        }
        if flows.len() == FLOWS_MAX {
            let text = format!("a file has at most {FLOWS_MAX} flows");
            let fault = faults.error(name_span(node), text);
            fault.help = Some("move some of them into another file".to_owned());
            break;
        }
        let flow = read_flow(node, faults);
        if flows.iter().any(|f| f.name == flow.name) {
            let text = format!("there are two flows '{}'", flow.name);
            let fault = faults.error(flow.span.clone(), text);
            fault.help = Some("give each its own name".to_owned());
        }
        flows.push(flow);
    }
    if flows.is_empty() && faults.sound() {
        let fault = faults.error(0..0, "this file has no flow");
        fault.help = Some("begin with: flow hotline { languages pl; entry greet; … }".to_owned());
    }
    flows
}

fn read_flow(node: &KdlNode, faults: &mut Faults<'_>) -> RawFlow {
    let mut fields = Fields::of(node, faults);
    let name = fields.word("a name").map(|(name, _)| name).unwrap_or_default();
    fields.finish(&[]);
    let children = node.children().map_or(&[][..], |c| c.nodes());
    let mut flow = RawFlow {
        name,
        span: first_span(node),
        entry: None,
        emergency: None,
        languages: None,
        outbound: false,
        on: Vec::new(),
        steps: Vec::new(),
        trials: Vec::new(),
        unreadable: Vec::new(),
    };
    let variables = set::variables(children);
    for child in children {
        read_child(&mut flow, child, &variables, faults);
    }
    flow
}

fn read_child(
    flow: &mut RawFlow,
    child: &KdlNode,
    variables: &[(String, Type)],
    faults: &mut Faults<'_>,
) {
    match child.name().value() {
        "languages" => read_languages(flow, child, faults),
        "entry" => {
            let mut fields = Fields::of(child, faults);
            let entry = fields.word("the name of the first step");
            fields.finish(&[]);
            if flow.entry.is_some() {
                let fault = faults.error(name_span(child), "'entry' stands here twice");
                fault.help = Some("a flow begins at one step: take one out".to_owned());
            }
            flow.entry = flow.entry.take().or(entry);
        }
        "kind" => read_kind(flow, child, faults),
        "emergency" => {
            let mut fields = Fields::of(child, faults);
            let step = fields.word("the step that calls go to while the emergency switch is on");
            fields.finish(&[]);
            if flow.emergency.is_some() {
                let fault = faults.error(name_span(child), "'emergency' stands here twice");
                fault.help = Some("calls can go to one step only: take one out".to_owned());
            }
            flow.emergency = flow.emergency.take().or(step);
        }
        "on" => read_on(flow, child, faults),
        "test" if flow.trials.len() >= TRIALS_MAX => {
            let text = format!("a flow has at most {TRIALS_MAX} tests");
            faults.error(name_span(child), text).help = Some("split the flow".to_owned());
        }
        "test" => flow.trials.extend(trial::read(child, faults)),
        verb => read_step(flow, child, verb, variables, faults),
    }
}

fn read_languages(flow: &mut RawFlow, node: &KdlNode, faults: &mut Faults<'_>) {
    let mut fields = Fields::of(node, faults);
    let languages = flow.languages.get_or_insert_default();
    while let Some(entry) = fields.next() {
        let Some((tag, span)) = fields.text(entry, "a language such as pl") else { continue };
        match tag.parse::<Lang>() {
            Ok(lang) if languages.contains(&lang) => {
                let fault = fields.faults.error(span, format!("'{tag}' stands here twice"));
                fault.help = Some("name each language once; the first is the default".to_owned());
            }
            Ok(lang) => languages.push(lang),
            Err(unknown) => fields.faults.no_language(span, &unknown),
        }
    }
    fields.finish(&[]);
}

/// `kind outbound`
fn read_kind(flow: &mut RawFlow, node: &KdlNode, faults: &mut Faults<'_>) {
    let mut fields = Fields::of(node, faults);
    if let Some((word, span)) = fields.word("inbound or outbound") {
        flow.outbound = word == "outbound";
        if !["inbound", "outbound"].contains(&word.as_str()) {
            let fault = fields.faults.error(span, format!("a flow is not of kind '{word}'"));
            fault.help = Some("write kind outbound, or leave the line out".to_owned());
        }
    }
    fields.finish(&[]);
}

/// `on hangup=end error=person`
fn read_on(flow: &mut RawFlow, node: &KdlNode, faults: &mut Faults<'_>) {
    let mut fields = Fields::of(node, faults);
    for entry in fields.other_properties() {
        let name = entry.name().map(|n| n.value().to_owned()).unwrap_or_default();
        let Some((target, span)) = fields.text(entry, "the name of a step") else { continue };
        match Outcome::named(&name) {
            Some(Outcome::Hangup) if target != "end" => {
                let text = "nobody hears a step after hanging up";
                fields.faults.error(span, text).help = Some("write hangup=end".to_owned());
            }
            Some(outcome) => flow.on.push(Exit { outcome, target, span }),
            None => {
                let known = Outcome::NAMED.iter().map(|(name, _)| *name);
                let text = format!("no step ends with '{name}'");
                fields.faults.error(span, text).help = did_you_mean(&name, known)
                    .or_else(|| Some("write on hangup=end error=STEP".to_owned()));
            }
        }
    }
    fields.finish(&[]);
}

fn read_step(
    flow: &mut RawFlow,
    node: &KdlNode,
    verb: &str,
    variables: &[(String, Type)],
    faults: &mut Faults<'_>,
) {
    if flow.steps.len() >= STEPS_MAX {
        if flow.steps.len() == STEPS_MAX {
            let text = format!("a flow has at most {STEPS_MAX} steps");
            faults.error(name_span(node), text).help = Some("split the flow".to_owned());
        }
        return;
    }
    if !verbs::ALL.iter().any(|spec| spec.name == verb) {
        let name = node.entries().first().and_then(|e| e.value().as_string());
        flow.unreadable.extend(name.map(str::to_owned));
        return no_such_verb(node, verb, faults);
    }
    let node = &with_lines(node);
    let mut fields = Fields::of(node, faults);
    let name = fields.word("a name for the step").map(|(name, _)| name);
    fields.finish(&[]);
    let name = name.unwrap_or_default();
    let span = first_span(node);
    if let Some(first) = flow.steps.iter().find(|s| s.name == name && !name.is_empty()) {
        let text =
            format!("there are two steps '{name}', a '{}' and a '{verb}'", first.verb.name());
        faults.error(span.clone(), text).help = Some("give each its own name".to_owned());
    }
    if name == "end" {
        let fault = faults.error(span.clone(), "'end' is the end of every flow, not a step");
        fault.help = Some("give the step another name".to_owned());
    }
    let mut reader = StepReader::of(node, variables, faults);
    match Verb::read(verb, &mut reader) {
        Some(verb) => {
            let exits = reader.finish(verb.spec());
            foreign_exits(&verb, &exits, faults);
            unknown_variables(&verb, variables, faults);
            flow.steps.push(RawStep { name, span, verb, lines: written::of(node), exits });
        }
        None => flow.unreadable.push(name),
    }
}

fn no_such_verb(node: &KdlNode, verb: &str, faults: &mut Faults<'_>) {
    let known = verbs::ALL.iter().map(|s| s.name).chain(FLOW_WORDS);
    let fault = faults.error(name_span(node), format!("there is no verb '{verb}'"));
    fault.help = did_you_mean(verb, known.clone())
        .or_else(|| Some(format!("there are {}", known.collect::<Vec<_>>().join(", "))));
}

/// `queue person to=negotiators { … }`: a property of the step is a line of its own in short.
fn with_lines(node: &KdlNode) -> KdlNode {
    let mut long = node.clone();
    let short: Vec<KdlEntry> =
        long.entries().iter().filter(|e| e.name().is_some()).cloned().collect();
    long.entries_mut().retain(|entry| entry.name().is_none());
    for (at, entry) in short.into_iter().enumerate() {
        let Some(name) = entry.name().cloned() else { continue };
        let mut value = KdlEntry::new(entry.value().clone());
        value.set_span(entry.span());
        let mut line = KdlNode::new(name);
        line.set_span(entry.span());
        line.push(value);
        long.ensure_children().nodes_mut().insert(at, line);
    }
    long
}

/// Outcomes that the verb has, but not this kind of its step.
fn foreign_exits(verb: &Verb, exits: &[Exit], faults: &mut Faults<'_>) {
    let ways = verb.ways();
    let menu = |outcome: &Outcome| matches!(outcome, Outcome::Key(_) | Outcome::If(_));
    for exit in exits.iter().filter(|e| !menu(&e.outcome)) {
        let known = ways.iter().any(|(outcome, _)| *outcome == exit.outcome);
        let of_verb = verb.spec().outcomes.iter().any(|way| way.outcome == exit.outcome);
        if !known && of_verb && exit.outcome != Outcome::Error {
            let text = format!("this '{}' never ends with '{}'", verb.name(), exit.outcome);
            let names: Vec<String> = ways.iter().map(|(outcome, _)| outcome.to_string()).collect();
            faults.error(exit.span.clone(), text).help =
                Some(format!("it ends with {}", names.join(", ")));
        }
    }
}

/// Variables in prompts that no step makes.
fn unknown_variables(verb: &Verb, variables: &[(String, Type)], faults: &mut Faults<'_>) {
    for spoken in verb.plays() {
        for (_, from, span) in &spoken.args {
            let From::Set(name) = from else { continue };
            if variables.iter().any(|(known, _)| known == name) {
                continue;
            }
            let near = did_you_mean(name, variables.iter().map(|(n, _)| n.as_str()));
            let fault = faults.error(span.clone(), format!("no step sets '{name}'"));
            fault.rule = "L07";
            fault.help = near.or_else(|| Some(format!("ask for it: into {name}")));
        }
    }
}
