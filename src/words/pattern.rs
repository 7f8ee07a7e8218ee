//! One text of a catalogue: words, placeables, and at most one plural choice.

use crate::catalogue::CatalogueProblem;
use crate::grammar::plural;
use crate::sentence::pause;
use fluent_syntax::ast;
use ids::Lang;
use std::sync::Arc;

/// A text as a row of elements.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pattern {
    pub elements: Vec<Element>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Element {
    Text(Segment),
    Value(String),
    Choice(Choice),
}

/// Words between placeables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Segment {
    /// As it is written, with its spaces.
    pub raw: String,
    /// The pause of a punctuation mark that stands before the first word.
    pub lead: Option<u16>,
    /// The words as a clip, if there are any.
    pub clip: Option<SegmentClip>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SegmentClip {
    pub id: Arc<str>,
    pub words: Arc<str>,
    /// Its place among the clips of the text.
    pub index: usize,
}

/// Variants by a number's plural category, or by the number itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Choice {
    pub on: String,
    variants: Vec<Variant>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Variant {
    key: String,
    default: bool,
    elements: Vec<Element>,
}

impl Choice {
    /// The variant for `n`: by the exact number, else by its category, else the default.
    pub fn variant(&self, lang: Lang, n: Option<u64>) -> &[Element] {
        let by_key = |key: &str| self.variants.iter().find(|v| v.key == key);
        let fitting =
            n.and_then(|n| by_key(&n.to_string()).or_else(|| by_key(plural(lang, n).name())));
        let default = || self.variants.iter().find(|v| v.default);
        fitting.or_else(default).map_or(&[], |variant| &variant.elements)
    }
}

impl Pattern {
    /// Reads a Fluent pattern whose clips will be called after `id`.
    pub fn read(id: &str, pattern: &ast::Pattern<&str>) -> Result<Self, CatalogueProblem> {
        let mut reader = Reader { choice_seen: false };
        let mut elements = reader.elements(pattern)?;
        trim_ends(&mut elements);
        if elements.is_empty() {
            return Err(CatalogueProblem::Empty);
        }
        name_clips(id, &mut elements);
        Ok(Self { elements })
    }

    /// Names in order of first use.
    pub fn placeables(&self) -> Vec<String> {
        let mut names = Vec::new();
        for element in &self.elements {
            collect_names(element, &mut names);
        }
        names
    }

    /// The plural categories that whole numbers have in this language and a choice does not name.
    pub fn plurals_missing(&self, lang: Lang) -> Vec<&'static str> {
        let choices = self.elements.iter().filter_map(|element| match element {
            Element::Choice(choice) => Some(choice),
            Element::Text(_) | Element::Value(_) => None,
        });
        let mut missing = Vec::new();
        for choice in choices {
            // Two hundred numbers meet every category of our languages.
            for category in (0..200).map(|n| plural(lang, n).name()) {
                let named = choice.variants.iter().any(|v| v.key == category);
                if !named && !missing.contains(&category) {
                    missing.push(category);
                }
            }
        }
        missing
    }

    /// All segments, those of all variants too.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        fn of(element: &Element) -> Vec<&Segment> {
            match element {
                Element::Text(segment) => vec![segment],
                Element::Value(_) => vec![],
                Element::Choice(choice) => {
                    choice.variants.iter().flat_map(|v| &v.elements).flat_map(of).collect()
                }
            }
        }
        self.elements.iter().flat_map(of)
    }
}

fn collect_names(element: &Element, names: &mut Vec<String>) {
    let mut add = |name: &String| {
        if !names.contains(name) {
            names.push(name.clone());
        }
    };
    match element {
        Element::Text(_) => {}
        Element::Value(name) => add(name),
        Element::Choice(choice) => {
            add(&choice.on);
            for inner in choice.variants.iter().flat_map(|v| &v.elements) {
                collect_names(inner, names);
            }
        }
    }
}

struct Reader {
    choice_seen: bool,
}

impl Reader {
    fn elements(&mut self, pattern: &ast::Pattern<&str>) -> Result<Vec<Element>, CatalogueProblem> {
        let mut out = Vec::new();
        for element in &pattern.elements {
            match element {
                ast::PatternElement::TextElement { value } => push_text(&mut out, value),
                ast::PatternElement::Placeable { expression } => {
                    self.placeable(expression, &mut out)?;
                }
            }
        }
        Ok(out)
    }

    fn placeable(
        &mut self,
        expression: &ast::Expression<&str>,
        out: &mut Vec<Element>,
    ) -> Result<(), CatalogueProblem> {
        match expression {
            ast::Expression::Inline(ast::InlineExpression::StringLiteral { value }) => {
                push_text(out, value);
            }
            ast::Expression::Inline(inline) => out.push(Element::Value(variable(inline)?)),
            ast::Expression::Select { selector, variants } => {
                if std::mem::replace(&mut self.choice_seen, true) {
                    return Err(CatalogueProblem::TwoChoices);
                }
                let on = variable(selector)?;
                let variants =
                    variants.iter().map(|v| self.variant(v)).collect::<Result<_, _>>()?;
                out.push(Element::Choice(Choice { on, variants }));
            }
        }
        Ok(())
    }

    fn variant(&mut self, variant: &ast::Variant<&str>) -> Result<Variant, CatalogueProblem> {
        let key = match variant.key {
            ast::VariantKey::Identifier { name } => name,
            ast::VariantKey::NumberLiteral { value } => value,
        };
        let elements = self.elements(&variant.value)?;
        Ok(Variant { key: key.to_owned(), default: variant.default, elements })
    }
}

fn variable(inline: &ast::InlineExpression<&str>) -> Result<String, CatalogueProblem> {
    use ast::InlineExpression as Inline;
    let what = match inline {
        Inline::VariableReference { id } => return Ok(id.name.to_owned()),
        Inline::StringLiteral { .. } => "the quoted text",
        Inline::NumberLiteral { .. } => "the number",
        Inline::FunctionReference { .. } => "the function",
        Inline::MessageReference { .. } => "the name without $",
        Inline::TermReference { .. } => "the term",
        Inline::Placeable { .. } => "the braces inside braces",
    };
    Err(CatalogueProblem::NotAVariable(what))
}

/// Adds text to the row; line breaks and runs of spaces become one space.
fn push_text(out: &mut Vec<Element>, text: &str) {
    if !matches!(out.last(), Some(Element::Text(_))) {
        out.push(Element::Text(Segment { raw: String::new(), lead: None, clip: None }));
    }
    let Some(Element::Text(segment)) = out.last_mut() else { return };
    for letter in text.chars() {
        match letter.is_whitespace() {
            true if segment.raw.ends_with(' ') => {}
            true => segment.raw.push(' '),
            false => segment.raw.push(letter),
        }
    }
}

fn trim_ends(elements: &mut Vec<Element>) {
    if let Some(Element::Text(first)) = elements.first_mut() {
        first.raw = first.raw.trim_start().to_owned();
    }
    if let Some(Element::Text(last)) = elements.last_mut() {
        last.raw = last.raw.trim_end().to_owned();
    }
    elements.retain(|e| !matches!(e, Element::Text(segment) if segment.raw.is_empty()));
}

/// Gives every segment its lead and its clip: a text without placeables is one clip of the text's own
/// name, others are numbered, and the clips of a variant carry its key.
fn name_clips(id: &str, elements: &mut [Element]) {
    let whole = matches!(elements, [Element::Text(_)]);
    let mut index = 0;
    for element in elements {
        match element {
            Element::Text(segment) if whole => name_clip(segment, id.to_owned(), 0),
            Element::Text(segment) => {
                name_clip(segment, format!("{id}.{index}"), index);
                index += usize::from(segment.clip.is_some());
            }
            Element::Value(_) => {}
            Element::Choice(choice) => {
                for variant in &mut choice.variants {
                    name_variant(id, variant);
                }
            }
        }
    }
}

fn name_variant(id: &str, variant: &mut Variant) {
    let mut index = 0;
    for element in &mut variant.elements {
        if let Element::Text(segment) = element {
            name_clip(segment, format!("{id}.{}.{index}", variant.key), index);
            index += usize::from(segment.clip.is_some());
        }
    }
}

/// Leading punctuation is a pause (the words before it are another clip); the rest are the words.
fn name_clip(segment: &mut Segment, id: String, index: usize) {
    let words = segment.raw.trim_start_matches(['.', ',', ';', ':', '?', '!', ' ']);
    segment.lead = match segment.raw.chars().next() {
        Some('.' | '?' | '!') => Some(pause::STOP_MS),
        Some(',' | ';' | ':') => Some(pause::COMMA_MS),
        _ => None,
    };
    let words = words.trim_end();
    segment.clip = (!words.is_empty()).then(|| SegmentClip {
        id: Arc::from(id),
        words: Arc::from(words),
        index,
    });
}
