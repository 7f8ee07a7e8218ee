//! Exploration of small flows with a fault each, of sound ones, and of the shipped one.

use super::{Exploration, Script, explore, hear_out, run, worlds};
use crate::errand_tests::around;
use crate::tests::shipped_texts;
use crate::{Environment, Plan, run_tests};
use ids::Moment;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

fn plan(source: &str) -> Arc<Plan> {
    Plan::check(source.as_bytes(), "f.kdl", &shipped_texts(), &Environment::default()).unwrap()
}

fn explored(source: &str) -> Exploration {
    explore(&plan(source), 1_500)
}

/// The flow with the test pasted before its last brace; the sentence with which the test fails.
fn pasted(source: &str, test: &str) -> Option<String> {
    let at = source.rfind('}').unwrap();
    let with = format!("{}{test}{}", &source[..at], &source[at..]);
    run_tests(&plan(&with)).pop().unwrap().failure
}

/// A key ends the call without a word.
const RUDE: &str = r##"flow f {
    languages en
    entry hello
    on error=trouble
    say hello { prompt in_greeting; then number; }
    ask number {
        prompt verify_case_id
        digits min=6 max=10
        into case
        found main; none person; empty person; no-input person; no-match person
    }
    menu main {
        prompt hotline_menu
        key 3 person; key 7 main; key 9 main; key "#" gone
        no-input person; no-match person
    }
    say person { prompt person_later; then end; }
    hangup gone { reason gone; }
    hangup trouble { prompt service_trouble; }
}
"##;

#[test]
fn a_call_that_ends_without_a_word_is_found_and_the_pasted_test_fails_likewise() {
    let found = explored(RUDE);
    assert_eq!(found.faults.len(), 1, "{:#?}", found.faults);
    let fault = &found.faults[0];
    assert_eq!(fault.message, "the call ends without a word behind 'gone'");
    let failure = pasted(RUDE, &fault.test).unwrap();
    assert!(failure.contains(&fault.message), "{failure}\n{}", fault.test);
    let mended = RUDE.replace("hangup gone { reason", "hangup gone { prompt goodbye; reason");
    assert_eq!(pasted(&mended, &fault.test), None, "{}", fault.test);
    assert!(explored(&mended).faults.is_empty());
}

#[test]
fn a_counter_example_is_cut_down_to_what_matters() {
    let fault = explored(RUDE).faults.remove(0);
    assert_eq!(fault.test.matches("press").count(), 2, "the number and #:\n{}", fault.test);
}

#[test]
fn what_no_call_reaches_is_named() {
    let far = RUDE.replace(
        "say person { prompt person_later; then end; }",
        "when person { if \"history.calls > 400 && history.calls < 300\" often; else later; }\n\
         say often { prompt tech_error; then end; }\nsay later { prompt person_later; then end; }",
    );
    let found = explored(&far);
    assert_eq!(found.uncovered, ["person: if 1", "often"]);
    assert_eq!(found.steps.0 + 1, found.steps.1);
}

/// Verbs that have something done elsewhere: a step, its outcomes, and those that no call can come to.
const ERRANDS: [(&str, &str, &[&str]); 14] = [
    (
        "pay it { amount choose minimum=\"5.00\"; WAYS }",
        "paid declined cancelled unavailable unknown limit person no-input no-match",
        &["it: limit", "e-limit"],
    ),
    (
        "promise it { max-days 30; days 7 14 30; WAYS }",
        "made too-late refused none person no-input no-match",
        &[],
    ),
    (
        "plan it { months min=2 max=12; minimum \"70.00\"; first 14; WAYS }",
        "agreed declined not-offered person no-input no-match",
        &[],
    ),
    (
        "queue it to=negotiators max-wait=\"5m\" { WAYS }",
        "served full closed no-answer callback left",
        &[],
    ),
    ("transfer it { to \"+48221234567\"; way blind; WAYS }", "answered busy no-answer failed", &[]),
    ("callback it { WAYS }", "booked already declined closed no-input no-match", &[]),
    ("reason it { WAYS }", "forgot cannot disagree difficult skipped person", &[]),
    ("dispute it { answer 14; WAYS }", "opened person no-input no-match", &[]),
    ("opt-out it { WAYS }", "stopped kept", &[]),
    ("survey it { ask csat nps; WAYS }", "done skipped", &[]),
    (
        "send it { by sms; text sms_payment_details; WAYS }",
        "sent failed not-allowed no-address",
        &[],
    ),
    ("record it { what call; WAYS }", "done declined full", &[]),
    (
        "detect it { human e-human; machine leave-word; unknown e-human }\n\
         message leave-word { prompt voicemail_limited agent_name=\"Anna Nowak\"; \
         left e-left; no-beep e-no-beep }",
        "left no-beep human",
        &[],
    ),
    (
        "http it { service crm; take limit \"best.percent\" as=number; ok sure; \
         not-found e-not-found; timeout e-timeout; error e-error }\n\
         when sure { if \"set.limit > 250\" e-large; else e-small }",
        "not-found timeout error large small",
        &[],
    ),
];

#[test]
fn every_reply_of_every_errand_its_failure_and_its_silence_are_walked() {
    for (step, outcomes, out_of_reach) in ERRANDS {
        // Five questions one after the other take more calls.
        let calls = if step.starts_with("callback") { 4_000 } else { 1_200 };
        let found = explore(&plan(&around(step, outcomes, "")), calls);
        assert!(found.faults.is_empty(), "{step}: {:#?}", found.faults);
        assert_eq!(found.uncovered, *out_of_reach, "{step}");
    }
}

#[test]
fn a_reply_that_leaves_the_caller_without_a_word_is_found_with_the_service_that_gives_it() {
    // The step, the outcome that is answered by nothing, and the line of the test that leads there.
    let silent = [
        (0, "unavailable", "card unavailable"),
        (1, "refused", "policy refuses"),
        (3, "full", "agent full"),
        (3, "left", "press \"*\""),
        (4, "failed", "agent refused"),
        (10, "not-allowed", "sms not-allowed"),
        (10, "failed", "sms refused"),
        (13, "timeout", "stall http"),
    ];
    for (verb, outcome, line) in silent {
        let (step, outcomes, _) = ERRANDS[verb];
        let said = format!("hangup e-{outcome} {{ prompt person_later; ");
        let flow = around(step, outcomes, "").replace(&said, &format!("hangup e-{outcome} {{ "));
        let found = explore(&plan(&flow), 1_200);
        let fault = found.faults.first().unwrap_or_else(|| panic!("{outcome} is not found"));
        let wanted = format!("the call ends without a word behind 'e-{outcome}'");
        assert_eq!(fault.message, wanted, "{}", fault.test);
        assert!(fault.test.contains(line), "{}", fault.test);
        let failure = pasted(&flow, &fault.test).unwrap();
        assert!(failure.contains(&fault.message), "{failure}\n{}", fault.test);
    }
}

#[test]
fn worlds_are_made_for_what_conditions_ask_about() {
    let step = "when it { if \"history.promises_broken > 2 && segment == 'gold'\" e-both; \
                if \"history.days_since_contact >= 40 || case.promised > 10\" e-either; \
                if \"!(case.days_overdue < 3)\" e-late; else e-else }";
    let found = explore(&plan(&around(step, "both either late else", "")), 4_000);
    assert_eq!(found.uncovered, Vec::<String>::new());
}

#[test]
fn the_shipped_flow_is_sound_in_every_call_and_covered() {
    let found = explore(&plan(crate::tests::HOTLINE), 6_000);
    assert!(found.faults.is_empty(), "{:#?}", found.faults);
    assert_eq!(found.uncovered, Vec::<String>::new(), "{found:?}");
}

#[test]
fn the_same_file_gives_the_same_calls() {
    assert_eq!(explored(RUDE), explored(RUDE));
}

#[test]
fn no_call_of_somebody_who_presses_nothing_is_longer_than_its_figure() {
    let asks = "record it { what call; WAYS }";
    for source in [crate::tests::HOTLINE.to_owned(), around(asks, "done declined full", "")] {
        let plan = plan(&source);
        for world in worlds::worlds(&plan) {
            let script = Script { world: Rc::new(world), lines: Vec::new() };
            let mut double = run(&plan, &script);
            hear_out(&mut double);
            let lasted = double.now.since(Moment::START);
            let given = &script.world.written;
            assert!(lasted <= plan.figures[0].silent, "{lasted:?} {:?} {given:?}", plan.figures);
        }
    }
}

#[test]
fn the_figures_know_how_patient_a_step_is_and_how_long_its_service_may_take() {
    let figures = |menu: &str| plan(&RUDE.replace("key 7 main;", menu)).figures[0].clone();
    let (usual, slow) = (figures("key 7 main;"), figures("key 7 main; first \"20s\";"));
    let once = figures("key 7 main; first \"20s\"; tries 1;");
    assert_eq!(slow.silent, usual.silent, "who presses nothing never comes to this menu");
    assert_eq!(slow.longest - usual.longest, Duration::from_secs(5 * 15));
    assert!(once.longest < usual.longest && once.keys < usual.keys);
    let queue = |wait: &str| {
        let step = format!("queue it to=negotiators max-wait=\"{wait}\" {{ WAYS }}");
        plan(&around(&step, "served full closed no-answer callback left", "")).figures[0].longest
    };
    assert_eq!(queue("9m") - queue("5m"), Duration::from_secs(240));
}
