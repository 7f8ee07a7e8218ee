//! The rules of the gate with the shipped texts, one small flow each: what is refused, and what passes.

use crate::tests::shipped_texts;
use crate::{Diagnostic, Environment, Plan, Severity, SoundFault, Texts};
use expect_test::{Expect, expect};
use ids::Lang;
use std::sync::Arc;
use words::{Args, Sentence};

/// A flow in all languages around steps, entered at `a`, with a person, a last word and words for errors.
fn flow(steps: &str) -> String {
    format!(
        "flow f {{\nlanguages pl en it pt\nentry a\non hangup=end error=person no-input=person \
         no-match=person\n{steps}\nsay person {{ prompt person_later; then bye; }}\nhangup bye {{ \
         prompt goodbye; }}\n}}\n"
    )
}

fn told(source: &str) -> Vec<Diagnostic> {
    match Plan::check(source.as_bytes(), "f.kdl", &shipped_texts(), &Environment::default()) {
        Ok(plan) => plan.warnings.clone(),
        Err(faults) => faults,
    }
}

/// Rule, severity, sentence and way of each fault.
fn lines(source: &str) -> String {
    let line = |fault: &Diagnostic| {
        let severity = if fault.severity == Severity::Error { "" } else { " (warning)" };
        let way = fault.way_line();
        let way = if way.is_empty() { way } else { format!("\n    {way}") };
        assert!(fault.help.is_some(), "no help: {fault}");
        format!("{}{severity}: {}{way}", fault.rule, fault.message)
    };
    told(source).iter().map(line).collect::<Vec<_>>().join("\n")
}

fn check(steps: &str, expected: Expect) {
    expected.assert_eq(&lines(&flow(steps)));
}

#[test]
fn one_flow_may_be_called_twice_in_a_row() {
    let called = "flow g { entry x; say x { prompt privacy_details; then end; } }";
    let twice = flow("call a { flow g; then b; }\ncall b { flow g; then person; }");
    expect![""].assert_eq(&lines(&format!("{twice}{called}")));
}

#[test]
fn a_circle_through_a_called_flow_that_asks_nothing_is_seen() {
    let called = "flow g { entry x; say x { prompt privacy_details; then end; } }";
    let round = flow("call a { flow g; then b; }\nwhen b { is \"hours.open\"; yes a; no person; }");
    expect![[r#"
        L02: a caller who presses nothing goes round for ever
            a —then→ b —yes→ a"#]]
    .assert_eq(&lines(&format!("{round}{called}")));
}

#[test]
fn a_person_is_within_three_keys_of_every_question() {
    let menu = |name: &str, key: char, next: &str| {
        format!(
            "menu {name} {{ prompt lang_option language=en key={key}; key {key} {next}; no-input bye; \
             no-match bye; }}\n"
        )
    };
    let far = menu("a", '1', "b")
        + &menu("b", '1', "c")
        + &menu("c", '1', "d")
        + &menu("d", '1', "person");
    check(
        &far,
        expect![[r#"
            L03: a person is 4 keys away from 'a'
                a"#]],
    );
    let nobody = menu("a", '1', "gone").replace("bye", "gone") + "hangup gone { prompt goodbye; }";
    check(
        &nobody,
        expect![[r#"
        L03: no way leads from 'a' to a person
            a
        L01: no way leads to 'person'
        L01: no way leads to 'bye'"#]],
    );
}

#[test]
fn the_keys_that_a_menu_says_are_the_keys_it_binds() {
    check(
        "menu a { prompt hotline_menu; key 3 person; key 4 bye; key \"#\" bye; key 9 a; }",
        expect![[r#"
            L11: 'a' binds key 4, but nobody is told to press it (in pl, en-GB, it, pt-BR)
            L11: 'hotline_menu' tells callers to press 7 (in pl, en-GB, it, pt-BR), which leads nowhere in 'a'"#]],
    );
}

#[test]
fn more_than_five_choices_and_a_long_speech_before_the_first_are_told() {
    check(
        "menu a { prompt privacy_details; prompt main_menu_unverified; key 1 bye; key 3 person; \
         key 7 a; key 8 bye; }",
        expect!["L11 (warning): 'a' speaks 24 s before its first choice"],
    );
}

#[test]
fn keys_mean_the_same_in_every_menu() {
    check(
        "menu a { prompt hotline_menu; key 3 person; key 7 a; key 9 bye; key 0 bye; key \"#\" bye; }",
        expect![[r#"
        L11 (warning): key 0 of 'a' does not lead to a person, as it does everywhere else
        L11 (warning): key 9 of 'a' does not say it again, as it does everywhere else"#]],
    );
}

#[test]
fn a_notice_that_a_key_cuts_off_is_none() {
    check(
        "say a { prompt recording_notice; then person; }",
        expect!["L10: a key could cut 'recording_notice' off before it is understood"],
    );
    check("say a { prompt recording_notice barge-in=#false; then person; }", expect![[""]]);
}

#[test]
fn a_failed_look_up_that_ends_the_call_without_a_word_is_told() {
    check(
        "find-case a { by caller-number; found person; none person; many person; error end; }",
        expect!["L12 (warning): when the look-up of 'a' fails, the call ends without a word"],
    );
}

#[test]
fn a_secret_is_asked_for_by_verify_and_pay_alone() {
    check(
        "ask a { prompt verify_pin; digits min=4 max=6; into case; found person; none person; empty \
         person; }",
        expect!["L06: 'verify_pin' asks for a secret, which only 'verify' and 'pay' may take"],
    );
}

#[test]
fn no_variable_holds_a_secret() {
    check(
        "set a { value my_pin 1234; then person; }",
        expect!["L06: 'a' keeps a secret as 'my_pin'"],
    );
}

const VERIFIED: &str = "find-case a { by caller-number; found b; none person; many person; }\n\
    verify b { ask pin birth-date need=2; ok c; failed person; locked person; empty person; }\n";

#[test]
fn what_only_the_right_party_may_do_stands_behind_verify() {
    let promise =
        "promise c { made person; none person; refused person; too-late person; person person; }";
    check(&format!("{VERIFIED}{promise}"), expect![""]);
    let stranger = VERIFIED.replace("found b", "found c").replace("verify b", "verify unused");
    check(
        &format!("{stranger}{promise}"),
        expect![[r#"
            L01: no way leads to 'unused'
            L05: a stranger can come to 'c', a 'promise'
                a —found→ c"#]],
    );
}

#[test]
fn a_queue_stands_behind_opening_hours_or_says_where_closed_and_full_lead() {
    let queue = "queue q { to negotiators; served person; no-answer person; callback person; }";
    let open = "when a { is \"!(hours.open == false)\"; yes q; no person; }\n";
    let sure = queue.replace("served", "full person; closed person; served");
    check(&sure.replace("queue q", "queue a"), expect![[""]]);
    check(
        &queue.replace("queue q", "queue a"),
        expect![[r#"
        L01: 'a' does not say where 'full' leads (too many wait already)
        L01: 'a' does not say where 'closed' leads (outside opening hours)
        L04: 'a' queues callers though nobody may be there: it stands behind no opening hours, and does not say where 'closed' and 'full' leads
            a"#]],
    );
    check(
        &format!("{open}{queue}"),
        expect![[r#"
        L01: 'q' does not say where 'full' leads (too many wait already)
        L01: 'q' does not say where 'closed' leads (outside opening hours)"#]],
    );
}

#[test]
fn a_recording_stands_behind_the_notice() {
    let record = "record b { what message; prompt dispute_message; done person; declined person; full person; }";
    let notice = "say a { prompt recording_notice barge-in=#false; then b; }\n";
    check(
        &format!("{notice}{record}"),
        expect![[r#"
        L05: a stranger can hear 'dispute_message', which speaks of the debt
            a —then→ b"#]],
    );
    check(
        &record.replace("record b", "record a"),
        expect![[r#"
        L10: 'a' records a caller who has not heard 'recording_notice'
            a
        L05: a stranger can hear 'dispute_message', which speaks of the debt
            a"#]],
    );
}

#[test]
fn a_value_is_set_before_it_is_said() {
    let ask =
        "ask a { prompt cb_enter_number; digits min=6 max=12; into number; ok b; empty b; }\n";
    let say = "say b { prompt pay_success amount=set.number ref_digits=set.number; then person; }";
    let told: Vec<String> = told(&flow(&format!("{ask}{say}")))
        .iter()
        .filter(|fault| fault.rule == "L07")
        .map(|fault| format!("{} {}", fault.message, fault.way_line()))
        .collect();
    expect![[r#"
        'b' uses 'number', which is not set yet a —empty→ b
        'b' uses 'number', which is not set yet a —empty→ b"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn an_outbound_call_says_nothing_before_it_knows_who_answered_and_little_to_a_machine() {
    let file = |machine: &str| {
        flow(&format!(
            "kind outbound\ndetect a {{ human hello; machine {machine}; unknown hello; }}\n\
             say hello {{ prompt in_greeting; then person; }}\n\
             message left {{ prompt in_greeting; left gone; no-beep gone; error gone; }}\nhangup gone {{ }}"
        ))
    };
    expect![""].assert_eq(&lines(&file("left")));
    expect![[r#"
        L09: 'hello' would speak to a machine
            a —machine→ hello
        L01: no way leads to 'left'
        L01: no way leads to 'gone'
        L09: 'person' would speak to a machine
            a —machine→ hello —then→ person
        L09: 'bye' would speak to a machine
            a —machine→ hello —then→ person —then→ bye"#]]
    .assert_eq(&lines(&file("hello")));
    let early = file("left").replace("entry a", "entry early") + "";
    let early = early.replace("detect a", "say early { prompt in_greeting; then a; }\ndetect a");
    expect![[r#"
        L09: 'early' speaks before it is known who has answered
            early"#]]
    .assert_eq(&lines(&early));
}

#[test]
fn a_prompt_without_sound_or_with_old_sound_is_a_warning_where_it_is_said_first() {
    struct Sounding(Arc<dyn Texts>);
    impl Texts for Sounding {
        fn ids(&self, lang: Lang) -> Vec<String> {
            self.0.ids(lang)
        }
        fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>> {
            self.0.placeables(lang, id)
        }
        fn sentence(&self, lang: Lang, id: &str, args: &Args) -> Result<Sentence, String> {
            self.0.sentence(lang, id, args)
        }
        fn sound(&self, lang: Lang, id: &str) -> Option<SoundFault> {
            match (lang.catalogue(), id) {
                ("en", "in_greeting") => Some(SoundFault::Outdated),
                (_, "goodbye") => Some(SoundFault::Missing),
                _ => None,
            }
        }
    }
    let source = "flow f { languages en; entry a; on error=bye; say a { prompt in_greeting; then b; }\n\
                  say b { prompt in_greeting; then bye; }\nhangup bye { prompt goodbye; } }";
    let texts: Arc<dyn Texts> = Arc::new(Sounding(crate::tests::shipped_texts()));
    let plan = Plan::check(source.as_bytes(), "f.kdl", &texts, &Environment::default()).unwrap();
    let told: Vec<_> = plan.warnings.iter().map(|w| (w.rule, w.line, w.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("L08", 1, "the words of 'in_greeting' changed after its sound was made, in en"),
            ("L08", 3, "'goodbye' has no sound in en"),
        ]
    );
}
