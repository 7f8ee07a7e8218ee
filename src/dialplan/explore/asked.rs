//! What the conditions of a flow ask about: for each, worlds in which it holds, and in which it just does not.
//!
//! ```text
//!   "history.promises_broken > 0 && segment == 'new'"  ─▶ broken=0 · broken=1 · segment=new
//!                                                      ─▶ broken=1 segment=new      (all of it holds)
//! ```
//! Owns: which property of a `given` line stands for which variable.
//! Never: whether a condition holds; the walk decides that.

use crate::condition::{Comparison, Condition, Literal, VARIABLES};
use crate::limits::EXPLORE_HOLDS_MAX;
use crate::plan::Plan;
use crate::verbs::Verb;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::{BTreeMap, BTreeSet};

/// The day of calls that are made up.
pub(super) const TODAY: &str = "2026-11-20";
/// Days that a condition may lie away from today and still be tried.
const DAYS_AWAY_MAX: i64 = 3_650;

/// Properties of a `given` line, without quotes.
pub(super) type Setting = BTreeMap<&'static str, String>;

/// What makes a difference to a condition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Told {
    /// What is on file, who calls, what happened before.
    Given(Setting),
    /// A variable that a service answers or a caller keys.
    Answer(String, Literal),
}

/// Everything the flow's conditions ask about, each once: whole conditions last.
pub(super) fn asked(plan: &Plan) -> BTreeSet<Told> {
    let mut all = BTreeSet::new();
    for step in &plan.steps {
        let Verb::When(when) = &step.verb else { continue };
        for branch in &when.branches {
            branch.condition.each(&mut |part| all.extend(around(part)));
            let whole = holding(&branch.condition, true).into_iter();
            all.extend(whole.filter(|setting| setting.len() > 1).map(Told::Given));
        }
    }
    all
}

/// The values at which one comparison turns, and those beside them.
fn around(part: &Condition) -> Vec<Told> {
    let pairs: Vec<(&Condition, &Condition)> = match part {
        Condition::Compare(_, a, b) | Condition::Text(_, a, b) => vec![(a, b), (b, a)],
        Condition::OneOf(a, list) => list.iter().map(|b| (&**a, b)).collect(),
        Condition::Variable(_) | Condition::Set(_) => {
            let truths = [true, false].map(Literal::Truth);
            return truths.iter().flat_map(|truth| told(part, truth)).collect();
        }
        Condition::Value(_) | Condition::Not(_) | Condition::And(..) | Condition::Or(..) => {
            return Vec::new();
        }
    };
    let mut all = Vec::new();
    for (variable, value) in pairs {
        let Condition::Value(literal) = value else { continue };
        for near in
            [Some(literal.clone()), beside(variable, literal, 1), beside(variable, literal, -1)]
        {
            all.extend(near.into_iter().flat_map(|near| told(variable, &near)));
        }
    }
    all
}

fn told(variable: &Condition, value: &Literal) -> Vec<Told> {
    match variable {
        Condition::Set(name) => vec![Told::Answer(name.clone(), value.clone())],
        Condition::Variable(index) => {
            given(VARIABLES[*index].0, value).map(Told::Given).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The next value of the variable's kind, above or below.
fn beside(variable: &Condition, literal: &Literal, way: i64) -> Option<Literal> {
    let cents = matches!(variable, Condition::Variable(index)
        if ["case.due", "case.promised"].contains(&VARIABLES[*index].0));
    match literal {
        Literal::Number(n) => {
            n.checked_add(if cents { way } else { way * 100 }).map(Literal::Number)
        }
        Literal::Day(day) => day.checked_add(way.days()).ok().map(Literal::Day),
        Literal::Truth(_) | Literal::Text(_) => None,
    }
}

/// The properties that give a variable this value; `None`: no test can.
fn given(variable: &str, value: &Literal) -> Option<Setting> {
    let today = date(2026, 11, 20);
    let one = |name: &'static str, value: String| Some(Setting::from([(name, value)]));
    let day = |days: i64| -> Option<Date> {
        let near = days.abs() <= DAYS_AWAY_MAX;
        near.then(|| today.checked_sub(days.days()).ok()).flatten()
    };
    let money = |n: i64| format!("{}.{:02} PLN", n / 100, n % 100);
    let promise =
        |sum: String, by: String| Some(Setting::from([("promise", sum), ("promise-date", by)]));
    let history = |name: &str| match name {
        "history.calls" => Some("calls"),
        "history.promises_broken" => Some("broken"),
        "history.promises_kept" => Some("kept"),
        "history.payments" => Some("payments"),
        "history.late" => Some("late"),
        _ => None,
    };
    match (variable, value) {
        ("case.due", Literal::Number(n @ 0..)) => one("due", money(*n)),
        ("case.promised", Literal::Number(n @ 0..)) => promise(money(*n), "2026-12-01".into()),
        ("case.due_date", Literal::Day(due)) => one("due-date", due.to_string()),
        ("case.promise_date", Literal::Day(by)) => promise("345.00 PLN".into(), by.to_string()),
        ("case.days_overdue", Literal::Number(n)) => one("due-date", day(n / 100)?.to_string()),
        ("history.days_since_contact", Literal::Number(n)) => {
            one("last-contact", day(n / 100)?.to_string())
        }
        ("today", Literal::Day(day)) => one("today", day.to_string()),
        ("case.creditor", Literal::Text(text)) => one("creditor", text.clone()),
        ("case.lang", Literal::Text(tag)) => one("language", tag.clone()),
        ("caller.number", Literal::Text(number)) => one("caller", number.clone()),
        ("call.called", Literal::Text(called)) => one("called", called.clone()),
        ("segment", Literal::Text(segment)) => one("segment", segment.clone()),
        ("hours.open", Literal::Truth(open)) => {
            one("hours", if *open { "open" } else { "closed" }.to_owned())
        }
        (name, Literal::Number(n @ 0..)) => one(history(name)?, (n / 100).to_string()),
        _ => None,
    }
}

/// Settings under which a condition holds, or does not, as far as settings decide it.
fn holding(condition: &Condition, wanted: bool) -> Vec<Setting> {
    let mut found = match (condition, wanted) {
        (Condition::Not(inner), _) => holding(inner, !wanted),
        (Condition::And(a, b), true) | (Condition::Or(a, b), false) => {
            let (left, right) = (holding(a, wanted), holding(b, wanted));
            let both = |one: &Setting| {
                let one = one.clone();
                right
                    .iter()
                    .map(move |other| one.clone().into_iter().chain(other.clone()).collect())
            };
            left.iter().flat_map(both).collect()
        }
        (Condition::Or(a, b), true) | (Condition::And(a, b), false) => {
            [holding(a, wanted), holding(b, wanted)].concat()
        }
        (Condition::Compare(how, a, b), _) => match (&**a, &**b) {
            (variable, Condition::Value(value)) => compared(*how, variable, value, wanted),
            (Condition::Value(value), variable) => compared(how.turned(), variable, value, wanted),
            _ => vec![Setting::new()],
        },
        (Condition::OneOf(a, list), true) => {
            let values = list.iter().filter_map(|part| match part {
                Condition::Value(value) => Some(settings(a, value)),
                _ => None,
            });
            values.flatten().collect()
        }
        (Condition::Text(_, a, b), true) => match &**b {
            Condition::Value(value) => settings(a, value),
            _ => vec![Setting::new()],
        },
        (Condition::Variable(_), _) => settings(condition, &Literal::Truth(wanted)),
        _ => vec![Setting::new()],
    };
    found.truncate(EXPLORE_HOLDS_MAX);
    found
}

fn compared(how: Comparison, variable: &Condition, value: &Literal, wanted: bool) -> Vec<Setting> {
    use Comparison as C;
    let near = |way| beside(variable, value, way);
    let value = match (how, wanted) {
        (C::Equal | C::AtMost | C::AtLeast, true) | (C::NotEqual | C::Less | C::More, false) => {
            Some(value.clone())
        }
        (C::Less, true) | (C::AtLeast, false) => near(-1),
        (C::More, true) | (C::AtMost, false) => near(1),
        (C::NotEqual, true) | (C::Equal, false) => near(1).or_else(|| near(-1)),
    };
    value.map_or_else(|| vec![Setting::new()], |value| settings(variable, &value))
}

/// The setting that gives a variable its value; nothing where no setting can.
fn settings(variable: &Condition, value: &Literal) -> Vec<Setting> {
    let setting = match variable {
        Condition::Variable(index) => given(VARIABLES[*index].0, value),
        _ => None,
    };
    vec![setting.unwrap_or_default()]
}
