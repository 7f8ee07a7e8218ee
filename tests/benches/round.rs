//! One round: as many calls as asked for, a window in which the server is measured, then the floor with the same streams.

use super::figures::Times;
use super::load::{Load, RATE};
use super::options::Options;
use acceptance::bare::clock::now;
use acceptance::bare::cpu;
use acceptance::bare::floor::Floor;
use acceptance::bare::rtp;
use acceptance::bare::streams::Streams;
use acceptance::program::Server;
use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// Time between the last answer and the first measurement: all prompts run, all sources are latched.
const SETTLE: Duration = Duration::from_millis(500);

/// What one round measured.
pub struct Round {
    asked: usize,
    answered: usize,
    hung_up: usize,
    answers: Times,
    setup: Setup,
    server: Duration,
    threads: String,
    floor: Duration,
    memory: u64,
    heard: Heard,
    late: Duration,
}

impl Round {
    /// Sets the calls up, measures the server, hangs up, measures the floor.
    pub fn run(server: &Server, options: &Options) -> io::Result<Self> {
        let memory_before = cpu::memory_of(server.pid());
        let mut load = Load::new(server.udp(), "talk", options.calls)?;
        let (cpu_before, since) = (cpu::of_process(server.pid()), now());
        let answered = load.dial()?;
        let setup = Setup { cpu: cpu::of_process(server.pid()) - cpu_before, took: now() - since };
        if answered == 0 {
            return Err(io::Error::other(format!("no call was answered\n{}", server.log())));
        }
        let mut heard = Heard::new(load.calls.len());
        let mut streams = streams(&mut load)?;
        streams.run(now() + SETTLE, |_, _, _| {})?;
        let before = cpu::of_process(server.pid());
        let threads_before = cpu::by_thread_name(server.pid());
        streams.run(now() + options.window(), |n, at, packet| heard.packet(n, at, packet))?;
        let used = cpu::of_process(server.pid()) - before;
        let threads_after = cpu::by_thread_name(server.pid());
        let memory = cpu::memory_of(server.pid()).saturating_sub(memory_before) / answered as u64;
        let mut answers = Times::default();
        load.calls.iter().filter_map(|c| c.answered_after).for_each(|t| answers.add(t));
        Ok(Self {
            asked: options.calls,
            answered,
            hung_up: load.hang_up()?,
            answers,
            setup,
            server: used,
            threads: by_thread(&threads_before, &threads_after, options, answered),
            floor: floor(options, answered)?,
            memory,
            heard,
            late: streams.late_max,
        })
    }

    /// How often the server's CPU time holds the floor's.
    pub fn ratio(&self) -> f64 {
        self.server.as_secs_f64() / self.floor.as_secs_f64().max(1e-9)
    }

    /// Prints everything.
    pub fn print(&mut self, number: usize, options: &Options) {
        let window = options.seconds as f64;
        let percent = |t: Duration| t.as_secs_f64() / window / self.answered as f64 * 1e5;
        let (server, floor, ratio) = (percent(self.server), percent(self.floor), self.ratio());
        println!(
            "round {number}: {} of {} calls answered, {} hung up",
            self.answered, self.asked, self.hung_up
        );
        println!(
            "  CPU per 1,000 calls            server {server:.1} %, floor {floor:.1} %, ratio {ratio:.2}"
        );
        println!("    by thread                    {}", self.threads);
        let setup = self.setup.per_call_ms(self.server.as_secs_f64() / window, self.answered);
        println!("  CPU per call set up            {setup:.3} ms");
        println!("  INVITE to 200 at {RATE} calls/s   {}", self.answers.line(&[0.5, 0.99]));
        println!("  memory per call                {:.1} kB", self.memory as f64 / 1024.0);
        println!("  spacing of sent packets        {}", self.heard.gaps.line(&[0.5, 0.99, 0.999]));
        println!(
            "  packets received               {}, lost {}, over 40 ms apart {} (the load was late itself by up to {:.1} ms)",
            self.heard.packets,
            self.heard.lost,
            self.heard.over_40_ms,
            self.late.as_secs_f64() * 1e3
        );
    }
}

/// The audio of all answered calls.
fn streams(load: &mut Load) -> io::Result<Streams> {
    let mut streams = Streams::new()?;
    for call in &mut load.calls {
        if let (Some(audio), Some(media)) = (call.audio.take(), call.media) {
            streams.add(audio, media, true)?;
        }
    }
    Ok(streams)
}

/// The time in which calls were set up, while those already up were played a prompt.
struct Setup {
    cpu: Duration,
    took: Duration,
}

impl Setup {
    /// CPU of one call's setup: half of the calls were up on average, and what their prompts cost is taken off.
    fn per_call_ms(&self, prompts_per_second: f64, calls: usize) -> f64 {
        let prompts = prompts_per_second * self.took.as_secs_f64() / 2.0;
        (self.cpu.as_secs_f64() - prompts).max(0.0) * 1e3 / calls as f64
    }
}

type ByThread = std::collections::BTreeMap<String, Duration>;

/// `media 41.0 %, control 0.2 %`: per 1,000 calls, threads that did anything.
fn by_thread(before: &ByThread, after: &ByThread, options: &Options, calls: usize) -> String {
    let share = |(name, used): (&String, &Duration)| {
        let used = used.saturating_sub(before.get(name).copied().unwrap_or_default()).as_secs_f64();
        (name.clone(), used / options.seconds as f64 / calls as f64 * 1e5)
    };
    let shares = after.iter().map(share).filter(|(_, percent)| *percent >= 0.05);
    shares.map(|(name, percent)| format!("{name} {percent:.1} %")).collect::<Vec<_>>().join(", ")
}

/// CPU time of the bare sockets for as many streams and the same time.
fn floor(options: &Options, calls: usize) -> io::Result<Duration> {
    let sockets: io::Result<Vec<UdpSocket>> =
        (0..calls).map(|_| UdpSocket::bind("127.0.0.1:0")).collect();
    let sockets = sockets?;
    let peers: io::Result<Vec<_>> = sockets.iter().map(UdpSocket::local_addr).collect();
    let floor = Floor::start(&peers?)?;
    let mut streams = Streams::new()?;
    for (socket, address) in sockets.into_iter().zip(&floor.addresses) {
        streams.add(socket, *address, true)?;
    }
    let settled = now() + SETTLE;
    floor.begin(settled);
    streams.run(settled, |_, _, _| {})?;
    floor.used();
    let end = now() + options.window();
    floor.begin(end);
    streams.run(end, |_, _, _| {})?;
    let used = floor.used();
    floor.stop()?;
    Ok(used)
}

/// What the callers heard.
struct Heard {
    last: Vec<Option<(u16, Instant)>>,
    gaps: Times,
    packets: u64,
    lost: u64,
    over_40_ms: u64,
}

impl Heard {
    fn new(calls: usize) -> Self {
        Self { last: vec![None; calls], gaps: Times::default(), packets: 0, lost: 0, over_40_ms: 0 }
    }

    fn packet(&mut self, n: usize, at: Instant, packet: &[u8]) {
        let Some((_, seq, _, _)) = rtp::read(packet) else { return };
        self.packets += 1;
        if let Some((last_seq, last_at)) = self.last[n].replace((seq, at)) {
            let step = seq.wrapping_sub(last_seq);
            self.lost += u64::from(step.saturating_sub(1)) * u64::from(step < 1000);
            let gap = at - last_at;
            self.over_40_ms += u64::from(gap > Duration::from_millis(40));
            self.gaps.add(gap);
        }
    }
}
