//! New offers while the session is up: re-INVITE (RFC 3261 section 14) and UPDATE (RFC 3311), both ways.
//!
//! ```text
//!   who asks, while      their offer waits   our offer waits   our 2xx waits for ACK
//!   they: INVITE         500 Retry-After     491               491
//!   they: UPDATE+offer   500 Retry-After     491               491 if it carries our offer
//!   we                   waits its turn      waits its turn    waits its turn
//! ```
//!
//! A 491 to ours is tried again after the random time of section 14.1, a 500 after its Retry-After.
//! One offer of ours waits at a time; a second one fails with 491.

use super::{Deal, Phase, Retry, Session, Talk, Turn};
use crate::event::{Event, OfferVia};
use crate::inspect::{self, Body};
use crate::layer::{Purpose, TxId};
use crate::limits::{GLARE_TRIES_MAX, REOFFER_WAIT_MAX_S};
use crate::message::Message;
use crate::method::Method;
use std::time::Duration;

impl Session {
    /// Offers anew.
    pub(crate) fn offer(&mut self, turn: &mut Turn<'_>, via: OfferVia, sdp: Vec<u8>) {
        // RFC 3311 section 5.1: an early dialog takes UPDATE, once offer and answer are done.
        let early = via == OfferVia::Update && self.deal() == Some(Deal::Done);
        let free = early || matches!(self.phase, Phase::Up);
        let via = if via == OfferVia::Prack { OfferVia::Update } else { via };
        if free && matches!(self.talk, Talk::Idle) && self.retry.is_none() {
            self.send_offer(turn, via, sdp, 1);
        } else if matches!(self.phase, Phase::Up) && self.retry.is_none() {
            // RFC 3264 section 4: one offer at a time; this one waits for its turn.
            self.retry = Some(Box::new(Retry { at: turn.now, via, sdp, tries: 1 }));
        } else if !self.told {
            turn.events.push_back(Event::OfferFailed { session: self.id, status: 491 });
        }
    }

    /// How far the INVITE's own offer and answer are, while it is unanswered.
    fn deal(&self) -> Option<Deal> {
        match &self.phase {
            Phase::Incoming { deal, .. } => Some(*deal),
            Phase::Outgoing { early, .. } => Some(early.now.deal),
            Phase::NeedAnswer { .. } => Some(Deal::Theirs),
            Phase::Up | Phase::Leaving { .. } | Phase::Over => None,
        }
    }

    /// Answers their offer, or gives the offer they wanted.
    pub(crate) fn answer_offer(&mut self, turn: &mut Turn<'_>, sdp: &[u8]) {
        let Talk::In { tx, cseq, via, offered } = self.talk else { return };
        self.talk = Talk::Idle;
        match via {
            OfferVia::Reinvite | OfferVia::Update => self.respond_timed(turn, tx, sdp),
            OfferVia::Prack => turn.respond_sdp(tx, 200, &self.dialog, sdp, |_| ()),
        }
        if via == OfferVia::Reinvite {
            self.await_ack(turn, tx, cseq, false, !offered);
        }
        self.release(turn);
    }

    /// Refuses their offer; what was agreed before holds.
    pub(crate) fn refuse_offer(&mut self, turn: &mut Turn<'_>, status: u16) {
        let Talk::In { tx, .. } = self.talk else { return };
        self.talk = Talk::Idle;
        turn.refuse(tx, if (300..700).contains(&status) { status } else { 488 });
        self.release(turn);
    }

    fn send_offer(&mut self, turn: &mut Turn<'_>, via: OfferVia, sdp: Vec<u8>, tries: u8) {
        let (method, purpose) = match via {
            OfferVia::Reinvite => (Method::Invite, Purpose::Reinvite),
            OfferVia::Update | OfferVia::Prack => (Method::Update, Purpose::Update),
        };
        let mut begun = self.dialog.begin(turn.layer, method, None);
        self.interval.ask(&turn.layer.config, &mut begun.writer);
        let cseq = begun.cseq;
        let tx = self.request(turn, begun, purpose, "application/sdp", &sdp);
        self.talk = Talk::Out { tx, cseq, via, sdp, tries };
    }

    pub(super) fn peer_reinvite(
        &mut self,
        turn: &mut Turn<'_>,
        message: &Message<'_>,
        cseq: u32,
        tx: TxId,
    ) {
        let status = match (&self.phase, &self.talk) {
            // Section 14.2: a second INVITE before the final response to the first.
            (Phase::Incoming { .. }, _) | (_, Talk::In { .. }) => Some(500),
            (Phase::Outgoing { .. } | Phase::NeedAnswer { .. }, _)
            | (_, Talk::Out { .. } | Talk::AckDue(_)) => Some(491),
            (Phase::Up | Phase::Leaving { .. } | Phase::Over, Talk::Idle) => None,
        };
        if let Some(status) = status.or_else(|| body_fault(message)) {
            return turn.refuse(tx, status);
        }
        self.dialog.refresh(message);
        self.hear_offer(turn, message, cseq, tx, OfferVia::Reinvite);
    }

    pub(super) fn peer_update(
        &mut self,
        turn: &mut Turn<'_>,
        message: &Message<'_>,
        cseq: u32,
        tx: TxId,
    ) {
        if let Some(status) = body_fault(message) {
            return turn.refuse(tx, status);
        }
        if Body::of(message).sdp().is_none() {
            self.dialog.refresh(message);
            self.interval.hear(message);
            return self.respond_timed(turn, tx, &[]);
        }
        // RFC 3311 section 5.2: 500 while their own offer waits for us, 491 while ours waits for them.
        let status = match (self.deal(), &self.talk) {
            (Some(Deal::Theirs), _) | (_, Talk::In { offered: true, .. }) => Some(500),
            (Some(Deal::Ours | Deal::Unmade), _) => Some(491),
            (_, Talk::Out { .. } | Talk::In { .. }) => Some(491),
            // One answer of ours is out already; a second 2xx is not kept beside it.
            (_, Talk::AckDue(_)) => Some(491),
            (Some(Deal::Done) | None, Talk::Idle) => None,
        };
        match status {
            Some(status) => turn.refuse(tx, status),
            None => {
                self.dialog.refresh(message);
                self.hear_offer(turn, message, cseq, tx, OfferVia::Update);
            }
        }
    }

    fn hear_offer(
        &mut self,
        turn: &mut Turn<'_>,
        message: &Message<'_>,
        cseq: u32,
        tx: TxId,
        via: OfferVia,
    ) {
        let sdp = Body::of(message).sdp();
        self.interval.hear(message);
        self.talk = Talk::In { tx, cseq, via, offered: sdp.is_some() };
        turn.events.push_back(match sdp {
            Some(sdp) => Event::Offer { session: self.id, sdp, via },
            None => Event::OfferWanted { session: self.id },
        });
    }

    pub(super) fn reinvite_answered(
        &mut self,
        turn: &mut Turn<'_>,
        tx: TxId,
        status: u16,
        message: Option<&Message<'_>>,
    ) {
        let Talk::Out { tx: waiting, cseq, .. } = self.talk else {
            let success = message.filter(|_| (200..300).contains(&status));
            return success.into_iter().for_each(|m| self.success_again(turn, tx, m));
        };
        if waiting != tx || status < 200 {
            return;
        }
        if let Some(message) = message.filter(|_| status < 300) {
            self.dialog.refresh(message);
            self.interval.agreed(turn.now, &turn.layer.config, message);
            self.send_ack(turn, tx, cseq, None);
        }
        self.offer_answered(turn, status, message);
    }

    pub(super) fn update_answered(
        &mut self,
        turn: &mut Turn<'_>,
        tx: TxId,
        status: u16,
        message: Option<&Message<'_>>,
    ) {
        let ours = matches!(self.talk, Talk::Out { tx: waiting, .. } if waiting == tx);
        if !ours || status < 200 {
            return;
        }
        if let Some(message) = message.filter(|_| status < 300) {
            self.dialog.refresh(message);
            self.interval.agreed(turn.now, &turn.layer.config, message);
        }
        self.offer_answered(turn, status, message);
    }

    fn offer_answered(&mut self, turn: &mut Turn<'_>, status: u16, message: Option<&Message<'_>>) {
        let Talk::Out { via, sdp, tries, .. } = std::mem::replace(&mut self.talk, Talk::Idle)
        else {
            return;
        };
        let session = self.id;
        let answer = message.and_then(|m| Body::of(m).sdp());
        match (status, answer) {
            (200..300, Some(sdp)) => turn.events.push_back(Event::OfferAnswered { session, sdp }),
            (200..300, None) => turn.events.push_back(Event::OfferFailed { session, status: 488 }),
            (491, _) if tries < GLARE_TRIES_MAX => {
                let wait = self.glare_wait(turn);
                self.try_later(turn, wait, via, sdp, tries + 1);
            }
            // RFC 3311 section 5.2 and RFC 3261 section 14.2: the peer is busy with an offer of ours.
            (500, _) if tries < GLARE_TRIES_MAX && busy_s(message).is_some() => {
                let wait = Duration::from_secs(busy_s(message).unwrap_or(0).into());
                self.try_later(turn, wait, via, sdp, tries + 1);
            }
            _ if self.dialog_lost(turn, status, message.is_none()) => {}
            _ => turn.events.push_back(Event::OfferFailed { session, status }),
        }
        self.release(turn);
    }

    /// RFC 3261 section 14.1: the owner of the Call-ID waits 2.1–4 s, the other side 0–2 s.
    pub(super) fn glare_wait(&self, turn: &mut Turn<'_>) -> Duration {
        let ms = Duration::from_millis;
        match self.dialog.owns_call_id() {
            true => turn.layer.dice.between(ms(2_100), ms(4_000)),
            false => turn.layer.dice.between(ms(0), ms(2_000)),
        }
    }

    fn try_later(
        &mut self,
        turn: &mut Turn<'_>,
        wait: Duration,
        via: OfferVia,
        sdp: Vec<u8>,
        tries: u8,
    ) {
        let at = turn.now + wait;
        match &mut self.retry {
            // A newer offer waits behind this one and takes its place.
            Some(newer) => {
                newer.at = at;
                turn.events.push_back(Event::OfferFailed { session: self.id, status: 491 });
            }
            None => self.retry = Some(Box::new(Retry { at, via, sdp, tries })),
        }
    }

    pub(super) fn retry_timer(&mut self, turn: &mut Turn<'_>) {
        let idle = matches!((&self.phase, &self.talk), (Phase::Up, Talk::Idle));
        if !idle || self.retry.as_ref().is_none_or(|r| r.at > turn.now) {
            return;
        }
        if let Some(retry) = self.retry.take() {
            self.send_offer(turn, retry.via, retry.sdp, retry.tries);
        }
    }
}

/// Seconds after which a busy peer takes the offer, if it says so and they are few.
fn busy_s(message: Option<&Message<'_>>) -> Option<u32> {
    message.and_then(inspect::retry_after).filter(|&s| s <= REOFFER_WAIT_MAX_S)
}

/// A body that is no SDP: 415; one without a type: 400.
fn body_fault(message: &Message<'_>) -> Option<u16> {
    match Body::of(message) {
        Body::Foreign => Some(415),
        Body::Untyped => Some(400),
        Body::None | Body::Sdp(_) => None,
    }
}
