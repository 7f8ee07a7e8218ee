//! One way through a bridge, seen from outside: bare sockets, our media engine and, where it is installed,
//! rtpengine in userspace, interleaved in one run. See README.md beside this file. Prints, never judges.
//!
//! Everything runs in a network namespace of its own and in the real-time class where the system permits it;
//! the first line says what it got.

#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]

#[allow(dead_code, reason = "its lines in milliseconds are for the other benchmarks")]
#[path = "figures.rs"]
mod figures;
#[path = "bridge/load.rs"]
mod load;
#[path = "bridge/place.rs"]
mod place;
#[path = "bridge/rtpengine.rs"]
mod rtpengine;
#[path = "bridge/side.rs"]
mod side;

use load::{Load, Window};
use side::{Kind, Side};
use std::io;
use std::time::Duration;

/// How much is measured.
#[derive(Clone, Copy)]
struct Options {
    bridges: usize,
    seconds: u64,
    rounds: usize,
}

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|w| w != "--bench").collect();
    if let [flag, kind, bridges] = words.as_slice()
        && flag == side::ROLE
    {
        return side::serve(kind, number(bridges));
    }
    let options = options(&words);
    if !place::entered() {
        return place::enter(&words, place::Started::Alike);
    }
    println!(
        "bridge benchmark: {} bridges, windows of {} s, {} rounds; {}",
        options.bridges,
        options.seconds,
        options.rounds,
        place::said()
    );
    let mut kinds = vec![Kind::Floor, Kind::Engine];
    if rtpengine::installed() {
        kinds.push(Kind::Rtpengine);
    } else {
        println!("rtpengine is not installed (Debian: rtpengine-daemon): measured without it");
    }
    let mut all: Vec<(Kind, Vec<Measured>)> = kinds.iter().map(|k| (*k, Vec::new())).collect();
    for round in 1..=options.rounds {
        for (kind, seen) in &mut all {
            let measured = measure(*kind, options)?;
            println!("round {round}  {}", measured.line(*kind));
            seen.push(measured);
        }
    }
    ratios(&all);
    Ok(())
}

/// One side in one window.
struct Measured {
    cpu_percent: f64,
    memory_per_bridge: f64,
    window: Window,
    at: [f64; 3],
}

impl Measured {
    fn line(&self, kind: Kind) -> String {
        let [p50, p99, p999] = self.at;
        format!(
            "{:<10} one way p50 {p50:>6.1} p99 {p99:>6.1} p99.9 {p999:>6.1} µs   CPU {:>5.1} %   {:>5.1} kB a bridge   \
             {} packets, {} lost (the load was late by up to {:.1} ms)",
            kind.name(),
            self.cpu_percent,
            self.memory_per_bridge,
            self.window.sent,
            self.window.sent.saturating_sub(self.window.heard),
            self.window.late_max.as_secs_f64() * 1e3
        )
    }
}

fn measure(kind: Kind, options: Options) -> io::Result<Measured> {
    let mut load = Load::new(options.bridges)?;
    let side = Side::start(kind, &load.pairs())?;
    load.connect(&side.addresses)?;
    load.run(WARM_UP)?;
    let before = side.cpu();
    let mut window = load.run(Duration::from_secs(options.seconds))?;
    let cpu = side.cpu() - before;
    let at = [0.5, 0.99, 0.999].map(|share| window.one_way.at(share).as_secs_f64() * 1e6);
    Ok(Measured {
        cpu_percent: cpu.as_secs_f64() / options.seconds as f64 * 100.0,
        memory_per_bridge: side.memory() as f64 / 1024.0 / options.bridges as f64,
        window,
        at,
    })
}

/// Sources are latched and caches warm after this.
const WARM_UP: Duration = Duration::from_millis(1_500);

/// Our engine over each other side, by the medians of all rounds.
fn ratios(all: &[(Kind, Vec<Measured>)]) {
    let median = |kind: Kind, figure: &dyn Fn(&Measured) -> f64| {
        let (_, seen) = all.iter().find(|(k, _)| *k == kind)?;
        let mut values: Vec<f64> = seen.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    for other in [Kind::Floor, Kind::Rtpengine] {
        let ratio = |figure: &dyn Fn(&Measured) -> f64| {
            Some(median(Kind::Engine, figure)? / median(other, figure)?)
        };
        let Some(cpu) = ratio(&|m| m.cpu_percent) else { continue };
        let way = [0, 1, 2].map(|n| ratio(&|m: &Measured| m.at[n]).unwrap_or(f64::NAN));
        println!(
            "parley to {:<10} one way p50 {:.2} × p99 {:.2} × p99.9 {:.2} ×   CPU {cpu:.2} ×",
            other.name(),
            way[0],
            way[1],
            way[2]
        );
    }
}

fn options(words: &[String]) -> Options {
    let mut options = Options { bridges: 300, seconds: 10, rounds: 3 };
    for pair in words.windows(2) {
        match pair[0].as_str() {
            "--bridges" => options.bridges = number(&pair[1]),
            "--seconds" => options.seconds = number(&pair[1]) as u64,
            "--rounds" => options.rounds = number(&pair[1]),
            _ => {}
        }
    }
    options
}

fn number(word: &str) -> usize {
    word.parse()
        .unwrap_or_else(|_| panic!("'{word}' is no number; try: --bridges 300 --seconds 10"))
}
