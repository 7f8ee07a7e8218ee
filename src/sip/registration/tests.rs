//! A registration over days of virtual time.

use super::*;
use ids::SessionId;

fn dice() -> Dice {
    Dice::new([5; 32])
}

fn registration(dice: &mut Dice) -> Registration {
    let settings = Settings {
        registrar: "sip:carrier.example".parse().unwrap(),
        address: "sip:firm@carrier.example".parse().unwrap(),
        contact_user: "firm".to_owned(),
        expires_s: 600,
        credentials: Some(Credentials::new("firm", "secret")),
    };
    Registration::new(settings, Moment::START, dice)
}

fn path() -> Path {
    Path::udp("192.0.2.9:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap())
}

fn at(s: u64) -> Moment {
    Moment::from_millis(s * 1_000)
}

/// Sends what is due and answers it.
fn round(
    r: &mut Registration,
    now: Moment,
    dice: &mut Dice,
    status: u16,
    headers: &str,
) -> (Vec<(String, String)>, Option<Change>) {
    let errand = r.poll_errand(now, path()).expect("a REGISTER is due");
    let id = ErrandId(SessionId(u64::from(errand.order.unwrap().1)));
    r.sent(id);
    let local = status == 408;
    let response = format!("SIP/2.0 {status} So\r\n{headers}Content-Length: 0\r\n\r\n");
    let response = if local { Vec::new() } else { response.into_bytes() };
    let reason = "So".to_owned();
    let done = ErrandDone { id, status, reason, retry_after_s: None, local, response };
    assert!(r.owns(id));
    (errand.headers, r.handle_done(now, &done, dice))
}

const CHALLENGE: &str =
    "WWW-Authenticate: Digest realm=\"c\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n";

#[test]
fn a_cold_start_registers_at_once_and_renews_before_it_lapses() {
    let (mut dice, now) = (dice(), Moment::START);
    let mut r = registration(&mut dice);
    assert_eq!(r.poll_timeout(), now);
    let (first, change) = round(&mut r, now, &mut dice, 401, CHALLENGE);
    assert_eq!((first.len(), change), (1, None));
    let (second, change) = round(&mut r, now, &mut dice, 200, "Expires: 300\r\n");
    assert!(second.iter().any(|(n, v)| n == "Authorization" && v.contains("nc=00000001")));
    assert_eq!(change, Some(Change::Registered));
    let renew = r.poll_timeout();
    assert!(at(235) < renew && renew <= at(270), "{renew:?}");
    let ours = "Contact: <sip:other@192.0.2.7>;expires=9, <sip:firm@192.0.2.9>;expires=120\r\n";
    let (_, change) = round(&mut r, renew, &mut dice, 200, ours);
    assert_eq!(change, None);
    assert!(r.poll_timeout() <= renew + Duration::from_secs(108));
}

#[test]
fn a_registrar_that_wants_longer_times_gets_them() {
    let (mut dice, now) = (dice(), Moment::START);
    let mut r = registration(&mut dice);
    assert_eq!(round(&mut r, now, &mut dice, 423, "Min-Expires: 1800\r\n").1, None);
    let (headers, _) = round(&mut r, now, &mut dice, 200, "");
    assert_eq!(headers[0].1, "1800");
    assert!(r.poll_timeout() > at(1_400));
}

#[test]
fn failures_are_spaced_out_more_and_more_and_another_address_is_tried() {
    let mut dice = dice();
    let mut r = registration(&mut dice);
    let mut now = Moment::START;
    let mut waits = Vec::new();
    for n in 0..9 {
        assert_eq!(r.turn(), n);
        let (_, change) = round(&mut r, now, &mut dice, 408, "");
        assert!(matches!(change, Some(Change::Failed { .. })));
        waits.push(r.poll_timeout().since(now).as_secs());
        now = r.poll_timeout();
    }
    assert!((15..=30).contains(&waits[0]) && (30..=60).contains(&waits[1]), "{waits:?}");
    assert!((900..=1_800).contains(&waits[8]), "{waits:?}");
}

#[test]
fn a_renewal_that_fails_is_tried_again_and_lost_only_when_it_lapses() {
    let (mut dice, now) = (dice(), Moment::START);
    let mut r = registration(&mut dice);
    round(&mut r, now, &mut dice, 200, "Expires: 600\r\n");
    let renew = r.poll_timeout();
    assert_eq!(round(&mut r, renew, &mut dice, 408, "").1, None);
    assert!(r.is_registered());
    assert_eq!(r.handle_timeout(at(599)), None);
    assert!(matches!(r.handle_timeout(at(600)), Some(Change::Lost { .. })));
    assert!(!r.is_registered());
    assert_eq!(r.poll_timeout(), at(600), "and asks anew at once");
}

#[test]
fn who_leaves_says_so_once_and_waits_for_a_register_under_way() {
    let expires = |headers: &[(String, String)]| headers[0].1.clone();
    let (mut dice, now) = (dice(), Moment::START);
    let mut r = registration(&mut dice);
    round(&mut r, now, &mut dice, 200, "Expires: 600\r\n");
    r.leave(now);
    assert!(r.is_registered() && !r.is_gone());
    let (farewell, _) = round(&mut r, now, &mut dice, 401, CHALLENGE);
    assert_eq!(expires(&farewell), "0");
    let (farewell, change) = round(&mut r, now, &mut dice, 200, "");
    assert_eq!((expires(&farewell).as_str(), change), ("0", None));
    assert!(r.is_gone() && r.poll_errand(at(10_000), path()).is_none());

    let mut r = registration(&mut dice);
    let asked = r.poll_errand(now, path()).unwrap();
    let id = ErrandId(SessionId(1));
    r.sent(id);
    r.leave(now);
    assert_eq!(expires(&asked.headers), "600");
    assert!(r.poll_errand(now, path()).is_none(), "one at a time");
    let response = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
    let reason = "OK".to_owned();
    let done = ErrandDone { id, status: 200, reason, retry_after_s: None, local: false, response };
    r.handle_done(now, &done, &mut dice);
    assert_eq!(expires(&round(&mut r, now, &mut dice, 408, "").0), "0");
    assert!(r.is_gone());

    let mut never = registration(&mut dice);
    never.leave(now);
    assert!(never.is_gone());
}

#[test]
fn a_wrong_password_is_not_tried_over_and_over() {
    let (mut dice, now) = (dice(), Moment::START);
    let mut r = registration(&mut dice);
    round(&mut r, now, &mut dice, 401, CHALLENGE);
    let (_, change) = round(&mut r, now, &mut dice, 401, CHALLENGE);
    let Some(Change::Failed { why }) = change else { panic!("{change:?}") };
    assert!(why.contains("refuses user or password"), "{why}");
    assert!(r.poll_timeout() >= now + REGISTER_REFUSED_WAIT);
}
