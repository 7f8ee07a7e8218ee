//! One of our people dials somebody: another user's phones, or a number, where that is allowed.
//!
//! ```text
//!   INVITE of a user ─▶ ports ─▶ Ringing ──18x──▶ 180 ──answered──▶ 200, ACK ─▶ both talk
//!                                   └─ busy, no answer, nobody there ─▶ refused with what it was
//! ```
//! No flow runs: until somebody answers it is not answered either, so nobody pays for ringing, and the
//! phone shows what it shows for any call.
//!
//! Owns: whom a user may reach by dialling or by REFER. Never: a caller who has proved nothing.

use crate::bridge::{Bridge, Missed};
use crate::call::{End, State};
use crate::config::Number;
use crate::connecting::Whom;
use crate::effect::Now;
use crate::exchange::Exchange;
use crate::limits;
use crate::outbound::{Permit, is_global};
use ids::phone::{Home, normalise};
use ids::{CallId, Moment, SessionId};
use records::{EventKind, HungUp};
use sip::Uri;
use std::collections::HashMap;
use std::net::IpAddr;

/// What each user may call in the telephone network: the beginnings of numbers, `+48`; `+` is all of them.
/// Who is not named calls nobody there.
pub type MayCall = HashMap<String, Vec<String>>;

/// What we would have answered, until whoever was dialled answers.
#[derive(Debug)]
pub(crate) struct Held {
    pub body: Vec<u8>,
    pub agreed: Option<sdp::Negotiated>,
}

impl Exchange {
    /// Replaces what users may call by the trunks; calls that run stay.
    pub fn may_call_changed(&mut self, may_call: MayCall) {
        self.may_call = may_call;
    }

    /// Whom a proved user dials, if it is a person. A number that a flow answers by its name goes before a
    /// user of that name; `*`, which is everybody, does not.
    pub(crate) fn dialled(&self, invite: &sip::Incoming, flow: Option<&Number>) -> Option<Whom> {
        let sip::Caller::User(user) = &invite.caller else { return None };
        if invite.replaces.is_some() || flow.is_some_and(|number| number.called != "*") {
            return None;
        }
        self.reached(user, &invite.request_uri, invite.path.local.ip())
    }

    /// Whom a user may reach by this address: `sip:NAME@HOST` or `sip:NUMBER@HOST` where the host is us, as
    /// the phone knows us, or `tel:NUMBER`.
    pub(crate) fn reached(&self, user: &str, to: &Uri, here: IpAddr) -> Option<Whom> {
        let tel = to.scheme() == sip::Scheme::Tel;
        let name = if tel { to.as_str().to_owned() } else { to.user_plain()? };
        let ip = to.host_ip();
        let us = tel || ip.is_some_and(|ip| ip == here || self.config.sip.advertised == Some(ip));
        let host = if us { "here" } else { to.host() };
        if let whom @ Some(Whom::User(_)) = self.whom(&format!("sip:{name}@{host}")) {
            return whom;
        }
        let realm = self.config.sip.phones.as_ref().map(|phones| phones.realm.as_str());
        let ours = us || realm.is_some_and(|realm| realm.eq_ignore_ascii_case(to.host()));
        self.number_for(user, &name).filter(|_| ours).map(Whom::Number)
    }

    /// The number in E.164, as people write it at home, if this user may call it.
    fn number_for(&self, user: &str, text: &str) -> Option<String> {
        let home = self.trunks.home().unwrap_or(&Home::default()).clone();
        let number = normalise(text, &home).filter(|number| is_global(number))?;
        let may = self.may_call.get(user)?.iter().any(|start| number.starts_with(start.as_str()));
        may.then_some(number)
    }

    /// The caller's ports are there and his offer can be met: whom he dialled is rung.
    pub(crate) fn ring_dialled(&mut self, now: Now, id: CallId, whom: &Whom, held: Held) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.state = State::Ringing;
        call.ties.held = Some(Box::new(held));
        let permit = Permit::user(call.ties.user.as_deref().unwrap_or_default());
        // He hangs up when he has waited long enough.
        if let Err((_, why)) = self.ring(now, id, whom, limits::RING_MAX, permit) {
            self.refuse(now, id, 480, &why);
        }
        self.schedule(id);
    }

    /// Whom he dialled has answered: so do we. They are connected once his ACK is there.
    pub(crate) fn answer_dialled(&mut self, now: Now, id: CallId) {
        let held = self.calls.get_mut(&id).and_then(|call| call.ties.held.take());
        if let Some(held) = held {
            self.pick_up(now, id, *held);
        }
    }

    /// The 200, with the media that it agrees on.
    pub(crate) fn pick_up(&mut self, now: Now, id: CallId, held: Held) {
        if let Some(agreed) = held.agreed {
            self.begin_media(id, agreed);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.state = State::Answering;
        call.deadline = Moment::NEVER;
        call.history.answered_us = Some(now.unix_us);
        self.stack.answer(now.mono, call.session, held.body);
        self.write(now, id, EventKind::CallAnswered);
    }

    /// His ACK is there: both hear each other.
    pub(crate) fn begin_dialled(&mut self, now: Now, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.state = State::Talking;
        call.deadline = now.mono + limits::BRIDGED_CALL_MAX;
        match call.ties.bridge {
            Some(Bridge::Talking { with }) => self.connect(now, id, with),
            _ => {
                let end = End::new(HungUp::System, "the other side hung up", 200, 16);
                self.hang_up(now, id, end);
            }
        }
        self.schedule(id);
    }

    /// Nobody answered: the phone shows what it shows when it calls somebody itself.
    pub(crate) fn refuse_dialled(&mut self, now: Now, id: CallId, missed: Missed) {
        let (status, why) = match missed {
            Missed::Busy => (486, "Busy"),
            Missed::NoAnswer => (480, "Nobody answered"),
            Missed::Failed => (480, "Nobody could be reached"),
            Missed::Untried => (503, "No line is free"),
        };
        self.refuse(now, id, status, why);
    }

    /// The session of a call that waits unanswered for whom it dialled.
    pub(crate) fn unanswered(&self, id: CallId) -> Option<SessionId> {
        self.calls.get(&id).filter(|call| call.state == State::Ringing).map(|call| call.session)
    }
}
