//! Connections that we open, for messages that have none.

use super::accept::{introduce, names};
use super::flows::{Outbox, Peer};
use super::keep_alive::Vitals;
use super::limits::CONNECT_MAX;
use super::stream;
use crate::core::{Shared, turn};
use rustls::pki_types::ServerName;
use sip::{Path, PeerNames, Transport};
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;

/// A connection that is up.
enum Dialled {
    Tcp(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>, PeerNames),
}

/// Opens one and serves it to its end; `path` is that of the first message.
pub async fn dial(core: Shared, peer: Peer, path: Path) {
    let opened = tokio::time::timeout(CONNECT_MAX, open(&core, &peer, path.local)).await;
    let dialled = match opened {
        Ok(Ok(dialled)) => dialled,
        Ok(Err(error)) => return failed(&core, &peer, path, &error.to_string()),
        Err(_) => return failed(&core, &peer, path, "it took too long"),
    };
    let admitted = core.borrow_mut().sockets.flows.admit(None);
    let Ok(id) = admitted else {
        core.borrow_mut().sockets.counts.connections_refused += 1;
        return failed(&core, &peer, path, "too many connections are open");
    };
    // Our end is the listener: the peer can open a connection to it, to the port of this one it cannot.
    let path = Path { connection: Some(id), ..path };
    let (outbox, vitals) = enter(&core, &peer, id);
    match dialled {
        Dialled::Tcp(stream) => stream::serve(&core, stream, path, outbox, vitals).await,
        Dialled::Tls(stream, names) => {
            introduce(&core, path, names);
            stream::serve(&core, *stream, path, outbox, vitals).await;
        }
    }
    core.borrow_mut().sockets.flows.close(id);
}

/// Makes it known and gives it what waits.
fn enter(core: &Shared, peer: &Peer, id: u64) -> (Outbox, Vitals) {
    let mut core = core.borrow_mut();
    let now = core.clock.moment();
    let sockets = &mut core.sockets;
    let outbox = sockets.flows.open(id, Some(peer.clone()));
    if let Some(name) = &peer.name {
        sockets.prove(peer.remote, name);
    }
    for transmit in sockets.dials.remove(peer).unwrap_or_default() {
        sockets.flows.push(id, transmit.bytes);
    }
    let period = sockets.rules.keep_alive;
    (outbox, Vitals::opened(now).pinging(now, period, id.wrapping_mul(617), false))
}

async fn open(core: &Shared, peer: &Peer, local: SocketAddr) -> io::Result<Dialled> {
    let stream = connect(peer.remote, local).await?;
    stream.set_nodelay(true)?;
    if peer.transport != Transport::Tls {
        return Ok(Dialled::Tcp(stream));
    }
    let name = peer.name.as_deref().unwrap_or_default().to_owned();
    let name = ServerName::try_from(name).map_err(|_| {
        io::Error::other("the message names no host that a certificate could stand for")
    })?;
    let config = core.borrow().sockets.tls.client();
    let stream = TlsConnector::from(config).connect(name, stream).await?;
    let names = names(stream.get_ref().1.peer_certificates());
    Ok(Dialled::Tls(Box::new(stream), names))
}

/// From the address that the path names, because the peer may know us by it.
async fn connect(remote: SocketAddr, local: SocketAddr) -> io::Result<TcpStream> {
    let socket = if remote.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if local.is_ipv4() == remote.is_ipv4() && !local.ip().is_unspecified() {
        let mut from = local;
        from.set_port(0);
        socket.bind(from)?;
    }
    socket.connect(remote).await
}

fn failed(core: &Shared, peer: &Peer, path: Path, why: &str) {
    {
        let sockets = &mut core.borrow_mut().sockets;
        sockets.dials.remove(peer);
        sockets.counts.dials_failed += 1;
    }
    let name = peer.name.as_deref().unwrap_or("no name");
    let (transport, remote) = (peer.transport.as_str(), peer.remote);
    tracing::warn!("no {transport} connection to {remote} ({name}): {why}");
    let path = Path { connection: None, ..path };
    turn(core, |exchange, now| exchange.handle_transport_error(now, &path));
}
