//! What a leg reports of itself at its end.
//!
//! Owns: which account each figure comes from. Never: an account.

use super::{Leg, on_hold};
use crate::command::LegStats;
use crate::incoming::Totals;
use crate::quality::{self, Way};
use std::time::Duration;

impl Leg {
    /// Over the whole leg.
    pub(super) fn stats(&self) -> LegStats {
        let totals = self.incoming.totals();
        LegStats {
            sent: self.outgoing.packets,
            received: self.incoming.received,
            lost: totals.lost,
            reordered: totals.reordered,
            duplicates: totals.duplicates,
            wrong_source: self.wrong_source,
            forged: self.protection.as_ref().map_or(0, |p| p.forged),
            replayed: self.protection.as_ref().map_or(0, |p| p.replayed),
            malformed: self.malformed,
            dropped_late: self.dropped_late,
            late: totals.late,
            loss_runs: totals.gaps,
            came_late: self.came_late + self.conversion.as_ref().map_or(0, |c| c.late()),
            jitter_us_max: totals.jitter_us_max,
            remote_lost: self.reports.remote_lost,
            round_trip_us: self.reports.round_trip_us,
            remote_jitter_us: self.remote_jitter_us(),
            heard: self.way_to_us(&totals).score(self.params.codec),
            delivered: self.way_to_them().score(self.params.codec),
            one_way: quality::one_way(
                !on_hold(&self.params),
                self.outgoing.packets,
                self.incoming.received,
                self.reports.deaf,
            ),
            keys: self.keys.counts,
            key_anomalies: self.keys.anomalies,
        }
    }

    fn way_to_us(&self, totals: &Totals) -> Way {
        Way {
            expected: self.incoming.received + totals.lost,
            missing: totals.lost + totals.late,
            bursts: totals.gaps + totals.late,
            jitter: Duration::from_micros(self.incoming.jitter_us().into()),
            round_trip: self.round_trip(),
            ptime: Duration::from_millis(self.params.ptime_ms.into()),
        }
    }

    /// As the peer reports it; nothing is known of runs there.
    fn way_to_them(&self) -> Way {
        let jitter_us = self.remote_jitter_us().unwrap_or(0);
        Way {
            expected: self.reports.remote_expected,
            missing: self.reports.remote_lost.unwrap_or(0).into(),
            bursts: 0,
            jitter: Duration::from_micros(jitter_us.into()),
            round_trip: self.round_trip(),
            ptime: Duration::from_millis(self.params.ptime_ms.into()),
        }
    }

    fn round_trip(&self) -> Option<Duration> {
        self.reports.round_trip_us.map(|us| Duration::from_micros(us.into()))
    }
}
