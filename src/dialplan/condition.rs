//! Conditions of `when`: CEL text, typed by ourselves over its syntax tree, evaluated without errors.
//!
//! The CEL crate compiles ill-typed expressions, so its tree is translated here into a small one in
//! which every comparison is between things that can be compared: what passed the check cannot fail
//! in a call.

use crate::event::{CaseFacts, Facts};
use ids::Lang;
use jiff::civil::{Date, DateTime};

/// What a condition may look at.
pub(crate) struct Sight<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) case: Option<&'a CaseFacts>,
    pub(crate) verified: bool,
    pub(crate) lang: Lang,
    pub(crate) now: DateTime,
    pub(crate) set: &'a [(String, Literal)],
}

/// A value written in a flow file.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Literal {
    Truth(bool),
    /// Hundredths, so that amounts and numbers compare exactly.
    Number(i64),
    Text(String),
    Day(Date),
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

/// A variable of a condition: its name, its type, whether only the right party may learn it.
pub(crate) const VARIABLES: [(&str, Type, bool); 16] = [
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

fn look(name: &str, sight: &Sight<'_>) -> Option<Literal> {
    let facts = sight.facts;
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
        "history.calls" => number(i64::from(facts.history.calls)),
        "history.promises_broken" => number(i64::from(facts.history.promises_broken)),
        "segment" => text(&facts.segment),
        "today" => Some(Literal::Day(sight.now.date())),
        _ => None,
    }
}

impl Comparison {
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
