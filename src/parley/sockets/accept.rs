//! Connections that peers open: counted in, shaken hands with, served, counted out.

use super::keep_alive::Vitals;
use super::limits::{ACCEPTS_PER_TURN_MAX, BACKLOG, EXHAUSTED_WAIT, HANDSHAKE_MAX};
use super::{stream, websocket};
use crate::config::Listen;
use crate::core::{Shared, turn};
use crate::tls::certificate::Facts;
use rustix::net::sockopt;
use sip::{Path, PeerNames, Transport};
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

/// One bound listener.
pub struct Listener {
    pub listen: Listen,
    pub local: SocketAddr,
    socket: TcpListener,
}

impl Listener {
    /// Binds; `[::]` takes IPv6 alone, so that a listener on 0.0.0.0 can stand beside it.
    pub fn bind(listen: Listen) -> io::Result<Listener> {
        let socket = match listen.address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => {
                let socket = TcpSocket::new_v6()?;
                sockopt::set_ipv6_v6only(&socket, true)?;
                socket
            }
        };
        // A restart must not wait for the old connections' last minutes.
        socket.set_reuseaddr(true)?;
        socket.bind(listen.address)?;
        let socket = socket.listen(BACKLOG)?;
        Ok(Listener { listen, local: socket.local_addr()?, socket })
    }
}

/// Takes connections for ever.
pub async fn accept(core: Shared, listener: Listener) {
    let mut in_turn = 0;
    loop {
        match listener.socket.accept().await {
            Ok((stream, remote)) => {
                let admitted = core.borrow_mut().sockets.admit(remote);
                if let Some(id) = admitted {
                    tokio::task::spawn_local(take(core.clone(), stream, id, listener.listen));
                }
            }
            // The peer is gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            // Out of descriptors: let running connections end before trying again.
            Err(_) => {
                core.borrow_mut().sockets.counts.exhausted += 1;
                tokio::time::sleep(EXHAUSTED_WAIT).await;
            }
        }
        in_turn += 1;
        if in_turn >= ACCEPTS_PER_TURN_MAX {
            in_turn = 0;
            tokio::task::yield_now().await;
        }
    }
}

async fn take(core: Shared, stream: TcpStream, id: u64, listen: Listen) {
    if let (Ok(local), Ok(remote)) = (stream.local_addr(), stream.peer_addr()) {
        let path = Path { transport: listen.transport, local, remote, connection: Some(id) };
        let _ = stream.set_nodelay(true);
        match listen.transport {
            Transport::Udp | Transport::Tcp => serve_stream(&core, stream, path).await,
            Transport::Tls | Transport::Ws | Transport::Wss => {
                shake_hands(&core, stream, path, listen).await;
            }
        }
    }
    core.borrow_mut().sockets.flows.close(id);
}

/// TLS, WebSocket or both, within their time and their number; then the connection is served.
async fn shake_hands(core: &Shared, stream: TcpStream, path: Path, listen: Listen) {
    let permit = core.borrow().sockets.handshakes.clone().try_acquire_owned();
    let Ok(permit) = permit else {
        core.borrow_mut().sockets.counts.handshakes_refused += 1;
        return;
    };
    let tls = core.borrow().sockets.tls.server(listen.clients).map(TlsAcceptor::from);
    let shaken = tokio::time::timeout(HANDSHAKE_MAX, async {
        let web = listen.transport.is_websocket();
        if !listen.transport.is_secure() {
            return Ok(Shaken::Ws(Box::new(websocket::upgrade(core, stream).await?)));
        }
        let acceptor = tls.ok_or_else(|| io::Error::other("there is no certificate"))?;
        let stream = acceptor.accept(stream).await?;
        let names = names(stream.get_ref().1.peer_certificates());
        Ok::<_, io::Error>(match web {
            true => Shaken::Wss(Box::new(websocket::upgrade(core, stream).await?), names),
            false => Shaken::Tls(Box::new(stream), names),
        })
    });
    let shaken = shaken.await;
    drop(permit);
    let shaken = match shaken {
        Ok(Ok(shaken)) => shaken,
        Ok(Err(error)) => return refused(core, path, &error.to_string()),
        Err(_) => return refused(core, path, "it took too long"),
    };
    match shaken {
        Shaken::Ws(stream) => websocket::serve(core, *stream, path).await,
        Shaken::Wss(stream, names) => {
            introduce(core, path, names);
            websocket::serve(core, *stream, path).await;
        }
        Shaken::Tls(stream, names) => {
            introduce(core, path, names);
            serve_stream(core, *stream, path).await;
        }
    }
}

type OverTls = tokio_rustls::server::TlsStream<TcpStream>;

/// A connection after its handshakes.
enum Shaken {
    Ws(Box<websocket::Web<TcpStream>>),
    Wss(Box<websocket::Web<OverTls>>, PeerNames),
    Tls(Box<OverTls>, PeerNames),
}

fn refused(core: &Shared, path: Path, why: &str) {
    let count = &mut core.borrow_mut().sockets.counts.handshakes_failed;
    *count += 1;
    let (transport, remote) = (path.transport.as_str(), path.remote);
    // A scanner must not fill the log: the rest is in the counts.
    if *count <= 100 || count.is_multiple_of(1_000) {
        tracing::warn!("{transport} handshake of {remote} failed: {why}");
    }
}

/// Whom a client certificate names; nobody when there is none.
pub fn names(chain: Option<&[rustls::pki_types::CertificateDer<'_>]>) -> PeerNames {
    let facts = chain.and_then(|chain| Facts::read(chain.first()?));
    PeerNames::new(facts.map(|f| f.identities()).unwrap_or_default())
}

/// Tells the exchange who the other end has proved to be.
pub fn introduce(core: &Shared, path: Path, names: PeerNames) {
    if !names.is_empty() {
        turn(core, |exchange, _| exchange.handle_peer_names(&path, names));
    }
}

async fn serve_stream(core: &Shared, stream: impl AsyncRead + AsyncWrite + Unpin, path: Path) {
    let Some(id) = path.connection else { return };
    let (outbox, now) = {
        let mut core = core.borrow_mut();
        (core.sockets.flows.open(id, None), core.clock.moment())
    };
    stream::serve(core, stream, path, outbox, Vitals::accepted(now)).await;
}
