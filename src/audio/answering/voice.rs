//! Is somebody speaking in these 10 ms? Louder than the line's own noise, and now and then like a voice.
//!
//! The noise is the quietest that the line has been for the last second and a half: every speaker takes
//! a breath or closes the lips, no fan does.
//!
//! Owns: the noise floor, the beginning of speech.
//! Never: how long speech lasts, who speaks.

use super::ear::Sound;
use super::marks::Marks;

/// Steps of 10 ms over which the level is evened out.
const EVEN: usize = 3;
/// Steps in one slot of the floor's memory, and how many slots: 15 × 100 ms.
const SLOT: u32 = 10;
const SLOTS: usize = 15;
/// The floor is never thought to be lower: comfort noise that sets in later is not a voice.
const FLOOR_MIN_DBFS: f32 = -62.0;
/// Steps looked back over for a beginning: 80 ms.
const BEGINS_OVER: u32 = 8;

/// The noise floor and what stands above it.
#[derive(Debug)]
pub(crate) struct Voice {
    recent: [f32; EVEN],
    slots: [f32; SLOTS],
    slot: usize,
    in_slot: u32,
    /// One bit a step, the newest lowest: loud enough, and like a voice as well.
    loud: u32,
    voiced: u32,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            recent: [f32::NAN; EVEN],
            slots: [f32::INFINITY; SLOTS],
            slot: 0,
            in_slot: 0,
            loud: 0,
            voiced: 0,
        }
    }
}

impl Voice {
    /// Takes 10 ms: how many dB they are over the noise, where that is enough for a voice.
    pub(crate) fn hear(&mut self, sound: Sound, is_tone: bool, marks: &Marks) -> Option<f32> {
        self.recent.rotate_left(1);
        self.recent[EVEN - 1] = sound.dbfs;
        let known = self.recent.iter().filter(|l| !l.is_nan());
        let even = known.clone().sum::<f32>() / known.count().max(1) as f32;
        self.remember(even);
        let over_db = even - self.floor_dbfs();
        let loud = !is_tone && over_db >= marks.over_noise_db;
        let like = loud && sound.voicing >= marks.voicing;
        self.loud = self.loud << 1 | u32::from(loud);
        self.voiced = self.voiced << 1 | u32::from(like);
        loud.then_some(over_db)
    }

    /// Whether the last 80 ms are the beginning of speech: mostly loud, and like a voice in half of it.
    pub(crate) fn begins(&self, marks: &Marks) -> bool {
        let last = (1 << BEGINS_OVER) - 1;
        (self.loud & last).count_ones() >= BEGINS_OVER - 2
            && (self.voiced & last).count_ones() >= marks.voiced_steps
    }

    /// The line's own noise.
    fn floor_dbfs(&self) -> f32 {
        self.slots.iter().copied().fold(f32::INFINITY, f32::min).max(FLOOR_MIN_DBFS)
    }

    fn remember(&mut self, level: f32) {
        if self.in_slot == SLOT {
            self.in_slot = 0;
            self.slot = (self.slot + 1) % SLOTS;
            self.slots[self.slot] = f32::INFINITY;
        }
        self.in_slot += 1;
        self.slots[self.slot] = self.slots[self.slot].min(level);
    }
}
