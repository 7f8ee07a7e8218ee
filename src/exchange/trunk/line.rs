//! One trunk at work: its targets found and watched, its registration held, its lines counted.
//!
//! ```text
//!   Starting ----a target answers, or none is asked----> Up <------> Down
//!      +------ all targets down, nobody found, not registered --------^
//! ```
//!
//! Owns: the trunk's standing and who is told when it changes.
//! Never: which trunk a call takes; a call.

use super::caps::Caps;
use super::config::{Target, TrunkConfig};
use super::desk::Desk;
use super::health::Health;
use super::hunt::{Candidate, Over};
use super::order::shuffled;
use super::resolve::{Answer, NoAnswer, Resolver, Step};
use super::target::Watched;
use crate::effect::Effect;
use crate::limits::{DNS_RETRY_AFTER, DNS_WAIT_MAX, HOLE_EVERY_MAX, HOLE_EVERY_MIN};
use ids::{Moment, RequestId};
use sip::registration::{Change, Registration, Settings};
use sip::{ErrandDone, Path, Transport, Uri};
use std::net::IpAddr;
use std::sync::Arc;

/// How a trunk stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Standing {
    /// Nothing is known yet; calls may try it unless it must register first.
    Starting,
    /// It takes calls.
    Up,
    /// It does not.
    Down,
}

/// What has passed over a trunk since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Calls that came in.
    pub inbound: u64,
    /// Attempts of ours.
    pub attempts: u64,
    /// Those that were answered.
    pub answered: u64,
}

/// A configured target and its way through DNS.
struct Place {
    target: Target,
    asking: Option<Asking>,
    /// When to ask anew.
    again_at: Moment,
    /// DNS has nobody, or is silent, and nobody is known from before.
    lost: bool,
    /// The alarm about it is out.
    told: bool,
}

struct Asking {
    request: RequestId,
    resolver: Resolver,
    until: Moment,
}

/// One trunk.
pub(crate) struct Line {
    pub(crate) config: Arc<TrunkConfig>,
    places: Vec<Place>,
    pub(crate) targets: Vec<Watched>,
    pub(crate) caps: Caps,
    pub(crate) registration: Option<Registration>,
    refused: bool,
    /// Where the registrar reaches us by UDP, and when the way there is kept open next.
    hole: Option<(Path, Moment)>,
    leaving: bool,
    told: Standing,
    pub(crate) last_error: Option<String>,
    pub(crate) totals: Totals,
}

impl Line {
    pub(crate) fn new(config: Arc<TrunkConfig>) -> Line {
        let place = |target: &Target| Place {
            target: target.clone(),
            asking: None,
            again_at: Moment::START,
            lost: false,
            told: false,
        };
        Line {
            places: config.targets.iter().map(place).collect(),
            targets: Vec::new(),
            caps: Caps::new(config.calls_max, config.calls_per_second),
            registration: None,
            refused: false,
            hole: None,
            leaving: false,
            told: Standing::Starting,
            last_error: None,
            totals: Totals::default(),
            config,
        }
    }

    // ---- what it is ----

    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        if self.config.targets.is_empty() {
            return Standing::Up;
        }
        let registers = self.config.registration.is_some();
        let registered = self.registration.as_ref().is_some_and(Registration::is_registered);
        let dead = !self.targets.is_empty() && self.targets.iter().all(|t| !t.health.is_usable());
        let nowhere = self.targets.is_empty() && self.places.iter().any(|p| p.lost);
        let answered = self.targets.iter().any(|t| matches!(t.health, Health::Up { .. }));
        if dead || nowhere || (registers && !registered && self.refused) {
            Standing::Down
        } else if registers && !registered || self.targets.is_empty() {
            Standing::Starting
        } else if answered || !self.config.options {
            Standing::Up
        } else {
            Standing::Starting
        }
    }

    /// Whether a call that comes from there is this trunk's. `names`: what its certificate shows.
    pub(crate) fn takes(&self, ip: IpAddr, names: &sip::PeerNames) -> bool {
        let named = |wanted: &String| names.is(wanted);
        let certified = self.config.certificate_names.is_empty()
            || self.config.certificate_names.iter().any(named);
        let source = self.config.sources.iter().any(|network| network.contains(ip))
            || self.targets.iter().any(|t| t.path.remote.ip().to_canonical() == ip.to_canonical());
        certified && source
    }

    /// Its ways for a call now, in the order to be tried.
    pub(crate) fn candidates(&self, desk: &mut Desk<'_>, trunk: usize) -> Vec<Candidate> {
        let waits = self.registration.as_ref().is_some_and(|r| !r.is_registered());
        if waits || self.standing() == Standing::Down {
            return Vec::new();
        }
        let usable = self.targets.iter().filter(|t| t.is_usable(desk.now));
        let weighed = usable.map(|t| {
            let rank = (t.place as u32) << 20 | t.rank.min((1 << 20) - 1);
            (rank, t.weight, t)
        });
        let ordered = shuffled(weighed.collect(), desk.dice);
        let candidate =
            |t: &Watched| Candidate { over: Over::Trunk(trunk, self.host(t)), path: t.path };
        ordered.into_iter().map(candidate).collect()
    }

    /// What stands behind the `@` of a Request-URI to this target.
    fn host(&self, target: &Watched) -> String {
        if let Some(domain) = &self.config.domain {
            return domain.clone();
        }
        let Some(place) = self.places.get(target.place) else { return String::new() };
        let mut host = bracketed(&place.target.host);
        if let Some(port) = place.target.port {
            host.push_str(&format!(":{port}"));
        }
        match target.path.transport.uri_param() {
            Some(transport) => format!("{host};transport={transport}"),
            None => host,
        }
    }

    /// The domain of our From and of our registration.
    pub(crate) fn domain(&self) -> String {
        match (&self.config.domain, self.config.targets.first()) {
            (Some(domain), _) => domain.clone(),
            (None, Some(target)) => bracketed(&target.host),
            (None, None) => "anonymous.invalid".to_owned(),
        }
    }

    pub(crate) fn target_on(&mut self, path: &Path) -> Option<&mut Watched> {
        let same =
            |t: &&mut Watched| t.path.remote == path.remote && t.path.transport == path.transport;
        self.targets.iter_mut().find(same)
    }

    // ---- time and answers ----

    pub(crate) fn poll_timeout(&self) -> Moment {
        let places = self.places.iter().map(|p| p.asking.as_ref().map_or(p.again_at, |a| a.until));
        let probes = self.targets.iter().filter(|_| self.config.options).map(Watched::poll_timeout);
        let registration = match &self.registration {
            Some(registration) if !self.targets.is_empty() => registration.poll_timeout(),
            Some(_) | None => Moment::NEVER,
        };
        let hole = self.hole.map_or(Moment::NEVER, |(_, at)| at);
        places.chain(probes).min().unwrap_or(Moment::NEVER).min(registration).min(hole)
    }

    pub(crate) fn handle_timeout(&mut self, desk: &mut Desk<'_>) {
        for n in 0..self.places.len() {
            self.look_up(desk, n);
        }
        if self.config.options {
            let about = uri(&format!("sip:{}", self.domain()));
            for target in &mut self.targets {
                if let Some(about) = &about {
                    target.handle_timeout(desk, about);
                }
            }
        }
        self.register(desk);
        self.keep_open(desk);
        self.tell(desk);
    }

    /// A registrar's calls reach us through whatever NAT stands between, as long as something leaves
    /// often enough: an empty line, as over streams (RFC 5626 section 3.5.1). Nobody answers it over
    /// UDP; a NAT that moved us shows at the next REGISTER.
    fn keep_open(&mut self, desk: &mut Desk<'_>) {
        let registered = self.registration.as_ref().is_some_and(Registration::is_registered);
        let Some((path, at)) = self.hole.filter(|_| registered) else { return self.hole = None };
        if at <= desk.now {
            let bytes = b"\r\n\r\n".to_vec();
            desk.effects.push_back(Effect::Transmit(sip::Transmit { path, bytes }));
            self.hole = Some((path, desk.now + desk.dice.between(HOLE_EVERY_MIN, HOLE_EVERY_MAX)));
        }
    }

    /// We stop: the registrar is told at once.
    pub(crate) fn leave(&mut self, desk: &mut Desk<'_>) {
        self.leaving = true;
        if let Some(registration) = &mut self.registration {
            registration.leave(desk.now);
        }
        self.register(desk);
    }

    /// True while the registrar has not answered that we leave.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving && self.registration.as_ref().is_some_and(|r| !r.is_gone())
    }

    fn look_up(&mut self, desk: &mut Desk<'_>, n: usize) {
        let Some(place) = self.places.get_mut(n) else { return };
        match &place.asking {
            Some(asking) if asking.until <= desk.now => {
                self.found(desk, n, Step::Failed("DNS does not answer".to_owned()));
            }
            None if place.again_at <= desk.now => {
                let (resolver, step) = Resolver::begin(&place.target);
                self.follow(desk, n, resolver, step);
            }
            Some(_) | None => {}
        }
    }

    /// An answer of DNS; false when the question was not ours.
    pub(crate) fn resolved(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        answer: &Result<Answer, NoAnswer>,
    ) -> bool {
        let ours = |p: &Place| p.asking.as_ref().is_some_and(|a| a.request == request);
        let Some(n) = self.places.iter().position(ours) else { return false };
        if let Some(Asking { mut resolver, .. }) = self.places[n].asking.take() {
            let step = resolver.handle(answer.clone());
            self.follow(desk, n, resolver, step);
        }
        self.register(desk);
        self.tell(desk);
        true
    }

    fn follow(&mut self, desk: &mut Desk<'_>, n: usize, resolver: Resolver, step: Step) {
        match step {
            Step::Ask(question) => {
                let (request, until) = (desk.ask(question), desk.now + DNS_WAIT_MAX);
                if let Some(place) = self.places.get_mut(n) {
                    place.asking = Some(Asking { request, resolver, until });
                }
            }
            end => self.found(desk, n, end),
        }
    }

    /// A walk through DNS is over. Silence changes nothing about what was known before.
    fn found(&mut self, desk: &mut Desk<'_>, n: usize, step: Step) {
        let Some(place) = self.places.get_mut(n) else { return };
        place.asking = None;
        let known = self.targets.iter().any(|t| t.place == n);
        let (found, wait, fault) = match step {
            Step::Found(found, ttl) => (Some(found), ttl, None),
            Step::Nobody(ttl) => (Some(Vec::new()), ttl, Some("DNS knows no such host".to_owned())),
            Step::Failed(why) => (None, DNS_RETRY_AFTER, Some(why)),
            Step::Ask(_) => return,
        };
        place.again_at = desk.now + wait;
        place.lost = fault.is_some() && !(known && found.is_none());
        match &fault {
            Some(fault) if !place.told => {
                place.told = true;
                let then =
                    if place.lost { "no call can go there" } else { "its last addresses are used" };
                let (name, host) = (&self.config.name, &place.target.host);
                desk.alarm(format!("trunk {name}: {host}: {fault}; {then}"));
            }
            Some(_) => {}
            None => place.told = false,
        }
        if let Some(fault) = fault {
            self.last_error = Some(fault);
        }
        let Some(found) = found else { return };
        let gone = |t: &Watched| t.place == n && !found.iter().any(|f| t.is(f));
        self.targets.iter().filter(|t| gone(t)).for_each(|t| t.forget(desk));
        self.targets.retain(|t| !gone(t));
        for one in found {
            match self.targets.iter_mut().find(|t| t.is(&one)) {
                Some(target) => target.refresh(one),
                None => self.targets.push(Watched::new(desk, n, one)),
            }
        }
        if self.config.options {
            self.probe(desk);
        }
    }

    fn probe(&mut self, desk: &mut Desk<'_>) {
        if let Some(about) = uri(&format!("sip:{}", self.domain())) {
            self.targets.iter_mut().for_each(|t| t.handle_timeout(desk, &about));
        }
    }

    /// The result of an OPTIONS or REGISTER; false when it was not ours.
    pub(crate) fn errand_done(&mut self, desk: &mut Desk<'_>, done: &ErrandDone) -> bool {
        if let Some(registration) = self.registration.as_mut().filter(|r| r.owns(done.id)) {
            let change = registration.handle_done(desk.now, done, desk.dice);
            self.changed(change);
            self.register(desk);
        } else {
            let Some(target) = self
                .targets
                .iter_mut()
                .find_map(|t| t.handle_done(desk, done).then_some(t.path.remote))
            else {
                return false;
            };
            if done.local || done.status == 503 {
                self.last_error =
                    Some(format!("OPTIONS to {target}: {} {}", done.status, done.reason));
            }
        }
        self.tell(desk);
        true
    }

    fn register(&mut self, desk: &mut Desk<'_>) {
        if self.targets.is_empty() {
            return;
        }
        if self.registration.is_none() && !self.leaving {
            self.registration = self.settings().map(|s| Registration::new(s, desk.now, desk.dice));
        }
        let Some(registration) = &mut self.registration else { return };
        let change = registration.handle_timeout(desk.now);
        let usable: Vec<Path> =
            self.targets.iter().filter(|t| t.is_usable(desk.now)).map(|t| t.path).collect();
        let all: Vec<Path> = self.targets.iter().map(|t| t.path).collect();
        let paths = if usable.is_empty() { all } else { usable };
        let path = paths[registration.turn() % paths.len()];
        if let Some(errand) = registration.poll_errand(desk.now, path) {
            let id = desk.stack.send_errand(desk.now, &errand);
            registration.sent(id);
            let wait = desk.dice.between(HOLE_EVERY_MIN, HOLE_EVERY_MAX);
            self.hole = (path.transport == Transport::Udp).then_some((path, desk.now + wait));
        }
        self.changed(change);
    }

    fn settings(&self) -> Option<Settings> {
        let wanted = self.config.registration.as_ref()?;
        let domain = self.domain();
        Some(Settings {
            registrar: uri(&format!("sip:{domain}"))?,
            address: uri(&format!("sip:{}@{domain}", wanted.user))?,
            contact_user: wanted.user.clone(),
            expires_s: wanted.expires.as_secs() as u32,
            credentials: self.config.credentials.clone(),
        })
    }

    fn changed(&mut self, change: Option<Change>) {
        match change {
            Some(Change::Registered) => self.refused = false,
            Some(Change::Lost { why } | Change::Failed { why }) => {
                self.refused = true;
                self.last_error = Some(format!("registration: {why}"));
            }
            None => {}
        }
    }

    /// Somebody hears of it when the trunk goes down, and when it comes back.
    pub(crate) fn tell(&mut self, desk: &mut Desk<'_>) {
        let standing = self.standing();
        if standing == self.told || standing == Standing::Starting || self.leaving {
            return;
        }
        let name = &self.config.name;
        match standing {
            Standing::Down => {
                let why = self.last_error.as_deref().unwrap_or("no target answers");
                desk.alarm(format!("trunk {name} is down: {why}"));
            }
            Standing::Up if self.told == Standing::Down => {
                desk.alarm(format!("trunk {name} is up again"));
            }
            Standing::Up | Standing::Starting => {}
        }
        self.told = standing;
    }
}

pub(crate) fn uri(text: &str) -> Option<Uri> {
    text.parse().ok()
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}
