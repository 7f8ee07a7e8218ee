//! Users who log in, register and call, and those who are none, against a whole stack.

#![allow(clippy::unwrap_used)]

mod wire;

use sip::digest::{Credentials, Login, Secrets};
use sip::{
    Caller, Config, Event, GuardConfig, Message, Name, Path, PhonesConfig, Presence, Strangers,
    Transport,
};
use std::collections::HashMap;
use std::time::Duration;
use wire::{Phone, Wire, value};

const SDP: &str = "v=0\r\nm=audio 4000 RTP/AVP 8\r\n";

fn desk(guard: GuardConfig) -> Wire {
    let mut config = Config::new([7; 32]);
    config.phones = Some(PhonesConfig::new("parley"));
    config.guard = Some(guard);
    let mut w = Wire::with(config);
    let secrets = Secrets::of("anna", "parley", "right");
    w.stack.set_users(HashMap::from([("anna".to_owned(), secrets)]));
    w
}

fn open() -> Wire {
    desk(GuardConfig::default())
}

/// A request of Anna's phone outside any dialog, with a new branch and CSeq.
fn request(phone: &mut Phone, method: &str, extra: &str) -> String {
    phone.cseq += 1;
    phone.branch += 1;
    let body = if method == "INVITE" { SDP } else { "" };
    let contact = "Contact: <sip:anna@10.1.1.1:5060>\r\n";
    phone.write(method, &format!("{contact}{extra}"), body)
}

fn anna() -> Phone {
    let mut phone = Phone::new();
    phone.to = "<sip:anna@192.0.2.1>".to_owned();
    phone
}

fn from_anna(text: String) -> String {
    text.replace("\"Anna\" <sip:anna@192.0.2.9>", "<sip:anna@parley>")
}

/// Sends the request, answers the challenge, and gives back the last response.
fn logged_in(
    w: &mut Wire,
    phone: &mut Phone,
    login: &mut Login,
    method: &str,
    extra: &str,
) -> String {
    let text = from_anna(request(phone, method, extra));
    w.receive(&text);
    let challenge = w.sent();
    assert!(challenge.starts_with("SIP/2.0 401"), "{challenge}");
    assert_eq!(w.stack.holdings().transactions, 0, "who only knocks leaves nothing behind");
    login.challenged(&Message::parse(challenge.as_bytes()).unwrap(), 5).unwrap();
    again(w, phone, login, method, extra)
}

fn again(w: &mut Wire, phone: &mut Phone, login: &mut Login, method: &str, extra: &str) -> String {
    let proof: String = login
        .headers(method, "sip:hotline@192.0.2.1")
        .into_iter()
        .map(|(name, value)| format!("{}: {value}\r\n", name.as_str()))
        .collect();
    let text = from_anna(request(phone, method, &format!("{extra}{proof}")));
    w.receive(&text);
    w.stack
        .poll_transmit()
        .map_or(String::new(), |t| String::from_utf8_lossy(&t.bytes).into_owned())
}

fn anna_is(w: &mut Wire, reachable: bool) {
    let user = "anna".to_owned();
    assert_eq!(w.stack.poll_presence(), Some(Presence { user, reachable }));
}

#[test]
fn a_phone_logs_in_is_reached_over_its_flow_and_forgotten_in_time() {
    let mut w = open();
    let (mut phone, mut login) = (anna(), Login::new(Credentials::new("anna", "right")));
    let ok = logged_in(&mut w, &mut phone, &mut login, "REGISTER", "Expires: 120\r\n");
    assert!(ok.starts_with("SIP/2.0 200"), "{ok}");
    assert_eq!(value(&ok, "Contact"), "<sip:anna@10.1.1.1:5060>;expires=120");
    anna_is(&mut w, true);
    let bindings = w.stack.reachable(w.now, "anna");
    assert_eq!(bindings[0].path.remote, w.path.remote, "not the address it believes to have");
    w.run_s(60);
    let ok = again(&mut w, &mut phone, &mut login, "REGISTER", "Expires: 120\r\n");
    assert!(ok.contains("stale=true"), "the nonce is a minute old: {ok}");
    w.run_s(61);
    anna_is(&mut w, false);
    assert_eq!(w.stack.holdings().bindings, 0);
}

#[test]
fn a_wrong_password_an_unknown_user_and_anothers_name_get_nothing() {
    for (user, password) in [("anna", "wrong"), ("berta", "right")] {
        let mut w = open();
        let (mut phone, mut login) = (anna(), Login::new(Credentials::new(user, password)));
        let refused = logged_in(&mut w, &mut phone, &mut login, "REGISTER", "");
        assert!(refused.starts_with("SIP/2.0 401") && !refused.contains("stale"), "{refused}");
        assert_eq!(w.stack.holdings().bindings, 0);
        w.silent();
    }
    let mut w = open();
    let (mut phone, mut login) = (anna(), Login::new(Credentials::new("anna", "right")));
    phone.to = "<sip:berta@parley>".to_owned();
    let refused = logged_in(&mut w, &mut phone, &mut login, "REGISTER", "");
    assert!(refused.starts_with("SIP/2.0 403"), "{refused}");
}

#[test]
fn who_guesses_is_told_to_wait_and_then_even_the_right_password_waits() {
    let mut w = open();
    for n in 0..20 {
        let (mut phone, mut login) = (anna(), Login::new(Credentials::new("anna", "wrong")));
        (phone.branch, phone.call_id) = (n * 10, format!("guess{n}"));
        let refused = logged_in(&mut w, &mut phone, &mut login, "REGISTER", "");
        let waits = refused.starts_with("SIP/2.0 403 Too many wrong passwords");
        assert_eq!(waits, n > 5, "{n}: {refused}");
    }
    let (mut phone, mut login) = (anna(), Login::new(Credentials::new("anna", "right")));
    phone.call_id = "right".to_owned();
    let text = logged_in(&mut w, &mut phone, &mut login, "REGISTER", "");
    assert!(text.starts_with("SIP/2.0 403"), "{text}");
    w.run_s(3);
    let ok = again(&mut w, &mut phone, &mut login, "REGISTER", "");
    assert!(ok.starts_with("SIP/2.0 200"), "{ok}");
}

#[test]
fn a_call_of_a_user_is_proved_and_a_call_of_a_stranger_is_marked() {
    let mut w = open();
    let (mut phone, mut login) = (anna(), Login::new(Credentials::new("anna", "right")));
    phone.to = "<sip:hotline@192.0.2.1>".to_owned();
    assert_eq!(logged_in(&mut w, &mut phone, &mut login, "INVITE", ""), "");
    assert_eq!(w.incoming().1.caller, Caller::User("anna".to_owned()));
    let mut w = open();
    w.receive(&Phone::new().invite(Some(SDP)));
    assert_eq!(w.incoming().1.caller, Caller::Stranger);
}

#[test]
fn over_the_connection_that_registered_a_user_calls_without_a_challenge() {
    let mut w = open();
    w.path = Path { transport: Transport::Tcp, connection: Some(9), ..w.path };
    let (mut phone, mut login) = (anna(), Login::new(Credentials::new("anna", "right")));
    phone.transport = "TCP";
    logged_in(&mut w, &mut phone, &mut login, "REGISTER", "");
    anna_is(&mut w, true);
    phone.call_id = "another".to_owned();
    w.receive(&from_anna(request(&mut phone, "INVITE", "")));
    assert_eq!(w.incoming().1.caller, Caller::User("anna".to_owned()));
    w.stack.handle_transport_error(w.now, &w.path);
    anna_is(&mut w, false);
}

#[test]
fn strangers_may_be_refused_or_left_in_silence_while_phones_log_in() {
    let strangers = |strangers| desk(GuardConfig { strangers, ..GuardConfig::default() });
    let mut w = strangers(Strangers::Refuse);
    w.receive(&Phone::new().invite(Some(SDP)));
    assert!(w.sent().starts_with("SIP/2.0 403"));
    let mut w = strangers(Strangers::Drop);
    w.receive(&Phone::new().invite(Some(SDP)));
    w.receive(&Phone::new().outside("OPTIONS", ""));
    w.receive("INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\r\n");
    w.receive("hello\r\n\r\n");
    w.silent();
    let (mut phone, mut login) = (anna(), Login::new(Credentials::new("anna", "right")));
    let ok = logged_in(&mut w, &mut phone, &mut login, "REGISTER", "");
    assert!(ok.starts_with("SIP/2.0 200"), "{ok}");
    w.stack.trust(vec!["192.0.2.9".parse().unwrap()]);
    w.receive(&Phone::new().invite(Some(SDP)));
    assert_eq!(w.incoming().1.caller, Caller::Stranger, "a trunk is told by its address");
}

/// 5,000 REGISTERs a second for a minute from forged addresses and one real one.
#[test]
fn a_flood_of_registers_grows_nothing_and_is_not_amplified() {
    let mut w = open();
    let home = w.path;
    let (mut caller, id) = w.up();
    let (mut came, mut went) = (HashMap::new(), HashMap::new());
    for n in 0..60_000u32 {
        let source = std::net::Ipv4Addr::from_bits(0xcb00_7100 + n % 16);
        w.path = Path::udp(home.local, std::net::SocketAddr::new(source.into(), 5060));
        w.now = w.now + Duration::from_micros(200);
        let mut phone = anna();
        (phone.branch, phone.call_id) = (n, format!("f{n}"));
        let text = from_anna(request(&mut phone, "REGISTER", "User-Agent: x\r\n"));
        *came.entry(w.path.remote).or_insert(0) += text.len();
        w.receive(&text);
        while let Some(t) = w.stack.poll_transmit() {
            *went.entry(t.path.remote).or_insert(0) += t.bytes.len();
        }
    }
    for (source, bytes) in went {
        assert!(bytes <= came[&source], "{bytes} to {source}");
    }
    let holdings = w.stack.holdings();
    assert!(holdings.transactions < 10 && holdings.bindings == 0, "{holdings:?}");
    assert!(w.stack.guard_figures().sources <= 17);
    w.path = home;
    w.receive(&caller.request("BYE", "", ""));
    assert!(w.sent().starts_with("SIP/2.0 200"), "the call that is up is served as ever");
    assert!(matches!(w.event(), Event::Ended { session, .. } if session == id));
}

#[test]
fn a_late_machine_refuses_new_calls_and_serves_the_old_ones() {
    let mut w = open();
    let (mut phone, _) = w.up();
    for _ in 0..20 {
        w.stack.handle_lag(w.now, Duration::from_millis(300));
    }
    let mut other = Phone::new();
    other.call_id = "call-2".to_owned();
    w.receive(&other.invite(Some(SDP)));
    let busy = w.sent();
    assert!(busy.starts_with("SIP/2.0 503") && busy.contains("Retry-After: 5"), "{busy}");
    w.receive(&phone.request("BYE", "", ""));
    assert!(w.sent().starts_with("SIP/2.0 200"));
}

#[test]
fn nothing_that_is_shown_holds_a_response_or_a_password() {
    let mut w = open();
    let (mut phone, mut login) = (anna(), Login::new(Credentials::new("anna", "right")));
    phone.to = "<sip:hotline@192.0.2.1>".to_owned();
    logged_in(&mut w, &mut phone, &mut login, "INVITE", "");
    let headers = login.headers("INVITE", "sip:hotline@192.0.2.1");
    let answer = sip::digest::Answer::read(headers[0].1.as_bytes()).unwrap();
    let (_, invite) = w.incoming();
    let secrets = Secrets::of("anna", "parley", "right");
    let ha1 = secrets.md5.as_ref().unwrap().as_str();
    let shown = format!("{invite:?} {answer:?} {login:?} {secrets:?}");
    for secret in ["right", "response", ha1] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(headers[0].0, Name::Authorization);
}
