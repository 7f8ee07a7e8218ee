//! How a call sounded: the E-model (ITU-T G.107), as far as a packet network decides it.
//!
//! ```text
//!   R = 93.2 − Idd(delay) − Ie,eff(codec, loss, bursts)      MOS = 1 + 0.035 R + R (R − 60)(100 − R) 7e-6
//! ```
//! Everything that no packet tells (echo, side tone, noise in the room) has G.107's default: together 93.2
//! for a line without fault. Codecs come from G.113 appendix I, with concealment at the listener's end.
//!
//! Owns: the formula, and which way of a leg is deaf. Never: how loss and delay were measured.

use crate::command::{Codec, OneWay, Score};
use crate::limits::{ONE_WAY_PACKETS, ONE_WAY_REPORTS, PLAYOUT};
use std::time::Duration;

/// R of a line without fault: R0 − Is with all defaults (G.107 section 7.7).
const R_BEST: f32 = 93.2;

/// What one way of a leg did to the sound.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Way {
    /// Packets that should have been heard.
    pub(crate) expected: u64,
    /// Of those, lost or too late.
    pub(crate) missing: u64,
    /// In how many runs; 0: unknown, taken as random.
    pub(crate) bursts: u64,
    /// Mean variation of the way.
    pub(crate) jitter: Duration,
    /// There and back, where RTCP told it.
    pub(crate) round_trip: Option<Duration>,
    /// Audio in one packet.
    pub(crate) ptime: Duration,
}

impl Way {
    /// Its score; none where nothing was to be heard.
    pub(crate) fn score(&self, codec: Codec) -> Option<Score> {
        if self.expected == 0 {
            return None;
        }
        let loss = self.missing.min(self.expected) as f32 / self.expected as f32;
        let r = R_BEST - delay_impairment(self.delay()) - self.loss_impairment(codec, loss);
        let r = r.clamp(0.0, 100.0);
        let mos = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
        let mos_hundredths = (mos.clamp(1.0, 4.5) * 100.0).round() as u16;
        Some(Score { r: r.round() as u8, mos_hundredths })
    }

    /// Mouth to ear: half the round trip, a packet's own length, and the buffer that the jitter asks for.
    fn delay(&self) -> Duration {
        let buffer = (self.jitter * 2).clamp(self.ptime, PLAYOUT.max(self.ptime));
        self.round_trip.unwrap_or_default() / 2 + self.ptime + buffer
    }

    /// G.107 section 7.5, equation 7-29; `loss` from 0 to 1.
    fn loss_impairment(&self, codec: Codec, loss: f32) -> f32 {
        let (ie, bpl) = robustness(codec);
        let percent = loss * 100.0;
        ie + (95.0 - ie) * percent / (percent / self.burst_ratio(loss) + bpl)
    }

    /// Mean length of a run of losses over what chance would make it (G.107 section 7.5): 1 is chance.
    fn burst_ratio(&self, loss: f32) -> f32 {
        match self.bursts {
            0 => 1.0,
            bursts => (self.missing as f32 / bursts as f32 * (1.0 - loss)).clamp(1.0, 8.0),
        }
    }
}

/// Impairment without loss, and robustness against random loss (G.113 appendix I, table I.4). G.722 and
/// Opus have no place on this scale of narrow voices: they are taken for G.711, which they are not worse than.
fn robustness(codec: Codec) -> (f32, f32) {
    match codec {
        Codec::Pcma | Codec::Pcmu | Codec::G722 | Codec::Opus => (0.0, 25.1),
    }
}

/// Idd: pure delay, without echo (G.107 section 7.4, equation 7-27).
fn delay_impairment(delay: Duration) -> f32 {
    let x = (delay.as_secs_f32() * 10.0).log2();
    if x <= 0.0 {
        return 0.0;
    }
    let sixth = |x: f32| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    25.0 * (sixth(x) - 3.0 * sixth(x / 3.0) + 2.0)
}

/// Which way nothing comes through, if one of them: by what we count, and by what the peer reports.
pub(crate) fn one_way(both_ways: bool, sent: u64, received: u64, deaf: u32) -> Option<OneWay> {
    match () {
        () if !both_ways || sent < ONE_WAY_PACKETS => None,
        () if received == 0 => Some(OneWay::WeHearNothing),
        () if deaf >= ONE_WAY_REPORTS => Some(OneWay::TheyHearNothing),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PTIME: Duration = Duration::from_millis(20);

    fn way(missing: u64, bursts: u64, round_trip_ms: u64) -> Way {
        let round_trip = Some(Duration::from_millis(round_trip_ms));
        Way { expected: 1_000, missing, bursts, round_trip, ptime: PTIME, ..Way::default() }
    }

    fn r(way: Way) -> u8 {
        way.score(Codec::Pcma).unwrap().r
    }

    #[test]
    fn a_line_without_fault_has_g107s_default_rating() {
        assert_eq!(way(0, 0, 0).score(Codec::Pcma), Some(Score { r: 93, mos_hundredths: 441 }));
        assert_eq!(Way::default().score(Codec::Pcma), None);
    }

    #[test]
    fn delay_costs_little_below_a_tenth_of_a_second_and_much_from_a_quarter_on() {
        let by_delay = [0, 100, 200, 400, 800].map(|ms| r(way(0, 0, ms)));
        assert_eq!(by_delay, [93, 93, 93, 86, 66]);
    }

    #[test]
    fn loss_costs_what_g113_says_and_bursts_cost_more() {
        // 95 * 5 / (5 + 25.1) = 15.8
        assert_eq!(r(way(50, 0, 0)), 77);
        assert_eq!(r(way(50, 50, 0)), 77, "single losses are what chance makes");
        assert!(r(way(50, 10, 0)) < r(way(50, 50, 0)));
        let all = way(1_000, 1, 0).score(Codec::Pcmu).unwrap();
        assert!(all.mos_hundredths < 260, "{all:?}");
    }

    #[test]
    fn who_sends_and_gets_nothing_is_told_apart_from_who_is_not_heard() {
        assert_eq!(one_way(true, 300, 0, 0), Some(OneWay::WeHearNothing));
        assert_eq!(one_way(true, 300, 10, 2), Some(OneWay::TheyHearNothing));
        assert_eq!(one_way(true, 300, 10, 1), None);
        assert_eq!(one_way(true, 10, 0, 0), None, "too early to say");
        assert_eq!(one_way(false, 300, 0, 0), None, "on hold silence is right");
    }

    proptest! {
        #[test]
        fn more_loss_by_chance_never_sounds_better_and_every_score_is_on_the_scale(
            missing in 0_u64..1_000, bursts in 0_u64..1_000, trip in 0_u64..3_000
        ) {
            let runs = way(missing, bursts, trip).score(Codec::Pcma).unwrap();
            prop_assert!((100..=450).contains(&runs.mos_hundredths) && runs.r <= 100);
            let (less, more) = (way(missing, 0, trip), way(missing + 1, 0, trip));
            let (less, more) = (less.score(Codec::Pcma).unwrap(), more.score(Codec::Pcma).unwrap());
            prop_assert!(more.mos_hundredths <= less.mos_hundredths);
            prop_assert!((100..=450).contains(&more.mos_hundredths));
        }
    }
}
