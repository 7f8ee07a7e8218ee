//! One leg's stream as a machine, and a shard of many legs as one machine.
//!
//! Owns: playing, symmetric RTP with its lock, keys over all roads, barge-in, RTCP, dead-call detection,
//! figures per leg.
//! Never: SIP or dialplan words, files, sockets, clocks.
//!
//! A shard is driven by whoever has the sockets: [`Shard::handle_datagram`], [`Shard::handle_command`],
//! [`Shard::handle_timeout`]; it answers through [`Wire`] in the same turn and by [`Shard::poll_event`].

pub mod command;
mod incoming;
mod key_intake;
mod key_merge;
mod leg;
pub mod limits;
mod liveness;
mod outgoing;
mod player;
mod reports;
mod shard;
mod source_lock;
mod timers;
mod turn;

pub use shard::{IdHasher, IdMap, Shard};
pub use turn::{Counters, Stream, Wire};
