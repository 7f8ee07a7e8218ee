//! How loud speech is, and bringing it to one level: -18 dBFS of speech, no peak over -3.
//!
//! Speech is the frames of 20 ms within 25 dB of the loudest one, so that pauses do not count. The render
//! script measures the same way.

use crate::limits::{PACK_RATE_HZ, PEAK_DBFS, SPEECH_DBFS};

const FRAME: usize = PACK_RATE_HZ as usize / 50;
const FADE: usize = PACK_RATE_HZ as usize / 200;
/// Frames this far (in power) under the loudest are silence.
const SPEECH_UNDER_LOUDEST: f32 = 0.003_16;
/// Ends this far (in power) under the loudest frame are trimmed.
const TRIM_UNDER_LOUDEST: f32 = 0.000_063;

/// Level of the speech in 16 kHz samples, in dBFS; -120 for silence.
pub fn active_dbfs(samples: &[f32]) -> f32 {
    decibels(active_power(samples).sqrt())
}

/// The highest sample, in dBFS; -120 for silence.
pub fn peak_dbfs(samples: &[f32]) -> f32 {
    decibels(samples.iter().fold(0.0, |top: f32, s| top.max(s.abs())))
}

fn decibels(amplitude: f32) -> f32 {
    20.0 * amplitude.max(1e-6).log10()
}

fn amplitude(dbfs: f32) -> f32 {
    10.0_f32.powf(dbfs / 20.0)
}

fn power(frame: &[f32]) -> f32 {
    frame.iter().map(|s| s * s).sum::<f32>() / frame.len().max(1) as f32
}

fn active_power(samples: &[f32]) -> f32 {
    if samples.len() < FRAME {
        return power(samples);
    }
    let frames: Vec<f32> = samples.chunks_exact(FRAME).map(power).collect();
    let loudest = frames.iter().copied().fold(0.0, f32::max);
    let speech: Vec<f32> =
        frames.into_iter().filter(|p| *p > loudest * SPEECH_UNDER_LOUDEST).collect();
    if speech.is_empty() { 0.0 } else { speech.iter().sum::<f32>() / speech.len() as f32 }
}

/// Takes silence off both ends but for 10 ms before and 20 ms after.
pub(crate) fn trim(samples: &[f32]) -> &[f32] {
    let step = FRAME / 4;
    let frames: Vec<f32> = samples.chunks(step).map(power).collect();
    let loudest = frames.iter().copied().fold(0.0, f32::max);
    let loud = |p: &f32| *p > loudest * TRIM_UNDER_LOUDEST && *p > 1e-9;
    let (Some(first), Some(last)) = (frames.iter().position(loud), frames.iter().rposition(loud))
    else {
        return &[];
    };
    let start = (first * step).saturating_sub(FRAME / 2);
    &samples[start..((last + 1) * step + FRAME).min(samples.len())]
}

/// Brings speech to its level and fades the ends over 5 ms, so that a clip begins and ends at nothing.
pub(crate) fn settle(samples: &mut [f32]) {
    for _ in 0..4 {
        let now = active_power(samples).sqrt();
        if now <= 1e-6 {
            return;
        }
        let gain = amplitude(SPEECH_DBFS) / now;
        samples.iter_mut().for_each(|s| *s *= gain);
        limit(samples);
    }
    fade(samples);
}

/// Turns peaks down together with the 2 ms around them, sliding in and out, instead of clipping them.
fn limit(samples: &mut [f32]) {
    let top = amplitude(PEAK_DBFS - 0.1);
    let reach = PACK_RATE_HZ as usize / 500;
    let mut gain = vec![1.0_f32; samples.len()];
    for (at, sample) in samples.iter().enumerate().filter(|(_, s)| s.abs() > top) {
        let need = top / sample.abs();
        let range = at.saturating_sub(reach)..(at + reach + 1).min(gain.len());
        for place in range {
            let away = place.abs_diff(at) as f32 / reach as f32;
            gain[place] = gain[place].min(need + (1.0 - need) * away * away);
        }
    }
    samples.iter_mut().zip(gain).for_each(|(sample, gain)| *sample *= gain);
}

fn fade(samples: &mut [f32]) {
    let length = FADE.min(samples.len() / 2);
    let last = samples.len().saturating_sub(1);
    for n in 0..length {
        let ramp = (1.0 - (std::f32::consts::PI * n as f32 / length as f32).cos()) / 2.0;
        samples[n] *= ramp;
        samples[last - n] *= ramp;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech_like(level: f32) -> Vec<f32> {
        let carrier =
            |n: usize| (n as f32 * 0.11).sin() * (1.0 + 4.0 * (n as f32 * 0.013).sin().max(0.0));
        let mut out = vec![0.0; 8_000];
        out.extend((0..32_000).map(|n| level * carrier(n) * ((n / 3_000) % 3).min(1) as f32));
        out.extend(vec![0.0; 8_000]);
        out
    }

    #[test]
    fn any_level_becomes_the_one_level_without_passing_the_peak() {
        for level in [0.0001, 0.01, 0.2, 0.9] {
            let mut samples = trim(&speech_like(level)).to_vec();
            settle(&mut samples);
            assert!((active_dbfs(&samples) - SPEECH_DBFS).abs() < 1.0, "{}", active_dbfs(&samples));
            assert!(peak_dbfs(&samples) <= PEAK_DBFS);
        }
    }

    #[test]
    fn silence_at_the_ends_goes_and_silence_alone_is_nothing() {
        let loud = speech_like(0.1);
        assert!(trim(&loud).len() < loud.len() - 12_000);
        assert!(trim(&[0.0; 5_000]).is_empty());
    }
}
