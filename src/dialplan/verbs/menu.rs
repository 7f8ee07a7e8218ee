//! `menu`: one key chooses.

use super::contract::Contract;
use super::{Need, Receiver, Spec, way, word};
use crate::asking::{Answer, Question, Wanted};
use crate::fields::{entry_span, name_span};
use crate::limits::{FIRST_KEY_MENU, INTER_KEY};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::walk::Walk;
use kdl::KdlNode;
use keypad::Key;
use std::time::Duration;

pub(crate) const SPEC: Spec = Spec {
    name: "menu",
    does: "Offers a choice by one key. Keys mean the same everywhere: 1 pay or yes, 3 a person, 7 \
           more, 8 stop, 9 repeat, 0 a person too, # end.",
    words: &[
        word(
            "prompt",
            "prompt ID",
            "the choices, function first, key second; several lines are joined",
        ),
        word("short", "short ID", "for replays; else <prompt>_short where there is one"),
        word(
            "key",
            "key 1 STEP",
            "a key and where it leads; write key \"#\" and key \"*\" in quotes",
        ),
        word("tries", "tries 3", "silences, and wrong keys, until no-input and no-match (1–3)"),
        word("first", "first \"5s\"", "wait for a key after the prompt"),
        word(
            "type-ahead",
            "type-ahead keep|flush",
            "keys pressed before the menu count (habit: keep)",
        ),
        word("word", "word pay STEP", "a spoken word; needs a speech engine, not there yet"),
    ],
    outcomes: &[
        way(Outcome::NoInput, Need::Bound, false, "no key, three times"),
        way(Outcome::NoMatch, Need::Bound, true, "no such key, three times"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, the menu is played again"),
    ],
    example: "menu main {\n    prompt hotline_menu\n    key 9 balance; key 3 person; key 0 person\n    \
              key \"#\" goodbye\n    no-input person; no-match person; tries 3\n}",
    contract: Contract { questions: 1, keys: 1, ..Contract::SPEAKS },
};

pub(crate) struct Menu {
    question: Question,
    keys: Vec<(Key, char)>,
    flush: bool,
}

impl Menu {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let mut keys: Vec<(Key, char)> = Vec::new();
        for line in reader.lines("key") {
            if let Some(key) = read_key(reader, line, &keys) {
                keys.push(key);
            }
        }
        for line in reader.lines("word") {
            let fault = reader.faults.warn(name_span(line), "spoken words need a speech engine");
            fault.help = Some("it is not there yet; the keys work".to_owned());
        }
        if keys.is_empty() {
            let fault = reader.faults.error(name_span(reader.node), "this menu has no keys");
            fault.help = Some("add a line such as: key 3 person".to_owned());
        }
        let short = reader.prompt_line("short");
        let tries = reader.tries();
        let flush = reader.flush(false);
        let first = read_wait(reader, "first").unwrap_or(FIRST_KEY_MENU);
        let prompts = reader.needed_prompts("prompt hotline_menu");
        let wanted = Wanted::OneOf(keys.iter().map(|(key, _)| *key).collect());
        let question = Question { wanted, prompts, short, first, inter: INTER_KEY, tries };
        Self { question, keys, flush }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let own = self.question.prompts.iter().chain(&self.question.short).cloned();
        own.chain(["no_input", "invalid_input"].map(Spoken::built_in)).collect()
    }

    /// How long it waits, and how often it asks.
    pub(crate) fn patience(&self) -> crate::asking::Patience {
        self.question.patience()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if self.flush {
            walk.flush();
        }
        walk.ask(self.question.clone(), Receiver::Menu);
    }
}

/// `first "5s"` on a line of its own.
fn read_wait(reader: &mut StepReader<'_, '_, '_>, name: &str) -> Option<Duration> {
    let line = reader.line(name)?;
    let mut fields = reader.fields(line);
    let (text, span) = fields.word("a time such as \"5s\"")?;
    fields.finish(&[]);
    let read = crate::fields::read_duration(&text).filter(|d| *d <= Duration::from_secs(600));
    if read.is_none() {
        let fault = reader.faults.error(span, format!("'{text}' is no time up to 10 minutes"));
        fault.help = Some("write \"5s\" or \"1500ms\", in double quotes".to_owned());
    }
    read
}

fn read_key<'n>(
    reader: &mut StepReader<'n, '_, '_>,
    line: &'n KdlNode,
    known: &[(Key, char)],
) -> Option<(Key, char)> {
    let mut fields = reader.fields(line);
    let (text, span) = fields.word("a key such as 3 or \"#\"")?;
    fields.next();
    fields.finish(&[]);
    let mut chars = text.chars();
    let key = match (chars.next(), chars.next()) {
        (Some(c), None) => Key::from_char(c).map(|key| (key, c)),
        _ => None,
    };
    let Some((key, name)) = key else {
        let fault = reader.faults.error(span, format!("'{text}' is no key"));
        fault.help = Some("keys are 0 to 9, \"*\" and \"#\"".to_owned());
        return None;
    };
    if known.iter().any(|(other, _)| *other == key) {
        let first = reader.exits.iter().find(|e| e.outcome == Outcome::Key(name));
        let leads =
            first.map_or_else(String::new, |e| format!(": it already leads to {}", e.target));
        let span = line.entries().first().map_or(span, entry_span);
        let fault = reader.faults.error(span, format!("key {name} is bound twice{leads}"));
        fault.help = Some("take one of the two lines out, or give it another key".to_owned());
        return None;
    }
    reader.exit(Outcome::Key(name), line, 1);
    Some((key, name))
}

/// The caller has chosen, or will not.
pub(crate) fn receive(walk: &mut Walk, answer: Answer) {
    let outcome = match answer {
        Answer::Key(key) => walk.here(|_, step| match &step.verb {
            super::Verb::Menu(menu) => menu.keys.iter().find(|(k, _)| *k == key).map(|(_, c)| *c),
            _ => None,
        }),
        Answer::NoInput => return walk.leave(Outcome::NoInput),
        Answer::Back => return walk.leave(Outcome::Back),
        Answer::NoMatch | Answer::Empty | Answer::Digits { .. } => None,
    };
    walk.leave(outcome.map_or(Outcome::NoMatch, Outcome::Key));
}
