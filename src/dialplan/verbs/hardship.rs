//! `hardship`: a difficult time is heard kindly; a pause, advice, or a person. Never asks for reasons.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Reply};
use crate::limits::PAUSE_DAYS_MAX;
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, pressed};
use crate::walk::Walk;
use jiff::civil::Date;
use words::Value;

pub(crate) const SPEC: Spec = Spec {
    name: "hardship",
    does: "Thanks the caller for telling us and offers a specially prepared adviser (3), a pause of \
           our calls (2), or free and independent advice (7). Asks for no reasons.",
    words: &[
        word("pause", "pause 30", "days without our calls (1–180, habit 30)"),
        word(
            "advice",
            "advice \"Citizens Advice\" \"08001448848\"",
            "who advises for free, and the number",
        ),
    ],
    outcomes: &[
        way(Outcome::Noted, Need::Bound, true, "the pause is kept and said so"),
        way(Outcome::Person, Need::Bound, true, "3 or 0 was pressed: the caller wants a person"),
        way(Outcome::NoInput, Need::Bound, false, "no key, three times"),
        way(Outcome::NoMatch, Need::Bound, true, "no such key, three times"),
        way(Outcome::Error, Need::Bound, false, "it could not be kept"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, it is asked again"),
    ],
    example: "hardship hard-time {\n    pause 30; advice \"Citizens Advice\" \"08001448848\"\n    noted \
              goodbye; person person; no-input person; no-match person; error person\n}",
    contract: Contract { questions: 2, keys: 2, verified: true, ..Contract::ERRAND },
};

#[derive(Clone, Debug)]
pub(crate) struct Hardship {
    pause_days: u16,
    advice: (String, String),
}

#[derive(Debug)]
enum Talking {
    Menu { verb: Hardship, advised: bool },
    Pausing(Date),
}

impl Hardship {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let pause_days = reader.number_line("pause", 1..=PAUSE_DAYS_MAX).unwrap_or(30);
        let mut advice = (String::new(), String::new());
        if let Some(line) = reader.needed("advice", "advice \"Citizens Advice\" \"08001448848\"") {
            let mut fields = reader.fields(line);
            let name = fields.word("who advises");
            let number = fields.word("a telephone number in double quotes");
            fields.finish(&[]);
            if let Some((number, span)) = &number
                && (number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()))
            {
                let text = format!("'{number}' is no telephone number");
                let fault = reader.faults.error(span.clone(), text);
                fault.help = Some("write digits alone, as a caller would key them".to_owned());
            }
            advice = (name.unwrap_or_default().0, number.unwrap_or_default().0);
        }
        Self { pause_days, advice }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let plain = ["hardship_intro", "hardship_menu", "no_input", "invalid_input", "please_wait"];
        let paused = Spoken::built_in("hardship_paused").filled(&["pause_until"]);
        let advice = ["advice_org", "advice_phone_digits"];
        let advice = Spoken::built_in("hardship_advice").filled(&advice);
        plain.map(Spoken::built_in).into_iter().chain([paused, advice]).collect()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if !walk.say(&Spoken::built_in("hardship_intro"), true) {
            return walk.leave(Outcome::Error);
        }
        ask(walk, Talking::Menu { verb: self.clone(), advised: false });
    }

    fn advise(&self) -> Spoken {
        let (name, number) = self.advice.clone();
        Spoken::built_in("hardship_advice")
            .with("advice_org", Value::Name(name))
            .with("advice_phone_digits", Value::Digits(number))
    }
}

fn ask(walk: &mut Walk, talk: Talking) {
    walk.choose(choice(vec![Spoken::built_in("hardship_menu").menu()], "237"), talk);
}

impl talk::Talk for Talking {
    fn answered(self: Box<Self>, walk: &mut Walk, _asking: Asking, answer: Answer) {
        let Talking::Menu { verb, advised } = *self else { return walk.leave(Outcome::Error) };
        match (pressed(&answer), walk.case.as_ref().map(|c| c.id)) {
            (Some('3'), _) => walk.leave(Outcome::Person),
            (Some('2'), Some(case)) => {
                let until = walk.day_after(verb.pause_days);
                walk.errand(Errand::Hardship { case, until }, Talking::Pausing(until));
            }
            (Some('7'), _) if !advised => match walk.say(&verb.advise(), true) {
                true => ask(walk, Talking::Menu { verb, advised: true }),
                false => walk.leave(Outcome::Error),
            },
            // Heard twice: somebody who listens helps more.
            (Some('7'), _) => walk.leave(Outcome::Person),
            _ => walk.unanswered(&answer),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match (*self, reply) {
            (Talking::Pausing(until), Reply::Noted) => {
                let said = Spoken::built_in("hardship_paused");
                walk.say_then(&[said.with("pause_until", Value::Date(until))], Outcome::Noted);
            }
            _ => walk.leave(Outcome::Error),
        }
    }
}
