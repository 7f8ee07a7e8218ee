//! What an editor is answered; `¦` stands for the cursor.

use super::*;
use crate::check::tests::texts;
use crate::{Draft, Environment};

const FLOW: &str = "\
flow hotline {
    languages pl en
    entry greet
    on hangup=end error=trouble
    say greet {
        prompt in_greeting
        then main
    }
    menu main {
        prompt verify_locked
        key 3 trouble; key \"#\" bye
        no-input bye; no-match trouble
    }
    when trouble {
        if \"hours.open\" main
        else bye
    }
    hangup bye { prompt goodbye; }
    test \"ż: 𝄞 three\" {
        hear in_greeting; press \"3\"
        expect step trouble
    }
}
";

/// The text without its cursor, and where that stood.
fn at(marked: &str) -> (Document, usize) {
    let at = marked.find('¦').unwrap();
    (Document::read(marked.replace('¦', "")), at)
}

/// [`FLOW`] with the cursor in this piece of it.
fn within(piece: &str) -> (Document, usize) {
    let plain = piece.replace('¦', "");
    assert_eq!(FLOW.matches(&plain).count(), 1, "{plain}");
    at(&FLOW.replace(&plain, piece))
}

fn labels(marked: &str) -> Vec<String> {
    let (document, at) = at(marked);
    let texts = texts();
    let queues = ["lawyers".to_owned()];
    let numbers = ["+48221234567".to_owned()];
    let known = Known { texts: texts.as_ref(), queues: &queues, numbers: &numbers };
    document.complete(at, &known).into_iter().map(|proposal| proposal.label).collect()
}

fn hover(piece: &str) -> Option<String> {
    let (document, at) = within(piece);
    let texts = texts();
    let known = Known { texts: texts.as_ref(), queues: &[], numbers: &[] };
    document.hover(at, &known).map(|note| note.text)
}

#[test]
fn what_can_stand_at_the_cursor_follows_from_what_stands_before_it() {
    let step =
        |line: &str| format!("flow a {{\n say x {{\n }}\n queue q {{\n to here\n }}\n {line}");
    let cases = [
        ("¦".to_owned(), "flow", "say"),
        ("flow a {\n ¦".to_owned(), "menu", "prompt"),
        ("flow a {\n ¦".to_owned(), "languages", "flow"),
        ("flow a {\n languages p¦".to_owned(), "pl", "x"),
        ("flow a {\n kind ¦".to_owned(), "outbound", "pl"),
        (step("entry ¦"), "x", "prompt"),
        (step("on error=¦"), "x", "error"),
        (step("on e¦"), "error", "x"),
        (step("menu m { ¦"), "key", "then"),
        (step("menu m { prompt g; no-input x; ¦"), "no-match", "no-input"),
        (step("menu m { key 1 ¦"), "x", "key"),
        (step("say y { then ¦"), "end", "then"),
        (step("say y { prompt ¦"), "in_greeting", "x"),
        (step("say y { prompt balance ¦"), "amount", "then"),
        (step("say y { prompt balance amount=¦"), "case.due", "x"),
        (step("say y { prompt balance barge-in=¦"), "#false", "case.due"),
        (step("when w { if \"case.d¦"), "case.due", "x"),
        (step("when w { if \"hours.open\" ¦"), "x", "case.due"),
        (step("queue r { to ¦"), "here", "x"),
        (step("queue r { to ¦"), "lawyers", "x"),
        (step("queue r to=¦"), "here", "x"),
        (step("transfer t { to ¦"), "+48221234567", "here"),
        (step("transfer t { way ¦"), "attended", "x"),
        (step("verify v { ask pin ¦"), "birth-date", "pin"),
        (step("language l { to ¦"), "case", "x"),
        (step("call c { flow ¦"), "a", "x"),
        (step("test \"t\" { ¦"), "expect", "say"),
        (step("test \"t\" { ¦"), "card", "say"),
        (step("test \"t\" { hear in_¦"), "in_greeting", "x"),
        (step("test \"t\" { expect ¦"), "ended", "x"),
        (step("test \"t\" { expect step ¦"), "x", "ended"),
        (step("test \"t\" { given d¦"), "due-date", "x"),
        (step("test \"t\" { card ¦"), "declined", "x"),
    ];
    for (marked, wanted, unwanted) in cases {
        let labels = labels(&marked);
        assert!(labels.iter().any(|l| l == wanted), "no {wanted} at {marked}: {labels:?}");
        assert!(!labels.iter().any(|l| l == unwanted), "{unwanted} at {marked}: {labels:?}");
    }
    assert!(labels("flow a {\n // say¦").is_empty(), "nothing is proposed in a comment");
    assert!(labels("flow a { /* s ¦").is_empty());
}

#[test]
fn a_proposal_takes_the_place_of_what_is_typed_and_shows_a_prompts_words() {
    let texts = texts();
    let known = Known { texts: texts.as_ref(), queues: &[], numbers: &[] };
    let (document, cursor) = at("flow a {\n say x {\n  prompt in_gr¦\n then x\n }\n}");
    let found = document.complete(cursor, &known);
    let greeting = found.iter().find(|p| p.label == "in_greeting").unwrap();
    assert_eq!(&document.text()[greeting.replaces.clone()], "in_gr");
    assert!(!greeting.detail.is_empty(), "{greeting:?}");
    let (document, cursor) = at("flow a {\n when x {\n if \"case.due > 0 && hou¦");
    let found = document.complete(cursor, &known);
    let hours = found.iter().find(|p| p.label == "hours.open").unwrap();
    assert_eq!(&document.text()[hours.replaces.clone()], "hou", "the condition before it stays");
}

#[test]
fn a_verb_brings_its_whole_step_with_every_outcome_that_must_be_bound() {
    let texts = texts();
    let known = Known { texts: texts.as_ref(), queues: &[], numbers: &[] };
    let (document, cursor) = at("flow a {\n men¦");
    let found = document.complete(cursor, &known);
    let menu = found.into_iter().find(|p| p.label == "menu").unwrap();
    let step = "menu ${1:name} {\n    prompt ${2}\n    no-input ${3}\n    no-match ${4}\n    $0\n}";
    assert_eq!(menu.skeleton.as_deref(), Some(step));
}

#[test]
fn hovering_tells_verbs_prompts_outcomes_conditions_and_steps() {
    let cases = [
        ("m¦enu main", "### menu"),
        ("prompt in_gr¦eeting", "`pl`"),
        ("prompt in_gr¦eeting", "`en-GB`"),
        ("no-in¦put bye", "no key, three times"),
        ("if \"hours.o¦pen\"", "opening hours"),
        ("languages¦ pl", "the first is the default"),
        ("ke¦y 3", "key 1 STEP"),
        ("then ma¦in", "`menu main`"),
        ("then ma¦in", "key 3 → `trouble`"),
        ("menu ma¦in", "comes from: `greet`, `trouble`"),
        ("flow hot¦line", "4 steps, 1 tests, in pl en"),
        ("hear in_gree¦ting", "`pl`"),
        ("expe¦ct step", "what must be so now"),
    ];
    for (piece, wanted) in cases {
        let said = hover(piece).unwrap_or_default();
        assert!(said.contains(wanted), "{piece}: {said}");
    }
    assert_eq!(hover("press \"¦3\""), None);
}

#[test]
fn a_way_leads_to_its_step_and_a_step_knows_who_leads_to_it() {
    let (document, cursor) = within("key 3 trou¦ble");
    let span = document.definition(cursor).unwrap();
    assert!(FLOW[..span.start].ends_with("when "), "{span:?}");
    let all = document.references(cursor, true);
    assert!(all.iter().all(|span| &FLOW[span.clone()] == "trouble"));
    // on error=, key 3, no-match, its own, and the test
    assert_eq!((all.len(), document.references(cursor, false).len()), (5, 4));
    let (document, cursor) = within("key \"#\" b¦ye");
    assert_eq!(document.references(cursor, true).len(), 4);
}

#[test]
fn a_step_is_renamed_in_every_place_tests_included_and_the_file_stays_sound() {
    let (document, cursor) = within("when trou¦ble");
    let mut renamed = FLOW.to_owned();
    for span in document.rename(cursor, "help-desk").unwrap().into_iter().rev() {
        renamed.replace_range(span, "help-desk");
    }
    assert!(!renamed.contains("trouble"), "{renamed}");
    assert!(renamed.contains("expect step help-desk") && renamed.contains("error=help-desk"));
    let faults = |text: &str| {
        let draft = Draft::read(
            text.as_bytes(),
            "a.kdl",
            &texts(),
            &Environment::default(),
            &crate::Library::default(),
        );
        draft.faults.into_iter().map(|f| (f.rule, f.severity)).collect::<Vec<_>>()
    };
    assert_eq!(faults(&renamed), faults(FLOW));
}

#[test]
fn a_name_that_cannot_be_is_refused_with_what_to_do() {
    let (document, cursor) = within("when trou¦ble");
    for (name, word) in
        [("main", "already"), ("end", "no name"), ("two words", "no name"), ("7", "no name")]
    {
        let error = document.rename(cursor, name).unwrap_err().to_string();
        assert!(error.contains(word), "{name}: {error}");
    }
    let (document, cursor) = within("flow hot¦line");
    assert_eq!(document.rename(cursor, "x"), Err(RenameError::Flow));
    let (document, cursor) = within("prompt good¦bye");
    assert_eq!(document.rename(cursor, "x"), Err(RenameError::NoStep));
}

#[test]
fn steps_of_one_name_in_two_flows_are_two_steps() {
    let text =
        "flow a {\n entry x\n say x { then ¦x; }\n}\nflow b {\n entry x\n say x { then x; }\n}\n";
    let (document, cursor) = at(text);
    assert_eq!(document.references(cursor, true).len(), 3);
}

#[test]
fn a_flow_of_another_file_is_known_as_such() {
    let (document, cursor) = at("flow a {\n entry x\n call x { flow pay¦ment; then end; }\n}\n");
    assert_eq!(document.called_elsewhere(cursor), Some("payment"));
    assert_eq!(document.way_out().map(|span| &document.text()[span]), Some("payment"));
    assert_eq!((document.definition(cursor), document.flow("a").is_some()), (None, true));
}

#[test]
fn places_count_utf16_units_both_ways() {
    let document = Document::read("a\nż𝄞x\r\nend".to_owned());
    let x = document.text().find('x').unwrap();
    assert_eq!(document.place(x), Place { line: 1, unit: 3 });
    assert_eq!(document.byte(Place { line: 1, unit: 3 }), x);
    assert_eq!(document.byte(Place { line: 1, unit: 2 }), x - 4, "within a pair: its beginning");
    assert_eq!(
        document.byte(Place { line: 1, unit: 99 }),
        x + 1,
        "behind the end: before the break"
    );
    assert_eq!(document.byte(Place { line: 9, unit: 0 }), document.text().len());
    assert_eq!(document.place(usize::MAX), Place { line: 2, unit: 3 });
}

#[test]
fn a_half_typed_file_keeps_its_symbols() {
    let names = |text: &str| {
        let symbols = Document::read(text.to_owned()).symbols();
        let one =
            |s: &Symbol| s.children.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(" ");
        symbols.iter().map(|s| format!("{}: {}", s.name, one(s))).collect::<Vec<_>>().join("; ")
    };
    let whole = "hotline: greet main trouble bye ż: 𝄞 three";
    assert_eq!(names(FLOW), whole);
    assert_eq!(names(&FLOW.replacen("then main\n    }", "then main", 1)), whole, "a missing brace");
    assert_eq!(names(&FLOW.replacen("then main", "}", 1)), whole, "one brace too many");
    assert_eq!(names(&FLOW.replacen("\"#\" bye", "\"# bye", 1)), whole, "a missing quote");
    assert_eq!(
        names(&format!("{}\nflow b {{\n say", FLOW.trim_end().trim_end_matches('}'))),
        format!("{whole}; b: ")
    );
    assert_eq!(names("flow"), "");
}

#[test]
fn a_proposal_without_a_choice_is_carried_out_and_mends_the_file() {
    let cases = [
        ("then main", "then mian"),
        ("prompt in_greeting", "prompt in_greting"),
        ("no-match trouble", "no-matsch trouble"),
        ("menu main", "mneu main"),
        ("if \"hours.open\"", "if \"hours.opn\""),
        ("        then main\n", ""),
        ("no-input bye; ", ""),
        ("entry greet", "entry greet\n    entry greet"),
    ];
    let faults = |text: &str| {
        let draft = Draft::read(
            text.as_bytes(),
            "a.kdl",
            &texts(),
            &Environment::default(),
            &crate::Library::default(),
        );
        draft.faults
    };
    for (right, wrong) in cases {
        let broken = FLOW.replacen(right, wrong, 1);
        let document = Document::read(broken.clone());
        let found = faults(&broken);
        let edits: Vec<_> =
            found.iter().filter_map(|fault| Some((fault, mend(&document, fault)?))).collect();
        assert!(!edits.is_empty(), "{wrong}: nothing to do about {found:#?}");
        for (fault, edit) in edits {
            let mut mended = broken.clone();
            mended.replace_range(edit.span.clone(), &edit.text);
            let again = faults(&mended).into_iter().any(|left| left.message == fault.message);
            assert!(!again, "{}: {mended}", edit.title);
        }
    }
}

#[test]
fn hostile_texts_are_looked_over_in_one_pass() {
    let pieces = ["{", "\"\n", "#\"\n", "/*", "a=\n", "say x {", "}", "\"\"\"", "\\", "𝄞=", "/-"];
    for piece in pieces {
        let text = piece.repeat(200_000 / piece.len());
        let document = Document::read(text);
        let texts = texts();
        let known = Known { texts: texts.as_ref(), queues: &[], numbers: &[] };
        for at in [0, 1, 100_001, 199_999, usize::MAX] {
            let _ = (document.complete(at, &known), document.hover(at, &known), document.symbols());
        }
    }
    let long = Document::read("flow a {\n".repeat(SOURCE_BYTES_MAX));
    assert!(long.symbols().is_empty(), "a text over the limit has no outline");
}

#[test]
fn every_word_of_the_language_has_its_line() {
    let names = |list: &[offers::Offer]| list.iter().map(|(name, ..)| *name).collect::<Vec<_>>();
    assert_eq!(names(&offers::FLOW), crate::read::FLOW_WORDS);
    assert_eq!(names(&offers::TEST), crate::trial::LINES);
    for (name, ..) in crate::condition::VARIABLES {
        assert!(!offers::meaning(name).is_empty(), "what is {name}?");
    }
}
