//! Tones made of up to two sines, with soft edges so that they do not click.

use crate::TELEPHONE_RATE_HZ;
use std::f64::consts::TAU;

/// The low and high frequencies of the keypad, in Hz (ITU-T Q.23).
pub const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
/// See [`LOW_HZ`].
pub const HIGH_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// Which event code (RFC 4733 section 3.2) stands in which row and column of the keypad.
pub(crate) const PAD: [[u8; 4]; 4] = [[1, 2, 3, 12], [4, 5, 6, 13], [7, 8, 9, 14], [10, 0, 11, 15]];

/// Samples over which a tone swells and fades: 2 ms.
const EDGE_SAMPLES: usize = 16;

/// One sine: frequency in Hz, level in dBFS (a full-scale sine is −3.01).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sine {
    /// Hz.
    pub hz: f64,
    /// Root mean square level in dBFS.
    pub dbfs: f64,
}

/// `ms` milliseconds of the sum of `sines` at 8,000 samples a second.
pub fn tone(sines: &[Sine], ms: u32) -> Vec<i16> {
    let count = (ms * TELEPHONE_RATE_HZ / 1_000) as usize;
    (0..count).map(|n| clamp(edge(n, count) * sum(sines, n))).collect()
}

/// The two sines of a key by its event code (0–9, 10 `*`, 11 `#`, 12–15 `A`–`D`), each at `dbfs`.
pub fn key_sines(event: u8, dbfs: f64) -> Option<[Sine; 2]> {
    let place = PAD.iter().flatten().position(|code| *code == event)?;
    let (row, column) = (place / 4, place % 4);
    Some([Sine { hz: LOW_HZ[row], dbfs }, Sine { hz: HIGH_HZ[column], dbfs }])
}

/// `ms` milliseconds of a key's tone; `None` for a code that is no key.
pub fn key_tone(event: u8, ms: u32, dbfs: f64) -> Option<Vec<i16>> {
    key_sines(event, dbfs).map(|sines| tone(&sines, ms))
}

fn sum(sines: &[Sine], n: usize) -> f64 {
    let at = n as f64 / f64::from(TELEPHONE_RATE_HZ);
    let one = |s: &Sine| amplitude(s.dbfs) * (TAU * s.hz * at).sin();
    sines.iter().map(one).sum()
}

fn amplitude(dbfs: f64) -> f64 {
    32_768.0 * std::f64::consts::SQRT_2 * 10_f64.powf(dbfs / 20.0)
}

fn edge(n: usize, count: usize) -> f64 {
    let nearest = n.min(count - 1 - n) + 1;
    (nearest as f64 / EDGE_SAMPLES as f64).min(1.0)
}

fn clamp(value: f64) -> i16 {
    value.clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rms_dbfs;

    #[test]
    fn a_tone_has_the_length_and_level_asked_for() {
        let samples = tone(&[Sine { hz: 425.0, dbfs: -20.0 }], 200);
        assert_eq!(samples.len(), 1_600);
        assert!((rms_dbfs(&samples) + 20.0).abs() < 0.2);
    }

    #[test]
    fn every_key_has_its_own_pair_and_nothing_else_has_one() {
        let pairs: Vec<_> = (0..16).map(|code| key_sines(code, -10.0).unwrap()).collect();
        assert_eq!((pairs[5][0].hz, pairs[5][1].hz), (770.0, 1_336.0));
        assert_eq!((pairs[11][0].hz, pairs[11][1].hz), (941.0, 1_477.0));
        assert!((0..16).all(|a| (0..a).all(|b| pairs[a] != pairs[b])));
        assert_eq!(key_sines(16, -10.0), None);
    }

    #[test]
    fn a_tone_begins_and_ends_near_zero() {
        let samples = key_tone(1, 60, -6.0).unwrap();
        assert!(samples[0].abs() < 2_000 && samples[samples.len() - 1].abs() < 2_000);
        assert!(tone(&[], 0).is_empty());
    }
}
