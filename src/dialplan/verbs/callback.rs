//! `callback`: a day, a part of the day, a number; then a promise of ours that is kept.
//!
//! ```text
//!  enter ─▶ want one? ─1─▶ which day? ─▶ which part? ─▶ this number? ─2─▶ keyed number ─▶ errand
//! ```

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Reply};
use crate::fields::name_span;
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, digits, pressed};
use crate::walk::Walk;
use jiff::civil::{Time, time};
use words::Value;

pub(crate) const SPEC: Spec = Spec {
    name: "callback",
    does: "Books a call back: whether one is wanted, today, tomorrow or the day after, morning, \
           afternoon or early evening, this number or another; says when we will call.",
    words: &[
        word("offer", "offer ask|skip", "'skip' where the caller has asked for it already"),
        word("morning", "morning \"09:00\" \"12:00\"", "from and until"),
        word("afternoon", "afternoon \"12:00\" \"17:00\"", "from and until"),
        word("evening", "evening \"17:00\" \"20:00\"", "from and until"),
    ],
    outcomes: &[
        way(Outcome::Booked, Need::Bound, true, "booked, and said when"),
        way(Outcome::Already, Need::Bound, true, "one was booked before and stands"),
        way(Outcome::Declined, Need::Bound, true, "the caller wants none"),
        way(Outcome::Closed, Need::Bound, true, "nobody calls at that time; another may be chosen"),
        way(Outcome::NoInput, Need::Bound, false, "no key, three times"),
        way(Outcome::NoMatch, Need::Bound, true, "no such key or number, three times"),
        way(Outcome::Error, Need::Bound, false, "it could not be booked"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, it is asked again"),
    ],
    example: "callback call-back {\n    offer skip\n    booked goodbye; already goodbye; declined \
              goodbye; closed call-back\n    no-input goodbye; no-match goodbye; error trouble\n}",
    contract: Contract { questions: 5, keys: 20, ledger: true, ..Contract::ERRAND },
};

#[derive(Clone, Debug)]
pub(crate) struct Callback {
    offer: bool,
    parts: [(Time, Time); 3],
}

#[derive(Debug)]
struct Booking {
    verb: Callback,
    stage: Stage,
    day: u16,
    part: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Offer,
    Day,
    Part,
    Number,
    Keyed,
    Booked,
}

impl Callback {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let offer = reader.one_of("offer", &[("ask", true), ("skip", false)]).unwrap_or(true);
        let part = |reader: &mut StepReader<'_, '_, '_>, name, from, until| {
            read_part(reader, name).unwrap_or((time(from, 0, 0, 0), time(until, 0, 0, 0)))
        };
        let morning = part(reader, "morning", 9, 12);
        let afternoon = part(reader, "afternoon", 12, 17);
        let evening = part(reader, "evening", 17, 20);
        Self { offer, parts: [morning, afternoon, evening] }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let plain = ["cb_day", "cb_time", "cb_number", "cb_enter_number", "no_input"];
        let mut plays: Vec<Spoken> = plain.map(Spoken::built_in).to_vec();
        plays.extend(self.offer.then(|| Spoken::built_in("cb_offer")));
        plays.extend(["invalid_input", "please_wait"].map(Spoken::built_in));
        let values = ["relative_day", "time_from", "time_to"];
        plays.push(Spoken::built_in("cb_saved_rel").filled(&values));
        plays
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        let stage = if self.offer { Stage::Offer } else { Stage::Day };
        Booking { verb: self.clone(), stage, day: 0, part: 0 }.ask(walk);
    }
}

/// `morning "09:00" "12:00"`
fn read_part(reader: &mut StepReader<'_, '_, '_>, name: &str) -> Option<(Time, Time)> {
    let line = reader.line(name)?;
    let mut fields = reader.fields(line);
    let from = fields.word("a time such as \"09:00\"").and_then(|(t, _)| t.parse::<Time>().ok());
    let until = fields.word("a time such as \"12:00\"").and_then(|(t, _)| t.parse::<Time>().ok());
    fields.finish(&[]);
    let both = from.zip(until).filter(|(from, until)| from < until);
    if both.is_none() {
        let fault = reader.faults.error(name_span(line), format!("'{name}' needs two times"));
        fault.help = Some(format!("write {name} \"09:00\" \"12:00\", in double quotes"));
    }
    both
}

impl Booking {
    fn ask(self, walk: &mut Walk) {
        let one = |id, keys| choice(vec![Spoken::built_in(id).menu()], keys);
        let question = match self.stage {
            Stage::Offer => one("cb_offer", "12"),
            Stage::Day => one("cb_day", "123"),
            Stage::Part => one("cb_time", "123"),
            Stage::Number => one("cb_number", "12"),
            Stage::Keyed | Stage::Booked => {
                digits(Spoken::built_in("cb_enter_number").menu(), 6, 15)
            }
        };
        walk.choose(question, self);
    }

    fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    /// A part of today that is over cannot be chosen.
    fn past(&self, walk: &Walk) -> bool {
        self.day == 0 && self.verb.parts[self.part].1 <= walk.wall.time()
    }

    fn book(self, walk: &mut Walk, number: String) {
        let (from, until) = self.verb.parts[self.part];
        let day = walk.day_after(self.day);
        let case = walk.case.as_ref().map(|c| c.id);
        let errand = Errand::Callback { day, from, until, number, case };
        walk.errand(errand, self.at(Stage::Booked));
    }
}

impl talk::Talk for Booking {
    fn answered(mut self: Box<Self>, walk: &mut Walk, asking: Asking, answer: Answer) {
        match (self.stage, pressed(&answer), &answer) {
            (Stage::Offer, Some('1'), _) => self.at(Stage::Day).ask(walk),
            (Stage::Offer, Some('2'), _) | (Stage::Keyed, Some('#'), _) => {
                walk.leave(Outcome::Declined);
            }
            (Stage::Day, Some(key @ '1'..='3'), _) => {
                self.day = u16::from(key as u8 - b'1');
                self.at(Stage::Part).ask(walk);
            }
            (Stage::Part, Some(key @ '1'..='3'), _) => {
                self.part = usize::from(key as u8 - b'1');
                if self.past(walk) {
                    return walk.refuse(asking, *self, &Spoken::built_in("invalid_input"));
                }
                let known = walk.facts.caller.is_some();
                self.at(if known { Stage::Number } else { Stage::Keyed }).ask(walk);
            }
            (Stage::Number, Some('1'), _) => {
                let number = walk.facts.caller.clone().unwrap_or_default();
                self.book(walk, number);
            }
            (Stage::Number, Some('2'), _) => self.at(Stage::Keyed).ask(walk),
            (Stage::Keyed, _, Answer::Digits { keys, .. }) => {
                let number = keys.reveal(str::to_owned);
                self.book(walk, number);
            }
            _ => walk.unanswered(&answer),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        let (from, until) = self.verb.parts[self.part];
        let day = i8::try_from(self.day).unwrap_or(0);
        match reply {
            Reply::Booked => {
                let said = Spoken::built_in("cb_saved_rel")
                    .with("relative_day", Value::RelativeDay(day))
                    .with("time_from", Value::Time(from))
                    .with("time_to", Value::Time(until));
                walk.say_then(&[said], Outcome::Booked);
            }
            Reply::Already => walk.leave(Outcome::Already),
            Reply::Closed => walk.leave(Outcome::Closed),
            _ => walk.leave(Outcome::Error),
        }
    }
}
