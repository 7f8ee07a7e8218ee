//! The tone that says: it rings at the other end (ITU-T E.180 supplement 2, by country).
//!
//! Owns: the cadences. Never: who hears them.

use crate::command::{Part, Playlist};
use audio::g711::Law;
use audio::tone::{Sine, tone};

/// Whose cadence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ringback {
    /// 425 Hz, 1 s and 4 s of silence: Poland, Italy, Portugal, Brazil, most of Europe.
    Continental,
    /// 400 and 450 Hz, 0.4 s twice, then 2 s of silence: United Kingdom.
    British,
    /// 440 and 480 Hz, 2 s and 4 s of silence: United States.
    American,
}

/// Level of each sine: what exchanges send, a little below speech.
const DBFS: f64 = -19.0;

/// One cadence, to be played again and again (`repeat`).
pub fn ringback(whose: Ringback, law: Law) -> Playlist {
    let (hz, cadence_ms): (&[f64], &[(u32, u16)]) = match whose {
        Ringback::Continental => (&[425.0], &[(1_000, 4_000)]),
        Ringback::British => (&[400.0, 450.0], &[(400, 200), (400, 2_000)]),
        Ringback::American => (&[440.0, 480.0], &[(2_000, 4_000)]),
    };
    let sines: Vec<Sine> = hz.iter().map(|hz| Sine { hz: *hz, dbfs: DBFS }).collect();
    let parts = cadence_ms.iter().flat_map(|(on_ms, off_ms)| {
        let bytes: Vec<u8> = tone(&sines, *on_ms).into_iter().map(|s| law.encode(s)).collect();
        let end = bytes.len() as u32;
        [Part::Audio { bytes: bytes.into(), start: 0, end }, Part::Silence(*off_ms)]
    });
    Playlist { parts: parts.collect() }
}
