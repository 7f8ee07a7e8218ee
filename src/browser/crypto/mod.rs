//! The ciphers of DTLS: `ring`, which the program's TLS has already, behind the traits of `dimpl`.
//!
//! One suite, which every browser must speak (RFC 8827 section 6.5):
//! TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256. `dimpl` asks for one of DTLS 1.3 as well, although 1.2 is spoken.
//!
//! Owns: the list of what is offered. Never: a cipher of its own.

mod digest;
mod exchange;
mod record;
mod signature;

use dimpl::crypto::CryptoProvider;

pub(crate) use signature::is_key;

/// What `dimpl` is built with. It tests each part against known answers.
pub(crate) fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: exchange::GROUPS,
        signature_verification: &signature::Ecdsa,
        key_provider: &signature::Ecdsa,
        secure_random: &exchange::Dice,
        hash_provider: &digest::Digests,
        hmac_provider: &digest::Digests,
        cipher_suites: &[&record::Aes128Gcm],
        dtls13_cipher_suites: &[&record::Aes128Gcm],
    }
}
