//! The sockets of one media thread's legs, and the shard's way out through them.
//!
//! Owns: two sockets a leg, their places in epoll, whether the kernel filters their source.
//! Never: what is in a datagram.

use crate::ports::Pair;
use crate::tapes::TapeFeed;
use crate::watch::{Haste, Watch};
use browser::Gate;
use ids::LegId;
use media::{IdMap, Stream, TapePart, Wire};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};

/// One leg's sockets.
pub(crate) struct Place {
    leg: LegId,
    pair: Pair,
    /// How soon its RTP is looked at.
    haste: Haste,
    /// Set while the RTP socket is connected: the kernel then drops other sources.
    connected: Option<SocketAddr>,
    /// Before a browser's leg.
    gate: Option<Box<Gate>>,
}

/// All legs of one thread.
pub(crate) struct Sockets {
    places: Vec<Option<Place>>,
    vacant: Vec<u32>,
    by_leg: IdMap<LegId, u32>,
    pub(crate) send_failed: u64,
    feed: Option<TapeFeed>,
}

/// Which socket of which place epoll speaks of.
#[derive(Clone, Copy)]
pub(crate) struct Token(u64);

impl Token {
    pub(crate) fn new(place: u32, stream: Stream) -> Self {
        Self(u64::from(place) << 1 | u64::from(stream == Stream::Rtcp))
    }

    pub(crate) fn from_u64(token: u64) -> Self {
        Self(token)
    }

    fn place(self) -> usize {
        (self.0 >> 1) as usize
    }

    fn stream(self) -> Stream {
        if self.0 & 1 == 0 { Stream::Rtp } else { Stream::Rtcp }
    }
}

impl Sockets {
    pub(crate) fn new(feed: Option<TapeFeed>) -> Self {
        let (places, vacant, by_leg) = (Vec::new(), Vec::new(), IdMap::default());
        Self { places, vacant, by_leg, send_failed: 0, feed }
    }

    pub(crate) fn legs(&self) -> impl Iterator<Item = LegId> {
        self.by_leg.keys().copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_leg.len()
    }

    /// Takes over a leg's sockets and listens to them.
    pub(crate) fn insert(&mut self, watch: &Watch, leg: LegId, pair: Pair) -> std::io::Result<()> {
        self.put(watch, Place { leg, pair, haste: Haste::Eased, connected: None, gate: None })
    }

    /// The same as another thread had them.
    pub(crate) fn put(&mut self, watch: &Watch, mut moved: Place) -> std::io::Result<()> {
        moved.haste = Haste::Eased;
        let Place { leg, pair, .. } = &moved;
        let leg = *leg;
        let place = self.vacant.pop().unwrap_or(self.places.len() as u32);
        for (socket, stream) in [(&pair.rtp, Stream::Rtp), (&pair.rtcp, Stream::Rtcp)] {
            watch.add(socket, Token::new(place, stream).0, Haste::Eased)?;
        }
        if place as usize == self.places.len() {
            self.places.push(None);
        }
        self.places[place as usize] = Some(moved);
        self.by_leg.insert(leg, place);
        Ok(())
    }

    /// What this leg says goes on to another one at once, or does not any more.
    pub(crate) fn hurry(&mut self, watch: &Watch, leg: LegId, haste: Haste) -> std::io::Result<()> {
        let Some(n) = self.by_leg.get(&leg).copied() else { return Ok(()) };
        let Some(place) = self.place(leg).filter(|place| place.haste != haste) else {
            return Ok(());
        };
        place.haste = haste;
        watch.hurry(&place.pair.rtp, Token::new(n, Stream::Rtp).0, haste)
    }

    /// Closes a leg's sockets (which leaves epoll by itself); returns its even port.
    pub(crate) fn remove(&mut self, leg: LegId) -> Option<u16> {
        let place = self.by_leg.remove(&leg)?;
        let gone = self.places.get_mut(place as usize)?.take()?;
        self.vacant.push(place);
        Some(gone.pair.port)
    }

    /// Hands a leg's sockets out, open, for another thread.
    pub(crate) fn hand_out(&mut self, watch: &Watch, leg: LegId) -> Option<Place> {
        let number = self.by_leg.remove(&leg)?;
        let place = self.places.get_mut(number as usize)?.take()?;
        self.vacant.push(number);
        for (socket, haste) in [(&place.pair.rtp, place.haste), (&place.pair.rtcp, Haste::Eased)] {
            watch.forget(socket, haste);
        }
        Some(place)
    }

    /// Receives one datagram; `None` when there is none.
    pub(crate) fn receive(
        &self,
        token: Token,
        buffer: &mut [u8],
    ) -> Option<(LegId, Stream, SocketAddr, usize)> {
        let place = self.places.get(token.place())?.as_ref()?;
        let socket = match token.stream() {
            Stream::Rtp => &place.pair.rtp,
            Stream::Rtcp => &place.pair.rtcp,
        };
        // an error is an ICMP message about an earlier datagram: reading it clears it
        let (length, from) = socket.recv_from(buffer).ok()?;
        Some((place.leg, token.stream(), from, length))
    }

    /// What stands before this leg's RTP port, if anything does.
    pub(crate) fn gate(&mut self, token: Token) -> Option<&mut Gate> {
        if token.stream() == Stream::Rtcp {
            return None;
        }
        self.places.get_mut(token.place())?.as_mut()?.gate.as_deref_mut()
    }

    /// Puts a gate before a leg; false when the leg is gone.
    pub(crate) fn set_gate(&mut self, leg: LegId, gate: Gate) -> bool {
        let Some(place) = self.place(leg) else { return false };
        place.gate = Some(Box::new(gate));
        true
    }

    /// Whether a gate stands before this leg.
    pub(crate) fn has_gate(&mut self, leg: LegId) -> bool {
        self.place(leg).is_some_and(|place| place.gate.is_some())
    }

    fn place(&mut self, leg: LegId) -> Option<&mut Place> {
        let place = *self.by_leg.get(&leg)?;
        self.places.get_mut(place as usize)?.as_mut()
    }
}

impl Wire for Sockets {
    fn send(&mut self, leg: LegId, stream: Stream, to: SocketAddr, datagram: &[u8]) {
        let Some(place) = self.place(leg) else { return };
        let sent = match stream {
            Stream::Rtp if place.connected == Some(to) => send_connected(&place.pair.rtp, datagram),
            Stream::Rtp => place.pair.rtp.send_to(datagram, to).map(drop),
            Stream::Rtcp => place.pair.rtcp.send_to(datagram, to).map(drop),
        };
        if sent.is_err() {
            self.send_failed += 1;
        }
    }

    fn tape(&mut self, leg: LegId, part: TapePart<'_>) -> bool {
        self.feed.as_ref().is_some_and(|feed| feed.take(leg, part))
    }

    /// `connect(2)` while the lock holds, and its dissolution (address family AF_UNSPEC) when it
    /// loosens; the bound address and port stay.
    fn latch(&mut self, leg: LegId, source: Option<SocketAddr>) {
        let Some(place) = self.place(leg) else { return };
        let socket = &place.pair.rtp;
        match source {
            Some(address) => place.connected = socket.connect(address).ok().map(|()| address),
            None if place.connected.is_none() => {}
            None => match rustix::net::connect_unspec(socket) {
                Ok(()) => place.connected = None,
                Err(error) => tracing::warn!(%leg, %error, "the RTP socket stays connected"),
            },
        }
    }
}

/// A pending ICMP error is reported once in place of sending; the second try sends.
fn send_connected(socket: &UdpSocket, datagram: &[u8]) -> std::io::Result<()> {
    match socket.send(datagram) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => socket.send(datagram),
        other => other,
    }
    .map(drop)
}
