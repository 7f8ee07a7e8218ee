//! What two phones agree about one call's audio: SDP text (RFC 8866) and offer/answer (RFC 3264).
//!
//! ```text
//!   peer's INVITE --offer--> Session::handle_offer  --answer--> our 200
//!   our INVITE  <--offer---  Session::offer         <-answer--- peer's 200 (Session::handle_answer)
//!                                  |
//!                                  +--> Negotiated: where to send, in which codec, which ways
//! ```
//!
//! Owns: reading and printing descriptions, choosing codec, keys' payload type, packet time, direction, SRTP keys,
//! and by what DTLS and ICE are known.
//! Never: a port, a socket, a codec. Ports come in as [`LocalMedia`], codecs are names in [`Capabilities`].

mod choose;
mod crypto;
mod dtls;
mod errors;
mod limits;
mod print;
mod read;
mod session;
mod terms;

pub use crypto::{KeyAndSalt, KeyMaterial, Protection, Srtp, SuiteCap};
pub use dtls::{Dtls, LocalDtls};
pub use errors::{AnswerError, MediaError, OfferError, ReadError};
pub use read::audio_address;
pub use session::Session;
pub use terms::{Capabilities, CodecCap, Direction, Format, LocalMedia, Negotiated};
