//! A labelled corpus of answered calls: people, machines, and lines on which nobody speaks, in four
//! languages, made here from committed sentences and seeds.
//!
//! It has two parts, for tuning and for scoring. They share no sentence, no speaker, no beep and no
//! seed; whoever tunes is given the tuning part alone.
//!
//! Owns: the recipe of every call.
//! Never: a threshold; a look at what the detector makes of a call.

mod line;
pub mod scoring;
mod sentences;
pub mod tuning;
mod voices;

use audio::tone::{Sine, tone};
pub use line::{Codec, Dice, Noise};
use line::{amplitude, noise, speech_level, through};
use std::io;

/// Which part a call belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// For finding thresholds.
    Tuning,
    /// For telling how good they are.
    Scoring,
}

/// Who really answered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Truth {
    /// A person.
    Person,
    /// An answering machine.
    Machine,
    /// Nobody speaks: silence, noise, a tone that still rings.
    Nobody,
}

/// One answered call, from the answer on: 8,000 samples a second.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The language.
    pub lang: &'static str,
    /// Who it is.
    pub truth: Truth,
    /// What it was made of, for whoever looks into one.
    pub recipe: String,
    /// What arrives.
    pub samples: Vec<i16>,
    /// Milliseconds after the answer at which the beep ends, if there is one.
    pub beep_ends_ms: Option<u32>,
}

/// Speech before it goes over a line.
struct Words {
    said: String,
    samples: Vec<i16>,
}

/// Calls made of each sentence in each voice: of people in both parts, of machines.
const CALLS_OF_PEOPLE: [usize; 2] = [6, 3];
const CALLS_OF_MACHINES: usize = 2;
/// Calls a language on which nobody speaks.
const CALLS_OF_NOBODY: usize = 24;
/// Speakers of machines' greetings, of those there are: the sentences are long.
const MACHINE_SPEAKERS: usize = 4;
/// Sentences of the shipped packs that serve as greetings in the scoring part.
const SHIPPED: usize = 12;

/// All calls of one part.
///
/// # Errors
/// When espeak-ng or sox is missing.
pub fn corpus(part: Part) -> io::Result<Vec<Answer>> {
    let made: Vec<io::Result<Vec<Answer>>> = std::thread::scope(|scope| {
        let all = sentences::LANGUAGES.iter().enumerate();
        let running: Vec<_> =
            all.map(|(n, speech)| scope.spawn(move || language(part, n, speech))).collect();
        let joined = running.into_iter().map(|r| r.join());
        joined
            .map(|r| r.unwrap_or_else(|_| Err(io::Error::other("a corpus was not made"))))
            .collect()
    });
    made.into_iter().collect::<io::Result<Vec<_>>>().map(|all| all.concat())
}

/// One English call on a good line, of a person or of a machine that beeps: for a test on real sockets.
///
/// # Errors
/// When espeak-ng or sox is missing.
pub fn one(truth: Truth) -> io::Result<Answer> {
    let english = &sentences::LANGUAGES[1];
    let mut dice = Dice::new(7);
    let texts = if truth == Truth::Person {
        english.people(Part::Tuning)
    } else {
        english.machines(Part::Tuning)
    };
    let words = words(english, "m3", (165.0, 175.0), texts[0], &mut dice)?;
    let good = |call: &Answer| {
        let heard = truth != Truth::Machine || call.beep_ends_ms.is_some();
        heard && call.recipe.contains("None at") && call.recipe.ends_with(", A")
    };
    loop {
        let call = match truth {
            Truth::Person => by_a_person(english.lang, &words, &[], &mut dice),
            Truth::Machine => by_a_machine(Part::Tuning, english.lang, &words, &[], &mut dice),
            Truth::Nobody => by_nobody(english.lang, &[], &mut dice),
        };
        if good(&call) {
            return Ok(call);
        }
    }
}

fn language(part: Part, number: usize, speech: &sentences::Speech) -> io::Result<Vec<Answer>> {
    let mut dice = Dice::new([1_000, 5_000][part as usize] + number as u64);
    let speakers = sentences::speakers(part);
    let mut people = Vec::new();
    for text in speech.people(part) {
        for speaker in speakers {
            people.push(words(speech, speaker, (165.0, 215.0), text, &mut dice)?);
        }
    }
    let mut machines = Vec::new();
    for text in speech.machines(part) {
        for speaker in &speakers[..MACHINE_SPEAKERS] {
            machines.push(words(speech, speaker, (130.0, 190.0), text, &mut dice)?);
        }
    }
    if part == Part::Scoring {
        let shipped = voices::shipped(speech.lang, SHIPPED)?;
        machines
            .extend(shipped.into_iter().map(|samples| Words { said: "shipped".into(), samples }));
    }
    let crowd: Vec<Vec<i16>> = machines.iter().map(|w| w.samples.clone()).collect();
    let mut all = Vec::new();
    for person in &people {
        for _ in 0..CALLS_OF_PEOPLE[part as usize] {
            all.push(by_a_person(speech.lang, person, &crowd, &mut dice));
        }
    }
    for machine in &machines {
        for _ in 0..CALLS_OF_MACHINES {
            all.push(by_a_machine(part, speech.lang, machine, &crowd, &mut dice));
        }
    }
    for _ in 0..CALLS_OF_NOBODY {
        all.push(by_nobody(speech.lang, &crowd, &mut dice));
    }
    Ok(all)
}

fn words(
    speech: &sentences::Speech,
    speaker: &str,
    (slow, fast): (f32, f32),
    text: &str,
    dice: &mut Dice,
) -> io::Result<Words> {
    // words a minute
    let (pace, pitch) = (dice.between(slow, fast) as u32, dice.between(30.0, 70.0) as u32);
    let accent = dice.one(speech.accents);
    let samples = voices::spoken(accent, speaker, pace, pitch, text)?;
    Ok(Words { said: format!("{accent}+{speaker} {pace}/{pitch}: {text}"), samples })
}

/// A person takes the telephone to the ear, says a word or a few, and waits.
fn by_a_person(lang: &'static str, words: &Words, crowd: &[Vec<i16>], dice: &mut Dice) -> Answer {
    // most speak 100 to 800 ms after the answer, about 400 as a rule
    let begins_ms = (dice.between(50.0, 400.0) + dice.between(50.0, 400.0)) as usize;
    let mut sound = vec![0.0; begins_ms * 8];
    sound.extend(words.samples.iter().map(|s| f32::from(*s)));
    sound.extend([0.0; 5 * 8_000]);
    let (samples, how) = line(sound, speech_level(&floats(&words.samples)), crowd, dice);
    let recipe = format!("{begins_ms} ms, {}; {how}", words.said);
    Answer { lang, truth: Truth::Person, recipe, samples, beep_ends_ms: None }
}

/// A greeting, a pause, mostly a beep, then the silence of a tape.
fn by_a_machine(
    part: Part,
    lang: &'static str,
    words: &Words,
    crowd: &[Vec<i16>],
    dice: &mut Dice,
) -> Answer {
    let begins_ms = dice.between(100.0, 1_200.0) as usize;
    let mut sound = ringing(dice);
    sound.resize(sound.len() + begins_ms * 8, 0.0);
    let level = speech_level(&floats(&words.samples));
    sound.extend(words.samples.iter().map(|s| f32::from(*s)));
    let pause_ms = dice.between(150.0, 1_200.0) as usize;
    sound.resize(sound.len() + pause_ms * 8, 0.0);
    let mut beep_ends_ms = None;
    let mut tone_said = "no beep".to_owned();
    if dice.share() < 0.85 {
        let hz = beep_hz(part, dice);
        let ms = dice.between(130.0, 1_000.0) as u32;
        let dbfs = dice.between(-8.0, 2.0);
        let beep = tone(&[Sine { hz: f64::from(hz), dbfs: -20.0 }], ms);
        let gain = level * 10_f32.powf(dbfs / 20.0) / amplitude(-20.0);
        sound.extend(beep.iter().map(|s| f32::from(*s) * gain));
        beep_ends_ms = Some(sound.len() as u32 / 8);
        tone_said = format!("{hz:.0} Hz {ms} ms");
    }
    sound.extend([0.0; 5 * 8_000 / 2]);
    let (samples, how) = line(sound, level, crowd, dice);
    let recipe = format!("{begins_ms} ms, {}; {tone_said}; {how}", words.said);
    Answer { lang, truth: Truth::Machine, recipe, samples, beep_ends_ms }
}

/// Beeps of the two parts lie in bands of their own.
fn beep_hz(part: Part, dice: &mut Dice) -> f32 {
    let bands = match part {
        Part::Tuning => [(310.0, 400.0), (600.0, 800.0), (950.0, 1_050.0), (1_500.0, 1_800.0)],
        Part::Scoring => [(450.0, 580.0), (820.0, 930.0), (1_080.0, 1_450.0), (1_820.0, 2_080.0)],
    };
    let (low, high) = *dice.one(&bands);
    dice.between(low, high)
}

/// Nobody says anything: the line alone, or one that still rings.
fn by_nobody(lang: &'static str, crowd: &[Vec<i16>], dice: &mut Dice) -> Answer {
    let mut sound = Vec::new();
    let rings = dice.share() < 0.4;
    if rings {
        let tones: [&[f64]; 3] = [&[425.0], &[440.0, 480.0], &[400.0, 450.0]];
        let tones = dice.one(&tones);
        let sines: Vec<_> = tones.iter().map(|hz| Sine { hz: *hz, dbfs: -20.0 }).collect();
        for _ in 0..2 {
            sound.extend(tone(&sines, 1_000).into_iter().map(f32::from));
            sound.extend([0.0; 3 * 8_000]);
        }
    }
    sound.resize(8 * 8_000, 0.0);
    let (samples, how) = line(sound, amplitude(-20.0), crowd, dice);
    let recipe = format!("nobody, {}; {how}", if rings { "it rings" } else { "silence" });
    Answer { lang, truth: Truth::Nobody, recipe, samples, beep_ends_ms: None }
}

/// One call in ten still rings for a moment after its answer.
fn ringing(dice: &mut Dice) -> Vec<f32> {
    if dice.share() > 0.1 {
        return Vec::new();
    }
    let ms = dice.between(100.0, 600.0) as u32;
    tone(&[Sine { hz: 425.0, dbfs: -20.0 }], ms).into_iter().map(f32::from).collect()
}

/// Over the line: at a level, with something in the background, through a codec.
fn line(
    mut sound: Vec<f32>,
    level: f32,
    crowd: &[Vec<i16>],
    dice: &mut Dice,
) -> (Vec<i16>, String) {
    let dbfs = dice.between(-34.0, -13.0);
    let gain = amplitude(dbfs) / level.max(1.0);
    let kinds = [
        Noise::None,
        Noise::None,
        Noise::Comfort,
        Noise::Comfort,
        Noise::White,
        Noise::Pink,
        Noise::Pink,
        Noise::Babble,
    ];
    let kind = *dice.one(&kinds);
    let snr_db = *dice.one(&[5.0, 10.0, 15.0, 20.0, 30.0]);
    let behind = noise(kind, amplitude(dbfs - snr_db), sound.len(), crowd, &mut dice.fork());
    for (s, n) in sound.iter_mut().zip(behind) {
        *s = *s * gain + n;
    }
    let codec = *dice.one(&[Codec::A, Codec::A, Codec::Mu, Codec::Mobile]);
    (through(codec, &sound), format!("{dbfs:.0} dBFS, {kind:?} at {snr_db} dB, {codec:?}"))
}

fn floats(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|s| f32::from(*s)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_two_parts_share_no_sentence_and_no_speaker() {
        for speech in &sentences::LANGUAGES {
            let all = |part| -> HashSet<&str> {
                speech.people(part).iter().chain(speech.machines(part)).copied().collect()
            };
            assert!(all(Part::Tuning).is_disjoint(&all(Part::Scoring)), "{}", speech.lang);
        }
        let speakers = |part| sentences::speakers(part).iter().collect::<HashSet<_>>();
        assert!(speakers(Part::Tuning).is_disjoint(&speakers(Part::Scoring)));
    }

    #[test]
    fn beeps_of_the_two_parts_are_at_least_20_hz_apart() {
        let mut dice = Dice::new(3);
        let mut beeps = |part| (0..500).map(|_| beep_hz(part, &mut dice)).collect::<Vec<_>>();
        let (one, other) = (beeps(Part::Tuning), beeps(Part::Scoring));
        assert!(one.iter().all(|a| other.iter().all(|b| (a - b).abs() >= 19.9)));
    }
}
