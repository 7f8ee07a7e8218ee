//! A telephone exchange that exists only in virtual time: for tests in flow files and for the simulator.
//!
//! Owns: the virtual clock, cases that were made up, how long a sentence lasts (150 words a minute).
//! Never: anything a real call does not also do: the walk is the production one.

use crate::errand::{Errand, Progress, Recording, Reply};
use crate::event::{Action, CaseFacts, Factor, Facts, FindBy, Trace, VerifyAnswer, WalkEvent};
use crate::plan::Plan;
use crate::walk::Walk;
use ids::{Lang, Moment, PlayId, RequestId};
use jiff::ToSpan;
use jiff::civil::DateTime;
use keypad::{Key, Keys};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use words::{Piece, Sentence};

/// How long a key is held, and the gap after it: a quick person.
const KEY_DOWN: Duration = Duration::from_millis(100);
const KEY_GAP: Duration = Duration::from_millis(80);
/// A store on the same machine.
const STORE_ANSWERS: Duration = Duration::from_millis(5);
/// A talk with a negotiator.
const TALK: Duration = Duration::from_secs(120);
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
    /// The store takes questions and never answers.
    pub(crate) stalled: bool,
    /// The store takes so long.
    pub(crate) slow: Option<Duration>,
    /// What comes of errands, by verb; one that is not named comes to what is hoped for.
    pub(crate) replies: BTreeMap<&'static str, Reply>,
    /// Verbs whose errands fail.
    pub(crate) failing: BTreeSet<&'static str>,
    /// Verbs whose errands are never answered.
    pub(crate) mute: BTreeSet<&'static str>,
}

/// What somebody listening in would write down.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Seen {
    Heard { prompt: String, text: String },
    Interrupted,
    Trace(Trace),
    Language(Lang),
    Errand(Errand),
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
    /// What services were asked.
    pub(crate) asked: Vec<Asked>,
    began: DateTime,
    playing: Option<Play>,
    answers: Vec<(Moment, WalkEvent)>,
    quiet: Quiet,
}

/// A question to a service.
pub(crate) struct Asked {
    /// Whose errand, or `find-case`, `verify`.
    pub(crate) verb: &'static str,
    /// The step that asked, as its index.
    pub(crate) step: usize,
    pub(crate) at: Moment,
}

/// How long nothing was heard while the caller was not asked for anything.
#[derive(Default)]
struct Quiet {
    so_far: Duration,
    longest: Duration,
    /// The step of the longest.
    step: String,
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
            asked: Vec::new(),
            began: wall,
            playing: None,
            answers: Vec::new(),
            quiet: Quiet::default(),
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

    /// It is this time at the firm now.
    pub(crate) fn set_clock(&mut self, wall: DateTime) {
        let passed = i64::try_from(self.now.since(Moment::START).as_millis()).unwrap_or(0);
        self.began = wall.checked_sub(passed.milliseconds()).unwrap_or(wall);
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
        self.pass(at);
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
        self.pass(until);
    }

    /// The clock goes on to this moment; nothing happens until then.
    fn pass(&mut self, until: Moment) {
        let spent = until.max(self.now).since(self.now);
        self.now = self.now.max(until);
        let reason = self.playing.is_some() || !self.walk.owes_words() || self.ended().is_some();
        let quiet = &mut self.quiet;
        quiet.so_far = if reason { Duration::ZERO } else { quiet.so_far + spent };
        if quiet.so_far > quiet.longest {
            quiet.longest = quiet.so_far;
            self.walk.step().clone_into(&mut quiet.step);
        }
    }

    /// True while a sentence is heard.
    pub(crate) fn speaking(&self) -> bool {
        self.playing.is_some()
    }

    /// True while a key is awaited and nothing else will happen before.
    pub(crate) fn awaits_keys(&self) -> bool {
        !self.busy() && self.walk.asks()
    }

    /// The longest silence without a reason so far, and its step.
    pub(crate) fn longest_quiet(&self) -> (Duration, &str) {
        (self.quiet.longest, &self.quiet.step)
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
                self.note("find-case");
                let cases = self.find(&by);
                return self.answer(match self.world.down {
                    true => WalkEvent::ServiceFailed(request),
                    false => WalkEvent::CasesFound(request, cases),
                });
            }
            Action::Verify { request, case, answers } => {
                self.note("verify");
                let event = match self.world.down {
                    true => WalkEvent::ServiceFailed(request),
                    false => WalkEvent::Verified(request, self.judge(case, &answers)),
                };
                return self.answer(event);
            }
            Action::Errand { request, errand } => {
                self.note(errand.verb());
                self.run_errand(request, &errand);
                Seen::Errand(errand)
            }
            Action::Cancel(request) => {
                self.answers.retain(|(_, event)| !answers(event, request));
                return;
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

    fn note(&mut self, verb: &'static str) {
        self.asked.push(Asked { verb, step: self.walk.at, at: self.now });
    }

    fn answer(&mut self, event: WalkEvent) {
        if self.world.stalled {
            return;
        }
        let takes = self.world.slow.unwrap_or(STORE_ANSWERS);
        self.answers.push((self.now + takes, event));
    }

    /// What a queue, a vault, a gateway would do.
    fn run_errand(&mut self, request: RequestId, errand: &Errand) {
        let verb = errand.verb();
        if self.world.mute.contains(verb) || self.world.stalled && kept(errand) {
            return;
        }
        if self.world.failing.contains(verb) || self.world.down && kept(errand) {
            self.answers.push((self.now + STORE_ANSWERS, WalkEvent::ServiceFailed(request)));
            return;
        }
        let hoped = || errand.replies().into_iter().next();
        let Some(reply) = self.world.replies.get(verb).cloned().or_else(hoped) else { return };
        let takes =
            if kept(errand) { self.world.slow.unwrap_or(STORE_ANSWERS) } else { usual(errand) };
        if reply == Reply::Served {
            let place = Progress::Place { position: 2, minutes: 3 };
            self.answers.push((self.now + takes / 3, WalkEvent::Progress(request, place)));
            let talk = WalkEvent::Progress(request, Progress::Connected);
            self.answers.push((self.now + takes, talk));
            self.answers.push((self.now + takes + TALK, WalkEvent::Done(request, reply)));
            return;
        }
        self.answers.push((self.now + takes, WalkEvent::Done(request, reply)));
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

/// Errands that the store keeps.
fn kept(errand: &Errand) -> bool {
    matches!(
        errand,
        Errand::Promise { .. }
            | Errand::Plan { .. }
            | Errand::Reason { .. }
            | Errand::Dispute { .. }
            | Errand::Hardship { .. }
            | Errand::OptOut { .. }
            | Errand::WrongNumber { .. }
            | Errand::Callback { .. }
            | Errand::Survey { .. }
    )
}

/// How long an errand takes on an ordinary day.
fn usual(errand: &Errand) -> Duration {
    match errand {
        Errand::Pay { .. } => Duration::from_secs(40),
        Errand::Queue { .. } => Duration::from_secs(30),
        Errand::Transfer { .. } => Duration::from_secs(8),
        Errand::Record { what: Recording::Message, .. } => Duration::from_secs(15),
        Errand::Beep => Duration::from_secs(6),
        Errand::Detect { .. } => Duration::from_millis(1_200),
        Errand::Http { .. } | Errand::Send { .. } => Duration::from_millis(200),
        _ => STORE_ANSWERS,
    }
}

fn answers(event: &WalkEvent, to: RequestId) -> bool {
    matches!(event, WalkEvent::Done(request, _)
        | WalkEvent::Progress(request, _)
        | WalkEvent::ServiceFailed(request) if *request == to)
}

/// How long a sentence lasts when somebody reads it.
pub(crate) fn length(sentence: &Sentence) -> Duration {
    let piece = |piece: &Piece| match piece {
        Piece::Clip { text, .. } => WORD_MS * text.split_whitespace().count() as u64,
        Piece::Name(name) => WORD_MS * name.split_whitespace().count() as u64,
        Piece::Pause(ms) => u64::from(*ms),
    };
    Duration::from_millis(sentence.pieces.iter().map(piece).sum())
}
