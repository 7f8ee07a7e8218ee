//! Many handshakes as one machine, beside the media threads.
//!
//! ```text
//!   begin ─────────► Meeting: waits for ICE, or for the peer's first flight
//!   chosen ────────► its handshake begins towards that address
//!   datagram, time ► flights, then keys or a reason, once
//!   45 s, or end ──► forgotten
//! ```
//! Owns: which handshake belongs to which leg, where its flights go, when it is forgotten.
//! Never: a socket, a clock, a packet of media.

use crate::handshake::{Failure, Handshake, Step, Terms};
use crate::identity::Identity;
use crate::limits::{MEETING_KEPT, MEETINGS_MAX, OUTPUTS_MAX};
use ids::{LegId, Moment};
use media::IdMap;
use media::command::{Meeting, SrtpKeys};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

/// What the desk wants done.
#[derive(Debug)]
pub enum Output {
    /// Send this from the leg's RTP port.
    Datagram {
        /// As given to [`Desk::begin`].
        home: usize,
        /// Whose.
        leg: LegId,
        /// Where to.
        to: SocketAddr,
        /// What.
        bytes: Box<[u8]>,
    },
    /// The leg's peer is proved, and has these keys.
    Secured {
        /// Whose.
        leg: LegId,
        /// Where the peer is.
        remote: SocketAddr,
        /// Of both ways.
        keys: Box<SrtpKeys>,
    },
    /// There will be no keys.
    Failed {
        /// Whose.
        leg: LegId,
        /// Why.
        why: Failure,
    },
}

struct Held {
    home: usize,
    handshake: Handshake,
    remote: SocketAddr,
    /// The address that ICE chose is the one to talk to, whoever else writes.
    by_ice: bool,
    forget: Moment,
}

/// All handshakes.
pub struct Desk {
    terms: Terms,
    held: IdMap<LegId, Held>,
    outputs: VecDeque<Output>,
}

impl Desk {
    /// `origin` is the beginning of the time that [`Moment`]s count. `None` when the ciphers fail their test.
    pub fn new(identity: Identity, origin: Instant) -> Option<Self> {
        let terms = Terms::new(identity, origin)?;
        Some(Self { terms, held: IdMap::default(), outputs: VecDeque::new() })
    }

    /// Handshakes that are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// True when none is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Offer and answer are done for this leg. `home` is the shell's own: it stands in what is to be sent.
    pub fn begin(&mut self, now: Moment, leg: LegId, home: usize, meeting: &Meeting) {
        if self.held.len() >= MEETINGS_MAX {
            return self.tell(Output::Failed { leg, why: Failure::TooMany });
        }
        let by_ice = meeting.ice.is_some();
        let (first, prints) = (meeting.we_begin, &meeting.fingerprints);
        let mut handshake = Handshake::new(now, &self.terms, first, by_ice, prints);
        if !by_ice || !meeting.we_begin {
            handshake.begin(now);
        }
        let (remote, forget) = (meeting.remote, now + MEETING_KEPT);
        self.held.insert(leg, Held { home, handshake, remote, by_ice, forget });
        self.drain(now, leg);
    }

    /// ICE found the way to the peer.
    pub fn handle_chosen(&mut self, now: Moment, leg: LegId, remote: SocketAddr) {
        if let Some(held) = self.held.get_mut(&leg) {
            held.remote = remote;
            held.handshake.begin(now);
            self.drain(now, leg);
        }
    }

    /// A datagram that the leg's gate let through.
    pub fn handle_datagram(&mut self, now: Moment, leg: LegId, from: SocketAddr, bytes: &[u8]) {
        if let Some(held) = self.held.get_mut(&leg) {
            held.handshake.handle_datagram(now, bytes);
            let unknown = held.remote.port() == 0 || held.remote.ip().is_unspecified();
            // who brings the handshake on is the peer, wherever he is; noise changes nothing
            if (!held.by_ice || unknown) && held.handshake.has_steps() {
                held.remote = from;
            }
            self.drain(now, leg);
        }
    }

    /// The leg is over.
    pub fn end(&mut self, leg: LegId) {
        self.held.remove(&leg);
    }

    /// When time matters next.
    pub fn poll_timeout(&self) -> Moment {
        let due = |held: &Held| held.handshake.poll_timeout().min(held.forget);
        self.held.values().map(due).min().unwrap_or(Moment::NEVER)
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Moment) {
        self.held.retain(|_, held| held.forget > now);
        let due =
            |(leg, held): (&LegId, &Held)| (held.handshake.poll_timeout() <= now).then_some(*leg);
        let due: Vec<LegId> = self.held.iter().filter_map(due).collect();
        for leg in due {
            if let Some(held) = self.held.get_mut(&leg) {
                held.handshake.handle_timeout(now);
            }
            self.drain(now, leg);
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn drain(&mut self, now: Moment, leg: LegId) {
        let Some(held) = self.held.get_mut(&leg) else { return };
        let (home, remote) = (held.home, held.remote);
        let mut told = Vec::new();
        while let Some(step) = held.handshake.poll() {
            told.push(match step {
                Step::Datagram(bytes) => Output::Datagram { home, leg, to: remote, bytes },
                Step::Keys(keys) => {
                    held.forget = now + MEETING_KEPT;
                    Output::Secured { leg, remote, keys }
                }
                Step::Failed(why) => Output::Failed { leg, why },
            });
        }
        told.into_iter().for_each(|output| self.tell(output));
    }

    fn tell(&mut self, output: Output) {
        if self.outputs.len() < OUTPUTS_MAX {
            self.outputs.push_back(output);
        }
    }
}
