//! One request and its answer over one TLS connection, without waiting.
//!
//! ```text
//!  Connecting ─▶ Greeting ─the server has proved its name─▶ Greeted ─send─▶ Listening ─▶ answer
//!      └──────────────┴─ unreachable: the next address
//! ```
//! Nothing is written before the handshake is complete: TLS would have to keep the request in the clear.
//! A redirect is an answer like any other, and is not followed.
//!
//! Owns: the socket, TLS, the time.
//! Never: a card (the request is encrypted from where it lies), what an answer means.

use super::answer::{Answer, read_answer};
use crate::limits::GATEWAY;
use ids::Moment;
use rustix::event::PollFlags;
use rustix::net::sockopt::socket_error;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
use rustls_quiet::pki_types::ServerName;
use rustls_quiet::{ClientConfig, ClientConnection, Error as TlsError};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failed {
    /// No address could be reached; nothing was sent.
    Unreachable,
    /// The server did not prove that it is the gateway; nothing was sent.
    Certificate,
    /// Nothing was sent in time.
    LateUnsent,
    /// The gateway does not let us in; nothing was sent.
    Credentials,
    /// The request was sent, and there is no whole answer.
    NoAnswer,
}

impl Failed {
    /// Nothing of the request has left.
    pub fn is_unsent(self) -> bool {
        self != Failed::NoAnswer
    }
}

/// How far it is.
#[derive(PartialEq, Eq, Debug)]
pub enum Progress {
    /// Wait.
    Working,
    /// The server has proved its name: send.
    Greeted,
    /// The answer.
    Answered(Answer),
}

enum Phase {
    Connecting,
    Greeting,
    Greeted,
    Listening,
}

/// One request and its answer.
pub struct Conversation {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    addresses: VecDeque<SocketAddr>,
    socket: TcpStream,
    tls: Box<ClientConnection>,
    phase: Phase,
    answer: Vec<u8>,
    deadline: Moment,
}

impl Conversation {
    /// Begins to connect to the first address.
    ///
    /// # Errors
    /// [`Failed::Unreachable`].
    pub fn begin(
        now: Moment,
        config: &Arc<ClientConfig>,
        name: &ServerName<'static>,
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) -> Result<Self, Failed> {
        let mut addresses: VecDeque<SocketAddr> = addresses.into_iter().collect();
        let socket = next_socket(&mut addresses)?;
        Ok(Self {
            config: Arc::clone(config),
            name: name.clone(),
            addresses,
            socket,
            tls: new_tls(config, name)?,
            phase: Phase::Connecting,
            answer: Vec::new(),
            deadline: now + GATEWAY,
        })
    }

    /// With another end than its own.
    pub fn until(mut self, deadline: Moment) -> Self {
        self.deadline = deadline;
        self
    }

    /// What to wait for.
    pub fn interest(&self) -> (BorrowedFd<'_>, PollFlags) {
        let mut flags = PollFlags::IN;
        if matches!(self.phase, Phase::Connecting) || self.tls.wants_write() {
            flags |= PollFlags::OUT;
        }
        (self.socket.as_fd(), flags)
    }

    /// When it is too late.
    pub fn deadline(&self) -> Moment {
        self.deadline
    }

    /// Goes on as far as it can.
    ///
    /// # Errors
    /// [`Failed`]: it is over.
    pub fn go_on(&mut self, now: Moment) -> Result<Progress, Failed> {
        if now >= self.deadline {
            let sent = matches!(self.phase, Phase::Listening);
            return Err(if sent { Failed::NoAnswer } else { Failed::LateUnsent });
        }
        match self.phase {
            Phase::Connecting => self.connected(),
            Phase::Greeting => match self.greet() {
                Err(Failed::Unreachable) => self.try_next(),
                other => other,
            },
            Phase::Greeted => Ok(Progress::Working),
            Phase::Listening => self.listen(),
        }
    }

    /// Encrypts the request from where it lies. Only after [`Progress::Greeted`].
    ///
    /// # Errors
    /// [`Failed::NoAnswer`]: some of it may have left.
    pub fn send(&mut self, head: &[u8], body: &[u8]) -> Result<(), Failed> {
        self.phase = Phase::Listening;
        let mut writer = self.tls.writer();
        let written = writer.write_all(head).and_then(|()| writer.write_all(body));
        written.map_err(|_| Failed::NoAnswer)?;
        self.write().map_err(|_| Failed::NoAnswer)
    }

    fn connected(&mut self) -> Result<Progress, Failed> {
        match (socket_error(&self.socket), self.socket.peer_addr()) {
            (Ok(Ok(())), Ok(_)) => {
                self.phase = Phase::Greeting;
                self.go_on(Moment::START)
            }
            (Ok(Ok(())), Err(e)) if e.kind() == ErrorKind::NotConnected => Ok(Progress::Working),
            _ => self.try_next(),
        }
    }

    fn try_next(&mut self) -> Result<Progress, Failed> {
        self.socket = next_socket(&mut self.addresses)?;
        self.tls = new_tls(&self.config, &self.name)?;
        self.phase = Phase::Connecting;
        Ok(Progress::Working)
    }

    fn greet(&mut self) -> Result<Progress, Failed> {
        let ended = self.turn().map_err(certificate_or_unreachable)?;
        if !self.tls.is_handshaking() && !self.tls.wants_write() {
            self.phase = Phase::Greeted;
            return Ok(Progress::Greeted);
        }
        if ended { Err(Failed::Unreachable) } else { Ok(Progress::Working) }
    }

    fn listen(&mut self) -> Result<Progress, Failed> {
        // a broken end is an end: what came before it may be whole
        let ended = self.turn().unwrap_or(true);
        let mut chunk = [0; 4_096];
        while let Ok(count @ 1..) = self.tls.reader().read(&mut chunk) {
            self.answer.extend(&chunk[..count]);
        }
        match read_answer(&self.answer, ended) {
            Ok(Some(answer)) => Ok(Progress::Answered(answer)),
            Ok(None) => Ok(Progress::Working),
            Err(_) => Err(Failed::NoAnswer),
        }
    }

    /// Reads and writes what the socket takes; true when the peer has ended.
    fn turn(&mut self) -> Result<bool, TurnError> {
        self.write()?;
        let mut ended = false;
        loop {
            match self.tls.read_tls(&mut self.socket) {
                Ok(0) => ended = true,
                Ok(_) => {
                    let state = self.tls.process_new_packets();
                    if state.map_err(TurnError::Tls)?.peer_has_closed() {
                        ended = true;
                    } else if self.tls.wants_read() {
                        continue;
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(_) => ended = true,
            }
            break;
        }
        self.write()?;
        Ok(ended)
    }

    fn write(&mut self) -> Result<(), TurnError> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut self.socket) {
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Err(TurnError::Socket),
            }
        }
        Ok(())
    }
}

enum TurnError {
    Socket,
    Tls(TlsError),
}

fn certificate_or_unreachable(error: TurnError) -> Failed {
    match error {
        TurnError::Tls(TlsError::InvalidCertificate(_)) => Failed::Certificate,
        TurnError::Tls(_) | TurnError::Socket => Failed::Unreachable,
    }
}

fn new_tls(
    config: &Arc<ClientConfig>,
    name: &ServerName<'static>,
) -> Result<Box<ClientConnection>, Failed> {
    let tls = ClientConnection::new(Arc::clone(config), name.clone());
    tls.map(Box::new).map_err(|_| Failed::Unreachable)
}

/// A socket that is connecting to the next address that can be tried.
fn next_socket(addresses: &mut VecDeque<SocketAddr>) -> Result<TcpStream, Failed> {
    while let Some(address) = addresses.pop_front() {
        if let Some(socket) = connecting(address) {
            return Ok(TcpStream::from(socket));
        }
    }
    Err(Failed::Unreachable)
}

fn connecting(address: SocketAddr) -> Option<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(family, SocketType::STREAM, flags, None).ok()?;
    match connect(&socket, &address) {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Some(socket),
        Err(_) => None,
    }
}
