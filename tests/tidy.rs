//! Rules of the house that can be read off the files: lengths, leftovers, headers, what stands at the top.

use acceptance::house::{code_only, files, read, top};
use std::path::{Path, PathBuf};

/// Lines of one source file.
const LINES_MAX: usize = 500;
/// Lines of a file that holds tests only: traces and checked-in tables are long and read one by one.
const TEST_LINES_MAX: usize = 800;
/// Above this a file is named in the output, so that it is looked at.
const LINES_NOTED: usize = 350;
/// What stands at the visible top level.
const TOP_LEVEL: [&str; 10] = [
    "ARCHITECTURE.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "README.md",
    "certs",
    "dialplans",
    "prompts",
    "src",
    "tests",
];
/// Reviewed files that may hold an `unsafe` block with its SAFETY line.
const UNSAFE_ISLANDS: [&str; 3] =
    ["src/vault/secret_page.rs", "src/vault/unlocked.rs", "src/vault/wiping_allocator.rs"];

fn sources() -> Vec<PathBuf> {
    let mut all = files("src", ".rs");
    all.extend(files("tests", ".rs"));
    all
}

/// Files that are read as text wherever they are: source, pages, scripts, data.
fn texts() -> Vec<PathBuf> {
    let endings =
        [".rs", ".md", ".toml", ".kdl", ".ftl", ".call", ".xml", ".sql", ".html", ".py", ".sh"];
    let dirs = ["src", "tests", "dialplans", "certs", "prompts"];
    let mut all: Vec<PathBuf> =
        dirs.iter().flat_map(|d| endings.iter().flat_map(|e| files(d, e))).collect();
    let single = [
        "README.md",
        "ARCHITECTURE.md",
        "Dockerfile",
        "Cargo.toml",
        ".ci/run",
        "tests/run",
        "tests/dockerfile_steps",
    ];
    all.extend(single.iter().map(PathBuf::from).filter(|p| top().join(p).is_file()));
    all
}

fn holds_tests_only(file: &Path) -> bool {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    file.iter().any(|part| part == "tests") || name == "tests" || name.ends_with("_tests")
}

fn report(faults: Vec<String>, rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n{}", faults.join("\n"));
}

#[test]
fn a_source_file_is_at_most_500_lines_long_and_a_file_of_tests_800() {
    let mut faults = Vec::new();
    for file in sources() {
        let lines = read(&file).lines().count();
        let most = if holds_tests_only(&file) { TEST_LINES_MAX } else { LINES_MAX };
        if lines > most {
            faults.push(format!("{}: {lines} lines", file.display()));
        } else if lines > LINES_NOTED {
            println!("note: {} has {lines} lines", file.display());
        }
    }
    report(faults, "split these files by concept");
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[", "ignore"),
        concat!("FIX", "ME"),
        concat!("// XX", "X"),
    ];
    let mut faults = Vec::new();
    for file in sources() {
        let text = read(&file);
        let lines = text.lines().enumerate();
        let left = lines.filter(|(_, l)| marks.iter().any(|m| l.contains(m)));
        faults.extend(left.map(|(n, l)| format!("{}:{}: {}", file.display(), n + 1, l.trim())));
    }
    report(faults, "finish these or take them out");
}

#[test]
fn nothing_sleeps() {
    let marks = [concat!("thread::", "sleep"), concat!("tokio::time::", "sleep")];
    let mut faults = Vec::new();
    for file in sources() {
        let text = read(&file);
        let in_tests = file.starts_with("tests") || file.iter().any(|part| part == "tests");
        let shown = if in_tests {
            text.as_str()
        } else {
            text.split_once("#[cfg(test)]").map_or("", |(_, t)| t)
        };
        if marks.iter().any(|m| shown.contains(m)) {
            faults.push(file.display().to_string());
        }
    }
    report(faults, "a test waits for the event or advances virtual time, it never sleeps");
}

#[test]
fn unsafe_code_stands_on_named_islands_only() {
    let unsafe_word =
        |code: &str| code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "unsafe");
    let outside = |file: &PathBuf| !UNSAFE_ISLANDS.iter().any(|island| file == Path::new(island));
    let bad = sources().into_iter().filter(outside).filter(|f| unsafe_word(&code_only(&read(f))));
    report(bad.map(|f| f.display().to_string()).collect(), "no unsafe outside the named islands");
}

#[test]
fn every_room_and_every_machine_says_what_it_owns_and_what_it_never_does() {
    let mut faults = Vec::new();
    for file in files("src", ".rs") {
        let text = read(&file);
        let header: String =
            text.lines().take_while(|l| l.starts_with("//!") || l.is_empty()).collect();
        let code = code_only(&text);
        let is_room = file.ends_with("lib.rs") && file.components().count() == 3;
        let is_machine =
            code.contains("pub fn handle_timeout(") || code.contains("pub fn poll_timeout(");
        if (is_room || is_machine) && !(header.contains("Owns:") && header.contains("Never:")) {
            faults.push(file.display().to_string());
        }
    }
    report(faults, "the header comment needs 'Owns:' and 'Never:'");
}

#[test]
fn the_visible_top_level_is_the_agreed_list() {
    let entries = std::fs::read_dir(top()).expect("the top can be read").flatten();
    let mut seen: Vec<String> = entries
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    seen.sort();
    assert_eq!(seen, TOP_LEVEL, "left: what is there; right: what was agreed");
}

#[test]
fn no_text_names_a_path_of_one_machine() {
    let roots = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/fa", "rm/"),
    ];
    let mut faults = Vec::new();
    for file in texts() {
        let text = read(&file);
        let bad = text.lines().enumerate().filter(|(_, l)| roots.iter().any(|r| l.contains(r)));
        faults.extend(bad.map(|(n, l)| format!("{}:{}: {}", file.display(), n + 1, l.trim())));
    }
    report(faults, "paths of one machine do not belong into the repository");
}

#[test]
fn pages_and_comments_speak_of_the_product_only() {
    let marks = [
        concat!("language ", "model"),
        concat!("Cla", "ude"),
        concat!("Chat", "GPT"),
        concat!("AI ass", "istant"),
    ];
    let mut faults = Vec::new();
    for file in texts() {
        let text = read(&file);
        let found = marks.iter().filter(|m| text.contains(**m));
        faults.extend(found.map(|m| format!("{}: '{m}'", file.display())));
    }
    report(faults, "who wrote it and with what does not belong into the repository");
}

#[test]
fn modules_are_named_in_words_of_the_trade() {
    let vague =
        ["utils.rs", "util.rs", "helpers.rs", "helper.rs", "common.rs", "manager.rs", "misc.rs"];
    let named = |file: &PathBuf| vague.iter().any(|v| file.ends_with(v));
    report(
        sources().into_iter().filter(named).map(|f| f.display().to_string()).collect(),
        "name these for what they hold",
    );
}
