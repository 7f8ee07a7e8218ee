//! The whole of SIP as one machine: every message finds its transaction, its dialog, its session.
//!
//! ```text
//!   bytes -> parse -> response -> client transaction -> session
//!                  -> request  -> server transaction (again? ACK? CANCEL?)
//!                              -> inspection (RFC 3261 section 8.2) -> session, or a refusal
//! ```
//!
//! Owns: the order of inspection, the sessions, who is told what. Never: a socket, a clock, SDP.

mod requests;

use crate::event::{Config, Event, Invite, OfferVia, Refusal, Transmit};
use crate::header::Cause;
use crate::inspect::Essentials;
use crate::layer::{Layer, Report, Wake};
use crate::limits::{FULL_RETRY_AFTER_S, TIMERS_PER_TURN_MAX};
use crate::message::{Message, Start};
use crate::path::Path;
use crate::session::{self, Session, Turn};
use ids::{Moment, SessionId};
use std::collections::{HashMap, VecDeque};

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
