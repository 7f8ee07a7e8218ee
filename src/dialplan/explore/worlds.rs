//! What explored calls meet: the usual call first, then one difference at a time, those that the flow's own
//! conditions ask about among them (`asked`).
//!
//! Owns: the case, the caller and the day of calls that are made up.
//! Never: a name or a number of somebody who lives.

use super::asked::{self, Setting, Told};
use crate::condition::{Literal, Type};
use crate::limits::EXPLORE_WORLDS_MAX;
use crate::plan::Plan;
use crate::trial::{self, Trial};
use crate::verbs::Verb;
use ids::Lang;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A case nobody has, called about on an ordinary day.
const USUAL: [(&str, &str); 8] = [
    ("case", "20481632"),
    ("name", "Zofia Testowa"),
    ("creditor", "Wierzyciel Testowy"),
    ("caller", "+48600100200"),
    ("phone", "+48600100200"),
    ("due", "345.00 PLN"),
    ("due-date", "2026-12-15"),
    ("today", asked::TODAY),
];
/// Properties that are numbers: no quotes around them.
const NUMBERS: [&str; 6] = ["tries", "calls", "broken", "kept", "late", "payments"];

/// The worlds of a plan, as tests without lines.
pub(super) fn worlds(plan: &Plan) -> Vec<Trial> {
    let first = plan.languages.first().copied();
    let usual = || Setting::from(USUAL.map(|(name, value)| (name, value.to_owned())));
    let but = |name: &'static str, value: &str| {
        let mut setting = usual();
        setting.insert(name, value.to_owned());
        setting
    };
    let mut hidden = usual();
    hidden.retain(|name, _| !["caller", "phone"].contains(name));
    let mut given: Vec<(Option<Lang>, Setting)> = vec![
        (first, usual()),
        (first, hidden),
        (first, but("caller", "+48600100999")),
        (first, but("due", "0.00 PLN")),
        (first, but("due-date", "2026-10-15")),
        (first, but("down", "store")),
        (first, but("hours", "closed")),
        (first, but("tries", "1")),
        (first, but("second", "77777777")),
    ];
    given.extend(plan.languages.iter().skip(1).map(|lang| (Some(*lang), usual())));
    given.extend(plan.languages.iter().map(|lang| (None, but("language", lang.tag()))));
    let mut answers = BTreeSet::new();
    for told in asked::asked(plan) {
        match told {
            Told::Given(setting) => {
                let mut whole = usual();
                whole.extend(setting);
                given.push((first, whole));
            }
            Told::Answer(variable, value) => drop(answers.insert((variable, value.to_string()))),
        }
    }
    given.truncate(EXPLORE_WORLDS_MAX);
    let plain = http_line(plan, None);
    let mut all: Vec<Trial> =
        given.into_iter().filter_map(|(lang, setting)| world(lang, &setting, &plain)).collect();
    let room = EXPLORE_WORLDS_MAX.saturating_sub(all.len());
    let other = |answer| world(first, &usual(), &http_line(plan, Some(answer)));
    all.extend(answers.iter().take(room).filter_map(other));
    all
}

/// Numbers that conditions compare variables with, as keys.
pub(super) fn compared(plan: &Plan) -> Vec<String> {
    let mut all = BTreeSet::new();
    for told in asked::asked(plan) {
        if let Told::Answer(_, Literal::Number(hundredths @ 0..)) = told {
            all.insert((hundredths / 100).to_string());
        }
    }
    all.into_iter().collect()
}

fn world(lang: Option<Lang>, setting: &Setting, answers: &str) -> Option<Trial> {
    let mut line = String::from("given");
    let mut lines = Vec::new();
    // A case before its properties, for whoever reads it.
    let first = ["case", "name"];
    let rest = setting.keys().copied().filter(|name| !first.contains(name));
    for name in first.into_iter().chain(rest) {
        let Some(value) = setting.get(name) else { continue };
        let quoted = match NUMBERS.contains(&name) {
            true => value.clone(),
            false => format!("\"{}\"", value.replace(['"', '\\'], "")),
        };
        match name {
            "second" => lines.push(format!("given case={quoted} due=\"7.00 PLN\"")),
            _ => drop(write!(line, " {name}={quoted}")),
        }
    }
    lines.insert(0, line);
    lines.extend((!answers.is_empty()).then(|| answers.to_owned()));
    let tag = lang.map_or_else(String::new, |lang| format!(" language={}", lang.tag()));
    let text = format!("test \"explored\"{tag} {{\n{}\nexpect sound\n}}\n", lines.join("\n"));
    let mut trial = trial::parse(&text)?;
    if let Some(line) = trial::Line::written(answers) {
        trial.given.hear_of(&line);
    }
    trial.written = lines;
    Some(trial)
}

/// What services answer, all fields that the flow takes; one of them may be another than usual.
fn http_line(plan: &Plan, other: Option<&(String, String)>) -> String {
    let mut line = String::new();
    let mut named = BTreeSet::new();
    for step in &plan.steps {
        let Verb::Http(http) = &step.verb else { continue };
        for (variable, path, kind) in http.fields() {
            let value = match (other.filter(|(name, _)| name == variable), kind) {
                (Some((_, value)), Type::Number) => value.clone(),
                (Some((_, value)), Type::Truth) => format!("#{value}"),
                (Some((_, value)), Type::Text | Type::Day) => {
                    format!("\"{}\"", value.replace(['"', '\\'], ""))
                }
                (None, Type::Truth) => "#true".to_owned(),
                (None, Type::Number) => "100".to_owned(),
                (None, Type::Text) => "\"ok\"".to_owned(),
                (None, Type::Day) => "\"2026-12-15\"".to_owned(),
            };
            if named.insert(path.to_owned()) {
                let path = path.replace(['"', '\\'], "");
                let _infallible = write!(line, " \"{path}\"={value}");
            }
        }
    }
    if line.is_empty() { line } else { format!("http{line}") }
}
