//! Where messages come from and go to, and where a response goes
//! (RFC 3261 sections 18.2.1 and 18.2.2, RFC 3581).

use crate::header::Via;
use crate::uri::{Scheme, Uri};
use std::net::{IpAddr, SocketAddr};

/// What carries a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Transport {
    /// One message a datagram; we retransmit.
    Udp,
    /// A stream cut by [`crate::Framer`]; nothing is retransmitted.
    Tcp,
    /// The same over TLS (RFC 3261 section 26.2.1, RFC 5922).
    Tls,
    /// One message a WebSocket message (RFC 7118); only the client opens the connection.
    Ws,
    /// The same over TLS.
    Wss,
}

impl Transport {
    /// Every one, plain before secure.
    pub const ALL: [Transport; 5] =
        [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

    /// True when the transport itself delivers: no retransmission (RFC 3261 section 17).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// True when TLS protects it.
    pub const fn is_secure(self) -> bool {
        matches!(self, Transport::Tls | Transport::Wss)
    }

    /// True when the peer alone can open the connection, so that a lost one is lost for us
    /// (RFC 7118 section 5: a browser listens nowhere).
    pub const fn is_websocket(self) -> bool {
        matches!(self, Transport::Ws | Transport::Wss)
    }

    /// The token in a Via.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// What stands in a URI of ours: `ws` also for secure WebSocket (RFC 7118 section 5.2.3);
    /// `None` for UDP, which needs no word.
    pub const fn uri_param(self) -> Option<&'static str> {
        match self {
            Transport::Udp => None,
            Transport::Tcp => Some("tcp"),
            Transport::Tls => Some("tls"),
            Transport::Ws | Transport::Wss => Some("ws"),
        }
    }

    /// The port used when a URI names none (RFC 3261 section 19.1.2, RFC 7118 section 5.2.4).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }

    /// What a URI asks for: its `transport` parameter, made secure by `sips:`; UDP, or TLS for
    /// `sips:`, when it has none. `None` for a transport that we do not speak.
    pub fn of_uri(uri: &Uri) -> Option<Transport> {
        let secure = uri.scheme() == Scheme::Sips;
        let named = uri.param("transport").map(str::to_ascii_lowercase);
        match (named.as_deref(), secure) {
            (None | Some("udp"), false) => Some(Transport::Udp),
            (Some("tcp"), false) => Some(Transport::Tcp),
            (None | Some("tcp"), true) | (Some("tls"), _) => Some(Transport::Tls),
            (Some("ws"), false) => Some(Transport::Ws),
            (Some("ws"), true) | (Some("wss"), _) => Some(Transport::Wss),
            (Some(_), _) => None,
        }
    }
}

/// A word that names no transport.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the transport is one of udp, tcp, tls, ws, wss")]
pub struct UnknownTransport;

impl std::str::FromStr for Transport {
    type Err = UnknownTransport;

    fn from_str(word: &str) -> Result<Self, UnknownTransport> {
        let named = |t: &Transport| t.as_str().eq_ignore_ascii_case(word);
        Self::ALL.into_iter().find(named).ok_or(UnknownTransport)
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

    /// Where a new connection for a response goes to: the source, at the port of the sent-by. `None` when
    /// the sent-by is another address than the source: the peer is behind a NAT and listens nowhere.
    pub(crate) fn sent_by(self, via: &Via<'_>) -> Option<SocketAddr> {
        let known = via.host_ip().is_none_or(|ip| ip == self.remote.ip());
        let mut there = self.remote;
        there.set_port(via.port.unwrap_or(self.transport.default_port()));
        (known && !via.host.ends_with(".invalid")).then_some(there)
    }

    /// Where a URI with an address in it points; `None` when a name must be resolved first.
    pub(crate) fn toward(self, uri: &Uri) -> Option<Path> {
        let ip = uri.host_ip()?;
        let transport = match Transport::of_uri(uri)? {
            // A browser over TLS writes `sip:` and `transport=ws` all the same.
            Transport::Ws if self.transport == Transport::Wss => Transport::Wss,
            transport => transport,
        };
        let mut remote = SocketAddr::new(ip, uri.port().unwrap_or(transport.default_port()));
        // A link-local address is one only on its link, which no URI can name (RFC 4007 section 11).
        if let (SocketAddr::V6(there), SocketAddr::V6(here)) = (&mut remote, self.remote)
            && there.ip().is_unicast_link_local()
        {
            there.set_scope_id(here.scope_id());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_says_which_transport_and_port_it_wants() {
        let wants = |uri: &str| {
            let t = Transport::of_uri(&uri.parse().unwrap());
            t.map_or("none".to_owned(), |t| format!("{}:{}", t.as_str(), t.default_port()))
        };
        for (uri, wanted) in [
            ("sip:a@b", "UDP:5060"),
            ("sip:a@b;transport=UDP", "UDP:5060"),
            ("sip:a@b;transport=tcp", "TCP:5060"),
            ("sip:a@b;transport=tls", "TLS:5061"),
            ("sips:a@b", "TLS:5061"),
            ("sips:a@b;transport=tcp", "TLS:5061"),
            ("sip:a@b;transport=ws", "WS:80"),
            ("sips:a@b;transport=WS", "WSS:443"),
            ("sips:a@b;transport=udp", "none"),
            ("sip:a@b;transport=sctp", "none"),
        ] {
            assert_eq!(wants(uri), wanted, "{uri}");
        }
    }

    #[test]
    fn words_and_transports_are_the_same_set() {
        for t in Transport::ALL {
            assert_eq!(t.as_str().to_lowercase().parse(), Ok(t));
        }
        assert_eq!("sctp".parse::<Transport>(), Err(UnknownTransport));
    }
}
