//! A telephone exchange that exists only in virtual time: for tests in flow files and for the simulator.
//!
//! Owns: the virtual clock, cases that were made up, how long a sentence lasts (150 words a minute).
//! Never: anything a real call does not also do: the walk is the production one.

use crate::event::{Action, CaseFacts, Factor, Facts, FindBy, Trace, VerifyAnswer, WalkEvent};
use crate::plan::Plan;
use crate::walk::Walk;
use ids::{Lang, Moment, PlayId};
use jiff::ToSpan;
use jiff::civil::DateTime;
use keypad::{Key, Keys};
use std::sync::Arc;
use std::time::Duration;
use words::{Piece, Sentence};

/// How long a key is held, and the gap after it: a quick person.
const KEY_DOWN: Duration = Duration::from_millis(100);
const KEY_GAP: Duration = Duration::from_millis(80);
/// A store on the same machine.
const STORE_ANSWERS: Duration = Duration::from_millis(5);
/// Milliseconds a word lasts at 150 words a minute.
const WORD_MS: u64 = 400;
/// Events of one run; a plan that makes more is in a circle.
const SEEN_MAX: usize = 100_000;

/// A case that was made up.
#[derive(Clone)]
pub(crate) struct GivenCase {
    pub(crate) facts: CaseFacts,
    pub(crate) phone: Option<String>,
    pub(crate) secrets: Vec<(Factor, Keys)>,
    pub(crate) tries_left: u8,
}

/// What the call meets.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) cases: Vec<GivenCase>,
    /// The store says that it cannot answer.
    pub(crate) down: bool,
    /// The store takes so long.
    pub(crate) slow: Option<Duration>,
}

/// What somebody listening in would write down.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Seen {
    Heard { prompt: String, text: String },
    Interrupted,
    Trace(Trace),
    Language(Lang),
    Ended(String),
}

struct Play {
    play: PlayId,
    ends: Moment,
    barge_in: bool,
}

/// One call in virtual time.
pub(crate) struct Double {
    pub(crate) walk: Walk,
    pub(crate) world: World,
    pub(crate) now: Moment,
    pub(crate) seen: Vec<(Moment, Seen)>,
    began: DateTime,
    playing: Option<Play>,
    answers: Vec<(Moment, WalkEvent)>,
}

impl Double {
    pub(crate) fn begin(plan: Arc<Plan>, facts: Facts, world: World, wall: DateTime) -> Self {
        let now = Moment::START;
        let walk = Walk::begin(plan, facts, now, wall);
        let mut double = Self {
            walk,
            world,
            now,
            seen: Vec::new(),
            began: wall,
            playing: None,
            answers: Vec::new(),
        };
        double.drain();
        double
    }

    pub(crate) fn ended(&self) -> Option<&str> {
        match self.seen.last() {
            Some((_, Seen::Ended(reason))) => Some(reason),
            _ => None,
        }
    }

    /// True while a sentence is heard, or the store is asked: nothing is awaited of the caller.
    pub(crate) fn busy(&self) -> bool {
        self.playing.is_some() || !self.answers.is_empty()
    }

    fn wall(&self) -> DateTime {
        let passed = self.now.since(Moment::START).as_millis();
        let span = i64::try_from(passed).unwrap_or(0).milliseconds();
        self.began.checked_add(span).unwrap_or(self.began)
    }

    /// When something will happen by itself.
    pub(crate) fn next_at(&self) -> Option<Moment> {
        let plays = self.playing.as_ref().map(|p| p.ends);
        let answers = self.answers.iter().map(|(at, _)| *at).min();
        [plays, answers, self.walk.timeout()].into_iter().flatten().min()
    }

    /// Lets the next thing happen; false when nothing will, or the call is over.
    pub(crate) fn happen(&mut self) -> bool {
        let Some(at) = self.next_at() else { return false };
        if self.ended().is_some() || self.seen.len() > SEEN_MAX {
            return false;
        }
        self.now = self.now.max(at);
        if let Some(play) = self.playing.take_if(|p| p.ends <= at) {
            self.tell(WalkEvent::PlayEnded(play.play));
        } else if let Some(index) = self.answers.iter().position(|(when, _)| *when <= at) {
            let (_, event) = self.answers.remove(index);
            self.tell(event);
        } else {
            let wall = self.wall();
            self.walk.handle_timeout(self.now, wall);
            self.drain();
        }
        true
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while self.next_at().is_some_and(|at| at <= until) {
            if !self.happen() {
                break;
            }
        }
        self.now = self.now.max(until);
    }

    pub(crate) fn press(&mut self, key: Key) {
        let stopped = self.playing.take_if(|p| p.barge_in).is_some();
        if stopped {
            self.seen.push((self.now, Seen::Interrupted));
        }
        self.tell(WalkEvent::KeyDown { stopped });
        self.wait(KEY_DOWN);
        self.tell(WalkEvent::KeyUp(key));
        self.wait(KEY_GAP);
    }

    pub(crate) fn hang_up(&mut self) {
        self.playing = None;
        self.tell(WalkEvent::HungUp);
    }

    pub(crate) fn tell(&mut self, event: WalkEvent) {
        let wall = self.wall();
        self.walk.handle(self.now, wall, event);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(action) = self.walk.poll() {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        let seen = match action {
            Action::Play { play, prompt, sentence, barge_in } => {
                self.playing = Some(Play { play, ends: self.now + length(&sentence), barge_in });
                Seen::Heard { prompt, text: sentence.text() }
            }
            Action::StopPlay(play) => {
                self.playing.take_if(|p| p.play == play);
                Seen::Interrupted
            }
            Action::FindCase { request, by } => {
                let cases = self.find(&by);
                return self.answer(match self.world.down {
                    true => WalkEvent::ServiceFailed(request),
                    false => WalkEvent::CasesFound(request, cases),
                });
            }
            Action::Verify { request, case, answers } => {
                let event = match self.world.down {
                    true => WalkEvent::ServiceFailed(request),
                    false => WalkEvent::Verified(request, self.judge(case, &answers)),
                };
                return self.answer(event);
            }
            Action::SetLanguage(lang) => Seen::Language(lang),
            Action::Trace(trace) => Seen::Trace(trace),
            Action::Hangup { reason } => {
                self.playing = None;
                Seen::Ended(reason)
            }
        };
        self.seen.push((self.now, seen));
    }

    fn answer(&mut self, event: WalkEvent) {
        let takes = self.world.slow.unwrap_or(STORE_ANSWERS);
        self.answers.push((self.now + takes, event));
    }

    fn find(&self, by: &FindBy) -> Vec<CaseFacts> {
        let fits = |case: &&GivenCase| match by {
            FindBy::CallerNumber(number) => case.phone.as_ref() == Some(number),
            FindBy::CaseNumber(number) => case.facts.number == *number,
        };
        self.world.cases.iter().filter(fits).map(|c| c.facts.clone()).collect()
    }

    fn judge(&mut self, id: ids::CaseId, answers: &[(Factor, Keys)]) -> VerifyAnswer {
        let Some(case) = self.world.cases.iter_mut().find(|c| c.facts.id == id) else {
            return VerifyAnswer::Locked;
        };
        if case.tries_left == 0 {
            return VerifyAnswer::Locked;
        }
        if answers.iter().all(|answer| case.secrets.contains(answer)) {
            return VerifyAnswer::Ok;
        }
        case.tries_left -= 1;
        match case.tries_left {
            0 => VerifyAnswer::Locked,
            tries_left => VerifyAnswer::Failed { tries_left },
        }
    }
}

/// How long a sentence lasts when somebody reads it.
fn length(sentence: &Sentence) -> Duration {
    let piece = |piece: &Piece| match piece {
        Piece::Clip { text, .. } => WORD_MS * text.split_whitespace().count() as u64,
        Piece::Name(name) => WORD_MS * name.split_whitespace().count() as u64,
        Piece::Pause(ms) => u64::from(*ms),
    };
    Duration::from_millis(sentence.pieces.iter().map(piece).sum())
}
