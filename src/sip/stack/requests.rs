//! A request that came: inspection in the order of RFC 3261 section 8.2, and the refusals.

use super::Stack;
use crate::inspect::{self, Body, Essentials, top_via};
use crate::layer::{Report, TxId, What};
use crate::limits::{DRAINING_RETRY_AFTER_S, FULL_RETRY_AFTER_S};
use crate::message::{Message, Name};
use crate::method::{ALLOW, Method};
use crate::parse::Fault;
use crate::path::Path;
use crate::reply::Reply;
use crate::session::{self, Turn};
use crate::uri::{Scheme, Uri, UriError};
use ids::{Moment, SessionId};
use std::hash::BuildHasher as _;

/// A request on its way through inspection.
struct Request<'a, 'm> {
    message: &'a Message<'m>,
    e: Essentials<'m>,
    method: Method,
    uri: &'m [u8],
    path: Path,
    name: Box<[u8]>,
}

impl Stack {
    pub(super) fn handle_request<'m>(
        &mut self,
        now: Moment,
        path: Path,
        message: &Message<'m>,
        (method, token, uri, version_2): (Method, &'m [u8], &'m [u8], bool),
    ) {
        // Without a readable Via there is nobody to answer.
        let Some(via) = top_via(message) else { return };
        if !version_2 {
            return self.reject(message, path, &via, method, 505, None);
        }
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
    fn reject(
        &mut self,
        message: &Message<'_>,
        path: Path,
        via: &crate::header::Via<'_>,
        method: Method,
        status: u16,
        fault: Option<Fault>,
    ) {
        if method == Method::Ack {
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
        if request.method == Method::Cancel {
            return self.cancel_of(now, request, tag);
        }
        let outside = request.e.to.tag().is_none();
        let merge = outside.then(|| {
            let e = &request.e;
            self.merge_hash.hash_one((e.from.tag(), e.call_id, e.cseq, request.method))
        });
        let merged = merge.is_some_and(|m| self.layer.merged(m));
        let refusal = if merged { Some(482) } else { request.refusal(session) };
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
                self.with(now, id, |s, turn| {
                    s.heard(turn, path, true);
                    s.handle_request(turn, message, method, cseq, tx);
                });
            }
            (None, Method::Invite) => self.new_call(now, request, tx, tag),
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
        let unsupported = inspect::unsupported(request.message).filter(|_| status == 420);
        self.layer.respond(now, tx, status, None, |_, mut writer| {
            match status {
                405 => writer.field(Name::Allow, ALLOW),
                415 => writer.named("Accept", "application/sdp"),
                _ => {}
            }
            if let Some(tags) = unsupported {
                writer.named("Unsupported", tags);
            }
            writer.end()
        });
    }

    fn new_call(&mut self, now: Moment, request: &Request<'_, '_>, tx: TxId, tag: u64) {
        let full = self.is_full();
        if full || !self.accepting {
            let wait = if full { FULL_RETRY_AFTER_S } else { DRAINING_RETRY_AFTER_S };
            return self.layer.respond(now, tx, 503, None, |_, mut writer| {
                writer.field(Name::RetryAfter, wait);
                writer.end()
            });
        }
        let untyped = Body::of(request.message) == Body::Untyped;
        let opening = match untyped {
            true => Err(Fault::Missing(Name::ContentType)),
            false => session::Opening::read(request.message, &request.e, request.path),
        };
        let opening = match opening {
            Ok(opening) => opening,
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

impl Request<'_, '_> {
    /// Why a request is refused before any session sees it, if it is.
    fn refusal(&self, session: Option<SessionId>) -> Option<u16> {
        if self.method == Method::Other {
            return Some(405);
        }
        match Uri::check(self.uri) {
            Err(UriError::TooLong) => return Some(414),
            Err(UriError::Malformed | UriError::BadHost) => return Some(400),
            Ok(Scheme::Other) => return Some(416),
            Ok(Scheme::Sip | Scheme::Sips | Scheme::Tel) => {}
        }
        if session.is_none() && self.e.to.tag().is_some() {
            return Some(481);
        }
        if inspect::unsupported(self.message).is_some() {
            return Some(420);
        }
        match (session, self.method) {
            (None, Method::Invite) if Body::of(self.message) == Body::Foreign => Some(415),
            (None, Method::Bye | Method::Update | Method::Info) => Some(481),
            _ => None,
        }
    }

    /// The name of the INVITE's transaction that this CANCEL means.
    fn invite_name(&self) -> Box<[u8]> {
        let rest = self.name.strip_prefix(b"CANCEL").unwrap_or(&self.name);
        [b"INVITE", rest].concat().into_boxed_slice()
    }
}
