//! The sealed file as it is read: nothing of it is believed before its tag was.

use crate::keys::{KeyId, Ring};
use crate::limits::{CHUNK_BYTES, FRAME_BYTES, FRAMES_MAX};
use crate::manifest::Manifest;
use crate::sealed::{BOUND_BYTES, Facts, HEADER_BYTES, LAST, MAGIC, TAG_BYTES, nonce};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce, Tag, inout::InOutBuf};
use ids::CallId;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};
use zeroize::Zeroizing;

/// Why a recording cannot be read, or only in part.
#[derive(Debug, thiserror::Error)]
pub enum UnsealError {
    /// The disk.
    #[error("the recording cannot be read from disk")]
    Io(#[from] io::Error),
    /// Something else.
    #[error("this file is no recording of Parley's")]
    Foreign,
    /// Another key sealed it.
    #[error(
        "it was sealed with key {0}, which is not at hand; name its file under recordings.old-key-files"
    )]
    NoKey(KeyId),
    /// The key fits, the bytes do not.
    #[error(
        "chunk {chunk} is not what was written: it was changed, moved or damaged; compare with a backup"
    )]
    Tampered {
        /// Counted from 0; the header comes before.
        chunk: u64,
    },
    /// Longer than a call can be.
    #[error("the recording is longer than a call can be")]
    TooLong,
}

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsealed {
    /// Whose it is.
    pub facts: Facts,
    /// Which key sealed it.
    pub key: KeyId,
    /// What is in it; `None`: the file was cut off (the program or the machine stopped, or somebody
    /// shortened it), and what came before is as it was written.
    pub manifest: Option<Manifest>,
}

/// Reads a whole file; each chunk of sound is handed over after its tag was found right.
///
/// # Errors
/// [`UnsealError`]; frames handed over before it are as they were written.
pub fn unseal(
    mut file: impl Read,
    ring: &Ring,
    mut sound: impl FnMut(&[[i16; 2]]),
) -> Result<Unsealed, UnsealError> {
    let header = read_header(&mut file)?;
    let (facts, key, cipher) = open_header(&header, ring)?;
    let bound: [u8; 32] = Sha256::digest(header).into();
    let mut unsealed = Unsealed { facts, key, manifest: None };
    let (mut chunk, mut frames, mut decoded) = (0, 0_u64, Vec::new());
    while let Some((last, mut bytes)) = read_chunk(&mut file, chunk)? {
        let tampered = || UnsealError::Tampered { chunk };
        let plain = open(&cipher, &nonce(chunk, last), &bound, &mut bytes).ok_or_else(tampered)?;
        if last {
            unsealed.manifest = Some(serde_json::from_slice(plain).map_err(|_| tampered())?);
            let more = file.read(&mut [0])?;
            return if more == 0 {
                Ok(unsealed)
            } else {
                Err(UnsealError::Tampered { chunk: chunk + 1 })
            };
        }
        frames += (plain.len() / FRAME_BYTES) as u64;
        if frames > FRAMES_MAX {
            return Err(UnsealError::TooLong);
        }
        decoded.clear();
        decoded.extend(plain.chunks_exact(FRAME_BYTES).map(frame));
        sound(&decoded);
        chunk += 1;
    }
    Ok(unsealed)
}

fn frame(bytes: &[u8]) -> [i16; 2] {
    [i16::from_le_bytes([bytes[0], bytes[1]]), i16::from_le_bytes([bytes[2], bytes[3]])]
}

fn read_header(file: &mut impl Read) -> Result<[u8; HEADER_BYTES], UnsealError> {
    let mut header = [0; HEADER_BYTES];
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(UnsealError::Foreign),
        Err(error) => Err(error.into()),
        Ok(()) if header[..8] != MAGIC => Err(UnsealError::Foreign),
        Ok(()) => Ok(header),
    }
}

fn open_header(
    header: &[u8; HEADER_BYTES],
    ring: &Ring,
) -> Result<(Facts, KeyId, Box<Aes256Gcm>), UnsealError> {
    let eight = |from: usize| -> [u8; 8] { std::array::from_fn(|n| header[from + n]) };
    let id = KeyId(eight(8));
    let call = CallId(u64::from_be_bytes(eight(16)));
    let facts = Facts { call, began_us: i64::from_be_bytes(eight(24)) };
    let master = ring.find(id).ok_or(UnsealError::NoKey(id))?;
    let (bound, rest) = header.split_at(BOUND_BYTES);
    let wrapping: [u8; 12] = std::array::from_fn(|n| rest[n]);
    let mut wrapped = Zeroizing::new(rest[12..].to_vec());
    let cipher = Aes256Gcm::new(&(*master.0).into());
    let plain = open(&cipher, &wrapping, bound, &mut wrapped);
    let key = plain.and_then(|plain| <[u8; 32]>::try_from(&*plain).ok()).map(Zeroizing::new);
    let key = key.ok_or(UnsealError::Tampered { chunk: 0 })?;
    Ok((facts, id, Box::new(Aes256Gcm::new(&(*key).into()))))
}

/// The next chunk and whether it is the last; `None` where the file ends, in a chunk or behind one.
fn read_chunk(file: &mut impl Read, chunk: u64) -> Result<Option<(bool, Vec<u8>)>, UnsealError> {
    let mut length = [0; 4];
    if !filled(file, &mut length)? {
        return Ok(None);
    }
    let length = u32::from_be_bytes(length);
    let (last, length) = (length & LAST != 0, (length & !LAST) as usize);
    if !(TAG_BYTES..=CHUNK_BYTES + TAG_BYTES).contains(&length) {
        return Err(UnsealError::Tampered { chunk });
    }
    let mut bytes = vec![0; length];
    Ok(filled(file, &mut bytes)?.then_some((last, bytes)))
}

/// False when the file ended before.
fn filled(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        other => other.map(|()| true),
    }
}

/// Opens in place; `None` when the tag does not fit.
fn open<'b>(
    cipher: &Aes256Gcm,
    nonce: &[u8; 12],
    bound: &[u8],
    bytes: &'b mut [u8],
) -> Option<&'b mut [u8]> {
    let (data, tag) = bytes.split_at_mut_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
    let nonce = Nonce::<Aes256Gcm>::from(*nonce);
    let tag = Tag::<Aes256Gcm>::try_from(&*tag).ok()?;
    cipher.decrypt_inout_detached(&nonce, bound, InOutBuf::from(&mut *data), &tag).ok()?;
    Some(data)
}
