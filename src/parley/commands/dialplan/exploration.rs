//! What `parley dialplan explore` prints.

use super::counted;
use dialplan::Exploration;
use std::fmt::Write as _;
use std::path::Path;

/// Coverage, what no call reached, and each fault with a test that shows it.
pub fn page(path: &Path, found: &Exploration) -> String {
    let path = path.display();
    let mut page = String::new();
    for fault in &found.faults {
        let _ = writeln!(page, "FAULT  {}", fault.message);
        page.push_str("  paste this into the flow; it fails until the fault is mended:\n");
        fault.test.lines().for_each(|line| {
            let _ = writeln!(page, "    {line}");
        });
    }
    if !found.uncovered.is_empty() {
        let _ = writeln!(page, "no call came to: {}", found.uncovered.join(", "));
    }
    if found.places_left > 0 {
        let _ = writeln!(
            page,
            "{} were left untried when the calls had run out; --calls N walks more",
            counted(found.places_left, "choice")
        );
    }
    let _ = writeln!(
        page,
        "{path}: {}, every choice at {}; {} of steps and {} of outcomes covered; {}",
        counted(found.calls, "call"),
        counted(found.places, "place"),
        share(found.steps),
        share(found.outcomes),
        match found.faults.len() {
            0 => "nothing went wrong".to_owned(),
            many => counted(many, "fault"),
        }
    );
    page
}

/// `56 of 57 (98 %)`, rounded down: all is all.
fn share((covered, all): (usize, usize)) -> String {
    format!("{covered}/{all} ({} %)", (covered * 100).checked_div(all).unwrap_or(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialplan::FoundFault;

    #[test]
    fn the_page_shows_faults_with_their_tests_and_what_no_call_reached() {
        let fault = FoundFault { message: "silence".into(), test: "test \"x\" {\n}\n".into() };
        let found = Exploration {
            calls: 12,
            places: 1,
            places_left: 3,
            steps: (5, 6),
            outcomes: (199, 200),
            uncovered: vec!["bye".into()],
            faults: vec![fault],
        };
        assert_eq!(
            page(Path::new("a.kdl"), &found),
            "FAULT  silence\n  paste this into the flow; it fails until the fault is mended:\n    \
             test \"x\" {\n    }\nno call came to: bye\n3 choices were left untried when the calls \
             had run out; --calls N walks more\na.kdl: 12 calls, every choice at 1 place; 5/6 (83 %) \
             of steps and 199/200 (99 %) of outcomes covered; 1 fault\n"
        );
    }
}
