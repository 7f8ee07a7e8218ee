//! Transfers within a session: REFER and the NOTIFYs that tell how it goes (RFC 3515, RFC 4488).
//!
//! ```text
//!   theirs   REFER --> Asked --accept--> 202, NOTIFY 100 --> Reporting --notify--> NOTIFY 180, 200
//!                        '--refuse--> 603                        '--REPORT_S--> NOTIFY, terminated
//!   ours     refer --> Asked --202--> Watching --NOTIFY 200, terminated--> ReferDone
//!                        '--3xx-6xx--> ReferDone   '--REPORT_S--> ReferDone 408
//! ```
//!
//! Owns: one REFER of each side at a time, the subscription that it makes, its end.
//! Never: the call that a REFER asks for; whether the peer may ask for it.

use super::{Phase, Session, Turn};
use crate::event::{Event, Referral};
use crate::extension::NO_SUBSCRIPTION;
use crate::header::{Params, values};
use crate::inspect::media_type;
use crate::layer::{Purpose, TxId};
use crate::limits::REFER_REPORT_S;
use crate::message::{Message, Name};
use crate::method::Method;
use crate::name_addr::NameAddr;
use crate::parse::{number, trim};
use crate::print::reason_phrase;
use crate::replaces::Replaces;
use crate::uri::Scheme;
use ids::Moment;
use std::time::Duration;

/// What one session knows of its transfers; made with the first.
#[derive(Default)]
pub(super) struct Transfers {
    theirs: Option<Theirs>,
    ours: Option<Ours>,
    /// A REFER came before: the next subscription says which it is (RFC 3515 section 2.4.6).
    several: bool,
}

/// The peer asks us to call somebody.
#[derive(Clone, Copy)]
enum Theirs {
    /// The exchange has not decided; `quiet`: no NOTIFY is wanted (RFC 4488).
    Asked {
        tx: TxId,
        number: u32,
        quiet: bool,
    },
    Reporting {
        id: Option<u32>,
        over_at: Moment,
    },
}

/// We ask the peer to call somebody. `number` is the CSeq of our REFER.
#[derive(Clone, Copy)]
enum Ours {
    Asked { number: u32, done: bool },
    Watching { number: u32, done: bool, over_at: Moment },
}

impl Ours {
    const fn number(self) -> u32 {
        match self {
            Ours::Asked { number, .. } | Ours::Watching { number, .. } => number,
        }
    }

    const fn done(self) -> bool {
        match self {
            Ours::Asked { done, .. } | Ours::Watching { done, .. } => done,
        }
    }
}

impl Transfers {
    pub(super) fn deadline(&self) -> Moment {
        let theirs = match self.theirs {
            Some(Theirs::Reporting { over_at, .. }) => over_at,
            Some(Theirs::Asked { .. }) | None => Moment::NEVER,
        };
        match self.ours {
            Some(Ours::Watching { over_at, .. }) => theirs.min(over_at),
            Some(Ours::Asked { .. }) | None => theirs,
        }
    }

    /// The REFER of the peer that nobody has answered.
    pub(super) fn unanswered(&mut self) -> Option<TxId> {
        match self.theirs.take()? {
            Theirs::Asked { tx, .. } => Some(tx),
            Theirs::Reporting { .. } => None,
        }
    }
}

fn over_at(turn: &Turn<'_>) -> Moment {
    turn.now + Duration::from_secs(REFER_REPORT_S.into())
}

/// Reads a REFER, or says how it is refused (RFC 3515 section 2.4.2).
fn read(message: &Message<'_>) -> Result<Referral, u16> {
    let mut all = message.all(Name::ReferTo).flat_map(values);
    let (Some(value), None) = (all.next(), all.next()) else { return Err(400) };
    let to = NameAddr::parse(value).ok_or(400_u16)?;
    if to.uri.scheme() == Scheme::Other {
        return Err(416);
    }
    // Only calls are made; a REFER for another method is not for us.
    if to.uri.param("method").is_some_and(|m| m != Method::Invite.as_str()) {
        return Err(403);
    }
    let replaces = match to.uri.header("Replaces") {
        Some(text) => Some(Replaces::parse(text.as_bytes()).ok_or(400_u16)?),
        None => None,
    };
    let by = message.header(Name::ReferredBy).and_then(NameAddr::parse);
    let quiet = message.header(Name::ReferSub).is_some_and(|v| v.eq_ignore_ascii_case(b"false"));
    let to = NameAddr { display: to.display, uri: to.uri.bare() };
    Ok(Referral { to, replaces, by, report: !quiet })
}

impl Session {
    // ---- theirs ----

    pub(super) fn peer_refer(
        &mut self,
        turn: &mut Turn<'_>,
        message: &Message<'_>,
        number: u32,
        tx: TxId,
    ) {
        if !matches!(self.phase, Phase::Up) {
            return turn.refuse(tx, 403);
        }
        let referral = match read(message) {
            Ok(referral) => referral,
            Err(status) => return turn.refuse(tx, status),
        };
        let transfers = self.transfers.get_or_insert_default();
        if transfers.theirs.is_some() {
            return turn.refuse(tx, 491);
        }
        transfers.theirs = Some(Theirs::Asked { tx, number, quiet: !referral.report });
        turn.events.push_back(Event::Refer { session: self.id, refer: Box::new(referral) });
    }

    /// Takes on the transfer; a NOTIFY follows at once (RFC 3515 section 2.4.4).
    pub(crate) fn accept_refer(&mut self, turn: &mut Turn<'_>) {
        let Some(transfers) = &mut self.transfers else { return };
        let Some(Theirs::Asked { tx, number, quiet }) = transfers.theirs else { return };
        let id = transfers.several.then_some(number);
        transfers.several = true;
        transfers.theirs = (!quiet).then_some(Theirs::Reporting { id, over_at: over_at(turn) });
        turn.respond_sdp(tx, 202, &self.dialog, &[], |writer| {
            if quiet {
                writer.field(Name::ReferSub, "false");
            }
        });
        if !quiet {
            self.send_notify(turn, id, 100, "active");
        }
    }

    pub(crate) fn refuse_refer(&mut self, turn: &mut Turn<'_>, status: u16, reason: Option<&str>) {
        let Some(transfers) = &mut self.transfers else { return };
        let Some(Theirs::Asked { tx, .. }) = transfers.theirs else { return };
        transfers.theirs = None;
        let status = if (300..700).contains(&status) { status } else { 603 };
        turn.layer.respond(turn.now, tx, status, reason, |_, writer| writer.end());
    }

    /// Tells the peer how the call that it asked for goes; 200 and above ends the subscription.
    pub(crate) fn notify_refer(&mut self, turn: &mut Turn<'_>, status: u16) {
        let Some(transfers) = &mut self.transfers else { return };
        let Some(Theirs::Reporting { id, .. }) = transfers.theirs else { return };
        let status = status.clamp(100, 699);
        if status >= 200 {
            transfers.theirs = None;
            return self.send_notify(turn, id, status, "terminated;reason=noresource");
        }
        self.send_notify(turn, id, status, "active");
    }

    fn send_notify(&mut self, turn: &mut Turn<'_>, id: Option<u32>, status: u16, state: &str) {
        if !matches!(self.phase, Phase::Up) {
            return;
        }
        let mut begun = self.dialog.begin(turn.layer, Method::Notify, None);
        let writer = &mut begun.writer;
        match id {
            Some(id) => writer.field(Name::Event, format_args!("refer;id={id}")),
            None => writer.field(Name::Event, "refer"),
        }
        match state {
            "active" => writer
                .field(Name::SubscriptionState, format_args!("active;expires={REFER_REPORT_S}")),
            ended => writer.field(Name::SubscriptionState, ended),
        }
        let body = format!("SIP/2.0 {status} {}\r\n", reason_phrase(status));
        let kind = "message/sipfrag;version=2.0";
        self.request(turn, begun, Purpose::Notify, kind, body.as_bytes());
    }

    /// RFC 6665 section 4.2.2: who answers 481 has no such subscription; the call is another matter.
    pub(super) fn notify_answered(&mut self, status: u16) {
        if let (Some(transfers), 300..) = (&mut self.transfers, status)
            && matches!(transfers.theirs, Some(Theirs::Reporting { .. }))
        {
            transfers.theirs = None;
        }
    }

    // ---- ours ----

    /// Asks the peer to call somebody.
    pub(crate) fn refer(&mut self, turn: &mut Turn<'_>, referral: &Referral) {
        let session = self.id;
        let busy = self.transfers.as_ref().is_some_and(|t| t.ours.is_some());
        if busy || !matches!(self.phase, Phase::Up) {
            if !self.told {
                turn.events.push_back(Event::ReferDone { session, status: 491 });
            }
            return;
        }
        let mut begun = self.dialog.begin(turn.layer, Method::Refer, None);
        let writer = &mut begun.writer;
        let to = NameAddr {
            display: referral.to.display.clone(),
            uri: match &referral.replaces {
                Some(replaces) => referral.to.uri.with_header("Replaces", &replaces.to_string()),
                None => referral.to.uri.clone(),
            },
        };
        writer.field(Name::ReferTo, to);
        if let Some(by) = &referral.by {
            writer.field(Name::ReferredBy, by);
        }
        if !referral.report {
            // RFC 4488 section 4; the peer says in its 2xx whether it agrees.
            writer.field(Name::ReferSub, "false");
            writer.named("Supported", NO_SUBSCRIPTION);
        }
        let ours = Ours::Asked { number: begun.cseq, done: false };
        self.transfers.get_or_insert_default().ours = Some(ours);
        self.request(turn, begun, Purpose::Refer, "", &[]);
    }

    pub(super) fn refer_answered(
        &mut self,
        turn: &mut Turn<'_>,
        status: u16,
        message: Option<&Message<'_>>,
    ) {
        let session = self.id;
        let Some(transfers) = &mut self.transfers else { return };
        let Some(Ours::Asked { number, done }) = transfers.ours else { return };
        let quiet = message.and_then(|m| m.header(Name::ReferSub));
        let quiet = quiet.is_some_and(|v| v.eq_ignore_ascii_case(b"false"));
        match status {
            ..200 => {}
            200..300 if !quiet => {
                transfers.ours = Some(Ours::Watching { number, done, over_at: over_at(turn) });
            }
            _ => {
                transfers.ours = None;
                if !done {
                    turn.events.push_back(Event::ReferDone { session, status });
                }
                self.dialog_lost(turn, status, message.is_none());
            }
        }
    }

    pub(super) fn peer_notify(&mut self, turn: &mut Turn<'_>, message: &Message<'_>, tx: TxId) {
        let event = message.header(Name::Event).unwrap_or_default();
        let semi = event.iter().position(|&b| b == b';').unwrap_or(event.len());
        if trim(&event[..semi]) != b"refer" {
            // RFC 6665 section 8.3.2: no other package is known here.
            return turn.refuse(tx, 489);
        }
        let id = Params(&event[semi..]).value("id").and_then(number);
        let ours = self.transfers.as_ref().and_then(|t| t.ours);
        let ours = ours.filter(|o| id.is_none_or(|id| id == u64::from(o.number())));
        let Some(ours) = ours else { return turn.refuse(tx, 481) };
        let kind = message.header(Name::ContentType).map(media_type).unwrap_or_default();
        let status = match (message.body().is_empty(), kind.as_str()) {
            (true, _) => None,
            (false, "message/sipfrag") => match fragment(message.body()) {
                Some(status) => Some(status),
                None => return turn.refuse(tx, 400),
            },
            (false, _) => {
                return turn.layer.respond(turn.now, tx, 415, None, |_, mut writer| {
                    writer.named("Accept", "message/sipfrag");
                    writer.end()
                });
            }
        };
        turn.refuse(tx, 200);
        self.told_by_notify(turn, ours, status, message);
    }

    fn told_by_notify(
        &mut self,
        turn: &mut Turn<'_>,
        ours: Ours,
        status: Option<u16>,
        message: &Message<'_>,
    ) {
        let (session, number) = (self.id, ours.number());
        let state = message.header(Name::SubscriptionState).unwrap_or_default();
        let terminated = state.len() >= 10 && state[..10].eq_ignore_ascii_case(b"terminated");
        let last = status.filter(|&s| s >= 200);
        let tell = match (last, terminated) {
            (Some(status), _) => Some(Event::ReferDone { session, status }),
            // It ended without a word about the outcome.
            (None, true) => Some(Event::ReferDone { session, status: 408 }),
            (None, false) => status.map(|status| Event::ReferProgress { session, status }),
        };
        turn.events.extend(tell.filter(|_| !ours.done()));
        let done = ours.done() || last.is_some();
        let next = match ours {
            Ours::Asked { .. } => Ours::Asked { number, done },
            Ours::Watching { over_at, .. } => Ours::Watching { number, done, over_at },
        };
        if let Some(transfers) = &mut self.transfers {
            transfers.ours = (!terminated).then_some(next);
        }
    }

    pub(super) fn transfer_timer(&mut self, turn: &mut Turn<'_>) {
        let Some(transfers) = &mut self.transfers else { return };
        if let Some(Ours::Watching { over_at, done, .. }) = transfers.ours
            && over_at <= turn.now
        {
            transfers.ours = None;
            if !done {
                turn.events.push_back(Event::ReferDone { session: self.id, status: 408 });
            }
        }
        let Some(Theirs::Reporting { id, over_at }) = transfers.theirs else { return };
        if over_at <= turn.now {
            transfers.theirs = None;
            self.send_notify(turn, id, 408, "terminated;reason=timeout");
        }
    }
}

/// The status of a `message/sipfrag` body: its first line (RFC 3515 section 2.4.5).
fn fragment(body: &[u8]) -> Option<u16> {
    let line = body.split(|&b| b == b'\r' || b == b'\n').next()?;
    let status = line.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    number(status).filter(|n| (100..700).contains(n)).map(|n| n as u16)
}
