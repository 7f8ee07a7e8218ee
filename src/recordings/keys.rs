//! The keys that wrap the keys of files: one that new recordings use, older ones for what is kept.
//!
//! Owns: their ids. Never: a key in a text; where it comes from.

use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// Names a key without telling anything of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// 32 random bytes that wrap the keys of files; wiped when dropped.
#[derive(Clone)]
pub struct MasterKey(pub(crate) Zeroizing<[u8; 32]>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

impl MasterKey {
    /// From bytes of the operating system's randomness.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its name: the front of a hash that gives nothing else away.
    pub fn id(&self) -> KeyId {
        let hash = Sha256::new().chain_update(b"parley recording key").chain_update(*self.0);
        let hash = hash.finalize();
        KeyId(std::array::from_fn(|n| hash[n]))
    }
}

/// The key that new recordings use, and older ones.
#[derive(Clone, Debug)]
pub struct Ring {
    newest: MasterKey,
    older: Vec<MasterKey>,
}

impl Ring {
    /// A ring; the order of the older ones does not matter.
    pub fn new(newest: MasterKey, older: Vec<MasterKey>) -> Self {
        Self { newest, older }
    }

    /// What new recordings use.
    pub fn newest(&self) -> &MasterKey {
        &self.newest
    }

    /// The key of this name.
    pub fn find(&self, id: KeyId) -> Option<&MasterKey> {
        std::iter::once(&self.newest).chain(&self.older).find(|key| key.id() == id)
    }
}
