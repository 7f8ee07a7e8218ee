//! How a trunk stands, as the people who run it see it.

use super::health::Health;
use super::line::{Line, Standing, Totals};
use ids::Moment;
use sip::registration::Registration;

/// One trunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrunkStatus {
    /// Its name.
    pub name: String,
    /// Whether it takes calls.
    pub standing: Standing,
    /// `None` when it does not register.
    pub registered: Option<bool>,
    /// Its addresses.
    pub targets: Vec<TargetStatus>,
    /// Calls that came in and are not over.
    pub inbound: u32,
    /// Calls of ours that are not over.
    pub outbound: u32,
    /// At most so many, both together.
    pub calls_max: u32,
    /// Calls of ours a second, at most.
    pub calls_per_second: u32,
    /// Since the start.
    pub totals: Totals,
    /// What went wrong last, if anything did.
    pub last_error: Option<String>,
}

/// One address of a trunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetStatus {
    /// `UDP 192.0.2.10:5060`.
    pub address: String,
    /// Whether it answers.
    pub health: Health,
    /// Seconds until the peer wants to be asked again, if it said so.
    pub barred_s: Option<u64>,
}

pub(crate) fn of(line: &Line, now: Moment) -> TrunkStatus {
    let registers = line.config.registration.is_some();
    let registered = line.registration.as_ref().is_some_and(Registration::is_registered);
    let targets = line.targets.iter().map(|target| TargetStatus {
        address: format!("{} {}", target.path.transport.as_str(), target.path.remote),
        health: target.health,
        barred_s: Some(target.barred_until.since(now).as_secs()).filter(|s| *s > 0),
    });
    TrunkStatus {
        name: line.config.name.clone(),
        standing: line.standing(),
        registered: registers.then_some(registered),
        targets: targets.collect(),
        inbound: line.caps.inbound,
        outbound: line.caps.outbound,
        calls_max: line.config.calls_max,
        calls_per_second: line.config.calls_per_second,
        totals: line.totals,
        last_error: line.last_error.clone(),
    }
}
