//! The shipped flows: sound, laid out, tested in every language, and every need that a call can walk has a way.

use crate::tests::shipped_texts;
use crate::{Environment, Library, Plan, explore, run_tests};
use ids::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

fn files() -> Vec<(String, Vec<u8>)> {
    let dir = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../dialplans"));
    let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let flows = paths.filter(|path| path.extension().is_some_and(|ending| ending == "kdl"));
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<_> =
        flows.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect();
    files.sort();
    files
}

/// Every shipped file as a plan, by its name without the ending; the faults of all of them at once.
static SHIPPED: LazyLock<BTreeMap<String, Arc<Plan>>> = LazyLock::new(|| {
    let (files, texts) = (files(), shipped_texts());
    let library = Library::of(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    let (mut plans, mut faults) = (BTreeMap::new(), Vec::new());
    for (name, bytes) in &files {
        let environment = Environment::default();
        match Plan::check_among(bytes, name, &texts, &environment, &library) {
            Ok(plan) => {
                plans.insert(name.trim_end_matches(".kdl").to_owned(), plan);
            }
            Err(told) => faults.extend(told.iter().map(ToString::to_string)),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    plans
});

#[test]
fn every_shipped_flow_passes_the_gate_without_a_warning() {
    let warnings: BTreeSet<String> =
        SHIPPED.values().flat_map(|plan| &plan.warnings).map(ToString::to_string).collect();
    assert!(warnings.is_empty(), "{}", warnings.into_iter().collect::<Vec<_>>().join("\n"));
    assert!(SHIPPED.len() >= 14, "{:?}", SHIPPED.keys());
}

#[test]
fn every_shipped_flow_stands_in_the_one_layout() {
    for (name, bytes) in files() {
        let laid_out = crate::format(&bytes, &name).unwrap();
        assert!(laid_out.as_bytes() == bytes, "run: parley dialplan fmt dialplans/{name}");
    }
}

#[test]
fn every_test_of_every_shipped_flow_passes() {
    let mut failed = Vec::new();
    for (flow, plan) in SHIPPED.iter() {
        for result in run_tests(plan) {
            if let Some(failure) = result.failure {
                let heard = result.heard.join("\n    ");
                failed.push(format!("{flow}: {}\n  {failure}\n    {heard}", result.name));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_shipped_flow_is_tested_in_every_language() {
    for (flow, plan) in SHIPPED.iter() {
        let spoken: BTreeSet<Option<&str>> = plan
            .trials
            .iter()
            .map(|trial| {
                let case = trial.given.world.cases.first().map(|case| case.facts.lang);
                trial.lang.or(case).map(Lang::catalogue)
            })
            .collect();
        for lang in ["pl", "en", "it", "pt"] {
            assert!(spoken.contains(&Some(lang)), "{flow} has no test in {lang}");
        }
    }
}

/// What callers hear today; everything else waits for verbs that are not live.
#[test]
fn the_hotline_can_be_served_by_this_server() {
    let later = SHIPPED["hotline"].not_live();
    assert!(later.is_empty(), "{later:?}");
}

#[test]
fn nobody_finds_a_way_to_a_fault_in_a_flow_that_calls_out_or_takes_calls() {
    for flow in ["collections", "reach-person", "vms-broken-promise", "wrong-person"] {
        let found = explore(&SHIPPED[flow], 400);
        let told = found.faults.iter().map(|fault| format!("{}\n{}", fault.message, fault.test));
        let told: Vec<String> = told.collect();
        assert!(told.is_empty(), "{flow}: {}", told.join("\n"));
    }
}

/// A need that a call can walk, and the test of a shipped flow that walks it.
const NEEDS: [(&str, &str, &str); 31] = [
    ("every task without a human, by keys", "collections", "paid within ninety seconds of keys"),
    ("shortest path to paid", "collections", "paid within ninety seconds of keys"),
    ("payment by keyed card during the call", "payment", "by card, all of it"),
    ("a part of it by card", "payment", "by card, another amount"),
    ("payment link by text message", "payment", "the bank says no: a link instead"),
    ("payment link by e-mail", "payment", "the link by e-mail"),
    ("bank transfer, Pix, boleto", "payment", "by bank transfer"),
    ("never charged twice", "payment", "nobody knows whether it was charged"),
    ("details by text message, to a verified number", "collections", "about our letter"),
    ("details right after a voice message", "vms-first-reminder", "more: details by text message"),
    (
        "a negotiator at any moment of a voice message",
        "vms-first-reminder",
        "a negotiator who knows",
    ),
    ("a talk to a person", "collections", "a person, and what it was like"),
    ("a call to our number finds the case", "identify", "by the calling number"),
    ("clear balance", "collections", "about our letter"),
    ("status told", "collections", "what was promised is told"),
    ("flexible instalments within limits", "instalments", "three instead"),
    ("the negotiator's approval beyond the limits", "instalments", "too little for instalments"),
    ("a promise with amount and date", "promise-to-pay", "a part of it"),
    ("reminder before a promise", "vms-payment-due", "what was promised"),
    ("reminder before an instalment", "vms-payment-due", "the second instalment of six"),
    ("early warning before the due date", "vms-payment-due", "once more, please"),
    ("a broken promise is followed up", "vms-broken-promise", "what was agreed, without blame"),
    ("lenience at a first miss", "vms-first-reminder", "the first time: kind words"),
    ("another script for another history", "vms-first-reminder", "not the first time"),
    ("the reason is heard and routed", "reason-for-not-paying", "a difficult time is met kindly"),
    ("disputes with a clock", "dispute", "paid already"),
    ("how we work and your rights", "collections", "how we work"),
    ("paid in full: a closing message", "collections", "everything is paid"),
    ("survey after contact by keys", "survey", "three answers"),
    ("a call back at a time that suits", "call-back", "tomorrow afternoon"),
    ("a wrong number leaves the case", "wrong-person", "the number is taken off"),
];

#[test]
fn every_need_that_a_call_can_walk_is_walked_by_a_test() {
    for (need, flow, test) in NEEDS {
        let plan = SHIPPED.get(flow).unwrap_or_else(|| panic!("{need}: no flow {flow}"));
        let names = plan.test_names();
        let found = names.iter().filter(|name| name.starts_with(test)).count();
        assert_eq!(found, 1, "{need}: {flow} has {names:?}");
    }
}
