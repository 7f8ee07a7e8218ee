//! Where users can be reached (RFC 3261 section 10.3, RFC 5626, RFC 3327, RFC 5627 public GRUUs).
//!
//! ```text
//!   REGISTER (proved by whom) --> read: contacts, expiry, instance, path
//!        --> all of it fits: bindings change, 200 lists them all
//!        --> anything does not: nothing changes, 423, 403, 400 or 500
//!   time --> bindings end         a connection closes --> its bindings end
//!   first binding: reachable      last one gone: not any more
//! ```
//!
//! A contact is reached by the way it registered over (its flow): a phone behind a NAT writes an
//! address that nobody can reach.
//!
//! Owns: bindings and their timers. Never: who may register (the door), a transaction, a clock.

mod request;
#[cfg(test)]
mod tests;

pub(crate) use request::Wanted;
use request::{Contact, Contacts};

use crate::digest::Hash;
use crate::limits::CONTACTS_MAX;
use crate::message::Name;
use crate::path::Path;
use crate::uri::Uri;
use ids::Moment;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// The terms of registration.
#[derive(Clone, Debug)]
pub struct PhonesConfig {
    /// Whose users these are: the realm of challenges, the host of GRUUs.
    pub realm: String,
    /// What challenges ask for, the preferred first (RFC 8760 section 2.4).
    pub offered: Vec<Hash>,
    /// Shortest binding; a shorter one is refused with 423 and this as Min-Expires.
    pub expires_min: Duration,
    /// Longest binding; a longer one is cut to it.
    pub expires_max: Duration,
    /// Bindings of a REGISTER that says nothing.
    pub expires_default: Duration,
}

impl PhonesConfig {
    /// Customary terms: 1 minute to 1 hour, 1 hour if nothing is said.
    pub fn new(realm: &str) -> PhonesConfig {
        PhonesConfig {
            realm: realm.to_owned(),
            offered: vec![Hash::Sha256, Hash::Md5],
            expires_min: Duration::from_secs(60),
            expires_max: Duration::from_secs(3_600),
            expires_default: Duration::from_secs(3_600),
        }
    }
}

/// One place where a user can be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// The Request-URI of a call to it.
    pub contact: Uri,
    /// How it is reached: the way its REGISTER came.
    pub path: Path,
    /// Hops before it (RFC 3327), first hop first: the route set of a call to it.
    pub routes: Vec<Uri>,
    /// When it ends.
    pub ends: Moment,
    /// `+sip.instance` (RFC 5626 section 4.1): the device, without brackets and quotes.
    pub instance: Option<String>,
    /// Which of the device's flows this is (RFC 5626 section 4.2).
    pub reg_id: Option<u32>,
    /// Preference in thousandths, higher first.
    pub q: u16,
    /// What the phone says it is.
    pub user_agent: Option<String>,
    pub(crate) call_id: Box<[u8]>,
    pub(crate) cseq: u32,
}

/// Why a REGISTER changes nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) reason: Option<&'static str>,
    pub(crate) header: Option<(&'static str, String)>,
}

impl Refused {
    pub(crate) const fn because(status: u16, reason: &'static str) -> Refused {
        Refused { status, reason: Some(reason), header: None }
    }
}

/// A user can be reached, or not any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Presence {
    /// Who.
    pub user: String,
    /// True when the first contact came, false when the last one has ended.
    pub reachable: bool,
}

/// All bindings of one realm.
pub(crate) struct Registrar {
    terms: PhonesConfig,
    users: BTreeMap<String, Vec<Binding>>,
    ends: BTreeSet<(Moment, String)>,
    changes: VecDeque<Presence>,
}

impl Registrar {
    pub(crate) fn new(terms: PhonesConfig) -> Registrar {
        Registrar { terms, users: BTreeMap::new(), ends: BTreeSet::new(), changes: VecDeque::new() }
    }

    // ---- input ----

    /// A REGISTER that this user has proved to have sent. All of it happens, or nothing
    /// (RFC 3261 section 10.3, step 7).
    pub(crate) fn register(
        &mut self,
        now: Moment,
        user: &str,
        wanted: &Wanted,
        path: Path,
    ) -> Result<(), Refused> {
        let mut bindings = self.users.get(user).cloned().unwrap_or_default();
        bindings.retain(|b| b.ends > now);
        match &wanted.contacts {
            Contacts::Query => {}
            Contacts::All => {
                // "For each address … if the Call-ID value … agrees … and the CSeq value is higher"
                if bindings.iter().any(|b| b.is_newer_than(wanted)) {
                    return Err(Refused::because(500, "Old CSeq"));
                }
                bindings.clear();
            }
            Contacts::Listed(list) => {
                for contact in list {
                    self.bind(now, &mut bindings, contact, wanted, path)?;
                }
            }
        }
        self.commit(user, bindings);
        Ok(())
    }

    /// A connection is closed: who was reached over it is reached so no more (RFC 5626 section 5.3).
    pub(crate) fn connection_closed(&mut self, connection: u64) {
        self.retain(|_, b| b.path.connection != Some(connection));
    }

    /// These users alone remain.
    pub(crate) fn keep_users(&mut self, exists: impl Fn(&str) -> bool) {
        self.retain(|user, _| exists(user));
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Moment) {
        while let Some((at, user)) = self.ends.first().cloned() {
            if at > now {
                return;
            }
            self.ends.pop_first();
            let mut bindings = self.users.get(&user).cloned().unwrap_or_default();
            bindings.retain(|b| b.ends > now);
            self.commit(&user, bindings);
        }
    }

    // ---- output ----

    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.ends.first().map(|(at, _)| *at)
    }

    pub(crate) fn poll_change(&mut self) -> Option<Presence> {
        self.changes.pop_front()
    }

    /// Where the user can be reached now, the preferred contact first, the newest of equals first.
    pub(crate) fn reachable(&self, now: Moment, user: &str) -> Vec<Binding> {
        let live = self.users.get(user).into_iter().flatten().filter(|b| b.ends > now);
        let mut all: Vec<Binding> = live.cloned().collect();
        all.sort_by_key(|b| (std::cmp::Reverse(b.q), std::cmp::Reverse(b.ends)));
        // RFC 5626 section 6: of several flows of one device one is used, the newest.
        let mut devices = BTreeSet::new();
        all.retain(|b| {
            b.instance.as_ref().is_none_or(|i| b.reg_id.is_none() || devices.insert(i.clone()))
        });
        all
    }

    /// Whether this user has registered over exactly this connection.
    pub(crate) fn is_flow_of(&self, user: &str, path: &Path) -> bool {
        let connection = path.connection;
        let same = |b: &Binding| b.path.connection == connection;
        connection.is_some() && self.users.get(user).is_some_and(|all| all.iter().any(same))
    }

    pub(crate) fn bindings(&self) -> usize {
        self.users.values().map(Vec::len).sum()
    }

    /// The Contact values of a 200: all bindings, with what is left of their time
    /// (RFC 3261 section 10.3, step 8).
    pub(crate) fn contacts(&self, now: Moment, user: &str, with_gruu: bool) -> Vec<String> {
        let all = self.users.get(user).into_iter().flatten();
        all.map(|b| self.contact(now, user, b, with_gruu)).collect()
    }

    fn contact(&self, now: Moment, user: &str, binding: &Binding, with_gruu: bool) -> String {
        let left_s = binding.ends.since(now).as_millis().div_ceil(1_000);
        let mut text = format!("<{}>;expires={left_s}", binding.contact);
        if binding.q != 1_000 {
            text += &format!(";q=0.{:03}", binding.q);
        }
        if let Some(instance) = &binding.instance {
            text += &format!(";+sip.instance=\"<{instance}>\"");
            if let Some(reg_id) = binding.reg_id {
                text += &format!(";reg-id={reg_id}");
            }
            if with_gruu {
                // RFC 5627 section 5.1: the AOR with the instance as `gr`.
                text += &format!(";pub-gruu=\"sip:{user}@{};gr={instance}\"", self.terms.realm);
            }
        }
        text
    }

    // ---- bindings ----

    fn bind(
        &self,
        now: Moment,
        bindings: &mut Vec<Binding>,
        contact: &Contact,
        wanted: &Wanted,
        path: Path,
    ) -> Result<(), Refused> {
        let ends = now + self.term(contact.expires_s.or(wanted.expires_s))?;
        let found = bindings.iter().position(|b| contact.replaces(b));
        if let Some(at) = found {
            // "If and only if … the CSeq value is higher": a REGISTER that was overtaken fails.
            if bindings[at].is_newer_than(wanted) {
                return Err(Refused::because(500, "Old CSeq"));
            }
            bindings.remove(at);
        }
        if ends <= now {
            return Ok(());
        }
        if bindings.len() >= CONTACTS_MAX {
            // A phone without a name of its own that was restarted often fills the list alone.
            let own = |b: &&Binding| b.path.remote.ip() == path.remote.ip();
            let oldest = bindings.iter().filter(own).min_by_key(|b| b.ends).map(|b| b.ends);
            let Some(at) = bindings.iter().position(|b| Some(b.ends) == oldest) else {
                // RFC 3261 section 21.4.4: asking again will not help, while others hold on.
                return Err(Refused::because(403, "Too many contacts"));
            };
            bindings.remove(at);
        }
        bindings.push(Binding {
            contact: contact.uri.clone(),
            path,
            routes: wanted.routes.clone(),
            ends,
            instance: contact.instance.clone(),
            reg_id: contact.reg_id.filter(|_| contact.instance.is_some()),
            q: contact.q,
            user_agent: wanted.user_agent.clone(),
            call_id: wanted.call_id.clone(),
            cseq: wanted.cseq,
        });
        Ok(())
    }

    fn term(&self, asked_s: Option<u32>) -> Result<Duration, Refused> {
        let terms = &self.terms;
        let asked = asked_s.map_or(terms.expires_default, |s| Duration::from_secs(u64::from(s)));
        if !asked.is_zero() && asked < terms.expires_min {
            let header = (Name::MinExpires.as_str(), terms.expires_min.as_secs().to_string());
            return Err(Refused { status: 423, reason: None, header: Some(header) });
        }
        Ok(asked.min(terms.expires_max))
    }

    fn retain(&mut self, keep: impl Fn(&str, &Binding) -> bool) {
        let touched: Vec<String> = self
            .users
            .iter()
            .filter(|(user, all)| all.iter().any(|b| !keep(user, b)))
            .map(|(user, _)| user.clone())
            .collect();
        for user in touched {
            let mut left = self.users.get(&user).cloned().unwrap_or_default();
            left.retain(|b| keep(&user, b));
            self.commit(&user, left);
        }
    }

    /// Puts the user's new bindings in place of the old ones, timers and news included.
    fn commit(&mut self, user: &str, bindings: Vec<Binding>) {
        let old = self.users.remove(user).unwrap_or_default();
        for binding in &old {
            self.ends.remove(&(binding.ends, user.to_owned()));
        }
        for binding in &bindings {
            self.ends.insert((binding.ends, user.to_owned()));
        }
        let (was, is) = (!old.is_empty(), !bindings.is_empty());
        if is {
            self.users.insert(user.to_owned(), bindings);
        }
        if was != is {
            self.changes.push_back(Presence { user: user.to_owned(), reachable: is });
        }
    }
}

impl Binding {
    /// True when the REGISTER is not newer than what made this binding.
    fn is_newer_than(&self, wanted: &Wanted) -> bool {
        self.call_id == wanted.call_id && self.cseq >= wanted.cseq
    }
}
