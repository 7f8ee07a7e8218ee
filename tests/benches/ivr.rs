//! Drives the real program with many calls on loopback and prints what they cost next to bare sockets doing the
//! same: see README.md beside this file. Prints, never judges.

#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]

mod delays;
mod dialplan;
mod figures;
mod load;
mod options;
#[path = "bridge/place.rs"]
mod place;
mod round;

use acceptance::bare::clock::now;
use acceptance::bare::phone::{Call, Line};
use acceptance::program::Server;
use options::Options;
use round::Round;
use std::io;
use std::time::{Duration, Instant};

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !place::entered() {
        return place::enter(&words, place::Started::Ordinary);
    }
    let options = Options::from_arguments(words.into_iter());
    raise_open_files_limit();
    println!(
        "IVR benchmark: {} calls, windows of {} s, {} rounds; the telephones: {}",
        options.calls,
        options.seconds,
        options.rounds,
        place::said()
    );
    let plans =
        [("dialplans/talk.kdl", dialplan::talk()), ("dialplans/keys.kdl", dialplan::keys())];
    let files: Vec<(&str, &str)> =
        plans.iter().map(|(name, text)| (*name, text.as_str())).collect();

    // the first start fills the caches and makes the database, the second one is measured
    let mut start = now();
    let server = Server::serve(dialplan::CONFIG, &files)?.restart(|| start = now())?;
    let first = first_answer(&server, start)?;
    println!("start to first answered call     {:.0} ms (caches warm)", first.as_secs_f64() * 1e3);

    delays::measure(&server, &options)?;
    let mut shares = Vec::new();
    for round in 1..=options.rounds {
        let mut measured = Round::run(&server, &options)?;
        measured.print(round, &options);
        shares.push(measured.ratio());
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

fn raise_open_files_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
}
