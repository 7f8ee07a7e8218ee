//! Every clip a voice must have: the words of all texts, and the units of all spoken values.
//!
//! The units are found by saying a set of values that holds every kind of joint (all numbers to 199, all
//! hundreds, thousands and millions before and after each other, all days, years, hours and minutes), so
//! that the grammars alone decide what a unit is.

use crate::catalogue::Catalogue;
use crate::digits::{self, key_name};
use crate::grammar::{Gender, cardinal};
use crate::noun::{Noun, count};
use crate::phrase::{Form, Phrase, unit_id};
use crate::{amount, calendar};
use ids::{Currency, Lang, Money};
use jiff::ToSpan;
use jiff::civil::{Time, date};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// One clip to render or record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClipSpec {
    /// Its name within the language, as in [`crate::Piece::Clip`].
    pub id: String,
    /// The words to say.
    pub text: String,
    /// What it is.
    pub kind: ClipKind,
    /// Words to say before and after it, for cutting it out of a whole sentence.
    pub carrier: Option<(String, String)>,
    /// SHA-256 of text and form in hexadecimal: when it changes, the clip must be made anew.
    pub text_hash: String,
}

/// What a clip is part of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClipKind {
    /// Words of a catalogue's text between its placeables.
    Segment {
        /// The text's id.
        prompt: String,
        /// Its place among the clips of the text (or of a variant of it), from 0.
        index: usize,
    },
    /// A unit of spoken values.
    Unit {
        /// Inside a phrase or at its end.
        form: Form,
    },
}

/// All clips of a language with all its regions, segments first, each id once.
pub fn inventory(lang: Lang, catalogue: &Catalogue) -> Vec<ClipSpec> {
    let segments = catalogue.segments().filter_map(|(prompt, segment)| {
        let clip = segment.clip.as_ref()?;
        let kind = ClipKind::Segment { prompt: prompt.to_owned(), index: clip.index };
        Some(spec(clip.id.to_string(), clip.words.to_string(), kind, None))
    });
    let units = units(lang).into_iter().map(|(id, (text, form))| {
        spec(id, text, ClipKind::Unit { form }, Some(carrier(lang, form)))
    });
    segments.chain(units).collect()
}

/// The ids of all clips of which an amount can be made that ends a sentence, in every region of a language:
/// what somebody needs who says amounts and nothing else.
pub fn amount_clips(lang: Lang) -> BTreeSet<String> {
    let units = |phrase: Phrase| -> Vec<String> {
        phrase.units(Form::Final).map(|(text, form)| unit_id(text, form)).collect()
    };
    regions(lang).flat_map(money).flat_map(units).collect()
}

fn spec(id: String, text: String, kind: ClipKind, carrier: Option<(String, String)>) -> ClipSpec {
    let form = match &kind {
        ClipKind::Segment { .. } => "segment",
        ClipKind::Unit { form } => form.letter(),
    };
    let digest = Sha256::digest(format!("{text}\n{form}"));
    let text_hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    ClipSpec { id, text, kind, carrier, text_hash }
}

/// Words around a unit: after a medial one the sentence goes on, after a final one it ends.
fn carrier(lang: Lang, form: Form) -> (String, String) {
    let (before, after) = match lang {
        Lang::Pl => ("Słyszymy:", ", i tak dalej."),
        Lang::EnGb | Lang::EnUs => ("We hear:", ", and so on."),
        Lang::It => ("Sentiamo:", ", e così via."),
        Lang::PtBr | Lang::PtPt => ("Ouvimos:", ", e assim por diante."),
    };
    match form {
        Form::Medial => (before.to_owned(), after.to_owned()),
        Form::Final => (before.to_owned(), ".".to_owned()),
    }
}

type Units = BTreeMap<String, (String, Form)>;

/// The units of all regions of a language: one voice serves Britain and America, Brazil and Portugal.
fn units(lang: Lang) -> Units {
    let mut units = Units::new();
    for phrase in regions(lang).flat_map(phrases) {
        for end in [Form::Medial, Form::Final] {
            for (text, form) in phrase.units(end) {
                units.entry(unit_id(text, form)).or_insert_with(|| (text.to_owned(), form));
            }
        }
    }
    units
}

fn regions(lang: Lang) -> impl Iterator<Item = Lang> {
    Lang::ALL.into_iter().filter(move |region| region.catalogue() == lang.catalogue())
}

fn phrases(lang: Lang) -> impl Iterator<Item = Phrase> {
    numbers(lang).chain(money(lang)).chain(days(lang)).chain(small_words(lang))
}

/// Numbers in which every group meets every neighbour it can have.
fn telling_numbers() -> impl Iterator<Item = u64> {
    let hundreds = || (100..1_000).step_by(100);
    let tails = [0, 1, 2, 100, 101, 200, 234, 1_000, 1_001, 1_100, 5_001, 100_000, 101_000];
    let heads = [1, 2, 5, 22, 100, 101];
    let thousands = heads
        .into_iter()
        .flat_map(move |h| tails.into_iter().filter(|t| *t < 1_000).map(move |t| h * 1_000 + t));
    let millions =
        heads.into_iter().flat_map(move |h| tails.into_iter().map(move |t| h * 1_000_000 + t));
    (0..200)
        .chain(hundreds())
        .chain(hundreds().map(|h| h + 1))
        .chain(hundreds().flat_map(|h| [h * 1_000, (h + 1) * 1_000, h * 1_000_000]))
        .chain(thousands)
        .chain(millions)
}

fn numbers(lang: Lang) -> impl Iterator<Item = Phrase> {
    let plain = telling_numbers().map(move |n| cardinal(lang, n, Gender::Masculine));
    let things = Noun::ALL
        .into_iter()
        .flat_map(move |noun| telling_numbers().map(move |n| count(lang, noun, n)));
    plain.chain(things)
}

fn money(lang: Lang) -> impl Iterator<Item = Phrase> {
    Currency::ALL.into_iter().flat_map(move |currency| {
        let whole = telling_numbers().map(|n| n * 100);
        let cents = [0, 1, 2, 5].into_iter().flat_map(|n| (1..100).map(move |c| n * 100 + c));
        whole.chain(cents).map(move |minor| amount::amount(lang, Money::new(minor, currency)))
    })
}

/// Days of a leap year, the years, weekdays, times.
fn days(lang: Lang) -> impl Iterator<Item = Phrase> {
    let leap_year = date(2024, 1, 1);
    let all = leap_year.series(1.day()).take(366);
    let plain = all.map(move |day| calendar::day_month(lang, day));
    let years = (1900..2200).filter_map(move |year| calendar::with_year(lang, date(year, 1, 1)));
    let week = leap_year.series(1.day()).take(7).map(move |d| calendar::weekday(lang, d.weekday()));
    let times = Time::midnight().series(1.minute()).take(24 * 60);
    plain.chain(years).chain(week).chain(times.map(move |time| calendar::time(lang, time)))
}

fn small_words(lang: Lang) -> impl Iterator<Item = Phrase> {
    let near = (-2..=2).filter_map(move |n| calendar::relative_day(lang, n));
    let waits = [0, 1, 3, 6, 11].into_iter().map(move |n| calendar::waiting(lang, n));
    let telephone = ["+0123456789".to_owned()];
    let digits = digits::digits(lang, &telephone, digits::Kind::Telephone);
    let keys = ['*', '#'].into_iter().filter_map(move |key| key_name(lang, key)).map(Phrase::of);
    let expiry = digits::card_expiry(lang, 12, 34);
    near.chain(waits).chain(keys).chain([digits, expiry])
}
