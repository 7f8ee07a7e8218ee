//! `parley demo`: everything on this machine, with sample cases, and a word on whom to call.

mod acquirer;

use crate::cli::{Announce, Demo};
use crate::clock::Clock;
use crate::config::{Config, Number};
use crate::serve::{Ready, json, say, serve};
use crate::{Outcome, secrets};
use acquirer::Acquirer;
use ids::Lang;
use jiff::ToSpan;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use store::csv_import::{Import, Policy};

/// The cases of the demo: one a language, one that is paid. Their numbers carry a Damm check digit.
const CASES: &str = include_str!("demo.csv");

/// One row of [`CASES`], with what a caller keys to prove who they are.
struct Sample {
    number: String,
    language: String,
    creditor: String,
    amount: String,
    birth_date: String,
    pin: String,
}

/// Runs the demo.
pub fn run(args: Demo) -> Outcome {
    let dir = directory(args.dir)?;
    let mut config = config(&dir, args.listen, args.port)?;
    let samples = samples();
    import(&config)?;
    let acquirer = Acquirer::start(&mut config, &dir);
    let cards = acquirer.as_ref().map(|_| ()).map_err(Clone::clone);
    let announce = args.announce;
    // the acquirer ends with the demo
    serve(config, move |ready| match announce {
        Announce::Text => say(&page(ready, &samples, &cards)),
        Announce::Json => say(&line(ready, &samples, &cards)),
    })
}

/// The demo's own directory: the named one, or a fresh one that is thrown away by the system.
fn directory(named: Option<PathBuf>) -> std::io::Result<PathBuf> {
    let dir = named.unwrap_or_else(|| {
        std::env::temp_dir().join(format!("parley-demo-{}", std::process::id()))
    });
    std::fs::create_dir_all(&dir)?;
    dir.canonicalize()
}

fn config(dir: &Path, listen: IpAddr, port: u16) -> Result<Config, Box<dyn std::error::Error>> {
    let mut config = Config { numbers: numbers(), ..Config::default() };
    let address = SocketAddr::new(listen, port);
    // nobody listens between programs of one machine: card keys may come in the clear
    let private = if listen.is_loopback() { ";private" } else { "" };
    config.sip.listen = vec![format!("udp:{address}{private}"), format!("tcp:{address}{private}")];
    config.store.url = format!("sqlite:{}", dir.join("parley.db").display());
    config.store.key_file = dir.join("parley.key");
    config.store.spool = dir.join("parley.spool");
    config.company.case_check_digit = "damm".into();
    let house = house()?;
    config.dialplans.dir = house.join("dialplans");
    config.prompts.dir = house.join("prompts");
    config.prompts.cache = house.join(".cache/parley");
    Ok(config)
}

/// The hotline, also by language, and a line for paying.
fn numbers() -> Vec<Number> {
    let number = |called: String, flow: &str, language: Option<Lang>| Number {
        called,
        flow: flow.into(),
        language: language.map(|lang| lang.tag().to_owned()),
    };
    let hotline =
        |lang: Lang| number(format!("hotline-{}", lang.catalogue()), "hotline", Some(lang));
    let mut all: Vec<Number> = [Lang::Pl, Lang::EnGb, Lang::It, Lang::PtBr].map(hotline).into();
    all.push(number("pay".into(), "pay-by-card", None));
    all.push(number("*".into(), "hotline", None));
    all
}

/// The directory that holds `dialplans` and `prompts`: here, or beside the program, or where it was built.
fn house() -> Result<PathBuf, String> {
    let here = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let beside = program.iter().flat_map(|p| p.ancestors().skip(1).map(Path::to_owned));
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned);
    let is_house = |dir: &PathBuf| dir.join("dialplans").is_dir() && dir.join("prompts").is_dir();
    here.into_iter().chain(beside).chain(built).find(is_house).ok_or_else(|| {
        "cannot find the directories dialplans and prompts; start the demo in the repository".into()
    })
}

fn import(config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    let pepper = secrets::pepper(&config.store.key_file)?;
    let soon = Clock::start().today(&config.company.time_zone) + 14.days();
    let cases = CASES.replace("DUE_SOON", &soon.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let store = store::open_with(&config.store.url, config.store_options()).await?;
        let import = Import {
            policy: Policy::AllOrNothing,
            check_digit: config.check_digit()?,
            pepper: &pepper,
        };
        let report =
            store::csv_import::run(store.as_ref(), cases.as_bytes(), &import, |_| {}).await?;
        Ok::<_, Box<dyn std::error::Error>>(report)
    })?;
    match report.refused.first() {
        Some(row) => Err(format!("the sample cases are broken: {row:?}").into()),
        None => Ok(()),
    }
}

fn samples() -> Vec<Sample> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |i: usize| fields.get(i).copied().unwrap_or_default().to_owned();
        let (year_month_day, currency) = (field(8), field(6));
        let born: Vec<&str> = year_month_day.split('-').rev().collect();
        Sample {
            number: field(0),
            language: field(3),
            creditor: field(4),
            amount: format!("{} {currency}", field(5)),
            birth_date: born.concat(),
            pin: field(9),
        }
    };
    CASES.lines().skip(1).map(row).collect()
}

/// How a card is tried out: with any softphone, or the English case by the test phone.
fn paying(ready: Ready, samples: &[Sample]) -> String {
    let (sip, cards) = (ready.sip("pay"), acquirer::CARDS);
    let english = samples.iter().find(|s| s.language == "en").unwrap_or(&samples[0]);
    format!(
        "\nCall {sip} {cards}\n  parley call {sip} --keys \"w{}#w{}#w{}ww1w1w4242424242424242#w1230w123w1ww\"\n",
        english.number, english.pin, english.birth_date
    )
}

/// Whether cards can be paid with, or why not.
type Cards = Result<(), String>;

fn page(ready: Ready, samples: &[Sample], cards: &Cards) -> String {
    let sip = ready.sip("hotline");
    let first = &samples[0];
    let mut page = format!(
        "Parley is ready. Call {sip} with any softphone (UDP or TCP, G.711), or without one:\n\n  \
         parley call {sip} --keys \"w{}#w{}#w{}w#\"\n\n\
         (from a fresh clone: cargo run --release -- call …)\n\n\
         The hotline asks for a case number, then for the PIN and the birth date of that case.\n\
         End the case number and the PIN with the hash key.\n\n",
        first.number, first.pin, first.birth_date
    );
    page.push_str("  case number  PIN     birth date  speaks  owes\n");
    for s in samples {
        let row = format!(
            "  {:<11}  {:<6}  {:<10}  {:<6}  {} to {}\n",
            s.number, s.pin, s.birth_date, s.language, s.amount, s.creditor
        );
        page.push_str(&row);
    }
    match cards {
        Ok(()) => page.push_str(&paying(ready, samples)),
        Err(why) => page.push_str(&format!("\nNo card can be paid with here: {why}\n")),
    }
    page.push_str(
        "\nThere is no page to open yet: the console comes with the negotiators.\nCtrl-C stops; running calls finish, a second Ctrl-C ends them.",
    );
    page
}

fn line(ready: Ready, samples: &[Sample], cards: &Cards) -> String {
    let case = |s: &Sample| {
        serde_json::json!({
            "case": s.number, "pin": s.pin, "birth_date": s.birth_date,
            "language": s.language, "owes": s.amount, "creditor": s.creditor,
        })
    };
    let mut line = json(ready);
    line["case"] = samples[0].number.clone().into();
    line["pin"] = samples[0].pin.clone().into();
    line["birth_date"] = samples[0].birth_date.clone().into();
    line["cards"] = cards.is_ok().into();
    line["page"] = serde_json::Value::Null;
    line["cases"] = samples.iter().map(case).collect();
    line.to_string()
}
