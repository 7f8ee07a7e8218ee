//! Conditions of `when`: CEL text, typed by ourselves over its syntax tree, evaluated without errors.
//!
//! The CEL crate compiles ill-typed expressions, so its tree is translated here into a small one in
//! which every comparison is between things that can be compared: what passed the check cannot fail
//! in a call.

use crate::event::{CaseFacts, Facts};
use crate::fields::did_you_mean;
use crate::limits::CONDITION_CHARS_MAX;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
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

impl Type {
    fn words(self) -> &'static str {
        match self {
            Type::Truth => "yes or no",
            Type::Number => "a number",
            Type::Text => "a text",
            Type::Day => "a date",
        }
    }
}

/// A variable of a condition: its name, its type, whether only the right party may learn it.
const VARIABLES: [(&str, Type, bool); 16] = [
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

/// Why a text is no condition, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ConditionError {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

fn wrong<T>(message: String, help: Option<String>) -> Result<T, ConditionError> {
    Err(ConditionError { message, help })
}

impl Condition {
    /// Reads a condition; `set` names the variables of the flow's `set` steps with their types.
    pub(crate) fn read(text: &str, set: &[(String, Type)]) -> Result<Condition, ConditionError> {
        if text.chars().count() > CONDITION_CHARS_MAX {
            let message = format!("a condition has at most {CONDITION_CHARS_MAX} characters");
            return wrong(message, Some("split it over several 'if' lines".into()));
        }
        let plain = text.replace("case.due-date", "case.due_date");
        let plain = plain.replace("case.days-overdue", "case.days_overdue");
        let parser = cel::parser::Parser::new().max_recursion_depth(32);
        let tree = parser.parse(&plain).map_err(|errors| {
            let said = errors.errors.first().map_or("it cannot be read", |e| e.msg.as_str());
            let said = said.split(" expecting").next().unwrap_or(said);
            let help = "conditions are CEL, such as case.due > 0 && case.due_date < today";
            ConditionError {
                message: format!("this is no condition: {said}"),
                help: Some(help.into()),
            }
        })?;
        let (condition, kind) = translate(&tree.expr, set)?;
        match kind {
            Type::Truth => Ok(condition),
            other => wrong(
                format!("a condition is yes or no; this is {}", other.words()),
                Some("compare it with something, such as case.due > 0".into()),
            ),
        }
    }

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

    /// The names it looks at, for the simulator and for faults.
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

type Typed = Result<(Condition, Type), ConditionError>;

fn translate(expr: &Expr, set: &[(String, Type)]) -> Typed {
    match expr {
        Expr::Literal(literal) => translate_literal(literal),
        Expr::Ident(name) => variable(name, set),
        Expr::Select(select) if !select.test => match &select.operand.expr {
            Expr::Ident(root) => variable(&format!("{root}.{}", select.field), set),
            _ => wrong("values have one dot, such as case.due".into(), None),
        },
        Expr::Call(call) => translate_call(call, set),
        _ => wrong(
            "this part of CEL has no use here".into(),
            Some("use && || ! == != < <= > >= in, and texts, numbers, dates".into()),
        ),
    }
}

fn translate_literal(literal: &LiteralValue) -> Typed {
    let number = |hundredths: i64| (Condition::Value(Literal::Number(hundredths)), Type::Number);
    let too_large = || ConditionError { message: "this number is too large".into(), help: None };
    match literal {
        LiteralValue::Boolean(b) => Ok((Condition::Value(Literal::Truth(*b.inner())), Type::Truth)),
        LiteralValue::Int(i) => i.inner().checked_mul(100).map(number).ok_or_else(too_large),
        LiteralValue::Double(d) if d.inner().abs() < 1e12 => {
            Ok(number((d.inner() * 100.0).round() as i64))
        }
        LiteralValue::Double(_) | LiteralValue::UInt(_) => Err(too_large()),
        LiteralValue::String(s) => {
            Ok((Condition::Value(Literal::Text(s.inner().to_owned())), Type::Text))
        }
        LiteralValue::Bytes(_) | LiteralValue::Null => {
            wrong("write texts in single quotes, such as 'vip'".into(), None)
        }
    }
}

fn variable(name: &str, set: &[(String, Type)]) -> Typed {
    if let Some(own) = name.strip_prefix("set.") {
        return match set.iter().find(|(n, _)| n == own) {
            Some((n, kind)) => Ok((Condition::Set(n.clone()), *kind)),
            None => wrong(
                format!("no step sets '{own}'"),
                did_you_mean(own, set.iter().map(|(n, _)| n.as_str()))
                    .or_else(|| Some(format!("add a step with: value {own} #true"))),
            ),
        };
    }
    match VARIABLES.iter().position(|(n, ..)| *n == name) {
        Some(index) => Ok((Condition::Variable(index), VARIABLES[index].1)),
        None => wrong(
            format!("there is no value '{name}'"),
            did_you_mean(name, VARIABLES.iter().map(|(n, ..)| *n)).or_else(|| {
                let all: Vec<&str> = VARIABLES.iter().map(|(n, ..)| *n).collect();
                Some(format!("there are {}", all.join(", ")))
            }),
        ),
    }
}

fn truth(expr: &Expr, set: &[(String, Type)]) -> Result<Box<Condition>, ConditionError> {
    match translate(expr, set)? {
        (condition, Type::Truth) => Ok(Box::new(condition)),
        (_, other) => {
            wrong(format!("&&, || and ! join conditions; this is {}", other.words()), None)
        }
    }
}

fn translate_call(call: &CallExpr, set: &[(String, Type)]) -> Typed {
    let comparison = match call.func_name.as_str() {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::AtMost,
        operators::GREATER => Comparison::More,
        operators::GREATER_EQUALS => Comparison::AtLeast,
        _ => return translate_other(call, set),
    };
    let [a, b] = call.args.as_slice() else {
        return wrong("a comparison has two sides".into(), None);
    };
    let ((a, left), (b, right)) = (translate(&a.expr, set)?, translate(&b.expr, set)?);
    let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    if left != right {
        let message = format!("{} cannot be compared with {}", left.words(), right.words());
        let help = match (left, right) {
            (Type::Day, Type::Text) | (Type::Text, Type::Day) => {
                "write dates as date('2026-03-02')"
            }
            (Type::Number, Type::Text) | (Type::Text, Type::Number) => {
                "write numbers without quotes"
            }
            _ => "compare like with like",
        };
        return wrong(message, Some(help.into()));
    }
    if ordered && !matches!(left, Type::Number | Type::Day) {
        return wrong(format!("{} has no order: use == or !=", left.words()), None);
    }
    Ok((Condition::Compare(comparison, Box::new(a), Box::new(b)), Type::Truth))
}

fn translate_other(call: &CallExpr, set: &[(String, Type)]) -> Typed {
    let target = call.target.as_ref();
    let yes = |condition| Ok((condition, Type::Truth));
    match (call.func_name.as_str(), target, call.args.as_slice()) {
        (operators::LOGICAL_NOT, None, [a]) => yes(Condition::Not(truth(&a.expr, set)?)),
        (operators::LOGICAL_AND, None, [a, b]) => {
            yes(Condition::And(truth(&a.expr, set)?, truth(&b.expr, set)?))
        }
        (operators::LOGICAL_OR, None, [a, b]) => {
            yes(Condition::Or(truth(&a.expr, set)?, truth(&b.expr, set)?))
        }
        (operators::NEGATE, None, [a]) => match translate(&a.expr, set)? {
            (Condition::Value(Literal::Number(n)), kind) => {
                Ok((Condition::Value(Literal::Number(-n)), kind))
            }
            _ => wrong("only a number can have a minus".into(), None),
        },
        (operators::IN, None, [a, list]) => translate_in(&a.expr, &list.expr, set),
        ("date", None, [day]) => translate_date(&day.expr),
        ("startsWith", Some(a), [b]) => text_test(TextTest::Starts, &a.expr, &b.expr, set),
        ("endsWith", Some(a), [b]) => text_test(TextTest::Ends, &a.expr, &b.expr, set),
        ("contains", Some(a), [b]) => text_test(TextTest::Contains, &a.expr, &b.expr, set),
        (name, ..) => wrong(
            format!("'{}' has no use here", name.trim_matches('_')),
            Some(
                "there are date('2026-03-02'), .startsWith('…'), .endsWith('…'), .contains('…')"
                    .into(),
            ),
        ),
    }
}

fn translate_in(item: &Expr, list: &Expr, set: &[(String, Type)]) -> Typed {
    let (item, kind) = translate(item, set)?;
    let Expr::List(list) = list else {
        return wrong("'in' needs a list, such as segment in ['new', 'vip']".into(), None);
    };
    let mut values = Vec::new();
    for element in &list.elements {
        let (value, its) = translate(&element.expr, set)?;
        if its != kind {
            let message = format!("{} is looked for in a list with {}", kind.words(), its.words());
            return wrong(message, None);
        }
        values.push(value);
    }
    Ok((Condition::OneOf(Box::new(item), values), Type::Truth))
}

fn translate_date(day: &Expr) -> Typed {
    let text = match day {
        Expr::Literal(LiteralValue::String(s)) => s.inner(),
        _ => "",
    };
    match text.parse::<Date>() {
        Ok(date) => Ok((Condition::Value(Literal::Day(date)), Type::Day)),
        Err(_) => wrong("this is no date".into(), Some("write date('2026-03-02')".into())),
    }
}

fn text_test(how: TextTest, a: &Expr, b: &Expr, set: &[(String, Type)]) -> Typed {
    match (translate(a, set)?, translate(b, set)?) {
        ((a, Type::Text), (b, Type::Text)) => {
            Ok((Condition::Text(how, Box::new(a), Box::new(b)), Type::Truth))
        }
        _ => wrong("only texts begin, end or contain".into(), None),
    }
}
