//! What the checker says about a file: a place, a sentence, a proposal.

use std::fmt;
use std::ops::Range;

/// Whether it stops publishing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used; this should be looked at.
    Warning,
}

/// One fault of a dialplan file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The rule of the publish gate (`L05`), or empty.
    pub rule: &'static str,
    /// The file's name as it was given.
    pub file: String,
    /// Bytes of the source.
    pub span: Range<usize>,
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters.
    pub column: usize,
    /// The source line it stands on.
    pub source_line: String,
    /// What is wrong, in the admin's words.
    pub message: String,
    /// How a call comes to the fault: a counter-example; empty where none is needed.
    pub way: Vec<Hop>,
    /// What to do about it.
    pub help: Option<String>,
}

/// One step on the way to a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hop {
    /// The flow's name.
    pub flow: String,
    /// The step's name.
    pub step: String,
    /// How it is left, as in a flow file: `key 3`, `found`; empty for the step where the fault is.
    pub by: String,
    /// The same in words: `the caller presses 3`; empty where there is nothing to say.
    pub words: String,
}

/// Hops that are told in words; of a longer way the last ones.
const HOPS_TOLD_MAX: usize = 8;

impl fmt::Display for Diagnostic {
    /// Several lines: message, place, the line with the place underlined, the way there, help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let rule = if self.rule.is_empty() { String::new() } else { format!("[{}]", self.rule) };
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{word}{rule}: {}", self.message)?;
        writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.source_line.trim_end())?;
        let room = self.source_line.chars().count().saturating_sub(self.column - 1).max(1);
        let marks = "^".repeat(self.marked_chars().clamp(1, room));
        writeln!(f, "{margin} | {}{marks}", " ".repeat(self.column - 1))?;
        if !self.way.is_empty() {
            writeln!(f, "{margin} = way: {}", self.way_line())?;
        }
        let told: Vec<&Hop> = self.way.iter().filter(|hop| !hop.words.is_empty()).collect();
        for hop in &told[told.len().saturating_sub(HOPS_TOLD_MAX)..] {
            writeln!(f, "{margin}   at '{}': {}", hop.step, hop.words)?;
        }
        match &self.help {
            Some(help) => writeln!(f, "{margin} = help: {help}"),
            None => Ok(()),
        }
    }
}

impl Diagnostic {
    /// The way on one line: `greet —then→ identify —found→ balance`; empty without one.
    pub fn way_line(&self) -> String {
        let hops = self.way.iter().map(|hop| match hop.by.as_str() {
            "" => hop.step.clone(),
            by => format!("{} —{by}→ ", hop.step),
        });
        hops.collect()
    }

    fn marked_chars(&self) -> usize {
        let rest = self.source_line.chars().skip(self.column - 1);
        let mut bytes = 0;
        rest.take_while(|c| {
            let before = bytes;
            bytes += c.len_utf8();
            before < self.span.len()
        })
        .count()
    }
}
