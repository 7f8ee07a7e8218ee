//! L11, of words: firm but kind, plain and short. Each prompt that a flow plays is looked through in every
//! language for words that shame, threaten or hurry, and for sentences nobody can follow by ear.
//!
//! Warnings: a lint knows words, not tones.

use super::gate::Gate;
use crate::spoken::Spoken;
use ids::Lang;
use std::collections::BTreeSet;

/// Words of one sentence by ear.
const SENTENCE_WORDS_MAX: usize = 20;

/// Beginnings of words that do not belong into a prompt, with what to say instead.
const fn unkind(lang: Lang) -> &'static [(&'static str, &'static str)] {
    const NAME: &str = "speak to the person, not of a debtor";
    const URGE: &str = "name the day instead of hurrying";
    const THREAT: &str = "say what happens next, without a threat";
    const SHAME: &str = "say what can be done, without blame";
    const JARGON: &str = "use the plain word";
    match lang {
        Lang::EnGb | Lang::EnUs => &[
            ("debtor", NAME),
            ("delinquen", SHAME),
            ("immediately", URGE),
            ("final notice", URGE),
            ("last chance", URGE),
            ("bailiff", THREAT),
            ("legal action", THREAT),
            ("enforcement", THREAT),
            ("prosecut", THREAT),
            ("you failed", SHAME),
            ("remit", JARGON),
            ("arrears", JARGON),
            ("at once", URGE),
            ("urgent", URGE),
            ("without delay", URGE),
            ("hereby", JARGON),
            ("pursuant", JARGON),
            ("obligation", JARGON),
            ("creditworth", THREAT),
            ("credit bureau", THREAT),
            ("court", THREAT),
            ("your fault", SHAME),
            ("asham", SHAME),
        ],
        Lang::Pl => &[
            ("dłużni", NAME),
            ("windyka", JARGON),
            ("natychmiast", URGE),
            ("niezwłocznie", URGE),
            ("ostatnia szansa", URGE),
            ("ostateczne wezwanie", URGE),
            ("komorni", THREAT),
            ("egzekuc", THREAT),
            ("pod rygorem", THREAT),
            ("nie dopełni", SHAME),
            ("wierzytelno", JARGON),
            ("pilne", URGE),
            ("bezzwłocznie", URGE),
            ("niniejsz", JARGON),
            ("zobowiązani", JARGON),
            ("na podstawie art", JARGON),
            ("sąd", THREAT),
            ("rejestr dłużników", THREAT),
            ("wstyd", SHAME),
            ("państwa wina", SHAME),
        ],
        Lang::It => &[
            ("debitor", NAME),
            ("moros", SHAME),
            ("immediatamente", URGE),
            ("ultimo avviso", URGE),
            ("ultima possibilità", URGE),
            ("pignora", THREAT),
            ("azioni legali", THREAT),
            ("ufficiale giudiziario", THREAT),
            ("inadempien", SHAME),
            ("urgent", URGE),
            ("tempestivamente", URGE),
            ("ai sensi", JARGON),
            ("adempi", JARGON),
            ("tribunale", THREAT),
            ("vergogn", SHAME),
            ("colpa sua", SHAME),
        ],
        Lang::PtBr | Lang::PtPt => &[
            ("devedor", NAME),
            ("inadimplen", SHAME),
            ("imediatamente", URGE),
            ("último aviso", URGE),
            ("última chance", URGE),
            ("penhora", THREAT),
            ("ação judicial", THREAT),
            ("execução", THREAT),
            ("caloteir", SHAME),
            ("urgent", URGE),
            ("sem demora", URGE),
            ("nos termos do art", JARGON),
            ("adimpl", JARGON),
            ("tribunal", THREAT),
            ("protesto", THREAT),
            ("vergonha", SHAME),
            ("culpa sua", SHAME),
        ],
    }
}

pub(super) fn check(gate: &mut Gate<'_, '_>) {
    let mut seen = BTreeSet::new();
    for step in &gate.bound.steps {
        for spoken in step.verb.plays() {
            if !seen.insert((spoken.prompt.clone(), spoken.lang)) {
                continue;
            }
            for lang in gate.said.languages_of(&spoken) {
                let Some(sample) = gate.said.sample(&spoken, lang) else { continue };
                let span =
                    if spoken.span == (0..0) { step.span.clone() } else { spoken.span.clone() };
                for (message, help) in faults(&spoken, lang, &sample.text) {
                    gate.warn("L11", span.clone(), message).help = Some(help);
                }
            }
        }
    }
}

/// What is unkind or too long in one text.
fn faults(spoken: &Spoken, lang: Lang, text: &str) -> Vec<(String, String)> {
    let prompt = &spoken.prompt;
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    for (word, instead) in unkind(lang) {
        if starts_a_word(&lower, word) {
            let message = format!("'{prompt}' says '{word}…' in {lang}");
            found.push((message, (*instead).to_owned()));
        }
    }
    for sentence in text.split(['.', '!', '?', ':', ';']) {
        let count = sentence.split_whitespace().filter(|word| !is_digit_name(lang, word)).count();
        if count > SENTENCE_WORDS_MAX {
            let begin: Vec<&str> = sentence.split_whitespace().take(4).collect();
            let message = format!(
                "'{prompt}' has a sentence of {count} words in {lang}: \u{201c}{} …\u{201d}",
                begin.join(" ")
            );
            found.push((message, format!("part it: at most {SENTENCE_WORDS_MAX} words by ear")));
        }
    }
    found
}

fn starts_a_word(text: &str, begin: &str) -> bool {
    text.match_indices(begin).any(|(at, _)| {
        text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
    })
}

/// Digits read out one by one are one thing to the ear.
fn is_digit_name(lang: Lang, word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    ('0'..='9').any(|key| words::key_name(lang, key) == Some(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unkind_words_and_long_sentences_are_found_in_their_language_only() {
        let told = |lang, text: &str| -> Vec<String> {
            let found = faults(&Spoken::built_in("p"), lang, text);
            found.into_iter().map(|(message, _)| message).collect()
        };
        assert_eq!(told(Lang::EnGb, "The Debtor must pay."), ["'p' says 'debtor…' in en-GB"]);
        assert_eq!(told(Lang::Pl, "Drogi dłużniku."), ["'p' says 'dłużni…' in pl"]);
        assert!(told(Lang::It, "The debtor.").is_empty());
        assert!(told(Lang::EnGb, "Your premises.").is_empty(), "remit is no part of a word");
        let long = "word ".repeat(21);
        assert_eq!(told(Lang::EnGb, &long).len(), 1);
        assert!(told(Lang::EnGb, &"seven ".repeat(30)).is_empty(), "digits are read one by one");
    }

    #[test]
    fn every_text_of_every_catalogue_is_kind_and_short() {
        let texts = crate::tests::shipped_texts();
        let mut told = Vec::new();
        for lang in Lang::VOICES {
            for id in texts.ids(lang) {
                let source = texts.source(lang, &id).unwrap();
                for line in source.lines().filter_map(|line| line.split_once(" = ")) {
                    // The words that the law of the United States wants stand as they are.
                    if id != "us_collector_notice" {
                        let words = line.1.replace("{ $", "").replace(" }", "");
                        told.extend(faults(&Spoken::built_in(&id), lang, &words));
                    }
                }
            }
        }
        assert!(told.is_empty(), "{told:?}");
    }
}
