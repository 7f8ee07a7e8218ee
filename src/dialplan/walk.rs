//! The interpreter: one call's way through a plan.
//!
//! ```text
//!            ┌────────────────── outcome leads to a step ◀──────────────┐
//!            ▼                                                          │
//!  begin ─▶ Entering ─▶ Saying ──lines said──────────────────────────▶ leave ──end──▶ Closing ─▶ Over
//!              │  └───▶ Asking ──answer──▶ (verb decides) ──┬─────────▶  ▲                        ▲
//!              └──────▶ Waiting ◀──question to a service────┘            │                        │
//!                          └── answer, or none in 3 s ───────────────────┘        HungUp ─────────┘
//! ```
//! Owns: where the call is, what it waits for, which case it is about and whether the right party is
//! proved, its language, the keys typed ahead.
//! Never: a clock, a card, a case's data in a sentence before the right party is proved.

use crate::asking::{Asking, Question};
use crate::condition::{Literal, Sight};
use crate::errand::Errand;
use crate::event::{Action, CaseFacts, Facts, Trace, WalkEvent};
use crate::limits::{FILLER_AFTER, SERVICE_LONGEST, TURNS_MAX, VERIFIED_LONGEST};
use crate::plan::{Outcome, Plan};
use crate::replay::Script;
use crate::speech::Speech;
use crate::spoken::Spoken;
use crate::talk::Talk;
use crate::verbs::{self, Receiver};
use ids::{CaseId, Lang, Moment, RequestId};
use jiff::civil::DateTime;
use keypad::Keys;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// What the call is doing.
#[derive(Debug)]
pub(crate) enum Doing {
    /// This step is next.
    Entering(usize),
    /// Lines are said; then the step is left with this outcome.
    Saying(Outcome),
    /// Lines are said; then this is done.
    Before(Box<(Errand, Box<dyn Talk>)>),
    /// Keys are awaited.
    Asking(Box<Asking>, Receiver),
    /// A service is awaited.
    Waiting(Waiting),
    /// Last lines are said; then the call ends for this reason.
    Closing(String),
    /// The call is over.
    Over,
}

/// A question to a service.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) request: RequestId,
    pub(crate) receiver: Receiver,
    /// What is said at that time; `None` once it was.
    filler: Option<(Moment, Spoken)>,
    /// Nothing is heard meanwhile but what we say: no ring, no music, no other voice.
    silent: bool,
    fail_at: Moment,
    /// How the step is left when no answer comes.
    late: Outcome,
}

impl Waiting {
    /// Waits until then at most.
    pub(crate) fn extend(&mut self, until: Moment) {
        self.fail_at = until;
    }
}

/// Where the call stands with the emergency switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Emergency {
    Off,
    /// The next step is the emergency step.
    Wanted,
    /// It was led there; from then on the flow decides.
    Taken,
}

/// One call's way through a plan.
pub struct Walk {
    pub(crate) plan: Arc<Plan>,
    pub(crate) facts: Facts,
    pub(crate) now: Moment,
    pub(crate) wall: DateTime,
    pub(crate) actions: VecDeque<Action>,
    pub(crate) speech: Speech,
    pub(crate) doing: Doing,
    pub(crate) lang: Lang,
    pub(crate) case: Option<CaseFacts>,
    pub(crate) verified: Option<(CaseId, Moment)>,
    pub(crate) verify_tries: u32,
    /// Card payments begun.
    pub(crate) pays: u8,
    pub(crate) set: Vec<(String, Literal)>,
    pub(crate) at: usize,
    pub(crate) callers: Vec<usize>,
    pub(crate) ahead: Keys,
    /// A `#` until then belongs to the number that was just completed by its last digit.
    pub(crate) late_hash: Option<Moment>,
    pub(crate) entered: u32,
    pub(crate) emergency: Emergency,
    /// In a replay alone.
    pub(crate) script: Option<Box<Script>>,
    pub(crate) next_id: u64,
}

impl Walk {
    /// Begins at the plan's entry. Drain [`Walk::poll`] afterwards.
    pub fn begin(plan: Arc<Plan>, facts: Facts, now: Moment, today: DateTime) -> Walk {
        Self::begin_with(plan, facts, now, today, None)
    }

    /// The same; a script answers in the place of callers and services.
    pub(crate) fn begin_with(
        plan: Arc<Plan>,
        facts: Facts,
        now: Moment,
        today: DateTime,
        script: Option<Box<Script>>,
    ) -> Walk {
        let first = plan.languages.first().copied().unwrap_or(Lang::EnGb);
        let lang = facts.lang.filter(|l| plan.speaks(*l)).unwrap_or(first);
        let led_away = plan.emergency().filter(|_| facts.emergency);
        let emergency = if led_away.is_some() { Emergency::Taken } else { Emergency::Off };
        let first_step = led_away.unwrap_or(plan.entry());
        let mut walk = Walk {
            doing: Doing::Entering(first_step),
            at: first_step,
            next_id: facts.ids_from,
            actions: VecDeque::from([Action::SetLanguage(lang)]),
            speech: Speech::default(),
            case: None,
            verified: None,
            verify_tries: 0,
            pays: 0,
            set: Vec::new(),
            callers: Vec::new(),
            ahead: Keys::new(),
            late_hash: None,
            entered: 0,
            script,
            emergency,
            wall: today,
            plan,
            facts,
            now,
            lang,
        };
        walk.settle();
        walk
    }

    /// The emergency switch was turned: between two steps the call goes to the emergency step, once.
    /// A step that has begun (a payment, a question half answered) is finished first. Turned back in
    /// time it changes nothing; a plan without such a step goes on as it is.
    pub fn emergency(&mut self, on: bool) {
        self.emergency = match (self.emergency, on) {
            (Emergency::Taken, _) => Emergency::Taken,
            (_, true) if self.plan.emergency().is_some() => Emergency::Wanted,
            (_, _) => Emergency::Off,
        };
    }

    /// The plan this call began with and keeps.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The language the call is in.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The case the call is about, once one was matched.
    pub fn case(&self) -> Option<&CaseFacts> {
        self.case.as_ref()
    }

    /// Whether the right party is proved, and still is: for this case, for 15 minutes.
    pub fn verified(&self) -> bool {
        let fresh = |(id, since): (CaseId, Moment)| {
            self.case.as_ref().is_some_and(|c| c.id == id)
                && self.now.since(since) <= VERIFIED_LONGEST
        };
        self.verified.is_some_and(fresh)
    }

    /// The step the call is in.
    pub fn step(&self) -> &str {
        &self.plan.steps[self.at].name
    }

    /// A key of the caller is awaited.
    pub(crate) fn asks(&self) -> bool {
        matches!(self.doing, Doing::Asking(..))
    }

    /// It is for us to say something, or for a service behind us to answer: silence has no good reason.
    pub(crate) fn owes_words(&self) -> bool {
        match self.doing {
            Doing::Entering(_) | Doing::Saying(_) | Doing::Before(_) | Doing::Closing(_) => true,
            Doing::Waiting(ref waiting) => waiting.silent,
            Doing::Asking(..) | Doing::Over => false,
        }
    }

    /// True after [`Action::Hangup`] was yielded or is about to be.
    pub fn over(&self) -> bool {
        matches!(self.doing, Doing::Over)
    }

    /// Tells what happened; `wall` is the calendar time at the firm. Drain [`Walk::poll`] afterwards.
    pub fn handle(&mut self, now: Moment, wall: DateTime, event: WalkEvent) {
        self.now = now;
        self.wall = wall;
        if self.over() {
            return;
        }
        match event {
            WalkEvent::KeyDown { stopped } => self.key_down(stopped),
            WalkEvent::KeyUp(key) => self.key_up(key),
            WalkEvent::KeyVoid => self.key_void(),
            WalkEvent::PlayEnded(play) => {
                self.speech.ended(play);
            }
            WalkEvent::CasesFound(request, cases) => {
                if let Some(receiver) = self.answered(request) {
                    verbs::cases_found(self, receiver, cases);
                }
            }
            WalkEvent::Verified(request, answer) => {
                if let Some(receiver) = self.answered(request) {
                    verbs::judged(self, receiver, answer);
                }
            }
            WalkEvent::Done(request, reply) => {
                if let Some(receiver) = self.answered(request) {
                    self.errand_done(receiver, reply);
                }
            }
            WalkEvent::Progress(request, progress) => self.errand_news(request, progress),
            WalkEvent::ServiceFailed(request) => {
                if let Some(receiver) = self.answered(request) {
                    self.service_failed(&receiver, "it said that it cannot answer now");
                }
            }
            WalkEvent::HungUp => self.hang_up("caller hung up"),
        }
        self.settle();
    }

    /// The next thing to do, in order.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Walk::handle_timeout`] wants to be called.
    pub fn timeout(&self) -> Option<Moment> {
        let doing = match &self.doing {
            Doing::Asking(asking, _) => asking.deadline(),
            Doing::Waiting(waiting) => {
                Some(waiting.filler.as_ref().map_or(waiting.fail_at, |(at, _)| *at))
            }
            Doing::Entering(_)
            | Doing::Saying(_)
            | Doing::Before(_)
            | Doing::Closing(_)
            | Doing::Over => None,
        };
        [doing, self.speech.deadline()].into_iter().flatten().min()
    }

    /// Time has come. Early or repeated calls do nothing.
    pub fn handle_timeout(&mut self, now: Moment, wall: DateTime) {
        self.now = now;
        self.wall = wall;
        let replayed = self.speech.overdue(now, &mut self.next_id);
        self.actions.extend(replayed);
        match &mut self.doing {
            Doing::Asking(asking, _) if asking.deadline().is_some_and(|d| d <= now) => {
                let heard = asking.timeout();
                self.heard(heard);
            }
            Doing::Waiting(waiting)
                if waiting.filler.as_ref().is_some_and(|(at, _)| *at <= now) =>
            {
                let words = waiting.filler.take();
                if let Some((_, words)) = words.filter(|_| self.speech.idle()) {
                    let _said = self.say(&words, false);
                }
            }
            Doing::Waiting(waiting) if waiting.fail_at <= now => self.give_up_waiting(),
            _ => {}
        }
        self.settle();
    }

    /// Goes on until something outside must happen; bounded.
    fn settle(&mut self) {
        for _ in 0..TURNS_MAX {
            if !self.turn() {
                return;
            }
        }
        self.give_up("the dialplan turned in a circle");
        self.turn();
    }

    /// One change of state; false when there is none to make.
    fn turn(&mut self) -> bool {
        match &mut self.doing {
            Doing::Entering(step) => {
                let step = *step;
                self.enter(step);
                return true;
            }
            Doing::Asking(..) if !self.ahead.is_empty() && self.speech.interruptible() => {
                if let Some(key) = self.ahead.pop_front() {
                    self.interrupt();
                    self.answer_key(key);
                }
                return true;
            }
            Doing::Saying(outcome) if self.speech.idle() => {
                let outcome = *outcome;
                self.leave(outcome);
                return true;
            }
            Doing::Before(_) if self.speech.idle() => {
                self.begin_errand();
                return false;
            }
            Doing::Closing(reason) if self.speech.idle() => {
                let reason = std::mem::take(reason);
                self.hang_up(&reason);
                return false;
            }
            Doing::Asking(asking, _) if self.speech.idle() && asking.deadline().is_none() => {
                asking.listen(self.now);
                return false;
            }
            Doing::Over => return false,
            Doing::Asking(..)
            | Doing::Saying(_)
            | Doing::Before(_)
            | Doing::Closing(_)
            | Doing::Waiting(_) => {}
        }
        let play = self.speech.start(self.now, &mut self.next_id);
        self.actions.extend(play);
        false
    }

    pub(crate) fn trace(&mut self, trace: Trace) {
        self.actions.push_back(Action::Trace(trace));
    }

    /// What a condition may look at.
    pub(crate) fn sight(&self) -> Sight<'_> {
        Sight {
            facts: &self.facts,
            case: self.case.as_ref(),
            verified: self.verified(),
            lang: self.lang,
            now: self.wall,
            set: &self.set,
        }
    }

    /// A variable of the flow has this value from now on.
    pub(crate) fn remember(&mut self, name: String, value: Literal) {
        self.set.retain(|(known, _)| *known != name);
        self.set.push((name, value));
    }

    /// The call is about this case from now on.
    pub(crate) fn take_case(&mut self, case: CaseFacts) {
        self.case = Some(case);
    }

    /// The call goes on in this language, if the plan declares it.
    pub(crate) fn speak(&mut self, lang: Lang) {
        if self.plan.speaks(lang) && lang != self.lang {
            self.lang = lang;
            self.actions.push_back(Action::SetLanguage(lang));
        }
    }

    /// Forgets keys that were pressed before a question of some weight.
    pub(crate) fn flush(&mut self) {
        self.ahead.wipe();
    }

    /// Asks; the prompt's lines may already stand in the queue.
    pub(crate) fn ask(&mut self, question: Question, receiver: Receiver) {
        let prompts = question.prompts.clone();
        self.doing = Doing::Asking(Box::new(Asking::of(question)), receiver);
        if !prompts.iter().all(|prompt| self.say(prompt, true)) {
            self.leave(Outcome::Error);
        }
    }

    /// Asks the store; the answer goes to the receiver.
    pub(crate) fn request(&mut self, receiver: Receiver) -> RequestId {
        let filler = Some(Spoken::built_in("please_wait"));
        self.request_within(receiver, SERVICE_LONGEST, filler, Outcome::Error)
    }

    /// Asks a service that may take so long; `late` is how the step is left without an answer.
    pub(crate) fn request_within(
        &mut self,
        receiver: Receiver,
        longest: Duration,
        filler: Option<Spoken>,
        late: Outcome,
    ) -> RequestId {
        let request = RequestId(self.next_id);
        self.next_id += 1;
        self.doing = Doing::Waiting(Waiting {
            request,
            receiver,
            silent: filler.is_some(),
            filler: filler.map(|words| (self.now + FILLER_AFTER, words)),
            fail_at: self.now + longest,
            late,
        });
        request
    }

    /// The answer has not come in time.
    fn give_up_waiting(&mut self) {
        let placeholder = Doing::Saying(Outcome::Error);
        let Doing::Waiting(waiting) = std::mem::replace(&mut self.doing, placeholder) else {
            return;
        };
        let Waiting { request, receiver, late, .. } = waiting;
        match receiver {
            Receiver::Talk(talk, _) => {
                self.actions.push_back(Action::Cancel(request));
                talk.late(self, late);
            }
            other => self.service_failed(&other, "it did not answer within 3 s"),
        }
    }

    /// Takes the receiver if this is the answer that is awaited; late ones are dropped.
    fn answered(&mut self, request: RequestId) -> Option<Receiver> {
        match &self.doing {
            Doing::Waiting(waiting) if waiting.request == request => {}
            _ => return None,
        }
        match std::mem::replace(&mut self.doing, Doing::Saying(Outcome::Error)) {
            Doing::Waiting(waiting) => Some(waiting.receiver),
            _ => None,
        }
    }

    fn service_failed(&mut self, receiver: &Receiver, why: &'static str) {
        self.trace(Trace::ServiceFailed { service: receiver.service(), why });
        self.leave(Outcome::Error);
    }
}
