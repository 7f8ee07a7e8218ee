//! L01, second half: every step can be reached.

use super::gate::Gate;
use super::proof::Proof;

pub(super) fn check(gate: &mut Gate<'_, '_>, proof: &Proof<'_>) {
    let mut reached = vec![false; gate.bound.steps.len()];
    proof.reached().into_iter().for_each(|step| reached[step] = true);
    for (step, _) in gate.bound.steps.iter().zip(reached).filter(|(_, reached)| !reached) {
        let fault =
            gate.faults.error(step.span.clone(), format!("no way leads to '{}'", step.name));
        fault.rule = "L01";
        fault.help = Some("lead an outcome to it, or take the step out".to_owned());
    }
}
