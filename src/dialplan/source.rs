//! A flow file as text: refused early when hostile, and told by line and column when wrong.

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::{DIAGNOSTICS_MAX, NESTING_MAX, SOURCE_BYTES_MAX};
use kdl::KdlDocument;
use std::ops::Range;
use std::sync::Arc;

/// The text and where its lines begin.
pub(crate) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    line_starts: Vec<usize>,
    parts: Vec<Part>,
}

/// Text of another file behind the file's own: from this byte on.
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) file: Arc<str>,
    /// The line in that file on which it begins, from 1.
    pub(crate) line: usize,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(breaks).collect();
        Self { file, text, line_starts, parts: Vec::new() }
    }

    /// With the flows of other files behind it.
    pub(crate) fn with(self, parts: Vec<Part>) -> Self {
        Self { parts, ..self }
    }

    /// The line of a byte in the whole text, from 1.
    fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|s| *s <= at).max(1)
    }

    /// The file that a line of the whole text stands in, and its number there.
    fn place(&self, at: usize, line: usize) -> (&str, usize) {
        match self.parts.iter().rev().find(|part| part.start <= at) {
            Some(part) => (&*part.file, line - self.line(part.start) + part.line),
            None => (self.file, line),
        }
    }

    fn diagnostic(&self, span: Range<usize>, message: String) -> Diagnostic {
        let start = floor_char(self.text, span.start);
        let line = self.line(start);
        let begin = self.line_starts[line - 1];
        let end = self.text[begin..].find('\n').map_or(self.text.len(), |n| begin + n);
        let (file, line) = self.place(start, line);
        Diagnostic {
            severity: Severity::Error,
            rule: "",
            file: file.to_owned(),
            line,
            column: self.text[begin..start].chars().count() + 1,
            source_line: self.text[begin..end].chars().take(200).collect(),
            span,
            message,
            way: Vec::new(),
            help: None,
        }
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The faults found so far: all of a file, up to a limit.
pub(crate) struct Faults<'a> {
    source: Source<'a>,
    list: Vec<Diagnostic>,
}

impl<'a> Faults<'a> {
    pub(crate) fn of(source: Source<'a>) -> Self {
        Self { source, list: Vec::new() }
    }

    /// Adds an error; the caller may set its rule and its help.
    pub(crate) fn error(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let fault = self.source.diagnostic(span, message.into());
        self.list.push(fault);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// Adds a warning.
    pub(crate) fn warn(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let fault = self.error(span, message);
        fault.severity = Severity::Warning;
        fault
    }

    /// Adds the error that a tag names no language we speak.
    pub(crate) fn no_language(&mut self, span: Range<usize>, unknown: &ids::UnknownLang) {
        let fault = self.error(span, format!("'{}' is not a language we speak", unknown.0));
        fault.help = Some("use pl, en, en-GB, en-US, it, pt, pt-BR or pt-PT".to_owned());
    }

    /// True when nothing so far stops the file.
    pub(crate) fn sound(&self) -> bool {
        self.list.iter().all(|d| d.severity == Severity::Warning)
    }

    /// All of them in the order of the file, cut at the limit.
    pub(crate) fn into_list(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|d| (d.span.start, d.severity, d.rule));
        self.list.dedup();
        let more = self.list.len().saturating_sub(DIAGNOSTICS_MAX);
        self.list.truncate(DIAGNOSTICS_MAX);
        if more > 0 {
            let at = self.list.last().map_or(0..0, |d| d.span.clone());
            let mut last = self.source.diagnostic(at, format!("and {more} more"));
            last.help = Some("mend the ones above and check again".to_owned());
            self.list.push(last);
        }
        self.list
    }
}

/// The bytes as text, or the one sentence that refuses them.
pub(crate) fn read_text<'a>(bytes: &'a [u8], file: &str) -> Result<&'a str, Box<Diagnostic>> {
    let refuse = |message: String, help: &str| {
        let mut fault = Source::new(file, "").diagnostic(0..0, message);
        fault.help = Some(help.to_owned());
        Box::new(fault)
    };
    if bytes.len() > SOURCE_BYTES_MAX {
        let size = bytes.len() / 1_000_000;
        let message = format!("this file has {size} MB; a flow file has at most 1 MB");
        return Err(refuse(message, "is this really a dialplan? Split it into several flows"));
    }
    let text = std::str::from_utf8(bytes).map_err(|wrong| {
        let line = 1 + bytes[..wrong.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        let message = format!("this file is not UTF-8 text: see line {line}");
        refuse(message, "save it again with the encoding UTF-8")
    })?;
    match too_deep(bytes) {
        None => Ok(text),
        Some(at) => {
            let message = format!("braces are nested more than {NESTING_MAX} deep");
            let mut fault = Source::new(file, text).diagnostic(at..at + 1, message);
            fault.help = Some("a flow needs three levels; look for a missing '}'".to_owned());
            Err(Box::new(fault))
        }
    }
}

/// Where nesting of braces and of `/* */` passes the limit, strings and comments told apart.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut comments, mut at) = (0_usize, 0_usize, 0_usize);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let step = match rest {
            [b'/', b'*', ..] => {
                comments += 1;
                2
            }
            [b'*', b'/', ..] if comments > 0 => {
                comments -= 1;
                2
            }
            _ if comments > 0 => 1,
            [b'/', b'/', ..] => rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
            [b'"' | b'#', ..] => string_len(rest),
            [b'{', ..] => {
                depth += 1;
                1
            }
            [b'}', ..] => {
                depth = depth.saturating_sub(1);
                1
            }
            _ => 1,
        };
        if depth + comments > NESTING_MAX {
            return Some(at);
        }
        at += step.max(1);
    }
    None
}

/// The length of the string that begins here: plain, raw (`#"…"#`), each also with three quotes.
pub(crate) fn string_len(bytes: &[u8]) -> usize {
    let hashes = bytes.iter().take_while(|b| **b == b'#').count();
    let body = &bytes[hashes..];
    if !body.starts_with(b"\"") {
        return hashes.max(1);
    }
    let quotes = if body.starts_with(b"\"\"\"") { 3 } else { 1 };
    let mut close = vec![b'"'; quotes];
    close.extend(std::iter::repeat_n(b'#', hashes));
    let mut at = hashes + quotes;
    while at < bytes.len() {
        if hashes == 0 && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at..].starts_with(&close) {
            return at + close.len();
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// The syntax tree, or the parser's complaints as diagnostics.
pub(crate) fn parse(text: &str, faults: &mut Faults<'_>) -> Option<KdlDocument> {
    match KdlDocument::parse_v2(text) {
        Ok(document) => Some(document),
        Err(wrong) => {
            // One missing quote also leaves braces open: the cause is told, not its echoes.
            let echo =
                |said: &Option<String>| said.as_ref().is_some_and(|m| m.contains("losing '}'"));
            let causes = wrong.diagnostics.iter().filter(|d| !echo(&d.message)).count();
            let told = wrong.diagnostics.iter().filter(|d| causes == 0 || !echo(&d.message));
            for part in told {
                let span = part.span.offset()..part.span.offset() + part.span.len();
                let message = part.message.clone().unwrap_or_else(|| "this cannot be read".into());
                faults.error(span, message).help = Some(part.help.clone().unwrap_or_else(|| {
                    "one statement a line; texts with spaces, '#' or '+' stand in double quotes; \
                     truth values are #true and #false"
                        .to_owned()
                }));
            }
            if faults.sound() {
                let fault = faults.error(0..0, "this file cannot be read as KDL 2");
                fault.help = Some("one statement a line, texts in double quotes".to_owned());
            }
            None
        }
    }
}
