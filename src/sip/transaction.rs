//! The four transactions of RFC 3261 section 17 with the corrections of RFC 6026.
//!
//! Each is a machine of a state and its timers: an input and the time go in, an [`Act`] comes out.
//! None holds a message; the layer keeps the bytes and does what the act says.

pub(crate) mod client;
pub(crate) mod invite_client;
pub(crate) mod invite_server;
pub(crate) mod server;

use std::time::Duration;

/// Base timers (RFC 3261 table 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timers {
    /// Round-trip estimate, 500 ms.
    pub t1: Duration,
    /// Longest retransmission interval of non-INVITE requests and INVITE responses, 4 s.
    pub t2: Duration,
    /// Longest time a message stays in the network, 5 s.
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}

impl Timers {
    /// 64*T1: how long anybody waits.
    pub const fn give_up(&self) -> Duration {
        self.t1.saturating_mul(64)
    }
}

/// What the layer does after an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Act {
    /// What to send.
    pub(crate) send: Send,
    /// What to tell the transaction's user.
    pub(crate) tell: Tell,
}

/// What to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Send {
    #[default]
    Nothing,
    /// The message just handed in by the user, or the kept one again.
    Message,
    /// A 100 Trying.
    Trying,
    /// The ACK to a final response other than 2xx.
    Ack,
}

/// What to tell the transaction's user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Tell {
    #[default]
    Nothing,
    /// Here is the message that came.
    Message,
    /// No answer in time.
    TimedOut,
    /// The message cannot be delivered.
    Unreachable,
}

impl Act {
    pub(crate) const NONE: Act = Act { send: Send::Nothing, tell: Tell::Nothing };
    pub(crate) const SEND: Act = Act { send: Send::Message, tell: Tell::Nothing };
    pub(crate) const TELL: Act = Act { send: Send::Nothing, tell: Tell::Message };
    pub(crate) const TIMED_OUT: Act = Act { send: Send::Nothing, tell: Tell::TimedOut };
    pub(crate) const UNREACHABLE: Act = Act { send: Send::Nothing, tell: Tell::Unreachable };
}

/// The class of a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// 1xx
    Provisional,
    /// 2xx
    Success,
    /// 3xx–6xx
    Failure,
}

impl Class {
    pub(crate) const fn of(status: u16) -> Class {
        match status {
            0..200 => Class::Provisional,
            200..300 => Class::Success,
            _ => Class::Failure,
        }
    }
}

#[cfg(test)]
mod tables;
