//! Reading one node of the syntax tree, word by word, so that nothing in it goes unread.

use crate::source::Faults;
use kdl::{KdlEntry, KdlNode, KdlValue};
use std::ops::Range;
use std::time::Duration;

/// The bytes of a node's name.
pub(crate) fn name_span(node: &KdlNode) -> Range<usize> {
    let span = node.name().span();
    span.offset()..span.offset() + span.len()
}

pub(crate) fn entry_span(entry: &KdlEntry) -> Range<usize> {
    let (span, all) = (entry.span(), entry.len());
    span.offset()..span.offset() + span.len().min(all.max(1))
}

/// The nearest of `known` words, when one is near enough to be meant.
pub(crate) fn did_you_mean<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<String> {
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(&word.to_lowercase(), k), k))
        .filter(|(far, k)| *far <= 1 + k.chars().count().min(word.chars().count()) / 4)
        .min()
        .map(|(_, k)| format!("did you mean '{k}'?"))
}

/// `500ms`, `10s`, `2m`.
pub(crate) fn read_duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..split].parse().ok()?;
    match &text[split..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    }
}

/// One node: its arguments and properties, each to be taken once.
pub(crate) struct Fields<'n, 'f, 's> {
    pub(crate) node: &'n KdlNode,
    pub(crate) faults: &'f mut Faults<'s>,
    taken: Vec<bool>,
}

impl<'n, 'f, 's> Fields<'n, 'f, 's> {
    pub(crate) fn of(node: &'n KdlNode, faults: &'f mut Faults<'s>) -> Self {
        Self { node, taken: vec![false; node.entries().len()], faults }
    }

    fn take(&mut self, wanted: impl Fn(&KdlEntry) -> bool) -> Option<&'n KdlEntry> {
        let entries = self.node.entries();
        let at = (0..entries.len()).find(|at| !self.taken[*at] && wanted(&entries[*at]))?;
        self.taken[at] = true;
        Some(&entries[at])
    }

    /// The next argument.
    pub(crate) fn next(&mut self) -> Option<&'n KdlEntry> {
        self.take(|e| e.name().is_none())
    }

    /// The property of this name.
    pub(crate) fn property(&mut self, name: &str) -> Option<&'n KdlEntry> {
        self.take(|e| e.name().is_some_and(|n| n.value() == name))
    }

    /// Properties not yet taken, in order.
    pub(crate) fn other_properties(&mut self) -> Vec<&'n KdlEntry> {
        std::iter::from_fn(|| self.take(|e| e.name().is_some())).collect()
    }

    /// The next argument as a word; `what` says what should stand there.
    pub(crate) fn word(&mut self, what: &str) -> Option<(String, Range<usize>)> {
        let Some(entry) = self.next() else {
            let name = self.node.name().value();
            let text = format!("'{name}' needs {what} after it");
            let fault = self.faults.error(name_span(self.node), text);
            fault.help = Some(format!("write '{name}', then {what}, on one line"));
            return None;
        };
        self.text(entry, what)
    }

    /// A value as text; numbers are taken as they are written.
    pub(crate) fn text(&mut self, entry: &KdlEntry, what: &str) -> Option<(String, Range<usize>)> {
        let span = entry_span(entry);
        match entry.value() {
            KdlValue::String(text) => Some((text.clone(), span)),
            KdlValue::Integer(number) => Some((number.to_string(), span)),
            KdlValue::Float(_) | KdlValue::Bool(_) | KdlValue::Null => {
                let fault = self.faults.error(span, format!("this should be {what}"));
                fault.help =
                    Some("texts stand in double quotes when they are no plain word".into());
                None
            }
        }
    }

    pub(crate) fn truth(&mut self, name: &str) -> Option<bool> {
        let entry = self.property(name)?;
        let read = entry.value().as_bool();
        if read.is_none() {
            let fault = self.faults.error(entry_span(entry), format!("'{name}' is yes or no"));
            fault.help = Some(format!("write {name}=#true or {name}=#false"));
        }
        read
    }

    pub(crate) fn number(&mut self, name: &str, range: std::ops::RangeInclusive<u8>) -> Option<u8> {
        let entry = self.property(name)?;
        self.bounded(entry, name, range)
    }

    /// A whole number within bounds.
    pub(crate) fn bounded(
        &mut self,
        entry: &KdlEntry,
        name: &str,
        range: std::ops::RangeInclusive<u8>,
    ) -> Option<u8> {
        let read = entry.value().as_integer().and_then(|n| u8::try_from(n).ok());
        let read = read.filter(|n| range.contains(n));
        if read.is_none() {
            let (low, high) = (range.start(), range.end());
            let message = format!("'{name}' is a whole number from {low} to {high}");
            let fault = self.faults.error(entry_span(entry), message);
            fault.help = Some(format!("write a number such as {high}, without quotes"));
        }
        read
    }

    pub(crate) fn duration(&mut self, name: &str) -> Option<Duration> {
        let entry = self.property(name)?;
        let read = entry.value().as_string().and_then(read_duration);
        let read =
            read.filter(|d| (Duration::from_millis(100)..=Duration::from_secs(600)).contains(d));
        if read.is_none() {
            let message = format!("'{name}' is a time from 100ms to 10m");
            self.faults.error(entry_span(entry), message).help =
                Some(format!("write {name}=\"10s\" or {name}=\"1500ms\", in double quotes"));
        }
        read
    }

    /// Complains about everything not taken; `known` are the properties this node has.
    pub(crate) fn finish(self, known: &[&str]) {
        let name = self.node.name().value();
        for (entry, taken) in self.node.entries().iter().zip(&self.taken) {
            match (taken, entry.name()) {
                (true, _) => {}
                (false, None) => {
                    let text = format!("'{name}' has no use for this");
                    self.faults.error(entry_span(entry), text).help =
                        Some("take it out, or begin a new statement by ';' or a new line".into());
                }
                (false, Some(key)) => {
                    let text = format!("'{name}' has no property '{}'", key.value());
                    let near = did_you_mean(key.value(), known.iter().copied());
                    let list = || match known {
                        [] => format!("'{name}' has no properties"),
                        _ => format!("it has {}", known.join(", ")),
                    };
                    self.faults.error(entry_span(entry), text).help = near.or_else(|| Some(list()));
                }
            }
        }
    }
}
