//! The whole building as one deterministic machine.
//!
//! ```text
//!   SIP messages ----->+----------------------+-----> SIP messages
//!   media events ----->|       Exchange       |-----> media commands, sentences to play
//!   store answers ---->|  calls, each with    |-----> questions to the store
//!   time ------------->|  its dialplan walk   |-----> events and call records
//!                      +----------------------+
//! ```
//!
//! Owns: which call an input belongs to, admission, the timers, the order of effects.
//! Never: any effect itself; what a dialplan decides.

use crate::call::{Call, End};
use crate::config::Config;
use crate::connecting::Next;
use crate::dialled::MayCall;
use crate::effect::{Effect, NoPorts, Now, OpenPorts, ServiceDown, VerifyAnswer};
use crate::flows::{Flow, Flows};
use crate::paying::PayDesk;
use crate::trunk::{Answer, NoAnswer, TrunkStatus, Trunks};
use dialplan::{CaseFacts, Plan, WalkEvent};
use ids::{CallId, LegId, Moment, RequestId, SessionId};
use jiff::civil::DateTime;
use records::Case;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

/// All calls, and the rules they live by.
pub struct Exchange {
    pub(crate) config: Config,
    pub(crate) stack: sip::Stack,
    pub(crate) flows: Flows,
    pub(crate) calls: HashMap<CallId, Call>,
    pub(crate) sessions: HashMap<SessionId, CallId>,
    pub(crate) legs: HashMap<LegId, CallId>,
    pub(crate) requests: HashMap<RequestId, CallId>,
    timers: BinaryHeap<Reverse<(Moment, CallId)>>,
    pub(crate) effects: VecDeque<Effect>,
    pub(crate) made: u64,
    /// Offer/answer sessions so far: each has keys of its own.
    pub(crate) keys_made: u64,
    /// Of the certificate that browsers meet; without one they are refused.
    pub(crate) fingerprint: Option<Arc<str>>,
    last_call: u64,
    /// The call whose input is being handled: the one to give up when a fault of ours shows.
    pub(crate) current: Option<CallId>,
    pub(crate) draining: bool,
    /// Somebody takes recordings.
    pub(crate) recorder: bool,
    pub(crate) trunks: Trunks,
    /// The vault and what is being paid.
    pub(crate) paying: PayDesk,
    /// What calls have to tell each other, in order.
    pub(crate) next: VecDeque<Next>,
    /// What users may call by the trunks.
    pub(crate) may_call: MayCall,
}

/// What is in the building right now, for figures and for the invariants of tests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Census {
    /// Calls that are not over.
    pub calls: usize,
    /// Media legs.
    pub legs: usize,
    /// SIP sessions that belong to a call.
    pub sessions: usize,
    /// Questions that await an answer.
    pub requests: usize,
    /// Payments that run: they may outlive their call.
    pub payments: usize,
    /// Effects not yet drained.
    pub effects: usize,
}

impl Exchange {
    /// An empty building with these flows.
    pub fn new(config: Config, plans: Vec<Arc<Plan>>) -> Self {
        let stack = sip::Stack::new(config.sip.clone());
        let mut flows = Flows::default();
        flows.replace(plans.into_iter().map(Flow::plain).collect());
        let trunks = Trunks::new(&config.trunks, config.sip.seed);
        Self {
            config,
            stack,
            flows,
            calls: HashMap::new(),
            sessions: HashMap::new(),
            legs: HashMap::new(),
            requests: HashMap::new(),
            timers: BinaryHeap::new(),
            effects: VecDeque::new(),
            made: 0,
            keys_made: 0,
            fingerprint: None,
            last_call: 0,
            current: None,
            draining: false,
            recorder: false,
            trunks,
            paying: PayDesk::default(),
            next: VecDeque::new(),
            may_call: MayCall::new(),
        }
    }

    /// One datagram, or one message of a stream.
    pub fn handle_sip(&mut self, now: Now, path: sip::Path, bytes: &[u8]) {
        // A trunk's addresses may be known by DNS alone; it has no rates and is never a stranger.
        let names = self.stack.peer_names(&path);
        if self.trunks.of_source(path.remote.ip(), &names).is_some() {
            self.stack.befriend(path.remote.ip());
        }
        self.stack.handle_message(now.mono, path, bytes);
        self.signalling(now);
    }

    /// The other end of a connection has proved who it is.
    pub fn handle_peer_names(&mut self, path: &sip::Path, names: sip::PeerNames) {
        self.stack.handle_peer_names(path, names);
    }

    /// A peer could not be reached, or its connection broke.
    pub fn handle_transport_error(&mut self, now: Now, path: &sip::Path) {
        self.stack.handle_transport_error(now.mono, path);
        self.signalling(now);
    }

    /// The answer to [`Effect::OpenPorts`].
    pub fn ports_opened(&mut self, now: Now, leg: LegId, ports: Result<OpenPorts, NoPorts>) {
        if let Some(id) = self.legs.get(&leg).copied() {
            if !self.home_opened(now, id, ports) {
                self.answer(now, id, ports);
            }
            self.signalling(now);
        }
    }

    /// What a media shard reports.
    pub fn handle_media(&mut self, now: Now, event: media::command::Event) {
        self.on_media(now, event);
        self.signalling(now);
    }

    /// The answer to [`Effect::FindCases`].
    pub fn cases_found(
        &mut self,
        now: Now,
        request: RequestId,
        found: Result<Vec<Case>, ServiceDown>,
    ) {
        let Some(id) = self.answered(request) else { return };
        let event = match found {
            Ok(cases) => {
                let facts = cases.iter().map(facts).collect();
                if let Some(call) = self.calls.get_mut(&id) {
                    call.cases = cases;
                }
                WalkEvent::CasesFound(request, facts)
            }
            Err(ServiceDown(why)) => self.service_down(request, &why),
        };
        self.walk(now, id, event);
        self.signalling(now);
    }

    /// The answer to [`Effect::Verify`].
    pub fn verified(
        &mut self,
        now: Now,
        request: RequestId,
        answer: Result<VerifyAnswer, ServiceDown>,
    ) {
        let Some(id) = self.answered(request) else { return };
        let event = match answer {
            Ok(VerifyAnswer::Ok) => WalkEvent::Verified(request, dialplan::VerifyAnswer::Ok),
            Ok(VerifyAnswer::Failed) => {
                WalkEvent::Verified(request, dialplan::VerifyAnswer::Failed { tries_left: u8::MAX })
            }
            Ok(VerifyAnswer::Locked) => {
                WalkEvent::Verified(request, dialplan::VerifyAnswer::Locked)
            }
            Err(ServiceDown(why)) => self.service_down(request, &why),
        };
        self.walk(now, id, event);
        self.signalling(now);
    }

    /// We can be reached here: from now on the trunks are at work.
    pub fn start_trunks(&mut self, now: Now, listens: Vec<(sip::Transport, SocketAddr)>) {
        self.trunks.start(listens);
        self.trunks_turn(now);
        self.signalling(now);
    }

    /// The answer to [`Effect::Resolve`].
    pub fn resolved(&mut self, now: Now, request: RequestId, answer: Result<Answer, NoAnswer>) {
        let Self { trunks, stack, effects, .. } = self;
        trunks.resolved(now.mono, stack, effects, (request, answer));
        self.signalling(now);
    }

    /// How every trunk stands.
    pub fn trunk_status(&self, now: Now) -> Vec<TrunkStatus> {
        self.trunks.status(now.mono)
    }

    fn trunks_turn(&mut self, now: Now) {
        let Self { trunks, stack, effects, .. } = self;
        trunks.handle_timeout(now.mono, stack, effects);
    }

    /// New versions of flows, already checked. Running calls keep the version they began with.
    pub fn plans_changed(&mut self, plans: Vec<Arc<Plan>>) {
        self.flows_changed(plans.into_iter().map(Flow::plain).collect());
    }

    /// The same with versions on trial and emergency switches: a switch that was turned leads running
    /// calls of its flow away between two steps, whatever version they run on.
    pub fn flows_changed(&mut self, flows: Vec<Flow>) {
        self.flows.replace(flows);
        for call in self.calls.values_mut() {
            if let (Some(walk), Some(plan)) = (call.walk.as_mut(), &call.plan) {
                walk.emergency(self.flows.emergency(&plan.name));
            }
        }
    }

    /// No new calls from now on; running calls finish.
    pub fn drain(&mut self) {
        self.draining = true;
        self.stack.accept_calls(false);
    }

    /// Carriers that we are registered with are told to send nobody any more (RFC 3261 section 10.2.2);
    /// calls that run stay.
    pub fn leave_trunks(&mut self, now: Now) {
        let Self { trunks, stack, effects, .. } = self;
        trunks.leave(now.mono, stack, effects);
        self.signalling(now);
    }

    /// How many carriers have not answered that yet.
    pub fn trunks_leaving(&self) -> usize {
        self.trunks.leaving()
    }

    /// Ends every call with BYE.
    pub fn hang_up_all(&mut self, now: Now, why: &str) {
        let mut all: Vec<CallId> = self.calls.keys().copied().collect();
        all.sort_unstable();
        for id in all {
            self.hang_up(now, id, End::new(records::HungUp::System, why, 200, 31));
        }
        self.signalling(now);
    }

    /// Time has come for somebody.
    pub fn handle_timeout(&mut self, now: Now) {
        self.stack.handle_timeout(now.mono);
        while let Some(&Reverse((due, id))) = self.timers.peek() {
            if due > now.mono {
                break;
            }
            self.timers.pop();
            let Some(call) = self.calls.get_mut(&id) else { continue };
            self.current = Some(id);
            if call.scheduled == due {
                call.scheduled = Moment::NEVER;
            }
            self.on_timer(now, id);
            self.schedule(id);
        }
        self.trunks_turn(now);
        self.paying_timeout(now);
        self.signalling(now);
    }

    /// When [`Self::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Moment> {
        let calls = self.timers.peek().map(|Reverse((due, _))| *due);
        let paying = self.paying.poll_timeout();
        let others = [self.stack.poll_timeout(), self.trunks.poll_timeout(), paying];
        others.into_iter().chain([calls]).flatten().min()
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What is in the building.
    pub fn census(&self) -> Census {
        Census {
            calls: self.calls.len(),
            legs: self.legs.len(),
            sessions: self.sessions.len(),
            requests: self.requests.len(),
            payments: self.paying.tills(),
            effects: self.effects.len(),
        }
    }

    /// Ends this leg's call: its media shard takes no more commands.
    pub fn abandon_leg(&mut self, now: Now, leg: LegId) {
        if let Some(id) = self.legs.get(&leg).copied() {
            self.hang_up(now, id, End::new(records::HungUp::System, "internal error", 500, 41));
            self.signalling(now);
        }
    }

    /// A panic is a fault of ours. It ends the call whose input was being handled, and no other:
    /// whoever caught it calls this.
    pub fn abandon_current(&mut self, now: Now) {
        let Some(id) = self.current.take() else { return };
        if let Some(call) = self.calls.get_mut(&id) {
            // What broke once may break again: the walk is not told.
            call.walk = None;
        }
        self.hang_up(now, id, End::new(records::HungUp::System, "internal error", 500, 41));
        self.signalling(now);
    }

    /// Moves what the SIP core said and wants sent into effects, until it is quiet.
    pub(crate) fn signalling(&mut self, now: Now) {
        loop {
            while let Some(event) = self.stack.poll_event() {
                self.on_sip(now, event);
            }
            if self.vault_turn(now) {
                continue;
            }
            let Some(next) = self.next.pop_front() else { break };
            self.go_on(now, next);
        }
        self.tell_vault();
        while let Some(done) = self.stack.poll_errand() {
            let Self { trunks, stack, effects, .. } = self;
            trunks.errand_done(now.mono, stack, effects, &done);
        }
        while let Some(transmit) = self.stack.poll_transmit() {
            self.effects.push_back(Effect::Transmit(transmit));
        }
    }

    pub(crate) fn answered(&mut self, request: RequestId) -> Option<CallId> {
        let id = self.requests.remove(&request)?;
        let call = self.calls.get_mut(&id)?;
        if call.waiting == Some(request) {
            call.waiting = None;
        }
        Some(id)
    }

    fn service_down(&mut self, request: RequestId, why: &str) -> WalkEvent {
        self.effects.push_back(Effect::Alarm(format!(
            "the store did not answer: {why}; callers hear an honest sentence until it does"
        )));
        WalkEvent::ServiceFailed(request)
    }

    /// Tells the timer heap when this call wants its next turn.
    pub(crate) fn schedule(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let due = call.timeout();
        if due < call.scheduled {
            call.scheduled = due;
            self.timers.push(Reverse((due, id)));
        }
    }

    /// A call id: its time of birth in Unix µs, pushed on where two are born in one.
    pub(crate) fn new_call_id(&mut self, now: Now) -> CallId {
        let born = u64::try_from(now.unix_us).unwrap_or(0);
        self.last_call = born.max(self.last_call + 1);
        CallId(self.last_call)
    }

    /// The firm's local time.
    pub(crate) fn local(&self, now: Now) -> DateTime {
        let stamp = jiff::Timestamp::from_microsecond(now.unix_us).unwrap_or_default();
        stamp.to_zoned(self.config.zone.clone()).datetime()
    }
}

fn facts(case: &Case) -> CaseFacts {
    CaseFacts {
        id: case.id,
        number: case.number.clone(),
        name: case.name.clone(),
        creditor: case.creditor.clone(),
        outstanding: case.outstanding,
        due_date: case.due_date,
        lang: case.lang,
        past: dialplan::Past::default(),
    }
}
