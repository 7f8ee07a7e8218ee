//! The transaction layer (RFC 3261 section 17): finds the machine a message belongs to, keeps what
//! may have to be sent again, and does what the machine says.
//!
//! Owns: the transactions, their names, their bytes, the queue of what to send.
//! Never: what a request means; a session.

use crate::agenda::{Agenda, Alarm};
use crate::dice::{Dice, branch_number};
use crate::event::{Config, Transmit};
use crate::header::{CSeq, values};
use crate::inspect::top_via;
use crate::message::{Message, Name, Start};
use crate::method::Method;
use crate::path::{Path, host};
use crate::print::Writer;
use crate::reply::Reply;
use crate::transaction::{
    Act, Class, Send, Tell, client, client::Client, invite_client, invite_client::InviteClient,
    invite_server, invite_server::InviteServer, server, server::Server,
};
use ids::{Moment, SessionId};
use std::collections::{BTreeSet, HashMap, VecDeque};

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
    Bye,
    Cancel,
}

impl Purpose {
    const fn method(self) -> Method {
        match self {
            Purpose::Invite | Purpose::Reinvite => Method::Invite,
            Purpose::Update => Method::Update,
            Purpose::Info => Method::Info,
            Purpose::Bye => Method::Bye,
            Purpose::Cancel => Method::Cancel,
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
    next: u64,
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

    /// Our Contact value on this path.
    pub(crate) fn contact(&self, path: Path) -> String {
        let at = self.advertised(path);
        let param = match path.transport {
            crate::path::Transport::Udp => "",
            crate::path::Transport::Tcp => ";transport=tcp",
        };
        format!("<sip:{}@{at}{param}>", self.config.contact_user)
    }

    // ---- server side ----

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

    // ---- client side ----

    /// Sends a request and watches over it.
    pub(crate) fn request(
        &mut self,
        now: Moment,
        path: Path,
        branch: u64,
        purpose: Purpose,
        session: SessionId,
        bytes: Vec<u8>,
    ) -> TxId {
        let (timers, reliable) = (self.config.timers, path.transport.is_reliable());
        let machine = match purpose {
            Purpose::Invite | Purpose::Reinvite => {
                Machine::InviteClient(InviteClient::new(now, &timers, reliable))
            }
            Purpose::Update | Purpose::Info | Purpose::Bye | Purpose::Cancel => {
                Machine::Client(Client::new(now, &timers, reliable))
            }
        };
        let name = (branch, purpose.method());
        let tx = self.open(machine, path, TxName::Client(name.0, name.1));
        self.clients.insert(name, tx);
        if let Some(entry) = self.txs.get_mut(&tx) {
            entry.owner = Some((session, Some(purpose)));
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
        self.perform(tx, act)
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
        self.leave(entry.path.connection, Wake::Tx(tx));
    }

    // ---- time and trouble ----

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

    /// Client transactions that wait on this path without a connection of their own. Looks at all
    /// client transactions: their number is what we ourselves have started.
    pub(crate) fn waiting_on(&self, path: &Path) -> Vec<TxId> {
        let mut found: Vec<TxId> = self
            .clients
            .values()
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

    // ---- inside ----

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
    writer.bytes(Name::To, to.or(invite.header(Name::To)).unwrap_or_default());
    writer.bytes(Name::CallId, invite.header(Name::CallId).unwrap_or_default());
    let number = invite.header(Name::CSeq).and_then(CSeq::parse).map_or(0, |c| c.number);
    writer.field(Name::CSeq, format_args!("{number} {method}"));
    writer.end()
}
