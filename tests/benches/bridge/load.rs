//! The two telephones of every bridge, in one thread: each sends 50 packets a second with the time of
//! sending inside, and the kernel stamps each packet that comes (`SO_TIMESTAMPNS`), so that it does not
//! matter when this thread looks.

use super::figures::Times;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use nix::sys::time::TimeSpec;
use rustix::event::{Timespec, epoll};
use rustix::time::{ClockId, clock_gettime};
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

/// Two ends: what one sends, the other hears.
pub type Ends = (SocketAddr, SocketAddr);

/// A packet every 20 ms on each socket.
const INTERVAL_NS: u64 = 20_000_000;
/// RTP header and 20 ms of G.711.
const PACKET: usize = 172;

/// The telephones.
pub struct Load {
    epoll: OwnedFd,
    sockets: Vec<UdpSocket>,
    sequence: u16,
}

/// What one window showed.
#[derive(Default)]
pub struct Window {
    /// From sending to the other telephone's socket.
    pub one_way: Times,
    /// Packets sent.
    pub sent: u64,
    /// Packets heard.
    pub heard: u64,
    /// How late the worst packet was sent.
    pub late_max: Duration,
}

impl Load {
    /// Two sockets for each bridge.
    pub fn new(bridges: usize) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut sockets = Vec::new();
        for n in 0..bridges * 2 {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_nonblocking(true)?;
            setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
            epoll::add(
                &epoll,
                &socket,
                epoll::EventData::new_u64(n as u64),
                epoll::EventFlags::IN,
            )?;
            sockets.push(socket);
        }
        Ok(Self { epoll, sockets, sequence: 0 })
    }

    /// Where the telephones listen, bridge by bridge.
    pub fn pairs(&self) -> Vec<Ends> {
        let at = |socket: &UdpSocket| socket.local_addr().unwrap_or_else(|_| unreachable!("bound"));
        self.sockets.chunks(2).map(|ends| (at(&ends[0]), at(&ends[1]))).collect()
    }

    /// Where they send, bridge by bridge.
    pub fn connect(&mut self, to: &[Ends]) -> io::Result<()> {
        let all = to.iter().flat_map(|(a, b)| [*a, *b]);
        self.sockets.iter().zip(all).try_for_each(|(socket, to)| socket.connect(to))
    }

    /// Sends and listens for this long; what is on its way then is waited for.
    pub fn run(&mut self, time: Duration) -> io::Result<Window> {
        let mut window = Window::default();
        let begin = monotonic();
        let count = self.sockets.len() as u64;
        let end = begin + time.as_nanos() as u64;
        let mut next = 0_u64;
        loop {
            let due = begin + next / count * INTERVAL_NS + next % count * INTERVAL_NS / count;
            if due >= end {
                break;
            }
            self.listen_until(due, &mut window)?;
            let late = Duration::from_nanos(monotonic().saturating_sub(due));
            window.late_max = window.late_max.max(late);
            self.send((next % count) as usize, &mut window);
            next += 1;
            if next.is_multiple_of(count) {
                self.sequence = self.sequence.wrapping_add(1);
            }
        }
        self.listen_until(end + INTERVAL_NS, &mut window)?;
        Ok(window)
    }

    fn send(&mut self, n: usize, window: &mut Window) {
        let mut packet = [0xD5; PACKET];
        packet[..2].copy_from_slice(&[0x80, 8]);
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&(u32::from(self.sequence) * 160).to_be_bytes());
        packet[8..12].copy_from_slice(&(0x5000 + n as u32).to_be_bytes());
        packet[12..20].copy_from_slice(&realtime().to_be_bytes());
        window.sent += u64::from(self.sockets[n].send(&packet).is_ok());
    }

    fn listen_until(&self, due: u64, window: &mut Window) -> io::Result<()> {
        let mut ready = Vec::with_capacity(256);
        loop {
            let left = due.saturating_sub(monotonic());
            if left == 0 {
                return Ok(());
            }
            ready.clear();
            let wait = Timespec { tv_sec: 0, tv_nsec: left.min(999_999_999) as i64 };
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut ready), Some(&wait))
            {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
            for event in &ready {
                self.hear(event.data.u64() as usize, window);
            }
        }
    }

    fn hear(&self, n: usize, window: &mut Window) {
        let mut packet = [0; 1_500];
        let mut room = nix::cmsg_space!(TimeSpec);
        let mut parts = [IoSliceMut::new(&mut packet)];
        let from = self.sockets[n].as_raw_fd();
        let Ok(message) =
            recvmsg::<SockaddrStorage>(from, &mut parts, Some(&mut room), MsgFlags::empty())
        else {
            return;
        };
        let came = message.cmsgs().ok().and_then(|mut all| {
            all.find_map(|one| match one {
                ControlMessageOwned::ScmTimestampns(at) => Some(at),
                _ => None,
            })
        });
        let length = message.bytes;
        let (Some(came), true) = (came, length == PACKET) else { return };
        let mut sent = [0; 8];
        sent.copy_from_slice(&packet[12..20]);
        let came = came.tv_sec() as u64 * 1_000_000_000 + came.tv_nsec() as u64;
        window.heard += 1;
        let way = came.saturating_sub(u64::from_be_bytes(sent));
        window.one_way.add(Duration::from_nanos(way));
    }
}

fn monotonic() -> u64 {
    nanoseconds(ClockId::Monotonic)
}

/// The clock of the kernel's stamps.
fn realtime() -> u64 {
    nanoseconds(ClockId::Realtime)
}

fn nanoseconds(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
