//! Whom a leg hears, what it reports, when it is dead, and what hostile packets do.

#![allow(clippy::unwrap_used)] // a test may

mod trace;

use media::Stream;
use media::command::{Command, Direction, LegParams};
use proptest::prelude::*;
use trace::{LEG, PHONE, PHONE_RTCP, World, at, params};

const STRANGER: &str = "192.0.2.9:6000";

fn world() -> World {
    World::with(params())
}

#[test]
fn we_speak_to_the_agreed_address_before_anyone_is_heard() {
    let mut world = world();
    world.play(1, 160, true);
    assert_eq!(world.sent()[0].to, at(PHONE));
}

#[test]
fn we_follow_the_first_packet_and_refuse_others() {
    let mut world = world();
    world.rtp("10.0.0.1:7777", 8, 0, &[1; 160]).play(1, 160, true);
    assert_eq!(world.sent()[0].to, at("10.0.0.1:7777"));
    assert_eq!(world.latches(), [Some(at("10.0.0.1:7777"))]);
    world.rtp(STRANGER, 8, 160, &[1; 160]).rtp(PHONE, 101, 160, &[5, 0x80, 3, 0x20]);
    assert_eq!(world.told(), "0 play-1 completed\n");
    let stats = world.close();
    assert_eq!((stats.received, stats.wrong_source), (1, 2));
}

#[test]
fn packets_of_no_agreed_kind_never_lock() {
    let mut world = world();
    world.rtp(PHONE, 96, 0, &[1; 160]).datagram(Stream::Rtp, PHONE, b"hello");
    assert_eq!(world.latches(), []);
    assert_eq!(world.close().malformed, 2);
}

#[test]
fn after_a_second_of_silence_the_kernel_filter_goes_and_another_port_may_speak() {
    let mut world = world();
    world.audio(&[1; 160]).until(999);
    assert_eq!(world.latches(), [Some(at(PHONE))]);
    world.until(1_000);
    assert_eq!(world.latches(), [None]);
    world.rtp("10.0.0.1:7777", 8, 0, &[1; 160]);
    assert_eq!(world.latches(), [Some(at("10.0.0.1:7777"))]);
}

#[test]
fn an_update_with_a_new_address_frees_the_lock_and_one_without_does_not() {
    let mut world = world();
    world.audio(&[1; 160]).command(Command::Update(LEG, Box::new(params())));
    assert_eq!(world.latches(), [Some(at(PHONE))]);
    let moved = LegParams { remote_rtp: at("10.0.0.2:9000"), ..params() };
    world.command(Command::Update(LEG, Box::new(moved))).play(1, 160, true);
    assert_eq!(world.latches(), [None]);
    assert_eq!(world.sent()[0].to, at("10.0.0.2:9000"));
}

#[test]
fn a_silent_call_is_flagged_then_dead_and_heard_again_when_it_speaks() {
    let mut world = world();
    world.until(40_000).audio(&[1; 160]).until(200_000);
    assert_eq!(world.told(), "30000 silent\n40000 heard\n70000 silent\n100000 dead\n");
}

#[test]
fn rtcp_alone_keeps_a_call_alive() {
    let mut world = world();
    let mut report = [0; 400];
    let block = rtp::Report { ssrc: 7, sender: None, block: None, cname: "phone", bye: false };
    let length = rtp::write_rtcp(&block, &mut report);
    for s in (0..120).step_by(5) {
        world.until(s * 1_000).datagram(Stream::Rtcp, PHONE_RTCP, &report[..length]);
    }
    assert_eq!(world.told(), "");
}

#[test]
fn a_hold_lasts_half_an_hour() {
    let mut world = World::with(LegParams { direction: Direction::SendOnly, ..params() });
    world.until(3_600_000);
    assert_eq!(world.told(), "1800000 dead\n");
}

#[test]
fn reports_go_out_about_every_five_seconds_and_carry_what_was_lost() {
    let mut world = world();
    world.play(1, 8_000 * 70, true);
    for n in 0..3_000_u64 {
        world.until(n * 20).sequence += u16::from(n % 100 == 99);
        world.audio(&[1; 160]);
    }
    let reports = world.reports();
    assert!((11..20).contains(&reports.len()), "{}", reports.len());
    assert!(reports.iter().all(|r| r.stream == Stream::Rtcp && r.to == at(PHONE_RTCP)));
    let last = rtp::read_rtcp(&reports.last().unwrap().datagram, 0xCA11).unwrap();
    assert!(last.sender.unwrap().packets > 2_500);
    let about_them = last.about_us.unwrap();
    assert!((20..=30).contains(&about_them.cumulative_lost));
    assert_eq!(about_them.ssrc, 0xCA11);
    let stats = world.close();
    assert_eq!((stats.received, stats.lost, stats.jitter_us_max), (3_000, 30, 0));
}

#[test]
fn reports_share_the_rtp_port_where_that_was_agreed() {
    let mut world = World::with(LegParams { remote_rtcp: at(PHONE), ..params() });
    world.audio(&[1; 160]).until(10_000);
    let reports = world.reports();
    assert!(!reports.is_empty());
    assert!(reports.iter().all(|r| r.stream == Stream::Rtp && r.to == at(PHONE)));
}

#[test]
fn the_peers_report_about_us_reaches_the_figures() {
    let mut world = world();
    world.play(1, 160_000, true).until(8_000);
    let ours = rtp::read_rtcp(&world.reports()[0].datagram, 0).unwrap();
    let block = rtp::ReportBlock { ssrc: ours.ssrc, cumulative_lost: 3, ..Default::default() };
    let theirs =
        rtp::Report { ssrc: 7, sender: None, block: Some(block), cname: "phone", bye: false };
    let mut out = [0; 400];
    let length = rtp::write_rtcp(&theirs, &mut out);
    world.datagram(Stream::Rtcp, "203.0.113.5:4001", &out[..length]);
    world.datagram(Stream::Rtcp, PHONE_RTCP, &out[..length]);
    let stats = world.close();
    assert_eq!((stats.remote_lost, stats.wrong_source), (Some(3), 1));
}

#[test]
fn a_close_says_goodbye_and_everything_is_gone() {
    let mut world = world();
    world.play(1, 80_000, true).until(100);
    world.sent();
    let stats = world.close();
    assert_eq!((stats.sent, world.shard.legs()), (6, 0));
    let reports = world.reports();
    assert!(rtp::read_rtcp(&reports[0].datagram, 0).unwrap().bye);
    assert_eq!(world.told(), "100 play-1 cut off\n100 closed\n");
    world.play(2, 160, true).until(100_000);
    assert!(world.sent().is_empty() && world.told().is_empty());
    assert_eq!(world.shard.counters().strays, 1);
}

#[test]
fn a_flood_on_one_leg_grows_nothing() {
    let mut world = world();
    for n in 0..100_000_u32 {
        world.rtp(STRANGER, 8, n.wrapping_mul(7_919), &[0; 160]);
        world.sequence = (n.wrapping_mul(2_654_435_761) >> 8) as u16;
    }
    assert_eq!(world.told(), "");
    assert_eq!(world.latches(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_datagrams_at_random_times_break_nothing(
        seeds in proptest::collection::vec((any::<u64>(), 0_u64..400, 0_u8..4), 1..120)
    ) {
        let mut world = World::with(LegParams { inband_always: true, ..params() });
        let mut ms = 0;
        for (seed, gap, kind) in seeds {
            ms += gap;
            world.until(ms);
            let mut random = rtp::Random::new(seed);
            let length = (random.next_u64() % 200) as usize;
            let mut bytes: Vec<u8> = (0..length).map(|_| random.next_u64() as u8).collect();
            if let [first, second, ..] = &mut bytes[..] {
                *first = 0x80 | *first & 0x3F;
                *second = [8, 101, 200, *second][usize::from(kind)];
            }
            let stream = if kind == 2 { Stream::Rtcp } else { Stream::Rtp };
            world.datagram(stream, PHONE, &bytes);
            if seed % 5 == 0 {
                world.play(seed, (seed % 3_000) as usize, seed % 2 == 0);
            }
        }
        world.until(ms + 1_000);
        let told = world.told();
        let count = |word: &str| told.lines().filter(|line| line.contains(word)).count();
        prop_assert_eq!(count(" down"), count(" up") + count(" void"));
        world.close();
    }
}
