//! Every limit of the sockets: unit, reason, and what the peer meets when it is reached. Each has its
//! count in [`super::Counts`], and what grew is logged.

use std::time::Duration;

/// Connections at once, in handshakes too. The next is closed at once, which its peer sees.
pub const CONNECTIONS_MAX: usize = 4_096;
/// Connections at once of one source, an IPv4 address or an IPv6 /64: an office of browsers behind one
/// NAT fits. The next is closed at once.
pub const CONNECTIONS_PER_SOURCE_MAX: usize = 256;
/// TLS and WebSocket handshakes at once: each costs a millisecond of the control thread. The next
/// connection is closed at once, and its peer tries again.
pub const HANDSHAKES_MAX: usize = 128;
/// How long TLS and WebSocket handshakes may take together.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(8);
/// How long a connection that we open may take, TLS included; then its messages count as undeliverable.
pub const CONNECT_MAX: Duration = Duration::from_secs(4);
/// Connections being opened by us at once; for one more the messages count as undeliverable.
pub const DIALS_MAX: usize = 256;
/// Messages that wait for one connection to open; one more counts as undeliverable.
pub const DIAL_MESSAGES_MAX: usize = 64;
/// Messages waiting for one slow peer; beyond it the connection is closed as unreachable.
pub const QUEUE_MESSAGES_MAX: usize = 64;
/// Bytes waiting for one slow peer; beyond it the connection is closed as unreachable.
pub const QUEUE_BYTES_MAX: usize = 256 * 1024;
/// How long a peer may take to read one message. It is not read from meanwhile; then it is closed.
pub const WRITE_MAX: Duration = Duration::from_secs(10);
/// How long a connection may be up without its first whole message, and how long a message may take
/// from its first byte to its last: 64*T1, longer than any honest one.
pub const MESSAGE_MAX: Duration = Duration::from_secs(32);
/// A connection without a byte for this long is closed (RFC 5626 section 4.4.1 keeps live ones busy).
pub const IDLE_MAX: Duration = Duration::from_secs(1_800);
/// A peer that answers keep-alives is gone when one stays unanswered this long (RFC 5626 section 4.4.1).
pub const PONG_MAX: Duration = Duration::from_secs(10);
/// Bytes read from one connection in one turn; the others then have theirs.
pub const READ_BYTES: usize = 4 * 1024;
/// Bytes of the largest UDP datagram.
pub const DATAGRAM_MAX: usize = 65_535;
/// Datagrams taken from one socket before the other tasks have their turn.
pub const DATAGRAMS_PER_TURN_MAX: usize = 64;
/// Connections taken from one listener before the other tasks have their turn.
pub const ACCEPTS_PER_TURN_MAX: usize = 16;
/// Connections that the kernel holds for one listener until we take them.
pub const BACKLOG: u32 = 1_024;
/// Paths that wait to be reported as failed; further ones are found out by the transactions' timers.
pub const UNSENT_MAX: usize = 1_024;
/// Names that addresses have proved by TLS and that are remembered; then all are asked anew.
pub const PROVED_MAX: usize = 1_024;
/// STUN answers a second of one socket; further requests are dropped, their senders ask again.
pub const STUN_PER_SECOND_MAX: u32 = 2_000;
/// How long we wait when the system has no descriptors left, so that running connections can end.
pub const EXHAUSTED_WAIT: Duration = Duration::from_millis(100);

/// Tries to find one port that is free under UDP and TCP, where the configuration leaves the choice to us;
/// after that the last one's error is told.
pub const PORT_TRIES_MAX: usize = 32;
