//! The one place of the tests that reads a clock: real sockets live in real time.

use std::time::{Duration, Instant};

/// Now, for tests and benchmarks on real sockets.
#[allow(clippy::disallowed_methods, reason = "real peers on real sockets live in real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// A moment by which something must have happened.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// This far from now.
    pub fn within(time: Duration) -> Self {
        Self(now() + time)
    }

    /// What is left, at least a millisecond: a socket takes no time-out of zero.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(now()).max(Duration::from_millis(1))
    }

    /// True when it is over.
    pub fn passed(self) -> bool {
        now() >= self.0
    }
}
