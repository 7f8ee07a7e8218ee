//! What the test phone hears: a recording at the times of arrival, and when prompts begin and end.
//!
//! ```text
//!   packet time stamps  ──placed──▶  samples since the answer, gaps are silence
//!   20 ms levels        ──judged──▶  First · Ended { speech, level }
//! ```
//! Owns: the samples heard, the current prompt.
//! Never: a socket, a clock, a file.

use super::script::Hearing;
use audio::TELEPHONE_RATE_HZ;
use audio::level::{Meter, rms_dbfs};
use std::time::Duration;

/// Louder than this is speech; our prompts stand at −18 dBFS, silence under −60.
const SPEECH_DBFS: f32 = -50.0;
/// A prompt is over after so much silence; pauses within one are shorter.
const PROMPT_OVER: Duration = Duration::from_millis(600);
/// A stream that drifts further than this from its arrival (in samples, 100 ms) is placed anew.
const DRIFT_SAMPLES_MAX: i64 = 800;
/// The longest recording: 11 minutes, a minute over the longest call. What comes later is not kept.
const SAMPLES_MAX: usize = 11 * 60 * TELEPHONE_RATE_HZ as usize;

/// What was noticed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Heard {
    /// The first packet of sound, loud or silent.
    First,
    /// A prompt is over: from its first to its last loud moment, and the level of its loud moments.
    Ended { speech: Duration, dbfs: f32 },
}

/// One packet's sound.
pub struct Packet<'a> {
    pub ssrc: u32,
    pub timestamp: u32,
    pub samples: &'a [i16],
}

struct Anchor {
    ssrc: u32,
    timestamp: u32,
    place: i64,
}

struct Speech {
    began: Duration,
    level: Meter,
}

/// The ear of one call. All times are since the answer.
#[derive(Default)]
pub struct Ear {
    samples: Vec<i16>,
    anchor: Option<Anchor>,
    speech: Option<Speech>,
    last_loud: Option<Duration>,
}

impl Ear {
    /// Sound came.
    pub fn hear(&mut self, now: Duration, packet: &Packet<'_>) -> Option<Heard> {
        let first = self.anchor.is_none();
        let place = self.place(now, packet);
        self.keep(place, packet.samples);
        self.judge(now, packet.samples);
        first.then_some(Heard::First)
    }

    /// Time went by.
    pub fn tick(&mut self, now: Duration) -> Option<Heard> {
        let last_loud = self.last_loud?;
        if now.saturating_sub(last_loud) < PROMPT_OVER {
            return None;
        }
        self.end_speech()
    }

    /// The call is over: a prompt that was still heard ends with it.
    pub fn end_speech(&mut self) -> Option<Heard> {
        let speech = self.speech.take()?;
        let length = self.last_loud?.saturating_sub(speech.began);
        Some(Heard::Ended { speech: length, dbfs: speech.level.rms_dbfs() })
    }

    /// What the key script wants to know.
    pub fn hearing(&self) -> Hearing {
        Hearing { speaking: self.speech.is_some(), last_loud: self.last_loud }
    }

    /// The recording, made as long as the call was.
    pub fn into_recording(mut self, length: Duration) -> Vec<i16> {
        let length = (samples_in(length).max(0) as usize).clamp(self.samples.len(), SAMPLES_MAX);
        self.samples.resize(length, 0);
        self.samples
    }

    /// The packet's place in the recording: by its time stamp while the stream keeps its pace.
    fn place(&mut self, now: Duration, packet: &Packet<'_>) -> i64 {
        let arrived = samples_in(now) - packet.samples.len() as i64;
        let stamped = self.anchor.as_ref().filter(|a| a.ssrc == packet.ssrc).map(|a| {
            let step = packet.timestamp.wrapping_sub(a.timestamp) as i32;
            a.place + i64::from(step)
        });
        let place = match stamped {
            Some(place) if (place - arrived).abs() <= DRIFT_SAMPLES_MAX => place,
            Some(_) | None => arrived.max(0),
        };
        // The anchor moves along so that a time stamp never wraps around it.
        self.anchor = Some(Anchor { ssrc: packet.ssrc, timestamp: packet.timestamp, place });
        place
    }

    fn keep(&mut self, place: i64, samples: &[i16]) {
        let from = place.clamp(0, SAMPLES_MAX as i64) as usize;
        let to = (from + samples.len()).min(SAMPLES_MAX);
        if self.samples.len() < to {
            self.samples.resize(to, 0);
        }
        self.samples[from..to].copy_from_slice(&samples[..to - from]);
    }

    fn judge(&mut self, now: Duration, samples: &[i16]) {
        if rms_dbfs(samples) <= SPEECH_DBFS {
            return;
        }
        let length = duration_of(samples.len());
        let began = now.saturating_sub(length);
        let speech = self.speech.get_or_insert(Speech { began, level: Meter::default() });
        speech.level.add(samples);
        self.last_loud = Some(now);
    }
}

fn samples_in(time: Duration) -> i64 {
    (time.as_micros() as i64) * i64::from(TELEPHONE_RATE_HZ) / 1_000_000
}

fn duration_of(samples: usize) -> Duration {
    Duration::from_micros(samples as u64 * 1_000_000 / u64::from(TELEPHONE_RATE_HZ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: [i16; 160] = [4_096; 160];
    const QUIET: [i16; 160] = [0; 160];

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn hear(ear: &mut Ear, at_ms: u64, timestamp: u32, samples: &[i16]) -> Option<Heard> {
        ear.hear(ms(at_ms), &Packet { ssrc: 7, timestamp, samples })
    }

    #[test]
    fn a_prompt_is_over_after_600_ms_of_silence_and_its_length_is_without_them() {
        let mut ear = Ear::default();
        assert_eq!(hear(&mut ear, 20, 0, &LOUD), Some(Heard::First));
        for n in 1..50 {
            assert_eq!(hear(&mut ear, 20 + n * 20, n as u32 * 160, &LOUD), None);
        }
        assert!(ear.hearing().speaking);
        assert_eq!(ear.tick(ms(1_590)), None);
        let Some(Heard::Ended { speech, dbfs }) = ear.tick(ms(1_600)) else { panic!("not over") };
        assert_eq!(speech, ms(1_000));
        assert!((dbfs + 18.06).abs() < 0.1, "{dbfs}");
        assert_eq!(ear.tick(ms(9_000)), None);
        assert!(!ear.hearing().speaking);
    }

    #[test]
    fn silent_packets_are_first_audio_but_no_speech() {
        let mut ear = Ear::default();
        assert_eq!(hear(&mut ear, 20, 0, &QUIET), Some(Heard::First));
        assert_eq!(ear.tick(ms(2_000)), None);
        assert_eq!(ear.hearing(), Hearing::default());
    }

    #[test]
    fn a_gap_between_two_prompts_is_silence_in_the_recording() {
        let mut ear = Ear::default();
        hear(&mut ear, 120, 0, &LOUD);
        hear(&mut ear, 1_120, 8_000, &LOUD);
        let recording = ear.into_recording(ms(1_500));
        assert_eq!(recording.len(), 12_000);
        let loud: Vec<usize> = (0..recording.len()).filter(|n| recording[*n] != 0).collect();
        assert_eq!((loud[0], loud[159], loud[160], loud[319]), (800, 959, 8_800, 8_959));
    }

    #[test]
    fn jitter_does_not_tear_a_prompt_and_packets_out_of_order_find_their_place() {
        let mut ear = Ear::default();
        for (at, timestamp) in [(20, 0), (75, 320), (76, 160), (81, 480)] {
            hear(&mut ear, at, timestamp, &LOUD);
        }
        let recording = ear.into_recording(ms(0));
        assert_eq!(recording, [4_096; 640]);
    }

    #[test]
    fn a_stream_with_new_time_stamps_is_placed_where_it_arrived() {
        let mut ear = Ear::default();
        hear(&mut ear, 20, 0, &LOUD);
        hear(&mut ear, 520, 4_000_000_000, &LOUD);
        ear.hear(ms(1_020), &Packet { ssrc: 9, timestamp: 5, samples: &LOUD });
        let recording = ear.into_recording(ms(0));
        assert_eq!(recording.len(), 8_160);
        assert_eq!((recording[3_999], recording[4_000], recording[8_000]), (0, 4_096, 4_096));
    }

    #[test]
    fn what_comes_after_the_longest_call_is_not_kept() {
        let mut ear = Ear::default();
        hear(&mut ear, 60 * 60 * 1_000, 0, &LOUD);
        assert_eq!(ear.into_recording(ms(60 * 60 * 1_000)).len(), SAMPLES_MAX);
    }
}
