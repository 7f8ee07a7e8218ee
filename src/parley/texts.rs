//! The catalogues of all languages as a dialplan sees them.
//!
//! Owns: reading `DIR/<lang>/catalogue.ftl`.
//! Never: sound.

use dialplan::Catalogues;
use ids::Lang;
use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use words::{Catalogue, CatalogueError};

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

/// Reads the four catalogues; regions share their language's file.
///
/// # Errors
/// The first file that cannot be read, or all faults of the first that has some.
pub fn load(dir: &Path) -> Result<Arc<Catalogues>, TextsError> {
    let mut catalogues = Vec::with_capacity(Lang::ALL.len());
    for lang in Lang::ALL {
        catalogues.push(catalogue(dir, lang)?);
    }
    Ok(Arc::new(Catalogues::new(catalogues)))
}

/// Reads one catalogue.
///
/// # Errors
/// As for [`load`].
pub fn catalogue(dir: &Path, lang: Lang) -> Result<Catalogue, TextsError> {
    let path = file(dir, lang);
    let text = read(&path).map_err(|source| TextsError::Read { path: path.clone(), source })?;
    Catalogue::parse(lang, &text).map_err(|faults| TextsError::Faults { path, faults })
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

#[cfg(test)]
mod tests {
    use super::*;
    use dialplan::Texts;
    use words::Args;

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
        assert!(texts.has(Lang::Pl, "sms_code"), "it can be sent");
        assert!(texts.sentence(Lang::It, "hi", &Args::new()).is_err());
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_missing_file_and_a_faulty_one_are_named_with_what_to_do() {
        let dir = dir("faulty", "hi = \n");
        let error = load(&dir).map(drop).unwrap_err().to_string();
        assert!(error.contains("pl/catalogue.ftl") && error.contains("line 1"), "{error}");
        std::fs::remove_file(file(&dir, Lang::Pl)).unwrap();
        assert!(load(&dir).map(drop).unwrap_err().to_string().contains("--prompts"));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
