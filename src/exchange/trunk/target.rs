//! One address of a trunk: where it is, whether it lives, when it is asked again.
//!
//! Owns: the probe under way and the next one, a Retry-After of the peer.
//! Never: which target a call takes.

use super::desk::Desk;
use super::health::{Health, Sign};
use super::resolve::Found;
use crate::limits::{PROBE_EVERY, PROBE_WAIT_MAX, RETRY_AFTER_MAX};
use ids::Moment;
use sip::{Errand, ErrandDone, ErrandId, ErrandKind, NameAddr, Path, Uri};
use std::time::Duration;

/// When it is asked, or until when an answer is awaited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Probe {
    Due(Moment),
    Asked { id: ErrandId, until: Moment },
}

/// One address.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    /// Which of the trunk's targets it belongs to.
    pub(crate) place: usize,
    pub(crate) path: Path,
    pub(crate) rank: u32,
    pub(crate) weight: u16,
    pub(crate) health: Health,
    /// The peer said when to come again.
    pub(crate) barred_until: Moment,
    probe: Probe,
}

impl Watched {
    pub(crate) fn new(desk: &Desk<'_>, place: usize, found: Found) -> Watched {
        let local = desk.local(found.transport, found.local);
        let (transport, remote) = (found.transport, found.remote);
        Watched {
            place,
            path: Path { transport, local, remote, connection: None },
            rank: found.rank,
            weight: found.weight,
            health: Health::NEW,
            barred_until: Moment::START,
            probe: Probe::Due(desk.now),
        }
    }

    /// The same address again: what is known of it stays.
    pub(crate) fn refresh(&mut self, found: Found) {
        (self.rank, self.weight) = (found.rank, found.weight);
    }

    pub(crate) fn is(&self, found: &Found) -> bool {
        self.path.transport == found.transport && self.path.remote == found.remote
    }

    /// Whether a call may go there now.
    pub(crate) fn is_usable(&self, now: Moment) -> bool {
        self.health.is_usable() && self.barred_until <= now
    }

    pub(crate) fn poll_timeout(&self) -> Moment {
        match self.probe {
            Probe::Due(at) => at,
            Probe::Asked { until, .. } => until,
        }
    }

    /// Asks if it is time to, and gives up waiting if it is time for that.
    pub(crate) fn handle_timeout(&mut self, desk: &mut Desk<'_>, about: &Uri) {
        match self.probe {
            Probe::Due(at) if at <= desk.now => self.ask(desk, about),
            Probe::Asked { id, until } if until <= desk.now => {
                desk.stack.recall_errand(id);
                self.sign(desk, Sign::Dead);
            }
            Probe::Due(_) | Probe::Asked { .. } => {}
        }
    }

    fn ask(&mut self, desk: &mut Desk<'_>, about: &Uri) {
        let errand = Errand {
            kind: ErrandKind::Options,
            target: about.clone(),
            path: self.path,
            from: NameAddr::new(about.clone()),
            to: NameAddr::new(about.clone()),
            order: None,
            contact_user: None,
            headers: Vec::new(),
        };
        let id = desk.stack.send_errand(desk.now, &errand);
        self.probe = Probe::Asked { id, until: desk.now + PROBE_WAIT_MAX };
    }

    /// The result of a probe; false when it is not ours.
    pub(crate) fn handle_done(&mut self, desk: &mut Desk<'_>, done: &ErrandDone) -> bool {
        let ours = matches!(self.probe, Probe::Asked { id, .. } if id == done.id);
        if ours {
            self.sign(desk, Sign::of(done.status, done.local));
        }
        ours
    }

    fn sign(&mut self, desk: &mut Desk<'_>, sign: Sign) {
        self.health = self.health.after(sign);
        // defaults.md: 30 s ± 10 %.
        let tenth = PROBE_EVERY / 10;
        let wait = desk.dice.between(PROBE_EVERY - tenth, PROBE_EVERY + tenth);
        self.probe = Probe::Due(desk.now + wait);
    }

    /// A call found nobody there: ask now rather than in half a minute.
    pub(crate) fn suspect(&mut self, now: Moment) {
        if let Probe::Due(at) = &mut self.probe {
            *at = (*at).min(now);
        }
    }

    /// The peer named a time to come again (RFC 3261 section 21.5.4).
    pub(crate) fn bar(&mut self, now: Moment, wait: Duration) {
        self.barred_until = now + wait.min(RETRY_AFTER_MAX);
    }

    /// It is no longer a target: nobody waits for its answer.
    pub(crate) fn forget(&self, desk: &mut Desk<'_>) {
        if let Probe::Asked { id, .. } = self.probe {
            desk.stack.recall_errand(id);
        }
    }
}
