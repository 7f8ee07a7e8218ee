//! What the vault says, written as files that it reads before it closes its doors.
//!
//! ```text
//!  packs, recordings ─ Library ─▶ DIR/<language>/<clip>.al, .ul     raw G.711, 8,000 bytes a second
//! ```
//! The vault has no catalogue: a pause that a sentence has before a clip stands in the clip's file. Files that
//! are right already are left alone, so a start with nothing new writes nothing.
//!
//! Owns: which clips the vault needs, and which languages it is given.
//! Never: a clip that a grammar of `words` does not name.

use crate::texts;
use clips::{Law, Library};
use ids::{Lang, Money};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use vault_link::ClipName;
use words::{Args, Piece, Sentence, Value, amount_clips, speak};

/// The texts that the vault speaks (`src/vault/prompts.rs`).
const TEXTS: [&str; 11] = [
    "pay_get_card",
    "pay_card_number",
    "pay_expiry",
    "pay_cvv",
    "pay_cvv_amex",
    "pay_card_invalid",
    "pay_card_confirm",
    "pay_processing",
    "pay_success",
    "pay_unknown",
    "pay_cancelled",
];
/// Bytes a millisecond of G.711.
const BYTES_PER_MS: usize = 8;
/// Each law with the ending of its files.
const LAWS: [(Law, &str); 2] = [(Law::A, "al"), (Law::Mu, "ul")];

/// Why there is no sound for the vault, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    #[error(
        "cannot write the vault's prompts into its directory: {0}; name another one under payments.dir"
    )]
    Write(#[from] io::Error),
    #[error(
        "no language has every clip that the vault needs: {0}; render them with parley prompts build"
    )]
    NoLanguage(String),
}

/// What was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The languages that the vault speaks.
    pub languages: BTreeSet<&'static str>,
    /// Bytes that it will hold.
    pub bytes: u64,
    /// Languages left out, and why.
    pub left_out: Vec<String>,
}

/// The clips that say an amount at the end of a sentence, in order; `None`: it cannot be said.
pub fn amount(lang: Lang, amount: Money) -> Option<Vec<ClipName>> {
    let sentence = speak(lang, "amount", &[&amount.to_string()]).ok()?;
    clips_of(&sentence).map(|(id, _)| ClipName::new(id).ok()).collect()
}

/// Writes what is missing or old and removes what is not needed.
///
/// # Errors
/// [`SoundError`].
pub fn write(library: &Library, dir: &Path, langs: &[Lang]) -> Result<Written, SoundError> {
    let mut written = Written::default();
    for lang in langs {
        let name = lang.catalogue();
        let files = match files_of(library, *lang) {
            Ok(files) => files,
            Err(why) => {
                written.left_out.push(format!("{name}: {why}"));
                continue;
            }
        };
        put_all(&dir.join(name), &files)?;
        written.languages.insert(name);
        written.bytes += files.values().map(|file| file.len() as u64).sum::<u64>();
    }
    remove_others(dir, &written.languages)?;
    match written.languages.is_empty() {
        false => Ok(written),
        true => Err(SoundError::NoLanguage(written.left_out.join("; "))),
    }
}

/// All files of a language, or the first clip that is missing.
fn files_of(library: &Library, lang: Lang) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    for (file, clip, lead_ms) in wanted(library, lang)? {
        for (law, ending) in LAWS {
            let sound = library.clip(lang, &clip, law).ok_or(format!("{clip} has no sound"))?;
            let mut bytes = vec![law.silence(); usize::from(lead_ms) * BYTES_PER_MS];
            bytes.extend(sound.audio());
            files.insert(format!("{file}.{ending}"), bytes);
        }
    }
    Ok(files)
}

/// Name of the file, clip, milliseconds of silence before it.
type Wanted = (String, String, u16);

fn wanted(library: &Library, lang: Lang) -> Result<Vec<Wanted>, String> {
    let catalogue = texts::catalogue(library.dir(), lang).map_err(|e| e.to_string())?;
    let sample = Args::new()
        .with("amount", Value::Amount(Money::new(100, ids::Currency::EUR)))
        .with("card_last4_digits", Value::Digits("0000".into()))
        .with("ref_digits", Value::Digits("0000".into()));
    let mut wanted = Vec::new();
    for text in TEXTS {
        let sentence = catalogue.sentence(text, &sample).map_err(|e| e.to_string())?;
        let own =
            |id: &str| id == text || id.strip_prefix(text).is_some_and(|r| r.starts_with('.'));
        let clips = clips_of(&sentence).filter(|(id, _)| own(id));
        wanted.extend(clips.map(|(id, lead_ms)| (id.to_owned(), id.to_owned(), lead_ms)));
    }
    // the last of a row falls in tone: none of these ten is the last
    let digits = speak(lang, "digits", &["01234567890"]).map_err(|e| e.to_string())?;
    let clips = clips_of(&digits).take(10).enumerate();
    wanted.extend(clips.map(|(digit, (id, _))| (format!("digit-{digit}"), id.to_owned(), 0)));
    wanted.extend(amount_clips(lang).into_iter().map(|id| (id.clone(), id, 0)));
    Ok(wanted)
}

/// Clips in order, each with the pause before it.
fn clips_of(sentence: &Sentence) -> impl Iterator<Item = (&str, u16)> {
    let mut pause_ms = 0;
    sentence.pieces.iter().filter_map(move |piece| match piece {
        Piece::Pause(ms) => {
            pause_ms = *ms;
            None
        }
        Piece::Clip { id, .. } => Some((&**id, std::mem::take(&mut pause_ms))),
        Piece::Name(_) => None,
    })
}

fn put_all(dir: &Path, files: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    super::place::open_dir(dir)?;
    for (name, bytes) in files {
        super::place::put(&dir.join(name), bytes)?;
    }
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if !files.contains_key(&*entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A language that was there once would be spoken with old words.
fn remove_others(dir: &Path, languages: &BTreeSet<&'static str>) -> io::Result<()> {
    for lang in Lang::VOICES {
        let name = lang.catalogue();
        if !languages.contains(name) && dir.join(name).is_dir() {
            fs::remove_dir_all(dir.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::place::test_dir as place;
    use std::os::unix::fs::MetadataExt;

    fn library() -> Library {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let cache = top.join(".cache/parley");
        Library::open(&top.join("prompts"), &cache, &[Lang::EnGb]).unwrap()
    }

    #[test]
    fn every_amount_is_said_by_clips_that_are_written() {
        let dir = place("vault-sound");
        let written = write(&library(), &dir, &[Lang::EnGb]).unwrap();
        assert_eq!(written.languages, BTreeSet::from(["en"]));
        for minor in [1, 99, 100, 123_456, 8_808, 99_999_999_999] {
            for clip in amount(Lang::EnGb, Money::new(minor, ids::Currency::GBP)).unwrap() {
                let file = dir.join(format!("en/{}.al", clip.as_str()));
                assert!(file.is_file(), "{minor}: {}", file.display());
            }
        }
        for clip in ["digit-0", "digit-9", "pay_card_confirm.2", "pay_success.0", "pay_cancelled"] {
            assert!(dir.join(format!("en/{clip}.ul")).is_file(), "{clip}");
        }
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_second_time_nothing_is_written_and_what_is_not_needed_goes() {
        let dir = place("vault-again");
        let (library, langs) = (library(), [Lang::EnGb]);
        let first = write(&library, &dir, &langs).unwrap();
        let file = dir.join("en/digit-4.al");
        let inode = |path: &Path| fs::metadata(path).unwrap().ino();
        let before = inode(&file);
        fs::write(dir.join("en/old.al"), "old").unwrap();
        fs::create_dir(dir.join("it")).unwrap();
        fs::write(dir.join("en/digit-5.al"), "broken").unwrap();
        assert_eq!(write(&library, &dir, &langs).unwrap(), first);
        assert_eq!(inode(&file), before);
        assert!(!dir.join("en/old.al").exists() && !dir.join("it").exists());
        assert!(fs::metadata(dir.join("en/digit-5.al")).unwrap().len() > 1_000);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_pause_of_the_sentence_stands_before_its_clip() {
        let wanted = wanted(&library(), Lang::EnGb).unwrap();
        let lead = |name: &str| wanted.iter().find(|(file, ..)| file == name).unwrap().2;
        assert_eq!((lead("pay_card_confirm.0"), lead("pay_card_confirm.1")), (0, 250));
    }
}
