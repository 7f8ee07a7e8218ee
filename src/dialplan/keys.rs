//! Where each key of a call goes: to the question that is asked, ahead of the next, or nowhere.
//!
//! Owns: nothing of its own; it is the part of the walk that hears keys.
//! Never: a key's name in a trace.

use crate::asking::{Answer, Asking, Heard};
use crate::event::Trace;
use crate::plan::Outcome;
use crate::verbs::{self, Receiver};
use crate::walk::{Doing, Walk};
use keypad::Key;

/// Keys: where each goes.
impl Walk {
    pub(crate) fn key_down(&mut self, stopped: bool) {
        if stopped {
            self.speech.hold(self.now);
        }
        if let Doing::Asking(asking, _) = &mut self.doing {
            asking.key_down(self.now);
        }
    }

    pub(crate) fn key_void(&mut self) {
        let replay = self.speech.resume(self.now, &mut self.next_id);
        self.actions.extend(replay);
        if let Doing::Asking(asking, _) = &mut self.doing
            && self.speech.idle()
        {
            asking.listen(self.now);
        }
    }

    pub(crate) fn key_up(&mut self, key: Key) {
        let late = self.late_hash.take().is_some_and(|until| self.now <= until);
        if late && key == Key::HASH {
            return self.key_void();
        }
        if self.key_meanwhile(key) {
            return;
        }
        match &self.doing {
            Doing::Asking(..) if self.speech.interruptible() => {
                self.interrupt();
                self.answer_key(key);
            }
            Doing::Closing(_) | Doing::Over => {}
            Doing::Asking(..)
            | Doing::Saying(_)
            | Doing::Before(_)
            | Doing::Entering(_)
            | Doing::Waiting(_) => {
                // A key beyond the 32nd is dropped: nobody types so far ahead on purpose.
                let _kept = self.ahead.push(key);
                self.interrupt();
            }
        }
    }

    pub(crate) fn interrupt(&mut self) {
        let stop = self.speech.interrupt();
        self.actions.extend(stop);
    }

    pub(crate) fn answer_key(&mut self, key: Key) {
        if let Doing::Asking(asking, _) = &mut self.doing {
            let heard = asking.key(key, self.now);
            self.heard(heard);
        }
    }

    pub(crate) fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::More => {}
            Heard::Again(again) => self.ask_again(again),
            Heard::Answer(answer) => self.receive(answer),
            Heard::Overflow(answer, key) => {
                self.receive(answer);
                self.key_up(key);
            }
        }
    }

    fn receive(&mut self, answer: Answer) {
        let count = match &answer {
            Answer::Key(_) | Answer::Empty => 1,
            Answer::Digits { keys, .. } => keys.len() as u32,
            Answer::Back => 2,
            Answer::NoInput | Answer::NoMatch => 0,
        };
        if count > 0 {
            self.trace(Trace::KeysEntered { count });
        }
        let placeholder = Doing::Saying(Outcome::Error);
        let Doing::Asking(asking, receiver) = std::mem::replace(&mut self.doing, placeholder)
        else {
            return;
        };
        if let Answer::Digits { full: true, .. } = answer {
            self.swallow_hash(asking.question.inter);
        }
        verbs::receive(self, *asking, receiver, answer);
    }

    /// A number that its last digit completed: the `#` many people add belongs to it.
    fn swallow_hash(&mut self, within: std::time::Duration) {
        if self.ahead.is_empty() {
            self.late_hash = Some(self.now + within);
        } else if self.ahead.reveal(|keys| keys.starts_with('#')) {
            self.ahead.pop_front();
        }
    }

    /// Goes back to a question whose answer was refused.
    pub(crate) fn resume_asking(&mut self, asking: Asking, receiver: Receiver, heard: Heard) {
        self.doing = Doing::Asking(Box::new(asking), receiver);
        self.heard(heard);
    }
}
