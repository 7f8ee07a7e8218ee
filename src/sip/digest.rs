//! Digest access authentication in SIP (RFC 3261 section 22, RFC 7616, RFC 8760).
//!
//! ```text
//!   request ------------------------------>
//!           <------ 401 WWW-Authenticate: Digest realm, nonce, qop="auth", algorithm
//!   request, Authorization: Digest ..., nc, cnonce, response ----->
//!
//!   HA1 = H(user:realm:password)      -sess: H(HA1:nonce:cnonce)
//!   response = H(HA1 : nonce : nc : cnonce : qop : H(method:uri))
//! ```
//!
//! Owns: the arithmetic, challenges and answers as text, our log-in ([`Login`]), the door that
//! others log in at ([`Door`]). Never: a password or a response in `Debug`.

mod door;
mod login;
mod scheme;
#[cfg(test)]
mod tests;

pub use door::{Door, Secrets, Verdict};
pub use login::{Credentials, Login, LoginError};
pub use scheme::{Answer, Challenge};

use md5::Md5;
use sha2::{Sha256, Sha512_256};
use zeroize::Zeroizing;

/// A hash that digests are made with, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Hash {
    /// RFC 2617; what most phones still speak.
    Md5,
    /// RFC 8760 section 2.
    Sha256,
    /// RFC 8760 section 2: SHA-512 cut to 256 bits.
    Sha512,
}

/// What a challenge asks for: a hash, and whether the key is bound to the session (`-sess`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Algorithm {
    /// The hash.
    pub hash: Hash,
    /// `-sess`: HA1 is hashed again with nonce and cnonce.
    pub session: bool,
}

impl Algorithm {
    /// The plain one of a hash.
    pub const fn plain(hash: Hash) -> Algorithm {
        Algorithm { hash, session: false }
    }

    /// From its token; `None` for one that we do not know.
    pub fn of(token: &str) -> Option<Algorithm> {
        let hash = |name: &str| match name {
            n if n.eq_ignore_ascii_case("MD5") => Some(Hash::Md5),
            n if n.eq_ignore_ascii_case("SHA-256") => Some(Hash::Sha256),
            n if n.eq_ignore_ascii_case("SHA-512-256") => Some(Hash::Sha512),
            _ => None,
        };
        let cut = token.len().checked_sub(5).filter(|&n| token.is_char_boundary(n));
        match cut.map(|n| token.split_at(n)) {
            Some((name, end)) if end.eq_ignore_ascii_case("-sess") => {
                hash(name).map(|hash| Algorithm { hash, session: true })
            }
            _ => hash(token).map(Algorithm::plain),
        }
    }

    /// Its token.
    pub const fn as_str(self) -> &'static str {
        match (self.hash, self.session) {
            (Hash::Md5, false) => "MD5",
            (Hash::Md5, true) => "MD5-sess",
            (Hash::Sha256, false) => "SHA-256",
            (Hash::Sha256, true) => "SHA-256-sess",
            (Hash::Sha512, false) => "SHA-512-256",
            (Hash::Sha512, true) => "SHA-512-256-sess",
        }
    }
}

impl Hash {
    /// The hash of parts joined by colons, in lower-case hexadecimal.
    pub(crate) fn of(self, parts: &[&str]) -> Zeroizing<String> {
        match self {
            Hash::Md5 => joined::<Md5>(parts),
            Hash::Sha256 => joined::<Sha256>(parts),
            Hash::Sha512 => joined::<Sha512_256>(parts),
        }
    }

    /// `H(user:realm:password)`: what a server keeps instead of the password (RFC 7616 section 3.4.2).
    pub fn ha1(self, user: &str, realm: &str, password: &str) -> Zeroizing<String> {
        self.of(&[user, realm, password])
    }
}

fn joined<D: sha2::Digest>(parts: &[&str]) -> Zeroizing<String> {
    let mut sum = D::new();
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            sum.update(b":");
        }
        sum.update(part.as_bytes());
    }
    Zeroizing::new(hex(&sum.finalize()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pair = |b: &u8| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]];
    bytes.iter().flat_map(pair).map(char::from).collect()
}

/// What goes into a response beside the secret.
pub(crate) struct Asked<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) nonce: &'a str,
    /// cnonce and nonce count, when `qop=auth` is used.
    pub(crate) counted: Option<(&'a str, u32)>,
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
}

impl Asked<'_> {
    /// The response for this HA1 (RFC 7616 section 3.4.1); without a count the one of RFC 2069.
    pub(crate) fn response(&self, ha1: &str) -> Zeroizing<String> {
        let hash = self.algorithm.hash;
        let cnonce = self.counted.map_or("", |(cnonce, _)| cnonce);
        let bound = self.algorithm.session.then(|| hash.of(&[ha1, self.nonce, cnonce]));
        let ha1 = bound.as_ref().map_or(ha1, |bound| bound.as_str());
        let ha2 = hash.of(&[self.method, self.uri]);
        match self.counted {
            Some((cnonce, count)) => {
                hash.of(&[ha1, self.nonce, &format!("{count:08x}"), cnonce, "auth", &ha2])
            }
            None => hash.of(&[ha1, self.nonce, &ha2]),
        }
    }
}

/// Equal or not, in a time that does not tell where they differ.
pub(crate) fn same_secret(a: &[u8], b: &[u8]) -> bool {
    let differ = a.iter().zip(b).fold(0, |sum, (x, y)| std::hint::black_box(sum | (x ^ y)));
    a.len() == b.len() && differ == 0
}
