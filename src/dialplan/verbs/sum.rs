//! Which amount a payment or a promise is about: all that is owed, a variable, or the caller's choice.

use crate::asking::{Answer, Asking};
use crate::condition::Literal;
use crate::fields::name_span;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{Talk, choice, digits, pressed};
use crate::walk::Walk;
use ids::Money;

/// Where the amount comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    Due,
    Set(String),
    /// 1 all, 2 another amount.
    Choose,
}

/// The `amount` line of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sum {
    pub(crate) source: Source,
    /// Hundredths; less is not taken.
    minimum: u64,
}

/// Which question about the amount is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ask {
    Which,
    HowMuch,
}

pub(super) const SHAPE: &str = "amount case.due | amount choose minimum=\"5.00\" | amount set.NAME";

impl Sum {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let habit = Sum { source: Source::Due, minimum: 100 };
        let Some(line) = reader.line("amount") else { return habit };
        let mut fields = reader.fields(line);
        let word = fields.word("case.due, choose, or set.NAME");
        let minimum = fields.property("minimum");
        let minimum = minimum.and_then(|entry| fields.text(entry, "an amount in double quotes"));
        fields.finish(&["minimum"]);
        let minimum = minimum.and_then(|(text, span)| reader.amount(&text, span));
        let Some((word, span)) = word else { return habit };
        let source = match word.as_str() {
            "case.due" => Source::Due,
            "choose" => Source::Choose,
            other => match other.strip_prefix("set.") {
                Some(name) if reader.variables.iter().any(|(n, _)| n == name) => {
                    Source::Set(name.to_owned())
                }
                _ => {
                    let fault = reader.faults.error(span, format!("no amount is called '{other}'"));
                    fault.help = Some(format!("write {SHAPE}"));
                    Source::Due
                }
            },
        };
        if minimum.is_some() && source == Source::Due {
            let text = "a minimum is for an amount that the caller chooses";
            reader.faults.error(name_span(line), text).help =
                Some("write amount choose minimum=\"5.00\"".to_owned());
        }
        Self { source, minimum: minimum.unwrap_or(habit.minimum) }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        match self.source {
            Source::Choose => ["pay_amount_menu", "pay_enter_amount", "invalid_input", "no_input"]
                .map(Spoken::built_in)
                .to_vec(),
            Source::Due | Source::Set(_) => Vec::new(),
        }
    }

    /// The amount, where the caller need not be asked; `Err` when there is none to pay.
    pub(crate) fn known(&self, walk: &Walk) -> Result<Option<Money>, ()> {
        let due = walk.case.as_ref().map(|case| case.outstanding).filter(|m| m.minor > 0);
        let due = due.ok_or(())?;
        match &self.source {
            Source::Due => Ok(Some(due)),
            Source::Choose => Ok(None),
            Source::Set(name) => {
                let found = walk.set.iter().find(|(n, _)| n == name);
                let Some((_, Literal::Number(minor))) = found else { return Err(()) };
                let minor = u64::try_from(*minor).ok().filter(|m| *m > 0).ok_or(())?;
                Ok(Some(Money::new(minor.min(due.minor), due.currency)))
            }
        }
    }

    /// Asks whether all or another amount.
    pub(crate) fn ask(walk: &mut Walk, talk: impl Talk + 'static) {
        walk.choose(choice(vec![Spoken::built_in("pay_amount_menu").menu()], "12"), talk);
    }

    /// The answer to the open question: the amount, or what is asked instead by `next`.
    pub(crate) fn answered<T: Talk + 'static>(
        &self,
        walk: &mut Walk,
        asking: Asking,
        answer: &Answer,
        next: impl FnOnce(Ask) -> T,
    ) -> Option<Money> {
        let due = walk.case.as_ref().map(|case| case.outstanding)?;
        match (pressed(answer), answer) {
            (Some('1'), _) => Some(due),
            (Some('2'), _) => {
                let question = digits(Spoken::built_in("pay_enter_amount").menu(), 1, 7);
                walk.choose(question, next(Ask::HowMuch));
                None
            }
            (_, Answer::Digits { keys, .. }) => {
                let whole: u64 = keys.reveal(|k| k.parse().unwrap_or(0));
                let amount = Money::new(whole.saturating_mul(100), due.currency);
                let least = self.minimum.min(due.minor);
                if (least..=due.minor).contains(&amount.minor) {
                    return Some(amount);
                }
                walk.refuse(asking, next(Ask::HowMuch), &Spoken::built_in("invalid_input"));
                None
            }
            // # alone: they do not know; all of it is offered again.
            (Some('#'), _) => {
                Sum::ask(walk, next(Ask::Which));
                None
            }
            _ => {
                walk.unanswered(answer);
                None
            }
        }
    }
}
