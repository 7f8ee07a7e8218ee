//! `ask … into NAME`: digits, an amount, a date, or yes and no; kept as a variable of the flow.

use super::promise::next_day;
use crate::asking::{Answer, Asking, Wanted};
use crate::condition::{Literal, Type};
use crate::fields::name_span;
use crate::limits::{FIRST_KEY_DIGITS, FIRST_KEY_MENU};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, pressed};
use crate::walk::Walk;
use kdl::KdlNode;
use keypad::Key;
use std::time::Duration;

/// What is asked for, and under which name it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Digits(String),
    /// Hundredths; `None`: at most what is owed.
    Amount {
        into: String,
        min: u64,
        max: Option<u64>,
    },
    Date {
        into: String,
        max_days: u16,
    },
    YesNo,
}

impl Value {
    /// An `amount`, `date` or `yes-no` line with its `into`; `None`: the step has none of them.
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Option<Self> {
        let amount = reader.line("amount");
        let date = reader.line("date");
        let yes_no = reader.line("yes-no");
        let kinds = [amount, date, yes_no];
        let written: Vec<&KdlNode> = kinds.iter().flatten().copied().collect();
        if let Some(second) = written.get(1) {
            let text = "one 'ask' asks for one thing";
            reader.faults.error(name_span(second), text).help =
                Some("write digits, amount, date or yes-no, and a second 'ask'".to_owned());
        }
        if let Some(line) = amount {
            let mut fields = reader.fields(line);
            let mut limit = |name: &str| {
                let entry = fields.property(name)?;
                fields.text(entry, "an amount in double quotes")
            };
            let (min, max) = (limit("min"), limit("max"));
            fields.finish(&["min", "max"]);
            let min = min.and_then(|(text, span)| reader.amount(&text, span)).unwrap_or(100);
            let max = max.and_then(|(text, span)| reader.amount(&text, span));
            return Some(Value::Amount { into: name(reader), min, max });
        }
        if let Some(line) = date {
            let mut fields = reader.fields(line);
            let days = fields.property("max-days").and_then(|e| e.value().as_integer());
            fields.finish(&["max-days"]);
            let max_days = days.and_then(|d| u16::try_from(d).ok()).filter(|d| *d <= 366);
            if max_days.is_none() {
                let text = "'date' needs max-days, a number from 1 to 366";
                reader.faults.error(name_span(line), text).help =
                    Some("write date max-days=30".to_owned());
            }
            let max_days = max_days.unwrap_or(30);
            return Some(Value::Date { into: name(reader), max_days });
        }
        yes_no.map(|line| {
            reader.fields(line).finish(&[]);
            Value::YesNo
        })
    }

    pub(crate) fn wanted(&self) -> Wanted {
        match self {
            Value::Digits(_) => Wanted::Digits { min: 1, max: 32 },
            Value::Amount { .. } => Wanted::Digits { min: 1, max: 7 },
            Value::Date { .. } => Wanted::Digits { min: 4, max: 4 },
            Value::YesNo => {
                Wanted::OneOf(['1', '2'].into_iter().filter_map(Key::from_char).collect())
            }
        }
    }

    pub(crate) fn first(&self) -> Duration {
        if *self == Value::YesNo { FIRST_KEY_MENU } else { FIRST_KEY_DIGITS }
    }

    /// The value of these keys, where they make sense.
    fn of(&self, walk: &Walk, keys: &str) -> Option<(String, Literal)> {
        match self {
            Value::Digits(into) => Some((into.clone(), Literal::Text(keys.to_owned()))),
            Value::Amount { into, min, max } => {
                let minor = keys.parse::<u64>().ok()?.checked_mul(100)?;
                let due = walk.case.as_ref().filter(|_| walk.verified());
                let most = max.or(due.map(|c| c.outstanding.minor));
                let fits = minor >= *min && most.is_none_or(|most| minor <= most);
                fits.then_some((into.clone(), Literal::Number(i64::try_from(minor).ok()?)))
            }
            Value::Date { into, max_days } => {
                let day = next_day(walk.wall.date(), keys, walk.lang())?;
                (day <= walk.day_after(*max_days)).then(|| (into.clone(), Literal::Day(day)))
            }
            Value::YesNo => None,
        }
    }
}

fn name(reader: &mut StepReader<'_, '_, '_>) -> String {
    reader.needed_word("into", "into offer").unwrap_or_default().0
}

/// The variable an `ask` among a flow's steps makes.
pub(crate) fn variable(step: &KdlNode) -> Option<(String, Type)> {
    let lines = step.children()?.nodes();
    let line = |wanted: &str| lines.iter().find(|n| n.name().value() == wanted);
    let into = line("into")?.entries().first()?.value().as_string()?;
    let kind = match () {
        () if line("amount").is_some() => Type::Number,
        () if line("date").is_some() => Type::Day,
        () => Type::Text,
    };
    (into != "case").then(|| (into.to_owned(), kind))
}

impl talk::Talk for Value {
    fn answered(self: Box<Self>, walk: &mut Walk, asking: Asking, answer: Answer) {
        match (pressed(&answer), &answer) {
            (Some('1'), _) => walk.leave(Outcome::Yes),
            (Some('2'), _) => walk.leave(Outcome::No),
            (_, Answer::Empty) => walk.leave(Outcome::Empty),
            (_, Answer::Digits { keys, .. }) => match keys.reveal(|k| self.of(walk, k)) {
                Some((name, value)) => {
                    walk.remember(name, value);
                    walk.leave(Outcome::Ok);
                }
                None => walk.refuse(asking, *self, &Spoken::built_in("invalid_input")),
            },
            _ => walk.unanswered(&answer),
        }
    }
}
