//! Random walks over the whole exchange: people do random things on a bad network while the store comes and goes.
//! After every step the rules of the world hold (`world/ledger.rs`); at the end nothing is left but records.
//! A seed that once failed stays in the list.

use acceptance::world::{
    Dialling, Dice, Duty, PhoneState, Service, Setting, Weather, World, trunk,
};
use exchange::RegistrationConfig;
use ids::{Lang, Money};
use media::command::KeySource;
use records::{Case, Direction};
use std::sync::Arc;
use std::time::Duration;

/// Committed seeds: each is one walk, the same every time.
const SEEDS: std::ops::Range<u64> = 0..40;
/// Deeds in one walk.
const DEEDS: usize = 120;
/// Phones in one walk.
const PHONES: u64 = 8;

fn world(seed: u64) -> World {
    World::new(setting(seed))
}

fn setting(seed: u64) -> Setting {
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
    setting
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

/// People of ours with phones, callers who are connected with them, and a carrier: they dial each other and
/// numbers, pick up, refuse, let it ring, hang up, hold, hand on and vanish, while callers do what they like.
#[test]
fn connected_callers_and_people_of_ours_leave_nothing_but_one_record_each() {
    let (mut records, mut talks, mut moves, mut by_trunk) = (0, 0, 0, 0);
    for seed in 200..240 {
        let mut setting = setting(seed);
        setting.config.trunks = vec![Arc::new(trunk("main", &CARRIERS[..2]))];
        let mut world = World::new(setting);
        let carriers = [CARRIERS[0], CARRIERS[1]].map(|name| world.phone(name));
        world.start_trunks();
        world.allow("anna", "+48");
        world.allow("bob", "+");
        let mut dice = Dice::new(seed);
        let people = ["anna", "bob", "carol"].map(|name| world.phone(name));
        for phone in people {
            world.register(phone);
        }
        world.pass(Duration::from_secs(2));
        for _ in 0..DEEDS {
            let caller = world.phone(&format!("phone-{}", dice.below(4)));
            match dice.below(9) {
                0..4 => person(&mut world, &mut dice, people),
                4 => carrier(&mut world, &mut dice, carriers),
                _ => connected(&mut world, &mut dice, caller),
            }
            world.pass(dice.between(Duration::ZERO, Duration::from_millis(4_000)));
        }
        world.end();
        records += world.ledger.records.len();
        let kinds = world.ledger.events.values().flatten().map(|event| event.kind.name());
        let kinds: Vec<String> = kinds.collect();
        talks += kinds.iter().filter(|kind| *kind == "bridged").count();
        moves += kinds.iter().filter(|kind| *kind == "transfer-asked").count();
        let over = |r: &&records::CallRecord| r.trunk.is_some() && r.answered_us.is_some();
        by_trunk += world.ledger.records.iter().filter(over).count();
    }
    println!("{records} calls, {talks} halves of talks, {moves} handed on, {by_trunk} by a trunk");
    assert!(records > 300 && talks > 200 && moves > 20, "{records}, {talks}, {moves}");
    assert!(by_trunk > 20, "{by_trunk} by a trunk");
}

fn connected(world: &mut World, dice: &mut Dice, phone: usize) {
    match world.phones[phone].state {
        PhoneState::Idle | PhoneState::Refused(..) | PhoneState::Over(_) => {
            if !world.phones[phone].gone {
                let called = *dice.pick(&["desk", "desk", "desk", "away", "outside"]);
                world.phones[phone].away = *dice.pick(&[200, 486, 603]);
                let (from, codec) = ("anonymous".to_owned(), None);
                let offers = dice.percent(85);
                let how = Dialling { called: called.to_owned(), from, offers, codec };
                world.ports_free = if dice.percent(5) { 1 } else { 1_000 };
                world.dial(phone, &how);
            }
        }
        PhoneState::Calling if dice.percent(20) => world.hang_up(phone),
        PhoneState::Calling => {}
        PhoneState::Up => match dice.below(20) {
            0..3 => world.hang_up(phone),
            3..5 => world.hold(phone, true),
            5..8 => world.hold(phone, false),
            8 => world.vanish(phone),
            9..11 => world.press(phone, "5", KeySource::Rtp),
            11 => world.refer(phone, "bob"),
            _ => world.pass(Duration::from_secs(2)),
        },
    }
}

fn person(world: &mut World, dice: &mut Dice, people: [usize; 3]) {
    let phone = *dice.pick(&people);
    match world.phones[phone].state {
        PhoneState::Calling if dice.percent(70) => world.pick_up(phone),
        PhoneState::Calling => world.hang_up(phone),
        PhoneState::Up => match dice.below(10) {
            0 => world.hang_up(phone),
            1..6 => {
                let whom = *dice.pick(&["anna", "bob", "carol", "nobody", "+48600100200"]);
                world.refer(phone, whom);
            }
            6 => world.hold(phone, true),
            7 => world.hold(phone, false),
            _ => {}
        },
        PhoneState::Idle | PhoneState::Refused(..) | PhoneState::Over(_) if dice.percent(30) => {
            let called = ["anna", "bob", "carol", "hotline", "600100200", "+390612345678"];
            let (called, from) = ((*dice.pick(&called)).to_owned(), String::new());
            let how = Dialling { called, from, offers: dice.percent(85), codec: None };
            world.dial(phone, &how);
        }
        PhoneState::Idle | PhoneState::Refused(..) | PhoneState::Over(_) => {
            let duties = [Duty::Answer, Duty::AnswerLater, Duty::AnswerLater, Duty::Ring];
            let refusals = [Duty::Refuse(486, None), Duty::Refuse(603, None)];
            let all = [duties.as_slice(), &refusals].concat();
            world.phones[phone].duty = *dice.pick(&all);
        }
    }
}

/// A carrier rings, answers, refuses, holds and hangs up.
fn carrier(world: &mut World, dice: &mut Dice, carriers: [usize; 2]) {
    let carrier = *dice.pick(&carriers);
    match world.phones[carrier].state {
        PhoneState::Up if dice.percent(40) => world.hang_up(carrier),
        PhoneState::Up => world.hold(carrier, dice.percent(50)),
        _ => {
            let duties = [Duty::Answer, Duty::Answer, Duty::AnswerLater, Duty::Announce(480)];
            let refusals = [Duty::Refuse(503, Some(5)), Duty::Refuse(486, None)];
            world.phones[carrier].duty = *dice.pick(&[duties.as_slice(), &refusals].concat());
            world.pick_up(carrier);
        }
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

/// Walks of calls out: each over three carriers of two trunks.
const SEEDS_OUT: std::ops::Range<u64> = 0..20;

#[test]
fn random_calls_out_over_carriers_of_every_mood_leave_nothing_but_one_record_each() {
    let (mut outbound, mut answered) = (0, 0);
    for seed in SEEDS_OUT {
        let world = walk_out(seed);
        let ours = |r: &&records::CallRecord| r.direction == Direction::Outbound;
        outbound += world.ledger.records.iter().filter(ours).count();
        answered += world.ledger.records.iter().filter(|r| r.answered_us.is_some()).count();
        assert_eq!(world.exchange.trunks_leaving(), 0, "walk {seed}: every registrar was told");
    }
    println!("{} walks, {outbound} calls out, {answered} answered", SEEDS_OUT.end);
    assert!(outbound > 200, "the walks call out: {outbound}");
    assert!(answered > 20, "some are answered: {answered}");
}

const CARRIERS: [&str; 3] = ["alpha", "beta", "gamma"];

fn walk_out(seed: u64) -> World {
    let bad = seed % 4;
    let mut setting = Setting::hotline();
    setting.weather = Weather { lost: bad * 5, doubled: bad * 4, held_back: bad * 6, seed };
    let mut registered = trunk("registered", &CARRIERS[..1]);
    let expires = Duration::from_secs(120);
    registered.registration = Some(RegistrationConfig { user: "firm".into(), expires });
    let mut open = trunk("open", &CARRIERS[1..]);
    (open.calls_max, open.options) = (3, seed.is_multiple_of(2));
    setting.config.trunks = vec![Arc::new(registered), Arc::new(open)];
    let mut world = World::new(setting);
    let carriers = CARRIERS.map(|name| world.phone(name));
    world.start_trunks();
    let mut dice = Dice::new(seed ^ 0x74_72_75_6E_6B);
    for _ in 0..DEEDS {
        let carrier = *dice.pick(&carriers);
        deed_out(&mut world, &mut dice, carrier);
        world.pass(dice.between(Duration::ZERO, Duration::from_secs(5)));
    }
    carriers.iter().for_each(|&n| {
        world.phones[n].gone = false;
        world.phones[n].registrar = Some(200);
    });
    world.drain();
    world.end();
    world
}

fn deed_out(world: &mut World, dice: &mut Dice, carrier: usize) {
    match dice.below(100) {
        0..45 => {
            let to = *dice.pick(&["+48600100200", "+390612345678", "+551123456789"]);
            let only = *dice.pick(&[None, None, Some("open"), Some("registered")]);
            // One that is refused at once leaves no call.
            let _ = world.call_out(to, "hotline", only);
        }
        45..70 => {
            world.phones[carrier].duty = match dice.below(8) {
                0..3 => Duty::Answer,
                3 => Duty::AnswerOneCodec,
                4 => Duty::Ring,
                5 => Duty::Announce(480),
                6 => Duty::Refuse(*dice.pick(&[404, 486, 488, 500, 603]), None),
                _ => Duty::Refuse(503, Some(5)),
            };
        }
        70..80 => world.phones[carrier].gone = dice.percent(40),
        80..88 => world.phones[carrier].registrar = Some(*dice.pick(&[200, 200, 403, 500])),
        88..92 => world.dns = dice.percent(60),
        _ => {
            if world.phones[carrier].state == PhoneState::Up {
                world.hang_up(carrier);
            }
        }
    }
}
