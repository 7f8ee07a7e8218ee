//! SIP without sockets and clocks (RFC 3261 with 3263's door left open, 3262, 3311, 3326, 3515, 3581, 3891, 4028,
//! 5626's keep-alives, 6026, 6086, 7616, 8760).
//!
//! ```text
//!   bytes, time -> Stack -> bytes to send, events, the time to call again
//!                   |
//!       stack.rs        order of inspection, sessions by tag
//!       digest.rs       who we are to a server, who others are to us
//!       registrar.rs    where users are reached      guard.rs  who is heard, how often
//!       session.rs      INVITE session: phases, offer/answer under way, ACK, BYE
//!       dialog.rs       tags, sequence numbers, route set, target
//!       errand.rs       OPTIONS and REGISTER of ours; registration.rs: stays registered
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
pub mod digest;
mod errand;
mod event;
mod extension;
mod framing;
mod guard;
mod header;
mod identity;
mod inspect;
mod layer;
pub mod limits;
mod message;
mod method;
mod name_addr;
mod parse;
mod path;
mod peer;
mod print;
mod registrar;
pub mod registration;
mod replaces;
mod reply;
mod session;
mod stack;
mod transaction;
mod uri;

pub use dice::Dice;
pub use errand::{Errand, ErrandDone, ErrandId, ErrandKind};
pub use event::{
    Caller, Config, EndedBy, Event, Incoming, Invite, OfferVia, Referral, Refusal, Reliability,
    SessionTimer, Transmit,
};
pub use framing::{Frame, Framer, FramingError};
pub use guard::{GuardConfig, GuardFigures, Rate, Strangers};
pub use header::{CSeq, Cause, CauseProtocol, Params, RAck, Via, values};
pub use identity::{Diverted, Origin, Privacy};
pub use ids::SessionId;
pub use limits::Limits;
pub use message::{Field, Message, Name, Start};
pub use method::Method;
pub use name_addr::{AddrParts, NameAddr};
pub use parse::{Fault, ParseError};
pub use path::{Path, Transport, UnknownTransport};
pub use peer::{PeerNames, next_hop_host};
pub use registrar::{Binding, PhonesConfig, Presence};
pub use replaces::Replaces;
pub use stack::{Holdings, Stack};
pub use transaction::Timers;
pub use uri::{Scheme, Uri, UriError};
