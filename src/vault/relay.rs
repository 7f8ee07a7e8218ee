//! A negotiator beside the caller: the leg between vault and switch, and what must not pass over it.
//!
//! ```text
//!  negotiator ═▶ switch ═ G.711 ═▶ Voice ──────────────────▶ caller     always; the vault's own words go before
//!  negotiator ◀═ switch ◀═ G.711 ═ Voice ◀────────────────── caller     while they talk
//!                       ◀═ noise, one beep for each key                 while a field is armed, and a second after
//! ```
//! Masked sound is not muted by what is in it: three milliseconds of a tone name a key. It never gets here.
//! Packets leave on the vault's own grid, so that neither their times nor their lengths tell of the caller's.
//!
//! Owns: the negotiator's socket, the mask.
//! Never: a sample of the caller within a second of an armed field or of a key; which key a beep is for.

use crate::caller::master_key;
use crate::limits::{BEEPS_MAX, FRAME_SAMPLES, UNMASK_AFTER};
use crate::voice::Voice;
use audio::g711::Law;
use ids::Moment;
use rtp::srtp::{OVERHEAD_BYTES_MAX, SrtpReceiver, SrtpSender};
use rtp::{Header, Packet, Random, is_rtcp};
use std::f64::consts::TAU;
use std::net::{SocketAddr, UdpSocket};
use vault_link::{Codec, NegotiatorLeg};

/// Frames of one beep: 100 ms, whatever the key and however long it was held.
const BEEP_FRAMES: usize = 5;
/// Frames of noise between two beeps.
const PAUSE_FRAMES: usize = 2;
/// No key has it, nor a neighbour of it.
const BEEP_HZ: f64 = 440.0;
/// 18 dB below the loudest.
const BEEP_LEVEL: f64 = 4_096.0;
/// The loudest sample of the noise: some 62 dB below the loudest that there is.
const NOISE_LEVEL: u64 = 24;

/// Room for one packet.
const PACKET_BYTES: usize = 12 + FRAME_SAMPLES + OVERHEAD_BYTES_MAX;

/// The leg.
pub struct Relay {
    socket: UdpSocket,
    remote: SocketAddr,
    law: Law,
    payload_type: u8,
    sealing: Option<SrtpSender>,
    opening: Option<SrtpReceiver>,
    from_switch: Voice,
    from_caller: Voice,
    masked_until: Moment,
    beeps: Beeps,
    noise: Random,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
}

impl Relay {
    /// A leg to the switch.
    ///
    /// # Errors
    /// The socket comes back if a key does not fit its suite, or if sound would cross a network in the clear.
    pub fn open(socket: UdpSocket, leg: &NegotiatorLeg, random: u64) -> Result<Self, UdpSocket> {
        let here = leg.remote.ip().to_canonical().is_loopback();
        let keys = match (&leg.sending, &leg.far_key) {
            (Some(ours), Some(theirs)) => master_key(ours).ok().zip(master_key(theirs).ok()),
            (None, None) if here => None,
            _ => return Err(socket),
        };
        if keys.is_none() && leg.sending.is_some() {
            return Err(socket);
        }
        let law = if leg.codec == Codec::Alaw { Law::A } else { Law::Mu };
        let mut noise = Random::new(random);
        let start = noise.next_u64();
        Ok(Self {
            socket,
            remote: leg.remote,
            law,
            payload_type: leg.audio_payload,
            sealing: keys.as_ref().map(|(ours, _)| SrtpSender::new(ours)),
            opening: keys.as_ref().map(|(_, theirs)| SrtpReceiver::new(theirs)),
            from_switch: Voice::new(),
            from_caller: Voice::new(),
            masked_until: Moment::START,
            beeps: Beeps::default(),
            noise,
            sequence: start as u16 & 0x7FFF,
            timestamp: (start >> 16) as u32,
            ssrc: (start >> 32) as u32,
        })
    }

    /// To wait on, and to read.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// Gives the socket back.
    pub fn close(self) -> UdpSocket {
        self.socket
    }

    /// From now on for a second nothing of the caller passes, and what waits is gone.
    pub fn mask(&mut self, now: Moment) {
        self.masked_until = now + UNMASK_AFTER;
        self.from_caller.forget();
    }

    /// A key was pressed.
    pub fn beep(&mut self, now: Moment) {
        self.mask(now);
        self.beeps.waiting = (self.beeps.waiting + 1).min(BEEPS_MAX);
    }

    /// One packet of the caller's sound.
    pub fn hear_caller(&mut self, now: Moment, law: Law, packet: &Packet<'_>) {
        if now >= self.masked_until {
            self.from_caller.hear(law, packet);
        }
    }

    /// One datagram of the switch. Without SRTP its address is its proof, and it is on this host.
    pub fn handle_datagram(&mut self, from: SocketAddr, datagram: &mut [u8]) {
        if datagram.len() < 12 || is_rtcp(datagram) {
            return;
        }
        let length = match &mut self.opening {
            Some(opening) => opening.unprotect(datagram).ok(),
            None => (from == self.remote).then_some(datagram.len()),
        };
        let packet = length.and_then(|length| Packet::read(&datagram[..length]).ok());
        if let Some(packet) = packet.filter(|p| p.payload_type == self.payload_type) {
            self.from_switch.hear(self.law, &packet);
        }
    }

    /// What the caller hears of the negotiator in this frame; false: nothing.
    pub fn for_caller(&mut self, law: Law, frame: &mut [u8; FRAME_SAMPLES]) -> bool {
        self.from_switch.take(law, frame)
    }

    /// Sends what the negotiator hears in this frame.
    pub fn send(&mut self, now: Moment) {
        let payload = self.fill(now);
        let header = Header {
            payload_type: self.payload_type,
            marker: false,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME_SAMPLES as u32);
        let mut packet = [0; PACKET_BYTES];
        let length = header.write(&payload, &mut packet);
        let sealed = match &mut self.sealing {
            Some(sealing) => sealing.protect(&mut packet, length).ok(),
            None => Some(length),
        };
        if let Some(length) = sealed {
            let _ = self.socket.send_to(&packet[..length], self.remote);
        }
    }

    fn fill(&mut self, now: Moment) -> [u8; FRAME_SAMPLES] {
        if let Some(frame) = self.beeps.next() {
            return frame.map(|sample| self.law.encode(sample));
        }
        let mut payload = std::array::from_fn(|_| {
            let level = (self.noise.next_u64() >> 32) % (2 * NOISE_LEVEL + 1);
            self.law.encode(level as i16 - NOISE_LEVEL as i16)
        });
        if now >= self.masked_until {
            self.from_caller.take(self.law, &mut payload);
        }
        payload
    }
}

/// Beeps that are still to be heard.
#[derive(Default)]
struct Beeps {
    waiting: u8,
    /// Frames of the one that sounds, its pause included.
    frame: usize,
}

impl Beeps {
    /// The next frame of a beep; `None` between them.
    fn next(&mut self) -> Option<[i16; FRAME_SAMPLES]> {
        if self.waiting == 0 {
            return None;
        }
        let frame = self.frame;
        self.frame += 1;
        if self.frame == BEEP_FRAMES + PAUSE_FRAMES {
            (self.waiting, self.frame) = (self.waiting - 1, 0);
        }
        (frame < BEEP_FRAMES).then(|| beep(frame))
    }
}

/// One frame of the beep: the same samples for every key.
fn beep(frame: usize) -> [i16; FRAME_SAMPLES] {
    let rate = f64::from(audio::TELEPHONE_RATE_HZ);
    std::array::from_fn(|n| {
        let at = (frame * FRAME_SAMPLES + n) as f64 / rate;
        ((at * BEEP_HZ * TAU).sin() * BEEP_LEVEL) as i16
    })
}

#[cfg(test)]
#[path = "tests/relay.rs"]
mod tests;
