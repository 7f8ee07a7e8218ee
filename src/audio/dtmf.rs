//! Keypad tones heard in audio: a Goertzel filter bank with the limits of ITU-T Q.24.
//!
//! ```text
//!            4 hits                    4 misses
//!   Quiet ──────────► Held (Down) ──────────────► Quiet (Up)
//!     ▲  a miss  │ Rising
//!     └──────────┘
//! ```
//! Windows of 12.75 ms follow each other every 6.4 ms. A window is a hit when one low and one high
//! frequency together hold nearly all of its energy, stand out from their neighbours, and are about
//! equally loud. Speech can do that for a moment, hardly ever for four windows on end: that is the
//! protection against talk-off, and also what refuses bursts under 23 ms. A gap under 10 ms does not
//! split a key; one of 40 ms does (Q.24 section 3.5 and annex A).
//!
//! Owns: the filters' state for one direction of one leg.
//! Never: packets, names of keys (it reports event codes of RFC 4733), time other than by samples.

use crate::TELEPHONE_RATE_HZ;
use crate::tone::{HIGH_HZ, LOW_HZ, PAD};
use std::f64::consts::TAU;
use std::fmt;

const WINDOW: usize = 102;
const HOP: usize = WINDOW / 2;
/// Hits on end that make a key: every burst of 40 ms holds that many windows, whatever its phase.
const HITS_MIN: u32 = 4;
/// Misses on end that end it: 25 ms, longer than a 10 ms interruption smears over windows.
const MISSES_MAX: u32 = 4;
/// Share of a window's energy found at the nominal frequencies: the cheap test that comes first; at 1.5 %
/// off frequency 0.78 is left of it.
const SHARE_MIN: f32 = 0.70;
/// Share of a window's energy that the two tones hold once their true frequencies are known: leaves
/// 12 dB for noise, and little for speech.
const FIT_MIN: f64 = 0.94;
/// How far off a frequency may be: 1.5 % must pass, 3.5 % must not.
const OFF_FREQUENCY_MAX: f64 = 0.026;
/// Each tone's mean square at least: −36 dBFS, that is −30 dBm0, 5 dB under what must be heard.
const POWER_MIN: f32 = 32_768.0 * 32_768.0 * 0.000_251;
/// The strongest of four over the next: 6 dB.
const NEIGHBOUR_RATIO: f32 = 4.0;
/// High over low: +4 dB must pass, and 1 dB for the filters.
const TWIST_MAX: f32 = 3.162;
/// Low over high: 8 dB must pass, and 1 dB for the filters.
const REVERSE_TWIST_MAX: f32 = 7.943;

/// An event code of RFC 4733 section 3.2 (0–15). It is a key: its `Debug` says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(pub u8);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•")
    }
}

/// What was heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// A key has sounded for about 32 ms: it counts.
    Down(Code),
    /// It ended; it sounded for so many milliseconds, at least 40.
    Up(Code, u16),
}

#[derive(Clone, Copy)]
enum State {
    Quiet,
    Rising { code: Code, hits: u32 },
    Held { code: Code, hits: u32, misses: u32 },
}

/// The detector for one stream of 8,000 samples a second.
pub struct Detector {
    window: [i16; WINDOW],
    filled: usize,
    state: State,
}

impl Default for Detector {
    fn default() -> Self {
        Self { window: [0; WINDOW], filled: 0, state: State::Quiet }
    }
}

impl Detector {
    /// Takes samples in pieces of any size and tells what was heard, in order.
    pub fn listen(&mut self, mut samples: &[i16], mut heard: impl FnMut(Heard)) {
        while !samples.is_empty() {
            let take = samples.len().min(WINDOW - self.filled);
            self.window[self.filled..self.filled + take].copy_from_slice(&samples[..take]);
            self.filled += take;
            samples = &samples[take..];
            if self.filled == WINDOW {
                self.turn(&mut heard);
                self.window.copy_within(HOP.., 0);
                self.filled = HOP;
            }
        }
    }

    /// The stream has stopped: ends a key that is still held, forgets what was heard.
    pub fn stop(&mut self, mut heard: impl FnMut(Heard)) {
        if let State::Held { code, hits, .. } = self.state {
            heard(Heard::Up(code, length_ms(hits)));
        }
        *self = Self::default();
    }

    /// True while a key is held.
    pub fn is_held(&self) -> bool {
        matches!(self.state, State::Held { .. })
    }

    fn turn(&mut self, heard: &mut impl FnMut(Heard)) {
        // what began as a key is held by less than what begins one
        let held = self.is_held();
        let hit = analyse(&self.window).filter(|hit| held || is_two_tones(&self.window, *hit));
        let hit = hit.map(|hit| hit.code);
        self.state = match (self.state, hit) {
            (State::Quiet, None) | (State::Rising { .. }, None) => State::Quiet,
            (State::Rising { code, hits }, Some(now)) if code == now => rise(code, hits + 1, heard),
            (State::Quiet | State::Rising { .. }, Some(code)) => State::Rising { code, hits: 1 },
            (State::Held { code, hits, misses }, Some(now)) if code == now => {
                State::Held { code, hits: hits + misses + 1, misses: 0 }
            }
            (State::Held { code, hits, misses }, other) if misses + 1 >= MISSES_MAX => {
                heard(Heard::Up(code, length_ms(hits)));
                other.map_or(State::Quiet, |code| State::Rising { code, hits: 1 })
            }
            (State::Held { code, hits, misses }, _) => {
                State::Held { code, hits, misses: misses + 1 }
            }
        };
    }
}

fn rise(code: Code, hits: u32, heard: &mut impl FnMut(Heard)) -> State {
    if hits < HITS_MIN {
        return State::Rising { code, hits };
    }
    heard(Heard::Down(code));
    State::Held { code, hits, misses: 0 }
}

fn length_ms(hits: u32) -> u16 {
    let samples = (hits.saturating_sub(1) as usize * HOP + WINDOW) as u32;
    (samples * 1_000 / TELEPHONE_RATE_HZ).clamp(40, u32::from(u16::MAX)) as u16
}

/// A pair of frequencies that may be a key.
#[derive(Clone, Copy)]
struct Pair {
    code: Code,
    low_hz: f64,
    high_hz: f64,
}

fn analyse(window: &[i16; WINDOW]) -> Option<Pair> {
    let energy: f32 = window.iter().map(|s| f32::from(*s) * f32::from(*s)).sum();
    if energy < POWER_MIN * WINDOW as f32 {
        return None;
    }
    let (row, low) = strongest(LOW_HZ.map(|hz| power(window, hz)))?;
    let (column, high) = strongest(HIGH_HZ.map(|hz| power(window, hz)))?;
    let balanced = high <= low * TWIST_MAX && low <= high * REVERSE_TWIST_MAX;
    let pure = (low + high) * WINDOW as f32 >= energy * SHARE_MIN;
    let loud = low.min(high) >= POWER_MIN;
    let (low_hz, high_hz) = (LOW_HZ[row], HIGH_HZ[column]);
    let pair = Pair { code: Code(PAD[row][column]), low_hz, high_hz };
    (balanced && pure && loud).then_some(pair)
}

/// The dear test: measures both frequencies, then fits two sines and looks at what they leave over.
fn is_two_tones(window: &[i16; WINDOW], pair: Pair) -> bool {
    let (low, high) = (measure(window, pair.low_hz), measure(window, pair.high_hz));
    let near = |found: f64, wanted: f64| (found / wanted - 1.0).abs() <= OFF_FREQUENCY_MAX;
    near(low, pair.low_hz) && near(high, pair.high_hz) && fit(window, low, high) >= FIT_MIN
}

/// The frequency near `hz`: from the turn of its phase between the two halves of the window.
fn measure(window: &[i16; WINDOW], hz: f64) -> f64 {
    let half = |from: usize| {
        window[from..from + HOP].iter().zip(from..).fold((0.0, 0.0), |(re, im), (sample, n)| {
            let (sin, cos) = angle(hz, n).sin_cos();
            (re + f64::from(*sample) * cos, im - f64::from(*sample) * sin)
        })
    };
    let ((re0, im0), (re1, im1)) = (half(0), half(HOP));
    let turned = (im1 * re0 - re1 * im0).atan2(re1 * re0 + im1 * im0);
    hz + turned / TAU * f64::from(TELEPHONE_RATE_HZ) / HOP as f64
}

fn angle(hz: f64, n: usize) -> f64 {
    TAU * hz * n as f64 / f64::from(TELEPHONE_RATE_HZ)
}

/// Share of the window's energy in the best sum of two sines of these frequencies (least squares).
fn fit(window: &[i16; WINDOW], low_hz: f64, high_hz: f64) -> f64 {
    let (mut normal, mut energy) = ([[0.0; 5]; 4], 0.0);
    for (n, sample) in window.iter().enumerate() {
        let value = f64::from(*sample);
        let ((a, b), (c, d)) = (angle(low_hz, n).sin_cos(), angle(high_hz, n).sin_cos());
        let row = [a, b, c, d, value];
        for (i, line) in normal.iter_mut().enumerate() {
            line.iter_mut().zip(row).for_each(|(cell, x)| *cell += row[i] * x);
        }
        energy += value * value;
    }
    let wanted = normal.map(|line| line[4]);
    let found = solve(&mut normal);
    found.iter().zip(wanted).map(|(x, y)| x * y).sum::<f64>() / energy
}

/// Gaussian elimination; the matrix is symmetric and far from singular (the tones are 268 Hz apart).
fn solve(rows: &mut [[f64; 5]; 4]) -> [f64; 4] {
    for pivot in 0..4 {
        let lead = rows[pivot];
        for (_, row) in rows.iter_mut().enumerate().filter(|(at, _)| *at != pivot) {
            let factor = row[pivot] / lead[pivot];
            row.iter_mut().zip(lead).for_each(|(cell, above)| *cell -= factor * above);
        }
    }
    [0, 1, 2, 3].map(|n| rows[n][4] / rows[n][n])
}

/// Place and power of the strongest of four, if it stands out from the others.
fn strongest(powers: [f32; 4]) -> Option<(usize, f32)> {
    let (place, best) = powers.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let alone = |(i, p): (usize, f32)| i == place || p * NEIGHBOUR_RATIO <= best;
    powers.into_iter().enumerate().all(alone).then_some((place, best))
}

/// Mean square of the part of the window that sounds at `hz` (Goertzel's recurrence).
fn power(window: &[i16; WINDOW], hz: f64) -> f32 {
    let turn = 2.0 * (TAU * hz / f64::from(TELEPHONE_RATE_HZ)).cos() as f32;
    let (mut before, mut last) = (0.0_f32, 0.0_f32);
    for sample in window {
        (before, last) = (last, f32::from(*sample) + turn * last - before);
    }
    let squared = last * last + before * before - turn * last * before;
    2.0 * squared / (WINDOW * WINDOW) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{Sine, key_sines, key_tone, tone};

    fn heard(samples: &[i16]) -> Vec<Heard> {
        let (mut detector, mut all) = (Detector::default(), Vec::new());
        samples.chunks(160).for_each(|frame| detector.listen(frame, |h| all.push(h)));
        detector.listen(&[0; 400], |h| all.push(h));
        all
    }

    fn downs(samples: &[i16]) -> usize {
        heard(samples).iter().filter(|h| matches!(h, Heard::Down(_))).count()
    }

    fn joined(parts: &[&[i16]]) -> Vec<i16> {
        parts.concat()
    }

    /// A small committed generator: the same noise in every run.
    struct Noise(u64);

    impl Noise {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 40) as f64 / (1_u64 << 23) as f64 - 1.0
        }
    }

    #[test]
    fn every_key_is_heard_once_at_any_phase() {
        for event in 0..16 {
            for offset in (0..60).step_by(7) {
                let burst = key_tone(event, 40, -16.0).unwrap();
                let got = heard(&joined(&[&vec![0; offset], &burst]));
                assert_eq!(got.len(), 2, "event {event} offset {offset}");
                assert_eq!(got[0], Heard::Down(Code(event)));
                assert!(matches!(got[1], Heard::Up(Code(e), ms) if e == event && ms >= 40));
            }
        }
    }

    #[test]
    fn a_long_key_is_one_key_of_its_length() {
        let got = heard(&key_tone(5, 800, -16.0).unwrap());
        assert!(matches!(got[..], [Heard::Down(_), Heard::Up(_, 780..=820)]), "{got:?}");
    }

    #[test]
    fn a_burst_under_23_ms_is_no_key() {
        for offset in 0..51 {
            let burst = key_tone(8, 23, -10.0).unwrap();
            assert_eq!(downs(&joined(&[&vec![0; offset], &burst])), 0);
        }
    }

    #[test]
    fn a_gap_of_10_ms_joins_and_one_of_40_ms_parts() {
        let key = key_tone(7, 80, -16.0).unwrap();
        assert_eq!(downs(&joined(&[&key, &[0; 80], &key])), 1);
        assert_eq!(downs(&joined(&[&key, &[0; 320], &key])), 2);
    }

    #[test]
    fn twist_passes_up_to_the_limits_and_not_far_beyond() {
        let twisted = |low: f64, high: f64| {
            let [l, h] = key_sines(6, 0.0).unwrap();
            downs(&tone(&[Sine { dbfs: low, ..l }, Sine { dbfs: high, ..h }], 80))
        };
        assert_eq!((twisted(-20.0, -16.0), twisted(-14.0, -22.0)), (1, 1));
        assert_eq!((twisted(-22.0, -14.0), twisted(-10.0, -22.0)), (0, 0));
    }

    #[test]
    fn frequencies_pass_within_one_and_a_half_percent_and_fail_beyond_three_and_a_half() {
        for event in 0..16 {
            for sign in [-1.0, 1.0] {
                let shifted = |by: f64| {
                    let pair = key_sines(event, -16.0).unwrap();
                    downs(&tone(&pair.map(|s| Sine { hz: s.hz * (1.0 + sign * by), ..s }), 80))
                };
                assert_eq!((shifted(0.015), shifted(0.035)), (1, 0), "event {event} {sign}");
            }
        }
    }

    #[test]
    fn quiet_keys_pass_down_to_minus_25_dbm0() {
        assert_eq!(downs(&key_tone(3, 60, -31.1).unwrap()), 1);
        assert_eq!(downs(&key_tone(3, 60, -45.0).unwrap()), 0);
    }

    #[test]
    fn noise_15_db_under_the_key_does_not_hide_it() {
        let mut noise = Noise(7);
        for event in 0..16 {
            let mut key = key_tone(event, 60, -16.0).unwrap();
            // uniform noise of amplitude A has a root mean square of A / √3
            let amplitude = 32_768.0 * 10_f64.powf((-13.0 - 15.0) / 20.0) * 3_f64.sqrt();
            key.iter_mut().for_each(|s| *s += (noise.next() * amplitude) as i16);
            assert_eq!(downs(&key), 1, "event {event}");
        }
    }

    #[test]
    fn a_minute_of_noise_and_of_call_tones_presses_no_key() {
        let mut noise = Noise(11);
        let hiss: Vec<i16> = (0..480_000).map(|_| (noise.next() * 9_000.0) as i16).collect();
        assert_eq!(downs(&hiss), 0);
        for pair in
            [[425.0, 425.0], [440.0, 480.0], [480.0, 620.0], [350.0, 440.0], [1_100.0, 2_100.0]]
        {
            assert_eq!(downs(&tone(&pair.map(|hz| Sine { hz, dbfs: -16.0 }), 2_000)), 0);
        }
    }

    /// Three minutes of something like speech: a gliding pitch, three formants that jump from vowel to
    /// vowel, syllables and pauses. No key is in it.
    #[test]
    fn three_minutes_of_speech_like_sound_press_no_key() {
        let mut noise = Noise(23);
        let mut speech = Vec::with_capacity(180 * 8_000);
        while speech.len() < 180 * 8_000 {
            syllable(&mut noise, &mut speech);
        }
        assert_eq!(downs(&speech), 0);
    }

    fn syllable(noise: &mut Noise, out: &mut Vec<i16>) {
        let mut between = |low: f64, high: f64| low + (noise.next() + 1.0) / 2.0 * (high - low);
        let (pitch, glide) = (between(80.0, 320.0), between(-0.2, 0.2));
        let formants = [between(250.0, 950.0), between(850.0, 2_500.0), between(2_200.0, 3_200.0)];
        let (length, pause) = (between(800.0, 2_800.0) as usize, between(100.0, 1_200.0) as usize);
        let partials = (3_400.0 / pitch) as usize;
        let level = |hz: f64| -> f64 {
            let near = |f: &f64| 1.0 / (1.0 + ((hz - f) / 45.0).powi(2)).sqrt();
            formants.iter().zip([1.0, 0.6, 0.25]).map(|(f, g)| g * near(f)).sum()
        };
        let levels: Vec<f64> = (1..=partials).map(|k| level(pitch * k as f64)).collect();
        let mut phase = 0.0;
        for n in 0..length {
            let part = n as f64 / length as f64;
            phase += TAU * pitch * (1.0 + glide * part) / 8_000.0;
            let voiced = levels.iter().zip(1..).map(|(l, k)| l * (phase * f64::from(k)).sin());
            let swell = (part * std::f64::consts::PI).sin();
            out.push((voiced.sum::<f64>() * swell * 7_000.0).clamp(-32_000.0, 32_000.0) as i16);
        }
        out.extend(std::iter::repeat_n(0, pause));
    }

    #[test]
    fn a_stream_that_stops_ends_the_key() {
        let (mut detector, mut all) = (Detector::default(), Vec::new());
        detector.listen(&key_tone(9, 100, -16.0).unwrap(), |h| all.push(h));
        assert!(detector.is_held());
        detector.stop(|h| all.push(h));
        assert!(matches!(all[..], [Heard::Down(_), Heard::Up(..)]));
        assert!(!detector.is_held());
    }

    #[test]
    fn what_is_heard_does_not_print_the_key() {
        assert_eq!(format!("{:?}", Heard::Down(Code(7))), "Down(•)");
    }
}
