//! `plan`: instalments within the firm's policy, offered, changed, accepted and kept.
//!
//! ```text
//!  enter ─▶ offer ─1─▶ errand ─▶ agreed │ not-offered
//!             ▲ └─2─▶ how many? ─┐
//!             └──────────────────┘
//! ```

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Reply};
use crate::fields::name_span;
use crate::limits::{CHANGES_MAX, INSTALMENTS_MAX};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, digits, pressed};
use crate::walk::Walk;
use ids::Money;
use jiff::ToSpan;
use jiff::civil::Date;
use words::Value;

pub(crate) const SPEC: Spec = Spec {
    name: "plan",
    does: "Offers to pay in monthly instalments: how many, how much, from when; another number on \
           wish; keeps the schedule. Never less than 'minimum' a month, never more months than 'months'.",
    words: &[
        word("months", "months min=2 max=12", "fewest and most instalments (2–60)"),
        word("minimum", "minimum \"50.00\"", "the least instalment, in the case's currency"),
        word("first", "first 14", "days until the first instalment (1–60)"),
    ],
    outcomes: &[
        way(Outcome::Agreed, Need::Bound, true, "the plan is kept and said so"),
        way(Outcome::Declined, Need::Bound, true, "#: the caller wants no instalments"),
        way(Outcome::NotOffered, Need::Bound, false, "the rules allow none for this case; said so"),
        way(Outcome::Person, Need::Bound, true, "3 or 0 was pressed: the caller wants a person"),
        way(Outcome::NoInput, Need::Bound, false, "no key, three times"),
        way(Outcome::NoMatch, Need::Bound, true, "no such key or number, three times"),
        way(Outcome::Error, Need::Bound, false, "it could not be kept"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, it is asked again"),
    ],
    example: "plan instalments {\n    months min=2 max=12; minimum \"50.00\"; first 14\n    agreed \
              goodbye; declined main; not-offered person; person person\n    no-input main; no-match \
              person; error trouble\n}",
    contract: Contract { questions: 12, keys: 22, verified: true, ..Contract::ERRAND },
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    min: u8,
    max: u8,
    /// Hundredths.
    minimum: u64,
    first_days: u16,
}

#[derive(Debug)]
struct Offering {
    verb: Plan,
    stage: Stage,
    changes: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Offer(u8),
    Count,
    Kept,
}

impl Plan {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let (mut min, mut max) = (2, 12);
        if let Some(line) = reader.needed("months", "months min=2 max=12") {
            let mut fields = reader.fields(line);
            min = fields.number("min", 2..=INSTALMENTS_MAX).unwrap_or(min);
            max = fields.number("max", 2..=INSTALMENTS_MAX).unwrap_or(max.max(min));
            fields.finish(&["min", "max"]);
            if min > max {
                let text = format!("at least {min} and at most {max} instalments?");
                reader.faults.error(name_span(line), text).help =
                    Some(format!("write months min={max} max={min}"));
            }
        }
        let minimum = reader.needed_word("minimum", "minimum \"50.00\"");
        let minimum = minimum.and_then(|(text, span)| reader.amount(&text, span));
        let first_days = reader.number_line("first", 1..=60).unwrap_or(14);
        Self { min, max, minimum: minimum.unwrap_or(100).max(1), first_days }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let offer = ["inst_count", "inst_amount", "first_date"];
        let plain = ["inst_saved", "inst_unavailable", "no_input", "invalid_input", "please_wait"];
        let mut plays: Vec<Spoken> = plain.map(Spoken::built_in).to_vec();
        plays.push(Spoken::built_in("inst_offer").filled(&offer));
        plays.push(Spoken::built_in("inst_enter_count").filled(&["inst_min", "inst_max"]));
        plays
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if !walk.verified() {
            return walk.leave(Outcome::Error);
        }
        match self.most(walk) {
            // The calmest plan first: the fewest months would be the largest burden.
            Some(most) => {
                Offering { verb: *self, stage: Stage::Count, changes: 0 }.offer(walk, most)
            }
            None => not_offered(walk),
        }
    }

    /// The most instalments that the amount allows.
    fn most(&self, walk: &Walk) -> Option<u8> {
        let due = walk.case.as_ref()?.outstanding.minor;
        let most = u8::try_from((due / self.minimum).min(u64::from(self.max))).ok()?;
        (most >= self.min).then_some(most)
    }

    /// Due days and amounts: equal, the rest of the division on the last.
    fn schedule(&self, walk: &Walk, count: u8) -> Vec<(Date, Money)> {
        let Some(due) = walk.case.as_ref().map(|c| c.outstanding) else { return Vec::new() };
        let first = walk.day_after(self.first_days);
        let each = due.minor / u64::from(count.max(1));
        let day = |n: u8| first.checked_add(i32::from(n).months()).unwrap_or(first);
        let rest = due.minor - each * u64::from(count.max(1));
        let amount = |n: u8| each + if n + 1 == count { rest } else { 0 };
        (0..count).map(|n| (day(n), Money::new(amount(n), due.currency))).collect()
    }
}

impl Offering {
    fn offer(mut self, walk: &mut Walk, count: u8) {
        let schedule = self.verb.schedule(walk, count);
        let Some((day, amount)) = schedule.first().copied() else {
            return walk.leave(Outcome::Error);
        };
        self.stage = Stage::Offer(count);
        let prompt = Spoken::built_in("inst_offer")
            .with("inst_count", Value::Number(u64::from(count)))
            .with("inst_amount", Value::Amount(amount))
            .with("first_date", Value::Date(day));
        walk.choose(choice(vec![prompt], "123#"), self);
    }

    fn ask_count(mut self, walk: &mut Walk) {
        let Some(most) = self.verb.most(walk) else { return not_offered(walk) };
        self.stage = Stage::Count;
        let prompt = Spoken::built_in("inst_enter_count").menu();
        let prompt = prompt.with("inst_min", Value::Number(u64::from(self.verb.min)));
        let prompt = prompt.with("inst_max", Value::Number(u64::from(most)));
        walk.choose(digits(prompt, 1, 2), self);
    }

    fn counted(self, walk: &mut Walk, asking: Asking, count: u8) {
        match self.verb.most(walk) {
            Some(most) if (self.verb.min..=most).contains(&count) => self.offer(walk, count),
            _ => walk.refuse(asking, self, &Spoken::built_in("invalid_input")),
        }
    }

    fn keep(mut self, walk: &mut Walk, count: u8) {
        let instalments = self.verb.schedule(walk, count);
        self.stage = Stage::Kept;
        match walk.case.as_ref().map(|c| c.id) {
            Some(case) => walk.errand(Errand::Plan { case, instalments }, self),
            None => walk.leave(Outcome::Error),
        }
    }
}

impl talk::Talk for Offering {
    fn answered(mut self: Box<Self>, walk: &mut Walk, asking: Asking, answer: Answer) {
        match (self.stage, pressed(&answer), &answer) {
            (Stage::Offer(count), Some('1'), _) => self.keep(walk, count),
            (Stage::Offer(_), Some('2'), _) if self.changes < CHANGES_MAX => {
                self.changes += 1;
                self.ask_count(walk);
            }
            (Stage::Offer(_), Some('3'), _) => walk.leave(Outcome::Person),
            (Stage::Offer(_) | Stage::Count, Some('#'), _) => walk.leave(Outcome::Declined),
            (Stage::Count, _, Answer::Digits { keys, .. }) => {
                let count = keys.reveal(|text| text.parse().unwrap_or(0));
                self.counted(walk, asking, count);
            }
            _ => walk.unanswered(&answer),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match reply {
            Reply::Noted => walk.say_then(&[Spoken::built_in("inst_saved")], Outcome::Agreed),
            Reply::Refused => not_offered(walk),
            _ => walk.leave(Outcome::Error),
        }
    }
}

fn not_offered(walk: &mut Walk) {
    walk.say_then(&[Spoken::built_in("inst_unavailable")], Outcome::NotOffered);
}
