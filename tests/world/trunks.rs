//! Trunks in the world: carriers are phones, DNS knows a phone by `NAME.example`, the server calls out.

use super::{Happening, SERVER, World};
use exchange::{Address, Answer, NoAnswer, Outbound, Permit, Question, Records, TrunkConfig};
use ids::RequestId;
use records::{Event, EventKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// DNS takes this long.
const DNS: Duration = Duration::from_millis(5);

/// A trunk to these phones, with one number to show.
pub fn trunk(name: &str, to: &[&str]) -> TrunkConfig {
    let target = |phone: &&str| format!("sip:{phone}.example:5060").parse();
    let targets = to.iter().map(target).collect::<Result<_, _>>();
    let mut trunk = TrunkConfig::new(name, targets.expect("a phone's name makes a target"));
    trunk.caller_ids = vec!["+48221234567".parse().expect("a number to show")];
    trunk
}

impl World {
    /// The trunks begin their work.
    pub fn start_trunks(&mut self) {
        let now = self.time();
        self.exchange.start_trunks(now, vec![(sip::Transport::Udp, SERVER)]);
        self.settle();
    }

    /// The server calls a number.
    ///
    /// # Errors
    /// The exchange's own sentence, when it does not even try.
    pub fn call_out(
        &mut self,
        to: &str,
        flow: &str,
        trunk: Option<&str>,
    ) -> Result<ids::CallId, String> {
        let outbound = Outbound {
            to: to.to_owned(),
            caller_id: None,
            flow: flow.to_owned(),
            lang: None,
            case: None,
            trunk: trunk.map(str::to_owned),
            ring_for: None,
            permit: Permit::admin(),
        };
        let now = self.time();
        let called = self.exchange.originate(now, outbound).map_err(|e| e.to_string());
        self.settle();
        called
    }

    pub(crate) fn resolve(&mut self, request: RequestId, question: &Question) {
        let answer = self.dns_answer(question);
        self.later(DNS, Happening::Resolved(request, answer));
    }

    fn dns_answer(&self, question: &Question) -> Result<Answer, NoAnswer> {
        if !self.dns {
            return Err(NoAnswer("no DNS server answers".to_owned()));
        }
        let records = match question {
            Question::Naptr(_) => Records::Naptr(Vec::new()),
            Question::Srv(_) => Records::Srv(Vec::new()),
            Question::Host(host) => {
                let phone = self.phones.iter().find(|p| *host == format!("{}.example", p.name));
                let address =
                    |remote: SocketAddr| Address { remote: remote.ip(), local: SERVER.ip() };
                Records::Host(phone.map(|p| address(p.address)).into_iter().collect())
            }
        };
        Ok(Answer { records, ttl: Duration::from_secs(60) })
    }

    /// Every way tried for the last call that the server made: the phone, and the status.
    pub fn tried(&self) -> Vec<(String, u16)> {
        let placed = |events: &&Vec<Event>| {
            events.iter().any(|e| matches!(e.kind, EventKind::CallPlaced { .. }))
        };
        let last = self.ledger.events.values().rfind(placed);
        let tried = last.into_iter().flatten().filter_map(|event| match &event.kind {
            EventKind::TrunkTried { target, status, .. } => Some((self.named(target), *status)),
            _ => None,
        });
        tried.collect()
    }

    fn named(&self, target: &str) -> String {
        let ip = target.split_whitespace().nth(1).and_then(|at| at.parse::<SocketAddr>().ok());
        let ip: Option<IpAddr> = ip.map(|at| at.ip());
        let phone = self.phones.iter().find(|p| Some(p.address.ip()) == ip);
        phone.map_or_else(|| target.to_owned(), |p| p.name.clone())
    }
}
