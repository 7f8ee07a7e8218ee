//! `parley trunks`: how the running server's trunks stand, and a test call.

use super::table::{Column, render};
use super::{say, settings, wait_for};
use crate::Outcome;
use crate::cli::{self, TrunksCommand};
use crate::control::{Reply, Request, Trunk, ask, socket};
use std::process::ExitCode;

const COLUMNS: [Column; 8] = [
    Column::text("trunk", 16),
    Column::text("stands", 8),
    Column::text("registered", 10),
    Column::figure("in", 4),
    Column::figure("out", 4),
    Column::figure("of", 4),
    Column::figure("cps", 4),
    Column::text("target", 40),
];

/// Shows the trunks, or calls.
pub fn run(args: cli::Trunks) -> Outcome {
    let config = settings(args.config.as_deref())?;
    let path = socket(&config);
    let request = match args.command {
        None => Request::Trunks,
        Some(TrunksCommand::Call { trunk, number, flow }) => {
            Request::Call { number, trunk: Some(trunk).filter(|t| t != "auto"), flow }
        }
    };
    let mut good = true;
    let hear = |reply: &Reply| {
        let (text, fine) = told(reply);
        good &= fine;
        // A reader that has gone away is no reason to leave the call.
        let _ = say(&text);
    };
    let last = |reply: &Reply| !matches!(reply, Reply::Placed { .. } | Reply::Ringing);
    wait_for(ask(&path, &request, hear, last))??;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A reply in words, and whether it is good news.
fn told(reply: &Reply) -> (String, bool) {
    match reply {
        Reply::Trunks { trunks } => (page(trunks), true),
        Reply::Placed { call } => (format!("{call} is on its way\n"), true),
        Reply::Ringing => ("it rings\n".to_owned(), true),
        Reply::Answered => ("answered; the flow speaks\n".to_owned(), true),
        Reply::Failed { reason, status } => (format!("not answered: {reason} ({status})\n"), false),
        Reply::Refused { why } => (format!("{why}\n"), false),
    }
}

fn page(trunks: &[Trunk]) -> String {
    if trunks.is_empty() {
        return "no trunk is configured; add [[trunks]] to the configuration\n".to_owned();
    }
    let mut page = render(&COLUMNS, &trunks.iter().flat_map(rows).collect::<Vec<_>>());
    for trunk in trunks {
        if let Some(error) = &trunk.last_error {
            let line = format!("{}: last error: {error}", trunk.name);
            page.push_str(&super::table::printable(&line));
            page.push('\n');
        }
    }
    page
}

/// One row for the trunk with its first target, one for each further target.
fn rows(trunk: &Trunk) -> Vec<Vec<String>> {
    let targets = trunk.targets.iter().map(|target| {
        let wait = target.barred_s.map(|s| format!(", again in {s} s")).unwrap_or_default();
        format!("{} {}{wait}", target.address, target.health)
    });
    let mut targets = targets.collect::<Vec<_>>().into_iter();
    let registered = match trunk.registered {
        None => "–",
        Some(true) => "yes",
        Some(false) => "no",
    };
    let first = vec![
        trunk.name.clone(),
        trunk.standing.clone(),
        registered.to_owned(),
        trunk.inbound.to_string(),
        trunk.outbound.to_string(),
        trunk.calls_max.to_string(),
        trunk.calls_per_second.to_string(),
        targets.next().unwrap_or_else(|| "–".to_owned()),
    ];
    let more = targets.map(|target| {
        let mut row = vec![String::new(); COLUMNS.len() - 1];
        row.push(target);
        row
    });
    std::iter::once(first).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Target;

    #[test]
    fn a_trunk_shows_every_target_and_its_last_error() {
        let target = |address: &str, health: &str, barred_s| Target {
            address: address.into(),
            health: health.into(),
            barred_s,
        };
        let trunk = Trunk {
            name: "carrier".into(),
            standing: "up".into(),
            registered: Some(true),
            targets: vec![
                target("UDP 192.0.2.10:5060", "up", None),
                target("UDP 192.0.2.11:5060", "down", Some(20)),
            ],
            inbound: 1,
            outbound: 2,
            calls_max: 30,
            calls_per_second: 10,
            calls_in_total: 0,
            attempts_total: 0,
            answered_total: 0,
            last_error: Some("192.0.2.11:5060 answered 503".into()),
        };
        let page = page(&[trunk]);
        for part in
            ["carrier", "yes", "192.0.2.10:5060 up", "down, again in 20 s", "last error: 192"]
        {
            assert!(page.contains(part), "{part} in\n{page}");
        }
    }
}
