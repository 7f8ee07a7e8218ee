//! Where sentences come from: the catalogues, seen by the checker and by a walk.

use ids::Lang;
use words::{Args, Catalogue, Sentence};

/// Why callers would not hear a prompt as it is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SoundFault {
    /// Some of its words have no sound: they are left out.
    Missing,
    /// Its words changed after they were recorded or rendered: the old ones are heard.
    Outdated,
}

/// The texts of all languages.
pub trait Texts: Send + Sync {
    /// The prompt ids of a language, for "did you mean".
    fn ids(&self, lang: Lang) -> Vec<String>;

    /// The placeables of a prompt; `None` when the language has no such prompt.
    fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>>;

    /// The sentence to play.
    ///
    /// # Errors
    /// What is missing and what to do about it.
    fn sentence(&self, lang: Lang, id: &str, args: &Args) -> Result<Sentence, String>;

    /// A prompt's text as Fluent in its one layout, for versions and comparisons; `None` where there is
    /// none, or it is not known.
    fn source(&self, lang: Lang, id: &str) -> Option<String> {
        let _unknown = (lang, id);
        None
    }

    /// What is wrong with the sound of a prompt's fixed words; `None`: nothing, or it is not known.
    fn sound(&self, lang: Lang, id: &str) -> Option<SoundFault> {
        let _unknown = (lang, id);
        None
    }

    /// Whether the language has this prompt.
    fn has(&self, lang: Lang, id: &str) -> bool {
        self.placeables(lang, id).is_some()
    }
}

/// The catalogues of several languages; a region without its own takes its language's.
pub struct Catalogues(Vec<Catalogue>);

impl Catalogues {
    /// From one catalogue for each language or region.
    pub fn new(catalogues: Vec<Catalogue>) -> Self {
        Self(catalogues)
    }

    fn of(&self, lang: Lang) -> Option<&Catalogue> {
        let exact = self.0.iter().find(|c| c.lang() == lang);
        exact.or_else(|| self.0.iter().find(|c| c.lang().catalogue() == lang.catalogue()))
    }
}

impl Texts for Catalogues {
    fn ids(&self, lang: Lang) -> Vec<String> {
        self.of(lang).map(|c| c.ids().map(str::to_owned).collect()).unwrap_or_default()
    }

    fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>> {
        self.of(lang)?.placeables(id)
    }

    fn source(&self, lang: Lang, id: &str) -> Option<String> {
        self.of(lang)?.source(id).map(str::to_owned)
    }

    fn sentence(&self, lang: Lang, id: &str, args: &Args) -> Result<Sentence, String> {
        let missing =
            || format!("there is no catalogue for {lang}; add prompts/{}", lang.catalogue());
        self.of(lang).ok_or_else(missing)?.sentence(id, args).map_err(|wrong| wrong.to_string())
    }
}
