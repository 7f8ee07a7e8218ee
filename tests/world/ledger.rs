//! What was written down, and the rules that hold at every moment and at the end.

use exchange::Census;
use ids::CallId;
use records::{CallRecord, Event};
use std::collections::{BTreeMap, BTreeSet};

/// Effects that may wait to be drained after one input.
const EFFECTS_MAX: usize = 2_000;

/// Everything that was written.
#[derive(Default)]
pub struct Ledger {
    /// Events by call, in their order.
    pub events: BTreeMap<CallId, Vec<Event>>,
    /// One record a call.
    pub records: Vec<CallRecord>,
    /// What became of calls of the server, in order.
    pub news: Vec<exchange::OutboundNews>,
    /// Sentences that ask somebody to look.
    pub alarms: Vec<String>,
    /// Flows whose new version on trial was stopped.
    pub canaries_stopped: Vec<String>,
}

impl Ledger {
    /// Notes an event: the next of its call, without a secret in it.
    pub(crate) fn event(&mut self, event: Event, secrets: &[String]) {
        let body = event.body();
        for secret in secrets {
            assert!(!body.contains(secret.as_str()), "a secret stands in an event: {body}");
        }
        let of_call = self.events.entry(event.call).or_default();
        assert_eq!(event.seq as usize, of_call.len(), "{}: events have no gaps", event.call);
        let over = self.records.iter().any(|r| r.id == event.call);
        assert!(!over, "{}: an event after the record: {body}", event.call);
        of_call.push(event);
    }

    /// Notes a record: the only one of its call.
    pub(crate) fn call(&mut self, record: CallRecord) {
        let again = self.records.iter().any(|r| r.id == record.id);
        assert!(!again, "{} left two records", record.id);
        assert!(record.created_us <= record.ended_us, "{} ended before it began", record.id);
        assert!(
            record.answered_us.is_none_or(|at| at >= record.created_us && at <= record.ended_us)
        );
        assert!(
            record.sip_status >= 200,
            "{}: {} is no final status",
            record.id,
            record.sip_status
        );
        self.records.push(record);
    }

    /// What holds between any two inputs.
    pub(crate) fn assert_census(&self, census: &Census, legs_open: usize) {
        assert!(census.legs <= census.calls, "a leg without a call: {census:?}");
        assert!(census.sessions <= census.calls, "a session without a call: {census:?}");
        assert!(census.requests <= census.calls, "a question without a call: {census:?}");
        assert!(
            legs_open <= census.legs,
            "ports of a leg that is gone stay open: {legs_open}, {census:?}"
        );
        assert!(census.effects <= EFFECTS_MAX, "effects pile up: {census:?}");
    }

    /// What holds when nobody calls any more: nothing is left, and every call left one record.
    pub fn assert_all_gone(&self, census: &Census, legs_open: usize) {
        let open: Vec<_> = self
            .events
            .iter()
            .filter(|(call, _)| !self.records.iter().any(|record| record.id == **call))
            .collect();
        assert_eq!(*census, Census::default(), "everything that ended is gone; open: {open:#?}");
        assert_eq!(legs_open, 0, "all ports are free");
        let written: BTreeSet<CallId> = self.records.iter().map(|r| r.id).collect();
        let began: BTreeSet<CallId> = self.events.keys().copied().collect();
        assert_eq!(written, began, "left: calls with a record; right: calls with events");
    }
}
