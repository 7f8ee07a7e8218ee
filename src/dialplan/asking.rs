//! One question answered by keys, with VoiceXML's patience (VoiceXML 2.1, section 4.1.5 and appendix D).
//!
//! ```text
//!  prompt plays ──ends──▶ first-key wait ──key──▶ inter-key wait ──#, full, or too long──▶ answer
//!        ▲                      │ nothing came          │ * wipes        │ does not fit
//!        └──────── again: apology, then a shorter prompt ◀───────────────┘
//! ```
//! Owns: the keys of this entry, its waits, its counts of silence and of wrong answers.
//! Never: what is played, where an answer leads, a key's name.

use crate::limits::{KEY_HELD_LONGEST, LAST_HASH_WAIT, MISSES_TOGETHER_MAX, WIPES_MAX};
use crate::spoken::Spoken;
use ids::Moment;
use keypad::{Key, Keys};
use std::time::Duration;

/// What would be an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// One of these keys.
    OneOf(Vec<Key>),
    /// A number of so many digits; `#` ends it.
    Digits { min: u8, max: u8 },
}

/// What is asked, and how patiently.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) wanted: Wanted,
    /// One after the other.
    pub(crate) prompts: Vec<Spoken>,
    /// For replays; `None`: `<prompt>_short` where there is one.
    pub(crate) short: Option<Spoken>,
    pub(crate) first: Duration,
    pub(crate) inter: Duration,
    /// Silences, and wrong answers, after which the question is left.
    pub(crate) tries: u8,
}

/// How long a question waits for its first key and between two, and how often it is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Patience {
    pub(crate) first: Duration,
    pub(crate) inter: Duration,
    pub(crate) tries: u8,
}

impl Question {
    pub(crate) fn patience(&self) -> Patience {
        Patience { first: self.first, inter: self.inter, tries: self.tries }
    }
}

/// What the caller said with keys, or did not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Key(Key),
    /// `full`: the last digit that fits completed it; a `#` that follows belongs to it.
    Digits {
        keys: Keys,
        full: bool,
    },
    /// `#` alone: "I don't have it at hand".
    Empty,
    NoInput,
    NoMatch,
    /// `**`
    Back,
}

/// Why a question is asked again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Again {
    /// `*`: the caller starts anew; no apology.
    Wiped,
    NoInput,
    NoMatch,
}

/// What came of a key or of waiting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    /// The entry goes on.
    More,
    Again(Again),
    Answer(Answer),
    /// The answer was complete; this key belongs to what is asked next.
    Overflow(Answer, Key),
}

/// One question being asked.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) question: Question,
    entry: Keys,
    no_input: u8,
    no_match: u8,
    wipes: u8,
    star_before: bool,
    deadline: Option<Moment>,
}

impl Asking {
    pub(crate) fn of(question: Question) -> Self {
        let entry = Keys::new();
        Self {
            question,
            entry,
            no_input: 0,
            no_match: 0,
            wipes: 0,
            star_before: false,
            deadline: None,
        }
    }

    /// The same question, its prompt about to play again; what was missed stays counted.
    pub(crate) fn anew(mut self) -> Self {
        self.entry.wipe();
        self.star_before = false;
        self.deadline = None;
        self
    }

    /// When waiting is over; `None` while the prompt plays.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        self.deadline
    }

    /// How often it had to be asked again: the rung of the prompt ladder.
    pub(crate) fn misses(&self) -> u8 {
        self.no_input + self.no_match
    }

    /// The prompt has ended, or a key turned out to be none: the wait begins.
    pub(crate) fn listen(&mut self, now: Moment) {
        let question = &self.question;
        let wait = if self.entry.is_empty() { question.first } else { question.inter };
        self.deadline = Some(now + wait);
    }

    /// A key is down: its holder is not silent.
    pub(crate) fn key_down(&mut self, now: Moment) {
        if self.deadline.is_some() {
            self.deadline = Some(now + KEY_HELD_LONGEST);
        }
    }

    pub(crate) fn key(&mut self, key: Key, now: Moment) -> Heard {
        let star_before = std::mem::replace(&mut self.star_before, false);
        self.deadline = Some(now + self.question.inter);
        match &self.question.wanted {
            Wanted::OneOf(keys) if keys.contains(&key) => Heard::Answer(Answer::Key(key)),
            _ if key == Key::STAR => self.star(star_before),
            Wanted::OneOf(_) => self.miss(Again::NoMatch),
            Wanted::Digits { min, .. } if key == Key::HASH => self.hash(*min),
            Wanted::Digits { min, max } if key.is_digit() => {
                let lengths = (*min, *max);
                self.digit(key, lengths, now)
            }
            Wanted::Digits { .. } => Heard::More,
        }
    }

    /// The wait is over without a key.
    pub(crate) fn timeout(&mut self) -> Heard {
        self.star_before = false;
        match self.question.wanted {
            Wanted::Digits { max, .. } if self.entry.len() >= usize::from(max) => {
                Heard::Answer(self.full())
            }
            Wanted::Digits { min, .. } if !self.entry.is_empty() => self.end(min),
            Wanted::Digits { .. } | Wanted::OneOf(_) => self.miss(Again::NoInput),
        }
    }

    /// An answer of the right form that cannot be right (a slip in the check digit).
    pub(crate) fn reject(&mut self) -> Heard {
        self.miss(Again::NoMatch)
    }

    fn star(&mut self, star_before: bool) -> Heard {
        if star_before && self.entry.is_empty() {
            return Heard::Answer(Answer::Back);
        }
        self.entry.wipe();
        self.wipes += 1;
        if self.wipes > WIPES_MAX {
            return self.miss(Again::NoMatch);
        }
        self.star_before = true;
        self.deadline = None;
        Heard::Again(Again::Wiped)
    }

    fn hash(&mut self, min: u8) -> Heard {
        if self.entry.is_empty() { Heard::Answer(Answer::Empty) } else { self.end(min) }
    }

    /// A number of one length is complete with its last digit. One of several lengths was asked for
    /// with "then press hash", so after its last possible digit the `#` is awaited for a moment: else
    /// it would fall into the next prompt and stop that.
    fn digit(&mut self, key: Key, (min, max): (u8, u8), now: Moment) -> Heard {
        if self.entry.len() >= usize::from(max) {
            return Heard::Overflow(self.full(), key);
        }
        let room = self.entry.push(key);
        if self.entry.len() < usize::from(max) && room {
            return Heard::More;
        }
        if min == max || !room {
            return Heard::Answer(self.full());
        }
        self.deadline = Some(now + LAST_HASH_WAIT);
        Heard::More
    }

    fn full(&mut self) -> Answer {
        Answer::Digits { keys: std::mem::take(&mut self.entry), full: true }
    }

    fn end(&mut self, min: u8) -> Heard {
        let keys = std::mem::take(&mut self.entry);
        if keys.len() < usize::from(min) {
            return self.miss(Again::NoMatch);
        }
        Heard::Answer(Answer::Digits { keys, full: false })
    }

    fn miss(&mut self, why: Again) -> Heard {
        self.entry.wipe();
        self.deadline = None;
        let (count, last) = match why {
            Again::NoInput => (&mut self.no_input, Answer::NoInput),
            Again::NoMatch | Again::Wiped => (&mut self.no_match, Answer::NoMatch),
        };
        *count += 1;
        let spent = *count >= self.question.tries;
        if spent || self.misses() >= MISSES_TOGETHER_MAX {
            return Heard::Answer(last);
        }
        Heard::Again(why)
    }
}
