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

#[test]
fn the_simulator_shows_the_words_and_why_a_branch_was_taken() {
    let (mut session, opening) = crate::simulate::Session::begin(&hotline(), None, None).unwrap();
    assert!(opening.iter().any(|l| l.contains("Dzień dobry")), "{opening:#?}");
    session.line("20481632#");
    session.line("271828#");
    let balance = session.line("01021984#").join("\n");
    assert!(balance.contains("dwadzieścia dwa złote"), "{balance}");
    assert!(balance.contains("how-much: because else"), "{balance}");
    assert!(session.line("nonsense")[0].contains("type help"));
    let bye = session.line("#").join("\n");
    assert!(bye.contains("the call is over: goodbye"), "{bye}");
    assert!(session.over());
}

#[test]
fn the_reference_names_every_verb_and_every_outcome() {
    let page = crate::reference();
    for spec in crate::verbs::ALL {
        assert!(page.contains(&format!("### {}", spec.name)));
    }
    assert!(page.contains("| `empty` |") && page.contains("`queue`"));
}

#[test]
fn the_drawing_holds_every_step_and_no_open_tag() {
    let plan = hotline();
    let (text, svg) = (crate::graph::text(&plan), crate::graph::svg(&plan));
    for step in ["greet", "verify", "how-much", "goodbye"] {
        assert!(text.contains(step) && svg.contains(&format!(">{step}<")), "{step}");
    }
    assert!(text.contains("case.due == 0 → nothing-due"), "{text}");
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    assert!(!svg.contains("case.due_date < today"), "conditions are escaped");
}
