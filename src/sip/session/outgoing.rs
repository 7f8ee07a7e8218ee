//! Our INVITE: its responses, its CANCEL (RFC 3261 sections 13.2 and 9.1).

use super::early::Early;
use super::{Cancel, Deal, Phase, SentAck, Session, Turn};
use crate::dialog::Dialog;
use crate::event::{EndedBy, Event, Invite, Reliability};
use crate::extension::RELIABLE;
use crate::inspect::{self, Body};
use crate::layer::{Purpose, TxId};
use crate::message::{Message, Name, Start};
use crate::method::Method;
use crate::print::reason_phrase;
use ids::SessionId;

/// Sends the INVITE.
pub(crate) fn start(turn: &mut Turn<'_>, id: SessionId, invite: &Invite) -> Session {
    let mut dialog = Dialog::calling(turn.layer, invite);
    let mut begun = dialog.begin(turn.layer, Method::Invite, None);
    for (name, value) in &invite.headers {
        begun.writer.named(name, value);
    }
    if turn.layer.config.reliable == Reliability::Require {
        begun.writer.field(Name::Require, RELIABLE);
    }
    let mut session = Session::new(id, dialog, Phase::Over);
    let (cseq, offered) = (begun.cseq, invite.sdp.is_some());
    let body = invite.sdp.as_deref().unwrap_or_default();
    session.interval.ask(&turn.layer.config, &mut begun.writer);
    let early = Box::new(Early::new(Deal::of_ours(offered)));
    let tx = session.request(turn, begun, Purpose::Invite, "application/sdp", body);
    session.phase = Phase::Outgoing { tx, cseq, offered, heard: false, cancel: Cancel::No, early };
    session
}

impl Session {
    /// Gives up an unanswered call of ours. The last event is `Failed` with 487, or `Ended` when
    /// the answer crossed.
    pub(crate) fn cancel(&mut self, turn: &mut Turn<'_>) {
        let Phase::Outgoing { tx, heard, cancel, .. } = &mut self.phase else { return };
        if *cancel != Cancel::No {
            return;
        }
        // Section 9.1: not before a provisional response, else it might overtake the INVITE.
        if !*heard {
            *cancel = Cancel::Wanted;
            return;
        }
        *cancel = Cancel::Sent { give_up: turn.now + turn.layer.config.timers.give_up() };
        turn.layer.cancel(turn.now, *tx, self.id);
    }

    /// Whether anything at all came back for our INVITE, be it 100.
    pub(crate) fn is_heard(&self) -> bool {
        !matches!(self.phase, Phase::Outgoing { heard: false, .. })
    }

    pub(super) fn invite_answered(
        &mut self,
        turn: &mut Turn<'_>,
        tx: TxId,
        status: u16,
        message: Option<&Message<'_>>,
    ) {
        if !matches!(self.phase, Phase::Outgoing { .. }) {
            let success = message.filter(|_| (200..300).contains(&status));
            return success.into_iter().for_each(|m| self.success_again(turn, tx, m));
        }
        match (status, message) {
            (..200, Some(message)) => self.invite_progress(turn, status, message),
            (200..300, Some(message)) => self.invite_success(turn, tx, message),
            _ => self.invite_failure(turn, status, message),
        }
    }

    fn invite_progress(&mut self, turn: &mut Turn<'_>, status: u16, message: &Message<'_>) {
        let Phase::Outgoing { tx, heard, cancel, .. } = &mut self.phase else { return };
        *heard = true;
        if *cancel == Cancel::Wanted {
            *cancel = Cancel::Sent { give_up: turn.now + turn.layer.config.timers.give_up() };
            turn.layer.cancel(turn.now, *tx, self.id);
        }
        if status > 100 {
            self.branch_progress(turn, status, message);
        }
    }

    fn invite_success(&mut self, turn: &mut Turn<'_>, tx: TxId, message: &Message<'_>) {
        if !self.select_or_fork(message) {
            return self.end_fork(turn, tx, message);
        }
        let Phase::Outgoing { cseq, cancel, early, .. } = &mut self.phase else { return };
        let (cseq, cancel, deal) = (*cseq, *cancel, early.now.deal);
        let early_answer = std::mem::take(&mut early.now.answer);
        self.dialog.learn(message);
        self.interval.agreed(turn.now, &turn.layer.config, message);
        let sdp = Body::of(message).sdp();
        if cancel != Cancel::No {
            // Section 9.1: the 200 crossed our CANCEL.
            self.send_ack(turn, tx, cseq, None);
            return self.leave(turn, None, EndedBy::Local);
        }
        match (deal, sdp) {
            (Deal::Ours | Deal::Done, sdp) => {
                self.send_ack(turn, tx, cseq, None);
                self.phase = Phase::Up;
                let sdp = sdp.filter(|_| deal == Deal::Ours).unwrap_or(early_answer);
                turn.events.push_back(Event::Answered { session: self.id, sdp });
            }
            // Their offer came in a provisional response and the exchange knows it already.
            (Deal::Theirs, _) => self.phase = Phase::NeedAnswer { tx, cseq },
            (Deal::Unmade, Some(offer)) => {
                self.phase = Phase::NeedAnswer { tx, cseq };
                turn.events.push_back(Event::NeedAnswer { session: self.id, offer });
            }
            (Deal::Unmade, None) => {
                // Section 13.2.1: the first reliable message without an offer must carry one.
                self.send_ack(turn, tx, cseq, None);
                self.send_bye(turn, None);
                self.failed(turn, 488, None);
            }
        }
    }

    fn invite_failure(&mut self, turn: &mut Turn<'_>, status: u16, message: Option<&Message<'_>>) {
        self.phase = Phase::Over;
        self.failed(turn, status, message);
    }

    fn failed(&mut self, turn: &mut Turn<'_>, status: u16, message: Option<&Message<'_>>) {
        let reason = match message.map(Message::start) {
            Some(Start::Response { reason, .. }) => String::from_utf8_lossy(reason).into_owned(),
            _ => reason_phrase(status).to_owned(),
        };
        let retry_after_s = message.and_then(inspect::retry_after);
        let local = message.is_none();
        let session = self.id;
        self.tell_last(turn, Event::Failed { session, status, reason, retry_after_s, local });
    }

    pub(super) fn outgoing_timer(&mut self, turn: &mut Turn<'_>) {
        let Phase::Outgoing { tx, cancel: Cancel::Sent { give_up }, .. } = self.phase else {
            return;
        };
        if give_up <= turn.now {
            // Section 9.1: no final response 64*T1 after the CANCEL: it counts as cancelled.
            turn.layer.forget(tx);
            self.invite_failure(turn, 487, None);
        }
    }

    /// Sends the ACK to a 2xx and keeps it for when the 2xx comes again (section 13.2.2.4).
    pub(super) fn send_ack(
        &mut self,
        turn: &mut Turn<'_>,
        tx: TxId,
        cseq: u32,
        sdp: Option<&[u8]>,
    ) {
        let begun = self.dialog.begin(turn.layer, Method::Ack, Some(cseq));
        let mut bytes = begun.writer.body("application/sdp", sdp.unwrap_or_default());
        let path = turn.layer.send_ack(turn.now, tx, begun.path, &mut bytes);
        self.last_ack = Some(Box::new(SentAck { tx, path, bytes }));
    }

    /// A 2xx that came again, or one of another branch of a forked INVITE.
    pub(super) fn success_again(&mut self, turn: &mut Turn<'_>, tx: TxId, message: &Message<'_>) {
        let tag = message.header(Name::To).and_then(crate::name_addr::AddrParts::parse);
        if !self.dialog.owns(&self.dialog.call_id, tag.and_then(|t| t.tag())) {
            return self.end_fork(turn, tx, message);
        }
        if let Some(ack) = self.last_ack.as_ref().filter(|ack| ack.tx == tx) {
            turn.layer.send(ack.path, ack.bytes.clone());
        }
    }
}
