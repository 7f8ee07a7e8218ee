//! Payments on paper: the list, and one with all its steps.

use super::{PaymentStep, PaymentWish, at};
use crate::commands::table::{Column, facts, printable, render};
use jiff::tz::TimeZone;

const COLUMNS: [Column; 6] = [
    Column::text("payment", 32),
    Column::text("when", 16),
    Column::text("case", 12),
    Column::figure("amount", 14),
    Column::figure("try", 3),
    Column::text("state", 16),
];

/// `cases`: the number of each step's case.
pub fn list(steps: &[PaymentStep], cases: &[String], zone: &TimeZone) -> String {
    if steps.is_empty() {
        return "no such payments\n".to_owned();
    }
    let row = |(step, case): (&PaymentStep, &String)| {
        vec![
            step.payment.to_string(),
            at(step.at_us, zone, "%Y-%m-%d %H:%M"),
            case.clone(),
            step.amount.to_string(),
            step.attempt.to_string(),
            step.state.to_string(),
        ]
    };
    render(&COLUMNS, &steps.iter().zip(cases).map(row).collect::<Vec<_>>())
}

/// `steps` are there, in order.
pub fn one(steps: &[PaymentStep], wishes: &[PaymentWish], case: &str, zone: &TimeZone) -> String {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return String::new() };
    let none = || "none".to_owned();
    let card = last.card.as_ref().or(first.card.as_ref());
    let gateway = match &last.reference {
        Some(reference) => format!("{}, {reference}", last.gateway),
        None => last.gateway.clone(),
    };
    let mut page = facts(&[
        ("payment", first.payment.to_string()),
        ("state", last.state.to_string()),
        ("amount", first.amount.to_string()),
        ("case", case.to_owned()),
        ("call", format!("{0}, see: parley calls show {0}", first.call)),
        ("caller", first.caller.clone().unwrap_or_else(none)),
        ("card", card.map_or_else(none, |card| format!("{} {}", card.brand, card.last_four))),
        ("gateway", gateway),
    ]);
    page.push('\n');
    let mut before = first.amount;
    for step in steps {
        page += &line(step, step.amount != before, zone);
        before = step.amount;
    }
    for wish in wishes {
        page += &wished(wish, zone);
    }
    page
}

fn line(step: &PaymentStep, other_amount: bool, zone: &TimeZone) -> String {
    let when = at(step.at_us, zone, "%Y-%m-%d %H:%M:%S%.3f");
    let mut text = format!("{when}  try {}  {:<16}  by {}", step.attempt, step.state, step.by);
    if other_amount {
        text += &format!(", {}", step.amount);
    }
    let told = [("", &step.reason), ("code ", &step.code), ("", &step.funding)];
    for (what, said) in told {
        text += &said.as_ref().map(|said| format!(", {what}{said}")).unwrap_or_default();
    }
    printable(&text) + "\n"
}

fn wished(wish: &PaymentWish, zone: &TimeZone) -> String {
    let word =
        |(by, at_us): &(String, i64)| format!("{by}, {}", at(*at_us, zone, "%Y-%m-%d %H:%M:%S"));
    let approved = match &wish.approved {
        Some(approved) => format!("approved by {}", word(approved)),
        None => "not approved yet".to_owned(),
    };
    let text = format!(
        "{} of {}: asked for by {}; {approved}",
        wish.kind.name(),
        wish.amount,
        word(&wish.asked)
    );
    printable(&text) + "\n"
}
