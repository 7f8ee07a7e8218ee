//! We register with a carrier and stay registered (RFC 3261 section 10.2, RFC 5626 section 4.5).
//!
//! ```text
//!            due               200                    before it lapses
//!   Waiting -----> Asking -------------> Registered --------------------> Refreshing
//!      ^             | 401, 423: again      ^   ^                            |  | 200
//!      | back-off    |                      |   +----------------------------+--+
//!      +-------------+                      +----- failed, not lapsed yet ---+
//!      +------------------------------------------ lapsed, or refused -------+
//!   any of them --leave: Expires 0, if the registrar may know us--> Gone
//! ```
//!
//! Owns: when the next REGISTER goes out and what it says; whether we are registered.
//! Never: sending it; which address the registrar has.

use crate::dice::Dice;
use crate::digest::{Credentials, Login};
use crate::errand::{Errand, ErrandDone, ErrandId, ErrandKind};
use crate::header::values;
use crate::limits::{
    REGISTER_BACKOFF_BASE, REGISTER_BACKOFF_MAX, REGISTER_EXPIRES_MAX_S, REGISTER_REFUSED_WAIT,
};
use crate::message::Message;
use crate::name_addr::{AddrParts, NameAddr};
use crate::path::Path;
use crate::uri::Uri;
use ids::Moment;
use std::time::Duration;

/// Who we are to the registrar.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The domain, as a URI: where REGISTER is addressed to.
    pub registrar: Uri,
    /// The address of record.
    pub address: Uri,
    /// The user part of our Contact: calls to us name it.
    pub contact_user: String,
    /// How long a registration is asked for, in seconds.
    pub expires_s: u32,
    /// For a registrar that asks who we are.
    pub credentials: Option<Credentials>,
}

/// What has changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// We are registered, and were not.
    Registered,
    /// We are no longer registered.
    Lost {
        /// Why.
        why: String,
    },
    /// We still are not registered.
    Failed {
        /// Why.
        why: String,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum State {
    Waiting { at: Moment },
    Asking { errand: Option<ErrandId> },
    Registered { until: Moment, refresh_at: Moment },
    Refreshing { until: Moment, errand: Option<ErrandId> },
    Gone,
}

/// Whether we stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stay {
    ForGood,
    /// The next REGISTER takes our Contact away.
    Leaving,
    /// That REGISTER was sent.
    Said,
}

/// One registration.
#[derive(Debug)]
pub struct Registration {
    settings: Settings,
    login: Option<Login>,
    call_id: String,
    cseq: u32,
    expires_s: u32,
    /// Failures in a row.
    failures: u32,
    /// Counts up with each failure: the next address is tried.
    turn: usize,
    stay: Stay,
    state: State,
}

impl Registration {
    /// Registers as soon as it is asked for an errand: on a cold start, too.
    pub fn new(settings: Settings, now: Moment, dice: &mut Dice) -> Registration {
        Registration {
            login: settings.credentials.clone().map(Login::new),
            expires_s: settings.expires_s.min(REGISTER_EXPIRES_MAX_S),
            settings,
            call_id: format!("{:016x}{:016x}", dice.roll(), dice.roll()),
            cseq: 0,
            failures: 0,
            turn: 0,
            stay: Stay::ForGood,
            state: State::Waiting { at: now },
        }
    }

    /// Whether calls may count on it.
    pub fn is_registered(&self) -> bool {
        matches!(self.state, State::Registered { .. } | State::Refreshing { .. })
    }

    /// We stop: the registrar is told, if it may know us (RFC 3261 section 10.2.2). A REGISTER under way
    /// ends first (section 10.2); no other follows.
    pub fn leave(&mut self, now: Moment) {
        if self.stay != Stay::ForGood {
            return;
        }
        self.stay = Stay::Leaving;
        match &mut self.state {
            State::Waiting { .. } => self.state = State::Gone,
            State::Registered { refresh_at, .. } => *refresh_at = now,
            State::Asking { .. } | State::Refreshing { .. } | State::Gone => {}
        }
    }

    /// True when it has left, or was never there and never will be.
    pub fn is_gone(&self) -> bool {
        self.state == State::Gone
    }

    /// Which of several addresses is to be asked next: counts up with each failure.
    pub fn turn(&self) -> usize {
        self.turn
    }

    /// When it wants to be asked again.
    pub fn poll_timeout(&self) -> Moment {
        match self.state {
            State::Waiting { at } => at,
            State::Asking { .. } | State::Gone => Moment::NEVER,
            State::Registered { until, refresh_at } => until.min(refresh_at),
            State::Refreshing { until, .. } => until,
        }
    }

    /// Whether the errand is ours.
    pub fn owns(&self, id: ErrandId) -> bool {
        match &self.state {
            State::Asking { errand } | State::Refreshing { errand, .. } => *errand == Some(id),
            State::Waiting { .. } | State::Registered { .. } | State::Gone => false,
        }
    }

    /// Time has passed. [`Registration::poll_errand`] may have one now.
    pub fn handle_timeout(&mut self, now: Moment) -> Option<Change> {
        match &self.state {
            State::Registered { until, .. } | State::Refreshing { until, .. } if *until <= now => {
                self.state = match self.stay {
                    Stay::ForGood => State::Waiting { at: now },
                    Stay::Leaving | Stay::Said => State::Gone,
                };
                Some(Change::Lost { why: "it lapsed before it could be renewed".to_owned() })
            }
            _ => None,
        }
    }

    /// The REGISTER that is due, over this path. Name it by [`Registration::sent`].
    pub fn poll_errand(&mut self, now: Moment, path: Path) -> Option<Errand> {
        self.state = match self.state {
            State::Waiting { at } if at <= now => State::Asking { errand: None },
            State::Asking { errand: None } => State::Asking { errand: None },
            State::Registered { until, refresh_at } if refresh_at <= now => {
                State::Refreshing { until, errand: None }
            }
            State::Refreshing { until, errand: None } => State::Refreshing { until, errand: None },
            _ => return None,
        };
        self.cseq += 1;
        let expires_s = match self.stay {
            Stay::ForGood => self.expires_s,
            Stay::Leaving | Stay::Said => {
                self.stay = Stay::Said;
                0
            }
        };
        let mut headers = vec![("Expires".to_owned(), expires_s.to_string())];
        if let Some(login) = &mut self.login {
            let uri = self.settings.registrar.as_str();
            let own = login.headers("REGISTER", uri);
            headers.extend(own.into_iter().map(|(name, v)| (name.as_str().to_owned(), v)));
        }
        let address = NameAddr::new(self.settings.address.clone());
        Some(Errand {
            kind: ErrandKind::Register,
            target: self.settings.registrar.clone(),
            path,
            from: address.clone(),
            to: address,
            order: Some((self.call_id.clone(), self.cseq)),
            contact_user: Some(self.settings.contact_user.clone()),
            headers,
        })
    }

    /// The errand just polled has this name.
    pub fn sent(&mut self, id: ErrandId) {
        match &mut self.state {
            State::Asking { errand } | State::Refreshing { errand, .. } => *errand = Some(id),
            State::Waiting { .. } | State::Registered { .. } | State::Gone => {}
        }
    }

    /// The result of our errand. After a challenge or a 423 the next one is due at once.
    pub fn handle_done(
        &mut self,
        now: Moment,
        done: &ErrandDone,
        dice: &mut Dice,
    ) -> Option<Change> {
        let message = Message::parse(&done.response).ok();
        match (done.status, message) {
            // Gone, or forgotten when its time is over: nobody waits for more.
            (status, _) if self.stay == Stay::Said && !matches!(status, 401 | 407) => {
                self.state = State::Gone;
                None
            }
            (200..300, Some(message)) => self.accepted(now, &message, dice),
            (401 | 407, Some(message)) => {
                let cnonce = dice.roll();
                let answer = self.login.as_mut().map(|login| login.challenged(&message, cnonce));
                match answer {
                    Some(Ok(())) => {
                        self.again();
                        None
                    }
                    Some(Err(error)) => self.refused(now, error.to_string()),
                    None => self.refused(
                        now,
                        "the registrar asks who we are; give the trunk `user` and a secret"
                            .to_owned(),
                    ),
                }
            }
            (423, Some(message)) => match number(&message, "Min-Expires") {
                // RFC 3261 section 10.2.8.
                Some(least) if least > self.expires_s && least <= REGISTER_EXPIRES_MAX_S => {
                    self.expires_s = least;
                    self.again();
                    None
                }
                _ => self.refused(now, "423 without a time that we could ask for".to_owned()),
            },
            (400 | 403 | 404 | 405, _) => {
                self.refused(now, format!("{} {}", done.status, done.reason))
            }
            (status, _) => {
                let who = if done.local { "nobody answered" } else { "the registrar answered" };
                let why = format!("{who}: {status} {}", done.reason);
                let wait = done.retry_after_s.map(|s| Duration::from_secs(u64::from(s)));
                let wait = wait.unwrap_or_else(|| self.back_off(dice));
                self.failed(now, wait.min(REGISTER_BACKOFF_MAX), why)
            }
        }
    }

    fn again(&mut self) {
        match &mut self.state {
            State::Asking { errand } | State::Refreshing { errand, .. } => *errand = None,
            State::Waiting { .. } | State::Registered { .. } | State::Gone => {}
        }
    }

    /// RFC 3261 section 10.2.4: our Contact's `expires` counts, else Expires, else what we asked for.
    fn accepted(&mut self, now: Moment, message: &Message<'_>, dice: &mut Dice) -> Option<Change> {
        let granted = own_expires(message, &self.settings.contact_user)
            .or_else(|| number(message, "Expires"))
            .unwrap_or(self.expires_s);
        if let Some(login) = &mut self.login {
            login.accepted();
        }
        if granted == 0 {
            return self.refused(now, "the registrar granted 0 seconds".to_owned());
        }
        let new = !self.is_registered();
        self.failures = 0;
        let whole = Duration::from_secs(u64::from(granted.min(REGISTER_EXPIRES_MAX_S)));
        // Early enough for a few tries before it lapses, and not all registrations at once.
        let early = whole / 10 + dice.between(Duration::ZERO, whole / 10);
        let (until, refresh_at) = (now + whole, now + (whole - early.max(whole.min(SOON) / 2)));
        let refresh_at = if self.stay == Stay::ForGood { refresh_at } else { now };
        self.state = State::Registered { until, refresh_at };
        new.then_some(Change::Registered)
    }

    /// The registrar knows us and does not want us: asking often would only make it worse.
    fn refused(&mut self, now: Moment, why: String) -> Option<Change> {
        self.login = self.settings.credentials.clone().map(Login::new);
        let lost = self.is_registered();
        self.failures += 1;
        self.turn += 1;
        self.wait(now + REGISTER_REFUSED_WAIT);
        Some(if lost { Change::Lost { why } } else { Change::Failed { why } })
    }

    fn failed(&mut self, now: Moment, wait: Duration, why: String) -> Option<Change> {
        self.failures += 1;
        self.turn += 1;
        let at = now + wait;
        if let State::Refreshing { until, .. } = self.state
            && now < until
        {
            let at = if self.stay == Stay::ForGood { at.min(until) } else { now };
            self.state = State::Registered { until, refresh_at: at };
            return None;
        }
        self.wait(at);
        Some(Change::Failed { why })
    }

    /// Nothing until then; nothing ever, if we leave.
    fn wait(&mut self, at: Moment) {
        self.state = match self.stay {
            Stay::ForGood => State::Waiting { at },
            Stay::Leaving | Stay::Said => State::Gone,
        };
    }

    /// RFC 5626 section 4.5: doubled with each failure, between half of it and all of it.
    fn back_off(&self, dice: &mut Dice) -> Duration {
        let doubled = REGISTER_BACKOFF_BASE * 2u32.pow(self.failures.min(6));
        let most = doubled.min(REGISTER_BACKOFF_MAX);
        dice.between(most / 2, most)
    }
}

/// Registrations shorter than this are renewed at half their time.
const SOON: Duration = Duration::from_secs(60);

/// The `expires` of the Contact that is ours.
fn own_expires(message: &Message<'_>, user: &str) -> Option<u32> {
    let contacts = message.all(crate::message::Name::Contact).flat_map(values);
    let ours = contacts.filter_map(AddrParts::parse).find(|parts| {
        Uri::parse(parts.uri).is_ok_and(|uri| uri.user_plain().as_deref() == Some(user))
    })?;
    let value = std::str::from_utf8(ours.params.value("expires")?).ok()?;
    value.parse().ok()
}

fn number(message: &Message<'_>, name: &str) -> Option<u32> {
    let same = |n: &[u8]| n.eq_ignore_ascii_case(name.as_bytes());
    let (_, value) = message.fields().find(|(n, _)| same(n))?;
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests;
