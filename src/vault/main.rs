//! The vault: takes a card from the caller's keys to the acquirer, and no other program ever holds a
//! digit of it.
//!
//! It is started by the switch as a child whose standard input is the link (a Unix stream socket), locks
//! its doors in the order of `harden.rs`, and serves until the link ends. It has no library target, so no
//! other room can name a card type; no runtime, no logger, no file system, no DNS. What it has to say it
//! says over `vault_link` in closed words. Built for use by `cargo build --profile vault -p vault`, which
//! alone keeps its features apart from the rest of the house.
//!
//! Owns: card data.
//! Never: the switch's memory, disk, recordings or console; content in any log.

mod asking;
mod brands;
mod caller;
mod capture;
mod card;
mod clock;
mod config;
mod desk;
mod entry;
mod furniture;
mod gateway;
mod harden;
mod keys;
mod limits;
mod prompts;
mod questions;
mod relay;
mod secret_page;
mod turns;
mod unlocked;
mod visit;
mod voice;
mod wiping_allocator;
mod wordless;

use std::io::Write;
use std::process::ExitCode;
use turns::Stop;

#[global_allocator]
static HEAP: wiping_allocator::WipingAllocator = wiping_allocator::WipingAllocator;

/// Why it ended, as a word: the only thing that it ever writes outside the link.
enum Ended {
    Usage,
    Open(harden::Open),
    Missing(furniture::Missing),
    Link,
    Stopped(Stop),
}

fn main() -> ExitCode {
    // a panic's message may quote what it was about: the process ends without a word, and without a core
    std::panic::set_hook(Box::new(|_| std::process::exit(101)));
    let ended = run();
    let (word, code) = ended.word();
    let _ = std::io::stderr().write_all(word.as_bytes());
    ExitCode::from(code)
}

fn run() -> Ended {
    let Some(config) = config::read(std::env::args().skip(1)) else { return Ended::Usage };
    if let Err(open) = harden::before_opening(config.user) {
        return Ended::Open(open);
    }
    let link = rustix::stdio::stdin();
    if rustix::io::ioctl_fionbio(link, true).is_err() {
        return Ended::Link;
    }
    let room = match furniture::Furniture::open(&config) {
        Ok(room) => room,
        Err(missing) => return Ended::Missing(missing),
    };
    let port = config.gateway_port;
    drop(config);
    // the first look at the clock asks the kernel where it hangs, by a call that is about to be forbidden
    let _ = (clock::now(), clock::this_month());
    if let Err(open) = harden::after_opening(port) {
        return Ended::Open(open);
    }
    Ended::Stopped(turns::serve(link, desk::Desk::new(room)))
}

impl Ended {
    fn word(&self) -> (&'static str, u8) {
        use furniture::Missing;
        use harden::Open;
        match self {
            Ended::Usage => (config::USAGE, 2),
            Ended::Link => ("vault: standard input is no link\n", 3),
            Ended::Open(Open::User) => ("vault: started as root; give it a --user\n", 10),
            Ended::Open(Open::Limits) => ("vault: limits cannot be set\n", 11),
            Ended::Open(Open::MemoryLock) => ("vault: memory cannot be locked\n", 12),
            Ended::Open(Open::Dumpable) => ("vault: memory stays readable\n", 13),
            Ended::Open(Open::NewPrivileges) => ("vault: privileges stay open\n", 14),
            Ended::Open(Open::Landlock) => ("vault: Landlock is missing; Linux 6.7 has it\n", 15),
            Ended::Open(Open::SystemCalls) => ("vault: seccomp is missing\n", 16),
            Ended::Missing(Missing::SecretMemory) => ("vault: no secret memory\n", 17),
            Ended::Missing(Missing::Prompts) => ("vault: prompts are missing\n", 20),
            Ended::Missing(Missing::Roots) => ("vault: root certificates are missing\n", 21),
            Ended::Missing(Missing::GatewayName) => ("vault: the gateway's name is none\n", 22),
            Ended::Missing(Missing::Credentials) => ("vault: credentials are missing\n", 23),
            Ended::Missing(Missing::Sockets) => ("vault: no sockets for sound\n", 24),
            Ended::Stopped(Stop::LinkClosed) => ("", 0),
            Ended::Stopped(Stop::LinkBroken) => ("vault: the link is broken\n", 30),
            Ended::Stopped(Stop::System) => ("vault: the system fails\n", 31),
        }
    }
}
