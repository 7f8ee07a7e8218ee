//! Samples: what sound is before it becomes packets. Pure functions and small machines.
//!
//! Owns: G.711, G.722, the step between their rates, gaps concealed, keypad tones made and heard, levels, WAV files,
//! telling people from answering machines.
//! Never: packets, calls, clocks. Time here is counted in samples.
//!
//! Samples are 16-bit linear; unless a function says otherwise, 8,000 a second (telephone speech).

pub mod answering;
pub mod coding;
pub mod conceal;
pub mod dtmf;
pub mod g711;
pub mod g722;
pub mod half_band;
pub mod level;
pub mod tone;
pub mod wav;

/// Samples a second on a telephone line.
pub const TELEPHONE_RATE_HZ: u32 = 8_000;
