//! A telephone made of strings and sockets. It shares no code with the server, so that a fault in our own SIP
//! or RTP rooms cannot hide itself.
//!
//! Owns: text of requests, reading of responses, 12-byte RTP headers, real time, CPU time of threads.
//! Never: a retransmission or a choice that a test would like to make itself.

pub mod clock;
pub mod cpu;
pub mod floor;
pub mod phone;
pub mod rtp;
pub mod rush;
pub mod sip;
pub mod streams;
