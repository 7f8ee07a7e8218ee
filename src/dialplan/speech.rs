//! What is being said and what will be said next.
//!
//! ```text
//!  queue ──start──▶ playing ──PlayEnded──▶ next
//!                      │ KeyDown stopped it
//!                      ▼
//!                    held ──KeyVoid──▶ played again from its beginning
//!                      └────KeyUp────▶ dropped, with what follows and may be interrupted
//! ```
//! Owns: the order of lines, play ids, whether a key may interrupt.
//! Never: why a line is said.

use crate::event::Action;
use crate::limits::{KEY_HELD_LONGEST, LINES_MAX, PLAY_LONGEST};
use ids::{Moment, PlayId};
use std::collections::VecDeque;
use words::Sentence;

/// One sentence to play.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) prompt: String,
    pub(crate) sentence: Sentence,
    pub(crate) barge_in: bool,
}

struct Playing {
    play: PlayId,
    line: Line,
    /// A key stopped it and may yet turn out to be none.
    held: bool,
    /// Then it counts as ended, whatever happened to it.
    longest: Moment,
}

/// The lines of one call.
#[derive(Default)]
pub(crate) struct Speech {
    queue: VecDeque<Line>,
    current: Option<Playing>,
}

impl Speech {
    /// False when there are too many lines already.
    #[must_use]
    pub(crate) fn push(&mut self, line: Line) -> bool {
        let room = self.queue.len() < LINES_MAX;
        if room {
            self.queue.push_back(line);
        }
        room
    }

    /// Nothing plays and nothing will.
    pub(crate) fn idle(&self) -> bool {
        self.current.is_none() && self.queue.is_empty()
    }

    /// A key may end all that plays and will play.
    pub(crate) fn interruptible(&self) -> bool {
        self.current.iter().all(|p| p.line.barge_in) && self.queue.iter().all(|l| l.barge_in)
    }

    pub(crate) fn deadline(&self) -> Option<Moment> {
        self.current.as_ref().map(|p| p.longest)
    }

    /// Starts the next line, if none plays; `next_id` counts plays.
    pub(crate) fn start(&mut self, now: Moment, next_id: &mut u64) -> Option<Action> {
        if self.current.is_some() {
            return None;
        }
        let line = self.queue.pop_front()?;
        Some(self.play(line, now, next_id))
    }

    fn play(&mut self, line: Line, now: Moment, next_id: &mut u64) -> Action {
        let play = PlayId(*next_id);
        *next_id += 1;
        let action = Action::Play {
            play,
            prompt: line.prompt.clone(),
            sentence: line.sentence.clone(),
            barge_in: line.barge_in,
        };
        self.current = Some(Playing { play, line, held: false, longest: now + PLAY_LONGEST });
        action
    }

    /// A play has ended; true if it was the current one and no key holds it.
    pub(crate) fn ended(&mut self, play: PlayId) -> bool {
        let over = self.current.as_ref().is_some_and(|p| p.play == play && !p.held);
        if over {
            self.current = None;
        }
        over
    }

    /// The current play has had its longest time, or the key that stopped it was never heard of again.
    pub(crate) fn overdue(&mut self, now: Moment, next_id: &mut u64) -> Option<Action> {
        let late = self.current.take_if(|p| p.longest <= now)?;
        if late.held {
            return Some(self.play(late.line, now, next_id));
        }
        Some(Action::StopPlay(late.play))
    }

    /// A key began and stopped what played.
    pub(crate) fn hold(&mut self, now: Moment) {
        if let Some(playing) = &mut self.current {
            playing.held = true;
            playing.longest = now + KEY_HELD_LONGEST;
        }
    }

    /// The key was none: what it stopped is played again.
    pub(crate) fn resume(&mut self, now: Moment, next_id: &mut u64) -> Option<Action> {
        let held = self.current.take_if(|p| p.held)?;
        Some(self.play(held.line, now, next_id))
    }

    /// The key counts: drops what may be interrupted, up to the first line that may not.
    pub(crate) fn interrupt(&mut self) -> Option<Action> {
        if self.current.as_ref().is_some_and(|p| !p.line.barge_in && !p.held) {
            return None;
        }
        let stopped = self.current.take();
        while self.queue.front().is_some_and(|l| l.barge_in) {
            self.queue.pop_front();
        }
        stopped.filter(|p| !p.held).map(|p| Action::StopPlay(p.play))
    }
}
