//! An INVITE session (RFC 3261 sections 12 to 15): one dialog of ours from the first INVITE to the BYE.
//!
//! ```text
//!   Incoming --answer--> Up (ACK due) --ACK--> Up --BYE--> Leaving --its answer--> Over
//!   Outgoing --2xx--> [NeedAnswer --answer-->] Up
//!   Incoming --refuse, CANCEL--> Over        Outgoing --3xx-6xx, silence--> Over
//! ```
//!
//! While it is up there is one offer at a time ([`Talk`]); who comes second gets 491 or 500.
//!
//! Owns: the phase, the offer under way, retransmission of our 2xx, the ACK kept for the peer's.
//! Never: the content of an SDP; a transaction's timers; a second last event.

mod authorizing;
mod early;
mod ending;
mod incoming;
mod interval;
mod outgoing;
mod reliable;
mod renegotiation;
mod transfer;
mod turn;

use crate::agenda::Alarm;
use crate::dialog::{Begun, Dialog};
use crate::event::{EndedBy, Event, OfferVia};
use crate::header::Cause;
use crate::inspect;
use crate::layer::{Purpose, Report, TxId, Wake, What};
use crate::message::{Message, Name};
use crate::method::Method;
use crate::path::Path;
use ids::{Moment, SessionId};
use std::time::Duration;

pub(crate) use incoming::{Opening, open};
pub(crate) use interval::too_small;
pub(crate) use outgoing::start;
pub(crate) use turn::Turn;

pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) dialog: Dialog,
    phase: Phase,
    talk: Talk,
    /// An offer of ours that waits: for its turn, or after glare to be made again.
    retry: Option<Box<Retry>>,
    /// The ACK we sent last, while the peer may still repeat its 2xx.
    last_ack: Option<Box<SentAck>>,
    /// The last event is out.
    told: bool,
    /// Other branches of our INVITE that answered too.
    forks: Vec<early::Fork>,
    /// Our reliable provisional responses, until the ACK.
    reliable: Option<Box<reliable::Reliable>>,
    /// REFER in both directions, made with the first.
    transfers: Option<Box<transfer::Transfers>>,
    /// The session whose place this one takes once it is answered (RFC 3891).
    pub(crate) replaces: Option<SessionId>,
    /// The session timer.
    interval: interval::Interval,
    pub(crate) alarm: Alarm,
}

enum Phase {
    /// Their INVITE waits for our answer. `repeat_at`: a proxy gives up after three minutes
    /// without a provisional response, so the last one is repeated every minute (section 13.3.1.1).
    Incoming {
        tx: TxId,
        cseq: u32,
        deal: Deal,
        repeat_at: Moment,
    },
    /// Our INVITE waits for theirs.
    Outgoing {
        tx: TxId,
        cseq: u32,
        offered: bool,
        heard: bool,
        cancel: Cancel,
        early: Box<early::Early>,
    },
    /// Their 200 carried the offer; our ACK will carry the answer.
    NeedAnswer {
        tx: TxId,
        cseq: u32,
    },
    Up,
    /// The last event is out; `bye` is sent as soon as it may be, or is under way.
    Leaving {
        bye: Bye,
    },
    Over,
}

/// How far the offer and the answer of an INVITE itself are (RFC 3261 section 13.2.1, RFC 3262
/// section 5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deal {
    /// The INVITE had no offer; the called side will make one.
    Unmade,
    /// The peer's offer waits for our answer.
    Theirs,
    /// Our offer waits for the peer's answer.
    Ours,
    /// Both are made, reliably: new offers may follow.
    Done,
}

impl Deal {
    const fn of_ours(offered: bool) -> Deal {
        if offered { Deal::Ours } else { Deal::Unmade }
    }

    const fn of_theirs(offered: bool) -> Deal {
        if offered { Deal::Theirs } else { Deal::Unmade }
    }
}

/// Whether our INVITE is to be cancelled (section 9.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cancel {
    No,
    /// As soon as a provisional response allows it.
    Wanted,
    /// Sent; without a final response until then the INVITE counts as cancelled.
    Sent {
        give_up: Moment,
    },
}

/// The BYE of a session that is over for the exchange.
enum Bye {
    /// The called side must not send it before the ACK (section 15).
    AfterAck(Option<Cause>),
    UnderWay,
}

/// The offer/answer exchange under way while the session is up.
enum Talk {
    Idle,
    /// Our 2xx waits for its ACK.
    AckDue(Box<Unacked>),
    /// Their re-INVITE or UPDATE waits for the exchange; `offered` is false when we are to offer.
    In {
        tx: TxId,
        cseq: u32,
        via: OfferVia,
        offered: bool,
    },
    /// Our re-INVITE or UPDATE waits for them. The offer is kept to make it again after glare.
    Out {
        tx: TxId,
        cseq: u32,
        via: OfferVia,
        sdp: Vec<u8>,
        tries: u8,
    },
}

/// Our 2xx to an INVITE, repeated until the ACK comes (section 13.3.1.4).
struct Unacked {
    cseq: u32,
    path: Path,
    bytes: Vec<u8>,
    resend_at: Moment,
    interval: Duration,
    give_up: Moment,
    /// The one that makes the session.
    initial: bool,
    /// It carries our offer; the ACK carries the answer.
    ours: bool,
}

struct SentAck {
    tx: TxId,
    path: Path,
    bytes: Vec<u8>,
}

struct Retry {
    at: Moment,
    via: OfferVia,
    sdp: Vec<u8>,
    tries: u8,
}

impl Session {
    fn new(id: SessionId, dialog: Dialog, phase: Phase) -> Session {
        Session {
            id,
            dialog,
            phase,
            talk: Talk::Idle,
            retry: None,
            last_ack: None,
            told: false,
            forks: Vec::new(),
            reliable: None,
            transfers: None,
            replaces: None,
            interval: interval::Interval::default(),
            alarm: Alarm::default(),
        }
    }

    /// True when a request with this Call-ID and From-tag is of this session.
    pub(crate) fn owns(&self, call_id: &[u8], tag: Option<&[u8]>) -> bool {
        let branch = match &self.phase {
            Phase::Outgoing { early, .. } => early.knows(tag) && *self.dialog.call_id == *call_id,
            Phase::Incoming { .. } | Phase::NeedAnswer { .. } | Phase::Up => false,
            Phase::Leaving { .. } | Phase::Over => false,
        };
        branch || self.dialog.owns(call_id, tag)
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// The session that this one has just taken the place of.
    pub(crate) fn take_replaced(&mut self) -> Option<SessionId> {
        if matches!(self.phase, Phase::Up) { self.replaces.take() } else { None }
    }

    /// Whether a call may take its place: else how that call is refused (RFC 3891 section 3).
    pub(crate) fn replaceable(&self, early_only: bool) -> Result<(), u16> {
        match self.phase {
            Phase::Up if early_only => Err(486),
            Phase::Up | Phase::Outgoing { .. } | Phase::NeedAnswer { .. } => Ok(()),
            // Only an early dialog that we began ourselves may be replaced.
            Phase::Incoming { .. } => Err(481),
            Phase::Leaving { .. } | Phase::Over => Err(603),
        }
    }

    /// When it wants to be woken.
    pub(crate) fn deadline(&self) -> Moment {
        let phase = match &self.phase {
            Phase::Incoming { repeat_at, .. } => {
                self.reliable.as_ref().map_or(Moment::NEVER, |r| r.deadline()).min(*repeat_at)
            }
            Phase::Outgoing { cancel: Cancel::Sent { give_up }, .. } => *give_up,
            Phase::Outgoing { .. } | Phase::NeedAnswer { .. } => Moment::NEVER,
            Phase::Up => {
                let transfers = self.transfers.as_ref().map_or(Moment::NEVER, |t| t.deadline());
                self.interval.deadline().min(transfers)
            }
            Phase::Leaving { .. } | Phase::Over => Moment::NEVER,
        };
        let talk = match &self.talk {
            Talk::AckDue(unacked) => unacked.resend_at.min(unacked.give_up),
            // An offer that waits is made once nothing else is under way.
            Talk::Idle => self.retry.as_ref().map_or(Moment::NEVER, |r| r.at),
            Talk::In { .. } | Talk::Out { .. } => Moment::NEVER,
        };
        phase.min(talk)
    }

    pub(crate) fn handle_timeout(&mut self, turn: &mut Turn<'_>) {
        self.reliable_timer(turn);
        self.incoming_timer(turn);
        self.outgoing_timer(turn);
        self.ack_timer(turn);
        self.retry_timer(turn);
        self.interval_timer(turn);
        self.transfer_timer(turn);
    }

    /// A new request within the dialog; its transaction is open.
    pub(crate) fn handle_request(
        &mut self,
        turn: &mut Turn<'_>,
        message: &Message<'_>,
        method: Method,
        cseq: u32,
        tx: TxId,
    ) {
        turn.layer.give(tx, self.id);
        if !self.dialog.in_order(cseq) {
            return turn.refuse(tx, 500);
        }
        if let Phase::Leaving { bye } = &self.phase {
            // Both sides may hang up at once; theirs is right too, and makes ours needless.
            let both = method == Method::Bye;
            if both && matches!(bye, Bye::AfterAck(_)) {
                self.phase = Phase::Over;
            }
            return turn.refuse(tx, if both { 200 } else { 481 });
        }
        match method {
            Method::Bye => self.peer_bye(turn, message, tx),
            Method::Invite => self.peer_reinvite(turn, message, cseq, tx),
            Method::Update => self.peer_update(turn, message, cseq, tx),
            Method::Info => self.peer_info(turn, message, tx),
            Method::Prack => self.peer_prack(turn, message, cseq, tx),
            Method::Refer => self.peer_refer(turn, message, cseq, tx),
            Method::Notify => self.peer_notify(turn, message, tx),
            Method::Options => turn.capabilities(tx, 200),
            Method::Ack | Method::Cancel | Method::Register | Method::Other => {
                turn.refuse(tx, 405);
            }
        }
    }

    /// A response to a request of ours, or news of its transaction.
    pub(crate) fn handle_report(
        &mut self,
        turn: &mut Turn<'_>,
        report: Report,
        response: Option<(&Message<'_>, u16)>,
    ) {
        if report.what == What::Gone {
            return self.transaction_gone(report.tx);
        }
        let (status, message) = match (report.what, response) {
            (What::Message, Some((message, status))) => (status, Some(message)),
            // RFC 3261 section 8.1.3.1: silence counts as 408, a failed path as 503.
            (What::Unreachable, _) => (503, None),
            (What::TimedOut | What::Gone | What::Message, _) => (408, None),
        };
        if self.authorize(turn, report, response) {
            return;
        }
        match report.purpose {
            Some(Purpose::Invite) => self.invite_answered(turn, report.tx, status, message),
            Some(Purpose::Reinvite) => self.reinvite_answered(turn, report.tx, status, message),
            Some(Purpose::Update) => self.update_answered(turn, report.tx, status, message),
            Some(Purpose::Refer) => self.refer_answered(turn, status, message),
            Some(Purpose::Notify) => self.notify_answered(status),
            Some(Purpose::Refresh) => self.refresh_answered(turn, status, message),
            Some(Purpose::Info) if status >= 200 => {
                self.dialog_lost(turn, status, message.is_none());
            }
            Some(Purpose::Bye) if status >= 200 => self.phase = Phase::Over,
            Some(Purpose::Info | Purpose::Prack | Purpose::Bye | Purpose::Cancel) => {}
            // Those belong to no session.
            Some(Purpose::Options | Purpose::Register) => {}
            None => self.server_failed(turn, report),
        }
    }

    /// Hangs up, whatever the phase.
    pub(crate) fn bye(&mut self, turn: &mut Turn<'_>, cause: Option<Cause>) {
        match &self.phase {
            Phase::Incoming { .. } => self.refuse(turn, &crate::event::Refusal::new(480)),
            Phase::Outgoing { .. } => self.cancel(turn),
            Phase::NeedAnswer { tx, cseq } => {
                let (tx, cseq) = (*tx, *cseq);
                self.send_ack(turn, tx, cseq, None);
                self.leave(turn, cause, EndedBy::Local);
            }
            Phase::Up => self.leave(turn, cause, EndedBy::Local),
            Phase::Leaving { .. } | Phase::Over => {}
        }
    }

    /// Sends INFO; its answer matters only when it says that the dialog is gone.
    pub(crate) fn info(&mut self, turn: &mut Turn<'_>, content_type: &str, body: &[u8]) {
        if matches!(self.phase, Phase::Up) {
            let begun = self.dialog.begin(turn.layer, Method::Info, None);
            self.request(turn, begun, Purpose::Info, content_type, body);
        }
    }

    /// A message of the dialog came by `path`. A peer without a proxy between is reached where it
    /// was heard last: its NAT or its connection may have changed.
    pub(crate) fn heard(&mut self, turn: &mut Turn<'_>, path: Path, request: bool) {
        let old = self.dialog.path;
        let follow = if request { self.dialog.is_direct() } else { old.remote == path.remote };
        if path != old && follow && path.transport == old.transport {
            turn.layer.leave(old.connection, Wake::Session(self.id));
            turn.layer.enter(path.connection, Wake::Session(self.id));
            self.dialog.path = path;
        }
    }

    /// The connection of this session is closed: the next request goes to the target by itself.
    pub(crate) fn connection_closed(&mut self) {
        self.dialog.path.connection = None;
    }

    fn transaction_gone(&mut self, tx: TxId) {
        if self.last_ack.as_ref().is_some_and(|ack| ack.tx == tx) {
            self.last_ack = None;
        }
        self.forget_forks(tx);
    }

    // ---- requests of ours ----

    fn request(
        &mut self,
        turn: &mut Turn<'_>,
        begun: Begun,
        purpose: Purpose,
        content_type: &str,
        body: &[u8],
    ) -> TxId {
        let Begun { mut writer, path, branch, .. } = begun;
        let dialog_free = matches!(purpose, Purpose::Bye | Purpose::Info | Purpose::Prack);
        let contact = (!dialog_free).then(|| self.dialog.contact(turn.layer, path));
        turn.about_us(&mut writer, contact);
        let bytes = writer.body(content_type, body);
        turn.layer.request(turn.now, path, branch, purpose, self.id, bytes)
    }

    fn peer_info(&mut self, turn: &mut Turn<'_>, message: &Message<'_>, tx: TxId) {
        if message.header(Name::InfoPackage).is_some() {
            // RFC 6086 section 4.2.2: we asked for no package; Recv-Info says so.
            return turn.layer.respond(turn.now, tx, 469, None, |_, mut writer| {
                writer.named("Recv-Info", "");
                writer.end()
            });
        }
        turn.refuse(tx, 200);
        let content_type = message.header(Name::ContentType).map(inspect::media_type);
        turn.events.push_back(Event::Info {
            session: self.id,
            content_type: content_type.unwrap_or_default(),
            body: message.body().to_vec(),
        });
    }
}
