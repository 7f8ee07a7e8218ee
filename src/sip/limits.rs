//! Every limit of this room: unit, reason, and what the peer is told when it is reached.

/// Limits that a configuration may set. The defaults serve one machine with a few thousand calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Sessions at once, ringing or up. A new INVITE beyond it gets 503 with Retry-After.
    pub sessions_max: usize,
    /// Transactions at once: 32 s of 3,000 calls a second, two transactions each. A new request
    /// beyond it gets a stateless 503 with Retry-After.
    pub transactions_max: usize,
    /// Bytes of one message, start line to end of body. Larger: 513 Message Too Large.
    pub message_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sessions_max: 10_000, transactions_max: 200_000, message_bytes_max: 32 * 1024 }
    }
}

/// Header fields of one message. More: 400 Too many header fields.
pub const HEADERS_MAX: usize = 128;
/// Bytes of a URI. Longer: 414 for a Request-URI, 400 elsewhere.
pub const URI_BYTES_MAX: usize = 2_048;
/// Bytes of a header section on a stream before its blank line. Longer: the connection is closed,
/// because no message boundary can be found any more.
pub const STREAM_HEAD_BYTES_MAX: usize = 16 * 1024;
/// Values of one Via, Route or Record-Route list. More: 400.
pub const HOPS_MAX: usize = 70;
/// P-Asserted-Identity values kept (RFC 3325 section 9.1 allows one SIP and one tel). More are left out.
pub const IDENTITIES_MAX: usize = 2;
/// Other branches of a forked INVITE that are acknowledged and ended. More 2xx are dropped.
pub const FORKS_MAX: usize = 8;
/// Tries of one offer that meets glare (491). After them the offer has failed.
pub const GLARE_TRIES_MAX: u8 = 3;
/// Due timers served in one turn; the rest is due at once in the next turn.
pub const TIMERS_PER_TURN_MAX: usize = 10_000;
/// What a refused peer is told to wait when we are full, in seconds.
pub const FULL_RETRY_AFTER_S: u32 = 5;
/// What a refused peer is told to wait when we are shutting down, in seconds.
pub const DRAINING_RETRY_AFTER_S: u32 = 30;
