//! Drives the real program with many calls on loopback and prints what they cost next to bare sockets doing the
//! same: see README.md beside this file. Prints, never judges.

#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]

mod delays;
mod dialplan;
mod figures;
mod load;
mod options;

use acceptance::bare::clock::now;
use acceptance::bare::cpu;
use acceptance::bare::floor::Floor;
use acceptance::bare::phone::{Call, Line};
use acceptance::bare::rtp;
use acceptance::bare::streams::Streams;
use acceptance::program::Server;
use figures::Times;
use load::Load;
use options::Options;
use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// Time between the last answer and the first measurement: all prompts run, all sources are latched.
const SETTLE: Duration = Duration::from_millis(500);

fn main() -> io::Result<()> {
    let options = Options::from_arguments(std::env::args().skip(1));
    raise_open_files_limit();
    println!(
        "IVR benchmark: {} calls, windows of {} s, {} rounds",
        options.calls, options.seconds, options.rounds
    );
    let plans =
        [("dialplans/talk.kdl", dialplan::talk()), ("dialplans/keys.kdl", dialplan::keys())];
    let files: Vec<(&str, &str)> =
        plans.iter().map(|(name, text)| (*name, text.as_str())).collect();

    // the first start fills the caches, the second one is measured
    drop(Server::serve(dialplan::CONFIG, &files)?);
    let start = now();
    let server = Server::serve(dialplan::CONFIG, &files)?;
    let first = first_answer(&server, start)?;
    println!("start to first answered call     {:.0} ms (caches warm)", first.as_secs_f64() * 1e3);

    delays::measure(&server, &options)?;
    let mut shares = Vec::new();
    for round in 1..=options.rounds {
        shares.extend(one_round(&server, &options, round)?);
    }
    shares.sort_by(f64::total_cmp);
    if let Some(median) = shares.get(shares.len() / 2) {
        println!(
            "CPU, server to floor             {median:.2} × (median of {} rounds)",
            shares.len()
        );
    }
    Ok(())
}

fn first_answer(server: &Server, start: Instant) -> io::Result<Duration> {
    let uri = format!("sip:talk@{}", server.udp());
    let mut call = Call::new(Line::udp(server.udp())?, &uri, "first", 1)?;
    let response = call.dial()?;
    if response.status() != 200 {
        return Err(io::Error::other(format!(
            "the first call got {}\n{}",
            response.start_line(),
            server.log()
        )));
    }
    let took = now() - start;
    call.hang_up()?;
    Ok(took)
}

/// Sets the calls up, measures the server, hangs up, measures the floor with the same streams; the ratio.
fn one_round(server: &Server, options: &Options, round: usize) -> io::Result<Option<f64>> {
    let memory_before = cpu::memory_of(server.pid());
    let mut load = Load::new(server.udp(), "talk", options.calls)?;
    let cpu_before = cpu::of_process(server.pid());
    let answered = load.dial()?;
    let setup = cpu::of_process(server.pid()) - cpu_before;
    if answered == 0 {
        return Err(io::Error::other(format!("no call was answered\n{}", server.log())));
    }
    let mut heard = Heard::new(load.calls.len());
    let mut streams = Streams::new()?;
    for call in &mut load.calls {
        if let (Some(audio), Some(media)) = (call.audio.take(), call.media) {
            streams.add(audio, media, true)?;
        }
    }
    streams.run(now() + SETTLE, |_, _, _| {})?;
    let before = cpu::of_process(server.pid());
    streams.run(now() + options.window(), |n, at, packet| heard.packet(n, at, packet))?;
    let server_cpu = cpu::of_process(server.pid()) - before;
    let memory = cpu::memory_of(server.pid()).saturating_sub(memory_before) / answered as u64;
    let late = std::mem::take(&mut streams.late_max);
    let confirmed = load.hang_up()?;
    drop(streams);

    let floor_cpu = floor(options, answered)?;
    let per_thousand =
        |t: Duration| t.as_secs_f64() / options.seconds as f64 / answered as f64 * 1000.0 * 100.0;
    let ratio = server_cpu.as_secs_f64() / floor_cpu.as_secs_f64().max(1e-9);
    let mut answers = Times::default();
    load.calls.iter().filter_map(|c| c.answered_after).for_each(|t| answers.add(t));
    println!("round {round}: {answered} of {} calls answered, {confirmed} hung up", options.calls);
    println!(
        "  CPU per 1,000 calls            server {:.1} %, floor {:.1} %, ratio {ratio:.2}",
        per_thousand(server_cpu),
        per_thousand(floor_cpu)
    );
    println!(
        "  CPU per call set up            {:.3} ms",
        setup.as_secs_f64() * 1e3 / answered as f64
    );
    println!("  INVITE to 200 at {} calls/s   {}", load::RATE, answers.line(&[0.5, 0.99]));
    println!("  memory per call                {:.1} kB", memory as f64 / 1024.0);
    println!("  spacing of sent packets        {}", heard.gaps.line(&[0.5, 0.99, 0.999]));
    println!(
        "  packets received               {}, lost {}, over 40 ms apart {} (the load itself was late by up to {:.1} ms)",
        heard.packets,
        heard.lost,
        heard.over_40_ms,
        late.as_secs_f64() * 1e3
    );
    Ok(Some(ratio))
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

fn raise_open_files_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
}
