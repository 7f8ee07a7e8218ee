//! Questions to DNS, asked beside the control thread: NAPTR, SRV, A and AAAA (RFC 3263).
//!
//! Owns: the bound on questions under way, the address of ours that routes to each of theirs.
//! Never: a wait on the control thread; which address is tried first.

use exchange::{Address, Answer, Naptr, NoAnswer, Question, Records, Srv};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, RecordType};
use ids::RequestId;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

/// Questions under way at once. Full: the question counts as unanswered and comes again.
const UNDER_WAY_MAX: usize = 64;
/// How long one server may take for one try.
const TRY_MAX: Duration = Duration::from_secs(2);
/// Tries of one question.
const TRIES: usize = 2;
/// How long a "there is none" is believed that does not say so itself.
const NONE_TTL: Duration = Duration::from_secs(30);

/// What came back.
pub type Resolved = (RequestId, Result<Answer, NoAnswer>);

/// The asking half.
pub struct Dns {
    resolver: Result<Arc<TokioResolver>, String>,
    runtime: Handle,
    places: Arc<Semaphore>,
    answers: mpsc::UnboundedSender<Resolved>,
}

impl Dns {
    /// Asks these servers, or without any the system's own. Answers come out of the returned queue,
    /// whose length the number of questions under way bounds.
    pub fn new(
        servers: &[SocketAddr],
        runtime: Handle,
    ) -> (Self, mpsc::UnboundedReceiver<Resolved>) {
        let (answers, resolved) = mpsc::unbounded_channel();
        let resolver = {
            // The resolver starts its tasks where it is made.
            let _inside = runtime.enter();
            resolver(servers).map(Arc::new).map_err(|error| error.to_string())
        };
        let places = Arc::new(Semaphore::new(UNDER_WAY_MAX));
        (Self { resolver, runtime, places, answers }, resolved)
    }

    /// Asks; the answer names the request.
    pub fn ask(&self, request: RequestId, question: Question) {
        let answers = self.answers.clone();
        let tell = move |answer| {
            // The receiver lives as long as the control thread.
            let _ = answers.send((request, answer));
        };
        if let Question::Host(host) = &question
            && let Ok(ip) = host.parse::<IpAddr>()
        {
            return tell(Ok(hosts(vec![ip], exchange::limits::DNS_TTL_MAX)));
        }
        let resolver = match &self.resolver {
            Ok(resolver) => resolver.clone(),
            Err(error) => {
                let why = format!(
                    "the system's DNS settings cannot be used: {error}; name servers in dns.servers"
                );
                return tell(Err(NoAnswer(why)));
            }
        };
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return tell(Err(NoAnswer(format!(
                "{UNDER_WAY_MAX} DNS questions are under way already"
            ))));
        };
        self.runtime.spawn(async move {
            tell(answer(&resolver, question).await);
            drop(place);
        });
    }
}

impl Dns {
    /// The addresses of a host and how long they may be believed, or why there is no answer.
    pub fn host(&self, name: &str) -> impl Future<Output = Result<Found, String>> + use<> {
        let (resolver, runtime, name) =
            (self.resolver.clone(), self.runtime.clone(), name.to_owned());
        async move {
            let resolver = resolver?;
            // the resolver's connections live where it was made
            let asked = runtime.spawn(async move { addresses(&resolver, &name).await });
            asked.await.map_err(|error| error.to_string())?.map_err(|NoAnswer(why)| why)
        }
    }
}

/// Addresses, and how long they may be believed.
type Found = (Vec<IpAddr>, Duration);

fn resolver(servers: &[SocketAddr]) -> Result<TokioResolver, NetError> {
    let mut builder = match servers {
        [] => TokioResolver::builder_tokio()?,
        servers => {
            let servers = servers.iter().map(server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options: &mut ResolverOpts = builder.options_mut();
    options.timeout = TRY_MAX;
    options.attempts = TRIES;
    // The exchange keeps what it needs; what is asked anew is meant to be new.
    options.cache_size = 0;
    builder.build()
}

fn server(at: &SocketAddr) -> NameServerConfig {
    let with_port = |mut connection: ConnectionConfig| {
        connection.port = at.port();
        connection
    };
    let connections = vec![with_port(ConnectionConfig::udp()), with_port(ConnectionConfig::tcp())];
    NameServerConfig::new(at.ip(), true, connections)
}

async fn answer(resolver: &TokioResolver, question: Question) -> Result<Answer, NoAnswer> {
    match question {
        Question::Naptr(name) => {
            let (records, ttl) = records(resolver, &name, RecordType::NAPTR).await?;
            Ok(Answer { records: Records::Naptr(records.iter().filter_map(naptr).collect()), ttl })
        }
        Question::Srv(name) => {
            let (records, ttl) = records(resolver, &name, RecordType::SRV).await?;
            Ok(Answer { records: Records::Srv(records.iter().filter_map(srv).collect()), ttl })
        }
        Question::Host(name) => addresses(resolver, &name).await.map(|(all, ttl)| hosts(all, ttl)),
    }
}

async fn addresses(resolver: &TokioResolver, name: &str) -> Result<Found, NoAnswer> {
    let (v4, v6) = tokio::join!(
        records(resolver, name, RecordType::A),
        records(resolver, name, RecordType::AAAA)
    );
    // One family is enough; only where neither answers is there no answer.
    let (v4, v6) = match (v4, v6) {
        (Err(error), Err(_)) => return Err(error),
        (v4, v6) => (v4.unwrap_or_default(), v6.unwrap_or_default()),
    };
    let ttl = [&v4, &v6].iter().filter(|(all, _)| !all.is_empty()).map(|(_, ttl)| *ttl).min();
    let all = v4.0.iter().chain(&v6.0).filter_map(address).collect();
    Ok((all, ttl.unwrap_or(NONE_TTL)))
}

/// Fully qualified, so that no search list of the system is tried.
async fn records(
    resolver: &TokioResolver,
    name: &str,
    kind: RecordType,
) -> Result<(Vec<RData>, Duration), NoAnswer> {
    let full = format!("{}.", name.trim_end_matches('.'));
    match resolver.lookup(full.as_str(), kind).await {
        Ok(lookup) => Ok(of(&lookup, kind)),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
            let ttl = none.negative_ttl.map(|s| Duration::from_secs(u64::from(s)));
            Ok((Vec::new(), ttl.unwrap_or(NONE_TTL)))
        }
        Err(error) => Err(NoAnswer(format!("DNS: {kind} of {name}: {error}"))),
    }
}

fn of(lookup: &Lookup, kind: RecordType) -> (Vec<RData>, Duration) {
    let wanted = lookup.answers().iter().filter(|record| record.record_type() == kind);
    let ttl = lookup.answers().iter().map(|record| record.ttl).min().unwrap_or(0);
    (wanted.map(|record| record.data.clone()).collect(), Duration::from_secs(u64::from(ttl)))
}

fn naptr(data: &RData) -> Option<Naptr> {
    let RData::NAPTR(naptr) = data else { return None };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Naptr {
        order: naptr.order,
        preference: naptr.preference,
        flags: text(&naptr.flags),
        service: text(&naptr.services),
        replacement: naptr.replacement.to_utf8(),
    })
}

fn srv(data: &RData) -> Option<Srv> {
    let RData::SRV(srv) = data else { return None };
    let (priority, weight, port) = (srv.priority, srv.weight, srv.port);
    Some(Srv { priority, weight, port, host: srv.target.to_utf8() })
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
        _ => None,
    }
}

/// Each with the address of ours that a packet to it leaves from; one that we have no route to is
/// left out.
fn hosts(remotes: Vec<IpAddr>, ttl: Duration) -> Answer {
    let routed = |remote| Some(Address { remote, local: local_towards(remote)? });
    Answer { records: Records::Host(remotes.into_iter().filter_map(routed).collect()), ttl }
}

fn local_towards(remote: IpAddr) -> Option<IpAddr> {
    let any = match remote {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let probe = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
    // Nothing is sent: the kernel looks up the route.
    probe.connect(SocketAddr::new(remote, 5060)).ok()?;
    Some(probe.local_addr().ok()?.ip())
}

/// Hands answers to the exchange.
pub async fn hear_dns(core: crate::core::Shared, mut answers: mpsc::UnboundedReceiver<Resolved>) {
    while let Some((request, answer)) = answers.recv().await {
        crate::core::turn(&core, |exchange, now| exchange.resolved(now, request, answer));
    }
}
