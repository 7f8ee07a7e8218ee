//! rtpengine as Debian ships it, in userspace, told what to bridge by its control protocol: a cookie and a
//! bencoded dictionary in a datagram.

use super::load::Ends;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Whether it is installed.
pub fn installed() -> bool {
    let mut asked = Command::new("rtpengine");
    asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// A running one.
pub struct Rtpengine {
    child: Child,
    control: UdpSocket,
    asked: u32,
}

impl Rtpengine {
    /// Starts it with one thread and waits until it answers.
    pub fn start() -> io::Result<Self> {
        let free = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new("rtpengine")
            .args(["--foreground", "--table=-1", "--interface=127.0.0.1", "--log-stderr"])
            .args(["--log-level=2", "--num-threads=1", "--port-min=34000", "--port-max=60000"])
            .arg(format!("--listen-ng={free}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let control = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        control.connect(free)?;
        control.set_read_timeout(Some(Duration::from_millis(200)))?;
        let mut it = Self { child, control, asked: 0 };
        let begun = acceptance::bare::clock::now();
        while it.ask("d7:command4:pinge").is_err() {
            if Instant::elapsed(&begun) > Duration::from_secs(10) {
                return Err(io::Error::other("rtpengine does not answer its control port"));
            }
        }
        it.control.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(it)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Offer and answer of one call; where its two telephones send.
    pub fn bridge(&mut self, (a, b): Ends) -> io::Result<Ends> {
        let call = format!("call-{}", self.asked);
        let to_b = self.ask(&dictionary(&[
            ("ICE", "remove"),
            ("call-id", &call),
            ("command", "offer"),
            ("from-tag", "a"),
            ("sdp", &sdp(a)),
        ]))?;
        let to_a = self.ask(&dictionary(&[
            ("ICE", "remove"),
            ("call-id", &call),
            ("command", "answer"),
            ("from-tag", "a"),
            ("sdp", &sdp(b)),
            ("to-tag", "b"),
        ]))?;
        // what each side is told is where it sends
        Ok((media(&to_a)?, media(&to_b)?))
    }

    fn ask(&mut self, dictionary: &str) -> io::Result<String> {
        self.asked += 1;
        let cookie = format!("q{} ", self.asked);
        self.control.send(format!("{cookie}{dictionary}").as_bytes())?;
        let mut answer = [0; 8_192];
        loop {
            let length = self.control.recv(&mut answer)?;
            let text = String::from_utf8_lossy(&answer[..length]).into_owned();
            if let Some(rest) = text.strip_prefix(&cookie) {
                return Ok(rest.to_owned());
            }
        }
    }
}

impl Drop for Rtpengine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dictionary(entries: &[(&str, &str)]) -> String {
    let entries: String = entries
        .iter()
        .map(|(key, value)| format!("{}:{key}{}:{value}", key.len(), value.len()))
        .collect();
    format!("d{entries}e")
}

fn sdp(at: SocketAddr) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n\
         a=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n",
        ip = at.ip(),
        port = at.port()
    )
}

fn media(answer: &str) -> io::Result<SocketAddr> {
    let port =
        answer.split("m=audio ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    let port: u16 = port.ok_or_else(|| io::Error::other(format!("rtpengine said: {answer}")))?;
    Ok(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port))
}
