//! Checks a generated flow of 500 steps with every proof, and explores a flow file: how long either takes.
//!
//! `time cargo run --release -p dialplan --example check_500 -- dialplans/hotline.kdl prompts check`
//! `time cargo run --release -p dialplan --example check_500 -- dialplans/hotline.kdl prompts explore`

use dialplan::{Catalogues, Environment, Plan, Texts, explore};
use ids::Lang;
use std::fmt::Write as _;
use std::sync::Arc;
use words::Catalogue;

/// Checks of one run: the time of one is the run's by this number.
const ROUNDS: usize = 100;
/// Calls of one exploration.
const CALLS: usize = 20_000;

fn main() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let flow = args.next().unwrap_or_else(|| "dialplans/hotline.kdl".to_owned());
    let prompts = args.next().unwrap_or_else(|| "prompts".to_owned());
    let read = |lang: Lang| -> Result<Catalogue, String> {
        let path = format!("{prompts}/{}/catalogue.ftl", lang.catalogue());
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        Catalogue::parse(lang, &text).map_err(|e| format!("{path}: {e:?}"))
    };
    let catalogues = Lang::VOICES.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let texts: Arc<dyn Texts> = Arc::new(Catalogues::new(catalogues));
    let plan = |source: &[u8], name: &str| {
        Plan::check(source, name, &texts, &Environment::default())
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<String>())
    };
    if args.next().as_deref() == Some("explore") {
        let source = std::fs::read(&flow).map_err(|e| format!("{flow}: {e}"))?;
        let found = explore(&plan(&source, &flow)?, CALLS);
        eprintln!("{} calls, {} faults", found.calls, found.faults.len());
        return Ok(());
    }
    let source = five_hundred();
    for _ in 0..ROUNDS {
        plan(source.as_bytes(), "generated.kdl")?;
    }
    eprintln!("checked {ROUNDS} times");
    Ok(())
}

/// Menus and announcements in a row, in four languages, each with a person beside it and a circle of its own.
fn five_hundred() -> String {
    let mut source = String::from("flow f {\nlanguages pl en it pt\nentry m0\non error=person\n");
    for n in 0..249 {
        let _infallible = write!(
            source,
            "menu m{n} {{ prompt hotline_menu; key 3 person; key 7 s{n}; key 9 m{n}; key \"#\" bye; \
             no-input person; no-match person; }}\nsay s{n} {{ prompt privacy_details; then m{}; }}\n",
            n + 1
        );
    }
    source += "say m249 { prompt goodbye; then end; }\nsay person { prompt person_later; then bye; }\n\
               hangup bye { prompt goodbye; }\n}\n";
    source
}
