//! Every verb that has something done elsewhere, as tests of a flow file: what the caller hears, what is
//! done, how it ends when services say no, fail, or say nothing.

use crate::errand::Errand;
use crate::tests::shipped_texts;
use crate::{Environment, Plan, run_tests};
use ids::CaseId;
use std::sync::Arc;

/// A flow in which the right party comes to one step `it`, and each outcome has an ending of its name.
pub(crate) fn around(step: &str, outcomes: &str, tests: &str) -> String {
    let ends: String = outcomes
        .split_whitespace()
        .map(|o| format!("hangup e-{o} {{ prompt person_later; reason {o}; }}\n"))
        .collect();
    let ways: String = outcomes.split_whitespace().map(|o| format!("{o} e-{o}\n")).collect();
    let step = step.replace("WAYS", &ways);
    format!(
        "flow f {{ languages en; entry identify; on hangup=end error=lost\n\
         find-case identify {{ by caller-number; found check; none lost; many lost; }}\n\
         verify check {{ ask pin; ok it; failed lost; locked lost; empty lost; no-input lost; no-match lost; }}\n\
         {step}\n{ends}hangup lost {{ prompt person_later; reason lost; }}\n{tests}\n}}\n"
    )
}

fn plan_of(flow: &str) -> Arc<Plan> {
    match Plan::check(flow.as_bytes(), "f.kdl", &shipped_texts(), &Environment::default()) {
        Ok(plan) => plan,
        Err(faults) => {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            panic!("{}", told.join("\n"))
        }
    }
}

/// Runs tests, each `name | lines`, after the caller is proved.
fn run(step: &str, outcomes: &str, cases: &[(&str, &str)]) {
    let known = "given case=\"4711\" caller=\"+447700900123\" due=\"240.00 GBP\" \
                 due-date=\"2026-12-15\" today=\"2026-11-20\"";
    let test = |(name, lines): &(&str, &str)| {
        format!(
            "test \"{name}\" language=en {{ {known}; press \"271828#\"; hear verify_ok; {lines}; }}\n"
        )
    };
    let tests: String = cases.iter().map(test).collect();
    let plan = plan_of(&around(step, outcomes, &tests));
    let results = run_tests(&plan);
    assert_eq!(results.len(), cases.len());
    for result in results {
        let heard = result.heard.join("\n");
        assert!(result.failure.is_none(), "{}\n{}\n{heard}", result.name, result.failure.unwrap());
    }
}

#[test]
fn a_payment_is_announced_taken_by_the_vault_and_confirmed() {
    run(
        "pay it { amount choose minimum=\"5.00\"; WAYS }",
        "paid declined cancelled unavailable unknown limit person no-input no-match",
        &[
            (
                "all of it",
                "hear pay_amount_menu; press \"1\"; hear pay_secure_intro; hear pay_get_card; press \"1\"; \
                 hear pay_success text=\"two hundred and forty pounds\"; expect pay amount=\"240.00 GBP\"; \
                 expect paid; expect ended reason=paid",
            ),
            (
                "a part of it, confirmed",
                "hear pay_amount_menu; press \"2\"; hear pay_enter_amount; press \"50#\"; \
                 hear pay_amount_confirm text=\"fifty pounds\"; press \"1\"; hear pay_get_card; press \"1\"; \
                 expect pay amount=\"50.00 GBP\"; expect ended reason=paid",
            ),
            (
                "too little, then more than is owed, then right",
                "hear pay_amount_menu; press \"2\"; hear pay_enter_amount; press \"4#\"; hear invalid_input; \
                 hear pay_enter_amount; press \"241#\"; hear invalid_input; hear pay_enter_amount; \
                 press \"240#\"; hear pay_amount_confirm",
            ),
            (
                "the bank says no",
                "card declined; hear pay_amount_menu; press \"1\"; hear pay_get_card; press \"1\"; expect ended reason=declined",
            ),
            (
                "stopped by #",
                "hear pay_amount_menu; press \"1\"; hear pay_get_card; press \"#\"; hear pay_cancelled; expect ended reason=cancelled",
            ),
            (
                "no answer: nobody is told to pay again",
                "card slow; hear pay_amount_menu; press \"1\"; hear pay_get_card; press \"1\"; hear pay_unknown; expect ended reason=unknown",
            ),
            ("0 is a person", "hear pay_amount_menu; press \"0\"; expect ended reason=person"),
            (
                "9 says it again",
                "hear pay_amount_menu; press \"9\"; hear pay_amount_menu; press \"1\"; hear pay_secure_intro",
            ),
            (
                "silence",
                "hear pay_amount_menu; hear no_input; hear no_input; expect ended reason=no-input",
            ),
            (
                "the vault is down",
                "fail card; hear pay_amount_menu; press \"1\"; hear pay_get_card; press \"1\"; expect ended reason=lost",
            ),
        ],
    );
}

#[test]
fn a_promise_is_read_back_and_kept_within_the_policy() {
    run(
        "promise it { max-days 30; days 7 14 30; WAYS }",
        "made too-late refused none person no-input no-match",
        &[
            (
                "the second of three days",
                "hear ptp_menu text=\"twenty-seventh of November\"; press \"2\"; \
                 hear ptp_confirm text=\"fourth of December\"; press \"1\"; hear ptp_saved; \
                 expect promise amount=\"240.00 GBP\" by=\"2026-12-04\"; expect ended reason=made",
            ),
            (
                "a day that is keyed, day first",
                "hear ptp_menu; press \"4\"; hear ptp_enter_date; press \"0112\"; hear ptp_confirm; press \"1\"; \
                 expect promise by=\"2026-12-01\"",
            ),
            (
                "too far away is told once, then it is too late",
                "hear ptp_menu; press \"4\"; hear ptp_enter_date; press \"0102\"; \
                 hear ptp_date_too_far text=\"twentieth of December\"; hear ptp_enter_date; press \"0102\"; \
                 expect ended reason=too-late",
            ),
            (
                "31 November is no day",
                "hear ptp_menu; press \"4\"; hear ptp_enter_date; press \"3111\"; hear invalid_input; \
                 hear ptp_enter_date; press \"3011\"; hear ptp_confirm",
            ),
            (
                "another day after all",
                "hear ptp_menu; press \"1\"; hear ptp_confirm; press \"2\"; hear ptp_menu; press \"3\"; hear ptp_confirm",
            ),
            (
                "the rules refuse",
                "policy refuses; hear ptp_menu; press \"1\"; hear ptp_confirm; press \"1\"; expect ended reason=refused",
            ),
            ("no day at all", "hear ptp_menu; press \"#\"; expect ended reason=none"),
            (
                "the store fails",
                "hear ptp_menu; press \"1\"; hear ptp_confirm; fail store; press \"1\"; expect ended reason=lost",
            ),
        ],
    );
}

#[test]
fn instalments_add_up_to_what_is_owed_and_stay_within_the_policy() {
    run(
        "plan it { months min=2 max=12; minimum \"70.00\"; first 14; WAYS }",
        "agreed declined not-offered person no-input no-match",
        &[
            (
                "the calmest plan that the least instalment allows",
                "hear inst_offer text=\"eighty pounds\"; press \"1\"; hear inst_saved; \
                 expect plan count=\"3\" each=\"80.00 GBP\" last=\"80.00 GBP\" from=\"2026-12-04\" until=\"2027-02-04\"; \
                 expect ended reason=agreed",
            ),
            (
                "another number, one that is too large first",
                "hear inst_offer; press \"2\"; hear inst_enter_count text=\"three\"; press \"4#\"; hear invalid_input; \
                 hear inst_enter_count; press \"2#\"; hear inst_offer text=\"hundred and twenty\"; press \"1\"; \
                 expect plan count=\"2\"",
            ),
            ("3 is a negotiator", "hear inst_offer; press \"3\"; expect ended reason=person"),
            ("no wish", "hear inst_offer; press \"#\"; expect ended reason=declined"),
            (
                "the rules refuse",
                "policy refuses; hear inst_offer; press \"1\"; hear inst_unavailable; expect ended reason=not-offered",
            ),
        ],
    );
    run(
        "plan it { months min=2 max=12; minimum \"200.00\"; WAYS }",
        "agreed declined not-offered person no-input no-match",
        &[("too small a debt for two", "hear inst_unavailable; expect ended reason=not-offered")],
    );
}

#[test]
fn people_are_reached_or_the_caller_is_told_where_to_go() {
    run(
        "queue it to=negotiators max-wait=\"5m\" { WAYS }",
        "served full closed no-answer callback left",
        &[
            (
                "served",
                "hear transfer_connecting; hear transfer_queue text=\"two\"; expect queue to=negotiators verified=\"true\"; \
                 expect ended reason=served",
            ),
            ("nobody is free", "agent none; expect ended reason=no-answer"),
            ("nobody says anything", "agent slow; expect ended reason=no-answer"),
            ("full", "agent full; expect ended reason=full"),
            (
                "a call back instead",
                "hear transfer_connecting; wait \"8s\"; press \"4\"; expect ended reason=callback",
            ),
            (
                "back to the dialplan",
                "hear transfer_connecting; wait \"8s\"; press \"*\"; expect ended reason=left",
            ),
        ],
    );
    run(
        "transfer it { to \"+48221234567\"; way blind; WAYS }",
        "answered busy no-answer failed",
        &[
            (
                "answered",
                "hear transfer_connecting; expect transfer to=\"+48221234567\"; expect ended reason=answered",
            ),
            ("busy", "agent busy; expect ended reason=busy"),
            ("down", "fail transfer; expect ended reason=lost"),
        ],
    );
    run(
        "callback it { WAYS }",
        "booked already declined closed no-input no-match",
        &[
            (
                "tomorrow afternoon, this number",
                "hear cb_offer; press \"1\"; hear cb_day; press \"2\"; hear cb_time; press \"2\"; hear cb_number; press \"1\"; \
                 hear cb_saved_rel text=\"tomorrow\"; \
                 expect callback day=\"2026-11-21\" from=\"12:00\" until=\"17:00\" number=\"+447700900123\"; \
                 expect ended reason=booked",
            ),
            (
                "another number",
                "press \"1\"; press \"3\"; press \"1\"; hear cb_number; press \"2\"; hear cb_enter_number; press \"02079460000#\"; \
                 expect callback number=\"02079460000\"",
            ),
            ("no wish", "hear cb_offer; press \"2\"; expect ended reason=declined"),
            ("booked before", "calendar already; press \"1211\"; expect ended reason=already"),
        ],
    );
}

#[test]
fn what_a_caller_tells_us_is_kept_and_answered_kindly() {
    run(
        "reason it { WAYS }",
        "forgot cannot disagree difficult skipped person",
        &[
            (
                "missed",
                "hear reason_menu; press \"1\"; expect reason reason=forgot; expect ended reason=forgot",
            ),
            (
                "no answer is an answer",
                "hear reason_menu; press \"#\"; expect ended reason=skipped",
            ),
        ],
    );
    run(
        "dispute it { answer 14; WAYS }",
        "opened person no-input no-match",
        &[
            (
                "a wrong amount",
                "hear dispute_menu; press \"2\"; hear dispute_saved text=\"fourteen days\"; \
                 expect dispute ground=wrong-amount; expect ended reason=opened",
            ),
            ("3 is a person", "hear dispute_menu; press \"3\"; expect ended reason=person"),
        ],
    );
    run(
        "hardship it { pause 30; advice \"Citizens Advice\" \"08001448848\"; WAYS }",
        "noted person no-input no-match",
        &[
            (
                "a pause",
                "hear hardship_menu; press \"2\"; hear hardship_paused; expect hardship until=\"2026-12-20\"; expect ended reason=noted",
            ),
            (
                "advice, then a pause",
                "hear hardship_menu; press \"7\"; hear hardship_advice; hear hardship_menu; press \"2\"; expect ended reason=noted",
            ),
        ],
    );
    run(
        "opt-out it { WAYS }",
        "stopped kept",
        &[
            (
                "stored before a word is said",
                "expect opt-out undo=\"false\"; hear optout_confirm; hear optout_done; expect ended reason=stopped",
            ),
            (
                "taken back",
                "hear optout_confirm; press \"2\"; expect opt-out undo=\"true\"; expect ended reason=kept",
            ),
            ("not stored: never said to be", "fail store; expect ended reason=lost"),
        ],
    );
    run(
        "survey it { ask csat nps; WAYS }",
        "done skipped",
        &[
            (
                "two answers",
                "hear survey_intro; press \"1\"; hear survey_csat; press \"5\"; hear survey_nps; press \"10#\"; hear survey_thanks; \
                 expect survey question=csat score=\"5\"; expect survey question=nps score=\"10\"; expect ended reason=done",
            ),
            (
                "eleven is no score",
                "press \"1\"; press \"5\"; hear survey_nps; press \"11#\"; hear invalid_input; hear survey_nps; press \"9#\"; expect ended reason=done",
            ),
            ("no wish", "hear survey_intro; press \"2\"; expect ended reason=skipped"),
        ],
    );
}

#[test]
fn messages_recordings_and_services_end_in_every_way_they_can() {
    run(
        "send it { by sms; text sms_payment_details; WAYS }",
        "sent failed not-allowed no-address",
        &[
            ("sent", "sms sms_payment_details; expect ended reason=sent"),
            ("forbidden", "sms not-allowed; expect ended reason=not-allowed"),
            ("refused", "sms refused; expect ended reason=failed"),
            ("silent gateway", "sms slow; hear please_wait; expect ended reason=lost"),
        ],
    );
    run(
        "record it { what call; WAYS }",
        "done declined full",
        &[
            (
                "not declined",
                "hear recording_notice; expect record what=call; expect ended reason=done",
            ),
            ("declined by 2", "hear recording_notice; press \"2\"; expect ended reason=declined"),
            ("full", "recording full; expect ended reason=full"),
        ],
    );
    run(
        "detect it { human e-human; machine leave-word; unknown e-human }\n\
         message leave-word { prompt voicemail_limited agent_name=\"Anna Nowak\"; \
         left e-left; no-beep e-no-beep }",
        "left no-beep human",
        &[
            ("left", "machine; hear voicemail_limited; expect ended reason=left"),
            ("no beep", "machine; no-beep; expect ended reason=no-beep"),
            ("nothing at all", "machine; fail message; expect ended reason=lost"),
        ],
    );
    run(
        "detect it { WAYS }",
        "human machine unknown",
        &[
            ("a person", "expect ended reason=human"),
            ("a machine", "machine; expect ended reason=machine"),
            ("unsure", "unsure; expect ended reason=unknown"),
        ],
    );
    run(
        "http it { service crm; send case=case.number; take limit \"best.percent\" as=number; ok sure; not-found e-not-found; \
         timeout e-timeout; error e-error }\n\
         when sure { if \"set.limit > 10\" e-large; else e-small }",
        "not-found timeout error large small",
        &[
            (
                "a field decides",
                "http \"best.percent\"=12.5; expect http service=crm send=\"case=4711\"; expect ended reason=large",
            ),
            ("a smaller one", "http \"best.percent\"=10; expect ended reason=small"),
            ("of another kind", "http \"best.percent\"=\"ten\"; expect ended reason=error"),
            ("missing", "expect ended reason=error"),
            ("unknown there", "http not-found; expect ended reason=not-found"),
            ("no answer", "http slow; hear please_wait; expect ended reason=timeout"),
            ("down", "http fails; expect ended reason=error"),
        ],
    );
}

#[test]
fn amounts_dates_and_yes_or_no_are_asked_into_variables() {
    run(
        "ask it { prompt pay_enter_amount; amount min=\"5.00\"; into offer; ok when; empty e-empty; no-input e-no-input; no-match e-no-match }\n\
         ask when { prompt ptp_enter_date; date max-days=30; into day; ok sure; empty e-empty; no-input e-no-input; no-match e-no-match }\n\
         ask sure { prompt ptp_confirm amount=set.offer promise_date=set.day; yes-no; yes deal; no it; no-input e-no-input; no-match e-no-match }\n\
         promise deal { amount set.offer; made e-made; too-late lost; refused lost; none lost; person lost; no-input lost; no-match lost }",
        "empty no-input no-match made",
        &[
            (
                "fifty pounds by the first of December",
                "hear pay_enter_amount; press \"50#\"; hear ptp_enter_date; press \"0112\"; \
                 hear ptp_confirm text=\"fifty pounds\"; press \"1\"; hear ptp_menu; press \"1\"; hear ptp_confirm; press \"1\"; \
                 expect promise amount=\"50.00 GBP\"; expect ended reason=made",
            ),
            ("not at hand", "hear pay_enter_amount; press \"#\"; expect ended reason=empty"),
            (
                "more than is owed",
                "hear pay_enter_amount; press \"500#\"; hear invalid_input; hear pay_enter_amount",
            ),
        ],
    );
}

#[test]
fn a_first_late_payment_sounds_kinder_than_a_broken_promise() {
    let step = "when it { if \"history.promises_broken > 0\" broken; if \"history.late <= 1\" kind; else firm }\n\
                say broken { prompt vms_broken_promise amount=case.promise-amount; then e-end }\n\
                say kind { prompt vms_first_reminder; then e-end }\n\
                say firm { prompt vms_second_reminder; then e-end }";
    let given = |more: &str| {
        format!(
            "given case=\"4711\" caller=\"+447700900123\" due=\"240.00 GBP\" due-date=\"2026-11-01\" today=\"2026-11-20\" {more}; \
             press \"271828#\"; hear verify_ok"
        )
    };
    let tests = format!(
        "test \"first\" language=en {{ {}; hear vms_first_reminder; }}\n\
         test \"often late\" language=en {{ {}; hear vms_second_reminder; }}\n\
         test \"broken\" language=en {{ {}; hear vms_broken_promise text=\"twenty pounds\"; }}\n",
        given("late=1"),
        given("late=4 kept=2"),
        given("late=2 broken=1 promise=\"20.00 GBP\" promise-date=\"2026-11-10\""),
    );
    for result in run_tests(&plan_of(&around(step, "end", &tests))) {
        assert_eq!(result.failure, None, "{}\n{}", result.name, result.heard.join("\n"));
    }
}

#[test]
fn a_plan_names_the_steps_that_this_server_cannot_do_yet() {
    let plan = plan_of(&around("opt-out it { WAYS }", "stopped kept", ""));
    assert_eq!(plan.not_live(), [("f.it".to_owned(), "opt-out")]);
}

#[test]
fn every_errand_can_be_answered_and_none_may_wait_for_ever() {
    let errand = Errand::Hardship { case: CaseId(1), until: jiff::civil::date(2026, 12, 1) };
    for errand in [errand, Errand::Beep] {
        assert!(!errand.replies().is_empty());
        assert!(errand.longest() <= std::time::Duration::from_secs(1_835), "{}", errand.verb());
    }
}
