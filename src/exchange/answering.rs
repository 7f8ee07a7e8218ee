//! Who has answered our call? The flow asks by `detect` and `message`, the media shard listens.
//!
//! ```text
//!  detect ──► Command::Detect ──► verdict ──────────────► human, machine, unknown
//!  message ─► (goes on listening) beep, or 2 s silence ─► speak;  20 s: no beep
//! ```
//! What was heard before it is asked for is kept: a beep that was itself the proof of a machine is the
//! beep that `message` waits for.
//!
//! Owns: what the flow waits for and what was heard, of one call.
//! Never: how it is heard (that is `audio`); what is said to whom (that is the flow).

use crate::effect::{Effect, Now};
use crate::exchange::Exchange;
use dialplan::{Reply, WalkEvent};
use ids::{CallId, RequestId};
use media::command::{Command, News, Who};
use records::EventKind;
use std::time::Duration;

/// What is known about who has answered.
#[derive(Debug, Default)]
pub(crate) struct Answering {
    asked: Option<Asked>,
    listens: bool,
    verdict: Option<Who>,
    /// A beep was heard, or a machine has fallen silent: it records.
    records: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Asked {
    Who(RequestId),
    Beep(RequestId),
}

impl Exchange {
    /// The flow wants to know who has answered.
    pub(crate) fn detect(&mut self, now: Now, id: CallId, request: RequestId, within: Duration) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        match call.answering.verdict {
            Some(who) => self.answer_errand(now, id, request, reply(who)),
            None => {
                call.answering.asked = Some(Asked::Who(request));
                self.listen(id, within);
            }
        }
    }

    /// The flow wants to speak after the beep.
    pub(crate) fn await_beep(&mut self, now: Now, id: CallId, request: RequestId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.answering.records {
            return self.answer_errand(now, id, request, Reply::Beeped);
        }
        call.answering.asked = Some(Asked::Beep(request));
        self.listen(id, Duration::ZERO);
    }

    /// The flow waits no longer.
    pub(crate) fn forget_errand(&mut self, id: CallId, request: RequestId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let asked = &mut call.answering.asked;
        if [Some(Asked::Who(request)), Some(Asked::Beep(request))].contains(asked) {
            *asked = None;
        }
    }

    /// What the media shard has heard.
    pub(crate) fn on_answering(&mut self, now: Now, id: CallId, news: News) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let answering = &mut call.answering;
        match news {
            News::SpeechBegan | News::MaySpeak => return,
            News::Verdict(verdict) => {
                answering.verdict = Some(verdict.who);
                let who = name(verdict.who).to_owned();
                let (sure_percent, after_ms) = (verdict.sure_percent, verdict.after_ms);
                self.write(now, id, EventKind::AnswererJudged { who, sure_percent, after_ms });
            }
            News::Beep => {
                answering.records = true;
                self.write(now, id, EventKind::BeepHeard);
            }
            News::SilentAfterMachine => answering.records = true,
            News::Over => answering.listens = false,
        }
        let Some((request, reply)) = self.settled(id, news) else { return };
        self.walk(now, id, WalkEvent::Done(request, reply));
    }

    /// Whether the flow's question has its answer now.
    fn settled(&mut self, id: CallId, news: News) -> Option<(RequestId, Reply)> {
        let answering = &mut self.calls.get_mut(&id)?.answering;
        let settled = match (answering.asked?, answering.verdict) {
            (Asked::Who(request), Some(who)) => (request, reply(who)),
            (Asked::Beep(request), _) if answering.records => (request, Reply::Beeped),
            (Asked::Beep(request), _) if news == News::Over => (request, Reply::NoBeep),
            _ => return None,
        };
        answering.asked = None;
        Some(settled)
    }

    fn listen(&mut self, id: CallId, within: Duration) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if !call.answering.listens {
            call.answering.listens = true;
            self.effects.push_back(Effect::Media(Command::Detect(call.leg, Some(within))));
        }
    }

    /// An answer in the turn of its question: whoever drains the walk goes on with it.
    fn answer_errand(&mut self, now: Now, id: CallId, request: RequestId, reply: Reply) {
        let local = self.local(now);
        if let Some(walk) = self.calls.get_mut(&id).and_then(|c| c.walk.as_mut()) {
            walk.handle(now.mono, local, WalkEvent::Done(request, reply));
        }
    }
}

const fn reply(who: Who) -> Reply {
    match who {
        Who::Human => Reply::Human,
        Who::Machine => Reply::Machine,
        Who::Unknown => Reply::Unsure,
    }
}

const fn name(who: Who) -> &'static str {
    match who {
        Who::Human => "human",
        Who::Machine => "machine",
        Who::Unknown => "unknown",
    }
}
