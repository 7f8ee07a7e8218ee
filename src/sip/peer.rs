//! Who the other end of a connection is (RFC 5922), and which name a connection of ours must prove.

use crate::header::values;
use crate::inspect::top_via;
use crate::message::{Message, Name, Start};
use crate::name_addr::AddrParts;
use crate::uri::Uri;
use std::sync::Arc;

/// The names that a peer has proved by its certificate: domains and hosts, lower case. Empty for a peer
/// that has proved nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PeerNames(Arc<[String]>);

impl PeerNames {
    /// From a certificate whose chain is verified: its `sip:` domains, or its host names if there are none
    /// (RFC 5922 section 7.1).
    pub fn new(names: Vec<String>) -> PeerNames {
        PeerNames(names.into())
    }

    /// True when nothing is proved.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when the peer may speak for `domain`: the same name whatever its case, a `*` in a
    /// certificate stands for nothing (RFC 5922 section 7.2).
    pub fn is(&self, domain: &str) -> bool {
        let domain = domain.trim_end_matches('.');
        !domain.contains('*') && self.0.iter().any(|name| name.eq_ignore_ascii_case(domain))
    }

    /// All of them, for a log.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The host that the next hop of a message is known by, IPv6 in brackets: of the first Route, else of
/// the Request-URI, for a response of the top Via. The certificate must prove it (RFC 5922 section 7.3).
pub fn next_hop_host(message: &[u8]) -> Option<String> {
    let message = Message::parse(message).ok()?;
    let host = match message.start() {
        Start::Request { uri, .. } => {
            let route = message.all(Name::Route).flat_map(values).next();
            let route = route.and_then(|r| Uri::parse(AddrParts::parse(r)?.uri).ok());
            route.or_else(|| Uri::parse(uri).ok())?.host().to_owned()
        }
        Start::Response { .. } => top_via(&message)?.host.to_owned(),
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_only_who_its_certificate_names() {
        let names = PeerNames::new(vec!["carrier.example".into(), "*.carrier.example".into()]);
        assert!(names.is("Carrier.Example") && names.is("carrier.example."));
        for other in ["sbc.carrier.example", "*.carrier.example", "example", ""] {
            assert!(!names.is(other), "{other}");
        }
        assert!(PeerNames::default().is_empty() && !PeerNames::default().is("carrier.example"));
    }

    #[test]
    fn the_next_hop_is_the_route_or_the_target_or_the_via() {
        let via = "Via: SIP/2.0/TLS edge.example:5061;branch=z9hG4bK1\r\n";
        let host = |text: String| next_hop_host(text.as_bytes());
        let request =
            |route: &str| format!("BYE sips:a@target.example SIP/2.0\r\n{via}{route}\r\n");
        assert_eq!(host(request("")).unwrap(), "target.example");
        let route = "Route: <sip:proxy.example;lr>, <sip:other.example;lr>\r\n";
        assert_eq!(host(request(route)).unwrap(), "proxy.example");
        assert_eq!(host(format!("SIP/2.0 200 OK\r\n{via}\r\n")).unwrap(), "edge.example");
        assert_eq!(host("nonsense".to_owned()), None);
    }
}
