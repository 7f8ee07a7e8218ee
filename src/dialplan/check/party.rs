//! L05: only the right party hears of the case. L07, of cases: `verify` and `language to case` have one.
//!
//! The `ok` of a `verify` gives, and so does a `when` on `caller.verified`; another case that is found takes, for whoever was proved for the old one
//! is a stranger to it.

use super::gate::Gate;
use super::hours::only_when;
use super::prompts::confidential_prompt;
use super::proof::{Change, Left, Proof};
use crate::plan::Outcome;
use crate::verbs::Verb;
use crate::verbs::language::To;

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    let (bound, ways) = (gate.bound, gate.ways);
    let proved = Proof::of(bound, ways, |step, outcome| match (&bound.steps[step].verb, outcome) {
        (Verb::FindCase(_) | Verb::Ask(_), Outcome::Found) => Change::Takes,
        (Verb::Verify(_), Outcome::Ok) => Change::Gives,
        (Verb::When(when), _) if only_when(when, outcome, "caller.verified") => Change::Gives,
        _ => Change::Keeps,
    });
    for (step, way) in proved.lacking() {
        stranger(gate, step, &way);
    }
    let known = Proof::of(bound, ways, |step, outcome| match (&bound.steps[step].verb, outcome) {
        (Verb::FindCase(_) | Verb::Ask(_), Outcome::Found) => Change::Gives,
        (Verb::Verify(_), Outcome::Ok) => Change::Gives,
        (Verb::When(when), _)
            if ["case.found", "caller.verified"].iter().any(|v| only_when(when, outcome, v)) =>
        {
            Change::Gives
        }
        _ => Change::Keeps,
    });
    for (step, way) in known.lacking() {
        caseless(gate, step, &way);
    }
}

fn stranger(gate: &mut Gate<'_, '_>, step: usize, way: &[Left]) {
    let here = &gate.bound.steps[step];
    let outbound = gate.bound.flows.first().is_some_and(|flow| flow.outbound);
    let way = gate.hops(way, step);
    if here.verb.contract().verified {
        let text = format!("a stranger can come to '{}', a '{}'", here.name, here.verb.name());
        let fault = gate.error("L05", here.span.clone(), text);
        fault.help = Some("lead every way to it through the 'ok' of a 'verify'".to_owned());
        fault.way = way;
        return;
    }
    for spoken in here.verb.plays() {
        if let Some(value) = confidential_prompt(&spoken, gate.said, outbound) {
            let span = if spoken.span == (0..0) { here.span.clone() } else { spoken.span.clone() };
            let text = format!("a stranger can hear '{}', {value}", spoken.prompt);
            let fault = gate.error("L05", span, text);
            fault.help = Some("lead every way to it through the 'ok' of a 'verify'".to_owned());
            fault.way = way.clone();
        }
    }
    if let Verb::When(when) = &here.verb {
        for branch in when.branches.iter().filter(|b| b.condition.confidential()) {
            let text = format!("what a stranger hears would depend on '{}'", branch.text);
            let fault = gate.error("L05", branch.span.clone(), text);
            fault.help = Some("ask this only behind the 'ok' of a 'verify'".to_owned());
            fault.way = way.clone();
        }
    }
}

fn caseless(gate: &mut Gate<'_, '_>, step: usize, way: &[Left]) {
    let here = &gate.bound.steps[step];
    let span = match &here.verb {
        Verb::Verify(_) => here.span.clone(),
        Verb::Language(language) if matches!(language.to, To::Case) => language.span.clone(),
        _ => return,
    };
    let way = gate.hops(way, step);
    let fault = gate.error("L07", span, format!("'{}' has no case yet", here.name));
    fault.help = Some("lead to it only by 'found' of a 'find-case' or an 'ask'".to_owned());
    fault.way = way;
}
