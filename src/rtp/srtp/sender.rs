//! What we send: one SSRC, a roll-over counter for RTP, an index for RTCP.

use super::cipher::{Cipher, seal};
use super::{MasterKey, SrtpError, rtcp_ssrc, rtp_names, rtp_payload_at};

/// Set in the SRTCP index word: the packet is encrypted (RFC 3711 section 3.4).
pub(super) const ENCRYPTED: u32 = 1 << 31;
/// Bytes of the SRTCP tag in counter mode, whichever the suite (RFC 4568 section 6.2).
pub(super) const RTCP_TAG_BYTES: usize = 10;

/// Protects the packets of one stream.
pub struct SrtpSender {
    rtp: Cipher,
    rtcp: Cipher,
    roll_over: u32,
    last: Option<u16>,
    rtcp_index: u32,
}

impl SrtpSender {
    /// Nothing was sent with this key yet.
    pub fn new(key: &MasterKey) -> Self {
        let suite = key.suite();
        Self {
            rtp: Cipher::new(suite, &key.rtp(), suite.tag_bytes()),
            rtcp: Cipher::new(suite, &key.rtcp(), RTCP_TAG_BYTES),
            roll_over: 0,
            last: None,
            rtcp_index: 0,
        }
    }

    /// Protects the RTP packet at `packet[..length]`; what follows is room for the tag. Returns the
    /// new length. Sequence numbers must be handed in as they count up; a lower one after 65,535 is a
    /// roll-over (RFC 3711 section 3.3.1).
    ///
    /// # Errors
    /// [`SrtpError::Malformed`] without room for the tag, [`SrtpError::KeyUsedUp`].
    pub fn protect(&mut self, packet: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let total = length + self.rtp.tag_bytes();
        let packet = packet.get_mut(..total).ok_or(SrtpError::Malformed)?;
        let payload_at = rtp_payload_at(&packet[..length])?;
        let (sequence, ssrc) = rtp_names(packet)?;
        let index = self.index(sequence)?;
        let (plain, tag) = packet.split_at_mut(length);
        match &self.rtp {
            Cipher::Counter(counter, _) => {
                counter.apply(ssrc, index, &mut plain[payload_at..]);
                let full = counter.tag(plain, Some((index >> 16) as u32));
                tag.copy_from_slice(&full[..tag.len()]);
            }
            galois => {
                let (header, payload) = plain.split_at_mut(payload_at);
                tag.copy_from_slice(&seal(galois, ssrc, index, header, payload)?);
            }
        }
        Ok(total)
    }

    fn index(&mut self, sequence: u16) -> Result<u64, SrtpError> {
        let wrapped = self.last.is_some_and(|last| sequence < last && last - sequence > 0x8000);
        if wrapped {
            self.roll_over = self.roll_over.checked_add(1).ok_or(SrtpError::KeyUsedUp)?;
        }
        self.last = Some(sequence);
        Ok(u64::from(self.roll_over) << 16 | u64::from(sequence))
    }

    /// Protects the compound RTCP packet at `packet[..length]`; returns the new length.
    ///
    /// # Errors
    /// As [`SrtpSender::protect`].
    pub fn protect_rtcp(&mut self, packet: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let total = length + 4 + self.rtcp.tag_bytes();
        let packet = packet.get_mut(..total).ok_or(SrtpError::Malformed)?;
        let ssrc = rtcp_ssrc(&packet[..length])?;
        if self.rtcp_index >= ENCRYPTED {
            return Err(SrtpError::KeyUsedUp);
        }
        let index = self.rtcp_index;
        self.rtcp_index += 1;
        let word = (ENCRYPTED | index).to_be_bytes();
        match &self.rtcp {
            Cipher::Counter(counter, _) => {
                counter.apply(ssrc, index.into(), &mut packet[8..length]);
                packet[length..length + 4].copy_from_slice(&word);
                let (authenticated, tag) = packet.split_at_mut(length + 4);
                let full = counter.tag(authenticated, None);
                tag.copy_from_slice(&full[..tag.len()]);
            }
            galois => {
                let mut associated = [0; 12];
                associated[..8].copy_from_slice(&packet[..8]);
                associated[8..].copy_from_slice(&word);
                let tag = seal(galois, ssrc, index.into(), &associated, &mut packet[8..length])?;
                packet[length..length + 16].copy_from_slice(&tag);
                packet[length + 16..].copy_from_slice(&word);
            }
        }
        Ok(total)
    }

    /// Goes on at this roll-over counter, for tests of what lies 65,536 packets ahead.
    #[cfg(test)]
    pub(super) fn resume(&mut self, roll_over: u32, rtcp_index: u32) {
        (self.roll_over, self.rtcp_index) = (roll_over, rtcp_index);
    }
}
