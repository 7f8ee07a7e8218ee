//! The beep of an answering machine: one tone, then silence.
//!
//! ```text
//!         tone          ≥ 100 ms seen, tone over            200 ms neither voice nor tone
//!  Quiet ──────► Sounding ───────────────► Fading ────────────────────────────► Beep
//!    ▲    too short, too long │    a voice, another tone │
//!    └────────────────────────┴──────────────────────────┘
//! ```
//! A tone that follows another one at once is no beep: those are the three tones before "this number
//! is not in service" (ITU-T E.180).
//!
//! Owns: the length of a tone and of the silence after it.
//! Never: frequencies (that is `tones`).

use super::ear::Sound;

/// Steps of 10 ms in which a tone must be seen: one of 120 ms fills the window of 40 ms for 80.
const SEEN_MIN: u32 = 8;
/// A tone longer than 2 s is a fax or a fault.
const SEEN_MAX: u32 = 200;
/// How far a tone may drift from where it began, in Hz.
const DRIFT_HZ: u16 = 20;
/// A window that shows no tone in the midst of one (a lost packet), in steps: 40 ms.
const HOLE: u32 = 4;
/// The silence after it, in steps, counted from where the tone was last seen: 200 ms.
const SILENCE: u32 = 20;
/// A tone within so many steps of another one is a row of tones: 120 ms.
const ROW: u32 = 12;
/// Speech so many dB under the tone is somebody else, in the room.
const BEHIND_DB: f32 = 12.0;

#[derive(Clone, Copy, Debug)]
enum State {
    Quiet { since_tone: u32 },
    Sounding { hz: u16, seen: u32, hole: u32, alone: bool, dbfs: f32 },
    Fading { steps: u32, dbfs: f32 },
}

/// Listens for one.
#[derive(Debug)]
pub(crate) struct Beep {
    state: State,
}

impl Default for Beep {
    fn default() -> Self {
        Self { state: State::Quiet { since_tone: u32::MAX } }
    }
}

impl Beep {
    /// Takes 10 ms, and whether they are speech; true when a beep is over and silence has followed.
    pub(crate) fn hear(&mut self, sound: Sound, speech: bool) -> bool {
        let mut beeped = false;
        self.state = match (self.state, sound.tone_hz) {
            (State::Quiet { since_tone }, None) => {
                State::Quiet { since_tone: since_tone.saturating_add(1) }
            }
            (State::Quiet { since_tone }, Some(hz)) => first(hz, since_tone > ROW, sound),
            (State::Sounding { hz, seen, alone, dbfs, .. }, Some(now)) if near(hz, now) => {
                let dbfs = sound.dbfs.max(dbfs);
                State::Sounding { hz, seen: seen + 1, hole: 0, alone, dbfs }
            }
            (State::Sounding { seen, .. }, Some(now)) => first(now, seen < SEEN_MIN, sound),
            (State::Sounding { hz, seen, hole, alone, dbfs }, None) => match hole + 1 {
                hole if hole < HOLE => State::Sounding { hz, seen, hole, alone, dbfs },
                steps if (SEEN_MIN..=SEEN_MAX).contains(&seen) && alone => {
                    State::Fading { steps, dbfs }
                }
                since_tone => State::Quiet { since_tone },
            },
            // whoever speaks far behind the machine does not leave a message on it
            (State::Fading { dbfs, .. }, None) if speech && sound.dbfs > dbfs - BEHIND_DB => {
                State::Quiet { since_tone: 0 }
            }
            (State::Fading { steps, .. }, None) if steps + 1 >= SILENCE => {
                beeped = true;
                State::Quiet { since_tone: steps + 1 }
            }
            (State::Fading { steps, dbfs }, None) => State::Fading { steps: steps + 1, dbfs },
            (State::Fading { .. }, Some(now)) => first(now, false, sound),
        };
        beeped
    }

    /// True while a tone sounds: it is no voice.
    pub(crate) fn is_tone(&self) -> bool {
        matches!(self.state, State::Sounding { .. })
    }
}

fn first(hz: u16, alone: bool, sound: Sound) -> State {
    State::Sounding { hz, seen: 1, hole: 0, alone, dbfs: sound.dbfs }
}

fn near(one: u16, other: u16) -> bool {
    one.abs_diff(other) <= DRIFT_HZ
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answering::Ear;
    use crate::tone::{Sine, tone};

    fn tone_of(hz: f64, ms: u32) -> Vec<i16> {
        tone(&[Sine { hz, dbfs: -20.0 }], ms)
    }

    fn beeps(parts: &[Vec<i16>]) -> usize {
        let (mut ear, mut beep, mut count) = (Ear::default(), Beep::default(), 0);
        for packet in parts.concat().chunks(160) {
            ear.listen(packet, |sound| count += usize::from(beep.hear(sound, false)));
        }
        count
    }

    fn silence(ms: usize) -> Vec<i16> {
        vec![0; ms * 8]
    }

    #[test]
    fn a_tone_of_120_ms_and_silence_is_a_beep_at_any_phase() {
        for offset in 0..20 {
            for hz in [320.0, 500.0, 1_000.0, 1_400.0, 2_080.0] {
                let parts = [silence(100 + offset), tone_of(hz, 120), silence(300)];
                assert_eq!(beeps(&parts), 1, "{hz} Hz after {offset} ms");
            }
        }
    }

    #[test]
    fn a_tone_of_60_ms_or_of_three_seconds_is_none() {
        assert_eq!(beeps(&[silence(100), tone_of(1_000.0, 60), silence(300)]), 0);
        assert_eq!(beeps(&[silence(100), tone_of(2_090.0, 3_000), silence(300)]), 0);
    }

    #[test]
    fn a_ringing_tone_and_the_three_tones_of_a_dead_number_are_none() {
        assert_eq!(beeps(&[tone_of(425.0, 1_000), silence(4_000)]), 0);
        let ring = [440.0, 480.0].map(|hz| Sine { hz, dbfs: -20.0 });
        assert_eq!(beeps(&[tone(&ring, 2_000), silence(4_000)]), 0);
        let dead = [950.0, 1_400.0, 1_800.0].map(|hz| tone_of(hz, 330));
        assert_eq!(beeps(&[dead.concat(), silence(1_000)]), 0);
    }

    #[test]
    fn a_beep_is_told_once_and_two_beeps_twice() {
        let one = [tone_of(1_000.0, 300), silence(500)].concat();
        assert_eq!(beeps(&[one.clone(), silence(2_000)]), 1);
        assert_eq!(beeps(&[one.clone(), one]), 2);
    }
}
