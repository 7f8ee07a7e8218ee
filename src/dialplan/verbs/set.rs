//! `set`: remembers a word of the flow's own, for conditions.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::condition::{Literal, Type};
use crate::fields::{entry_span, name_span};
use crate::plan::Outcome;
use crate::step_reader::StepReader;
use crate::walk::Walk;
use kdl::{KdlNode, KdlValue};

pub(crate) const SPEC: Spec = Spec {
    name: "set",
    does: "Remembers a text, a number, or yes and no under a name, for conditions: set.NAME. Before \
           it is set, a comparison with it does not hold. 'ask' and 'http' remember in the same way.",
    words: &[word(
        "value",
        "value NAME \"text\" | 5 | #true",
        "the name and what it is from now on",
    )],
    outcomes: &[way(Outcome::Then, Need::Bound, false, "it is remembered")],
    example: "set came-twice {\n    value again #true\n    then person\n}",
    contract: Contract::SILENT,
};

pub(crate) struct Set {
    values: Vec<(String, Literal)>,
}

impl Set {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let lines = reader.lines("value");
        if lines.is_empty() {
            let fault = reader.faults.error(name_span(reader.node), "this 'set' sets nothing");
            fault.help = Some("add a line such as: value again #true".to_owned());
        }
        let mut values = Vec::new();
        for line in lines {
            match value(line) {
                Some((name, literal)) => {
                    let known = reader.variables.iter().find(|(n, _)| *n == name);
                    if known.is_some_and(|(_, kind)| *kind != literal.kind()) {
                        let span = line.entries().last().map_or(name_span(line), entry_span);
                        let text = format!("'{name}' is set to another kind of value elsewhere");
                        reader.faults.error(span, text).help =
                            Some("give it a value of the same kind, or another name".to_owned());
                    }
                    values.push((name, literal));
                }
                None => {
                    let text = "'value' needs a name of letters, digits and _, and a value";
                    let fault = reader.faults.error(name_span(line), text);
                    fault.help = Some("write value again #true".to_owned());
                }
            }
        }
        Self { values }
    }

    /// The names that it sets.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.values.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        for (name, value) in &self.values {
            walk.remember(name.clone(), value.clone());
        }
        walk.leave(Outcome::Then);
    }
}

/// The variables that the steps among these nodes make, with the types they first take: by `set`,
/// by `ask … into`, by `take` of an `http`.
pub(crate) fn variables(nodes: &[KdlNode]) -> Vec<(String, Type)> {
    let mut found: Vec<(String, Type)> = Vec::new();
    for step in nodes {
        let lines = step.children().map_or(&[][..], |c| c.nodes());
        let named = |name: &'static str| lines.iter().filter(move |n| n.name().value() == name);
        let made: Vec<(String, Type)> = match step.name().value() {
            "set" => {
                let values = named("value").filter_map(value);
                values.map(|(name, literal)| (name, literal.kind())).collect()
            }
            "ask" => super::ask_value::variable(step).into_iter().collect(),
            "http" => named("take").filter_map(super::http::variable).collect(),
            _ => Vec::new(),
        };
        for (name, kind) in made {
            if !found.iter().any(|(n, _)| *n == name) {
                found.push((name, kind));
            }
        }
    }
    found
}

fn value(line: &KdlNode) -> Option<(String, Literal)> {
    let [name, value] = line.entries() else { return None };
    if name.name().is_some() || value.name().is_some() {
        return None;
    }
    let name = name.value().as_string()?.to_owned();
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let literal = match value.value() {
        KdlValue::String(text) => Literal::Text(text.clone()),
        KdlValue::Bool(truth) => Literal::Truth(*truth),
        KdlValue::Integer(n) => Literal::Number(i64::try_from(*n).ok()?.checked_mul(100)?),
        KdlValue::Float(_) | KdlValue::Null => return None,
    };
    plain.then_some((name, literal))
}
