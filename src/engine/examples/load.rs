//! How much of a core playing costs: the engine beside a bare-socket thread that only receives and sends.
//!
//! `cargo run --release -p engine --example load -- 1000 10` (legs, seconds; with a third word each leg is sent
//! its prompt in Opus instead of G.711). Each leg is played a prompt
//! and receives 50 packets a second from a phone of its own. The phones are one thread of this program;
//! its time is not counted. Engine and floor run one after the other, twice, in the same process.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a measuring program, not the server

use engine::{Engine, EngineConfig, Scheduling};
use ids::{LegId, Moment, PlayId};
use media::command::{Codec, Command, Direction, Event, LegParams, Part, Playlist};
use rtp::Header;
use rustix::event::epoll;
use rustix::time::{ClockId, clock_gettime};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

fn now_us() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |n: usize, otherwise| args.get(n).map_or(otherwise, |a| a.parse().unwrap());
    let (legs, seconds) = (number(0, 1_000), number(1, 10));
    let run = if args.len() > 2 { run_engine_in_opus } else { run_engine_in_g711 };
    for round in 1..=2 {
        let engine = measure(legs, seconds, run);
        let floor = measure(legs, seconds, run_floor);
        println!(
            "round {round}: engine {engine:.1} % of a core for {legs} legs, floor {floor:.1} %, ratio {:.2}",
            engine / floor
        );
    }
}

/// What is measured runs until the flag is set and returns its CPU time in µs.
type Run = fn(&[UdpSocket], &Arc<AtomicBool>, &Arc<AtomicBool>) -> u64;

fn measure(legs: u64, seconds: u64, run: Run) -> f64 {
    let phones: Vec<UdpSocket> = (0..legs).map(|_| bind()).collect();
    let (stop, ready) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let timer = {
        let (stop, ready) = (stop.clone(), ready.clone());
        std::thread::spawn(move || {
            while !ready.load(Relaxed) {
                wait(1_000);
            }
            wait(seconds * 1_000_000);
            stop.store(true, Relaxed);
        })
    };
    let cpu_us = run(&phones, &stop, &ready);
    timer.join().unwrap();
    cpu_us as f64 / (seconds * 10_000) as f64
}

fn bind() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn wait(us: u64) {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    wait_in(&epoll, &mut Vec::with_capacity(1), us);
}

fn wait_in(epoll: &rustix::fd::OwnedFd, ready: &mut Vec<epoll::Event>, us: u64) {
    ready.clear();
    let duration = Duration::from_micros(us);
    let timeout = rustix::event::Timespec {
        tv_sec: duration.as_secs() as i64,
        tv_nsec: i64::from(duration.subsec_nanos()),
    };
    let _ = epoll::wait(epoll, rustix::buffer::spare_capacity(ready), Some(&timeout));
}

/// The phones: each sends 50 packets a second to its address, spread over 20 ms.
fn talk(phones: &[UdpSocket], to: &[SocketAddr], stop: &AtomicBool) {
    let (start, mut tick) = (now_us(), 0_u64);
    let mut out = [0; 200];
    let mut buffer = [0; 400];
    while !stop.load(Relaxed) {
        for (n, phone) in phones.iter().enumerate() {
            let due = start + tick * 20_000 + n as u64 * 20_000 / phones.len() as u64;
            let now = now_us();
            if due > now {
                wait(due - now);
            }
            let header = Header {
                payload_type: 8,
                marker: false,
                sequence: tick as u16,
                timestamp: tick as u32 * 160,
                ssrc: n as u32,
            };
            let length = header.write(&[0xD5; 160], &mut out);
            let _ = phone.send_to(&out[..length], to[n]);
            while n >= EARS && phone.recv(&mut buffer).is_ok() {}
        }
        tick += 1;
    }
}

/// How many phones note when each packet comes.
const EARS: usize = 40;

/// Listens on the first phones and prints how far the spacing of packets is from 20 ms, in µs.
fn listen(phones: &[UdpSocket], stop: &Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    let ears: Vec<UdpSocket> = phones.iter().take(EARS).map(|p| p.try_clone().unwrap()).collect();
    let stop = stop.clone();
    std::thread::spawn(move || {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        for (n, ear) in (0..).zip(&ears) {
            let data = epoll::EventData::new_u64(n);
            epoll::add(&epoll, ear, data, epoll::EventFlags::IN).unwrap();
        }
        let (mut last, mut off) = (vec![0_u64; ears.len()], Vec::new());
        let (mut ready, mut buffer) = (Vec::with_capacity(64), [0; 400]);
        while !stop.load(Relaxed) {
            wait_in(&epoll, &mut ready, 100_000);
            let now = now_us();
            for event in &ready {
                let n = event.data.u64() as usize;
                // sound only: RTCP has other lengths and times
                let came = ears[n].recv(&mut buffer).is_ok_and(|length| length == 172);
                let before = if came { std::mem::replace(&mut last[n], now) } else { 0 };
                if before > 0 {
                    off.push((now - before).abs_diff(20_000));
                }
            }
        }
        off.sort_unstable();
        let at = |share: f64| off.get((off.len() as f64 * share) as usize).copied().unwrap_or(0);
        println!("  spacing off 20 ms: p50 {} p99 {} p99.9 {} us", at(0.5), at(0.99), at(0.999));
    })
}

fn run_engine_in_g711(
    phones: &[UdpSocket],
    stop: &Arc<AtomicBool>,
    ready: &Arc<AtomicBool>,
) -> u64 {
    run_engine(phones, stop, ready, (Codec::Pcma, 8))
}

fn run_engine_in_opus(
    phones: &[UdpSocket],
    stop: &Arc<AtomicBool>,
    ready: &Arc<AtomicBool>,
) -> u64 {
    run_engine(phones, stop, ready, (Codec::Opus, 111))
}

fn run_engine(
    phones: &[UdpSocket],
    stop: &Arc<AtomicBool>,
    ready: &Arc<AtomicBool>,
    (codec, payload_type): (Codec, u8),
) -> u64 {
    let engine = Engine::start(EngineConfig {
        threads: 1,
        ports: 20_000..=29_999,
        browsers: None,
        seed: 1,
        scheduling: Scheduling { realtime: true, cores: Vec::new() },
        clock: Arc::new(|| Moment::from_micros(now_us())),
        wake: Arc::new(|| {}),
    })
    .unwrap();
    let bytes: Arc<[u8]> = vec![0x55; 8_000 * 120].into();
    let list = Arc::new(Playlist { parts: vec![Part::Audio { bytes, start: 0, end: 960_000 }] });
    let mut to = Vec::new();
    for (n, phone) in (0..).zip(phones) {
        let ports = engine.open(LegId(n), Ipv4Addr::LOCALHOST.into()).unwrap();
        to.push(ports.rtp);
        let remote = phone.local_addr().unwrap();
        let params = LegParams {
            remote_rtp: remote,
            remote_rtcp: remote,
            codec,
            payload_type,
            telephone_event: Some((101, 8_000)),
            // what the phones send; nobody listens to it
            received_as: Some((8, Some(101))),
            inband_always: false,
            ptime_ms: 20,
            direction: Direction::SendRecv,
            srtp: None,
            cname: "load@parley.example".into(),
        };
        engine.send(Command::Start(LegId(n), Box::new(params))).unwrap();
        let (leg, play, list) = (LegId(n), PlayId(n), list.clone());
        engine.send(Command::Play { leg, play, list, barge_in: true, repeat: true }).unwrap();
        wait(50);
    }
    ready.store(true, Relaxed);
    let before = media_cpu_us();
    let first = engine.counters();
    let ears = listen(phones, stop);
    talk(phones, &to, stop);
    let cpu = media_cpu_us() - before;
    let last = engine.counters();
    println!(
        "  engine: sent {} received {} turns {} late {} failed {}",
        last.shards.sent - first.shards.sent,
        last.shards.received - first.shards.received,
        last.turns - first.turns,
        last.shards.dropped_late - first.shards.dropped_late,
        last.send_failed
    );
    ears.join().unwrap();
    (0..phones.len() as u64).for_each(|n| engine.send(Command::Close(LegId(n))).unwrap());
    let mut lost = 0;
    let mut closed = 0;
    while closed < phones.len() {
        if let Some(Event::Closed(_, stats)) = engine.try_event() {
            (closed, lost) = (closed + 1, lost + stats.lost);
        }
    }
    println!("  engine: lost on the way to us {lost}");
    engine.stop();
    cpu
}

/// CPU time of the thread named `media-0`, in µs (nanoseconds from the scheduler).
fn media_cpu_us() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let media = |path: &std::path::Path| {
        std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "media-0")
    };
    let path = tasks.map(|t| t.path()).find(|path| media(path)).unwrap();
    let text = std::fs::read_to_string(path.join("schedstat")).unwrap();
    text.split(' ').next().unwrap().parse::<u64>().unwrap() / 1_000
}

/// One epoll thread, connected sockets: receives what comes, sends on a 20 ms grid of its own.
fn run_floor(phones: &[UdpSocket], stop: &Arc<AtomicBool>, ready: &Arc<AtomicBool>) -> u64 {
    let sockets: Vec<UdpSocket> = phones
        .iter()
        .map(|phone| {
            let socket = bind();
            socket.connect(phone.local_addr().unwrap()).unwrap();
            socket
        })
        .collect();
    let to: Vec<SocketAddr> = sockets.iter().map(|s| s.local_addr().unwrap()).collect();
    let flag = stop.clone();
    let named = std::thread::Builder::new().name("media-0".into());
    let thread = named.spawn(move || floor(&sockets, &flag)).unwrap();
    wait(100_000);
    ready.store(true, Relaxed);
    let before = media_cpu_us();
    let ears = listen(phones, stop);
    talk(phones, &to, stop);
    ears.join().unwrap();
    thread.join().unwrap() - before
}

fn floor(sockets: &[UdpSocket], stop: &AtomicBool) -> u64 {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    for (n, socket) in (0..).zip(sockets) {
        let data = epoll::EventData::new_u64(n);
        epoll::add(&epoll, socket, data, epoll::EventFlags::IN).unwrap();
    }
    let (start, count) = (now_us(), sockets.len() as u64);
    let mut ready = Vec::with_capacity(64);
    let (mut buffer, packet) = ([0; 2_048], [0x55; 172]);
    let mut next = 0_u64;
    while !stop.load(Relaxed) {
        let due = start + next * 20_000 / count;
        wait_in(&epoll, &mut ready, due.saturating_sub(now_us()));
        for event in &ready {
            let _ = sockets[event.data.u64() as usize].recv(&mut buffer);
        }
        let now = now_us();
        while start + next * 20_000 / count <= now + 100 {
            let _ = sockets[(next % count) as usize].send(&packet);
            next += 1;
        }
    }
    media_cpu_us()
}
