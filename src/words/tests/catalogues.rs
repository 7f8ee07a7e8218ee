//! The shipped catalogues: complete, alike in all languages, and plain enough to be followed.
#![allow(clippy::unwrap_used)] // a test that cannot go on says so by ending

use ids::{Currency, Lang, Money};
use jiff::civil::{date, time};
use std::collections::{BTreeMap, BTreeSet};
use words::{Args, Catalogue, Noun, Piece, SentenceError, TEXT_ONLY_PREFIX, Value, inventory};

fn source(lang: Lang) -> &'static str {
    match lang.catalogue() {
        "pl" => include_str!("../../../prompts/pl/catalogue.ftl"),
        "it" => include_str!("../../../prompts/it/catalogue.ftl"),
        "pt" => include_str!("../../../prompts/pt/catalogue.ftl"),
        _ => include_str!("../../../prompts/en/catalogue.ftl"),
    }
}

fn catalogue(lang: Lang) -> Catalogue {
    Catalogue::parse(lang, source(lang)).unwrap_or_else(|faults| panic!("{lang}: {faults:?}"))
}

/// A value that fits a placeable of this name.
fn sample(name: &str) -> Value {
    match name {
        "company" | "creditor" | "full_name" | "agent_name" | "advice_org" => {
            Value::Name("Parley".into())
        }
        "account" | "title" | "link" | "ref" | "case_id" => Value::Text("A-17".into()),
        "amount" | "amount_num" | "inst_amount" | "principal" | "interest" | "costs" => {
            Value::Amount(Money::new(123_456, Currency::PLN))
        }
        "minutes_count" => Value::WaitBand(4),
        "days_count" => Value::Count { noun: Noun::Day, n: 30 },
        "relative_day" => Value::RelativeDay(1),
        "time_from" | "time_from_num" => Value::Time(time(9, 0, 0, 0)),
        "time_to" | "time_to_num" => Value::Time(time(17, 30, 0, 0)),
        "key" | "callback_number" => Value::Digits("221234567".into()),
        "position" | "inst_no" | "inst_count" | "inst_min" | "inst_max" => Value::Number(12),
        _ if name.ends_with("_digits") => Value::Digits("12345678".into()),
        _ if name.contains("date") || matches!(name, "pause_until" | "expires") => {
            Value::Date(date(2026, 3, 2))
        }
        _ => panic!("no sample for {name}"),
    }
}

fn samples(catalogue: &Catalogue, id: &str) -> Args {
    let names = catalogue.placeables(id).unwrap();
    names.into_iter().fold(Args::new(), |args, name| {
        let value = sample(&name);
        args.with(name, value)
    })
}

#[test]
fn every_planned_text_is_in_every_language() {
    let planned: BTreeSet<&str> = include_str!("data/prompt_ids.txt").lines().collect();
    assert_eq!(planned.len(), 118);
    for lang in Lang::ALL {
        let catalogue = catalogue(lang);
        let there: BTreeSet<&str> = catalogue.ids().collect();
        let missing: Vec<_> = planned.difference(&there).collect();
        assert!(missing.is_empty(), "{lang} lacks {missing:?}");
    }
}

#[test]
fn all_languages_have_the_same_texts_with_the_same_placeables() {
    let shape = |lang| {
        let catalogue = catalogue(lang);
        let names = |id: &str| catalogue.placeables(id).unwrap().into_iter().collect();
        catalogue.ids().map(|id| (id.to_owned(), names(id))).collect()
    };
    let polish: BTreeMap<String, BTreeSet<String>> = shape(Lang::Pl);
    for lang in Lang::ALL {
        assert_eq!(shape(lang), polish, "{lang}");
    }
}

#[test]
fn every_text_is_spoken_from_clips_of_the_inventory() {
    for lang in Lang::VOICES {
        let catalogue = catalogue(lang);
        let clips = inventory(lang, &catalogue);
        let ids: BTreeSet<&str> = clips.iter().map(|clip| clip.id.as_str()).collect();
        assert_eq!(ids.len(), clips.len(), "{lang}: a clip is listed twice");
        for id in catalogue.ids().filter(|id| !id.starts_with(TEXT_ONLY_PREFIX)) {
            let sentence = catalogue.sentence(id, &samples(&catalogue, id)).unwrap();
            for piece in &sentence.pieces {
                if let Piece::Clip { id: clip, .. } = piece {
                    assert!(ids.contains(&**clip), "{lang} {id}: no clip {clip}");
                }
            }
            let text = sentence.text();
            assert!(!text.contains("  ") && !text.contains(['{', '$']), "{lang} {id}: '{text}'");
            assert!(text.ends_with(['.', '?']) || id.starts_with("word_"), "{lang} {id}: '{text}'");
        }
    }
}

#[test]
fn a_voice_needs_fewer_than_two_thousand_clips() {
    for lang in Lang::VOICES {
        let clips = inventory(lang, &catalogue(lang));
        assert!((1_000..2_000).contains(&clips.len()), "{lang}: {}", clips.len());
    }
}

#[test]
fn a_balance_is_heard_as_written_with_pauses_for_its_stops() {
    let args = Args::new()
        .with("case_id_digits", Value::Digits("12345678".into()))
        .with("creditor", Value::Name("Przykładowa Energia".into()))
        .with("amount", Value::Amount(Money::new(2_200, Currency::PLN)))
        .with("due_date", Value::Date(date(2026, 3, 2)));
    let sentence = catalogue(Lang::Pl).sentence("balance", &args).unwrap();
    assert_eq!(
        sentence.text(),
        "Numer sprawy: jeden dwa trzy cztery pięć sześć siedem osiem. \
         Wierzyciel: Przykładowa Energia. Do zapłaty: dwadzieścia dwa złote. \
         Termin: do drugiego marca."
    );
    let ids: Vec<String> = sentence.pieces.iter().map(|piece| format!("{piece:?}")).collect();
    let has = |part: &str| ids.iter().any(|id| id.contains(part));
    assert!(has("\"balance.2\"") && has("unit.zlote.f") && has("unit.dwadziescia-dwa.m"));
    assert!(has("Pause(270)") && has("Pause(250)"));
}

#[test]
fn an_amount_inside_a_sentence_has_no_falling_end() {
    let args = Args::new()
        .with("amount", Value::Amount(Money::new(2_200, Currency::EUR)))
        .with("promise_date", Value::Date(date(2026, 3, 2)));
    let sentence = catalogue(Lang::It).sentence("vms_promise_upcoming", &args).unwrap();
    let ids: Vec<&str> = sentence
        .pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Clip { id, .. } => Some(&**id),
            Piece::Pause(_) | Piece::Name(_) => None,
        })
        .collect();
    assert_eq!(
        ids,
        [
            "vms_promise_upcoming.0",
            "unit.ventidue.m",
            "unit.euro.m",
            "vms_promise_upcoming.1",
            "unit.il-due-marzo.f"
        ]
    );
}

#[test]
fn a_message_is_written_in_figures() {
    let args = Args::new()
        .with("company", Value::Name("Parley".into()))
        .with("amount_num", Value::Amount(Money::new(123_456, Currency::PLN)))
        .with("promise_date_num", Value::Date(date(2026, 3, 2)))
        .with("case_id", Value::Digits("4711".into()))
        .with("callback_number", Value::Digits("+48 22 123 45 67".into()));
    let write = |lang| catalogue(lang).text("sms_ptp_confirm", &args).unwrap();
    assert_eq!(
        write(Lang::Pl),
        "Parley: ustalenie: 1\u{a0}234,56\u{a0}zł do 02.03.2026. Sprawa 4711. Zmiana: +48 22 123 45 67"
    );
    assert!(write(Lang::EnGb).contains("PLN\u{a0}1,234.56 by 02/03/2026"));
    assert!(write(Lang::EnUs).contains("by 03/02/2026"));
    assert_eq!(
        catalogue(Lang::Pl).sentence("sms_ptp_confirm", &args),
        Err(SentenceError::TextOnly("sms_ptp_confirm".into()))
    );
}

#[test]
fn what_is_missing_is_named() {
    let pl = catalogue(Lang::Pl);
    let error = pl.sentence("balance", &Args::new()).unwrap_err();
    assert_eq!(error.to_string(), "text 'balance' needs a value for 'case_id_digits'; give one");
    let error = pl.sentence("ballance", &Args::new()).unwrap_err();
    assert!(error.to_string().contains("no text 'ballance'; add it to prompts/pl/catalogue.ftl"));
    let odd = Args::new().with("callback_number", Value::Digits("call us".into()));
    assert!(matches!(pl.sentence("person_later", &odd), Err(SentenceError::Value { .. })));
}

#[test]
fn america_hears_pound_where_britain_hears_hash() {
    let said = |lang| catalogue(lang).sentence("verify_otp", &Args::new()).unwrap();
    assert!(said(Lang::EnGb).text().ends_with("press hash."));
    assert!(said(Lang::EnUs).text().ends_with("press the pound key."));
    let clips = inventory(Lang::EnGb, &catalogue(Lang::EnGb));
    assert!(clips.iter().any(|clip| clip.id == "verify_otp.en-US"), "one voice serves both");
}

/// Words that no text may hold (decency: no threat, no shame, no word "debtor").
const FORBIDDEN: [&str; 12] = [
    "debtor",
    "dłużnik",
    "debitore",
    "debitrice",
    "devedor",
    "devedora",
    "immediately",
    "natychmiast",
    "subito dopo",
    "urgent",
    "pilne",
    "urgente",
];

#[test]
fn sentences_are_short_and_no_text_threatens() {
    for lang in Lang::VOICES {
        let catalogue = catalogue(lang);
        for id in catalogue.ids().filter(|id| !id.starts_with(TEXT_ONLY_PREFIX)) {
            let text = raw(lang, id);
            for sentence in text.split(['.', '?', '!', ':', ';']) {
                let count = sentence.split_whitespace().count();
                assert!(count <= 20, "{lang} {id}: {count} words in '{sentence}'");
            }
            let lower = text.to_lowercase();
            for word in FORBIDDEN {
                assert!(!lower.contains(word), "{lang} {id} says '{word}'");
            }
        }
    }
}

/// The text as it stands in the file, each placeable as one word.
fn raw(lang: Lang, id: &str) -> String {
    let line = source(lang).lines().find(|l| l.split(" = ").next() == Some(id)).unwrap();
    let text = line.split_once(" = ").unwrap().1;
    text.replace("{ $", "").replace(" }", "")
}
