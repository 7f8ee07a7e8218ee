//! What another leg's peer says, written anew for this leg's: another codec, or packets of another length.
//!
//! ```text
//!  packet ─► JitterBuffer ─► Decoder ─► Concealer ─► 2:1 or 1:2 ─► Encoder ─► payload of our length
//!                 every step ─┘  a gap of 60 ms: nothing more is sent until sound comes
//! ```
//! A step is our packet time up to 20 ms, else 10 ms. Sound that fades out in a gap ends the talkspurt, so that
//! pauses of a peer that sends none (DTX) stay pauses.
//!
//! Owns: one direction's codecs and their memory, made once. Never: numbers of packets; who may hear it.

use crate::command::Codec;
use crate::jitter_buffer::{JitterBuffer, Taken};
use crate::limits::PTIME_MS;
use audio::coding::{BYTES_PER_MS, Coding, Decoder, Encoder};
use audio::conceal::Concealer;
use audio::half_band::{Doubler, Halver};
use audio::level::rms_dbfs;
use ids::Moment;
use rtp::Packet;
use std::time::Duration;

/// Bytes of the longest step, and samples of it at 16 kHz.
const STEP_BYTES_MAX: usize = 160;
const STEP_SAMPLES_MAX: usize = 2 * STEP_BYTES_MAX;
/// Bytes of the longest packet: 60 ms.
const PAYLOAD_BYTES_MAX: usize = 480;
/// Below this nobody speaks, in dBFS: the delay may shrink.
const QUIET_DBFS: f32 = -50.0;
/// So much time is caught up with by working it off; beyond it the sound in between is left out.
const CAUGHT_UP: Duration = Duration::from_millis(60);

/// What stands between two rates.
enum Rates {
    Same,
    Halve(Box<Halver>),
    Double(Box<Doubler>),
}

/// One direction between two legs.
pub(super) struct Conversion {
    from: Codec,
    to: Codec,
    ptime_ms: u32,
    buffer: JitterBuffer,
    decoder: Decoder,
    concealer: Concealer,
    rates: Rates,
    encoder: Encoder,
    payload: [u8; PAYLOAD_BYTES_MAX],
    filled: usize,
    /// When the next step's turn is; `None` while the peer pauses.
    due: Option<Moment>,
}

impl Conversion {
    /// From a codec to another, or to the same in packets of `ptime_ms`.
    pub(super) fn new(from: Codec, to: Codec, ptime_ms: u8) -> Self {
        let (heard, said) = (from.coding(), to.coding());
        let ptime_ms = whole(ptime_ms);
        Self {
            from,
            to,
            ptime_ms,
            buffer: JitterBuffer::new(step_ms(ptime_ms)),
            decoder: Decoder::new(heard),
            concealer: Concealer::new(heard.rate_hz()),
            rates: match (heard, said) {
                (Coding::G722, Coding::G711(_)) => Rates::Halve(Box::default()),
                (Coding::G711(_), Coding::G722) => Rates::Double(Box::default()),
                (Coding::G711(_), Coding::G711(_)) | (Coding::G722, Coding::G722) => Rates::Same,
            },
            encoder: Encoder::new(said),
            payload: [0; PAYLOAD_BYTES_MAX],
            filled: 0,
            due: None,
        }
    }

    /// Whether it still is what is needed.
    pub(super) fn serves(&self, from: Codec, to: Codec, ptime_ms: u8) -> bool {
        (self.from, self.to, self.ptime_ms) == (from, to, whole(ptime_ms))
    }

    /// When [`Conversion::step`] has something to do.
    pub(super) fn poll_timeout(&self) -> Option<Moment> {
        self.due
    }

    /// Packets that came after their turn.
    pub(super) fn late(&self) -> u64 {
        self.buffer.late
    }

    /// A packet of sound.
    pub(super) fn put(&mut self, now: Moment, packet: &Packet<'_>, restarted: bool) {
        self.buffer.put(now, packet, restarted);
        if self.due.is_none() {
            self.due = Some(self.buffer.turn_of(now, packet));
        }
    }

    /// Does the next step if its turn has come. A full payload is told with the moment that it begins at.
    pub(super) fn step(&mut self, now: Moment) -> Option<Step> {
        let at = self.due.filter(|due| *due <= now)?;
        if now - at > CAUGHT_UP {
            self.due = Some(now);
            return Some(Step::Skipped);
        }
        let bytes = (step_ms(self.ptime_ms) * BYTES_PER_MS) as usize;
        self.convert(at, bytes);
        self.due = Some(at + Duration::from_millis(u64::from(step_ms(self.ptime_ms))));
        if self.filled < (self.ptime_ms * BYTES_PER_MS) as usize {
            return Some(Step::Going);
        }
        self.filled = 0;
        if self.concealer.is_silent() {
            self.due = None;
            return Some(Step::Silent);
        }
        let before_us = u64::from(self.ptime_ms - step_ms(self.ptime_ms)) * 1_000;
        Some(Step::Full(Moment::from_micros(at.micros().saturating_sub(before_us))))
    }

    /// The payload of the last full step.
    pub(super) fn payload(&self) -> &[u8] {
        &self.payload[..(self.ptime_ms * BYTES_PER_MS) as usize]
    }

    /// `bytes` of sound whose turn is at `at`, made into as many of ours.
    fn convert(&mut self, at: Moment, bytes: usize) {
        let mut samples = [0; STEP_SAMPLES_MAX];
        let per_byte = self.from.coding().samples_per_byte();
        let samples = &mut samples[..bytes * per_byte];
        let mut done = 0;
        while done < bytes {
            let mut coded = [0; STEP_BYTES_MAX];
            let turn = at + Duration::from_micros(done as u64 * 125);
            match self.buffer.take(turn, &mut coded[..bytes - done]) {
                Taken::Sound(run) => {
                    let room = &mut samples[done * per_byte..(done + run) * per_byte];
                    self.decoder.decode_into(&coded[..run], room);
                    self.concealer.hear(room);
                    done += run;
                }
                Taken::Gap(run) => {
                    self.concealer.conceal(&mut samples[done * per_byte..(done + run) * per_byte]);
                    done += run;
                }
            }
        }
        if rms_dbfs(samples) < QUIET_DBFS {
            self.buffer.shrink(at);
        }
        self.write(samples);
    }

    fn write(&mut self, samples: &[i16]) {
        let mut other = [0; STEP_SAMPLES_MAX];
        let said: &[i16] = match &mut self.rates {
            Rates::Same => samples,
            Rates::Halve(halver) => {
                let count = halver.halve_into(samples, &mut other);
                &other[..count]
            }
            Rates::Double(doubler) => {
                let count = doubler.double_into(samples, &mut other);
                &other[..count]
            }
        };
        self.filled += self.encoder.encode_into(said, &mut self.payload[self.filled..]);
    }
}

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// The packet is not full yet.
    Going,
    /// It is, and its sound begins at this moment.
    Full(Moment),
    /// The peer pauses.
    Silent,
    /// We were held up for too long: what had its turn meanwhile is left out.
    Skipped,
}

/// Packets longer than 20 ms are made of steps of 10 ms.
fn whole(ptime_ms: u8) -> u32 {
    let ptime_ms = u32::from(ptime_ms.clamp(*PTIME_MS.start(), *PTIME_MS.end()));
    if ptime_ms <= 20 { ptime_ms } else { ptime_ms / 10 * 10 }
}

const fn step_ms(ptime_ms: u32) -> u32 {
    if ptime_ms <= 20 { ptime_ms } else { 10 }
}
