//! sipp, a test telephone that others wrote, runs the scenarios of tests/sipp.

use super::hotline::{BIRTH, CASE, Hotline, PIN};
use acceptance::house;
use acceptance::program::TempDir;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;

/// Runs one scenario against the server; panics with sipp's own words when a call failed.
pub fn run(scenario: &str, server: SocketAddr, more: &[&str]) {
    let dir = TempDir::new("sipp").unwrap();
    let media = free_port();
    let host = if server.is_ipv6() { "[::1]" } else { "127.0.0.1" };
    let script = house::top().join("tests/sipp").join(format!("{scenario}.xml"));
    let out = Command::new("sipp")
        .arg(server.to_string())
        .args(["-sf", &script.to_string_lossy(), "-s", "hotline", "-i", host, "-mi", host])
        .args(["-p", &free_port().to_string(), "-mp", &media.to_string(), "-nostdin", "-trace_err"])
        .args(["-error_file", "errors", "-timeout", "150", "-timeout_error"])
        .args(more)
        .env("TERM", "dumb")
        .current_dir(dir.path())
        .output()
        .unwrap_or_else(|e| {
            panic!("sipp cannot be started ({e}); install the Debian package sip-tester")
        });
    let errors = std::fs::read_to_string(dir.path().join("errors")).unwrap_or_default();
    let screen = String::from_utf8_lossy(&out.stdout);
    let tail: Vec<&str> = screen.lines().rev().take(45).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    assert!(
        out.status.success(),
        "sipp {scenario} ended with {}:\n{errors}\n{}",
        out.status,
        tail.join("\n")
    );
}

/// A UDP port that is free now.
fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).map_or(0, |a| a.port())
}

const ONE: &[&str] = &["-m", "1"];

#[test]
fn sipp_calls_over_udp_listens_and_hangs_up() {
    run("basic", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_calls_over_tcp() {
    run("basic", Hotline::start().server.tcp(), &["-m", "20", "-r", "20", "-t", "t1"]);
}

#[test]
fn sipp_calls_over_ipv6() {
    run("basic", Hotline::start_on("[::1]:0").udp(), ONE);
}

#[test]
fn sipp_makes_three_hundred_calls_and_none_fails() {
    run("basic", Hotline::start().udp(), &["-m", "300", "-r", "100", "-l", "300"]);
}

#[test]
fn sipp_offers_late() {
    run("late_offer", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_holds_and_resumes() {
    run("hold", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_updates_the_session() {
    run("update", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_learns_the_least_session_interval_and_refreshes() {
    run("timer", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_asks_for_a_transfer_and_is_refused() {
    run("refer", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_cancels_too_late_and_stays_in_the_call() {
    run("late_cancel", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_asks_for_options() {
    run("options", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_without_a_codec_of_ours_gets_488() {
    run("no_codec", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_who_says_nothing_is_rung_off_after_polite_questions() {
    run("silent_end", Hotline::start().udp(), ONE);
}

#[test]
fn sipp_goes_through_the_hotline_by_rtp_keys() {
    // sipp sends telephone-events through a raw socket.
    let may = rustix::process::geteuid().is_root();
    assert!(may, "run this test as root, or leave real peers out with: tests/run fast");
    let hotline = Hotline::start();
    let keys = ["-m", "1", "-key", "case", CASE, "-key", "pin", PIN, "-key", "birth", BIRTH];
    run("keys_rtp", hotline.udp(), &keys);
    super::records::assert_last_call(&hotline, &["right party proved", "by flow: goodbye"]);
}
