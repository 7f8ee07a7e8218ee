//! Languages that a step speaks though the flow does not declare them.

use super::gate::Gate;
use crate::verbs::Verb;
use crate::verbs::language::To;
use ids::Lang;
use std::ops::Range;

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    let languages = gate.said.languages;
    if languages.is_empty() {
        return;
    }
    let speaks = |lang: Lang| languages.iter().any(|l| l.catalogue() == lang.catalogue());
    let mut foreign: Vec<(Lang, Range<usize>)> = Vec::new();
    for step in &gate.bound.steps {
        if let Verb::Language(language) = &step.verb
            && let To::One(lang) = language.to
        {
            foreign.push((lang, language.span.clone()));
        }
        let plays = step.verb.plays().into_iter();
        foreign.extend(plays.filter_map(|spoken| Some((spoken.lang?, spoken.span))));
    }
    for (lang, span) in foreign.into_iter().filter(|(lang, _)| !speaks(*lang)) {
        let fault = gate.faults.error(span, format!("this flow does not speak {lang}"));
        fault.help = Some("add it to the 'languages' line".to_owned());
    }
}
