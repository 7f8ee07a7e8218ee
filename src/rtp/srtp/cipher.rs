//! The two ways to protect: counter mode with HMAC, and Galois mode. No allocation, no key schedule a packet.

use super::keys::SessionKeys;
use super::{SrtpError, Suite};
use aes::Aes128;
use aes::cipher::{InnerIvInit, KeyInit, StreamCipherCore};
use aes_gcm::aead::{AeadInOut, Nonce, Tag, inout::InOutBuf};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use ctr::{CtrCore, flavors::Ctr128BE};
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// One direction of RTP or RTCP, keyed.
pub(super) enum Cipher {
    /// Counter mode and HMAC-SHA1; the tag's bytes.
    Counter(Box<Counter>, usize),
    /// AES-128 in Galois mode, with its salt.
    Galois128(Box<Aes128Gcm>, [u8; 12]),
    /// AES-256 in Galois mode, with its salt.
    Galois256(Box<Aes256Gcm>, [u8; 12]),
}

pub(super) struct Counter {
    aes: Aes128,
    hmac: Hmac<Sha1>,
    salt: [u8; 14],
}

impl Cipher {
    /// `tag_bytes`: of the tag in counter mode.
    pub(super) fn new(suite: Suite, keys: &SessionKeys, tag_bytes: usize) -> Cipher {
        let mut salt = [0; 12];
        salt.copy_from_slice(&keys.salt[..12]);
        let mut half = [0; 16];
        half.copy_from_slice(&keys.key[..16]);
        match suite {
            Suite::AeadAes128Gcm => Cipher::Galois128(Box::new(Aes128Gcm::new(&half.into())), salt),
            Suite::AeadAes256Gcm => {
                Cipher::Galois256(Box::new(Aes256Gcm::new(&keys.key.into())), salt)
            }
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => {
                let mut padded = [0; 64];
                padded[..keys.auth.len()].copy_from_slice(&keys.auth);
                let counter = Counter {
                    aes: Aes128::new(&half.into()),
                    hmac: Hmac::new(&padded.into()),
                    salt: keys.salt,
                };
                Cipher::Counter(Box::new(counter), tag_bytes)
            }
        }
    }

    pub(super) fn tag_bytes(&self) -> usize {
        match self {
            Cipher::Counter(_, tag_bytes) => *tag_bytes,
            Cipher::Galois128(..) | Cipher::Galois256(..) => 16,
        }
    }

    /// Whether the tag covers the cleartext (Galois mode) instead of the ciphertext.
    pub(super) fn is_galois(&self) -> bool {
        !matches!(self, Cipher::Counter(..))
    }
}

impl Counter {
    /// RFC 3711 section 4.1.1: IV = salt · 2^16 ⊕ SSRC · 2^64 ⊕ index · 2^16.
    pub(super) fn apply(&self, ssrc: u32, index: u64, data: &mut [u8]) {
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(&self.salt);
        xor(&mut iv[4..8], &ssrc.to_be_bytes());
        xor(&mut iv[8..14], &index.to_be_bytes()[2..]);
        let core: CtrCore<&Aes128, Ctr128BE> = CtrCore::inner_iv_init(&self.aes, &iv.into());
        core.apply_keystream_partial(InOutBuf::from(data));
    }

    /// The tag over `authenticated` and, for RTP, the roll-over counter after it (section 4.2).
    pub(super) fn tag(&self, authenticated: &[u8], roll_over: Option<u32>) -> [u8; 20] {
        self.mac(authenticated, roll_over).finalize().into_bytes().into()
    }

    /// In constant time.
    pub(super) fn verify(
        &self,
        authenticated: &[u8],
        roll_over: Option<u32>,
        tag: &[u8],
    ) -> Result<(), SrtpError> {
        let mac = self.mac(authenticated, roll_over);
        mac.verify_truncated_left(tag).map_err(|_| SrtpError::Forged)
    }

    fn mac(&self, authenticated: &[u8], roll_over: Option<u32>) -> Hmac<Sha1> {
        let mut mac = self.hmac.clone();
        mac.update(authenticated);
        if let Some(roll_over) = roll_over {
            mac.update(&roll_over.to_be_bytes());
        }
        mac
    }
}

/// RFC 7714 sections 8.1 and 9.1: the salt ⊕ two zero bytes, SSRC, and a 48-bit index; for RTP that
/// index is roll-over counter and sequence number, for RTCP it is its 31-bit index.
fn galois_iv(salt: &[u8; 12], ssrc: u32, index: u64) -> [u8; 12] {
    let mut iv = *salt;
    xor(&mut iv[2..6], &ssrc.to_be_bytes());
    xor(&mut iv[6..12], &index.to_be_bytes()[2..]);
    iv
}

/// Encrypts `data` in place; returns the tag.
pub(super) fn seal(
    cipher: &Cipher,
    ssrc: u32,
    index: u64,
    associated: &[u8],
    data: &mut [u8],
) -> Result<[u8; 16], SrtpError> {
    let sealed = match cipher {
        Cipher::Galois128(gcm, salt) => {
            encrypt(gcm.as_ref(), &galois_iv(salt, ssrc, index), associated, data)
        }
        Cipher::Galois256(gcm, salt) => {
            encrypt(gcm.as_ref(), &galois_iv(salt, ssrc, index), associated, data)
        }
        Cipher::Counter(..) => None,
    };
    sealed.ok_or(SrtpError::Malformed)
}

fn encrypt<A: AeadInOut>(
    aead: &A,
    iv: &[u8; 12],
    associated: &[u8],
    data: &mut [u8],
) -> Option<[u8; 16]> {
    let nonce = Nonce::<A>::try_from(&iv[..]).ok()?;
    let tag = aead.encrypt_inout_detached(&nonce, associated, InOutBuf::from(data)).ok()?;
    tag.as_slice().try_into().ok()
}

/// Checks the tag and decrypts `data` in place; on a wrong tag `data` is left as it came.
pub(super) fn open(
    cipher: &Cipher,
    ssrc: u32,
    index: u64,
    associated: &[u8],
    data: &mut [u8],
    tag: &[u8],
) -> Result<(), SrtpError> {
    let opened = match cipher {
        Cipher::Galois128(gcm, salt) => {
            decrypt(gcm.as_ref(), &galois_iv(salt, ssrc, index), associated, data, tag)
        }
        Cipher::Galois256(gcm, salt) => {
            decrypt(gcm.as_ref(), &galois_iv(salt, ssrc, index), associated, data, tag)
        }
        Cipher::Counter(..) => None,
    };
    opened.ok_or(SrtpError::Forged)
}

fn decrypt<A: AeadInOut>(
    aead: &A,
    iv: &[u8; 12],
    associated: &[u8],
    data: &mut [u8],
    tag: &[u8],
) -> Option<()> {
    let nonce = Nonce::<A>::try_from(&iv[..]).ok()?;
    let tag = Tag::<A>::try_from(tag).ok()?;
    aead.decrypt_inout_detached(&nonce, associated, InOutBuf::from(data), &tag).ok()
}

fn xor(into: &mut [u8], with: &[u8]) {
    into.iter_mut().zip(with).for_each(|(a, b)| *a ^= b);
}
