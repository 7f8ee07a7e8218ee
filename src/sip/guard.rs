//! Who is heard, and how often: decided by the source, for the most part before a byte is parsed.
//!
//! ```text
//!   source --quarantined--> nothing is read, nothing is said
//!          --within its rates--> served
//!          --over a rate--> a few 503 with Retry-After, then silence
//!          --scanner, or too many failures--> quarantined
//!   to a UDP source that has proved nothing: never more bytes out than in, beyond a first allowance
//! ```
//!
//! Trusted networks (trunks, this machine) have no rates. A source with a call that is up keeps it,
//! whatever it does outside of it.
//!
//! Owns: the table of sources, their buckets, failures of log-ins, the overload switch.
//! Never: a dialog; a message's content beyond its method and User-Agent.

mod bucket;
mod overload;
mod owner;

use crate::limits::{
    FAILURES_FORGOTTEN_AFTER, FAILURES_MAX, PAIR_BACK_OFF_MAX, PAIR_TRIES_FREE, PAIRS_MAX,
    QUARANTINE, SOURCE_FORGOTTEN_AFTER, SOURCES_MAX, SWEEP_EVERY, TRUSTED_MAX,
    UNVERIFIED_BYTES_FREE, UNVERIFIED_BYTES_MAX, VERIFIED_FOR,
};
use crate::method::Method;
use crate::path::Path;
use bucket::Bucket;
pub use bucket::Rate;
use ids::{Moment, Network};
use overload::Overload;
use owner::Owner;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// What strangers may do: sources that are no trunk, and callers who are no user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strangers {
    /// Their calls are answered by the flows of called numbers.
    #[default]
    Answer,
    /// Their calls get 403.
    Refuse,
    /// They hear nothing at all. Phones may still log in.
    Drop,
}

/// How a [`crate::Stack`] defends itself.
#[derive(Clone, Debug)]
pub struct GuardConfig {
    /// New INVITEs of one source.
    pub invites: Rate,
    /// REGISTER, OPTIONS and other requests outside a dialog of one source.
    pub requests: Rate,
    /// Messages of one source that are none, or belong to nothing.
    pub garbage: Rate,
    /// Sources without rates and never quarantined.
    pub trusted: Vec<Network>,
    /// What those may do who are neither trusted nor known.
    pub strangers: Strangers,
    /// Parts of User-Agent values, lower case, whose senders are quarantined at once.
    pub scanners: Vec<String>,
}

impl Default for GuardConfig {
    /// Rates that an office behind one address does not reach and a scanner does.
    fn default() -> Self {
        let scanners = [
            "friendly-scanner",
            "sipvicious",
            "sip-scan",
            "sipcli",
            "sundayddr",
            "pplsip",
            "iwar",
            "vaxsipuseragent",
            "sivus",
            "smap",
            "warvox",
        ];
        GuardConfig {
            invites: Rate { per_s: 10, burst: 40 },
            requests: Rate { per_s: 5, burst: 60 },
            garbage: Rate { per_s: 2, burst: 20 },
            trusted: Vec::new(),
            strangers: Strangers::Answer,
            scanners: scanners.map(str::to_owned).into(),
        }
    }
}

/// What is to be done with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ruling {
    Serve,
    /// 503 with Retry-After.
    Busy,
    Silence,
}

/// What somebody sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Invite,
    /// Any other request outside a dialog.
    Request,
    Garbage,
}

/// How many of what the guard holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GuardFigures {
    /// Sources in the table; at most [`SOURCES_MAX`].
    pub sources: usize,
    /// Pairs of source and user with failed log-ins; at most [`PAIRS_MAX`].
    pub pairs: usize,
    /// Messages that were not served since the start.
    pub silenced: u64,
    /// Sources quarantined since the start.
    pub quarantined: u64,
    /// Responses kept back from unverified sources since the start.
    pub kept_back: u64,
}

pub(crate) struct Guard {
    config: GuardConfig,
    sources: HashMap<Owner, Source>,
    /// All who find no place in the table share this one.
    crowd: Source,
    /// Calls that are up, by source: these sources are read even in quarantine.
    calls: HashMap<Owner, u32>,
    pairs: HashMap<(Owner, String), Pair>,
    overload: Overload,
    swept_at: Moment,
    now: Moment,
    figures: GuardFigures,
}

#[derive(Clone, Copy)]
struct Source {
    invites: Bucket,
    requests: Bucket,
    garbage: Bucket,
    /// 503s that may still be said.
    told: Bucket,
    /// Bytes that may be sent while nothing is proved.
    credit: u64,
    failures: u32,
    failed_at: Moment,
    shut_until: Moment,
    verified_until: Moment,
    seen: Moment,
}

/// Failed log-ins of one user from one source. Another source is another pair, so that nobody can
/// lock a user out from elsewhere.
#[derive(Clone, Copy)]
struct Pair {
    failures: u32,
    not_before: Moment,
}

impl Guard {
    pub(crate) fn new(config: GuardConfig) -> Guard {
        Guard {
            crowd: Source::new(&config, Moment::START),
            config,
            sources: HashMap::new(),
            calls: HashMap::new(),
            pairs: HashMap::new(),
            overload: Overload::default(),
            swept_at: Moment::START,
            now: Moment::START,
            figures: GuardFigures::default(),
        }
    }

    pub(crate) fn figures(&self) -> GuardFigures {
        GuardFigures { sources: self.sources.len(), pairs: self.pairs.len(), ..self.figures }
    }

    pub(crate) fn trust(&mut self, networks: Vec<Network>) {
        self.config.trusted = networks;
    }

    /// One more address that is trusted; full of them, no further one is.
    pub(crate) fn befriend(&mut self, address: IpAddr) {
        if !self.trusts(address) && self.config.trusted.len() < TRUSTED_MAX {
            self.config.trusted.push(Network::of(address));
        }
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.config.trusted.iter().any(|n| n.contains(address))
    }

    /// Before parsing: false for a source that is not read at all.
    pub(crate) fn meet(&mut self, now: Moment, path: &Path, bytes: usize) -> bool {
        self.now = now;
        self.sweep(now);
        let address = path.remote.ip();
        if self.trusts(address) {
            return true;
        }
        let owner = Owner::of(address);
        let source = self.source(owner, now);
        source.seen = now;
        source.credit = (source.credit + bytes as u64).min(UNVERIFIED_BYTES_MAX);
        let heard = source.shut_until <= now || self.calls.contains_key(&owner);
        self.figures.silenced += u64::from(!heard);
        heard
    }

    /// Whether this source has to be met with silence (but may log in).
    pub(crate) fn is_mute(&self, path: &Path) -> bool {
        let address = path.remote.ip();
        let verified = |s: &Source| s.verified_until > self.now;
        self.config.strangers == Strangers::Drop
            && !self.trusts(address)
            && !self.sources.get(&Owner::of(address)).is_some_and(verified)
    }

    /// The moment of the last message.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    pub(crate) fn strangers(&self) -> Strangers {
        self.config.strangers
    }

    /// What is done with a message outside any dialog of ours.
    pub(crate) fn admit(&mut self, now: Moment, path: &Path, kind: Kind) -> Ruling {
        if kind == Kind::Invite && self.overload.sheds(now) {
            return Ruling::Busy;
        }
        let address = path.remote.ip();
        if self.trusts(address) {
            return Ruling::Serve;
        }
        let rates = (self.config.invites, self.config.requests, self.config.garbage);
        let source = self.source(Owner::of(address), now);
        if source.shut_until > now {
            self.figures.silenced += 1;
            return Ruling::Silence;
        }
        let within = match kind {
            Kind::Invite => source.invites.take(now, rates.0),
            Kind::Request => source.requests.take(now, rates.1),
            Kind::Garbage => source.garbage.take(now, rates.2),
        };
        if within {
            return Ruling::Serve;
        }
        let told = kind != Kind::Garbage && source.told.take(now, TOLD);
        self.figures.silenced += 1;
        if told { Ruling::Busy } else { Ruling::Silence }
    }

    /// A User-Agent that only scanners have: quarantine at once.
    pub(crate) fn is_scanner(&mut self, now: Moment, path: &Path, agent: &[u8]) -> bool {
        let agent = String::from_utf8_lossy(agent).to_ascii_lowercase();
        let scanner = !self.trusts(path.remote.ip())
            && self.config.scanners.iter().any(|s| !s.is_empty() && agent.contains(s.as_str()));
        if scanner {
            self.shut(now, path);
        }
        scanner
    }

    /// This source tried something that honest ones seldom get wrong: a number that is not there, a
    /// wrong password, a broken message. Many of them shut it out for a while.
    pub(crate) fn failed(&mut self, now: Moment, path: &Path) {
        let address = path.remote.ip();
        if self.trusts(address) {
            return;
        }
        let source = self.source(Owner::of(address), now);
        if now.since(source.failed_at) > FAILURES_FORGOTTEN_AFTER {
            source.failures = 0;
        }
        source.failures += 1;
        source.failed_at = now;
        if source.failures >= FAILURES_MAX {
            self.shut(now, path);
        }
    }

    fn shut(&mut self, now: Moment, path: &Path) {
        let source = self.source(Owner::of(path.remote.ip()), now);
        source.shut_until = now + QUARANTINE;
        source.failures = 0;
        self.figures.quarantined += 1;
    }

    /// This source answered a challenge, acknowledged a call, or otherwise proved that it is there.
    pub(crate) fn verified(&mut self, now: Moment, path: &Path) {
        let source = self.source(Owner::of(path.remote.ip()), now);
        source.verified_until = now + VERIFIED_FOR;
    }

    // ---- log-ins ----

    /// Whether an answer for this user from here is weighed at all.
    pub(crate) fn may_try(&self, now: Moment, path: &Path, user: &str) -> bool {
        let pair = (Owner::of(path.remote.ip()), user.to_owned());
        self.pairs.get(&pair).is_none_or(|p| p.not_before <= now)
    }

    /// A wrong answer: after a few free ones each next try waits twice as long.
    pub(crate) fn login_failed(&mut self, now: Moment, path: &Path, user: &str) {
        self.failed(now, path);
        let name = (Owner::of(path.remote.ip()), user.to_owned());
        if self.pairs.len() >= PAIRS_MAX && !self.pairs.contains_key(&name) {
            return;
        }
        let pair = self.pairs.entry(name).or_insert(Pair { failures: 0, not_before: now });
        pair.failures = pair.failures.saturating_add(1);
        let over = pair.failures.saturating_sub(PAIR_TRIES_FREE).min(16);
        if over > 0 {
            let wait = Duration::from_secs(1 << over).min(PAIR_BACK_OFF_MAX);
            pair.not_before = now + wait;
        }
    }

    pub(crate) fn login_passed(&mut self, now: Moment, path: &Path, user: &str) {
        let owner = Owner::of(path.remote.ip());
        self.pairs.remove(&(owner, user.to_owned()));
        let source = self.source(owner, now);
        source.failures = 0;
        self.verified(now, path);
    }

    // ---- calls and load ----

    pub(crate) fn call_up(&mut self, address: IpAddr) {
        *self.calls.entry(Owner::of(address)).or_default() += 1;
    }

    pub(crate) fn call_over(&mut self, address: IpAddr) {
        let owner = Owner::of(address);
        let left = self.calls.get(&owner).map_or(0, |n| n.saturating_sub(1));
        if left == 0 {
            self.calls.remove(&owner);
        } else {
            self.calls.insert(owner, left);
        }
    }

    pub(crate) fn handle_lag(&mut self, now: Moment, lag: Duration) {
        self.overload.handle_lag(now, lag);
    }

    /// Whether a response may go to this peer: one whose address may be forged gets no more than it
    /// sent, so that nobody can aim us at a third party.
    pub(crate) fn may_answer(&mut self, path: &Path, bytes: usize) -> bool {
        let address = path.remote.ip();
        if path.transport.is_reliable() || self.trusts(address) {
            return true;
        }
        let now = self.now;
        let source = self.source(Owner::of(address), now);
        if source.verified_until > now {
            return true;
        }
        let enough = source.credit >= bytes as u64;
        if enough {
            source.credit -= bytes as u64;
        }
        self.figures.kept_back += u64::from(!enough);
        enough
    }

    // ---- the table ----

    fn source(&mut self, owner: Owner, now: Moment) -> &mut Source {
        if self.sources.len() >= SOURCES_MAX && !self.sources.contains_key(&owner) {
            return &mut self.crowd;
        }
        self.sources.entry(owner).or_insert_with(|| Source::new(&self.config, now))
    }

    /// Forgets sources that have been quiet and owe nothing. Full between two sweeps: newcomers
    /// share one source.
    fn sweep(&mut self, now: Moment) {
        if now.since(self.swept_at) < SWEEP_EVERY {
            return;
        }
        self.swept_at = now;
        let failing =
            |s: &Source| s.failures > 0 && now.since(s.failed_at) < FAILURES_FORGOTTEN_AFTER;
        let full = self.sources.len() >= SOURCES_MAX;
        self.sources.retain(|_, s| {
            now.since(s.seen) < SOURCE_FORGOTTEN_AFTER
                || s.shut_until > now
                || s.verified_until > now
                || (failing(s) && !full)
        });
        self.pairs.retain(|_, p| p.not_before + PAIR_BACK_OFF_MAX > now);
    }
}

/// 503s to one source that is over a rate.
const TOLD: Rate = Rate { per_s: 1, burst: 5 };

impl Source {
    fn new(config: &GuardConfig, now: Moment) -> Source {
        Source {
            invites: Bucket::full(now, config.invites),
            requests: Bucket::full(now, config.requests),
            garbage: Bucket::full(now, config.garbage),
            told: Bucket::full(now, TOLD),
            credit: UNVERIFIED_BYTES_FREE,
            failures: 0,
            failed_at: now,
            shut_until: Moment::START,
            verified_until: Moment::START,
            seen: now,
        }
    }
}

/// What a method outside a dialog counts as.
pub(crate) const fn kind(method: Method) -> Kind {
    match method {
        Method::Invite => Kind::Invite,
        _ => Kind::Request,
    }
}

#[cfg(test)]
mod tests;
