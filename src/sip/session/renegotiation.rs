//! New offers while the session is up: re-INVITE (RFC 3261 section 14) and UPDATE (RFC 3311), both ways.
//!
//! ```text
//!   who asks, while      their offer waits   our offer waits   our 2xx waits for ACK
//!   they: INVITE         500 Retry-After     491               491
//!   they: UPDATE+offer   500 Retry-After     491               491 if it carries our offer
//!   we                   OfferFailed 491     OfferFailed 491   OfferFailed 491
//! ```
//!
//! A 491 to ours is tried again after the random time of section 14.1.

use super::{Phase, Retry, Session, Talk, Turn};
use crate::event::{Event, OfferVia};
use crate::inspect::Body;
use crate::layer::{Purpose, TxId};
use crate::limits::GLARE_TRIES_MAX;
use crate::message::Message;
use crate::method::Method;
use std::time::Duration;

impl Session {
    /// Offers anew.
    pub(crate) fn offer(&mut self, turn: &mut Turn<'_>, via: OfferVia, sdp: Vec<u8>) {
        let free = matches!((&self.phase, &self.talk), (Phase::Up, Talk::Idle));
        if free && self.retry.is_none() {
            self.send_offer(turn, via, sdp, 1);
        } else if !self.told {
            turn.events.push_back(Event::OfferFailed { session: self.id, status: 491 });
        }
    }

    /// Answers their offer, or gives the offer they wanted.
    pub(crate) fn answer_offer(&mut self, turn: &mut Turn<'_>, sdp: &[u8]) {
        let Talk::In { tx, cseq, via, offered } = self.talk else { return };
        self.talk = Talk::Idle;
        turn.respond_sdp(tx, 200, self.dialog.path, sdp);
        if via == OfferVia::Reinvite {
            self.await_ack(turn, tx, cseq, false, !offered);
        }
    }

    /// Refuses their offer; what was agreed before holds.
    pub(crate) fn refuse_offer(&mut self, turn: &mut Turn<'_>, status: u16) {
        let Talk::In { tx, .. } = self.talk else { return };
        self.talk = Talk::Idle;
        turn.refuse(tx, if (300..700).contains(&status) { status } else { 488 });
    }

    fn send_offer(&mut self, turn: &mut Turn<'_>, via: OfferVia, sdp: Vec<u8>, tries: u8) {
        let (method, purpose) = match via {
            OfferVia::Reinvite => (Method::Invite, Purpose::Reinvite),
            OfferVia::Update => (Method::Update, Purpose::Update),
        };
        let begun = self.dialog.begin(turn.layer, method, None);
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
            return turn.respond_sdp(tx, 200, self.dialog.path, &[]);
        }
        let status = match (&self.phase, &self.talk) {
            (Phase::Incoming { offered: true, .. } | Phase::NeedAnswer { .. }, _)
            | (_, Talk::In { offered: true, .. }) => Some(500),
            (Phase::Outgoing { .. } | Phase::Incoming { .. }, _) => Some(491),
            (_, Talk::Out { .. } | Talk::In { .. }) => Some(491),
            // One answer of ours is out already; a second 2xx is not kept beside it.
            (_, Talk::AckDue(_)) => Some(491),
            (Phase::Up | Phase::Leaving { .. } | Phase::Over, Talk::Idle) => None,
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
            (491, _) if tries < GLARE_TRIES_MAX => self.try_later(turn, via, sdp, tries + 1),
            _ if self.dialog_lost(turn, status, message.is_none()) => {}
            _ => turn.events.push_back(Event::OfferFailed { session, status }),
        }
    }

    /// RFC 3261 section 14.1: the owner of the Call-ID waits 2.1–4 s, the other side 0–2 s.
    fn try_later(&mut self, turn: &mut Turn<'_>, via: OfferVia, sdp: Vec<u8>, tries: u8) {
        let ms = Duration::from_millis;
        let wait = match self.dialog.owns_call_id() {
            true => turn.layer.dice.between(ms(2_100), ms(4_000)),
            false => turn.layer.dice.between(ms(0), ms(2_000)),
        };
        self.retry = Some(Box::new(Retry { at: turn.now + wait, via, sdp, tries }));
    }

    pub(super) fn retry_timer(&mut self, turn: &mut Turn<'_>) {
        if self.retry.as_ref().is_none_or(|r| r.at > turn.now) {
            return;
        }
        let Some(retry) = self.retry.take() else { return };
        match (&self.phase, &self.talk) {
            (Phase::Up, Talk::Idle) => self.send_offer(turn, retry.via, retry.sdp, retry.tries),
            (Phase::Up, _) if retry.tries < GLARE_TRIES_MAX => {
                self.try_later(turn, retry.via, retry.sdp, retry.tries + 1);
            }
            (Phase::Up, _) => {
                turn.events.push_back(Event::OfferFailed { session: self.id, status: 491 });
            }
            _ => {}
        }
    }
}

/// A body that is no SDP: 415; one without a type: 400.
fn body_fault(message: &Message<'_>) -> Option<u16> {
    match Body::of(message) {
        Body::Foreign => Some(415),
        Body::Untyped => Some(400),
        Body::None | Body::Sdp(_) => None,
    }
}
