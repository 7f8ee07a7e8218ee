//! Legs of browsers: who may send to us (ICE, RFC 8445) and with which keys (DTLS-SRTP, RFC 5763, RFC 5764).
//!
//! ```text
//!                 first byte (RFC 7983)
//!  datagram ─► Gate ┬─ 0–3     STUN: answered in the same turn         media thread
//!                   ├─ 20–63   DTLS ─► Desk ─► flights, then keys       a thread of its own
//!                   └─ 128–191 RTP, RTCP ─► the leg, once it has keys   media thread
//! ```
//! The peer is proved by the fingerprint in its description (RFC 8122) alone: certificates are self-signed.
//! Answering STUN costs two HMACs; a handshake costs 0.2 ms of processor time, most of it for one datagram
//! (`examples/cost.rs`): so the one is done between packets, and the other never is.
//!
//! Owns: connectivity checks answered as an ICE-lite agent, DTLS handshakes, the proof of the peer.
//! Never: a socket, a clock, a packet of media; how keys protect one.

mod certificate;
mod crypto;
mod desk;
mod gate;
#[cfg(test)]
mod gate_tests;
mod handshake;
mod ice;
mod identity;
pub mod limits;
mod stun;

pub use desk::{Desk, Output};
pub use gate::{Gate, Verdict};
pub use handshake::{Failure, Handshake, Step};
pub use identity::{Identity, IdentityError};
