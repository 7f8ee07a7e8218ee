//! RTCP of one leg: when reports are sent, what they say, what the peer's say (RFC 3550 section 6).
//!
//! Owns: the timer, the peer's last sender report, loss at the far end and round trip.
//! Never: addresses; sockets.

use ids::Moment;
use rtp::{Random, Report, ReportBlock, ReportSchedule, RtcpSummary, SenderInfo};
use std::sync::Arc;

/// The peer's last sender report.
struct PeerReport {
    ntp_middle: u32,
    arrived: Moment,
}

/// The reporter of one leg.
pub(crate) struct Reports {
    pub(crate) cname: Arc<str>,
    pub(crate) remote_lost: Option<u32>,
    pub(crate) round_trip_us: Option<u32>,
    schedule: ReportSchedule,
    peer: Option<PeerReport>,
    /// Packets we had sent at the last two reports: who sent nothing since the second is no sender.
    sent_before: [u64; 2],
    reported: bool,
}

/// What the leg knows about its own stream.
pub(crate) struct Own {
    pub(crate) ssrc: u32,
    pub(crate) rtp_timestamp: u32,
    pub(crate) packets: u64,
    pub(crate) octets: u64,
}

impl Reports {
    pub(crate) fn new(now: Moment, cname: Arc<str>, random: &mut Random) -> Self {
        let seed = Random::new(random.next_u64());
        Self {
            cname,
            remote_lost: None,
            round_trip_us: None,
            schedule: ReportSchedule::new(now.micros(), seed),
            peer: None,
            sent_before: [0; 2],
            reported: false,
        }
    }

    pub(crate) fn poll_timeout(&self) -> Moment {
        Moment::from_micros(self.schedule.due_us())
    }

    /// Writes the report that is due; returns its length.
    pub(crate) fn write(
        &mut self,
        now: Moment,
        own: &Own,
        block: Option<ReportBlock>,
        out: &mut [u8],
    ) -> usize {
        self.schedule.sent(now.micros());
        self.reported = true;
        let length = self.compose(now, own, block, false, out);
        self.sent_before = [own.packets, self.sent_before[0]];
        length
    }

    /// Writes the goodbye; nothing if we never sent a packet of any kind (section 6.3.7).
    pub(crate) fn write_bye(
        &self,
        now: Moment,
        own: &Own,
        block: Option<ReportBlock>,
        out: &mut [u8],
    ) -> usize {
        match self.reported || own.packets > 0 {
            true => self.compose(now, own, block, true, out),
            false => 0,
        }
    }

    fn compose(
        &self,
        now: Moment,
        own: &Own,
        block: Option<ReportBlock>,
        bye: bool,
        out: &mut [u8],
    ) -> usize {
        let sender = (own.packets > self.sent_before[1]).then_some(SenderInfo {
            ntp: ntp(now),
            rtp_timestamp: own.rtp_timestamp,
            packets: own.packets as u32,
            octets: own.octets as u32,
        });
        let block = block.map(|block| self.with_times(now, block));
        let report = Report { ssrc: own.ssrc, sender, block, cname: &self.cname, bye };
        rtp::write_rtcp(&report, out)
    }

    fn with_times(&self, now: Moment, block: ReportBlock) -> ReportBlock {
        let Some(peer) = &self.peer else { return block };
        let delay = (now - peer.arrived).as_micros() * 65_536 / 1_000_000;
        ReportBlock { last_sr: peer.ntp_middle, delay_since_last_sr: delay as u32, ..block }
    }

    /// Takes in what the peer reported.
    pub(crate) fn hear(&mut self, now: Moment, summary: &RtcpSummary) {
        if let Some(sender) = summary.sender {
            self.peer = Some(PeerReport { ntp_middle: (sender.ntp >> 16) as u32, arrived: now });
        }
        if let Some(block) = summary.about_us {
            self.remote_lost = Some(block.cumulative_lost.max(0) as u32);
            self.round_trip_us = round_trip_us(now, &block).or(self.round_trip_us);
        }
    }
}

/// Section 6.4.1: now − LSR − DLSR, all in 1/65,536 s. A forged or foreign LSR gives nonsense: over a
/// minute is not believed.
fn round_trip_us(now: Moment, block: &ReportBlock) -> Option<u32> {
    let middle = (ntp(now) >> 16) as u32;
    let trip = middle.wrapping_sub(block.last_sr).wrapping_sub(block.delay_since_last_sr);
    let believable = block.last_sr != 0 && trip < 60 << 16;
    believable.then(|| (u64::from(trip) * 1_000_000 / 65_536) as u32)
}

/// Without a calendar clock a sender may use the time since it joined (section 6.4.1).
fn ntp(now: Moment) -> u64 {
    let micros = now.micros();
    let fraction = ((micros % 1_000_000) << 32) / 1_000_000;
    (micros / 1_000_000) << 32 | fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(packets: u64) -> Own {
        Own { ssrc: 5, rtp_timestamp: 0, packets, octets: packets * 160 }
    }

    fn reports() -> Reports {
        Reports::new(Moment::START, Arc::from("leg@host.example"), &mut Random::new(1))
    }

    fn sent(reports: &mut Reports, ms: u64, packets: u64) -> RtcpSummary {
        let mut out = [0; 400];
        let length = reports.write(Moment::from_millis(ms), &own(packets), None, &mut out);
        rtp::read_rtcp(&out[..length], 5).unwrap()
    }

    #[test]
    fn who_sent_nothing_since_the_report_before_last_is_no_sender() {
        let mut reports = reports();
        let mut is_sr = |ms, packets| sent(&mut reports, ms, packets).sender.is_some();
        assert!(!is_sr(1_000, 0));
        assert!(is_sr(6_000, 10));
        assert!(is_sr(11_000, 10));
        assert!(!is_sr(16_000, 10));
    }

    #[test]
    fn the_round_trip_comes_out_of_the_peers_echo() {
        let mut reports = reports();
        let ours = sent(&mut reports, 10_000, 1).sender.unwrap();
        let block = ReportBlock {
            ssrc: 5,
            cumulative_lost: 4,
            last_sr: (ours.ntp >> 16) as u32,
            delay_since_last_sr: 65_536,
            ..ReportBlock::default()
        };
        let summary = RtcpSummary { about_us: Some(block), ..RtcpSummary::default() };
        reports.hear(Moment::from_millis(11_030), &summary);
        assert_eq!(reports.remote_lost, Some(4));
        assert!((29_900..30_100).contains(&reports.round_trip_us.unwrap()));
    }

    #[test]
    fn who_never_sent_says_no_goodbye() {
        let mut out = [0; 400];
        assert_eq!(reports().write_bye(Moment::START, &own(0), None, &mut out), 0);
        let length = reports().write_bye(Moment::START, &own(1), None, &mut out);
        assert!(rtp::read_rtcp(&out[..length], 5).unwrap().bye);
    }
}
