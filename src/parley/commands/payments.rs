//! `parley payments`: the journal of card payments, money given back with two people's word, and whether
//! the gateway has the same in its books.

mod account;
mod https;
mod pages;
mod reconcile;

use super::calls::{at, zone};
use super::{Failure, open_store, say, settings, wait_for};
use crate::Outcome;
use crate::causes::with_causes;
use crate::cli::{self, PaymentsCommand, Word};
use crate::clock::Clock;
use crate::config::{Config, Gateway};
use account::Account;
use ids::{CaseId, Money};
use jiff::civil::Date;
use records::{Case, PaymentId, PaymentState, PaymentStep};
use std::process::ExitCode;
use std::sync::Arc;
use store::{PaymentFilter, PaymentWish, Store, StoreError, WishKind, WishWord};

/// What a command ends with: its page, and whether all is well.
type Told = Result<(String, ExitCode), Failure>;

/// Lists, shows, asks, approves or compares.
pub fn run(args: cli::Payments) -> Outcome {
    let config = settings(args.config.as_deref())?;
    let (page, code) = wait_for(async {
        let store = open_store(&config, false).await?;
        let desk = Desk { config: &config, store: store.clone(), now_us: Clock::start().unix_us() };
        let told = desk.told(args.command).await;
        store.close().await;
        told
    })??;
    say(&page)?;
    Ok(code)
}

struct Desk<'a> {
    config: &'a Config,
    store: Arc<dyn Store>,
    now_us: i64,
}

impl Desk<'_> {
    async fn told(&self, command: PaymentsCommand) -> Told {
        match command {
            PaymentsCommand::List { open, case, since, limit } => {
                let case = match case {
                    Some(number) => Some(self.case_numbered(&number).await?.id),
                    None => None,
                };
                let since_us = since.map(|day| self.day_us(day)).transpose()?;
                let filter = PaymentFilter { open, case, since_us, ..PaymentFilter::default() };
                self.list(&filter, limit).await
            }
            PaymentsCommand::Show { id } => self.show(&id).await,
            PaymentsCommand::Void { id, word } => self.void(&id, &word).await,
            PaymentsCommand::Refund { id, amount, word } => self.refund(&id, &amount, &word).await,
            PaymentsCommand::Reconcile { since, until } => self.reconcile(since, until).await,
        }
    }

    async fn list(&self, filter: &PaymentFilter, limit: u32) -> Told {
        let steps = self.store.payments(filter, limit).await.map_err(said)?;
        let mut cases = Vec::new();
        for step in &steps {
            cases.push(self.number_of(step.case).await?);
        }
        let page = pages::list(&steps, &cases, &zone(self.config));
        Ok((page, ExitCode::SUCCESS))
    }

    async fn show(&self, id: &str) -> Told {
        let id = named(id)?;
        let steps = self.store.payment(id).await.map_err(said)?;
        let last = steps.last().ok_or_else(|| unknown(id))?;
        let wishes = self.store.payment_wishes(id).await.map_err(said)?;
        let case = self.number_of(last.case).await?;
        Ok((pages::one(&steps, &wishes, &case, &zone(self.config)), ExitCode::SUCCESS))
    }

    /// The vault takes it back: the server looks for approved wishes.
    async fn void(&self, id: &str, word: &Word) -> Told {
        let wish = self.wish(named(id)?, WishKind::Void, None, word).await?;
        let page = match &wish.approved {
            None => asked(&wish, ""),
            Some((by, _)) => format!(
                "the void of {} is approved by {by}; the running server does it now, see: parley payments show {}\n",
                wish.amount, wish.payment
            ),
        };
        Ok((page, ExitCode::SUCCESS))
    }

    /// Approved first, then asked of the gateway, then journalled: cut off anywhere it is run again.
    async fn refund(&self, id: &str, amount: &str, word: &Word) -> Told {
        let id = named(id)?;
        let steps = self.store.payment(id).await.map_err(said)?;
        let last = steps.last().ok_or_else(|| unknown(id))?;
        let amount = Money::parse(amount, last.amount.currency)?;
        let again = format!(" --amount {}.{:02}", amount.major(), amount.cents());
        if !word.approve {
            let wish = self.wish(id, WishKind::Refund, Some(amount), word).await?;
            return Ok((asked(&wish, &again), ExitCode::SUCCESS));
        }
        // a gateway that cannot be asked is found out before anything is approved
        let account = Account::at(&self.gateway_of(last)?).await?;
        let wish = self.wish(id, WishKind::Refund, Some(amount), word).await?;
        let by = wish.approved.as_ref().map_or("", |(by, _)| by);
        let reference = last.reference.as_deref().unwrap_or_default();
        let name = format!("refund-{id}-{}", wish.attempt);
        account.give_back(reference, wish.amount, &name).await?;
        let refunded = PaymentStep {
            state: PaymentState::Refunded,
            amount: wish.amount,
            at_us: self.now_us,
            by: format!("{}, approved by {by}", wish.asked.0),
            reason: None,
            code: None,
            ..last.clone()
        };
        self.store.journal_payment(&refunded).await.map_err(|error| {
            format!(
                "{amount} was given back, but not journalled: {}; run the same again",
                with_causes(&error)
            )
        })?;
        Ok((format!("{amount} of {id} was given back\n"), ExitCode::SUCCESS))
    }

    fn gateway(&self) -> Result<Gateway, Failure> {
        let gateway = self.config.payments.gateway()?;
        gateway.ok_or_else(|| {
            "no gateway is configured: set payments.url in the configuration and name it with --config".into()
        })
    }

    /// The gateway that took this payment.
    fn gateway_of(&self, step: &PaymentStep) -> Result<Gateway, Failure> {
        let gateway = self.gateway()?;
        match gateway.name == step.gateway {
            true => Ok(gateway),
            false => Err(format!(
                "this payment was taken by the gateway {:?} and {:?} is configured; name the configuration of then with --config",
                step.gateway, gateway.name
            )
            .into()),
        }
    }

    async fn wish(
        &self,
        payment: PaymentId,
        kind: WishKind,
        amount: Option<Money>,
        word: &Word,
    ) -> Result<PaymentWish, Failure> {
        let said_by = WishWord { payment, kind, amount, by: &word.by, at_us: self.now_us };
        let wish = match word.approve {
            false => self.store.ask_payment_back(&said_by).await,
            true => self.store.approve_payment_back(&said_by).await,
        };
        wish.map_err(said)
    }

    async fn case_numbered(&self, number: &str) -> Result<Case, Failure> {
        let found = self.store.case_by_number(number).await.map_err(said)?;
        found.ok_or_else(|| {
            format!("there is no case {number:?}; look for it with: parley cases list").into()
        })
    }

    /// The number in our letters; a case that is gone is named by its row.
    async fn number_of(&self, case: CaseId) -> Result<String, Failure> {
        let before = case.0.checked_sub(1).map(CaseId);
        let found = self.store.cases(1, before).await.map_err(said)?;
        let found = found.into_iter().find(|found| found.id == case);
        Ok(found.map_or_else(|| case.to_string(), |found| found.number))
    }

    /// When this day begins where the firm is.
    fn day_us(&self, day: Date) -> Result<i64, Failure> {
        let begins = day.to_zoned(zone(self.config));
        let begins = begins.map_err(|_| format!("{day} is no day of this calendar"))?;
        Ok(begins.timestamp().as_microsecond())
    }
}

fn asked(wish: &PaymentWish, amount: &str) -> String {
    let PaymentWish { payment, kind, asked: (by, _), .. } = wish;
    format!(
        "{by} has asked for a {0} of {1}; now another person approves: parley payments {0} {payment}{amount} --approve --by NAME\n",
        kind.name(),
        wish.amount
    )
}

fn named(text: &str) -> Result<PaymentId, Failure> {
    text.trim().parse().map_err(|error: records::NoPaymentId| error.to_string().into())
}

fn unknown(id: PaymentId) -> Failure {
    said(store::PaymentRefused::NoSuchPayment(id).into())
}

fn said(error: StoreError) -> Failure {
    with_causes(&error).into()
}

#[cfg(test)]
mod tests;
