//! A call of ours on its way: one trunk after the other, until somebody answers.
//!
//! ```text
//!   Calling --nobody there--> the next target, the next trunk     --488--> once more, narrow codecs
//!           --200--> Talking     --busy, no answer in time, nobody left--> one honest result
//! ```
//!
//! Owns: what a call of ours waits for until it is answered, and what its end means.
//! Never: who may call (a [`crate::Permit`] says so); which trunk is up (`trunk` does).

use crate::call::{End, NO_SESSION, State};
use crate::cause;
use crate::effect::{Effect, Now};
use crate::exchange::Exchange;
use crate::limits;
use crate::outbound::{FailReason, Outbound, OutboundFailed, OutboundNews};
use crate::trunk::{Candidate, Full, Hunt, Line, NoTrunk, Outcome, Over, Verdict, Way};
use ids::{CallId, Moment};
use records::{EventKind, HungUp};
use sip::Path;
use std::time::Duration;

/// What a call of ours waits for.
#[derive(Debug)]
pub(crate) struct Placing {
    pub(crate) number: String,
    pub(crate) caller_id: Option<String>,
    ring_for: Duration,
    hunt: Hunt,
    at: Option<Candidate>,
    narrow: bool,
    local: Option<sdp::LocalMedia>,
    /// Until when a sign of life is awaited; [`Moment::NEVER`] once there was one.
    trying_by: Moment,
    ring_by: Moment,
    rang: bool,
    /// An answer in a provisional response: it counts if the 200 brings none.
    early: Option<Vec<u8>>,
    tried_full: bool,
    last: Option<Outcome>,
}

impl Placing {
    pub(crate) fn new(outbound: &Outbound, hunt: Hunt) -> Placing {
        let ring_for = outbound.ring_for.unwrap_or(limits::RING_DEFAULT);
        // A phone of ours rings as short as is asked for: it stands on a desk.
        let least = if hunt.is_for_phones() { ring_for } else { limits::RING_MIN };
        Placing {
            number: outbound.to.clone(),
            caller_id: outbound.caller_id.clone(),
            ring_for: ring_for.max(least).min(limits::RING_MAX),
            hunt,
            at: None,
            narrow: false,
            local: None,
            trying_by: Moment::NEVER,
            ring_by: Moment::NEVER,
            rang: false,
            early: None,
            tried_full: false,
            last: None,
        }
    }

    /// When it wants a turn.
    pub(crate) fn timeout(&self) -> Moment {
        self.trying_by.min(self.ring_by)
    }
}

impl Exchange {
    /// The media ports are there: the first attempt.
    pub(crate) fn place(&mut self, now: Now, id: CallId, local: sdp::LocalMedia) {
        let Some(placing) = self.placing(id) else { return };
        placing.local = Some(local);
        self.place_next(now, id);
    }

    /// The next way, or the truth that none is left.
    fn place_next(&mut self, now: Now, id: CallId) {
        self.leave_trunk(id);
        while let Some(candidate) = self.placing(id).and_then(|p| p.hunt.next()) {
            match self.take_line(now, &candidate) {
                Ok(()) => return self.attempt(now, id, candidate, false),
                Err(full) => self.passed_over(now, id, &candidate, full),
            }
        }
        let Some(placing) = self.placing(id) else { return };
        let (reason, status) = match (placing.last, placing.tried_full) {
            (Some(last), _) => (FailReason::Unreachable, last.status()),
            (None, true) => (FailReason::NoTrunk(NoTrunk::Full), 503),
            (None, false) => (FailReason::NoTrunk(NoTrunk::Down), 503),
        };
        self.outbound_failed(now, id, reason, status);
    }

    /// A phone of a user has as many lines as it says itself, by 486.
    fn take_line(&mut self, now: Now, candidate: &Candidate) -> Result<(), Full> {
        match candidate.trunk() {
            Some(trunk) => self.trunks.begin(now.mono, trunk, Way::Out),
            None => Ok(()),
        }
    }

    fn passed_over(&mut self, now: Now, id: CallId, candidate: &Candidate, full: Full) {
        if let Some(placing) = self.placing(id) {
            placing.tried_full = true;
        }
        let why = match full {
            Full::Lines => "all its lines are taken",
            Full::Rate => "too many calls began within this second",
        };
        self.tried(now, id, candidate, (503, why.to_owned()));
    }

    /// Sends the INVITE of one attempt; its trunk has counted it already.
    fn attempt(&mut self, now: Now, id: CallId, candidate: Candidate, narrow: bool) {
        let Some(codecs) = self.codecs_for(id, &candidate, narrow) else { return };
        let Some(local) = self.placing(id).and_then(|placing| placing.local) else { return };
        let mut media = self.media_session(id.0, local, codecs);
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.trunk = candidate.trunk().map(|trunk| (trunk, Way::Out));
        let Some((mut invite, caller_id)) = self.invite(id, &candidate) else {
            let why = (500, "its domain makes no SIP address".to_owned());
            self.tried(now, id, &candidate, why);
            return self.place_next(now, id);
        };
        let trunk = self.trunk_of(&candidate).map(|line| line.config.name.clone());
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(placing) = call.outbound.as_mut() else { return };
        invite.sdp = Some(media.offer());
        placing.narrow = narrow;
        placing.early = None;
        placing.trying_by = now.mono + limits::TRYING_WAIT_MAX;
        // The ways to one person share the time that it may ring; each trunk has it anew.
        if placing.ring_by == Moment::NEVER || trunk.is_some() {
            placing.ring_by = now.mono + placing.ring_for;
        }
        placing.hunt.attempts += 1;
        call.ties.user = match &candidate.over {
            Over::Phone(user, _) => Some(user.clone()),
            Over::Trunk(..) => None,
        };
        call.history.user.clone_from(&call.ties.user);
        placing.at = Some(candidate);
        call.history.from = invite.from.uri.user_plain().unwrap_or_default();
        call.history.called = caller_id.unwrap_or_default();
        call.history.trunk = trunk;
        call.history.transport = invite.path.transport.as_str().to_owned();
        call.sdp = Some(Box::new(media));
        call.state = State::Calling;
        call.session = self.stack.invite(now.mono, &invite);
        call.history.sip_call_id = self.stack.call_id(call.session).unwrap_or_default();
        self.sessions.insert(call.session, id);
        self.schedule(id);
    }

    /// A provisional response above 100.
    pub(crate) fn on_progress(
        &mut self,
        now: Now,
        id: CallId,
        status: u16,
        early: Option<Vec<u8>>,
    ) {
        let Some(placing) = self.placing(id) else { return };
        placing.trying_by = Moment::NEVER;
        let early_media = early.is_some();
        if early_media {
            placing.hunt.early_media = true;
            placing.early = early;
        }
        if !placing.rang && (status == 180 || early_media) {
            placing.rang = true;
            placing.ring_by = now.mono + placing.ring_for;
            self.write(now, id, EventKind::Ringing { status, early_media });
            self.news(id, OutboundNews::Ringing);
            self.schedule(id);
        }
    }

    /// Somebody answered: from here on the call is like one that came in.
    pub(crate) fn on_answered(&mut self, now: Now, id: CallId, answer: Vec<u8>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (State::Calling, Some(placing)) = (&call.state, call.outbound.as_mut()) else { return };
        let early = placing.early.take().unwrap_or_default();
        let answer = if answer.is_empty() { early } else { answer };
        let candidate = placing.at.clone();
        // From here on it is ended by BYE.
        call.state = State::Answering;
        call.outbound = None;
        let agreed = match call.sdp.as_mut() {
            Some(media) => media.handle_answer(&answer).map_err(|e| e.to_string()),
            None => Err("no offer of ours is open".to_owned()),
        };
        call.history.answered_us = Some(now.unix_us);
        if let Some(candidate) = candidate {
            candidate.trunk().into_iter().for_each(|trunk| self.trunks.answered(trunk));
            self.tried(now, id, &candidate, (200, "answered".to_owned()));
        }
        self.write(now, id, EventKind::CallAnswered);
        match agreed {
            Ok(agreed) => {
                self.begin_media(id, agreed);
                self.news(id, OutboundNews::Answered);
                self.begin_talking(now, id);
            }
            Err(why) => self.hang_up(now, id, End::new(HungUp::System, why, 488, 88)),
        }
    }

    /// An attempt was not answered: somebody else, once more, or the end.
    pub(crate) fn on_attempt_failed(
        &mut self,
        now: Now,
        id: CallId,
        outcome: Outcome,
        retry_after_s: Option<u32>,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        self.sessions.remove(&std::mem::replace(&mut call.session, NO_SESSION));
        let Some(placing) = call.outbound.as_mut() else { return };
        let Some(candidate) = placing.at.take() else { return };
        placing.last = Some(outcome);
        let (rang, was_narrow) = (placing.rang, placing.narrow);
        self.trunks.attempt_failed(now.mono, &candidate, outcome, retry_after_s);
        self.tried(now, id, &candidate, (outcome.status(), outcome.told()));
        let narrow = self.trunk_of(&candidate).is_some_and(|l| l.config.narrow.is_some());
        let Some(placing) = self.placing(id) else { return };
        match placing.hunt.judge(outcome, narrow && !was_narrow) {
            Verdict::Next => self.place_next(now, id),
            Verdict::Narrow => {
                self.leave_trunk(id);
                match self.take_line(now, &candidate) {
                    Ok(()) => self.attempt(now, id, candidate, true),
                    Err(full) => {
                        self.passed_over(now, id, &candidate, full);
                        self.place_next(now, id);
                    }
                }
            }
            Verdict::Final => {
                let status = outcome.status();
                let reason = match FailReason::of(status) {
                    FailReason::Unreachable if rang => FailReason::Refused,
                    reason => reason,
                };
                self.outbound_failed(now, id, reason, status);
            }
        }
    }

    /// The time of an unanswered call of ours has come.
    pub(crate) fn on_calling_timer(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (session, heard) = (call.session, self.stack.is_heard(call.session));
        let Some(placing) = call.outbound.as_mut() else { return };
        if heard {
            placing.trying_by = Moment::NEVER;
        }
        if placing.trying_by <= now.mono {
            // It is taken back as soon as it may be; the SIP core ends what may still answer.
            self.stack.cancel(now.mono, session);
            self.on_attempt_failed(now, id, Outcome::NoTrying, None);
        } else if placing.ring_by <= now.mono {
            self.stack.cancel(now.mono, session);
            if let Some(candidate) = placing.at.take() {
                let why = format!("nobody answered within {} s", placing.ring_for.as_secs());
                self.tried(now, id, &candidate, (487, why));
            }
            self.outbound_failed(now, id, FailReason::NoAnswer, 487);
        }
    }

    /// The one honest result of a call that nobody answered.
    pub(crate) fn outbound_failed(
        &mut self,
        now: Now,
        id: CallId,
        reason: FailReason,
        status: u16,
    ) {
        self.news(id, OutboundNews::Failed(OutboundFailed { reason, status }));
        let q850 = match reason {
            // ITU-T Q.850: no route, no circuit, no answer.
            FailReason::NoTrunk(NoTrunk::NoRoute) => 3,
            FailReason::NoTrunk(NoTrunk::Down | NoTrunk::Full) => 34,
            FailReason::NoAnswer => 19,
            _ => cause::q850(status),
        };
        self.close(now, id, End::new(HungUp::System, reason.to_string(), status, q850));
    }

    /// We give up a call of ours that is not answered.
    pub(crate) fn give_up(&mut self, now: Now, id: CallId, end: End) {
        let Some(call) = self.calls.get(&id) else { return };
        self.stack.cancel(now.mono, call.session);
        let failed = OutboundFailed { reason: FailReason::GivenUp, status: 487 };
        self.news(id, OutboundNews::Failed(failed));
        self.close(now, id, End { sip_status: 487, ..end });
    }

    /// The call no longer takes a line of its trunk.
    pub(crate) fn leave_trunk(&mut self, id: CallId) {
        let trunk = self.calls.get_mut(&id).and_then(|call| call.trunk.take());
        if let Some((trunk, way)) = trunk {
            self.trunks.end(trunk, way);
        }
    }

    fn tried(&mut self, now: Now, id: CallId, candidate: &Candidate, what: (u16, String)) {
        let Path { transport, remote, .. } = candidate.path;
        let target = format!("{} {remote}", transport.as_str());
        let (status, why) = what;
        let kind = match (&candidate.over, self.trunk_of(candidate)) {
            (Over::Phone(user, _), _) => {
                EventKind::PhoneTried { user: user.clone(), target, status, why }
            }
            (Over::Trunk(..), Some(line)) => {
                let trunk = line.config.name.clone();
                EventKind::TrunkTried { trunk, target, status, why }
            }
            (Over::Trunk(..), None) => return,
        };
        self.write(now, id, kind);
    }

    pub(crate) fn trunk_of(&self, candidate: &Candidate) -> Option<&Line> {
        self.trunks.line(candidate.trunk()?)
    }

    /// Whoever waits for this call hears of it: the call that it is for, or whoever asked for it.
    fn news(&mut self, call: CallId, news: OutboundNews) {
        match self.calls.get(&call).and_then(|call| call.ties.of) {
            Some(of) => self.second_news(of, call, news),
            None => self.effects.push_back(Effect::Outbound { call, news }),
        }
    }

    fn placing(&mut self, id: CallId) -> Option<&mut Placing> {
        self.calls.get_mut(&id)?.outbound.as_deref_mut()
    }
}
