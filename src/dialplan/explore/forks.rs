//! Where services come in: each question to one is a fork of the call that came to it.
//!
//! ```text
//!   ─ press 1 ─▶ pay ──paid──▶ …          the same call again, with one line more before what led there:
//!                 ├─ card declined ─▶ …    every reply that the errand can have,
//!                 ├─ fail card ─▶ …        the service fails,
//!                 └─ stall card ─▶ …       and it is silent until the time is up
//! ```
//! Owns: which ways were tried at which step; each is tried once.
//! Never: a reply that the errand cannot have.

use super::choices::KEYS;
use super::{Script, wait_line};
use crate::double::{Asked, Double};
use crate::services::ways_of;
use crate::trial::Line;
use ids::Moment;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

/// A caller who waits presses a key after so long.
const PRESSED_AFTER: Duration = Duration::from_secs(1);

/// By step, the lines that were put before a question asked there.
#[derive(Default)]
pub(super) struct Forks(BTreeSet<(usize, String)>);

impl Forks {
    /// The ways in which a call could have gone otherwise. `marks`: how many questions had been asked before
    /// each of its lines, and after the last, which was at `begun`.
    pub(super) fn of(
        &mut self,
        script: &Script,
        double: &Double,
        marks: &[usize],
        begun: Moment,
    ) -> Vec<Script> {
        let mut all = Vec::new();
        for (index, asked) in double.asked.iter().enumerate() {
            let before = marks.iter().rposition(|mark| *mark <= index).unwrap_or(0);
            for text in ways_of(asked.verb) {
                if !self.0.insert((asked.step, text.clone())) {
                    continue;
                }
                let Some(line) = Line::written(&text) else { continue };
                let mut fork = script.clone();
                fork.lines.insert(before.min(fork.lines.len()), Rc::new(line));
                all.push(fork);
            }
            if asked.verb == "queue" && before + 1 >= script.lines.len() {
                all.extend(self.keys(script, asked, begun));
            }
        }
        all
    }

    /// Keys pressed by a caller who waits for a person.
    fn keys(&mut self, script: &Script, asked: &Asked, begun: Moment) -> Vec<Script> {
        let mut all = Vec::new();
        for key in KEYS {
            let name = format!("press {key}");
            let line = Line::press(&key.to_string());
            let Some(press) = line.filter(|_| self.0.insert((asked.step, name))) else { continue };
            let mut pressed = script.clone();
            let at = asked.at + PRESSED_AFTER;
            pressed.lines.push(wait_line(at.max(begun).since(begun)));
            pressed.lines.push(Rc::new(press));
            all.push(pressed);
        }
        all
    }
}
