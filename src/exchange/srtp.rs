//! Keys for protected audio (RFC 4568): made here, agreed by `sdp`, used by `media`.
//!
//! Owns: where our keys come from, and what an agreement means to a leg.
//! Never: a packet; a key in an event, a record or an alarm.

use crate::exchange::Exchange;
use hmac::{Hmac, KeyInit, Mac};
use media::command::{MasterKey, SrtpKeys, Suite};
use sdp::{KeyMaterial, Srtp};
use sha2::Sha256;

/// What the keys are derived for, so that no other use of the seed meets them.
const LABEL: &[u8] = b"SRTP key material";

impl Exchange {
    /// An offer/answer session for one INVITE, with keys that no other one has: HMAC-SHA256 of a counter
    /// under the process's random seed, which follows no pattern to whoever lacks the seed.
    pub(crate) fn media_session(
        &mut self,
        id: u64,
        local: sdp::LocalMedia,
        codecs: std::sync::Arc<sdp::Capabilities>,
    ) -> sdp::Session {
        self.keys_made += 1;
        let material = material(&self.config.sip.seed, self.keys_made);
        let dtls = self.local_dtls(self.keys_made);
        sdp::Session::new(id, local, codecs).with_keys(material).with_dtls(dtls)
    }
}

pub(crate) fn material(seed: &[u8; 32], count: u64) -> KeyMaterial {
    let mut bytes = [0; KeyMaterial::BYTES];
    for (block, chunk) in (0_u32..).zip(bytes.chunks_mut(32)) {
        let digest = derive(seed, LABEL, count, block);
        chunk.copy_from_slice(&digest[..chunk.len()]);
    }
    KeyMaterial::new(bytes)
}

/// 32 bytes for one use: no other label, count or block has the same.
pub(crate) fn derive(seed: &[u8; 32], label: &[u8], count: u64, block: u32) -> [u8; 32] {
    let mut padded = [0; 64];
    padded[..32].copy_from_slice(seed);
    let mut mac = Hmac::<Sha256>::new(&padded.into());
    mac.update(label);
    mac.update(&count.to_be_bytes());
    mac.update(&block.to_be_bytes());
    mac.finalize().into_bytes().into()
}

/// What was agreed, as the leg wants it. `None` for a suite or key that media does not know: such a leg
/// must say nothing, for it would talk in the clear. `sdp` takes only suites that our capabilities list.
pub(crate) fn keys(srtp: &Srtp) -> Option<Box<SrtpKeys>> {
    let suite = Suite::from_name(srtp.suite)?;
    let key = |bytes: &[u8]| MasterKey::new(suite, bytes).ok();
    let (send, receive) = (srtp.send.reveal(key)?, srtp.receive.reveal(key)?);
    Some(Box::new(SrtpKeys { send, receive }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_that_is_offered_is_one_that_media_speaks() {
        for cap in sdp::Capabilities::sdes() {
            let suite = Suite::from_name(cap.name).unwrap();
            assert_eq!(MasterKey::bytes_of(suite), cap.key_and_salt_bytes, "{}", cap.name);
        }
    }
}
