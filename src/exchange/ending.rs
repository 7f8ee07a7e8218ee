//! A call ends: BYE, the walk released, the media figures awaited, the record written.

use crate::call::{End, State};
use crate::canary::Stop;
use crate::effect::{Effect, Now};
use crate::exchange::Exchange;
use crate::limits;
use dialplan::WalkEvent;
use ids::CallId;
use media::command::Command;
use records::{EventKind, HungUp};

impl Exchange {
    /// We end the call: refused while it is not answered, else by BYE.
    pub(crate) fn hang_up(&mut self, now: Now, id: CallId, end: End) {
        let Some(call) = self.calls.get(&id) else { return };
        match call.state {
            State::Opening if call.outbound.is_none() => {
                return self.refuse(now, id, 503, &end.why);
            }
            State::Ringing => return self.refuse(now, id, 503, &end.why),
            State::Opening | State::Calling => return self.give_up(now, id, end),
            State::Answering | State::Talking => {
                let cause = sip::Cause::q850(u16::from(end.q850), &end.why);
                self.stack.bye(now.mono, call.session, Some(cause));
            }
            State::Closing(_) => return,
        }
        self.close(now, id, end);
    }

    /// Signalling is over, whoever ended it: release everything, wait for the figures alone.
    pub(crate) fn close(&mut self, now: Now, id: CallId, mut end: End) {
        let local = self.local(now);
        let Some(call) = self.calls.get_mut(&id) else { return };
        if matches!(call.state, State::Closing(_)) {
            return;
        }
        if let Some(mut walk) = call.walk.take() {
            walk.handle(now.mono, local, WalkEvent::HungUp);
        }
        if let Some(request) = call.waiting.take() {
            self.requests.remove(&request);
        }
        end.at_us = now.unix_us;
        call.outbound = None;
        self.payment_hung_up(now, id);
        self.untie(now, id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        self.sessions.remove(&call.session);
        self.effects.push_back(Effect::Media(Command::Close(call.leg)));
        let by = match end.hung_up {
            HungUp::Caller => "caller",
            HungUp::Flow => "flow",
            HungUp::System => "system",
        };
        let kind = EventKind::CallEnded { by: by.to_owned(), why: end.why.clone() };
        call.state = State::Closing(Box::new(end));
        call.deadline = now.mono + limits::FIGURES_WAIT_MAX;
        call.sdp = None;
        call.offer = None;
        self.leave_trunk(id);
        self.write(now, id, kind);
        self.schedule(id);
    }

    /// The figures are there, or late: write the record and forget the call.
    pub(crate) fn finish(&mut self, now: Now, id: CallId) {
        self.leave_recording(now, id);
        let Some(call) = self.calls.get(&id) else { return };
        let State::Closing(end) = &call.state else {
            let end = End::new(HungUp::System, "its media leg was lost", 500, 41);
            self.hang_up(now, id, end);
            return self.finish(now, id);
        };
        let flow = call.flow();
        let fate = call.fate(end);
        let (plan, side) = (call.plan.clone(), call.side);
        let record = call.history.record(id, flow, end);
        self.effects.push_back(Effect::WriteCall(Box::new(record)));
        self.legs.remove(&call.leg);
        self.calls.remove(&id);
        let (Some(plan), Some(fate)) = (plan, fate) else { return };
        if let Some(stop) = self.flows.ended(&plan, side, fate) {
            self.stop_canary(&plan.name, stop);
        }
    }

    /// New calls take the current version from now on; the shell is told to make that last.
    fn stop_canary(&mut self, flow: &str, stop: Stop) {
        let why = stop.to_string();
        self.effects.push_back(Effect::Alarm(format!(
            "the new version of {flow} on trial was stopped: {why}; new calls run on the current one"
        )));
        self.effects.push_back(Effect::StopCanary { flow: flow.to_owned(), why });
    }
}
