//! Samples: what sound is before it becomes packets. Pure functions and small machines.
//!
//! Owns: G.711, keypad tones made and heard, levels, WAV files.
//! Never: packets, calls, clocks. Time here is counted in samples.
//!
//! Samples are 16-bit linear; unless a function says otherwise, 8,000 a second (telephone speech).

pub mod dtmf;
pub mod g711;
pub mod level;
pub mod tone;
pub mod wav;

/// Samples a second on a telephone line.
pub const TELEPHONE_RATE_HZ: u32 = 8_000;
