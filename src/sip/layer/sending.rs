//! The client side: requests of ours, and what comes back (RFC 3261 section 17.1).

use super::{Challenged, Layer, Machine, Purpose, Report, Tx, TxId, TxName};
use crate::dice::branch_number;
use crate::header::{CSeq, values};
use crate::inspect::top_via;
use crate::message::{Message, Name, Start};
use crate::method::Method;
use crate::path::{Path, Transport};
use crate::print::Writer;
use crate::transaction::{
    Act, Class, Send, client, client::Client, invite_client, invite_client::InviteClient,
};
use ids::{Moment, SessionId};

impl Layer {
    /// Sends a request and watches over it.
    pub(crate) fn request(
        &mut self,
        now: Moment,
        path: Path,
        branch: u64,
        purpose: Purpose,
        session: SessionId,
        mut bytes: Vec<u8>,
    ) -> TxId {
        // A CANCEL takes the way of its INVITE.
        let meant = path;
        let path = match purpose {
            Purpose::Cancel => path,
            _ => self.way_of(now, path, &mut bytes),
        };
        let (timers, reliable) = (self.config.timers, path.transport.is_reliable());
        let machine = match purpose {
            Purpose::Invite | Purpose::Reinvite => {
                Machine::InviteClient(InviteClient::new(now, &timers, reliable))
            }
            Purpose::Update
            | Purpose::Info
            | Purpose::Prack
            | Purpose::Refresh
            | Purpose::Refer
            | Purpose::Notify
            | Purpose::Bye
            | Purpose::Cancel
            | Purpose::Options
            | Purpose::Register => Machine::Client(Client::new(now, &timers, reliable)),
        };
        let name = (branch, purpose.method());
        let tx = self.open(machine, path, TxName::Client(name.0, name.1));
        self.clients.insert(name, tx);
        if let Some(entry) = self.txs.get_mut(&tx) {
            entry.owner = Some((session, Some(purpose)));
            entry.meant = (meant != path).then_some(meant);
            entry.kept.clone_from(&bytes);
        }
        self.send(path, bytes);
        self.wake_tx(tx);
        tx
    }

    /// Sends a request other than INVITE whose outcome interests nobody.
    pub(crate) fn request_apart(&mut self, now: Moment, path: Path, branch: u64, bytes: Vec<u8>) {
        let tx = self.request(now, path, branch, Purpose::Bye, SessionId(u64::MAX), bytes);
        if let Some(entry) = self.txs.get_mut(&tx) {
            entry.owner = None;
        }
    }

    /// Sends the ACK to a 2xx; returns the way it took. One that is too large for a datagram goes by
    /// TCP where its INVITE did (RFC 3261 section 18.1.1): an ACK has no transaction that would notice
    /// that nobody listens there.
    pub(crate) fn send_ack(
        &mut self,
        now: Moment,
        invite: TxId,
        path: Path,
        bytes: &mut [u8],
    ) -> Path {
        let switched = |tx: &Tx| tx.meant.is_some() && tx.path.transport == Transport::Tcp;
        let path = match self.txs.get(&invite).is_some_and(switched) {
            true => self.way_of(now, path, bytes),
            false => path,
        };
        self.send(path, bytes.to_vec());
        path
    }

    /// Gives a response to its transaction. One that belongs to none is dropped
    /// (RFC 3261 section 18.1.2), and so is one that still has a second Via (section 8.1.3.3).
    pub(crate) fn response(
        &mut self,
        now: Moment,
        response: &Message<'_>,
        status: u16,
    ) -> Option<Report> {
        let timers = self.config.timers;
        let via = top_via(response)?;
        if response.fault().is_some() || response.all(Name::Via).flat_map(values).nth(1).is_some() {
            return None;
        }
        let method = CSeq::parse(response.header(Name::CSeq)?)?.method;
        let name = (branch_number(via.branch()?)?, method);
        let tx = *self.clients.get(&name)?;
        let entry = self.txs.get_mut(&tx)?;
        let class = Class::of(status);
        let act = match &mut entry.machine {
            Machine::InviteClient(m) => {
                m.handle(now, &timers, invite_client::Input::Response(class))
            }
            Machine::Client(m) => m.handle(now, &timers, client::Input::Response(class)),
            Machine::InviteServer(_) | Machine::Server(_) => Act::NONE,
        };
        if act.send == Send::Ack && entry.ack.is_empty() {
            entry.ack = ack_of(&entry.kept, response);
        }
        if class == Class::Success {
            entry.kept = Vec::new();
        }
        self.challenged = matches!(status, 401 | 407 | 422)
            .then(|| Challenged { path: entry.path, bytes: entry.kept.clone() });
        self.perform(tx, act)
    }

    /// The request that was just challenged, or refused for its session interval.
    pub(crate) fn take_challenged(&mut self) -> Option<Challenged> {
        self.challenged.take()
    }

    /// The CANCEL of an INVITE of ours (RFC 3261 section 9.1): same branch, same hop.
    pub(crate) fn cancel(&mut self, now: Moment, invite: TxId, session: SessionId) {
        let Some(entry) = self.txs.get(&invite) else { return };
        let TxName::Client(branch, Method::Invite) = entry.name else { return };
        let Ok(message) = Message::parse(&entry.kept) else { return };
        let (path, bytes) = (entry.path, sibling(&message, "CANCEL", None));
        self.request(now, path, branch, Purpose::Cancel, session, bytes);
    }

    /// The user of an INVITE of ours is gone; the transaction still acknowledges what may come.
    pub(crate) fn abandon(&mut self, now: Moment, tx: TxId) {
        let timers = self.config.timers;
        if let Some(Tx { machine: Machine::InviteClient(m), .. }) = self.txs.get_mut(&tx) {
            m.abandon(now, &timers);
        }
        self.wake_tx(tx);
    }
}

/// The ACK to a final response other than 2xx (RFC 3261 section 17.1.1.3).
fn ack_of(invite: &[u8], response: &Message<'_>) -> Vec<u8> {
    match Message::parse(invite) {
        Ok(invite) => sibling(&invite, "ACK", response.header(Name::To)),
        Err(_) => Vec::new(),
    }
}

/// A request that repeats Request-URI, Via, Route, From, Call-ID and CSeq number of an INVITE of ours.
fn sibling(invite: &Message<'_>, method: &str, to: Option<&[u8]>) -> Vec<u8> {
    let Start::Request { uri, .. } = invite.start() else { return Vec::new() };
    let mut writer = Writer::request(method, &String::from_utf8_lossy(uri));
    for name in [Name::Via, Name::MaxForwards, Name::Route, Name::From] {
        for value in invite.all(name) {
            writer.bytes(name, value);
        }
    }
    // RFC 3261 section 22.1: the ACK repeats what the INVITE proved; a CANCEL proves nothing.
    for name in [Name::Authorization, Name::ProxyAuthorization] {
        for value in invite.all(name).filter(|_| method == "ACK") {
            writer.bytes(name, value);
        }
    }
    writer.bytes(Name::To, to.or(invite.header(Name::To)).unwrap_or_default());
    writer.bytes(Name::CallId, invite.header(Name::CallId).unwrap_or_default());
    let number = invite.header(Name::CSeq).and_then(CSeq::parse).map_or(0, |c| c.number);
    writer.field(Name::CSeq, format_args!("{number} {method}"));
    writer.end()
}
