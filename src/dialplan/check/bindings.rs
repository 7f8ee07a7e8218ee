//! L01, first half: every outcome is bound, and every name it leads to is a step.

use crate::fields::did_you_mean;
use crate::plan::{Flow, Outcome, Step, Target};
use crate::read::{RawFlow, RawStep};
use crate::source::Faults;
use crate::step_reader::{Exit, must_be_bound};
use crate::verbs::{Need, Verb};
use std::collections::BTreeMap;

/// Flows and steps whose names are resolved.
pub(crate) struct Bound {
    pub(crate) flows: Vec<Flow>,
    pub(crate) steps: Vec<Step>,
    /// False when a name could not be resolved: then nothing can be said about what is reached.
    pub(crate) complete: bool,
}

/// The names of one flow.
struct Names<'r> {
    /// Where each step first stands in its flow.
    steps: BTreeMap<&'r str, usize>,
    first: usize,
    unreadable: &'r [String],
}

impl Names<'_> {
    fn resolve(&self, name: &str) -> Option<Target> {
        if name == "end" {
            return Some(Target::End);
        }
        self.steps.get(name).map(|at| Target::Step(self.first + at))
    }

    /// Resolves, or complains unless the step is there but unreadable.
    fn find(&self, exit: &Exit, complete: &mut bool, faults: &mut Faults<'_>) -> Option<Target> {
        let found = self.resolve(&exit.target);
        if found.is_none() {
            *complete = false;
            if !self.unreadable.contains(&exit.target) {
                let text = format!("there is no step '{}'", exit.target);
                let fault = faults.error(exit.span.clone(), text);
                fault.rule = "L01";
                let known = || self.steps.keys().copied().chain(["end"]);
                fault.help = did_you_mean(&exit.target, known()).or_else(|| {
                    let some: Vec<&str> = known().take(12).collect();
                    Some(format!("write that step, or lead to one of {}", some.join(", ")))
                });
            }
        }
        found
    }
}

pub(super) fn bind(raw: Vec<RawFlow>, faults: &mut Faults<'_>) -> Bound {
    let mut bound = Bound { flows: Vec::new(), steps: Vec::new(), complete: true };
    let flow_names: Vec<String> = raw.iter().map(|f| f.name.clone()).collect();
    for (index, flow) in raw.into_iter().enumerate() {
        bind_flow(&mut bound, index, flow, &flow_names, faults);
    }
    bound
}

fn bind_flow(
    bound: &mut Bound,
    index: usize,
    flow: RawFlow,
    flow_names: &[String],
    faults: &mut Faults<'_>,
) {
    let names = Names {
        // From the last to the first: where two have one name, the first is meant.
        steps: flow.steps.iter().enumerate().rev().map(|(at, s)| (s.name.as_str(), at)).collect(),
        first: bound.steps.len(),
        unreadable: &flow.unreadable,
    };
    bound.complete &= flow.unreadable.is_empty();
    let entry = bind_entry(&flow, &names, bound, faults);
    let emergency = bind_emergency(&flow, index, &names, &mut bound.complete, faults);
    let mut habits = BTreeMap::new();
    for exit in &flow.on {
        habits.extend(names.find(exit, &mut bound.complete, faults).map(|t| (exit.outcome, t)));
    }
    let mut exits_of = Vec::new();
    for step in &flow.steps {
        exits_of.push(bind_step(step, &names, &habits, &mut bound.complete, faults));
        bound.complete &= check_call(step, flow_names, faults);
    }
    for (step, exits) in flow.steps.into_iter().zip(exits_of) {
        let RawStep { name, span, verb, lines, .. } = step;
        bound.steps.push(Step { name, span, flow: index, verb, lines, exits });
    }
    bound.flows.push(Flow { name: flow.name, outbound: flow.outbound, entry, emergency });
}

fn bind_entry(
    flow: &RawFlow,
    names: &Names<'_>,
    bound: &mut Bound,
    faults: &mut Faults<'_>,
) -> usize {
    let Some((entry, span)) = &flow.entry else {
        let fault = faults.error(flow.span.clone(), "this flow has no entry");
        fault.rule = "L01";
        fault.help = Some("add a line such as: entry greet".to_owned());
        bound.complete = false;
        return names.first;
    };
    let exit = Exit { outcome: Outcome::Then, target: entry.clone(), span: span.clone() };
    match names.find(&exit, &mut bound.complete, faults) {
        Some(Target::Step(step)) => step,
        Some(Target::End) => {
            let fault = faults.error(span.clone(), "a flow cannot begin with its end");
            fault.help = Some("name its first step: entry greet".to_owned());
            bound.complete = false;
            names.first
        }
        None => names.first,
    }
}

/// Calls are led away in the first flow alone: a called flow is left on the way.
fn bind_emergency(
    flow: &RawFlow,
    index: usize,
    names: &Names<'_>,
    complete: &mut bool,
    faults: &mut Faults<'_>,
) -> Option<usize> {
    let (target, span) = flow.emergency.as_ref()?;
    if index > 0 {
        let fault = faults.error(span.clone(), "only the first flow of a file has an 'emergency'");
        fault.help = Some("take this line out: calls leave every called flow as well".to_owned());
        return None;
    }
    let exit = Exit { outcome: Outcome::Then, target: target.clone(), span: span.clone() };
    match names.find(&exit, complete, faults)? {
        Target::Step(step) => Some(step),
        Target::End => {
            let fault = faults.error(span.clone(), "in an emergency callers hear a sentence first");
            fault.help = Some("name a 'say' that tells them: emergency closed-today".to_owned());
            None
        }
    }
}

fn bind_step(
    step: &RawStep,
    names: &Names<'_>,
    habits: &BTreeMap<Outcome, Target>,
    complete: &mut bool,
    faults: &mut Faults<'_>,
) -> BTreeMap<Outcome, Target> {
    let written: Vec<Outcome> = step.exits.iter().map(|e| e.outcome).collect();
    // Every step can fail as a last resort (a value withheld after 15 minutes), also where no
    // outcome of its verb says so; see `Step::ways_out`.
    let mut exits: BTreeMap<Outcome, Target> =
        habits.get(&Outcome::Error).map(|target| (Outcome::Error, *target)).into_iter().collect();
    for exit in &step.exits {
        exits.extend(names.find(exit, complete, faults).map(|t| (exit.outcome, t)));
    }
    let mut unbound = Vec::new();
    for (outcome, need) in step.verb.ways() {
        if written.contains(&outcome) {
            continue;
        }
        match habits.get(&outcome) {
            Some(target) => {
                exits.insert(outcome, *target);
            }
            None if must_be_bound(need) => unbound.push((outcome, need)),
            None => {}
        }
    }
    for (outcome, need) in unbound {
        let by_error = need == Need::OrError && exits.contains_key(&Outcome::Error);
        if !by_error {
            *complete = false;
            complain(step, outcome, faults);
        }
    }
    exits
}

fn complain(step: &RawStep, outcome: Outcome, faults: &mut Faults<'_>) {
    let spec = step.verb.spec();
    let when = spec.outcomes.iter().find(|w| w.outcome == outcome).map_or("", |w| w.when);
    let text = format!("'{}' does not say where '{outcome}' leads ({when})", step.name);
    let fault = faults.error(step.span.clone(), text);
    fault.rule = "L01";
    fault.help = Some(match outcome {
        Outcome::Then => "add a line such as: then end".to_owned(),
        Outcome::Error | Outcome::NoInput | Outcome::NoMatch => format!(
            "add a line such as: {outcome} STEP, or bind it for the whole flow: on {outcome}=STEP"
        ),
        other => format!("add a line such as: {other} STEP"),
    });
}

/// False when the step calls a flow that is not there.
fn check_call(step: &RawStep, flow_names: &[String], faults: &mut Faults<'_>) -> bool {
    let Verb::Call(call) = &step.verb else { return true };
    let known = flow_names.contains(&call.flow);
    if !known {
        let fault = faults.error(call.span.clone(), format!("there is no flow '{}'", call.flow));
        fault.rule = "L01";
        fault.help =
            did_you_mean(&call.flow, flow_names.iter().map(String::as_str)).or_else(|| {
                Some(
                    "a called flow stands in this file, or in another .kdl of its directory"
                        .to_owned(),
                )
            });
    }
    known
}
