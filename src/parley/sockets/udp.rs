//! UDP: one datagram, one message, one turn.

use super::limits::{DATAGRAM_MAX, DATAGRAMS_PER_TURN_MAX};
use super::{local_towards, stun};
use crate::core::{Shared, turn};
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use sip::{Path, Transport};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::UdpSocket;

/// One bound port.
#[derive(Clone)]
pub struct Port {
    pub local: SocketAddr,
    socket: Rc<UdpSocket>,
}

impl Port {
    /// Binds; `[::]` takes IPv6 alone, so that a listener on 0.0.0.0 can stand beside it.
    pub fn bind(address: SocketAddr) -> io::Result<Port> {
        let (v4, v6) = (AddressFamily::INET, AddressFamily::INET6);
        let family = if address.is_ipv4() { v4 } else { v6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::DGRAM, flags, None)?;
        if family == v6 {
            sockopt::set_ipv6_v6only(&socket, true)?;
        }
        rustix::net::bind(&socket, &address)?;
        let socket = UdpSocket::from_std(std::net::UdpSocket::from(socket))?;
        Ok(Port { local: socket.local_addr()?, socket: Rc::new(socket) })
    }
}

/// Sends by the socket of the path, or by one of its port or its family.
pub fn send(ports: &[Port], path: &Path, bytes: &[u8]) -> io::Result<()> {
    let family = path.remote.is_ipv4();
    let same = |u: &&Port| u.local.port() == path.local.port() && u.local.is_ipv4() == family;
    let exact = ports.iter().find(|u| u.local == path.local);
    let port = exact.or_else(|| ports.iter().find(same));
    let port = port.or_else(|| ports.iter().find(|u| u.local.is_ipv4() == family));
    let port = port.ok_or(io::ErrorKind::AddrNotAvailable)?;
    port.socket.try_send_to(bytes, path.remote).map(drop)
}

/// Takes datagrams for ever.
pub async fn receive(core: Shared, port: Port) {
    let mut buffer = vec![0; DATAGRAM_MAX];
    let mut meter = stun::Meter::default();
    let mut in_turn = 0;
    loop {
        // ICMP errors of earlier sends surface here; they are no reason to stop listening.
        let Ok((length, remote)) = port.socket.recv_from(&mut buffer).await else { continue };
        let datagram = &buffer[..length];
        if stun::is_stun(datagram) {
            let now = core.borrow().clock.moment();
            let answer = stun::answer(datagram, remote).filter(|_| meter.admit(now));
            if let Some(answer) = answer {
                // One that is lost is asked for again.
                let _ = port.socket.try_send_to(&answer, remote);
            }
        } else {
            let local = local_towards(port.local, remote);
            let path = Path { transport: Transport::Udp, local, remote, connection: None };
            turn(&core, |exchange, now| exchange.handle_sip(now, path, datagram));
        }
        in_turn += 1;
        if in_turn >= DATAGRAMS_PER_TURN_MAX {
            in_turn = 0;
            tokio::task::yield_now().await;
        }
    }
}
