//! L08: every prompt exists in every declared language, and every value in it has a source.

use super::said::Said;
use crate::fields::did_you_mean;
use crate::plan::Step;
use crate::source::Faults;
use crate::spoken::{Spoken, argument_span};
use crate::texts::{SoundFault, Texts};
use ids::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub(super) fn check(
    steps: &[Step],
    languages: &[Lang],
    texts: &dyn Texts,
    faults: &mut Faults<'_>,
) {
    check_sound(steps, languages, texts, faults);
    for step in steps {
        for spoken in step.verb.plays() {
            let built_in = spoken.span == (0..0);
            let span = if built_in { step.span.clone() } else { spoken.span.clone() };
            let place = Place { step: &step.name, built_in, span };
            check_prompt(&spoken, &place, languages, texts, faults);
        }
        // Its values are filled in where it is sent.
        if let Some((template, span)) = step.verb.template() {
            let without = languages.iter().filter(|l| !texts.has(**l, template));
            let without: Vec<&str> = without.map(|l| l.catalogue()).collect();
            if !without.is_empty() {
                let place = Place { step: &step.name, built_in: false, span };
                let nowhere = without.len() == languages.len();
                let spoken = Spoken::built_in(template);
                missing(&spoken, &place, &without, nowhere, texts, languages, faults);
            }
        }
    }
}

/// Warns, once for each prompt, where it is said first, of sound that is missing or older than its words.
fn check_sound(steps: &[Step], languages: &[Lang], texts: &dyn Texts, faults: &mut Faults<'_>) {
    let mut told = BTreeSet::new();
    for step in steps {
        for spoken in step.verb.plays() {
            if !told.insert((spoken.prompt.clone(), spoken.lang)) {
                continue;
            }
            let own = spoken.lang.map(|lang| vec![lang]);
            let heard = own.as_deref().unwrap_or(languages).iter();
            let mut wrong: BTreeMap<SoundFault, Vec<&str>> = BTreeMap::new();
            for lang in heard {
                let fault = texts.sound(*lang, &spoken.prompt);
                fault.into_iter().for_each(|f| wrong.entry(f).or_default().push(lang.catalogue()));
            }
            let span = if spoken.span == (0..0) { &step.span } else { &spoken.span };
            for (fault, mut languages) in wrong {
                languages.dedup();
                let (prompt, list) = (&spoken.prompt, languages.join(", "));
                let text = match fault {
                    SoundFault::Missing => format!("'{prompt}' has no sound in {list}"),
                    SoundFault::Outdated => {
                        format!(
                            "the words of '{prompt}' changed after its sound was made, in {list}"
                        )
                    }
                };
                let warning = faults.warn(span.clone(), text);
                warning.rule = "L08";
                warning.help =
                    Some("run parley prompts build, or record it and parley prompts import".into());
            }
        }
    }
}

/// What any call may need to hear, whatever its steps play: the words before it is given up.
pub(super) fn check_last_words(
    flow: Range<usize>,
    languages: &[Lang],
    texts: &dyn Texts,
    faults: &mut Faults<'_>,
) {
    let place = Place { step: "every flow", built_in: true, span: flow };
    check_prompt(&Spoken::built_in("tech_error"), &place, languages, texts, faults);
}

/// Whether a text is for messages alone: it has no sound.
pub(crate) fn is_written(id: &str) -> bool {
    id.starts_with(words::TEXT_ONLY_PREFIX)
}

struct Place<'s> {
    step: &'s str,
    built_in: bool,
    span: Range<usize>,
}

fn check_prompt(
    spoken: &Spoken,
    place: &Place<'_>,
    languages: &[Lang],
    texts: &dyn Texts,
    faults: &mut Faults<'_>,
) {
    if is_written(&spoken.prompt) {
        let text = format!("'{}' is a written text: nobody says it", spoken.prompt);
        let fault = faults.error(place.span.clone(), text);
        fault.rule = "L08";
        fault.help = Some("send it with 'send', or name a spoken prompt here".to_owned());
        return;
    }
    let own = spoken.lang.map(|lang| vec![lang]);
    let languages = own.as_deref().unwrap_or(languages);
    let with = languages.iter().filter_map(|l| texts.placeables(*l, &spoken.prompt));
    let placeables: Vec<Vec<String>> = with.collect();
    let without = languages.iter().filter(|l| !texts.has(**l, &spoken.prompt));
    let without: Vec<&str> = without.map(|l| l.catalogue()).collect();
    if !without.is_empty() {
        missing(spoken, place, &without, placeables.is_empty(), texts, languages, faults);
    }
    let mut all: Vec<String> = placeables.concat();
    all.sort();
    all.dedup();
    for name in all.iter().filter(|name| spoken.source(name).is_none()) {
        let text = format!("'{}' needs a value for '{name}'", spoken.prompt);
        let fault = faults.error(place.span.clone(), text);
        fault.rule = "L08";
        fault.help = Some(format!("write it behind the prompt: {name}=case.due or {name}=\"…\""));
    }
    for (name, ..) in &spoken.args {
        if !placeables.is_empty() && !all.contains(name) {
            let text = format!("'{}' has no place for '{name}'", spoken.prompt);
            let fault = faults.error(argument_span(spoken, name), text);
            fault.rule = "L08";
            let known = all.iter().map(String::as_str);
            fault.help = did_you_mean(name, known.chain(["barge-in", "language", "confidential"]))
                .or_else(|| match all.as_slice() {
                    [] => Some("its text has no values at all".to_owned()),
                    _ => Some(format!("its text has {}", all.join(", "))),
                });
        }
    }
}

fn missing(
    spoken: &Spoken,
    place: &Place<'_>,
    without: &[&str],
    nowhere: bool,
    texts: &dyn Texts,
    languages: &[Lang],
    faults: &mut Faults<'_>,
) {
    let prompt = &spoken.prompt;
    let list = without.join(", ");
    let whose = if place.built_in {
        format!(" ('{}' plays it by itself)", place.step)
    } else {
        String::new()
    };
    let text = match nowhere {
        true => format!("there is no prompt '{prompt}'{whose}"),
        false => format!("the prompt '{prompt}' is missing in {list}{whose}"),
    };
    let fault = faults.error(place.span.clone(), text);
    fault.rule = "L08";
    let mut known: Vec<String> = languages.first().map(|l| texts.ids(*l)).unwrap_or_default();
    known.retain(|id| is_written(id) == is_written(prompt));
    let near = did_you_mean(prompt, known.iter().map(String::as_str)).filter(|_| nowhere);
    fault.help =
        near.or_else(|| Some(format!("add it to catalogue.ftl under prompts/ for {list}")));
}

/// Why only the right party may hear a prompt, if so.
pub(super) fn confidential_prompt(
    spoken: &Spoken,
    said: &Said<'_>,
    outbound: bool,
) -> Option<String> {
    let languages = said.languages.iter();
    let placeables: Vec<String> =
        languages.filter_map(|l| said.texts().placeables(*l, &spoken.prompt)).flatten().collect();
    let told =
        placeables.iter().find(|p| spoken.source(p).is_some_and(|f| f.confidential(outbound)));
    match told {
        Some(value) => Some(format!("with its {value}")),
        None if spoken.confidential(&placeables, outbound) => {
            Some("which speaks of the debt".to_owned())
        }
        None => None,
    }
}
