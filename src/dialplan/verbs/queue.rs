//! `queue`: the caller waits for a negotiator and talks to one.
//!
//! ```text
//!  enter ─ closed ─▶ closed          waiting ─ 4 ─▶ callback   ─ * ─▶ left
//!    └─ errand ─▶ waiting ── place, wait ──┘ └─ connected ─▶ talking ─▶ served
//! ```

use super::contract::Contract;
use super::{Need, Spec, way, word};
use crate::errand::{Errand, Progress, Reply};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::talk;
use crate::walk::Walk;
use keypad::Key;
use std::time::Duration;
use words::Value;

pub(crate) const SPEC: Spec = Spec {
    name: "queue",
    does: "Lets the caller wait for a negotiator, with the place and the expected wait, and talk to \
           one. Outside opening hours it is left by 'closed' at once. 4 while waiting: a call back; \
           * : back to the dialplan. Music and announcements come from the queue.",
    words: &[
        word("to", "to negotiators", "the queue's name"),
        word("max-wait", "max-wait \"10m\"", "longest wait (10s–30m, habit 10m)"),
        word("whisper", "whisper case-summary", "what the negotiator is told first"),
    ],
    outcomes: &[
        way(Outcome::Served, Need::Bound, false, "they have talked; the negotiator has hung up"),
        way(Outcome::Full, Need::Bound, false, "too many wait already"),
        way(Outcome::Closed, Need::Bound, false, "outside opening hours"),
        way(Outcome::NoAnswer, Need::Bound, false, "nobody was free within 'max-wait'"),
        way(Outcome::Callback, Need::Bound, true, "4 was pressed while waiting"),
        way(Outcome::Left, Need::OrError, true, "* was pressed while waiting"),
        way(Outcome::Error, Need::Bound, false, "the queue cannot be reached"),
    ],
    example: "queue person {\n    to negotiators; max-wait \"10m\"; whisper case-summary\n    served \
              end; full call-back; closed call-back; no-answer call-back\n    callback call-back; \
              left main; error trouble\n}",
    contract: Contract {
        waits: Duration::from_secs(635),
        keys: 1,
        person: true,
        ..Contract::ERRAND
    },
};

#[derive(Clone, Debug)]
pub(crate) struct Queue {
    queue: String,
    whisper: Option<String>,
    pub(crate) max_wait: Duration,
}

#[derive(Debug)]
struct InLine {
    talking: bool,
}

impl Queue {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let queue = reader.needed_word("to", "to negotiators").unwrap_or_default().0;
        let whisper = reader.word_line("whisper", "what is said").map(|(text, _)| text);
        let range = Duration::from_secs(10)..=Duration::from_secs(1_800);
        let max_wait = reader.time_line("max-wait", range).unwrap_or(Duration::from_secs(600));
        Self { queue, whisper, max_wait }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let place = Spoken::built_in("transfer_queue").filled(&["position", "minutes_count"]);
        let plain = ["transfer_connecting", "transfer_connecting_unverified"];
        plain.map(Spoken::built_in).into_iter().chain([place]).collect()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if !walk.facts.hours_open {
            return walk.leave(Outcome::Closed);
        }
        if !walk.say(&connecting(walk), true) {
            return walk.leave(Outcome::Error);
        }
        let errand = Errand::Queue {
            queue: self.queue.clone(),
            whisper: self.whisper.clone(),
            max_wait: self.max_wait,
            verified: walk.verified(),
        };
        walk.errand(errand, InLine { talking: false });
    }
}

/// What is said before a person comes: to the right party, that nothing need be repeated.
pub(super) fn connecting(walk: &Walk) -> Spoken {
    Spoken::built_in(match walk.verified() {
        true => "transfer_connecting",
        false => "transfer_connecting_unverified",
    })
}

impl talk::Talk for InLine {
    fn replied(self: Box<Self>, walk: &mut Walk, reply: Reply) {
        walk.leave(match reply {
            Reply::Served => Outcome::Served,
            Reply::Full => Outcome::Full,
            Reply::Closed => Outcome::Closed,
            Reply::NoAnswer => Outcome::NoAnswer,
            _ => Outcome::Error,
        });
    }

    fn late(self: Box<Self>, walk: &mut Walk, outcome: Outcome) {
        walk.leave(if self.talking { Outcome::Served } else { outcome });
    }

    fn progress(&mut self, progress: Progress) -> Option<Spoken> {
        match progress {
            Progress::Connected => {
                self.talking = true;
                None
            }
            Progress::Place { position, minutes } => {
                let said = Spoken::built_in("transfer_queue");
                let said = said.with("position", Value::Number(u64::from(position)));
                Some(said.with("minutes_count", Value::WaitBand(minutes)))
            }
        }
    }

    fn key_meanwhile(&self, key: Key) -> Option<Outcome> {
        match () {
            () if self.talking => None,
            () if Some(key) == Key::from_char('4') => Some(Outcome::Callback),
            () if key == Key::STAR => Some(Outcome::Left),
            () => None,
        }
    }
}
