//! From a target's name to addresses (RFC 3263 section 4, RFC 2782): one question at a time.
//!
//! ```text
//!   an address ------------------------------------------------> Host
//!   a name with a port -----------------------------------------> Host
//!   a name with a transport --------------> Srv ----------------> Host of each
//!   a name alone ---------------> Naptr --> Srv of each service -> Host of each
//!                 nothing there: Srv _sip._udp, _sip._tcp, _sips._tcp; nothing there: Host, port 5060
//! ```
//!
//! Owns: which question is next, what the answers add up to.
//! Never: a packet; when to ask again; which address is tried first.

use super::config::Target;
use crate::limits;
use sip::Transport;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// A question to DNS.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Question {
    /// NAPTR records of a domain (RFC 3403).
    Naptr(String),
    /// SRV records of a service (RFC 2782).
    Srv(String),
    /// Addresses, A and AAAA, of a host; or of an address, which then answers for itself.
    Host(String),
}

/// A NAPTR record, as far as RFC 3263 section 4.1 needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Naptr {
    /// Lower is taken first.
    pub order: u16,
    /// Lower is taken first within an order.
    pub preference: u16,
    /// `s` is what SIP uses.
    pub flags: String,
    /// `SIP+D2U`, `SIP+D2T`, `SIPS+D2T`.
    pub service: String,
    /// Where to look next.
    pub replacement: String,
}

/// An SRV record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// Share within a priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host; `.` says that the service is decidedly not there.
    pub host: String,
}

/// An address, and the address of ours that a packet to it leaves from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address {
    /// The host's.
    pub remote: IpAddr,
    /// Ours.
    pub local: IpAddr,
}

/// What DNS answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Records {
    /// To [`Question::Naptr`].
    Naptr(Vec<Naptr>),
    /// To [`Question::Srv`].
    Srv(Vec<Srv>),
    /// To [`Question::Host`].
    Host(Vec<Address>),
}

/// An answer with the time that it may be kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The records; none at all is an answer, too.
    pub records: Records,
    /// The shortest time to live among them (for none: how long that may be believed).
    pub ttl: Duration,
}

/// No answer: the server is silent, refuses or failed. What was known before goes on being used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoAnswer(pub String);

/// One address of a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    pub(crate) transport: Transport,
    pub(crate) remote: SocketAddr,
    pub(crate) local: IpAddr,
    /// Place of its service in the NAPTR order, then its SRV priority.
    pub(crate) rank: u32,
    pub(crate) weight: u16,
}

/// What comes after an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Ask(Question),
    /// All addresses, to be asked for again after this time.
    Found(Vec<Found>, Duration),
    /// DNS says that there is nobody.
    Nobody(Duration),
    /// DNS says nothing, or not all of it.
    Failed(String),
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Work {
    Naptr,
    Srv { name: String, transport: Transport, place: u16 },
    Host { host: String, port: u16, transport: Transport, rank: u32, weight: u16 },
}

/// One walk from a target to its addresses.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    target: Target,
    /// What is still to be asked, the next one last.
    todo: Vec<Work>,
    asked: Option<Work>,
    questions: usize,
    found: Vec<Found>,
    any_srv: bool,
    plain_tried: bool,
    failed: Option<String>,
    ttl: Duration,
}

impl Resolver {
    /// The walk and its first question.
    pub(crate) fn begin(target: &Target) -> (Resolver, Step) {
        let mut resolver = Resolver {
            target: target.clone(),
            todo: Vec::new(),
            asked: None,
            questions: 0,
            found: Vec::new(),
            any_srv: false,
            plain_tried: false,
            failed: None,
            ttl: limits::DNS_TTL_MAX,
        };
        resolver.plan();
        let step = resolver.next();
        (resolver, step)
    }

    /// RFC 3263 section 4.1 and 4.2, by what the target names.
    fn plan(&mut self) {
        let literal = self.target.host.parse::<IpAddr>().is_ok();
        match (literal || self.target.port.is_some(), self.target.transport) {
            (true, _) => self.plain(),
            (false, Some(transport)) => self.todo.push(self.service(transport, 0)),
            (false, None) => self.todo.push(Work::Naptr),
        }
    }

    fn plain(&mut self) {
        self.plain_tried = true;
        let transport = self.target.transport.unwrap_or(Transport::Udp);
        let port = self.target.port.unwrap_or(transport.default_port());
        let host = self.target.host.clone();
        self.todo.push(Work::Host { host, port, transport, rank: 0, weight: 0 });
    }

    fn service(&self, transport: Transport, place: u16) -> Work {
        let label = match transport {
            Transport::Udp => "_sip._udp",
            Transport::Tcp => "_sip._tcp",
            Transport::Tls | Transport::Ws | Transport::Wss => "_sips._tcp",
        };
        Work::Srv { name: format!("{label}.{}", self.target.host), transport, place }
    }

    fn next(&mut self) -> Step {
        if self.todo.is_empty() && !self.any_srv && !self.plain_tried && self.failed.is_none() {
            // Section 4.2: no SRV record at all means the host itself, at the default port.
            self.plain();
        }
        match self.todo.pop().filter(|_| self.questions < limits::DNS_QUESTIONS_MAX) {
            Some(work) => {
                self.questions += 1;
                let question = match &work {
                    Work::Naptr => Question::Naptr(self.target.host.clone()),
                    Work::Srv { name, .. } => Question::Srv(name.clone()),
                    Work::Host { host, .. } => Question::Host(host.clone()),
                };
                self.asked = Some(work);
                Step::Ask(question)
            }
            None => self.conclude(),
        }
    }

    fn conclude(&mut self) -> Step {
        let ttl = self.ttl.clamp(limits::DNS_TTL_MIN, limits::DNS_TTL_MAX);
        match (self.found.is_empty(), self.failed.take()) {
            (false, None) => Step::Found(std::mem::take(&mut self.found), ttl),
            // Some names answered and others did not: better few addresses than none, soon again.
            (false, Some(_)) => {
                Step::Found(std::mem::take(&mut self.found), limits::DNS_RETRY_AFTER)
            }
            (true, Some(why)) => Step::Failed(why),
            (true, None) => Step::Nobody(ttl.min(limits::DNS_RETRY_AFTER)),
        }
    }

    /// The answer to the question asked last.
    pub(crate) fn handle(&mut self, answer: Result<Answer, NoAnswer>) -> Step {
        let Some(work) = self.asked.take() else { return self.conclude() };
        match answer {
            Ok(Answer { records, ttl }) => {
                self.ttl = self.ttl.min(ttl);
                self.take(work, records);
            }
            Err(NoAnswer(why)) => self.failed = Some(why),
        }
        self.next()
    }

    fn take(&mut self, work: Work, records: Records) {
        match (work, records) {
            (Work::Naptr, Records::Naptr(records)) => self.take_naptr(records),
            (Work::Srv { transport, place, .. }, Records::Srv(records)) => {
                // RFC 2782: a single record for the root says that there is no such service.
                self.any_srv |= !records.is_empty();
                let hosts =
                    records.into_iter().filter(|srv| !srv.host.trim_end_matches('.').is_empty());
                for srv in hosts.take(limits::DNS_RECORDS_MAX) {
                    let rank = u32::from(place) << 16 | u32::from(srv.priority);
                    let (host, port, weight) = (srv.host, srv.port, srv.weight);
                    self.todo.push(Work::Host { host, port, transport, rank, weight });
                }
            }
            (Work::Host { port, transport, rank, weight, .. }, Records::Host(addresses)) => {
                for Address { remote, local } in addresses {
                    let remote = SocketAddr::new(remote, port);
                    let known = |f: &Found| f.remote == remote && f.transport == transport;
                    let room = self.found.len() < limits::TARGETS_MAX;
                    if room && !self.found.iter().any(known) {
                        self.found.push(Found { transport, remote, local, rank, weight });
                    }
                }
            }
            // An answer to another question is none.
            (_, Records::Naptr(_) | Records::Srv(_) | Records::Host(_)) => {
                self.failed = Some("DNS answered another question".to_owned());
            }
        }
    }

    /// RFC 3263 section 4.1: services that we speak, by order and preference.
    fn take_naptr(&mut self, mut records: Vec<Naptr>) {
        records.sort_by_key(|r| (r.order, r.preference));
        let services: Vec<Work> = records
            .into_iter()
            .filter(|r| r.flags.eq_ignore_ascii_case("s"))
            .filter_map(|r| {
                let transport = match r.service.to_ascii_uppercase().as_str() {
                    "SIP+D2U" => Transport::Udp,
                    "SIP+D2T" => Transport::Tcp,
                    "SIPS+D2T" => Transport::Tls,
                    _ => return None,
                };
                Some((r.replacement, transport))
            })
            .take(limits::DNS_RECORDS_MAX)
            .enumerate()
            .map(|(n, (name, transport))| Work::Srv { name, transport, place: n as u16 })
            .collect();
        if services.is_empty() {
            let plain = [Transport::Udp, Transport::Tcp, Transport::Tls];
            let each = plain.into_iter().enumerate();
            let services: Vec<_> = each.map(|(n, t)| self.service(t, n as u16)).collect();
            self.todo.extend(services.into_iter().rev());
        } else {
            self.todo.extend(services.into_iter().rev());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn answer(records: Records) -> Result<Answer, NoAnswer> {
        Ok(Answer { records, ttl: HOUR })
    }

    fn host(remote: &str) -> Result<Answer, NoAnswer> {
        let local = "192.0.2.1".parse().unwrap();
        answer(Records::Host(vec![Address { remote: remote.parse().unwrap(), local }]))
    }

    fn srv(priority: u16, weight: u16, port: u16, host: &str) -> Srv {
        Srv { priority, weight, port, host: host.into() }
    }

    fn naptr(order: u16, service: &str, replacement: &str) -> Naptr {
        let (flags, replacement) = ("s".into(), replacement.into());
        Naptr { order, preference: 0, flags, service: service.into(), replacement }
    }

    /// Walks with a made-up DNS; the questions in order and what came out.
    fn walk(
        target: &str,
        dns: impl Fn(&Question) -> Result<Answer, NoAnswer>,
    ) -> (Vec<String>, Step) {
        let (mut resolver, mut step) = Resolver::begin(&target.parse().unwrap());
        let mut asked = Vec::new();
        while let Step::Ask(question) = &step {
            asked.push(format!("{question:?}"));
            let answer = dns(question);
            step = resolver.handle(answer);
        }
        (asked, step)
    }

    fn empty(question: &Question) -> Result<Answer, NoAnswer> {
        answer(match question {
            Question::Naptr(_) => Records::Naptr(Vec::new()),
            Question::Srv(_) => Records::Srv(Vec::new()),
            Question::Host(_) => Records::Host(Vec::new()),
        })
    }

    fn shown(step: &Step) -> Vec<String> {
        let Step::Found(found, _) = step else { panic!("{step:?}") };
        found.iter().map(|f| format!("{} {} {}", f.transport.as_str(), f.remote, f.rank)).collect()
    }

    #[test]
    fn a_name_goes_by_naptr_and_srv_to_every_address() {
        let (asked, step) = walk("sip:carrier.example", |question| match question {
            Question::Naptr(_) => answer(Records::Naptr(vec![
                naptr(20, "SIP+D2U", "_sip._udp.carrier.example"),
                naptr(10, "SIP+D2T", "_sip._tcp.carrier.example"),
                naptr(5, "SIP+D2S", "_sip._sctp.carrier.example"),
            ])),
            Question::Srv(name) if name.starts_with("_sip._tcp") => answer(Records::Srv(vec![
                srv(1, 0, 5070, "a.example"),
                srv(2, 0, 5071, "b.example"),
            ])),
            Question::Srv(_) => answer(Records::Srv(vec![srv(1, 0, 5060, "a.example")])),
            Question::Host(name) => {
                host(if name == "a.example" { "192.0.2.10" } else { "192.0.2.11" })
            }
        });
        assert_eq!(asked[0], "Naptr(\"carrier.example\")");
        assert_eq!(asked[1], "Srv(\"_sip._tcp.carrier.example\")");
        let mut found = shown(&step);
        found.sort();
        assert_eq!(
            found,
            ["TCP 192.0.2.10:5070 1", "TCP 192.0.2.11:5071 2", "UDP 192.0.2.10:5060 65537"]
        );
    }

    #[test]
    fn without_naptr_the_services_are_asked_and_without_those_the_host() {
        let (asked, step) = walk("sip:carrier.example", |question| match question {
            Question::Host(_) => host("192.0.2.10"),
            other => empty(other),
        });
        assert_eq!(
            asked[1..],
            [
                "Srv(\"_sip._udp.carrier.example\")",
                "Srv(\"_sip._tcp.carrier.example\")",
                "Srv(\"_sips._tcp.carrier.example\")",
                "Host(\"carrier.example\")"
            ]
        );
        assert_eq!(shown(&step), ["UDP 192.0.2.10:5060 0"]);
    }

    #[test]
    fn a_port_or_an_address_asks_for_nothing_but_addresses() {
        let dns = |question: &Question| match question {
            Question::Host(_) => host("192.0.2.10"),
            other => panic!("{other:?} was asked"),
        };
        let (_, step) = walk("sip:carrier.example:5099", dns);
        assert_eq!(shown(&step), ["UDP 192.0.2.10:5099 0"]);
        let (_, step) = walk("sip:192.0.2.10;transport=tcp", dns);
        assert_eq!(shown(&step), ["TCP 192.0.2.10:5060 0"]);
        let (_, step) = walk("sips:192.0.2.10", dns);
        assert_eq!(shown(&step), ["TLS 192.0.2.10:5061 0"]);
    }

    #[test]
    fn silence_of_dns_is_told_apart_from_its_no() {
        let (_, step) = walk("sip:carrier.example", |_| Err(NoAnswer("timed out".into())));
        assert_eq!(step, Step::Failed("timed out".into()));
        let (_, step) = walk("sip:carrier.example", empty);
        assert!(matches!(step, Step::Nobody(_)), "{step:?}");
    }

    #[test]
    fn a_service_that_is_decidedly_not_there_is_not_looked_for_elsewhere() {
        let (asked, step) = walk("sip:carrier.example;transport=tcp", |question| match question {
            Question::Srv(_) => answer(Records::Srv(vec![srv(0, 0, 0, ".")])),
            other => panic!("{other:?} was asked"),
        });
        assert_eq!(asked.len(), 1);
        assert!(matches!(step, Step::Nobody(_)));
    }

    #[test]
    fn a_zone_without_end_is_not_walked_to_its_end() {
        let many: Vec<Srv> = (0..200).map(|n| srv(n, 0, 5060, &format!("h{n}.example"))).collect();
        let (asked, step) = walk("sip:carrier.example;transport=udp", |question| match question {
            Question::Srv(_) => answer(Records::Srv(many.clone())),
            _ => host("192.0.2.10"),
        });
        assert!(asked.len() <= limits::DNS_QUESTIONS_MAX, "{}", asked.len());
        assert_eq!(shown(&step).len(), 1);
    }
}
