//! L11, of keys: what a menu says is what it does. The keys its words name, in every language, are the keys it
//! binds; a key means the same in every menu; a person can remember the choices.
//!
//! A key is named where the language's word for "press" stands before its name: "press three", "proszę
//! wcisnąć trzy", "prema tre", "tecle três".

use super::gate::Gate;
use super::person::keys_to_a_person;
use super::proof::Proof;
use super::rounds::Silent;
use crate::plan::{Outcome, Step, Target};
use crate::spoken::Spoken;
use crate::verbs::Verb;
use ids::Lang;
use std::collections::{BTreeMap, BTreeSet};

/// Keys that a menu may bind without naming them: they mean the same everywhere.
const UNSAID: [char; 5] = ['0', '8', '9', '*', '#'];
/// Choices that a listener can keep in mind; the rest stands behind "more".
const OPTIONS_MAX: usize = 5;
/// Words before the first choice: 12 s at 150 words a minute.
const WORDS_BEFORE_CHOICE_MAX: usize = 30;
/// The key that leads to these verbs, in every menu.
const MEANINGS: [(&str, char, &str); 11] = [
    ("pay", '1', "pay"),
    ("send", '2', "text message"),
    ("queue", '3', "a person"),
    ("transfer", '3', "a person"),
    ("promise", '4', "a date"),
    ("plan", '4', "a plan"),
    ("callback", '4', "a call-back"),
    ("dispute", '5', "I do not agree"),
    ("wrong-number", '5', "a wrong number"),
    ("hardship", '6', "a difficult time"),
    ("opt-out", '8', "stop"),
];

pub(super) fn check(gate: &mut Gate<'_, '_>, proof: &Proof<'_>) {
    let persons = keys_to_a_person(gate);
    let silent = Silent::of(gate);
    let mut menus = proof.reached();
    menus.retain(|step| matches!(gate.bound.steps[*step].verb, Verb::Menu(_)));
    menus.sort_unstable();
    for menu in menus {
        let step = &gate.bound.steps[menu];
        let own: Vec<Spoken> =
            step.verb.plays().into_iter().filter(|spoken| spoken.span != (0..0)).collect();
        said_and_bound(gate, step, &own);
        meanings(gate, menu, &persons, &silent);
        if step.exits.contains_key(&Outcome::Key('*')) && step.exits.contains_key(&Outcome::Back) {
            let text = format!("key * of '{}' is pressed first: '**' never leads back", step.name);
            let fault = gate.error("L11", step.span.clone(), text);
            fault.help = Some("take one of the two lines out".to_owned());
        }
    }
}

/// The keys a menu binds.
fn bound_keys(step: &Step) -> BTreeSet<char> {
    let key = |outcome: &Outcome| match outcome {
        Outcome::Key(key) => Some(*key),
        Outcome::Back => Some('*'),
        _ => None,
    };
    step.exits.keys().filter_map(key).collect()
}

/// Keys and the languages in which something is amiss with them.
type Amiss<'t> = BTreeMap<char, Vec<&'t str>>;

fn said_and_bound(gate: &mut Gate<'_, '_>, step: &Step, own: &[Spoken]) {
    let bound = bound_keys(step);
    let languages = gate.said.languages;
    let mut unnamed = Amiss::new();
    let mut unbound: Vec<Amiss<'_>> = vec![Amiss::new(); own.len()];
    let mut longest = (0_usize, 0_usize);
    for lang in languages {
        let mut named = BTreeSet::new();
        let (mut words, mut words_before) = (0, None);
        for (spoken, unbound) in own.iter().zip(&mut unbound) {
            let heard = spoken.lang.unwrap_or(*lang);
            let Some(sample) = gate.said.sample(spoken, heard) else { continue };
            for (key, at) in keys_named(heard, &sample.text) {
                words_before.get_or_insert(words + at);
                if named.insert(key) && !bound.contains(&key) {
                    unbound.entry(key).or_default().push(heard.tag());
                }
            }
            words += sample.text.split_whitespace().count();
        }
        longest = (longest.0.max(named.len()), longest.1.max(words_before.unwrap_or(0)));
        if !named.is_empty() {
            for key in bound.iter().filter(|key| !named.contains(key) && !UNSAID.contains(key)) {
                unnamed.entry(*key).or_default().push(lang.tag());
            }
        }
    }
    for (spoken, amiss) in own.iter().zip(unbound) {
        amiss.into_iter().for_each(|(key, tags)| told_unbound(gate, step, spoken, key, &tags));
    }
    unnamed.into_iter().for_each(|(key, tags)| told_unnamed(gate, step, key, &tags));
    too_much(gate, step, longest);
}

fn told_unbound(gate: &mut Gate<'_, '_>, step: &Step, spoken: &Spoken, key: char, tags: &[&str]) {
    let text = format!(
        "'{}' tells callers to press {key} (in {}), which leads nowhere in '{}'",
        spoken.prompt,
        tags.join(", "),
        step.name
    );
    let line = match key {
        '*' => "back STEP".to_owned(),
        '#' => "key \"#\" STEP".to_owned(),
        _ => format!("key {key} STEP"),
    };
    let fault = gate.error("L11", spoken.span.clone(), text);
    fault.help =
        Some(format!("add a line such as: {line}; or play a prompt that does not name it"));
}

fn told_unnamed(gate: &mut Gate<'_, '_>, step: &Step, key: char, tags: &[&str]) {
    let text = format!(
        "'{}' binds key {key}, but nobody is told to press it (in {})",
        step.name,
        tags.join(", ")
    );
    let fault = gate.error("L11", step.span.clone(), text);
    fault.help = Some("play a prompt that names it, or take the line out".to_owned());
}

fn too_much(gate: &mut Gate<'_, '_>, step: &Step, (options, words): (usize, usize)) {
    if options > OPTIONS_MAX {
        let text = format!("'{}' offers {options} choices; people keep five in mind", step.name);
        gate.warn("L11", step.span.clone(), text).help =
            Some("put the rest behind key 7, more".to_owned());
    }
    if words > WORDS_BEFORE_CHOICE_MAX {
        let seconds = words * 2 / 5;
        let text = format!("'{}' speaks {seconds} s before its first choice", step.name);
        gate.warn("L11", step.span.clone(), text).help =
            Some("say it in a 'say' before the menu, or shorten it; at most 12 s".to_owned());
    }
}

/// Keys mean the same everywhere.
fn meanings(gate: &mut Gate<'_, '_>, menu: usize, persons: &[Option<u32>], silent: &Silent) {
    let step = &gate.bound.steps[menu];
    let leads = |outcome: &Outcome, target: &Target| match (outcome, target) {
        (Outcome::Key(key), Target::Step(next)) => Some((*key, *next)),
        _ => None,
    };
    let keys: Vec<(char, usize)> = step.exits.iter().filter_map(|(o, t)| leads(o, t)).collect();
    let verb = |next: usize| gate.bound.steps[next].verb.name();
    let mut odd: Vec<(char, String)> = Vec::new();
    for (key, next) in &keys {
        // Several keys to one verb are a list of like things: reasons, methods, scores.
        let like = keys.iter().filter(|(_, other)| verb(*other) == verb(*next)).count() > 1;
        if let Some((_, usual, what)) = MEANINGS.iter().find(|(name, ..)| *name == verb(*next))
            && usual != key
            && !(*key == '0' && *usual == '3')
            && !like
        {
            odd.push((
                *key,
                format!(
                    "key {key} of '{}' leads to {what}, which is key {usual} everywhere else",
                    step.name
                ),
            ));
        }
        if *key == '0' && persons[*next] != Some(0) {
            odd.push((
                *key,
                format!(
                    "key 0 of '{}' does not lead to a person, as it does everywhere else",
                    step.name
                ),
            ));
        }
        if *key == '9' && *next != menu && !silent.leads(*next, menu) {
            odd.push((
                *key,
                format!(
                    "key 9 of '{}' does not say it again, as it does everywhere else",
                    step.name
                ),
            ));
        }
    }
    for (_, text) in odd {
        gate.warn("L11", step.span.clone(), text).help =
            Some("give it its usual key: 1 pay or yes, 2 text message, 3 and 0 a person, 4 date, plan or call-back, 5 disagree, 6 difficult time, 7 more, 8 stop, 9 again".to_owned());
    }
}

/// The words for "press" of a language.
const fn press_words(lang: Lang) -> &'static [&'static str] {
    match lang {
        Lang::Pl => &["wcisnąć", "nacisnąć", "wybrać", "wciśnij", "naciśnij", "wybierz"],
        Lang::EnGb | Lang::EnUs => &["press"],
        Lang::It => &["prema", "premere", "premi"],
        Lang::PtBr | Lang::PtPt => &["tecle", "prima", "pressione", "aperte", "marque", "carregue"],
    }
}

/// The keys a text tells to press, in its order, with the number of words before each.
pub(super) fn keys_named(lang: Lang, text: &str) -> Vec<(char, usize)> {
    let words: Vec<String> = text.split_whitespace().map(bare).collect();
    let named = |at: &usize| {
        let rest = &words[*at..];
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'].into_iter().find(|key| {
            let name = words::key_name(lang, *key).unwrap_or_default();
            let name: Vec<&str> = name.split_whitespace().collect();
            let fits = name.iter().zip(rest).all(|(a, b)| a == b);
            !name.is_empty() && name.len() <= rest.len() && fits
        })
    };
    let presses = words.iter().enumerate().filter(|(_, w)| press_words(lang).contains(&w.as_str()));
    let behind = presses.map(|(at, _)| {
        let article = words
            .get(at + 1)
            .is_some_and(|w| ["the", "o", "a", "il", "em", "na", "no"].contains(&w.as_str()));
        at + 1 + usize::from(article)
    });
    let first = behind.filter(|at| *at < words.len()).filter_map(|at| Some((named(&at)?, at)));
    let mut found: Vec<(char, usize)> = first.collect();
    // "press one for yes or two for no": a second key of the same sentence.
    for at in 1..words.len() {
        let or = ["or", "lub", "o", "oppure", "ou"].contains(&words[at - 1].as_str());
        let after_first = found.iter().any(|(_, first)| *first < at && at - first <= 5);
        if or
            && after_first
            && let Some(key) = named(&at)
        {
            found.push((key, at));
        }
    }
    found
}

/// A word without what is written around it.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_behind_the_word_for_press_and_nowhere_else() {
        let cases = [
            (Lang::EnGb, "For a person, press three. To end the call, press hash.", "3#"),
            (Lang::EnUs, "To end the call, press the pound key.", "#"),
            (Lang::EnGb, "Would you like that? Press one for yes or two for no.", "12"),
            (Lang::EnGb, "Two digits of the day. For example one two three.", ""),
            (
                Lang::Pl,
                "Aby zakończyć, proszę wcisnąć krzyżyk. Jeśli tak, proszę wcisnąć jeden.",
                "#1",
            ),
            (Lang::It, "Per tornare indietro, prema asterisco. Per il sì prema uno.", "*1"),
            (Lang::PtBr, "Para uma pessoa, tecle três. Para encerrar, tecle jogo da velha.", "3#"),
        ];
        for (lang, text, keys) in cases {
            let found: String = keys_named(lang, text).into_iter().map(|(key, _)| key).collect();
            assert_eq!(found, keys, "{text}");
        }
    }

    /// Numbered lists of like things: dates, days, methods, reasons, scores, languages.
    const LISTS: [&str; 7] =
        ["ptp_menu", "cb_day", "cb_time", "lang_option", "pay_method", "dispute_menu", "survey_"];
    /// What a sentence that names a key must speak of, in Polish, English, Italian, Portuguese.
    const MEANT: [(char, [&[&str]; 4]); 7] = [
        (
            '3',
            [
                &["konsult", "negocjator", "doradc"],
                &["person", "negotiator", "adviser"],
                &["operator", "consulent"],
                &["pessoa", "negociador", "atendente"],
            ],
        ),
        (
            '5',
            [
                &["pomyłk", "nie zgadzają", "nie był do"],
                &["wrong number", "mistake", "not agree", "not for you"],
                &["sbagliato", "errore", "d'accordo", "non era per"],
                &["engano", "não concorda", "não era para"],
            ],
        ),
        (
            '6',
            [
                &["trudnej sytuacji"],
                &["difficult time"],
                &["momento difficile"],
                &["momento difícil"],
            ],
        ),
        (
            '7',
            [
                &["możliwości", "danych", "bezpłatnej"],
                &["options", "data", "rights", "independent"],
                &["opzioni", "dati", "diritti", "indipendenti"],
                &["opções", "dados", "direitos", "independentes"],
            ],
        ),
        ('8', [&["połączeń"], &["stop"], &["non ricevere"], &["não receber"]]),
        ('9', [&["ponownie"], &["again"], &["riascoltare"], &["ouvir de novo"]]),
        (
            '*',
            [
                &["wrócić", "zrezygnować"],
                &["go back", "cancel"],
                &["indietro", "annullare"],
                &["voltar", "cancelar"],
            ],
        ),
    ];

    /// Every text of every catalogue, with its words; values are one word each.
    fn every_text(mut look: impl FnMut(usize, Lang, &str, &str)) {
        let texts = crate::tests::shipped_texts();
        for (index, lang) in Lang::VOICES.into_iter().enumerate() {
            for id in texts.ids(lang) {
                let source = texts.source(lang, &id).unwrap();
                let line = source.lines().next().unwrap();
                let words = line.split_once(" = ").unwrap().1.replace("{ $", "").replace(" }", "");
                look(index, lang, &id, &words);
            }
        }
    }

    #[test]
    fn a_key_means_the_same_in_every_text_of_every_language() {
        let mut amiss = Vec::new();
        every_text(|index, lang, id, text| {
            if LISTS.iter().any(|list| id.starts_with(list)) {
                return;
            }
            for sentence in text.split_inclusive(['.', '?']) {
                let keys = keys_named(lang, sentence);
                let [(key, _)] = keys[..] else { continue };
                let meant = MEANT.iter().find(|(k, _)| *k == key).map(|(_, meant)| meant[index]);
                let lower = sentence.to_lowercase();
                if meant.is_some_and(|words| !words.iter().any(|word| lower.contains(word))) {
                    amiss.push(format!("{lang} {id}: {key} in '{}'", sentence.trim()));
                }
            }
        });
        assert!(amiss.is_empty(), "{}", amiss.join("\n"));
    }

    #[test]
    fn texts_name_the_same_keys_in_every_language_and_at_most_five_before_more() {
        let mut keys_of: BTreeMap<String, Vec<BTreeSet<char>>> = BTreeMap::new();
        every_text(|_, lang, id, text| {
            let keys = keys_named(lang, text).into_iter().map(|(key, _)| key).collect();
            keys_of.entry(id.to_owned()).or_default().push(keys);
        });
        for (id, keys) in keys_of {
            // A British postcode has no fixed length.
            let alike = keys.iter().all(|other| *other == keys[0]);
            assert!(alike || id == "verify_postcode", "{id}: {keys:?}");
            // The long form that vms_menu_short and vms_menu_more replace.
            assert!(keys[0].len() <= OPTIONS_MAX || id == "vms_menu", "{id}: {keys:?}");
        }
    }

    #[test]
    fn the_function_comes_first_then_the_key() {
        let mut amiss = Vec::new();
        every_text(|_, lang, id, text| {
            for sentence in text.split_inclusive(['.', '?']) {
                let first = keys_named(lang, sentence).first().map(|(_, at)| *at);
                if first.is_some_and(|at| at < 3) {
                    amiss.push(format!("{lang} {id}: '{}'", sentence.trim()));
                }
            }
        });
        assert!(amiss.is_empty(), "{}", amiss.join("\n"));
    }
}
