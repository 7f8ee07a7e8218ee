//! A diagnostic's proposal as a change of the text, where it can be carried out without thinking: the word that
//! was meant, the line that is missing and has no choice in it, the line that stands there twice.

use super::Document;
use super::outline::{Block, FlowPart};
use crate::diagnostic::Diagnostic;
use std::ops::Range;

/// A change of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What is done, in a sentence.
    pub title: String,
    /// The bytes that are replaced; empty to insert.
    pub span: Range<usize>,
    /// What stands there then.
    pub text: String,
}

/// The proposal of a diagnostic of this very text, carried out; `None` where the admin has to choose.
pub fn mend(document: &Document, fault: &Diagnostic) -> Option<Edit> {
    let help = fault.help.as_deref()?;
    if let Some(meant) = help.strip_prefix("did you mean '") {
        return replace(document, fault, meant.split('\'').next()?);
    }
    if let Some(line) = help.strip_prefix("add a line such as: ") {
        return add(document, fault, line);
    }
    help.contains("take one out").then(|| take_out(document, fault)).flatten()
}

/// The word that the message quotes, where the diagnostic stands, becomes the one that was meant.
fn replace(document: &Document, fault: &Diagnostic, meant: &str) -> Option<Edit> {
    let here = document.text.get(fault.span.clone())?;
    let mut quoted = fault.message.split('\'').skip(1).step_by(2).filter(|word| !word.is_empty());
    let wrong = quoted.find(|word| here.matches(word).count() == 1)?;
    let start = fault.span.start + here.find(wrong)?;
    let title = format!("write '{meant}'");
    Some(Edit { title, span: start..start + wrong.len(), text: meant.to_owned() })
}

/// A line at the end of the block that the diagnostic stands in. `STEP` is where errors of the flow go.
fn add(document: &Document, fault: &Diagnostic, shape: &str) -> Option<Edit> {
    let line = shape.split(", or ").next()?.trim();
    let (flow, block) = around(document, fault.span.start)?;
    let line = match line.contains("STEP") {
        true => line.replace("STEP", &error_step(flow)?),
        false => line.to_owned(),
    };
    let (whole, depth) = match block {
        Some(block) => (&block.head.span, 2),
        None => (&flow.head.span, 1),
    };
    let text = document.text.get(whole.clone())?;
    let title = format!("add: {line}");
    let open = whole.start + text.find('{')? + 1;
    let close = whole.end.checked_sub(1).filter(|_| text.ends_with('}'))?;
    if block.is_none() {
        // Lines of a flow stand at its top.
        let text = format!("\n{}{line}", "    ".repeat(depth));
        return Some(Edit { title, span: open..open, text });
    }
    let body = document.text.get(open..close)?;
    let at = open + body.trim_end().len();
    let text = match body.contains('\n') {
        true => format!("\n{}{line}", "    ".repeat(depth)),
        false if body.trim_end().ends_with(';') || body.trim().is_empty() => format!(" {line}"),
        false => format!("; {line}"),
    };
    Some(Edit { title, span: at..at, text })
}

/// A line that stands there twice goes; on a line of its own, with its line.
fn take_out(document: &Document, fault: &Diagnostic) -> Option<Edit> {
    let (flow, block) = around(document, fault.span.start)?;
    let lines = block.map_or(&flow.lines, |block| &block.lines);
    let line = lines.iter().find(|line| line.span.contains(&fault.span.start))?;
    let text = &document.text;
    let before = text[..line.span.start].trim_end_matches([' ', '\t']);
    let rest = text[line.span.end..].trim_start_matches([' ', '\t', ';']);
    let end = text.len() - rest.len();
    let alone = before.ends_with('\n') && rest.starts_with('\n');
    let start = if alone { before.len() - 1 } else { line.span.start };
    Some(Edit {
        title: format!("take out this '{}'", line.name()),
        span: start..end,
        text: String::new(),
    })
}

fn around(document: &Document, at: usize) -> Option<(&FlowPart, Option<&Block>)> {
    let covers = |span: &Range<usize>| span.start <= at && at < span.end;
    for flow in &document.flows {
        let block = flow.blocks.iter().find(|block| covers(&block.head.span));
        if block.is_some() || covers(&flow.head.span) {
            return Some((flow, block));
        }
    }
    None
}

/// Where `on error=…` leads.
fn error_step(flow: &FlowPart) -> Option<String> {
    let on = flow.lines.iter().filter(|line| line.name() == "on");
    on.filter_map(|line| line.property("error")).map(|word| word.text.clone()).next()
}
