//! Ephemeral keys agreed on elliptic curves (RFC 8422), and randomness.

use dimpl::crypto::{ActiveKeyExchange, Buf, NamedGroup, SecureRandom, SupportedKxGroup};
use dimpl::{CryptoError, CryptoOperation};
use ring::agreement::{self, EphemeralPrivateKey, UnparsedPublicKey};
use ring::rand::SystemRandom;
use std::fmt;

/// Curves, the one to prefer first.
pub(super) const GROUPS: &[&dyn SupportedKxGroup] =
    &[&Group(NamedGroup::X25519), &Group(NamedGroup::Secp256r1), &Group(NamedGroup::Secp384r1)];

/// The operating system's randomness.
#[derive(Debug)]
pub(super) struct Dice;

impl SecureRandom for Dice {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), CryptoError> {
        ring::rand::SecureRandom::fill(&SystemRandom::new(), buffer)
            .map_err(|_| CryptoError::OperationFailed(CryptoOperation::FillRandom))
    }
}

#[derive(Debug)]
struct Group(NamedGroup);

impl Group {
    fn algorithm(&self) -> Result<&'static agreement::Algorithm, CryptoError> {
        match self.0 {
            NamedGroup::X25519 => Ok(&agreement::X25519),
            NamedGroup::Secp256r1 => Ok(&agreement::ECDH_P256),
            NamedGroup::Secp384r1 => Ok(&agreement::ECDH_P384),
            other => Err(CryptoError::UnsupportedKeyExchangeGroup(other)),
        }
    }
}

impl SupportedKxGroup for Group {
    fn name(&self) -> NamedGroup {
        self.0
    }

    fn start_exchange(&self, mut buffer: Buf) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let algorithm = self.algorithm()?;
        let private = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new())
            .map_err(|_| CryptoError::OperationFailed(CryptoOperation::GenerateEphemeralKey))?;
        let public = private
            .compute_public_key()
            .map_err(|_| CryptoError::OperationFailed(CryptoOperation::ComputePublicKey))?;
        buffer.clear();
        buffer.extend_from_slice(public.as_ref());
        Ok(Box::new(Exchange { group: self.0, algorithm, private, public: buffer }))
    }
}

struct Exchange {
    group: NamedGroup,
    algorithm: &'static agreement::Algorithm,
    private: EphemeralPrivateKey,
    public: Buf,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} •", self.group)
    }
}

impl ActiveKeyExchange for Exchange {
    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn complete(self: Box<Self>, theirs: &[u8], out: &mut Buf) -> Result<(), CryptoError> {
        let theirs = UnparsedPublicKey::new(self.algorithm, theirs);
        agreement::agree_ephemeral(self.private, &theirs, |secret| {
            out.clear();
            out.extend_from_slice(secret);
        })
        .map_err(|_| CryptoError::InvalidPublicKey(self.group))
    }

    fn group(&self) -> NamedGroup {
        self.group
    }
}
