//! The command line reads as people write it.

use super::*;
use clap::CommandFactory;

fn speak(line: &str) -> Speak {
    match Cli::try_parse_from(line.split(' ')).unwrap().command {
        Command::Speak(speak) => speak,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_definitions_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn an_option_after_the_values_is_an_option() {
    let args = speak("parley speak pl amount 1234.56 PLN --wav out.wav");
    assert_eq!(args.values, ["1234.56", "PLN"]);
    assert_eq!(args.wav, Some("out.wav".into()));
    assert!(speak("parley speak pl date 2026-03-02 --year").year);
}

#[test]
fn a_negative_amount_is_a_value_and_not_an_option() {
    assert_eq!(speak("parley speak pl amount -5.00 PLN").values, ["-5.00", "PLN"]);
}

#[test]
fn the_configuration_may_be_named_before_or_behind_what_to_do() {
    for line in ["parley cases --config p.toml list", "parley cases list --config p.toml"] {
        let Command::Cases(cases) = Cli::try_parse_from(line.split(' ')).unwrap().command else {
            panic!("{line}");
        };
        assert_eq!(cases.config, Some("p.toml".into()), "{line}");
    }
}
