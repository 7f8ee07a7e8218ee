//! Whom a leg listens to: symmetric RTP with a lock against injection.
//!
//! ```text
//!           SDP address, same IP, or 3 packets on end        1 s without a packet
//!   Open ─────────────────────────────────────────► Locked ────────────────────► Loose
//!    ▲                                                 ▲                           │
//!    └── the SDP address changed ──┘                   └── its own packet, or as from Open
//! ```
//! We send to the SDP address at once and never wait for the peer (a caller who is silent hears us). A
//! valid packet (RTP version 2, an agreed payload type) from the address the SDP named, or from another
//! port of the same IP (NAT rewrites ports), locks at once. A packet from another IP (NAT rewrote that
//! too) locks after three on end from one address with one SSRC and rising sequence numbers, while
//! nothing came from where it should. Until then its packets are not acted on. From then on everyone
//! else is refused.
//!
//! Owns: the expected address, the locked one, the candidate.
//! Never: sockets, payloads.

use crate::limits::{LOCK_LOOSENS, STRANGER_PACKETS};
use ids::Moment;
use std::net::SocketAddr;

/// What to do with a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Admission {
    /// It is the peer's.
    Accept,
    /// It is the peer's, and the lock has just closed on its source.
    AcceptAndLock,
    /// From a stranger who may prove to be the peer: not yet.
    Probation,
    /// Not the peer's.
    Reject,
}

#[derive(Clone, Copy)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    sequence: u16,
    packets: u8,
}

#[derive(Clone, Copy)]
enum State {
    Open { candidate: Option<Candidate> },
    Locked { source: SocketAddr, heard: Moment },
    Loose { source: SocketAddr, candidate: Option<Candidate> },
}

/// The lock of one leg.
pub(crate) struct SourceLock {
    expected: SocketAddr,
    state: State,
}

impl SourceLock {
    /// Open, expecting the address that the SDP named.
    pub(crate) fn new(expected: SocketAddr) -> Self {
        Self { expected, state: State::Open { candidate: None } }
    }

    /// The SDP named an address again; true if it changed and the lock is open again.
    pub(crate) fn expect(&mut self, expected: SocketAddr) -> bool {
        let changed = self.expected != expected;
        if changed {
            *self = Self::new(expected);
        }
        changed
    }

    /// Where to send: the source once one is known, else where the SDP said.
    pub(crate) fn destination(&self) -> SocketAddr {
        match self.state {
            State::Open { .. } => self.expected,
            State::Locked { source, .. } | State::Loose { source, .. } => source,
        }
    }

    /// Judges a valid packet.
    pub(crate) fn admit(
        &mut self,
        now: Moment,
        from: SocketAddr,
        ssrc: u32,
        sequence: u16,
    ) -> Admission {
        match &mut self.state {
            State::Locked { source, heard } if *source == from => {
                *heard = now;
                Admission::Accept
            }
            State::Locked { .. } => Admission::Reject,
            State::Loose { source, .. } if *source == from => self.lock(now, from),
            State::Open { candidate } | State::Loose { candidate, .. } => {
                let next = follow(*candidate, from, ssrc, sequence);
                *candidate = Some(next);
                match from.ip() == self.expected.ip() || next.packets >= STRANGER_PACKETS {
                    true => self.lock(now, from),
                    false => Admission::Probation,
                }
            }
        }
    }

    /// When the lock loosens if nothing comes.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        match self.state {
            State::Locked { heard, .. } => Some(heard + LOCK_LOOSENS),
            State::Open { .. } | State::Loose { .. } => None,
        }
    }

    /// True if the lock has just loosened.
    pub(crate) fn handle_timeout(&mut self, now: Moment) -> bool {
        match self.state {
            State::Locked { source, heard } if now >= heard + LOCK_LOOSENS => {
                self.state = State::Loose { source, candidate: None };
                true
            }
            State::Open { .. } | State::Locked { .. } | State::Loose { .. } => false,
        }
    }

    fn lock(&mut self, now: Moment, source: SocketAddr) -> Admission {
        self.state = State::Locked { source, heard: now };
        Admission::AcceptAndLock
    }
}

fn follow(before: Option<Candidate>, source: SocketAddr, ssrc: u32, sequence: u16) -> Candidate {
    let rises = |c: &Candidate| (1..100).contains(&sequence.wrapping_sub(c.sequence));
    let same = before.filter(|c| c.source == source && c.ssrc == ssrc && rises(c));
    Candidate { source, ssrc, sequence, packets: same.map_or(0, |c| c.packets) + 1 }
}

#[cfg(test)]
mod tests {
    use super::Admission::*;
    use super::*;

    const SDP: &str = "10.0.0.1:4000";
    const NAT_PORT: &str = "10.0.0.1:5000";
    const STRANGER: &str = "192.0.2.9:6000";
    const OTHER: &str = "192.0.2.10:6000";

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn run(packets: &[(u64, &str, u16)]) -> (Vec<Admission>, SourceLock) {
        let mut lock = SourceLock::new(at(SDP));
        let mut judge = |(ms, from, sequence): &(u64, &str, u16)| {
            let now = Moment::from_millis(*ms);
            lock.handle_timeout(now);
            lock.admit(now, at(from), 1, *sequence)
        };
        let judged = packets.iter().map(&mut judge).collect();
        (judged, lock)
    }

    #[test]
    fn we_send_where_the_sdp_said_until_someone_is_heard() {
        assert_eq!(run(&[]).1.destination(), at(SDP));
        assert_eq!(run(&[(0, NAT_PORT, 1)]).1.destination(), at(NAT_PORT));
    }

    #[test]
    fn the_first_packet_from_the_expected_ip_locks_and_others_are_refused() {
        let (judged, _) =
            run(&[(0, NAT_PORT, 1), (1, STRANGER, 1), (2, SDP, 1), (20, NAT_PORT, 2)]);
        assert_eq!(judged, [AcceptAndLock, Reject, Reject, Accept]);
    }

    #[test]
    fn a_stranger_needs_three_packets_on_end() {
        let (judged, lock) = run(&[(0, STRANGER, 7), (20, STRANGER, 8), (40, STRANGER, 9)]);
        assert_eq!(judged, [Probation, Probation, AcceptAndLock]);
        assert_eq!(lock.destination(), at(STRANGER));
    }

    #[test]
    fn two_strangers_in_turn_or_one_with_wild_numbers_never_lock() {
        let turns: Vec<_> = (0..50)
            .map(|n| (n * 10, if n % 2 == 0 { STRANGER } else { OTHER }, n as u16))
            .collect();
        assert!(run(&turns).0.iter().all(|a| *a == Probation));
        let wild: Vec<_> = (0..50).map(|n| (n * 10, STRANGER, (n * 9_973) as u16)).collect();
        assert!(run(&wild).0.iter().all(|a| *a == Probation));
    }

    #[test]
    fn after_a_second_of_silence_another_source_may_take_over() {
        let (judged, lock) = run(&[
            (0, SDP, 1),
            (900, NAT_PORT, 1),
            (1_000, NAT_PORT, 2),
            (1_020, SDP, 2),
            (2_100, SDP, 3),
        ]);
        assert_eq!(judged, [AcceptAndLock, Reject, AcceptAndLock, Reject, AcceptAndLock]);
        assert_eq!(lock.destination(), at(SDP));
    }

    #[test]
    fn a_loose_lock_still_sends_to_its_source() {
        let (_, mut lock) = run(&[(0, NAT_PORT, 1)]);
        assert!(lock.handle_timeout(Moment::from_millis(1_000)));
        assert_eq!(lock.destination(), at(NAT_PORT));
    }

    #[test]
    fn a_changed_address_opens_the_lock_and_the_same_one_does_not() {
        let (_, mut lock) = run(&[(0, NAT_PORT, 1)]);
        assert!(!lock.expect(at(SDP)));
        assert_eq!(lock.destination(), at(NAT_PORT));
        assert!(lock.expect(at(OTHER)));
        assert_eq!(lock.destination(), at(OTHER));
    }
}
