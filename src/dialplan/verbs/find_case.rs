//! `find-case`: by the calling number, without asking anything.

use super::contract::Contract;
use super::{Need, Receiver, Spec, way, word};
use crate::event::{Action, CaseFacts, FindBy, Trace};
use crate::fields::did_you_mean;
use crate::plan::Outcome;
use crate::spoken::first_span;
use crate::step_reader::StepReader;
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "find-case",
    does: "Looks for the caller's case by the calling number. A number routes, it never proves: \
           nothing of the case may be said before 'verify'.",
    words: &[word("by", "by caller-number", "what to look by; sms-sender is not there yet")],
    outcomes: &[
        way(
            Outcome::Found,
            Need::Bound,
            false,
            "one case has this number; the call is about it now",
        ),
        way(Outcome::None, Need::Bound, false, "none has it, or the number is hidden"),
        way(Outcome::Many, Need::Bound, false, "several have it"),
        way(Outcome::Error, Need::Bound, false, "the store did not answer within 3 s"),
    ],
    example: "find-case identify {\n    by caller-number\n    found verify; none ask-case; many \
              ask-case; error ask-case\n}",
    contract: Contract { waits: crate::limits::SERVICE_LONGEST, lookup: true, ..Contract::SILENT },
};

pub(crate) struct FindCase;

impl FindCase {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        if let Some(line) = reader.needed("by", "by caller-number") {
            let mut fields = reader.fields(line);
            while let Some(entry) = fields.next() {
                let Some((way, span)) = fields.text(entry, "caller-number") else { continue };
                match way.as_str() {
                    "caller-number" => {}
                    "sms-sender" => {
                        let fault = fields.faults.warn(span, "'sms-sender' is not there yet");
                        fault.help = Some("the case is looked for by the calling number".into());
                    }
                    _ => {
                        let text = format!("a case cannot be found by '{way}'");
                        let near = did_you_mean(&way, ["caller-number"]);
                        fields.faults.error(span, text).help =
                            near.or_else(|| Some("write by caller-number".into()));
                    }
                }
            }
            fields.finish(&[]);
            if line.entries().is_empty() {
                let span = first_span(line);
                let fault = reader.faults.error(span, "'by' needs caller-number after it");
                fault.help = Some("write by caller-number".to_owned());
            }
        }
        Self
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        let Some(number) = walk.facts.caller.clone() else {
            walk.trace(Trace::CaseNotFound { by: "caller-number" });
            return walk.leave(Outcome::None);
        };
        let request = walk.request(Receiver::CallerNumber);
        walk.actions.push_back(Action::FindCase { request, by: FindBy::CallerNumber(number) });
    }
}

/// The store has looked.
pub(crate) fn found(walk: &mut Walk, cases: Vec<CaseFacts>) {
    let by = "caller-number";
    let several = cases.len() > 1;
    match <[CaseFacts; 1]>::try_from(cases) {
        Ok([case]) => {
            walk.trace(Trace::CaseFound { case: case.id, by });
            walk.take_case(case);
            walk.leave(Outcome::Found);
        }
        Err(_) => {
            walk.trace(Trace::CaseNotFound { by });
            walk.leave(if several { Outcome::Many } else { Outcome::None });
        }
    }
}
