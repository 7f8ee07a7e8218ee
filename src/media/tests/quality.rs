//! How a leg sounded, both ways, as its figures tell at the end.

#![allow(clippy::unwrap_used)] // a test may

mod trace;

use media::Stream;
use media::command::{Direction, LegParams, OneWay, Score};
use trace::{PHONE_RTCP, World, params};

/// Ten seconds of a call: we play, the phone sends what `comes` lets through, and reports every 2.5 s.
fn call(params: LegParams, comes: impl Fn(u64) -> bool, report: impl Fn(u64) -> u8) -> World {
    let mut world = World::with(params);
    world.play(1, 8_000 * 20, false);
    for n in 0..500_u64 {
        world.until(n * 20);
        match comes(n) {
            true => drop(world.audio(&[1; 160])),
            false => world.sequence = world.sequence.wrapping_add(1),
        }
        if n % 125 == 124 {
            report_of(&mut world, n, report(n / 125));
        }
    }
    world
}

/// The phone has heard all but this percentage of what we sent; 100: it does not know us.
fn report_of(world: &mut World, n: u64, lost_percent: u8) {
    let ours = world.sent().last().unwrap().packet().ssrc;
    let block = rtp::ReportBlock {
        ssrc: ours,
        cumulative_lost: (n * u64::from(lost_percent) / 100) as i32,
        extended_highest: n as u32,
        jitter: 40,
        ..rtp::ReportBlock::default()
    };
    let block = (lost_percent < 100).then_some(block);
    let report = rtp::Report { ssrc: 0xCA11, sender: None, block, cname: "phone", bye: false };
    let mut out = [0; 400];
    let length = rtp::write_rtcp(&report, &mut out);
    world.datagram(Stream::Rtcp, PHONE_RTCP, &out[..length]);
}

#[test]
fn a_call_without_loss_sounds_as_good_as_the_codec() {
    let stats = call(params(), |_| true, |_| 0).close();
    let best = Some(Score { r: 93, mos_hundredths: 441 });
    assert_eq!((stats.heard, stats.delivered, stats.one_way), (best, best, None));
    assert_eq!((stats.lost, stats.late, stats.remote_jitter_us), (0, 0, Some(5_000)));
}

#[test]
fn loss_lowers_the_score_of_its_own_way_alone() {
    let stats = call(params(), |n| n % 20 != 7, |_| 0).close();
    assert_eq!((stats.lost, stats.loss_runs), (25, 25));
    assert_eq!((stats.heard.unwrap().r, stats.delivered.unwrap().r), (77, 93));
    let stats = call(params(), |_| true, |_| 5).close();
    assert_eq!(stats.heard.unwrap().r, 93);
    assert!((76..=79).contains(&stats.delivered.unwrap().r), "{:?}", stats.delivered);
}

#[test]
fn sound_that_goes_one_way_only_is_flagged_with_its_way() {
    let nothing_comes = call(params(), |_| false, |_| 0).close();
    assert_eq!((nothing_comes.one_way, nothing_comes.heard), (Some(OneWay::WeHearNothing), None));
    let not_heard = call(params(), |_| true, |_| 100).close();
    assert_eq!(not_heard.one_way, Some(OneWay::TheyHearNothing));
    assert_eq!(not_heard.delivered, None);
    let held = LegParams { direction: Direction::SendOnly, ..params() };
    assert_eq!(call(held, |_| false, |_| 0).close().one_way, None);
}
