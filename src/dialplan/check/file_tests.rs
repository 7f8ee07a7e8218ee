//! Files that are no flows, hostile files, and what makes a version, as an admin sees them.

use super::tests::{check, faults_of, flow, texts};
use crate::{Environment, Plan};
use expect_test::expect;

#[test]
fn what_is_no_flow_is_told() {
    check(
        "",
        expect![[r#"
        error: this file has no flow
         --> f.kdl:1:1
          |
        1 | 
          | ^
          = help: begin with: flow hotline { languages pl; entry greet; … }
    "#]],
    );
    check(
        "menu x\nflow f { }",
        expect![[r#"
        error: 'menu' does not stand in a flow
         --> f.kdl:1:1
          |
        1 | menu x
          | ^^^^
          = help: everything stands in: flow NAME { … }

        error: this flow has no languages
         --> f.kdl:2:6
          |
        2 | flow f { }
          |      ^
          = help: add a line such as: languages pl en it pt

        error[L01]: this flow has no entry
         --> f.kdl:2:6
          |
        2 | flow f { }
          |      ^
          = help: add a line such as: entry greet
    "#]],
    );
    check(
        "flow f { say a { prompt \"x }",
        expect![[r#"
            error: Expected quoted string
             --> f.kdl:1:25
              |
            1 | flow f { say a { prompt "x }
              |                         ^^^^
              = help: one statement a line; texts with spaces, '#' or '+' stand in double quotes; truth values are #true and #false
        "#]],
    );
    check(
        "flow f { languages xx; entry end; on fire=end hangup=b; say end { then end; } }",
        expect![[r#"
            error: 'xx' is not a language we speak
             --> f.kdl:1:20
              |
            1 | flow f { languages xx; entry end; on fire=end hangup=b; say end { then end; } }
              |                    ^^
              = help: use pl, en, en-GB, en-US, it, pt, pt-BR or pt-PT

            error: a flow cannot begin with its end
             --> f.kdl:1:30
              |
            1 | flow f { languages xx; entry end; on fire=end hangup=b; say end { then end; } }
              |                              ^^^
              = help: name its first step: entry greet

            error: no step ends with 'fire'
             --> f.kdl:1:38
              |
            1 | flow f { languages xx; entry end; on fire=end hangup=b; say end { then end; } }
              |                                      ^^^^^^^^
              = help: write on hangup=end error=STEP

            error: nobody hears a step after hanging up
             --> f.kdl:1:47
              |
            1 | flow f { languages xx; entry end; on fire=end hangup=b; say end { then end; } }
              |                                               ^^^^^^^^
              = help: write hangup=end

            error: this 'say' says nothing
             --> f.kdl:1:57
              |
            1 | flow f { languages xx; entry end; on fire=end hangup=b; say end { then end; } }
              |                                                         ^^^
              = help: add a line such as: prompt in_greeting

            error: 'end' is the end of every flow, not a step
             --> f.kdl:1:61
              |
            1 | flow f { languages xx; entry end; on fire=end hangup=b; say end { then end; } }
              |                                                             ^^^
              = help: give the step another name
        "#]],
    );
}

#[test]
fn ten_faults_show_ten() {
    let steps: String =
        (0..10).map(|n| format!("say s{n} {{ prompt nowhere{n}; then end; }}\n")).collect();
    let faults = faults_of(flow(&format!("{steps}hangup a {{ }}")).as_bytes());
    let missing = faults.iter().filter(|f| f.message.contains("nowhere")).count();
    assert_eq!(missing, 10);
}

#[test]
fn hostile_files_end_in_a_sentence() {
    let large = vec![b' '; 10_000_000];
    let deep = "a {".repeat(5_000);
    let comments = "/*".repeat(5_000);
    let hidden = format!("{}{}", "a { \"}\" \n".repeat(5_000), "}".repeat(5_000));
    let raw = format!("{}{}", "a { #\"}\"# \n".repeat(5_000), "}".repeat(5_000));
    for bytes in [
        &large[..],
        deep.as_bytes(),
        comments.as_bytes(),
        hidden.as_bytes(),
        raw.as_bytes(),
        b"flow \xff",
    ] {
        let faults = faults_of(bytes);
        assert_eq!(faults.len(), 1, "{}", faults[0]);
        assert!(faults[0].help.is_some());
    }
    let parens = format!("when a {{ is \"{}true\"; yes end; no end; }}", "(".repeat(490));
    assert!(!faults_of(flow(&parens).as_bytes()).is_empty());
}

#[test]
fn a_broken_file_never_panics() {
    let mut seed = 0x5eed_u64;
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let alphabet = b"{}\"#;=/*\\ \nab1\xff-";
    for _ in 0..300 {
        let mut bytes = crate::tests::HOTLINE.as_bytes().to_vec();
        for _ in 0..1 + next(6) {
            let at = next(bytes.len());
            match next(3) {
                0 => bytes[at] = alphabet[next(alphabet.len())],
                1 => drop(bytes.drain(at..(at + 1 + next(30)).min(bytes.len()))),
                _ => bytes.insert(at, alphabet[next(alphabet.len())]),
            }
        }
        for fault in faults_of(&bytes) {
            assert!(!fault.to_string().is_empty());
        }
    }
}

#[test]
fn layout_and_comments_do_not_make_another_version() {
    let version = |source: &str| {
        let plan = Plan::check(source.as_bytes(), "f.kdl", &texts(), &Environment::default());
        plan.unwrap().version.clone()
    };
    let one = version("flow f { languages en; entry a; hangup a { prompt goodbye; } }");
    let same =
        "// a comment\nflow f {\n  languages en\n  entry a\n  hangup a {\n prompt goodbye\n }\n}\n";
    assert_eq!(one, version(same));
    let other = "flow f { languages en; entry a; hangup a { prompt goodbye; reason x; } }";
    assert_ne!(one, version(other));
}
