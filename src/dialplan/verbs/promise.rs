//! `promise`: an amount and a day, within the firm's policy, read back and kept.
//!
//! ```text
//!  enter ─▶ which amount? ─▶ which day? ─4─▶ keyed day ─▶ read back ─1─▶ errand ─▶ made │ refused
//!                               ▲──────────────2──────────────┘
//! ```

use super::contract::Contract;
use super::sum::{self, Ask, Sum};
use super::{Need, Spec, way, word};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Reply};
use crate::fields::name_span;
use crate::limits::{CHANGES_MAX, PROMISE_DAYS};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, digits, pressed};
use crate::walk::Walk;
use ids::{Lang, Money};
use jiff::civil::{Date, date};
use words::Value;

pub(crate) const SPEC: Spec = Spec {
    name: "promise",
    does: "Agrees by when, and how much, the caller will pay: three days to choose from, or a day \
           keyed as DDMM; reads it back; keeps it. Never later than 'max-days' from today.",
    words: &[
        word("amount", sum::SHAPE, "how much; 'choose' asks: all, or another amount"),
        word("max-days", "max-days 30", "latest day, counted from today (1–90)"),
        word("days", "days 7 14 30", "the three days that are offered, counted from today"),
    ],
    outcomes: &[
        way(Outcome::Made, Need::Bound, true, "the promise is kept and said so"),
        way(Outcome::TooLate, Need::Bound, true, "the caller can only pay later than allowed"),
        way(Outcome::Refused, Need::Bound, true, "the firm's rules do not allow it for this case"),
        way(
            Outcome::None,
            Need::Bound,
            true,
            "# alone: the caller cannot name a day; nothing is owed",
        ),
        way(Outcome::Person, Need::Bound, true, "0 was pressed: the caller wants a person"),
        way(Outcome::NoInput, Need::Bound, false, "no key, three times"),
        way(Outcome::NoMatch, Need::Bound, true, "no such key or day, three times"),
        way(Outcome::Error, Need::Bound, false, "it could not be kept"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, it is asked again"),
    ],
    example: "promise when-then {\n    amount choose minimum=\"10.00\"\n    max-days 30; days 7 14 \
              30\n    made goodbye; too-late instalments; refused person; none person\n    person \
              person; no-input main; no-match person; error trouble\n}",
    contract: Contract { questions: 10, keys: 21, verified: true, ..Contract::ERRAND },
};

#[derive(Clone, Debug)]
pub(crate) struct Promise {
    sum: Sum,
    max_days: u16,
    days: [u16; 3],
}

#[derive(Debug)]
struct Promising {
    verb: Promise,
    stage: Stage,
    changes: u8,
}

#[derive(Debug)]
enum Stage {
    Sum,
    Day(Money),
    Keyed(Money),
    Confirm(Money, Date),
    Kept,
}

impl Promise {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let sum = Sum::read(reader);
        let max_days = reader.number_line("max-days", 3..=PROMISE_DAYS.0);
        let max_days = max_days.unwrap_or(PROMISE_DAYS.1);
        let habit = [max_days.div_ceil(4), max_days.div_ceil(2), max_days];
        let days = read_days(reader, max_days).unwrap_or(habit);
        Self { sum, max_days, days }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let mut plays = self.sum.plays();
        plays.extend(["ptp_enter_date", "ptp_saved"].map(Spoken::built_in));
        plays.extend(["no_input", "invalid_input", "please_wait"].map(Spoken::built_in));
        plays.push(Spoken::built_in("ptp_menu").filled(&["date_1", "date_2", "date_3"]));
        plays.push(Spoken::built_in("ptp_date_too_far").filled(&["max_date"]));
        plays.push(Spoken::built_in("ptp_confirm").filled(&["amount", "promise_date"]));
        plays
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if !walk.verified() {
            return walk.leave(Outcome::Error);
        }
        let talk = |stage| Promising { verb: self.clone(), stage, changes: 0 };
        match self.sum.known(walk) {
            Ok(Some(amount)) => talk(Stage::Day(amount)).ask_day(walk),
            Ok(None) => Sum::ask(walk, talk(Stage::Sum)),
            Err(()) => walk.leave(Outcome::None),
        }
    }
}

fn read_days(reader: &mut StepReader<'_, '_, '_>, max_days: u16) -> Option<[u16; 3]> {
    let line = reader.line("days")?;
    let mut fields = reader.fields(line);
    let entries: Vec<_> = std::iter::from_fn(|| fields.next()).collect();
    fields.finish(&[]);
    let days: Vec<u16> = entries
        .iter()
        .filter_map(|e| u16::try_from(e.value().as_integer()?).ok())
        .filter(|d| (1..=max_days).contains(d))
        .collect();
    let rising = days.is_sorted_by(|a, b| a < b);
    match <[u16; 3]>::try_from(days) {
        Ok(days) if rising && entries.len() == 3 => Some(days),
        _ => {
            let text = format!("'days' are three rising numbers from 1 to {max_days}");
            reader.faults.error(name_span(line), text).help = Some("write days 7 14 30".to_owned());
            None
        }
    }
}

impl Promising {
    fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    fn ask_day(self, walk: &mut Walk) {
        let mut prompt = Spoken::built_in("ptp_menu").menu();
        for (name, days) in ["date_1", "date_2", "date_3"].iter().zip(self.verb.days) {
            prompt = prompt.with(name, Value::Date(walk.day_after(days)));
        }
        walk.choose(choice(vec![prompt], "1234#"), self);
    }

    fn confirm(self, walk: &mut Walk, amount: Money, day: Date) {
        let prompt = Spoken::built_in("ptp_confirm").with("amount", Value::Amount(amount));
        let prompt = prompt.with("promise_date", Value::Date(day));
        walk.choose(choice(vec![prompt], "12"), self.at(Stage::Confirm(amount, day)));
    }

    /// A day that was keyed: too far away twice means that the caller cannot pay sooner.
    fn keyed(mut self, walk: &mut Walk, asking: Asking, amount: Money, text: &str) {
        let latest = walk.day_after(self.verb.max_days);
        match next_day(walk.wall.date(), text, walk.lang()) {
            Some(day) if day <= latest => self.confirm(walk, amount, day),
            Some(_) if self.changes > 0 => walk.leave(Outcome::TooLate),
            Some(_) => {
                self.changes += 1;
                let why = Spoken::built_in("ptp_date_too_far");
                walk.refuse(asking, self, &why.with("max_date", Value::Date(latest)));
            }
            None => walk.refuse(asking, self, &Spoken::built_in("invalid_input")),
        }
    }

    fn keep(self, walk: &mut Walk, amount: Money, by: Date) {
        match walk.case.as_ref().map(|c| c.id) {
            Some(case) => walk.errand(Errand::Promise { case, amount, by }, self.at(Stage::Kept)),
            None => walk.leave(Outcome::Error),
        }
    }
}

impl talk::Talk for Promising {
    fn answered(mut self: Box<Self>, walk: &mut Walk, asking: Asking, answer: Answer) {
        match (&self.stage, pressed(&answer)) {
            (Stage::Sum, _) => {
                let verb = self.verb.clone();
                let next = |_: Ask| Promising { verb, stage: Stage::Sum, changes: 0 };
                let amount = self.verb.sum.answered(walk, asking, &answer, next);
                if let Some(amount) = amount {
                    self.at(Stage::Day(amount)).ask_day(walk);
                }
            }
            (Stage::Day(_), Some(key @ '1'..='3')) => {
                let Stage::Day(amount) = self.stage else { return };
                let index = usize::from(key as u8 - b'1');
                let day = walk.day_after(self.verb.days[index]);
                self.confirm(walk, amount, day);
            }
            (Stage::Day(amount), Some('4')) => {
                let amount = *amount;
                let question = digits(Spoken::built_in("ptp_enter_date").menu(), 4, 4);
                walk.choose(question, self.at(Stage::Keyed(amount)));
            }
            (Stage::Day(_) | Stage::Keyed(_), Some('#')) => walk.leave(Outcome::None),
            (Stage::Keyed(amount), None) if matches!(answer, Answer::Digits { .. }) => {
                let Answer::Digits { keys, .. } = answer else { return };
                let amount = *amount;
                keys.reveal(|text| self.keyed(walk, asking, amount, text));
            }
            (Stage::Confirm(amount, by), Some('1')) => {
                let (amount, by) = (*amount, *by);
                self.keep(walk, amount, by);
            }
            (Stage::Confirm(amount, _), Some('2')) if self.changes < CHANGES_MAX => {
                let amount = *amount;
                self.changes += 1;
                self.at(Stage::Day(amount)).ask_day(walk);
            }
            _ => walk.unanswered(&answer),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        match reply {
            Reply::Noted => walk.say_then(&[Spoken::built_in("ptp_saved")], Outcome::Made),
            Reply::Refused => walk.leave(Outcome::Refused),
            _ => walk.leave(Outcome::Error),
        }
    }
}

/// The next day with this day and month, today included; America keys the month first.
pub(super) fn next_day(today: Date, text: &str, lang: Lang) -> Option<Date> {
    let (first, second): (i8, i8) = (text.get(..2)?.parse().ok()?, text.get(2..4)?.parse().ok()?);
    let (day, month) = if lang == Lang::EnUs { (second, first) } else { (first, second) };
    // 29 February comes round within eight years.
    (today.year()..=today.year() + 8)
        .filter_map(|year| Date::new(year, month, day).ok())
        .find(|found| *found >= today && today >= date(1, 1, 1))
}
