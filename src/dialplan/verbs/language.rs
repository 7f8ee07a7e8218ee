//! `language`: the call goes on in another language.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::plan::Outcome;
use crate::step_reader::StepReader;
use crate::walk::Walk;
use ids::Lang;
use std::ops::Range;

pub(crate) const SPEC: Spec = Spec {
    name: "language",
    does: "Goes on in another of the flow's languages. 'to case' takes the language of the case, \
           unless the called number fixes one; a language the flow does not declare changes nothing.",
    words: &[word("to", "to it | to case", "a language, or the one the person speaks")],
    outcomes: &[way(Outcome::Then, Need::Bound, false, "always")],
    example: "language theirs {\n    to case\n    then verify\n}",
    contract: Contract::SILENT,
};

pub(crate) struct Language {
    pub(crate) to: To,
    pub(crate) span: Range<usize>,
}

pub(crate) enum To {
    Case,
    One(Lang),
}

impl Language {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Option<Self> {
        let line = reader.needed("to", "to case")?;
        let mut fields = reader.fields(line);
        let (word, span) = fields.word("a language such as it, or case")?;
        fields.finish(&[]);
        let to = match word.as_str() {
            "case" => To::Case,
            tag => match tag.parse() {
                Ok(lang) => To::One(lang),
                Err(unknown) => {
                    reader.faults.no_language(span, &unknown);
                    return None;
                }
            },
        };
        Some(Self { to, span })
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        let lang = match self.to {
            To::One(lang) => Some(lang),
            To::Case if walk.facts.lang.is_some() => None,
            To::Case => walk.case.as_ref().map(|c| c.lang),
        };
        if let Some(lang) = lang {
            walk.speak(lang);
        }
        walk.leave(Outcome::Then);
    }
}
