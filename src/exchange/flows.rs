//! The flows in use: for each name the version for everybody, perhaps one on trial, and the emergency switch.
//!
//! Owns: which version a new call begins with, and what ended calls tell about a version on trial.
//! Never: a call that runs: it keeps the version it began with.

use crate::canary::{Canary, Fate, Side, Stop, takes_part};
use dialplan::Plan;
use ids::CallId;
use std::collections::HashMap;
use std::sync::Arc;

/// One flow as the shell gives it.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The version for everybody.
    pub current: Arc<Plan>,
    /// A version on trial, with its share of the calls in percent.
    pub canary: Option<(Arc<Plan>, u8)>,
    /// Calls go to the flow's emergency step.
    pub emergency: bool,
}

impl Flow {
    /// A version for everybody, nothing on trial, no emergency.
    pub fn plain(current: Arc<Plan>) -> Self {
        Self { current, canary: None, emergency: false }
    }
}

/// A flow in use.
struct InUse {
    flow: Flow,
    trial: Canary,
}

/// All flows by name.
#[derive(Default)]
pub(crate) struct Flows(HashMap<String, InUse>);

/// What a new call begins with.
pub(crate) struct Begun {
    /// None where one of our people dialled somebody: nothing is said to them.
    pub plan: Option<Arc<Plan>>,
    pub side: Side,
}

impl Begun {
    /// Two people alone.
    pub const UNSCRIPTED: Begun = Begun { plan: None, side: Side::Current };
}

impl Flows {
    /// Takes these in the place of all. A trial of the same two versions goes on counting.
    pub fn replace(&mut self, flows: Vec<Flow>) {
        let mut before = std::mem::take(&mut self.0);
        for flow in flows {
            let name = flow.current.name.clone();
            let same = |old: &InUse| {
                let version = |f: &Flow| {
                    (f.current.version.clone(), f.canary.as_ref().map(|(p, _)| p.version.clone()))
                };
                version(&old.flow) == version(&flow)
            };
            let trial = before.remove(&name).filter(same).map(|old| old.trial).unwrap_or_default();
            self.0.insert(name, InUse { flow, trial });
        }
    }

    /// The version a new call begins with.
    pub fn begin(&self, name: &str, call: CallId) -> Option<Begun> {
        let InUse { flow, trial } = self.0.get(name)?;
        let canary = flow.canary.as_ref().filter(|(_, percent)| takes_part(call, *percent));
        Some(match canary.filter(|_| !trial.stopped()) {
            Some((plan, _)) => Begun { plan: Some(plan.clone()), side: Side::Canary },
            None => Begun { plan: Some(flow.current.clone()), side: Side::Current },
        })
    }

    /// Whether the emergency switch of a flow is on.
    pub fn emergency(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|in_use| in_use.flow.emergency)
    }

    /// A call of this version ended so; says when its trial must stop. Calls of versions that are no
    /// longer in use tell nothing.
    pub fn ended(&mut self, plan: &Plan, side: Side, fate: Fate) -> Option<Stop> {
        let InUse { flow, trial } = self.0.get_mut(&plan.name)?;
        let (canary, _) = flow.canary.as_ref()?;
        let asked = match side {
            Side::Current => &flow.current,
            Side::Canary => canary,
        };
        if asked.version != plan.version {
            return None;
        }
        trial.call_ended(side, fate)
    }
}
