//! The words of a flow file that are no verbs, each with its whole line and what it does; the values that a
//! condition may look at. What verbs have to offer stands with the verbs.

/// A word, its whole line, what it does.
pub(super) type Offer = (&'static str, &'static str, &'static str);

/// Lines of a flow beside its steps.
pub(super) const FLOW: [Offer; 6] = [
    ("languages", "languages pl en it pt", "the languages it speaks; the first is the default"),
    ("entry", "entry STEP", "where a call begins"),
    ("emergency", "emergency STEP", "where calls go while the emergency switch is on"),
    ("kind", "kind inbound|outbound", "outbound: calls that we place"),
    ("on", "on hangup=end error=STEP", "where outcomes lead that a step does not bind itself"),
    ("test", "test \"a sentence\" language=pl { … }", "a call with what must be heard and done"),
];

/// Lines of a test beside the services.
pub(super) const TEST: [Offer; 9] = [
    (
        "given",
        "given case=\"20481632\" due=\"22.00 PLN\"",
        "what the call meets: cases, caller, day",
    ),
    ("hear", "hear ID text=\"some of its words\"", "this prompt is heard; others may go before"),
    ("press", "press \"4711#\"", "the caller presses keys"),
    ("wait", "wait \"10s\"", "the caller does nothing for so long"),
    ("hang-up", "hang-up", "the caller hangs up"),
    ("fail", "fail store", "a service fails from now on"),
    ("stall", "stall store", "a service no longer answers"),
    ("mend", "mend store", "it works again"),
    ("expect", "expect ended reason=goodbye", "what must be so now, or have been done"),
];

/// What a test can expect.
pub(super) const EXPECTED: [Offer; 10] = [
    ("ended", "expect ended reason=goodbye", "the call is over"),
    ("step", "expect step STEP", "the call is in this step"),
    ("language", "expect language it", "the call goes on in this language"),
    ("verified", "expect verified", "the right party is proved"),
    ("stranger", "expect stranger", "nobody is proved"),
    ("sound", "expect sound", "nothing happened that must not happen in any call"),
    ("paid", "expect paid", "a payment was made"),
    ("outcome", "expect outcome made", "a step was left by this outcome"),
    ("sms", "expect sms sms_payment_link", "this text was sent"),
    ("email", "expect email sms_payment_link", "this text was sent by e-mail"),
];

/// What `find-case`, `verify` and `survey` ask by, in the lines that take several words.
pub(super) const FACTORS: [&str; 3] = ["pin", "birth-date", "id-last4"];

/// What a value of a condition is.
pub(super) fn meaning(variable: &str) -> &'static str {
    match variable {
        "case.found" => "a case is at hand",
        "case.lang" => "the language of the case's person, such as 'it'",
        "case.due" => "what is owed, in the case's currency",
        "case.due_date" => "the day by which it is to be paid",
        "case.days_overdue" => "days since then; negative before",
        "case.creditor" => "whom it is owed to",
        "case.instalment" => "the number of the next instalment",
        "case.promised" => "the amount of the last promise",
        "case.promise_date" => "the day of the last promise",
        "caller.known" => "the caller shows a number",
        "caller.number" => "the number the caller shows",
        "caller.verified" => "the right party is proved",
        "call.called" => "the number that was called",
        "call.lang" => "the language of the call",
        "hours.open" => "the firm's opening hours hold now",
        "history.calls" => "calls before this one",
        "history.promises_broken" => "promises that were not kept",
        "history.promises_kept" => "promises that were kept",
        "history.payments" => "payments made",
        "history.late" => "payments that came late",
        "history.days_since_contact" => "days since we last spoke or wrote",
        "segment" => "the segment the firm has put the person in",
        "today" => "the day of the call",
        _ => "",
    }
}
