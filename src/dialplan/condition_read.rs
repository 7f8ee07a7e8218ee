//! From CEL text to a condition that cannot fail: its syntax tree is typed here.

use crate::condition::{Comparison, Condition, Literal, TextTest, Type, VARIABLES};
use crate::fields::did_you_mean;
use crate::limits::CONDITION_CHARS_MAX;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use jiff::civil::Date;

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

impl Type {
    /// What a value of this kind is.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Type::Truth => "yes or no",
            Type::Number => "a number",
            Type::Text => "a text",
            Type::Day => "a date",
        }
    }
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
            syntax_fault(&plain, errors.errors.first().map_or("", |e| e.msg.as_str()))
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
}

/// The CEL parser's complaint in the admin's words.
fn syntax_fault(text: &str, said: &str) -> ConditionError {
    let quoted = said.split('\'').nth(1).filter(|part| !part.trim().is_empty());
    let said = said.strip_prefix("Syntax error: ").unwrap_or(said);
    let odd = text.matches('\'').count() % 2 == 1;
    let message = match quoted {
        _ if text.trim().is_empty() => "this condition is empty".to_owned(),
        _ if odd => "a text in this condition has no closing quote".to_owned(),
        Some("<EOF>") => "this condition breaks off at its end".to_owned(),
        Some(part) if said.starts_with("missing") => format!("this condition lacks a '{part}'"),
        Some(part) => format!("this condition cannot be read at '{}'", part.trim()),
        None => "this condition cannot be read".to_owned(),
    };
    let word = |word: &str| text.split_whitespace().any(|w| w.eq_ignore_ascii_case(word));
    let single = text.match_indices('=').any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !matches!(before, Some('=' | '!' | '<' | '>')) && !text[at + 1..].starts_with('=')
    });
    let help = match () {
        () if odd => "write texts in single quotes on both sides, such as 'vip'",
        () if single => "write == for equal, as in case.due == 0",
        () if word("and") || word("or") || word("not") => "write && for and, || for or, ! for not",
        () => "a condition reads as in: case.due > 0 && case.due_date < today",
    };
    ConditionError { message, help: Some(help.to_owned()) }
}

type Typed = Result<(Condition, Type), ConditionError>;

fn translate(expr: &Expr, set: &[(String, Type)]) -> Typed {
    match expr {
        Expr::Literal(literal) => translate_literal(literal),
        Expr::Ident(name) => variable(name, set),
        Expr::Select(select) if !select.test => match &select.operand.expr {
            Expr::Ident(root) => variable(&format!("{root}.{}", select.field), set),
            _ => wrong("values have one dot".into(), Some("write it as in case.due".into())),
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
    let too_large = || ConditionError {
        message: "this number is too large".into(),
        help: Some("write amounts in whole units, such as 250 or 99.50".into()),
    };
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
        LiteralValue::Bytes(_) | LiteralValue::Null => wrong(
            "this is no value".into(),
            Some("write texts in single quotes, such as 'vip'".into()),
        ),
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
        (_, other) => wrong(
            format!("&&, || and ! join conditions; this is {}", other.words()),
            Some("compare it with something first, such as case.due > 0".into()),
        ),
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
        return wrong(
            "a comparison has two sides".into(),
            Some("write it as in case.due > 0".into()),
        );
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
        return wrong(format!("{} has no order", left.words()), Some("use == or !=".into()));
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
            _ => wrong("only a number can have a minus".into(), Some("use ! for not".into())),
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
        return wrong("'in' needs a list".into(), Some("write segment in ['new', 'vip']".into()));
    };
    let mut values = Vec::new();
    for element in &list.elements {
        let (value, its) = translate(&element.expr, set)?;
        if its != kind {
            let message = format!("{} is looked for in a list with {}", kind.words(), its.words());
            return wrong(message, Some("every value of the list is of its kind".into()));
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
        _ => wrong(
            "only texts begin, end or contain".into(),
            Some("write it as in segment.startsWith('new')".into()),
        ),
    }
}
