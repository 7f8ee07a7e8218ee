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
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    /// Several lines: message, place, the line with the place underlined, help.
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
        match &self.help {
            Some(help) => writeln!(f, "{margin} = help: {help}"),
            None => Ok(()),
        }
    }
}

impl Diagnostic {
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
