//! Signatures of handshakes: ours on P-256 with SHA-256, the peer's on P-256 or P-384 (RFC 8422 section 5.10).

use crate::certificate::{Curve, public_key};
use dimpl::crypto::{
    Buf, HashAlgorithm, KeyProvider, NamedGroup, SignatureAlgorithm, SignatureVerifier, SigningKey,
    check_verify_scheme,
};
use dimpl::{CryptoError, CryptoOperation};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA384_ASN1,
    ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, EcdsaKeyPair, EcdsaVerificationAlgorithm,
    UnparsedPublicKey,
};
use std::fmt;

/// Whether a key in PKCS#8 is one that [`Ecdsa`] signs with.
pub(crate) fn is_key(pkcs8: &[u8]) -> bool {
    key_pair(pkcs8).is_ok()
}

fn key_pair(pkcs8: &[u8]) -> Result<EcdsaKeyPair, CryptoError> {
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &SystemRandom::new())
        .map_err(|_| CryptoError::InvalidPrivateKey)
}

/// The one algorithm.
#[derive(Debug)]
pub(super) struct Ecdsa;

impl KeyProvider for Ecdsa {
    fn load_private_key(&self, key: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        Ok(Box::new(Signer(key_pair(key)?)))
    }
}

impl SignatureVerifier for Ecdsa {
    fn verify_signature(
        &self,
        certificate: &[u8],
        data: &[u8],
        signature: &[u8],
        hash: HashAlgorithm,
        algorithm: SignatureAlgorithm,
    ) -> Result<(), CryptoError> {
        let (curve, point) = public_key(certificate).ok_or(CryptoError::CertificateParseFailed)?;
        let group = match curve {
            Curve::P256 => NamedGroup::Secp256r1,
            Curve::P384 => NamedGroup::Secp384r1,
        };
        check_verify_scheme(algorithm, hash, group)?;
        let scheme: &EcdsaVerificationAlgorithm = match (curve, hash) {
            (Curve::P256, HashAlgorithm::SHA256) => &ECDSA_P256_SHA256_ASN1,
            (Curve::P256, _) => &ECDSA_P256_SHA384_ASN1,
            (Curve::P384, HashAlgorithm::SHA256) => &ECDSA_P384_SHA256_ASN1,
            (Curve::P384, _) => &ECDSA_P384_SHA384_ASN1,
        };
        UnparsedPublicKey::new(scheme, point).verify(data, signature).map_err(|_| {
            CryptoError::SignatureVerificationFailed { signature: algorithm, hash, group }
        })
    }
}

struct Signer(EcdsaKeyPair);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P-256 •")
    }
}

impl SigningKey for Signer {
    fn sign(&mut self, data: &[u8], hash: HashAlgorithm, out: &mut Buf) -> Result<(), CryptoError> {
        if hash != HashAlgorithm::SHA256 {
            let key_hash = HashAlgorithm::SHA256;
            return Err(CryptoError::SigningKeyHashMismatch { key_hash, requested: hash });
        }
        let signature = self
            .0
            .sign(&SystemRandom::new(), data)
            .map_err(|_| CryptoError::OperationFailed(CryptoOperation::Sign))?;
        out.clear();
        out.extend_from_slice(signature.as_ref());
        Ok(())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn supported_hash_algorithms(&self) -> &[HashAlgorithm] {
        &[HashAlgorithm::SHA256]
    }
}
