//! Floods, scanners and guesses against the guard alone, in virtual time.

use super::*;

fn from(address: &str) -> Path {
    Path::udp("192.0.2.1:5060".parse().unwrap(), format!("{address}:5060").parse().unwrap())
}

fn ms(n: u64) -> Moment {
    Moment::from_millis(n)
}

#[test]
fn a_source_over_its_rate_hears_some_503_and_then_nothing() {
    let mut guard = Guard::new(GuardConfig::default());
    let flood = from("203.0.113.5");
    let (mut served, mut busy, mut silent) = (0, 0, 0);
    for n in 0..10_000 {
        guard.meet(ms(n), &flood, 500);
        match guard.admit(ms(n), &flood, Kind::Invite) {
            Ruling::Serve => served += 1,
            Ruling::Busy => busy += 1,
            Ruling::Silence => silent += 1,
        }
    }
    assert!((139..=141).contains(&served), "40 at once and 10 a second for 10 s: {served}");
    assert!((14..=16).contains(&busy), "{busy}");
    assert!(silent > 9_000);
    let other = from("203.0.113.6");
    assert_eq!(
        guard.admit(ms(10_000), &other, Kind::Invite),
        Ruling::Serve,
        "others are untouched"
    );
}

#[test]
fn a_hundred_thousand_forged_sources_keep_the_table_within_its_limit() {
    let mut guard = Guard::new(GuardConfig::default());
    for n in 0..100_000u32 {
        let address = std::net::Ipv4Addr::from_bits(0x0b00_0000 + n);
        let path = from(&address.to_string());
        guard.meet(ms(u64::from(n) / 100), &path, 500);
        guard.admit(ms(u64::from(n) / 100), &path, Kind::Request);
    }
    assert!(guard.figures().sources <= SOURCES_MAX);
    guard.meet(ms(600_000), &from("203.0.113.5"), 500);
    assert_eq!(guard.figures().sources, 1, "quiet sources are forgotten");
}

#[test]
fn an_ipv6_host_has_one_bucket_for_its_whole_network() {
    let mut guard = Guard::new(GuardConfig::default());
    let mut served = 0;
    for n in 0..1_000u32 {
        let path = Path::udp(
            "[2001:db8::1]:5060".parse().unwrap(),
            format!("[2001:db8:0:7::{n:x}]:5060").parse().unwrap(),
        );
        served += u32::from(guard.admit(ms(1), &path, Kind::Invite) == Ruling::Serve);
    }
    assert_eq!((served, guard.figures().sources), (40, 1));
}

#[test]
fn to_an_unverified_udp_source_no_more_bytes_go_than_came() {
    let mut guard = Guard::new(GuardConfig::default());
    let (victim, mut came, mut went) = (from("198.51.100.7"), 0, 0);
    for n in 0..50_000 {
        guard.meet(ms(n / 5), &victim, 400);
        came += 400;
        went += if guard.may_answer(&victim, 700) { 700 } else { 0 };
    }
    assert!(went <= came + UNVERIFIED_BYTES_FREE as usize, "{went} bytes out, {came} in");
    assert!(guard.figures().kept_back > 0);
    guard.verified(ms(10_000), &victim);
    assert!(guard.may_answer(&victim, 60_000), "a source that proved itself is answered");
}

#[test]
fn a_scanner_is_not_read_for_a_while_and_then_may_try_again() {
    let mut guard = Guard::new(GuardConfig::default());
    let path = from("203.0.113.9");
    assert!(!guard.is_scanner(ms(1), &path, b"baresip v1.1"));
    assert!(guard.is_scanner(ms(1), &path, b"Friendly-Scanner"));
    assert!(!guard.meet(ms(2), &path, 400));
    guard.call_up(path.remote.ip());
    assert!(guard.meet(ms(2), &path, 400), "a call that is up is still heard");
    assert_eq!(guard.admit(ms(2), &path, Kind::Invite), Ruling::Silence, "and nothing else");
    guard.call_over(path.remote.ip());
    assert!(!guard.meet(ms(3), &path, 400));
    assert!(guard.meet(ms(2) + QUARANTINE, &path, 400));
}

#[test]
fn guesses_from_one_place_back_off_and_do_not_lock_the_user_out_elsewhere() {
    let mut guard = Guard::new(GuardConfig::default());
    let (thief, home) = (from("203.0.113.9"), from("198.51.100.2"));
    for _ in 0..PAIR_TRIES_FREE + 3 {
        guard.login_failed(ms(1_000), &thief, "anna");
    }
    assert!(!guard.may_try(ms(1_500), &thief, "anna"));
    assert!(guard.may_try(ms(1_500), &home, "anna"), "anna logs in from home");
    assert!(
        guard.may_try(ms(1_500), &thief, "berta"),
        "the back-off is the user's, not all users'"
    );
    assert!(guard.may_try(ms(9_100), &thief, "anna"), "8 s later");
    for n in 0..FAILURES_MAX {
        guard.login_failed(ms(10_000), &thief, &format!("user{n}"));
    }
    assert!(!guard.meet(ms(10_001), &thief, 400), "one who guesses users is shut out");
}

#[test]
fn trusted_networks_have_no_rates_but_share_in_overload() {
    let trusted = vec!["203.0.113.0/24".parse().unwrap()];
    let mut guard = Guard::new(GuardConfig { trusted, ..GuardConfig::default() });
    let trunk = from("203.0.113.9");
    for _ in 0..10_000 {
        assert_eq!(guard.admit(ms(5), &trunk, Kind::Invite), Ruling::Serve);
    }
    for _ in 0..20 {
        guard.handle_lag(ms(6), Duration::from_secs(1));
    }
    assert_eq!(guard.admit(ms(7), &trunk, Kind::Invite), Ruling::Busy);
    assert_eq!(guard.admit(ms(7), &trunk, Kind::Request), Ruling::Serve);
}
