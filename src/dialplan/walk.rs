//! The interpreter: one call's way through a plan.

use crate::event::{Action, Facts, WalkEvent};
use crate::plan::Plan;
use ids::Moment;
use jiff::civil::DateTime;
use std::collections::VecDeque;
use std::sync::Arc;

/// One call's way through a plan.
pub struct Walk {
    plan: Arc<Plan>,
    facts: Facts,
    actions: VecDeque<Action>,
}

impl Walk {
    /// Begins at the plan's entry. Drain [`Walk::poll`] afterwards.
    pub fn begin(plan: Arc<Plan>, facts: Facts, _now: Moment, _today: DateTime) -> Walk {
        Walk { plan, facts, actions: VecDeque::new() }
    }

    /// The plan this call began with and keeps.
    pub fn plan(&self) -> &Plan {
        let _ = &self.facts;
        &self.plan
    }

    /// Tells what happened; `wall` is the calendar time at the firm. Drain [`Walk::poll`] afterwards.
    pub fn handle(&mut self, _now: Moment, _wall: DateTime, _event: WalkEvent) {}

    /// The next thing to do, in order.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Walk::handle_timeout`] wants to be called.
    pub fn timeout(&self) -> Option<Moment> {
        None
    }

    /// Time has come. Early or repeated calls do nothing.
    pub fn handle_timeout(&mut self, _now: Moment, _wall: DateTime) {}
}
