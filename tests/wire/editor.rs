//! Neovim's own language client speaks with `parley dialplan lsp`: the session is `editor.lua`, what must come of
//! it stands here.

use acceptance::house::top;
use acceptance::program::{TempDir, parley};
use serde_json::Value;
use std::process::{Command, Stdio};

const FLOW: &str = "\
flow hotline {
    languages pl en
    entry greet
    on hangup=end error=bye
    say greet { prompt in_greeting; then mian; } // first words
    menu main { // the choices
        prompt hotline_menu
        key 9 main; key 3 person; key 0 person; key 7 greet; key \"#\" bye
        no-input bye; no-match person
    }
    say person { prompt person_later; then bye; }
    hangup bye { prompt goodbye; }
    test \"żółw 𝄞\" { hear in_greeting; press \"3\"; hear person_later; expect step bye; }
}
";

fn session() -> Value {
    let dir = TempDir::new("editor").unwrap();
    let (flow, report) = (dir.path().join("hotline.kdl"), dir.path().join("report.json"));
    std::fs::write(&flow, FLOW).unwrap();
    let script = top().join("tests/wire/editor.lua");
    let mut editor = Command::new("nvim");
    editor.args(["--headless", "-u", "NONE", "-i", "NONE", "-n", "-c"]);
    editor.arg(format!("luafile {}", script.display()));
    editor.envs([("PARLEY", parley()), ("PROMPTS", top().join("prompts"))]);
    editor.envs([("FLOW", &flow), ("REPORT", &report)]).env("XDG_STATE_HOME", dir.path());
    editor.current_dir(dir.path()).stdin(Stdio::null()).stdout(Stdio::null());
    let ended = editor.output().unwrap();
    let text = std::fs::read_to_string(&report);
    let text = text
        .unwrap_or_else(|e| panic!("no report ({e}): {}", String::from_utf8_lossy(&ended.stderr)));
    serde_json::from_str(&text).unwrap()
}

fn lines(value: &Value) -> String {
    let lines = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_admin_in_a_real_editor_mends_asks_renames_and_lays_out() {
    let report = session();
    assert_eq!(report["failure"], Value::Null, "{report:#}");
    let faults = report["faults"].to_string();
    assert!(
        faults.contains("there is no step 'mian'") && faults.contains("did you mean 'main'?"),
        "{faults}"
    );
    assert_eq!((&report["action"], &report["mended"]), (&"write 'main'".into(), &true.into()));

    let hover = report["hover"].as_str().unwrap();
    assert!(hover.contains("`pl`") && hover.contains("`en-GB`"), "{hover}");
    assert_eq!(report["definition"], 5, "the menu's line, from 0");
    // its own, on error=, key #, no-input, then of person, the test
    assert_eq!(report["references"], 6);
    assert!(report["prompts"].as_str().is_some_and(|words| !words.is_empty()), "{report:#}");
    assert!(report["steps"]["person"] == "say" && report["steps"]["end"].is_string());

    let renamed = lines(&report["renamed"]);
    assert!(
        !renamed.contains("bye")
            || renamed.matches("bye").count() == renamed.matches("goodbye").count()
    );
    assert_eq!(renamed.matches("farewell").count(), 6, "{renamed}");
    assert!(renamed.contains("test \"żółw 𝄞\"") && renamed.contains("expect step farewell"));
    assert!(report["refused"].as_str().unwrap().contains("already"), "{}", report["refused"]);

    let laid_out = lines(&report["laid_out"]);
    assert!(laid_out.contains("    say greet {\n        prompt in_greeting\n"), "{laid_out}");
    assert!(laid_out.contains("// first words") && laid_out.contains("// the choices"));
}

#[test]
fn a_half_typed_file_an_unknown_question_and_a_file_too_large_leave_the_helper_at_work() {
    let report = session();
    assert_eq!(report["failure"], Value::Null, "{report:#}");
    assert!(report["half_typed"].as_array().is_some_and(|faults| !faults.is_empty()));
    let symbols = ["greet", "main", "person", "farewell", "żółw 𝄞"].map(Value::from);
    assert_eq!(report["symbols"].as_array().unwrap(), &symbols);
    assert_eq!(report["unknown"], -32601, "method not found");
    assert_eq!((&report["big"], &report["small_again"]), (&true.into(), &true.into()));
    assert_eq!(report["ended"], true);
}
