//! Many calls at once: signalling at a steady rate from one socket, streams handed to the caller of this module.

use acceptance::bare::clock::{Deadline, now};
use acceptance::bare::sip::{Dialog, Response, offer};
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Calls that are set up per second.
pub const RATE: u32 = 250;
/// Longest wait for what is still missing after the last INVITE left.
const PATIENCE: Duration = Duration::from_secs(5);

/// One call of the load.
pub struct Loaded {
    dialog: Dialog,
    /// Its audio socket, until it is handed over.
    pub audio: Option<UdpSocket>,
    /// Bound so that the server's RTCP has somewhere to go.
    _rtcp: UdpSocket,
    /// Where the server wants its audio; `None` if it was not answered.
    pub media: Option<SocketAddr>,
    invited: Instant,
    /// INVITE to 200.
    pub answered_after: Option<Duration>,
}

/// The load's signalling.
pub struct Load {
    socket: UdpSocket,
    server: SocketAddr,
    by_call_id: HashMap<String, usize>,
    /// All calls.
    pub calls: Vec<Loaded>,
}

impl Load {
    /// Prepares this many calls to `user` at the server.
    pub fn new(server: SocketAddr, user: &str, calls: usize) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let local = socket.local_addr()?;
        let uri = format!("sip:{user}@{server}");
        let calls: io::Result<Vec<Loaded>> = (0..calls)
            .map(|n| {
                let dialog = Dialog::new(local, "UDP", &uri, "load", n as u64);
                let audio = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                let rtcp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                Ok(Loaded {
                    dialog,
                    audio: Some(audio),
                    _rtcp: rtcp,
                    media: None,
                    invited: now(),
                    answered_after: None,
                })
            })
            .collect();
        let calls = calls?;
        let by_call_id =
            calls.iter().enumerate().map(|(n, c)| (c.dialog.call_id.clone(), n)).collect();
        Ok(Self { socket, server, by_call_id, calls })
    }

    /// Sets all calls up; how many were answered.
    pub fn dial(&mut self) -> io::Result<usize> {
        self.at_rate(|load, n| {
            let audio = load.calls[n].audio.as_ref().map(UdpSocket::local_addr).transpose()?;
            let rtcp = load.calls[n]._rtcp.local_addr()?.port();
            let audio =
                audio.ok_or_else(|| io::Error::other("the audio socket was handed over"))?;
            load.calls[n].invited = now();
            Ok(load.calls[n].dialog.invite(&offer(audio, rtcp)))
        })?;
        Ok(self.calls.iter().filter(|c| c.media.is_some()).count())
    }

    /// Hangs all answered calls up; how many were confirmed.
    pub fn hang_up(&mut self) -> io::Result<usize> {
        self.at_rate(|load, n| Ok(load.calls[n].dialog.next("BYE", "", "")))
    }

    /// Sends one request for each call at the steady rate and takes what comes; how many final responses came.
    fn at_rate(
        &mut self,
        mut request: impl FnMut(&mut Self, usize) -> io::Result<String>,
    ) -> io::Result<usize> {
        let (total, start) = (self.calls.len(), now());
        let (mut sent, mut finals) = (0, 0);
        let mut deadline = Deadline::within(PATIENCE);
        while finals < total && !(sent == total && deadline.passed()) {
            let due = start + Duration::from_secs(1) / RATE * sent as u32;
            if sent < total && now() >= due {
                let text = request(self, sent)?;
                self.socket.send_to(text.as_bytes(), self.server)?;
                sent += 1;
                deadline = Deadline::within(PATIENCE);
                continue;
            }
            let wait =
                if sent < total { due.saturating_duration_since(now()) } else { deadline.left() };
            finals += usize::from(self.take(wait.max(Duration::from_micros(100)))?);
        }
        Ok(finals)
    }

    /// Takes one message; true when it was a final response.
    fn take(&mut self, wait: Duration) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        self.socket.set_read_timeout(Some(wait))?;
        let Ok(len) = self.socket.recv(&mut buffer) else { return Ok(false) };
        let message = Response::new(&buffer[..len]);
        let Some(&n) = message.header("Call-ID").and_then(|id| self.by_call_id.get(id)) else {
            return Ok(false);
        };
        let status = message.status();
        if status == 0 {
            self.socket.send_to(message.ok().as_bytes(), self.server)?;
            return Ok(false);
        }
        if status / 100 == 2 && message.method() == "INVITE" {
            let call = &mut self.calls[n];
            let again = call.media.is_some();
            call.dialog.learn(&message);
            call.media = message.media();
            call.answered_after.get_or_insert(now() - call.invited);
            self.socket.send_to(call.dialog.ack().as_bytes(), self.server)?;
            return Ok(!again);
        }
        Ok(status >= 200)
    }
}
