//! Flows of other files: `call` reaches every flow of the directory by its name.
//!
//! ```text
//!  hotline.kdl ── call → identify ─┐            identify.kdl, payment.kdl …
//!                                  └▶ library ─▶ text of that flow, without its tests, behind the file's own
//! ```
//! A file is checked, hashed and published together with the flows that it calls, and with those that they
//! call: what was proved is what is walked. A fault in a called flow is told with the place in its own file.
//! Owns: which file has which flow, and the text that is checked.
//! Never: files; a flow that nobody calls.

use crate::fields::name_span;
use crate::source::{Part, read_text};
use kdl::{KdlDocument, KdlNode};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

/// Lines that belong to a flow only where it is the first of a file.
const OWN_LINES: [&str; 4] = ["languages", "kind", "emergency", "test"];

/// The flows of a directory by their names.
#[derive(Default)]
pub struct Library {
    flows: BTreeMap<String, Kept>,
}

struct Kept {
    file: Arc<str>,
    text: String,
    /// The line in its file on which it begins, from 1.
    line: usize,
    calls: Vec<String>,
    /// Another file that has a flow of this name.
    also: Option<Arc<str>>,
}

/// A file with every flow that it reaches.
pub(crate) struct Whole {
    pub(crate) text: String,
    pub(crate) parts: Vec<Part>,
    /// Flows that two files have, with both files: it cannot be told which one is meant.
    pub(crate) twice: Vec<(String, Arc<str>, Arc<str>)>,
}

impl Library {
    /// From files with their names. One that cannot be read as a flow file is left out: it is told when it
    /// is checked itself.
    pub fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Self {
        let mut library = Self::default();
        for (file, bytes) in files {
            let Ok(text) = read_text(bytes, file) else { continue };
            let Ok(document) = KdlDocument::parse_v2(text) else { continue };
            let file: Arc<str> = file.into();
            for node in document.nodes() {
                if let Some(name) = flow_name(node) {
                    library.keep(name, Kept::of(node, text, &file));
                }
            }
        }
        library
    }

    fn keep(&mut self, name: String, kept: Kept) {
        match self.flows.get_mut(&name) {
            Some(first) if first.file != kept.file => first.also = Some(kept.file),
            Some(_) => {}
            None => {
                self.flows.insert(name, kept);
            }
        }
    }

    /// A flow file as it is published: with the flows of other files that it calls. The bytes themselves
    /// where they are no flow file.
    pub fn bundle(&self, bytes: &[u8], file: &str) -> Vec<u8> {
        read_text(bytes, file)
            .map_or_else(|_| bytes.to_owned(), |text| self.whole(text).text.into_bytes())
    }

    pub(crate) fn whole(&self, own: &str) -> Whole {
        let mut whole = Whole { text: own.to_owned(), parts: Vec::new(), twice: Vec::new() };
        let Ok(document) = KdlDocument::parse_v2(own) else { return whole };
        let mut there: Vec<String> = document.nodes().iter().filter_map(flow_name).collect();
        let mut wanted: VecDeque<String> = document.nodes().iter().flat_map(calls).collect();
        while let Some(name) = wanted.pop_front() {
            let Some(kept) = self.flows.get(&name).filter(|_| !there.contains(&name)) else {
                continue;
            };
            if !whole.text.ends_with('\n') {
                whole.text.push('\n');
            }
            let (start, file) = (whole.text.len(), kept.file.clone());
            whole.parts.push(Part { start, file, line: kept.line });
            whole.text.push_str(&kept.text);
            whole.text.push('\n');
            whole.twice.extend(
                kept.also.iter().map(|also| (name.clone(), kept.file.clone(), also.clone())),
            );
            wanted.extend(kept.calls.iter().cloned());
            there.push(name);
        }
        whole
    }
}

impl Kept {
    fn of(node: &KdlNode, text: &str, file: &Arc<str>) -> Self {
        let span = span_of(node);
        let mut own = text.get(span.clone()).unwrap_or_default().to_owned();
        let lines = node.children().map_or(&[][..], |c| c.nodes());
        for line in lines.iter().filter(|line| OWN_LINES.contains(&line.name().value())) {
            let at = span_of(line);
            blank(&mut own, at.start - span.start..at.end - span.start);
        }
        let line = text[..span.start].matches('\n').count() + 1;
        Self { file: file.clone(), text: own, line, calls: calls(node), also: None }
    }
}

/// Writes spaces over a statement and the `;` behind it: every other place stays where it was.
fn blank(text: &mut String, range: Range<usize>) {
    let rest = text.get(range.end..).unwrap_or_default();
    let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let end = if rest[gap..].starts_with(';') { range.end + gap + 1 } else { range.end };
    let Some(old) = text.get(range.start..end) else { return };
    let spaces: String = old.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range.start..end, &spaces);
}

/// From the node's name to the end of its block.
fn span_of(node: &KdlNode) -> Range<usize> {
    let span = node.span();
    name_span(node).start..span.offset() + span.len()
}

fn flow_name(node: &KdlNode) -> Option<String> {
    let name = (node.name().value() == "flow").then(|| node.entries().first())??;
    name.value().as_string().map(str::to_owned)
}

/// The flows that the steps of a flow call.
fn calls(flow: &KdlNode) -> Vec<String> {
    let steps = flow.children().map_or(&[][..], |c| c.nodes());
    let calls = steps.iter().filter(|step| step.name().value() == "call");
    let called = calls.filter_map(|step| {
        let short = step.get("flow").and_then(|value| value.as_string());
        let line = || {
            let lines = step.children()?.nodes();
            lines
                .iter()
                .find(|l| l.name().value() == "flow")?
                .entries()
                .first()?
                .value()
                .as_string()
        };
        short.or_else(line).map(str::to_owned)
    });
    called.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shipped_texts;
    use crate::{Environment, Plan, run_tests};

    const MAIN: &str = "flow main {\n    languages en pl; entry greet\n    on hangup=end error=bye\n    \
                        say greet { prompt in_greeting; then terms }\n    call terms { flow rights; then bye }\n    \
                        hangup bye { prompt goodbye }\n    test \"both files are heard\" { hear in_greeting; hear \
                        how_we_work; hear goodbye; expect ended }\n}\n";
    const RIGHTS: &str = "// What we tell everybody.\nflow rights {\n    languages pl; entry tell; on error=end hangup=end\n    \
                          say tell { prompt how_we_work; then end }\n    test \"alone\" {\n        hear how_we_work\n    }\n}\n";

    fn check(library: &Library) -> Result<Arc<Plan>, Vec<crate::Diagnostic>> {
        let texts = shipped_texts();
        Plan::check_among(MAIN.as_bytes(), "main.kdl", &texts, &Environment::default(), library)
    }

    #[test]
    fn a_flow_of_another_file_is_called_and_its_bundle_is_the_same_version() {
        let library = Library::of([("rights.kdl", RIGHTS.as_bytes())]);
        let plan = check(&library).unwrap();
        let results = run_tests(&plan);
        assert_eq!(results.len(), 1, "the tests of the other file are its own");
        assert_eq!(results[0].failure, None, "{:?}", results[0].heard);
        let bundle = library.bundle(MAIN.as_bytes(), "main.kdl");
        let laid_out = crate::format(&bundle, "main.kdl").unwrap();
        let environment = Environment::default();
        let alone = Plan::check(laid_out.as_bytes(), "f.kdl", &shipped_texts(), &environment);
        assert_eq!(alone.unwrap().version, plan.version);
    }

    #[test]
    fn a_fault_in_a_called_flow_is_told_at_its_place_in_its_own_file() {
        let broken = RIGHTS.replace("how_we_work; then", "how_we_wrok; then");
        let library = Library::of([("rights.kdl", broken.as_bytes())]);
        let faults = check(&library).unwrap_err();
        let fault = faults.iter().find(|f| f.message.contains("how_we_wrok")).unwrap();
        assert_eq!((fault.file.as_str(), fault.line), ("rights.kdl", 4), "{fault}");
    }

    #[test]
    fn a_flow_that_nobody_has_or_that_two_files_have_is_told() {
        let faults = check(&Library::default()).unwrap_err();
        assert!(faults.iter().any(|f| f.message.contains("there is no flow 'rights'")));
        let library = Library::of([("a.kdl", RIGHTS.as_bytes()), ("b.kdl", RIGHTS.as_bytes())]);
        let faults = check(&library).unwrap_err();
        assert!(faults.iter().any(|f| f.message.contains("a.kdl") && f.message.contains("b.kdl")));
    }

    #[test]
    fn flows_of_two_files_that_call_each_other_in_a_circle_are_refused() {
        let back =
            RIGHTS.replace("then end }", "then again }\n    call again { flow main; then end }");
        let library = Library::of([("main.kdl", MAIN.as_bytes()), ("rights.kdl", back.as_bytes())]);
        let faults = check(&library).unwrap_err();
        assert!(faults.iter().any(|f| f.rule == "L02"), "{faults:?}");
    }
}
