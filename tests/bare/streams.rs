//! Many RTP streams in one thread: epoll, connected sockets, a packet every 20 ms on each, whatever comes is received.
//! The load and the floor are both made of this, so that both spend the same on it.
//!
//! ```text
//!  tick    0    1    2  …  19    0        a tick is 1 ms; stream n sends in tick n mod 20
//!  send   a,u  b,v  c,w     t   a,u
//! ```

use super::clock::now;
use super::rtp::{FRAME, HEADER, SILENCE, Sender};
use rustix::event::{Timespec, epoll};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(1);
const TICKS: usize = 20;
/// Received packets are at most this long.
const PACKET_MAX: usize = 1500;

struct Stream {
    socket: UdpSocket,
    sender: Sender,
    sends: bool,
}

/// A set of connected sockets that send and receive.
pub struct Streams {
    epoll: OwnedFd,
    streams: Vec<Stream>,
    /// How late the worst tick was.
    pub late_max: Duration,
    /// Packets sent.
    pub sent: u64,
}

impl Streams {
    /// None yet.
    pub fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, streams: Vec::new(), late_max: Duration::ZERO, sent: 0 })
    }

    /// Adds a bound socket and connects it to the peer; a stream that does not send only receives.
    pub fn add(&mut self, socket: UdpSocket, peer: SocketAddr, sends: bool) -> io::Result<()> {
        socket.connect(peer)?;
        socket.set_nonblocking(true)?;
        let n = self.streams.len();
        epoll::add(
            &self.epoll,
            &socket,
            epoll::EventData::new_u64(n as u64),
            epoll::EventFlags::IN,
        )?;
        self.streams.push(Stream { socket, sender: Sender::new(0x5000 + n as u32), sends });
        Ok(())
    }

    /// Takes all sockets away.
    pub fn clear(&mut self) {
        self.streams.clear();
    }

    /// Sends and receives until `end`; tells each received packet with its stream's number and the time.
    pub fn run(
        &mut self,
        end: Instant,
        mut heard: impl FnMut(usize, Instant, &[u8]),
    ) -> io::Result<()> {
        let mut events = Vec::with_capacity(256);
        let mut packet = [0; PACKET_MAX];
        let (mut tick, mut due) = (0, now());
        loop {
            let mut at = now();
            if at >= end {
                return Ok(());
            }
            if at >= due {
                self.late_max = self.late_max.max(at - due);
                self.send_tick(tick);
                tick = (tick + 1) % TICKS;
                due += TICK;
                continue;
            }
            events.clear();
            let wait =
                Timespec { tv_sec: 0, tv_nsec: (due - at).as_nanos().min(999_999_999) as i64 };
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&wait))
            {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
            at = now();
            for event in &events {
                let n = event.data.u64() as usize;
                if let Ok(len) = self.streams[n].socket.recv(&mut packet) {
                    heard(n, at, &packet[..len]);
                }
            }
        }
    }

    fn send_tick(&mut self, tick: usize) {
        for stream in self.streams.iter_mut().skip(tick).step_by(TICKS).filter(|s| s.sends) {
            let packet: [u8; HEADER + FRAME] = stream.sender.audio(SILENCE);
            // a peer that has gone answers with ICMP: the packet is then lost, as on any network
            self.sent += u64::from(stream.socket.send(&packet).is_ok());
        }
    }
}
