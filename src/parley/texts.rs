//! The catalogues of all languages as a dialplan sees them.
//!
//! Owns: reading `DIR/<lang>/catalogue.ftl`, joining a dialplan's values with a catalogue's texts.
//! Never: sound.

use crate::causes::with_causes;
use dialplan::Texts;
use ids::Lang;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use words::{Args, Catalogue, CatalogueError, Sentence, TEXT_ONLY_PREFIX};

/// Why texts cannot be used, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    #[error("cannot read {path}: {source}; name the directory with pl, en, it and pt (--prompts, or prompts.dir in the configuration)", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} has faults; correct these lines:{}", list(faults), path = path.display())]
    Faults { path: PathBuf, faults: Vec<CatalogueError> },
}

fn list(faults: &[CatalogueError]) -> String {
    faults.iter().fold(String::new(), |mut text, fault| {
        let _ = write!(text, "\n  {fault}");
        text
    })
}

/// The texts of every language and region.
#[derive(Debug)]
pub struct Catalogues {
    by_lang: BTreeMap<Lang, Catalogue>,
}

/// Reads the four catalogues; regions share their language's file.
///
/// # Errors
/// The first file that cannot be read, or all faults of the first that has some.
pub fn load(dir: &Path) -> Result<Arc<Catalogues>, TextsError> {
    let mut by_lang = BTreeMap::new();
    for lang in Lang::ALL {
        let path = file(dir, lang);
        let text = read(&path).map_err(|source| TextsError::Read { path: path.clone(), source })?;
        let catalogue = Catalogue::parse(lang, &text);
        by_lang.insert(lang, catalogue.map_err(|faults| TextsError::Faults { path, faults })?);
    }
    Ok(Arc::new(Catalogues { by_lang }))
}

/// Where a language's texts stand.
pub fn file(dir: &Path, lang: Lang) -> PathBuf {
    dir.join(lang.catalogue()).join("catalogue.ftl")
}

/// A file over the catalogue's limit is cut one byte behind it, so that the parser says so.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let limit = words::CATALOGUE_BYTES_MAX as u64 + 1;
    std::fs::File::open(path)?.take(limit).read_to_string(&mut text)?;
    Ok(text)
}

impl Catalogues {
    /// One language's texts.
    pub fn get(&self, lang: Lang) -> &Catalogue {
        self.by_lang.get(&lang).expect("load puts in every language")
    }
}

impl Texts for Catalogues {
    fn ids(&self, lang: Lang) -> Vec<String> {
        let spoken = self.get(lang).ids().filter(|id| !id.starts_with(TEXT_ONLY_PREFIX));
        spoken.map(str::to_owned).collect()
    }

    fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>> {
        self.get(lang).placeables(id).filter(|_| !id.starts_with(TEXT_ONLY_PREFIX))
    }

    fn sentence(
        &self,
        lang: Lang,
        id: &str,
        args: &[(String, dialplan::Value)],
    ) -> Result<Sentence, String> {
        let args = args.iter().fold(Args::new(), |args, (name, value)| {
            args.with(name.as_str(), spoken(name, value))
        });
        self.get(lang).sentence(id, &args).map_err(|error| with_causes(&error))
    }
}

/// A dialplan's value in the catalogue's terms. Telephone numbers are read differently from other
/// digits in Brazil; a placeable says by its name that it is one.
fn spoken(name: &str, value: &dialplan::Value) -> words::Value {
    use dialplan::Value;
    match value {
        Value::Amount(money) => words::Value::Amount(*money),
        Value::Date(date) => words::Value::Date(*date),
        Value::Digits(digits) if is_phone(name) => words::Value::Phone(digits.clone()),
        Value::Digits(digits) => words::Value::Digits(digits.clone()),
        Value::Name(name) => words::Value::Name(name.clone()),
        Value::Number(number) => words::Value::Number(*number),
    }
}

fn is_phone(name: &str) -> bool {
    name.contains("phone") || name.contains("callback_number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(name: &str, pl: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("parley-texts-{}-{name}", std::process::id()));
        for lang in Lang::VOICES {
            let path = file(&dir, lang);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = if lang == Lang::Pl { pl } else { "hi = Hi { $callback_number }.\n" };
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn every_language_and_region_has_its_texts() {
        let dir = dir("all", "hi = Dzień dobry { $callback_number }.\nsms_code = Kod { $code }\n");
        let texts = load(&dir).unwrap();
        for lang in Lang::ALL {
            assert_eq!(texts.placeables(lang, "hi"), Some(vec!["callback_number".to_owned()]));
        }
        assert_eq!(texts.ids(Lang::Pl), ["hi"], "written texts are no prompts");
        assert!(!texts.has(Lang::Pl, "sms_code"));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_telephone_number_is_read_as_one_where_the_language_has_its_own_way() {
        let dir = dir("phone", "hi = Dzień dobry { $callback_number }.\n");
        let texts = load(&dir).unwrap();
        let args = [("callback_number".to_owned(), dialplan::Value::Digits("11966616006".into()))];
        let said = texts.sentence(Lang::PtBr, "hi", &args).unwrap().text();
        assert!(said.contains("meia"), "{said}");
        assert!(texts.sentence(Lang::PtBr, "hi", &[]).unwrap_err().contains("callback_number"));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_missing_file_and_a_faulty_one_are_named_with_what_to_do() {
        let dir = dir("faulty", "hi = \n");
        let error = load(&dir).unwrap_err().to_string();
        assert!(error.contains("pl/catalogue.ftl") && error.contains("line 1"), "{error}");
        std::fs::remove_file(file(&dir, Lang::Pl)).unwrap();
        assert!(load(&dir).unwrap_err().to_string().contains("--prompts"));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
