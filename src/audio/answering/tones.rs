//! One clean tone, or none: a bank of Goertzel filters over 40 ms.
//!
//! A tone counts when it stands 15 dB over the second peak, holds most of the sound, and keeps its
//! strength in every twentieth of the window: 440 and 480 Hz together (a ringing tone) look like one
//! peak in 40 ms, but they beat.
//!
//! Owns: the filters, their window, the frequencies of a beep.
//! Never: how long a tone lasts or what it means (that is `beep`).

use crate::TELEPHONE_RATE_HZ;
use std::f32::consts::TAU;

/// Samples looked at together: 40 ms.
pub(crate) const WINDOW: usize = 320;
/// A filter every 25 Hz: what 40 ms can tell apart.
const STEP_HZ: f32 = 25.0;
/// The lowest beep (defaults: 300 to 2,100 Hz).
const LOW_HZ: f32 = 300.0;
/// Filters from there on, up to 2,100 Hz.
const FILTERS: usize = 73;
/// A peak so many filters away is another one: the window's own peak is two wide each side.
const APART: usize = 3;
/// 15 dB over the second peak.
const SECOND_PEAK: f32 = 31.6;
/// Of all energy in the window; the tone 5 dB over white noise holds three quarters.
const SHARE_MIN: f32 = 0.6;
/// The window is cut into so many parts of 5 ms, and the weakest over the strongest is at least this.
const PARTS: usize = 8;
const STEADY_MIN: f32 = 0.2;
/// Mean square of −45 dBFS: quieter is nothing that somebody wants to be heard.
const POWER_MIN: f32 = 32_768.0 * 32_768.0 * 0.000_031_6;
/// The European ringing tone, which is a single one: 425 Hz ± 15 (ITU-T E.180).
const RINGING_HZ: std::ops::Range<f32> = 410.0..440.0;

/// The filters: made once for a detector, used for every window.
pub(crate) struct Tones {
    shape: [f32; WINDOW],
    turns: [f32; FILTERS],
}

impl Default for Tones {
    fn default() -> Self {
        let shape = std::array::from_fn(|n| 0.5 - 0.5 * (TAU * n as f32 / WINDOW as f32).cos());
        Self { shape, turns: std::array::from_fn(|n| turn(hz(n))) }
    }
}

impl Tones {
    /// The frequency in Hz of the one tone in this window, if that is what it holds.
    pub(crate) fn find(&self, window: &[f32; WINDOW]) -> Option<u16> {
        let energy: f32 = window.iter().map(|s| s * s).sum();
        if energy < POWER_MIN * WINDOW as f32 {
            return None;
        }
        let mut shaped = [0.0; WINDOW];
        for ((out, s), w) in shaped.iter_mut().zip(window).zip(&self.shape) {
            *out = s * w;
        }
        let powers: [f32; FILTERS] = self.turns.map(|turn| power(&shaped, turn));
        let (at, best) = powers.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let far = powers.iter().enumerate().filter(|(n, _)| n.abs_diff(at) >= APART);
        let second = far.map(|(_, p)| *p).fold(0.0, f32::max);
        let found = between(&powers, at);
        let alone = best >= second * SECOND_PEAK && !RINGING_HZ.contains(&found);
        // a shaped tone loses 4.3 dB to the window, and up to 1.4 between two filters
        let share = best * WINDOW as f32 / energy * 4.0;
        (alone && share >= SHARE_MIN && is_steady(window, found)).then_some(found as u16)
    }
}

fn hz(filter: usize) -> f32 {
    LOW_HZ + STEP_HZ * filter as f32
}

fn turn(hz: f32) -> f32 {
    2.0 * (TAU * hz / TELEPHONE_RATE_HZ as f32).cos()
}

/// Where between its neighbours the peak really lies: for this window the louder neighbour tells.
fn between(powers: &[f32; FILTERS], at: usize) -> f32 {
    let beside = |n: Option<usize>| n.and_then(|n| powers.get(n)).map_or(0.0, |p| p.sqrt());
    let (below, above) = (beside(at.checked_sub(1)), beside(at.checked_add(1)));
    let part = below.max(above) / powers[at].sqrt().max(f32::MIN_POSITIVE);
    let away = (2.0 * part - 1.0) / (1.0 + part) * STEP_HZ;
    if above >= below { hz(at) + away } else { hz(at) - away }
}

fn is_steady(window: &[f32; WINDOW], hz: f32) -> bool {
    let turn = turn(hz);
    let parts = window.chunks(WINDOW / PARTS).map(|part| power(part, turn));
    let (weak, strong) = parts.fold((f32::MAX, 0.0_f32), |(w, s), p| (w.min(p), s.max(p)));
    weak >= strong * STEADY_MIN
}

/// Mean square of the part that sounds at the frequency of this turn (Goertzel's recurrence).
fn power(samples: &[f32], turn: f32) -> f32 {
    let (mut before, mut last) = (0.0_f32, 0.0_f32);
    for sample in samples {
        (before, last) = (last, sample + turn * last - before);
    }
    let squared = last * last + before * before - turn * last * before;
    2.0 * squared / (samples.len() * samples.len()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{Sine, tone};

    fn find(hz: &[f64]) -> Option<u16> {
        let sines: Vec<_> = hz.iter().map(|hz| Sine { hz: *hz, dbfs: -20.0 }).collect();
        let sound = tone(&sines, 100);
        let window: [f32; WINDOW] = std::array::from_fn(|n| f32::from(sound[n + 200]));
        Tones::default().find(&window)
    }

    #[test]
    fn a_single_tone_is_found_within_a_few_hertz_anywhere_in_the_band() {
        for hz in (310..2_100).step_by(7).filter(|hz| !(400..450).contains(hz)) {
            let found = find(&[f64::from(hz)]).unwrap_or_else(|| panic!("{hz} Hz"));
            assert!(found.abs_diff(hz) <= 4, "{hz} Hz was found at {found}");
        }
    }

    #[test]
    fn ringing_tones_dial_tones_and_keys_are_no_single_tone() {
        let tones: [&[f64]; 7] = [
            &[425.0],
            &[420.0],
            &[440.0, 480.0],
            &[400.0, 450.0],
            &[350.0, 440.0],
            &[480.0, 620.0],
            &[697.0, 1_209.0],
        ];
        for pair in tones {
            assert_eq!(find(pair), None, "{pair:?}");
        }
    }

    #[test]
    fn tones_outside_the_band_and_silence_are_none() {
        assert_eq!(find(&[200.0]), None);
        assert_eq!(find(&[2_500.0]), None);
        assert_eq!(Tones::default().find(&[0.0; WINDOW]), None);
    }
}
