//! One leg's stream as a machine, and a shard of many legs as one machine.
//!
//! Owns: playing, bridging two legs, transcoding between them where their codecs differ, mixing more, symmetric RTP
//! with its lock, keys over all roads, barge-in, RTCP, dead-call detection, who has answered a call of ours, figures
//! per leg.
//! Never: SIP or dialplan words, files, sockets, clocks.
//!
//! A shard is driven by whoever has the sockets: [`Shard::handle_datagram`], [`Shard::handle_command`],
//! [`Shard::handle_timeout`]; it answers through [`Wire`] in the same turn and by [`Shard::poll_event`].

pub mod command;
mod incoming;
mod jitter_buffer;
mod key_intake;
mod key_merge;
mod lateness;
mod leg;
pub mod limits;
mod liveness;
mod mixer;
mod outgoing;
mod player;
mod playout;
mod quality;
mod relay;
mod reports;
mod ringback;
mod shard;
mod source_lock;
mod tape;
mod timers;
mod turn;

pub use ringback::{Ringback, ringback};
pub use shard::{IdHasher, IdMap, Moving, Shard};
pub use tape::{Frame, TapePart};
pub use turn::{Counters, Stream, Wire};
