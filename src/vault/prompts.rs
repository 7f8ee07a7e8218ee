//! What the vault says: sound that the switch encoded, read whole before the file system is closed.
//!
//! ```text
//!  <folder>/<language>/<clip>.al   A-law, 8,000 bytes a second      <folder>/en/pay_get_card.al
//!  <folder>/<language>/<clip>.ul   µ-law                            <folder>/en/digit-4.ul
//! ```
//! Files lie one behind the other in chunks of memory that need not stay locked.

use crate::limits::{PROMPT_BYTES_MAX, PROMPT_CHUNK_BYTES, PROMPT_FILES_MAX};
use crate::unlocked::unlock;
use audio::g711::Law;
use ids::Lang;
use std::collections::HashMap;
use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::ops::Deref;
use std::path::Path;
use std::rc::Rc;
use vault_link::{ClipName, LastFour};

/// A sentence of the vault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    /// Have your card ready; then one.
    GetCard,
    /// The number.
    Number,
    /// The expiry.
    Expiry,
    /// The security code of three.
    Code,
    /// The security code of four.
    CodeOfFour,
    /// It does not look right.
    Invalid,
    /// Card ending, amount, the three keys.
    Confirm(LastFour),
    /// The gateway works.
    Processing,
    /// Accepted.
    Paid,
    /// The bank said no and nothing was charged; another card may be tried.
    AnotherCard,
    /// The bank said no and nothing was charged.
    Declined,
    /// Nobody knows yet; do not pay again.
    Unknown,
    /// It was stopped and nothing was charged.
    Cancelled,
}

/// The clips without which no card is taken, in every language that has any.
pub const NEEDED: [&str; 13] = [
    "pay_get_card",
    "pay_card_number",
    "pay_expiry",
    "pay_cvv",
    "pay_cvv_amex",
    "pay_card_invalid",
    "pay_card_confirm.0",
    "pay_card_confirm.1",
    "pay_card_confirm.2",
    "pay_processing",
    "pay_success.0",
    "pay_unknown",
    "pay_cancelled",
];
const DIGITS: [&str; 10] = [
    "digit-0", "digit-1", "digit-2", "digit-3", "digit-4", "digit-5", "digit-6", "digit-7",
    "digit-8", "digit-9",
];

/// Why the prompts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PromptsError {
    /// The folder or a file cannot be read.
    #[error("the folder of prompts cannot be read; have the switch write it again")]
    Read(#[from] std::io::Error),
    /// A file longer than a prompt can be, or more files than there are clips.
    #[error("a prompt is too long, or there are too many; have the switch write them again")]
    TooMuch,
    /// No language has all the clips that are needed.
    #[error("no language has every prompt of the vault; have the switch write them again")]
    NoLanguage,
}

/// Encoded sound, a part of a chunk that all captures share.
#[derive(Clone)]
pub struct Sound {
    chunk: Rc<Vec<u8>>,
    from: u32,
    to: u32,
}

impl Deref for Sound {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.chunk[self.from as usize..self.to as usize]
    }
}

/// Catalogue, whether it is in µ-law, name.
type Key = (&'static str, bool, Box<str>);

/// A chunk that is being filled.
#[derive(Default)]
struct Filling {
    bytes: Vec<u8>,
    parts: Vec<(Key, u32)>,
}

/// All prompts.
pub struct Prompts {
    clips: HashMap<Key, Sound>,
}

impl Prompts {
    /// Reads every language's folder.
    ///
    /// # Errors
    /// See [`PromptsError`].
    pub fn read(folder: &Path) -> Result<Self, PromptsError> {
        let mut prompts = Self { clips: HashMap::new() };
        for lang in Lang::VOICES {
            let of_language = folder.join(lang.catalogue());
            if of_language.is_dir() {
                prompts.read_language(&of_language, lang.catalogue())?;
            }
        }
        if Lang::VOICES.into_iter().any(|lang| prompts.speaks(lang)) {
            Ok(prompts)
        } else {
            Err(PromptsError::NoLanguage)
        }
    }

    fn read_language(
        &mut self,
        folder: &Path,
        catalogue: &'static str,
    ) -> Result<(), PromptsError> {
        let mut filling = Filling::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some((clip, ending)) = name.rsplit_once('.') else { continue };
            let is_mu = match ending {
                "al" => false,
                "ul" => true,
                _ => continue,
            };
            let length = entry.metadata()?.len();
            let files = self.clips.len() + filling.parts.len();
            if files >= PROMPT_FILES_MAX || length > PROMPT_BYTES_MAX {
                return Err(PromptsError::TooMuch);
            }
            let length = length as usize;
            if filling.bytes.len() + length > filling.bytes.capacity() {
                self.keep(std::mem::take(&mut filling));
                filling.bytes = Vec::with_capacity(length.max(PROMPT_CHUNK_BYTES));
            }
            filling.read((catalogue, is_mu, clip.into()), &entry, length)?;
        }
        self.keep(filling);
        Ok(())
    }

    fn keep(&mut self, filling: Filling) {
        let Filling { mut bytes, parts } = filling;
        bytes.shrink_to_fit();
        unlock(&mut bytes);
        let chunk = Rc::new(bytes);
        let mut from = 0;
        for (key, to) in parts {
            self.clips.insert(key, Sound { chunk: Rc::clone(&chunk), from, to });
            from = to;
        }
    }

    /// True when everything the vault says is there in this language.
    pub fn speaks(&self, lang: Lang) -> bool {
        let has = |clip: &&str| {
            [Law::A, Law::Mu].into_iter().all(|law| self.clip(lang, law, clip).is_some())
        };
        NEEDED.iter().chain(&DIGITS).all(has)
    }

    fn clip(&self, lang: Lang, law: Law, name: &str) -> Option<Sound> {
        self.clips.get(&(lang.catalogue(), law == Law::Mu, name.into())).cloned()
    }

    /// The sounds of a sentence in order; false when a clip of the amount is not here.
    pub fn sounds(
        &self,
        line: Line,
        amount: &[ClipName],
        lang: Lang,
        law: Law,
    ) -> (Vec<Sound>, bool) {
        let names = names_of(line, amount);
        let sounds: Vec<Sound> =
            names.iter().filter_map(|name| self.clip(lang, law, name)).collect();
        let whole = sounds.len() == names.len();
        (sounds, whole)
    }
}

impl Filling {
    fn read(&mut self, key: Key, entry: &DirEntry, length: usize) -> std::io::Result<()> {
        let at = self.bytes.len();
        self.bytes.resize(at + length, 0);
        File::open(entry.path())?.read_exact(&mut self.bytes[at..])?;
        // a chunk is far shorter than four gigabytes
        self.parts.push((key, self.bytes.len() as u32));
        Ok(())
    }
}

fn names_of(line: Line, amount: &[ClipName]) -> Vec<&str> {
    let one = match line {
        Line::Confirm(last_four) => return confirm(last_four, amount),
        Line::GetCard => "pay_get_card",
        Line::Number => "pay_card_number",
        Line::Expiry => "pay_expiry",
        Line::Code => "pay_cvv",
        Line::CodeOfFour => "pay_cvv_amex",
        Line::Invalid => "pay_card_invalid",
        Line::Processing => "pay_processing",
        Line::Paid => {
            let accepted = ["pay_success.0"].into_iter();
            return accepted.chain(amount.iter().map(ClipName::as_str)).collect();
        }
        Line::Unknown => "pay_unknown",
        // one sentence says that the bank did not take it and that nothing was charged; why is not told
        Line::AnotherCard | Line::Declined | Line::Cancelled => "pay_cancelled",
    };
    vec![one]
}

fn confirm(last_four: LastFour, amount: &[ClipName]) -> Vec<&str> {
    let mut names = vec!["pay_card_confirm.0"];
    names.extend(last_four.digits().map(|d| DIGITS[usize::from(d) % 10]));
    names.push("pay_card_confirm.1");
    names.extend(amount.iter().map(ClipName::as_str));
    names.push("pay_card_confirm.2");
    names
}
