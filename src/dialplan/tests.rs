//! The shipped dialplan with the shipped catalogues.

use crate::{Catalogues, Environment, Plan, Texts, run_tests};
use ids::Lang;
use std::sync::Arc;
use words::Catalogue;

pub(crate) fn shipped_texts() -> Arc<dyn Texts> {
    let read = |lang: Lang| {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../prompts");
        let path = format!("{root}/{}/catalogue.ftl", lang.catalogue());
        Catalogue::parse(lang, &std::fs::read_to_string(path).unwrap()).unwrap()
    };
    Arc::new(Catalogues::new(Lang::VOICES.into_iter().map(read).collect()))
}

pub(crate) const HOTLINE: &str = include_str!("../../dialplans/hotline.kdl");

fn hotline() -> Arc<Plan> {
    let texts = shipped_texts();
    let environment = Environment::default();
    match Plan::check(HOTLINE.as_bytes(), "hotline.kdl", &texts, &environment) {
        Ok(plan) => plan,
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            panic!("{}", faults.join("\n"))
        }
    }
}

#[test]
fn the_shipped_hotline_passes_the_gate_and_its_own_tests() {
    let plan = hotline();
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    let results = run_tests(&plan);
    assert!(results.len() >= 12);
    for result in &results {
        if let Some(failure) = &result.failure {
            panic!("{}\n  {failure}\n{}", result.name, result.heard.join("\n"));
        }
    }
}
