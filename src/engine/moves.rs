//! A leg goes from one media thread to another: whoever is to be bridged must be on one.
//!
//! ```text
//!   Move ─▶ Job::Leave ─▶ its thread ── the leg, its sockets ──▶ Job::Arrive ─▶ the other thread ─▶ Moved
//!   commands meanwhile wait here and follow it                     └ full: it stays where it was
//! ```
//! Sockets stay open and bound: the peer notices nothing, and what comes meanwhile waits in the kernel.
//!
//! Owns: the legs under way, and what waits for them. Never: why a leg is moved.

use crate::handshakes::Home;
use crate::limits::WAITING_FOR_A_LEG;
use crate::thread::Job;
use crate::{Directory, Engine, Full, ring};
use ids::LegId;
use media::command::{Command, Event};

/// One leg under way.
pub(crate) struct Journey {
    to: usize,
    waiting: Vec<Command>,
}

impl Journey {
    /// What is said to the leg meanwhile.
    pub(crate) fn wait(&mut self, command: Command) -> Result<(), Full> {
        if self.waiting.len() >= WAITING_FOR_A_LEG {
            return Err(Full(Box::new(command)));
        }
        self.waiting.push(command);
        Ok(())
    }
}

impl Directory {
    /// Where a leg is, or will be.
    pub(crate) fn lane(&self, leg: LegId) -> Option<usize> {
        let going = self.moving.get(&leg).map(|journey| journey.to);
        going.or_else(|| self.lane_of.get(&leg).copied())
    }
}

impl Engine {
    /// Sends a leg on its way; [`Event::Moved`] follows, in any case.
    pub(crate) fn begin_move(&self, directory: &mut Directory, leg: LegId, beside: LegId) {
        let lanes = (directory.lane_of.get(&leg).copied(), directory.lane(beside));
        let done = match lanes {
            (Some(from), Some(to)) if from != to && !directory.moving.contains_key(&leg) => {
                let home =
                    Home { jobs: self.lanes[to].jobs.clone(), bell: self.lanes[to].bell.clone() };
                if self.lanes[from].jobs.try_send(Job::Leave(leg, home)).is_ok() {
                    directory.moving.insert(leg, Journey { to, waiting: Vec::new() });
                    return ring(&self.lanes[from].bell);
                }
                false
            }
            (Some(from), Some(to)) => from == to,
            _ => false,
        };
        directory.own.push_back(Event::Moved { leg, done });
        (self.wake)();
    }

    /// It is there, or has stayed: what waited for it follows.
    pub(crate) fn end_move(&self, directory: &mut Directory, leg: LegId, done: bool) {
        let Some(journey) = directory.moving.remove(&leg) else { return };
        if done && let Some(from) = directory.lane_of.insert(leg, journey.to) {
            directory.load[from] -= 1;
            directory.load[journey.to] += 1;
        }
        for command in journey.waiting {
            if self.tell(directory, command).is_err() {
                tracing::error!(alarm = true, %leg, "the media thread is overloaded; its call is ended");
                return directory.own.push_back(Event::Dead(leg));
            }
        }
    }
}
