//! Delays under light load: one call at a time, as a caller would notice them.

use super::dialplan::MENUS;
use super::figures::Times;
use super::options::Options;
use acceptance::bare::clock::now;
use acceptance::bare::phone::{Call, Line};
use acceptance::bare::rtp;
use acceptance::program::Server;
use std::io;
use std::time::{Duration, Instant};

/// A prompt is heard this long before the next key: not a multiple of 20 ms, so that keys fall anywhere on its grid.
const BEFORE_KEY: Duration = Duration::from_millis(133);
/// Updates in one key: 100 ms.
const UPDATES: u16 = 4;
/// Longest wait for a packet.
const PATIENCE: Duration = Duration::from_secs(2);

/// Measures and prints.
pub fn measure(server: &Server, options: &Options) -> io::Result<()> {
    let mut answered = Times::default();
    let mut first = [Times::default(), Times::default()];
    for n in 0..options.delays {
        let speaking = n % 2 == 1;
        let mut call = dial(server, "talk", n as u64)?;
        if speaking {
            call.speak()?;
        }
        let (at, _) =
            call.hear(PATIENCE)?.ok_or_else(|| io::Error::other("no prompt was heard in 2 s"))?;
        answered.add(call.times[1] - call.times[0]);
        first[usize::from(speaking)].add(at.saturating_duration_since(call.times[2]));
        call.hang_up()?;
    }
    let [silent, talking] = &mut first;
    println!("INVITE to 200                    {}", answered.line(&[0.5, 0.99]));
    println!("ACK to first prompt packet       {}", talking.line(&[0.5, 0.99]));
    println!("  from a caller who is silent    {}", silent.line(&[0.5, 0.99]));
    keys(server, options)
}

fn dial(server: &Server, user: &str, number: u64) -> io::Result<Call> {
    let uri = format!("sip:{user}@{}", server.udp());
    let mut call = Call::new(Line::udp(server.udp())?, &uri, "light", number)?;
    let response = call.dial()?;
    match response.status() {
        200 => Ok(call),
        _ => {
            Err(io::Error::other(format!("a call got {}\n{}", response.start_line(), server.log())))
        }
    }
}

fn keys(server: &Server, options: &Options) -> io::Result<()> {
    let (mut stops, mut starts) = (Times::default(), Times::default());
    for n in 0..options.delays.div_ceil(MENUS - 1).max(3) {
        let mut call = dial(server, "keys", 10_000 + n as u64)?;
        for _ in 0..MENUS - 1 {
            call.listen(BEFORE_KEY, true)?;
            let (stop, start) = one_key(&mut call)?;
            stops.add(stop);
            starts.add(start);
        }
        call.hang_up()?;
    }
    println!("key's first packet to silence    {}", stops.line(&[0.5, 0.99]));
    println!("key's end to next prompt         {}", starts.line(&[0.5, 0.99]));
    Ok(())
}

/// Presses 1 as a telephone does; how long the old prompt went on, and how long the next one let wait.
fn one_key(call: &mut Call) -> io::Result<(Duration, Duration)> {
    let packets = call.sender.key('1', UPDATES);
    let pressed = now();
    let mut last_old: Option<Instant> = None;
    let (updates, ends) = packets.split_at(usize::from(UPDATES));
    for (n, update) in updates.iter().enumerate() {
        call.send_audio(update)?;
        let until = pressed + Duration::from_millis(20) * (n as u32 + 1);
        while now() < until {
            if let Some((at, packet)) = call.hear(until.saturating_duration_since(now()))? {
                last_old = rtp::read(&packet).map(|_| at).or(last_old);
            }
        }
    }
    let ended = now();
    for end in ends {
        call.send_audio(end)?;
    }
    let (at, _) = call
        .hear(PATIENCE)?
        .ok_or_else(|| io::Error::other("no prompt followed the key in 2 s"))?;
    let stop = last_old.map_or(Duration::ZERO, |at| at.saturating_duration_since(pressed));
    Ok((stop, at.saturating_duration_since(ended)))
}
