//! Where messages come from and go to, and where a response goes
//! (RFC 3261 sections 18.2.1 and 18.2.2, RFC 3581).

use crate::header::Via;
use crate::uri::Uri;
use std::net::{IpAddr, SocketAddr};

/// What carries a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Transport {
    /// One message a datagram; we retransmit.
    Udp,
    /// A stream cut by [`crate::Framer`]; nothing is retransmitted.
    Tcp,
}

impl Transport {
    /// True when the transport itself delivers: no retransmission (RFC 3261 section 17).
    pub const fn is_reliable(self) -> bool {
        matches!(self, Transport::Tcp)
    }

    /// The token in a Via.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }

    /// The port used when a URI names none (RFC 3261 section 19.1.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
        }
    }
}

/// Where a message came from or goes to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Path {
    /// What carries it.
    pub transport: Transport,
    /// Our end: a real address, never the unspecified one; it goes into Via and Contact.
    pub local: SocketAddr,
    /// The peer's end.
    pub remote: SocketAddr,
    /// For a stream the shell's name of the open connection. `None` on a message to send means:
    /// open one to `remote`. Names are never used twice.
    pub connection: Option<u64>,
}

impl Path {
    /// A UDP path.
    pub const fn udp(local: SocketAddr, remote: SocketAddr) -> Path {
        Path { transport: Transport::Udp, local, remote, connection: None }
    }

    /// Where responses to a request that came by this path go: back over the connection; to the
    /// source if the Via asks with `rport`; else to the source address and the sent-by port.
    ///
    /// `maddr` is not followed: it would let a stranger aim our responses at a third party.
    pub(crate) fn for_response(self, via: &Via<'_>) -> Path {
        if self.transport.is_reliable() || via.params.get("rport").is_some() {
            return self;
        }
        let port = via.port.unwrap_or(self.transport.default_port());
        Path { remote: SocketAddr::new(self.remote.ip(), port), ..self }
    }

    /// Where a URI with an address in it points; `None` when a name must be resolved first.
    pub(crate) fn toward(self, uri: &Uri) -> Option<Path> {
        let ip = uri.host_ip()?;
        let transport = match uri.param("transport") {
            Some(t) if t.eq_ignore_ascii_case("tcp") => Transport::Tcp,
            Some(t) if t.eq_ignore_ascii_case("udp") => Transport::Udp,
            _ => Transport::Udp,
        };
        let remote = SocketAddr::new(ip, uri.port().unwrap_or(transport.default_port()));
        let same = transport == self.transport && remote == self.remote;
        let family = ip.is_ipv4() == self.local.is_ipv4();
        let connection = self.connection.filter(|_| same);
        family.then_some(Path { transport, remote, connection, ..self })
    }
}

/// Writes an address as a host: IPv6 in brackets.
pub(crate) fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}
