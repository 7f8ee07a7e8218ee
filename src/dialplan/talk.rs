//! Verbs that hold a small conversation: questions with built-in prompts, errands, last words.
//!
//! ```text
//!  enter ─▶ choose / number ─▶ answered ─▶ choose … ─▶ errand ─▶ replied ─▶ say_then ─▶ leave
//!                                  └ 9: again   └ 0: person          └ late
//! ```
//! Owns: nothing of its own; it is the part of the walk that verbs with several questions share.
//! Never: a policy: what may be promised stands in the verb.

use crate::asking::{Answer, Asking, Heard, Question, Wanted};
use crate::errand::{Errand, Progress, Reply};
use crate::event::Action;
use crate::limits::{FIRST_KEY_DIGITS, FIRST_KEY_MENU, INTER_KEY, MISSES_MAX};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::verbs::Receiver;
use crate::walk::{Doing, Walk};
use keypad::Key;
use std::fmt;

/// Where a conversation is, and what it does with what it hears.
pub(crate) trait Talk: fmt::Debug + Send {
    /// The caller has answered, or will not.
    fn answered(self: Box<Self>, walk: &mut Walk, _asking: Asking, answer: Answer) {
        walk.unanswered(&answer);
    }

    /// The errand came to this.
    fn replied(self: Box<Self>, walk: &mut Walk, _reply: Reply) {
        walk.leave(Outcome::Error);
    }

    /// No answer to the errand in time.
    fn late(self: Box<Self>, walk: &mut Walk, outcome: Outcome) {
        walk.leave(outcome);
    }

    /// News of the errand.
    fn progress(&mut self, _progress: Progress) -> Option<Spoken> {
        None
    }

    /// What a key does while the errand goes on; `None`: it is kept for the next question.
    fn key_meanwhile(&self, _key: Key) -> Option<Outcome> {
        None
    }

    /// What is said to an answer that does not fit.
    fn no_match_prompt(&self) -> &'static str {
        "invalid_input"
    }
}

/// Keys that mean the same in every conversation, where a question does not need them itself.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Extra {
    /// 9: hear the question again.
    again: bool,
    /// 0: a person.
    person: bool,
}

/// True when the key was not among these.
fn add(keys: &mut Vec<Key>, name: char) -> bool {
    let Some(key) = Key::from_char(name).filter(|key| !keys.contains(key)) else { return false };
    keys.push(key);
    true
}

/// The key of an answer as it is printed on a telephone; `#` alone is `#`.
pub(crate) fn pressed(answer: &Answer) -> Option<char> {
    match answer {
        Answer::Key(key) => "0123456789*#".chars().find(|c| Key::from_char(*c) == Some(*key)),
        Answer::Empty => Some('#'),
        Answer::Digits { .. } | Answer::NoInput | Answer::NoMatch | Answer::Back => None,
    }
}

/// A choice among keys; 9 and 0 are added by [`Walk::choose`].
pub(crate) fn choice(prompts: Vec<Spoken>, keys: &str) -> Question {
    Question {
        wanted: Wanted::OneOf(keys.chars().filter_map(Key::from_char).collect()),
        prompts,
        short: None,
        first: FIRST_KEY_MENU,
        inter: INTER_KEY,
        tries: MISSES_MAX,
    }
}

/// A number of so many digits.
pub(crate) fn digits(prompt: Spoken, min: u8, max: u8) -> Question {
    Question {
        wanted: Wanted::Digits { min, max },
        prompts: vec![prompt],
        short: None,
        first: FIRST_KEY_DIGITS,
        inter: INTER_KEY,
        tries: MISSES_MAX,
    }
}

impl Walk {
    /// Asks for one of the question's keys, besides 9 to hear it again and, where the step leads to a
    /// person, 0: unless the question has them for itself.
    pub(crate) fn choose(&mut self, mut question: Question, talk: impl Talk + 'static) {
        let person = self.here(|_, step| step.exits.contains_key(&Outcome::Person));
        let mut extra = Extra::default();
        if let Wanted::OneOf(keys) = &mut question.wanted {
            extra.again = add(keys, '9');
            extra.person = person && add(keys, '0');
        }
        self.ask(question, Receiver::Talk(Box::new(talk), extra));
    }

    /// The caller has answered a question of a conversation.
    pub(crate) fn talked(
        &mut self,
        talk: Box<dyn Talk>,
        extra: Extra,
        asking: Asking,
        answer: Answer,
    ) {
        match pressed(&answer) {
            Some('9') if extra.again => self.repeat(talk, extra, asking),
            Some('0') if extra.person => self.leave(Outcome::Person),
            _ => talk.answered(self, asking, answer),
        }
    }

    /// Says the question once more, in full; no miss is counted.
    fn repeat(&mut self, talk: Box<dyn Talk>, extra: Extra, asking: Asking) {
        let question = asking.question.clone();
        self.doing = Doing::Asking(Box::new(asking.anew()), Receiver::Talk(talk, extra));
        if !question.prompts.iter().all(|prompt| self.say(prompt, true)) {
            self.leave(Outcome::Error);
        }
    }

    /// The answer has the right form and cannot be: says why, and asks again while there are tries.
    pub(crate) fn refuse(&mut self, mut asking: Asking, talk: impl Talk + 'static, why: &Spoken) {
        if let Heard::Answer(_) = asking.reject() {
            return self.leave(Outcome::NoMatch);
        }
        match self.say(why, false) {
            true => self.repeat(Box::new(talk), Extra::default(), asking),
            false => self.leave(Outcome::Error),
        }
    }

    /// Leaves by what silence, wrong keys or `**` mean everywhere.
    pub(crate) fn unanswered(&mut self, answer: &Answer) {
        self.leave(match answer {
            Answer::NoInput => Outcome::NoInput,
            Answer::Back => Outcome::Back,
            Answer::Empty | Answer::NoMatch | Answer::Key(_) | Answer::Digits { .. } => {
                Outcome::NoMatch
            }
        });
    }

    /// Has something done; the conversation goes on with its reply.
    pub(crate) fn errand(&mut self, errand: Errand, talk: impl Talk + 'static) {
        self.send_off(errand, Box::new(talk));
    }

    /// As [`Walk::errand`], once everything was said.
    pub(crate) fn errand_when_said(&mut self, errand: Errand, talk: impl Talk + 'static) {
        self.doing = Doing::Before(Box::new((errand, Box::new(talk))));
    }

    /// Everything was said: does the errand that waited for it.
    pub(crate) fn begin_errand(&mut self) {
        let placeholder = Doing::Saying(Outcome::Error);
        if let Doing::Before(waiting) = std::mem::replace(&mut self.doing, placeholder) {
            let (errand, talk) = *waiting;
            self.send_off(errand, talk);
        }
    }

    fn send_off(&mut self, errand: Errand, talk: Box<dyn Talk>) {
        let filler = errand.filled().then(|| Spoken::built_in("please_wait"));
        let receiver = Receiver::Talk(talk, Extra::default());
        let (longest, late) = (errand.longest(), errand.late());
        let request = self.request_within(receiver, longest, filler, late);
        self.actions.push_back(Action::Errand { request, errand });
    }

    /// Says last words, then leaves.
    pub(crate) fn say_then(&mut self, words: &[Spoken], outcome: Outcome) {
        match words.iter().all(|prompt| self.say(prompt, true)) {
            true => self.leave_when_said(outcome),
            false => self.leave(Outcome::Error),
        }
    }

    /// An errand answers. Late answers are dropped.
    pub(crate) fn errand_done(&mut self, receiver: Receiver, reply: Reply) {
        match receiver {
            Receiver::Talk(talk, _) => talk.replied(self, reply),
            Receiver::Menu
            | Receiver::CallerNumber
            | Receiver::CaseNumber(_)
            | Receiver::Factor(_) => self.leave(Outcome::Error),
        }
    }

    /// News of an errand that goes on.
    pub(crate) fn errand_news(&mut self, request: ids::RequestId, progress: Progress) {
        let now = self.now;
        let Doing::Waiting(waiting) = &mut self.doing else { return };
        if waiting.request != request {
            return;
        }
        if progress == Progress::Connected {
            waiting.extend(now + crate::limits::BRIDGED_LONGEST);
        }
        let Receiver::Talk(talk, _) = &mut waiting.receiver else { return };
        if let Some(words) = talk.progress(progress)
            && self.speech.idle()
        {
            let _said = self.say(&words, false);
        }
    }

    /// A key while an errand goes on: true when it ended the errand.
    pub(crate) fn key_meanwhile(&mut self, key: Key) -> bool {
        let Doing::Waiting(waiting) = &self.doing else { return false };
        let Receiver::Talk(talk, _) = &waiting.receiver else { return false };
        let Some(outcome) = talk.key_meanwhile(key) else { return false };
        self.actions.push_back(Action::Cancel(waiting.request));
        // What the key stopped is over: the next words need not wait for it.
        self.interrupt();
        self.leave(outcome);
        true
    }

    /// The day so many days from now.
    pub(crate) fn day_after(&self, days: u16) -> jiff::civil::Date {
        use jiff::ToSpan;
        let today = self.wall.date();
        today.checked_add(i64::from(days).days()).unwrap_or(today)
    }
}
