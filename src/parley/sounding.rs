//! Texts together with what is known of their sound, for the check of flows.
//!
//! Owns: for each prompt, whether its fixed words have sound, and sound of these very words.
//! Never: a clip's samples; how a clip is made.

use crate::texts::{self, TextsError};
use clips::Library;
use dialplan::{Catalogues, SoundFault, Texts};
use ids::Lang;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use words::{Args, ClipKind, Sentence};

/// By language and prompt.
type Faults = BTreeMap<(&'static str, String), SoundFault>;

/// The firm's texts, which know their sound.
pub struct Sounding {
    texts: Arc<Catalogues>,
    faults: Faults,
}

impl Sounding {
    /// The texts of a directory. Their sound is looked at where it was made ready before (`cache`): making it
    /// ready takes some seconds a language, and a check of a flow does not wait for that.
    ///
    /// # Errors
    /// As for [`texts::load`].
    pub fn open(dir: &Path, cache: &Path) -> Result<Arc<Sounding>, TextsError> {
        let texts = texts::load(dir)?;
        let library = cache.is_dir().then(|| Library::open(dir, cache, &Lang::VOICES).ok());
        let faults = match library.flatten() {
            Some(library) => faults(dir, &library)?,
            None => Faults::new(),
        };
        Ok(Arc::new(Sounding { texts, faults }))
    }
}

/// What is wrong with the clips of each prompt: one that is missing is worse than one that is old.
fn faults(dir: &Path, library: &Library) -> Result<Faults, TextsError> {
    let mut faults = Faults::new();
    for lang in Lang::VOICES {
        let specs = words::inventory(lang, &texts::catalogue(dir, lang)?);
        for (spec, state) in specs.iter().zip(library.status(lang, &specs)) {
            let ClipKind::Segment { prompt, .. } = &spec.kind else { continue };
            let fault = match (state.source, state.stale) {
                (None, _) => SoundFault::Missing,
                (Some(_), true) => SoundFault::Outdated,
                (Some(_), false) => continue,
            };
            let worst = faults.entry((lang.catalogue(), prompt.clone())).or_insert(fault);
            *worst = fault.min(*worst);
        }
    }
    Ok(faults)
}

impl Texts for Sounding {
    fn ids(&self, lang: Lang) -> Vec<String> {
        self.texts.ids(lang)
    }

    fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>> {
        self.texts.placeables(lang, id)
    }

    fn source(&self, lang: Lang, id: &str) -> Option<String> {
        self.texts.source(lang, id)
    }

    fn sentence(&self, lang: Lang, id: &str, args: &Args) -> Result<Sentence, String> {
        self.texts.sentence(lang, id, args)
    }

    fn sound(&self, lang: Lang, id: &str) -> Option<SoundFault> {
        self.faults.get(&(lang.catalogue(), id.to_owned())).copied()
    }
}
