//! What a world is given before its first call.

use super::cases::OnFile;
use super::network::Weather;
use crate::house;
use dialplan::{Catalogues, CheckDigit, Environment, Plan, Texts};
use exchange::{Config, Hours, Number, PaymentsConfig};
use ids::Lang;
use std::sync::{Arc, OnceLock};

/// A world's beginning.
pub struct Setting {
    /// The exchange's settings.
    pub config: Config,
    /// Its flows.
    pub plans: Vec<Arc<Plan>>,
    /// Cases on file.
    pub file: OnFile,
    /// What the network does.
    pub weather: Weather,
    /// Unix µs when virtual time begins.
    pub began_us: i64,
}

/// The realm of our own people's phones, and the password of all of them.
pub(crate) const REALM: &str = "parley";
pub(crate) const PASSWORD: &str = "correct horse";

/// Monday, 2 March 2026, 10:00 in Warsaw.
const BEGAN_US: i64 = 1_772_442_000_000_000;

impl Setting {
    /// The shipped hotline on fair weather, nothing on file.
    pub fn hotline() -> Self {
        let number =
            |called: &str, lang| Number { called: called.into(), flow: "hotline".into(), lang };
        let tongues = [Lang::Pl, Lang::EnGb, Lang::It, Lang::PtBr];
        let mut numbers: Vec<_> =
            tongues.map(|l| number(&format!("hotline-{}", l.catalogue()), Some(l))).into();
        numbers.push(number("hotline", None));
        for desk in DESKS {
            let (called, flow) = (desk.to_owned(), desk.to_owned());
            numbers.push(Number { called, flow, lang: Some(Lang::EnGb) });
        }
        let mut sip = sip::Config::new([42; 32]);
        sip.phones = Some(sip::PhonesConfig::new(REALM));
        let config = Config {
            sip,
            company: "Parley".into(),
            callback_number: "221234567".into(),
            hours: Hours::always(),
            zone: jiff::tz::TimeZone::get("Europe/Warsaw").expect("a zone of the bundled database"),
            default_lang: Lang::Pl,
            numbers,
            media_advertised: None,
            calls_max: 1_000,
            inband_always: false,
            codecs: Arc::new(sdp::Capabilities::telephone()),
            trunks: Vec::new(),
            payments: Some(PaymentsConfig {
                gateway: "sandbox".into(),
                funding: vault_link::FundingGate::Any,
                clips: Arc::new(|_, _| vault_link::ClipName::new("amount").ok().map(|c| vec![c])),
                private: vec![super::SERVER.ip()],
            }),
        };
        let plans = hotline_plans();
        Self { config, plans, file: OnFile::default(), weather: Weather::FAIR, began_us: BEGAN_US }
    }
}

/// The shipped flows, checked against the shipped texts.
pub fn hotline_plans() -> Vec<Arc<Plan>> {
    static PLANS: OnceLock<Vec<Arc<Plan>>> = OnceLock::new();
    let shipped = |file| checked(file, &house::read(file));
    let desk = |name: &str| {
        let file = format!("tests/calls/{name}.flow");
        checked(&format!("{name}.kdl"), &house::read(&file))
    };
    let all = || [shipped("dialplans/hotline.kdl")].into_iter().chain(DESKS.map(desk)).collect();
    PLANS.get_or_init(all).clone()
}

/// Flows that connect callers with somebody, each under its own number.
const DESKS: [&str; 4] = ["desk", "outside", "away", "till"];

/// A flow, checked against the shipped texts; a fault fails the test that asked.
pub fn checked(file: &str, source: &str) -> Arc<Plan> {
    let environment = Environment { check_digit: CheckDigit::None };
    Plan::check(source.as_bytes(), file, &texts(), &environment)
        .unwrap_or_else(|faults| panic!("{file} does not pass its check: {faults:?}"))
}

fn texts() -> Arc<dyn Texts> {
    let catalogues = Lang::VOICES.map(|lang| {
        let file = format!("prompts/{}/catalogue.ftl", lang.catalogue());
        words::Catalogue::parse(lang, &house::read(&file))
            .unwrap_or_else(|faults| panic!("{file} does not read: {faults:?}"))
    });
    Arc::new(Catalogues::new(catalogues.into()))
}
