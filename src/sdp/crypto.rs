//! Keys for SRTP in offer and answer (RFC 4568), required or opportunistic (RFC 8643).
//!
//! ```text
//!  a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<key and salt, base64>|2^31
//!           |  suite                         |                     └ lifetime: kept anyway
//!           tag: the answer repeats it       └ what the sender of this line sends with
//! ```
//! The answerer takes the first line in the offerer's order that it can keep (section 6.1.1). A suite
//! that was left once in a session is not taken again: its packet counters would begin anew with the
//! same key.
//!
//! Owns: reading and printing `a=crypto`, the choice of a suite, our key for each of them.
//! Never: a cipher; printing a key anywhere but in the description.

use crate::limits::{CRYPTO_LINES_MAX, KEY_AND_SALT_BYTES_MAX, SUITES_MAX};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Whether audio is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Protection {
    /// Plain RTP only; RTP/SAVP is refused.
    Off,
    /// We offer plain RTP; a peer that asks for SRTP gets it.
    #[default]
    Allowed,
    /// We offer keys within plain RTP (RFC 8643); a peer that knows nothing of it talks in the clear.
    Opportunistic,
    /// RTP/SAVP or no call.
    Required,
}

/// A crypto suite that our side can keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SuiteCap {
    /// As in `a=crypto`, such as `AES_CM_128_HMAC_SHA1_80`.
    pub name: &'static str,
    /// Bytes of its master key and salt together: 30 for that one.
    pub key_and_salt_bytes: usize,
}

/// A master key followed by its salt. Wiped when dropped, without words.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct KeyAndSalt {
    bytes: [u8; KEY_AND_SALT_BYTES_MAX],
    length: usize,
}

impl fmt::Debug for KeyAndSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•")
    }
}

impl KeyAndSalt {
    fn new(bytes: &[u8]) -> Option<Self> {
        let mut kept = [0; KEY_AND_SALT_BYTES_MAX];
        kept.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { bytes: kept, length: bytes.len() })
    }

    /// Shows the bytes to whoever sets up the cipher.
    pub fn reveal<T>(&self, to: impl FnOnce(&[u8]) -> T) -> T {
        to(&self.bytes[..self.length])
    }
}

/// What the two sides agreed about SRTP.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Srtp {
    /// As in [`SuiteCap`].
    pub suite: &'static str,
    /// What we protect with.
    pub send: KeyAndSalt,
    /// What the peer protects with.
    pub receive: KeyAndSalt,
}

/// Random bytes that our keys are cut from: a different piece for each suite. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyMaterial([u8; KEY_AND_SALT_BYTES_MAX * SUITES_MAX]);

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•")
    }
}

impl KeyMaterial {
    /// Bytes that are asked of the random generator for one session.
    pub const BYTES: usize = KEY_AND_SALT_BYTES_MAX * SUITES_MAX;

    /// From fresh random bytes, never used for another session.
    pub const fn new(random: [u8; Self::BYTES]) -> Self {
        Self(random)
    }

    fn key(&self, suite_at: usize, bytes: usize) -> Option<KeyAndSalt> {
        let piece = self.0.chunks(KEY_AND_SALT_BYTES_MAX).nth(suite_at)?;
        KeyAndSalt::new(piece.get(..bytes)?)
    }
}

/// One `a=crypto` line that we could keep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CryptoLine {
    pub tag: u32,
    pub suite: String,
    pub key: KeyAndSalt,
}

impl CryptoLine {
    /// `None` for a line that cannot be kept: several keys, a key identifier, session parameters other
    /// than a replay window hint (section 6.3), a key that is no base64.
    pub fn read(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok().filter(|tag| *tag <= 999_999_999)?;
        let suite = words.next()?.to_owned();
        let key = key_of(words.next()?)?;
        words.all(may_be_ignored).then_some(Self { tag, suite, key })
    }

    pub fn value(&self) -> String {
        let inline = self.key.reveal(|bytes| STANDARD.encode(bytes));
        format!("{} {} inline:{inline}", self.tag, self.suite)
    }
}

/// `inline:<base64>[|lifetime]`; with a `|MKI:length` part packets would carry an identifier that we
/// do not send.
fn key_of(word: &str) -> Option<KeyAndSalt> {
    let (method, info) = word.split_once(':')?;
    let mut parts = info.split('|');
    let text = parts.next()?;
    let bare = text.trim_end_matches('=');
    if !method.eq_ignore_ascii_case("inline")
        || word.contains(';')
        || parts.any(|p| p.contains(':'))
    {
        return None;
    }
    let mut bytes = STANDARD_NO_PAD.decode(bare).ok()?;
    let key = KeyAndSalt::new(&bytes);
    bytes.zeroize();
    key
}

/// Parameters that change nothing for us; all others must not be ignored (section 6.3.7).
fn may_be_ignored(parameter: &str) -> bool {
    let is = |name: &str| parameter.get(..name.len()).is_some_and(|p| p.eq_ignore_ascii_case(name));
    is("WSH=") || parameter.eq_ignore_ascii_case("KDR=0") || parameter.starts_with('-')
}

/// Our side's account of one session's suites.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    material: KeyMaterial,
    /// Suites agreed once and left: never again.
    left: [bool; SUITES_MAX],
    current: Option<usize>,
}

impl Keyring {
    pub const fn new(material: KeyMaterial) -> Self {
        Self { material, left: [false; SUITES_MAX], current: None }
    }

    /// The same account with other material.
    pub fn with(&self, material: KeyMaterial) -> Self {
        Self { material, left: self.left, current: self.current }
    }

    /// The suite in use, and our key for it.
    pub fn in_use(&self, suites: &[SuiteCap]) -> Option<(&'static str, KeyAndSalt)> {
        let (suite, key) = self.usable(suites, self.current?)?;
        Some((suite.name, key))
    }

    fn usable(&self, suites: &[SuiteCap], at: usize) -> Option<(SuiteCap, KeyAndSalt)> {
        let suite = *suites.get(at).filter(|_| at < SUITES_MAX && !self.left[at])?;
        Some((suite, self.material.key(at, suite.key_and_salt_bytes)?))
    }

    fn position(suites: &[SuiteCap], line: &CryptoLine) -> Option<usize> {
        let fits = |s: &SuiteCap| {
            s.name.eq_ignore_ascii_case(&line.suite) && s.key_and_salt_bytes == line.key.length
        };
        suites.iter().position(fits)
    }

    /// The suite in use if the peer still offers it, else its first that we can keep.
    pub fn choose(&self, suites: &[SuiteCap], theirs: &[CryptoLine]) -> Option<(u32, Srtp)> {
        let known = theirs.iter().take(CRYPTO_LINES_MAX);
        let mut known = known.filter_map(|line| Some((Self::position(suites, line)?, line)));
        let in_use = known.clone().find(|(at, _)| Some(*at) == self.current);
        let usable = |(at, line): (usize, &CryptoLine)| {
            let (suite, send) = self.usable(suites, at)?;
            Some((line.tag, Srtp { suite: suite.name, send, receive: line.key.clone() }))
        };
        in_use.and_then(usable).or_else(|| known.find_map(usable))
    }

    /// What we offer: the suite in use, or all that were never left.
    pub fn offers(&self, suites: &[SuiteCap]) -> Vec<CryptoLine> {
        let all = (0..suites.len()).filter(|at| self.current.is_none_or(|used| used == *at));
        let usable = all.filter_map(|at| self.usable(suites, at));
        let line = |(tag, (suite, key)): (u32, (SuiteCap, KeyAndSalt))| CryptoLine {
            tag,
            suite: suite.name.to_owned(),
            key,
        };
        (1..).zip(usable).map(line).collect()
    }

    /// The peer's answer must repeat one tag and its suite (section 6.1.2).
    pub fn accept(
        &self,
        suites: &[SuiteCap],
        ours: &[CryptoLine],
        theirs: &[CryptoLine],
    ) -> Option<Srtp> {
        let [answer] = theirs else { return None };
        let offered = ours.iter().find(|line| line.tag == answer.tag)?;
        let suite = suites.get(Self::position(suites, answer)?)?;
        let same = offered.suite == suite.name;
        let (send, receive) = (offered.key.clone(), answer.key.clone());
        same.then_some(Srtp { suite: suite.name, send, receive })
    }

    /// From now on this is agreed.
    pub fn agreed(&mut self, suites: &[SuiteCap], srtp: Option<&Srtp>) {
        let at = srtp.and_then(|srtp| suites.iter().position(|s| s.name == srtp.suite));
        if let Some(before) = self.current.filter(|before| Some(*before) != at) {
            self.left[before] = true;
        }
        self.current = at;
    }
}
