//! The test phone's SIP socket: one UDP port, or one connection to the first hop over TCP, TLS or WebSocket.
//!
//! Owns: the socket, the framing of the stream, noticing that nobody listens.
//! Never: the meaning of a message.

use super::order::Order;
use crate::config::Tls as TlsSettings;
use crate::tls::files::{self, TlsError};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use sip::{Frame, Framer, Path, Transmit, Transport};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error as WebError, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// The largest datagram.
const DATAGRAM_MAX: usize = 65_535;
/// The largest message of a stream.
const MESSAGE_BYTES_MAX: usize = 32 * 1024;
/// How long a connection may take to open.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// The only connection's name.
const CONNECTION: u64 = 1;

/// What came.
#[derive(Debug)]
pub enum Received {
    Message(Path, Vec<u8>),
    /// The machine answers, but nothing listens at the port.
    NobodyListens,
    /// The connection is closed.
    Closed,
}

/// The socket of one call.
pub struct Line {
    path: Path,
    socket: Socket,
    buffer: Vec<u8>,
}

/// TCP, or TLS over it.
trait Bytes: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Bytes for T {}

/// Why there is no connection.
#[derive(Debug)]
pub enum LineFault {
    Network(io::Error),
    Tls(TlsError),
}

impl From<io::Error> for LineFault {
    fn from(error: io::Error) -> Self {
        Self::Network(error)
    }
}

enum Socket {
    Udp { socket: UdpSocket, probe: Option<UdpSocket> },
    Stream { stream: Box<dyn Bytes>, framer: Framer },
    Web(Box<WebSocketStream<Box<dyn Bytes>>>),
}

impl Line {
    /// Opens a port or a connection towards `remote`.
    pub async fn open(order: &Order, remote: SocketAddr) -> Result<Self, LineFault> {
        let (path, socket) = match order.transport {
            Transport::Udp => open_port(remote).await?,
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                let opened = tokio::time::timeout(CONNECT_MAX, open_connection(order, remote));
                opened.await.map_err(io::Error::from)??
            }
        };
        Ok(Self { path, socket, buffer: vec![0; DATAGRAM_MAX] })
    }

    /// From our real address to the first hop.
    pub fn path(&self) -> Path {
        self.path
    }

    /// The next message. May be dropped and called again: nothing gets lost.
    pub async fn receive(&mut self) -> io::Result<Received> {
        match &mut self.socket {
            Socket::Udp { socket, probe } => {
                let (length, remote) = tokio::select! {
                    got = socket.recv_from(&mut self.buffer) => got?,
                    () = refused(probe) => {
                        *probe = None;
                        return Ok(Received::NobodyListens);
                    }
                };
                let path = Path { remote, ..self.path };
                Ok(Received::Message(path, self.buffer[..length].to_vec()))
            }
            Socket::Stream { stream, framer } => loop {
                match framer.poll_frame().map_err(io::Error::other)? {
                    Some(Frame::Message(bytes) | Frame::TooLarge(bytes)) => {
                        return Ok(Received::Message(self.path, bytes));
                    }
                    Some(Frame::Ping | Frame::Pong) => continue,
                    None => {}
                }
                match stream.read(&mut self.buffer).await? {
                    0 => return Ok(Received::Closed),
                    length => framer.handle_bytes(&self.buffer[..length]),
                }
            },
            Socket::Web(web) => loop {
                let bytes = match web.next().await {
                    Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
                    Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(Received::Closed),
                };
                return Ok(Received::Message(self.path, bytes));
            },
        }
    }

    /// Sends one message.
    pub async fn send(&mut self, transmit: &Transmit) -> io::Result<()> {
        match &mut self.socket {
            Socket::Udp { socket, .. } => {
                socket.send_to(&transmit.bytes, transmit.path.remote).await.map(drop)
            }
            Socket::Stream { stream, .. } => {
                stream.write_all(&transmit.bytes).await?;
                stream.flush().await
            }
            Socket::Web(web) => {
                let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
                web.send(Message::text(text)).await.map_err(io::Error::other)
            }
        }
    }
}

async fn open_port(remote: SocketAddr) -> io::Result<(Path, Socket)> {
    let ip = address_towards(remote)?;
    let socket = UdpSocket::bind(SocketAddr::new(ip, 0)).await?;
    // Only a connected socket hears "port unreachable", and the call's own socket stays unconnected
    // because a peer may go on from another address. An empty line is ignored (RFC 3261 section 7.5).
    let probe = UdpSocket::bind(SocketAddr::new(ip, 0)).await?;
    probe.connect(remote).await?;
    probe.send(b"\r\n\r\n").await?;
    let path = Path::udp(socket.local_addr()?, remote);
    Ok((path, Socket::Udp { socket, probe: Some(probe) }))
}

async fn open_connection(order: &Order, remote: SocketAddr) -> Result<(Path, Socket), LineFault> {
    let tcp = TcpStream::connect(remote).await?;
    tcp.set_nodelay(true)?;
    let (transport, local) = (order.transport, tcp.local_addr()?);
    let path = Path { transport, local, remote, connection: Some(CONNECTION) };
    let stream: Box<dyn Bytes> = match transport.is_secure() {
        false => Box::new(tcp),
        true => {
            let settings = TlsSettings { ca: order.ca.clone(), ..TlsSettings::default() };
            let config = files::load(&settings).map_err(LineFault::Tls)?.client;
            let host = order.target.host().trim_matches(['[', ']']).to_owned();
            let name = ServerName::try_from(host).map_err(io::Error::other)?;
            Box::new(TlsConnector::from(config).connect(name, tcp).await?)
        }
    };
    if !transport.is_websocket() {
        return Ok((path, Socket::Stream { stream, framer: Framer::new(MESSAGE_BYTES_MAX) }));
    }
    let web = |error: WebError| LineFault::Network(io::Error::other(error));
    let scheme = if transport.is_secure() { "wss" } else { "ws" };
    let mut request = format!("{scheme}://{remote}/").into_client_request().map_err(web)?;
    let sip = HeaderValue::from_static("sip");
    request.headers_mut().insert("Sec-WebSocket-Protocol", sip);
    let (stream, _) = client_async(request, stream).await.map_err(web)?;
    Ok((path, Socket::Web(Box::new(stream))))
}

/// Our address on the route to `remote`: the one that goes into Via, Contact and SDP.
fn address_towards(remote: SocketAddr) -> io::Result<IpAddr> {
    let any: IpAddr = if remote.is_ipv4() { [0, 0, 0, 0].into() } else { [0; 16].into() };
    let socket = std::net::UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.connect(remote)?;
    Ok(socket.local_addr()?.ip())
}

/// Comes back when the probe is refused, and only then.
async fn refused(probe: &Option<UdpSocket>) {
    if let Some(probe) = probe {
        let mut buffer = [0; 1];
        while !matches!(probe.recv(&mut buffer).await, Err(e) if e.kind() == io::ErrorKind::ConnectionRefused)
        {
        }
        return;
    }
    std::future::pending().await
}

/// An even port for RTP and the odd one above it for RTCP (RFC 3550 section 11).
pub struct MediaPorts {
    pub rtp: UdpSocket,
    /// Kept so that reports sent to it find an open port.
    pub rtcp: UdpSocket,
}

/// Tries of pairs of ports.
const PAIRS_MAX: usize = 50;

impl MediaPorts {
    /// A free pair on our address.
    pub async fn open(ip: IpAddr) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..PAIRS_MAX {
            let rtp = UdpSocket::bind(SocketAddr::new(ip, 0)).await?;
            let port = rtp.local_addr()?.port();
            if port % 2 == 1 || port == u16::MAX {
                continue;
            }
            match UdpSocket::bind(SocketAddr::new(ip, port + 1)).await {
                Ok(rtcp) => return Ok(Self { rtp, rtcp }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
