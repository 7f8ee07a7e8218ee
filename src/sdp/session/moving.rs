//! Our audio moves to another address within a session, and back (RFC 3264 section 8.3.1).
//!
//! ```text
//!   agreed ── offer_elsewhere ──▶ offered ── answer ──▶ agreed, there
//!                                    └── refused, nonsense ──▶ agreed, here as before
//! ```
//! Whoever has the audio there protects it with keys of its own: the same suite, other material.
//!
//! Owns: what holds again when a move is refused. Never: why it is moved.

use super::Session;
use crate::crypto::{KeyAndSalt, KeyMaterial, Keyring};
use crate::terms::{Capabilities, LocalMedia};
use std::sync::Arc;

/// Where our audio was.
#[derive(Clone, Debug)]
pub(super) struct Before {
    local: LocalMedia,
    caps: Arc<Capabilities>,
    keyring: Option<Box<Keyring>>,
}

impl Session {
    /// What our side will protect with under this material: the suite in use and its key; `None` in the clear.
    pub fn key_elsewhere(&self, material: &KeyMaterial) -> Option<(&'static str, KeyAndSalt)> {
        let keyring = self.keyring.as_ref()?.with(material.clone());
        keyring.in_use(&self.caps.suites)
    }

    /// An offer with our audio at another address, with these codecs and keys. Refused or answered with
    /// nonsense, everything is as it was.
    pub fn offer_elsewhere(
        &mut self,
        local: LocalMedia,
        caps: Arc<Capabilities>,
        material: KeyMaterial,
    ) -> Vec<u8> {
        let keyring = self.keyring.as_ref().map(|ring| Box::new(ring.with(material)));
        let before = Before {
            local: std::mem::replace(&mut self.local, local),
            caps: std::mem::replace(&mut self.caps, caps),
            keyring: std::mem::replace(&mut self.keyring, keyring),
        };
        // an offer that replaces one without an answer goes back to what was agreed last
        self.before.get_or_insert(Box::new(before));
        self.offer()
    }

    /// Whether an offer of ours has no answer yet.
    pub const fn is_offering(&self) -> bool {
        self.offered.is_some()
    }

    /// What our side can do here.
    pub fn capabilities(&self) -> Arc<Capabilities> {
        self.caps.clone()
    }

    /// The move came to nothing.
    pub(super) fn stay(&mut self) {
        if let Some(before) = self.before.take() {
            (self.local, self.caps, self.keyring) = (before.local, before.caps, before.keyring);
        }
    }
}
