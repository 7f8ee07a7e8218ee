//! A request that came: inspection in the order of RFC 3261 section 8.2, and the refusals.

use super::Stack;
use crate::event::{Caller, Config};
use crate::extension;
use crate::inspect::{self, Body, Essentials, top_via};
use crate::layer::{Report, TxId, What};
use crate::limits::{DRAINING_RETRY_AFTER_S, FULL_RETRY_AFTER_S};
use crate::message::{Message, Name};
use crate::method::{ALLOW, Method};
use crate::parse::Fault;
use crate::path::Path;
use crate::replaces::Replaces;
use crate::reply::Reply;
use crate::session::{self, Turn};
use crate::uri::{Scheme, Uri, UriError};
use ids::{Moment, SessionId};
use std::hash::BuildHasher as _;

/// A request on its way through inspection.
pub(super) struct Request<'a, 'm> {
    pub(super) message: &'a Message<'m>,
    pub(super) e: Essentials<'m>,
    pub(super) method: Method,
    pub(super) uri: &'m [u8],
    pub(super) path: Path,
    pub(super) name: Box<[u8]>,
}

impl Stack {
    pub(super) fn handle_request<'m>(
        &mut self,
        now: Moment,
        path: Path,
        message: &Message<'m>,
        (method, token, uri, version_2): (Method, &'m [u8], &'m [u8], bool),
    ) {
        if !version_2 {
            let Some(via) = inspect::top_via_of_any_version(message) else { return };
            return self.reject(message, path, &via, method, 505, None);
        }
        // Without a readable Via there is nobody to answer.
        let Some(via) = top_via(message) else { return };
        let max = self.layer.config.limits.message_bytes_max as u64;
        if message.bytes().len() as u64 > max || message.declared_length.unwrap_or(0) > max {
            return self.reject(message, path, &via, method, 513, None);
        }
        let e = match Essentials::read(message, via, token) {
            Ok(e) => e,
            Err(fault) => return self.reject(message, path, &via, method, 400, Some(fault)),
        };
        if path.transport.is_reliable() && message.declared_length.is_none() {
            let fault = Fault::Missing(Name::ContentLength);
            return self.reject(message, path, &via, method, 400, Some(fault));
        }
        let name = inspect::transaction_key(message, &e, method);
        let request = Request { message, e, method, uri, path, name };
        match self.layer.server(&request.name) {
            Some(tx) => self.again(now, &request, tx),
            None if method == Method::Ack => self.acknowledged(now, &request),
            None => self.inspect(now, &request),
        }
    }

    /// Answers what is too broken for a transaction. The tag follows from the message, so that a
    /// repeated one gets the same (RFC 3261 section 8.2.7). ACK is never answered.
    pub(super) fn reject(
        &mut self,
        message: &Message<'_>,
        path: Path,
        via: &crate::header::Via<'_>,
        method: Method,
        status: u16,
        fault: Option<Fault>,
    ) {
        // 503 is our own state, everything else is the peer's fault.
        if method == Method::Ack || (status != 503 && self.is_garbage(path)) {
            return;
        }
        let tag = self.layer.dice.fixed(via.branch().unwrap_or_default());
        let reply = Reply::of(message, path, via, tag);
        let reason = fault.map(|f| f.to_string());
        let mut writer = reply.begin(status, reason.as_deref(), false);
        if status == 503 {
            writer.field(Name::RetryAfter, FULL_RETRY_AFTER_S);
        }
        self.layer.send(reply.path, writer.end());
    }

    /// A request whose transaction is there: the same once more, or the ACK of an INVITE.
    fn again(&mut self, now: Moment, request: &Request<'_, '_>, tx: TxId) {
        let report = self.layer.again(now, tx, request.method);
        let Some(Report { session, what: What::Message, .. }) = report else { return };
        let (message, cseq) = (request.message, request.e.cseq);
        self.with(now, session, |s, turn| s.acknowledged(turn, message, cseq));
    }

    /// An ACK to a 2xx: it has no transaction (RFC 3261 section 13.3.1.4).
    fn acknowledged(&mut self, now: Moment, request: &Request<'_, '_>) {
        if let Some(id) = self.session_of(&request.e) {
            let (message, cseq) = (request.message, request.e.cseq);
            self.with(now, id, |s, turn| s.acknowledged(turn, message, cseq));
            // Only who got our response knows its tag: the source is where it says it is.
            if let Some(guard) = &mut self.guard {
                guard.verified(now, &request.path);
            }
        }
    }

    /// A new request, in the order of RFC 3261 section 8.2.
    fn inspect(&mut self, now: Moment, request: &Request<'_, '_>) {
        if self.layer.is_full() {
            let (e, path) = (&request.e, request.path);
            return self.reject(request.message, path, &e.via, request.method, 503, None);
        }
        let session = self.session_of(&request.e);
        let tag = match session.and_then(|id| self.sessions.get(&id)) {
            Some(session) => session.dialog.local_tag,
            None => self.layer.dice.roll(),
        };
        if session.is_none() && !self.is_admitted(now, request) {
            return;
        }
        if request.method == Method::Cancel {
            return self.cancel_of(now, request, tag);
        }
        if request.method == Method::Register
            && self.phones.is_some()
            && request.e.to.tag().is_none()
        {
            return self.register(now, request);
        }
        let mut caller = Caller::Stranger;
        if request.method == Method::Invite && session.is_none() {
            let Some(known) = self.caller(now, request) else { return };
            if known == Caller::Stranger && !self.takes_strangers(request) {
                return;
            }
            caller = known;
        }
        let outside = request.e.to.tag().is_none();
        let merge = outside.then(|| {
            let e = &request.e;
            self.merge_hash.hash_one((e.from.tag(), e.call_id, e.cseq, request.method))
        });
        let merged = merge.is_some_and(|m| self.layer.merged(m));
        let refusal = match merged {
            true => Some(482),
            false => request.refusal(session, &self.layer.config),
        };
        let reply = Reply::of(request.message, request.path, &request.e.via, tag);
        let (name, method, path) = (request.name.clone(), request.method, request.path);
        let merge = merge.filter(|_| !merged);
        let tx = self.layer.open_server(now, name, method, reply, path, merge);
        if let Some(status) = refusal {
            return self.refuse_transaction(now, request, tx, status);
        }
        match (session, method) {
            (Some(id), _) => {
                let (message, cseq) = (request.message, request.e.cseq);
                let branch = request.e.from.tag();
                self.with(now, id, |s, turn| {
                    s.select(branch);
                    s.heard(turn, path, true);
                    s.handle_request(turn, message, method, cseq, tx);
                });
            }
            (None, Method::Invite) => self.new_call(now, request, tx, tag, caller),
            (None, _) => {
                let status = if self.accepting { 200 } else { 503 };
                self.turn(now).capabilities(tx, status);
            }
        }
    }

    /// RFC 3261 section 9.2: the CANCEL gets its own answer; what it cancels is a session's affair.
    fn cancel_of(&mut self, now: Moment, request: &Request<'_, '_>, tag: u64) {
        let invite = self.layer.server(&request.invite_name());
        let owner = invite.and_then(|tx| self.layer.owner(tx));
        let tag = owner.and_then(|id| self.sessions.get(&id)).map_or(tag, |s| s.dialog.local_tag);
        let reply = Reply::of(request.message, request.path, &request.e.via, tag);
        let name = request.name.clone();
        let tx = self.layer.open_server(now, name, Method::Cancel, reply, request.path, None);
        self.turn(now).refuse(tx, if invite.is_some() { 200 } else { 481 });
        if let (Some(invite), Some(id)) = (invite, owner) {
            self.with(now, id, |session, turn| session.cancelled(turn, invite));
        }
    }

    fn refuse_transaction(
        &mut self,
        now: Moment,
        request: &Request<'_, '_>,
        tx: TxId,
        status: u16,
    ) {
        let config = &self.layer.config;
        let unsupported = extension::unsupported(request.message, config).filter(|_| status == 420);
        let least = config.session_timer.map(|t| t.min_s());
        // Everything else that is malformed has been named before there was a transaction.
        let reason = (status == 400).then(|| Fault::BadRequestUri.to_string());
        self.layer.respond(now, tx, status, reason.as_deref(), |_, mut writer| {
            match status {
                405 => writer.field(Name::Allow, ALLOW),
                406 | 415 => writer.named("Accept", "application/sdp"),
                // RFC 3261 section 21.4.16.
                421 => writer.field(Name::Require, extension::RELIABLE),
                // RFC 4028 section 9.
                422 => least.into_iter().for_each(|s| writer.field(Name::MinSe, s)),
                _ => {}
            }
            if let Some(tags) = unsupported {
                writer.named("Unsupported", tags);
            }
            writer.end()
        });
    }

    fn new_call(
        &mut self,
        now: Moment,
        request: &Request<'_, '_>,
        tx: TxId,
        tag: u64,
        caller: Caller,
    ) {
        let full = self.is_full();
        if full || !self.accepting {
            let wait = if full { FULL_RETRY_AFTER_S } else { DRAINING_RETRY_AFTER_S };
            return self.layer.respond(now, tx, 503, None, |_, mut writer| {
                writer.field(Name::RetryAfter, wait);
                writer.end()
            });
        }
        let replaces = match self.replaced(request.message) {
            Ok(replaces) => replaces,
            Err(status) => return self.turn(now).refuse(tx, status),
        };
        let untyped = Body::of(request.message) == Body::Untyped;
        let opening = match untyped {
            true => Err(Fault::Missing(Name::ContentType)),
            false => session::Opening::read(request.message, &request.e, request.path),
        };
        let opening = match opening {
            Ok(mut opening) => {
                opening.incoming.caller = caller;
                opening.incoming.replaces = replaces;
                opening.incoming.peer_names = self.peer_names(&request.path);
                opening
            }
            Err(fault) => {
                let reason = fault.to_string();
                return self.layer.respond(now, tx, 400, Some(&reason), |_, writer| writer.end());
            }
        };
        let id = self.next_id();
        let mut turn = Turn { now, layer: &mut self.layer, events: &mut self.events };
        let session = session::open(&mut turn, id, request.message, &request.e, opening, tx, tag);
        self.keep(now, session);
    }
}

impl Stack {
    /// The session that an INVITE wants to replace, or how it is refused (RFC 3891 section 3).
    fn replaced(&self, message: &Message<'_>) -> Result<Option<SessionId>, u16> {
        let mut all = message.all(Name::Replaces);
        let Some(value) = all.next() else { return Ok(None) };
        let replaces = Replaces::parse(value).filter(|_| all.next().is_none()).ok_or(400_u16)?;
        let tag = crate::dice::hex(replaces.to_tag.as_bytes());
        let id = tag.and_then(|tag| self.tags.get(&tag)).ok_or(481_u16)?;
        let session = self.sessions.get(id).ok_or(481_u16)?;
        let from_tag = Some(replaces.from_tag.as_bytes());
        if !session.owns(replaces.call_id.as_bytes(), from_tag) {
            return Err(481);
        }
        session.replaceable(replaces.early_only).map(|()| Some(*id))
    }
}

impl Request<'_, '_> {
    /// Why a request is refused before any session sees it, if it is.
    fn refusal(&self, session: Option<SessionId>, config: &Config) -> Option<u16> {
        let scheme = match Uri::check(self.uri) {
            Err(UriError::TooLong) => return Some(414),
            Err(UriError::Malformed | UriError::BadHost) => return Some(400),
            Ok(scheme) => scheme,
        };
        // RFC 3261 section 8.2.1: an unknown method; section 8.2.2.1: an unknown scheme.
        if matches!(self.method, Method::Other | Method::Register) {
            return Some(405);
        }
        if scheme == Scheme::Other {
            return Some(416);
        }
        if session.is_none() && self.e.to.tag().is_some() {
            return Some(481);
        }
        if extension::unsupported(self.message, config).is_some() {
            return Some(420);
        }
        if self.method == Method::Invite && extension::lacks_required(self.message, config) {
            return Some(421);
        }
        let timed = matches!(self.method, Method::Invite | Method::Update);
        if timed && session::too_small(self.message, config) {
            return Some(422);
        }
        match (session, self.method) {
            (None, Method::Invite) if Body::of(self.message) == Body::Foreign => Some(415),
            (_, Method::Invite) if !inspect::takes_sdp(self.message) => Some(406),
            (Some(_), Method::Invite) | (_, Method::Refer | Method::Notify | Method::Options)
                if self.message.header(Name::Replaces).is_some() =>
            {
                // RFC 3891 section 3: it belongs into an INVITE that makes a dialog.
                Some(400)
            }
            (None, Method::Bye | Method::Update | Method::Info | Method::Prack) => Some(481),
            // A transfer is asked for within a call, and told about there.
            (None, Method::Notify) => Some(481),
            (None, Method::Refer) => Some(403),
            _ => None,
        }
    }

    /// The name of the INVITE's transaction that this CANCEL means.
    pub(super) fn invite_name(&self) -> Box<[u8]> {
        let rest = self.name.strip_prefix(b"CANCEL").unwrap_or(&self.name);
        [b"INVITE", rest].concat().into_boxed_slice()
    }
}
