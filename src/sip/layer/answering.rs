//! The server side: requests that came, and what is answered (RFC 3261 section 17.2).

use super::{Layer, Machine, Report, TxId, TxName};
use crate::method::Method;
use crate::path::Path;
use crate::print::Writer;
use crate::reply::Reply;
use crate::transaction::{
    Act, Class, invite_server, invite_server::InviteServer, server, server::Server,
};
use ids::{Moment, SessionId};

impl Layer {
    /// The INVITE transaction of this name, if it is there.
    pub(crate) fn server(&self, name: &[u8]) -> Option<TxId> {
        self.servers.get(name).copied()
    }

    /// The transaction that a request like this one, but by another way, has opened already.
    pub(crate) fn merged(&self, merge: u64) -> bool {
        self.merges.contains_key(&merge)
    }

    /// Gives a request that came again, or an ACK, to its transaction.
    pub(crate) fn again(&mut self, now: Moment, tx: TxId, method: Method) -> Option<Report> {
        let timers = self.config.timers;
        let entry = self.txs.get_mut(&tx)?;
        let act = match &mut entry.machine {
            Machine::InviteServer(m) => {
                let ack = method == Method::Ack;
                let input =
                    if ack { invite_server::Input::Ack } else { invite_server::Input::Invite };
                m.handle(now, &timers, input)
            }
            Machine::Server(m) => m.handle(now, &timers, server::Input::Request),
            Machine::InviteClient(_) | Machine::Client(_) => Act::NONE,
        };
        self.perform(tx, act)
    }

    /// Opens the transaction of a new request.
    pub(crate) fn open_server(
        &mut self,
        now: Moment,
        name: Box<[u8]>,
        method: Method,
        reply: Reply,
        path: Path,
        merge: Option<u64>,
    ) -> TxId {
        let reliable = path.transport.is_reliable();
        let machine = match method {
            Method::Invite => Machine::InviteServer(InviteServer::new(now, reliable)),
            _ => Machine::Server(Server::new(reliable)),
        };
        let path = reply.path;
        let tx = self.open(machine, path, TxName::Server(name.clone()));
        self.servers.insert(name, tx);
        if let Some(merge) = merge {
            self.merges.insert(merge, tx);
        }
        if let Some(entry) = self.txs.get_mut(&tx) {
            entry.sent_by = reply.sent_by;
            entry.reply = Some(reply);
            entry.merge = merge;
        }
        self.wake_tx(tx);
        tx
    }

    /// Says whose a server transaction is.
    pub(crate) fn give(&mut self, tx: TxId, session: SessionId) {
        if let Some(entry) = self.txs.get_mut(&tx) {
            entry.owner = Some((session, None));
        }
    }

    /// Whose a server transaction is.
    pub(crate) fn owner(&self, tx: TxId) -> Option<SessionId> {
        self.txs.get(&tx)?.owner.map(|(session, _)| session)
    }

    /// Sends a response through its transaction; `finish` adds what is special about it.
    pub(crate) fn respond(
        &mut self,
        now: Moment,
        tx: TxId,
        status: u16,
        reason: Option<&str>,
        finish: impl FnOnce(&Layer, Writer) -> Vec<u8>,
    ) {
        let timers = self.config.timers;
        let Some(reply) = self.txs.get(&tx).and_then(|t| t.reply.as_ref()) else { return };
        let invite =
            matches!(self.txs.get(&tx), Some(t) if matches!(t.machine, Machine::InviteServer(_)));
        let writer = reply.begin(status, reason, invite && status < 300 && status > 100);
        let bytes = finish(self, writer);
        let Some(entry) = self.txs.get_mut(&tx) else { return };
        entry.kept = bytes;
        let class = Class::of(status);
        let act = match &mut entry.machine {
            Machine::InviteServer(m) => {
                m.handle(now, &timers, invite_server::Input::Respond(class))
            }
            Machine::Server(m) => m.handle(now, &timers, server::Input::Respond(class)),
            Machine::InviteClient(_) | Machine::Client(_) => Act::NONE,
        };
        if class != Class::Provisional {
            entry.reply = None;
        }
        self.perform(tx, act);
    }

    /// Takes out the 2xx that was just sent: its retransmission is the session's (RFC 6026).
    pub(crate) fn take_success(&mut self, tx: TxId) -> Option<(Path, Vec<u8>)> {
        let entry = self.txs.get_mut(&tx)?;
        Some((entry.path, std::mem::take(&mut entry.kept)))
    }

    /// The last provisional response once more.
    pub(crate) fn repeat(&mut self, tx: TxId) {
        let Some(entry) = self.txs.get(&tx) else { return };
        let (path, bytes) = (entry.path, entry.kept.clone());
        self.send(path, bytes);
    }
}
