//! A negotiator on the line says what is asked, field by field, and talks with the caller in between.
//!
//! ```text
//!            ┌─ArmField─▶ Keying(field) ─fits, tries spent, Disarm─┐
//!  Talking ──┤                                                     ├──▶ Talking ─ 900 s ─▶ Leaving
//!            └─ArmField─▶ Confirm ─1─▶ Waiting ─declined───────────┘
//! ```
//! Keys and sound of the caller are the vault's alone wherever it is not `Talking`.

use super::{At, Entry, Step};
use crate::card::{Card, Part};
use crate::clock::Month;
use crate::limits::GUIDED;
use crate::prompts::Line;
use ids::Moment;
use vault_link::limits::ATTEMPTS_MAX;
use vault_link::{Decline, End, Field, FieldState};

impl Entry {
    /// Waits for the negotiator's commands.
    pub fn begin_guided(now: Moment, card: Card, this_month: Month, attempts_before: u8) -> Self {
        let mut entry = Self::begin(now, card, this_month, attempts_before);
        entry.guided = true;
        entry.ends = now + GUIDED;
        if attempts_before < ATTEMPTS_MAX {
            entry.steps.clear();
            entry.at = At::Talking;
        }
        entry
    }

    /// The negotiator says what is asked.
    pub fn is_guided(&self) -> bool {
        self.guided
    }

    /// The caller's sound is the vault's alone: it may hold keys.
    pub fn masks(&self) -> bool {
        self.at != At::Talking
    }

    /// The negotiator asks for this field. A command that crossed the caller's last key does nothing.
    pub fn arm_field(&mut self, field: Field) {
        if !matches!(self.at, At::Talking | At::Keying(_) | At::Confirm) {
            return;
        }
        self.steps.push_back(Step::Hush);
        if !self.can_arm(field) {
            self.steps.push_back(Step::Field(field, FieldState::Unready));
        } else if field == Field::Confirm {
            self.confirm();
        } else {
            self.open(field, true);
        }
    }

    /// The negotiator takes the open field back.
    pub fn disarm(&mut self) {
        let field = match self.at {
            At::Keying(field) => field,
            At::Confirm => Field::Confirm,
            _ => return,
        };
        self.steps.push_back(Step::Hush);
        self.clear(field);
        self.steps.push_back(Step::Field(field, FieldState::Disarmed));
        self.talk();
    }

    /// A field waits for what is keyed before it.
    fn can_arm(&self, field: Field) -> bool {
        let expiry = self.card.is_valid_in(self.this_month);
        let code = |row: &crate::brands::Row| {
            let length = self.card.length(Part::Code);
            length == row.code || (length == 0 && row.code_may_be_absent)
        };
        match field {
            Field::GetCard => false,
            Field::Number => true,
            Field::Expiry | Field::Code => self.row().is_some(),
            Field::Confirm => expiry && self.row().is_some_and(code),
        }
    }

    pub(super) fn talk(&mut self) {
        self.at = At::Talking;
        self.due = Moment::NEVER;
    }

    /// The next field, or back to the negotiator who names it.
    pub(super) fn go_on_to(&mut self, field: Field) {
        if self.guided { self.talk() } else { self.open(field, true) }
    }

    /// The tries of a field are spent: a negotiator can help, a machine has to end it.
    pub(super) fn give_up(&mut self, field: Field, end: End) {
        if !self.guided {
            return self.leave(end, Line::Cancelled);
        }
        self.clear(field);
        self.steps.push_back(Step::Field(field, FieldState::Disarmed));
        self.talk();
    }

    pub(super) fn talk_of_another_card(&mut self) {
        self.card.wipe_all();
        self.steps.push_back(Step::Field(Field::Confirm, FieldState::Disarmed));
        self.talk();
    }

    /// The bank has said no: what has to be keyed again is gone, the caller is told, the negotiator goes on.
    pub(super) fn talk_after_decline(&mut self, why: Decline) {
        match why {
            Decline::Expiry => self.card.wipe(Part::Expiry),
            Decline::Code => {}
            _ => self.card.wipe_all(),
        }
        self.steps.push_back(Step::Say(Line::AnotherCard));
        self.talk();
    }
}

#[cfg(test)]
#[path = "../tests/guided.rs"]
mod tests;
