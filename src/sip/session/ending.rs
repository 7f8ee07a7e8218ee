//! The end of a session: BYE from either side, and the one last event (RFC 3261 section 15).
//!
//! Owns: who may send BYE when, what is given up with the session. Never: a second last event.

use super::{Bye, Phase, Session, Talk, Turn};
use crate::event::{EndedBy, Event};
use crate::header::Cause;
use crate::layer::{Purpose, Report, TxId};
use crate::message::{Message, Name};
use crate::method::Method;

impl Session {
    /// Sends the BYE (now, or after the ACK) and tells the exchange that it is over.
    pub(super) fn leave(&mut self, turn: &mut Turn<'_>, cause: Option<Cause>, by: EndedBy) {
        let ack_due = matches!(&self.talk, Talk::AckDue(unacked) if unacked.initial);
        if ack_due && by == EndedBy::Local {
            self.phase = Phase::Leaving { bye: Bye::AfterAck(cause) };
        } else {
            self.send_bye(turn, cause);
        }
        self.ended(turn, by, None);
    }

    pub(super) fn send_bye(&mut self, turn: &mut Turn<'_>, cause: Option<Cause>) {
        self.close_talk(turn);
        let mut begun = self.dialog.begin(turn.layer, Method::Bye, None);
        if let Some(cause) = cause {
            begun.writer.field(Name::Reason, cause);
        }
        self.phase = Phase::Leaving { bye: Bye::UnderWay };
        self.request(turn, begun, Purpose::Bye, "", &[]);
    }

    pub(super) fn ended(&mut self, turn: &mut Turn<'_>, by: EndedBy, cause: Option<Cause>) {
        self.tell_last(turn, Event::Ended { session: self.id, by, cause });
    }

    /// The one last event.
    pub(super) fn tell_last(&mut self, turn: &mut Turn<'_>, event: Event) {
        if !self.told {
            self.told = true;
            turn.events.push_back(event);
        }
    }

    /// RFC 3261 section 12.2.1.2: 481 and silence mean that the peer has lost the dialog.
    pub(super) fn dialog_lost(&mut self, turn: &mut Turn<'_>, status: u16, local: bool) -> bool {
        let lost = matches!(status, 481 | 408) && matches!(self.phase, Phase::Up);
        if lost {
            self.leave(turn, None, if local { EndedBy::TimedOut } else { EndedBy::Peer });
        }
        lost
    }

    pub(super) fn peer_bye(&mut self, turn: &mut Turn<'_>, message: &Message<'_>, tx: TxId) {
        turn.refuse(tx, 200);
        // RFC 3261 section 15.1.2: what is still unanswered gets 487.
        if let Phase::Incoming { tx: invite, .. } = self.phase {
            turn.refuse(invite, 487);
        }
        if let Phase::Outgoing { tx: invite, .. } = self.phase {
            turn.layer.abandon(turn.now, invite);
        }
        self.close_talk(turn);
        let cause = message.header(Name::Reason).and_then(Cause::parse);
        self.ended(turn, EndedBy::Peer, cause);
        self.phase = Phase::Over;
    }

    pub(super) fn close_talk(&mut self, turn: &mut Turn<'_>) {
        match self.talk {
            Talk::In { tx, .. } => turn.refuse(tx, 487),
            Talk::Out { tx, .. } => turn.layer.abandon(turn.now, tx),
            Talk::Idle | Talk::AckDue(_) => {}
        }
        if let Some(tx) = self.transfers.as_mut().and_then(|t| t.unanswered()) {
            turn.refuse(tx, 487);
        }
        self.talk = Talk::Idle;
        self.retry = None;
    }

    /// A response of ours to their INVITE cannot be delivered.
    pub(super) fn server_failed(&mut self, turn: &mut Turn<'_>, report: Report) {
        if matches!(self.phase, Phase::Incoming { tx, .. } if tx == report.tx) {
            self.ended(turn, EndedBy::TransportError, None);
            self.phase = Phase::Over;
        }
    }
}
