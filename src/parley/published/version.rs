//! One published version: what is put on the shelf, and how it is read back as a plan.

use super::shelf::ShelfError;
use dialplan::{Catalogues, Environment, Plan, Texts};
use ids::Lang;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use words::{Args, Catalogue, Sentence};

/// The flow's file in a version's folder.
const FLOW: &str = "flow.kdl";
/// What is known about it.
const ABOUT: &str = "about.toml";

/// A checked draft with the words of whoever publishes it.
pub struct Draft<'d> {
    pub plan: &'d Plan,
    /// In its one layout.
    pub source: &'d str,
    pub author: &'d str,
    pub note: &'d str,
    /// RFC 3339.
    pub at: &'d str,
}

/// What is kept about a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    pub flow: String,
    /// All 64 digits.
    pub version: String,
    pub author: String,
    pub note: String,
    /// RFC 3339.
    pub at: String,
    /// Tests that passed.
    pub tests: usize,
    /// The server that checked it.
    pub checked_by: String,
    /// SHA-256 of each other file.
    pub files: BTreeMap<String, String>,
}

impl Draft<'_> {
    /// The files of its folder.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![(FLOW.to_owned(), self.source.as_bytes().to_vec())];
        let mut texts: BTreeMap<Lang, String> = BTreeMap::new();
        for text in self.plan.used_texts() {
            texts.entry(text.lang).or_default().push_str(&text.source);
        }
        files.extend(texts.into_iter().map(|(lang, text)| (texts_of(lang), text.into_bytes())));
        let about = About {
            flow: self.plan.name.clone(),
            version: self.plan.version.clone(),
            author: self.author.to_owned(),
            note: self.note.to_owned(),
            at: self.at.to_owned(),
            tests: self.plan.test_names().len(),
            checked_by: format!("parley {}", env!("CARGO_PKG_VERSION")),
            files: files.iter().map(|(name, bytes)| (name.clone(), hash(bytes))).collect(),
        };
        let about = toml::to_string(&about).unwrap_or_default();
        files.push((ABOUT.to_owned(), about.into_bytes()));
        files
    }
}

fn texts_of(lang: Lang) -> String {
    format!("{lang}.ftl")
}

fn hash(bytes: &[u8]) -> String {
    dialplan::fingerprint(bytes)
}

/// Reads what is kept about a version.
pub fn about(folder: &Path) -> Result<About, ShelfError> {
    let path = folder.join(ABOUT);
    let text = std::fs::read_to_string(&path)
        .map_err(|source| ShelfError::Read { path: path.clone(), source })?;
    toml::from_str(&text).map_err(|error| ShelfError::Damaged { path, why: error.to_string() })
}

/// Reads a version back, with the texts it was published with; `live` has those that newer checks want.
pub fn open(
    folder: &Path,
    live: &Arc<dyn Texts>,
    environment: &Environment,
) -> Result<Arc<Plan>, ShelfError> {
    let about = about(folder)?;
    let (mut flow, mut catalogues) = (None, Vec::new());
    for (name, wanted) in &about.files {
        let path = folder.join(name);
        let bytes = std::fs::read(&path)
            .map_err(|source| ShelfError::Read { path: path.clone(), source })?;
        if hash(&bytes) != *wanted {
            let why = "it is not as it was published; restore it, or publish anew".to_owned();
            return Err(ShelfError::Damaged { path, why });
        }
        match name.strip_suffix(".ftl") {
            Some(tag) => catalogues.push(catalogue(&path, tag, &bytes)?),
            None => flow = Some((path, bytes)),
        }
    }
    let Some((path, flow)) = flow else {
        let why = format!("it names no {FLOW}");
        return Err(ShelfError::Damaged { path: folder.join(ABOUT), why });
    };
    let own = Catalogues::new(catalogues);
    let texts: Arc<dyn Texts> = Arc::new(Kept { own, live: live.clone() });
    let plan = Plan::check(&flow, &path.display().to_string(), &texts, environment)
        .map_err(|faults| {
            let faults = faults.iter().map(|fault| format!("\n{fault}")).collect();
            ShelfError::Refused { label: label(&about), faults }
        })?
        .published_as(&about.version);
    Ok(plan)
}

/// `flow@version` as records have it.
fn label(about: &About) -> String {
    format!("{}@{}", about.flow, super::shelf::short(&about.version))
}

fn catalogue(path: &Path, tag: &str, bytes: &[u8]) -> Result<Catalogue, ShelfError> {
    let damaged = |why: String| ShelfError::Damaged { path: path.to_owned(), why };
    let lang: Lang = tag.parse().map_err(|_| damaged(format!("{tag} is no language")))?;
    let text = std::str::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
    Catalogue::parse(lang, text)
        .map_err(|faults| damaged(faults.first().map(ToString::to_string).unwrap_or_default()))
}

/// The texts of a version; only what it does not have comes from the catalogues of today.
struct Kept {
    own: Catalogues,
    live: Arc<dyn Texts>,
}

impl Kept {
    fn of(&self, lang: Lang, id: &str) -> &dyn Texts {
        if self.own.has(lang, id) { &self.own } else { self.live.as_ref() }
    }
}

impl Texts for Kept {
    fn ids(&self, lang: Lang) -> Vec<String> {
        let mut ids = self.own.ids(lang);
        ids.extend(self.live.ids(lang));
        ids.sort();
        ids.dedup();
        ids
    }

    fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>> {
        self.of(lang, id).placeables(lang, id)
    }

    fn source(&self, lang: Lang, id: &str) -> Option<String> {
        self.of(lang, id).source(lang, id)
    }

    fn sentence(&self, lang: Lang, id: &str, args: &Args) -> Result<Sentence, String> {
        self.of(lang, id).sentence(lang, id, args)
    }
}
