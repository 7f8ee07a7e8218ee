//! A language's catalogue: every text of the hotline with its placeables, from a Fluent file.
//!
//! ```text
//! balance = Do zapłaty: { $amount }. Termin: do { $due_date }.
//!           └ balance.0 ┘ └ units ┘ ↑ └ balance.1 ┘ └ units ┘ ↑
//!                                 pause                     pause
//! ```

use crate::limits::{CATALOGUE_BYTES_MAX, NAME_CHARS_MAX};
use crate::pattern::{Choice, Element, Pattern, Segment};
use crate::phrase::Form;
use crate::sentence::{Piece, Sentence};
use crate::value::{Args, Said, Value, ValueError};
use crate::written::written;
use fluent_syntax::ast;
use ids::Lang;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Texts whose ids begin so are written (SMS, e-mail), never spoken.
pub const TEXT_ONLY_PREFIX: &str = "sms_";

/// The texts of one language by their ids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Catalogue {
    lang: Lang,
    prompts: BTreeMap<String, Pattern>,
    /// Variants for the other regions of the language: not said here, but the voice is the same.
    elsewhere: Vec<(String, Pattern)>,
    /// Each text in Fluent's one layout, regions included: what versions are made of.
    sources: BTreeMap<String, String>,
}

/// One fault of a catalogue, where it is and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}{}: {problem}", prompt.as_ref().map_or(String::new(), |id| format!(", text '{id}'")))]
pub struct CatalogueError {
    /// The line in the file, from 1.
    pub line: usize,
    /// The text that has the fault, if it could be told.
    pub prompt: Option<String>,
    /// What is wrong.
    pub problem: CatalogueProblem,
}

/// What can be wrong with a text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CatalogueProblem {
    /// Fluent cannot read it.
    #[error("not readable as Fluent ({0}); write: text_id = words and {{ $name }}")]
    Syntax(String),
    /// The id is there already.
    #[error("this id stands in the file twice; remove one of the two")]
    Twice,
    /// There are no words.
    #[error("there are no words after the equals sign; write some, or remove the line")]
    Empty,
    /// A placeable that is not `{ $name }`.
    #[error("only {{ $name }} and one plural choice can stand in a text; replace {0}")]
    NotAVariable(&'static str),
    /// More than one choice.
    #[error("a text can hold one choice only, and none inside it; write two texts instead")]
    TwoChoices,
    /// An attribute that is no region.
    #[error("'.{0}' is not a region of this language; a variant is called .en-US or .pt-PT")]
    Attribute(String),
    /// The file is too large.
    #[error("the file is larger than {CATALOGUE_BYTES_MAX} bytes; split off what is not a text")]
    TooLarge,
}

/// Why a text could not be made into a sentence.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SentenceError {
    /// No such id.
    #[error("the {lang} catalogue has no text '{prompt}'; add it to prompts/{}/catalogue.ftl", lang.catalogue())]
    Unknown {
        /// Whose catalogue.
        lang: Lang,
        /// The id.
        prompt: String,
    },
    /// A placeable has no value.
    #[error("text '{prompt}' needs a value for '{name}'; give one")]
    MissingArg {
        /// The text.
        prompt: String,
        /// The placeable.
        name: String,
    },
    /// A value that cannot be said.
    #[error("the value of '{name}' in text '{prompt}' cannot be said")]
    Value {
        /// The text.
        prompt: String,
        /// The placeable.
        name: String,
        /// Why.
        source: ValueError,
    },
    /// A written text was to be spoken.
    #[error("text '{0}' is for writing only; play another one")]
    TextOnly(String),
}

impl Catalogue {
    /// Reads a Fluent file; on faults all of them are reported, in the order of their lines.
    pub fn parse(lang: Lang, ftl: &str) -> Result<Self, Vec<CatalogueError>> {
        if ftl.len() > CATALOGUE_BYTES_MAX {
            let problem = CatalogueProblem::TooLarge;
            return Err(vec![CatalogueError { line: 1, prompt: None, problem }]);
        }
        let (resource, mut errors) = match fluent_syntax::parser::parse(ftl) {
            Ok(resource) => (resource, Vec::new()),
            Err((resource, faults)) => (resource, faults.iter().map(|f| syntax(ftl, f)).collect()),
        };
        let mut catalogue = Self {
            lang,
            prompts: BTreeMap::new(),
            elsewhere: Vec::new(),
            sources: BTreeMap::new(),
        };
        for entry in &resource.body {
            match entry {
                ast::Entry::Message(message) => {
                    let fault = catalogue.add(message).err();
                    errors.extend(fault.map(|problem| at(ftl, message.id.name, problem)));
                }
                ast::Entry::Term(term) => {
                    errors.push(at(ftl, term.id.name, CatalogueProblem::NotAVariable("the term")));
                }
                ast::Entry::Comment(_)
                | ast::Entry::GroupComment(_)
                | ast::Entry::ResourceComment(_)
                | ast::Entry::Junk { .. } => {}
            }
        }
        errors.sort_by_key(|error| error.line);
        if errors.is_empty() { Ok(catalogue) } else { Err(errors) }
    }

    /// The text itself, or its variant where our region has one.
    fn add(&mut self, message: &ast::Message<&str>) -> Result<(), CatalogueProblem> {
        let id = message.id.name;
        let own = message.value.as_ref().ok_or(CatalogueProblem::Empty)?;
        let mut own = Pattern::read(id, own)?;
        for attribute in &message.attributes {
            let tag = attribute.id.name;
            let variant = Pattern::read(&format!("{id}.{tag}"), &attribute.value)?;
            let here = region(self.lang, tag)? == self.lang;
            let other = if here { std::mem::replace(&mut own, variant) } else { variant };
            self.elsewhere.push((id.to_owned(), other));
        }
        self.sources.insert(id.to_owned(), source(message));
        match self.prompts.insert(id.to_owned(), own) {
            None => Ok(()),
            Some(_) => Err(CatalogueProblem::Twice),
        }
    }

    /// Whose texts these are.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Every id, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.prompts.keys().map(String::as_str)
    }

    /// Whether there is such a text.
    pub fn has(&self, id: &str) -> bool {
        self.prompts.contains_key(id)
    }

    /// The names of a text's placeables in order of their first use; `None` without such a text.
    pub fn placeables(&self, id: &str) -> Option<Vec<String>> {
        self.prompts.get(id).map(Pattern::placeables)
    }

    /// A text as Fluent in its one layout, with its regions, without comments: equal words give equal
    /// bytes. `None` without such a text.
    pub fn source(&self, id: &str) -> Option<&str> {
        self.sources.get(id).map(String::as_str)
    }

    /// The plural categories of its language (Unicode CLDR) that a text's choice leaves to its default:
    /// empty for a text without a choice.
    pub fn plurals_missing(&self, id: &str) -> Vec<&'static str> {
        self.prompts.get(id).map_or_else(Vec::new, |pattern| pattern.plurals_missing(self.lang))
    }

    /// The text cut into clips, with the values said in this language.
    pub fn sentence(&self, id: &str, args: &Args) -> Result<Sentence, SentenceError> {
        if id.starts_with(TEXT_ONLY_PREFIX) {
            return Err(SentenceError::TextOnly(id.to_owned()));
        }
        let elements = self.resolve(id, args)?;
        let mut pieces = Vec::new();
        for (at, element) in elements.iter().enumerate() {
            match element {
                Element::Text(segment) => say_segment(segment, &mut pieces),
                Element::Value(name) => {
                    let end = match elements.get(at + 1) {
                        Some(Element::Text(next)) if next.lead.is_some() => Form::Final,
                        Some(_) => Form::Medial,
                        None => Form::Final,
                    };
                    self.say_value(id, name, args, end, &mut pieces)?;
                }
                Element::Choice(_) => {} // resolved above
            }
        }
        Ok(Sentence { lang: self.lang, pieces })
    }

    /// The text for reading (SMS, e-mail, pages): amounts, dates and times in figures.
    pub fn text(&self, id: &str, args: &Args) -> Result<String, SentenceError> {
        let mut out = String::new();
        for element in self.resolve(id, args)? {
            match element {
                Element::Text(segment) => out.push_str(&segment.raw),
                Element::Value(name) => {
                    let said = written(self.lang, value(id, name, args)?)
                        .map_err(|source| unsayable(id, name, source))?;
                    out.push_str(&said);
                }
                Element::Choice(_) => {} // resolved above
            }
        }
        Ok(out)
    }

    /// Every text segment that a voice must have: clip id and words, text by text, all regions.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (&str, &Segment)> {
        let elsewhere = self.elsewhere.iter().map(|(id, pattern)| (id, pattern));
        self.prompts
            .iter()
            .chain(elsewhere)
            .filter(|(id, _)| !id.starts_with(TEXT_ONLY_PREFIX))
            .flat_map(|(id, pattern)| pattern.segments().map(move |s| (id.as_str(), s)))
    }

    /// The elements in order, the choice replaced by the variant that fits.
    fn resolve(&self, id: &str, args: &Args) -> Result<Vec<&Element>, SentenceError> {
        let unknown = || SentenceError::Unknown { lang: self.lang, prompt: id.to_owned() };
        let pattern = self.prompts.get(id).ok_or_else(unknown)?;
        let mut elements = Vec::new();
        for element in &pattern.elements {
            match element {
                Element::Choice(choice) => {
                    elements.extend(self.choose(choice, value(id, &choice.on, args)?));
                }
                Element::Text(_) | Element::Value(_) => elements.push(element),
            }
        }
        Ok(elements)
    }

    fn choose<'c>(&self, choice: &'c Choice, value: &Value) -> &'c [Element] {
        let n = match value {
            Value::Count { n, .. } | Value::Number(n) | Value::Ordinal(n) => Some(*n),
            Value::WaitBand(minutes) => Some(u64::from(*minutes)),
            _ => None,
        };
        choice.variant(self.lang, n)
    }

    fn say_value(
        &self,
        id: &str,
        name: &str,
        args: &Args,
        end: Form,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), SentenceError> {
        let value = as_telephone(name, value(id, name, args)?);
        match value.said(self.lang).map_err(|source| unsayable(id, name, source))? {
            Said::Phrase(phrase) => pieces.extend(phrase.pieces(end)),
            Said::Name(text) => {
                let text: String = text.trim().chars().take(NAME_CHARS_MAX).collect();
                pieces.push(Piece::Name(Arc::from(text)));
            }
        }
        Ok(())
    }
}

fn source(message: &ast::Message<&str>) -> String {
    let bare = ast::Message { comment: None, ..message.clone() };
    let page = ast::Resource { body: vec![ast::Entry::Message(bare)] };
    fluent_syntax::serializer::serialize(&page)
}

fn say_segment(segment: &Segment, pieces: &mut Vec<Piece>) {
    pieces.extend(segment.lead.map(Piece::Pause));
    if let Some(clip) = &segment.clip {
        pieces.push(Piece::Clip { id: clip.id.clone(), text: clip.words.clone() });
    }
}

fn value<'a>(id: &str, name: &str, args: &'a Args) -> Result<&'a Value, SentenceError> {
    args.get(name)
        .ok_or_else(|| SentenceError::MissingArg { prompt: id.to_owned(), name: name.to_owned() })
}

fn unsayable(id: &str, name: &str, source: ValueError) -> SentenceError {
    SentenceError::Value { prompt: id.to_owned(), name: name.to_owned(), source }
}

/// Digits under a telephone's name are a telephone: Brazil says them otherwise.
fn as_telephone(name: &str, value: &Value) -> Value {
    match value {
        Value::Digits(text) if name.contains("phone") || name == "callback_number" => {
            Value::Phone(text.clone())
        }
        other => other.clone(),
    }
}

/// The region an attribute names (`.en-US`, `.pt-PT`), if it is one of this language.
fn region(lang: Lang, name: &str) -> Result<Lang, CatalogueProblem> {
    Lang::ALL
        .into_iter()
        .find(|other| other.tag() == name && other.catalogue() == lang.catalogue())
        .ok_or_else(|| CatalogueProblem::Attribute(name.to_owned()))
}

fn syntax(ftl: &str, fault: &fluent_syntax::parser::ParserError) -> CatalogueError {
    let kind = fault.kind.to_string(); // some of them list a line break
    let kind = kind.split_whitespace().collect::<Vec<_>>().join(" ");
    let problem = CatalogueProblem::Syntax(kind);
    CatalogueError { line: line_of(ftl, fault.pos.start), prompt: None, problem }
}

/// `name` is a slice of `ftl`, so its address tells its place.
fn at(ftl: &str, name: &str, problem: CatalogueProblem) -> CatalogueError {
    let offset = (name.as_ptr() as usize).saturating_sub(ftl.as_ptr() as usize);
    CatalogueError { line: line_of(ftl, offset), prompt: Some(name.to_owned()), problem }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}
