//! Users: REGISTER, and whether an INVITE comes from one (RFC 3261 sections 10.3 and 22).
//!
//! ```text
//!   no answer, or a wrong one --> 401, without a transaction (section 8.2.7)
//!   right answer --> transaction --> registrar --> 200 with all contacts, or a refusal
//! ```
//!
//! Owns: the order of the checks. Never: state for somebody who has proved nothing.

use super::Stack;
use super::requests::Request;
use crate::digest::{Answer, Door, Verdict};
use crate::event::Caller;
use crate::message::Name;
use crate::name_addr::AddrParts;
use crate::registrar::{Binding, Presence, Refused, Wanted};
use crate::reply::Reply;
use crate::uri::Uri;
use ids::Moment;
use std::collections::HashMap;

/// What the door says to a request.
pub(super) enum Entry {
    User(String),
    /// 401 with a new nonce.
    Challenge {
        stale: bool,
    },
    /// Too many wrong answers lately: none is weighed, right or wrong.
    Wait,
}

/// A phone that hears nothing would try on for half a minute and not tell its owner why.
const WAIT: &str = "Too many wrong passwords, wait";

impl Stack {
    /// Replaces the users who may log in. Bindings of those who are gone end.
    pub fn set_users(&mut self, users: HashMap<String, crate::digest::Secrets>) {
        if let Some(phones) = &mut self.phones {
            phones.door.set_users(users);
            phones.registrar.keep_users(|user| phones.door.has(user));
        }
    }

    /// Whether there is such a user, reachable or not.
    pub fn has_user(&self, user: &str) -> bool {
        self.phones.as_ref().is_some_and(|phones| phones.door.has(user))
    }

    /// Where a user can be reached now, the preferred place first.
    pub fn reachable(&self, now: Moment, user: &str) -> Vec<Binding> {
        self.phones.as_ref().map_or_else(Vec::new, |p| p.registrar.reachable(now, user))
    }

    /// A REGISTER outside any dialog.
    pub(super) fn register(&mut self, now: Moment, request: &Request<'_, '_>) {
        match self.entry(now, request) {
            Entry::User(user) => self.registered(now, request, &user),
            Entry::Challenge { stale } => self.challenge(now, request, stale),
            Entry::Wait => self.reject_with(request, 403, WAIT),
        }
    }

    fn registered(&mut self, now: Moment, request: &Request<'_, '_>, user: &str) {
        let Some(phones) = &mut self.phones else { return };
        // Section 10.3, step 4: nobody changes another one's bindings.
        let own = |parts: &AddrParts<'_>| user_of(parts).is_some_and(|u| u == user);
        let wanted = match own(&request.e.from) && own(&request.e.to) {
            true => Wanted::read(request.message, &request.e),
            false => Err(Refused::because(403, "From and To must be the user who logs in")),
        };
        let outcome = wanted.and_then(|wanted| {
            let done = phones.registrar.register(now, user, &wanted, request.path);
            done.map(|()| wanted)
        });
        let answer = match outcome {
            Ok(wanted) => {
                let contacts = phones.registrar.contacts(now, user, wanted.gruu);
                Ok((contacts, wanted.outbound))
            }
            Err(refused) => Err(refused),
        };
        self.answer_register(now, request, answer);
    }

    fn answer_register(
        &mut self,
        now: Moment,
        request: &Request<'_, '_>,
        answer: Result<(Vec<String>, bool), Refused>,
    ) {
        let tag = self.layer.dice.roll();
        let reply = Reply::of(request.message, request.path, &request.e.via, tag);
        let (name, path) = (request.name.clone(), request.path);
        let tx = self.layer.open_server(now, name, request.method, reply, path, None);
        let (status, reason) = match &answer {
            Ok(_) => (200, None),
            Err(refused) => (refused.status, refused.reason),
        };
        self.layer.respond(now, tx, status, reason, |layer, mut writer| {
            match answer {
                Ok((contacts, outbound)) => {
                    for contact in contacts {
                        writer.field(Name::Contact, contact);
                    }
                    // RFC 3327 section 5.3: the phone sees over which hops it is reached.
                    for value in request.message.all(Name::Path) {
                        writer.bytes(Name::Path, value);
                    }
                    // RFC 5626 section 6: tells the phone that its flow is kept.
                    if outbound {
                        writer.field(Name::Require, "outbound");
                    }
                    writer.field(Name::Supported, "path, gruu, outbound");
                }
                Err(Refused { header: Some((name, value)), .. }) => writer.named(name, value),
                Err(_) => {}
            }
            writer.named("Server", &layer.config.user_agent);
            writer.end()
        });
    }

    /// Whether the request proves a user. A wrong answer costs the source.
    fn entry(&mut self, now: Moment, request: &Request<'_, '_>) -> Entry {
        let Some(phones) = &mut self.phones else { return Entry::Wait };
        let fields = request.message.all(Name::Authorization).take(4);
        let ours = |a: &Answer| a.realm == phones.door.realm();
        let Some(answer) = fields.filter_map(Answer::read).find(ours) else {
            return Entry::Challenge { stale: false };
        };
        let path = &request.path;
        if self.guard.as_ref().is_some_and(|g| !g.may_try(now, path, &answer.user)) {
            return Entry::Wait;
        }
        let uri = String::from_utf8_lossy(request.uri);
        let about = (request.method.as_str(), &*uri);
        let verdict = phones.door.check(now, path.remote.ip(), about, &answer);
        match (verdict, &mut self.guard) {
            (Verdict::Known(user), guard) => {
                if let Some(guard) = guard {
                    guard.login_passed(now, path, &user);
                }
                Entry::User(user)
            }
            (Verdict::Stale, _) => Entry::Challenge { stale: true },
            (Verdict::Refused, guard) => {
                if let Some(guard) = guard {
                    guard.login_failed(now, path, &answer.user);
                }
                Entry::Challenge { stale: false }
            }
        }
    }

    /// 401 without a transaction: "stateless … primarily when a UAS handles unauthenticated
    /// requests for which a challenge response is issued" (RFC 3261 section 8.2.7).
    fn challenge(&mut self, now: Moment, request: &Request<'_, '_>, stale: bool) {
        let Some(phones) = &self.phones else { return };
        let values = phones.door.challenge(now, request.path.remote.ip(), stale);
        let tag = self.layer.dice.fixed(&request.name);
        let reply = Reply::of(request.message, request.path, &request.e.via, tag);
        let mut writer = reply.begin(401, None, false);
        for value in values {
            writer.field(Name::WwwAuthenticate, value);
        }
        self.layer.send(reply.path, writer.end());
    }

    /// Who calls. `None`: challenged, or left in silence; there is no call.
    pub(super) fn caller(&mut self, now: Moment, request: &Request<'_, '_>) -> Option<Caller> {
        let Some(phones) = &self.phones else { return Some(Caller::Stranger) };
        let (user, claimed) = match claim(&phones.door, request) {
            Some(user) => (user, true),
            None => (String::new(), request.message.header(Name::Authorization).is_some()),
        };
        let trusted = self.guard.as_ref().is_some_and(|g| g.trusts(request.path.remote.ip()));
        if !claimed || (trusted && user.is_empty()) {
            return Some(Caller::Stranger);
        }
        if !user.is_empty() && phones.registrar.is_flow_of(&user, &request.path) {
            return Some(Caller::User(user));
        }
        match self.entry(now, request) {
            Entry::User(proved) if user.is_empty() || proved == user => Some(Caller::User(proved)),
            Entry::User(_) => {
                self.reject_with(request, 403, "From must be the user who logs in");
                None
            }
            Entry::Challenge { stale } => {
                self.challenge(now, request, stale);
                None
            }
            Entry::Wait => {
                self.reject_with(request, 403, WAIT);
                None
            }
        }
    }

    /// The next user who can be reached, or not any more.
    pub fn poll_presence(&mut self) -> Option<Presence> {
        self.phones.as_mut()?.registrar.poll_change()
    }
}

/// The user that the From of an INVITE claims to be: one of ours, at our realm or at our address.
fn claim(door: &Door, request: &Request<'_, '_>) -> Option<String> {
    let uri = Uri::parse(request.e.from.uri).ok()?;
    let user = uri.user_plain()?;
    let ours = uri.host().eq_ignore_ascii_case(door.realm())
        || uri.host_ip() == Some(request.path.local.ip());
    let known = door.has(&user) || uri.host().eq_ignore_ascii_case(door.realm());
    (ours && known).then_some(user)
}

fn user_of(parts: &AddrParts<'_>) -> Option<String> {
    Uri::parse(parts.uri).ok()?.user_plain()
}
