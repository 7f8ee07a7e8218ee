//! What makes a version: the flow file, every text it can say in each of its languages, and the firm's
//! choices it is checked with. A changed word is a new version although no line of the flow changed.
//!
//! ```text
//!  sha256( canonical flow file \0 check digit \0 { language \t prompt \t text \0 }* )  →  hotline@3f2a5c9b01de
//! ```
//! Owns: the hash, and which texts belong to a plan.
//! Never: where a version is kept, who may publish it.

use crate::plan::{Environment, Plan, Step};
use crate::texts::Texts;
use ids::Lang;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Digits of a version in labels: 48 bits tell a firm's versions apart.
pub(crate) const LABEL_DIGITS: usize = 12;

/// The endings under which a question is asked again, where the catalogue has them.
const RUNGS: [&str; 3] = ["", "_short", "_person"];

/// One text that a plan can say.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct UsedText {
    /// In this language of the plan.
    pub lang: Lang,
    /// The prompt's id.
    pub prompt: String,
    /// Its text as Fluent, in the catalogue's one layout.
    pub source: String,
}

/// For each prompt the steps that can play it, as `flow/step`; the words before a call is given up
/// belong to no step.
pub(crate) fn prompts(steps: &[Step], flow_of: impl Fn(&Step) -> String) -> Prompts {
    let mut prompts = Prompts::from([("tech_error".to_owned(), BTreeSet::new())]);
    for step in steps {
        for spoken in step.verb.plays() {
            prompts.entry(spoken.prompt).or_default().insert(flow_of(step));
        }
    }
    prompts
}

/// Prompt ids with the steps that play them.
pub(crate) type Prompts = BTreeMap<String, BTreeSet<String>>;

/// The texts behind these prompts, by language and id, each once.
pub(crate) fn texts(prompts: &Prompts, languages: &[Lang], texts: &dyn Texts) -> Vec<UsedText> {
    let mut used = Vec::new();
    for lang in languages {
        let rungs = prompts.keys().flat_map(|id| RUNGS.map(|rung| format!("{id}{rung}")));
        for prompt in rungs.collect::<BTreeSet<String>>() {
            let source = texts.source(*lang, &prompt);
            used.extend(source.map(|source| UsedText { lang: *lang, prompt, source }));
        }
    }
    used
}

/// SHA-256 in lower-case hex: what a published file is held against.
pub fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The whole version from the hash of the canonical flow file.
pub(crate) fn whole(flow: &str, environment: &Environment, texts: &[UsedText]) -> String {
    let mut sha = Sha256::new();
    sha.update(format!("{flow}\0{:?}\0", environment.check_digit));
    for text in texts {
        sha.update(format!("{}\t{}\t{}\0", text.lang, text.prompt, text.source));
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Plan {
    /// Every text it can say, language by language.
    pub fn used_texts(&self) -> Vec<UsedText> {
        texts(&self.prompt_steps(), &self.languages, self.texts.as_ref())
    }

    /// Every prompt its steps can play, with those steps as `flow/step`.
    pub fn prompt_steps(&self) -> BTreeMap<String, BTreeSet<String>> {
        let name = |step: &Step| format!("{}/{}", self.flows[step.flow].name, step.name);
        prompts(&self.steps, name)
    }

    /// This plan under the version it was published with, when texts or settings around it went on.
    #[must_use]
    pub fn published_as(mut self: Arc<Plan>, version: &str) -> Arc<Plan> {
        // Just checked, so nobody shares it yet.
        if let Some(plan) = Arc::get_mut(&mut self) {
            version.clone_into(&mut plan.version);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{HOTLINE, shipped_texts};
    use crate::{CheckDigit, Environment, Plan, Texts};
    use ids::Lang;
    use std::sync::Arc;
    use words::{Args, Sentence};

    /// The shipped texts with one of them changed.
    struct Changed(Arc<dyn Texts>, &'static str);

    impl Texts for Changed {
        fn ids(&self, lang: Lang) -> Vec<String> {
            self.0.ids(lang)
        }
        fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>> {
            self.0.placeables(lang, id)
        }
        fn sentence(&self, lang: Lang, id: &str, args: &Args) -> Result<Sentence, String> {
            self.0.sentence(lang, id, args)
        }
        fn source(&self, lang: Lang, id: &str) -> Option<String> {
            let own = self.0.source(lang, id)?;
            let changed = id == self.1 && lang == Lang::It;
            Some(if changed { format!("{own} Grazie.") } else { own })
        }
    }

    fn version(source: &str, texts: &Arc<dyn Texts>, environment: &Environment) -> String {
        Plan::check(source.as_bytes(), "f.kdl", texts, environment).unwrap().version.clone()
    }

    #[test]
    fn a_word_that_the_flow_can_say_makes_a_new_version_and_another_word_does_not() {
        let plain = Environment::default();
        let own = version(HOTLINE, &shipped_texts(), &plain);
        let with = |id| -> Arc<dyn Texts> { Arc::new(Changed(shipped_texts(), id)) };
        assert_ne!(version(HOTLINE, &with("balance_overdue"), &plain), own);
        assert_ne!(version(HOTLINE, &with("verify_case_id_short"), &plain), own, "a rung");
        assert_eq!(version(HOTLINE, &with("survey_nps"), &plain), own, "the hotline never says it");
    }

    #[test]
    fn layout_and_comments_make_no_version_and_the_firms_choices_do() {
        let plain = Environment::default();
        let own = version(HOTLINE, &shipped_texts(), &plain);
        let laid_out = crate::format(HOTLINE.as_bytes(), "f.kdl").unwrap();
        assert_eq!(version(&format!("// why\n{laid_out}"), &shipped_texts(), &plain), own);
        let damm = Environment { check_digit: CheckDigit::Damm };
        assert_ne!(version(HOTLINE, &shipped_texts(), &damm), own);
    }

    #[test]
    fn a_plan_knows_which_step_says_what() {
        let plan =
            Plan::check(HOTLINE.as_bytes(), "f.kdl", &shipped_texts(), &Environment::default());
        let steps = plan.unwrap().prompt_steps();
        assert!(steps["balance"].contains("hotline/not-yet"));
        assert!(steps["tech_error"].is_empty());
    }
}
