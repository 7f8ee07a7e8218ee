//! What we receive: per SSRC a roll-over counter and a replay window, made only once a packet of it
//! has proved that its sender has the key.

use super::cipher::{Cipher, open};
use super::replay::Replay;
use super::sender::{ENCRYPTED, RTCP_TAG_BYTES};
use super::{MasterKey, SrtpError, rtcp_ssrc, rtp_names, rtp_payload_at};
use crate::limits::SRTP_SOURCES_MAX;

/// One SSRC that holds the key.
#[derive(Clone, Copy, Default)]
struct Source {
    ssrc: u32,
    /// Roll-over counter and sequence number of the newest packet; `None` before the first.
    newest: Option<u64>,
    replay: Replay,
    rtcp_replay: Replay,
}

/// Checks and opens the packets of one peer.
pub struct SrtpReceiver {
    rtp: Cipher,
    rtcp: Cipher,
    sources: [Option<Source>; SRTP_SOURCES_MAX],
    /// Where the next new SSRC goes: the oldest makes room.
    next: usize,
}

impl SrtpReceiver {
    /// Nothing was received with this key yet.
    pub fn new(key: &MasterKey) -> Self {
        let suite = key.suite();
        Self {
            rtp: Cipher::new(suite, &key.rtp(), suite.tag_bytes()),
            rtcp: Cipher::new(suite, &key.rtcp(), RTCP_TAG_BYTES),
            sources: [None; SRTP_SOURCES_MAX],
            next: 0,
        }
    }

    /// Checks and decrypts one RTP packet in place; returns the length of the plain packet.
    ///
    /// # Errors
    /// The packet is to be dropped; nothing was changed by it, neither here nor in its payload.
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let length = packet.len().checked_sub(self.rtp.tag_bytes()).ok_or(SrtpError::Malformed)?;
        let payload_at = rtp_payload_at(&packet[..length])?;
        let (sequence, ssrc) = rtp_names(packet)?;
        let mut source = self.source(ssrc);
        let index = guess(source.newest, sequence);
        if !source.replay.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        let (sealed, tag) = packet.split_at_mut(length);
        match &self.rtp {
            Cipher::Counter(counter, _) => {
                counter.verify(sealed, Some((index >> 16) as u32), tag)?;
                counter.apply(ssrc, index, &mut sealed[payload_at..]);
            }
            galois => {
                let (header, payload) = sealed.split_at_mut(payload_at);
                open(galois, ssrc, index, header, payload, tag)?;
            }
        }
        source.replay.enter(index);
        source.newest = source.newest.max(Some(index));
        self.keep(source);
        Ok(length)
    }

    /// Checks and decrypts one compound RTCP packet in place; returns the length of the plain packet.
    ///
    /// # Errors
    /// As [`SrtpReceiver::unprotect`]. An unencrypted SRTCP packet (E bit 0) is [`SrtpError::Forged`]:
    /// no suite here agrees to that.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let tag_bytes = self.rtcp.tag_bytes();
        let length = packet.len().checked_sub(tag_bytes + 4).ok_or(SrtpError::Malformed)?;
        let ssrc = rtcp_ssrc(&packet[..length])?;
        let word_at = if self.rtcp.is_galois() { length + tag_bytes } else { length };
        let mut word = [0; 4];
        word.copy_from_slice(&packet[word_at..word_at + 4]);
        let number = u32::from_be_bytes(word);
        if number & ENCRYPTED == 0 {
            return Err(SrtpError::Forged);
        }
        let index = u64::from(number & !ENCRYPTED);
        let mut source = self.source(ssrc);
        if !source.rtcp_replay.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        match &self.rtcp {
            Cipher::Counter(counter, _) => {
                let (authenticated, tag) = packet.split_at_mut(length + 4);
                counter.verify(authenticated, None, tag)?;
                counter.apply(ssrc, index, &mut authenticated[8..length]);
            }
            galois => {
                let mut associated = [0; 12];
                associated[..8].copy_from_slice(&packet[..8]);
                associated[8..].copy_from_slice(&word);
                let (sealed, rest) = packet.split_at_mut(length);
                open(galois, ssrc, index, &associated, &mut sealed[8..], &rest[..tag_bytes])?;
            }
        }
        source.rtcp_replay.enter(index);
        self.keep(source);
        Ok(length)
    }

    fn source(&self, ssrc: u32) -> Source {
        let known = self.sources.iter().flatten().find(|source| source.ssrc == ssrc);
        known.copied().unwrap_or(Source { ssrc, ..Source::default() })
    }

    fn keep(&mut self, source: Source) {
        let known = self.sources.iter_mut().flatten().find(|known| known.ssrc == source.ssrc);
        match known {
            Some(known) => *known = source,
            None => {
                self.sources[self.next] = Some(source);
                self.next = (self.next + 1) % SRTP_SOURCES_MAX;
            }
        }
    }
}

/// The index of a packet from its sequence number and the newest index: the one nearest to it
/// (RFC 3711 section 3.3.1).
fn guess(newest: Option<u64>, sequence: u16) -> u64 {
    let Some(newest) = newest else { return sequence.into() };
    let (roll_over, last) = (newest >> 16, newest as u16);
    let roll_over = match (last < 0x8000, sequence) {
        (true, _) if sequence.saturating_sub(last) > 0x8000 => roll_over.saturating_sub(1),
        (false, _) if last - 0x8000 > sequence => roll_over + 1,
        _ => roll_over,
    };
    (roll_over << 16 | u64::from(sequence)) & ((1 << 48) - 1)
}
