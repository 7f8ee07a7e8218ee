//! Payments while everything breaks: at every instant somebody hangs up, the vault dies, the store falls silent; and
//! random walks of callers who pay on a bad network. After every step the rules of the world hold; in the end the
//! gateway and the ledger agree, and each socket of the vault that was opened is closed.

use acceptance::world::{Card, Dialling, Dice, PhoneState, Service, Setting, Weather, World};
use ids::{Lang, Money};
use media::command::KeySource;
use records::{Case, PaymentState};
use std::time::Duration;

const KEYS: [&str; 4] = ["20260010#", "602210#", "17031985", "1"];
/// Each is paid once.
const CASES: usize = 12;
/// From the key that begins a payment to the flow's next word, when all goes well; and a little.
const PAYMENT: Duration = Duration::from_millis(11_500);

fn world(weather: Weather) -> World {
    let mut setting = Setting::hotline();
    setting.weather = weather;
    for n in 0..CASES {
        file(&mut setting, n);
    }
    let mut world = World::new(setting);
    world.start_vault();
    world
}

fn file(setting: &mut Setting, n: usize) {
    let case = Case {
        id: setting.file.next_id(),
        number: format!("202600{n:02}"),
        name: "Osoba".into(),
        phones: vec![],
        lang: Lang::EnGb,
        creditor: "Energia".into(),
        outstanding: Money::new(123_456, ids::Currency::PLN),
        due_date: jiff::civil::date(2026, 10, 15),
    };
    setting.file.add(case, "602210", "17031985");
}

fn dialling() -> Dialling {
    Dialling { called: "till".into(), from: "anonymous".into(), offers: true, codec: None }
}

/// A caller who has just pressed the key that begins the payment.
fn paying(card: Card) -> (World, usize) {
    let mut world = world(Weather::FAIR);
    world.vault.card = card;
    let phone = world.phone("anna");
    world.dial(phone, &dialling());
    for keys in KEYS {
        world.pass(Duration::from_secs(1));
        world.wait_quiet(phone, Duration::from_secs(60));
        world.press(phone, keys, KeySource::Rtp);
    }
    assert_eq!(world.exchange.census().payments, 1, "the payment has begun");
    (world, phone)
}

/// Nobody calls any more, an hour passes for the resolver, and the books are looked at.
fn look_at_the_books(mut world: World) -> World {
    world.journal.refuses = None;
    world.file.service = Service::Up(Duration::from_millis(10));
    world.end();
    world.pass(Duration::from_secs(4_000));
    world.assert_books_balance();
    world
}

/// Every instant of a payment, in steps that fall on no beat of it.
fn instants() -> impl Iterator<Item = Duration> {
    let fine = (0..30).map(|n| Duration::from_millis(n * 7));
    let coarse = (0..).map(|n| Duration::from_millis(210 + n * 117));
    fine.chain(coarse.take_while(|at| *at < PAYMENT))
}

fn last_state(world: &World) -> Option<PaymentState> {
    world.journal.steps.last().map(|step| step.state)
}

#[test]
fn who_hangs_up_at_any_instant_is_charged_once_or_not_at_all_and_it_is_on_the_books() {
    let mut ends = std::collections::BTreeSet::new();
    for at in instants() {
        let (mut world, phone) = paying(Card::Good);
        world.pass(at);
        world.hang_up(phone);
        let world = look_at_the_books(world);
        assert!(world.vault.charged() == 0 || world.vault.charged() == 123_456);
        ends.insert(last_state(&world).map(PaymentState::name));
    }
    let all = [None, Some("abandoned"), Some("posted")];
    assert_eq!(ends, all.into(), "some instants come before the consent, some before the charge");
}

#[test]
fn a_vault_that_dies_at_any_instant_leaves_a_caller_who_hears_the_truth_and_books_that_agree() {
    let mut heard = std::collections::BTreeSet::new();
    for at in instants() {
        let (mut world, phone) = paying(Card::Good);
        world.pass(at);
        let ran = world.exchange.census().payments > 0;
        world.kill_vault();
        for prompt in ["service_trouble", "pay_unknown", "pay_success"] {
            if world.wait_heard(phone, prompt, "", Duration::from_secs(2)).is_ok() {
                heard.insert(prompt);
                break;
            }
        }
        let back = world.phones[phone].state == PhoneState::Up;
        assert!(!ran || back, "{at:?}: the caller is still there");
        look_at_the_books(world);
    }
    assert_eq!(heard.len(), 3, "{heard:?}");
}

#[test]
fn a_store_that_falls_silent_at_any_instant_lets_no_money_go_that_is_not_written_down() {
    for mood in [Service::Down, Service::Mute] {
        for at in instants().step_by(3) {
            let (mut world, _) = paying(Card::Good);
            world.pass(at);
            world.file.service = mood;
            world.pass(Duration::from_secs(20));
            world.file.service = Service::Up(Duration::from_millis(10));
            world.pass(Duration::from_secs(30));
            look_at_the_books(world);
        }
    }
}

#[test]
fn a_key_by_info_and_a_hold_at_any_instant_leave_nobody_astray() {
    for at in instants().step_by(2) {
        for hold in [false, true] {
            let (mut world, phone) = paying(Card::SecondGood);
            world.pass(at);
            match hold {
                true => world.hold(phone, true),
                false => world.press_by_info(phone, "4"),
            }
            world.pass(Duration::from_secs(40));
            look_at_the_books(world);
        }
    }
}

/// Committed seeds: each is one walk, the same every time.
const SEEDS: std::ops::Range<u64> = 0..60;
const DEEDS: usize = 90;

#[test]
fn random_payers_on_a_bad_network_leave_books_that_agree() {
    let (mut posted, mut declined, mut abandoned, mut unknown) = (0, 0, 0, 0);
    for seed in SEEDS {
        let bad = seed % 4;
        let weather = Weather { lost: bad * 4, doubled: bad * 4, held_back: bad * 6, seed };
        let mut world = world(weather);
        let mut dice = Dice::new(seed ^ 0x70_61_79);
        for _ in 0..DEEDS {
            let phone = world.phone(&format!("phone-{}", dice.below(4)));
            deed(&mut world, &mut dice, phone);
            world.pass(dice.between(Duration::ZERO, Duration::from_millis(2_500)));
        }
        world.no_port_again = false;
        let world = look_at_the_books(world);
        let count = |state| world.journal.steps.iter().filter(|s| s.state == state).count();
        posted += count(PaymentState::Posted);
        declined += count(PaymentState::Declined);
        abandoned += count(PaymentState::Abandoned);
        unknown += count(PaymentState::Unknown);
    }
    println!("{posted} posted, {declined} declined, {abandoned} abandoned, {unknown} unknown");
    assert!(posted > 20 && declined > 10 && abandoned > 5 && unknown > 3);
}

fn deed(world: &mut World, dice: &mut Dice, phone: usize) {
    match world.phones[phone].state {
        PhoneState::Idle | PhoneState::Refused(..) | PhoneState::Over(_) => {
            world.phones[phone].refuses_offers = (0, 0);
            world.dial(phone, &dialling());
        }
        PhoneState::Calling => {}
        PhoneState::Up => match dice.below(100) {
            0..60 => {
                let case = format!("202600{:02}#", dice.below(CASES as u64));
                for keys in [&case, KEYS[1], KEYS[2], KEYS[3]] {
                    world.wait_quiet(phone, Duration::from_secs(40));
                    world.press(phone, keys, KeySource::Rtp);
                }
            }
            60..66 => world.pass(Duration::from_secs(8)),
            66..70 => world.hang_up(phone),
            70..73 => world.kill_vault(),
            73..75 => world.vault.frozen = true,
            75..78 => {
                let refusal = *dice.pick(&[(488, 1), (491, 2), (500, 1), (488, 9)]);
                world.phones[phone].refuses_offers = refusal;
            }
            78..88 => {
                let cards = [
                    Card::Good,
                    Card::Good,
                    Card::SecondGood,
                    Card::Bad,
                    Card::Proof,
                    Card::Leaves,
                    Card::LostAnswer,
                    Card::GatewayDown,
                ];
                world.vault.card = *dice.pick(&cards);
            }
            88..90 => world.no_port_again = dice.percent(50),
            90..92 => {
                let states = [PaymentState::Intent, PaymentState::Authorising];
                let more = [PaymentState::Approved, PaymentState::Abandoned];
                let all = [states, more].concat();
                world.journal.refuses = dice.percent(50).then(|| *dice.pick(&all));
            }
            92..94 => world.press_by_info(phone, "4"),
            94..96 => world.hold(phone, dice.percent(50)),
            _ => {
                let moods = [
                    Service::Up(Duration::from_millis(10)),
                    Service::Up(Duration::from_secs(2)),
                    Service::Down,
                    Service::Mute,
                ];
                world.file.service = *dice.pick(&moods);
            }
        },
    }
}
