//! The transaction layer (RFC 3261 section 17): finds the machine a message belongs to, keeps what
//! may have to be sent again, and does what the machine says.
//!
//! Owns: the transactions, their names, their bytes, the queue of what to send.
//! Never: what a request means; a session.

mod answering;
mod detour;
mod sending;

use crate::agenda::{Agenda, Alarm};
use crate::dice::Dice;
use crate::event::{Config, Transmit};
use crate::method::Method;
use crate::path::{Path, host};
use crate::reply::Reply;
use crate::transaction::{
    Act, Send, Tell, client, client::Client, invite_client, invite_client::InviteClient,
    invite_server, invite_server::InviteServer, server, server::Server,
};
use ids::{Moment, SessionId};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;

/// Names a transaction of this layer; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct TxId(u64);

/// Who is to be woken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Wake {
    Tx(TxId),
    Session(SessionId),
}

/// What a session sent a request for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    Invite,
    Reinvite,
    Update,
    Info,
    Prack,
    /// An UPDATE without an offer, for the session timer.
    Refresh,
    Refer,
    Notify,
    Bye,
    Cancel,
    Options,
    Register,
}

impl Purpose {
    pub(crate) const fn method(self) -> Method {
        match self {
            Purpose::Invite | Purpose::Reinvite => Method::Invite,
            Purpose::Update | Purpose::Refresh => Method::Update,
            Purpose::Info => Method::Info,
            Purpose::Refer => Method::Refer,
            Purpose::Notify => Method::Notify,
            Purpose::Prack => Method::Prack,
            Purpose::Bye => Method::Bye,
            Purpose::Cancel => Method::Cancel,
            Purpose::Options => Method::Options,
            Purpose::Register => Method::Register,
        }
    }
}

/// What a session must hear of its transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Report {
    pub(crate) tx: TxId,
    pub(crate) session: SessionId,
    /// `None` for a server transaction.
    pub(crate) purpose: Option<Purpose>,
    pub(crate) what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    /// The message at hand is for the session.
    Message,
    TimedOut,
    Unreachable,
    /// The transaction has run its course.
    Gone,
}

enum Machine {
    InviteServer(InviteServer),
    Server(Server),
    InviteClient(InviteClient),
    Client(Client),
}

enum TxName {
    Server(Box<[u8]>),
    /// Our branch and the method: a CANCEL shares the branch of its INVITE (section 17.1.3).
    Client(u64, Method),
}

struct Tx {
    machine: Machine,
    path: Path,
    name: TxName,
    /// The request or the last response, to be sent again.
    kept: Vec<u8>,
    /// The ACK of a client INVITE, to be sent again.
    ack: Vec<u8>,
    reply: Option<Reply>,
    /// The UDP path of a request that went by TCP for its size alone.
    meant: Option<Path>,
    /// Where a response may open a new connection to.
    sent_by: Option<SocketAddr>,
    merge: Option<u64>,
    owner: Option<(SessionId, Option<Purpose>)>,
    alarm: Alarm,
}

pub(crate) struct Layer {
    pub(crate) config: Config,
    pub(crate) dice: Dice,
    pub(crate) agenda: Agenda<Wake>,
    pub(crate) out: VecDeque<Transmit>,
    txs: HashMap<TxId, Tx>,
    servers: HashMap<Box<[u8]>, TxId>,
    clients: HashMap<(u64, Method), TxId>,
    /// From-tag, Call-ID and CSeq of requests without To-tag (RFC 3261 section 8.2.2.2).
    merges: HashMap<u64, TxId>,
    /// Who depends on which open connection.
    tenants: HashMap<u64, BTreeSet<Wake>>,
    detours: detour::Detours,
    /// The request that the response at hand challenges (401, 407), while its session looks at it.
    challenged: Option<Challenged>,
    next: u64,
}

/// A request of ours that is to be sent again with credentials.
pub(crate) struct Challenged {
    pub(crate) path: Path,
    pub(crate) bytes: Vec<u8>,
}

impl Layer {
    pub(crate) fn new(config: Config) -> Layer {
        Layer {
            dice: Dice::new(config.seed),
            config,
            agenda: Agenda::new(),
            out: VecDeque::new(),
            txs: HashMap::new(),
            servers: HashMap::new(),
            clients: HashMap::new(),
            merges: HashMap::new(),
            tenants: HashMap::new(),
            detours: detour::Detours::default(),
            challenged: None,
            next: 0,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.txs.len() >= self.config.limits.transactions_max
    }

    pub(crate) fn transactions(&self) -> usize {
        self.txs.len()
    }

    pub(crate) fn send(&mut self, path: Path, bytes: Vec<u8>) {
        self.out.push_back(Transmit { path, bytes });
    }

    /// `host:port` as the peer of this path should know us.
    pub(crate) fn advertised(&self, path: Path) -> String {
        let ip = self.config.advertised.unwrap_or(path.local.ip());
        format!("{}:{}", host(ip), path.local.port())
    }

    /// Our Contact value on this path. `sips`: whoever asks for it by such a URI gets one (RFC 3261
    /// sections 8.1.1.8 and 12.1.1), with no `transport=tls` in it (RFC 5630 section 3.1.4).
    pub(crate) fn contact(&self, path: Path, sips: bool) -> String {
        let (at, user) = (self.advertised(path), &self.config.contact_user);
        let named = path.transport.uri_param().filter(|_| !sips || path.transport.is_websocket());
        let param = named.map_or(String::new(), |t| format!(";transport={t}"));
        format!("<{}:{user}@{at}{param}>", if sips { "sips" } else { "sip" })
    }

    /// Forgets a transaction whose user has given up.
    pub(crate) fn forget(&mut self, tx: TxId) {
        let Some(entry) = self.txs.remove(&tx) else { return };
        match &entry.name {
            TxName::Server(name) => drop(self.servers.remove(name)),
            TxName::Client(branch, method) => drop(self.clients.remove(&(*branch, *method))),
        }
        if let Some(merge) = entry.merge {
            self.merges.remove(&merge);
        }
        self.detours.homeless.remove(&tx);
        self.leave(entry.path.connection, Wake::Tx(tx));
    }

    /// Wakes a transaction if the alarm is its own.
    pub(crate) fn ring(&mut self, now: Moment, at: Moment, tx: TxId) -> Option<Report> {
        let timers = self.config.timers;
        let entry = self.txs.get_mut(&tx)?;
        if !entry.alarm.rings(at) {
            return None;
        }
        let act = match &mut entry.machine {
            Machine::InviteServer(m) => m.handle(now, &timers, invite_server::Input::Timer),
            Machine::Server(m) => m.handle(now, &timers, server::Input::Timer),
            Machine::InviteClient(m) => m.handle(now, &timers, invite_client::Input::Timer),
            Machine::Client(m) => m.handle(now, &timers, client::Input::Timer),
        };
        self.perform(tx, act)
    }

    /// The path of this transaction has failed.
    pub(crate) fn unreachable(&mut self, now: Moment, tx: TxId) -> Option<Report> {
        if self.move_out(tx) || self.back_to_datagram(now, tx) {
            return None;
        }
        let timers = self.config.timers;
        let entry = self.txs.get_mut(&tx)?;
        let act = match &mut entry.machine {
            Machine::InviteServer(m) => m.handle(now, &timers, invite_server::Input::Unreachable),
            Machine::Server(m) => m.handle(now, &timers, server::Input::Unreachable),
            Machine::InviteClient(m) => m.handle(now, &timers, invite_client::Input::Unreachable),
            Machine::Client(m) => m.handle(now, &timers, client::Input::Unreachable),
        };
        self.perform(tx, act)
    }

    /// Transactions that wait on this path without a connection of their own. Looks at all
    /// client transactions: their number is what we ourselves have started.
    pub(crate) fn waiting_on(&self, path: &Path) -> Vec<TxId> {
        let mut found: Vec<TxId> = self
            .clients
            .values()
            .chain(&self.detours.homeless)
            .filter(|tx| {
                let same = |t: &Tx| {
                    t.path.transport == path.transport
                        && t.path.remote == path.remote
                        && t.path.connection.is_none()
                };
                self.txs.get(tx).is_some_and(same)
            })
            .copied()
            .collect();
        found.sort_unstable();
        found
    }

    /// Notes that `who` uses a connection.
    pub(crate) fn enter(&mut self, connection: Option<u64>, who: Wake) {
        if let Some(connection) = connection {
            self.tenants.entry(connection).or_default().insert(who);
        }
    }

    /// `who` no longer uses it.
    pub(crate) fn leave(&mut self, connection: Option<u64>, who: Wake) {
        let Some(connection) = connection else { return };
        if let Some(set) = self.tenants.get_mut(&connection) {
            set.remove(&who);
            if set.is_empty() {
                self.tenants.remove(&connection);
            }
        }
    }

    /// Everybody who used a connection that is closed now.
    pub(crate) fn evict(&mut self, connection: u64) -> BTreeSet<Wake> {
        self.tenants.remove(&connection).unwrap_or_default()
    }

    fn open(&mut self, machine: Machine, path: Path, name: TxName) -> TxId {
        self.next += 1;
        let tx = TxId(self.next);
        let entry = Tx {
            machine,
            path,
            name,
            kept: Vec::new(),
            ack: Vec::new(),
            reply: None,
            meant: None,
            sent_by: None,
            merge: None,
            owner: None,
            alarm: Alarm::default(),
        };
        self.txs.insert(tx, entry);
        self.enter(path.connection, Wake::Tx(tx));
        tx
    }

    /// Does what a machine said, sets its alarm, forgets it when it is done.
    fn perform(&mut self, tx: TxId, act: Act) -> Option<Report> {
        if act.send == Send::Trying {
            self.send_trying(tx);
        }
        let entry = self.txs.get_mut(&tx)?;
        let again = match act.send {
            Send::Message => Some(&entry.kept),
            Send::Ack => Some(&entry.ack),
            Send::Trying | Send::Nothing => None,
        };
        let path = entry.path;
        if let Some(bytes) = again.filter(|b| !b.is_empty()).cloned() {
            self.out.push_back(Transmit { path, bytes });
        }
        let over = entry.is_over();
        let what = match act.tell {
            Tell::Message => Some(What::Message),
            Tell::TimedOut => Some(What::TimedOut),
            Tell::Unreachable => Some(What::Unreachable),
            Tell::Nothing => over.then_some(What::Gone),
        };
        let report = entry.owner.zip(what).map(|((session, purpose), what)| Report {
            tx,
            session,
            purpose,
            what,
        });
        if over {
            self.forget(tx);
        } else {
            self.wake_tx(tx);
        }
        report
    }

    fn send_trying(&mut self, tx: TxId) {
        let Some(entry) = self.txs.get_mut(&tx) else { return };
        let Some(reply) = &entry.reply else { return };
        entry.kept = reply.begin(100, None, false).end();
        let (path, bytes) = (entry.path, entry.kept.clone());
        self.send(path, bytes);
    }

    fn wake_tx(&mut self, tx: TxId) {
        if let Some(entry) = self.txs.get_mut(&tx) {
            let deadline = entry.deadline();
            self.agenda.set(Wake::Tx(tx), &mut entry.alarm, deadline);
        }
    }
}

impl Tx {
    fn deadline(&self) -> Moment {
        match &self.machine {
            Machine::InviteServer(m) => m.deadline(),
            Machine::Server(m) => m.deadline(),
            Machine::InviteClient(m) => m.deadline(),
            Machine::Client(m) => m.deadline(),
        }
    }

    fn is_over(&self) -> bool {
        match &self.machine {
            Machine::InviteServer(m) => m.state == invite_server::State::Terminated,
            Machine::Server(m) => m.state == server::State::Terminated,
            Machine::InviteClient(m) => m.state == invite_client::State::Terminated,
            Machine::Client(m) => m.state == client::State::Terminated,
        }
    }
}
