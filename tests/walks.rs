//! Random walks over the whole exchange: people do random things on a bad network while the store comes and goes.
//! After every step the rules of the world hold (`world/ledger.rs`); at the end nothing is left but records.
//! A seed that once failed stays in the list.

use acceptance::world::{Dialling, Dice, PhoneState, Service, Setting, Weather, World};
use ids::{Lang, Money};
use media::command::KeySource;
use records::Case;
use std::time::Duration;

/// Committed seeds: each is one walk, the same every time.
const SEEDS: std::ops::Range<u64> = 0..40;
/// Deeds in one walk.
const DEEDS: usize = 120;
/// Phones in one walk.
const PHONES: u64 = 8;

fn world(seed: u64) -> World {
    let mut setting = Setting::hotline();
    let bad = seed % 4;
    setting.weather = Weather { lost: bad * 5, doubled: bad * 4, held_back: bad * 6, seed };
    setting.config.calls_max = if seed.is_multiple_of(5) { 4 } else { 1_000 };
    for n in 0..3 {
        let case = Case {
            id: setting.file.next_id(),
            number: format!("2026001{n}"),
            name: "Osoba".into(),
            phones: vec![format!("+4822100010{n}")],
            lang: Lang::VOICES[n],
            creditor: "Energia".into(),
            outstanding: Money::new(123_456, ids::Currency::PLN),
            due_date: jiff::civil::date(2026, 10, 15),
        };
        setting.file.add(case, &format!("60221{n}"), "17031985");
    }
    World::new(setting)
}

#[test]
fn random_callers_on_a_bad_network_leave_nothing_but_one_record_each() {
    let mut records = 0;
    let mut verified = 0;
    for seed in SEEDS {
        let world = walk(seed);
        records += world.ledger.records.len();
        verified += world.ledger.records.iter().filter(|r| r.verified).count();
    }
    println!("{} walks, {records} calls, {verified} of them verified", SEEDS.end);
    assert!(records > 500, "the walks make calls: {records}");
    assert!(verified > 0, "some walks reach the far end of the flow");
}

fn walk(seed: u64) -> World {
    let mut world = world(seed);
    let mut dice = Dice::new(seed ^ 0x70_61_72_6C_65_79);
    for _ in 0..DEEDS {
        let name = format!("phone-{}", dice.below(PHONES));
        let phone = world.phone(&name);
        deed(&mut world, &mut dice, phone);
        let time = dice.between(Duration::ZERO, Duration::from_millis(2_500));
        world.pass(time);
    }
    world.file.service = Service::Up(Duration::from_millis(10));
    world.end();
    world
}

fn deed(world: &mut World, dice: &mut Dice, phone: usize) {
    match world.phones[phone].state {
        PhoneState::Idle | PhoneState::Refused(..) | PhoneState::Over(_) => {
            dial(world, dice, phone)
        }
        PhoneState::Calling => {
            if dice.percent(30) {
                world.hang_up(phone);
            }
        }
        PhoneState::Up => in_call(world, dice, phone),
    }
}

fn dial(world: &mut World, dice: &mut Dice, phone: usize) {
    if world.phones[phone].gone {
        return;
    }
    let called = *dice.pick(&["hotline", "hotline", "hotline-en", "hotline-it", "nobody"]);
    let from = *dice.pick(&["anonymous", "+48221000100", "+48999000999"]);
    let codec = dice.percent(5).then(|| "speex".to_owned());
    let how =
        Dialling { called: called.into(), from: from.into(), offers: dice.percent(85), codec };
    world.ports_after = dice.between(Duration::ZERO, Duration::from_millis(300));
    world.ports_free = if dice.percent(5) { 0 } else { 1_000 };
    world.dial(phone, &how);
}

fn in_call(world: &mut World, dice: &mut Dice, phone: usize) {
    match dice.below(100) {
        0..20 => {
            world.wait_quiet(phone, Duration::from_secs(60));
        }
        20..40 => answer_well(world, phone),
        40..65 => {
            let keys = *dice.pick(&[
                "1",
                "3",
                "9",
                "#",
                "*",
                "**",
                "20260010#",
                "602210#",
                "17031985",
                "5",
                "7",
            ]);
            let source = *dice.pick(&[KeySource::Rtp, KeySource::Inband]);
            world.press(phone, keys, source);
        }
        65..70 => world.press_by_info(phone, "9#"),
        70..80 => world.hang_up(phone),
        80..85 => world.hold(phone, true),
        85..90 => world.hold(phone, false),
        90..92 => world.vanish(phone),
        92..97 => {
            let moods = [
                Service::Up(Duration::from_millis(10)),
                Service::Up(Duration::from_secs(2)),
                Service::Down,
                Service::Mute,
            ];
            world.file.service = *dice.pick(&moods);
        }
        _ => world.pass(dice.between(Duration::from_secs(5), Duration::from_secs(40))),
    }
}

/// A caller who does what is asked: waits each question out and answers it.
fn answer_well(world: &mut World, phone: usize) {
    for keys in ["20260010#", "602210#", "17031985", "9"] {
        world.wait_quiet(phone, Duration::from_secs(60));
        world.press(phone, keys, KeySource::Rtp);
    }
}

#[test]
fn a_shutdown_in_the_middle_of_everything_leaves_nothing_behind() {
    for seed in 100..110 {
        let mut world = world(seed);
        let mut dice = Dice::new(seed);
        for phone in 0..12 {
            let phone = world.phone(&format!("phone-{phone}"));
            dial(&mut world, &mut dice, phone);
            world.pass(dice.between(Duration::ZERO, Duration::from_secs(4)));
        }
        world.drain();
        world.pass(Duration::from_secs(1));
        world.stop();
        world.end();
        assert_eq!(world.exchange.census(), exchange::Census::default());
    }
}
