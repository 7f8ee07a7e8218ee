//! A prompt as a step names it, and where the values in it come from.

use crate::event::{CaseFacts, Facts};
use crate::fields::{Fields, did_you_mean, entry_span};
use ids::Lang;
use std::ops::Range;
use words::Value;

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum From {
    CaseDue,
    CaseDueDate,
    CaseCreditor,
    CaseNumber,
    CaseName,
    Company,
    CallbackNumber,
    Digits(String),
    Number(u64),
    Text(String),
    /// The amount and the day of the last promise.
    PromiseAmount,
    PromiseDate,
    /// The next instalment.
    InstalmentNumber,
    InstalmentCount,
    InstalmentAmount,
    InstalmentDate,
    /// A variable of the flow.
    Set(String),
    /// Known to the step when it speaks.
    Known(Value),
    /// Will be [`From::Known`] when the step speaks.
    Later,
}

/// The names an admin may write behind `=`.
const NAMES: [(&str, From); 13] = [
    ("case.due", From::CaseDue),
    ("case.due-date", From::CaseDueDate),
    ("case.creditor", From::CaseCreditor),
    ("case.number", From::CaseNumber),
    ("case.name", From::CaseName),
    ("case.promise-amount", From::PromiseAmount),
    ("case.promise-date", From::PromiseDate),
    ("case.instalment-number", From::InstalmentNumber),
    ("case.instalment-count", From::InstalmentCount),
    ("case.instalment-amount", From::InstalmentAmount),
    ("case.instalment-date", From::InstalmentDate),
    ("call.company", From::Company),
    ("call.callback-number", From::CallbackNumber),
];

/// The names an admin may write behind `=`, for completion.
pub(crate) fn value_names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

impl From {
    /// What a placeable means when the step says nothing else.
    pub(crate) fn default_of(placeable: &str) -> Option<From> {
        Some(match placeable {
            "amount" => From::CaseDue,
            "due_date" => From::CaseDueDate,
            "creditor" => From::CaseCreditor,
            "case_id_digits" | "case_id" => From::CaseNumber,
            "full_name" => From::CaseName,
            "promise_date" => From::PromiseDate,
            "inst_no" => From::InstalmentNumber,
            "inst_count" => From::InstalmentCount,
            "company" => From::Company,
            "callback_number" => From::CallbackNumber,
            _ => return None,
        })
    }

    /// True for what only the right party may hear. Where we call, whoever answers is asked for a person
    /// by name; where somebody calls us, a name would tell whose case a number is.
    pub(crate) fn confidential(&self, outbound: bool) -> bool {
        match self {
            From::CaseName => !outbound,
            From::CaseDue
            | From::CaseDueDate
            | From::CaseCreditor
            | From::CaseNumber
            | From::PromiseAmount
            | From::PromiseDate
            | From::InstalmentNumber
            | From::InstalmentCount
            | From::InstalmentAmount
            | From::InstalmentDate => true,
            From::Company
            | From::CallbackNumber
            | From::Digits(_)
            | From::Number(_)
            | From::Text(_)
            | From::Set(_)
            | From::Known(_)
            | From::Later => false,
        }
    }

    /// The value now; `None` when no case is at hand.
    pub(crate) fn value(&self, facts: &Facts, case: Option<&CaseFacts>) -> Option<Value> {
        Some(match self {
            From::CaseDue => Value::Amount(case?.outstanding),
            From::CaseDueDate => Value::Date(case?.due_date),
            From::CaseCreditor => Value::Name(case?.creditor.clone()),
            From::CaseNumber => Value::Digits(case?.number.clone()),
            From::CaseName => Value::Name(case?.name.clone()),
            From::Company => Value::Name(facts.company.clone()),
            From::CallbackNumber => Value::Phone(plain_number(&facts.callback_number)),
            From::Digits(digits) => Value::Digits(digits.clone()),
            From::Number(number) => Value::Number(*number),
            From::Text(text) => Value::Name(text.clone()),
            From::PromiseAmount => Value::Amount(case?.past.promise?.0),
            From::PromiseDate => Value::Date(case?.past.promise?.1),
            From::InstalmentNumber => Value::Number(u64::from(case?.past.instalment?.0)),
            From::InstalmentCount => Value::Number(u64::from(case?.past.instalment?.1)),
            From::InstalmentAmount => Value::Amount(case?.past.instalment?.2),
            From::InstalmentDate => Value::Date(case?.past.instalment?.3),
            From::Known(value) => value.clone(),
            From::Set(_) | From::Later => return None,
        })
    }
}

/// A number as it is keyed: digits alone, an international `+` as `00`.
fn plain_number(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if number.trim_start().starts_with('+') { format!("00{digits}") } else { digits }
}

/// A prompt as a step names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Spoken {
    pub(crate) prompt: String,
    pub(crate) span: Range<usize>,
    /// `None`: the verb's own habit.
    pub(crate) barge_in: Option<bool>,
    /// `None`: the call's language.
    pub(crate) lang: Option<Lang>,
    pub(crate) declared_confidential: bool,
    pub(crate) args: Vec<(String, From, Range<usize>)>,
}

/// Prompts that speak of a debt though no value stands in them.
const ABOUT_MONEY: [&str; 8] =
    ["balance", "pay_", "ptp_", "inst_", "hardship_", "dispute_", "vms_", "us_collector_notice"];

impl Spoken {
    /// A prompt that the language itself plays, such as `no_input`.
    pub(crate) fn built_in(prompt: &str) -> Self {
        Self {
            prompt: prompt.to_owned(),
            span: 0..0,
            barge_in: None,
            lang: None,
            declared_confidential: false,
            args: Vec::new(),
        }
    }

    /// With values that the step knows only when it speaks.
    pub(crate) fn filled(mut self, placeables: &[&str]) -> Self {
        self.args.extend(placeables.iter().map(|name| ((*name).to_owned(), From::Later, 0..0)));
        self
    }

    /// With this value.
    pub(crate) fn with(mut self, placeable: &str, value: Value) -> Self {
        self.args.push((placeable.to_owned(), From::Known(value), 0..0));
        self
    }

    /// A menu: any key interrupts it, though it speaks of money.
    pub(crate) fn menu(mut self) -> Self {
        self.barge_in = Some(true);
        self
    }

    /// The same step's prompt under another id.
    pub(crate) fn renamed(&self, prompt: String) -> Self {
        Self { prompt, ..self.clone() }
    }

    /// Where this placeable's value comes from.
    pub(crate) fn source(&self, placeable: &str) -> Option<From> {
        let written = self.args.iter().find(|(name, ..)| name == placeable);
        written.map(|(_, from, _)| from.clone()).or_else(|| From::default_of(placeable))
    }

    /// True when only the right party may hear it: it says so, it speaks of money owed, or one of
    /// these placeables takes a value of the case.
    pub(crate) fn confidential(&self, placeables: &[String], outbound: bool) -> bool {
        self.declared_confidential
            || ABOUT_MONEY.iter().any(|start| self.prompt.starts_with(start))
            || self.prompt == "main_menu"
            || placeables.iter().any(|p| self.source(p).is_some_and(|f| f.confidential(outbound)))
    }

    /// Reads `prompt ID barge-in=#false language=it amount=case.due …`.
    pub(crate) fn read(mut fields: Fields<'_, '_, '_>) -> Option<Self> {
        let (prompt, span) = fields.word("the id of a prompt")?;
        let barge_in = fields.truth("barge-in");
        let declared_confidential = fields.truth("confidential").unwrap_or(false);
        let lang = read_language(&mut fields);
        let mut args = Vec::new();
        for entry in fields.other_properties() {
            let name = entry.name().map(|n| n.value().to_owned()).unwrap_or_default();
            if let Some(help) = misspelt(&name, entry.value().is_bool()) {
                let text = format!("'prompt' has no property '{name}'");
                fields.faults.error(entry_span(entry), text).help = Some(help);
                continue;
            }
            let what = "a value such as case.due, or a text in double quotes";
            if let Some((text, span)) = fields.text(entry, what) {
                args.extend(
                    read_from(&mut fields, &name, &text, span.clone()).map(|f| (name, f, span)),
                );
            }
        }
        fields.finish(&[]);
        Some(Self { prompt, span, barge_in, lang, declared_confidential, args })
    }
}

/// Any other property is a value of the prompt, unless it is nearly one of these.
fn misspelt(name: &str, truth: bool) -> Option<String> {
    let known = ["barge-in", "confidential", "language"];
    let near = did_you_mean(name, known);
    near.or_else(|| truth.then(|| format!("it has {}", known.join(", "))))
}

fn read_language(fields: &mut Fields<'_, '_, '_>) -> Option<Lang> {
    let entry = fields.property("language")?;
    let (text, span) = fields.text(entry, "a language such as pl")?;
    match text.parse() {
        Ok(lang) => Some(lang),
        Err(unknown) => {
            fields.faults.no_language(span, &unknown);
            None
        }
    }
}

fn read_from(
    fields: &mut Fields<'_, '_, '_>,
    name: &str,
    text: &str,
    span: Range<usize>,
) -> Option<From> {
    if let Some((_, from)) = NAMES.iter().find(|(known, _)| *known == text) {
        return Some(from.clone());
    }
    if let Some(name) = text.strip_prefix("set.") {
        return Some(From::Set(name.to_owned()));
    }
    if ["case.", "call.", "caller."].iter().any(|start| text.starts_with(start)) {
        let help = did_you_mean(text, NAMES.iter().map(|(n, _)| *n));
        let all = || NAMES.map(|(n, _)| n).join(", ");
        let fault = fields.faults.error(span, format!("there is no value '{text}'"));
        fault.help = help.or_else(|| Some(format!("a prompt can take {}", all())));
        return None;
    }
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty();
    let spelled = name == "key" || name.ends_with("_digits");
    Some(match text.parse() {
        Ok(number) if digits && !spelled => From::Number(number),
        _ if digits || spelled => From::Digits(text.to_owned()),
        _ => From::Text(text.to_owned()),
    })
}

/// For diagnostics: the place of an argument, or of the prompt.
pub(crate) fn argument_span(spoken: &Spoken, name: &str) -> Range<usize> {
    let written = spoken.args.iter().find(|(n, ..)| n == name);
    written.map_or(spoken.span.clone(), |(_, _, span)| span.clone())
}

/// The bytes of a node's first argument, or of its name.
pub(crate) fn first_span(node: &kdl::KdlNode) -> Range<usize> {
    node.entries().first().map_or_else(|| crate::fields::name_span(node), entry_span)
}
