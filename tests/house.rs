//! The repository as text: rooms, their Cargo.toml, their source files, the tables of ARCHITECTURE.md.
//!
//! Owns: finding and reading files of this repository for the tests that hold its rules.
//! Never: a rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository's top directory.
pub fn top() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the tests live in a directory of the repository").to_owned()
}

/// The text of a file, named from the top; panics with the name when it cannot be read.
pub fn read(path: impl AsRef<Path>) -> String {
    let full = top().join(path.as_ref());
    fs::read_to_string(&full).unwrap_or_else(|e| panic!("{}: {e}", path.as_ref().display()))
}

/// The names of all rooms: directories of `src/` that hold a Cargo.toml.
pub fn rooms() -> BTreeSet<String> {
    let entries = fs::read_dir(top().join("src")).expect("src/ can be read").flatten();
    let is_room = |e: &fs::DirEntry| e.path().join("Cargo.toml").is_file();
    entries.filter(is_room).map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

/// Every file of `dir` (named from the top) with this ending, as paths from the top, sorted.
pub fn files(dir: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![top().join(dir)];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" {
                    open.push(path);
                }
            } else if name.to_string_lossy().ends_with(ending) {
                found.push(path.strip_prefix(top()).unwrap_or(&path).to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The rows of the first Markdown table below the heading `## heading`, cells trimmed, header and rule left out.
pub fn table(markdown: &str, heading: &str) -> Vec<Vec<String>> {
    let below = markdown.lines().skip_while(|l| l.trim() != format!("## {heading}")).skip(1);
    let section = below.take_while(|l| !l.starts_with("## "));
    let rows = section.skip_while(|l| !l.starts_with('|')).take_while(|l| l.starts_with('|'));
    rows.skip(2).map(cells).collect()
}

fn cells(row: &str) -> Vec<String> {
    let inner = row.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// A source text without its comments, its strings and its `#[cfg(test)]` modules: what runs.
pub fn code_only(source: &str) -> String {
    let shipped = source.split("#[cfg(test)]\nmod ").next().unwrap_or(source);
    let uncommented = shipped.lines().map(|l| l.split("//").next().unwrap_or(l));
    let unquoted = uncommented.map(|l| l.split('"').step_by(2).collect::<Vec<_>>().join("\"\""));
    unquoted.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_below_its_heading_and_nowhere_else() {
        let page = "## One\n| a | b |\n|---|---|\n| 1 | `x` |\n\n## Two\n| c |\n|---|\n| 2 |\n";
        assert_eq!(table(page, "One"), vec![vec!["1".to_owned(), "`x`".to_owned()]]);
        assert_eq!(table(page, "Two"), vec![vec!["2".to_owned()]]);
        assert!(table(page, "Three").is_empty());
    }

    #[test]
    fn comments_strings_and_tests_are_no_code() {
        let source = "a(); // unsafe\nb(\"unsafe\");\n#[cfg(test)]\nmod tests { unsafe {} }\n";
        let code = code_only(source);
        assert!(code.contains("a();") && code.contains("b("));
        assert!(!code.contains("unsafe"), "{code}");
    }
}
