//! `parley audit`: whether the one history is as it was written.

use super::table::facts;
use super::{open_store, say, settings, wait_for};
use crate::Outcome;
use crate::causes::with_causes;
use crate::cli::{self, AuditCommand};
use crate::config::Config;
use std::process::ExitCode;
use store::{ChainReport, JournalReport};

/// Verifies.
pub fn run(args: cli::Audit) -> Outcome {
    let config = settings(args.config.as_deref())?;
    match args.command {
        AuditCommand::Verify => wait_for(verify(&config))?,
    }
}

async fn verify(config: &Config) -> Outcome {
    let store = open_store(config, false).await?;
    let chain = store.verify_chain().await.map_err(|error| with_causes(&error));
    let journal = store.verify_payments().await.map_err(|error| with_causes(&error));
    store.close().await;
    // a history that is broken may not be readable for the comparison: it is told first
    let chain = chain?;
    say(&page(&chain))?;
    let journal = journal?;
    say(&payments(&journal))?;
    let whole = chain.fault.is_none() && journal.fault.is_none();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The journal is no part of the chain; what the chain was told of it is.
fn payments(report: &JournalReport) -> String {
    let verdict = match &report.fault {
        None => format!("{} steps, as the history has them", report.steps),
        Some(fault) => format!("BROKEN: {fault}"),
    };
    facts(&[("payments", verdict)])
}

fn page(report: &ChainReport) -> String {
    let verdict = match &report.fault {
        None => {
            "whole; note events and head elsewhere: a history that is rewritten whole shows there"
                .to_owned()
        }
        Some(fault) => format!("BROKEN: {fault}"),
    };
    let whole = if report.fault.is_none() { "events" } else { "events before the fault" };
    facts(&[
        (whole, report.events.to_string()),
        ("head", report.head.to_string()),
        ("history", verdict),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use records::ChainHash;
    use store::{ChainFault, JournalFault};

    #[test]
    fn the_page_says_how_many_events_the_head_and_the_first_fault() {
        let whole = ChainReport { events: 12, head: ChainHash([0xab; 32]), fault: None };
        let text = page(&whole);
        assert!(text.starts_with("events   12\nhead     abab"), "{text}");
        assert!(text.contains("history  whole"), "{text}");
        let fault = Some(ChainFault::Missing { position: 13 });
        let text = page(&ChainReport { fault, ..whole });
        assert!(text.contains("events before the fault  12\n"), "{text}");
        assert!(text.contains("BROKEN: event 13 is missing"), "{text}");
        let text = payments(&JournalReport { steps: 5, fault: None });
        assert_eq!(text, "payments  5 steps, as the history has them\n");
        let fault = Some(JournalFault::Untold { steps: 1 });
        let text = payments(&JournalReport { steps: 5, fault });
        assert!(text.contains("BROKEN: 1 steps of payments stand in the journal"), "{text}");
    }
}
