//! What one trunk is told: who may come in by it, where calls go out, under which numbers, how many.
//!
//! Owns: the words of a trunk, and what is wrong with a set of them.
//! Never: a file's syntax (that is `parley`); a name's address.

use super::caller_id::{CallerId, NumberFormat};
use crate::limits;
use ids::Network;
use ids::phone::Home;
use std::sync::Arc;
use std::time::Duration;

/// One trunk.
#[derive(Clone, Debug)]
pub struct TrunkConfig {
    /// Its name in records, commands and alarms.
    pub name: String,
    /// Networks that calls come in from. The addresses of its targets count without being named.
    pub sources: Vec<Network>,
    /// Names of which a peer's certificate must show one; empty: no certificate is asked for.
    pub certificate_names: Vec<String>,
    /// Where calls go out, tried in this order where DNS says nothing else.
    pub targets: Vec<Target>,
    /// The host in From and in the Request-URI of our calls; without it the target's.
    pub domain: Option<String>,
    /// Whether targets are asked by OPTIONS if they live; without it every target counts as alive.
    pub options: bool,
    /// Registration with the carrier.
    pub registration: Option<RegistrationConfig>,
    /// What we answer challenges with.
    pub credentials: Option<sip::digest::Credentials>,
    /// Codecs offered, the best first.
    pub codecs: Arc<sdp::Capabilities>,
    /// What is offered once more where the carrier answers 488; `None`: 488 is final.
    pub narrow: Option<Arc<sdp::Capabilities>>,
    /// Numbers that we may show, the first is shown where a call names none of them.
    pub caller_ids: Vec<CallerId>,
    /// How numbers are written to the carrier.
    pub number_format: NumberFormat,
    /// The country in which numbers without a country code are read and written.
    pub home: Home,
    /// Calls at once, both directions counted; only calls of ours are held back by it.
    pub calls_max: u32,
    /// Calls of ours begun in a second.
    pub calls_per_second: u32,
    /// Within the trust domain of RFC 3325: its P-Asserted-Identity is believed, ours is sent.
    pub private: bool,
    /// Lower is tried first.
    pub priority: u16,
    /// Share of the calls among trunks of one priority (RFC 2782's rule).
    pub weight: u16,
    /// E.164 prefixes that go this way; empty: every number.
    pub prefixes: Vec<String>,
    /// Listen for tones in the audio even where telephone-event was agreed.
    pub inband_always: bool,
}

/// How we register (RFC 3261 section 10).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegistrationConfig {
    /// The user part of the address of record.
    pub user: String,
    /// How long a registration is asked for.
    pub expires: Duration,
}

/// Where calls go: a name that DNS resolves, or an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// A host name, or an address without brackets.
    pub host: String,
    /// The port, if one is written.
    pub port: Option<u16>,
    /// The transport, if one is written or `sips:` asks for one.
    pub transport: Option<sip::Transport>,
}

impl TrunkConfig {
    /// A trunk with this name and target, and defaults everywhere else.
    pub fn new(name: &str, targets: Vec<Target>) -> Self {
        let capabilities = Arc::new(sdp::Capabilities::g711());
        Self {
            name: name.to_owned(),
            sources: Vec::new(),
            certificate_names: Vec::new(),
            targets,
            domain: None,
            options: true,
            registration: None,
            credentials: None,
            codecs: capabilities,
            narrow: None,
            caller_ids: Vec::new(),
            number_format: NumberFormat::E164,
            home: Home::default(),
            calls_max: limits::TRUNK_CALLS_MAX_DEFAULT,
            calls_per_second: limits::TRUNK_CALLS_PER_SECOND_DEFAULT,
            private: false,
            priority: 0,
            weight: 1,
            prefixes: Vec::new(),
            inband_always: false,
        }
    }

    /// Whether a number in E.164 goes this way.
    pub(crate) fn routes(&self, number: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|p| number.starts_with(p.as_str()))
    }
}

/// Why a target cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// No URI.
    #[error("{0:?} is no SIP address; write it like sip:carrier.example or sip:192.0.2.10:5060")]
    NotSip(String),
    /// A transport that trunks do not use.
    #[error("{0:?} names a transport that no trunk uses; write udp, tcp or tls")]
    Transport(String),
}

impl std::str::FromStr for Target {
    type Err = TargetError;

    /// Reads `sip:host[:port][;transport=udp|tcp|tls]` or `sips:…`.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let not_sip = || TargetError::NotSip(text.to_owned());
        let uri: sip::Uri = text.parse().map_err(|_| not_sip())?;
        let secure = match uri.scheme() {
            sip::Scheme::Sip => false,
            sip::Scheme::Sips => true,
            sip::Scheme::Tel | sip::Scheme::Other => return Err(not_sip()),
        };
        if uri.host().is_empty() || uri.user().is_some() {
            return Err(not_sip());
        }
        let transport = match (uri.param("transport").is_some() || secure).then_some(&uri) {
            None => None,
            Some(uri) => {
                let read = sip::Transport::of_uri(uri).filter(|t| !t.is_websocket());
                Some(read.ok_or_else(|| TargetError::Transport(text.to_owned()))?)
            }
        };
        let host = uri.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        Ok(Target { host, port: uri.port(), transport })
    }
}

/// Why a set of trunks cannot be used, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TrunkFault {
    /// Two of one name.
    #[error("two trunks are called {0:?}; give each a name of its own")]
    TwoOfOneName(String),
    /// Neither a way in nor a way out.
    #[error(
        "trunk {0:?} has neither `sources` nor `targets`: no call could come in or go out; name at least one"
    )]
    NoWay(String),
    /// Registration with nobody.
    #[error(
        "trunk {0:?} registers but has no `targets` to register with; name the carrier's address"
    )]
    NobodyToRegisterWith(String),
    /// Two trunks claim the same source.
    #[error(
        "trunks {first:?} and {second:?} both take calls from {network}: a call could not be told apart; \
         narrow the sources of one, or give both `certificate-names`"
    )]
    SameSource {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// What both claim.
        network: String,
    },
    /// No codec.
    #[error("trunk {0:?} has an empty list of codecs; leave `codecs` out, or name one")]
    NoCodec(String),
    /// A cap of zero.
    #[error(
        "trunk {0:?} has {1} = 0: no call could go out; leave it out, or take the targets away"
    )]
    ZeroCap(String, &'static str),
    /// Too many trunks.
    #[error("{0} trunks are more than the {max} that this server handles", max = limits::TRUNKS_MAX)]
    TooMany(usize),
}

/// Looks at all trunks together.
///
/// # Errors
/// The first [`TrunkFault`] found.
pub fn check_trunks(trunks: &[Arc<TrunkConfig>]) -> Result<(), TrunkFault> {
    if trunks.len() > limits::TRUNKS_MAX {
        return Err(TrunkFault::TooMany(trunks.len()));
    }
    for (n, trunk) in trunks.iter().enumerate() {
        let name = || trunk.name.clone();
        if trunks[..n].iter().any(|other| other.name == trunk.name) {
            return Err(TrunkFault::TwoOfOneName(name()));
        }
        if trunk.sources.is_empty() && trunk.targets.is_empty() {
            return Err(TrunkFault::NoWay(name()));
        }
        if trunk.registration.is_some() && trunk.targets.is_empty() {
            return Err(TrunkFault::NobodyToRegisterWith(name()));
        }
        let lists = [Some(&trunk.codecs), trunk.narrow.as_ref()];
        if lists.into_iter().flatten().any(|list| list.codecs.is_empty()) {
            return Err(TrunkFault::NoCodec(name()));
        }
        for (cap, key) in [(trunk.calls_max, "calls"), (trunk.calls_per_second, "calls-per-second")]
        {
            if cap == 0 && !trunk.targets.is_empty() {
                return Err(TrunkFault::ZeroCap(name(), key));
            }
        }
        for other in &trunks[..n] {
            shared_source(other, trunk).map_or(Ok(()), |network| {
                let (first, second) = (other.name.clone(), name());
                Err(TrunkFault::SameSource { first, second, network })
            })?;
        }
    }
    Ok(())
}

fn shared_source(a: &TrunkConfig, b: &TrunkConfig) -> Option<String> {
    if !a.certificate_names.is_empty() && !b.certificate_names.is_empty() {
        return None;
    }
    let pairs = a.sources.iter().flat_map(|x| b.sources.iter().map(move |y| (x, y)));
    pairs.into_iter().find(|(x, y)| x.overlaps(y)).map(|(x, _)| x.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunk(name: &str, sources: &[&str]) -> TrunkConfig {
        let mut trunk = TrunkConfig::new(name, vec!["sip:carrier.example".parse().unwrap()]);
        trunk.sources = sources.iter().map(|s| s.parse().unwrap()).collect();
        trunk
    }

    fn fault(trunks: Vec<TrunkConfig>) -> String {
        let trunks: Vec<_> = trunks.into_iter().map(Arc::new).collect();
        check_trunks(&trunks).unwrap_err().to_string()
    }

    #[test]
    fn a_target_shows_host_port_and_transport() {
        let read = |text: &str| text.parse::<Target>().unwrap();
        assert_eq!(read("sip:Carrier.Example").host, "carrier.example");
        assert_eq!(read("sip:carrier.example").transport, None);
        let literal = read("sip:[2001:db8::1]:5070;transport=tcp");
        assert_eq!((literal.host.as_str(), literal.port), ("2001:db8::1", Some(5070)));
        assert_eq!(literal.transport, Some(sip::Transport::Tcp));
        assert_eq!(read("sips:carrier.example").transport, Some(sip::Transport::Tls));
        for bad in ["carrier.example", "tel:+48", "sip:user@carrier.example", "sip:a;transport=ws"]
        {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_cannot_work_is_said_before_the_first_call() {
        let twice = fault(vec![trunk("a", &[]), trunk("a", &[])]);
        assert!(twice.contains("two trunks are called \"a\""), "{twice}");
        let shared = fault(vec![trunk("a", &["192.0.2.0/24"]), trunk("b", &["192.0.2.7"])]);
        assert!(shared.contains("both take calls from 192.0.2.0/24"), "{shared}");
        let idle = TrunkConfig { targets: Vec::new(), ..trunk("idle", &[]) };
        assert!(fault(vec![idle]).contains("neither `sources` nor `targets`"));
        let zero = TrunkConfig { calls_max: 0, ..trunk("zero", &[]) };
        assert!(fault(vec![zero]).contains("calls = 0"));
        let mut named = [trunk("a", &["192.0.2.0/24"]), trunk("b", &["192.0.2.7"])];
        named.iter_mut().for_each(|t| t.certificate_names = vec![format!("{}.example", t.name)]);
        assert_eq!(check_trunks(&named.map(Arc::new)), Ok(()));
    }

    #[test]
    fn a_number_goes_where_its_prefix_is_routed() {
        let mut trunk = trunk("a", &[]);
        assert!(trunk.routes("+39061234567"));
        trunk.prefixes = vec!["+48".into()];
        assert!(trunk.routes("+48221234567") && !trunk.routes("+39061234567"));
    }
}
