//! What every language's grammar answers, and which grammar answers for which language.

use crate::phrase::Phrase;
use crate::{en, it, pl, pt};
use ids::Lang;

/// Grammatical gender of the counted thing. English ignores it; only Polish has the neuter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gender {
    /// jeden, uno, um.
    Masculine,
    /// jedna, una, uma.
    Feminine,
    /// jedno.
    Neuter,
}

/// A counted thing in one language: its gender and the forms that numbers ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Counted {
    pub gender: Gender,
    /// After 1.
    pub one: &'static str,
    /// After 2–4, 22–24 … in Polish; elsewhere the plural.
    pub few: &'static str,
    /// After all other numbers.
    pub many: &'static str,
}

impl Counted {
    /// A noun with singular and plural.
    pub const fn two(gender: Gender, one: &'static str, many: &'static str) -> Self {
        Self { gender, one, few: many, many }
    }

    /// A Polish noun: after 1, after 2–4, after 5.
    pub const fn three(
        gender: Gender,
        one: &'static str,
        few: &'static str,
        many: &'static str,
    ) -> Self {
        Self { gender, one, few, many }
    }

    /// The form after `n`.
    pub fn after(&self, lang: Lang, n: u64) -> &'static str {
        match plural(lang, n) {
            Plural::One => self.one,
            Plural::Few => self.few,
            Plural::Many | Plural::Other => self.many,
        }
    }
}

/// Plural categories of whole numbers (CLDR names).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Plural {
    One,
    Few,
    Many,
    Other,
}

impl Plural {
    /// The CLDR name, as the variants of a Fluent selector are called.
    pub const fn name(self) -> &'static str {
        match self {
            Plural::One => "one",
            Plural::Few => "few",
            Plural::Many => "many",
            Plural::Other => "other",
        }
    }
}

/// The category of `n`. Zero takes the plural everywhere, in Brazil too.
pub(crate) fn plural(lang: Lang, n: u64) -> Plural {
    match lang {
        _ if n == 1 => Plural::One,
        Lang::Pl if matches!(n % 10, 2..=4) && !matches!(n % 100, 12..=14) => Plural::Few,
        Lang::Pl => Plural::Many,
        Lang::EnGb | Lang::EnUs | Lang::It | Lang::PtBr | Lang::PtPt => Plural::Other,
    }
}

/// A number that stands alone, up to 999,999,999.
pub(crate) fn cardinal(lang: Lang, n: u64, gender: Gender) -> Phrase {
    match lang {
        Lang::Pl => pl::cardinal(n, gender),
        Lang::EnGb | Lang::EnUs => en::cardinal(lang, n),
        Lang::It => it::cardinal(n, it::one(gender)),
        Lang::PtBr | Lang::PtPt => pt::cardinal(lang, n, gender),
    }
}

/// The first, second … thousandth of something, 1–1,000.
pub(crate) fn ordinal(lang: Lang, n: u64, gender: Gender) -> Phrase {
    match lang {
        Lang::Pl => pl::ordinal(n, gender),
        Lang::EnGb | Lang::EnUs => en::ordinal(lang, n),
        Lang::It => it::ordinal(n, gender),
        Lang::PtBr | Lang::PtPt => pt::ordinal(n, gender),
    }
}

/// A number and what it counts, up to 999,999,999.
pub(crate) fn counted(lang: Lang, n: u64, noun: &Counted) -> Phrase {
    let form = noun.after(lang, n);
    let whole_millions = n > 0 && n.is_multiple_of(1_000_000);
    let number = match lang {
        Lang::It if n == 1 => return it::one_of(noun),
        Lang::It => it::cardinal(n, it::article(noun)),
        Lang::Pl | Lang::EnGb | Lang::EnUs | Lang::PtBr | Lang::PtPt => {
            cardinal(lang, n, noun.gender)
        }
    };
    match lang {
        Lang::It if whole_millions => number.tie("di").say(form),
        Lang::PtBr | Lang::PtPt if whole_millions => number.tie("de").say(form),
        Lang::Pl | Lang::EnGb | Lang::EnUs | Lang::It | Lang::PtBr | Lang::PtPt => number.say(form),
    }
}

/// The word between whole units and cents; Polish has none.
pub(crate) const fn and(lang: Lang) -> Option<&'static str> {
    match lang {
        Lang::Pl => None,
        Lang::EnGb | Lang::EnUs => Some("and"),
        Lang::It | Lang::PtBr | Lang::PtPt => Some("e"),
    }
}
