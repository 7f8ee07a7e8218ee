//! The one layout of a flow file: equal meaning and equal comments give equal bytes.
//!
//! ```text
//!  say greet { prompt in_greeting; then identify }   // first words
//!
//!  say greet {
//!      prompt in_greeting
//!      then identify // first words
//!  }
//! ```
//! One statement a line, four spaces a level, a blank line before each step and each test. A comment
//! on a line of its own stays above what it stood above; any other goes to the end of the line that it
//! follows. Statements are printed from the syntax tree, comments are taken from the text, because the
//! tree does not keep all of them; a result that lost anything is not given out.
//!
//! Owns: where things stand on the page.
//! Never: what they mean; a file with unknown verbs is laid out as well.

use crate::check::version;
use crate::diagnostic::Diagnostic;
use crate::source::{Faults, Source, parse, read_text, string_len};
use kdl::{KdlDocument, KdlNode};

const INDENT: &str = "    ";

/// The file in its one layout.
///
/// # Errors
/// Why it cannot be read as KDL 2, or what stands in it that would be lost.
pub fn format(bytes: &[u8], file: &str) -> Result<String, Vec<Diagnostic>> {
    let text = read_text(bytes, file).map_err(|fault| vec![*fault])?;
    let mut faults = Faults::of(Source::new(file, text));
    let Some(document) = parse(text, &mut faults) else { return Err(faults.into_list()) };
    let marks = scan(text);
    if let Some(at) = marks.slashdash {
        let fault = faults.error(at..at + 2, "what '/-' takes out would be lost");
        fault.help = Some("write it as a comment, with // or /* */".to_owned());
        return Err(faults.into_list());
    }
    let comments = marks.comments.len();
    let mut page = Page { lines: Vec::new(), marks, comments_set: 0, blocks_set: 0 };
    page.document(&document, 0);
    page.comments_before(usize::MAX, 0, false);
    let out = page.lines.concat();
    let again = KdlDocument::parse_v2(&out).ok();
    let same = again.is_some_and(|again| version(again) == version(document));
    if !same || scan(&out).comments.len() != comments {
        let fault = faults.error(0..0, "this file cannot be laid out without changing it");
        fault.help = Some("put each comment on a line of its own, above a statement".to_owned());
        return Err(faults.into_list());
    }
    Ok(out)
}

/// What the tree does not tell of a text.
struct Marks<'t> {
    comments: Vec<Comment<'t>>,
    /// Where the block opened by the n-th `{` is closed.
    closers: Vec<usize>,
    slashdash: Option<usize>,
}

struct Comment<'t> {
    at: usize,
    text: &'t str,
    /// Nothing but spaces stands before it on its line.
    own_line: bool,
}

/// The line breaks of KDL 2 (its specification, "Newline").
const BREAKS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

fn scan(text: &str) -> Marks<'_> {
    let mut marks = Marks { comments: Vec::new(), closers: Vec::new(), slashdash: None };
    let (mut at, mut open) = (0, Vec::new());
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let comment = comment_len(rest);
        if comment > 0 {
            let line = text[..at].rsplit(BREAKS).next().unwrap_or_default();
            let own_line = line.chars().all(|c| c.is_whitespace() || c == '\u{feff}');
            let text = rest[..comment].trim_end();
            marks.comments.push(Comment { at, text, own_line });
        } else if rest.starts_with("/-") {
            marks.slashdash.get_or_insert(at);
        } else if rest.starts_with('{') {
            open.push(marks.closers.len());
            marks.closers.push(usize::MAX);
        } else if rest.starts_with('}')
            && let Some(block) = open.pop()
        {
            marks.closers[block] = at;
        }
        at += match rest.as_bytes() {
            _ if comment > 0 => comment,
            bytes @ [b'"' | b'#', ..] => string_len(bytes),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    marks
}

/// The length of the comment that begins here, its line break not counted; 0: none does.
fn comment_len(rest: &str) -> usize {
    if rest.starts_with("//") {
        return rest.find(BREAKS).unwrap_or(rest.len());
    }
    if !rest.starts_with("/*") {
        return 0;
    }
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
    rest.len()
}

/// The lines laid out so far.
struct Page<'t> {
    lines: Vec<String>,
    marks: Marks<'t>,
    comments_set: usize,
    blocks_set: usize,
}

impl Page<'_> {
    fn document(&mut self, document: &KdlDocument, depth: usize) {
        for (index, node) in document.nodes().iter().enumerate() {
            let apart = match depth {
                0 => true,
                1 => node.children().is_some(),
                _ => false,
            };
            self.comments_before(node.name().span().offset(), depth, apart && index > 0);
            self.node(node, depth);
        }
    }

    fn node(&mut self, node: &KdlNode, depth: usize) {
        let Some(children) = node.children() else {
            return self.line(depth, &statement(node));
        };
        self.line(depth, &format!("{} {{", statement(node)));
        let closed = self.marks.closers.get(self.blocks_set).copied().unwrap_or(usize::MAX);
        self.blocks_set += 1;
        self.document(children, depth + 1);
        self.comments_before(closed, depth + 1, false);
        self.line(depth, "}");
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{}{text}\n", INDENT.repeat(depth)));
    }

    /// Sets the comments that stand before this place; `apart`: a blank line above what comes next.
    fn comments_before(&mut self, place: usize, depth: usize, mut apart: bool) {
        while let Some(comment) = self.marks.comments.get(self.comments_set) {
            if comment.at >= place {
                break;
            }
            self.comments_set += 1;
            let (text, own_line) = (comment.text, comment.own_line);
            // Behind a // nothing can stand on the same line.
            let open = |line: &&mut String| !ends_in_line_comment(line);
            match self.lines.last_mut().filter(|_| !own_line).filter(open) {
                Some(line) => *line = format!("{} {text}\n", line.trim_end()),
                None => {
                    self.blank(std::mem::take(&mut apart));
                    self.line(depth, text);
                }
            }
        }
        self.blank(apart);
    }

    fn blank(&mut self, apart: bool) {
        if apart {
            self.lines.push("\n".to_owned());
        }
    }
}

fn ends_in_line_comment(line: &str) -> bool {
    scan(line).comments.last().is_some_and(|comment| comment.text.starts_with("//"))
}

/// A node's own line, without its block.
fn statement(node: &KdlNode) -> String {
    let mut name = node.name().clone();
    name.clear_format();
    let mut words = match node.ty() {
        Some(kind) => vec![format!("({}){name}", kind.value())],
        None => vec![name.to_string()],
    };
    for entry in node.entries() {
        let mut entry = entry.clone();
        entry.clear_format();
        words.push(entry.to_string());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{HOTLINE, shipped_texts};
    use crate::{Environment, Plan};
    use expect_test::expect;
    use proptest::prelude::*;

    fn laid_out(source: &str) -> String {
        format(source.as_bytes(), "f.kdl")
            .unwrap_or_else(|faults| panic!("{} in {source}", faults[0]))
    }

    #[test]
    fn one_statement_stands_on_a_line_and_comments_stay_where_they_belong() {
        let source = "// The file.\n\nflow \"f\" { languages en ; entry a // first\n\
                      on error = end /* all */ hangup=end\n/* over\n two lines */\n\
                      say a { prompt in_greeting amount=\"5\"; /* why */ then end } // so\n\
                      // the end\n hangup b { } } // last\nflow g { entry c; }\n// done";
        expect![[r#"
            // The file.
            flow f {
                languages en
                entry a // first
                on error=end hangup=end /* all */

                /* over
             two lines */
                say a {
                    prompt in_greeting amount="5" /* why */
                    then end
                } // so

                // the end
                hangup b {
                }
            } // last

            flow g {
                entry c
            }
            // done
        "#]]
        .assert_eq(&laid_out(source));
    }

    #[test]
    fn equal_meaning_gives_equal_bytes() {
        let one = "flow f { languages en; entry \"a\"; hangup a { prompt goodbye; } }";
        let other = "\u{feff}flow   f {\r\n\tlanguages \\\r\n en\n\n\n entry a\n hangup #\"a\"# {\nprompt goodbye } }";
        assert_eq!(laid_out(one), laid_out(other));
    }

    #[test]
    fn the_shipped_hotline_keeps_its_version_and_its_comments() {
        let out = laid_out(HOTLINE);
        let version = |source: &str| {
            let bytes = source.as_bytes();
            let environment = Environment::default();
            Plan::check(bytes, "f.kdl", &shipped_texts(), &environment).unwrap().version.clone()
        };
        assert_eq!(version(HOTLINE), version(&out));
        assert_eq!(HOTLINE.matches("//").count(), out.matches("//").count());
        assert_eq!(laid_out(&out), out);
    }

    #[test]
    fn what_would_be_lost_or_cannot_be_read_is_refused_with_its_place() {
        let refused = |source: &str| format(source.as_bytes(), "f.kdl").unwrap_err().remove(0);
        let taken_out = refused("flow f {\n /-say a { }\n}");
        assert_eq!((taken_out.line, taken_out.column), (2, 2));
        assert!(taken_out.help.is_some());
        assert!(refused("flow f { say a { prompt \"x }").message.contains("string"));
    }

    /// Flows in careless layouts, with comments wherever one may stand.
    fn careless() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "say",
            "\"a b\"",
            "#\"raw {\"#",
            "x=5",
            "y=\"//\"",
            "#true",
            "\"/*\"",
            "1.50",
            "(t)n",
            "0x1F",
            "\"true\"",
            "\\\n",
            "\\ // g\n",
            "/* i */",
            "z = \"\"\"\n }\n \"\"\"",
        ]);
        let end = prop::sample::select(vec![
            ";",
            "\n",
            "\r\n",
            "; // e\n",
            " // e\n",
            ";;\n\n",
            " /* e\n /* in */ */\n",
            "\n // own\n",
            "\n/* own\n  two */\n",
            " ; /* e */ ",
        ]);
        let line = (prop::collection::vec(word, 0..4), end.clone())
            .prop_map(|(words, end)| format!("n {}{end}", words.join(" ")));
        line.prop_recursive(3, 24, 4, move |inner| {
            (prop::collection::vec(inner, 0..4), end.clone(), end.clone())
                .prop_map(|(inner, after, end)| format!("b {{{after}{}}}{end}", inner.concat()))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, max_global_rejects: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_second_time_changes_nothing_and_the_version_stays(
            parts in prop::collection::vec(careless(), 0..4)
        ) {
            let source = parts.concat();
            prop_assume!(KdlDocument::parse_v2(&source).is_ok());
            let out = laid_out(&source);
            prop_assert_eq!(&laid_out(&out), &out);
            let read = |text: &str| version(KdlDocument::parse_v2(text).unwrap());
            prop_assert_eq!(read(&source), read(&out));
        }
    }
}
