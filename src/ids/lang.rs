//! The languages we speak.

use std::fmt;
use std::str::FromStr;

/// A language, with the region where regions speak numbers differently.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Lang {
    /// Polish, `pl`.
    Pl,
    /// British English, `en` or `en-GB`.
    EnGb,
    /// American English, `en-US`.
    EnUs,
    /// Italian, `it`.
    It,
    /// Brazilian Portuguese, `pt` or `pt-BR`.
    PtBr,
    /// European Portuguese, `pt-PT`.
    PtPt,
}

/// A language tag that is none of ours.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is not a language we speak; use pl, en, en-GB, en-US, it, pt, pt-BR or pt-PT")]
pub struct UnknownLang(pub String);

impl Lang {
    /// Every language and region.
    pub const ALL: [Lang; 6] = [Lang::Pl, Lang::EnGb, Lang::EnUs, Lang::It, Lang::PtBr, Lang::PtPt];
    /// The four languages that have a catalogue and a voice, each by its default region.
    pub const VOICES: [Lang; 4] = [Lang::Pl, Lang::EnGb, Lang::It, Lang::PtBr];

    /// The directory under `prompts/`: `pl`, `en`, `it` or `pt`.
    pub const fn catalogue(self) -> &'static str {
        match self {
            Lang::Pl => "pl",
            Lang::EnGb | Lang::EnUs => "en",
            Lang::It => "it",
            Lang::PtBr | Lang::PtPt => "pt",
        }
    }

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::Pl => "pl",
            Lang::EnGb => "en-GB",
            Lang::EnUs => "en-US",
            Lang::It => "it",
            Lang::PtBr => "pt-BR",
            Lang::PtPt => "pt-PT",
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;
    fn from_str(s: &str) -> Result<Self, UnknownLang> {
        match s.replace('_', "-").to_ascii_lowercase().as_str() {
            "pl" | "pl-pl" => Ok(Lang::Pl),
            "en" | "en-gb" => Ok(Lang::EnGb),
            "en-us" => Ok(Lang::EnUs),
            "it" | "it-it" => Ok(Lang::It),
            "pt" | "pt-br" => Ok(Lang::PtBr),
            "pt-pt" => Ok(Lang::PtPt),
            _ => Err(UnknownLang(s.to_owned())),
        }
    }
}
