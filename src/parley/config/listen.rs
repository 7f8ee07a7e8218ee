//! Where signalling is listened for, and what TLS needs for it.

use super::{Config, ConfigError};
use serde::Deserialize;
use sip::Transport;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Certificates. Files are looked at while the server runs: new ones serve new connections.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tls {
    /// Our chain, PEM, the own certificate first; shown by listeners and to trunks that ask for one.
    pub certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
    /// Authorities that may have issued the certificates of servers that we call; unset: the machine's.
    pub ca: Option<PathBuf>,
    /// Authorities that may have issued the certificates of clients.
    pub client_ca: Option<PathBuf>,
}

/// Whether a listener asks its clients for a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClientCertificate {
    /// It does not ask.
    #[default]
    None,
    /// One that is shown must be good.
    Optional,
    /// Without a good one there is no connection.
    Required,
}

/// One place to listen on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listen {
    pub transport: Transport,
    pub address: SocketAddr,
    /// For TLS and secure WebSocket.
    pub clients: ClientCertificate,
    /// Nobody can listen on the way to it: card keys may come over plain RTP.
    pub private: bool,
}

impl Config {
    /// How connections behave.
    pub fn socket_rules(&self) -> crate::sockets::Rules {
        // Less than ten seconds would be a flood of our own.
        let keep_alive = Duration::from_secs(self.sip.keep_alive_s.max(10));
        crate::sockets::Rules { origins: self.sip.origins.clone(), keep_alive }
    }
}

/// Reads `TRANSPORT:ADDRESS:PORT`, with `;private`, and for TLS `;client-certificate=optional` or `required`.
pub fn listen(text: &str) -> Result<Listen, ConfigError> {
    let bad = |problem: &str| ConfigError::Value {
        key: "sip.listen",
        value: text.into(),
        problem: problem.into(),
    };
    let mut parts = text.split(';');
    let place = parts.next().unwrap_or_default();
    let (transport, address) =
        place.split_once(':').ok_or_else(|| bad("write it like \"udp:0.0.0.0:5060\""))?;
    let transport: Transport =
        transport.parse().map_err(|e: sip::UnknownTransport| bad(&e.to_string()))?;
    let address = address.parse().map_err(|_| {
        bad("the address is an IP address and a port, like 192.0.2.10:5060 or [2001:db8::1]:5060")
    })?;
    let (mut clients, mut private) = (ClientCertificate::None, false);
    for option in parts {
        match option {
            "private" => private = true,
            "client-certificate=optional" => clients = ClientCertificate::Optional,
            "client-certificate=required" => clients = ClientCertificate::Required,
            _ => {
                return Err(bad(
                    "after ; comes private, client-certificate=optional or client-certificate=required",
                ));
            }
        }
    }
    if clients != ClientCertificate::None && !transport.is_secure() {
        return Err(bad("only tls and wss ask for a client certificate"));
    }
    Ok(Listen { transport, address, clients, private })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_a_transport_an_address_and_for_tls_what_clients_show() {
        let read = |text: &str| listen(text).unwrap();
        assert_eq!(read("udp:127.0.0.1:5060").transport, Transport::Udp);
        assert_eq!(read("wss:[::]:443").address, "[::]:443".parse().unwrap());
        assert_eq!(read("tls:[::1]:5061").clients, ClientCertificate::None);
        let trunk = read("tls:0.0.0.0:5062;client-certificate=required");
        assert_eq!((trunk.transport, trunk.clients), (Transport::Tls, ClientCertificate::Required));
        assert!(!trunk.private && read("udp:127.0.0.1:5060;private").private);
        assert!(read("tls:[::1]:5061;private;client-certificate=optional").private);
    }

    #[test]
    fn a_wrong_listener_says_how_to_write_it() {
        for (text, hint) in [
            ("5060", "udp:0.0.0.0:5060"),
            ("sctp:0.0.0.0:5060", "udp, tcp, tls, ws, wss"),
            ("tls:pbx.example:5061", "192.0.2.10:5060"),
            ("tls:0.0.0.0:5061;mutual", "client-certificate=optional"),
            ("tcp:0.0.0.0:5060;client-certificate=required", "only tls and wss"),
        ] {
            let error = listen(text).unwrap_err().to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }
}
