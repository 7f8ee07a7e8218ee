//! The thread of the handshakes: browsers' legs get their keys here, so that no packet waits for a signature.
//!
//! ```text
//!  media threads ── Greeting ─► bounded queue ─► Desk ─┬─ Job::Post ─► the leg's media thread ─► peer
//!                                                      └─ Event ─────► control thread
//! ```
//! A handshake costs some 0.2 ms, and packets are to leave within 0.2 ms of their time. A queue that is full
//! drops: flights are sent again by both sides.
//!
//! Owns: the thread, the queue, what becomes of a panic: one leg fails.
//! Never: a socket; a decision about a call.

use crate::limits::{GREETINGS_MAX, WAIT_MAX};
use crate::thread::Job;
use crate::{Clock, Wake, ring};
use browser::{Desk, Output};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use ids::LegId;
use media::command::{Event, Meeting};
use rustix::fd::OwnedFd;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What a media thread hands on.
pub(crate) enum Greeting {
    /// A leg of this lane is to get keys.
    Begin(LegId, usize, Box<Meeting>),
    /// ICE found the way.
    Chosen(LegId, SocketAddr),
    /// A datagram of the peer.
    Datagram(LegId, SocketAddr, Box<[u8]>),
    /// The leg is over.
    End(LegId),
    /// All is over.
    Stop,
}

impl Greeting {
    fn leg(&self) -> Option<LegId> {
        match self {
            Greeting::Begin(leg, ..)
            | Greeting::Chosen(leg, _)
            | Greeting::Datagram(leg, ..)
            | Greeting::End(leg) => Some(*leg),
            Greeting::Stop => None,
        }
    }
}

/// The way back to a media thread.
pub(crate) struct Home {
    pub(crate) jobs: Sender<Job>,
    pub(crate) bell: Arc<OwnedFd>,
}

/// All that the thread has.
pub(crate) struct Handshakes {
    pub(crate) desk: Desk,
    pub(crate) greetings: Receiver<Greeting>,
    pub(crate) homes: Vec<Home>,
    pub(crate) events: Sender<Event>,
    pub(crate) clock: Clock,
    pub(crate) wake: Wake,
}

/// The queue to the thread.
pub(crate) fn queue() -> (Sender<Greeting>, Receiver<Greeting>) {
    bounded(GREETINGS_MAX)
}

impl Handshakes {
    /// Runs until it is told to stop, or nobody is left who could tell.
    pub(crate) fn run(mut self) {
        loop {
            let patience = self.desk.poll_timeout().since((self.clock)()).min(WAIT_MAX);
            match self.greetings.recv_timeout(patience) {
                Ok(Greeting::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(greeting) => self.greet(greeting),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = (self.clock)();
            if self.desk.poll_timeout() <= now {
                self.desk.handle_timeout(now);
            }
            self.answer();
        }
    }

    /// What a peer sends is read here by code that is not ours: should it panic, that leg alone is lost.
    fn greet(&mut self, greeting: Greeting) {
        let (now, leg, desk) = ((self.clock)(), greeting.leg(), &mut self.desk);
        let done = catch_unwind(AssertUnwindSafe(|| match greeting {
            Greeting::Begin(leg, home, meeting) => desk.begin(now, leg, home, &meeting),
            Greeting::Chosen(leg, remote) => desk.handle_chosen(now, leg, remote),
            Greeting::Datagram(leg, from, bytes) => desk.handle_datagram(now, leg, from, &bytes),
            Greeting::End(leg) => desk.end(leg),
            Greeting::Stop => {}
        }));
        if let (Err(_), Some(leg)) = (done, leg) {
            tracing::error!(%leg, "a handshake panicked; its call ends");
            self.desk.end(leg);
            self.tell(Event::NotSecured { leg, why: "a fault of ours".to_owned() });
        }
    }

    fn answer(&mut self) {
        while let Some(output) = self.desk.poll() {
            match output {
                Output::Datagram { home, leg, to, bytes } => self.post(home, leg, to, bytes),
                Output::Secured { leg, remote, keys } => {
                    self.tell(Event::Secured { leg, remote, keys });
                }
                Output::Failed { leg, why } => {
                    self.tell(Event::NotSecured { leg, why: why.to_string() });
                }
            }
        }
    }

    fn post(&self, home: usize, leg: LegId, to: SocketAddr, bytes: Box<[u8]>) {
        if let Some(home) = self.homes.get(home)
            && home.jobs.try_send(Job::Post(leg, to, bytes)).is_ok()
        {
            ring(&home.bell);
        }
    }

    /// A control thread that is behind by thousands of events learns nothing: the call's own time ends it.
    fn tell(&self, event: Event) {
        if self.events.try_send(event).is_ok() {
            (self.wake)();
        }
    }
}
