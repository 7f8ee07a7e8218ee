//! The publish gate: a file becomes a plan only if nothing in it can go wrong for a caller.
//!
//! Proved here, on the graph and the verbs' contracts: every outcome leads somewhere and every step is
//! reached (L01); a silent caller never goes round for ever (L02); every step has a way to an ending
//! (L03); what only the right party may hear
//! stands behind the `ok` of a `verify` on every way (L05); every prompt exists in every declared
//! language with its values (L08). Not proved: that services answer, that recordings say their text.

mod bindings;
mod circles;
mod endings;
#[cfg(test)]
mod file_tests;
mod paths;
mod prompts;
#[cfg(test)]
pub(crate) mod tests;

use crate::diagnostic::Diagnostic;
use crate::plan::{Environment, Plan};
use crate::read::{self, RawFlow};
use crate::source::{Faults, Source, parse, read_text};
use crate::texts::Texts;
use ids::Lang;
use kdl::KdlDocument;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Reads, checks, and gives a plan or every fault.
pub(crate) fn check(
    bytes: &[u8],
    file: &str,
    texts: &Arc<dyn Texts>,
    environment: &Environment,
) -> Result<Plan, Vec<Diagnostic>> {
    let text = read_text(bytes, file).map_err(|fault| vec![*fault])?;
    let mut faults = Faults::of(Source::new(file, text));
    let Some(document) = parse(text, &mut faults) else {
        return Err(faults.into_list());
    };
    let mut flows = read::flows(&document, &mut faults);
    let languages = languages(&flows, &mut faults);
    let trials = flows.iter_mut().flat_map(|f| std::mem::take(&mut f.trials)).collect();
    let name = flows.first().map(|f| f.name.clone()).unwrap_or_default();
    let entry = flows.first().map_or(0..0, |f| f.span.clone());
    let bound = bindings::bind(flows, &mut faults);
    prompts::check_last_words(entry, &languages, texts.as_ref(), &mut faults);
    prompts::check(&bound.steps, &languages, texts.as_ref(), &mut faults);
    paths::check(&bound, &languages, texts.as_ref(), &mut faults);
    if !faults.sound() {
        return Err(faults.into_list());
    }
    Ok(Plan {
        name,
        version: version(document),
        languages,
        warnings: faults.into_list(),
        flows: bound.flows,
        steps: bound.steps,
        trials,
        environment: *environment,
        texts: texts.clone(),
    })
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

/// SHA-256 of the canonical source: comments and layout do not change it.
pub(crate) fn version(mut document: KdlDocument) -> String {
    document.autoformat_no_comments();
    let digest = Sha256::digest(document.to_string().as_bytes());
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
