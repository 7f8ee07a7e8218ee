//! One caller's sound: what the vault says goes out on a 20 ms grid, what the caller sends is checked
//! and becomes keys. Sound of the caller is kept by nobody, and passed on to a negotiator's leg alone.
//!
//! Symmetric RTP: packets go where the caller's come from. Without SRTP the first source is kept; with
//! SRTP a source is believed when its packet proves the key, and may move with it.
//!
//! Owns: the stream both ways, what is still to be said.
//! Never: the socket, what a key means.

use crate::keys::KeyIntake;
use crate::limits::{FRAME_SAMPLES, FRAME_US};
use crate::prompts::Sound;
use crate::relay::Relay;
use audio::g711::Law;
use ids::Moment;
use rtp::srtp::{MasterKey, OVERHEAD_BYTES_MAX, SrtpReceiver, SrtpSender, Suite};
use rtp::{Header, Packet, is_rtcp};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;
use vault_link::{Agreed, Codec, Secured};
use zeroize::Zeroize;

/// Room for one packet of ours.
const PACKET_BYTES: usize = 12 + FRAME_SAMPLES + OVERHEAD_BYTES_MAX;

/// A key or suite of the link that SRTP cannot use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadKey;

/// Makes the key of one direction.
///
/// # Errors
/// An unknown suite or a key of another length.
pub fn master_key(secured: &Secured) -> Result<MasterKey, BadKey> {
    let suite = match secured.suite {
        1 => Suite::AesCm128HmacSha1_80,
        2 => Suite::AesCm128HmacSha1_32,
        4 => Suite::AeadAes128Gcm,
        5 => Suite::AeadAes256Gcm,
        _ => return Err(BadKey),
    };
    secured.key.reveal(|bytes| MasterKey::new(suite, bytes).map_err(|_| BadKey))
}

/// The stream with one caller.
pub struct Caller {
    law: Law,
    payload_type: u8,
    remote: SocketAddr,
    latched: bool,
    sealing: Option<SrtpSender>,
    opening: Option<SrtpReceiver>,
    keys: KeyIntake,
    heard: Moment,
    next_frame: Moment,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    talking: bool,
    sounds: VecDeque<Sound>,
    position: usize,
    forged: u16,
    strangers: u16,
}

impl Caller {
    /// The audio comes here from now on. `random`: for SSRC, sequence and timestamp (RFC 3550 5.1).
    ///
    /// # Errors
    /// The far end's key does not fit its suite.
    pub fn new(
        now: Moment,
        agreed: &Agreed,
        sealing: Option<SrtpSender>,
        random: u64,
    ) -> Result<Self, BadKey> {
        let law = if agreed.codec == Codec::Alaw { Law::A } else { Law::Mu };
        let opening = agreed.far_key.as_ref().map(master_key).transpose()?;
        let keys = match agreed.events_payload {
            Some(payload_type) => KeyIntake::by_events(payload_type),
            None if agreed.in_band => KeyIntake::by_sound(agreed.audio_payload, law),
            None => KeyIntake::none(),
        };
        Ok(Self {
            law,
            payload_type: agreed.audio_payload,
            remote: agreed.remote,
            latched: false,
            sealing,
            opening: opening.as_ref().map(SrtpReceiver::new),
            keys,
            heard: now,
            next_frame: now,
            sequence: random as u16 & 0x7FFF,
            timestamp: (random >> 16) as u32,
            ssrc: (random >> 32) as u32,
            talking: false,
            sounds: VecDeque::new(),
            position: 0,
            forged: 0,
            strangers: 0,
        })
    }

    /// The law both ways.
    pub fn law(&self) -> Law {
        self.law
    }

    /// Takes one datagram; wipes it, for it may hold a key.
    pub fn handle_datagram(
        &mut self,
        now: Moment,
        from: SocketAddr,
        datagram: &mut [u8],
        relay: Option<&mut Relay>,
    ) {
        self.read(now, from, datagram, relay);
        datagram.zeroize();
    }

    fn read(
        &mut self,
        now: Moment,
        from: SocketAddr,
        datagram: &mut [u8],
        relay: Option<&mut Relay>,
    ) {
        if datagram.len() < 12 || is_rtcp(datagram) {
            return;
        }
        let length = match &mut self.opening {
            Some(opening) => match opening.unprotect(datagram) {
                Ok(length) => length,
                Err(_) => {
                    self.forged = self.forged.saturating_add(1);
                    return;
                }
            },
            None if self.latched && from != self.remote => {
                self.strangers = self.strangers.saturating_add(1);
                return;
            }
            None => datagram.len(),
        };
        let Ok(packet) = Packet::read(&datagram[..length]) else { return };
        (self.remote, self.latched, self.heard) = (from, true, now);
        self.keys.handle_packet(now, &packet);
        match relay {
            Some(relay) if packet.payload_type == self.payload_type => {
                relay.hear_caller(now, self.law, &packet);
            }
            // its sound may be in the packets beside it
            Some(relay) if self.keys.is_key(&packet) => relay.mask(now),
            Some(_) | None => {}
        }
    }

    /// The caller's keys.
    pub fn keys(&mut self) -> &mut KeyIntake {
        &mut self.keys
    }

    /// Packets that failed their check and packets of strangers, since this was asked last.
    pub fn take_suspicious(&mut self) -> (u16, u16) {
        (std::mem::take(&mut self.forged), std::mem::take(&mut self.strangers))
    }

    /// True when nothing was heard for so long.
    pub fn is_silent_for(&self, now: Moment, length: Duration) -> bool {
        now - self.heard >= length
    }

    /// Says this after what is being said.
    pub fn say(&mut self, sounds: Vec<Sound>) {
        self.sounds.extend(sounds);
    }

    /// Stops what is being said.
    pub fn hush(&mut self) {
        self.sounds.clear();
        self.position = 0;
    }

    /// True while something is to be said.
    pub fn is_speaking(&self) -> bool {
        !self.sounds.is_empty()
    }

    /// When the next packet is due.
    pub fn next_frame(&self) -> Moment {
        self.next_frame
    }

    /// The packet that is due, and where it goes. Silence is sent too: it keeps the way open (RFC 6263).
    /// A negotiator is heard wherever the vault says nothing.
    pub fn frame(
        &mut self,
        now: Moment,
        relay: Option<&mut Relay>,
    ) -> Option<([u8; PACKET_BYTES], usize, SocketAddr)> {
        if now < self.next_frame {
            return None;
        }
        // a grid that was missed by far is not caught up with a burst
        let grid = self.next_frame + Duration::from_micros(FRAME_US);
        self.next_frame = if now > grid + Duration::from_millis(100) { now } else { grid };
        let prompted = self.is_speaking();
        let mut payload = self.fill();
        let mut beside = [self.law.silence(); FRAME_SAMPLES];
        let talked = relay.is_some_and(|relay| relay.for_caller(self.law, &mut beside));
        if talked && !prompted {
            payload = beside;
        }
        let speaks = self.is_speaking() || talked;
        let header = Header {
            payload_type: self.payload_type,
            marker: speaks && !self.talking,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        self.talking = speaks;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME_SAMPLES as u32);
        let mut packet = [0; PACKET_BYTES];
        let length = header.write(&payload, &mut packet);
        let length = match &mut self.sealing {
            Some(sealing) => sealing.protect(&mut packet, length).ok()?,
            None => length,
        };
        Some((packet, length, self.remote))
    }

    fn fill(&mut self) -> [u8; FRAME_SAMPLES] {
        let mut payload = [self.law.silence(); FRAME_SAMPLES];
        let mut at = 0;
        while at < FRAME_SAMPLES {
            let Some(sound) = self.sounds.front() else { break };
            let rest = sound.get(self.position..).unwrap_or(&[]);
            let take = rest.len().min(FRAME_SAMPLES - at);
            payload[at..at + take].copy_from_slice(&rest[..take]);
            (at, self.position) = (at + take, self.position + take);
            if take == rest.len() {
                self.sounds.pop_front();
                self.position = 0;
            }
        }
        payload
    }
}
