//! Recordings of calls as they are kept: sealed files, what is masked in them, the shelf they stand on.
//!
//! ```text
//!   frames, silences ──► Recording ──chunks──► Sealer ──► file (AES-256-GCM, a key of its own)
//!                            └─ manifest: every frame is sound or has a reason ─┘ as the last chunk
//!   file ──► unseal ──► frames and manifest, or where it was changed, cut or put in another order
//! ```
//!
//! Owns: the file format, the manifest and its sum, names and age of files.
//! Never: a decision what is recorded; a packet; a key in the clear on disk; a clock or a die (both are given).

mod keys;
pub mod limits;
mod manifest;
mod recording;
mod sealed;
mod shelf;
mod unsealed;

pub use keys::{KeyId, MasterKey, Ring};
pub use manifest::{Manifest, Span};
pub use recording::{Kept, Recording};
pub use sealed::{Facts, Fresh, Medium};
pub use shelf::{Entry, Shelf};
pub use unsealed::{UnsealError, Unsealed, unseal};
