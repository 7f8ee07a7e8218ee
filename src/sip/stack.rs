//! The whole of SIP as one machine: every message finds its transaction, its dialog, its session.
//!
//! ```text
//!   bytes -> parse -> response -> client transaction -> session
//!                  -> request  -> server transaction (again? ACK? CANCEL?)
//!                              -> inspection (RFC 3261 section 8.2) -> session, or a refusal
//! ```
//!
//! Owns: the order of inspection, the sessions, who is told what. Never: a socket, a clock, SDP.

mod guarding;
mod registering;
mod requests;

use crate::digest::{Credentials, Door};
use crate::errand::{Asked, Errand, ErrandDone, ErrandId};
use crate::event::{Config, Event, Invite, OfferVia, Referral, Refusal, Transmit};
use crate::guard::Guard;
use crate::header::Cause;
use crate::inspect::Essentials;
use crate::layer::{Layer, Report, Wake};
use crate::limits::{FULL_RETRY_AFTER_S, TIMERS_PER_TURN_MAX};
use crate::message::{Message, Start};
use crate::parse::ParseError;
use crate::path::Path;
use crate::peer::PeerNames;
use crate::registrar::Registrar;
use crate::replaces::Replaces;
use crate::session::{self, Session, Turn};
use crate::uri::Uri;
use ids::{Moment, SessionId};
use std::collections::{HashMap, VecDeque};

/// A user agent without sockets: hand it messages and the time, drain what it wants sent and said.
pub struct Stack {
    layer: Layer,
    sessions: HashMap<SessionId, Box<Session>>,
    /// Sessions by the tag we gave their dialog.
    tags: HashMap<u64, SessionId>,
    events: VecDeque<Event>,
    errands: HashMap<ErrandId, Asked>,
    errands_done: VecDeque<ErrandDone>,
    /// By connection; the shell bounds connections, and tells each one's end.
    peer_names: HashMap<u64, PeerNames>,
    next: u64,
    accepting: bool,
    merge_hash: std::hash::RandomState,
    phones: Option<Box<Phones>>,
    guard: Option<Box<Guard>>,
}

/// Users of ours: how they prove themselves, and where they are.
struct Phones {
    door: Door,
    registrar: Registrar,
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
    /// Contacts of users.
    pub bindings: usize,
}

impl Stack {
    /// Nothing is sent or expected yet.
    pub fn new(config: Config) -> Stack {
        let phones = config.phones.clone().map(|terms| {
            let door =
                Door::new(crate::dice::key(&config.seed, b"nonces"), &terms.realm, &terms.offered);
            Box::new(Phones { door, registrar: Registrar::new(terms) })
        });
        let guard = config.guard.clone().map(|guard| Box::new(Guard::new(guard)));
        Stack {
            phones,
            guard,
            layer: Layer::new(config),
            sessions: HashMap::new(),
            tags: HashMap::new(),
            events: VecDeque::new(),
            errands: HashMap::new(),
            errands_done: VecDeque::new(),
            peer_names: HashMap::new(),
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
            bindings: self.phones.as_ref().map_or(0, |p| p.registrar.bindings()),
        }
    }

    // ---- input ----

    /// One datagram, or one message that a [`crate::Framer`] cut from a stream.
    pub fn handle_message(&mut self, now: Moment, path: Path, bytes: &[u8]) {
        if self.is_shut_out(now, &path, bytes.len()) {
            return;
        }
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(ParseError::Empty) => return,
            Err(ParseError::NotSip | ParseError::TooLong) => {
                self.is_garbage(path);
                return;
            }
        };
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

    /// The other end of a connection has proved who it is. Forgotten when the connection is closed.
    pub fn handle_peer_names(&mut self, path: &Path, names: PeerNames) {
        if let Some(connection) = path.connection {
            self.peer_names.insert(connection, names);
        }
    }

    /// Who the other end of this path has proved to be; nobody without TLS or without a certificate.
    pub fn peer_names(&self, path: &Path) -> PeerNames {
        let known = path.connection.and_then(|c| self.peer_names.get(&c));
        known.cloned().unwrap_or_default()
    }

    /// A message could not be sent by this path, or its connection is closed.
    pub fn handle_transport_error(&mut self, now: Moment, path: &Path) {
        if let (Some(phones), Some(connection)) = (&mut self.phones, path.connection) {
            phones.registrar.connection_closed(connection);
        }
        if let Some(connection) = path.connection {
            self.peer_names.remove(&connection);
        }
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
        if let Some(phones) = &mut self.phones {
            phones.registrar.handle_timeout(now);
        }
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
        let bindings = self.phones.as_ref().and_then(|p| p.registrar.poll_timeout());
        [self.layer.agenda.next(), bindings].into_iter().flatten().min()
    }

    /// The next message to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        loop {
            let transmit = self.layer.out.pop_front()?;
            if self.may_leave(&transmit) {
                return Some(transmit);
            }
        }
    }

    /// The next thing to know.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next result of an errand.
    pub fn poll_errand(&mut self) -> Option<ErrandDone> {
        self.errands_done.pop_front()
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

    /// Sends a request outside any dialog; its result comes by [`Stack::poll_errand`]. Over the
    /// limit of transactions that is at once a local 503.
    pub fn send_errand(&mut self, now: Moment, errand: &Errand) -> ErrandId {
        let id = ErrandId(self.next_id());
        if self.layer.is_full() {
            self.errands_done.push_back(ErrandDone::full(id, FULL_RETRY_AFTER_S));
            return id;
        }
        let asked = Asked::send(&mut self.layer, now, id, errand);
        self.errands.insert(id, asked);
        id
    }

    /// Nobody waits for this errand any more: it is not sent again and has no result.
    pub fn recall_errand(&mut self, id: ErrandId) {
        if let Some(asked) = self.errands.remove(&id) {
            asked.recall(&mut self.layer);
        }
    }

    /// The Call-ID of a session.
    pub fn call_id(&self, id: SessionId) -> Option<String> {
        let session = self.sessions.get(&id)?;
        Some(String::from_utf8_lossy(&session.dialog.call_id).into_owned())
    }

    /// Whether anything came back for the INVITE of a call of ours, be it only 100 Trying.
    pub fn is_heard(&self, id: SessionId) -> bool {
        self.sessions.get(&id).is_none_or(|session| session.is_heard())
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
        let path = self.sessions.get(&id).map(|s| s.dialog.path);
        self.with(now, id, |session, turn| session.refuse(turn, refusal));
        self.note_refusal(now, path, refusal.status);
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

    /// Takes on the transfer of [`Event::Refer`]; tell its progress by [`Stack::notify_refer`].
    pub fn accept_refer(&mut self, now: Moment, id: SessionId) {
        self.with(now, id, |session, turn| session.accept_refer(turn));
    }

    /// Refuses the transfer of [`Event::Refer`], usually with 603.
    pub fn refuse_refer(&mut self, now: Moment, id: SessionId, status: u16, reason: Option<&str>) {
        self.with(now, id, |session, turn| session.refuse_refer(turn, status, reason));
    }

    /// Tells the peer how the call that it asked for goes: 100–699; 200 and above is the last word.
    pub fn notify_refer(&mut self, now: Moment, id: SessionId, status: u16) {
        self.with(now, id, |session, turn| session.notify_refer(turn, status));
    }

    /// Asks the peer to call somebody (blind transfer), perhaps in the place of a dialog (attended,
    /// see [`Stack::replaces`]). [`Event::ReferDone`] follows unless the session ends before.
    pub fn refer(&mut self, now: Moment, id: SessionId, referral: &Referral) {
        self.with(now, id, |session, turn| session.refer(turn, referral));
    }

    /// Where the peer of this session is, and how somebody else names its dialog to it in order to
    /// replace us in it: both go into the [`Referral`] of an attended transfer.
    pub fn replaces(&self, id: SessionId) -> Option<(Uri, Replaces)> {
        self.sessions.get(&id)?.dialog.as_replaces()
    }

    /// The session whose dialog a REFER names (RFC 3891 section 3): its owner asks for it by `Replaces`.
    pub fn session_named(&self, replaces: &Replaces) -> Option<SessionId> {
        let tag = crate::dice::hex(replaces.to_tag.as_bytes())?;
        let id = *self.tags.get(&tag)?;
        let from_tag = Some(replaces.from_tag.as_bytes());
        let owns = self.sessions.get(&id)?.owns(replaces.call_id.as_bytes(), from_tag);
        owns.then_some(id)
    }

    /// Sends INFO.
    pub fn info(&mut self, now: Moment, id: SessionId, content_type: &str, body: &[u8]) {
        self.with(now, id, |session, turn| session.info(turn, content_type, body));
    }

    /// Who we are in this session when its peer challenges a request of ours; a call of ours says so
    /// in [`Invite::credentials`].
    pub fn log_in(&mut self, now: Moment, id: SessionId, credentials: Credentials) {
        self.with(now, id, |session, _| session.log_in(credentials));
    }

    /// False: new calls and OPTIONS get 503 with Retry-After; sessions go on.
    pub fn accept_calls(&mut self, accepting: bool) {
        self.accepting = accepting;
    }

    // ---- sessions ----

    /// The session of a dialog: our tag finds it, Call-ID and the peer's tag must agree
    /// (RFC 3261 section 12.2.2).
    fn session_of(&self, e: &Essentials<'_>) -> Option<SessionId> {
        let id = *self.tags.get(&crate::dice::hex(e.to.tag()?)?)?;
        let session = self.sessions.get(&id)?;
        session.owns(e.call_id, e.from.tag()).then_some(id)
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
        if let Some(guard) = &mut self.guard {
            guard.call_up(session.dialog.path.remote.ip());
        }
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
        let before = session.dialog.path.remote.ip();
        act(session, &mut turn);
        let replaced = session.take_replaced();
        let after = session.dialog.path.remote.ip();
        if let (Some(guard), true) = (&mut self.guard, before != after) {
            guard.call_over(before);
            guard.call_up(after);
        }
        if !session.is_over() {
            let deadline = session.deadline();
            self.layer.agenda.set(Wake::Session(id), &mut session.alarm, deadline);
        } else if let Some(session) = self.sessions.remove(&id) {
            self.tags.remove(&session.dialog.local_tag);
            if let Some(guard) = &mut self.guard {
                guard.call_over(after);
            }
            self.layer.leave(session.dialog.path.connection, Wake::Session(id));
        }
        // RFC 3891 section 3: the replaced dialog is ended once the new one is accepted.
        if let Some(old) = replaced {
            self.bye(now, old, Some(Cause::q850(16, "Replaced by another call")));
        }
    }

    fn report(
        &mut self,
        now: Moment,
        report: Report,
        response: Option<(&Message<'_>, u16)>,
        path: Option<Path>,
    ) {
        let errand = ErrandId(report.session);
        if self.errands.contains_key(&errand) {
            if let Some(done) = ErrandDone::of(errand, report, response) {
                self.errands.remove(&errand);
                self.errands_done.push_back(done);
            }
            return;
        }
        self.with(now, report.session, |session, turn| {
            if let Some(path) = path {
                session.heard(turn, path, false);
            }
            session.handle_report(turn, report, response);
        });
    }
}
