//! Lines that many verbs have: a word, a number, a time, an amount after the line's name.

use crate::fields::{entry_span, name_span, read_duration};
use crate::step_reader::StepReader;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

impl<'n> StepReader<'n, '_, '_> {
    /// `name word`, where the line is there.
    pub(crate) fn word_line(&mut self, name: &str, what: &str) -> Option<(String, Range<usize>)> {
        let line = self.line(name)?;
        let mut fields = self.fields(line);
        let word = fields.word(what);
        fields.finish(&[]);
        word
    }

    /// `name word`, where the line must be there.
    pub(crate) fn needed_word(
        &mut self,
        name: &str,
        shape: &str,
    ) -> Option<(String, Range<usize>)> {
        let line = self.needed(name, shape)?;
        let mut fields = self.fields(line);
        let word = fields.word(&format!("a word, as in {shape}"));
        fields.finish(&[]);
        word
    }

    /// `name word`, one of these words.
    pub(crate) fn one_of<T: Copy>(&mut self, name: &str, known: &[(&str, T)]) -> Option<T> {
        let names = known.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(" or ");
        let (word, span) = self.word_line(name, &names)?;
        let found = known.iter().find(|(n, _)| *n == word).map(|(_, value)| *value);
        if found.is_none() {
            let fault = self.faults.error(span, format!("'{name}' is not '{word}'"));
            fault.help = Some(format!("write {name} {names}"));
        }
        found
    }

    /// `name 30`
    pub(crate) fn number_line(&mut self, name: &str, range: RangeInclusive<u16>) -> Option<u16> {
        let line = self.line(name)?;
        let mut fields = self.fields(line);
        let entry = fields.next();
        fields.finish(&[]);
        let read = entry.and_then(|e| e.value().as_integer()).and_then(|n| u16::try_from(n).ok());
        let read = read.filter(|n| range.contains(n));
        if read.is_none() {
            let (low, high) = (range.start(), range.end());
            let text = format!("'{name}' is a whole number from {low} to {high}");
            let span = entry.map_or_else(|| name_span(line), entry_span);
            self.faults.error(span, text).help = Some(format!("write {name} {high}"));
        }
        read
    }

    /// `name "25s"`
    pub(crate) fn time_line(
        &mut self,
        name: &str,
        range: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let (text, span) = self.word_line(name, "a time such as \"25s\"")?;
        let read = read_duration(&text).filter(|d| range.contains(d));
        if read.is_none() {
            let (low, high) = (range.start().as_millis(), range.end().as_secs());
            let text = format!("'{name}' is a time from {low}ms to {high}s");
            let fault = self.faults.error(span, text);
            fault.help = Some(format!("write {name} \"{high}s\", in double quotes"));
        }
        read
    }

    /// A property such as `minimum="5.00"`, in hundredths.
    pub(crate) fn amount(&mut self, text: &str, span: Range<usize>) -> Option<u64> {
        match ids::Money::parse(text, ids::Currency::PLN) {
            Ok(money) => Some(money.minor),
            Err(wrong) => {
                self.faults.error(span, wrong.to_string()).help =
                    Some("write an amount such as \"5.00\", without its currency".to_owned());
                None
            }
        }
    }
}
