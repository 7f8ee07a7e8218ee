//! The chief demands of RFC 3261: each is cited at its place and has a test, or this fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its table must fail")]

use std::path::{Path, PathBuf};

fn room() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files of the room as one text.
fn all_source(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &all_source(&path);
        } else if path.extension().is_some_and(|e| e == "rs") {
            text += &std::fs::read_to_string(path).unwrap();
        }
    }
    text
}

/// True when the text names the section by itself, not as the beginning of a longer number.
fn cites(text: &str, section: &str) -> bool {
    text.match_indices(section).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let rest = &text[at + section.len()..];
        let longer = rest.starts_with(|c: char| c.is_ascii_digit())
            || rest.strip_prefix('.').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
        before == Some(' ') && !longer
    })
}

#[test]
fn every_demand_is_cited_where_it_is_obeyed_and_has_a_test() {
    let table = std::fs::read_to_string(room().join("tests/requirements.txt")).unwrap();
    let source = all_source(&room());
    let mut faults = Vec::new();
    for line in table.lines().filter(|l| !l.starts_with('#')) {
        let [section, _, file, test] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("four cells, please: {line}");
        };
        let text = std::fs::read_to_string(room().join(file)).unwrap();
        if !cites(&text, section) {
            faults.push(format!("{file} does not cite section {section}"));
        }
        if !source.contains(&format!("fn {test}()")) {
            faults.push(format!("section {section}: there is no test {test}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(table.lines().count() > 35);
}
