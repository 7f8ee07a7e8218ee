//! Calls that talk while strangers send REGISTER after REGISTER: what the callers notice.

use super::dialplan;
use super::figures::Times;
use super::load::Load;
use acceptance::bare::clock::now;
use acceptance::bare::cpu;
use acceptance::bare::rtp;
use acceptance::bare::streams::Streams;
use acceptance::program::Server;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const TALKING: usize = 100;
const WINDOW: Duration = Duration::from_secs(8);
const PER_SECOND: u32 = 5_000;

/// Measures and prints: quiet, a flood that is answered 401 one by one, a flood from a source over its rate.
pub fn measure(files: &[(&str, &str)]) -> io::Result<()> {
    let config = format!("{}[guard]\ntrusted = [\"127.0.0.1/32\"]\n", dialplan::CONFIG);
    let server = Server::serve(&config, files)?;
    let mut load = Load::new(server.udp(), "talk", TALKING)?;
    let answered = load.dial()?;
    let waited = load.calls.iter().filter_map(|c| c.answered_after).max().unwrap_or_default();
    println!(
        "{answered} calls talk (the last was answered after {:.1} ms); spacing of packets:",
        waited.as_secs_f64() * 1e3
    );
    let mut streams = Streams::new()?;
    for call in &mut load.calls {
        if let (Some(audio), Some(media)) = (call.audio.take(), call.media) {
            streams.add(audio, media, true)?;
        }
    }
    streams.run(now() + Duration::from_secs(1), |_, _, _| {})?;
    for (name, source) in [
        ("nobody else", None),
        ("REGISTER from a trusted source", Some("127.0.0.1:0")),
        ("REGISTER from a stranger", Some("127.0.0.2:0")),
        ("nobody else, again", None),
    ] {
        window(&server, &mut streams, name, source)?;
    }
    load.hang_up().map(drop)
}

fn window(
    server: &Server,
    streams: &mut Streams,
    name: &str,
    source: Option<&str>,
) -> io::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let flood = source.map(|s| flood(s, server.udp(), &stop)).transpose()?;
    let before = cpu::of_process(server.pid());
    let (mut last, mut gaps) = (vec![None; TALKING], Times::default());
    streams.late_max = Duration::ZERO;
    streams.run(now() + WINDOW, |n, at, packet| {
        if let Some((_, seq, _, _)) = rtp::read(packet)
            && let Some((before, then)) = last[n].replace((seq, at))
            && seq == u16::wrapping_add(before, 1)
        {
            gaps.add(at - then);
        }
    })?;
    let used = cpu::of_process(server.pid()) - before;
    stop.store(true, Ordering::Relaxed);
    let sent = flood.map_or(Ok(Ok((0, 0))), JoinHandle::join);
    let (sent, answered) = sent.map_err(|_| io::Error::other("the flood's thread failed"))??;
    let seconds = WINDOW.as_secs_f64();
    println!("  {name:<31}{}", gaps.line(&[0.5, 0.99, 0.999]));
    println!(
        "    {:.0} a second, {:.0} answered; server {:.0} % of a core; the load was late by up to {:.1} ms",
        sent as f64 / seconds,
        answered as f64 / seconds,
        used.as_secs_f64() / seconds * 100.0,
        streams.late_max.as_secs_f64() * 1e3
    );
    Ok(())
}

/// Sends until it is stopped; how many left, how many answers came.
fn flood(
    source: &str,
    server: SocketAddr,
    stop: &Arc<AtomicBool>,
) -> io::Result<JoinHandle<io::Result<(u64, u64)>>> {
    let socket = UdpSocket::bind(source)?;
    socket.set_nonblocking(true)?;
    let (local, stop) = (socket.local_addr()?, Arc::clone(stop));
    Ok(std::thread::spawn(move || {
        let (start, mut sent, mut answered, mut buffer) = (now(), 0u64, 0, [0; 2048]);
        while !stop.load(Ordering::Relaxed) {
            let due = start + Duration::from_secs(1) / PER_SECOND * sent as u32;
            if now() < due {
                std::thread::park_timeout(due - now());
                continue;
            }
            let text = format!(
                "REGISTER sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bKr{sent}\r\nMax-Forwards: 70\r\n\
                 From: <sip:u{sent}@{server}>;tag=t{sent}\r\nTo: <sip:u{sent}@{server}>\r\nCall-ID: r{sent}@{local}\r\n\
                 CSeq: 1 REGISTER\r\nContact: <sip:u{sent}@{local}>\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n"
            );
            // a full buffer loses it, as a network would
            let _ = socket.send_to(text.as_bytes(), server);
            sent += 1;
            while socket.recv(&mut buffer).is_ok() {
                answered += 1;
            }
        }
        Ok((sent, answered))
    }))
}
