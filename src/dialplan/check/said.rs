//! What a caller would hear: each prompt's words in each language with made-up values, and how long they last.
//!
//! Owns: the sentences asked for so far; each is made once, whatever number of steps play it.
//! Never: a value of a real case.

use crate::double::length;
use crate::spoken::{From, Spoken};
use crate::texts::Texts;
use ids::{Currency, Lang, Money};
use jiff::civil::{date, time};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use words::{Args, Noun, Value};

/// One prompt in one language.
pub(super) struct Sample {
    pub(super) text: String,
    pub(super) lasts: Duration,
}

/// By prompt, by the digits it says as its key, by language; `None`: it cannot be said.
type Made = BTreeMap<(String, String, Lang), Option<Rc<Sample>>>;

/// The texts of one check.
pub(super) struct Said<'t> {
    texts: &'t dyn Texts,
    pub(super) languages: &'t [Lang],
    made: RefCell<Made>,
}

impl<'t> Said<'t> {
    pub(super) fn new(texts: &'t dyn Texts, languages: &'t [Lang]) -> Self {
        Self { texts, languages, made: RefCell::default() }
    }

    pub(super) fn texts(&self) -> &'t dyn Texts {
        self.texts
    }

    /// The languages in which a prompt is heard.
    pub(super) fn languages_of(&self, spoken: &Spoken) -> Vec<Lang> {
        spoken.lang.map_or_else(|| self.languages.to_vec(), |lang| vec![lang])
    }

    /// The prompt in one language; `None` when it cannot be said there, which L08 tells.
    pub(super) fn sample(&self, spoken: &Spoken, lang: Lang) -> Option<Rc<Sample>> {
        let key = spoken.source("key").map_or_else(String::new, |from| format!("{from:?}"));
        let id = (spoken.prompt.clone(), key, lang);
        if let Some(known) = self.made.borrow().get(&id) {
            return known.clone();
        }
        let made = self.make(spoken, lang).map(Rc::new);
        self.made.borrow_mut().insert(id, made.clone());
        made
    }

    fn make(&self, spoken: &Spoken, lang: Lang) -> Option<Sample> {
        let placeables = self.texts.placeables(lang, &spoken.prompt)?;
        let fill = |args: Args, name: &String| args.with(name.clone(), made_up(spoken, name));
        let args = placeables.iter().fold(Args::new(), fill);
        let sentence = self.texts.sentence(lang, &spoken.prompt, &args).ok()?;
        Some(Sample { text: sentence.text(), lasts: length(&sentence) })
    }

    /// How long a prompt lasts in the language that takes longest.
    pub(super) fn longest(&self, spoken: &Spoken) -> Duration {
        let samples = self.languages_of(spoken).into_iter().filter_map(|l| self.sample(spoken, l));
        samples.map(|sample| sample.lasts).max().unwrap_or_default()
    }

    /// Whether a prompt says this value in every language it is heard in.
    pub(super) fn says(&self, spoken: &Spoken, value: &From) -> bool {
        let languages = self.languages_of(spoken);
        let says = |lang: &Lang| {
            let placeables = self.texts.placeables(*lang, &spoken.prompt).unwrap_or_default();
            placeables.iter().any(|name| spoken.source(name).as_ref() == Some(value))
        };
        !languages.is_empty() && languages.iter().all(says)
    }
}

/// A value as long as most are: an amount of some hundreds, a name of two words.
fn made_up(spoken: &Spoken, name: &str) -> Value {
    match spoken.source(name) {
        Some(From::Digits(digits)) => return Value::Digits(digits),
        Some(From::Number(number)) => return Value::Number(number),
        Some(From::Text(text)) => return Value::Name(text),
        _ => {}
    }
    let is = |part: &str| name.contains(part);
    if is("phone") || is("callback_number") {
        Value::Phone("0048221234567".to_owned())
    } else if is("digits") || is("case_id") || name == "key" {
        Value::Digits("20481632".to_owned())
    } else if is("date") || name == "pause_until" {
        Value::Date(date(2026, 12, 31))
    } else if is("time") {
        Value::Time(time(16, 30, 0, 0))
    } else if name == "days_count" {
        Value::Count { noun: Noun::Day, n: 30 }
    } else if is("minutes") {
        Value::WaitBand(7)
    } else if name == "relative_day" {
        Value::RelativeDay(2)
    } else if name == "position"
        || name.ends_with("_no")
        || name.ends_with("_count")
        || is("inst_m")
    {
        Value::Number(24)
    } else if is("amount") || is("principal") || is("interest") || is("costs") {
        Value::Amount(Money::new(34_500, Currency::PLN))
    } else {
        Value::Name("Maria Kowalska".to_owned())
    }
}
