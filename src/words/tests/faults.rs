//! What bad input is told: a place, a sentence, a way on.
#![allow(clippy::unwrap_used)] // a test that cannot go on says so by ending

use expect_test::{Expect, expect};
use ids::Lang;
use words::{Args, Catalogue, Noun, Value, speak};

#[track_caller]
fn refused(what: &str, args: &[&str], wanted: Expect) {
    wanted.assert_eq(&speak(Lang::Pl, what, args).unwrap_err().to_string());
}

#[test]
fn the_command_line_is_told_what_to_write() {
    refused("amount", &[], expect!["amount needs more words; write: amount 1234.56 PLN"]);
    refused("amount", &["12"], expect!["amount needs more words; write: amount 1234.56 PLN"]);
    refused(
        "amount",
        &["12", "CHF"],
        expect!["'CHF' is not a currency that can be spoken; use PLN, EUR, GBP, USD or BRL"],
    );
    refused("amount", &["-5", "PLN"], expect!["'-5' is not an amount; write it like 1234.56"]);
    refused(
        "amount",
        &["1000000000", "PLN"],
        expect!["'1000000000' is too large; the largest amount is 999999999.99"],
    );
    refused(
        "time",
        &["24:00"],
        expect!["'24:00' is not a time; write it like 17:30, from 00:00 to 23:59"],
    );
    refused(
        "time",
        &["8:3"],
        expect!["'8:3' is not a time; write it like 17:30, from 00:00 to 23:59"],
    );
    refused(
        "count",
        &["apple", "3"],
        expect![
            "'apple' is nothing we count; use one of: instalment, payment, second, minute, hour, day, week, month, year, case, attempt, card, call, message, question, person, digit"
        ],
    );
    refused("count", &["day", "-3"], expect!["'-3' is not a whole number from 0 to 999999999"]);
    refused(
        "digits",
        &["12a4"],
        expect!["'a' is not a digit; write digits, with spaces between groups, like 0800 123 4567"],
    );
    refused("ordinal", &["0"], expect!["there is no ordinal for 0; use 1 to 1000"]);
    refused(
        "relative-day",
        &["3"],
        expect!["3 days from today has no word of its own; use -2 to 2, or say the date"],
    );
    refused(
        "card-expiry",
        &["13/28"],
        expect!["'13/28' is not an expiry date; write month and year like 07/28"],
    );
    refused("key", &["A"], expect!["'A' is not a key; write 0 to 9, * or #"]);
    refused(
        "price",
        &["1"],
        expect![
            "'price' cannot be spoken; use amount, date, date-with-year, weekday, time, count, digits, phone, number, ordinal, relative-day, card-expiry, wait or key"
        ],
    );
    refused(
        "weekday",
        &["2026-03-02", "x"],
        expect!["'x' is one word too many; put a value with spaces between quotes"],
    );
}

#[test]
fn all_faults_of_a_catalogue_are_reported_with_their_lines() {
    let ftl = "good = Fine.\n\
               function = { NUMBER($n) }\n\
               good = Twice.\n\
               term = { -brand }\n\
               = nameless\n\
               empty = { \"\" }\n\
               region = Hello.\n    .fr = Bonjour.\n\
               two = { $a ->\n *[other] x\n } { $b ->\n *[other] y\n }\n\
               last = { $a -> *[other] on one line }\n";
    let faults = Catalogue::parse(Lang::EnGb, ftl).unwrap_err();
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    expect![[r#"
        line 2, text 'function': only { $name } and one plural choice can stand in a text; replace the function
        line 3, text 'good': this id stands in the file twice; remove one of the two
        line 4, text 'term': only { $name } and one plural choice can stand in a text; replace the term
        line 5: not readable as Fluent (Expected one of "a-zA-Z"); write: text_id = words and { $name }
        line 6, text 'empty': there are no words after the equals sign; write some, or remove the line
        line 7, text 'region': '.fr' is not a region of this language; a variant is called .en-US or .pt-PT
        line 9, text 'two': a text can hold one choice only, and none inside it; write two texts instead
        line 14: not readable as Fluent (Expected one of " | "); write: text_id = words and { $name }"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn a_plural_choice_follows_the_language() {
    let ftl = "left = Zostało { $n ->\n    [0] nic\n    [one] { $n } dzień\n    [few] { $n } dni, niewiele\n   *[many] { $n } dni\n  }.\n";
    let catalogue = Catalogue::parse(Lang::Pl, ftl).unwrap();
    let args = |n| Args::new().with("n", Value::Number(n));
    let written = |n| catalogue.text("left", &args(n)).unwrap();
    assert_eq!(written(0), "Zostało nic.");
    assert_eq!(written(1), "Zostało 1 dzień.");
    assert_eq!(written(22), "Zostało 22 dni, niewiele.");
    assert_eq!(written(25), "Zostało 25 dni.");
    let spoken = catalogue.sentence("left", &args(22)).unwrap().text();
    assert_eq!(spoken, "Zostało dwadzieścia dwa dni, niewiele.");
    assert_eq!(catalogue.placeables("left"), Some(vec!["n".to_owned()]));
}

#[test]
fn counted_things_are_written_with_their_form() {
    let catalogue = Catalogue::parse(Lang::Pl, "left = Zostało: { $n }").unwrap();
    let args = Args::new().with("n", Value::Count { noun: Noun::Instalment, n: 22 });
    assert_eq!(catalogue.text("left", &args).unwrap(), "Zostało: 22 raty");
}
