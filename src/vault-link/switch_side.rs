//! The switch's end of one connection to the vault.
//!
//! ```text
//!  Greeting ──Hello──▶ Ready ──silence, nonsense, end of stream──▶ Down
//!      └────────────── late, other version ────────────────────────▲
//! ```
//!
//! Owns: which capture may hear what next, heartbeats, time-outs, open questions.
//! Never: a card digit, a socket, a clock, a decision about money (that is the exchange's journal).

use crate::frame::{Frames, frame_of};
use crate::from_vault::{FromVault, VaultHello};
use crate::limits::{
    ASK_MAX, ASKS_MAX, FROM_VAULT_BYTES_MAX, HELLO_MAX, PING_EVERY, SESSIONS_MAX, SILENCE_MAX,
};
use crate::link_word::AbortReason;
use crate::session_line::{Lost, Phase, SessionLine, Verdict};
use crate::to_vault::{Agreed, NegotiatorLeg, Order, Secured, ToVault};
use crate::{Ask, GatewayRef, Session};
use ids::Moment;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

mod guiding;

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SwitchEvent {
    /// The vault has greeted; it may still take no cards ([`VaultHello::cannot_pay`]).
    Ready(VaultHello),
    /// A message of a capture, an answer or an alarm, in turn and about something that is open.
    Said(FromVault),
    /// Nothing more will be heard of this capture.
    Lost(Session, Lost),
    /// A question will not be answered; ask again on the next link.
    AskLost(Ask),
    /// The link is over: close the socket and make another. Comes last.
    Down(DownReason),
}

/// Why a link is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DownReason {
    /// The stream ended.
    Closed,
    /// No sign of life.
    Silent,
    /// Another version of the messages, or bytes that are none.
    Malformed,
    /// A message that may not come now.
    OutOfTurn,
}

/// The call asked for what the capture cannot do now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OutOfTurn {
    /// The vault has not greeted, or the link is down: offer the payment link instead.
    #[error("the vault is not there: offer another way to pay")]
    NotReady,
    /// As many as allowed are open: offer the payment link instead.
    #[error("too many captures or questions at once: offer another way to pay")]
    Full,
    /// No such capture, or not in this phase.
    #[error("this capture cannot do that now")]
    Phase,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Greeting,
    Ready,
    Down,
}

/// One connection to the vault.
pub struct SwitchSide {
    state: State,
    frames: Frames,
    sessions: BTreeMap<Session, SessionLine>,
    asks: BTreeMap<Ask, Moment>,
    heard: Moment,
    next_ping: Moment,
    pings: u32,
    events: VecDeque<SwitchEvent>,
    writes: VecDeque<Vec<u8>>,
}

impl SwitchSide {
    /// For a connection that was just made; says hello and where the gateway is.
    pub fn new(now: Moment, gateway: Vec<IpAddr>) -> Self {
        let mut side = Self {
            state: State::Greeting,
            frames: Frames::new(FROM_VAULT_BYTES_MAX),
            sessions: BTreeMap::new(),
            asks: BTreeMap::new(),
            heard: now,
            next_ping: now + PING_EVERY,
            pings: 0,
            events: VecDeque::new(),
            writes: VecDeque::new(),
        };
        side.send(&ToVault::Hello);
        side.send(&ToVault::Gateway(gateway));
        side
    }

    /// How far a capture is; `None`: there is no such capture.
    pub fn phase(&self, session: Session) -> Option<&Phase> {
        self.sessions.get(&session).map(|line| &line.phase)
    }

    /// True from the vault's hello to the end of the link.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// The gateway's name has other addresses now.
    pub fn gateway_moved(&mut self, addresses: Vec<IpAddr>) {
        if self.state != State::Down {
            self.send(&ToVault::Gateway(addresses));
        }
    }

    /// Asks for a socket; [`FromVault::MediaOpened`] or [`FromVault::MediaRefused`] follows.
    ///
    /// # Errors
    /// No vault, too many, or a session number in use.
    pub fn open_media(
        &mut self,
        now: Moment,
        session: Session,
        sending: Option<Secured>,
        private: bool,
    ) -> Result<(), OutOfTurn> {
        self.open_media_beside(now, session, sending, private, None)
    }

    /// The same for a caller with whom a negotiator stays.
    ///
    /// # Errors
    /// As for [`SwitchSide::open_media`].
    pub fn open_media_beside(
        &mut self,
        now: Moment,
        session: Session,
        sending: Option<Secured>,
        private: bool,
        negotiator: Option<NegotiatorLeg>,
    ) -> Result<(), OutOfTurn> {
        self.ready()?;
        if self.sessions.len() >= SESSIONS_MAX {
            return Err(OutOfTurn::Full);
        }
        if self.sessions.contains_key(&session) {
            return Err(OutOfTurn::Phase);
        }
        let mut line = SessionLine::opening(now);
        line.with_negotiator = negotiator.is_some();
        self.sessions.insert(session, line);
        self.send(&ToVault::OpenMedia { session, sending, private, negotiator });
        Ok(())
    }

    /// The far end has answered the re-INVITE: its audio goes to the vault.
    ///
    /// # Errors
    /// Unless the vault has opened media and nothing was agreed yet.
    pub fn agree(
        &mut self,
        now: Moment,
        session: Session,
        agreed: Agreed,
    ) -> Result<(), OutOfTurn> {
        self.advance(now, session, |p| matches!(p, Phase::Open).then_some(Phase::Agreed))?;
        self.send(&ToVault::MediaAgreed(session, agreed));
        Ok(())
    }

    /// The vault begins to ask.
    ///
    /// # Errors
    /// Unless the audio is there and nothing was asked yet.
    pub fn arm(&mut self, now: Moment, session: Session, order: Order) -> Result<(), OutOfTurn> {
        self.begin(now, session, &order)?;
        self.send(&ToVault::Arm(session, order));
        Ok(())
    }

    /// The intent is durable, with brand and last four of the consent: the vault may prepare.
    ///
    /// # Errors
    /// Unless consent was given and not yet answered.
    pub fn intent_stored(&mut self, now: Moment, session: Session) -> Result<(), OutOfTurn> {
        let attempt = self
            .advance(now, session, |p| matches!(p, Phase::Consented).then_some(Phase::Preparing))?
            .attempt;
        self.send(&ToVault::IntentStored(session, attempt));
        Ok(())
    }

    /// The gateway's reference is durable: the vault may authorise. Money may move from here on.
    ///
    /// # Errors
    /// Unless the vault has prepared.
    pub fn journalled(&mut self, now: Moment, session: Session) -> Result<(), OutOfTurn> {
        let attempt = self.advance(now, session, authorising)?.attempt;
        self.send(&ToVault::Journalled(session, attempt));
        Ok(())
    }

    /// Ends a capture; [`FromVault::Ended`] follows, after the outcome where money may be moving.
    ///
    /// # Errors
    /// No such capture, or it has ended.
    pub fn abort(
        &mut self,
        now: Moment,
        session: Session,
        why: AbortReason,
    ) -> Result<(), OutOfTurn> {
        self.advance(now, session, |phase| match phase {
            Phase::Authorising(_) => Some(phase.clone()),
            Phase::Opening
            | Phase::Open
            | Phase::Agreed
            | Phase::Capturing
            | Phase::Consented
            | Phase::Preparing
            | Phase::Prepared(_) => Some(Phase::Ending),
            Phase::Ending | Phase::Ended | Phase::Gone => None,
        })?;
        self.send(&ToVault::Abort(session, why));
        Ok(())
    }

    /// The audio is back: the vault's socket is free. The capture is forgotten.
    ///
    /// # Errors
    /// Unless the capture has ended.
    pub fn close(&mut self, session: Session) -> Result<(), OutOfTurn> {
        self.ready()?;
        match self.phase(session) {
            Some(Phase::Ended) => {
                self.sessions.remove(&session);
                self.send(&ToVault::CloseMedia(session));
                Ok(())
            }
            _ => Err(OutOfTurn::Phase),
        }
    }

    /// What became of a payment? [`FromVault::Answer`] or [`SwitchEvent::AskLost`] follows.
    ///
    /// # Errors
    /// No vault, too many, or a number in use.
    pub fn query(&mut self, now: Moment, ask: Ask, of: &GatewayRef) -> Result<(), OutOfTurn> {
        self.ask(now, ask, &ToVault::Query(ask, of.clone()))
    }

    /// Take a payment back. Answered like a query.
    ///
    /// # Errors
    /// As for a query.
    pub fn void(&mut self, now: Moment, ask: Ask, of: &GatewayRef) -> Result<(), OutOfTurn> {
        self.ask(now, ask, &ToVault::Void(ask, of.clone()))
    }

    /// What the socket read.
    pub fn handle_bytes(&mut self, now: Moment, bytes: &[u8]) {
        if self.state == State::Down {
            return;
        }
        self.heard = now;
        let mut messages = Vec::new();
        let framed = self.frames.read(bytes, |m| messages.push(FromVault::decode(m)));
        for message in messages {
            match message {
                Ok(message) => self.hear(now, message),
                Err(_) => self.fall(DownReason::Malformed),
            }
        }
        if framed.is_err() {
            self.fall(DownReason::Malformed);
        }
    }

    /// The socket is closed or broken.
    pub fn handle_closed(&mut self) {
        self.fall(DownReason::Closed);
    }

    /// When [`SwitchSide::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Moment {
        let silent = match self.state {
            State::Greeting => return self.heard + HELLO_MAX,
            State::Ready => self.heard + SILENCE_MAX,
            State::Down => return Moment::NEVER,
        };
        let sessions = self.sessions.values().map(|line| line.deadline);
        sessions.chain(self.asks.values().copied()).fold(silent.min(self.next_ping), Moment::min)
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Moment) {
        let silent_after = if self.state == State::Greeting { HELLO_MAX } else { SILENCE_MAX };
        if self.state == State::Down || now >= self.heard + silent_after {
            return self.fall(DownReason::Silent);
        }
        if self.state == State::Ready && now >= self.next_ping {
            self.pings = self.pings.wrapping_add(1);
            self.next_ping = now + PING_EVERY;
            self.send(&ToVault::Ping(self.pings));
        }
        self.give_up_late(now);
    }

    /// What the socket shall write, whole frames in order.
    pub fn poll_write(&mut self) -> Option<Vec<u8>> {
        self.writes.pop_front()
    }

    /// What happened; drain after each turn.
    pub fn poll_event(&mut self) -> Option<SwitchEvent> {
        self.events.pop_front()
    }

    fn ready(&self) -> Result<(), OutOfTurn> {
        if self.is_ready() { Ok(()) } else { Err(OutOfTurn::NotReady) }
    }

    fn ask(&mut self, now: Moment, ask: Ask, message: &ToVault) -> Result<(), OutOfTurn> {
        self.ready()?;
        if self.asks.len() >= ASKS_MAX {
            return Err(OutOfTurn::Full);
        }
        if self.asks.contains_key(&ask) {
            return Err(OutOfTurn::Phase);
        }
        self.asks.insert(ask, now + ASK_MAX);
        self.send(message);
        Ok(())
    }

    fn begin(&mut self, now: Moment, session: Session, order: &Order) -> Result<(), OutOfTurn> {
        let line =
            self.advance(now, session, |p| matches!(p, Phase::Agreed).then_some(Phase::Capturing))?;
        line.amount = Some(order.amount);
        line.attempt = order.attempts_before;
        Ok(())
    }

    /// Moves a capture on where `to` names a phase; a phase that stays keeps its deadline.
    fn advance(
        &mut self,
        now: Moment,
        session: Session,
        to: impl Fn(&Phase) -> Option<Phase>,
    ) -> Result<&mut SessionLine, OutOfTurn> {
        self.ready()?;
        let line = self.sessions.get_mut(&session).ok_or(OutOfTurn::Phase)?;
        let phase = to(&line.phase).ok_or(OutOfTurn::Phase)?;
        if phase != line.phase {
            line.enter(now, phase);
        }
        Ok(line)
    }

    fn hear(&mut self, now: Moment, message: FromVault) {
        match (self.state, &message) {
            (State::Down, _) => {}
            (State::Greeting, FromVault::Hello(hello)) => {
                self.state = State::Ready;
                self.next_ping = now + PING_EVERY;
                self.events.push_back(SwitchEvent::Ready(*hello));
            }
            (State::Greeting, _) | (State::Ready, FromVault::Hello(_)) => {
                self.fall(DownReason::OutOfTurn);
            }
            // a pong that was never asked for is as good a sign of life as any, and as empty
            (State::Ready, FromVault::Pong(count)) if *count <= self.pings => {}
            (State::Ready, FromVault::Pong(_)) => self.fall(DownReason::OutOfTurn),
            (State::Ready, FromVault::Alarm(..)) => {
                self.events.push_back(SwitchEvent::Said(message));
            }
            (State::Ready, FromVault::Answer(ask, _)) => match self.asks.remove(ask) {
                Some(_) => self.events.push_back(SwitchEvent::Said(message)),
                None => self.fall(DownReason::OutOfTurn),
            },
            (State::Ready, _) => self.hear_of_session(now, message),
        }
    }

    fn hear_of_session(&mut self, now: Moment, message: FromVault) {
        let known = message.session().and_then(|s| Some((s, self.sessions.get_mut(&s)?)));
        let Some((session, line)) = known else { return self.fall(DownReason::OutOfTurn) };
        match line.hear(now, &message) {
            Verdict::Tell => self.events.push_back(SwitchEvent::Said(message)),
            Verdict::TellAndForget => {
                self.sessions.remove(&session);
                self.events.push_back(SwitchEvent::Said(message));
            }
            Verdict::Forget => {
                self.sessions.remove(&session);
            }
            Verdict::Ignore => {}
            Verdict::OutOfTurn => self.fall(DownReason::OutOfTurn),
        }
    }

    /// Captures and questions whose time is over.
    fn give_up_late(&mut self, now: Moment) {
        let mut late = Vec::new();
        for (session, line) in self.sessions.iter_mut().filter(|(_, l)| now >= l.deadline) {
            late.push(*session);
            let lost = line.lost().map(|lost| SwitchEvent::Lost(*session, lost));
            self.events.extend(lost);
            line.enter(now, Phase::Gone);
        }
        for session in late {
            self.send(&ToVault::Abort(session, AbortReason::Stopped));
            self.send(&ToVault::CloseMedia(session));
        }
        let over: Vec<Ask> =
            self.asks.iter().filter(|(_, at)| now >= **at).map(|(ask, _)| *ask).collect();
        for ask in over {
            self.asks.remove(&ask);
            self.events.push_back(SwitchEvent::AskLost(ask));
        }
    }

    fn fall(&mut self, why: DownReason) {
        if self.state == State::Down {
            return;
        }
        self.state = State::Down;
        self.writes.clear();
        for (session, line) in std::mem::take(&mut self.sessions) {
            self.events.extend(line.lost().map(|lost| SwitchEvent::Lost(session, lost)));
        }
        let asks = std::mem::take(&mut self.asks).into_keys();
        self.events.extend(asks.map(SwitchEvent::AskLost));
        self.events.push_back(SwitchEvent::Down(why));
    }

    fn send(&mut self, message: &ToVault) {
        self.writes.push_back(frame_of(&message.encode()));
    }
}

/// Journalled is said of what was prepared.
fn authorising(phase: &Phase) -> Option<Phase> {
    match phase {
        Phase::Prepared(reference) => Some(Phase::Authorising(reference.clone())),
        _ => None,
    }
}
