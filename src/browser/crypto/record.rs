//! Records sealed with AES-128-GCM (RFC 5288; RFC 9147 section 4.2.3 for the masks of DTLS 1.3).

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use dimpl::crypto::{
    Aad, Buf, Cipher, Dtls12CipherSuite, Dtls13CipherSuite, HashAlgorithm, Nonce,
    SupportedDtls12CipherSuite, SupportedDtls13CipherSuite, TmpBuf,
};
use dimpl::{CryptoError, CryptoOperation};
use ring::aead::{self, LessSafeKey, UnboundKey};
use std::fmt;

const KEY_BYTES: usize = 16;
const TAG_BYTES: usize = 16;

/// The suite.
#[derive(Debug)]
pub(super) struct Aes128Gcm;

impl SupportedDtls12CipherSuite for Aes128Gcm {
    fn suite(&self) -> Dtls12CipherSuite {
        Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    /// Of the MAC, the cipher, and the part of the nonce that is not sent (RFC 5288 section 3).
    fn key_lengths(&self) -> (usize, usize, usize) {
        (0, KEY_BYTES, 4)
    }

    fn explicit_nonce_len(&self) -> usize {
        8
    }

    fn tag_len(&self) -> usize {
        TAG_BYTES
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        Sealer::boxed(key)
    }
}

impl SupportedDtls13CipherSuite for Aes128Gcm {
    fn suite(&self) -> Dtls13CipherSuite {
        Dtls13CipherSuite::AES_128_GCM_SHA256
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn key_len(&self) -> usize {
        KEY_BYTES
    }

    fn iv_len(&self) -> usize {
        12
    }

    fn tag_len(&self) -> usize {
        TAG_BYTES
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        Sealer::boxed(key)
    }

    fn encrypt_sn(&self, key: &[u8], sample: &[u8; 16]) -> [u8; 16] {
        let mut block = (*sample).into();
        if let Ok(aes) = Aes128::new_from_slice(key) {
            aes.encrypt_block(&mut block);
        }
        block.into()
    }
}

struct Sealer(LessSafeKey);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AES-128-GCM •")
    }
}

impl Sealer {
    fn boxed(key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        let key = UnboundKey::new(&aead::AES_128_GCM, key)
            .map_err(|_| CryptoError::OperationFailed(CryptoOperation::CreateCipher))?;
        Ok(Box::new(Sealer(LessSafeKey::new(key))))
    }
}

impl Cipher for Sealer {
    fn encrypt(&mut self, plain: &mut Buf, aad: Aad, nonce: Nonce) -> Result<(), CryptoError> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce.0);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, aead::Aad::from(&aad[..]), plain.as_mut())
            .map_err(|_| CryptoError::OperationFailed(CryptoOperation::Encrypt))?;
        plain.extend_from_slice(tag.as_ref());
        Ok(())
    }

    fn decrypt(&mut self, sealed: &mut TmpBuf, aad: Aad, nonce: Nonce) -> Result<(), CryptoError> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce.0);
        let plain = self
            .0
            .open_in_place(nonce, aead::Aad::from(&aad[..]), sealed.as_mut())
            .map_err(|_| CryptoError::OperationFailed(CryptoOperation::Decrypt))?;
        let length = plain.len();
        sealed.truncate(length);
        Ok(())
    }
}
