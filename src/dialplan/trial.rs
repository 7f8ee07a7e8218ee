//! `test` blocks: what a caller does and must hear, written in the flow file.

use crate::double::{GivenCase, World};
use crate::event::Factor;
use crate::event::{CaseFacts, Facts, Past};
use crate::fields::{Fields, did_you_mean, name_span, read_duration};
use crate::past;
use crate::services::{self, Goes};
use crate::source::{Faults, Source};
use crate::spoken::first_span;
use ids::{CaseId, Currency, Lang, Money};
use jiff::civil::{Date, DateTime, date};
use kdl::KdlNode;
use keypad::Keys;
use std::ops::Range;
use std::time::Duration;

/// One test.
pub(crate) struct Trial {
    pub(crate) name: String,
    pub(crate) lang: Option<Lang>,
    pub(crate) given: Given,
    /// The `given` lines of a test that was made up, as they are written.
    pub(crate) written: Vec<String>,
    pub(crate) lines: Vec<Line>,
}

/// One line of a test.
pub(crate) struct Line {
    /// As it stands in the file, for the report.
    pub(crate) text: String,
    pub(crate) what: What,
}

/// What a line does or wants.
pub(crate) enum What {
    Hear {
        prompt: String,
        text: Option<String>,
    },
    Press(Keys),
    Wait(Duration),
    HangUp,
    /// The store fails from now on, or takes questions and never answers, or works again.
    Store {
        down: bool,
        stalled: bool,
    },
    /// Services go like this from now on.
    Services(Vec<(&'static str, Goes)>),
    /// An errand of this verb was done, with these details.
    Did {
        verb: String,
        details: Vec<(String, String)>,
    },
    /// A step was left by this outcome.
    Left(String),
    Ended {
        reason: Option<String>,
    },
    Step(String),
    Language(Lang),
    Verified(bool),
    /// Nothing went wrong that must not go wrong in any call.
    Sound,
}

/// Lines of tests that were made up.
impl Line {
    /// Keys, at most 32; `None` when they are none.
    pub(crate) fn press(keys: &str) -> Option<Line> {
        let what = What::Press(Keys::from_text(keys)?);
        Some(Line { text: format!("press \"{keys}\""), what })
    }

    pub(crate) fn wait(span: Duration) -> Line {
        // A test counts milliseconds: a wait is never shorter than what it was made from.
        let ms = u64::try_from(span.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
        let what = What::Wait(Duration::from_millis(ms));
        Line { text: format!("wait \"{ms}ms\""), what }
    }

    pub(crate) fn hang_up() -> Line {
        Line { text: "hang-up".to_owned(), what: What::HangUp }
    }

    /// One line as it is written; `None` when it has a fault.
    pub(crate) fn written(text: &str) -> Option<Line> {
        parse(&format!("test \"line\" {{ {text}; expect sound; }}"))?.lines.into_iter().next()
    }
}

/// One test block by itself; `None` when it has a fault.
pub(crate) fn parse(text: &str) -> Option<Trial> {
    let document = kdl::KdlDocument::parse_v2(text).ok()?;
    let mut faults = Faults::of(Source::new("made up", text));
    let trial = read(document.nodes().first()?, &mut faults)?;
    faults.sound().then_some(trial)
}

/// What the call meets.
#[derive(Clone, Default)]
pub(crate) struct Given {
    pub(crate) facts: Facts,
    pub(crate) world: World,
    pub(crate) today: DateTime,
}

/// The lines a test has in this version.
pub(crate) const LINES: [&str; 9] =
    ["given", "hear", "press", "wait", "hang-up", "fail", "stall", "mend", "expect"];
const GIVEN: [&str; 28] = [
    "case",
    "pin",
    "birth-date",
    "id-last4",
    "due",
    "due-date",
    "creditor",
    "name",
    "language",
    "phone",
    "tries",
    "caller",
    "called",
    "hours",
    "down",
    "today",
    "segment",
    "calls",
    "broken",
    "kept",
    "late",
    "payments",
    "last-contact",
    "promise",
    "promise-date",
    "instalment",
    "instalment-amount",
    "instalment-date",
];

/// What a `given` line can say.
pub(crate) fn given_names() -> impl Iterator<Item = &'static str> {
    GIVEN.into_iter()
}

pub(crate) fn read(node: &KdlNode, faults: &mut Faults<'_>) -> Option<Trial> {
    let mut fields = Fields::of(node, faults);
    let name = fields.word("a sentence that says what it shows")?.0;
    let lang = read_lang(&mut fields);
    fields.finish(&["language"]);
    let mut trial =
        Trial { name, lang, given: Given::blank(lang), written: Vec::new(), lines: Vec::new() };
    for line in node.children().map_or(&[][..], |c| c.nodes()) {
        read_line(&mut trial, line, faults);
    }
    if trial.lines.is_empty() {
        let fault = faults.error(first_span(node), "this test wants nothing");
        fault.help = Some("add lines such as: hear in_greeting; expect ended".to_owned());
    }
    Some(trial)
}

fn read_lang(fields: &mut Fields<'_, '_, '_>) -> Option<Lang> {
    let entry = fields.property("language")?;
    let (tag, span) = fields.text(entry, "a language such as pl")?;
    match tag.parse() {
        Ok(lang) => Some(lang),
        Err(unknown) => {
            fields.faults.no_language(span, &unknown);
            None
        }
    }
}

fn read_line(trial: &mut Trial, node: &KdlNode, faults: &mut Faults<'_>) {
    let name = node.name().value();
    let what = match name {
        "given" => return read_given(trial, node, faults),
        "hear" => read_hear(node, faults),
        "press" => read_press(node, faults),
        "wait" => read_wait(node, faults),
        "hang-up" => {
            Fields::of(node, faults).finish(&[]);
            Some(What::HangUp)
        }
        "fail" | "stall" | "mend" => read_fail(node, name, faults),
        "expect" => read_expect(node, faults),
        "sms" | "email" if template(node).is_some() => template(node),
        _ if services::lines().any(|line| line == name) => {
            let mut fields = Fields::of(node, faults);
            let goes = services::read(node, &mut fields);
            fields.finish(&[]);
            goes.map(What::Services)
        }
        _ => {
            no_such_line(node, name, faults);
            None
        }
    };
    let text = node.to_string().trim().trim_end_matches(';').to_owned();
    trial.lines.extend(what.map(|what| Line { text, what }));
}

fn no_such_line(node: &KdlNode, name: &str, faults: &mut Faults<'_>) {
    let known = || LINES.into_iter().chain(services::lines());
    let fault = faults.error(name_span(node), format!("a test has no line '{name}'"));
    fault.help = did_you_mean(name, known())
        .or_else(|| Some(format!("there are {}", known().collect::<Vec<_>>().join(", "))));
}

/// `sms sms_payment_ok`: this text was sent.
fn template(node: &KdlNode) -> Option<What> {
    let word = node.entries().first()?.value().as_string()?;
    let sent = word.contains('_').then(|| ("template".to_owned(), word.to_owned()))?;
    let by = ("by".to_owned(), node.name().value().to_owned());
    Some(What::Did { verb: "send".to_owned(), details: vec![by, sent] })
}

fn read_hear(node: &KdlNode, faults: &mut Faults<'_>) -> Option<What> {
    let mut fields = Fields::of(node, faults);
    let (prompt, _) = fields.word("the id of a prompt")?;
    let entry = fields.property("text");
    let text = entry.and_then(|e| fields.text(e, "some of its words")).map(|(text, _)| text);
    fields.finish(&["text"]);
    Some(What::Hear { prompt, text })
}

fn read_press(node: &KdlNode, faults: &mut Faults<'_>) -> Option<What> {
    let mut fields = Fields::of(node, faults);
    let (text, span) = fields.word("keys in double quotes, such as \"4711#\"")?;
    fields.finish(&[]);
    let keys = Keys::from_text(&text);
    if keys.is_none() {
        let fault = faults.error(span, "these are no keys");
        fault.help = Some("keys are 0 to 9, * and #, at most 32 on one line".to_owned());
    }
    keys.map(What::Press)
}

fn read_wait(node: &KdlNode, faults: &mut Faults<'_>) -> Option<What> {
    let mut fields = Fields::of(node, faults);
    let (text, span) = fields.word("a time such as \"10s\"")?;
    fields.finish(&[]);
    let span_of = read_duration(&text).filter(|d| *d <= Duration::from_secs(3_600));
    if span_of.is_none() {
        let fault = faults.error(span, format!("'{text}' is no time up to one hour"));
        fault.help = Some("write \"10s\", \"1500ms\" or \"2m\", in double quotes".to_owned());
    }
    span_of.map(What::Wait)
}

fn read_fail(node: &KdlNode, how: &str, faults: &mut Faults<'_>) -> Option<What> {
    let mut fields = Fields::of(node, faults);
    let (service, span) = fields.word("store")?;
    fields.finish(&[]);
    if service != "store" {
        let goes = Goes::named(how);
        let verbs = services::verbs_of(&service);
        if verbs.is_none() {
            let fault = faults.error(span, format!("there is no service '{service}'"));
            fault.help = Some("there are store, card, agent, sms, http and the other verbs".into());
        }
        let all = |verbs: Vec<_>| verbs.into_iter().map(|verb| (verb, goes.clone())).collect();
        return verbs.map(|verbs| What::Services(all(verbs)));
    }
    Some(What::Store { down: how == "fail", stalled: how == "stall" })
}

fn read_expect(node: &KdlNode, faults: &mut Faults<'_>) -> Option<What> {
    let mut fields = Fields::of(node, faults);
    let (what, span) = fields.word("ended, step, language, verified, or what was done")?;
    let read = match what.as_str() {
        "ended" => {
            let entry = fields.property("reason");
            let reason = entry.and_then(|e| fields.text(e, "a word")).map(|(text, _)| text);
            Some(What::Ended { reason })
        }
        "step" => fields.word("the name of a step").map(|(step, _)| What::Step(step)),
        "language" => {
            let (tag, span) = fields.word("a language such as it")?;
            let lang = tag.parse::<Lang>();
            if let Err(unknown) = &lang {
                fields.faults.no_language(span, unknown);
            }
            lang.ok().map(What::Language)
        }
        "verified" => Some(What::Verified(true)),
        "stranger" => Some(What::Verified(false)),
        "sound" => Some(What::Sound),
        "paid" => Some(What::Left("paid".to_owned())),
        "outcome" => fields.word("an outcome such as made").map(|(name, _)| What::Left(name)),
        "sms" | "email" => fields.word("the id of a text").map(|(text, _)| What::Did {
            verb: "send".to_owned(),
            details: vec![("by".to_owned(), what.clone()), ("template".to_owned(), text)],
        }),
        verb if services::verbs_of(verb).is_some() => {
            let mut details = Vec::new();
            for entry in fields.other_properties() {
                let name = entry.name().map(|n| n.value().to_owned()).unwrap_or_default();
                let text = fields.text(entry, "a text in double quotes");
                details.extend(text.map(|(text, _)| (name, text)));
            }
            Some(What::Did { verb: what.clone(), details })
        }
        _ => {
            let fault = fields.faults.error(span, format!("nothing is known of '{what}'"));
            fault.help = Some(
                "write expect ended, step NAME, language it, verified, stranger, sound, paid, outcome \
                 NAME, sms TEXT, or a verb with what it did: expect promise amount=\"22.00 PLN\""
                    .to_owned(),
            );
            None
        }
    };
    fields.finish(&["reason"]);
    read
}

impl Given {
    /// What a line says of services, from before the call begins; false when it says nothing of them.
    pub(crate) fn hear_of(&mut self, line: &Line) -> bool {
        match &line.what {
            What::Services(goes) => self.world.let_go(goes),
            What::Store { down, stalled } => {
                (self.world.down, self.world.stalled) = (*down, *stalled);
            }
            _ => return false,
        }
        true
    }

    /// A call from a hidden number on a working day, no case on file.
    pub(crate) fn blank(lang: Option<Lang>) -> Self {
        let facts = Facts {
            called: "hotline".into(),
            company: "Parley".into(),
            callback_number: "+48221234567".into(),
            hours_open: true,
            lang,
            ..Facts::default()
        };
        let today = date(2026, 11, 20).at(10, 0, 0, 0);
        Self { facts, world: World::default(), today }
    }
}

/// The next property's text, taken with its place.
type Taken = Option<(String, Range<usize>)>;

pub(crate) fn take(fields: &mut Fields<'_, '_, '_>, name: &str) -> Taken {
    let entry = fields.property(name)?;
    fields.text(entry, "a text in double quotes")
}

fn plain(fields: &mut Fields<'_, '_, '_>, name: &str) -> Option<String> {
    take(fields, name).map(|(text, _)| text)
}

pub(crate) fn no_date(faults: &mut Faults<'_>, span: Range<usize>, text: &str) {
    let fault = faults.error(span, format!("'{text}' is no date"));
    fault.help = Some("write \"2026-03-02\", in double quotes".to_owned());
}

fn read_given(trial: &mut Trial, node: &KdlNode, faults: &mut Faults<'_>) {
    let mut fields = Fields::of(node, faults);
    let given = &mut trial.given;
    given.facts.caller = plain(&mut fields, "caller").or(given.facts.caller.take());
    if let Some(called) = plain(&mut fields, "called") {
        given.facts.called = called;
    }
    match take(&mut fields, "hours") {
        Some((hours, _)) if hours == "open" => given.facts.hours_open = true,
        Some((hours, _)) if hours == "closed" => given.facts.hours_open = false,
        Some((_, span)) => {
            let fault = fields.faults.error(span, "hours are open or closed");
            fault.help = Some("write hours=open or hours=closed".to_owned());
        }
        None => {}
    }
    match take(&mut fields, "down") {
        Some((service, _)) if service == "store" => given.world.down = true,
        Some((_, span)) => {
            let fault = fields.faults.error(span, "only the store can be down in this version");
            fault.help = Some("write down=store".to_owned());
        }
        None => {}
    }
    if let Some((text, span)) = take(&mut fields, "today") {
        let read =
            text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|d| d.at(10, 0, 0, 0)));
        match read {
            Ok(today) => given.today = today,
            Err(_) => {
                no_date(fields.faults, span, &text);
            }
        }
    }
    let past = past::read(&mut fields);
    given.facts.history = past.history;
    given.facts.segment.clone_from(&past.segment);
    let case = read_case(&mut fields, given, trial.lang, past);
    given.world.cases.extend(case);
    fields.finish(&GIVEN);
}

fn read_case(
    fields: &mut Fields<'_, '_, '_>,
    given: &Given,
    lang: Option<Lang>,
    past: Past,
) -> Option<GivenCase> {
    let (number, _) = take(fields, "case")?;
    let outstanding = past::money(fields, "due").unwrap_or(Money::new(2_200, Currency::PLN));
    let due_date = take(fields, "due-date").and_then(|(text, span)| {
        let read = text.parse::<Date>();
        if read.is_err() {
            no_date(fields.faults, span, &text);
        }
        read.ok()
    });
    let spoken = read_lang(fields).or(lang).unwrap_or(Lang::Pl);
    let secrets = [
        (Factor::Pin, "pin", "271828"),
        (Factor::BirthDate, "birth-date", "01021984"),
        (Factor::IdLast4, "id-last4", "4321"),
    ];
    let mut known = Vec::new();
    for (factor, name, habit) in secrets {
        let text = plain(fields, name).unwrap_or_else(|| habit.to_owned());
        known.extend(Keys::from_text(&text).map(|keys| (factor, keys)));
    }
    let facts = CaseFacts {
        id: CaseId(1 + given.world.cases.len() as u64),
        number,
        name: plain(fields, "name").unwrap_or_else(|| "Anna Nowak".into()),
        creditor: plain(fields, "creditor").unwrap_or_else(|| "Miejska Energia".into()),
        outstanding,
        due_date: due_date.unwrap_or(date(2026, 12, 15)),
        lang: spoken,
        past,
    };
    let phone = plain(fields, "phone").or_else(|| given.facts.caller.clone());
    // How often the store lets somebody try before it locks the case.
    let tries_left = fields.number("tries", 0..=5).unwrap_or(5);
    Some(GivenCase { facts, phone, secrets: known, tries_left })
}
