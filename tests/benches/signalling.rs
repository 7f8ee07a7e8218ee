//! What signalling costs the whole program: short calls, many calls a second, calls that stand, and a flood of
//! strangers beside calls that talk. See README.md beside this file. Prints, never judges.

#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]

mod dialplan;
mod figures;
mod flood;
mod load;

use acceptance::bare::cpu;
use acceptance::bare::rush::Rush;
use acceptance::program::Server;
use figures::Times;
use std::io;
use std::time::Duration;

/// Calls before anything is measured: pages are there, queues have grown.
const WARM: usize = 1_000;
/// Short calls whose CPU time is counted, at a rate that is no load.
const SHORT: usize = 3_000;
const SHORT_PER_S: u32 = 300;
/// Rates that are tried, and for how many seconds.
const RATES: [u32; 4] = [1_000, 2_000, 3_000, 4_000];
const RATE_S: usize = 3;
/// Calls that stand at once for the memory figure.
const STANDING: usize = 2_000;

fn main() -> io::Result<()> {
    raise_open_files_limit();
    let plans =
        [("dialplans/talk.kdl", dialplan::talk()), ("dialplans/keys.kdl", dialplan::keys())];
    let files: Vec<(&str, &str)> =
        plans.iter().map(|(name, text)| (*name, text.as_str())).collect();
    // the first start fills the caches and makes the database
    let server = Server::serve(dialplan::CONFIG, &files)?.restart(|| {})?;
    rush(&server, WARM, 250)?;

    short_calls(&server)?;
    standing_calls(&server)?;
    println!("calls/s, each INVITE 200 ACK BYE 200:");
    for rate in RATES {
        many_calls(&server, rate)?;
    }
    drop(server);
    flood::measure(&files)
}

fn rush(server: &Server, calls: usize, per_second: u32) -> io::Result<(Rush, Duration)> {
    let mut rush = Rush::new(server.udp(), "keys")?;
    let took = rush.run(calls, per_second)?;
    Ok((rush, took))
}

fn short_calls(server: &Server) -> io::Result<()> {
    let (before, threads) = (cpu::of_process(server.pid()), cpu::by_thread_name(server.pid()));
    let (rush, _) = rush(server, SHORT, SHORT_PER_S)?;
    // what is written down a little later belongs to the calls, too
    std::thread::park_timeout(Duration::from_millis(1_500));
    let used = cpu::of_process(server.pid()) - before;
    let per_call = |used: Duration| used.as_secs_f64() * 1e3 / rush.good().max(1) as f64;
    println!(
        "CPU per call, whole program      {:.3} ms ({} of {SHORT} calls at {SHORT_PER_S}/s)",
        per_call(used),
        rush.good()
    );
    for (name, after) in cpu::by_thread_name(server.pid()) {
        let used = per_call(after.saturating_sub(threads.get(&name).copied().unwrap_or_default()));
        if used >= 0.002 {
            println!("  thread {name:<24}  {used:.3} ms");
        }
    }
    Ok(())
}

fn standing_calls(server: &Server) -> io::Result<()> {
    let before = cpu::memory_of(server.pid());
    let mut standing = Rush::new(server.udp(), "keys")?;
    standing.hangs_up = false;
    standing.run(STANDING, 500)?;
    let grown = cpu::memory_of(server.pid()).saturating_sub(before);
    let up = standing.good().max(1);
    println!(
        "memory per standing call         {:.1} kB ({up} calls)",
        grown as f64 / 1024.0 / up as f64
    );
    standing.hang_up()
}

fn many_calls(server: &Server, rate: u32) -> io::Result<()> {
    let (before, calls) = (cpu::of_process(server.pid()), rate as usize * RATE_S);
    let ours = cpu::of_this_thread();
    let (rush, took) = rush(server, calls, rate)?;
    let share = |used: Duration| used.as_secs_f64() / took.as_secs_f64() * 100.0;
    let mut answers = Times::default();
    rush.answers.iter().for_each(|t| answers.add(*t));
    println!(
        "  {rate:>5}/s                        {} of {calls} good, {} refused or lost{}, {} requests sent again",
        rush.good(),
        rush.failed.0,
        rush.failed.1.as_ref().map(|e| format!(" ({e})")).unwrap_or_default(),
        rush.repeated
    );
    println!("    INVITE to 200                {}", answers.line(&[0.5, 0.99]));
    println!(
        "    CPU                          server {:.0} %, load {:.0} % of a core",
        share(cpu::of_process(server.pid()) - before),
        share(cpu::of_this_thread() - ours)
    );
    Ok(())
}

fn raise_open_files_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
}
