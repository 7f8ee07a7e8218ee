//! The scenarios that are built into sipp, as far as they can be had by a server like ours:
//!
//! | scenario | what it is | here |
//! |---|---|---|
//! | `uac` | calls, hangs up | calls us |
//! | `regexp` | the same, reads Contact and `o=` of the answer | calls us; its pattern learns that a user name may be `-` (RFC 8866 section 5.2) |
//! | `3pcc-C-A`, `3pcc-C-B` | a controller that brings two parties together (RFC 3725 flow I) | both parties are we |
//! | `uas`, `3pcc-A`, `3pcc-B` | is called, waits for BYE | a carrier of ours, we hang up |
//! | `branchc` | REGISTER without log-in, then a call | never: who cannot log in gets 401 |
//! | `branchs` | expects REGISTER and INVITE with one Call-ID | never: a telephone has two; sipp's own `branchc` alone does it |

use super::brief;
use super::hotline::Hotline;
use super::peer::{Peer, free_port, sipp};
use acceptance::program::TempDir;
use std::process::Command;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(90);

#[test]
fn sipps_own_caller_is_served() {
    let hotline = Hotline::start();
    let server = hotline.udp().to_string();
    sipp(free_port(), &["-sn", "uac", "-s", "hotline", &server, "-d", "500"]).done(LONG);
    super::records::assert_last_call(&hotline, &["caller hung up"]);
}

#[test]
fn sipps_own_caller_over_tcp_is_served() {
    let hotline = Hotline::start();
    let server = hotline.server.tcp().to_string();
    let words = ["-sn", "uac", "-s", "hotline", &server, "-d", "500", "-t", "t1"];
    sipp(free_port(), &words).done(LONG);
}

#[test]
fn sipp_reads_contact_and_origin_of_the_answer() {
    let dump = Command::new("sipp").args(["-sd", "regexp"]).output().unwrap();
    let scenario =
        String::from_utf8_lossy(&dump.stdout).replace("o=([[:alnum:]]*)", "o=([[:alnum:]-]*)");
    let dir = TempDir::new("regexp").unwrap();
    let file = dir.path().join("regexp.xml");
    std::fs::write(&file, scenario).unwrap();
    let hotline = Hotline::start();
    let server = hotline.udp().to_string();
    let file = file.to_string_lossy();
    sipp(free_port(), &["-sf", &file, "-s", "hotline", &server]).done(LONG);
    super::records::assert_last_call(&hotline, &["caller hung up"]);
}

#[test]
fn sipps_controller_brings_two_calls_together() {
    let hotline = Hotline::start();
    let (server, link) = (hotline.udp().to_string(), format!("127.0.0.1:{}", free_port()));
    let side = |name| sipp(free_port(), &["-sn", name, "-s", "hotline", "-3pcc", &link, &server]);
    let b = side("3pcc-C-B");
    wait_for_link(&link);
    let a = side("3pcc-C-A");
    a.done(LONG);
    b.done(LONG);
}

/// Waits until the B side listens for the A side, which gives up at once otherwise.
fn wait_for_link(link: &str) {
    let wanted = format!(
        ":{:04X} 00000000:0000 0A",
        link.split(':').nth(1).unwrap().parse::<u16>().unwrap()
    );
    let listens = || std::fs::read_to_string("/proc/net/tcp").unwrap().contains(&wanted);
    assert!(
        (0..300).any(|_| {
            std::thread::park_timeout(Duration::from_millis(50));
            listens()
        }),
        "sipp's B side does not listen"
    );
}

fn is_called(scenario: &str) -> Peer {
    let at = free_port();
    let server = brief::server(&brief::trunk(at, ""));
    let carrier = sipp(at, &["-sn", scenario]);
    brief::call_out(&server);
    super::records::assert_last_call_of(&server, &["answered (200)", "by flow"]);
    carrier
}

#[test]
fn sipps_own_callees_are_called_by_a_trunk_and_hung_up() {
    for scenario in ["uas", "3pcc-A", "3pcc-B"] {
        is_called(scenario).done(LONG);
    }
}

#[test]
fn a_carriers_reliable_responses_are_acknowledged_one_by_one() {
    let at = free_port();
    let server = brief::server(&brief::trunk(at, ""));
    let carrier = super::peer::sipp_scenario(at, "carrier_reliable", &[]);
    brief::call_out(&server);
    carrier.done(LONG);
    super::records::assert_last_call_of(&server, &["answered (200)"]);
}
