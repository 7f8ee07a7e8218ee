//! What happened before the call, as a test gives it: `given case="4711" broken=1 late=2 segment="new"`.

use crate::event::{History, Past};
use crate::fields::{Fields, entry_span};
use crate::trial::{no_date, take};
use ids::{Currency, Money};
use jiff::civil::Date;

/// The properties of a `given` line that speak of the past.
pub(crate) fn read(fields: &mut Fields<'_, '_, '_>) -> Past {
    let history = History {
        calls: number(fields, "calls"),
        promises_broken: number(fields, "broken"),
        promises_kept: number(fields, "kept"),
        payments: number(fields, "payments"),
        late: number(fields, "late"),
        last_contact: date(fields, "last-contact"),
    };
    let segment = take(fields, "segment").map(|(text, _)| text).unwrap_or_default();
    let promise = money(fields, "promise").zip(date(fields, "promise-date"));
    let due = money(fields, "instalment-amount").zip(date(fields, "instalment-date"));
    let instalment = which(fields).zip(due).map(|((n, of), (amount, day))| (n, of, amount, day));
    Past { history, segment, promise, instalment }
}

/// `due="22.00 PLN"`
pub(crate) fn money(fields: &mut Fields<'_, '_, '_>, name: &str) -> Option<Money> {
    let (text, span) = take(fields, name)?;
    let (amount, currency) = text.split_once(' ').unwrap_or((&text, "PLN"));
    let read = currency.parse::<Currency>().and_then(|c| Money::parse(amount, c));
    if let Err(wrong) = &read {
        let fault = fields.faults.error(span, wrong.to_string());
        fault.help = Some(format!("write {name}=\"22.00 PLN\""));
    }
    read.ok()
}

fn number(fields: &mut Fields<'_, '_, '_>, name: &str) -> u32 {
    let Some(entry) = fields.property(name) else { return 0 };
    let read = entry.value().as_integer().and_then(|n| u32::try_from(n).ok());
    if read.is_none() {
        let fault = fields.faults.error(entry_span(entry), format!("'{name}' is a number"));
        fault.help = Some(format!("write {name}=1"));
    }
    read.unwrap_or_default()
}

fn date(fields: &mut Fields<'_, '_, '_>, name: &str) -> Option<Date> {
    let (text, span) = take(fields, name)?;
    let read = text.parse::<Date>().ok();
    if read.is_none() {
        no_date(fields.faults, span, &text);
    }
    read
}

/// `instalment="2/6"`
fn which(fields: &mut Fields<'_, '_, '_>) -> Option<(u32, u32)> {
    let (text, span) = take(fields, "instalment")?;
    let read = text.split_once('/').and_then(|(n, of)| Some((n.parse().ok()?, of.parse().ok()?)));
    if read.is_none() {
        let fault = fields.faults.error(span, format!("'{text}' is no instalment"));
        fault.help = Some("write instalment=\"2/6\"".to_owned());
    }
    read
}
