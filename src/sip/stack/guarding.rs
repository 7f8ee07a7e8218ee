//! Where the guard is asked: before parsing, before a transaction is opened, before a response leaves.
//!
//! Owns: which question is asked when. Never: a rate; a table.

use super::Stack;
use super::requests::Request;
use crate::event::Transmit;
use crate::guard::{self, GuardFigures, Kind, Ruling, Strangers};
use crate::limits::FULL_RETRY_AFTER_S;
use crate::message::Name;
use crate::method::Method;
use crate::path::Path;
use crate::reply::Reply;
use ids::Moment;
use ids::Network;
use std::time::Duration;

impl Stack {
    /// Sources without rates, that are never challenged: the trunks. Replaces the earlier ones.
    pub fn trust(&mut self, networks: Vec<Network>) {
        if let Some(guard) = &mut self.guard {
            guard.trust(networks);
        }
    }

    /// One more source of that kind: an address that a trunk's name has led to.
    pub fn befriend(&mut self, address: std::net::IpAddr) {
        if let Some(guard) = &mut self.guard {
            guard.befriend(address);
        }
    }

    /// Our turn came this late. New calls get 503 before calls that are up suffer.
    pub fn handle_lag(&mut self, now: Moment, lag: Duration) {
        if let Some(guard) = &mut self.guard {
            guard.handle_lag(now, lag);
        }
    }

    /// What the guard holds and has done, for metrics and tests.
    pub fn guard_figures(&self) -> GuardFigures {
        self.guard.as_ref().map(|g| g.figures()).unwrap_or_default()
    }

    /// True for a message that nobody reads: its source is quarantined.
    pub(super) fn is_shut_out(&mut self, now: Moment, path: &Path, bytes: usize) -> bool {
        self.guard.as_mut().is_some_and(|g| !g.meet(now, path, bytes))
    }

    /// Something that is no message, or a broken one. True when nothing is said to it.
    pub(super) fn is_garbage(&mut self, path: Path) -> bool {
        let Some(guard) = &mut self.guard else { return false };
        let now = guard.now();
        let silent = guard.admit(now, &path, Kind::Garbage) != Ruling::Serve;
        if silent {
            guard.failed(now, &path);
        }
        silent || guard.is_mute(&path)
    }

    /// A request outside any dialog: whether it is looked at further.
    pub(super) fn is_admitted(&mut self, now: Moment, request: &Request<'_, '_>) -> bool {
        let Some(guard) = &mut self.guard else { return true };
        let (path, method) = (&request.path, request.method);
        let cancels = method == Method::Cancel;
        if cancels && self.layer.server(&request.invite_name()).is_some() {
            return true;
        }
        let agent = request.message.header(Name::UserAgent);
        if agent.is_some_and(|agent| guard.is_scanner(now, path, agent)) {
            return false;
        }
        let may_log_in =
            matches!(method, Method::Register | Method::Invite) && self.phones.is_some();
        if guard.is_mute(path) && !may_log_in {
            return false;
        }
        let mute = guard.is_mute(path);
        match guard.admit(now, path, guard::kind(method)) {
            Ruling::Serve => true,
            Ruling::Silence => false,
            Ruling::Busy if mute => false,
            Ruling::Busy => {
                self.busy(request);
                false
            }
        }
    }

    /// Whether a caller who has proved nothing is served; says so if not.
    pub(super) fn takes_strangers(&mut self, request: &Request<'_, '_>) -> bool {
        let Some(guard) = &self.guard else { return true };
        if guard.trusts(request.path.remote.ip()) {
            return true;
        }
        match guard.strangers() {
            Strangers::Answer => true,
            Strangers::Drop => false,
            Strangers::Refuse => {
                self.reject_with(request, 403, "Only known callers here");
                false
            }
        }
    }

    /// A call was refused. Who often asks for what is not there looks for something.
    pub(super) fn note_refusal(&mut self, now: Moment, path: Option<Path>, status: u16) {
        if let (Some(guard), Some(path), 403 | 404 | 484 | 604) = (&mut self.guard, path, status) {
            guard.failed(now, &path);
        }
    }

    /// Whether this message may leave.
    pub(super) fn may_leave(&mut self, transmit: &Transmit) -> bool {
        let Some(guard) = &mut self.guard else { return true };
        let response = transmit.bytes.starts_with(b"SIP/2.0 ");
        !response || guard.may_answer(&transmit.path, transmit.bytes.len())
    }

    fn busy(&mut self, request: &Request<'_, '_>) {
        let tag = self.layer.dice.fixed(&request.name);
        let reply = Reply::of(request.message, request.path, &request.e.via, tag);
        let mut writer = reply.begin(503, None, false);
        writer.field(Name::RetryAfter, FULL_RETRY_AFTER_S);
        self.layer.send(reply.path, writer.end());
    }

    /// A refusal without a transaction, with a sentence.
    pub(super) fn reject_with(&mut self, request: &Request<'_, '_>, status: u16, reason: &str) {
        let tag = self.layer.dice.fixed(&request.name);
        let reply = Reply::of(request.message, request.path, &request.e.via, tag);
        let writer = reply.begin(status, Some(reason), false);
        self.layer.send(reply.path, writer.end());
    }
}
