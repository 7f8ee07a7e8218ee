//! A call's events in words: one line each, with the time since the call came.

use crate::commands::table::printable;
use records::{Event, EventKind};

/// One line of the story.
pub fn line(began_us: i64, event: &Event) -> String {
    let seconds = (event.at_us - began_us) as f64 / 1_000_000.0;
    format!("{seconds:8.3} s  {}\n", printable(&told(&event.kind)))
}

fn told(kind: &EventKind) -> String {
    match kind {
        EventKind::CallCame { from, to, transport } => {
            format!(
                "call from {} to {to} over {transport}",
                if from.is_empty() { "a withheld number" } else { from }
            )
        }
        EventKind::CallAnswered => "answered".to_owned(),
        EventKind::CallRefused { status, why } => format!("refused with {status}: {why}"),
        EventKind::StepEntered { flow, step, verb, .. } => format!("{flow}: step {step} ({verb})"),
        EventKind::StepLeft { step, outcome } => format!("step {step} left by {outcome}"),
        EventKind::BranchTaken { step, because } => {
            format!("step {step} branched because {because}")
        }
        EventKind::PromptStarted { prompt, lang } => format!("said {prompt} ({lang})"),
        EventKind::KeysEntered { count: 1 } => "1 key entered".to_owned(),
        EventKind::KeysEntered { count } => format!("{count} keys entered"),
        EventKind::CaseFound { by } => format!("case found by {by}"),
        EventKind::CaseNotFound { by } => format!("no case found by {by}"),
        EventKind::Verified { factors } => {
            format!("right party proved by {}", factors.join(" and "))
        }
        EventKind::VerifyFailed { tries } => format!("right party not proved, try {tries}"),
        EventKind::VerifyLocked => "verification is locked".to_owned(),
        EventKind::ServiceFailed { service, why } => format!("{service} failed: {why}"),
        EventKind::LegSilent => "no packets from the caller for 30 s".to_owned(),
        EventKind::LegHeard => "packets from the caller again".to_owned(),
        EventKind::CallEnded { by, why } => format!("call ended by {by}: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ids::CallId;

    fn at(after_us: i64, kind: EventKind) -> String {
        line(
            1_000_000,
            &Event { call: CallId(1), seq: 0, case: None, at_us: 1_000_000 + after_us, kind },
        )
    }

    #[test]
    fn times_count_from_the_start_of_the_call() {
        assert_eq!(at(12_345_678, EventKind::CallAnswered), "  12.346 s  answered\n");
        assert_eq!(at(0, EventKind::KeysEntered { count: 6 }), "   0.000 s  6 keys entered\n");
    }

    #[test]
    fn what_a_caller_chose_cannot_break_the_line() {
        let from = "evil\n\u{1b}[2J".to_owned();
        let kind = EventKind::CallCame { from, to: "hotline".into(), transport: "UDP".into() };
        assert_eq!(at(0, kind).lines().count(), 1);
    }
}
