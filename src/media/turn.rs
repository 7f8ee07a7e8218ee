//! What a leg may touch while it has its turn: the way out, the events, the counters, one buffer.

use crate::command::Event;
use crate::limits::{EVENTS_MAX, PACKET_BYTES_MAX};
use crate::tape::TapePart;
use ids::{LegId, Moment};
use rtp::limits::HEADER_BYTES;
use rtp::srtp::OVERHEAD_BYTES_MAX;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Which of a leg's two ports.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stream {
    /// The even port: RTP, and RTCP where both share it (RFC 5761).
    Rtp,
    /// The odd port: RTCP.
    Rtcp,
}

/// The way out: implemented by the engine over sockets, by tests over a list.
pub trait Wire {
    /// Sends one datagram now. What cannot be sent is dropped.
    fn send(&mut self, leg: LegId, stream: Stream, to: SocketAddr, datagram: &[u8]);

    /// The leg's RTP source is locked to this address (`Some`), or anyone may be heard again (`None`).
    /// A wire may let the kernel filter accordingly; it need not.
    fn latch(&mut self, leg: LegId, source: Option<SocketAddr>);

    /// Takes what comes off the tape of a recorded leg, without waiting; false: there is no room for it,
    /// and the tape ends. A wire without a recorder has none.
    fn tape(&mut self, _leg: LegId, _part: TapePart<'_>) -> bool {
        false
    }
}

/// What a shard counts over all its legs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// RTP packets sent.
    pub sent: u64,
    /// Datagrams taken in.
    pub received: u64,
    /// Packets not sent because they were late by more than one packet time.
    pub dropped_late: u64,
    /// Datagrams from a wrong source.
    pub wrong_source: u64,
    /// SRTP packets whose tag did not fit.
    pub forged: u64,
    /// SRTP packets that were here before.
    pub replayed: u64,
    /// Datagrams that are no RTP or RTCP of ours.
    pub malformed: u64,
    /// Commands and datagrams for legs that are gone.
    pub strays: u64,
    /// Events dropped because the control plane did not take them.
    pub events_dropped: u64,
    /// `Start` refused because the shard is full.
    pub legs_refused: u64,
    /// `Sit` refused because the room is full.
    pub seats_refused: u64,
}

/// Events on their way to the control plane.
pub(crate) struct Events(VecDeque<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(VecDeque::with_capacity(256))
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.0.pop_front()
    }

    /// One that is bounded by what was asked for.
    pub(crate) fn push(&mut self, event: Event) {
        self.0.push_back(event);
    }

    pub(crate) fn unpop(&mut self, event: Event) {
        self.0.push_front(event);
    }
}

/// One turn of one leg.
pub(crate) struct Turn<'a> {
    pub(crate) now: Moment,
    pub(crate) wire: &'a mut dyn Wire,
    pub(crate) events: &'a mut Events,
    pub(crate) counters: &'a mut Counters,
    pub(crate) scratch: &'a mut [u8; PACKET_BYTES_MAX],
}

impl Turn<'_> {
    /// Copies a payload to where a header can be written before it and a tag behind it; `None` when it is
    /// too large to be sent.
    pub(crate) fn lay_out(&mut self, payload: &[u8]) -> Option<&mut [u8]> {
        let end = HEADER_BYTES + payload.len();
        let fits = end + OVERHEAD_BYTES_MAX <= PACKET_BYTES_MAX;
        let room = fits.then(|| &mut self.scratch[HEADER_BYTES..end])?;
        room.copy_from_slice(payload);
        Some(room)
    }

    /// Reports to the control plane; dropped and counted when [`EVENTS_MAX`] wait already.
    pub(crate) fn tell(&mut self, event: Event) {
        if self.events.0.len() < EVENTS_MAX {
            self.events.0.push_back(event);
        } else {
            self.counters.events_dropped += 1;
        }
    }
}
