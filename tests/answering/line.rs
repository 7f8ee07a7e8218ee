//! A telephone line: noise of a room, the codecs' bands and steps, levels. All from committed seeds.

use audio::g711::Law;

/// A small generator (SplitMix64): the same corpus in every run.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of its own for something that takes an uncertain number of throws.
    pub fn fork(&mut self) -> Dice {
        Dice(self.next())
    }

    /// Between 0 and 1.
    pub fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Evenly between two bounds.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + self.share() * (high - low)
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.next() as usize % of.len()]
    }
}

/// What sounds behind the speaker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Noise {
    /// Digital silence.
    None,
    /// Comfort noise at −60 dBFS.
    Comfort,
    /// Hiss.
    White,
    /// A fan, a road.
    Pink,
    /// Other people.
    Babble,
}

/// What the network did to the sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// G.711 A-law.
    A,
    /// G.711 µ-law.
    Mu,
    /// A mobile telephone: 300 to 3,400 Hz in coarse steps, then A-law.
    Mobile,
}

/// Root mean square of the loud part of a sound: what is within 20 dB of its loudest 20 ms.
pub fn speech_level(samples: &[f32]) -> f32 {
    let powers: Vec<f32> = samples
        .chunks(160)
        .map(|c| c.iter().map(|s| s * s).sum::<f32>() / c.len() as f32)
        .collect();
    let loudest = powers.iter().copied().fold(0.0, f32::max);
    let loud = powers.iter().filter(|p| **p > loudest / 100.0);
    let (sum, count) = loud.fold((0.0, 0), |(s, n), p| (s + p, n + 1));
    (sum / count.max(1) as f32).sqrt()
}

/// From dBFS to an amplitude.
pub fn amplitude(dbfs: f32) -> f32 {
    32_768.0 * 10_f32.powf(dbfs / 20.0)
}

/// So many samples of noise with this root mean square; babble is made of `voices`.
pub fn noise(
    kind: Noise,
    rms: f32,
    count: usize,
    voices: &[Vec<i16>],
    dice: &mut Dice,
) -> Vec<f32> {
    let mut out = match kind {
        Noise::None => return vec![0.0; count],
        Noise::Comfort | Noise::White => (0..count).map(|_| dice.share() - 0.5).collect(),
        Noise::Pink => pink(count, dice),
        Noise::Babble => babble(count, voices, dice),
    };
    let power = out.iter().map(|s| s * s).sum::<f32>() / count.max(1) as f32;
    let gain = if kind == Noise::Comfort { amplitude(-60.0) } else { rms } / power.sqrt().max(1e-9);
    out.iter_mut().for_each(|s| *s *= gain);
    out
}

/// White noise through three one-pole filters: 3 dB less an octave, within 0.5 dB in the telephone band.
fn pink(count: usize, dice: &mut Dice) -> Vec<f32> {
    let mut poles = [0.0_f32; 3];
    let one = |_| {
        let white = dice.share() - 0.5;
        for (pole, (keep, take)) in
            poles.iter_mut().zip([(0.997_65, 0.099), (0.963, 0.296_5), (0.57, 1.052_7)])
        {
            *pole = keep * *pole + take * white;
        }
        poles.iter().sum::<f32>() + 0.184_8 * white
    };
    (0..count).map(one).collect()
}

/// Six people who talk at once, each from somewhere in a sentence on.
fn babble(count: usize, voices: &[Vec<i16>], dice: &mut Dice) -> Vec<f32> {
    let mut out = vec![0.0; count];
    if voices.is_empty() {
        return out;
    }
    for _ in 0..6 {
        let mut at = dice.between(0.0, 20_000.0) as usize;
        let mut voice = dice.one(voices);
        for sample in &mut out {
            if at >= voice.len() {
                voice = dice.one(voices);
                at = 0;
            }
            *sample += f32::from(voice[at]);
            at += 1;
        }
    }
    out
}

/// What arrives after the codec.
pub fn through(codec: Codec, sound: &[f32]) -> Vec<i16> {
    let banded;
    let (law, sound) = match codec {
        Codec::A => (Law::A, sound),
        Codec::Mu => (Law::Mu, sound),
        Codec::Mobile => {
            banded = mobile(sound);
            (Law::A, banded.as_slice())
        }
    };
    let table = law.table();
    let linear = sound.iter().map(|s| s.round().clamp(-32_768.0, 32_767.0) as i16);
    linear.map(|sample| table[usize::from(law.encode(sample))]).collect()
}

/// A band of 300 to 3,400 Hz and steps that grow with the sound, 20 dB under it.
fn mobile(sound: &[f32]) -> Vec<f32> {
    let (mut low, mut before, mut high, mut loud) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32);
    let one = |s: &f32| {
        // one pole each: 300 Hz upwards, then up to 3,400 Hz
        high = 0.81 * (high + s - before);
        before = *s;
        low += 0.93 * (high - low);
        loud = (loud * 0.995).max(low.abs());
        let step = (loud / 10.0).max(8.0);
        (low / step).round() * step
    };
    sound.iter().map(one).collect()
}
