//! The test phone: one call from INVITE to BYE over real sockets.
//!
//! ```text
//!   Line (SIP) ──▶ Stack ──events──▶ Phone ──▶ Talk ◀── MediaPorts (RTP)
//!        ◀──────── transmits          │ notes
//!                                     └──▶ one line each on standard output
//! ```
//! Owns: the order of one call, its deadlines, its verdict.
//! Never: how a message or a packet is made.

use super::fault::{CallError, RING_MAX};
use super::line::{Line, LineFault, MediaPorts, Received};
use super::order::{CALL_MAX, Order};
use super::script::Script;
use super::talk::{Figures, Note, Talk};
use super::terms::{agreed, terms};
use super::timeline;
use crate::clock::Clock;
use ids::{Moment, SessionId};
use sdp::Negotiated;
use sip::{Event, Invite, Path, Refusal, Stack, Transport};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// How long the first response of any kind may take.
const SILENCE_MAX: Duration = Duration::from_secs(8);
/// How long our BYE or CANCEL may stay without a response before we go anyway.
const LEAVE_MAX: Duration = Duration::from_secs(3);

/// What is left of an answered call.
pub struct Remains {
    pub recording: Vec<i16>,
}

enum Phase {
    Calling {
        heard: bool,
    },
    Up {
        until: Moment,
    },
    /// Our BYE or CANCEL is out.
    Leaving {
        until: Moment,
    },
    Over {
        verdict: Result<(), CallError>,
        until: Moment,
    },
}

/// One call.
pub struct Phone<'o> {
    order: &'o Order,
    clock: Clock,
    began: Moment,
    line: Line,
    ports: MediaPorts,
    peer_media: Option<SocketAddr>,
    stack: Stack,
    session: SessionId,
    terms: sdp::Session,
    early: Option<Vec<u8>>,
    /// Why the last message could not be sent.
    unsent: Option<io::Error>,
    script: Option<Script>,
    talk: Option<Talk>,
    phase: Phase,
    seed: u64,
}

impl<'o> Phone<'o> {
    /// Opens the sockets and sends the INVITE.
    pub async fn dial(order: &'o Order, script: Script, clock: Clock) -> Result<Self, CallError> {
        let remote = order.first_hop().await?;
        let line = Line::open(order, remote).await.map_err(|fault| match fault {
            LineFault::Tls(error) => CallError::Tls(error),
            LineFault::Network(source) if order.transport == Transport::Udp => {
                CallError::Network(source)
            }
            LineFault::Network(source) => {
                CallError::Connect { remote, over: order.transport.as_str(), source }
            }
        })?;
        let ip = line.path().local.ip();
        let ports = MediaPorts::open(ip).await?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(CallError::Random)?;
        let number = u64::from_le_bytes(std::array::from_fn(|n| seed[n] ^ seed[n + 8]));
        let mut terms = terms(order, number, &ports)?;
        let mut stack = Stack::new(sip::Config {
            user_agent: concat!("parley-call/", env!("CARGO_PKG_VERSION")).to_owned(),
            contact_user: "phone".to_owned(),
            ..sip::Config::new(seed)
        });
        let invite = Invite {
            target: order.target.clone(),
            path: line.path(),
            from: order.from(ip)?,
            to: None,
            routes: Vec::new(),
            sdp: (!order.late_offer).then(|| terms.offer()),
            headers: Vec::new(),
            credentials: None,
        };
        let began = clock.moment();
        let session = stack.invite(began, &invite);
        Ok(Self {
            order,
            clock,
            began,
            line,
            ports,
            peer_media: None,
            stack,
            session,
            terms,
            early: None,
            unsent: None,
            script: Some(script),
            talk: None,
            phase: Phase::Calling { heard: false },
            seed: number.rotate_left(17),
        })
    }

    /// Runs the call to its end. The remains are there whenever it was answered.
    pub async fn run(mut self) -> Result<(Option<Remains>, Result<(), CallError>), CallError> {
        self.tell(&format!("INVITE {} sent", self.order.target))?;
        let mut datagram = [0; 2_048];
        loop {
            self.settle().await?;
            if let Some(verdict) = self.verdict() {
                return Ok((self.hang_up_talk()?, verdict));
            }
            let wake = tokio::time::Instant::from_std(self.clock.instant(self.due()));
            tokio::select! {
                received = self.line.receive() => self.handle_line(received)?,
                got = self.ports.rtp.recv_from(&mut datagram) => {
                    // An error is ICMP's about a packet of ours: the other side's port is not open.
                    if let Ok((length, _)) = got {
                        self.handle_rtp(&datagram[..length]);
                    }
                }
                () = tokio::time::sleep_until(wake) => self.handle_timeout(),
                pressed = tokio::signal::ctrl_c() => {
                    pressed?;
                    self.leave();
                }
            }
        }
    }

    /// Handles all events, then sends all messages, until there is neither.
    async fn settle(&mut self) -> Result<(), CallError> {
        loop {
            while let Some(event) = self.stack.poll_event() {
                self.handle_event(event)?;
            }
            self.tell_notes()?;
            let Some(transmit) = self.stack.poll_transmit() else { return Ok(()) };
            if let Err(error) = self.line.send(&transmit).await {
                self.unsent = Some(error);
                self.stack.handle_transport_error(self.clock.moment(), &transmit.path);
            }
        }
    }

    fn handle_line(&mut self, received: io::Result<Received>) -> Result<(), CallError> {
        let now = self.clock.moment();
        match received {
            Ok(Received::Message(path, bytes)) => self.handle_message(now, path, &bytes),
            Ok(Received::NobodyListens) => {
                if let Phase::Calling { heard: false } = self.phase {
                    return Err(CallError::NobodyListens(self.line.path().remote));
                }
            }
            Ok(Received::Closed) | Err(_) => {
                if let Phase::Over { until, .. } | Phase::Leaving { until } = &mut self.phase {
                    *until = now;
                }
                self.stack.handle_transport_error(now, &self.line.path());
            }
        }
        Ok(())
    }

    fn handle_message(&mut self, now: Moment, path: Path, bytes: &[u8]) {
        match &mut self.phase {
            Phase::Calling { heard } => *heard = true,
            // The response to our BYE: nothing is left to wait for.
            Phase::Over { until, .. } if bytes.starts_with(b"SIP/2.0 ") => *until = now,
            Phase::Over { .. } | Phase::Up { .. } | Phase::Leaving { .. } => {}
        }
        self.stack.handle_message(now, path, bytes);
    }

    fn handle_rtp(&mut self, datagram: &[u8]) {
        let now = self.clock.moment();
        if let Some(talk) = &mut self.talk {
            talk.handle_datagram(now, datagram);
        }
    }

    fn handle_event(&mut self, event: Event) -> Result<(), CallError> {
        let now = self.clock.moment();
        match event {
            Event::Incoming { session, .. } => {
                self.stack.refuse(now, session, &Refusal::new(486));
            }
            Event::Progress { status, sdp, .. } => {
                self.early = sdp.or(self.early.take());
                self.tell(&timeline::progress(status))?;
            }
            Event::NeedAnswer { offer, .. } => match self.terms.handle_offer(&offer) {
                Ok((answer, negotiated)) => {
                    self.stack.answer(now, self.session, answer);
                    self.begin_talk(now, &negotiated)?;
                }
                Err(error) => self.refuse_terms(now, error.to_string()),
            },
            Event::Answered { sdp, .. } if self.talk.is_none() => self.answered(now, sdp)?,
            Event::Answered { .. } | Event::Established { .. } | Event::Info { .. } => {}
            Event::Failed { status, reason, retry_after_s, local, .. } => {
                let remote = self.line.path().remote;
                let error = match (local, status) {
                    (true, 408) => CallError::Silence(remote),
                    (true, _) => match self.unsent.take() {
                        Some(source) => CallError::Unreachable { remote, source },
                        None => CallError::NobodyListens(remote),
                    },
                    (false, 487) => CallError::GivenUp,
                    (false, _) => CallError::Refused { status, reason, retry_after_s },
                };
                self.over(now, Err(error));
            }
            Event::Offer { session, sdp, .. } => self.handle_offer(now, session, &sdp)?,
            Event::OfferWanted { session } => {
                let offer = self.terms.offer();
                self.stack.answer_offer(now, session, offer);
            }
            Event::OfferAnswered { sdp, .. } => {
                if let Ok(negotiated) = self.terms.handle_answer(&sdp) {
                    self.renegotiated(&negotiated)?;
                }
            }
            Event::Refer { session, .. } => self.stack.refuse_refer(now, session, 603, None),
            Event::ReferProgress { .. } | Event::ReferDone { .. } => {}
            Event::RefreshWanted { session } => {
                let offer = self.terms.offer();
                self.stack.reinvite(now, session, offer);
            }
            Event::OfferFailed { .. } => self.terms.abandon_offer(),
            Event::Cancelled { .. } => self.over(now, Err(CallError::GivenUp)),
            Event::Ended { by, cause, .. } => self.ended(now, by, cause)?,
        }
        Ok(())
    }

    fn answered(&mut self, now: Moment, sdp: Vec<u8>) -> Result<(), CallError> {
        let answer = if sdp.is_empty() { self.early.take().unwrap_or_default() } else { sdp };
        match self.terms.handle_answer(&answer) {
            Ok(negotiated) => self.begin_talk(now, &negotiated),
            Err(error) => {
                self.refuse_terms(now, error.to_string());
                Ok(())
            }
        }
    }

    fn begin_talk(&mut self, now: Moment, negotiated: &Negotiated) -> Result<(), CallError> {
        let Some(script) = self.script.take() else { return Ok(()) };
        self.peer_media = Some(negotiated.remote_rtp);
        let agreed = agreed(negotiated);
        self.talk = Some(Talk::begin(now, agreed, script, self.order.keys_by, self.seed));
        self.phase = Phase::Up { until: now + self.order.hang_up_after.unwrap_or(CALL_MAX) };
        self.tell(&timeline::answered(negotiated))
    }

    fn handle_offer(
        &mut self,
        now: Moment,
        session: SessionId,
        offer: &[u8],
    ) -> Result<(), CallError> {
        match self.terms.handle_offer(offer) {
            Ok((answer, negotiated)) => {
                self.stack.answer_offer(now, session, answer);
                self.renegotiated(&negotiated)
            }
            Err(error) => {
                self.stack.refuse_offer(now, session, error.status());
                Ok(())
            }
        }
    }

    fn renegotiated(&mut self, negotiated: &Negotiated) -> Result<(), CallError> {
        self.peer_media = Some(negotiated.remote_rtp);
        if let Some(talk) = &mut self.talk {
            talk.agree(agreed(negotiated), negotiated.direction.sends());
        }
        self.tell(if negotiated.held { "they put us on hold" } else { "they changed the audio" })
    }

    fn refuse_terms(&mut self, now: Moment, why: String) {
        self.stack.bye(now, self.session, None);
        self.over(now, Err(CallError::NoTerms(why)));
    }

    fn ended(
        &mut self,
        now: Moment,
        by: sip::EndedBy,
        cause: Option<sip::Cause>,
    ) -> Result<(), CallError> {
        if matches!(self.phase, Phase::Over { .. }) {
            return Ok(());
        }
        self.tell(&timeline::ended(by, cause.as_ref()))?;
        let verdict = match (timeline::fault(by, cause.as_ref()), &self.talk) {
            (Some(fault), _) => Err(CallError::Ended(fault)),
            (None, Some(_)) => Ok(()),
            (None, None) => Err(CallError::GivenUp),
        };
        self.over(now, verdict);
        if by != sip::EndedBy::Local {
            self.settle_no_longer(now);
        }
        Ok(())
    }

    /// The first verdict stands.
    fn over(&mut self, now: Moment, verdict: Result<(), CallError>) {
        let until = match self.phase {
            Phase::Over { .. } => return,
            Phase::Calling { .. } => now,
            Phase::Leaving { until } => until,
            Phase::Up { .. } => now + LEAVE_MAX,
        };
        self.phase = Phase::Over { verdict, until };
    }

    fn settle_no_longer(&mut self, now: Moment) {
        if let Phase::Over { until, .. } = &mut self.phase {
            *until = now;
        }
    }

    fn verdict(&mut self) -> Option<Result<(), CallError>> {
        match &self.phase {
            Phase::Over { until, .. } if self.clock.moment() >= *until => {}
            Phase::Over { .. }
            | Phase::Calling { .. }
            | Phase::Up { .. }
            | Phase::Leaving { .. } => {
                return None;
            }
        }
        match std::mem::replace(&mut self.phase, Phase::Calling { heard: true }) {
            Phase::Over { verdict, .. } => Some(verdict),
            Phase::Calling { .. } | Phase::Up { .. } | Phase::Leaving { .. } => None,
        }
    }

    /// The next moment at which something is due.
    fn due(&self) -> Moment {
        let phase = match &self.phase {
            Phase::Calling { heard: false } => self.began + SILENCE_MAX,
            Phase::Calling { heard: true } => self.began + RING_MAX,
            Phase::Up { until } | Phase::Leaving { until } | Phase::Over { until, .. } => *until,
        };
        let talk = match self.phase {
            Phase::Up { .. } => self.talk.as_ref().map_or(Moment::NEVER, Talk::poll_timeout),
            Phase::Calling { .. } | Phase::Leaving { .. } | Phase::Over { .. } => Moment::NEVER,
        };
        phase.min(talk).min(self.stack.poll_timeout().unwrap_or(Moment::NEVER))
    }

    fn handle_timeout(&mut self) {
        let now = self.clock.moment();
        self.stack.handle_timeout(now);
        match self.phase {
            Phase::Calling { heard: false } if now >= self.began + SILENCE_MAX => {
                self.over(now, Err(CallError::Silence(self.line.path().remote)));
            }
            Phase::Calling { heard: true } if now >= self.began + RING_MAX => {
                self.stack.cancel(now, self.session);
                self.phase = Phase::Leaving { until: now + LEAVE_MAX };
                self.over(now, Err(CallError::NobodyAnswered));
            }
            Phase::Up { until } if now >= until => self.leave(),
            Phase::Up { .. } => self.talk_on(now),
            Phase::Leaving { until } if now >= until => self.over(now, Err(CallError::GivenUp)),
            Phase::Calling { .. } | Phase::Leaving { .. } | Phase::Over { .. } => {}
        }
    }

    fn talk_on(&mut self, now: Moment) {
        let (Some(talk), Some(peer)) = (&mut self.talk, self.peer_media) else { return };
        let rtp = &self.ports.rtp;
        // A packet that the system does not take at once is lost like any packet on the way.
        talk.handle_timeout(now, &mut |packet: &[u8]| drop(rtp.try_send_to(packet, peer)));
    }

    /// We end it, by BYE or by CANCEL; asked a second time we go at once.
    fn leave(&mut self) {
        let now = self.clock.moment();
        match self.phase {
            Phase::Up { .. } => {
                self.phase = Phase::Leaving { until: now + LEAVE_MAX };
                self.stack.bye(
                    now,
                    self.session,
                    Some(sip::Cause::q850(16, "Normal call clearing")),
                );
            }
            Phase::Calling { .. } => {
                self.phase = Phase::Leaving { until: now + LEAVE_MAX };
                self.stack.cancel(now, self.session);
            }
            Phase::Leaving { .. } | Phase::Over { .. } => {
                self.over(now, Err(CallError::GivenUp));
                self.settle_no_longer(now);
            }
        }
    }

    fn tell_notes(&mut self) -> Result<(), CallError> {
        while let Some(note) = self.talk.as_mut().and_then(Talk::poll) {
            if let Note::Inform(key) = note {
                self.inform(key);
            }
            self.tell(&timeline::note(&note))?;
        }
        Ok(())
    }

    /// A key as most phones send it by INFO.
    fn inform(&mut self, key: keypad::Key) {
        let mut keys = keypad::Keys::new();
        if keys.push(key) {
            let body = keys.reveal(|sign| format!("Signal={sign}\r\nDuration=100\r\n"));
            let now = self.clock.moment();
            self.stack.info(now, self.session, "application/dtmf-relay", body.as_bytes());
        }
    }

    fn hang_up_talk(&mut self) -> Result<Option<Remains>, CallError> {
        let Some(talk) = self.talk.take() else { return Ok(None) };
        let now = self.clock.moment();
        let lasted = talk.lasted(now);
        let (recording, cut_off, figures): (_, _, Figures) = talk.finish(now);
        if let Some(note) = cut_off {
            self.tell(&timeline::note(&note))?;
        }
        self.tell(&timeline::summary(lasted, figures))?;
        Ok(Some(Remains { recording }))
    }

    fn tell(&self, text: &str) -> Result<(), CallError> {
        Ok(crate::commands::say(&timeline::line(self.began, self.clock.moment(), text))?)
    }
}
