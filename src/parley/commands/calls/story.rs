//! A call's events in words: one line each, with the time since the call came.

use crate::commands::table::printable;
use records::{Event, EventKind, PaymentNote};

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
        EventKind::CallPlaced { to, by } => format!("call to {to}, by leave of {by}"),
        EventKind::TrunkTried { trunk, target, status, why } => {
            format!("trunk {trunk}, {target}: {why} ({status})")
        }
        EventKind::PhoneTried { user, target, status, why } => {
            format!("phone of {user}, {target}: {why} ({status})")
        }
        EventKind::TransferBegun { to, call } if call.is_empty() => {
            format!("the caller's own phone is asked to call {to}")
        }
        EventKind::TransferBegun { to, call } => format!("to be connected with {to}: {call}"),
        EventKind::TransferAsked { to, by } => format!("{by} wants {to} to take over"),
        EventKind::TransferFailed { to, why } => format!("not connected with {to}: {why}"),
        EventKind::Bridged { with } => format!("connected with {with}"),
        EventKind::Unbridged { with, why } => format!("no longer connected with {with}: {why}"),
        EventKind::Ringing { early_media: true, .. } => "heard before the answer".to_owned(),
        EventKind::Ringing { .. } => "rings".to_owned(),
        EventKind::CallDiverted { by, why: Some(why) } => format!("sent on by {by}: {why}"),
        EventKind::CallDiverted { by, why: None } => format!("sent on by {by}"),
        EventKind::TransferRefused { to, why } => format!("asked to be put through to {to}: {why}"),
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
        EventKind::AnswererJudged { who, sure_percent: 0, after_ms } => {
            format!("answered by {who}, {after_ms} ms after the answer")
        }
        EventKind::AnswererJudged { who, sure_percent, after_ms } => {
            format!("answered by {who}, {sure_percent} % sure, {after_ms} ms after the answer")
        }
        EventKind::BeepHeard => "a beep was heard".to_owned(),
        EventKind::ServiceFailed { service, why } => format!("{service} failed: {why}"),
        EventKind::RecordingBegan => "recorded from here on".to_owned(),
        EventKind::RecordingDeclined => "the caller does not want to be recorded".to_owned(),
        EventKind::RecordingStopped { why } => format!("no recording from here on: {why}"),
        EventKind::RecordingKept { ms, masked_ms, sha256, .. } => format!(
            "recording kept, {:.1} s of which {:.1} s are masked, SHA-256 {}…",
            *ms as f64 / 1_000.0,
            *masked_ms as f64 / 1_000.0,
            sha256.get(..12).unwrap_or(sha256)
        ),
        EventKind::RecordingHeard { by, why, how } => {
            format!("recording: {how} by {by}, because: {why}")
        }
        EventKind::RecordingRemoved { by, why } => {
            format!("recording removed by {by}, because: {why}")
        }
        EventKind::PaymentStep(_)
        | EventKind::PaymentRefused { .. }
        | EventKind::PaymentBegun { .. }
        | EventKind::PaymentMoved
        | EventKind::PaymentField { .. }
        | EventKind::PaymentConsented { .. }
        | EventKind::PaymentOutcome { .. }
        | EventKind::PaymentMovedBack
        | EventKind::PaymentEnded { .. } => paid(kind),
        EventKind::Receipt { payment, what, amount, left, .. } => {
            format!("receipt: {amount} {what} ({payment}), {left} left to pay")
        }
        EventKind::PaymentWish { payment, what, amount, by, approved, .. } => {
            let does = if *approved { "approves" } else { "asks for" };
            format!("{by} {does} a {what} of {amount} ({payment})")
        }
        EventKind::LegSilent => "no packets from the caller for 30 s".to_owned(),
        EventKind::LegHeard => "packets from the caller again".to_owned(),
        EventKind::CallEnded { by, why } => format!("call ended by {by}: {why}"),
    }
}

/// What happened while a caller paid by card.
fn paid(kind: &EventKind) -> String {
    match kind {
        EventKind::PaymentStep(note) => payment(note),
        EventKind::PaymentRefused { why } => format!("no card is asked for: {why}"),
        EventKind::PaymentBegun { payment, amount } => {
            format!("payment of {amount} begins ({payment})")
        }
        EventKind::PaymentMoved => "the vault has the caller's audio".to_owned(),
        EventKind::PaymentField { field, state, keys } => {
            format!("card entry: {field} {state} after {keys} keys")
        }
        EventKind::PaymentConsented { attempt, brand, last_four, .. } => {
            format!("consent {attempt}: {brand} {last_four}")
        }
        EventKind::PaymentOutcome { outcome, reason: Some(why), .. } => {
            format!("the gateway says {outcome}: {why}")
        }
        EventKind::PaymentOutcome { outcome, .. } => format!("the gateway says {outcome}"),
        EventKind::PaymentMovedBack => "the caller's audio is here again".to_owned(),
        EventKind::PaymentEnded { payment, result } => {
            format!("payment ended: {result} ({payment})")
        }
        _ => String::new(),
    }
}

fn payment(note: &PaymentNote) -> String {
    let mut text = format!("payment {} of {}", note.state, note.amount);
    if let Some(card) = &note.card {
        text += &format!(", {} {}", card.brand, card.last_four);
    }
    if let Some(reason) = &note.reason {
        text += &format!(": {reason}");
    }
    text + &format!(" ({}, try {}, by {})", note.payment, note.attempt, note.by)
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
