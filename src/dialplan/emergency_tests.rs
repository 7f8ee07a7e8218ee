//! The emergency switch: between two steps, once, and never inside one.

use crate::check::tests::texts;
use crate::double::{Double, Seen, World};
use crate::event::{Facts, Trace};
use crate::{Environment, Plan};
use jiff::civil::date;
use keypad::Key;
use std::sync::Arc;
use std::time::Duration;

const FLOW: &str = r#"
flow f {
    languages en
    entry main
    emergency closed
    on error=trouble
    menu main {
        prompt hotline_menu
        key 5 deep; key 3 person
        no-input person; no-match person
    }
    call deep { flow inner; then person; }
    say closed { prompt in_greeting; then more; }
    menu more {
        prompt hotline_menu
        key 5 main; key 3 person
        no-input bye; no-match bye
    }
    hangup person { prompt person_later; reason person; }
    hangup bye { reason closed; }
    hangup trouble { reason trouble; }
}
flow inner {
    entry hello
    on error=end
    say hello { prompt in_greeting; then again; }
    say again { prompt in_greeting; then end; }
}
"#;

fn plan() -> Arc<Plan> {
    Plan::check(FLOW.as_bytes(), "f.kdl", &texts(), &Environment::default())
        .unwrap_or_else(|faults| panic!("{}", faults[0]))
}

fn call(emergency: bool) -> Double {
    let facts = Facts { emergency, ..Facts::default() };
    Double::begin(plan(), facts, World::default(), date(2026, 11, 20).at(10, 0, 0, 0))
}

fn steps(double: &Double) -> Vec<&str> {
    double
        .seen
        .iter()
        .filter_map(|(_, seen)| match seen {
            Seen::Trace(Trace::StepEntered { step, .. }) => Some(step.as_str()),
            _ => None,
        })
        .collect()
}

fn five() -> Key {
    Key::from_char('5').unwrap()
}

#[test]
fn a_question_that_has_begun_is_finished_first() {
    let mut double = call(false);
    double.walk.emergency(true);
    double.wait(Duration::from_secs(3));
    assert_eq!(steps(&double), ["main"], "the menu is still asked");
    double.press(five());
    assert_eq!(steps(&double), ["main", "closed"]);
}

#[test]
fn a_called_flow_is_left_for_good_and_the_call_is_led_away_only_once() {
    let mut double = call(false);
    double.press(five());
    assert_eq!(steps(&double), ["main", "deep", "hello"]);
    double.walk.emergency(true);
    double.wait(Duration::from_secs(60));
    assert_eq!(steps(&double)[3..5], ["closed", "more"]);
    assert_eq!(double.ended(), Some("closed"), "it does not come back to 'deep'");

    let mut again = call(false);
    again.walk.emergency(true);
    again.press(five());
    again.wait(Duration::from_millis(100));
    while steps(&again).last() != Some(&"more") {
        assert!(again.happen());
    }
    again.press(five());
    assert_eq!(steps(&again).last(), Some(&"main"), "from there on the flow decides");
}

#[test]
fn new_calls_begin_at_the_emergency_step_and_a_switch_turned_back_changes_nothing() {
    assert_eq!(steps(&call(true)), ["closed"]);
    let mut double = call(false);
    double.walk.emergency(true);
    double.walk.emergency(false);
    double.press(five());
    assert_eq!(steps(&double), ["main", "deep", "hello"]);
}

#[test]
fn a_flow_without_such_a_step_goes_on() {
    let source = FLOW.replace("    emergency closed\n", "").replace("key 3 person", "key 3 closed");
    let plan = Plan::check(source.as_bytes(), "f.kdl", &texts(), &Environment::default()).unwrap();
    assert_eq!(plan.emergency_step(), None);
    let facts = Facts { emergency: true, ..Facts::default() };
    let wall = date(2026, 11, 20).at(10, 0, 0, 0);
    assert_eq!(steps(&Double::begin(plan, facts, World::default(), wall)), ["main"]);
}

#[test]
fn an_emergency_leads_to_a_step_and_only_in_the_first_flow() {
    let refused = |source: String| {
        let faults =
            Plan::check(source.as_bytes(), "f.kdl", &texts(), &Environment::default()).unwrap_err();
        faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("\n")
    };
    assert!(
        refused(FLOW.replace("emergency closed", "emergency clsed")).contains("no step 'clsed'")
    );
    assert!(
        refused(FLOW.replace("emergency closed", "emergency end")).contains("a sentence first")
    );
    let inner = FLOW.replace("    entry hello", "    entry hello\n    emergency hello");
    assert!(refused(inner).contains("only the first flow"));
    let confidential =
        FLOW.replace("say closed { prompt in_greeting", "say closed { prompt balance");
    assert!(refused(confidential).contains("a stranger can hear 'balance'"));
}
