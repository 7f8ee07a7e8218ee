//! Provisional responses that arrive (RFC 3262 section 3), ours as the called side.
//!
//! ```text
//!   progress --1xx Require: 100rel, RSeq n--> waiting --PRACK RAck n--> the next one
//!                                               |  repeated at T1, doubling
//!                                               '--64*T1--> 504, the session is over
//!   answer while a 1xx with SDP waits, or an offer is under way: held --PRACK, 200--> 200
//! ```
//!
//! One is under way at a time; the others queue. Offer and answer travel as section 5 says: our
//! answer in the first one with SDP, or our offer there and the peer's answer in its PRACK, or a
//! second offer of the peer in a PRACK.
//!
//! Owns: RSeq, the response under way, the queue, a 200 that waits. Never: the INVITE transaction.

use super::{Deal, Phase, Session, Talk, Turn};
use crate::event::{EndedBy, Event, OfferVia};
use crate::extension::RELIABLE;
use crate::header::RAck;
use crate::inspect::Body;
use crate::layer::TxId;
use crate::limits::PROVISIONALS_MAX;
use crate::message::{Message, Name};
use crate::method::Method;
use ids::Moment;
use std::collections::VecDeque;
use std::time::Duration;

/// How often a proxy is told that the call still rings, when each response arrives for sure
/// (RFC 3262 section 3: every two and a half minutes).
const REPEAT_EVERY: Duration = Duration::from_secs(150);

/// The reliable provisional responses to one INVITE.
pub(super) struct Reliable {
    /// Of the INVITE.
    cseq: u32,
    /// RSeq of the last one sent.
    rseq: u32,
    /// The status of the last one sent.
    status: u16,
    waiting: Option<Waiting>,
    queue: VecDeque<(u16, Vec<u8>)>,
    /// The answer of a 200 that must not be sent yet.
    held: Option<Vec<u8>>,
}

/// The one that has no PRACK yet.
struct Waiting {
    resend_at: Moment,
    interval: Duration,
    give_up: Moment,
    sdp: bool,
}

impl Reliable {
    /// `random` chooses the first RSeq, which must lie below 2^31 (section 3).
    pub(super) fn new(cseq: u32, random: u64) -> Reliable {
        let rseq = (random % (1 << 30)) as u32;
        Reliable { cseq, rseq, status: 0, waiting: None, queue: VecDeque::new(), held: None }
    }

    pub(super) fn deadline(&self) -> Moment {
        self.waiting.as_ref().map_or(Moment::NEVER, |w| w.resend_at.min(w.give_up))
    }

    fn acknowledges(&self, rack: RAck) -> bool {
        let same = rack.cseq.number == self.cseq && rack.cseq.method == Method::Invite;
        same && rack.rseq == self.rseq && self.waiting.is_some()
    }
}

impl Session {
    /// Sends a provisional response reliably, or queues it behind the one that has no PRACK yet:
    /// section 3 forbids a second one before the first is acknowledged.
    pub(super) fn progress_reliably(&mut self, turn: &mut Turn<'_>, status: u16, sdp: &[u8]) {
        let Some(reliable) = self.reliable.as_mut().filter(|r| r.held.is_none()) else { return };
        if reliable.waiting.is_none() {
            return self.send_reliably(turn, status, sdp);
        }
        if reliable.queue.len() < PROVISIONALS_MAX {
            reliable.queue.push_back((status, sdp.to_vec()));
        }
    }

    fn send_reliably(&mut self, turn: &mut Turn<'_>, status: u16, sdp: &[u8]) {
        let Phase::Incoming { tx, deal, repeat_at, .. } = &mut self.phase else { return };
        let Some(reliable) = &mut self.reliable else { return };
        // Section 5: one offer and one answer; what comes later in an INVITE's responses is none.
        let (sdp, next) = match (*deal, sdp.is_empty()) {
            (deal, true) => (sdp, deal),
            (Deal::Theirs, false) => (sdp, Deal::Done),
            (Deal::Unmade, false) => (sdp, Deal::Ours),
            (deal @ (Deal::Ours | Deal::Done), false) => (&[][..], deal),
        };
        *deal = next;
        *repeat_at = turn.now + REPEAT_EVERY;
        reliable.rseq += 1;
        reliable.status = status;
        let timers = turn.layer.config.timers;
        reliable.waiting = Some(Waiting {
            resend_at: turn.now + timers.t1,
            interval: timers.t1,
            give_up: turn.now + timers.give_up(),
            sdp: !sdp.is_empty(),
        });
        let (tx, rseq) = (*tx, reliable.rseq);
        turn.respond_sdp(tx, status, &self.dialog, sdp, |writer| {
            writer.field(Name::Require, RELIABLE);
            writer.field(Name::RSeq, rseq);
        });
    }

    /// The last status once more, as a new reliable response.
    pub(super) fn repeat_reliably(&mut self, turn: &mut Turn<'_>) {
        if let Some(status) = self.reliable.as_ref().map(|r| r.status) {
            self.progress_reliably(turn, status, &[]);
        }
    }

    /// Keeps a 200 back. Section 3: it must not be sent while a reliable response with SDP has no
    /// PRACK; nor do we send it while an offer of the early dialog is under way.
    pub(super) fn holds_answer(&mut self, sdp: &[u8]) -> bool {
        let idle = matches!(self.talk, Talk::Idle);
        let Some(reliable) = &mut self.reliable else { return false };
        let hold = !idle || reliable.waiting.as_ref().is_some_and(|w| w.sdp);
        if hold {
            reliable.held = Some(sdp.to_vec());
            reliable.queue.clear();
        }
        hold
    }

    /// Sends what waited: the next provisional response, or the 200.
    pub(super) fn release(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.phase, Phase::Incoming { .. }) {
            return;
        }
        let Some(reliable) = self.reliable.as_mut().filter(|r| r.waiting.is_none()) else { return };
        if let Some((status, sdp)) = reliable.queue.pop_front() {
            return self.send_reliably(turn, status, &sdp);
        }
        if !matches!(self.talk, Talk::Idle) {
            return;
        }
        if let Some(sdp) = reliable.held.take() {
            self.accept(turn, &sdp);
        }
    }

    pub(super) fn peer_prack(
        &mut self,
        turn: &mut Turn<'_>,
        message: &Message<'_>,
        cseq: u32,
        tx: TxId,
    ) {
        let Some(rack) = message.header(Name::RAck).and_then(RAck::parse) else {
            return turn.refuse(tx, 400);
        };
        // Section 3: one that matches no unacknowledged response gets 481, any other a 2xx.
        let Some(reliable) = self.reliable.as_mut().filter(|r| r.acknowledges(rack)) else {
            return turn.refuse(tx, 481);
        };
        let carried = reliable.waiting.take().is_some_and(|w| w.sdp);
        let sdp = Body::of(message).sdp();
        let session = self.id;
        let deal = match &mut self.phase {
            Phase::Incoming { deal, .. } => deal,
            // The 200 went out before: nothing is left to say.
            _ => return turn.refuse(tx, 200),
        };
        match (*deal, sdp) {
            (Deal::Done, Some(sdp)) if matches!(self.talk, Talk::Idle) => {
                let via = OfferVia::Prack;
                self.talk = Talk::In { tx, cseq, via, offered: true };
                turn.events.push_back(Event::Offer { session, sdp, via });
            }
            (Deal::Ours, answer) if carried => {
                *deal = Deal::Done;
                turn.refuse(tx, 200);
                turn.events.push_back(match answer {
                    Some(sdp) => Event::OfferAnswered { session, sdp },
                    // Section 5 demands the answer here; without it there is none.
                    None => Event::OfferFailed { session, status: 488 },
                });
            }
            (Deal::Ours | Deal::Theirs | Deal::Unmade | Deal::Done, _) => turn.refuse(tx, 200),
        }
        self.release(turn);
    }

    pub(super) fn reliable_timer(&mut self, turn: &mut Turn<'_>) {
        let Phase::Incoming { tx, .. } = self.phase else { return };
        let Some(waiting) = self.reliable.as_mut().and_then(|r| r.waiting.as_mut()) else { return };
        if waiting.give_up <= turn.now {
            // Section 3: no PRACK in 64*T1: the INVITE is refused with a 5xx.
            turn.refuse(tx, 504);
            self.close_talk(turn);
            self.phase = Phase::Over;
            return self.ended(turn, EndedBy::TimedOut, None);
        }
        if waiting.resend_at <= turn.now {
            waiting.interval *= 2;
            waiting.resend_at = turn.now + waiting.interval;
            turn.layer.repeat(tx);
        }
    }
}
