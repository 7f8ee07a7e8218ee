//! Our journal and the gateway's books, compared both ways: each difference, and what to do about it.

use super::account::{Account, Booked};
use super::{Desk, Failure, Told, named, said};
use jiff::civil::Date;
use records::{PaymentState, PaymentStep};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::process::ExitCode;
use store::PaymentFilter;

/// Days that are compared where none are named.
const DAYS: i64 = 7;
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
/// Payments of ours in one comparison, which is what the store lists at once.
const OURS_MAX: u32 = 1_000;

/// What is not the same, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    what: String,
    todo: &'static str,
}

const SETTLES: &str = "the running server settles it; if it stays, see: parley doctor";
const BY_HAND: &str = "look at it on the gateway's pages; correct by hand what is wrong";
const GIVE_BACK: &str =
    "the person was told that nothing was charged: give it back on the gateway's pages";
const NOTE: &str = "if that was meant, refund or void it here too so that the balance follows";

impl Desk<'_> {
    pub async fn reconcile(&self, since: Option<Date>, until: Option<Date>) -> Told {
        let gateway = self.gateway()?;
        let account = Account::at(&gateway).await?;
        let since_us = since.map_or(Ok(self.now_us - DAYS * DAY_US), |day| self.day_us(day))?;
        let until_us = until.map_or(Ok(self.now_us + DAY_US), |day| self.day_us(day))?;
        let ours = self.ours(since_us, until_us, &gateway.name).await?;
        let theirs = account.payments(since_us / 1_000_000, until_us / 1_000_000).await?;
        let mut page = String::new();
        let mut differences = 0;
        for (step, booked) in self.pairs(&account, &ours, theirs).await? {
            if let Some(found) = compare(step.as_ref(), booked.as_ref()) {
                differences += 1;
                write_difference(&mut page, step.as_ref(), booked.as_ref(), &found)?;
            }
        }
        let compared = ours.len();
        match differences {
            0 => writeln!(
                page,
                "{compared} payments of ours are as the gateway has them, and it has no others"
            )?,
            _ => writeln!(
                page,
                "{differences} differences; {compared} payments of ours were compared"
            )?,
        }
        Ok((page, if differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
    }

    /// The newest step of the last attempt of each payment: the gateway has one name for all attempts.
    async fn ours(
        &self,
        since_us: i64,
        until_us: i64,
        gateway: &str,
    ) -> Result<Vec<PaymentStep>, Failure> {
        let filter = PaymentFilter {
            since_us: Some(since_us),
            until_us: Some(until_us),
            ..PaymentFilter::default()
        };
        let steps = self.store.payments(&filter, OURS_MAX).await.map_err(said)?;
        if steps.len() >= OURS_MAX as usize {
            return Err("there are too many payments in that time; name fewer days with --since and --until".into());
        }
        let mut last: HashMap<_, PaymentStep> = HashMap::new();
        for step in steps.into_iter().filter(|step| step.gateway == gateway) {
            let newer = last.get(&step.payment).is_none_or(|kept| kept.attempt < step.attempt);
            if newer {
                last.insert(step.payment, step);
            }
        }
        let mut all: Vec<_> = last.into_values().collect();
        all.sort_by_key(|step| (step.at_us, step.payment));
        Ok(all)
    }

    /// Each of ours with theirs, then what only they have. What one side has and the other's list lacks is
    /// asked for by its name: it may have begun a day earlier there than it ended here.
    async fn pairs(
        &self,
        account: &Account,
        ours: &[PaymentStep],
        theirs: Vec<Booked>,
    ) -> Result<Vec<(Option<PaymentStep>, Option<Booked>)>, Failure> {
        let by_name = theirs.into_iter().map(|booked| (booked.reference.clone(), booked));
        let mut by_name: HashMap<String, Booked> = by_name.collect();
        let mut pairs = Vec::new();
        for step in ours {
            let booked = match &step.reference {
                None => None,
                Some(reference) => match by_name.remove(reference) {
                    Some(booked) => Some(booked),
                    None => account.payment(reference).await?,
                },
            };
            pairs.push((Some(step.clone()), booked));
        }
        let mut rest: Vec<Booked> = by_name.into_values().collect();
        rest.sort_by(|a, b| a.reference.cmp(&b.reference));
        for booked in rest {
            let ours = match booked.intent.as_deref().map(named) {
                Some(Ok(id)) => self.store.payment(id).await.map_err(said)?.pop(),
                _ => None,
            };
            pairs.push((ours, Some(booked)));
        }
        Ok(pairs)
    }
}

/// What one payment has there that it has not here, or the other way round.
pub fn compare(ours: Option<&PaymentStep>, theirs: Option<&Booked>) -> Option<Difference> {
    let difference = |what: String, todo| Some(Difference { what, todo });
    let taken = theirs.and_then(|booked| booked.taken);
    let kept = taken.is_some_and(|taken| theirs.is_some_and(|b| b.given_back < taken.minor));
    let there = match (theirs, taken) {
        (None, _) => "unknown".to_owned(),
        (Some(booked), None) => format!("'{}'", booked.status),
        (Some(booked), Some(taken)) if booked.given_back == 0 => format!("{taken} taken"),
        (Some(booked), Some(taken)) => {
            let back = ids::Money::new(booked.given_back, taken.currency);
            format!("{taken} taken, {back} given back")
        }
    };
    let Some(step) = ours else {
        return match kept {
            true => difference(format!("{there}, and our journal has no such payment"), BY_HAND),
            false => None,
        };
    };
    let here = step.state;
    match here {
        PaymentState::Approved => {
            difference(format!("'{here}' and not posted here, {there} there"), SETTLES)
        }
        PaymentState::Unknown | PaymentState::Authorising => {
            difference(format!("'{here}' here, {there} there"), SETTLES)
        }
        PaymentState::Posted if taken != Some(step.amount) => {
            difference(format!("{} posted here, {there} there", step.amount), BY_HAND)
        }
        PaymentState::Posted if theirs.is_some_and(|booked| booked.given_back > 0) => {
            difference(format!("posted here, {there} there"), NOTE)
        }
        PaymentState::Refunded
            if theirs.is_none_or(|booked| booked.given_back != step.amount.minor) =>
        {
            difference(format!("{} refunded here, {there} there", step.amount), BY_HAND)
        }
        PaymentState::Voided if kept => {
            difference(format!("voided here, {there} there"), "give it back on the gateway's pages")
        }
        PaymentState::Intent
        | PaymentState::Prepared
        | PaymentState::Declined
        | PaymentState::NeedsCardholder
        | PaymentState::Abandoned
            if kept =>
        {
            difference(format!("'{here}' here, {there} there"), GIVE_BACK)
        }
        _ => None,
    }
}

fn write_difference(
    page: &mut String,
    step: Option<&PaymentStep>,
    booked: Option<&Booked>,
    found: &Difference,
) -> std::fmt::Result {
    let payment = step.map_or("not ours".to_owned(), |step| step.payment.to_string());
    let reference = step.and_then(|step| step.reference.clone());
    let reference = reference.or_else(|| booked.map(|booked| booked.reference.clone()));
    let line = format!(
        "{payment}  {}: {}",
        reference.unwrap_or_else(|| "no reference".to_owned()),
        found.what
    );
    writeln!(page, "{}", crate::commands::table::printable(&line))?;
    writeln!(page, "    {}", found.todo)
}
