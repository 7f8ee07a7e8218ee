//! Every diagnostic, as an admin sees it.

use crate::{Catalogues, Diagnostic, Environment, Plan, Texts};
use expect_test::{Expect, expect};
use ids::Lang;
use std::sync::Arc;
use words::Catalogue;

const FTL: &str = "\
in_greeting = Hello, you have reached { $company }.\n\
verify_intro = This is private.\n\
verify_case_id = Your case number.\n\
verify_pin = Your PIN.\n\
verify_dob = Your date of birth.\n\
verify_ok = Thank you.\n\
verify_retry = Please try once more.\n\
case_not_found = We cannot find this number.\n\
no_input = We did not get an answer.\n\
invalid_input = That option is not available.\n\
please_wait = One moment.\n\
tech_error = Something went wrong.\n\
goodbye = Goodbye.\n\
hotline_menu = A person, three.\n\
person_later = Please call { $callback_number }.\n\
inst_enter_count = At most { $inst_max }.\n\
balance = You owe { $amount } to { $creditor } by { $due_date }.\n";

pub(crate) fn texts() -> Arc<dyn Texts> {
    let english = Catalogue::parse(Lang::EnGb, FTL).unwrap();
    let without = FTL.replace("goodbye = Goodbye.\n", "");
    let polish = Catalogue::parse(Lang::Pl, &without).unwrap();
    Arc::new(Catalogues::new(vec![english, polish]))
}

pub(crate) fn faults_of(bytes: &[u8]) -> Vec<Diagnostic> {
    let faults = match Plan::check(bytes, "f.kdl", &texts(), &Environment::default()) {
        Ok(plan) => plan.warnings.clone(),
        Err(faults) => faults,
    };
    for fault in &faults {
        assert!(fault.help.is_some(), "no help: {fault}");
    }
    faults
}

/// What is told of a small flow, but that it has no person and no words for its errors.
pub(crate) fn check(source: &str, expected: Expect) {
    let mut faults = faults_of(source.as_bytes());
    faults.retain(|f| !f.message.contains("a person") && f.rule != "L12");
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    expected.assert_eq(&faults.join("\n"));
}

/// A flow around steps, entered at `a`.
pub(crate) fn flow(steps: &str) -> String {
    format!("flow f {{\nlanguages en\nentry a\non hangup=end error=end\n{steps}\n}}\n")
}

#[test]
fn an_outcome_without_a_way_is_told() {
    check(
        &flow("say a { prompt in_greeting; }"),
        expect![[r#"
        error[L01]: 'a' does not say where 'then' leads (all is said)
         --> f.kdl:5:5
          |
        5 | say a { prompt in_greeting; }
          |     ^
          = help: add a line such as: then end
    "#]],
    );
    check(
        &flow("find-case a { by caller-number; found end; many end; }"),
        expect![[r#"
        error[L01]: 'a' does not say where 'none' leads (none has it, or the number is hidden)
         --> f.kdl:5:11
          |
        5 | find-case a { by caller-number; found end; many end; }
          |           ^
          = help: add a line such as: none STEP
    "#]],
    );
}

#[test]
fn a_step_that_does_not_exist_is_told_with_the_nearest() {
    check(
        &flow("say a { prompt in_greeting; then goodby; }\nhangup goodbye { }"),
        expect![[r#"
        error[L01]: there is no step 'goodby'
         --> f.kdl:5:34
          |
        5 | say a { prompt in_greeting; then goodby; }
          |                                  ^^^^^^
          = help: did you mean 'goodbye'?
    "#]],
    );
}

#[test]
fn a_step_that_nothing_leads_to_is_told() {
    check(
        &flow("say a { prompt in_greeting; then end; }\nhangup lonely { }"),
        expect![[r#"
        error[L01]: no way leads to 'lonely'
         --> f.kdl:6:8
          |
        6 | hangup lonely { }
          |        ^^^^^^
          = help: lead an outcome to it, or take the step out
    "#]],
    );
}

#[test]
fn unknown_words_are_told_with_the_nearest() {
    check(
        &flow("say a { promt in_greeting; prompt in_greeting bargein=#false; then end; }"),
        expect![[r#"
            error: 'say' has no line 'promt'
             --> f.kdl:5:9
              |
            5 | say a { promt in_greeting; prompt in_greeting bargein=#false; then end; }
              |         ^^^^^
              = help: did you mean 'prompt'?

            error: 'prompt' has no property 'bargein'
             --> f.kdl:5:47
              |
            5 | say a { promt in_greeting; prompt in_greeting bargein=#false; then end; }
              |                                               ^^^^^^^^^^^^^^
              = help: did you mean 'barge-in'?
        "#]],
    );
    check(
        &flow("sya a { prompt in_greeting; then end; }"),
        expect![[r#"
        error: there is no verb 'sya'
         --> f.kdl:5:1
          |
        5 | sya a { prompt in_greeting; then end; }
          | ^^^
          = help: did you mean 'say'?
    "#]],
    );
    check(
        &flow("say a { prompt in_greeting; found end; then end; }"),
        expect![[r#"
        error: 'say' never ends with 'found'
         --> f.kdl:5:29
          |
        5 | say a { prompt in_greeting; found end; then end; }
          |                             ^^^^^
          = help: it has prompt, then
    "#]],
    );
}

#[test]
fn prompts_are_looked_up_in_every_language() {
    check(
        "flow f { languages en pl; entry a; hangup a { prompt goodbye; } }",
        expect![[r#"
        error[L08]: the prompt 'goodbye' is missing in pl
         --> f.kdl:1:54
          |
        1 | flow f { languages en pl; entry a; hangup a { prompt goodbye; } }
          |                                                      ^^^^^^^
          = help: add it to catalogue.ftl under prompts/ for pl
    "#]],
    );
    check(
        &flow("say a { prompt in_greting; prompt inst_enter_count; then end; }"),
        expect![[r#"
            error[L08]: there is no prompt 'in_greting'
             --> f.kdl:5:16
              |
            5 | say a { prompt in_greting; prompt inst_enter_count; then end; }
              |                ^^^^^^^^^^
              = help: did you mean 'in_greeting'?

            error[L05]: a stranger can hear 'inst_enter_count', which speaks of the debt
             --> f.kdl:5:35
              |
            5 | say a { prompt in_greting; prompt inst_enter_count; then end; }
              |                                   ^^^^^^^^^^^^^^^^
              = way: a
              = help: lead every way to it through the 'ok' of a 'verify'

            error[L08]: 'inst_enter_count' needs a value for 'inst_max'
             --> f.kdl:5:35
              |
            5 | say a { prompt in_greting; prompt inst_enter_count; then end; }
              |                                   ^^^^^^^^^^^^^^^^
              = help: write it behind the prompt: inst_max=case.due or inst_max="…"
        "#]],
    );
    check(
        &flow("say a { prompt in_greeting amount=\"5\" firm=case.du; then end; }"),
        expect![[r#"
            error[L08]: 'in_greeting' has no place for 'amount'
             --> f.kdl:5:28
              |
            5 | say a { prompt in_greeting amount="5" firm=case.du; then end; }
              |                            ^^^^^^^^^^
              = help: its text has company

            error: there is no value 'case.du'
             --> f.kdl:5:39
              |
            5 | say a { prompt in_greeting amount="5" firm=case.du; then end; }
              |                                       ^^^^^^^^^^^^
              = help: did you mean 'case.due'?
        "#]],
    );
}

const ASK: &str = "ask a { prompt verify_case_id; digits min=6 max=10; into case; found b; none end; \
                   empty end; no-input end; no-match end; }\n";

#[test]
fn a_confidential_prompt_before_verify_is_shown_with_the_way_a_stranger_takes() {
    check(
        &flow(&format!("{ASK}say b {{ prompt balance; then end; }}")),
        expect![[r#"
            error[L05]: a stranger can hear 'balance', with its amount
             --> f.kdl:6:16
              |
            6 | say b { prompt balance; then end; }
              |                ^^^^^^^
              = way: a —found→ b
                at 'a': there is such a case; the call is about it now
              = help: lead every way to it through the 'ok' of a 'verify'
        "#]],
    );
}

#[test]
fn a_branch_on_what_is_owed_before_verify_is_told() {
    let when = "when b { is \"case.due > 0\"; yes end; no end; }";
    check(
        &flow(&format!("{ASK}{when}")),
        expect![[r#"
            error[L05]: what a stranger hears would depend on 'case.due > 0'
             --> f.kdl:6:13
              |
            6 | when b { is "case.due > 0"; yes end; no end; }
              |             ^^^^^^^^^^^^^^
              = way: a —found→ b
                at 'a': there is such a case; the call is about it now
              = help: ask this only behind the 'ok' of a 'verify'
        "#]],
    );
}

#[test]
fn behind_the_ok_of_a_verify_everything_may_be_said() {
    let rest = "verify b { ask pin birth-date need=2; ok c; failed end; locked end; empty end; }\n\
                say c { prompt balance; then end; }";
    check(&flow(&format!("{ASK}{rest}")), expect![""]);
}

#[test]
fn behind_failed_nothing_may_be_said() {
    let rest = "verify b { ask pin birth-date need=2; ok c; failed c; locked end; empty end; }\n\
                say c { prompt balance; then end; }";
    check(
        &flow(&format!("{ASK}{rest}")),
        expect![[r#"
            error[L05]: a stranger can hear 'balance', with its amount
             --> f.kdl:7:16
              |
            7 | say c { prompt balance; then end; }
              |                ^^^^^^^
              = way: a —found→ b —failed→ c
                at 'a': there is such a case; the call is about it now
                at 'b': wrong, as often as 'tries' allows
              = help: lead every way to it through the 'ok' of a 'verify'
        "#]],
    );
}

#[test]
fn another_case_makes_a_stranger_again() {
    let rest = "verify b { ask pin; ok c; failed end; locked end; empty end; }\n\
                menu c { prompt hotline_menu; key 1 d; no-input end; no-match end; }\n\
                find-case d { by caller-number; found e; none end; many end; }\n\
                say e { prompt balance; then end; }";
    check(
        &flow(&format!("{ASK}{rest}")),
        expect![[r#"
            error[L05]: a stranger can hear 'balance', with its amount
             --> f.kdl:9:16
              |
            9 | say e { prompt balance; then end; }
              |                ^^^^^^^
              = way: a —found→ b —ok→ c —key 1→ d —found→ e
                at 'a': there is such a case; the call is about it now
                at 'b': the right party: confidential prompts may follow
                at 'c': the caller presses 1
                at 'd': one case has this number; the call is about it now
              = help: lead every way to it through the 'ok' of a 'verify'
        "#]],
    );
}

#[test]
fn another_case_found_two_calls_deep_makes_a_stranger_again() {
    let file = format!(
        "flow f {{ languages en; entry a; on error=end\n{ASK}\
         verify b {{ ask pin; ok c; failed end; locked end; empty end; }}\n\
         call c {{ flow g; then e; }}\nsay e {{ prompt balance; then end; }} }}\n\
         flow g {{ entry d; call d {{ flow h; then end; }} }}\n\
         flow h {{ entry i; find-case i {{ by caller-number; found end; none end; many end; error end; }} }}"
    );
    let mut told = faults_of(file.as_bytes());
    told.retain(|fault| fault.rule == "L05");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].way_line(), "a —found→ b —ok→ c —then→ d —then→ i —found→ e");
}

#[test]
fn verify_without_a_case_is_told() {
    check(
        &flow("verify a { ask pin nose need=3; ok end; failed end; locked end; empty end; }"),
        expect![[r#"
            error[L07]: 'a' has no case yet
             --> f.kdl:5:8
              |
            5 | verify a { ask pin nose need=3; ok end; failed end; locked end; empty end; }
              |        ^
              = way: a
              = help: lead to it only by 'found' of a 'find-case' or an 'ask'

            error: 3 factors are needed but 1 asked
             --> f.kdl:5:12
              |
            5 | verify a { ask pin nose need=3; ok end; failed end; locked end; empty end; }
              |            ^^^
              = help: write ask pin birth-date need=2

            error: there is no factor 'nose'
             --> f.kdl:5:20
              |
            5 | verify a { ask pin nose need=3; ok end; failed end; locked end; empty end; }
              |                    ^^^^
              = help: there are pin, birth-date and id-last4
        "#]],
    );
}

#[test]
fn a_circle_without_a_key_is_told() {
    let steps = "say a { prompt in_greeting; then b; }\n\
                 menu b { prompt hotline_menu; key 9 b; no-input a; no-match end; }";
    check(
        &flow(steps),
        expect![[r#"
            error[L02]: a caller who presses nothing goes round for ever
             --> f.kdl:5:5
              |
            5 | say a { prompt in_greeting; then b; }
              |     ^
              = way: a —then→ b —no-input→ a
                at 'b': no key, three times
              = help: lead one of these ways to an ending
        "#]],
    );
}

#[test]
fn steps_that_no_ending_can_be_reached_from_are_told() {
    let steps = "menu a { prompt hotline_menu; key 1 b; no-input c; no-match c; }\n\
                 say b { prompt in_greeting; then c; }\n\
                 menu c { prompt hotline_menu; key 1 b; no-input b; no-match b; }";
    check(
        &flow(steps).replace("error=end", "error=a"),
        expect![[r#"
            error[L03]: no way leads from 'a' to an ending, nor from b, c
             --> f.kdl:5:6
              |
            5 | menu a { prompt hotline_menu; key 1 b; no-input c; no-match c; }
              |      ^
              = way: a
              = help: lead an outcome to a 'hangup', or to end

            error[L02]: a caller who presses nothing goes round for ever
             --> f.kdl:6:5
              |
            6 | say b { prompt in_greeting; then c; }
              |     ^
              = way: a —key 1→ b —then→ c —no-input→ b
                at 'a': the caller presses 1
                at 'c': no key, three times
              = help: lead one of these ways to an ending
        "#]],
    );
}

#[test]
fn a_called_flow_ends_the_call_only_where_its_caller_does() {
    let file = |then: &str| {
        format!(
            "flow f {{ languages en; entry a; call a {{ flow g; then {then}; }}\n\
             menu m {{ prompt hotline_menu; key 1 a; no-input a; no-match a; }} }}\n\
             flow g {{ entry b; say b {{ prompt in_greeting; then end; }} }}"
        )
    };
    let rules = |then: &str| -> Vec<&str> {
        let faults = faults_of(file(then).as_bytes());
        faults.iter().filter(|f| !f.message.contains("a person")).map(|f| f.rule).collect()
    };
    assert_eq!(rules("m"), ["L02", "L03"]);
    assert_eq!(rules("end"), ["L01"], "only that 'm' is not reached");
}

#[test]
fn the_words_before_a_call_is_given_up_are_needed_in_every_language() {
    let english = Catalogue::parse(Lang::EnGb, FTL).unwrap();
    let without = FTL.replace("tech_error = Something went wrong.\n", "");
    let polish = Catalogue::parse(Lang::Pl, &without).unwrap();
    let texts: Arc<dyn Texts> = Arc::new(Catalogues::new(vec![english, polish]));
    let source = "flow f { languages en pl; entry a; say a { prompt in_greeting; then end; } }";
    let faults = Plan::check(source.as_bytes(), "f.kdl", &texts, &Environment::default());
    let said: Vec<String> = faults.unwrap_err().iter().map(ToString::to_string).collect();
    expect![[r#"
        error[L08]: the prompt 'tech_error' is missing in pl ('every flow' plays it by itself)
         --> f.kdl:1:6
          |
        1 | flow f { languages en pl; entry a; say a { prompt in_greeting; then end; } }
          |      ^
          = help: add it to catalogue.ftl under prompts/ for pl
    "#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn keys_bound_twice_and_menus_without_keys_are_told() {
    let menu = "menu a { prompt hotline_menu; key 1 end; key 1 a; key 11 end; no-input end; no-match end; }";
    check(
        &flow(menu),
        expect![[r##"
            error: key 1 is bound twice: it already leads to end
             --> f.kdl:5:46
              |
            5 | menu a { prompt hotline_menu; key 1 end; key 1 a; key 11 end; no-input end; no-match end; }
              |                                              ^
              = help: take one of the two lines out, or give it another key

            error: '11' is no key
             --> f.kdl:5:55
              |
            5 | menu a { prompt hotline_menu; key 1 end; key 1 a; key 11 end; no-input end; no-match end; }
              |                                                       ^^
              = help: keys are 0 to 9, "*" and "#"
        "##]],
    );
    check(
        &flow("menu a { no-match end; tries 9; }"),
        expect![[r#"
            error: this menu has no keys
             --> f.kdl:5:1
              |
            5 | menu a { no-match end; tries 9; }
              | ^^^^
              = help: add a line such as: key 3 person

            error: this 'menu' has no prompt
             --> f.kdl:5:1
              |
            5 | menu a { no-match end; tries 9; }
              | ^^^^
              = help: add a line such as: prompt hotline_menu

            error[L01]: 'a' does not say where 'no-input' leads (no key, three times)
             --> f.kdl:5:6
              |
            5 | menu a { no-match end; tries 9; }
              |      ^
              = help: add a line such as: no-input STEP, or bind it for the whole flow: on no-input=STEP

            error: 'tries' is a whole number from 1 to 3
             --> f.kdl:5:30
              |
            5 | menu a { no-match end; tries 9; }
              |                              ^
              = help: write a number such as 3, without quotes
        "#]],
    );
}

#[test]
fn conditions_are_typed() {
    for condition in [
        "case.du > 0",
        "case.lang > 5",
        "case.lang < 'pl'",
        "today < '2026-01-01'",
        "history.calls",
        "segment in ['a', 5]",
        "set.vip == true",
        "size(segment) > 1",
        "hours.open &&",
        "case.due = 0",
        "segment == 'vip",
        "hours.open and caller.known",
        "(case.due > 0",
        "case.due > 0)",
        "",
        "case.due ? 1",
    ] {
        let when = format!("when a {{ is \"{condition}\"; yes end; no end; }}");
        let first = faults_of(flow(&when).as_bytes()).remove(0);
        let said = format!("{condition}: {} / {}", first.message, first.help.unwrap_or_default());
        CONDITIONS.with_borrow_mut(|all| all.push(said));
    }
    let said = CONDITIONS.with_borrow(|all| all.join("\n"));
    expect![[r#"
        case.du > 0: there is no value 'case.du' / did you mean 'case.due'?
        case.lang > 5: a text cannot be compared with a number / write numbers without quotes
        case.lang < 'pl': a text has no order / use == or !=
        today < '2026-01-01': a date cannot be compared with a text / write dates as date('2026-03-02')
        history.calls: a condition is yes or no; this is a number / compare it with something, such as case.due > 0
        segment in ['a', 5]: a text is looked for in a list with a number / every value of the list is of its kind
        set.vip == true: no step sets 'vip' / add a step with: value vip #true
        size(segment) > 1: 'size' has no use here / there are date('2026-03-02'), .startsWith('…'), .endsWith('…'), .contains('…')
        hours.open &&: this condition breaks off at its end / a condition reads as in: case.due > 0 && case.due_date < today
        case.due = 0: this condition cannot be read at '=' / write == for equal, as in case.due == 0
        segment == 'vip: a text in this condition has no closing quote / write texts in single quotes on both sides, such as 'vip'
        hours.open and caller.known: this condition cannot be read at 'and' / write && for and, || for or, ! for not
        (case.due > 0: this condition lacks a ')' / a condition reads as in: case.due > 0 && case.due_date < today
        case.due > 0): this condition cannot be read at ')' / a condition reads as in: case.due > 0 && case.due_date < today
        : this condition is empty / a condition reads as in: case.due > 0 && case.due_date < today
        case.due ? 1: this condition cannot be read / a condition reads as in: case.due > 0 && case.due_date < today"#]].assert_eq(&said);
}

thread_local! {
    static CONDITIONS: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[test]
fn flows_that_call_each_other_are_told() {
    let file = "flow f { languages en; entry a; call a { flow g; then end; } }\n\
                flow g { entry b; call b { flow f; then end; } }";
    check(
        file,
        expect![[r#"
            error[L02]: flows call each other in a circle: f → g → f
             --> f.kdl:1:38
              |
            1 | flow f { languages en; entry a; call a { flow g; then end; } }
              |                                      ^
              = way: a —then→ b —then→ a
                at 'a': the flow g begins
                at 'b': the flow f begins
              = help: lead to a step instead of calling
        "#]],
    );
    check(
        "flow f { languages en; entry a; call a { flow gg; then end; } }",
        expect![[r#"
            error[L01]: there is no flow 'gg'
             --> f.kdl:1:47
              |
            1 | flow f { languages en; entry a; call a { flow gg; then end; } }
              |                                               ^^
              = help: a called flow stands in this file, or in another .kdl of its directory
        "#]],
    );
}

#[test]
fn a_test_block_with_mistakes_is_told() {
    let steps = "hangup a { prompt goodbye; }\n\
                 test \"t\" language=klingon { given case=\"1\" due=\"5 ZZZ\" colour=red; haer goodbye; \
                 press \"4x\"; wait \"soon\"; expect wonders; card approved; fail moon; }";
    check(
        &flow(steps),
        expect![[r#"
            error: 'klingon' is not a language we speak
             --> f.kdl:6:10
              |
            6 | test "t" language=klingon { given case="1" due="5 ZZZ" colour=red; haer goodbye; press "4x"; wait "soon"; expect wonders; card approved; fail moon; }
              |          ^^^^^^^^^^^^^^^^
              = help: use pl, en, en-GB, en-US, it, pt, pt-BR or pt-PT

            error: 'ZZZ' is not a currency that can be spoken; use PLN, EUR, GBP, USD or BRL
             --> f.kdl:6:44
              |
            6 | test "t" language=klingon { given case="1" due="5 ZZZ" colour=red; haer goodbye; press "4x"; wait "soon"; expect wonders; card approved; fail moon; }
              |                                            ^^^^^^^^^^^
              = help: write due="22.00 PLN"

            error: 'given' has no property 'colour'
             --> f.kdl:6:56
              |
            6 | test "t" language=klingon { given case="1" due="5 ZZZ" colour=red; haer goodbye; press "4x"; wait "soon"; expect wonders; card approved; fail moon; }
              |                                                        ^^^^^^^^^^
              = help: it has case, pin, birth-date, id-last4, due, due-date, creditor, name, language, phone, tries, caller, called, hours, down, today, segment, calls, broken, kept, late, payments, last-contact, promise, promise-date, instalment, instalment-amount, instalment-date

            error: a test has no line 'haer'
             --> f.kdl:6:68
              |
            6 | test "t" language=klingon { given case="1" due="5 ZZZ" colour=red; haer goodbye; press "4x"; wait "soon"; expect wonders; card approved; fail moon; }
              |                                                                    ^^^^
              = help: did you mean 'hear'?

            error: these are no keys
             --> f.kdl:6:88
              |
            6 | test "t" language=klingon { given case="1" due="5 ZZZ" colour=red; haer goodbye; press "4x"; wait "soon"; expect wonders; card approved; fail moon; }
              |                                                                                        ^^^^
              = help: keys are 0 to 9, * and #, at most 32 on one line

            error: 'soon' is no time up to one hour
             --> f.kdl:6:99
              |
            6 | test "t" language=klingon { given case="1" due="5 ZZZ" colour=red; haer goodbye; press "4x"; wait "soon"; expect wonders; card approved; fail moon; }
              |                                                                                                   ^^^^^^
              = help: write "10s", "1500ms" or "2m", in double quotes

            error: nothing is known of 'wonders'
             --> f.kdl:6:114
              |
            6 | test "t" language=klingon { given case="1" due="5 ZZZ" colour=red; haer goodbye; press "4x"; wait "soon"; expect wonders; card approved; fail moon; }
              |                                                                                                                  ^^^^^^^
              = help: write expect ended, step NAME, language it, verified, stranger, sound, paid, outcome NAME, sms TEXT, or a verb with what it did: expect promise amount="22.00 PLN"

            error: there is no service 'moon'
             --> f.kdl:6:143
              |
            6 | test "t" language=klingon { given case="1" due="5 ZZZ" colour=red; haer goodbye; press "4x"; wait "soon"; expect wonders; card approved; fail moon; }
              |                                                                                                                                               ^^^^
              = help: there are store, card, agent, sms, http and the other verbs
        "#]],
    );
}
