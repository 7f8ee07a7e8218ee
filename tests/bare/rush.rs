//! Many short calls one after the other at a steady rate from one socket: INVITE, 200, ACK, and BYE at once or later.
//! Made to cost little itself: no socket for each call, no thread; what is heard goes to a port nobody reads.

use super::clock::{Deadline, now};
use super::sip::{Dialog, Response, offer};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Time until a request that was not answered is sent again (RFC 3261 section 17.1.1.2: T1).
const AGAIN: Duration = Duration::from_millis(500);
/// How often it is sent in all before the call counts as failed.
const SENDS: u8 = 6;

/// Where one call stands.
enum Stage {
    Invited { sent: Instant, first: Instant, times: u8 },
    Up,
    Leaving { sent: Instant, times: u8 },
    Over,
    Failed,
}

impl Stage {
    /// When the request that is waited for was sent last.
    fn waits_since(&self) -> Option<Instant> {
        match self {
            Self::Invited { sent, .. } | Self::Leaving { sent, .. } => Some(*sent),
            Self::Up | Self::Over | Self::Failed => None,
        }
    }
}

struct Short {
    dialog: Dialog,
    stage: Stage,
}

/// The rush.
pub struct Rush {
    socket: UdpSocket,
    /// Takes all audio, reads none.
    sink: UdpSocket,
    server: SocketAddr,
    uri: String,
    calls: Vec<Short>,
    /// Requests in the order they were sent, to be looked at again after [`AGAIN`].
    pending: VecDeque<(Instant, usize)>,
    /// BYE follows the ACK at once.
    pub hangs_up: bool,
    /// INVITE to 200.
    pub answers: Vec<Duration>,
    /// Requests that had to be sent more than once.
    pub repeated: u64,
    /// Calls that got another final response, or none; the first such answer.
    pub failed: (u64, Option<String>),
}

impl Rush {
    /// Nothing was sent yet; calls go to `user` at the server.
    pub fn new(server: SocketAddr, user: &str) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            sink: UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?,
            server,
            uri: format!("sip:{user}@{server}"),
            calls: Vec::new(),
            pending: VecDeque::new(),
            hangs_up: true,
            answers: Vec::new(),
            repeated: 0,
            failed: (0, None),
        })
    }

    /// Makes this many calls at this rate a second and waits until each is over or up; how long it took.
    pub fn run(&mut self, calls: usize, per_second: u32) -> io::Result<Duration> {
        let (start, first) = (now(), self.calls.len());
        let end = first + calls;
        let mut deadline = Deadline::within(AGAIN * 8);
        while self.calls.len() < end || (self.waiting() && !deadline.passed()) {
            let due =
                start + Duration::from_secs(1) / per_second * (self.calls.len() - first) as u32;
            if self.calls.len() < end && now() >= due {
                self.invite()?;
                deadline = Deadline::within(AGAIN * 8);
            }
            self.repeat()?;
            let next = if self.calls.len() < end { due } else { now() + Duration::from_millis(20) };
            self.take(next.saturating_duration_since(now()))?;
        }
        Ok(now() - start)
    }

    /// Hangs up what is up.
    pub fn hang_up(&mut self) -> io::Result<()> {
        for n in 0..self.calls.len() {
            if matches!(self.calls[n].stage, Stage::Up) {
                self.bye(n)?;
                self.take(Duration::from_micros(300))?;
            }
        }
        let deadline = Deadline::within(AGAIN * 8);
        while self.waiting() && !deadline.passed() {
            self.repeat()?;
            self.take(Duration::from_millis(20))?;
        }
        Ok(())
    }

    /// Calls that were answered and, where they hang up, whose BYE was answered too.
    pub fn good(&self) -> usize {
        let good = |c: &&Short| matches!(c.stage, Stage::Up | Stage::Over);
        self.calls.iter().filter(good).count()
    }

    fn waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    fn invite(&mut self) -> io::Result<()> {
        let local = self.socket.local_addr()?;
        let n = self.calls.len();
        let dialog = Dialog::new(local, "UDP", &self.uri, "rush", n as u64);
        let audio = self.sink.local_addr()?;
        let text = dialog.invite(&offer(audio, audio.port()));
        let at = now();
        self.calls.push(Short { dialog, stage: Stage::Invited { sent: at, first: at, times: 1 } });
        self.pending.push_back((at, n));
        self.send(&text)
    }

    fn bye(&mut self, n: usize) -> io::Result<()> {
        let text = self.calls[n].dialog.next("BYE", "", "");
        let at = now();
        self.calls[n].stage = Stage::Leaving { sent: at, times: 1 };
        self.pending.push_back((at, n));
        self.send(&text)
    }

    /// Looks at the oldest requests: those still without an answer go out again.
    fn repeat(&mut self) -> io::Result<()> {
        while let Some(&(at, n)) = self.pending.front() {
            let waited_for = self.calls[n].stage.waits_since() == Some(at);
            if waited_for && now() - at < AGAIN {
                return Ok(());
            }
            self.pending.pop_front();
            if waited_for {
                self.send_again(n)?;
            }
        }
        Ok(())
    }

    fn send_again(&mut self, n: usize) -> io::Result<()> {
        let (audio, at) = (self.sink.local_addr()?, now());
        let call = &mut self.calls[n];
        let (text, times) = match &mut call.stage {
            Stage::Invited { sent, times, .. } => {
                *sent = at;
                (call.dialog.invite(&offer(audio, audio.port())), times)
            }
            Stage::Leaving { sent, times } => {
                *sent = at;
                (call.dialog.request("BYE", call.dialog.cseq, "", ""), times)
            }
            Stage::Up | Stage::Over | Stage::Failed => return Ok(()),
        };
        *times += 1;
        if *times > SENDS {
            call.stage = Stage::Failed;
            self.failed.0 += 1;
            return Ok(());
        }
        self.repeated += 1;
        self.pending.push_back((at, n));
        self.send(&text)
    }

    /// A full socket buffer loses the datagram, as a network would.
    fn send(&self, text: &str) -> io::Result<()> {
        match self.socket.send_to(text.as_bytes(), self.server) {
            Err(e) if e.kind() != io::ErrorKind::WouldBlock => Err(e),
            _ => Ok(()),
        }
    }

    /// Takes all that came, and waits this long for something if nothing did.
    fn take(&mut self, wait: Duration) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let mut any = false;
        while let Ok(len) = self.socket.recv(&mut buffer) {
            any = true;
            self.took(&Response::new(&buffer[..len]))?;
        }
        if !any && !wait.is_zero() {
            let wait = Timespec { tv_sec: 0, tv_nsec: wait.as_nanos().min(999_999_999) as i64 };
            let _ = poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&wait));
        }
        Ok(())
    }

    fn took(&mut self, message: &Response) -> io::Result<()> {
        let id = message.header("Call-ID").and_then(|id| id.split('-').next()?.parse().ok());
        let Some(n) = id.filter(|n: &usize| *n < self.calls.len()) else { return Ok(()) };
        match (message.status(), &self.calls[n].stage) {
            (0, _) => self.send(&message.ok()),
            (200..300, Stage::Invited { first, .. }) if message.method() == "INVITE" => {
                self.answers.push(now() - *first);
                self.calls[n].dialog.learn(message);
                self.calls[n].stage = Stage::Up;
                self.send(&self.calls[n].dialog.ack())?;
                if self.hangs_up { self.bye(n) } else { Ok(()) }
            }
            (200..300, Stage::Leaving { .. }) if message.method() == "BYE" => {
                self.calls[n].stage = Stage::Over;
                Ok(())
            }
            (300.., Stage::Invited { .. } | Stage::Leaving { .. }) => {
                self.failed.0 += 1;
                self.failed.1.get_or_insert_with(|| message.start_line().to_owned());
                let call = &mut self.calls[n];
                call.stage = Stage::Failed;
                call.dialog.learn(message);
                // the ACK to a refusal belongs to the INVITE's transaction (RFC 3261 section 17.1.1.3)
                let ack = call.dialog.ack().replacen("ACK\r\nMax", "INVITE\r\nMax", 1);
                self.send(&ack)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers the first call, refuses the second and never answers the third.
    #[test]
    fn a_rush_counts_calls_that_were_answered_refused_and_passed_over() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut rush = Rush::new(server.local_addr().unwrap(), "hotline").unwrap();
        rush.hangs_up = false;
        for _ in 0..3 {
            rush.invite().unwrap();
        }
        let mut buffer = [0; 4096];
        for status in ["200 OK", "486 Busy Here", "180 Ringing"] {
            let (len, from) = server.recv_from(&mut buffer).unwrap();
            let answer = Response::new(&buffer[..len]).ok().replacen("200 OK", status, 1);
            server.send_to(answer.as_bytes(), from).unwrap();
        }
        while rush.answers.is_empty() || rush.failed.0 == 0 {
            rush.take(Duration::from_millis(100)).unwrap();
        }
        assert_eq!((rush.good(), rush.failed.0), (1, 1));
        assert_eq!(rush.failed.1.as_deref(), Some("SIP/2.0 486 Busy Here"));
        let acks = [(); 2].map(|()| {
            let len = server.recv(&mut buffer).unwrap();
            String::from_utf8_lossy(&buffer[..len]).into_owned()
        });
        assert!(acks.iter().all(|a| a.starts_with("ACK ")), "{acks:?}");
        assert!(acks[1].contains("1INVITE\r\n"), "{}", acks[1]);
    }
}
