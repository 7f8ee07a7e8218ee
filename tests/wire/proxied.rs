//! Kamailio, a proxy that others wrote, stands in front with Record-Route: what belongs to a call goes by it,
//! whoever sends it (RFC 3261 sections 12.2.1.1 and 16.12).

use super::brief;
use super::peer::{Peer, free_port, sipp_scenario};
use acceptance::program::{Server, TempDir};
use std::process::Command;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(90);

/// Where its modules are, by machine.
const MODULES: &str = "/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/aarch64-linux-gnu/kamailio/modules/:\
                       /usr/lib/kamailio/modules/";

/// A loose router: calls of the server go to the carrier, all others to the server. A request within a call that
/// lacks its route is refused, so nobody can go past it unseen.
fn kamailio(port: u16, server: &Server, carrier: u16) -> Peer {
    let dir = TempDir::new("kamailio").unwrap();
    let file = dir.path().join("kamailio.cfg");
    std::fs::write(
        &file,
        format!(
            r#"
log_stderror=yes
debug=1
children=2
tcp_children=2
disable_sctp=yes
auto_aliases=no
dns=no
rev_dns=no
mpath="{MODULES}"
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (method == "CANCEL") {{ if (t_check_trans()) t_relay(); exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (method == "ACK") {{ if (t_check_trans()) t_relay(); exit; }}
        sl_send_reply("404", "No Route");
        exit;
    }}
    t_check_trans();
    record_route();
    if ($sp == {server}) $du = "sip:127.0.0.1:{carrier}"; else $du = "sip:127.0.0.1:{server}";
    if (!t_relay()) sl_reply_error();
}}
"#,
            server = server.udp().port()
        ),
    )
    .unwrap();
    let mut command = Command::new("kamailio");
    command.args(["-DD", "-E", "-m", "64", "-M", "8", "-f"]).arg(&file);
    command.arg("-w").arg(dir.path()).arg("-Y").arg(dir.path());
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let kamailio = Peer::start("the Debian package kamailio", dir, &mut command);
    wait_until_it_answers(port);
    kamailio
}

/// Asks it until it answers: 483 to a request that may go no further.
fn wait_until_it_answers(port: u16) {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let local = socket.local_addr().unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let ask = format!(
        "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKup;rport\r\nMax-Forwards: 0\r\n\
         From: <sip:a@b>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: up\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    let mut answer = [0; 1500];
    let asked = (0..100).any(|_| {
        let _ = socket.send_to(ask.as_bytes(), ("127.0.0.1", port));
        let got = socket.recv(&mut answer);
        if got.is_err() {
            // nobody is there yet: the port's refusal comes at once
            std::thread::park_timeout(Duration::from_millis(100));
        }
        got.is_ok_and(|n| n > 0)
    });
    assert!(asked, "Kamailio did not start");
}

/// A call in by the proxy with one of our scenarios; what must stand in its record.
fn call_in(scenario: &str, more: &[&str], ended: &str) {
    let server = brief::server("");
    let port = free_port();
    let _proxy = kamailio(port, &server, 9);
    let target = format!("127.0.0.1:{port}");
    let words = [&[target.as_str(), "-s", "hotline"], more].concat();
    sipp_scenario(free_port(), scenario, &words).done(LONG);
    super::records::assert_last_call_of(&server, &[ended]);
}

#[test]
fn a_caller_behind_a_proxy_holds_resumes_and_hangs_up_by_it() {
    call_in("proxied_caller", &[], "caller hung up");
}

#[test]
fn the_servers_bye_goes_to_a_caller_behind_a_proxy_by_it() {
    call_in("proxied_server", &[], "by flow");
}

#[test]
fn a_caller_on_tcp_behind_a_proxy_that_speaks_udp_to_the_server_is_served() {
    call_in("proxied_caller", &["-t", "t1"], "caller hung up");
    call_in("proxied_server", &["-t", "t1"], "by flow");
}

/// A call out by the trunk and the proxy to a carrier with one of our scenarios.
fn call_out(scenario: &str, ended: &str) {
    let (port, at) = (free_port(), free_port());
    let server = brief::server(&brief::trunk(port, ""));
    let _proxy = kamailio(port, &server, at);
    let carrier = sipp_scenario(at, scenario, &[]);
    brief::call_out(&server);
    carrier.done(LONG);
    super::records::assert_last_call_of(&server, &["answered (200)", ended]);
}

#[test]
fn a_carrier_behind_a_proxy_holds_resumes_and_hangs_up_by_it() {
    call_out("carrier_proxied_carrier", "hung up");
}

#[test]
fn the_servers_bye_goes_to_a_carrier_behind_a_proxy_by_it() {
    call_out("carrier_proxied_server", "by flow");
}
