//! The sealed file as it is written.
//!
//! ```text
//!   "PARLEYR1" | key id 8 | call 8 | answer µs 8 | nonce 12 | file key, wrapped 32+16     header, 92 bytes
//!   length 4 | chunk, encrypted | tag 16                                                  again and again
//!   length 4, top bit set | manifest, encrypted | tag 16                                  once, last
//! ```
//! AES-256-GCM (NIST SP 800-38D) with a random key for each file, wrapped by the master key with the rest
//! of the header as associated data. A chunk's nonce is its kind and its number, so none is ever used twice
//! and none can stand in another's place; the header's hash is associated data of every chunk, so none can
//! move to another file; without the manifest at its end a file counts as cut off.
//!
//! Owns: bytes in their order and the hash over them. Never: what they say; a file's name.

use crate::keys::MasterKey;
use crate::limits::CHUNK_BYTES;
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce, inout::InOutBuf};
use ids::CallId;
use sha2::{Digest as _, Sha256};
use std::io;
use zeroize::Zeroizing;

pub(crate) const MAGIC: [u8; 8] = *b"PARLEYR1";
pub(crate) const TAG_BYTES: usize = 16;
/// Up to the wrapped key: what it is bound to.
pub(crate) const BOUND_BYTES: usize = 8 + 8 + 8 + 8;
pub(crate) const HEADER_BYTES: usize = BOUND_BYTES + 12 + 32 + TAG_BYTES;
/// In a chunk's length: this is the manifest.
pub(crate) const LAST: u32 = 1 << 31;

/// Where a recording is written to.
pub trait Medium {
    /// Adds bytes at the end, all of them.
    ///
    /// # Errors
    /// A full disk, and the like; a part may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to this length.
    ///
    /// # Errors
    /// As the system says.
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// All of it is on disk when this returns.
    ///
    /// # Errors
    /// As the system says.
    fn sync(&mut self) -> io::Result<()>;
}

impl Medium for std::fs::File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(self, bytes)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        io::Seek::seek(self, io::SeekFrom::Start(length)).map(drop)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Whose recording it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// The call.
    pub call: CallId,
    /// Its answer: Unix time in µs.
    pub began_us: i64,
}

/// Bytes from the operating system's randomness, for one file.
pub struct Fresh {
    /// The file's key.
    pub key: Zeroizing<[u8; 32]>,
    /// The nonce that it is wrapped with.
    pub nonce: [u8; 12],
}

impl Fresh {
    /// Out of 44 random bytes.
    pub fn new(random: [u8; 44]) -> Self {
        let key = Zeroizing::new(std::array::from_fn(|n| random[n]));
        Self { key, nonce: std::array::from_fn(|n| random[32 + n]) }
    }
}

/// How far the file is.
#[derive(Clone)]
struct Mark {
    length: u64,
    chunk: u64,
    hash: Sha256,
}

/// Writes one sealed file.
pub(crate) struct Sealer<M> {
    medium: M,
    cipher: Box<Aes256Gcm>,
    bound: [u8; 32],
    at: Mark,
    /// Before the last chunk.
    before: Option<Mark>,
}

impl<M: Medium> Sealer<M> {
    pub(crate) fn begin(
        mut medium: M,
        master: &MasterKey,
        facts: Facts,
        fresh: &Fresh,
    ) -> io::Result<Self> {
        let header = header(master, facts, fresh)?;
        medium.append(&header)?;
        let hash = Sha256::new().chain_update(header);
        let at = Mark { length: HEADER_BYTES as u64, chunk: 0, hash };
        let cipher = Box::new(Aes256Gcm::new(&(*fresh.key).into()));
        Ok(Self { medium, cipher, bound: Sha256::digest(header).into(), at, before: None })
    }

    /// Writes a chunk of sound.
    pub(crate) fn sound(&mut self, plain: &[u8]) -> io::Result<()> {
        self.chunk(plain, false)
    }

    /// Gives up the last chunk, and what was written of the one that failed; true if there was one.
    pub(crate) fn give_up_last(&mut self) -> io::Result<bool> {
        let before = self.before.take();
        let gave_up = before.is_some();
        self.at = before.unwrap_or_else(|| self.at.clone());
        self.medium.cut(self.at.length).map(|()| gave_up)
    }

    /// Writes the manifest; the file's hash.
    pub(crate) fn finish(mut self, manifest: &[u8]) -> io::Result<[u8; 32]> {
        self.chunk(manifest, true)?;
        self.medium.sync()?;
        Ok(self.at.hash.finalize().into())
    }

    fn chunk(&mut self, plain: &[u8], last: bool) -> io::Result<()> {
        debug_assert!(plain.len() <= CHUNK_BYTES);
        let mark = if last { LAST } else { 0 };
        let length = (plain.len() + TAG_BYTES) as u32 | mark;
        let mut bytes = Vec::with_capacity(4 + plain.len() + TAG_BYTES);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(plain);
        let nonce = nonce(self.at.chunk, last);
        let tag = seal(&self.cipher, &nonce, &self.bound, &mut bytes[4..])?;
        bytes.extend_from_slice(&tag);
        self.medium.append(&bytes)?;
        let next = Mark {
            length: self.at.length + bytes.len() as u64,
            chunk: self.at.chunk + 1,
            hash: self.at.hash.clone().chain_update(&bytes),
        };
        self.before = Some(std::mem::replace(&mut self.at, next));
        Ok(())
    }
}

fn header(master: &MasterKey, facts: Facts, fresh: &Fresh) -> io::Result<[u8; HEADER_BYTES]> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&master.id().0);
    header.extend_from_slice(&facts.call.0.to_be_bytes());
    header.extend_from_slice(&facts.began_us.to_be_bytes());
    let mut wrapped = Zeroizing::new(*fresh.key);
    let cipher = Aes256Gcm::new(&(*master.0).into());
    let tag = seal(&cipher, &fresh.nonce, &header, &mut wrapped[..])?;
    header.extend_from_slice(&fresh.nonce);
    header.extend_from_slice(&wrapped[..]);
    header.extend_from_slice(&tag);
    header.try_into().map_err(|_| io::Error::other("a header of the wrong length"))
}

pub(crate) fn nonce(chunk: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3] = u8::from(last);
    nonce[4..].copy_from_slice(&chunk.to_be_bytes());
    nonce
}

fn seal(
    cipher: &Aes256Gcm,
    nonce: &[u8; 12],
    bound: &[u8],
    data: &mut [u8],
) -> io::Result<[u8; TAG_BYTES]> {
    let failed = |_| io::Error::other("a chunk could not be encrypted");
    let nonce = Nonce::<Aes256Gcm>::from(*nonce);
    let tag = cipher.encrypt_inout_detached(&nonce, bound, InOutBuf::from(data)).map_err(failed)?;
    Ok(tag.into())
}
