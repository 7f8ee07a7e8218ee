//! All clips of all languages: opened once, shared, and opened again beside when a file changes.

use crate::cache;
use crate::pack::PackError;
use crate::recording::RecordingError;
use crate::resolve::Slice;
use crate::voice::{Voice, build};
use audio::coding::Coding;
use ids::Lang;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use words::ClipSpec;

/// Where a clip's sound comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// A person spoke it.
    Recorded,
    /// A machine spoke it.
    Synthetic,
}

/// A file that is not used, or is used with a reservation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stray {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong and what to do.
    pub problem: String,
    /// Not used at all; otherwise used and worth a better one.
    pub refused: bool,
}

impl Stray {
    pub(crate) fn refused(path: &Path, error: &RecordingError) -> Stray {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Stray { path: path.into(), problem: format!("{error}{cause}"), refused: true }
    }

    pub(crate) fn noted(path: &Path, problem: &str) -> Stray {
        Stray { path: path.into(), problem: problem.into(), refused: false }
    }

    pub(crate) fn no_pack(folder: &Path) -> Stray {
        let problem =
            "there is no synthetic audio here: restore it, or run prompts/render/render.py";
        Stray { path: folder.into(), problem: problem.into(), refused: true }
    }
}

/// Why a library cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ClipsError {
    /// The folder of prompts.
    #[error("there is no prompts folder at {0}: set `prompts` in the configuration")]
    NoFolder(PathBuf),
    /// A language's pack.
    #[error("the prompt audio of {language} cannot be used")]
    Pack {
        /// `pl`, `en`, `it` or `pt`.
        language: &'static str,
        /// Why.
        #[source]
        source: PackError,
    },
}

/// What stands behind one clip of the inventory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClipState {
    /// The clip's id.
    pub id: String,
    /// Where its sound comes from; nothing when it is missing.
    pub source: Option<Source>,
    /// The words changed since it was recorded or rendered.
    pub stale: bool,
}

struct Held {
    stamp: String,
    voice: Voice,
}

/// Every clip of some languages, encoded for telephone lines.
#[derive(Clone)]
pub struct Library {
    dir: PathBuf,
    cache_dir: PathBuf,
    voices: BTreeMap<&'static str, Arc<Held>>,
}

impl Library {
    /// Opens the prompts folder for some languages. What was built before is read from `cache_dir`; the
    /// first time, everything is decoded and encoded, some seconds per language on all cores.
    ///
    /// # Errors
    /// No folder, or a pack that is damaged. A language without a pack, a bad recording or an unusable
    /// cache is no error: see [`Library::strays`].
    pub fn open(dir: &Path, cache_dir: &Path, langs: &[Lang]) -> Result<Library, ClipsError> {
        if !dir.is_dir() {
            return Err(ClipsError::NoFolder(dir.into()));
        }
        let empty = BTreeMap::new();
        let library = Library { dir: dir.into(), cache_dir: cache_dir.into(), voices: empty };
        let languages: Vec<_> = langs.iter().map(|lang| lang.catalogue()).collect();
        library.with(&languages)
    }

    /// Looks whether a pack or a recording changed (names, lengths, times) and builds those languages
    /// anew; nothing when all is as it was. Running calls keep the library they have.
    ///
    /// # Errors
    /// As [`Library::open`]; the library at hand stays good.
    pub fn refresh(&self) -> Result<Option<Arc<Library>>, ClipsError> {
        let old = |(language, held): &(&&'static str, &Arc<Held>)| {
            cache::stamp(&self.dir.join(language)) != held.stamp
        };
        let changed: Vec<_> =
            self.voices.iter().filter(old).map(|(language, _)| *language).collect();
        if changed.is_empty() {
            return Ok(None);
        }
        self.with(&changed).map(|library| Some(Arc::new(library)))
    }

    /// This library with some languages read anew, each on its own thread.
    fn with(&self, languages: &[&'static str]) -> Result<Library, ClipsError> {
        let mut voices = self.voices.clone();
        let read = std::thread::scope(|scope| {
            let start = |language: &&'static str| {
                let language = *language;
                (language, scope.spawn(move || self.read(language)))
            };
            let running: Vec<_> = languages.iter().map(start).collect();
            running
                .into_iter()
                .map(|(language, thread)| (language, thread.join()))
                .collect::<Vec<_>>()
        });
        for (language, voice) in read {
            // a panic in a decoder is a bug; it goes on as one
            let held = voice.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let held = held.map_err(|source| ClipsError::Pack { language, source })?;
            voices.insert(language, Arc::new(held));
        }
        Ok(Library { voices, ..self.clone() })
    }

    fn read(&self, language: &'static str) -> Result<Held, PackError> {
        let folder = self.dir.join(language);
        let stamp = cache::stamp(&folder);
        if let Some(voice) = cache::load(&self.cache_dir, language, &stamp) {
            return Ok(Held { stamp, voice });
        }
        let mut voice = build(&folder)?;
        if let Err(error) = cache::store(&self.cache_dir, language, &stamp, &voice) {
            let problem = format!("the cache cannot be written, so every start is slow: {error}");
            voice.strays.push(Stray::noted(&self.cache_dir, &problem));
        }
        Ok(Held { stamp, voice })
    }

    fn voice(&self, lang: Lang) -> Option<&Voice> {
        self.voices.get(lang.catalogue()).map(|held| &held.voice)
    }

    /// The folder of prompts.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads a coding's bytes of all languages now rather than when the first call needs them (some ms per
    /// language); for a worker thread at the start.
    pub fn preload(&self, coding: impl Into<Coding>) {
        let coding = coding.into();
        for held in self.voices.values() {
            held.voice.sound.bytes(coding);
        }
    }

    /// One clip in a coding's bytes.
    pub fn clip(&self, lang: Lang, id: &str, coding: impl Into<Coding>) -> Option<Slice> {
        let voice = self.voice(lang)?;
        let clip = voice.clips.get(id)?;
        Some(Slice {
            bytes: voice.sound.bytes(coding.into()).clone(),
            start: clip.start,
            end: clip.end,
        })
    }

    /// A name that has a clip of its own (the company's, a creditor's).
    pub fn name(&self, lang: Lang, name: &str, coding: impl Into<Coding>) -> Option<Slice> {
        let id = self.voice(lang)?.names.get(name)?;
        self.clip(lang, id, coding)
    }

    /// What stands behind each clip of an inventory (`words::inventory`).
    pub fn status(&self, lang: Lang, wanted: &[ClipSpec]) -> Vec<ClipState> {
        wanted.iter().map(|spec| self.state(lang, spec)).collect()
    }

    fn state(&self, lang: Lang, spec: &ClipSpec) -> ClipState {
        let clip = self.voice(lang).and_then(|voice| voice.clips.get(spec.id.as_str()));
        let stale = clip.is_some_and(|clip| match clip.source {
            Source::Recorded => clip.recorded_text.as_ref().is_some_and(|text| *text != spec.text),
            Source::Synthetic => clip.text_hash.as_ref() != Some(&spec.text_hash),
        });
        ClipState { id: spec.id.clone(), source: clip.map(|clip| clip.source), stale }
    }

    /// Files that are refused, or used with a reservation, each with what to do.
    pub fn strays(&self) -> impl Iterator<Item = (&'static str, &Stray)> {
        self.voices.iter().flat_map(|(language, held)| {
            held.voice.strays.iter().map(move |stray| (*language, stray))
        })
    }
}
