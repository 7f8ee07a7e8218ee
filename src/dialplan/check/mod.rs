//! The publish gate: a file becomes a plan only if nothing in it can go wrong for a caller.
//!
//! One file a rule; what each proves stands at its top, and in [`crate::reference`] for admins. Proved on the
//! graph and the verbs' contracts. Not proved: that services answer, that recordings say their text.

mod bindings;
mod circles;
mod contract;
mod endings;
mod figures;
#[cfg(test)]
mod file_tests;
mod gate;
#[cfg(test)]
mod gate_tests;
mod hours;
mod languages;
mod lookups;
mod menus;
mod notice;
mod outreach;
mod party;
mod person;
mod prompts;
mod proof;
mod reached;
mod rounds;
mod said;
mod secrets;
#[cfg(test)]
pub(crate) mod tests;
mod variables;
mod ways;
mod wording;

pub use figures::Figures;

use crate::diagnostic::Diagnostic;
use crate::library::Library;
use crate::plan::{Environment, Flow, Plan, Step};
use crate::read::{self, RawFlow};
use crate::source::{Faults, Source, parse, read_text};
use crate::texts::Texts;
use crate::version;
use bindings::Bound;
use gate::Gate;
use ids::Lang;
use kdl::KdlDocument;
use proof::{Change, Proof};
use said::Said;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use ways::Ways;

/// A file that cannot be used: why, and what of it can be drawn all the same.
pub(crate) struct Refused {
    pub(crate) faults: Vec<Diagnostic>,
    pub(crate) bound: Option<Box<(Vec<Flow>, Vec<Step>)>>,
}

/// Reads, checks, and gives a plan or every fault.
pub(crate) fn check(
    bytes: &[u8],
    file: &str,
    texts: &Arc<dyn Texts>,
    environment: &Environment,
    library: &Library,
) -> Result<Plan, Refused> {
    let text =
        read_text(bytes, file).map_err(|fault| Refused { faults: vec![*fault], bound: None })?;
    let whole = library.whole(text);
    let mut faults = Faults::of(Source::new(file, &whole.text).with(whole.parts));
    let Some(document) = parse(&whole.text, &mut faults) else {
        return Err(Refused { faults: faults.into_list(), bound: None });
    };
    for (flow, first, second) in whole.twice {
        let text = format!("there are two flows '{flow}', in {first} and in {second}");
        faults.error(0..0, text).help = Some("give each its own name".to_owned());
    }
    let mut flows = read::flows(&document, &mut faults);
    let languages = languages(&flows, &mut faults);
    let trials = flows.iter_mut().flat_map(|f| std::mem::take(&mut f.trials)).collect();
    let name = flows.first().map(|f| f.name.clone()).unwrap_or_default();
    let entry = flows.first().map_or(0..0, |f| f.span.clone());
    let bound = bindings::bind(flows, &mut faults);
    prompts::check_last_words(entry, &languages, texts.as_ref(), &mut faults);
    prompts::check(&bound.steps, &languages, texts.as_ref(), &mut faults);
    let figures = prove(&bound, &languages, texts.as_ref(), &mut faults);
    if !faults.sound() {
        let bound = Some(Box::new((bound.flows, bound.steps)));
        return Err(Refused { faults: faults.into_list(), bound });
    }
    let flow_of = |step: &Step| bound.flows[step.flow].name.clone();
    let prompts = version::prompts(&bound.steps, flow_of);
    let used = version::texts(&prompts, &languages, texts.as_ref());
    Ok(Plan {
        name,
        version: version::whole(&version(document), environment, &used),
        languages,
        warnings: faults.into_list(),
        figures,
        flows: bound.flows,
        steps: bound.steps,
        trials,
        environment: *environment,
        texts: texts.clone(),
    })
}

/// Every rule that looks at the ways through the file.
fn prove(
    bound: &Bound,
    languages: &[Lang],
    texts: &dyn Texts,
    faults: &mut Faults<'_>,
) -> Vec<Figures> {
    let ways = Ways::of(bound);
    let said = Said::new(texts, languages);
    let mut gate = Gate { bound, ways: &ways, said: &said, faults };
    if bound.steps.is_empty() || rounds::flows_in_circles(&mut gate) {
        return Vec::new();
    }
    let walked = Proof::of(bound, &ways, |_, _| Change::Keeps);
    if bound.complete {
        reached::check(&mut gate, &walked);
        endings::check(&mut gate, &walked);
        person::check(&mut gate, &walked);
        menus::check(&mut gate, &walked);
    }
    rounds::check(&mut gate, &walked);
    hours::check(&mut gate);
    party::check(&mut gate);
    secrets::check(&mut gate);
    variables::check(&mut gate);
    outreach::check(&mut gate);
    notice::check(&mut gate);
    lookups::check(&mut gate);
    languages::check(&mut gate);
    wording::check(&mut gate);
    figures::figures(&gate)
}

/// The languages of the first flow; others speak the same.
fn languages(flows: &[RawFlow], faults: &mut Faults<'_>) -> Vec<Lang> {
    let Some(first) = flows.first() else { return Vec::new() };
    if first.languages.as_ref().is_none_or(|l| l.is_empty() && faults.sound()) {
        let fault = faults.error(first.span.clone(), "this flow has no languages");
        fault.help = Some("add a line such as: languages pl en it pt".to_owned());
    }
    for flow in flows.iter().skip(1) {
        if flow.languages.is_some() && flow.languages != first.languages {
            let text = "all flows of a file speak the languages of its first";
            faults.error(flow.span.clone(), text).help = Some("leave this line out".to_owned());
        }
    }
    first.languages.clone().unwrap_or_default()
}

/// SHA-256 of the canonical source: comments and layout do not change it. The flow's part of a version.
pub(crate) fn version(mut document: KdlDocument) -> String {
    document.autoformat_no_comments();
    let digest = Sha256::digest(document.to_string().as_bytes());
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
