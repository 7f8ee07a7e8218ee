//! Walks the tests of a flow file so many times: how many virtual calls a core makes in a second.
//!
//! `time cargo run --release -p dialplan --example virtual_calls -- dialplans/hotline.kdl prompts 20000`

use dialplan::{Catalogues, Environment, Plan, Texts, run_tests};
use ids::Lang;
use std::sync::Arc;
use words::Catalogue;

fn main() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let flow = args.next().unwrap_or_else(|| "dialplans/hotline.kdl".to_owned());
    let prompts = args.next().unwrap_or_else(|| "prompts".to_owned());
    let wanted: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let read = |lang: Lang| -> Result<Catalogue, String> {
        let path = format!("{prompts}/{}/catalogue.ftl", lang.catalogue());
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        Catalogue::parse(lang, &text).map_err(|e| format!("{path}: {e:?}"))
    };
    let catalogues = Lang::VOICES.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let texts: Arc<dyn Texts> = Arc::new(Catalogues::new(catalogues));
    let source = std::fs::read(&flow).map_err(|e| format!("{flow}: {e}"))?;
    let plan = Plan::check(&source, &flow, &texts, &Environment::default())
        .map_err(|faults| format!("{flow}: {} faults", faults.len()))?;
    let (mut calls, mut seconds) = (0, 0.0);
    while calls < wanted {
        let results = run_tests(&plan);
        if results.is_empty() {
            return Err(format!("{flow} has no tests to walk"));
        }
        if let Some(failed) = results.iter().find(|r| r.failure.is_some()) {
            return Err(format!("{}: {:?}", failed.name, failed.failure));
        }
        calls += results.len();
        seconds += results.iter().map(|r| r.lasted.as_secs_f64()).sum::<f64>();
    }
    eprintln!("{calls} calls of {:.0} s on average", seconds / calls as f64);
    Ok(())
}
