//! The open connections: who they are, what waits for them, how many there may be.
//!
//! Owns: names of connections, never used twice; queues and their bounds; connections a source.
//! Never: reading or writing one.

use super::limits::{
    CONNECTIONS_MAX, CONNECTIONS_PER_SOURCE_MAX, QUEUE_BYTES_MAX, QUEUE_MESSAGES_MAX,
};
use sip::Transport;
use std::cell::Cell;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use tokio::sync::{Notify, mpsc};

/// Whom a connection of ours goes to. Two names at one address are two connections: only the name
/// says which certificate is right (RFC 5922 section 7.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Peer {
    pub transport: Transport,
    pub remote: SocketAddr,
    /// For TLS.
    pub name: Option<Rc<str>>,
}

/// All connections.
#[derive(Default)]
pub struct Flows {
    /// Admitted ones, in their handshake too, by name, with the source that is charged.
    admitted: HashMap<u64, Option<IpAddr>>,
    sources: HashMap<IpAddr, usize>,
    open: HashMap<u64, Flow>,
    /// Those that we opened, to be used again.
    peers: HashMap<Peer, u64>,
    made: u64,
}

struct Flow {
    queue: mpsc::Sender<Vec<u8>>,
    queued: Rc<Cell<usize>>,
    closing: Rc<Notify>,
    peer: Option<Peer>,
}

/// The reading end of a connection's queue, for the task that serves it.
pub struct Outbox {
    queue: mpsc::Receiver<Vec<u8>>,
    queued: Rc<Cell<usize>>,
    /// The connection is to be closed at once.
    pub closing: Rc<Notify>,
}

/// Why a connection is not let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Full {
    All,
    Source,
}

/// What became of a message.
#[derive(Debug)]
pub enum Pushed {
    Queued,
    /// No such connection; the message comes back.
    Unknown(Vec<u8>),
    /// The peer does not read; its connection is being closed.
    Slow,
}

impl Flows {
    /// Counts a new connection in, or not. A connection that we open is charged to nobody.
    pub fn admit(&mut self, remote: Option<IpAddr>) -> Result<u64, Full> {
        if self.admitted.len() >= CONNECTIONS_MAX {
            return Err(Full::All);
        }
        let source = remote.map(source);
        if let Some(source) = source {
            let held = self.sources.entry(source).or_default();
            if *held >= CONNECTIONS_PER_SOURCE_MAX {
                return Err(Full::Source);
            }
            *held += 1;
        }
        self.made += 1;
        self.admitted.insert(self.made, source);
        Ok(self.made)
    }

    /// An admitted connection is ready for messages.
    pub fn open(&mut self, id: u64, peer: Option<Peer>) -> Outbox {
        let (sender, queue) = mpsc::channel(QUEUE_MESSAGES_MAX);
        let (queued, closing) = (Rc::new(Cell::new(0)), Rc::new(Notify::new()));
        if let Some(peer) = &peer {
            self.peers.insert(peer.clone(), id);
        }
        let flow = Flow { queue: sender, queued: queued.clone(), closing: closing.clone(), peer };
        self.open.insert(id, flow);
        Outbox { queue, queued, closing }
    }

    /// A connection is gone, before or after it was open.
    pub fn close(&mut self, id: u64) {
        self.shut(id);
        let Some(Some(source)) = self.admitted.remove(&id) else { return };
        if let Some(held) = self.sources.get_mut(&source) {
            *held -= 1;
            if *held == 0 {
                self.sources.remove(&source);
            }
        }
    }

    /// Queues a message.
    pub fn push(&mut self, id: u64, bytes: Vec<u8>) -> Pushed {
        let Some(flow) = self.open.get(&id) else { return Pushed::Unknown(bytes) };
        let queued = flow.queued.get() + bytes.len();
        // A single message larger than the bound must pass, or it could never be sent.
        let fits = queued <= QUEUE_BYTES_MAX || flow.queued.get() == 0;
        if fits && flow.queue.try_send(bytes).is_ok() {
            flow.queued.set(queued);
            return Pushed::Queued;
        }
        flow.closing.notify_one();
        self.shut(id);
        Pushed::Slow
    }

    /// The open connection to a peer that we opened.
    pub fn to(&self, peer: &Peer) -> Option<u64> {
        self.peers.get(peer).copied()
    }

    /// How many there are, in handshakes too.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.admitted.len()
    }

    /// Takes no further message for it.
    fn shut(&mut self, id: u64) {
        let peer = self.open.remove(&id).and_then(|flow| flow.peer);
        if let Some(peer) = peer.filter(|peer| self.to(peer) == Some(id)) {
            self.peers.remove(&peer);
        }
    }
}

impl Outbox {
    /// The next message. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        let bytes = self.queue.recv().await?;
        self.queued.set(self.queued.get().saturating_sub(bytes.len()));
        Some(bytes)
    }

    /// The next message, if one is waiting.
    pub fn waiting(&mut self) -> Option<Vec<u8>> {
        self.queue.try_recv().ok()
    }
}

/// Who is charged: one subscriber has an IPv4 address or an IPv6 /64.
fn source(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "192.0.2.1";

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn one_source_cannot_take_all_connections() {
        let mut flows = Flows::default();
        let ids: Vec<u64> = std::iter::from_fn(|| flows.admit(ip(A)).ok()).collect();
        assert_eq!(ids.len(), CONNECTIONS_PER_SOURCE_MAX);
        assert_eq!(flows.admit(ip(A)), Err(Full::Source));
        assert!(flows.admit(ip("192.0.2.2")).is_ok() && flows.admit(None).is_ok());
        flows.close(ids[0]);
        assert!(flows.admit(ip(A)).is_ok());
        let mut six = Flows::default();
        while six.admit(ip("2001:db8::1")).is_ok() {}
        assert_eq!(six.admit(ip("2001:db8::ffff:2")), Err(Full::Source), "the same /64");
        assert!(six.admit(ip("2001:db8:0:1::2")).is_ok());
    }

    #[test]
    fn all_connections_have_a_bound_and_nothing_is_left_of_closed_ones() {
        let mut flows = Flows::default();
        let ids: Vec<u64> = std::iter::from_fn(|| flows.admit(None).ok()).collect();
        assert_eq!((ids.len(), flows.admit(ip(A))), (CONNECTIONS_MAX, Err(Full::All)));
        ids.into_iter().for_each(|id| flows.close(id));
        assert_eq!((flows.len(), flows.sources.len()), (0, 0));
    }

    #[test]
    fn a_peer_that_does_not_read_is_closed_by_messages_or_by_bytes() {
        for (size, fits) in [(10, QUEUE_MESSAGES_MAX), (QUEUE_BYTES_MAX / 4, 4)] {
            let mut flows = Flows::default();
            let id = flows.admit(None).unwrap();
            let _outbox = flows.open(id, None);
            let full = (0..).find(|_| !matches!(flows.push(id, vec![0; size]), Pushed::Queued));
            assert_eq!(full, Some(fits));
            assert!(matches!(flows.push(id, vec![]), Pushed::Unknown(_)));
        }
    }

    #[test]
    fn a_connection_that_we_opened_is_found_by_address_and_name() {
        let mut flows = Flows::default();
        let peer = |name: &str| Peer {
            transport: Transport::Tls,
            remote: "192.0.2.1:5061".parse().unwrap(),
            name: Some(name.into()),
        };
        let id = flows.admit(None).unwrap();
        let _outbox = flows.open(id, Some(peer("a.example")));
        assert_eq!((flows.to(&peer("a.example")), flows.to(&peer("b.example"))), (Some(id), None));
        flows.close(id);
        assert_eq!(flows.to(&peer("a.example")), None);
    }
}
