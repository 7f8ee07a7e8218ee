//! Who forwards: a process of its own, so that its CPU time and its memory are its own.

use super::load::Ends;
use super::rtpengine::Rtpengine;
use acceptance::bare::cpu;
use engine::{Engine, EngineConfig, Scheduling};
use ids::{LegId, Moment};
use media::command::{BridgedKeys, Codec, Command, Direction, LegParams};
use rustix::event::epoll;
use rustix::time::{ClockId, clock_gettime};
use std::io::{self, BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// First word of a process that forwards.
pub const ROLE: &str = "--forward";

/// Who forwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One epoll thread that receives on connected sockets and sends on.
    Floor,
    /// Our media engine, one thread.
    Engine,
    /// Debian's, in userspace, one thread.
    Rtpengine,
}

impl Kind {
    /// For the table.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Floor => "floor",
            Kind::Engine => "parley",
            Kind::Rtpengine => "rtpengine",
        }
    }
}

/// A running forwarder.
pub struct Side {
    process: Process,
    /// Where the telephones send, bridge by bridge.
    pub addresses: Vec<Ends>,
    memory_before: u64,
}

enum Process {
    Own(Child),
    Rtpengine(Rtpengine),
}

impl Side {
    /// Starts it and has it bridge these telephones.
    pub fn start(kind: Kind, phones: &[Ends]) -> io::Result<Self> {
        if kind == Kind::Rtpengine {
            let mut process = Rtpengine::start()?;
            let memory_before = cpu::memory_of(process.pid());
            let addresses =
                phones.iter().map(|ends| process.bridge(*ends)).collect::<Result<_, _>>()?;
            return Ok(Self { process: Process::Rtpengine(process), addresses, memory_before });
        }
        let mut child = std::process::Command::new(std::env::current_exe()?)
            .args([ROLE, kind.name(), &phones.len().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut told = child.stdin.take().ok_or_else(|| io::Error::other("no way in"))?;
        let out = child.stdout.take().ok_or_else(|| io::Error::other("no way out"))?;
        let mut lines = io::BufReader::new(out).lines();
        let mut line =
            move || lines.next().unwrap_or_else(|| Err(io::Error::other("it has ended")));
        line()?;
        let memory_before = cpu::memory_of(child.id());
        for (a, b) in phones {
            writeln!(told, "{a} {b}")?;
        }
        let addresses = (0..phones.len()).map(|_| ends(&line()?)).collect::<io::Result<_>>()?;
        child.stdin = Some(told);
        Ok(Self { process: Process::Own(child), addresses, memory_before })
    }

    fn pid(&self) -> u32 {
        match &self.process {
            Process::Own(child) => child.id(),
            Process::Rtpengine(process) => process.pid(),
        }
    }

    /// CPU time of all its threads so far.
    pub fn cpu(&self) -> Duration {
        cpu::of_process(self.pid())
    }

    /// By how much its own memory has grown for the bridges, in bytes.
    pub fn memory(&self) -> u64 {
        cpu::memory_of(self.pid()).saturating_sub(self.memory_before)
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        if let Process::Own(child) = &mut self.process {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn ends(line: &str) -> io::Result<Ends> {
    let wrong = || io::Error::other(format!("'{line}' is no pair of addresses"));
    let (a, b) = line.split_once(' ').ok_or_else(wrong)?;
    Ok((a.parse().map_err(|_| wrong())?, b.parse().map_err(|_| wrong())?))
}

/// What the process of a side does, until it is killed.
pub fn serve(kind: &str, bridges: usize) -> io::Result<()> {
    let mut lines = io::stdin().lock().lines();
    let mut phones = || -> io::Result<Vec<Ends>> {
        (0..bridges)
            .map(|_| ends(&lines.next().unwrap_or_else(|| Err(io::Error::other("no more")))?))
            .collect()
    };
    match kind {
        "floor" => {
            println!("ready");
            floor(&phones()?)
        }
        _ => {
            let engine = engine()?;
            println!("ready");
            bridge(&engine, &phones()?)?;
            // until the other side hangs up
            let _ = lines.next();
            engine.stop();
            Ok(())
        }
    }
}

fn engine() -> io::Result<Engine> {
    Engine::start(EngineConfig {
        threads: 1,
        ports: 16_384..=32_767,
        seed: 1,
        browsers: None,
        // the class of this process
        scheduling: Scheduling::default(),
        clock: Arc::new(|| {
            let now = clock_gettime(ClockId::Monotonic);
            Moment::from_micros(now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000)
        }),
        wake: Arc::new(|| {}),
    })
    .map_err(io::Error::other)
}

fn bridge(engine: &Engine, phones: &[Ends]) -> io::Result<()> {
    for (n, (a, b)) in (0..).zip(phones) {
        let legs = [LegId(n * 2 + 1), LegId(n * 2 + 2)];
        let here = Ipv4Addr::LOCALHOST.into();
        let first = engine.open(legs[0], here).map_err(io::Error::other)?;
        let second = engine.open_beside(legs[1], legs[0], here).map_err(io::Error::other)?;
        for (leg, remote) in legs.into_iter().zip([a, b]) {
            tell(engine, Command::Start(leg, Box::new(params(*remote))))?;
        }
        for (leg, to) in [(legs[0], legs[1]), (legs[1], legs[0])] {
            tell(engine, Command::Bridge { leg, to, keys: BridgedKeys::ToPeer })?;
        }
        println!("{} {}", first.rtp, second.rtp);
    }
    Ok(())
}

fn tell(engine: &Engine, command: Command) -> io::Result<()> {
    let mut command = command;
    while let Err(engine::Full(back)) = engine.send(command) {
        command = *back;
        std::thread::yield_now();
    }
    Ok(())
}

fn params(remote: SocketAddr) -> LegParams {
    LegParams {
        remote_rtp: remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() ^ 1),
        codec: Codec::Pcma,
        payload_type: 8,
        telephone_event: Some((101, 8_000)),
        received_as: None,
        inband_always: false,
        ptime_ms: 20,
        direction: Direction::SendRecv,
        srtp: None,
        cname: "bench@parley.example".into(),
    }
}

/// Receives and sends on, and nothing else.
fn floor(phones: &[Ends]) -> io::Result<()> {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut sockets: Vec<UdpSocket> = Vec::new();
    for (a, b) in phones {
        for remote in [a, b] {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.connect(remote)?;
            socket.set_nonblocking(true)?;
            let data = epoll::EventData::new_u64(sockets.len() as u64);
            epoll::add(&epoll, &socket, data, epoll::EventFlags::IN)?;
            sockets.push(socket);
        }
    }
    for ends in sockets.chunks(2) {
        println!("{} {}", ends[0].local_addr()?, ends[1].local_addr()?);
    }
    let mut ready = Vec::with_capacity(64);
    let mut packet = [0; 2_048];
    loop {
        ready.clear();
        match epoll::wait(&epoll, rustix::buffer::spare_capacity(&mut ready), None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
        for event in &ready {
            let n = event.data.u64() as usize;
            if let Ok(length) = sockets[n].recv(&mut packet) {
                let _ = sockets[n ^ 1].send(&packet[..length]);
            }
        }
    }
}
