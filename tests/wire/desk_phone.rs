//! baresip as a desk phone and as a carrier: it logs in over every transport, asks for a transfer, is called.
//! Hold and resume are tried with Linphone, sipp and Kamailio: baresip 1.0 now and then ends by itself after them.

use super::baresip::Baresip;
use super::brief;
use super::hotline::Hotline;
use super::peer::free_port;
use super::records::assert_last_call;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// A phone of anna's that has logged in over this transport.
fn logged_in(hotline: &Hotline, transport: &str) -> (Baresip, String) {
    let password = super::phones::add(hotline, "anna");
    let at = hotline.server.text(&format!("sip_{transport}"));
    let account = format!(
        "<sip:anna@{at};transport={transport}>;auth_user=anna;auth_pass={password};regint=60"
    );
    let ca = hotline.server.dir().join("certs/authority.pem");
    let trust = format!("sip_cafile {}\nsip_verify_server yes\n", ca.display());
    let mut phone = Baresip::start_with(&account, &trust);
    phone.wait_line("200 OK", SOON);
    (phone, format!("sip:hotline@{at};transport={transport}"))
}

#[test]
fn baresip_logs_in_and_calls_over_udp_tcp_and_tls() {
    for transport in ["udp", "tcp", "tls"] {
        let hotline = Hotline::start_secure();
        let (mut phone, target) = logged_in(&hotline, transport);
        phone.command("dial", &target);
        phone.wait_event("CALL_ESTABLISHED", SOON);
        phone.stay(Duration::from_secs(5));
        phone.command("hangup", "");
        phone.wait_event("CALL_CLOSED", SOON);
        let sound = audio::wav::read(&phone.heard()).unwrap();
        let level = super::ears::speech_dbfs(&sound.channels[0]);
        assert!((-22.0..=-14.0).contains(&level), "{transport}: speech at {level} dBFS");
        assert_last_call(&hotline, &["sip:anna@", "caller hung up"]);
    }
}

#[test]
fn baresip_asks_for_a_transfer_and_is_told_why_not() {
    let hotline = Hotline::start_secure();
    let (mut phone, target) = logged_in(&hotline, "tcp");
    phone.command("dial", &target);
    phone.wait_event("CALL_ESTABLISHED", SOON);
    phone.stay(Duration::from_secs(1));
    phone.command("transfer", "sip:premium@192.0.2.66");
    // it is told why, and then hangs up of its own accord
    phone.wait_line("transfer failed: 603 This line takes no transfers", SOON);
    let words = ["sip:premium@192.0.2.66", "takes no transfers", "caller hung up"];
    assert_last_call(&hotline, &words);
}

#[test]
fn baresip_is_called_by_a_trunk_and_hung_up_by_the_flow() {
    let port = free_port();
    let account = "<sip:+48600100200@127.0.0.1>;regint=0;answermode=auto";
    let listen = format!("sip_listen 127.0.0.1:{port}\n");
    let mut carrier = Baresip::start_with(account, &listen);
    let server = brief::server(&brief::trunk(port, ""));
    brief::call_out(&server);
    carrier.wait_event("CALL_CLOSED", SOON);
    let sound = audio::wav::read(&carrier.heard()).unwrap();
    let level = super::ears::speech_dbfs(&sound.channels[0]);
    assert!((-22.0..=-14.0).contains(&level), "speech at {level} dBFS, -18 ± 4 wanted");
    super::records::assert_last_call_of(&server, &["answered (200)", "by flow"]);
}
