//! What stands where in a flow file, also in one that is half typed.
//!
//! ```text
//!  flow a { entry hi⏎ say hi { prompt in_gre
//!  └flow    └line     └block   └line: the words so far, the last one still open
//! ```
//! The parser of the language wants a whole file; an editor has one seldom. A quote that is not closed
//! ends with its line here. A block within a step is taken as the next step (a step's lines have no
//! blocks: the brace before is missing), and one behind the last flow belongs to that flow.
//!
//! Owns: words, lines, blocks and their bytes.
//! Never: a complaint (that is `check`), what a word means.

use crate::limits::NESTING_MAX;
use std::ops::Range;

/// A word of a line: `main`, `"4711#"`, `language=it`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    /// The name before `=`.
    pub(super) key: Option<(String, Range<usize>)>,
    /// Without its quotes.
    pub(super) text: String,
    /// With its quotes; of a property, the value alone.
    pub(super) span: Range<usize>,
    /// Where its text begins: behind the quote.
    pub(super) inner: usize,
    /// It is a string whose end is missing.
    pub(super) open: bool,
}

/// Words up to `;`, the line's end, or a block.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    /// From its first word to its last, or to its `}`.
    pub(super) span: Range<usize>,
}

impl Line {
    /// Its first word.
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", |word| &word.text)
    }

    /// The n-th word without a key; 0 is the name.
    pub(super) fn plain(&self, n: usize) -> Option<&Word> {
        self.words.iter().filter(|word| word.key.is_none()).nth(n)
    }

    /// The value of a property.
    pub(super) fn property(&self, name: &str) -> Option<&Word> {
        self.words.iter().find(|word| word.key.as_ref().is_some_and(|(key, _)| key == name))
    }
}

/// A step or a test.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) head: Line,
    pub(super) lines: Vec<Line>,
}

impl Block {
    pub(super) fn is_test(&self) -> bool {
        self.head.name() == "test"
    }

    /// A step's name, a test's sentence.
    pub(super) fn label(&self) -> Option<&Word> {
        self.head.plain(1)
    }
}

/// A flow.
#[derive(Debug)]
pub(super) struct FlowPart {
    pub(super) head: Line,
    /// `languages`, `entry`, `on` …
    pub(super) lines: Vec<Line>,
    pub(super) blocks: Vec<Block>,
}

impl FlowPart {
    pub(super) fn name(&self) -> Option<&Word> {
        self.head.plain(1)
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| !block.is_test())
    }
}

/// The flows of a text.
pub(super) fn flows(text: &str) -> Vec<FlowPart> {
    let scan = Scan::of(text);
    let mut flows = Vec::new();
    for root in &scan.roots {
        place_in(&scan, *root, &mut flows, 0);
    }
    flows
}

fn place_in(scan: &Scan, at: usize, flows: &mut Vec<FlowPart>, depth: usize) {
    let node = &scan.nodes[at];
    if depth > NESTING_MAX {
        return;
    }
    if node.line.name() == "flow" && node.has_block {
        let head = node.line.clone();
        flows.push(FlowPart { head, lines: Vec::new(), blocks: Vec::new() });
    } else if let (Some(flow), true) = (flows.last_mut(), node.has_block) {
        let plain = node.children.iter().map(|child| &scan.nodes[*child]);
        let lines = plain.filter(|child| !child.has_block).map(|child| child.line.clone());
        flow.blocks.push(Block { head: node.line.clone(), lines: lines.collect() });
    } else if let Some(flow) = flows.last_mut() {
        flow.lines.push(node.line.clone());
    }
    let in_flow = node.line.name() == "flow";
    for child in &node.children {
        if in_flow || scan.nodes[*child].has_block {
            place_in(scan, *child, flows, depth + 1);
        }
    }
}

/// Where a text breaks off: what a completion goes by.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The heads of the blocks around it, outermost first.
    pub(super) around: Vec<Line>,
    /// The lines that stand in the innermost block already.
    pub(super) before: Vec<Line>,
    /// The words of the line so far.
    pub(super) line: Line,
    /// The last word touches the end: it is being typed.
    pub(super) typing: bool,
    pub(super) in_comment: bool,
}

/// The end of this text.
pub(super) fn cursor(text: &str) -> Cursor {
    let scan = Scan::of(text);
    let line = scan.current.map(|at| scan.nodes[at].line.clone()).unwrap_or_default();
    let touches = |word: &Word| word.span.end == text.len();
    let typing = line.words.last().is_some_and(|word| touches(word) && !closed(text, word));
    let heads = scan.open.iter().map(|at| scan.nodes[*at].line.clone()).collect();
    let siblings = scan.open.last().map_or(&scan.roots, |at| &scan.nodes[*at].children);
    let done = siblings.iter().filter(|at| Some(**at) != scan.current);
    let before = done.map(|at| scan.nodes[*at].line.clone()).collect();
    Cursor { around: heads, before, line, typing, in_comment: scan.in_comment }
}

/// A string that has its closing quote is no longer typed.
fn closed(text: &str, word: &Word) -> bool {
    !word.open && text[word.span.clone()].ends_with(['"', '#']) && word.span.len() > 1
}

#[derive(Default)]
struct Node {
    line: Line,
    children: Vec<usize>,
    has_block: bool,
}

/// One pass over the text.
#[derive(Default)]
struct Scan {
    nodes: Vec<Node>,
    roots: Vec<usize>,
    /// Nodes whose block is open.
    open: Vec<usize>,
    current: Option<usize>,
    /// A name and its `=`, without a value yet.
    key: Option<(String, Range<usize>)>,
    in_comment: bool,
}

impl Scan {
    fn of(text: &str) -> Self {
        let mut scan = Self::default();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            at += scan.token(text, at, rest).max(1);
        }
        if let Some(end) = scan.key.take().map(|key| (key, text.len())) {
            scan.word(Some(end.0), String::new(), end.1..end.1, end.1, false);
        }
        for open in std::mem::take(&mut scan.open) {
            scan.nodes[open].line.span.end = text.len();
            scan.open.push(open);
        }
        scan
    }

    /// Takes the token that begins here; its length in bytes.
    fn token(&mut self, text: &str, at: usize, rest: &str) -> usize {
        let first = rest.chars().next().unwrap_or(' ');
        match first {
            _ if rest.starts_with("//") => {
                let end = rest.find('\n');
                self.in_comment = end.is_none();
                end.unwrap_or(rest.len())
            }
            _ if rest.starts_with("/*") => self.long_comment(rest),
            _ if rest.starts_with("/-") => 2,
            '\\' => rest.find('\n').map_or(rest.len(), |end| end + 1),
            '\n' | ';' => {
                self.end_line(at);
                1
            }
            '{' => {
                self.open_block(at);
                1
            }
            '}' => {
                self.close_block(at);
                1
            }
            '=' => {
                self.equals();
                1
            }
            _ if first.is_whitespace() => first.len_utf8(),
            '"' => self.string(text, at, 0),
            '#' if rest.trim_start_matches('#').starts_with('"') => {
                let hashes = rest.len() - rest.trim_start_matches('#').len();
                self.string(text, at, hashes)
            }
            _ => self.bare(at, rest),
        }
    }

    fn long_comment(&mut self, rest: &str) -> usize {
        let (mut depth, mut at) = (0_usize, 0);
        while let Some(pair) = rest.as_bytes().get(at..at + 2) {
            match pair {
                b"/*" => (depth, at) = (depth + 1, at + 2),
                b"*/" => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
            if depth == 0 {
                return at;
            }
        }
        self.in_comment = true;
        rest.len()
    }

    fn bare(&mut self, at: usize, rest: &str) -> usize {
        let stops = |c: char| c.is_whitespace() || ";{}=\"".contains(c);
        let len = rest.find(stops).unwrap_or(rest.len());
        let key = self.key.take();
        self.word(key, rest[..len].to_owned(), at..at + len, at, false);
        len
    }

    fn string(&mut self, text: &str, at: usize, hashes: usize) -> usize {
        let body = &text[at + hashes..];
        let quotes = if body.starts_with("\"\"\"") { 3 } else { 1 };
        let close = format!("{}{}", "\"".repeat(quotes), "#".repeat(hashes));
        let inner = at + hashes + quotes;
        let (mut end, mut found) = (inner, false);
        while let Some(rest) = text.get(end..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(&close) {
                found = true;
                break;
            }
            let first = rest.chars().next().unwrap_or(' ');
            if first == '\n' && quotes == 1 {
                break;
            }
            end += first.len_utf8();
            if first == '\\' && hashes == 0 {
                end += text[end..].chars().next().map_or(0, char::len_utf8);
            }
        }
        let end_of = if found { end + close.len() } else { end };
        let key = self.key.take();
        self.word(key, text[inner..end].to_owned(), at..end_of, inner, !found);
        end_of - at
    }

    /// `name =`: the last word was a name.
    fn equals(&mut self) {
        let Some(line) = self.current.map(|at| &mut self.nodes[at].line) else { return };
        if line.words.len() > 1
            && let Some(word) = line.words.pop_if(|word| word.key.is_none())
        {
            self.key = Some((word.text, word.span));
        }
    }

    fn word(
        &mut self,
        key: Option<(String, Range<usize>)>,
        text: String,
        span: Range<usize>,
        inner: usize,
        open: bool,
    ) {
        let begin = key.as_ref().map_or(span.start, |(_, name)| name.start);
        let at = self.node(begin);
        self.nodes[at].line.span.end = span.end;
        self.nodes[at].line.words.push(Word { key, text, span, inner, open });
    }

    /// The line being read, begun here if there is none.
    fn node(&mut self, begin: usize) -> usize {
        if let Some(at) = self.current {
            return at;
        }
        let at = self.nodes.len();
        let line = Line { words: Vec::new(), span: begin..begin };
        self.nodes.push(Node { line, ..Node::default() });
        match self.open.last() {
            Some(parent) => self.nodes[*parent].children.push(at),
            None => self.roots.push(at),
        }
        self.current = Some(at);
        at
    }

    fn end_line(&mut self, at: usize) {
        if let Some(key) = self.key.take() {
            let end = key.1.end + 1;
            self.word(Some(key), String::new(), end.min(at)..end.min(at), end.min(at), false);
        }
        self.current = None;
    }

    fn open_block(&mut self, at: usize) {
        let node = self.node(at);
        self.nodes[node].has_block = true;
        self.end_line(at);
        self.open.push(node);
    }

    fn close_block(&mut self, at: usize) {
        self.end_line(at);
        if let Some(node) = self.open.pop() {
            self.nodes[node].line.span.end = at + 1;
        }
    }
}
