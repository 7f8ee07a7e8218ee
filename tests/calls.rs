//! Whole calls as scripts: each file of tests/calls is one test.

use acceptance::house;
use acceptance::world::play;

#[test]
fn every_script_of_a_call_comes_true() {
    let scripts = house::files("tests/calls", ".call");
    assert!(scripts.len() >= 12, "only {} scripts were found", scripts.len());
    let mut faults = Vec::new();
    for script in &scripts {
        if let Err(fault) = play(&house::read(script)) {
            faults.push(format!("{}, {fault}", script.display()));
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {} scripts:\n{}",
        faults.len(),
        scripts.len(),
        faults.join("\n")
    );
    println!("{} scripts came true", scripts.len());
}

#[test]
fn a_script_that_is_not_so_says_in_which_line() {
    let fault = play("+0s anna dials nobody-there\n<1s anna is answered\n").unwrap_err();
    assert!(fault.starts_with("line 2: <1s anna is answered"), "{fault}");
    assert!(fault.contains("404"), "{fault}");
}

#[test]
fn a_script_with_an_unknown_word_says_what_could_stand_there() {
    let fault = play("+0s anna dials hotline\n+1s anna sings\n").unwrap_err();
    assert!(fault.starts_with("line 2") && fault.contains("hangs up"), "{fault}");
    let fault = play("+0s anna dials hotline\n<2 anna is answered\n").unwrap_err();
    assert!(fault.contains("has no unit"), "{fault}");
}

#[test]
fn the_dialplan_in_the_readme_passes_the_check() {
    let readme = acceptance::house::read("README.md");
    let (_, rest) = readme.split_once("```kdl\n").expect("the README shows a dialplan");
    let (flow, _) = rest.split_once("```").expect("the dialplan ends");
    assert_eq!(flow.lines().count(), 6, "it is called a dialplan in six lines");
    assert_eq!(acceptance::world::checked("README.md", flow).name, "welcome");
}
