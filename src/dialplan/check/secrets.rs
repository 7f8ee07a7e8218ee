//! L06: a secret goes to `verify` or `pay` and nowhere else. Whatever is keyed there is held in wiped memory,
//! compared or handed on, and never becomes a value of the flow: so no prompt, condition, log or request
//! can hold one.
//!
//! What is left to prove is that no other step asks for one: by its prompt, or by the name it gives the
//! answer.

use super::gate::Gate;

/// Beginnings of prompts that ask for a secret.
const ASKS_FOR_ONE: [&str; 8] = [
    "verify_pin",
    "verify_dob",
    "verify_id_last4",
    "verify_postcode",
    "verify_otp",
    "pay_card_number",
    "pay_expiry",
    "pay_cvv",
];
/// A prompt that begins like one of them, and asks for no secret.
const OFFERS_ONLY: &str = "verify_otp_offer";

/// Names of variables that would hold one.
const NAMES: [&str; 9] =
    ["pin", "otp", "password", "secret", "card", "cvv", "cvc", "iban", "pesel"];

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    named_like_one(gate);
    for step in &gate.bound.steps {
        if step.verb.takes_secrets() || !step.verb.asks() {
            continue;
        }
        let plays = step.verb.plays();
        for spoken in plays.iter().filter(|spoken| asks_for_one(&spoken.prompt)) {
            let text = format!(
                "'{}' asks for a secret, which only 'verify' and 'pay' may take",
                spoken.prompt
            );
            let fault = gate.faults.error(spoken.span.clone(), text);
            fault.rule = "L06";
            fault.help = Some(
                "ask for it by: verify NAME { ask pin birth-date need=2; … }, or by a 'pay'"
                    .to_owned(),
            );
        }
    }
}

/// A name under which nobody would keep anything but a secret.
fn named_like_one(gate: &mut Gate<'_, '_>) {
    for step in &gate.bound.steps {
        for name in step.verb.makes() {
            let lower = name.to_lowercase();
            let parts: Vec<&str> = lower.split('_').collect();
            if NAMES.iter().any(|secret| parts.contains(secret)) {
                let text = format!("'{}' keeps a secret as '{name}'", step.name);
                let fault = gate.faults.error(step.span.clone(), text);
                fault.rule = "L06";
                fault.help = Some(
                    "secrets are keyed in a 'verify' or a 'pay', which forget them; if it is none, \
                     give it another name"
                        .to_owned(),
                );
            }
        }
    }
}

fn asks_for_one(prompt: &str) -> bool {
    prompt != OFFERS_ONLY && ASKS_FOR_ONE.iter().any(|begin| prompt.starts_with(begin))
}
