//! `survey`: up to three questions answered by a number; silence ends it kindly.

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Question, Reply};
use crate::fields::did_you_mean;
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, digits, pressed};
use crate::walk::Walk;

pub(crate) const SPEC: Spec = Spec {
    name: "survey",
    does: "Asks whether the caller would answer, then how satisfied they are (csat, 1–5), how easy it \
           was (ces, 1–7), whether they would recommend us (nps, 0–10). Each answer is kept at once; \
           silence or # ends it with thanks.",
    words: &[
        word("ask", "ask csat ces nps", "which questions, in order"),
        word("intro", "intro ask|skip", "'skip' where the caller has agreed already"),
    ],
    outcomes: &[
        way(Outcome::Done, Need::Bound, true, "at least one answer is kept"),
        way(Outcome::Skipped, Need::Bound, false, "none: no wish, or no key"),
        way(Outcome::Error, Need::Bound, false, "an answer could not be kept"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, it is asked again"),
    ],
    example: "survey opinion {\n    ask csat ces nps\n    done goodbye; skipped goodbye; error goodbye\n}",
    contract: Contract { questions: 4, keys: 6, ..Contract::ERRAND },
};

const KNOWN: [(&str, Question); 3] =
    [("csat", Question::Csat), ("ces", Question::Ces), ("nps", Question::Nps)];

#[derive(Clone, Debug)]
pub(crate) struct Survey {
    questions: Vec<Question>,
    intro: bool,
}

#[derive(Debug)]
struct Surveying {
    verb: Survey,
    /// Index of the open question; `None`: the intro.
    at: Option<usize>,
    kept: usize,
}

impl Survey {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let mut questions = Vec::new();
        if let Some(line) = reader.needed("ask", "ask csat ces nps") {
            let mut fields = reader.fields(line);
            while let Some(entry) = fields.next() {
                let Some((name, span)) = fields.text(entry, "csat, ces or nps") else { continue };
                match KNOWN.iter().find(|(n, _)| *n == name) {
                    Some((_, question)) if !questions.contains(question) => {
                        questions.push(*question);
                    }
                    Some(_) => {
                        let fault =
                            fields.faults.error(span, format!("'{name}' stands here twice"));
                        fault.help = Some("ask each question once".to_owned());
                    }
                    None => {
                        let fault = fields.faults.error(span, format!("there is no '{name}'"));
                        fault.help = did_you_mean(&name, KNOWN.iter().map(|(n, _)| *n))
                            .or_else(|| Some("there are csat, ces and nps".to_owned()));
                    }
                }
            }
            fields.finish(&[]);
        }
        let intro = reader.one_of("intro", &[("ask", true), ("skip", false)]).unwrap_or(true);
        Self { questions, intro }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let asked = self.questions.iter().map(|q| prompt(*q));
        let intro = self.intro.then_some("survey_intro");
        let built_in = ["survey_thanks", "no_input", "invalid_input", "please_wait"];
        asked.chain(intro).chain(built_in).map(Spoken::built_in).collect()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        let talk = Surveying { verb: self.clone(), at: None, kept: 0 };
        match self.intro {
            true => {
                let intro = Spoken::built_in("survey_intro").menu();
                walk.choose(choice(vec![intro], "12#"), talk);
            }
            false => talk.next(walk),
        }
    }
}

fn prompt(question: Question) -> &'static str {
    match question {
        Question::Csat => "survey_csat",
        Question::Ces => "survey_ces",
        Question::Nps => "survey_nps",
    }
}

impl Surveying {
    fn next(mut self, walk: &mut Walk) {
        let at = self.at.map_or(0, |at| at + 1);
        let Some(question) = self.verb.questions.get(at).copied() else { return self.thank(walk) };
        self.at = Some(at);
        let words = Spoken::built_in(prompt(question)).menu();
        walk.choose(
            match question {
                Question::Csat => choice(vec![words], "12345#"),
                Question::Ces => choice(vec![words], "1234567#"),
                Question::Nps => digits(words, 1, 2),
            },
            self,
        );
    }

    fn thank(self, walk: &mut Walk) {
        let outcome = if self.kept > 0 { Outcome::Done } else { Outcome::Skipped };
        match self.kept {
            0 => walk.leave(outcome),
            _ => walk.say_then(&[Spoken::built_in("survey_thanks")], outcome),
        }
    }

    fn keep(self, walk: &mut Walk, score: u8) {
        let question = self.at.and_then(|at| self.verb.questions.get(at).copied());
        let Some(question) = question else { return walk.leave(Outcome::Error) };
        let case = walk.case.as_ref().map(|c| c.id);
        walk.errand(Errand::Survey { case, question, score }, self);
    }
}

impl talk::Talk for Surveying {
    fn answered(self: Box<Self>, walk: &mut Walk, asking: Asking, answer: Answer) {
        match (self.at, pressed(&answer), &answer) {
            (None, Some('1'), _) => self.next(walk),
            (Some(_), Some(key @ '1'..='7'), _) => self.keep(walk, key as u8 - b'0'),
            (Some(_), _, Answer::Digits { keys, .. }) => {
                match keys.reveal(|text| text.parse().ok().filter(|n| *n <= 10)) {
                    Some(score) => self.keep(walk, score),
                    None => walk.refuse(asking, *self, &Spoken::built_in("invalid_input")),
                }
            }
            (_, _, Answer::Back) => walk.leave(Outcome::Back),
            _ => self.thank(walk),
        }
    }

    fn replied(mut self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match reply {
            Reply::Noted => {
                self.kept += 1;
                self.next(walk);
            }
            _ => walk.leave(Outcome::Error),
        }
    }
}
