//! The stream we receive: what came, what was lost, how evenly (RFC 3550 section 6.4.1).
//!
//! Owns: the account of the present SSRC, and the sums over former ones.
//! Never: what is in the packets.

use crate::lateness::Lateness;
use ids::Moment;
use rtp::{Arrival, Jitter, Packet, Sequence};

struct Source {
    ssrc: u32,
    sequence: Sequence,
    jitter: Jitter,
    lateness: Lateness,
}

/// The account of one leg's incoming stream.
#[derive(Default)]
pub(crate) struct Incoming {
    pub(crate) received: u64,
    source: Option<Source>,
    /// Sums over sources that are gone.
    former: Totals,
}

/// Loss and in how many runs, reordering, duplicates, what came too late to be played, highest jitter in µs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Totals {
    pub(crate) lost: u64,
    pub(crate) gaps: u64,
    pub(crate) reordered: u64,
    pub(crate) duplicates: u64,
    pub(crate) late: u64,
    pub(crate) jitter_us_max: u32,
}

impl Incoming {
    /// Accounts for a packet of the peer; sound carries the codec's clock (Hz), keys do not: their
    /// timestamps stand still.
    pub(crate) fn arrive(
        &mut self,
        now: Moment,
        packet: &Packet<'_>,
        clock_hz: Option<u32>,
    ) -> Arrival {
        let arrival = match &mut self.source {
            Some(source) if source.ssrc == packet.ssrc => source.sequence.arrive(packet.sequence),
            _ => self.begin(packet),
        };
        if arrival != Arrival::Duplicate {
            self.received += 1;
        }
        if let (Some(_), Some(source), true) =
            (clock_hz, &mut self.source, arrival != Arrival::Astray)
        {
            source.jitter.arrive(now.micros(), packet.timestamp);
            if arrival != Arrival::Duplicate {
                source.lateness.arrive(now, packet.timestamp);
            }
        }
        arrival
    }

    fn begin(&mut self, packet: &Packet<'_>) -> Arrival {
        self.former = self.totals();
        self.source = Some(Source {
            ssrc: packet.ssrc,
            sequence: Sequence::begin(packet.sequence),
            jitter: Jitter::new(8_000),
            lateness: Lateness::new(8_000),
        });
        Arrival::InOrder
    }

    /// The present source goes on elsewhere: what it sends meanwhile is not missing here.
    pub(crate) fn part(&mut self) {
        self.former = self.totals();
        self.source = None;
    }

    /// Over the whole leg.
    pub(crate) fn totals(&self) -> Totals {
        let former = self.former;
        let Some(Source { sequence, jitter, lateness, .. }) = &self.source else { return former };
        Totals {
            lost: former.lost + sequence.lost(),
            gaps: former.gaps + sequence.gaps(),
            reordered: former.reordered + sequence.reordered(),
            duplicates: former.duplicates + sequence.duplicates(),
            late: former.late + lateness.late,
            jitter_us_max: former.jitter_us_max.max(jitter.max_us()),
        }
    }

    /// The present estimate of the jitter, in µs.
    pub(crate) fn jitter_us(&self) -> u32 {
        self.source.as_ref().map_or(0, |source| source.jitter.ticks() * 125)
    }

    /// The report about the present source; its times since the last sender report are the caller's.
    pub(crate) fn report_block(&mut self) -> Option<rtp::ReportBlock> {
        self.source.as_mut().map(|source| rtp::ReportBlock {
            ssrc: source.ssrc,
            fraction_lost: source.sequence.fraction_lost(),
            cumulative_lost: source.sequence.cumulative_lost(),
            extended_highest: source.sequence.extended_highest(),
            jitter: source.jitter.ticks(),
            last_sr: 0,
            delay_since_last_sr: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, sequence: u16) -> Packet<'static> {
        let timestamp = u32::from(sequence) * 160;
        Packet { payload_type: 8, marker: false, sequence, timestamp, ssrc, payload: &[] }
    }

    #[test]
    fn loss_is_summed_over_a_change_of_ssrc() {
        let mut incoming = Incoming::default();
        for (ssrc, sequence) in [(1, 1), (1, 3), (2, 500), (2, 503), (2, 503)] {
            incoming.arrive(Moment::START, &packet(ssrc, sequence), Some(8_000));
        }
        let totals = incoming.totals();
        assert_eq!((totals.lost, totals.duplicates, incoming.received), (3, 1, 4));
        assert_eq!(incoming.report_block().unwrap().ssrc, 2);
    }
}
