//! `ask`: a number, an amount, a date or yes and no, key by key; `into case` looks the case up.

use super::ask_value::Value;
use super::contract::Contract;
use super::{Need, Receiver, Spec, way, word};
use crate::asking::{Answer, Asking, Heard, Question, Wanted};
use crate::event::{Action, CaseFacts, FindBy, Trace};
use crate::fields::name_span;
use crate::limits::{FIRST_KEY_DIGITS, INTER_KEY};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::Extra;
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "ask",
    does: "Asks for a number and looks the case up by it, or remembers it under a name (set.NAME): \
           digits as they are keyed, an amount in whole units, a date as DDMM; or asks yes (1) or no \
           (2). # ends a number, # alone means \"I don't have it\", * starts anew, ** leaves the \
           step. What cannot be right may be tried again.",
    words: &[
        word("prompt", "prompt ID", "the question"),
        word("short", "short ID", "for replays; else <prompt>_short where there is one"),
        word(
            "digits",
            "digits min=6 max=10 first=\"10s\" inter=\"3s\" end=\"#\"",
            "how many digits, the wait for the first and between two",
        ),
        word("amount", "amount min=\"5.00\" max=\"900.00\"", "an amount, at most what is owed"),
        word("date", "date max-days=30", "a day, from today to so many days on (1–366)"),
        word("yes-no", "yes-no", "1 is yes, 2 is no"),
        word("into", "into case | into NAME", "the case of this number, or a variable"),
        word("tries", "tries 3", "silences, and wrong numbers, until the step is left (1–3)"),
        word(
            "type-ahead",
            "type-ahead keep|flush",
            "keys pressed before the question count (habit: keep)",
        ),
    ],
    outcomes: &[
        way(Outcome::Found, Need::Bound, true, "there is such a case; the call is about it now"),
        way(Outcome::None, Need::Bound, true, "there is none, three times"),
        way(Outcome::Ok, Need::Bound, true, "it is remembered under its name"),
        way(Outcome::Yes, Need::Bound, true, "1 was pressed"),
        way(Outcome::No, Need::Bound, true, "2 was pressed"),
        way(Outcome::Empty, Need::Bound, true, "# alone: the caller has no number at hand"),
        way(Outcome::NoInput, Need::Bound, false, "no key, three times"),
        way(Outcome::NoMatch, Need::Bound, true, "too few digits, or a slip, three times"),
        way(Outcome::Error, Need::Bound, false, "the store did not answer within 3 s"),
        way(
            Outcome::Back,
            Need::Free,
            true,
            "** was pressed; unbound, the question is asked again",
        ),
    ],
    example: "ask ask-case {\n    prompt verify_case_id\n    digits min=6 max=10 first=\"10s\" \
              inter=\"3s\" end=\"#\"\n    into case; tries 3\n    found verify; none person; empty \
              no-code; no-input person; no-match person; error trouble\n}",
    contract: Contract {
        waits: crate::limits::SERVICE_LONGEST,
        questions: 1,
        keys: 33,
        lookup: true,
        ..Contract::SPEAKS
    },
};

pub(crate) struct Ask {
    question: Question,
    flush: bool,
    what: What,
}

/// What the answer is.
#[derive(Clone, PartialEq, Eq, Debug)]
enum What {
    Case,
    Value(Value),
}

impl Ask {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let tries = reader.tries();
        let flush = reader.flush(false);
        let short = reader.prompt_line("short");
        let value = Value::read(reader);
        let (what, wanted, first, inter) = match value {
            Some(value) => {
                let (wanted, first) = (value.wanted(), value.first());
                (What::Value(value), wanted, first, INTER_KEY)
            }
            None => {
                let into = read_into(reader);
                let (min, max, first, inter) = read_digits(reader);
                let what = into.map_or(What::Case, |name| What::Value(Value::Digits(name)));
                (what, Wanted::Digits { min, max }, first, inter)
            }
        };
        let prompts = reader.needed_prompts("prompt verify_case_id");
        Self { question: Question { wanted, prompts, short, first, inter, tries }, flush, what }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let own = self.question.prompts.iter().chain(&self.question.short).cloned();
        let built_in: &[&str] = match self.what {
            What::Case => &["no_input", "case_not_found", "please_wait"],
            What::Value(_) => &["no_input", "invalid_input"],
        };
        own.chain(built_in.iter().map(|id| Spoken::built_in(id))).collect()
    }

    /// The outcomes of this kind of question.
    pub(crate) fn ways(&self) -> Vec<(Outcome, Need)> {
        let own: &[Outcome] = match &self.what {
            What::Case => &[Outcome::Found, Outcome::None, Outcome::Empty, Outcome::Error],
            What::Value(Value::YesNo) => &[Outcome::Yes, Outcome::No],
            What::Value(_) => &[Outcome::Ok, Outcome::Empty],
        };
        let always = [(Outcome::NoInput, Need::Bound), (Outcome::NoMatch, Need::Bound)];
        let own = own.iter().map(|outcome| (*outcome, Need::Bound));
        own.chain(always).chain([(Outcome::Back, Need::Free)]).collect()
    }

    /// The variable that the answer goes into.
    pub(crate) fn variable(&self) -> Option<&str> {
        match &self.what {
            What::Value(
                Value::Digits(into) | Value::Amount { into, .. } | Value::Date { into, .. },
            ) => Some(into),
            What::Case | What::Value(Value::YesNo) => None,
        }
    }

    /// How long it waits, and how often it asks.
    pub(crate) fn patience(&self) -> crate::asking::Patience {
        self.question.patience()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if self.flush {
            walk.flush();
        }
        let receiver = match &self.what {
            What::Case => Receiver::CaseNumber(None),
            What::Value(value) => Receiver::Talk(Box::new(value.clone()), Extra::default()),
        };
        walk.ask(self.question.clone(), receiver);
    }
}

/// `into case`, or the name of a variable.
fn read_into(reader: &mut StepReader<'_, '_, '_>) -> Option<String> {
    let (what, _) = reader.needed_word("into", "into case")?;
    (what != "case").then_some(what)
}

fn read_digits(
    reader: &mut StepReader<'_, '_, '_>,
) -> (u8, u8, std::time::Duration, std::time::Duration) {
    let habit = (6, 10, FIRST_KEY_DIGITS, INTER_KEY);
    let Some(line) = reader.needed("digits", "digits min=6 max=10") else { return habit };
    let mut fields = reader.fields(line);
    let min = fields.number("min", 1..=32).unwrap_or(habit.0);
    let max = fields.number("max", 1..=32).unwrap_or(habit.1.max(min));
    let first = fields.duration("first").unwrap_or(habit.2);
    let inter = fields.duration("inter").unwrap_or(habit.3);
    if let Some(entry) = fields.property("end")
        && entry.value().as_string() != Some("#")
    {
        let span = crate::fields::entry_span(entry);
        let fault = fields.faults.error(span, "numbers end with #, everywhere");
        fault.help = Some("write end=\"#\" or leave it out".to_owned());
    }
    fields.finish(&["min", "max", "first", "inter", "end"]);
    if min > max {
        let text = format!("at least {min} and at most {max} digits?");
        reader.faults.error(name_span(line), text).help =
            Some(format!("write digits min={max} max={min}"));
    }
    (min, max, first, inter)
}

/// The caller has keyed a number, or will not.
pub(crate) fn receive(walk: &mut Walk, mut asking: Asking, answer: Answer) {
    let keys = match answer {
        Answer::Digits { keys, .. } => keys,
        Answer::Empty => return walk.leave(Outcome::Empty),
        Answer::NoInput => return walk.leave(Outcome::NoInput),
        Answer::NoMatch | Answer::Key(_) => return walk.leave(Outcome::NoMatch),
        Answer::Back => return walk.leave(Outcome::Back),
    };
    let number = keys.reveal(str::to_owned);
    if !walk.plan.environment.check_digit.fits(&number) {
        return match asking.reject() {
            Heard::Answer(_) => walk.leave(Outcome::NoMatch),
            again => walk.resume_asking(asking, Receiver::CaseNumber(None), again),
        };
    }
    let request = walk.request(Receiver::CaseNumber(Some(Box::new(asking))));
    walk.actions.push_back(Action::FindCase { request, by: FindBy::CaseNumber(number) });
}

/// The store has looked. Nothing of the case is said: only that the number is known or not.
pub(crate) fn found(walk: &mut Walk, asking: Option<Box<Asking>>, cases: Vec<CaseFacts>) {
    let by = "case-number";
    if let Ok([case]) = <[CaseFacts; 1]>::try_from(cases) {
        walk.trace(Trace::CaseFound { case: case.id, by });
        walk.take_case(case);
        return walk.leave(Outcome::Found);
    }
    walk.trace(Trace::CaseNotFound { by });
    let Some(mut asking) = asking else { return walk.leave(Outcome::None) };
    match asking.reject() {
        Heard::Answer(_) => walk.leave(Outcome::None),
        again => walk.resume_asking(*asking, Receiver::CaseNumber(None), again),
    }
}
