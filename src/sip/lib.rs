//! SIP without sockets and clocks (RFC 3261 with 3263's door left open, 3311, 3326, 3581, 5626's
//! keep-alives, 6026, 6086).
//!
//! ```text
//!   bytes, time -> Stack -> bytes to send, events, the time to call again
//!                   |
//!       stack.rs        order of inspection, sessions by tag
//!       session.rs      INVITE session: phases, offer/answer under way, ACK, BYE
//!       dialog.rs       tags, sequence numbers, route set, target
//!       layer.rs        transactions by name, their bytes, timers
//!       transaction.rs  the four machines
//!       message.rs      lossless index over the bytes; parse.rs, print.rs, header.rs, uri.rs
//! ```
//!
//! Owns: messages (lossless parser and printer), the four transactions, dialog, INVITE session,
//! routing of messages to machines, framing of streams.
//! Never: sockets, clocks, SDP content.

mod agenda;
mod dialog;
mod dice;
mod event;
mod framing;
mod header;
mod inspect;
mod layer;
pub mod limits;
mod message;
mod method;
mod name_addr;
mod parse;
mod path;
mod print;
mod reply;
mod session;
mod stack;
mod transaction;
mod uri;

pub use event::{Config, EndedBy, Event, Incoming, Invite, OfferVia, Refusal, Transmit};
pub use framing::{Frame, Framer, FramingError};
pub use header::{CSeq, Cause, CauseProtocol, Params, Via, values};
pub use ids::SessionId;
pub use limits::Limits;
pub use message::{Field, Message, Name, Start};
pub use method::Method;
pub use name_addr::{AddrParts, NameAddr};
pub use parse::{Fault, ParseError};
pub use path::{Path, Transport};
pub use stack::{Holdings, Stack};
pub use transaction::Timers;
pub use uri::{Scheme, Uri, UriError};
