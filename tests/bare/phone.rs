//! One bare telephone with one call: signalling over UDP or TCP, one RTP socket, everything in the calling thread.

use super::clock::{Deadline, now};
use super::rtp::{self, Sender};
use super::sip::{Dialog, Response, offer};
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// How signalling travels.
pub enum Line {
    /// Datagrams to the server.
    Udp(UdpSocket),
    /// One connection, and what was read of the next message.
    Tcp(TcpStream, Vec<u8>),
}

impl Line {
    /// A line to the server over UDP.
    pub fn udp(server: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind((unspecified_like(server.ip()), 0))?;
        socket.connect(server)?;
        Ok(Self::Udp(socket))
    }

    /// A line to the server over TCP.
    pub fn tcp(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Self::Tcp(stream, Vec::new()))
    }

    /// Our address on it.
    pub fn local(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Udp(socket) => socket.local_addr(),
            Self::Tcp(stream, _) => stream.local_addr(),
        }
    }

    /// The name in Via.
    pub fn transport(&self) -> &'static str {
        match self {
            Self::Udp(_) => "UDP",
            Self::Tcp(..) => "TCP",
        }
    }

    /// Sends one message, or any bytes.
    pub fn send(&mut self, message: impl AsRef<[u8]>) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(message.as_ref()).map(drop),
            Self::Tcp(stream, _) => stream.write_all(message.as_ref()),
        }
    }

    /// The next message, or `None` when none came in time.
    pub fn receive(&mut self, within: Duration) -> io::Result<Option<Response>> {
        let deadline = Deadline::within(within);
        let mut buffer = [0; 65_536];
        loop {
            if let Self::Tcp(_, kept) = self
                && let Some(message) = take_message(kept)
            {
                return Ok(Some(Response::new(&message)));
            }
            if deadline.passed() {
                return Ok(None);
            }
            let got = match self {
                Self::Udp(socket) => {
                    socket.set_read_timeout(Some(deadline.left()))?;
                    socket.recv(&mut buffer)
                }
                Self::Tcp(stream, _) => {
                    stream.set_read_timeout(Some(deadline.left()))?;
                    stream.read(&mut buffer)
                }
            };
            match (got, &mut *self) {
                (Ok(len), Self::Udp(_)) => return Ok(Some(Response::new(&buffer[..len]))),
                (Ok(0), Self::Tcp(..)) => return Ok(None),
                (Ok(len), Self::Tcp(_, kept)) => kept.extend_from_slice(&buffer[..len]),
                (Err(e), _)
                    if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                (Err(e), _) => return Err(e),
            }
        }
    }
}

fn unspecified_like(ip: IpAddr) -> IpAddr {
    // the same address: the phones of these tests live where the server lives
    ip
}

/// Cuts the first whole message off a stream by its Content-Length (RFC 3261 section 18.3).
fn take_message(kept: &mut Vec<u8>) -> Option<Vec<u8>> {
    let head = kept.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let text = Response::new(&kept[..head]);
    let body: usize = text.header("Content-Length").and_then(|l| l.parse().ok()).unwrap_or(0);
    (kept.len() >= head + body).then(|| kept.drain(..head + body).collect())
}

/// A call that is up, or on its way.
pub struct Call {
    /// Its signalling.
    pub line: Line,
    /// Its numbers.
    pub dialog: Dialog,
    /// Its audio socket.
    pub audio: UdpSocket,
    /// Takes the server's RTCP, so that the audio socket hears audio alone.
    rtcp: UdpSocket,
    /// What it sends.
    pub sender: Sender,
    /// Where the server wants audio, once answered.
    pub server_audio: Option<SocketAddr>,
    /// When the INVITE left, when the 200 came, when the ACK left.
    pub times: [Instant; 3],
}

impl Call {
    /// A phone that has not dialled yet.
    pub fn new(line: Line, uri: &str, from: &str, number: u64) -> io::Result<Self> {
        let local = line.local()?;
        let (audio, rtcp) = (UdpSocket::bind((local.ip(), 0))?, UdpSocket::bind((local.ip(), 0))?);
        let dialog = Dialog::new(local, line.transport(), uri, from, number);
        Ok(Self {
            line,
            dialog,
            audio,
            rtcp,
            sender: Sender::new(number as u32 + 1),
            server_audio: None,
            times: [now(); 3],
        })
    }

    /// Sends the INVITE with an offer, waits for the final response and acknowledges a 2xx; the final response.
    pub fn dial(&mut self) -> io::Result<Response> {
        let offer = self.offer()?;
        self.dial_with(&offer)
    }

    /// An offer of A-law and telephone-event on its own sockets.
    pub fn offer(&self) -> io::Result<String> {
        Ok(offer(self.audio.local_addr()?, self.rtcp.local_addr()?.port()))
    }

    /// The same with an offer of the test's own.
    pub fn dial_with(&mut self, offer: &str) -> io::Result<Response> {
        let invite = self.dialog.invite(offer);
        self.times[0] = now();
        self.line.send(invite)?;
        let response = self.final_response("INVITE")?;
        self.times[1] = now();
        self.dialog.learn(&response);
        if response.status() / 100 == 2 {
            self.server_audio = response.media();
            let ack = self.dialog.ack();
            self.times[2] = now();
            self.line.send(ack)?;
        }
        Ok(response)
    }

    /// Waits up to 5 s for the final response to a request with this method; requests that come meanwhile get 200.
    pub fn final_response(&mut self, method: &str) -> io::Result<Response> {
        let deadline = Deadline::within(Duration::from_secs(5));
        while !deadline.passed() {
            let Some(message) = self.line.receive(deadline.left())? else { continue };
            match message.status() {
                0 => self.line.send(message.ok())?,
                200.. if message.method() == method => return Ok(message),
                _ => {}
            }
        }
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no final response to {method} in 5 s"),
        ))
    }

    /// Hangs up and waits for the answer.
    pub fn hang_up(&mut self) -> io::Result<Response> {
        let bye = self.dialog.next("BYE", "", "");
        self.line.send(bye)?;
        self.final_response("BYE")
    }

    /// Waits for a request of the peer with this method and answers 200; `None` when it did not come in time.
    pub fn wait_request(&mut self, method: &str, within: Duration) -> io::Result<Option<Response>> {
        let deadline = Deadline::within(within);
        while !deadline.passed() {
            let Some(message) = self.line.receive(deadline.left())? else { continue };
            if message.status() == 0 {
                self.line.send(message.ok())?;
                if message.method() == method {
                    return Ok(Some(message));
                }
            }
        }
        Ok(None)
    }

    /// Sends one packet of audio.
    pub fn speak(&mut self) -> io::Result<()> {
        let packet = self.sender.audio(rtp::SILENCE);
        self.send_audio(&packet)
    }

    /// Sends an RTP packet to where the server wants it.
    pub fn send_audio(&self, packet: &[u8]) -> io::Result<()> {
        let to =
            self.server_audio.ok_or_else(|| io::Error::other("the call has no media address"))?;
        self.audio.send_to(packet, to).map(drop)
    }

    /// The next RTP packet and when it came, or `None` when none came in time.
    pub fn hear(&self, within: Duration) -> io::Result<Option<(Instant, Vec<u8>)>> {
        let mut buffer = [0; 1500];
        self.audio.set_read_timeout(Some(within.max(Duration::from_millis(1))))?;
        match self.audio.recv(&mut buffer) {
            Ok(len) => Ok(Some((now(), buffer[..len].to_vec()))),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    /// Listens for this long, speaking silence every 20 ms when asked to; the packets that came.
    pub fn listen(
        &mut self,
        time: Duration,
        speaking: bool,
    ) -> io::Result<Vec<(Instant, Vec<u8>)>> {
        let deadline = Deadline::within(time);
        let (mut heard, mut speak_at) = (Vec::new(), now());
        while !deadline.passed() {
            if speaking && now() >= speak_at {
                self.speak()?;
                speak_at += Duration::from_millis(20);
            }
            let next = speak_at.saturating_duration_since(now());
            let wait = if speaking { next.min(deadline.left()) } else { deadline.left() };
            heard.extend(self.hear(wait)?);
        }
        Ok(heard)
    }

    /// Listens, speaking silence, until no audio came for `quiet`; the packets that came.
    pub fn listen_until_quiet(
        &mut self,
        quiet: Duration,
        most: Duration,
    ) -> io::Result<Vec<(Instant, Vec<u8>)>> {
        let (start, mut heard) = (now(), Vec::new());
        let mut last = start;
        while now() - last < quiet && now() - start < most {
            let more = self.listen(Duration::from_millis(20), true)?;
            last = more.last().map_or(last, |(at, _)| *at);
            heard.extend(more);
        }
        Ok(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_messages_in_one_read_are_two_messages() {
        let mut kept = b"SIP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nbodySIP/2.0 100 T".to_vec();
        let first = take_message(&mut kept).unwrap();
        assert!(first.ends_with(b"\r\n\r\nbody"));
        assert_eq!(kept, b"SIP/2.0 100 T");
        assert!(take_message(&mut kept).is_none());
    }
}
