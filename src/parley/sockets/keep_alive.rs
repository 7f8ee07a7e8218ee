//! Is the other end of a connection still there? (RFC 5626 sections 3.5.1 and 4.4.1, RFC 6455 section 5.5.2.)
//!
//! ```text
//!   New ──first whole message──▶ Proven        no message within 32 s: close
//!   bytes of half a message: its end within 32 s, or close
//!   every 80–100 % of the period: ping ──answered──▶ again
//!                                      └─10 s──▶ close, if the peer is one that answers
//! ```
//!
//! Owns: when to ping, when to give up. Never: a byte on the wire.

use super::limits::{IDLE_MAX, MESSAGE_MAX, PONG_MAX};
use ids::Moment;
use std::time::Duration;

/// Why a connection is given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Silence {
    /// No whole message since it opened.
    NoMessage,
    /// A message began and does not end.
    HalfMessage,
    /// A keep-alive stayed unanswered.
    NoPong,
    /// Nothing for the longest time.
    Idle,
}

/// What is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    Nothing,
    Ping,
    Close(Silence),
}

/// One connection's signs of life.
#[derive(Clone, Copy, Debug)]
pub struct Vitals {
    /// The first whole message must be there by then.
    first_by: Option<Moment>,
    /// The message that has begun must end by then.
    whole_by: Option<Moment>,
    idle_at: Moment,
    ping: Option<Ping>,
}

#[derive(Clone, Copy, Debug)]
struct Ping {
    every: Duration,
    next: Moment,
    pong_by: Option<Moment>,
    /// The peer is known to answer. Over TCP a peer may lawfully ignore a CRLF.
    answers: bool,
}

impl Vitals {
    /// A connection that a peer opened: it has to say something.
    pub fn accepted(now: Moment) -> Vitals {
        Vitals {
            first_by: Some(now + MESSAGE_MAX),
            whole_by: None,
            idle_at: now + IDLE_MAX,
            ping: None,
        }
    }

    /// A connection that we opened.
    pub fn opened(now: Moment) -> Vitals {
        Vitals { first_by: None, ..Vitals::accepted(now) }
    }

    /// Pings at 80–100 % of `period`: `share` of 0–1,000 says where, so that connections that were
    /// opened together do not ping together.
    pub fn pinging(mut self, now: Moment, period: Duration, share: u64, answers: bool) -> Vitals {
        let every = period.mul_f64(0.8 + 0.2 * (share % 1_001) as f64 / 1_000.0);
        self.ping = Some(Ping { every, next: now + every, pong_by: None, answers });
        self
    }

    /// Bytes came; `half` when the last of them belong to a message that is not whole yet.
    pub fn heard(&mut self, now: Moment, half: bool) {
        self.idle_at = now + IDLE_MAX;
        self.whole_by = half.then(|| self.whole_by.unwrap_or(now + MESSAGE_MAX));
        // Whoever talks is alive, with or without a pong.
        if let Some(ping) = &mut self.ping {
            ping.pong_by = None;
        }
    }

    /// A whole message came.
    pub fn message(&mut self) {
        self.first_by = None;
        self.whole_by = None;
    }

    /// A keep-alive was answered.
    pub fn pong(&mut self) {
        if let Some(ping) = &mut self.ping {
            ping.answers = true;
        }
    }

    /// When it wants to be asked again.
    pub fn deadline(&self) -> Moment {
        let ping = self.ping.map(|p| p.next.min(p.pong_by.unwrap_or(Moment::NEVER)));
        [self.first_by, self.whole_by, ping].into_iter().flatten().fold(self.idle_at, Moment::min)
    }

    /// What is due now.
    pub fn handle_timeout(&mut self, now: Moment) -> Due {
        let past = |at: Option<Moment>| at.is_some_and(|at| at <= now);
        if past(self.first_by) {
            return Due::Close(Silence::NoMessage);
        }
        if past(self.whole_by) {
            return Due::Close(Silence::HalfMessage);
        }
        if self.idle_at <= now {
            return Due::Close(Silence::Idle);
        }
        let Some(ping) = &mut self.ping else { return Due::Nothing };
        if past(ping.pong_by) {
            return Due::Close(Silence::NoPong);
        }
        if ping.next > now {
            return Due::Nothing;
        }
        ping.next = now + ping.every;
        if ping.answers && ping.pong_by.is_none() {
            ping.pong_by = Some(now + PONG_MAX);
        }
        Due::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Moment {
        Moment::from_millis(seconds * 1_000)
    }

    #[test]
    fn who_connects_and_says_nothing_whole_is_closed() {
        let mut silent = Vitals::accepted(s(0));
        assert_eq!((silent.deadline(), silent.handle_timeout(s(31))), (s(32), Due::Nothing));
        silent.heard(s(20), true);
        assert_eq!(silent.handle_timeout(s(32)), Due::Close(Silence::NoMessage));
    }

    #[test]
    fn a_message_by_single_bytes_is_not_waited_for() {
        let mut slow = Vitals::accepted(s(0));
        slow.message();
        for second in 100..140 {
            slow.heard(s(second), true);
        }
        assert_eq!(slow.deadline(), s(132));
        assert_eq!(slow.handle_timeout(s(140)), Due::Close(Silence::HalfMessage));
    }

    #[test]
    fn a_live_connection_may_be_silent_for_half_an_hour() {
        let mut quiet = Vitals::accepted(s(0));
        quiet.message();
        quiet.heard(s(10), false);
        assert_eq!(quiet.handle_timeout(s(1_809)), Due::Nothing);
        assert_eq!(quiet.handle_timeout(s(1_810)), Due::Close(Silence::Idle));
    }

    #[test]
    fn pings_go_out_between_80_and_100_percent_of_the_period() {
        for (share, at) in [(0, 96), (1_000, 120)] {
            let mut v = Vitals::opened(s(0)).pinging(s(0), Duration::from_secs(120), share, false);
            assert_eq!(v.deadline(), s(at));
            assert_eq!(v.handle_timeout(s(at)), Due::Ping);
            assert_eq!(v.deadline(), s(2 * at));
        }
    }

    #[test]
    fn only_a_peer_that_once_answered_is_closed_for_a_missing_pong() {
        let fresh = || Vitals::opened(s(0)).pinging(s(0), Duration::from_secs(100), 1_000, false);
        let mut mute = fresh();
        assert_eq!(mute.handle_timeout(s(100)), Due::Ping);
        assert_eq!(mute.handle_timeout(s(111)), Due::Nothing);
        let mut gone = fresh();
        gone.pong();
        assert_eq!(gone.handle_timeout(s(100)), Due::Ping);
        assert_eq!(gone.deadline(), s(110));
        assert_eq!(gone.handle_timeout(s(110)), Due::Close(Silence::NoPong));
        let mut alive = fresh();
        alive.pong();
        assert_eq!(alive.handle_timeout(s(100)), Due::Ping);
        alive.heard(s(105), false);
        assert_eq!(alive.handle_timeout(s(110)), Due::Nothing);
    }
}
