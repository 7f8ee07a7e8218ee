//! An attacker's ear: names the key in as little as three milliseconds of its tones.
//!
//! Each window of 3 ms is fitted with the two tones of each key, free in level and phase; the key whose
//! tones explain the window, and explain it clearly better than every other key's, is heard. Windows one
//! after the other that agree are one burst.

use std::f64::consts::TAU;

/// Samples of the shortest burst: 3 ms.
pub const SHORTEST: usize = 24;
const HOP: usize = 4;
/// Share of a window's energy that the two tones must explain.
const EXPLAINED: f64 = 0.90;
/// How much more another key's tones leave unexplained.
const CLEARLY: f64 = 1.5;
/// Mean square below which nothing is looked for: some 50 dB below the loudest.
const FLOOR: f64 = 100.0 * 100.0;

const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f64; 3] = [1_209.0, 1_336.0, 1_477.0];
const KEYS: [[char; 3]; 4] = [['1', '2', '3'], ['4', '5', '6'], ['7', '8', '9'], ['*', '0', '#']];

/// So many samples of a key's two tones, at this level each.
pub fn tones(key: char, samples: usize, level: f64) -> Vec<f64> {
    let row = KEYS.iter().position(|keys| keys.contains(&key)).unwrap();
    let column = KEYS[row].iter().position(|k| *k == key).unwrap();
    let wave = |n: usize, hz: f64| (n as f64 / 8_000.0 * TAU * hz).sin() * level;
    (0..samples).map(|n| wave(n, LOW_HZ[row]) + wave(n, HIGH_HZ[column])).collect()
}

/// How often each key was heard, as bursts of at least two windows on end.
pub fn heard(samples: &[i16]) -> Vec<char> {
    let bases = bases();
    let windows = (0..samples.len().saturating_sub(SHORTEST)).step_by(HOP);
    let named: Vec<Option<char>> =
        windows.map(|at| name(&samples[at..at + SHORTEST], &bases)).collect();
    let mut bursts = Vec::new();
    let mut run = (None, 0);
    for key in named {
        run = if key == run.0 { (key, run.1 + 1) } else { (key, 1) };
        if let (Some(key), 2) = run {
            bursts.push(key);
        }
    }
    bursts
}

type Basis = (char, Vec<[f64; SHORTEST]>);

/// For each key the space that its tones span in a window, as directions at right angles.
fn bases() -> Vec<Basis> {
    let mut all = Vec::new();
    for (row, low) in LOW_HZ.iter().enumerate() {
        for (column, high) in HIGH_HZ.iter().enumerate() {
            let mut basis: Vec<[f64; SHORTEST]> = Vec::new();
            for (hz, phase) in [(low, 0.0), (low, 0.25), (high, 0.0), (high, 0.25)] {
                let mut v: [f64; SHORTEST] =
                    std::array::from_fn(|n| ((n as f64 / 8_000.0 * hz + phase) * TAU).sin());
                for b in &basis {
                    let along = dot(b, &v);
                    v.iter_mut().zip(b).for_each(|(x, b)| *x -= along * b);
                }
                let length = dot(&v, &v).sqrt();
                basis.push(v.map(|x| x / length));
            }
            all.push((KEYS[row][column], basis));
        }
    }
    all
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn name(window: &[i16], bases: &[Basis]) -> Option<char> {
    let window: Vec<f64> = window.iter().map(|s| f64::from(*s)).collect();
    let energy = dot(&window, &window);
    if energy < FLOOR * SHORTEST as f64 {
        return None;
    }
    let rest = |(key, basis): &Basis| {
        let explained: f64 = basis.iter().map(|b| dot(b, &window).powi(2)).sum();
        ((energy - explained).max(0.0), *key)
    };
    let mut rests: Vec<(f64, char)> = bases.iter().map(rest).collect();
    rests.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (best, next) = (rests[0], rests[1]);
    let clear = best.0 < energy * (1.0 - EXPLAINED) && next.0 > best.0 * CLEARLY;
    clear.then_some(best.1)
}

#[test]
fn every_key_is_named_by_three_milliseconds_ten_decibels_above_the_noise() {
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed as i32 >> 16) / 32_768.0
    };
    for key in KEYS.into_iter().flatten() {
        // uniform noise of this width has a third of its square as power; the tones have 2 × level² / 2
        let named = (0..200).filter(|_| {
            let burst = tones(key, SHORTEST + 2 * HOP, 3_000.0);
            let samples: Vec<i16> =
                burst.iter().map(|s| (s + noise() * 3_000.0 * 0.54) as i16).collect();
            heard(&samples).contains(&key)
        });
        let share = named.count();
        assert!(share >= 40, "{key}: {share} of 200; guessing finds none so often");
    }
}
