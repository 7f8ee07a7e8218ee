//! L12: a service that does not answer leads somewhere. Every look-up waits at most 3 s, hears `please_wait`
//! after 1.5 s, and has a way for its error.

use super::gate::Gate;
use crate::plan::{Outcome, Target};

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    for step in &gate.bound.steps {
        // A machine hears a message or nothing.
        let to_machine = step.verb.name() == "message";
        if !step.verb.looks_up() || step.verb.plays().is_empty() || to_machine {
            continue;
        }
        // A missing way is told by L01 already.
        if step.exits.get(&Outcome::Error) == Some(&Target::End) && step.flow == 0 {
            let text =
                format!("when the look-up of '{}' fails, the call ends without a word", step.name);
            let fault = gate.faults.warn(step.span.clone(), text);
            fault.rule = "L12";
            fault.help = Some(
                "lead it to a step that says so: error trouble, or for the whole flow: on error=trouble"
                    .to_owned(),
            );
        }
    }
}
