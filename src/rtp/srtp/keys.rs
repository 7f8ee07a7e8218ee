//! Master keys, and the session keys that follow from them (RFC 3711 section 4.3).

use super::{SrtpError, Suite};
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit, consts::U16};
use aes::{Aes128, Aes256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes of the longest master key and salt together.
const KEY_AND_SALT_MAX: usize = 32 + 14;
/// Bytes of an HMAC-SHA1 session key (RFC 3711 section 5.2).
const AUTH_KEY_BYTES: usize = 20;

/// A suite with its master key and salt. Wiped when dropped; there is no way to print it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey {
    #[zeroize(skip)]
    suite: Suite,
    bytes: [u8; KEY_AND_SALT_MAX],
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} key •", self.suite.name())
    }
}

impl MasterKey {
    /// Key and salt in this order, as `inline:` carries them (RFC 4568 section 6.1).
    ///
    /// # Errors
    /// [`SrtpError::KeyLength`] unless there are exactly as many bytes as the suite asks for.
    pub fn new(suite: Suite, key_and_salt: &[u8]) -> Result<Self, SrtpError> {
        let wanted = Self::bytes_of(suite);
        if key_and_salt.len() != wanted {
            return Err(SrtpError::KeyLength { wanted, got: key_and_salt.len() });
        }
        let mut bytes = [0; KEY_AND_SALT_MAX];
        bytes[..wanted].copy_from_slice(key_and_salt);
        Ok(Self { suite, bytes })
    }

    /// Bytes of key and salt together.
    pub fn bytes_of(suite: Suite) -> usize {
        suite.key_bytes() + suite.salt_bytes()
    }

    /// For which suite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Key and salt, for the offer or answer and for nothing else.
    pub fn reveal<T>(&self, to: impl FnOnce(&[u8]) -> T) -> T {
        to(&self.bytes[..Self::bytes_of(self.suite)])
    }

    /// The session keys for RTP.
    pub(super) fn rtp(&self) -> SessionKeys {
        self.derive([0, 1, 2])
    }

    /// The session keys for RTCP.
    pub(super) fn rtcp(&self) -> SessionKeys {
        self.derive([3, 4, 5])
    }

    /// `labels`: of encryption key, authentication key, salt (sections 4.3.1 and 4.3.2).
    fn derive(&self, [encryption, authentication, salt]: [u8; 3]) -> SessionKeys {
        let (key_bytes, salt_bytes) = (self.suite.key_bytes(), self.suite.salt_bytes());
        let mut keys = SessionKeys { key: [0; 32], auth: [0; AUTH_KEY_BYTES], salt: [0; 14] };
        self.fill(encryption, &mut keys.key[..key_bytes]);
        self.fill(authentication, &mut keys.auth);
        self.fill(salt, &mut keys.salt[..salt_bytes]);
        keys
    }

    /// The pseudo-random function: AES in counter mode from salt and label. A 12-byte salt is
    /// padded on the right (RFC 7714 section 11).
    fn fill(&self, label: u8, out: &mut [u8]) {
        let (key, rest) = self.bytes.split_at(self.suite.key_bytes());
        let mut block = [0; 16];
        let salt_bytes = self.suite.salt_bytes();
        block[..salt_bytes].copy_from_slice(&rest[..salt_bytes]);
        block[7] ^= label;
        for (count, chunk) in (0_u16..).zip(out.chunks_mut(16)) {
            block[14..].copy_from_slice(&count.to_be_bytes());
            let stream = encrypt_block(key, block);
            chunk.copy_from_slice(&stream[..chunk.len()]);
        }
    }
}

/// One block, by a key of 16 or 32 bytes.
fn encrypt_block(key: &[u8], block: [u8; 16]) -> [u8; 16] {
    let mut block: Array<u8, U16> = block.into();
    match key.len() {
        32 => {
            if let Ok(aes) = Aes256::new_from_slice(key) {
                aes.encrypt_block(&mut block);
            }
        }
        _ => {
            if let Ok(aes) = Aes128::new_from_slice(key) {
                aes.encrypt_block(&mut block);
            }
        }
    }
    block.into()
}

/// What one direction of RTP or RTCP is protected with.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct SessionKeys {
    pub(super) key: [u8; 32],
    pub(super) auth: [u8; AUTH_KEY_BYTES],
    pub(super) salt: [u8; 14],
}
