//! One sub-band's memory: the step that adapts, and the predictor of two poles and six zeros.
//!
//! The names in brackets are the blocks of the recommendation's flow charts, so that each line can be held
//! against it. All values are its 16-bit fixed point, kept in 32 bits and saturated where it saturates.

use super::saturated;

/// INVQAL, table 17: what the four upper bits of a low code stand for.
const LOW_COARSE: [i32; 16] = [
    0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584,
    1200, 0,
];
/// INVQBL, table 18: what all six bits stand for.
const LOW_FINE: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232,
    -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776,
    -2400, -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280,
    11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776,
    2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
/// INVQAH, table 19.
const HIGH: [i32; 4] = [-7408, -1616, 7408, 1616];
/// LOGSCL, table 20: how the low band's step moves on the upper bits of a code.
const LOW_MOVES: [i32; 16] =
    [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
/// LOGSCH, table 21.
const HIGH_MOVES: [i32; 4] = [798, -214, 798, -214];
/// Highest logarithm of a step: low band, high band.
const LOW_LOG_MAX: i32 = 18_432;
const HIGH_LOG_MAX: i32 = 22_528;
/// SCALEL and SCALEH, table 22: powers of two in steps of a thirty-second.
const POWERS: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/// The adaptive half of one direction and band.
#[derive(Clone, Debug)]
pub(super) struct Band {
    /// NBL, NBH: the logarithm of the step.
    log: i32,
    /// DETL, DETH.
    step: i32,
    /// SL, SH: what comes next, guessed; and the zeros' part of it, SZ.
    guess: i32,
    zeros_part: i32,
    /// A1, A2; B1 to B6.
    poles: [i32; 2],
    zeros: [i32; 6],
    /// RLT, PLT and DLT of the last turns, the youngest first.
    rebuilt: [i32; 2],
    partial: [i32; 2],
    errors: [i32; 6],
}

impl Band {
    pub(super) fn low() -> Self {
        Self::beginning(32)
    }

    pub(super) fn high() -> Self {
        Self::beginning(8)
    }

    fn beginning(step: i32) -> Self {
        Self {
            log: 0,
            step,
            guess: 0,
            zeros_part: 0,
            poles: [0; 2],
            zeros: [0; 6],
            rebuilt: [0; 2],
            partial: [0; 2],
            errors: [0; 6],
        }
    }

    pub(super) fn guess(&self) -> i32 {
        self.guess
    }

    pub(super) fn step(&self) -> i32 {
        self.step
    }

    /// The band's sample that a code stands for, with all its bits (blocks 5L, 6L).
    pub(super) fn heard_low(&self, code: u8) -> i32 {
        limited(self.guess + ((self.step * LOW_FINE[usize::from(code & 0x3F)]) >> 15))
    }

    pub(super) fn heard_high(&self, code: u8) -> i32 {
        limited(self.guess + ((self.step * HIGH[usize::from(code & 3)]) >> 15))
    }

    /// Learns from a code: both sides do, on its upper bits alone.
    pub(super) fn adapt_low(&mut self, code: u8) {
        let coarse = usize::from(code & 0x3F) >> 2;
        let error = (self.step * LOW_COARSE[coarse]) >> 15;
        self.rescale(LOW_MOVES[coarse], LOW_LOG_MAX, 8);
        self.predict(error);
    }

    pub(super) fn adapt_high(&mut self, code: u8) {
        let code = usize::from(code & 3);
        let error = (self.step * HIGH[code]) >> 15;
        self.rescale(HIGH_MOVES[code], HIGH_LOG_MAX, 10);
        self.predict(error);
    }

    /// LOGSCL and SCALEL, or those of the high band, which differ by a shift.
    fn rescale(&mut self, by: i32, most: i32, shift: i32) {
        self.log = (((self.log * 127) >> 7) + by).clamp(0, most);
        let power = POWERS[(self.log >> 6 & 31) as usize];
        let down = shift - (self.log >> 11);
        self.step = if down < 0 { power << -down } else { power >> down } << 2;
    }

    fn predict(&mut self, error: i32) {
        let rebuilt = saturated(self.guess + error); // RECONS
        let partial = saturated(self.zeros_part + error); // PARREC
        self.move_poles(partial);
        self.move_zeros(error);
        self.rebuilt = [rebuilt, self.rebuilt[0]];
        self.partial = [partial, self.partial[0]];
        self.errors.copy_within(..5, 1);
        self.errors[0] = error;
        self.zeros_part = saturated(weighted(&self.zeros, &self.errors)); // FILTEZ
        let poles_part = saturated(weighted(&self.poles, &self.rebuilt)); // FILTEP
        self.guess = saturated(poles_part + self.zeros_part); // PREDIC
    }

    /// UPPOL2, UPPOL1.
    fn move_poles(&mut self, partial: i32) {
        let [one, two] = self.poles;
        let same = |before: i32| (partial < 0) == (before < 0);
        let quarter = saturated(one << 2);
        let against = if same(self.partial[0]) { -quarter } else { quarter }.min(32_767);
        let nudge = if same(self.partial[1]) { 128 } else { -128 };
        let two = (nudge + (against >> 7) + ((two * 32_512) >> 15)).clamp(-12_288, 12_288);
        let nudge = if same(self.partial[0]) { 192 } else { -192 };
        let most = saturated(15_360 - two);
        let one = saturated(nudge + ((one * 32_640) >> 15)).clamp(-most, most);
        self.poles = [one, two];
    }

    /// UPZERO.
    fn move_zeros(&mut self, error: i32) {
        let size = if error == 0 { 0 } else { 128 };
        for (zero, before) in self.zeros.iter_mut().zip(&self.errors) {
            let nudge = if (*before < 0) == (error < 0) { size } else { -size };
            *zero = saturated(nudge + ((*zero * 32_640) >> 15));
        }
    }
}

fn weighted(weights: &[i32], values: &[i32]) -> i32 {
    weights.iter().zip(values).map(|(weight, value)| (weight * saturated(value * 2)) >> 15).sum()
}

fn limited(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}
