//! Calls that were, against drafts that differ in one thing.

use super::*;
use crate::Environment;
use crate::tests::{HOTLINE, shipped_texts};
use expect_test::expect;

fn plan(source: &str) -> Arc<Plan> {
    let checked =
        Plan::check(source.as_bytes(), "f.kdl", &shipped_texts(), &Environment::default());
    checked.unwrap_or_else(|faults| panic!("{}", faults[0]))
}

fn step(step: &str, verb: &str, outcome: &str) -> RecordedStep {
    RecordedStep {
        flow: "hotline".into(),
        step: step.into(),
        verb: verb.into(),
        outcome: Some(outcome.into()),
        because: None,
    }
}

/// A caller who was found by number, proved who they are, heard that it is overdue, and pressed a key.
fn call(id: &str, key: &str) -> Recorded {
    let because = Some("case.due_date < today".to_owned());
    let mut steps = vec![
        step("greet", "say", "then"),
        step("identify", "find-case", "found"),
        step("theirs", "language", "then"),
        step("verify", "verify", "ok"),
        RecordedStep { because, ..step("how-much", "when", "if 2") },
        step("overdue", "say", "then"),
        step("main", "menu", key),
    ];
    if key == "key 3" {
        steps.push(step("person", "say", "then"));
    }
    steps.push(RecordedStep { outcome: None, ..step("goodbye", "hangup", "") });
    Recorded { call: id.into(), lang: Some(Lang::Pl), steps, end: "goodbye".into() }
}

#[test]
fn a_call_replayed_on_its_own_version_is_the_same() {
    let own = plan(HOTLINE);
    assert_eq!(replay(&own, Some(&own), &call("c", "key 3")), Verdict::Same);
    assert_eq!(replay(&own, None, &call("c", "key #")), Verdict::Same);
}

#[test]
fn a_key_that_leads_elsewhere_is_told_with_the_calls_that_pressed_it() {
    let draft = plan(&HOTLINE.replacen("key 3 person", "key 3 goodbye", 1));
    let mut report = Report::default();
    for (id, key) in [("call-1", "key 3"), ("call-2", "key #"), ("call-3", "key 3")] {
        report.add(id, replay(&draft, None, &call(id, key)));
    }
    expect![[r#"
        3 calls replayed: 1 the same, 2 otherwise, 0 cannot be told

            2  after main —key 3→: goodbye, before: person
               they end as before; call-1, call-3
    "#]]
    .assert_eq(&report.to_string());
}

#[test]
fn what_was_never_asked_is_not_made_up() {
    let own = plan(HOTLINE);
    let asks = "if \"case.due > 100000\" not-yet\n        if \"case.due_date < today\" overdue";
    let draft = plan(&HOTLINE.replacen("if \"case.due_date < today\" overdue", asks, 1));
    let Verdict::Unknown { step, why } = replay(&draft, Some(&own), &call("c", "key #")) else {
        panic!("a new condition cannot be answered from the record");
    };
    assert_eq!(step, "how-much");
    assert!(why.contains("case.due > 100000"), "{why}");
}

#[test]
fn a_caller_who_hung_up_hangs_up_there_again() {
    let own = plan(HOTLINE);
    let mut left = call("c", "key #");
    left.steps.truncate(4);
    left.steps[3].outcome = Some("hangup".into());
    left.end = "caller hung up".into();
    assert_eq!(replay(&own, None, &left), Verdict::Same);
}
