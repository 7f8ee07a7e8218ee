//! Packets of sound and the reports about them.
//!
//! Owns: RTP headers (RFC 3550 section 5), sequence, loss and jitter accounting (appendix A), RTCP
//! (section 6), keys as telephone-events (RFC 4733) in both directions, SRTP (RFC 3711, RFC 7714).
//! Never: samples, sockets, addresses, clocks. Times are µs of one monotonic clock, passed in.
//!
//! This room is in the vault's audit scope: few dependencies, and no type here prints a key.

mod event;
mod jitter;
mod key_receiver;
mod key_sender;
pub mod limits;
mod packet;
mod rtcp;
mod schedule;
mod sequence;
pub mod srtp;

pub use event::{EventBlock, EventCode, NotAnEvent};
pub use jitter::Jitter;
pub use key_receiver::{KeyEvent, KeyReceiver};
pub use key_sender::{KeyPacket, KeySender};
pub use packet::{BadPacket, Header, Packet, is_rtcp};
pub use rtcp::{BadRtcp, Report, ReportBlock, RtcpSummary, SenderInfo, read_rtcp, write_rtcp};
pub use schedule::{Random, ReportSchedule};
pub use sequence::{Arrival, Sequence};
