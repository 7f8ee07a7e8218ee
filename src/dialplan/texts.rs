//! Where sentences come from: the catalogues, seen by the checker and by a walk.

use ids::{Lang, Money};
use jiff::civil::Date;
use words::Sentence;

/// A value a prompt's placeable can take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// An amount of money.
    Amount(Money),
    /// Day and month.
    Date(Date),
    /// Digits spoken one by one.
    Digits(String),
    /// A name, spoken as it is written.
    Name(String),
    /// A plain number.
    Number(u64),
}

/// The texts of all languages.
pub trait Texts: Send + Sync {
    /// The prompt ids of a language, for "did you mean".
    fn ids(&self, lang: Lang) -> Vec<String>;

    /// The placeables of a prompt; `None` when the language has no such prompt.
    fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>>;

    /// The sentence to play, or what to do about it.
    fn sentence(&self, lang: Lang, id: &str, args: &[(String, Value)]) -> Result<Sentence, String>;

    /// Whether the language has this prompt.
    fn has(&self, lang: Lang, id: &str) -> bool {
        self.placeables(lang, id).is_some()
    }
}
