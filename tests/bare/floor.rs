//! The floor that a server's cost is compared with: the same packets received and sent by one epoll thread on
//! connected sockets, and nothing else.

use super::cpu;
use super::streams::Streams;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The bare side of `calls` streams, in a thread of its own.
pub struct Floor {
    /// Where the load sends.
    pub addresses: Vec<SocketAddr>,
    windows: Sender<Instant>,
    used: Receiver<Duration>,
    thread: JoinHandle<io::Result<()>>,
}

impl Floor {
    /// Binds one socket for each of the peers and connects it.
    pub fn start(peers: &[SocketAddr]) -> io::Result<Self> {
        let mut streams = Streams::new()?;
        let mut addresses = Vec::new();
        for peer in peers {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            addresses.push(socket.local_addr()?);
            streams.add(socket, *peer, true)?;
        }
        let (windows, to_run) = channel::<Instant>();
        let (tell, used) = channel();
        let thread = std::thread::Builder::new().name("floor".into()).spawn(move || {
            for end in to_run {
                let before = cpu::of_this_thread();
                streams.run(end, |_, _, _| {})?;
                let _ = tell.send(cpu::of_this_thread() - before);
            }
            Ok(())
        })?;
        Ok(Self { addresses, windows, used, thread })
    }

    /// Begins a window that lasts until `end`.
    pub fn begin(&self, end: Instant) {
        let _ = self.windows.send(end);
    }

    /// CPU time of the window that began last; waits for its end.
    pub fn used(&self) -> Duration {
        self.used.recv().unwrap_or_default()
    }

    /// Ends the thread.
    pub fn stop(self) -> io::Result<()> {
        drop(self.windows);
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the floor's thread panicked")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bare::clock::now;

    #[test]
    fn the_floor_sends_and_receives_as_much_as_the_load() {
        let sockets: Vec<_> = (0..20).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let peers: Vec<_> = sockets.iter().map(|s| s.local_addr().unwrap()).collect();
        let floor = Floor::start(&peers).unwrap();
        let mut load = Streams::new().unwrap();
        for (socket, address) in sockets.into_iter().zip(&floor.addresses) {
            load.add(socket, *address, true).unwrap();
        }
        let mut heard = [0u32; 20];
        let end = now() + Duration::from_millis(500);
        floor.begin(end);
        load.run(end, |n, _, packet| {
            assert_eq!(packet.len(), 172);
            heard[n] += 1;
        })
        .unwrap();
        assert!(floor.used() > Duration::ZERO, "CPU time is counted");
        assert!(heard.iter().all(|n| *n > 0), "every stream is answered: {heard:?}");
        assert!(load.sent > 20, "{} packets were sent", load.sent);
        floor.stop().unwrap();
    }
}
