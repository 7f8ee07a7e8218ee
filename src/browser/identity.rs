//! Who we are to browsers: one self-signed certificate, named by its fingerprint in every description.
//!
//! Owns: the certificate, its key, its fingerprint.
//! Never: making one; printing the key.

use crate::crypto;
use dimpl::DtlsCertificate;
use ring::digest;
use std::fmt::{self, Write as _};

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Not a key that handshakes are signed with.
    #[error("the key is no ECDSA key on P-256 in PKCS#8; make a new one")]
    Key,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Identity {
    pair: DtlsCertificate,
    fingerprint: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.fingerprint)
    }
}

impl Identity {
    /// From a certificate in DER and its key in PKCS#8.
    ///
    /// # Errors
    /// [`IdentityError::Key`]; whether the two belong together is seen by the first peer.
    pub fn new(certificate: Vec<u8>, key: Vec<u8>) -> Result<Self, IdentityError> {
        if !crypto::is_key(&key) {
            return Err(IdentityError::Key);
        }
        let fingerprint = fingerprint(&digest::SHA256, &certificate);
        let pair = DtlsCertificate { certificate, private_key: key };
        Ok(Self { pair, fingerprint })
    }

    /// As `a=fingerprint:sha-256 ` has it (RFC 8122 section 5): `AB:CD:…`.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn pair(&self) -> DtlsCertificate {
        self.pair.clone()
    }
}

/// A digest in upper-case hexadecimal, bytes parted by colons.
pub(crate) fn fingerprint(algorithm: &'static digest::Algorithm, certificate: &[u8]) -> String {
    let digest = digest::digest(algorithm, certificate);
    let mut text = String::with_capacity(3 * digest.as_ref().len());
    for (at, byte) in digest.as_ref().iter().enumerate() {
        // writing to a String cannot fail
        let _ = write!(text, "{}{byte:02X}", if at == 0 { "" } else { ":" });
    }
    text
}
