//! Conditions of `when`: CEL text, typed by ourselves over its syntax tree, evaluated without errors.
//!
//! The CEL crate compiles ill-typed expressions, so its tree is translated here into a small one in
//! which every comparison is between things that can be compared: what passed the check cannot fail
//! in a call.

use crate::event::{CaseFacts, Facts, History};
use ids::Lang;
use jiff::civil::{Date, DateTime};
use std::fmt;

/// What a condition may look at.
pub(crate) struct Sight<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) case: Option<&'a CaseFacts>,
    pub(crate) verified: bool,
    pub(crate) lang: Lang,
    pub(crate) now: DateTime,
    pub(crate) set: &'a [(String, Literal)],
}

/// A value of a flow: written in it, keyed by a caller, or answered by a service.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Literal {
    /// Yes or no.
    Truth(bool),
    /// Hundredths, so that amounts and numbers compare exactly.
    Number(i64),
    /// A text.
    Text(String),
    /// A date.
    Day(Date),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Truth(truth) => write!(f, "{truth}"),
            Literal::Number(n) if n % 100 == 0 => write!(f, "{}", n / 100),
            Literal::Number(n) => {
                let sign = if *n < 0 { "-" } else { "" };
                write!(f, "{sign}{}.{:02}", n.abs() / 100, n.abs() % 100)
            }
            Literal::Text(text) => f.write_str(text),
            Literal::Day(day) => write!(f, "{day}"),
        }
    }
}

impl Literal {
    pub(crate) fn kind(&self) -> Type {
        match self {
            Literal::Truth(_) => Type::Truth,
            Literal::Number(_) => Type::Number,
            Literal::Text(_) => Type::Text,
            Literal::Day(_) => Type::Day,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Type {
    Truth,
    Number,
    Text,
    Day,
}

impl Type {
    /// The kinds as an admin writes them.
    pub(crate) const NAMED: [(&'static str, Type); 4] = [
        ("truth", Type::Truth),
        ("number", Type::Number),
        ("text", Type::Text),
        ("date", Type::Day),
    ];
}

/// A variable of a condition: its name, its type, whether only the right party may learn it.
pub(crate) const VARIABLES: [(&str, Type, bool); 23] = [
    ("case.found", Type::Truth, false),
    ("case.lang", Type::Text, false),
    ("case.due", Type::Number, true),
    ("case.due_date", Type::Day, true),
    ("case.days_overdue", Type::Number, true),
    ("case.creditor", Type::Text, true),
    ("caller.known", Type::Truth, false),
    ("caller.number", Type::Text, false),
    ("caller.verified", Type::Truth, false),
    ("call.called", Type::Text, false),
    ("call.lang", Type::Text, false),
    ("hours.open", Type::Truth, false),
    ("history.calls", Type::Number, false),
    ("history.promises_broken", Type::Number, true),
    ("history.promises_kept", Type::Number, true),
    ("history.payments", Type::Number, true),
    ("history.late", Type::Number, true),
    ("history.days_since_contact", Type::Number, false),
    ("case.promised", Type::Number, true),
    ("case.promise_date", Type::Day, true),
    ("case.instalment", Type::Number, true),
    ("segment", Type::Text, false),
    ("today", Type::Day, false),
];

/// A condition that cannot fail.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Condition {
    Value(Literal),
    Variable(usize),
    Set(String),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Compare(Comparison, Box<Condition>, Box<Condition>),
    OneOf(Box<Condition>, Vec<Condition>),
    Text(TextTest, Box<Condition>, Box<Condition>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TextTest {
    Starts,
    Ends,
    Contains,
}

impl Condition {
    /// True when a branch on it would tell a stranger something of the case.
    pub(crate) fn confidential(&self) -> bool {
        match self {
            Condition::Variable(index) => VARIABLES[*index].2,
            Condition::Value(_) | Condition::Set(_) => false,
            Condition::Not(inner) => inner.confidential(),
            Condition::And(a, b)
            | Condition::Or(a, b)
            | Condition::Compare(_, a, b)
            | Condition::Text(_, a, b) => a.confidential() || b.confidential(),
            Condition::OneOf(a, list) => a.confidential() || list.iter().any(|c| c.confidential()),
        }
    }

    /// Does this with it and with every part of it.
    pub(crate) fn each<'c>(&'c self, see: &mut dyn FnMut(&'c Condition)) {
        see(self);
        match self {
            Condition::Value(_) | Condition::Variable(_) | Condition::Set(_) => {}
            Condition::Not(inner) => inner.each(see),
            Condition::And(a, b)
            | Condition::Or(a, b)
            | Condition::Compare(_, a, b)
            | Condition::Text(_, a, b) => {
                a.each(see);
                b.each(see);
            }
            Condition::OneOf(a, list) => {
                a.each(see);
                list.iter().for_each(|part| part.each(see));
            }
        }
    }

    /// Adds what is known of the variables it looks at, each once: `case.due is 22.00 PLN`.
    pub(crate) fn tell(&self, sight: &Sight<'_>, told: &mut Vec<String>) {
        self.each(&mut |part| {
            let name = match part {
                Condition::Variable(index) => VARIABLES[*index].0.to_owned(),
                Condition::Set(name) => format!("set.{name}"),
                _ => return,
            };
            let money = match name.as_str() {
                "case.due" => sight.case.map(|case| case.outstanding),
                "case.promised" => sight.case.and_then(|case| Some(case.past.promise?.0)),
                _ => None,
            };
            let known = match (money, part.value(sight)) {
                (Some(money), _) => format!("{name} is {money}"),
                (None, Some(Literal::Text(text))) => format!("{name} is \"{text}\""),
                (None, Some(value)) => format!("{name} is {value}"),
                (None, None) => format!("{name} is not known"),
            };
            if !told.contains(&known) {
                told.push(known);
            }
        });
    }

    /// Whether it holds now.
    pub(crate) fn holds(&self, sight: &Sight<'_>) -> bool {
        self.value(sight) == Some(Literal::Truth(true))
    }

    /// `None` is "not known" (no case yet): comparisons with it do not hold.
    fn value(&self, sight: &Sight<'_>) -> Option<Literal> {
        let truth = |yes: bool| Some(Literal::Truth(yes));
        match self {
            Condition::Value(literal) => Some(literal.clone()),
            Condition::Variable(index) => look(VARIABLES[*index].0, sight),
            Condition::Set(name) => {
                sight.set.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
            }
            Condition::Not(inner) => truth(!inner.holds(sight)),
            Condition::And(a, b) => truth(a.holds(sight) && b.holds(sight)),
            Condition::Or(a, b) => truth(a.holds(sight) || b.holds(sight)),
            Condition::Compare(how, a, b) => truth(match (a.value(sight), b.value(sight)) {
                (Some(a), Some(b)) => how.of(&a, &b),
                _ => false,
            }),
            Condition::OneOf(a, list) => {
                let wanted = a.value(sight);
                truth(wanted.is_some() && list.iter().any(|c| c.value(sight) == wanted))
            }
            Condition::Text(how, a, b) => truth(match (a.value(sight), b.value(sight)) {
                (Some(Literal::Text(a)), Some(Literal::Text(b))) => how.of(&a, &b),
                _ => false,
            }),
        }
    }
}

pub(crate) fn look(name: &str, sight: &Sight<'_>) -> Option<Literal> {
    let facts = sight.facts;
    // What is known of the case wins over what was known of the number that called.
    let past = sight.case.map(|case| &case.past);
    let history = match past {
        Some(past) if past.history != History::default() => &past.history,
        _ => &facts.history,
    };
    let text = |t: &str| Some(Literal::Text(t.to_owned()));
    let number = |n: i64| Some(Literal::Number(n.saturating_mul(100)));
    match name {
        "case.found" => Some(Literal::Truth(sight.case.is_some())),
        "case.lang" => text(sight.case?.lang.tag()),
        "case.due" => Some(Literal::Number(i64::try_from(sight.case?.outstanding.minor).ok()?)),
        "case.due_date" => Some(Literal::Day(sight.case?.due_date)),
        "case.days_overdue" => {
            let span = sight.case?.due_date.until(sight.now.date()).ok()?;
            number(i64::from(span.get_days()))
        }
        "case.creditor" => text(&sight.case?.creditor),
        "caller.known" => Some(Literal::Truth(facts.caller.is_some())),
        "caller.number" => text(facts.caller.as_deref()?),
        "caller.verified" => Some(Literal::Truth(sight.verified)),
        "call.called" => text(&facts.called),
        "call.lang" => text(sight.lang.tag()),
        "hours.open" => Some(Literal::Truth(facts.hours_open)),
        // For requests of `http`; a condition has no use for it.
        "case.number" => text(&sight.case?.number),
        "case.promised" => Some(Literal::Number(i64::try_from(past?.promise?.0.minor).ok()?)),
        "case.promise_date" => Some(Literal::Day(past?.promise?.1)),
        "case.instalment" => number(i64::from(past?.instalment?.0)),
        "history.calls" => number(i64::from(history.calls)),
        "history.promises_broken" => number(i64::from(history.promises_broken)),
        "history.promises_kept" => number(i64::from(history.promises_kept)),
        "history.payments" => number(i64::from(history.payments)),
        "history.late" => number(i64::from(history.late)),
        "history.days_since_contact" => {
            let span = history.last_contact?.until(sight.now.date()).ok()?;
            number(i64::from(span.get_days()))
        }
        "segment" => text(match past {
            Some(past) if !past.segment.is_empty() => &past.segment,
            _ => &facts.segment,
        }),
        "today" => Some(Literal::Day(sight.now.date())),
        _ => None,
    }
}

impl Comparison {
    /// The same comparison with its sides exchanged.
    pub(crate) fn turned(self) -> Self {
        match self {
            Comparison::Less => Comparison::More,
            Comparison::AtMost => Comparison::AtLeast,
            Comparison::More => Comparison::Less,
            Comparison::AtLeast => Comparison::AtMost,
            Comparison::Equal | Comparison::NotEqual => self,
        }
    }

    fn of(self, a: &Literal, b: &Literal) -> bool {
        use std::cmp::Ordering;
        let order = match (a, b) {
            (Literal::Truth(a), Literal::Truth(b)) => a.cmp(b),
            (Literal::Number(a), Literal::Number(b)) => a.cmp(b),
            (Literal::Text(a), Literal::Text(b)) => a.cmp(b),
            (Literal::Day(a), Literal::Day(b)) => a.cmp(b),
            _ => return false,
        };
        match self {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::NotEqual => order != Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::AtMost => order != Ordering::Greater,
            Comparison::More => order == Ordering::Greater,
            Comparison::AtLeast => order != Ordering::Less,
        }
    }
}

impl TextTest {
    fn of(self, a: &str, b: &str) -> bool {
        match self {
            TextTest::Starts => a.starts_with(b),
            TextTest::Ends => a.ends_with(b),
            TextTest::Contains => a.contains(b),
        }
    }
}
