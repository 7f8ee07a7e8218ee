//! Whose numbers a bridged packet leaves with: the shift between a stream that comes and the one we send.
//!
//! ```text
//!   their SSRC, seq 7, 8, -, 10   ── +shift ──►   our SSRC, seq 907, 908, -, 910
//! ```
//! The shift stays for the stream's life, so that a gap, a late packet and jitter look at the far end as
//! they looked to us (RFC 3550 section 7.2: a translator). It is taken anew when the source changes or its
//! clock runs away from the wall's.
//!
//! Owns: the shifts, and what a report about the one stream says about the other.
//! Never: payloads, addresses.

use crate::outgoing::Outgoing;
use ids::Moment;
use rtp::{Header, Packet, ReportBlock, RtcpSummary, SenderInfo};

/// Ticks by which a relayed timestamp may leave the wall clock before its shift is taken anew: 2 s. A
/// crystal 100 ppm off takes five hours to get there, a hostile sender one packet.
const DRIFT_TICKS_MAX: u32 = 16_000;

/// The shift of the stream that is relayed to a leg.
#[derive(Clone, Copy, Debug)]
struct Shift {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// Their packet and octet counts began with our IVR's sound on this leg: kept apart.
    packets: u32,
    octets: u32,
}

/// What is relayed to one leg.
#[derive(Default)]
pub(crate) struct Relay {
    shift: Option<Shift>,
    /// What the far end had reported as lost when the relay began: our prompts' losses, not the peer's.
    lost_before: Option<i32>,
}

impl Relay {
    /// Another source, or the same after a pause: the next packet takes a new shift.
    pub(crate) fn begin_anew(&mut self) {
        self.shift = None;
    }

    /// The header that a packet leaves with. `restarted`: its source counts anew; `ticks`: of sound in it.
    pub(crate) fn header(
        &mut self,
        now: Moment,
        packet: &Packet<'_>,
        payload_type: u8,
        restarted: bool,
        ticks: u32,
        outgoing: &mut Outgoing,
    ) -> Header {
        let wall = outgoing.timestamp_at(now);
        let fits = |shift: &Shift| {
            let drift = packet.timestamp.wrapping_add(shift.timestamp).wrapping_sub(wall) as i32;
            !restarted
                && !outgoing.spoke()
                && shift.ssrc == packet.ssrc
                && drift.unsigned_abs() <= DRIFT_TICKS_MAX
        };
        let kept = self.shift.filter(fits);
        let shift = kept.unwrap_or_else(|| Shift {
            ssrc: packet.ssrc,
            sequence: outgoing.next_sequence().wrapping_sub(packet.sequence),
            timestamp: outgoing.next_timestamp(now).wrapping_sub(packet.timestamp),
            packets: outgoing.packets as u32,
            octets: outgoing.octets as u32,
        });
        self.shift = Some(shift);
        let header = Header {
            payload_type,
            marker: packet.marker || kept.is_none(),
            sequence: packet.sequence.wrapping_add(shift.sequence),
            timestamp: packet.timestamp.wrapping_add(shift.timestamp),
            ssrc: outgoing.ssrc,
        };
        outgoing.relayed(&header, packet.payload.len(), ticks);
        header
    }

    /// A sender report about the stream that comes, as one about the stream that we relay. `None` when it
    /// is about another stream than the one relayed.
    pub(crate) fn sender(&self, summary: &RtcpSummary) -> Option<SenderInfo> {
        let sender = summary.sender?;
        let shift = self.shift.filter(|shift| shift.ssrc == summary.ssrc)?;
        Some(SenderInfo {
            ntp: sender.ntp,
            rtp_timestamp: sender.rtp_timestamp.wrapping_add(shift.timestamp),
            packets: sender.packets.wrapping_add(shift.packets),
            octets: sender.octets.wrapping_add(shift.octets),
        })
    }

    /// What the far end says about the stream that we relay, as a word about the stream that came: the
    /// gaps were kept, so its losses are those of the whole way.
    pub(crate) fn block(&mut self, about_us: &ReportBlock) -> Option<ReportBlock> {
        let before = *self.lost_before.get_or_insert(about_us.cumulative_lost);
        let shift = self.shift?;
        let low = (about_us.extended_highest as u16).wrapping_sub(shift.sequence);
        Some(ReportBlock {
            ssrc: shift.ssrc,
            cumulative_lost: about_us.cumulative_lost - before,
            extended_highest: about_us.extended_highest & 0xFFFF_0000 | u32::from(low),
            ..*about_us
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Packet<'static> {
        Packet { payload_type: 8, marker: false, sequence, timestamp, ssrc, payload: &[0; 160] }
    }

    fn outgoing() -> Outgoing {
        Outgoing::new(Moment::START, &mut rtp::Random::new(5))
    }

    fn ms(ms: u64) -> Moment {
        Moment::from_millis(ms)
    }

    #[test]
    fn gaps_and_late_packets_keep_their_places() {
        let (mut relay, mut out) = (Relay::default(), outgoing());
        let first = relay.header(ms(0), &packet(7, 65_534, 1_000), 8, false, 160, &mut out);
        assert!(first.marker);
        let mut next = |n: u16| {
            let numbers = packet(7, 65_534_u16.wrapping_add(n), 1_000 + u32::from(n) * 160);
            let header = relay.header(ms(20 * u64::from(n)), &numbers, 8, false, 160, &mut out);
            let timestamp = header.timestamp.wrapping_sub(first.timestamp);
            (header.sequence.wrapping_sub(first.sequence), timestamp, header.marker)
        };
        assert_eq!(next(1), (1, 160, false));
        assert_eq!(next(4), (4, 640, false));
        assert_eq!(next(2), (2, 320, false), "late, not renumbered");
        assert_eq!(out.next_sequence(), first.sequence.wrapping_add(5));
    }

    #[test]
    fn another_source_and_a_clock_that_runs_away_go_on_from_where_we_are() {
        let (mut relay, mut out) = (Relay::default(), outgoing());
        let first = relay.header(ms(0), &packet(7, 1, 1_000), 8, false, 160, &mut out);
        let other = relay.header(ms(20), &packet(8, 900, 77), 8, false, 160, &mut out);
        assert_eq!(other.sequence, first.sequence.wrapping_add(1));
        assert!(other.marker && other.timestamp.wrapping_sub(first.timestamp) == 160);
        let wild = relay.header(ms(40), &packet(8, 901, 4_000_000), 8, false, 160, &mut out);
        assert!(wild.marker && wild.timestamp.wrapping_sub(other.timestamp) == 160);
    }

    #[test]
    fn a_report_is_told_in_the_other_streams_numbers() {
        let (mut relay, mut out) = (Relay::default(), outgoing());
        let sent = relay.header(ms(0), &packet(7, 100, 1_000), 8, false, 160, &mut out);
        let sender = SenderInfo { ntp: 9, rtp_timestamp: 1_160, packets: 1, octets: 160 };
        let summary = RtcpSummary { ssrc: 7, sender: Some(sender), ..RtcpSummary::default() };
        let told = relay.sender(&summary).unwrap();
        assert_eq!(told.rtp_timestamp, sent.timestamp.wrapping_add(160));
        assert!(relay.sender(&RtcpSummary { ssrc: 6, ..summary }).is_none());
        let about = |lost, highest: u16| ReportBlock {
            ssrc: sent.ssrc,
            cumulative_lost: lost,
            extended_highest: u32::from(highest),
            jitter: 33,
            ..ReportBlock::default()
        };
        relay.block(&about(4, sent.sequence));
        let block = relay.block(&about(6, sent.sequence.wrapping_add(5))).unwrap();
        assert_eq!((block.ssrc, block.cumulative_lost, block.jitter), (7, 2, 33));
        assert_eq!(block.extended_highest as u16, 105);
    }
}
