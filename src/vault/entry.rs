//! What the caller is asked, field by field, and what each key does.
//!
//! ```text
//!  GetCard ─1 # digit→ Number ─fits→ Expiry ─fits→ Code ─fits→ Confirm ─1→ Waiting ─outcome→ …
//!                        ▲ ▲                                     │2            │
//!                        │ └─────────────────────────────────────┘             │
//!                        └── declined: another card ◀──────────────────────────┤
//!  … Leaving (a last sentence) ─spoken→ Over      expiry or code declined ─────┘ → that field
//! ```
//! With a negotiator on the line (`guided`) each field is armed by command and leads back to talking.
//!
//! `#` ends a field, `*` clears it and repeats its prompt, `**` within two seconds leaves. A field that is
//! complete and unambiguous needs no `#`.
//!
//! Owns: the field that is open, tries, attempts, the caller's time.
//! Never: what the keys were once they are in the card; sound; the gateway.

use crate::brands;
use crate::card::{Card, Part};
use crate::clock::Month;
use crate::limits::{CAPTURE, DOUBLE_STAR, FIRST_KEY, GET_CARD, NEXT_KEY, TRIES_MAX};
use crate::prompts::Line;
use ids::Moment;
use keypad::Key;
use std::collections::VecDeque;
use vault_link::limits::ATTEMPTS_MAX;
use vault_link::{Brand, Decline, End, Field, FieldState, LastFour, Outcome};

mod guided;

/// What the entry wants done.
#[derive(PartialEq, Eq, Debug)]
pub enum Step {
    /// Stop what is being said.
    Hush,
    /// Say this after what is being said.
    Say(Line),
    /// So many keys are in the field.
    Progress(Field, u8),
    /// What became of it.
    Field(Field, FieldState),
    /// A number that may be one.
    Seen(Brand, LastFour),
    /// The caller wants to pay, by this attempt.
    Consent(u8, Brand, LastFour),
    /// It is over, and the last sentence was spoken.
    Over(End),
}

/// Where the caller is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// Fetching the card; true: asked twice.
    GetCard(bool),
    /// Keying a field.
    Keying(Field),
    /// Saying yes.
    Confirm,
    /// Negotiator and caller talk; no key counts.
    Talking,
    /// The gateway is at work.
    Waiting,
    /// The last sentence.
    Leaving(End),
    /// Over.
    Over,
}

/// One caller's entry.
pub struct Entry {
    at: At,
    card: Card,
    this_month: Month,
    attempt: u8,
    /// The negotiator says what is asked.
    guided: bool,
    tries: u8,
    /// The session's limit; set by the first sentence, not counted while the gateway works.
    ends: Moment,
    /// The field's time-out; never while a prompt is spoken.
    due: Moment,
    last_star: Option<Moment>,
    steps: VecDeque<Step>,
}

impl Entry {
    /// Begins to ask.
    pub fn begin(now: Moment, card: Card, this_month: Month, attempts_before: u8) -> Self {
        let (at, due) = (At::GetCard(false), Moment::NEVER);
        let mut entry = Self {
            at,
            card,
            this_month,
            attempt: attempts_before,
            guided: false,
            tries: 0,
            ends: now + CAPTURE,
            due,
            last_star: None,
            steps: VecDeque::new(),
        };
        if attempts_before >= ATTEMPTS_MAX {
            entry.leave(End::Declined, Line::Declined);
        } else {
            entry.steps.push_back(Step::Say(Line::GetCard));
        }
        entry
    }

    /// Where the caller is.
    #[cfg(test)]
    pub fn at(&self) -> At {
        self.at
    }

    /// The card, to be sent: only while the gateway works.
    pub fn card_to_send(&mut self) -> Option<&mut Card> {
        (self.at == At::Waiting).then_some(&mut self.card)
    }

    /// The next thing to do; drain after each turn.
    pub fn poll(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// When [`Entry::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Moment {
        match self.at {
            At::Waiting | At::Leaving(_) | At::Over => Moment::NEVER,
            At::GetCard(_) | At::Keying(_) | At::Confirm => self.due.min(self.ends),
            At::Talking => self.ends,
        }
    }

    /// A key was pressed and let go.
    pub fn handle_key(&mut self, now: Moment, key: Key) {
        if matches!(self.at, At::Talking | At::Waiting | At::Leaving(_) | At::Over) {
            return;
        }
        self.steps.push_back(Step::Hush);
        self.due = now + NEXT_KEY;
        let starred = std::mem::take(&mut self.last_star);
        if key == Key::STAR {
            let twice = starred.is_some_and(|before| now - before <= DOUBLE_STAR);
            self.last_star = Some(now);
            if twice {
                return self.leave(End::Left, Line::Cancelled);
            }
        }
        match self.at {
            At::GetCard(_) => self.key_while_fetching(key),
            At::Keying(field) => self.key_in_field(now, field, key),
            At::Confirm => self.key_at_confirm(key),
            At::Talking | At::Waiting | At::Leaving(_) | At::Over => {}
        }
    }

    /// All that was to be said has been.
    pub fn handle_spoken(&mut self, now: Moment) {
        match self.at {
            At::GetCard(_) => self.due = now + GET_CARD,
            At::Keying(_) | At::Confirm => self.due = now + FIRST_KEY,
            At::Talking | At::Waiting | At::Over => {}
            At::Leaving(end) => self.over(end),
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Moment) {
        if now < self.poll_timeout() {
            return;
        }
        if now >= self.ends {
            return self.leave(End::TooLong, Line::Cancelled);
        }
        self.due = Moment::NEVER;
        match self.at {
            At::GetCard(false) => {
                self.at = At::GetCard(true);
                self.steps.push_back(Step::Say(Line::GetCard));
            }
            At::GetCard(true) => self.leave(End::Silent, Line::Cancelled),
            At::Keying(field) if self.length(field) == 0 => self.silent(field),
            At::Keying(field) => self.complete(field),
            At::Confirm => self.silent(Field::Confirm),
            At::Talking | At::Waiting | At::Leaving(_) | At::Over => {}
        }
    }

    /// What the gateway said. The security code is gone before anything else happens.
    pub fn handle_outcome(&mut self, now: Moment, outcome: &Outcome) {
        self.card.wipe(Part::Code);
        if self.at != At::Waiting {
            return;
        }
        // the gateway's time is not the caller's
        self.ends = self.ends.max(now + CAPTURE / 3);
        match outcome {
            Outcome::Approved(_) => self.leave(End::Paid, Line::Paid),
            Outcome::Unknown => self.leave(End::Unknown, Line::Unknown),
            Outcome::NeedsCardholder => self.leave(End::NeedsCardholder, Line::Declined),
            Outcome::Declined(why) => self.declined(*why),
        }
    }

    /// Keys came faster than a person presses them and some were not taken: what is in the field is not what
    /// the caller means. He is told, and it is a try like any other.
    pub fn handle_storm(&mut self) {
        match self.at {
            At::Keying(field) => self.refuse(field),
            At::GetCard(_) | At::Confirm | At::Talking => {}
            At::Waiting | At::Leaving(_) | At::Over => {}
        }
    }

    /// The account takes no cards by telephone, or not without credit: told before anything is asked.
    pub fn handle_refused_account(&mut self) {
        self.steps.clear();
        self.leave(End::FundingRefused, Line::Declined);
    }

    /// The gateway cannot be reached before any card was sent.
    pub fn handle_gateway_down(&mut self) {
        self.leave(End::GatewayDown, Line::Cancelled);
    }

    /// The switch wants it to end, or the caller is gone: without a word.
    pub fn stop(&mut self, end: End) {
        if self.at != At::Over {
            self.steps.push_back(Step::Hush);
            self.over(end);
        }
    }

    fn key_while_fetching(&mut self, key: Key) {
        match key.event() {
            // no card of the table begins with one: it can only mean "I have it"
            1 | 11 => self.open(Field::Number, true),
            digit if key.is_digit() => {
                self.open(Field::Number, false);
                debug_assert!(digit < 10);
                self.take(Field::Number, key);
            }
            _ => self.steps.push_back(Step::Say(Line::GetCard)),
        }
    }

    fn key_in_field(&mut self, now: Moment, field: Field, key: Key) {
        match key {
            Key::STAR => {
                self.clear(field);
                self.steps.push_back(Step::Field(field, FieldState::Cleared));
                self.ask(field);
            }
            Key::HASH => self.complete(field),
            _ => {
                self.take(field, key);
                self.due = now + NEXT_KEY;
                if self.is_complete(field) {
                    self.complete(field);
                }
            }
        }
    }

    fn key_at_confirm(&mut self, key: Key) {
        match key.event() {
            1 => self.consent(),
            2 if self.guided => self.talk_of_another_card(),
            2 => self.open(Field::Number, true),
            10 => self.leave(End::Left, Line::Cancelled),
            _ => self.say_confirm(),
        }
    }

    fn take(&mut self, field: Field, key: Key) {
        let Some(part) = part_of(field) else { return };
        // a digit too many is counted too, so that a number that is too long does not pass as one cut short
        if self.card.push(part, key) {
            self.steps.push_back(Step::Progress(field, self.length(field) as u8));
        } else if key.is_digit() {
            self.refuse(field);
        }
    }

    fn length(&self, field: Field) -> usize {
        part_of(field).map_or(0, |part| self.card.length(part))
    }

    fn is_complete(&self, field: Field) -> bool {
        let length = self.length(field);
        match field {
            Field::Number => brands::is_complete(self.card.digits(Part::Number)),
            Field::Expiry => length == 4,
            Field::Code => self.row().is_some_and(|row| length == row.code),
            Field::GetCard | Field::Confirm => false,
        }
    }

    fn row(&self) -> Option<&'static brands::Row> {
        brands::accepted(self.card.digits(Part::Number))
    }

    /// The field is as the caller means it: does it fit?
    fn complete(&mut self, field: Field) {
        let fits = match field {
            Field::Number => self.row().is_some(),
            Field::Expiry => self.card.is_valid_in(self.this_month),
            Field::Code => self.row().is_some_and(|row| {
                let length = self.card.length(Part::Code);
                length == row.code || (length == 0 && row.code_may_be_absent)
            }),
            Field::GetCard | Field::Confirm => true,
        };
        if !fits {
            return self.refuse(field);
        }
        self.tries = 0;
        self.steps.push_back(Step::Field(field, FieldState::Accepted));
        match field {
            Field::Number => {
                if let Some((brand, last)) = self.named() {
                    self.steps.push_back(Step::Seen(brand, last));
                }
                self.go_on_to(Field::Expiry);
            }
            Field::Expiry | Field::Code if self.guided => self.talk(),
            Field::Expiry if self.card.length(Part::Code) == 0 => self.open(Field::Code, true),
            Field::Expiry | Field::Code => self.confirm(),
            Field::GetCard | Field::Confirm => {}
        }
    }

    fn named(&self) -> Option<(Brand, LastFour)> {
        Some((self.row()?.brand, self.card.last_four()?))
    }

    fn refuse(&mut self, field: Field) {
        self.clear(field);
        self.steps.push_back(Step::Field(field, FieldState::Refused));
        if self.spent() {
            return self.give_up(field, End::TriesSpent);
        }
        self.steps.push_back(Step::Hush);
        // the sentence speaks of the number; another field is asked for anew
        if field == Field::Number {
            self.steps.push_back(Step::Say(Line::Invalid));
        }
        self.ask(field);
    }

    fn silent(&mut self, field: Field) {
        self.steps.push_back(Step::Field(field, FieldState::Silent));
        if self.spent() {
            return self.give_up(field, End::Silent);
        }
        if field == Field::Confirm { self.say_confirm() } else { self.ask(field) }
    }

    fn spent(&mut self) -> bool {
        self.tries += 1;
        self.tries >= TRIES_MAX
    }

    fn clear(&mut self, field: Field) {
        if let Some(part) = part_of(field) {
            self.card.wipe(part);
        }
    }

    /// Opens a field anew; a new number takes what belonged to the old one with it.
    fn open(&mut self, field: Field, aloud: bool) {
        if field == Field::Number {
            self.card.wipe_all();
        }
        self.clear(field);
        self.at = At::Keying(field);
        self.tries = 0;
        if aloud {
            self.ask(field);
        } else {
            self.steps.push_back(Step::Field(field, FieldState::Armed));
        }
    }

    fn ask(&mut self, field: Field) {
        let four = self.row().is_some_and(|row| row.code == 4);
        let line = match field {
            Field::GetCard => Line::GetCard,
            Field::Number => Line::Number,
            Field::Expiry => Line::Expiry,
            Field::Code if four => Line::CodeOfFour,
            Field::Code => Line::Code,
            Field::Confirm => return self.say_confirm(),
        };
        self.due = Moment::NEVER;
        self.steps.push_back(Step::Field(field, FieldState::Armed));
        self.steps.push_back(Step::Say(line));
    }

    fn confirm(&mut self) {
        self.at = At::Confirm;
        self.tries = 0;
        self.say_confirm();
    }

    fn say_confirm(&mut self) {
        self.due = Moment::NEVER;
        match self.named() {
            Some((_, last_four)) => {
                self.steps.push_back(Step::Field(Field::Confirm, FieldState::Armed));
                self.steps.push_back(Step::Say(Line::Confirm(last_four)));
            }
            None => self.go_on_to(Field::Number),
        }
    }

    fn consent(&mut self) {
        let Some((brand, last_four)) = self.named() else { return self.go_on_to(Field::Number) };
        self.attempt += 1;
        self.at = At::Waiting;
        self.steps.push_back(Step::Consent(self.attempt, brand, last_four));
        self.steps.push_back(Step::Say(Line::Processing));
    }

    fn declined(&mut self, why: Decline) {
        match why {
            Decline::NotSent => return self.leave(End::GatewayDown, Line::Cancelled),
            Decline::Funding => return self.leave(End::FundingRefused, Line::Declined),
            Decline::Duplicate => return self.leave(End::Unknown, Line::Unknown),
            _ if self.attempt >= ATTEMPTS_MAX || why == Decline::Final => {
                return self.leave(End::Declined, Line::Declined);
            }
            _ => {}
        }
        self.steps.push_back(Step::Hush);
        if self.guided {
            return self.talk_after_decline(why);
        }
        match why {
            Decline::Expiry => self.open(Field::Expiry, true),
            Decline::Code => self.open(Field::Code, true),
            _ => {
                self.steps.push_back(Step::Say(Line::AnotherCard));
                self.open(Field::Number, true);
            }
        }
    }

    fn leave(&mut self, end: End, line: Line) {
        self.card.wipe_all();
        self.at = At::Leaving(end);
        self.steps.push_back(Step::Hush);
        self.steps.push_back(Step::Say(line));
    }

    fn over(&mut self, end: End) {
        self.card.wipe_all();
        self.at = At::Over;
        self.steps.push_back(Step::Over(end));
    }
}

const fn part_of(field: Field) -> Option<Part> {
    match field {
        Field::Number => Some(Part::Number),
        Field::Expiry => Some(Part::Expiry),
        Field::Code => Some(Part::Code),
        Field::GetCard | Field::Confirm => None,
    }
}

#[cfg(test)]
#[path = "tests/entry.rs"]
mod tests;
