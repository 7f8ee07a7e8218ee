//! Two callers whom one of our people joins: they are brought onto one media thread first, where they are not.
//!
//! ```text
//!   REFER, Replaces ─▶ one thread? ─ yes ─────────────────────────▶ joined, 202, NOTIFY 200
//!                                  └ no ─▶ Move ─▶ Moved ─ still so ┘
//!                                                     └ not any more, or it failed ─▶ 480, back as it was
//! ```
//! The leg moves with its sockets, so nobody is asked to send elsewhere: no re-INVITE that a phone may refuse,
//! and no packet that crosses threads for the rest of the talk.
//!
//! Owns: what is wanted of a leg under way. Never: who may join whom (`referring` does).

use crate::call::{End, State};
use crate::effect::{Effect, Now};
use crate::exchange::Exchange;
use ids::CallId;
use media::command::Command;
use records::HungUp;

/// What a call whose leg is under way is brought for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fetched {
    /// `by` joins it with whom `other` talks with.
    Join { by: CallId, other: CallId },
    /// Back to whom it talked with.
    Return { by: CallId },
}

impl Exchange {
    /// Brings a call's leg to the thread of another one.
    pub(crate) fn fetch(&mut self, id: CallId, beside: CallId, what: Fetched) {
        let Some(beside) = self.calls.get(&beside).map(|call| call.leg) else { return };
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.ties.fetched = Some((what, beside));
        let leg = call.leg;
        self.effects.push_back(Effect::Media(Command::Unbridge(leg)));
        self.effects.push_back(Effect::Media(Command::Move { leg, beside }));
    }

    /// The leg is there, or has stayed.
    pub(crate) fn on_moved(&mut self, now: Now, id: CallId, done: bool) {
        let fetched = self.calls.get_mut(&id).and_then(|call| call.ties.fetched.take());
        let Some((what, beside)) = fetched else { return };
        let group = self.legs.get(&beside).and_then(|call| self.group(*call));
        if let (Some(call), true) = (self.calls.get_mut(&id), done) {
            call.ties.group = Some(group.unwrap_or(beside));
        }
        let up =
            |call: CallId| self.calls.get(&call).is_some_and(|call| call.state == State::Talking);
        match what {
            Fetched::Join { by, other } => {
                let both = self.partner(by) == Some(id) && self.partner(other).is_some();
                let joined =
                    done && both && up(by) && up(other) && self.join_now(now, (by, id), other);
                if !joined {
                    self.unfetch(now, id, by, done);
                }
            }
            Fetched::Return { by } if self.partner(by) != Some(id) => {}
            Fetched::Return { by } if self.group(by) == self.group(id) => self.connect(now, id, by),
            Fetched::Return { .. } => {
                let end = End::new(HungUp::System, "its media thread is overloaded", 200, 41);
                self.hang_up(now, id, end);
            }
        }
    }

    /// It was not to be: both talk on as before.
    fn unfetch(&mut self, now: Now, id: CallId, by: CallId, moved: bool) {
        if let Some(session) = self.calls.get(&by).map(|call| call.session) {
            self.stack.refuse_refer(now.mono, session, 480, Some("They cannot be joined now"));
        }
        match (self.partner(by) == Some(id), moved) {
            (true, true) => self.fetch(id, by, Fetched::Return { by }),
            (true, false) => self.connect(now, id, by),
            (false, _) => {}
        }
    }

    /// The first leg on the media thread of a call.
    pub(crate) fn group(&self, id: CallId) -> Option<ids::LegId> {
        self.calls.get(&id).map(|call| call.ties.group.unwrap_or(call.leg))
    }
}
