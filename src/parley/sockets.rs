//! Signalling sockets: UDP and TCP, IPv4 and IPv6, each a task on the control thread.

use crate::config::Listen;
use crate::core::{Shared, turn};
use sip::{Framer, Path, Transmit, Transport};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;

/// Open TCP connections at once; the next is closed at once, which its peer sees.
const CONNECTIONS_MAX: usize = 4_096;
/// Messages waiting for one slow TCP peer; beyond it the connection is closed as unreachable.
const CONNECTION_QUEUE_MAX: usize = 64;
/// Bytes of the largest UDP datagram.
const DATAGRAM_MAX: usize = 65_535;
/// Datagrams taken from one socket before the other tasks have their turn.
const DATAGRAMS_PER_TURN_MAX: usize = 64;
/// A connection without a byte for this long is closed (RFC 5626 section 4.4.1 keeps live ones busy).
const CONNECTION_IDLE_MAX: Duration = Duration::from_secs(1_800);
/// How long a connection that we open may take.
const CONNECT_MAX: Duration = Duration::from_secs(4);

/// Where signalling leaves.
#[derive(Default)]
pub struct Sockets {
    udp: Vec<Udp>,
    connections: HashMap<u64, mpsc::Sender<Vec<u8>>>,
    made: u64,
    connects: Option<mpsc::UnboundedSender<Transmit>>,
    /// Datagrams the kernel did not take; retransmission mends it.
    pub dropped: u64,
}

struct Udp {
    local: SocketAddr,
    socket: Rc<UdpSocket>,
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
    udp: Vec<Udp>,
    tcp: Vec<TcpListener>,
}

impl Opened {
    /// Binds everything or nothing. Port 0 under TCP takes the port that UDP got, so that one address serves both.
    pub async fn bind(listens: &[Listen]) -> Result<Opened, ListenError> {
        let mut opened = Opened { udp: Vec::new(), tcp: Vec::new() };
        for listen in listens {
            opened.one(*listen).await.map_err(|source| ListenError {
                transport: listen.transport,
                address: listen.address,
                source,
            })?;
        }
        Ok(opened)
    }

    async fn one(&mut self, Listen { transport, mut address }: Listen) -> std::io::Result<()> {
        match transport {
            Transport::Udp => {
                let socket = Rc::new(UdpSocket::bind(address).await?);
                self.udp.push(Udp { local: socket.local_addr()?, socket });
            }
            Transport::Tcp => {
                let twin = self.udp.iter().find(|u| u.local.ip() == address.ip());
                if address.port() == 0 {
                    address.set_port(twin.map_or(0, |u| u.local.port()));
                }
                self.tcp.push(TcpListener::bind(address).await?);
            }
        }
        Ok(())
    }

    /// The first address of a transport.
    pub fn address(&self, transport: Transport) -> Option<SocketAddr> {
        match transport {
            Transport::Udp => self.udp.first().map(|u| u.local),
            Transport::Tcp => self.tcp.first().and_then(|t| t.local_addr().ok()),
        }
    }

    /// The sending half, for the core.
    pub fn sockets(&self) -> Sockets {
        let udp = self.udp.iter().map(|u| Udp { local: u.local, socket: u.socket.clone() });
        Sockets { udp: udp.collect(), ..Sockets::default() }
    }

    /// Starts one task a socket, on the control thread.
    pub fn run(self, core: &Shared) {
        for udp in self.udp {
            tokio::task::spawn_local(receive(core.clone(), udp));
        }
        for listener in self.tcp {
            tokio::task::spawn_local(accept(core.clone(), listener));
        }
        let (sender, connects) = mpsc::unbounded_channel();
        core.borrow_mut().sockets.connects = Some(sender);
        tokio::task::spawn_local(connect(core.clone(), connects));
    }
}

impl Sockets {
    /// Sends one message where its path says.
    pub fn send(&mut self, transmit: Transmit) {
        match transmit.path.transport {
            Transport::Udp => self.send_datagram(&transmit),
            Transport::Tcp => self.send_stream(transmit),
        }
    }

    fn send_datagram(&mut self, Transmit { path, bytes }: &Transmit) {
        let family = path.remote.is_ipv4();
        let same = |u: &&Udp| u.local.port() == path.local.port() && u.local.is_ipv4() == family;
        let exact = self.udp.iter().find(|u| u.local == path.local);
        let socket = exact.or_else(|| self.udp.iter().find(same));
        let socket = socket.or_else(|| self.udp.iter().find(|u| u.local.is_ipv4() == family));
        let sent = socket.map(|u| u.socket.try_send_to(bytes, path.remote));
        if !matches!(sent, Some(Ok(_))) {
            self.dropped += 1;
        }
    }

    fn send_stream(&mut self, transmit: Transmit) {
        let open = transmit.path.connection.and_then(|id| self.connections.get(&id));
        match open {
            Some(queue) => {
                if queue.try_send(transmit.bytes).is_err() {
                    self.connections
                        .extract_if(|id, _| Some(*id) == transmit.path.connection)
                        .for_each(drop);
                }
            }
            None => {
                let connects = self.connects.as_ref();
                connects.map(|c| c.send(transmit));
            }
        }
    }

    fn enter(&mut self) -> Option<(u64, mpsc::Receiver<Vec<u8>>)> {
        if self.connections.len() >= CONNECTIONS_MAX {
            return None;
        }
        self.made += 1;
        let (sender, queue) = mpsc::channel(CONNECTION_QUEUE_MAX);
        self.connections.insert(self.made, sender);
        Some((self.made, queue))
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

async fn receive(core: Shared, udp: Udp) {
    let mut buffer = vec![0; DATAGRAM_MAX];
    let mut in_turn = 0;
    loop {
        // ICMP errors of earlier sends surface here; they are no reason to stop listening.
        let Ok((length, remote)) = udp.socket.recv_from(&mut buffer).await else { continue };
        let local = local_towards(udp.local, remote);
        let path = Path { transport: Transport::Udp, local, remote, connection: None };
        turn(&core, |exchange, now| exchange.handle_sip(now, path, &buffer[..length]));
        in_turn += 1;
        if in_turn >= DATAGRAMS_PER_TURN_MAX {
            in_turn = 0;
            tokio::task::yield_now().await;
        }
    }
}

async fn accept(core: Shared, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(enter(&core, stream)),
            // Out of descriptors: let running connections end before trying again.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

fn enter(core: &Shared, stream: TcpStream) -> Option<u64> {
    let (id, queue) = core.borrow_mut().sockets.enter()?;
    tokio::task::spawn_local(serve(core.clone(), stream, id, queue));
    Some(id)
}

async fn serve(core: Shared, stream: TcpStream, id: u64, queue: mpsc::Receiver<Vec<u8>>) {
    let (Ok(local), Ok(remote)) = (stream.local_addr(), stream.peer_addr()) else { return };
    let path = Path { transport: Transport::Tcp, local, remote, connection: Some(id) };
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let (pongs, pong_queue) = mpsc::channel(4);
    let writing = tokio::task::spawn_local(write(writer, queue, pong_queue));
    read(&core, reader, &path, pongs).await;
    writing.abort();
    core.borrow_mut().sockets.connections.remove(&id);
    turn(&core, |exchange, now| exchange.handle_transport_error(now, &path));
}

async fn read(
    core: &Shared,
    mut reader: tokio::net::tcp::OwnedReadHalf,
    path: &Path,
    pongs: mpsc::Sender<Vec<u8>>,
) {
    let mut framer = Framer::new(sip::Limits::default().message_bytes_max);
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let got = tokio::time::timeout(CONNECTION_IDLE_MAX, reader.read(&mut buffer)).await;
        let Ok(Ok(length @ 1..)) = got else { return };
        framer.handle_bytes(&buffer[..length]);
        loop {
            match framer.poll_frame() {
                Ok(Some(sip::Frame::Message(message))) => {
                    turn(core, |exchange, now| exchange.handle_sip(now, *path, &message));
                }
                // RFC 5626 section 4.4.1: a double CRLF is answered by a single one.
                Ok(Some(sip::Frame::Ping)) => drop(pongs.try_send(b"\r\n".to_vec())),
                Ok(Some(sip::Frame::Pong)) => {}
                // The stack answers 513 to the head alone; its body is never read.
                Ok(Some(sip::Frame::TooLarge(head))) => {
                    turn(core, |exchange, now| exchange.handle_sip(now, *path, &head));
                    return;
                }
                Ok(None) => break,
                // Where a stream lost its frame nothing after it can be trusted: close it.
                Err(_) => return,
            }
        }
        tokio::task::yield_now().await;
    }
}

async fn write(
    mut writer: tokio::net::tcp::OwnedWriteHalf,
    mut queue: mpsc::Receiver<Vec<u8>>,
    mut pongs: mpsc::Receiver<Vec<u8>>,
) {
    loop {
        let next = tokio::select! {
            message = queue.recv() => message,
            Some(pong) = pongs.recv() => Some(pong),
        };
        let Some(bytes) = next else { return };
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Opens connections for messages that have none, one at a time a peer.
async fn connect(core: Shared, mut connects: mpsc::UnboundedReceiver<Transmit>) {
    while let Some(transmit) = connects.recv().await {
        tokio::task::spawn_local(connect_one(core.clone(), transmit));
    }
}

async fn connect_one(core: Shared, transmit: Transmit) {
    let opened = tokio::time::timeout(CONNECT_MAX, TcpStream::connect(transmit.path.remote)).await;
    let id = match opened {
        Ok(Ok(stream)) => enter(&core, stream),
        _ => None,
    };
    match id {
        Some(id) => {
            let path = Path { connection: Some(id), ..transmit.path };
            core.borrow_mut().sockets.send_stream(Transmit { path, bytes: transmit.bytes });
        }
        None => turn(&core, |exchange, now| exchange.handle_transport_error(now, &transmit.path)),
    }
}
