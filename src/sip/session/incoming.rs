//! Their INVITE: ringing, the answer, our 2xx until its ACK (RFC 3261 sections 13.3 and 9.2).

use super::reliable::Reliable;
use super::{Bye, Deal, Phase, Session, Talk, Turn, Unacked};
use crate::dialog::Dialog;
use crate::event::{Caller, EndedBy, Event, Incoming, Refusal, Reliability};
use crate::extension::{RELIABLE, peer_can};
use crate::header::values;
use crate::identity::Origin;
use crate::inspect::{self, Body, Essentials};
use crate::layer::TxId;
use crate::limits::IDENTITIES_MAX;
use crate::message::{Message, Name, Start};
use crate::name_addr::NameAddr;
use crate::parse::Fault;
use crate::path::Path;
use crate::peer::PeerNames;
use crate::print::Writer;
use crate::uri::Uri;
use ids::{Moment, SessionId};
use std::time::Duration;

/// How often the last provisional response is repeated (RFC 3261 section 13.3.1.1).
const REPEAT_EVERY: Duration = Duration::from_secs(60);

/// Everything read from an INVITE before its session is made.
pub(crate) struct Opening {
    pub(crate) incoming: Incoming,
    pub(crate) target: Uri,
}

impl Opening {
    /// Reads what an INVITE must have beyond the essentials.
    pub(crate) fn read(
        message: &Message<'_>,
        e: &Essentials<'_>,
        path: Path,
    ) -> Result<Opening, Fault> {
        let target = inspect::target(message, e)?;
        let address = |name| {
            let value = message.header(name).ok_or(Fault::Missing(name))?;
            NameAddr::parse(value).ok_or(Fault::Bad(name))
        };
        let Start::Request { uri, .. } = message.start() else { return Err(Fault::BadRequestLine) };
        let text = |v: &[u8]| std::str::from_utf8(v).ok().map(str::to_owned);
        let asserted = message.all(Name::AssertedIdentity).flat_map(values);
        let incoming = Incoming {
            call_id: String::from_utf8_lossy(e.call_id).into_owned(),
            from: address(Name::From)?,
            from_raw: message.header(Name::From).unwrap_or_default().to_vec(),
            to: address(Name::To)?,
            request_uri: Uri::parse(uri).map_err(|_| Fault::BadRequestUri)?,
            asserted: asserted.take(IDENTITIES_MAX).filter_map(NameAddr::parse).collect(),
            path,
            peer_names: PeerNames::default(),
            offer: Body::of(message).sdp(),
            user_agent: message.header(Name::UserAgent).and_then(text),
            caller: Caller::Stranger,
            origin: Origin::of(message),
            replaces: None,
        };
        Ok(Opening { incoming, target })
    }
}

/// Makes the session of an INVITE whose transaction is open, and tells the exchange.
pub(crate) fn open(
    turn: &mut Turn<'_>,
    id: SessionId,
    message: &Message<'_>,
    e: &Essentials<'_>,
    opening: Opening,
    tx: TxId,
    tag: u64,
) -> Session {
    let Opening { incoming, target } = opening;
    let replaces = incoming.replaces;
    let dialog = Dialog::called(message, e, incoming.path, target, tag);
    let deal = Deal::of_theirs(incoming.offer.is_some());
    let phase = Phase::Incoming { tx, cseq: e.cseq, deal, repeat_at: Moment::NEVER };
    turn.layer.give(tx, id);
    turn.events.push_back(Event::Incoming { session: id, invite: Box::new(incoming) });
    let mut session = Session::new(id, dialog, phase);
    session.interval.hear(message);
    session.replaces = replaces;
    // RFC 3262 section 3: only to a caller who requires it or says that it can.
    let on = turn.layer.config.reliable != Reliability::Never;
    if on && peer_can(message, RELIABLE) {
        let random = turn.layer.dice.roll();
        session.reliable = Some(Box::new(Reliable::new(e.cseq, random)));
    }
    session
}

impl Session {
    /// Sends a provisional response.
    pub(crate) fn progress(&mut self, turn: &mut Turn<'_>, status: u16, sdp: Option<&[u8]>) {
        let Phase::Incoming { tx, repeat_at, .. } = &mut self.phase else { return };
        let (status, sdp) = (status.clamp(101, 199), sdp.unwrap_or_default());
        if self.reliable.is_some() {
            return self.progress_reliably(turn, status, sdp);
        }
        *repeat_at = turn.now + REPEAT_EVERY;
        turn.respond_sdp(*tx, status, &self.dialog, sdp, |_| ());
    }

    /// Answers their INVITE, or their offer in a response to ours.
    pub(crate) fn answer(&mut self, turn: &mut Turn<'_>, sdp: &[u8]) {
        match self.phase {
            Phase::Incoming { .. } => {
                if !self.holds_answer(sdp) {
                    self.accept(turn, sdp);
                }
            }
            Phase::NeedAnswer { tx, cseq } => {
                self.send_ack(turn, tx, cseq, Some(sdp));
                self.phase = Phase::Up;
                turn.events.push_back(Event::Answered { session: self.id, sdp: Vec::new() });
            }
            Phase::Outgoing { .. } => self.answer_in_prack(turn, sdp),
            Phase::Up | Phase::Leaving { .. } | Phase::Over => {}
        }
    }

    /// Sends the 200. After an answer in a reliable response it carries none (RFC 3262 section 5).
    pub(super) fn accept(&mut self, turn: &mut Turn<'_>, sdp: &[u8]) {
        let Phase::Incoming { tx, cseq, deal, .. } = self.phase else { return };
        let sdp = if matches!(deal, Deal::Ours | Deal::Done) { &[][..] } else { sdp };
        self.respond_timed(turn, tx, sdp);
        self.phase = Phase::Up;
        self.await_ack(turn, tx, cseq, true, deal == Deal::Unmade);
    }

    /// A 2xx to INVITE or UPDATE: it also answers for the session timer.
    pub(super) fn respond_timed(&mut self, turn: &mut Turn<'_>, tx: TxId, sdp: &[u8]) {
        let mut lines = Writer::empty();
        self.interval.accept(turn.now, &turn.layer.config, &mut lines);
        let lines = lines.into_bytes();
        turn.respond_sdp(tx, 200, &self.dialog, sdp, |writer| writer.raw(&lines));
    }

    /// Refuses their INVITE.
    pub(crate) fn refuse(&mut self, turn: &mut Turn<'_>, refusal: &Refusal) {
        let Phase::Incoming { tx, .. } = self.phase else { return };
        self.close_talk(turn);
        let status = if (300..700).contains(&refusal.status) { refusal.status } else { 500 };
        turn.layer.respond(turn.now, tx, status, refusal.reason.as_deref(), |layer, mut writer| {
            if let Some(seconds) = refusal.retry_after_s {
                writer.field(Name::RetryAfter, seconds);
            }
            for (name, value) in &refusal.headers {
                writer.named(name, value);
            }
            writer.named("Server", &layer.config.user_agent);
            writer.end()
        });
        self.phase = Phase::Over;
        self.ended(turn, EndedBy::Local, None);
    }

    /// Their CANCEL; it has its 200 already. After a final response it changes nothing (section 9.2).
    pub(crate) fn cancelled(&mut self, turn: &mut Turn<'_>, invite: TxId) {
        match self.phase {
            Phase::Incoming { tx, .. } if tx == invite => {
                turn.refuse(tx, 487);
                self.close_talk(turn);
                self.phase = Phase::Over;
                self.tell_last(turn, Event::Cancelled { session: self.id });
            }
            _ => {
                if matches!(self.talk, Talk::In { tx, .. } if tx == invite) {
                    self.close_talk(turn);
                }
            }
        }
    }

    /// Their ACK to a 2xx of ours.
    pub(crate) fn acknowledged(&mut self, turn: &mut Turn<'_>, message: &Message<'_>, cseq: u32) {
        if !matches!(&self.talk, Talk::AckDue(unacked) if unacked.cseq == cseq) {
            return;
        }
        let Talk::AckDue(unacked) = std::mem::replace(&mut self.talk, Talk::Idle) else { return };
        self.reliable = None;
        if let Phase::Leaving { bye: Bye::AfterAck(cause) } = &mut self.phase {
            let cause = cause.take();
            return self.send_bye(turn, cause);
        }
        let answer = Body::of(message).sdp().filter(|_| unacked.ours);
        let event = match (unacked.initial, unacked.ours, answer) {
            (true, _, answer) => Event::Established { session: self.id, answer },
            (false, true, Some(sdp)) => Event::OfferAnswered { session: self.id, sdp },
            (false, true, None) => Event::OfferFailed { session: self.id, status: 488 },
            (false, false, _) => return,
        };
        turn.events.push_back(event);
    }

    /// Our 2xx has just been sent: repeat it until the ACK comes, on every transport
    /// (RFC 3261 section 13.3.1.4).
    pub(super) fn await_ack(
        &mut self,
        turn: &mut Turn<'_>,
        tx: TxId,
        cseq: u32,
        initial: bool,
        ours: bool,
    ) {
        let timers = turn.layer.config.timers;
        let Some((path, bytes)) = turn.layer.take_success(tx) else { return };
        self.talk = Talk::AckDue(Box::new(Unacked {
            cseq,
            path,
            bytes,
            resend_at: turn.now + timers.t1,
            interval: timers.t1,
            give_up: turn.now + timers.give_up(),
            initial,
            ours,
        }));
    }

    pub(super) fn ack_timer(&mut self, turn: &mut Turn<'_>) {
        let Talk::AckDue(unacked) = &mut self.talk else { return };
        if unacked.give_up <= turn.now {
            self.talk = Talk::Idle;
            let cause = match &mut self.phase {
                Phase::Leaving { bye: Bye::AfterAck(cause) } => cause.take(),
                _ => None,
            };
            // Section 13.3.1.4: no ACK in 64*T1: the dialog is confirmed, and ended by BYE.
            return self.leave(turn, cause, EndedBy::TimedOut);
        }
        if unacked.resend_at <= turn.now {
            unacked.interval = (unacked.interval * 2).min(turn.layer.config.timers.t2);
            unacked.resend_at = turn.now + unacked.interval;
            turn.layer.send(unacked.path, unacked.bytes.clone());
        }
    }

    pub(super) fn incoming_timer(&mut self, turn: &mut Turn<'_>) {
        let Phase::Incoming { tx, repeat_at, .. } = &mut self.phase else { return };
        if *repeat_at <= turn.now && self.reliable.is_some() {
            *repeat_at = turn.now + REPEAT_EVERY;
            return self.repeat_reliably(turn);
        }
        if *repeat_at <= turn.now {
            *repeat_at = turn.now + REPEAT_EVERY;
            turn.layer.repeat(*tx);
        }
    }
}
