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
    let why = "how-much: case.due is 22.00 PLN, case.due_date is 2026-12-15, today is 2026-11-20, so no 'if' holds";
    assert!(balance.contains(why), "{balance}");
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
fn the_example_of_every_verb_is_a_step_as_it_stands() {
    for spec in crate::verbs::ALL {
        let name = spec.example.split_whitespace().nth(1).unwrap();
        let flow = format!(
            "flow f {{\nlanguages en pl\nentry {name}\non hangup=end error=end\n{}\n}}\n",
            spec.example
        );
        let check = |source: &str| {
            Plan::check(source.as_bytes(), "f.kdl", &shipped_texts(), &Environment::default())
        };
        let faults = check(&flow).err().unwrap_or_default();
        let told = |fault: &&crate::Diagnostic| {
            // Steps, flows and proofs around it are not the example's business.
            let elsewhere = ["there is no step", "there is no flow"];
            let unbound = fault.rule == "L01" && fault.message.contains("does not say where");
            (fault.rule.is_empty() || unbound)
                && !elsewhere.iter().any(|text| fault.message.starts_with(text))
        };
        let own: Vec<String> = faults.iter().filter(told).map(ToString::to_string).collect();
        assert!(own.is_empty(), "{}: {}", spec.name, own.join("\n"));
    }
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

#[test]
fn laying_the_shipped_flow_out_twice_changes_nothing_more() {
    let laid_out = crate::format(HOTLINE.as_bytes(), "hotline.kdl").unwrap();
    assert_eq!(crate::format(laid_out.as_bytes(), "hotline.kdl").unwrap(), laid_out);
}

#[test]
fn the_drawing_of_a_faulty_flow_marks_the_way_to_the_fault() {
    let source = HOTLINE.replace("failed locked", "failed how-much");
    let texts = shipped_texts();
    let draft = crate::Draft::read(
        source.as_bytes(),
        "f.kdl",
        &texts,
        &Environment::default(),
        &crate::Library::default(),
    );
    assert!(draft.plan.is_none() && !draft.faults.is_empty());
    let text = draft.text();
    assert!(text.contains("failed → how-much  ← on the way to a fault"), "{text}");
    assert!(text.contains("how-much (when)  ← here is a fault"), "{text}");
    assert!(draft.svg().contains("#c22"));
    assert!(!crate::graph::svg(&hotline()).contains("stroke=\"#c22\""));
}

#[test]
fn a_flow_of_500_steps_passes_the_gate_with_its_figures() {
    let mut source = String::from("flow f {\nlanguages pl en it pt\nentry m0\non error=person\n");
    for n in 0..249 {
        let next = n + 1;
        source += &format!(
            "menu m{n} {{ prompt hotline_menu; key 3 person; key 7 s{n}; key 9 m{n}; key \"#\" bye; \
             no-input person; no-match person; }}\nsay s{n} {{ prompt privacy_details; then m{next}; }}\n"
        );
    }
    source += "say m249 { prompt goodbye; then end; }\nsay person { prompt person_later; then bye; }\n\
               hangup bye { prompt goodbye; }\n}\n";
    let plan =
        Plan::check(source.as_bytes(), "f.kdl", &shipped_texts(), &Environment::default()).unwrap();
    assert_eq!(plan.steps.len(), 501);
    assert_eq!(plan.figures[0].person, Some(1));
}
