//! Users with SIP phones: who they are, where they are reached, and whether the building is late.
//!
//! Owns: what the shell tells and asks about users. Never: a password; where a call goes.

use crate::effect::Now;
use crate::exchange::Exchange;
use sip::digest::Secrets;
use std::collections::HashMap;
use std::time::Duration;

impl Exchange {
    /// Replaces the users who may log in; registrations of those who are gone end, calls go on.
    pub fn phones_changed(&mut self, users: HashMap<String, Secrets>) {
        self.stack.set_users(users);
    }

    /// Where a user can be reached now, the preferred place first.
    pub fn reachable(&self, now: Now, user: &str) -> Vec<sip::Binding> {
        self.stack.reachable(now.mono, user)
    }

    /// The next user who can be reached, or not any more.
    pub fn poll_presence(&mut self) -> Option<sip::Presence> {
        self.stack.poll_presence()
    }

    /// Our turn came this late: lasting lateness turns new calls away before running ones suffer.
    pub fn handle_lag(&mut self, now: Now, lag: Duration) {
        self.stack.handle_lag(now.mono, lag);
    }

    /// Sources without rates, never challenged: the trunks and whoever else is trusted.
    pub fn trust(&mut self, networks: Vec<ids::Network>) {
        self.stack.trust(networks);
    }

    /// What stands at the gate, for figures.
    pub fn guard_figures(&self) -> sip::GuardFigures {
        self.stack.guard_figures()
    }
}
