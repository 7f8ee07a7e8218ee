//! What a caller heard, measured: how much, how loud, how even.

use acceptance::bare::rtp;
use audio::g711::alaw_decode;
use std::time::{Duration, Instant};

/// RTP packets as they came.
pub type Packets = [(Instant, Vec<u8>)];

/// The samples of all A-law packets, in the order of arrival.
pub fn samples(packets: &Packets) -> Vec<i16> {
    let audio =
        packets.iter().filter_map(|(_, p)| rtp::read(p)).filter(|(kind, ..)| *kind == rtp::PCMA);
    audio
        .flat_map(|(.., payload)| payload.iter().map(|b| alaw_decode(*b)).collect::<Vec<_>>())
        .collect()
}

/// The level of what is speech in it: frames of 20 ms above -50 dBFS.
pub fn speech_dbfs(samples: &[i16]) -> f32 {
    let frames = samples.chunks_exact(rtp::FRAME).filter(|f| audio::level::rms_dbfs(f) > -50.0);
    audio::level::rms_dbfs(&frames.flatten().copied().collect::<Vec<_>>())
}

/// The level of what lies above 4 kHz in samples of 16 kHz: what is left when the lower half is taken out.
pub fn above_4_khz_dbfs(samples: &[i16]) -> f32 {
    /// Samples by which a way down and up again is late.
    const LATE: usize = 46;
    let (mut narrow, mut low) = (vec![0; samples.len() / 2], vec![0; samples.len()]);
    audio::half_band::Halver::default().halve_into(samples, &mut narrow);
    audio::half_band::Doubler::default().double_into(&narrow, &mut low);
    let pairs = samples.iter().zip(low.iter().skip(LATE));
    let high: Vec<i16> = pairs.map(|(all, low)| all.saturating_sub(*low)).collect();
    audio::level::rms_dbfs(&high)
}

/// Seconds of audio.
pub fn seconds(samples: &[i16]) -> f64 {
    samples.len() as f64 / f64::from(audio::TELEPHONE_RATE_HZ)
}

/// Panics unless the packets are one stream: sequence numbers without a hole, timestamps that grow, no packet twice.
pub fn assert_one_stream(packets: &Packets) {
    let read: Vec<_> = packets.iter().filter_map(|(_, p)| rtp::read(p)).collect();
    for pair in read.windows(2) {
        let ((_, seq, at, before), (_, next, then, _)) = (pair[0], pair[1]);
        assert_eq!(next, seq.wrapping_add(1), "a hole or a repetition in the sequence numbers");
        let step = then.wrapping_sub(at);
        assert!(
            step >= before.len() as u32 && step < 1 << 31,
            "timestamps must grow by at least the samples sent: {step}"
        );
    }
}

/// Times between packets that follow each other within a play.
pub fn median_spacing(packets: &Packets) -> Duration {
    let mut gaps: Vec<_> = packets.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or_default()
}

/// Seconds of a pure tone of this frequency: frames of 20 ms that are most of all this.
pub fn seconds_of_tone(samples: &[i16], hz: f64) -> f64 {
    let is_tone = |frame: &&[i16]| {
        let step = std::f64::consts::TAU * hz / f64::from(audio::TELEPHONE_RATE_HZ);
        let part = |wave: fn(f64) -> f64| -> f64 {
            frame.iter().enumerate().map(|(n, s)| f64::from(*s) * wave(step * n as f64)).sum()
        };
        let tone = part(f64::sin).powi(2) + part(f64::cos).powi(2);
        let all: f64 = frame.iter().map(|s| f64::from(*s).powi(2)).sum();
        audio::level::rms_dbfs(frame) > -30.0 && tone > 0.8 * all * rtp::FRAME as f64 / 2.0
    };
    samples.chunks_exact(rtp::FRAME).filter(is_tone).count() as f64 * 0.02
}
