//! People who are connected: by a flow, by a colleague, by dialling each other; with telephones that others wrote.
//! Each hums a tone of its own, and what each recorded tells whom it heard.

use super::baresip::Baresip;
use super::ears;
use super::hotline::{Hotline, config};
use super::peer::Peer;
use super::phones::{account, add};
use super::records::assert_last_call;
use super::trunks::Carrier;
use acceptance::house;
use acceptance::program::Server;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);
/// How long people talk before what they heard is measured.
const TALK: Duration = Duration::from_secs(4);
/// Of it, what must have been heard at least, on a busy machine too.
const HEARD_S: f64 = 2.0;

/// What each hums.
const CALLER_HZ: f64 = 1_000.0;
const ANNA_HZ: f64 = 700.0;
const BOB_HZ: f64 = 1_500.0;

/// A house whose numbers `desk` and `outside` connect callers with Anna and with +48600100200.
fn house(more: &str) -> Hotline {
    let flows = ["desk", "outside"].map(|name| {
        let text = house::read(format!("tests/calls/{name}.flow"));
        (format!("dialplans/{name}.kdl"), text)
    });
    let files: Vec<(&str, &str)> = flows.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let numbers = ["desk", "outside"]
        .map(|n| format!("[[numbers]]\ncalled = \"{n}\"\nflow = \"{n}\"\nlanguage = \"en\"\n"));
    let config = config("127.0.0.1:0").replace("{top}/dialplans", "{dir}/dialplans");
    let config = config.replace("[media]\n", "[media]\nthreads = 2\n");
    let server = Server::serve(&format!("{config}\n{}\n{more}", numbers.concat()), &files);
    Hotline { server: server.unwrap() }
}

/// A phone of a user that has logged in, hums, and answers by itself if told to.
fn user(hotline: &Hotline, name: &str, hz: f64, answers: bool) -> Baresip {
    let password = add(hotline, name);
    let mode = if answers { ";answermode=auto" } else { "" };
    let account = account(hotline, name, &password) + mode;
    let mut phone = Baresip::start_humming("", "", Some(hz));
    phone.command("uanew", &account);
    phone.wait_event("REGISTER_OK", SOON);
    phone
}

fn stranger() -> Baresip {
    Baresip::start_humming("<sip:phone@127.0.0.1>;regint=0", "", Some(CALLER_HZ))
}

fn address(hotline: &Hotline, name: &str) -> String {
    format!("sip:{name}@{}", hotline.udp())
}

/// Seconds of this tone in what a phone recorded of its last call.
fn heard(phone: &Baresip, hz: f64) -> f64 {
    let sound = audio::wav::read(&phone.heard()).unwrap();
    ears::seconds_of_tone(&sound.channels[0], hz)
}

fn assert_heard(phone: &Baresip, whom: &str, hz: f64) {
    let seconds = heard(phone, hz);
    assert!(seconds > HEARD_S, "{whom} was heard for {seconds} s of {TALK:?}");
}

/// A caller dials the desk, hears ringback, and talks with Anna.
fn connected(hotline: &Hotline) -> (Baresip, Baresip) {
    let mut anna = user(hotline, "anna", ANNA_HZ, false);
    let mut caller = stranger();
    caller.command("dial", &address(hotline, "desk"));
    caller.wait_event("CALL_ESTABLISHED", SOON);
    anna.wait_event("CALL_INCOMING", SOON);
    // the prompt, then ringback
    caller.stay(Duration::from_secs(8));
    anna.command("accept", "");
    anna.wait_event("CALL_ESTABLISHED", SOON);
    anna.stay(TALK);
    (caller, anna)
}

#[test]
fn a_flow_connects_a_caller_with_a_registered_phone_and_the_caller_hangs_up() {
    let hotline = house("");
    let (mut caller, mut anna) = connected(&hotline);
    caller.command("hangup", "");
    anna.wait_event("CALL_CLOSED", SOON);
    caller.wait_event("CALL_CLOSED", SOON);
    assert_heard(&caller, "Anna", ANNA_HZ);
    assert_heard(&anna, "the caller", CALLER_HZ);
    assert!(heard(&caller, 425.0) > 0.8, "ringback: {} s", heard(&caller, 425.0));
}

#[test]
fn a_flow_goes_on_when_the_phone_it_connected_hangs_up() {
    let hotline = house("");
    let (mut caller, mut anna) = connected(&hotline);
    anna.command("hangup", "");
    anna.wait_event("CALL_CLOSED", SOON);
    // the flow says goodbye and ends the call
    caller.wait_event("CALL_CLOSED", SOON);
    assert_heard(&caller, "Anna", ANNA_HZ);
    assert_heard(&anna, "the caller", CALLER_HZ);
}

#[test]
fn a_phone_hands_its_caller_on_to_a_colleague_by_refer() {
    let hotline = house("");
    let (mut caller, mut anna) = connected(&hotline);
    let mut bob = user(&hotline, "bob", BOB_HZ, true);
    anna.command("transfer", &address(&hotline, "bob"));
    anna.wait_event("CALL_CLOSED", SOON);
    bob.wait_event("CALL_ESTABLISHED", SOON);
    bob.stay(TALK);
    bob.command("hangup", "");
    bob.wait_event("CALL_CLOSED", SOON);
    caller.wait_event("CALL_CLOSED", SOON);
    assert_heard(&caller, "Anna", ANNA_HZ);
    assert_heard(&caller, "Bob", BOB_HZ);
    assert_heard(&bob, "the caller", CALLER_HZ);
    assert!(heard(&bob, ANNA_HZ) < 0.1, "Bob hears the caller alone");
}

#[test]
fn phones_of_users_dial_each_other_and_ring_until_somebody_picks_up() {
    let hotline = house("");
    let mut bob = user(&hotline, "bob", BOB_HZ, false);
    let mut anna = user(&hotline, "anna", ANNA_HZ, false);
    anna.command("dial", &address(&hotline, "bob"));
    bob.wait_event("CALL_INCOMING", SOON);
    anna.wait_event("CALL_RINGING", SOON);
    bob.command("accept", "");
    anna.wait_event("CALL_ESTABLISHED", SOON);
    anna.stay(TALK);
    anna.command("hangup", "");
    anna.wait_event("CALL_CLOSED", SOON);
    bob.wait_event("CALL_CLOSED", SOON);
    assert_heard(&anna, "Bob", BOB_HZ);
    assert_heard(&bob, "Anna", ANNA_HZ);

    // nobody is charged and the phone says so when the colleague does not want to
    anna.command("dial", &address(&hotline, "bob"));
    bob.wait_event("CALL_INCOMING", SOON);
    bob.command("hangup", "");
    anna.wait_event("CALL_CLOSED", SOON);
    assert_last_call(&hotline, &["phone of     bob", "ended        by system: busy"]);
}

/// Linphone's phone as Anna's, logged in.
fn linphone_as_anna(hotline: &Hotline) -> Peer {
    let (server, password) = (hotline.udp(), add(hotline, "anna"));
    let mut anna = super::linphone::linphone();
    anna.type_line("soundcard use files");
    anna.wait_for("Using wav files", SOON);
    anna.type_line(&format!("register sip:anna@{server} sip:{server} {password}"));
    super::linphone::wait_for_log(hotline, &mut anna, "user=\"anna\" reachable=true");
    anna
}

/// Somebody who hums this dials the desk, and Anna answers.
fn answered_by(anna: &mut Peer, hotline: &Hotline, hz: f64) -> Baresip {
    // Linphone takes two calls from one address for one call, and is busy
    let account = format!("<sip:+4822100{hz:04}@127.0.0.1>;regint=0");
    let mut caller = Baresip::start_humming(&account, "", Some(hz));
    caller.command("dial", &address(hotline, "desk"));
    let line = anna.wait_for("Receiving new incoming call", SOON);
    let id = line.rsplit("assigned id ").next().unwrap_or("1").trim();
    anna.type_line(&format!("answer {id}"));
    anna.wait_for("Media streams established", SOON);
    anna.stay(Duration::from_secs(2));
    caller
}

/// She is called by the desk, asks Bob, and joins the two.
#[test]
fn linphone_asks_a_colleague_first_and_joins_the_two() {
    let hotline = house("");
    let mut bob = user(&hotline, "bob", BOB_HZ, true);
    let mut anna = linphone_as_anna(&hotline);
    let mut caller = answered_by(&mut anna, &hotline, CALLER_HZ);
    anna.type_line("pause");
    anna.wait_for("is now paused", SOON);
    anna.type_line(&format!("call {}", address(&hotline, "bob")));
    bob.wait_event("CALL_ESTABLISHED", SOON);
    anna.stay(Duration::from_secs(2));
    anna.type_line("transfer 1 --to-call 2");
    bob.stay(TALK + Duration::from_secs(1));
    caller.command("hangup", "");
    caller.wait_event("CALL_CLOSED", SOON);
    bob.wait_event("CALL_CLOSED", SOON);
    assert_heard(&caller, "Bob", BOB_HZ);
    assert_heard(&bob, "the caller", CALLER_HZ);
    quit(anna);
}

/// Two people have called her, each on a media thread of his own; she joins them.
#[test]
fn linphone_joins_two_callers_from_two_media_threads() {
    let hotline = house("");
    let mut anna = linphone_as_anna(&hotline);
    let mut first = answered_by(&mut anna, &hotline, CALLER_HZ);
    anna.type_line("pause");
    anna.wait_for("is now paused", SOON);
    let mut second = answered_by(&mut anna, &hotline, BOB_HZ);
    anna.type_line("transfer 1 --to-call 2");
    second.stay(TALK + Duration::from_secs(1));
    first.command("hangup", "");
    first.wait_event("CALL_CLOSED", SOON);
    second.wait_event("CALL_CLOSED", SOON);
    assert_heard(&first, "the second caller", BOB_HZ);
    assert_heard(&second, "the first caller", CALLER_HZ);
    quit(anna);
}

fn quit(mut linphone: Peer) {
    linphone.type_line("quit");
    linphone.done(SOON);
}

/// sipp is the carrier and sends back what it hears, so the caller hears himself.
#[test]
fn a_flow_connects_a_caller_with_a_number_by_a_trunk() {
    let carrier = Carrier::start_with("carrier_echo", &["-rtp_echo"]);
    let hotline = house(&super::brief::trunk(carrier.port, ""));
    let mut caller = stranger();
    caller.command("dial", &address(&hotline, "outside"));
    caller.wait_event("CALL_ESTABLISHED", SOON);
    caller.stay(Duration::from_secs(12));
    caller.command("hangup", "");
    caller.wait_event("CALL_CLOSED", SOON);
    carrier.done();
    assert_heard(&caller, "the carrier's echo", CALLER_HZ);
}

#[test]
fn a_user_hands_a_caller_on_to_a_number_that_he_may_call_and_dials_it_himself() {
    let carrier = Carrier::start_with("carrier_echo", &["-rtp_echo", "-m", "2"]);
    let hotline = house(&super::brief::trunk(carrier.port, ""));
    let (mut caller, mut anna) = connected(&hotline);
    hotline.parley(&["phones", "allow", "anna", "+48"]);
    let read_again = |log: &str| log.matches("phones may log in").count() >= 2;
    super::phones::wait_for(&hotline, "the server did not read its users again", read_again);
    anna.command("transfer", &address(&hotline, "+48600100200"));
    anna.wait_event("CALL_CLOSED", SOON);
    caller.stay(TALK + Duration::from_secs(2));
    caller.command("hangup", "");
    caller.wait_event("CALL_CLOSED", SOON);
    assert_heard(&caller, "the carrier's echo", CALLER_HZ);

    anna.command("dial", &address(&hotline, "600100200"));
    anna.wait_event("CALL_ESTABLISHED", SOON);
    anna.command("hangup", "");
    anna.wait_event("CALL_CLOSED", SOON);
    carrier.done();
    assert_last_call(&hotline, &["answered (200)", "+48600100200"]);
}
