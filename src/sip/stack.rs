//! The whole of SIP as one machine: every message finds its transaction, its dialog, its session.
//!
//! ```text
//!   bytes -> parse -> response -> client transaction -> session
//!                  -> request  -> server transaction (again? ACK? CANCEL?)
//!                              -> inspection (RFC 3261 section 8.2) -> session, or a refusal
//! ```
//!
//! Owns: the order of inspection, the sessions, who is told what. Never: a socket, a clock, SDP.

use crate::event::{Config, Event, Invite, OfferVia, Refusal, Transmit};
use crate::header::Cause;
use crate::inspect::{self, Body, Essentials, top_via};
use crate::layer::{Layer, Report, TxId, Wake, What};
use crate::limits::{DRAINING_RETRY_AFTER_S, FULL_RETRY_AFTER_S, TIMERS_PER_TURN_MAX};
use crate::message::{Message, Name, Start};
use crate::method::{ALLOW, Method};
use crate::parse::Fault;
use crate::path::Path;
use crate::reply::Reply;
use crate::session::{self, Session, Turn};
use crate::uri::{Scheme, Uri, UriError};
use ids::{Moment, SessionId};
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;

/// A user agent without sockets: hand it messages and the time, drain what it wants sent and said.
pub struct Stack {
    layer: Layer,
    sessions: HashMap<SessionId, Box<Session>>,
    /// Sessions by the tag we gave their dialog.
    tags: HashMap<u64, SessionId>,
    events: VecDeque<Event>,
    next: u64,
    accepting: bool,
    merge_hash: std::hash::RandomState,
}

/// How many of what a [`Stack`] holds, for metrics and for tests of its bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Holdings {
    /// Sessions, also those whose BYE is still under way.
    pub sessions: usize,
    /// Transactions.
    pub transactions: usize,
    /// Timer entries, outdated ones included.
    pub timers: usize,
}

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
    /// Nothing is sent or expected yet.
    pub fn new(config: Config) -> Stack {
        Stack {
            layer: Layer::new(config),
            sessions: HashMap::new(),
            tags: HashMap::new(),
            events: VecDeque::new(),
            next: 0,
            accepting: true,
            merge_hash: std::hash::RandomState::new(),
        }
    }

    /// What it holds now.
    pub fn holdings(&self) -> Holdings {
        Holdings {
            sessions: self.sessions.len(),
            transactions: self.layer.transactions(),
            timers: self.layer.agenda.len(),
        }
    }

    // ---- input ----

    /// One datagram, or one message that a [`crate::Framer`] cut from a stream.
    pub fn handle_message(&mut self, now: Moment, path: Path, bytes: &[u8]) {
        let Ok(message) = Message::parse(bytes) else { return };
        match message.start() {
            Start::Response { status, .. } => {
                if let Some(report) = self.layer.response(now, &message, status) {
                    self.report(now, report, Some((&message, status)), Some(path));
                }
            }
            Start::Request { method, token, uri, version_2 } => {
                self.handle_request(now, path, &message, (method, token, uri, version_2));
            }
        }
    }

    /// A message could not be sent by this path, or its connection is closed.
    pub fn handle_transport_error(&mut self, now: Moment, path: &Path) {
        let bound = path.connection.map(|c| self.layer.evict(c)).unwrap_or_default();
        let waiting = self.layer.waiting_on(path).into_iter().map(Wake::Tx);
        for who in bound.into_iter().chain(waiting) {
            match who {
                Wake::Tx(tx) => {
                    if let Some(report) = self.layer.unreachable(now, tx) {
                        self.report(now, report, None, None);
                    }
                }
                Wake::Session(id) => self.with(now, id, |session, _| session.connection_closed()),
            }
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Moment) {
        for _ in 0..TIMERS_PER_TURN_MAX {
            let Some((at, who)) = self.layer.agenda.due(now) else { return };
            match who {
                Wake::Tx(tx) => {
                    if let Some(report) = self.layer.ring(now, at, tx) {
                        self.report(now, report, None, None);
                    }
                }
                Wake::Session(id) => {
                    let mine = self.sessions.get_mut(&id).is_some_and(|s| s.alarm.rings(at));
                    if mine {
                        self.with(now, id, |session, turn| session.handle_timeout(turn));
                    }
                }
            }
        }
    }

    // ---- output ----

    /// When [`Stack::handle_timeout`] wants to be called next; perhaps for nothing.
    pub fn poll_timeout(&self) -> Option<Moment> {
        self.layer.agenda.next()
    }

    /// The next message to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.layer.out.pop_front()
    }

    /// The next thing to know.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    // ---- commands; those for a session that is over, or in another phase, change nothing ----

    /// Calls somebody. Over the limit of sessions the call fails at once with a local 503.
    pub fn invite(&mut self, now: Moment, invite: &Invite) -> SessionId {
        let id = self.next_id();
        if self.is_full() {
            self.events.push_back(Event::Failed {
                session: id,
                status: 503,
                reason: "Too many calls".to_owned(),
                retry_after_s: Some(FULL_RETRY_AFTER_S),
                local: true,
            });
            return id;
        }
        let mut turn = Turn { now, layer: &mut self.layer, events: &mut self.events };
        let session = session::start(&mut turn, id, invite);
        self.keep(now, session);
        id
    }

    /// Sends a provisional response, 101–199, perhaps with early media.
    pub fn progress(&mut self, now: Moment, id: SessionId, status: u16, sdp: Option<Vec<u8>>) {
        self.with(now, id, |session, turn| session.progress(turn, status, sdp.as_deref()));
    }

    /// Accepts a call: `sdp` is the answer, or the offer when the INVITE had none. After
    /// [`Event::NeedAnswer`] it is the answer in the ACK.
    pub fn answer(&mut self, now: Moment, id: SessionId, sdp: Vec<u8>) {
        self.with(now, id, |session, turn| session.answer(turn, &sdp));
    }

    /// Refuses a call. [`Event::Ended`] follows.
    pub fn refuse(&mut self, now: Moment, id: SessionId, refusal: &Refusal) {
        self.with(now, id, |session, turn| session.refuse(turn, refusal));
    }

    /// Offers anew by re-INVITE.
    pub fn reinvite(&mut self, now: Moment, id: SessionId, sdp: Vec<u8>) {
        self.with(now, id, |session, turn| session.offer(turn, OfferVia::Reinvite, sdp));
    }

    /// Offers anew by UPDATE.
    pub fn update(&mut self, now: Moment, id: SessionId, sdp: Vec<u8>) {
        self.with(now, id, |session, turn| session.offer(turn, OfferVia::Update, sdp));
    }

    /// Answers [`Event::Offer`], or offers after [`Event::OfferWanted`].
    pub fn answer_offer(&mut self, now: Moment, id: SessionId, sdp: Vec<u8>) {
        self.with(now, id, |session, turn| session.answer_offer(turn, &sdp));
    }

    /// Refuses [`Event::Offer`] or [`Event::OfferWanted`], usually with 488.
    pub fn refuse_offer(&mut self, now: Moment, id: SessionId, status: u16) {
        self.with(now, id, |session, turn| session.refuse_offer(turn, status));
    }

    /// Ends a session: BYE, or CANCEL or 480 when it is not up yet.
    pub fn bye(&mut self, now: Moment, id: SessionId, cause: Option<Cause>) {
        self.with(now, id, |session, turn| session.bye(turn, cause));
    }

    /// Gives up a call of ours that is not answered yet.
    pub fn cancel(&mut self, now: Moment, id: SessionId) {
        self.with(now, id, |session, turn| session.cancel(turn));
    }

    /// Sends INFO.
    pub fn info(&mut self, now: Moment, id: SessionId, content_type: &str, body: &[u8]) {
        self.with(now, id, |session, turn| session.info(turn, content_type, body));
    }

    /// False: new calls and OPTIONS get 503 with Retry-After; sessions go on.
    pub fn accept_calls(&mut self, accepting: bool) {
        self.accepting = accepting;
    }

    // ---- requests ----

    fn handle_request<'m>(
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

    // ---- sessions ----

    /// The session of a dialog: our tag finds it, Call-ID and the peer's tag must agree
    /// (RFC 3261 section 12.2.2).
    fn session_of(&self, e: &Essentials<'_>) -> Option<SessionId> {
        let id = *self.tags.get(&crate::dice::hex(e.to.tag()?)?)?;
        let session = self.sessions.get(&id)?;
        session.dialog.owns(e.call_id, e.from.tag()).then_some(id)
    }

    fn is_full(&self) -> bool {
        self.sessions.len() >= self.layer.config.limits.sessions_max
    }

    fn next_id(&mut self) -> SessionId {
        self.next += 1;
        SessionId(self.next)
    }

    fn keep(&mut self, now: Moment, session: Session) {
        let id = session.id;
        self.layer.enter(session.dialog.path.connection, Wake::Session(id));
        self.tags.insert(session.dialog.local_tag, id);
        self.sessions.insert(id, Box::new(session));
        self.with(now, id, |_, _| ());
    }

    fn turn(&mut self, now: Moment) -> Turn<'_> {
        Turn { now, layer: &mut self.layer, events: &mut self.events }
    }

    /// Lets a session act; then forgets it if it is over, else sets its alarm.
    fn with(&mut self, now: Moment, id: SessionId, act: impl FnOnce(&mut Session, &mut Turn<'_>)) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let mut turn = Turn { now, layer: &mut self.layer, events: &mut self.events };
        act(session, &mut turn);
        if !session.is_over() {
            let deadline = session.deadline();
            return self.layer.agenda.set(Wake::Session(id), &mut session.alarm, deadline);
        }
        if let Some(session) = self.sessions.remove(&id) {
            self.tags.remove(&session.dialog.local_tag);
            self.layer.leave(session.dialog.path.connection, Wake::Session(id));
        }
    }

    fn report(
        &mut self,
        now: Moment,
        report: Report,
        response: Option<(&Message<'_>, u16)>,
        path: Option<Path>,
    ) {
        self.with(now, report.session, |session, turn| {
            if let Some(path) = path {
                session.heard(turn, path, false);
            }
            session.handle_report(turn, report, response);
        });
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
