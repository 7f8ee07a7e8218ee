//! Signalling sockets: UDP, TCP, TLS, WebSocket and secure WebSocket, IPv4 and IPv6, each a task on the
//! control thread.
//!
//! ```text
//!   listener ─ accept ─ handshakes ─▶ stream or websocket ─▶ turn(exchange)
//!   Effect::Transmit ─▶ Sockets::send ─▶ datagram
//!                                     ├▶ flow by its name, or by peer and TLS name ─▶ its queue
//!                                     └▶ dial ─ connect, TLS ─▶ a flow
//!   what cannot be sent ─▶ unsent ─▶ turn(handle_transport_error)
//! ```
//!
//! Owns: which socket a message leaves by. Never: what a message means; a connection without a bound.

mod accept;
mod dial;
mod flows;
mod keep_alive;
pub mod limits;
mod stream;
mod stun;
mod udp;
mod websocket;

use crate::config::Listen;
use crate::core::{Core, Shared, turn};
use crate::tls::Tls;
use accept::Listener;
use flows::{Flows, Full, Peer, Pushed};
use limits::{
    DIAL_MESSAGES_MAX, DIALS_MAX, HANDSHAKES_MAX, PORT_TRIES_MAX, PROVED_MAX, UNSENT_MAX,
};
use sip::{Path, Transmit, Transport};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use udp::Port;

/// How often limits that were reached are told.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// How the sockets behave.
#[derive(Clone)]
pub struct Rules {
    /// Web pages that may open a WebSocket; empty: those of the same host.
    pub origins: Vec<String>,
    /// Period of keep-alives.
    pub keep_alive: Duration,
}

/// How often each limit was reached since the start, and what else went wrong on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Datagrams the kernel did not take; retransmission mends it.
    pub datagrams_dropped: u64,
    /// Connections closed at once: too many, too many of one source, too many handshakes.
    pub connections_refused: u64,
    pub source_refused: u64,
    pub handshakes_refused: u64,
    /// TLS and WebSocket handshakes that failed or took too long.
    pub handshakes_failed: u64,
    /// Peers that did not read.
    pub slow_peers: u64,
    /// Connections closed because nothing, or half a message, came.
    pub silent_peers: u64,
    /// Messages that found no connection and no room for a new one.
    pub dials_refused: u64,
    /// Connections of ours that did not come up.
    pub dials_failed: u64,
    /// Waits because the system had no descriptor left.
    pub exhausted: u64,
}

/// Where signalling leaves.
pub struct Sockets {
    udp: Vec<Port>,
    flows: Flows,
    dials: HashMap<Peer, Vec<Transmit>>,
    unsent: VecDeque<Path>,
    handshakes: Arc<Semaphore>,
    tls: Rc<Tls>,
    rules: Rules,
    /// Names that an address has proved when we called it, for peers whose Contact is the bare address.
    proved: HashMap<SocketAddr, Rc<str>>,
    core: Weak<RefCell<Core>>,
    pub counts: Counts,
}

/// A socket that could not be opened, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {}:{address}: {source}; is another program there? Choose another port under sip.listen", transport.as_str())]
pub struct ListenError {
    transport: Transport,
    address: SocketAddr,
    source: std::io::Error,
}

/// The opened sockets, before their tasks run.
pub struct Opened {
    udp: Vec<Port>,
    listeners: Vec<Listener>,
}

impl Opened {
    /// Binds everything or nothing. Port 0 under TCP takes the port that UDP got, so that one address serves both.
    /// That port may be taken under TCP, by a connection of somebody else: then another one is tried.
    pub fn bind(listens: &[Listen]) -> Result<Opened, ListenError> {
        let free_to_choose = listens.iter().any(|listen| listen.address.port() == 0);
        let taken = |e: &ListenError| e.source.kind() == std::io::ErrorKind::AddrInUse;
        for _ in 1..PORT_TRIES_MAX {
            match Opened::all(listens) {
                Err(error) if free_to_choose && taken(&error) => {}
                bound => return bound,
            }
        }
        Opened::all(listens)
    }

    fn all(listens: &[Listen]) -> Result<Opened, ListenError> {
        let mut opened = Opened { udp: Vec::new(), listeners: Vec::new() };
        for listen in listens {
            opened.one(*listen).map_err(|source| ListenError {
                transport: listen.transport,
                address: listen.address,
                source,
            })?;
        }
        Ok(opened)
    }

    fn one(&mut self, mut listen: Listen) -> std::io::Result<()> {
        if listen.transport == Transport::Udp {
            self.udp.push(Port::bind(listen.address)?);
            return Ok(());
        }
        let twin = self.udp.iter().find(|u| u.local.ip() == listen.address.ip());
        if listen.address.port() == 0 && listen.transport == Transport::Tcp {
            listen.address.set_port(twin.map_or(0, |u| u.local.port()));
        }
        self.listeners.push(Listener::bind(listen)?);
        Ok(())
    }

    /// The first address of a transport.
    pub fn address(&self, transport: Transport) -> Option<SocketAddr> {
        match transport {
            Transport::Udp => self.udp.first().map(|u| u.local),
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                self.listeners.iter().find(|l| l.listen.transport == transport).map(|l| l.local)
            }
        }
    }

    /// The sending half, for the core.
    pub fn sockets(&self, tls: Rc<Tls>, rules: Rules) -> Sockets {
        Sockets {
            udp: self.udp.clone(),
            flows: Flows::default(),
            dials: HashMap::new(),
            unsent: VecDeque::new(),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES_MAX)),
            tls,
            rules,
            proved: HashMap::new(),
            core: Weak::new(),
            counts: Counts::default(),
        }
    }

    /// Starts one task a socket, on the control thread.
    pub fn run(self, core: &Shared) {
        core.borrow_mut().sockets.core = Rc::downgrade(core);
        for port in self.udp {
            tokio::task::spawn_local(udp::receive(core.clone(), port));
        }
        for listener in self.listeners {
            tokio::task::spawn_local(accept::accept(core.clone(), listener));
        }
        tokio::task::spawn_local(tell_counts(core.clone()));
    }
}

impl Sockets {
    /// Sends one message where its path says. What cannot be sent is reported in a later turn.
    pub fn send(&mut self, transmit: Transmit) {
        match transmit.path.transport {
            Transport::Udp => self.send_datagram(&transmit),
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                self.send_stream(transmit);
            }
        }
    }

    fn send_datagram(&mut self, Transmit { path, bytes }: &Transmit) {
        match udp::send(&self.udp, path, bytes) {
            Ok(()) => {}
            // The kernel's buffer is full: as good as lost on the wire, and mended like it.
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                self.counts.datagrams_dropped += 1;
            }
            Err(_) => {
                self.counts.datagrams_dropped += 1;
                self.fail(*path);
            }
        }
    }

    fn send_stream(&mut self, transmit: Transmit) {
        let Transmit { path, bytes } = transmit;
        let Some(id) = path.connection else { return self.send_to_peer(Transmit { path, bytes }) };
        match self.flows.push(id, bytes) {
            Pushed::Queued => {}
            Pushed::Slow => self.counts.slow_peers += 1,
            // It was closed a moment ago. A browser cannot be called back (RFC 7118 section 5).
            Pushed::Unknown(_) if path.transport.is_websocket() => self.fail(path),
            Pushed::Unknown(bytes) => {
                let path = Path { connection: None, ..path };
                self.send_to_peer(Transmit { path, bytes });
            }
        }
    }

    /// By an open connection of ours to that peer, or by a new one.
    fn send_to_peer(&mut self, transmit: Transmit) {
        let path = transmit.path;
        if path.transport.is_websocket() {
            return self.fail(path);
        }
        let peer = self.peer(&transmit);
        if let Some(id) = self.flows.to(&peer) {
            match self.flows.push(id, transmit.bytes) {
                Pushed::Queued => {}
                Pushed::Slow | Pushed::Unknown(_) => {
                    self.counts.slow_peers += 1;
                    self.fail(path);
                }
            }
            return;
        }
        if let Some(waiting) = self.dials.get_mut(&peer) {
            if waiting.len() < DIAL_MESSAGES_MAX {
                return waiting.push(transmit);
            }
            self.counts.dials_refused += 1;
            return self.fail(path);
        }
        let (Some(core), true) = (self.core.upgrade(), self.dials.len() < DIALS_MAX) else {
            self.counts.dials_refused += 1;
            return self.fail(path);
        };
        self.dials.insert(peer.clone(), vec![transmit]);
        tokio::task::spawn_local(dial::dial(core, peer, path));
    }

    /// Whom a message without a connection is for. The name is the next hop's in the message itself
    /// (RFC 5922 section 7.2), or what the address has proved before.
    fn peer(&self, transmit: &Transmit) -> Peer {
        let Path { transport, remote, .. } = transmit.path;
        let name = || {
            let named = sip::next_hop_host(&transmit.bytes)?;
            let host = named.trim_start_matches('[').trim_end_matches(']');
            let proved = host.parse::<IpAddr>().ok().and_then(|_| self.proved.get(&remote));
            Some(proved.cloned().unwrap_or_else(|| Rc::from(host)))
        };
        Peer { transport, remote, name: transport.is_secure().then(name).flatten() }
    }

    fn prove(&mut self, remote: SocketAddr, name: &Rc<str>) {
        if self.proved.len() >= PROVED_MAX {
            self.proved.clear();
        }
        self.proved.insert(remote, name.clone());
    }

    /// Reports a path as failed, in a turn of its own.
    fn fail(&mut self, path: Path) {
        if self.unsent.len() >= UNSENT_MAX || self.unsent.contains(&path) {
            return;
        }
        self.unsent.push_back(path);
        if let (1, Some(core)) = (self.unsent.len(), self.core.upgrade()) {
            tokio::task::spawn_local(tell_unsent(core));
        }
    }

    /// Counts a connection in that a peer has opened.
    fn admit(&mut self, remote: SocketAddr) -> Option<u64> {
        match self.flows.admit(Some(remote.ip())) {
            Ok(id) => return Some(id),
            Err(Full::All) => self.counts.connections_refused += 1,
            Err(Full::Source) => self.counts.source_refused += 1,
        }
        None
    }
}

async fn tell_unsent(core: Shared) {
    loop {
        let path = core.borrow_mut().sockets.unsent.front().copied();
        let Some(path) = path else { return };
        turn(&core, |exchange, now| exchange.handle_transport_error(now, &path));
        core.borrow_mut().sockets.unsent.pop_front();
        tokio::task::yield_now().await;
    }
}

/// Limits that were reached since the last look, in one line.
async fn tell_counts(core: Shared) {
    let mut told = Counts::default();
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        let counts = core.borrow().sockets.counts;
        if counts != told {
            tracing::warn!("signalling sockets, since the start: {counts:?}");
            told = counts;
        }
    }
}

/// The address of ours that a peer sees: the bound one, or with a wildcard the one that routes to it.
fn local_towards(bound: SocketAddr, remote: SocketAddr) -> SocketAddr {
    if !bound.ip().is_unspecified() {
        return bound;
    }
    let routed = || -> std::io::Result<IpAddr> {
        let probe = std::net::UdpSocket::bind(SocketAddr::new(bound.ip(), 0))?;
        probe.connect(remote)?;
        Ok(probe.local_addr()?.ip())
    };
    SocketAddr::new(routed().unwrap_or(bound.ip()), bound.port())
}
