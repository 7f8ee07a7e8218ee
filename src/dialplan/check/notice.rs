//! L10: nobody is recorded who was not told. A step that records stands behind the recording notice, and the
//! notice is heard to its end: no key cuts it off.

use super::gate::Gate;
use super::proof::{Change, Proof};
use crate::plan::{Outcome, Step};

/// The prompt that says that the call is recorded.
pub(super) const NOTICE: &str = "recording_notice";

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    interruptible(gate);
    let (bound, ways) = (gate.bound, gate.ways);
    if !bound.steps.iter().any(|step| step.verb.records()) {
        return;
    }
    let told =
        Proof::of(bound, ways, |step, outcome| match gives_notice(&bound.steps[step], outcome) {
            true => Change::Gives,
            false => Change::Keeps,
        });
    for (step, way) in told.lacking() {
        let here = &bound.steps[step];
        if !here.verb.records() {
            continue;
        }
        let way = gate.hops(&way, step);
        let text = format!("'{}' records a caller who has not heard '{NOTICE}'", here.name);
        let fault = gate.error("L10", here.span.clone(), text);
        fault.help = Some(format!(
            "lead every way to it through the 'done' of a 'record' with: what call; or through a step \
             with: prompt {NOTICE} barge-in=#false"
        ));
        fault.way = way;
    }
}

fn gives_notice(step: &Step, outcome: Outcome) -> bool {
    if step.verb.contract().gives_notice {
        return outcome == Outcome::Done;
    }
    step.verb.plays().iter().any(|spoken| spoken.prompt == NOTICE)
}

/// A notice that a key may cut off is none.
fn interruptible(gate: &mut Gate<'_, '_>) {
    for step in &gate.bound.steps {
        // A step that asks hears keys while it speaks: there the notice can be answered, not skipped.
        if step.verb.asks() {
            continue;
        }
        for spoken in step.verb.plays() {
            if spoken.prompt == NOTICE && spoken.barge_in != Some(false) {
                let text = format!("a key could cut '{NOTICE}' off before it is understood");
                let fault = gate.faults.error(spoken.span.clone(), text);
                fault.rule = "L10";
                fault.help = Some(format!("write prompt {NOTICE} barge-in=#false"));
            }
        }
    }
}
