//! Verbs whose steps meet in a call: flows that call flows, what `set` remembers, slips in a number.

use crate::check::tests::texts;
use crate::double::{Double, Seen, World};
use crate::event::{Action, Facts, Trace, WalkEvent};
use crate::{CheckDigit, Environment, Plan, Walk};
use ids::{Moment, PlayId};
use jiff::civil::date;
use keypad::{Key, Keys};
use std::time::Duration;

fn call_on(flow: &str) -> Double {
    let plan = Plan::check(flow.as_bytes(), "f.kdl", &texts(), &Environment::default()).unwrap();
    let wall = date(2026, 11, 20).at(10, 0, 0, 0);
    Double::begin(plan, Facts::default(), World::default(), wall)
}

/// The steps entered, with their flows.
fn entered(call: &Double) -> Vec<String> {
    let step = |(_, seen): &(_, Seen)| match seen {
        Seen::Trace(Trace::StepEntered { flow, step, .. }) => Some(format!("{flow}.{step}")),
        _ => None,
    };
    call.seen.iter().filter_map(step).collect()
}

fn ended_after(call: &mut Double, seconds: u64) -> Option<&str> {
    call.wait(Duration::from_secs(seconds));
    call.ended()
}

#[test]
fn a_called_flow_is_walked_and_comes_back_where_it_was_called() {
    let mut call = call_on(
        "flow f { languages en; entry a; on error=bad\n\
         call a { flow g; then b; }\n say b { prompt in_greeting; then done; }\n\
         hangup done { reason done; }\n hangup bad { reason bad; } }\n\
         flow g { entry c; say c { prompt in_greeting; then d; }; say d { prompt goodbye; then end; } }",
    );
    assert_eq!(ended_after(&mut call, 30), Some("done"));
    assert_eq!(entered(&call), ["f.a", "g.c", "g.d", "f.b", "f.done"]);
}

/// `f0` calls `f1` and so on; the deepest says goodbye and all come back.
fn nested(calls: usize) -> String {
    let mut file =
        "flow f0 { languages en; entry a; on error=bad\n call a { flow f1; then done; }\n\
                    hangup done { reason done; }\n hangup bad { reason bad; } }\n"
            .to_owned();
    for depth in 1..calls {
        let next = depth + 1;
        file += &format!(
            "flow f{depth} {{ entry a; call a {{ flow f{next}; then end; error bad; }}\n\
             hangup bad {{ reason too-deep; }} }}\n"
        );
    }
    file + &format!("flow f{calls} {{ entry a; say a {{ prompt goodbye; then end; }} }}\n")
}

#[test]
fn flows_call_each_other_eight_deep_and_the_ninth_leaves_by_error() {
    let deepest = crate::limits::CALL_DEPTH_MAX;
    assert_eq!(ended_after(&mut call_on(&nested(deepest)), 10), Some("done"));
    assert_eq!(ended_after(&mut call_on(&nested(deepest + 1)), 10), Some("too-deep"));
}

#[test]
fn what_was_set_decides_a_branch_and_nothing_holds_before() {
    let mut call = call_on(
        "flow f { languages en; entry asked\n\
         when asked { if \"set.again == true && set.times == 2\" done; else remember; }\n\
         menu remember { prompt hotline_menu; key 1 first; key 3 person; no-input done; \
         no-match done; }\n\
         hangup person { prompt person_later; }\n\
         set first { value again #true; value times 1; then second; }\n\
         set second { value times 2; then asked; }\n\
         hangup done { reason done; } }",
    );
    assert_eq!(call.walk.step(), "remember", "before it is set a comparison does not hold");
    call.press(Key::from_char('1').unwrap());
    assert_eq!(ended_after(&mut call, 2), Some("done"));
    assert_eq!(
        entered(&call),
        ["f.asked", "f.remember", "f.first", "f.second", "f.asked", "f.done"]
    );
}

const ASK: &str = "flow f { languages en; entry a; on error=bad no-input=bad\n\
    ask a { prompt verify_case_id; digits min=3 max=8; into case\n\
            found bad; none bad; empty person; no-match slipped; }\n\
    hangup person { prompt person_later; }\n\
    hangup slipped { reason slipped; }\n hangup bad { reason bad; } }";

/// Keys a number; whether the store was asked for it, and how the call ended.
fn keyed(walk: &mut Walk, number: &str) -> (bool, Option<String>) {
    let wall = date(2026, 11, 20).at(10, 0, 0, 0);
    let (mut looked, mut ended) = (false, None);
    let mut keys = Keys::from_text(number).unwrap();
    let presses = std::iter::from_fn(|| keys.pop_front()).map(WalkEvent::KeyUp);
    let plays = (0..20).map(|play| WalkEvent::PlayEnded(PlayId(play)));
    for event in presses.chain(plays).collect::<Vec<_>>() {
        walk.handle(Moment::START, wall, event);
        while let Some(action) = walk.poll() {
            match action {
                Action::FindCase { .. } => looked = true,
                Action::Hangup { reason } => ended = Some(reason),
                _ => {}
            }
        }
    }
    (looked, ended)
}

#[test]
fn a_slip_in_a_number_with_a_check_digit_is_no_match_and_asks_no_store() {
    let environment = Environment { check_digit: CheckDigit::Damm };
    let plan = Plan::check(ASK.as_bytes(), "f.kdl", &texts(), &environment).unwrap();
    let begin = || {
        let wall = date(2026, 11, 20).at(10, 0, 0, 0);
        Walk::begin(plan.clone(), Facts::default(), Moment::START, wall)
    };
    // 5724 is Damm's own example of a number with its check digit.
    assert_eq!(keyed(&mut begin(), "5724#"), (true, None));
    let mut walk = begin();
    assert_eq!(keyed(&mut walk, "5274#"), (false, None), "two neighbours swapped");
    assert_eq!(keyed(&mut walk, "5725#"), (false, None), "one digit wrong");
    assert_eq!(keyed(&mut walk, "5734#"), (false, Some("slipped".to_owned())));
}
