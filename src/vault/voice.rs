//! Sound on its way from one leg to another: it waits a little, so that jitter is not heard, and never long.
//!
//! ```text
//!  packets ─▶ ░░░▓▓▓▓▓ ─▶ one frame each 20 ms        fewer than a frame: silence until 40 ms wait again
//!             │    └─ 40 ms are ahead when it begins
//!             └─ at 200 ms the oldest are dropped
//! ```

use crate::limits::{FRAME_SAMPLES, VOICE_AHEAD, VOICE_MAX};
use audio::g711::Law;
use rtp::Packet;
use std::collections::VecDeque;
use zeroize::Zeroize;

/// Packets that are so many behind are late or came twice; further behind begins a new stream.
const LATE: i16 = -100;

/// One direction.
pub struct Voice {
    law: Law,
    bytes: VecDeque<u8>,
    flows: bool,
    newest: Option<u16>,
}

impl Voice {
    /// Nothing was heard.
    pub fn new() -> Self {
        let bytes = VecDeque::with_capacity(VOICE_MAX + FRAME_SAMPLES);
        Self { law: Law::A, bytes, flows: false, newest: None }
    }

    /// Takes the sound of one packet in this law.
    pub fn hear(&mut self, law: Law, packet: &Packet<'_>) {
        let behind = self.newest.map(|newest| packet.sequence.wrapping_sub(newest) as i16);
        if behind.is_some_and(|steps| (LATE..=0).contains(&steps)) {
            return;
        }
        (self.law, self.newest) = (law, Some(packet.sequence));
        self.bytes.extend(packet.payload.iter().take(VOICE_MAX));
        if self.bytes.len() > VOICE_MAX {
            self.bytes.drain(..self.bytes.len() - VOICE_AHEAD);
        }
        self.flows |= self.bytes.len() >= VOICE_AHEAD;
    }

    /// Fills a frame in this law; false and nothing done when there is not enough.
    pub fn take(&mut self, law: Law, frame: &mut [u8; FRAME_SAMPLES]) -> bool {
        self.flows &= self.bytes.len() >= FRAME_SAMPLES;
        if self.flows {
            frame.iter_mut().zip(self.bytes.drain(..FRAME_SAMPLES)).for_each(|(to, b)| *to = b);
            self.law.recode(law, frame);
        }
        self.flows
    }

    /// What waits is not heard, and gone.
    pub fn forget(&mut self) {
        self.bytes.make_contiguous().zeroize();
        self.bytes.clear();
        self.flows = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16, payload: &[u8]) -> Packet<'_> {
        let (payload_type, marker, timestamp, ssrc) = (8, false, 0, 1);
        Packet { payload_type, marker, sequence, timestamp, ssrc, payload }
    }

    fn frames(voice: &mut Voice) -> Vec<u8> {
        let mut frame = [0; FRAME_SAMPLES];
        std::iter::from_fn(|| voice.take(Law::A, &mut frame).then(|| frame[0])).collect()
    }

    #[test]
    fn sound_flows_once_it_is_ahead_and_a_packet_that_came_twice_is_heard_once() {
        let mut voice = Voice::new();
        voice.hear(Law::A, &packet(65_535, &[1; 160]));
        assert!(frames(&mut voice).is_empty(), "20 ms are not ahead");
        for sequence in [65_535, 0, 65_535, 0] {
            voice.hear(Law::A, &packet(sequence, &[2; 160]));
        }
        assert_eq!(frames(&mut voice), [1, 2]);
        voice.hear(Law::A, &packet(20_000, &[3; 320]));
        assert_eq!(frames(&mut voice), [3, 3], "a stream that begins anew is heard");
    }

    #[test]
    fn what_waits_too_long_is_dropped_and_what_is_forgotten_is_not_heard() {
        let mut voice = Voice::new();
        for sequence in 0..11 {
            voice.hear(Law::A, &packet(sequence, &[sequence as u8; 160]));
        }
        assert_eq!(frames(&mut voice), [9, 10]);
        voice.hear(Law::A, &packet(12, &[12; 800]));
        voice.forget();
        assert!(frames(&mut voice).is_empty());
    }

    #[test]
    fn each_leg_hears_its_own_law() {
        let mut voice = Voice::new();
        voice.hear(Law::Mu, &packet(1, &[Law::Mu.silence(); 320]));
        let mut frame = [0; FRAME_SAMPLES];
        assert!(voice.take(Law::A, &mut frame));
        assert!(frame.iter().all(|b| *b == Law::A.silence()));
    }
}
