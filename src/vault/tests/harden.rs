//! What happens behind locked doors to whoever tries what a vault does not do.

use super::after_opening;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

const WISH: &str = "VAULT_TEST_WISH";

/// Runs [`behind_locked_doors`] in a process of its own; the signal that ended it.
fn fate_of(wish: &str) -> Option<i32> {
    let me = std::env::current_exe().unwrap();
    let arguments = ["--exact", "harden::tests::behind_locked_doors", "--test-threads=1"];
    let done = Command::new(me).args(arguments).env(WISH, wish).output().unwrap();
    assert!(done.status.signal().is_some() || done.status.success(), "{wish}: {done:?}");
    done.status.signal()
}

/// One wish behind locked doors; without a wish there is nothing to do.
#[test]
fn behind_locked_doors() {
    let Ok(wish) = std::env::var(WISH) else { return };
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let allowed = port.local_addr().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let forbidden = other.local_addr().unwrap();
    after_opening(allowed.port()).unwrap();
    match wish.as_str() {
        "gateway" => drop(TcpStream::connect(allowed).unwrap()),
        "elsewhere" => {
            let refused = TcpStream::connect(forbidden).unwrap_err();
            assert_eq!(refused.kind(), std::io::ErrorKind::PermissionDenied);
        }
        "file" => drop(std::fs::read("/etc/hostname")),
        "new file" => drop(std::fs::write("/tmp/card", "x")),
        "datagrams" => drop(UdpSocket::bind("127.0.0.1:0")),
        "listen" => drop(TcpListener::bind("127.0.0.1:0")),
        "program" => drop(Command::new("true").status()),
        "thread" => drop(std::thread::spawn(|| ()).join()),
        "look into another" => drop(rustix::process::pidfd_open(
            rustix::process::getpid(),
            rustix::process::PidfdFlags::empty(),
        )),
        "become readable" => {
            let readable = super::DumpableBehavior::Dumpable;
            let _ = super::set_dumpable_behavior(readable);
        }
        other => panic!("{other}?"),
    }
    // to end a thread is one of the calls that a vault does not make
    std::process::exit(0);
}

#[test]
fn the_gateway_can_be_reached_and_no_other_port() {
    assert_eq!(fate_of("gateway"), None);
    assert_eq!(fate_of("elsewhere"), None);
}

#[test]
fn a_call_that_a_vault_does_not_make_ends_the_process() {
    let wishes = [
        "file",
        "new file",
        "datagrams",
        "listen",
        "program",
        "thread",
        "look into another",
        "become readable",
    ];
    for wish in wishes {
        assert_eq!(fate_of(wish), Some(libc::SIGSYS), "{wish}");
    }
}
