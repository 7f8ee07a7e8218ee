//! What is heard where nobody speaks: ringback, and a few notes for who is put on hold.
//!
//! Owns: these sounds, made once in each coding. Never: when they are heard.

use audio::TELEPHONE_RATE_HZ;
use audio::coding::Coding;
use audio::g711::Law;
use audio::g722::Encoder;
use audio::half_band::Doubler;
use audio::tone::{Sine, tone};
use exchange::Sound;
use ids::{LegId, PlayId};
use media::command::{Codec, Command, Part, Playlist};
use std::collections::HashMap;
use std::sync::Arc;

/// Ringback in continental Europe and Brazil: 425 Hz, 1 s (ITU-T E.180 supplement 2). The pause is 2 s
/// where the networks have 4 s: a caller who has just heard a voice takes four silent seconds for the end.
const RINGBACK: [(f64, u32); 2] = [(425.0, 1_000), (0.0, 2_000)];

/// Hold: soft notes that climb and fall, and breathe between.
const HOLD: [(f64, u32); 8] = [
    (392.0, 450),
    (493.9, 450),
    (587.3, 450),
    (784.0, 900),
    (587.3, 450),
    (493.9, 450),
    (392.0, 900),
    (0.0, 810),
];

/// As loud as a carrier's own tones; notes are softer than speech.
const RINGBACK_DBFS: f64 = -20.0;
const HOLD_DBFS: f64 = -27.0;

/// All sounds, encoded and shared.
pub struct Meanwhile(HashMap<(Sound, Coding), Arc<Playlist>>);

impl Meanwhile {
    /// Makes them.
    pub fn new() -> Meanwhile {
        let sounds = [(Sound::Ringback, RINGBACK.as_slice(), RINGBACK_DBFS)];
        let sounds = sounds.into_iter().chain([(Sound::Hold, HOLD.as_slice(), HOLD_DBFS)]);
        let mut all = HashMap::new();
        for (sound, notes, dbfs) in sounds {
            let samples: Vec<i16> = notes.iter().flat_map(|note| played(*note, dbfs)).collect();
            for coding in [Coding::G711(Law::A), Coding::G711(Law::Mu), Coding::G722] {
                let bytes: Arc<[u8]> = encoded(&samples, coding).into();
                let end = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                let parts = vec![Part::Audio { bytes, start: 0, end }];
                all.insert((sound, coding), Arc::new(Playlist { parts }));
            }
        }
        Meanwhile(all)
    }

    /// The command that plays one until something else does.
    pub fn play(&self, leg: LegId, play: PlayId, sound: Sound, codec: Codec) -> Option<Command> {
        let list = self.0.get(&(sound, codec.coding()))?.clone();
        Some(Command::Play { leg, play, list, barge_in: false, repeat: true })
    }
}

/// One byte for each eighth of a millisecond, in every coding.
fn encoded(samples: &[i16], coding: Coding) -> Vec<u8> {
    match coding {
        Coding::G711(law) => samples.iter().map(|s| law.encode(*s)).collect(),
        Coding::G722 => {
            let (mut doubler, mut encoder) = (Doubler::default(), Encoder::default());
            let pairs = samples.iter().map(|sample| doubler.double(*sample));
            pairs.map(|[first, second]| encoder.encode(first, second)).collect()
        }
    }
}

/// One note, or a rest at 0 Hz.
fn played((hz, ms): (f64, u32), dbfs: f64) -> Vec<i16> {
    match hz > 0.0 {
        true => tone(&[Sine { hz, dbfs }], ms),
        false => vec![0; (ms * TELEPHONE_RATE_HZ / 1_000) as usize],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sound_is_silent_for_more_than_two_seconds_of_its_round() {
        let sounds = Meanwhile::new();
        assert_eq!(sounds.0.len(), 6);
        for ((sound, coding), list) in &sounds.0 {
            let Part::Audio { bytes, .. } = &list.parts[0] else { panic!("{sound:?} is audio") };
            assert_eq!(bytes.len() % 160, 0, "{sound:?} in {coding:?} ends with a packet");
        }
        for notes in [RINGBACK.as_slice(), HOLD.as_slice()] {
            assert!(notes.iter().all(|(hz, ms)| *hz > 0.0 || *ms <= 2_000));
            assert!(notes.last().is_some_and(|(hz, _)| *hz < 1.0) && notes[0].0 > 1.0);
        }
    }
}
