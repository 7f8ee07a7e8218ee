//! What holds for every value: it is said, plainly spaced, from units that the voice has.
#![allow(clippy::unwrap_used)] // a test that cannot go on says so by ending

use ids::{Currency, Lang, Money};
use jiff::civil::{Date, Time, date};
use jiff::{Span, ToSpan};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;
use words::{Args, Catalogue, Noun, Piece, Sentence, Value, amount_clips, inventory, speak};

/// Says one value as a whole text would: `{ $v }.` and, in the middle, `{ $v } x`.
const CARRIER: &str = "final = { $v }.\nmedial = { $v } x\n";

static CATALOGUES: LazyLock<HashMap<Lang, Catalogue>> = LazyLock::new(|| {
    Lang::ALL.into_iter().map(|l| (l, Catalogue::parse(l, CARRIER).unwrap())).collect()
});

/// What the voice has: a region without a voice of its own is spoken by that of its language.
static UNITS: LazyLock<HashMap<Lang, HashMap<String, String>>> = LazyLock::new(|| {
    let units = |lang: Lang| {
        let voice = Lang::VOICES.into_iter().find(|v| v.catalogue() == lang.catalogue()).unwrap();
        let clips = inventory(voice, &CATALOGUES[&voice]);
        clips.into_iter().map(|clip| (clip.id, clip.text)).collect()
    };
    Lang::ALL.into_iter().map(|lang| (lang, units(lang))).collect()
});

/// What somebody has who says amounts alone.
static AMOUNTS: LazyLock<HashMap<Lang, BTreeSet<String>>> =
    LazyLock::new(|| Lang::ALL.into_iter().map(|lang| (lang, amount_clips(lang))).collect());

#[track_caller]
fn check(lang: Lang, value: Value) -> String {
    let args = Args::new().with("v", value);
    let sentence = |id| CATALOGUES[&lang].sentence(id, &args).unwrap();
    let (last, middle): (Sentence, Sentence) = (sentence("final"), sentence("medial"));
    for sentence in [&last, &middle] {
        let text = sentence.text();
        let spaced = !text.contains("  ") && text.trim() == text && !text.is_empty();
        assert!(spaced, "{lang}: '{text}' is not plainly spaced");
        for piece in &sentence.pieces {
            if let Piece::Clip { id, text } = piece
                && &**text != "x"
            {
                let known = UNITS[&lang].get(&**id);
                assert_eq!(known.map(String::as_str), Some(&**text), "{lang}: no unit {id}");
            }
        }
    }
    last.text()
}

#[test]
fn every_day_of_four_years_has_its_words() {
    for lang in Lang::ALL {
        let days = date(2024, 1, 1).series(1.day()).take_while(|day| day.year() < 2028);
        let mut seen = HashSet::new();
        for day in days {
            seen.insert(check(lang, Value::Date(day)));
            check(lang, Value::Weekday(day));
        }
        assert_eq!(seen.len(), 366, "{lang}: two days sound alike");
    }
}

#[test]
fn every_year_from_1900_to_2199_has_its_words_and_no_other() {
    for lang in Lang::ALL {
        let years: HashSet<String> =
            (1900..2200).map(|y| check(lang, Value::DateWithYear(date(y, 5, 17)))).collect();
        assert_eq!(years.len(), 300, "{lang}: two years sound alike");
        assert!(speak(lang, "date", &["1899-12-31", "year"]).is_err());
        assert!(speak(lang, "date", &["2200-01-01", "year"]).is_err());
    }
}

#[test]
fn every_minute_of_the_day_has_its_own_words() {
    for lang in Lang::ALL {
        let all = Time::midnight().series(Span::new().minutes(1)).take(24 * 60);
        let said: HashSet<String> = all.map(|t| check(lang, Value::Time(t))).collect();
        assert_eq!(said.len(), 24 * 60, "{lang}");
    }
}

#[test]
fn amounts_to_the_hundred_thousand_are_said_from_units() {
    for lang in Lang::ALL {
        for currency in Currency::ALL {
            let mut seen = HashSet::new();
            let small = 0..1_300;
            let sampled = (3_000..10_000_000).step_by(19_937);
            let count = small.clone().count() + sampled.clone().count();
            for minor in small.chain(sampled) {
                seen.insert(check(lang, Value::Amount(Money::new(minor, currency))));
            }
            assert_eq!(seen.len(), count, "{lang} {currency}: two amounts sound alike");
        }
    }
}

#[test]
fn numbers_and_counts_to_a_thousand_are_said_from_units() {
    for lang in Lang::ALL {
        for n in 0..=1_000 {
            check(lang, Value::Number(n));
        }
        for n in (0..=30).chain((99..=1_000).step_by(13)) {
            for noun in Noun::ALL {
                check(lang, Value::Count { noun, n });
            }
        }
    }
}

#[test]
fn a_slug_names_one_unit_only() {
    for lang in Lang::ALL {
        let mut by_slug: HashMap<&str, &str> = HashMap::new();
        for (id, text) in &UNITS[&lang] {
            let slug = id.trim_start_matches("unit.").rsplit_once('.').unwrap().0;
            let first = by_slug.entry(slug).or_insert(text);
            assert_eq!(first, text, "{lang}: two texts are called {slug}");
            assert!(slug.is_ascii(), "{lang}: {slug}");
        }
    }
}

fn any_lang() -> impl Strategy<Value = Lang> {
    prop::sample::select(Lang::ALL.to_vec())
}

proptest! {
    #[test]
    fn any_amount_is_said_from_units(
        lang in any_lang(),
        currency in prop::sample::select(Currency::ALL.to_vec()),
        minor in 0..=Money::MINOR_MAX,
    ) {
        check(lang, Value::Amount(Money::new(minor, currency)));
    }

    #[test]
    fn any_amount_that_ends_a_sentence_is_said_from_the_amount_clips(
        lang in any_lang(),
        currency in prop::sample::select(Currency::ALL.to_vec()),
        minor in 0..=Money::MINOR_MAX,
    ) {
        let amount = Money::new(minor, currency).to_string();
        for piece in speak(lang, "amount", &[&amount]).unwrap().pieces {
            let Piece::Clip { id, .. } = piece else { continue };
            prop_assert!(AMOUNTS[&lang].contains(&*id), "{lang} {amount}: {id}");
        }
    }

    #[test]
    fn any_count_is_said_from_units(
        lang in any_lang(),
        noun in prop::sample::select(Noun::ALL.to_vec()),
        n in 0..=words::NUMBER_MAX,
    ) {
        check(lang, Value::Count { noun, n });
    }

    #[test]
    fn any_words_on_the_command_line_end_in_words_or_a_sentence(
        lang in any_lang(),
        what in "[a-z:-]{0,14}|amount|date|time|count|digits|ordinal|card-expiry|key",
        args in prop::collection::vec("\\PC{0,12}|[0-9:/.-]{0,10}", 0..4),
    ) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        match speak(lang, &what, &args) {
            Ok(sentence) => prop_assert!(!sentence.text().is_empty()),
            Err(error) => prop_assert!(error.to_string().len() > 10),
        }
    }

    #[test]
    fn any_text_is_a_catalogue_or_a_list_of_faults(ftl in "\\PC{0,200}|([a-z_]{1,4} = [a-z{}$. \n]{0,30}\n){0,6}") {
        match Catalogue::parse(Lang::Pl, &ftl) {
            Ok(catalogue) => prop_assert!(catalogue.ids().all(|id| catalogue.placeables(id).is_some())),
            Err(faults) => prop_assert!(!faults.is_empty()),
        }
    }

    #[test]
    fn any_digits_are_all_said(lang in any_lang(), digits in "[0-9]{1,34}") {
        let said = check(lang, Value::Digits(digits.clone()));
        prop_assert_eq!(said.split(' ').count(), digits.len());
    }
}

#[test]
fn dates_beyond_the_calendar_are_refused() {
    let refused = |text: &str| speak(Lang::Pl, "date", &[text]).unwrap_err().to_string();
    assert_eq!(refused("2026-02-29"), "'2026-02-29' is not a date; write it like 2026-03-02");
    assert!(Date::new(2026, 2, 29).is_err());
}
