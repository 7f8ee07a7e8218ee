//! Messages that leave by another way than they were meant to: large requests by TCP instead of UDP
//! (RFC 3261 section 18.1.1), responses by a new connection when theirs is closed (section 18.2.2).
//!
//! ```text
//!   request over the limit, UDP ─▶ TCP ──no connection──▶ UDP after all; the peer is remembered
//!   response, connection closed ─▶ a new one to the sent-by of the Via ──none──▶ undeliverable
//! ```
//!
//! Owns: the choice, the way back. Never: a transaction's state beyond its start.

use super::{Layer, Machine, Tx, TxId};
use crate::limits::{NO_TCP_MAX, NO_TCP_S};
use crate::message::{Message, Name, Start};
use crate::name_addr::AddrParts;
use crate::path::{Path, Transport};
use crate::transaction::{client, client::Client, invite_client, invite_client::InviteClient};
use crate::uri::Uri;
use ids::Moment;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

/// What the layer remembers about detours.
#[derive(Default)]
pub(super) struct Detours {
    /// Peers whose TCP port did not answer, and until when that is believed.
    no_tcp: HashMap<SocketAddr, Moment>,
    /// Server transactions whose connection is closed.
    pub(super) homeless: BTreeSet<TxId>,
}

impl Layer {
    /// The way of a new request: TCP when it is too large for a datagram, unless the peer asked for
    /// UDP, is behind a NAT, or was not to be reached by TCP a while ago.
    pub(super) fn way_of(&self, now: Moment, path: Path, bytes: &mut [u8]) -> Path {
        let large = bytes.len() > self.config.request_datagram_bytes_max;
        let refused = self.detours.no_tcp.get(&path.remote).is_some_and(|until| now < *until);
        if path.transport != Transport::Udp || !large || refused || is_fixed(bytes, path) {
            return path;
        }
        name_transport(bytes, Transport::Udp, Transport::Tcp);
        Path { transport: Transport::Tcp, ..path }
    }

    /// The request went by TCP for its size alone and found nobody there: once more by UDP. False
    /// when that is not so.
    pub(super) fn back_to_datagram(&mut self, now: Moment, tx: TxId) -> bool {
        let timers = self.config.timers;
        let Some(entry) = self.txs.get_mut(&tx) else { return false };
        let fresh = match &entry.machine {
            Machine::InviteClient(m) => matches!(m.state, invite_client::State::Calling { .. }),
            Machine::Client(m) => matches!(m.state, client::State::Trying { .. }),
            Machine::InviteServer(_) | Machine::Server(_) => false,
        };
        let Some(path) = entry.meant.take().filter(|_| fresh) else { return false };
        match &mut entry.machine {
            Machine::InviteClient(m) => *m = InviteClient::new(now, &timers, false),
            Machine::Client(m) => *m = Client::new(now, &timers, false),
            Machine::InviteServer(_) | Machine::Server(_) => {}
        }
        name_transport(&mut entry.kept, Transport::Tcp, Transport::Udp);
        entry.path = path;
        let bytes = entry.kept.clone();
        self.send(path, bytes);
        self.wake_tx(tx);
        if self.detours.no_tcp.len() >= NO_TCP_MAX {
            self.detours.no_tcp.clear();
        }
        self.detours.no_tcp.insert(path.remote, now + Duration::from_secs(NO_TCP_S));
        true
    }

    /// The connection of a request is closed before its last response: the response will open one to
    /// the sent-by of the Via. False when nobody listens there: a browser, or a peer behind a NAT.
    pub(super) fn move_out(&mut self, tx: TxId) -> bool {
        let Some(entry) = self.txs.get_mut(&tx) else { return false };
        let Some(remote) = entry.lasting_address() else { return false };
        entry.path = Path { connection: None, remote, ..entry.path };
        self.detours.homeless.insert(tx);
        true
    }
}

impl Tx {
    fn lasting_address(&self) -> Option<SocketAddr> {
        let server = matches!(self.machine, Machine::InviteServer(_) | Machine::Server(_));
        let moved = self.path.connection.is_none() || self.path.transport.is_websocket();
        self.sent_by.filter(|_| server && !moved)
    }
}

/// True when a UDP path is the only one: the next hop's URI says so, or the request goes where the
/// peer's packets come from instead of where its URI points.
fn is_fixed(request: &[u8], path: Path) -> bool {
    let Ok(message) = Message::parse(request) else { return true };
    let Start::Request { uri, .. } = message.start() else { return true };
    let route = message.all(Name::Route).flat_map(crate::header::values).next();
    let route = route.and_then(|r| Uri::parse(AddrParts::parse(r)?.uri).ok());
    let Some(hop) = route.or_else(|| Uri::parse(uri).ok()) else { return true };
    hop.param("transport").is_some() || hop.host_ip().is_some_and(|ip| ip != path.remote.ip())
}

/// Renames the transport in the top Via (RFC 3261 section 18.1.1: it MUST be changed).
fn name_transport(request: &mut [u8], from: Transport, to: Transport) {
    let (from, to) = (format!("\r\nVia: SIP/2.0/{} ", from.as_str()), to.as_str().as_bytes());
    let Some(at) = request.windows(from.len()).position(|w| w == from.as_bytes()) else { return };
    let end = at + from.len() - 1;
    request[end - to.len()..end].copy_from_slice(to);
}
