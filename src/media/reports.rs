//! RTCP of one leg: when reports are sent, what they say, what the peer's say (RFC 3550 section 6).
//!
//! Owns: the timer, the peer's last sender report, loss at the far end and round trip.
//! Never: addresses; sockets.

use crate::limits::ONE_WAY_REPORT_PACKETS;
use ids::Moment;
use rtp::{Random, Report, ReportBlock, ReportSchedule, RtcpSummary, SenderInfo};
use std::sync::Arc;

/// As long as a bridged peer's reports come at most so far apart, ours are not sent between them: three
/// intervals.
const PASSED_LATELY: std::time::Duration = std::time::Duration::from_secs(15);

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
    /// The highest jitter that the peer reported of our stream, in ticks.
    pub(crate) remote_jitter: Option<u32>,
    /// What of our stream the peer had to hear when it last reported: packets.
    pub(crate) remote_expected: u64,
    /// The most reports on end that knew nothing of what we had sent.
    pub(crate) deaf: u32,
    /// Such reports up to now.
    deaf_now: u32,
    /// What we had sent at the peer's last report, and the highest number it then knew.
    told: (u64, Option<u32>),
    schedule: ReportSchedule,
    peer: Option<PeerReport>,
    /// Packets we had sent at the last two reports: who sent nothing since the second is no sender.
    sent_before: [u64; 2],
    reported: bool,
    /// The middle of the NTP time of our last sender report.
    ours: u32,
    /// When a bridged peer's report was last passed on in place of ours.
    passed: Option<Moment>,
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
            remote_jitter: None,
            remote_expected: 0,
            deaf: 0,
            deaf_now: 0,
            told: (0, None),
            schedule: ReportSchedule::new(now.micros(), seed),
            peer: None,
            sent_before: [0; 2],
            reported: false,
            ours: 0,
            passed: None,
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
        self.ours = (ntp(now) >> 16) as u32;
        self.sent_before = [own.packets, self.sent_before[0]];
        length
    }

    /// A report of a bridged peer leaves now: ours is not due.
    pub(crate) fn passed_on(&mut self, now: Moment) {
        self.passed = Some(now);
        self.schedule.sent(now.micros());
    }

    /// Ours is due, but the bridged peer reports for itself: puts it off and says so.
    pub(crate) fn leave_to_the_bridged(&mut self, now: Moment) -> bool {
        let lately = self.passed.is_some_and(|passed| now.since(passed) < PASSED_LATELY);
        if lately {
            self.schedule.sent(now.micros());
        }
        lately
    }

    /// A block about to be passed on: an echo of a report of ours is no echo of the bridged peer's.
    pub(crate) fn without_our_echo(&self, block: ReportBlock) -> ReportBlock {
        match block.last_sr == self.ours {
            true => ReportBlock { last_sr: 0, delay_since_last_sr: 0, ..block },
            false => block,
        }
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

    /// Takes in what the peer reported; `sent`: packets of ours that had left by now.
    pub(crate) fn hear(&mut self, now: Moment, summary: &RtcpSummary, sent: u64) {
        if let Some(sender) = summary.sender {
            self.peer = Some(PeerReport { ntp_middle: (sender.ntp >> 16) as u32, arrived: now });
        }
        if let Some(block) = summary.about_us {
            self.remote_lost = Some(block.cumulative_lost.max(0) as u32);
            self.remote_jitter = self.remote_jitter.max(Some(block.jitter));
            self.remote_expected = sent;
            self.round_trip_us = round_trip_us(now, &block).or(self.round_trip_us);
        }
        self.notice_deafness(summary.about_us.map(|block| block.extended_highest), sent);
    }

    /// Section 6.4: a report has a block for everyone heard since the one before. Two on end that do not
    /// know of what we sent meanwhile are no accident.
    fn notice_deafness(&mut self, known: Option<u32>, sent: u64) {
        let (sent_before, known_before) = self.told;
        let owed = sent.saturating_sub(sent_before) >= ONE_WAY_REPORT_PACKETS;
        self.deaf_now = match owed {
            true if known == known_before || known.is_none() => self.deaf_now + 1,
            true => 0,
            false => self.deaf_now,
        };
        self.deaf = self.deaf.max(self.deaf_now);
        self.told = (sent, known.or(known_before));
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
        reports.hear(Moment::from_millis(11_030), &summary, 1);
        assert_eq!(reports.remote_lost, Some(4));
        assert!((29_900..30_100).contains(&reports.round_trip_us.unwrap()));
    }

    #[test]
    fn two_reports_that_know_nothing_of_what_we_sent_are_noticed() {
        let block = |highest| ReportBlock { extended_highest: highest, ..ReportBlock::default() };
        let deaf_after = |told: &[(u64, Option<u32>)]| {
            let mut reports = reports();
            for (sent, known) in told {
                let about_us = known.map(block);
                let summary = RtcpSummary { about_us, ..RtcpSummary::default() };
                reports.hear(Moment::from_millis(*sent * 20), &summary, *sent);
            }
            reports.deaf
        };
        assert_eq!(deaf_after(&[(250, None), (500, None)]), 2);
        assert_eq!(deaf_after(&[(250, Some(250)), (500, Some(500))]), 0);
        assert_eq!(deaf_after(&[(250, Some(9)), (500, Some(9)), (750, Some(9))]), 2);
        assert_eq!(deaf_after(&[(250, Some(250)), (260, None), (270, None)]), 0, "we were silent");
    }

    #[test]
    fn who_never_sent_says_no_goodbye() {
        let mut out = [0; 400];
        assert_eq!(reports().write_bye(Moment::START, &own(0), None, &mut out), 0);
        let length = reports().write_bye(Moment::START, &own(1), None, &mut out);
        assert!(rtp::read_rtcp(&out[..length], 5).unwrap().bye);
    }
}
