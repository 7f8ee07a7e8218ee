//! `pay`: by card in this call; the keys of the card go to the vault and nowhere else.
//!
//! ```text
//!  enter ─▶ which amount? ─▶ confirm ─▶ card at hand? ─1─▶ errand ─▶ paid │ declined │ …
//! ```

use super::contract::Contract;
use super::sum::{self, Ask, Sum};
use super::{Need, Spec, way, word};
use crate::asking::{Answer, Asking};
use crate::errand::{Errand, Reply};
use crate::limits::{CARD_FETCHED, PAY_LONGEST, PAYS_MAX};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk::{self, choice, pressed};
use crate::walk::Walk;
use ids::Money;
use words::Value;

pub(crate) const SPEC: Spec = Spec {
    name: "pay",
    does: "Takes a card payment in the call: the amount, a word that nobody hears or records the \
           keys, the card by keys into the vault, the bank's answer. At most 3 tries in a call.",
    words: &[word("amount", sum::SHAPE, "how much; 'choose' asks: all, or another amount")],
    outcomes: &[
        way(Outcome::Paid, Need::Bound, true, "paid, and said so with the confirmation number"),
        way(Outcome::Declined, Need::Bound, true, "the bank said no; nothing was charged"),
        way(Outcome::Cancelled, Need::Bound, false, "the caller stopped, or nothing is owed"),
        way(Outcome::Unavailable, Need::Bound, false, "no card can be taken now"),
        way(
            Outcome::Unknown,
            Need::Bound,
            true,
            "the bank has not answered; said: do not pay again",
        ),
        way(Outcome::Limit, Need::Bound, false, "three payments were tried in this call"),
        way(Outcome::Person, Need::Bound, true, "0 was pressed: the caller wants a person"),
        way(Outcome::NoInput, Need::Bound, false, "no key, three times"),
        way(Outcome::NoMatch, Need::Bound, true, "no such key, three times"),
        way(Outcome::Error, Need::Bound, false, "it could not be begun"),
        way(Outcome::Back, Need::Free, true, "** was pressed; unbound, it is asked again"),
    ],
    example: "pay card {\n    amount choose minimum=\"5.00\"\n    paid goodbye; declined help; \
              cancelled main; unavailable link; unknown goodbye\n    limit person; person person; \
              no-input main; no-match main; error link\n}",
    contract: Contract {
        waits: PAY_LONGEST,
        questions: 4,
        keys: 10,
        verified: true,
        secrets: true,
        live: true,
        ..Contract::ERRAND
    },
};

#[derive(Clone, Debug)]
pub(crate) struct Pay {
    sum: Sum,
}

#[derive(Debug)]
struct Paying {
    verb: Pay,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Sum,
    Confirm(Money),
    Card(Money),
    Bank(Money),
}

impl Pay {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        Self { sum: Sum::read(reader) }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let mut plays = self.sum.plays();
        plays.extend(
            ["pay_secure_intro", "pay_get_card", "pay_unknown", "pay_cancelled"]
                .map(Spoken::built_in),
        );
        plays.extend(["no_input", "invalid_input", "balance_zero"].map(Spoken::built_in));
        plays.push(Spoken::built_in("pay_amount_confirm").filled(&["amount"]));
        plays.push(Spoken::built_in("pay_success").filled(&["amount", "ref_digits"]));
        plays
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if !walk.verified() {
            return walk.leave(Outcome::Error);
        }
        if walk.pays >= PAYS_MAX {
            return walk.leave(Outcome::Limit);
        }
        walk.flush();
        match self.sum.known(walk) {
            Ok(Some(amount)) => self.card(walk, amount),
            Ok(None) => Sum::ask(walk, self.at(Stage::Sum)),
            Err(()) => walk.say_then(&[Spoken::built_in("balance_zero")], Outcome::Cancelled),
        }
    }

    fn at(&self, stage: Stage) -> Paying {
        Paying { verb: self.clone(), stage }
    }

    /// Nobody hears the keys; then time to fetch the card.
    fn card(&self, walk: &mut Walk, amount: Money) {
        let prompts = ["pay_secure_intro", "pay_get_card"].map(Spoken::built_in).to_vec();
        let mut question = choice(prompts, "1#");
        (question.first, question.tries) = (CARD_FETCHED, 2);
        walk.choose(question, self.at(Stage::Card(amount)));
    }
}

impl talk::Talk for Paying {
    fn answered(self: Box<Self>, walk: &mut Walk, asking: Asking, answer: Answer) {
        let verb = self.verb;
        match (self.stage, pressed(&answer)) {
            (Stage::Sum, _) => {
                let next = |_: Ask| verb.at(Stage::Sum);
                match verb.sum.answered(walk, asking, &answer, next) {
                    Some(amount) if matches!(answer, Answer::Digits { .. }) => {
                        let said = Spoken::built_in("pay_amount_confirm");
                        let said = said.with("amount", Value::Amount(amount));
                        walk.choose(choice(vec![said], "12"), verb.at(Stage::Confirm(amount)));
                    }
                    // All of it is said once more by the vault, before it is paid.
                    Some(amount) => verb.card(walk, amount),
                    None => {}
                }
            }
            (Stage::Confirm(amount), Some('1')) => verb.card(walk, amount),
            (Stage::Confirm(_), Some('2')) => Sum::ask(walk, verb.at(Stage::Sum)),
            (Stage::Card(amount), Some('1')) => {
                let Some(case) = walk.case.as_ref().map(|c| c.id) else {
                    return walk.leave(Outcome::Error);
                };
                walk.pays += 1;
                walk.errand(Errand::Pay { case, amount }, verb.at(Stage::Bank(amount)));
            }
            (Stage::Card(_), Some('#')) => cancelled(walk),
            _ => walk.unanswered(&answer),
        }
    }

    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        let Stage::Bank(amount) = self.stage else { return walk.leave(Outcome::Error) };
        match reply {
            Reply::Paid(reference) => {
                let said = Spoken::built_in("pay_success").with("amount", Value::Amount(amount));
                let said = said.with("ref_digits", Value::Digits(reference));
                walk.say_then(&[said], Outcome::Paid);
            }
            Reply::Declined => walk.leave(Outcome::Declined),
            Reply::Cancelled => cancelled(walk),
            Reply::Unavailable => walk.leave(Outcome::Unavailable),
            _ => unknown(walk),
        }
    }

    /// Money may have moved: nobody is told to pay again.
    fn late(self: Box<Self>, walk: &mut Walk, _outcome: Outcome) {
        unknown(walk);
    }
}

fn cancelled(walk: &mut Walk) {
    walk.say_then(&[Spoken::built_in("pay_cancelled")], Outcome::Cancelled);
}

fn unknown(walk: &mut Walk) {
    walk.say_then(&[Spoken::built_in("pay_unknown")], Outcome::Unknown);
}
